//! What changed between two traces, and why.

use std::collections::BTreeMap;
use std::sync::Mutex;

use epitier::contact::{
    Case, Cause, ContactIndexBuilder, Difference, Direction, Investigation, Link, Protocol, Trace,
    Traced,
};
use epitier::{PersonId, Timestamp};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::world;
use crate::support::for_cases;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A world and one in which something is different.
fn two_worlds() -> impl Strategy<Value = (World, World)> {
    let part = prop::collection::vec(prop::bool::weighted(0.8), 40);
    (world(), part.clone(), part, 0..4u8).prop_map(|(world, kept, kept_now, what)| {
        let part_of = |kept: Vec<bool>| {
            let mut part = world.clone();
            let mut keep = kept.into_iter().cycle();
            let mut cases = world.investigation.cases().to_vec();
            let mut protocol = *world.investigation.protocol();
            let kept = |keep: &mut dyn Iterator<Item = bool>| keep.next() == Some(true);
            match what {
                0 => part.visits.retain(|_| kept(&mut keep)),
                1 => part.links.retain(|_| kept(&mut keep)),
                2 => cases.retain(|_| kept(&mut keep)),
                _ => {
                    for case in &mut cases {
                        if !kept(&mut keep) {
                            case.from = case.from.saturating_add(-3);
                        }
                        if !kept(&mut keep) {
                            case.until = case.until.map(|until| until.saturating_add(7));
                        }
                    }
                    protocol = protocol.with_latency(u32::from(kept(&mut keep)));
                }
            }
            part.investigation = Investigation::new(protocol)
                .with_cases(cases)
                .with_isolations(world.investigation.isolations().iter().copied());
            part
        };
        (part_of(kept), part_of(kept_now))
    })
}

/// All that a trace says of a person, and the window of a case.
type Rows = BTreeMap<PersonId, (Traced, Option<Case>)>;

fn rows(trace: &Trace) -> Rows {
    let cases = trace.investigation().cases();
    let case = |person| cases.iter().find(|case| case.person == person).copied();
    trace.people().iter().map(|row| (row.person, (*row, case(row.person)))).collect()
}

/// The causes in words: which of them a row may have, by the text of each.
fn holds(cause: Cause, person: PersonId, old: &Rows, new: &Rows) -> bool {
    let (was, is) = (old.get(&person), new.get(&person));
    let (came, went) = (was.is_none(), is.is_none());
    let both = !came && !went;
    let was_case = was.is_some_and(|row| row.1.is_some());
    let is_case = is.is_some_and(|row| row.1.is_some());
    let contacts = both && !was_case && !is_case;
    let seen = |rows: &Rows, who: PersonId| {
        rows.get(&who).map(|(row, case)| (row.tier, row.first_exposure, row.earliest, *case))
    };
    let source = if came { is } else { was }.and_then(|row| row.0.source);
    let (before, after) = match source {
        Some(source) => (seen(old, source), seen(new, source)),
        None => (None, None),
    };
    let tier = |row: Option<&(Traced, Option<Case>)>| row.map(|row| row.0.tier);
    let times = |row: Option<&(Traced, Option<Case>)>| {
        row.map(|row| (row.0.first_exposure, row.0.earliest))
    };
    let same_tier = contacts && tier(was) == tier(is);
    match cause {
        Cause::BecameCase => is_case && !was_case,
        Cause::SourceCame => came && !is_case && before.is_none(),
        Cause::SourceCarriesMore => came && !is_case && before.is_some() && before != after,
        Cause::NewContact => came && !is_case && before.is_some() && before == after,
        Cause::CaseWithdrawn => went && was_case,
        Cause::SourceWent => went && !was_case && after.is_none(),
        Cause::SourceCarriesLess => went && !was_case && after.is_some() && before != after,
        Cause::ContactGone => went && !was_case && after.is_some() && before == after,
        Cause::CeasedToBeCase => both && was_case && !is_case,
        Cause::WindowChanged => both && was_case && is_case,
        Cause::NearerTier => contacts && tier(is) < tier(was),
        Cause::FartherTier => contacts && tier(is) > tier(was),
        Cause::EarlierExposure => same_tier && times(is) < times(was),
        Cause::LaterExposure => same_tier && times(is) > times(was),
        Cause::OtherSource => same_tier && times(is) == times(was),
    }
}

const ALL: [Cause; 15] = [
    Cause::BecameCase,
    Cause::SourceCame,
    Cause::SourceCarriesMore,
    Cause::NewContact,
    Cause::CaseWithdrawn,
    Cause::SourceWent,
    Cause::SourceCarriesLess,
    Cause::ContactGone,
    Cause::CeasedToBeCase,
    Cause::WindowChanged,
    Cause::NearerTier,
    Cause::FartherTier,
    Cause::EarlierExposure,
    Cause::LaterExposure,
    Cause::OtherSource,
];

fn check(old: &World, new: &World) -> Result<Vec<Difference>, TestCaseError> {
    let trace = |world: &World| world.index().trace(&world.investigation, &()).unwrap();
    let (old, new) = (trace(old), trace(new));
    let found = Trace::diff(&old, &new);
    let (before, after) = (rows(&old), rows(&new));
    let differ: Vec<PersonId> = (0..10)
        .map(PersonId::new)
        .filter(|person| before.get(person) != after.get(person))
        .collect();
    prop_assert_eq!(found.iter().map(|row| row.person).collect::<Vec<_>>(), differ);
    for row in &found {
        prop_assert_eq!(row.old, before.get(&row.person).map(|row| row.0));
        prop_assert_eq!(row.new, after.get(&row.person).map(|row| row.0));
        let fit = ALL.into_iter().filter(|cause| holds(*cause, row.person, &before, &after));
        prop_assert_eq!(fit.collect::<Vec<_>>(), vec![row.cause], "{:?}", row);
    }
    prop_assert!(Trace::diff(&new, &new).is_empty());
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&found).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Vec<Difference>>(&text).unwrap(), &found);
    }
    Ok(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn everybody_who_differs_is_listed_with_the_one_cause(worlds in two_worlds()) {
        check(&worlds.0, &worlds.1)?;
    }
}

#[test]
fn every_cause_is_met() {
    let seen: Mutex<BTreeMap<(Cause, bool), usize>> = Mutex::default();
    let strategy = prop::collection::vec(two_worlds(), 16);
    for_cases(&strategy, |runs| {
        for (old, new) in runs {
            let forward = old.investigation.protocol().direction() == Direction::Forward;
            for row in check(&old, &new)? {
                *seen.lock().unwrap().entry((row.cause, forward)).or_default() += 1;
            }
        }
        Ok(())
    });
    let seen = seen.into_inner().unwrap();
    for cause in ALL {
        for forward in [true, false] {
            assert!(seen.get(&(cause, forward)) >= Some(&3), "{cause:?} {forward}: {seen:?}");
        }
    }
}

#[test]
fn a_second_case_and_a_lost_contact() {
    let talk = |a, b, time| Link {
        a: PersonId::new(a),
        b: PersonId::new(b),
        start: at(time),
        end: at(time),
        one_way: false,
    };
    let index = |links: &[Link]| {
        ContactIndexBuilder::new(5, 0).links(links.iter().copied()).build(&()).unwrap()
    };
    let case = |person| Case { person: PersonId::new(person), from: at(0), until: None };
    let question = |cases: &[Case]| {
        Investigation::new(Protocol::new().with_tiers(3)).with_cases(cases.iter().copied())
    };
    let links = [talk(0, 1, 10), talk(1, 2, 20), talk(2, 3, 30), talk(2, 4, 5)];
    let one = index(&links).trace(&question(&[case(0)]), &()).unwrap();
    let two = index(&links).trace(&question(&[case(0), case(2)]), &()).unwrap();
    let lost = index(&links[1..]).trace(&question(&[case(0)]), &()).unwrap();
    let said = |old, new| -> Vec<(u32, Cause)> {
        Trace::diff(old, new).iter().map(|row| (row.person.get(), row.cause)).collect()
    };
    let second = [(2, Cause::BecameCase), (3, Cause::NearerTier), (4, Cause::SourceCarriesMore)];
    assert_eq!(said(&one, &two), second);
    let back = [(2, Cause::CeasedToBeCase), (3, Cause::FartherTier), (4, Cause::SourceCarriesLess)];
    assert_eq!(said(&two, &one), back);
    let gone = [(1, Cause::ContactGone), (2, Cause::SourceWent), (3, Cause::SourceWent)];
    assert_eq!(said(&one, &lost), gone);
    assert_eq!(said(&lost, &one)[0], (1, Cause::NewContact));
}
