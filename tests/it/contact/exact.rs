//! A trace says exactly what the definition says.

use std::collections::{BTreeMap, BTreeSet};

use epitier::PersonId;
use epitier::contact::{ContactIndex, Direction, Reason, Trace};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::oracle::{Expected, WORLD, World, oracle};
use super::worlds::world;

/// A trace in the words of the oracle.
fn said(trace: &Trace, index: &ContactIndex, rounds: usize) -> BTreeMap<PersonId, Expected> {
    trace
        .people()
        .iter()
        .map(|traced| {
            let times: BTreeMap<u32, i64> = trace
                .improvements(traced.person)
                .map(|change| (change.round, change.time.seconds()))
                .collect();
            // The best time after each round is that of the latest improvement so far.
            let best = (traced.tier..)
                .take(rounds)
                .map(|round| {
                    let latest = times.range(..=round).next_back();
                    latest.map_or(traced.first_exposure.seconds(), |(_, time)| *time)
                })
                .collect();
            let evidence: BTreeSet<_> = trace
                .evidence(index, traced.person)
                .into_iter()
                .map(|e| {
                    // Presence without stated ends reaches to the ends of the oracle's world.
                    let (start, end) = (e.start.seconds(), e.end.seconds());
                    let ends = (start.max(WORLD.start), end.min(WORLD.end));
                    (ends.0, ends.1, e.source, e.place, e.reason)
                })
                .collect();
            let first =
                (traced.first_exposure.seconds(), traced.source, traced.reason, traced.place);
            (traced.person, Expected { tier: traced.tier, first, best, evidence })
        })
        .collect()
}

/// Compares all but the number of rounds that the oracle happened to need.
fn compare(world: &World) -> Result<(), TestCaseError> {
    let expected = oracle(world);
    let index = world.index();
    let trace = index.trace(&world.investigation, &()).unwrap();
    let said = said(&trace, &index, 40);
    prop_assert_eq!(said.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (person, wanted) in &expected {
        let got = &said[person];
        prop_assert_eq!(got.tier, wanted.tier, "tier of {:?}", person);
        prop_assert_eq!(got.first, wanted.first, "first exposure of {:?}", person);
        prop_assert_eq!(&got.best[..wanted.best.len()], &wanted.best[..], "times of {:?}", person);
        prop_assert_eq!(got.best.last(), wanted.best.last(), "last time of {:?}", person);
        prop_assert_eq!(&got.evidence, &wanted.evidence, "evidence of {:?}", person);
        let earliest = trace.get(*person).unwrap().earliest.seconds();
        prop_assert_eq!(Some(&earliest), wanted.best.last());
    }
    Ok(())
}

/// Every chain is a real one: each contact passes on what the next one needs, back to a case.
fn check_chains(world: &World) -> Result<(), TestCaseError> {
    let index = world.index();
    let trace = index.trace(&world.investigation, &()).unwrap();
    let contacts = world.contacts();
    let protocol = world.investigation.protocol();
    let forward = protocol.direction() == Direction::Forward;
    for traced in trace.people() {
        let chain = trace.chain(traced.person);
        prop_assert_eq!(chain.len(), traced.tier as usize, "one contact for each tier");
        for (step, change) in chain.iter().enumerate() {
            let next = chain.get(step + 1);
            let case = world.investigation.cases().iter().find(|c| c.person == change.source);
            prop_assert_eq!(case.is_some(), next.is_none(), "a chain ends at a case");
            prop_assert!(next.is_none_or(|next| next.person == change.source));
            let matches = contacts.iter().any(|contact| {
                let (from, to) = if forward {
                    (change.source, change.person)
                } else {
                    (change.person, change.source)
                };
                let shown = (contact.reason, contact.place);
                if (contact.from, contact.to, shown) != (from, to, (change.reason, change.place)) {
                    return false;
                }
                let latency = i64::from(protocol.latency());
                let until = |end: Option<epitier::Timestamp>| {
                    end.map_or(1 << 40, epitier::Timestamp::seconds)
                };
                if forward {
                    let (a, end) = match (next, case) {
                        (Some(next), _) => (next.time.seconds() + latency, 1 << 40),
                        (None, case) => (case.unwrap().from.seconds(), until(case.unwrap().until)),
                    };
                    contact.shared(a, end).is_some_and(|(x, _)| x == change.time.seconds())
                } else {
                    let limit = match (next, case) {
                        (Some(next), _) => next.time.seconds() - latency,
                        (None, case) => until(case.unwrap().until) - 1,
                    };
                    let x = contact.shared(change.time.seconds(), 1 << 40);
                    x.is_some_and(|(x, _)| x <= limit)
                }
            });
            prop_assert!(matches, "no contact for {:?}", change);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_trace_is_what_the_definition_says(world in world()) {
        compare(&world)?;
    }

    #[test]
    fn every_chain_leads_back_to_a_case(world in world()) {
        check_chains(&world)?;
    }
}

#[test]
fn the_worlds_are_worth_testing() {
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut note = |what, holds: bool| *seen.entry(what).or_default() += usize::from(holds);
    for _ in 0..1_000 {
        let world = world().new_tree(&mut runner).unwrap().current();
        let all = oracle(&world);
        let backward = world.investigation.protocol().direction() == Direction::Backward;
        let free = World {
            investigation: epitier::contact::Investigation::new(*world.investigation.protocol())
                .with_cases(world.investigation.cases().iter().copied()),
            ..world.clone()
        };
        note("backward", backward && all.values().any(|row| row.tier > 0));
        note("forward", !backward && all.values().any(|row| row.tier > 0));
        note("tier 2", all.values().any(|row| row.tier == 2));
        note("tier 3", all.values().any(|row| row.tier >= 3));
        note("relabelled", all.values().any(|row| row.best.last() != Some(&row.first.0)));
        note("several exposures", all.values().any(|row| row.evidence.len() > 1));
        note("isolation matters", all != oracle(&free));
        let by = |reason| all.values().filter(|row| row.first.2 == reason).count();
        note("found through the household", by(Reason::Household) > 0);
        note("short contacts that add up", by(Reason::Cumulative) > 0);
        let evidence = all.values().flat_map(|row| &row.evidence);
        note("several contacts together", {
            evidence.filter(|shown| shown.4 == Reason::Cumulative).count() > 1
        });
    }
    for (what, count) in &seen {
        assert!(*count >= 60, "{what}: only {count} of 1000 worlds; {seen:?}");
    }
}
