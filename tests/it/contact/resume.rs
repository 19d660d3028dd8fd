//! A continued trace is the same as a fresh one.

use std::collections::BTreeMap;

use epitier::PersonId;
use epitier::contact::{Direction, Investigation};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::oracle::World;
use super::worlds::world;

/// What changes between two days: each part of the second world either stays or comes from a third.
fn later() -> impl Strategy<Value = (World, World)> {
    (world(), world(), prop::array::uniform4(0..6_u8)).prop_map(|(before, other, keep)| {
        let investigation = &before.investigation;
        let pick = |turn: u8, n: usize| if turn < 3 { 0 } else { n * usize::from(turn - 2) / 3 };
        let mixed = |turn: u8, cases: usize| (pick(turn, cases), cases);
        // The last rows go and rows of the other world come.
        let visits = before.visits.len() - pick(keep[0], before.visits.len());
        let links = before.links.len() - pick(keep[1], before.links.len());
        let (gone, all) = mixed(keep[2], investigation.cases().len());
        let mut cases = investigation.cases()[..all - gone].to_vec();
        for case in other.investigation.cases() {
            if keep[2] % 2 == 1 && cases.iter().all(|known| known.person != case.person) {
                cases.push(*case);
            }
        }
        let (gone, all) = mixed(keep[3], investigation.isolations().len());
        let isolations = investigation.isolations()[..all - gone].iter();
        let more = other.investigation.isolations().iter().filter(|_| keep[3] % 2 == 1);
        let now = World {
            visits: before.visits[..visits]
                .iter()
                .chain(other.visits.iter().take(usize::from(keep[0])))
                .copied()
                .collect(),
            links: before.links[..links]
                .iter()
                .chain(other.links.iter().take(usize::from(keep[1]) / 2))
                .copied()
                .collect(),
            investigation: Investigation::new(*investigation.protocol())
                .with_cases(cases)
                .with_isolations(isolations.chain(more).copied()),
            ..before.clone()
        };
        (before, now)
    })
}

/// Everybody of a row that only one of two worlds holds.
fn revised(before: &World, now: &World) -> Vec<PersonId> {
    let only = |a: &World, b: &World| {
        let visits = a.visits.iter().filter(|row| !b.visits.contains(row)).map(|row| row.person);
        let links = a.links.iter().filter(|row| !b.links.contains(row));
        visits.chain(links.flat_map(|row| [row.a, row.b])).collect::<Vec<_>>()
    };
    [only(before, now), only(now, before)].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn a_continued_trace_is_a_fresh_one((before, now) in later()) {
        let old = before.index().trace(&before.investigation, &()).unwrap();
        let index = now.index();
        let fresh = index.trace(&now.investigation, &()).unwrap();
        let continued = index.resume(&old, &now.investigation, revised(&before, &now), &()).unwrap();
        prop_assert_eq!(continued.people(), fresh.people());
        prop_assert_eq!(continued, fresh);
    }
}

#[test]
fn the_changes_are_worth_testing() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut note = |what, holds: bool| *seen.entry(what).or_default() += usize::from(holds);
    for _ in 0..1_000 {
        let (before, now) = later().new_tree(&mut runner).unwrap().current();
        if before.investigation.protocol().direction() == Direction::Backward {
            continue;
        }
        let old = before.index().trace(&before.investigation, &()).unwrap();
        let new = now.index().trace(&now.investigation, &()).unwrap();
        let pairs = || old.people().iter().map(|a| (a, new.get(a.person)));
        note("nothing", old == new);
        note("somebody came", new.people().iter().any(|b| old.get(b.person).is_none()));
        note("somebody went", pairs().any(|(_, b)| b.is_none()));
        let both = || pairs().filter_map(|(a, b)| Some((a, b?)));
        note("farther", both().any(|(a, b)| 0 < a.tier && a.tier < b.tier));
        note("nearer", both().any(|(a, b)| 0 < b.tier && b.tier < a.tier));
        note("earlier", both().any(|(a, b)| b.earliest < a.earliest));
        note("later", both().any(|(a, b)| b.earliest > a.earliest));
        note("became a case", both().any(|(a, b)| a.tier > 0 && b.tier == 0));
        note("ceased to be a case", both().any(|(a, b)| a.tier == 0 && b.tier > 0));
    }
    for (what, count) in &seen {
        assert!(*count >= 15, "{what}: only {count}; {seen:?}");
    }
}
