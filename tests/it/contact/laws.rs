//! Laws that need no data: duality, monotony, independence of order and threads.

use epitier::contact::{
    Case, ContactIndexBuilder, Cumulative, Direction, Investigation, Link, Protocol, Reason,
    Setting, Trace, Visit,
};
use epitier::{PersonId, PlaceId, Timestamp};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::world;
use crate::random::Random;
use crate::support::on_pools;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn trace(world: &World, investigation: &Investigation) -> Trace {
    world.index().trace(investigation, &()).unwrap()
}

/// The isolations of a world under other rules and cases.
fn with(world: &World, protocol: Protocol, cases: impl IntoIterator<Item = Case>) -> Investigation {
    let isolations = world.investigation.isolations().iter().copied();
    Investigation::new(protocol).with_cases(cases).with_isolations(isolations)
}

/// Everybody reached under the first rules is reached under the second, in no later a tier and at no
/// worse a time.
fn reaches_no_less(less: &Trace, more: &Trace, forward: bool) -> Result<(), TestCaseError> {
    for traced in less.people() {
        let other = more.get(traced.person);
        prop_assert!(other.is_some(), "{:?} is lost", traced.person);
        let other = other.unwrap();
        prop_assert!(other.tier <= traced.tier, "{:?} is farther", traced.person);
        if traced.tier > 0 && other.tier > 0 {
            let (a, b) = (traced.earliest, other.earliest);
            prop_assert!(if forward { b <= a } else { b >= a }, "{:?}", traced.person);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn forward_reaches_exactly_whom_backward_says(world in world(), t in -5..30i64, d in 0..80i64) {
        let protocol = *world.investigation.protocol();
        let index = world.index();
        let run = |direction, case: Case| {
            index.trace(&with(&world, protocol.with_direction(direction), [case]), &()).unwrap()
        };
        for u in (0..world.people).map(PersonId::new) {
            let forward =
                run(Direction::Forward, Case { person: u, from: at(t), until: None });
            for v in (0..world.people).map(PersonId::new).filter(|&v| v != u && t <= d) {
                let window = Case { person: v, from: at(t), until: Some(at(d + 1)) };
                let backward = run(Direction::Backward, window);
                let reached = forward.get(v).is_some_and(|traced| traced.earliest <= at(d));
                prop_assert_eq!(reached, backward.get(u).is_some(), "{:?} and {:?}", u, v);
            }
        }
    }

    #[test]
    fn wider_rules_lose_nobody(world in world(), more in 1..6u32) {
        let protocol = *world.investigation.protocol();
        let forward = protocol.direction() == Direction::Forward;
        let cases = world.investigation.cases();
        let ours = trace(&world, &world.investigation);
        let other = |protocol| trace(&world, &with(&world, protocol, cases.iter().copied()));
        reaches_no_less(&ours, &other(protocol.with_household_contacts(true)), forward)?;
        reaches_no_less(&other(protocol.with_cumulative(None)), &ours, forward)?;
        if let Some(rule) = protocol.cumulative() {
            let longer = Cumulative::new(rule.seconds(), rule.within() + more).unwrap();
            reaches_no_less(&ours, &other(protocol.with_cumulative(Some(longer))), forward)?;
        }
        reaches_no_less(&ours, &other(protocol.with_lag(protocol.lag() + more)), forward)?;
        reaches_no_less(&ours, &other(protocol.with_tiers(protocol.tiers().saturating_add(more))), forward)?;
        reaches_no_less(&ours, &other(protocol.with_latency(protocol.latency().saturating_sub(more))), forward)?;
        reaches_no_less(&ours, &other(protocol.with_min_overlap(protocol.min_overlap().saturating_sub(more))), forward)?;
        // A window may be widened where no case is itself in the way of another.
        if let [case] = *cases {
            let earlier = Case { from: case.from.saturating_add(-i64::from(more)), ..case };
            let later = Case { until: case.until.map(|t| t.saturating_add(more.into())), ..case };
            for wider in [earlier, later] {
                reaches_no_less(&ours, &trace(&world, &with(&world, protocol, [wider])), forward)?;
            }
        }
    }

    #[test]
    fn a_stay_in_two_touching_parts_is_the_same_stay(world in world(), cut in 0..50i64) {
        let protocol = world.investigation.protocol().with_min_overlap(0);
        let question = with(&world, protocol, world.investigation.cases().iter().copied());
        let mut parts = world.clone();
        // The vehicles of these worlds have an overlap rule of their own, so those stays are left whole.
        parts.visits = world.visits.iter().flat_map(|visit| {
            if visit.place == PlaceId::new(0) || at(cut) <= visit.start || visit.end <= at(cut) {
                vec![*visit]
            } else {
                vec![Visit { end: at(cut), ..*visit }, Visit { start: at(cut), ..*visit }]
            }
        }).collect();
        let (whole, parts) = (trace(&world, &question), trace(&parts, &question));
        prop_assert_eq!(whole.people(), parts.people());
    }

    #[test]
    fn under_the_cumulative_rule_parts_are_the_whole(
        world in world(), cut in 0..50i64, seconds in 1..9u32, more in 0..12u32,
    ) {
        // Nothing counts by itself: then the sum alone decides.
        let cumulative = Cumulative::new(seconds, seconds + more).unwrap();
        let protocol = world.investigation.protocol();
        let protocol = protocol
            .with_cumulative(Some(cumulative))
            .with_min_overlap(10_000)
            .with_min_overlap_in(Setting::Vehicle, 10_000);
        let question = with(&world, protocol, world.investigation.cases().iter().copied());
        let within = |start: Timestamp, end: Timestamp| start < at(cut) && at(cut) < end;
        let mut parts = world.clone();
        parts.visits = world.visits.iter().flat_map(|visit| {
            if within(visit.start, visit.end) {
                vec![Visit { end: at(cut), ..*visit }, Visit { start: at(cut), ..*visit }]
            } else {
                vec![*visit]
            }
        }).collect();
        parts.links = world.links.iter().flat_map(|link| {
            if within(link.start, link.end) {
                vec![Link { end: at(cut), ..*link }, Link { start: at(cut), ..*link }]
            } else {
                vec![*link]
            }
        }).collect();
        let (whole, parts) = (trace(&world, &question), trace(&parts, &question));
        prop_assert_eq!(whole.people(), parts.people());
    }

    #[test]
    fn repeated_rows_change_nothing(world in world()) {
        let mut twice = world.clone();
        twice.visits.extend(world.visits.clone());
        twice.links.extend(world.links.clone());
        let question = &world.investigation;
        prop_assert_eq!(trace(&world, question), trace(&twice, question));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_trace_survives_its_file(world in world()) {
        let trace = trace(&world, &world.investigation);
        let text = serde_json::to_string(&trace).unwrap();
        prop_assert_eq!(serde_json::from_str::<Trace>(&text).unwrap(), trace);
    }

    #[test]
    fn evidence_comes_from_lower_tiers(world in world()) {
        let index = world.index();
        let trace = trace(&world, &world.investigation);
        for traced in trace.people() {
            let evidence = trace.evidence(&index, traced.person);
            prop_assert_eq!(evidence.is_empty(), traced.tier == 0);
            for exposure in &evidence {
                prop_assert!(trace.get(exposure.source).is_some_and(|s| s.tier < traced.tier));
            }
            // Contacts that add up may all count by themselves, too, backward at an earlier second.
            let named = evidence.iter().any(|e| {
                Some(e.source) == traced.source
                    && (e.reason == traced.reason || traced.reason == Reason::Cumulative)
            });
            prop_assert!(named || traced.tier == 0);
        }
    }
}

/// A small town: enough rows that the work is shared between threads.
fn town() -> (Vec<Visit>, Vec<Link>, Vec<Case>) {
    let mut random = Random(20_210_730);
    let id = |n: i64| u32::try_from(n).unwrap();
    let visits = (0..60_000)
        .map(|_| {
            let start = random.below(100_000);
            Visit {
                person: PersonId::new(id(random.below(3_000_i64))),
                place: PlaceId::new(random.below(400)),
                start: at(start),
                end: at(start + 1 + random.below(4_000)),
            }
        })
        .collect();
    let links = (0..5_000)
        .map(|_| {
            let (a, start) = (random.below(3_000), random.below(100_000));
            Link {
                a: PersonId::new(id(a)),
                b: PersonId::new(id((a + 1 + random.below(2_000)) % 3_000)),
                start: at(start),
                end: at(start + random.below(2) * random.below(500)),
                one_way: random.below(2) == 0,
            }
        })
        .collect();
    let cases = (0..5)
        .map(|n| Case {
            person: PersonId::new(id(n * 577)),
            from: at(random.below(20_000)),
            until: Some(at(40_000 + random.below(20_000))),
        })
        .collect();
    (visits, links, cases)
}

#[test]
fn the_same_for_any_threads_and_any_order() {
    let (mut visits, mut links, mut cases) = town();
    let mut answers = Vec::new();
    for turn in 0..3_usize {
        for direction in [Direction::Forward, Direction::Backward] {
            answers.extend(on_pools(|| {
                let index = ContactIndexBuilder::new(3_000, 400)
                    .visits(visits.iter().copied())
                    .links(links.iter().copied())
                    .build(&())
                    .unwrap();
                let protocol =
                    Protocol::new().with_direction(direction).with_tiers(5).with_min_overlap(60);
                let question = Investigation::new(protocol).with_cases(cases.iter().copied());
                let trace = index.trace(&question, &()).unwrap();
                let evidence: Vec<_> =
                    trace.in_tier(1).iter().map(|t| trace.evidence(&index, t.person)).collect();
                assert!(trace.people().len() > 1_000, "{:?}", trace.people_by_tier());
                (direction == Direction::Backward, trace.people().to_vec(), evidence)
            }));
        }
        visits.rotate_left(1_234 * (turn + 1));
        visits.reverse();
        links.reverse();
        cases.rotate_left(1);
    }
    let (backward, forward): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.0);
    for same in [backward, forward] {
        assert_eq!(same.len(), 12);
        assert!(same.iter().all(|answer| *answer == same[0]));
    }
}

#[test]
fn a_tracer_forgets_the_investigation_before() {
    let (visits, links, cases) = town();
    let index =
        ContactIndexBuilder::new(3_000, 400).visits(visits).links(links).build(&()).unwrap();
    let mut tracer = index.tracer();
    for case in cases {
        let question = Investigation::new(Protocol::new()).with_cases([case]);
        let fresh = index.trace(&question, &()).unwrap();
        assert_eq!(tracer.trace(&question, &()).unwrap(), fresh);
    }
}
