//! The journal of any kind against a map that is read from the definition.

use std::collections::BTreeMap;

use epitier::Timestamp;
use epitier::campaign::{EventId, Journal, JournalError, Line, Recorded, Says, Stated};

use super::worlds::shuffle;
use crate::random::Random;
use crate::support::Seen;

type Model = BTreeMap<EventId, Line<u8>>;

fn time(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

/// Few ids and times, so that lines meet.
fn line(random: &mut Random) -> Line<u8> {
    let (id, of) = (EventId::new(random.below(40)), EventId::new(random.below(40)));
    let received = time(random.below(12));
    let act = random.below(4_u8);
    match random.below(4) {
        0 => Line::amend(id, received, of, act),
        1 => Line::void(id, received, of),
        _ => Line::act(id, received, act),
    }
}

fn record(model: &mut Model, line: Line<u8>) -> Result<Recorded, JournalError> {
    let event = line.event;
    match line.says {
        Says::Amend { of, .. } | Says::Void { of } if of == event => {
            return Err(JournalError::CorrectsItself { event });
        }
        _ => {}
    }
    match model.insert(event, line) {
        None => Ok(Recorded::New),
        Some(before) if before == line => Ok(Recorded::Retried),
        Some(before) => {
            model.insert(event, before);
            Err(JournalError::EventReused { event })
        }
    }
}

/// What stands of a set of lines, and which corrections wait.
fn read(model: &Model, as_of: Timestamp) -> (Vec<Stated<u8>>, Vec<EventId>) {
    let known: Vec<Line<u8>> =
        model.values().copied().filter(|line| line.received <= as_of).collect();
    let (mut standing, mut waiting) = (Vec::new(), Vec::new());
    for line in &known {
        let said = |event| {
            known.iter().any(|other| other.event == event && matches!(other.says, Says::Act(_)))
        };
        match line.says {
            Says::Amend { of, .. } | Says::Void { of } if !said(of) => waiting.push(line),
            Says::Amend { .. } | Says::Void { .. } => {}
            Says::Act(first) => {
                let mut act = Some(first);
                let mut last = None;
                for other in &known {
                    let now = match other.says {
                        Says::Amend { of, act } if of == line.event => Some(act),
                        Says::Void { of } if of == line.event => None,
                        _ => continue,
                    };
                    if last.is_none_or(|key| key < (other.received, other.event)) {
                        last = Some((other.received, other.event));
                        act = now;
                    }
                }
                let Line { event, received, .. } = *line;
                standing.extend(act.map(|act| Stated { event, received, act }));
            }
        }
    }
    standing.sort_by_key(|stated| (stated.received, stated.event));
    waiting.sort_by_key(|line| (line.received, line.event));
    (standing, waiting.iter().map(|line| line.event).collect())
}

#[test]
fn any_set_of_lines_is_read_as_defined() {
    let seen = Seen::default();
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let (mut journal, mut model) = (Journal::new(), Model::new());
        let mut reader = (journal.clone(), model.clone());
        for step in 0..60 {
            let sent = model.values().nth(random.below(60)).filter(|_| step % 4 == 3);
            let next = sent.copied().unwrap_or_else(|| line(&mut random));
            let wanted = record(&mut model, next);
            assert_eq!(journal.record(next), wanted, "seed {seed}");
            seen.note("retried", wanted == Ok(Recorded::Retried));
            seen.note("reused", matches!(wanted, Err(JournalError::EventReused { .. })));
            assert_eq!(journal.find(next.event), model.get(&next.event).copied());
            if step == 30 {
                reader = (journal.clone(), model.clone());
            }
        }
        for (journal, model) in [(&journal, &model), (&reader.0, &reader.1)] {
            assert_eq!(journal.len(), model.len());
            for now in 0..13 {
                let (standing, waiting) = read(model, time(now));
                let pending: Vec<_> =
                    journal.pending(time(now)).iter().map(|line| line.event).collect();
                assert_eq!(journal.standing(time(now)), standing, "seed {seed}");
                assert_eq!(pending, waiting, "seed {seed}");
                seen.note("waits", !waiting.is_empty());
                seen.note(
                    "amended",
                    standing
                        .iter()
                        .any(|stated| model[&stated.event].says != Says::Act(stated.act)),
                );
            }
        }
        let mut lines = journal.lines();
        shuffle(&mut random, &mut lines);
        let mut again = Journal::default();
        assert!(again.record_all(&lines).iter().all(|answer| *answer == Ok(Recorded::New)));
        assert_eq!(again, journal);
    }
    assert_eq!(seen.kinds(), 4);
    seen.assert_each(1_000);
}

#[cfg(feature = "serde")]
#[test]
fn a_journal_is_read_back_and_refused_when_it_contradicts_itself() {
    let mut random = Random(7);
    let mut journal = Journal::new();
    for _ in 0..50 {
        // Some are refused, which is fine here.
        let _ = journal.record(line(&mut random));
    }
    let file = serde_json::to_string(&journal).unwrap();
    assert_eq!(serde_json::from_str::<Journal<u8>>(&file).unwrap(), journal);
    let head = r#"{"format":1,"lines":["#;
    let first = r#"{"received":0,"event":1,"says":{"act":1}}"#;
    for (second, problem) in [
        (first, "twice"),
        (r#"{"received":0,"event":1,"says":{"act":2}}"#, "another line"),
        (r#"{"received":0,"event":2,"says":{"void":{"of":2}}}"#, "corrects itself"),
    ] {
        let file = format!("{head}{first},{second}]}}");
        let error = serde_json::from_str::<Journal<u8>>(&file).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_files() {
    let event = EventId::new(1);
    for error in [
        JournalError::EventReused { event },
        JournalError::CorrectsItself { event },
        JournalError::TooManyLines { event },
    ] {
        assert_eq!(serde_json::to_value(error).unwrap()["code"], error.code());
    }
}
