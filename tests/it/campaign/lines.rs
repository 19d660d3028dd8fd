//! Journals of any kind, drawn at random, and the laws that all registers share.

use std::fmt::Debug;

use epitier::Timestamp;
use epitier::campaign::{EventId, Journal, Line, Says};

use super::worlds::{at, shuffle};
use crate::random::Random;

/// Lines are received within so many seconds.
pub(super) const SPAN: i64 = 400;

/// Any line of so many.
pub(super) fn any_event(random: &mut Random, count: u64) -> EventId {
    EventId::new(random.below(count))
}

/// So many lines in any order: acts, and corrections of any of them.
pub(super) fn lines<A>(
    random: &mut Random,
    count: u64,
    mut act: impl FnMut(&mut Random) -> A,
) -> Vec<Line<A>> {
    let mut events: Vec<u64> = (0..count).collect();
    shuffle(random, &mut events);
    let line = |event| {
        let (event, of) = (EventId::new(event), any_event(random, count));
        let received = at(random.below(SPAN));
        match random.below(12) {
            0 if of != event => Line::void(event, received, of),
            1 if of != event => Line::amend(event, received, of, act(random)),
            _ => Line::act(event, received, act(random)),
        }
    };
    events.into_iter().map(line).collect()
}

pub(super) fn journal<A: Copy + PartialEq>(lines: &[Line<A>]) -> Journal<A> {
    let mut journal = Journal::new();
    assert!(journal.record_all(lines).iter().all(Result::is_ok));
    journal
}

/// What is read is a function of the set of lines received by then: their order, retries and later lines do not matter.
pub(super) fn assert_reads_the_set<A: Copy + PartialEq, R: PartialEq + Debug>(
    random: &mut Random,
    lines: &[Line<A>],
    read: impl Fn(&Journal<A>, Timestamp) -> R,
) {
    let all = journal(lines);
    let mut others = lines.to_vec();
    shuffle(random, &mut others);
    let again: Vec<Line<A>> = others.iter().step_by(3).copied().collect();
    others.extend(again);
    let shuffled = journal(&others);
    for _ in 0..3 {
        let now = at(random.below(SPAN + 20));
        others.retain(|line| line.received <= now);
        let known: Vec<Line<A>> =
            lines.iter().filter(|line| line.received <= now).copied().collect();
        let answer = read(&all, now);
        assert_eq!(read(&shuffled, now), answer);
        assert_eq!(read(&journal(&known), now), answer);
    }
}

/// The lines that wait for what they correct: when each was received, its event id, and what it corrects.
pub(super) fn waiting<A: Copy + PartialEq>(
    journal: &Journal<A>,
    now: Timestamp,
) -> Vec<(Timestamp, EventId, EventId)> {
    let waits = |line: &Line<A>| match line.says {
        Says::Amend { of, .. } | Says::Void { of } => (line.received, line.event, of),
        Says::Act(_) => unreachable!("an act waits for nothing"),
    };
    journal.pending(now).iter().map(waits).collect()
}

/// Problems by the lines that show them.
pub(super) fn in_order<P>(mut problems: Vec<(Timestamp, EventId, P)>) -> Vec<P> {
    problems.sort_by_key(|&(received, event, _)| (received, event));
    problems.into_iter().map(|(.., problem)| problem).collect()
}
