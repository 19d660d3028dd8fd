//! First exposures along any number of contacts, by one pass or by rounds.

use std::cell::Cell;

use epitier::contact::{Direction, Investigation, Protocol};
use epitier::{PersonId, Timestamp};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::world;
use crate::support::for_cases;

/// A world of links that all last so long, instants for 0.
fn of_one_length(mut world: World, length: i64) -> World {
    world.visits.clear();
    for link in &mut world.links {
        link.end = link.start.saturating_add(length);
        link.one_way = false;
    }
    // Enough links that chains are long.
    let again: Vec<_> = world.links.iter().rev().copied().collect();
    for (at, mut link) in again.into_iter().enumerate() {
        let people = world.people;
        let next = |person: PersonId| PersonId::new((person.get() + 1) % people);
        (link.a, link.b) = (next(link.a), next(link.b));
        let later = i64::try_from(at % 3).unwrap();
        link.start = link.start.saturating_add(later);
        link.end = link.end.saturating_add(later);
        world.links.push(link);
    }
    world
}

#[test]
fn they_are_those_of_a_trace_without_a_limit() {
    let (reached, far) = (Cell::new(0), Cell::new(0));
    let ours = (world(), 0..4i64, 0..3u32, 0..4u32);
    for_cases(&ours, |(world, length, latency, min_overlap)| {
        let world = if length < 3 { of_one_length(world, length) } else { world };
        let asked = &world.investigation;
        let protocol = Protocol::new().with_latency(latency).with_min_overlap(min_overlap);
        let question =
            Investigation::new(protocol.with_tiers(1).with_direction(Direction::Backward))
                .with_cases(asked.cases().iter().copied());
        let unlimited = Investigation::new(protocol.with_tiers(u32::MAX))
            .with_cases(asked.cases().iter().copied());
        let index = world.index();
        let trace = index.trace(&unlimited, &()).unwrap();
        let mut expected: Vec<(PersonId, Timestamp)> =
            trace.people().iter().map(|traced| (traced.person, traced.earliest)).collect();
        expected.sort_unstable();
        prop_assert_eq!(index.earliest_exposures(&question, &()).unwrap(), expected);
        reached.set(reached.get() + usize::from(length < 3 && trace.people_by_tier().len() > 1));
        far.set(far.get() + usize::from(length < 3 && trace.people_by_tier().len() > 3));
        Ok(())
    });
    assert!(reached.get() > 20 && far.get() > 5, "{reached:?} {far:?}");
}
