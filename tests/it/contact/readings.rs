//! What is read off a trace says what its definition says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Direction, Evidence, ExposedPlace, Exposure,
    ExposureSpan, ExposureSummary, Investigation, LookBack, Onset, PlacesError, Protocol, Setting,
    Trace, Visit,
};
use epitier::{Day, PersonId, PlaceId, Stopped, Timestamp};
use proptest::prelude::*;

use super::cancel::Count;
use super::oracle::{Rounds, Shown, WORLD, World, after, evidence_of, labels, oracle};
use super::worlds::world;
use crate::support::{for_cases, on_pools};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// The index of a world and the trace on it. In one of two worlds, others whom nobody meets made most of the
/// visits: a pass over all of them costs more than a look at those of the others.
fn traced(world: &World) -> (ContactIndex, Trace) {
    let mut index = world.index();
    if world.visits.len().is_multiple_of(2) {
        let stay = |person| Visit {
            person: PersonId::new(person),
            place: PlaceId::new(world.place_count),
            start: at(0),
            end: at(1),
        };
        let people = world.people + 1_000;
        let rows = ContactIndexBuilder::new(people, world.place_count + 1);
        index.extend(rows.visits((world.people..people).map(stay)), &()).unwrap();
    }
    let trace = index.trace(&world.investigation, &()).unwrap();
    (index, trace)
}

/// An exposure in the words of the oracle: presence without stated ends reaches to the ends of its world.
fn met(exposure: &Exposure) -> Shown {
    let Exposure { start, end, source, place, reason, .. } = *exposure;
    let (start, end) = (start.seconds().max(WORLD.start), end.seconds().min(WORLD.end));
    (start, end, source, place, reason)
}

/// First and last second of some exposures.
fn span(rows: &BTreeSet<Shown>) -> Option<(i64, i64)> {
    let first = rows.iter().map(|row| row.0).min()?;
    Some((first, rows.iter().map(|row| (row.1 - 1).max(row.0)).max()?))
}

/// A first and a last second, no farther than the ends of the world.
fn within_world(first: Timestamp, last: Timestamp) -> (Timestamp, Timestamp) {
    (first.max(at(WORLD.start)), last.min(at(WORLD.end - 1)))
}

/// A summary as the world says it; `expected` tells the seconds of what reaches to its ends.
fn told(row: ExposureSummary, expected: Option<&ExposureSummary>) -> ExposureSummary {
    let (first, last) = within_world(row.first, row.last);
    let beyond = expected.filter(|_| (first, last) != (row.first, row.last));
    ExposureSummary { first, last, seconds: beyond.map_or(row.seconds, |row| row.seconds), ..row }
}

/// The summary of some exposures, second by second.
fn summary(person: PersonId, rows: &BTreeSet<Shown>) -> Option<ExposureSummary> {
    let (first, last) = span(rows)?;
    let seconds: BTreeSet<i64> = rows.iter().flat_map(|row| row.0..row.1).collect();
    let sources: BTreeSet<PersonId> = rows.iter().map(|row| row.2).collect();
    Some(ExposureSummary {
        person,
        first: at(first),
        last: at(last),
        seconds: seconds.len() as u64,
        sources: u32::try_from(sources.len()).unwrap(),
        exposures: u32::try_from(rows.len()).unwrap(),
    })
}

/// Contacts that count by the last labels, none of which counted when the person came in.
fn weaker(world: &World) -> BTreeMap<PersonId, BTreeSet<Shown>> {
    let contacts = world.contacts();
    let groups = labels(world, &contacts);
    let of = |(&person, row): (&PersonId, &super::oracle::Expected)| {
        let after = |round: u32| {
            let of_group = |(from, rounds): &(i64, Rounds)| {
                evidence_of(world, &contacts, person, after(rounds, round as usize), *from)
            };
            groups.iter().flat_map(of_group).collect::<Vec<_>>()
        };
        let before = if row.tier == 0 { Vec::new() } else { after(row.tier - 1) };
        let before: BTreeSet<usize> = before.into_iter().map(|(number, _)| number).collect();
        let new = after(u32::MAX).into_iter().filter(|(number, _)| !before.contains(number));
        let new = new.map(|(_, shown)| shown).filter(|shown| !row.evidence.contains(shown));
        (person, new.collect())
    };
    oracle(world).iter().map(of).collect()
}

/// The disinfection list, contact by contact.
fn places(world: &World, up_to_tier: u32) -> Vec<ExposedPlace> {
    let protocol = world.investigation.protocol();
    let mut carriers: BTreeMap<PersonId, (i64, i64)> = BTreeMap::new();
    for (person, row) in oracle(world).into_iter().filter(|(_, row)| row.tier <= up_to_tier) {
        let from = row.best[row.best.len() - 1] + i64::from(protocol.latency());
        carriers.insert(person, (from, 1 << 40));
    }
    for case in world.investigation.cases() {
        let until = case.until.map_or(1 << 40, Timestamp::seconds);
        carriers.insert(case.person, (case.from.seconds(), until));
    }
    let mut rows: BTreeMap<PlaceId, (i64, i64, BTreeSet<PersonId>)> = BTreeMap::new();
    for (person, place, (start, end)) in world.stays() {
        let Some((from, until)) = carriers.get(&person) else { continue };
        let shed = (start.max(*from), end.min(*until));
        if shed.0 < shed.1 {
            let end = shed.1 + i64::from(protocol.lag());
            let row = rows.entry(place).or_insert((shed.0, end, BTreeSet::new()));
            (row.0, row.1) = (row.0.min(shed.0), row.1.max(end));
            row.2.insert(person);
        }
    }
    let contacts = world.contacts();
    let mut list: Vec<ExposedPlace> = rows
        .into_iter()
        .map(|(place, (from, until, who))| {
            let exposed: BTreeSet<PersonId> = contacts
                .iter()
                .filter(|contact| contact.place == Some(place))
                .filter(|contact| {
                    let carrier = carriers.get(&contact.from);
                    carrier.is_some_and(|(a, until)| contact.shared(*a, *until).is_some())
                })
                .map(|contact| contact.to)
                .collect();
            let count = |people: BTreeSet<PersonId>| u32::try_from(people.len()).unwrap();
            let (carriers, people) = (count(who), count(exposed));
            ExposedPlace { place, from: at(from), until: at(until), carriers, people }
        })
        .collect();
    list.sort_by_key(|row| {
        let (people, carriers) = (i64::from(row.people), i64::from(row.carriers));
        (-people, -carriers, row.place)
    });
    list
}

/// The same world under one tier and no thresholds.
fn without_thresholds(world: &World) -> World {
    let protocol = world.investigation.protocol().with_tiers(1).with_min_overlap(0);
    let protocol = protocol.with_cumulative(None);
    let protocol = protocol.with_min_overlap_in(Setting::Vehicle, 0);
    let protocol = protocol.with_min_overlap_in(Setting::Household, 0);
    let investigation = Investigation::new(protocol)
        .with_cases(world.investigation.cases().iter().copied())
        .with_isolations(world.investigation.isolations().iter().copied());
    World { investigation, ..world.clone() }
}

/// Whether a value comes back from its file as it was.
#[cfg(feature = "serde")]
fn survives_json<T>(value: &T) -> bool
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq,
{
    let text = serde_json::to_string(value).unwrap();
    serde_json::from_str::<T>(&text).unwrap() == *value
}

/// Without files there is nothing to lose.
#[cfg(not(feature = "serde"))]
fn survives_json<T>(_: &T) -> bool {
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn first_and_last_exposures_are_those_of_the_evidence(world in world()) {
        let (index, trace) = traced(&world);
        let expected: Vec<ExposureSpan> = oracle(&world)
            .into_iter()
            .filter_map(|(person, row)| {
                let (first, last) = span(&row.evidence)?;
                Some(ExposureSpan { person, first: at(first), last: at(last) })
            })
            .collect();
        let mut spans = trace.exposure_spans(&index, &()).unwrap();
        prop_assert!(survives_json(&spans));
        for span in &mut spans {
            (span.first, span.last) = within_world(span.first, span.last);
        }
        prop_assert_eq!(spans, expected);
    }

    #[test]
    fn the_evidence_of_all_is_that_of_each(world in world()) {
        let (index, trace) = traced(&world);
        let all = trace.all_evidence(&index, &()).unwrap();
        let expected = oracle(&world);
        let with_evidence: Vec<PersonId> = expected
            .iter()
            .filter(|(_, row)| !row.evidence.is_empty())
            .map(|(person, _)| *person)
            .collect();
        prop_assert_eq!(all.iter().map(|(person, _)| person).collect::<Vec<_>>(), with_evidence);
        for person in (0..world.people).map(PersonId::new) {
            prop_assert_eq!(all.of(person), trace.evidence(&index, person));
            let rows: BTreeSet<Shown> = all.of(person).iter().map(met).collect();
            let wanted = expected.get(&person).map(|row| row.evidence.clone()).unwrap_or_default();
            prop_assert_eq!(&rows, &wanted, "{:?}", person);
            prop_assert_eq!(all.of(person).len(), wanted.len());
            let said = all.summaries().find(|row| row.person == person);
            let wanted = summary(person, &wanted);
            prop_assert_eq!(said.map(|row| told(row, wanted.as_ref())), wanted);
        }
        let length: usize = all.iter().map(|(_, rows)| rows.len()).sum();
        prop_assert_eq!(all.exposure_count(), length);
        prop_assert!(survives_json(&all));
        prop_assert!(survives_json(&all.summaries().collect::<Vec<_>>()));
    }

    #[test]
    fn weaker_evidence_is_what_came_too_late_to_count(world in world()) {
        let (index, trace) = traced(&world);
        let expected = weaker(&world);
        for person in (0..world.people).map(PersonId::new) {
            let said = trace.weaker_evidence(&index, person);
            prop_assert!(said.is_sorted_by(|a, b| a < b));
            let said: BTreeSet<Shown> = said.iter().map(met).collect();
            let wanted = expected.get(&person).cloned().unwrap_or_default();
            prop_assert_eq!(said, wanted, "{:?}", person);
        }
    }

    #[test]
    fn exposed_places_are_those_where_carriers_were(world in world(), tier in 0..4u32) {
        let (index, trace) = traced(&world);
        let said = trace.exposed_places(&index, tier, &());
        if world.investigation.protocol().direction() == Direction::Backward {
            let Err(Stopped::Refused(problems)) = said else { panic!("a backward trace") };
            prop_assert_eq!(problems.iter().collect::<Vec<_>>(), vec![&PlacesError::Backward]);
        } else {
            let said = said.unwrap();
            prop_assert!(survives_json(&said));
            prop_assert_eq!(said, places(&world, tier));
        }
    }

    #[test]
    fn general_contacts_fall_short_of_the_rules(world in world()) {
        let (index, trace) = traced(&world);
        let expected: Vec<ExposureSummary> = oracle(&without_thresholds(&world))
            .into_iter()
            .filter(|(person, _)| trace.get(*person).is_none())
            .filter_map(|(person, row)| summary(person, &row.evidence))
            .collect();
        let said = trace.general_contacts(&index, &()).unwrap();
        prop_assert!(survives_json(&said));
        let told: Vec<ExposureSummary> = said
            .iter()
            .map(|row| told(*row, expected.iter().find(|wanted| wanted.person == row.person)))
            .collect();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn both_ways_are_two_traces(world in world(), days in 0..3u16) {
        let index = world.index();
        let utc = chrono::FixedOffset::east_opt(0).unwrap();
        let day = Day::from_ymd(1970, 1, 1).unwrap();
        let protocol = world
            .investigation
            .protocol()
            .with_look_back(LookBack::Hours(0))
            .with_source_window(days);
        let isolations = world.investigation.isolations();
        let cases = world.investigation.cases().iter().filter(|case| case.until != Some(at(0)));
        let until = |case: &Case| case.until.filter(|until| *until > at(0));
        let onsets: Vec<Onset> = cases
            .map(|case| Onset { person: case.person, day, isolated: until(case) })
            .collect();
        let both = index.trace_both_ways(&protocol, &onsets, isolations, utc, &()).unwrap();
        prop_assert!(survives_json(&both));
        for (direction, said) in
            [(Direction::Forward, &both.forward), (Direction::Backward, &both.backward)]
        {
            let cases = onsets.iter().map(|onset| match direction {
                Direction::Forward => {
                    Case { person: onset.person, from: at(0), until: onset.isolated }
                }
                Direction::Backward => {
                    let from = at(-86_400 * i64::from(days));
                    let until = onset.isolated.map_or(at(86_400), |isolated| isolated.min(at(86_400)));
                    Case { person: onset.person, from, until: Some(until) }
                }
            });
            let alone = Investigation::new(protocol.with_direction(direction))
                .with_cases(cases)
                .with_isolations(isolations.iter().copied());
            prop_assert_eq!(said, &index.trace(&alone, &()).unwrap());
        }
    }
}

#[test]
fn the_readings_are_worth_testing() {
    let counts: [AtomicUsize; 9] = Default::default();
    let note = |which: usize, holds: bool| {
        counts[which].fetch_add(usize::from(holds), Ordering::Relaxed);
    };
    for_cases(&world(), |world| {
        let all = oracle(&world);
        let protocol = world.investigation.protocol();
        let forward = protocol.direction() == Direction::Forward;
        let many = all.values().any(|row| row.tier > 1 && row.evidence.len() > 1);
        note(0, many && forward);
        note(1, many && !forward);
        let weak = weaker(&world);
        note(2, forward && weak.values().any(|rows| !rows.is_empty()));
        note(3, !forward && weak.values().any(|rows| !rows.is_empty()));
        if forward {
            let list = places(&world, 0);
            note(4, list.len() > 1 && list.iter().any(|row| row.people > 1));
            note(5, list.iter().any(|row| row.carriers > 1));
            note(6, places(&world, 3) != list);
        }
        let loose = oracle(&without_thresholds(&world));
        let general = loose.keys().any(|person| !all.contains_key(person));
        note(7, general && forward);
        note(8, general && !forward);
        Ok(())
    });
    let counts: Vec<usize> = counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    assert!(counts.iter().all(|&count| count >= 4), "of 256: {counts:?}");
}

/// A crowd at one place, of which everybody but the case is exposed at once, and a second place to which
/// they all go, with others who are not known yet.
fn crowd(people: u32) -> (ContactIndex, Investigation) {
    let stay = |person, place, start, end| Visit {
        person: PersonId::new(person),
        place: PlaceId::new(place),
        start: at(start),
        end: at(end),
    };
    let visits = (0..people).flat_map(|person| {
        let first = u32::from(person >= people / 2);
        [stay(person, first, 0, 100), stay(person, 2, 200 + i64::from(person % 50), 400)]
    });
    let index = ContactIndexBuilder::new(people, 3).visits(visits).build(&()).unwrap();
    let case = Case { person: PersonId::new(0), from: at(0), until: Some(at(150)) };
    (index, Investigation::new(Protocol::new()).with_cases([case]))
}

#[test]
fn a_crowd_is_read_without_its_square() {
    let people = 100_000;
    let (index, question) = crowd(people);
    let trace = index.trace(&question, &()).unwrap();
    assert_eq!(trace.people_by_tier(), [1, 49_999, 50_000]);
    let spans = trace.exposure_spans(&index, &()).unwrap();
    assert_eq!(spans.len(), 99_999);
    assert_eq!((spans[0].first, spans[0].last), (at(0), at(99)));
    assert_eq!((spans[99_998].first, spans[99_998].last), (at(249), at(399)));
    // The case is among them: the others carry too.
    let list = trace.exposed_places(&index, 2, &()).unwrap();
    assert_eq!(list.iter().map(|row| row.people).collect::<Vec<_>>(), [100_000, 50_000]);
}

#[test]
fn long_stays_near_many_short_ones_are_no_square() {
    // A case comes and goes all day long; some people are there from morning to night.
    let (visits, people) = (40_000, 2_000);
    let stay = |person, start, end| Visit {
        person: PersonId::new(person),
        place: PlaceId::new(0),
        start: at(start),
        end: at(end),
    };
    let comings = (0..visits).map(|n| stay(0, 10 * n, 10 * n + 5));
    let stays = (1..=people).map(|person| stay(person, 0, 10 * visits));
    let index = ContactIndexBuilder::new(people + 1, 1).visits(comings.chain(stays));
    let index = index.build(&()).unwrap();
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    let question = Investigation::new(Protocol::new()).with_cases([case]);
    let trace = index.trace(&question, &()).unwrap();
    let spans = trace.exposure_spans(&index, &()).unwrap();
    let last = at(10 * visits - 6);
    assert!(spans.len() == people as usize && spans.iter().all(|span| span.last == last));
    let places = trace.exposed_places(&index, 0, &()).unwrap();
    assert_eq!((places[0].people, places[0].carriers), (people, 1));
    let count = Count::default();
    trace.exposure_spans(&index, &count).unwrap();
    trace.exposed_places(&index, 0, &count).unwrap();
    // Every row walked over is a look at the observer: 80 million of them would be the square.
    assert!(count.polls() < 2_000_000, "{} rows", count.polls());
}

#[test]
fn evidence_costs_its_length() {
    // One case and 100,000 others at one place: as many exposures, not the square.
    let visits = (0..100_000).map(|person| Visit {
        person: PersonId::new(person),
        place: PlaceId::new(0),
        start: at(i64::from(person % 7)),
        end: at(100),
    });
    let index = ContactIndexBuilder::new(100_000, 1).visits(visits).build(&()).unwrap();
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    let question = Investigation::new(Protocol::new()).with_cases([case]);
    let trace = index.trace(&question, &()).unwrap();
    let all = trace.all_evidence(&index, &()).unwrap();
    assert_eq!(all.exposure_count(), 99_999);
    assert_eq!(all.of(PersonId::new(13))[0].start, at(6));
}

#[test]
fn readings_are_the_same_on_any_pool() {
    let (index, question) = crowd(2_000);
    let trace = index.trace(&question, &()).unwrap();
    let answers = on_pools(|| {
        let list = trace.exposed_places(&index, 1, &()).unwrap();
        let spans = trace.exposure_spans(&index, &()).unwrap();
        (list, spans, trace.all_evidence(&index, &()).unwrap())
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn nothing_traced_and_a_smaller_index_are_no_panic() {
    let (index, question) = crowd(10);
    let trace = index.trace(&question, &()).unwrap();
    let small = ContactIndexBuilder::new(0, 0).build(&()).unwrap();
    assert_eq!(trace.exposure_spans(&small, &()), Ok(Vec::new()));
    assert_eq!(trace.all_evidence(&small, &()), Ok(Evidence::default()));
    assert_eq!(trace.exposed_places(&small, 2, &()), Ok(Vec::new()));
    assert!(trace.general_contacts(&small, &()).is_err());
    assert_eq!(trace.weaker_evidence(&small, PersonId::new(0)), Vec::new());
    let nobody = index.trace(&Investigation::new(Protocol::new()), &()).unwrap();
    assert_eq!(nobody.exposure_spans(&index, &()), Ok(Vec::new()));
    assert_eq!(nobody.exposed_places(&index, 0, &()), Ok(Vec::new()));
}

#[cfg(feature = "serde")]
#[test]
fn evidence_out_of_order_is_refused() {
    let text = r#"{"format":1,"people":[{"person":2,"exposures":[]}]}"#;
    assert!(serde_json::from_str::<Evidence>(text).is_err());
    let one = r#"{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:00:09Z","source":0,"place":null,"reason":"direct-contact"}"#;
    let file = |people: &[u32]| {
        let row = |person| format!(r#"{{"person":{person},"exposures":[{one}]}}"#);
        let rows: Vec<String> = people.iter().map(row).collect();
        serde_json::from_str::<Evidence>(&format!(
            r#"{{"format":1,"people":[{}]}}"#,
            rows.join(",")
        ))
    };
    assert_eq!(file(&[1, 2]).unwrap().exposure_count(), 2);
    assert!(file(&[2, 1]).is_err());
    assert!(file(&[1, 1]).is_err());
    let code = serde_json::to_value(PlacesError::Backward).unwrap();
    assert_eq!(code["code"], PlacesError::Backward.code());
}
