//! A plan is the best one, and every word of it is true.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use epitier::dispatch::{IdleReason, Lending, Pairing, Plan, Post, Responder};
use epitier::solver::transport::Unplaced;
use epitier::{HomeUnitId, PostId, ResponderId, UnitId};
use proptest::prelude::*;

use super::oracle::{Shut, World, Worth};
use super::worlds::world;
use crate::support::{Seen, for_cases, on_pools};

/// The people without a post of each responder, in row order.
fn idle(world: &World, plan: &Plan) -> Vec<u32> {
    let people: BTreeMap<ResponderId, u32> =
        plan.idle().iter().map(|idle| (idle.responder, idle.people)).collect();
    let of = |row: &Responder| people.get(&row.responder).copied().unwrap_or_default();
    world.responders.iter().map(of).collect()
}

/// What a plan is worth in which the posts, in row order, have so many people.
fn worth(world: &World, plan: &Plan, filled: &[u32]) -> Worth {
    let left = world.left(&idle(world, plan));
    world.worth(&(filled.to_vec(), left), (plan.lent(), plan.cost()))
}

/// Counts of the plan for each post, in row order, after checking that they add up.
fn filled(world: &World, plan: &Plan) -> Result<Vec<u32>, TestCaseError> {
    let mut filled: BTreeMap<PostId, u32> = world.posts.iter().map(|row| (row.post, 0)).collect();
    for row in plan.assignments() {
        prop_assert!(row.people > 0);
        *filled.get_mut(&row.post).unwrap() += row.people;
    }
    let stated: BTreeMap<PostId, u32> =
        plan.posts().iter().map(|row| (row.post, row.filled)).collect();
    prop_assert_eq!(&stated, &filled);
    for (post, status) in
        world.posts.iter().map(|post| (post, plan.posts().iter().find(|s| s.post == post.post)))
    {
        let status = status.unwrap();
        prop_assert_eq!(
            (status.min, status.max, status.priority),
            (post.min, post.max, post.priority)
        );
        prop_assert_eq!(status.unfilled(), post.min.saturating_sub(status.filled));
        prop_assert!(status.filled <= post.max);
    }
    Ok(world.posts.iter().map(|post| filled[&post.post]).collect())
}

/// Nobody is sent where they may not go, or at another price, or twice; all others are idle for the
/// stated reason.
fn check_people(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let pairs = world.pairs();
    let mut sent: BTreeMap<ResponderId, u32> = BTreeMap::new();
    for row in plan.assignments() {
        let of = world.responders.iter().find(|of| of.responder == row.responder).unwrap();
        let at = world.posts.iter().find(|at| at.post == row.post).unwrap();
        prop_assert_eq!(row.fixed, world.fixed(row.responder, row.post));
        prop_assert_eq!(u64::from(row.lent), world.lent(of, at));
        if row.people == row.fixed {
            prop_assert_eq!(i128::from(row.cost), world.fixed_cost(of, at));
        } else {
            prop_assert_eq!(pairs[&(row.responder, row.post)], Ok(i128::from(row.cost)));
        }
        seen.note("fixed", row.fixed > 0);
        seen.note("fixed and others", row.people > row.fixed && row.fixed > 0);
        seen.note("fixed beyond the limits", row.fixed > 0 && world.shut(of, at).is_some());
        *sent.entry(row.responder).or_default() += row.people;
        prop_assert!(plan.at(row.post).contains(row));
    }
    let mut fixed = world.fixed.clone();
    fixed.retain(|row| row.people > 0);
    fixed.sort_unstable();
    prop_assert_eq!(plan.fixed(), &fixed);
    for row in plan.fixed() {
        let there = plan.at(row.post).iter().find(|there| there.responder == row.responder);
        prop_assert_eq!(there.map(|there| there.fixed), Some(row.people));
    }
    let by_id: BTreeMap<ResponderId, &Responder> =
        world.responders.iter().map(|row| (row.responder, row)).collect();
    let mut idle = plan.idle().iter();
    for (&id, row) in &by_id {
        let left = row.supply - sent.get(&id).copied().unwrap_or_default();
        if left == 0 {
            continue;
        }
        let stated = idle.next().unwrap();
        prop_assert_eq!((stated.responder, stated.people), (id, left));
        let closed = world.closed(id);
        prop_assert_eq!(stated.closed, closed);
        prop_assert_eq!(
            closed.posts()
                + pairs.iter().filter(|(key, pair)| key.0 == id && pair.is_ok()).count() as u64,
            world.posts.len() as u64
        );
        let with_room = plan.posts().iter().filter_map(|post| {
            let cost = pairs[&(id, post.post)].ok().filter(|_| post.filled < post.max)?;
            let at = world.posts.iter().find(|at| at.post == post.post)?;
            Some((world.lent(row, at), cost, post.post, post.unfilled()))
        });
        let cheapest = with_room.min();
        let any_open = pairs.iter().any(|(key, pair)| key.0 == id && pair.is_ok());
        match stated.reason {
            IdleReason::NoOpenPost => prop_assert!(!any_open),
            IdleReason::PostsFull => prop_assert!(any_open && cheapest.is_none()),
            IdleReason::NotNeeded { post, cost } => {
                let abroad = cheapest.map_or(0, |cheapest| cheapest.0);
                prop_assert_eq!(cheapest, Some((abroad, cost.into(), post, 0)));
                let Unplaced::Cost(least) = world.unplaced(row) else {
                    return Err(TestCaseError::fail("somebody is left out who must not be"));
                };
                prop_assert!(cost >= least || abroad > 0);
                seen.note("not needed and lent", abroad > 0);
                seen.note("no post at a stated cost", least != 0);
            }
            _ => prop_assert!(false, "a reason that the tests do not know"),
        }
        seen.note("no open post", !any_open);
        seen.note("posts full", stated.reason == IdleReason::PostsFull);
        seen.note("not needed", matches!(stated.reason, IdleReason::NotNeeded { .. }));
        seen.note("partly idle", left < row.supply);
    }
    prop_assert_eq!(idle.next(), None);
    Ok(())
}

/// Each shortage proves by itself that its priorities cannot have more.
fn check_shortages(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let pairs = world.pairs();
    let short_up_to = |priority: u32| -> u64 {
        let rows = plan.posts().iter().filter(|row| row.priority <= priority);
        rows.map(|row| u64::from(row.unfilled())).sum()
    };
    let priorities: BTreeSet<u32> =
        plan.posts().iter().filter(|row| row.unfilled() > 0).map(|row| row.priority).collect();
    let stated: Vec<u32> = plan.shortages().iter().map(|row| row.priority).collect();
    prop_assert_eq!(stated, priorities.into_iter().collect::<Vec<_>>());
    let mut whole = BTreeSet::new();
    for shortage in plan.shortages() {
        for &post in &shortage.joining {
            prop_assert!(whole.insert(post), "a post joins twice");
        }
        let posts = plan.short_posts(shortage.priority);
        prop_assert_eq!(&posts, &whole.iter().copied().collect::<Vec<_>>());
        let rows: Vec<&Post> = world.posts.iter().filter(|row| whole.contains(&row.post)).collect();
        prop_assert!(rows.iter().all(|row| row.priority <= shortage.priority));
        prop_assert_eq!(
            shortage.needed,
            rows.iter().map(|row| u64::from(world.room(row).0)).sum::<u64>()
        );
        let mut people = 0;
        let mut reach = Vec::new();
        for row in &world.responders {
            if posts.iter().any(|&post| pairs[&(row.responder, post)].is_ok()) {
                people += u64::from(world.free(row));
                reach.push(row.responder);
            }
        }
        reach.sort_unstable();
        prop_assert_eq!(shortage.reach, people);
        prop_assert_eq!(plan.short_responders(shortage.priority), reach);
        prop_assert_eq!(shortage.missing, shortage.needed - shortage.reach);
        prop_assert_eq!(shortage.missing, short_up_to(shortage.priority));
    }
    seen.note("short", !plan.shortages().is_empty());
    seen.note("short in two priorities", plan.shortages().len() > 1);
    seen.note("short with people about", plan.shortages().first().is_some_and(|row| row.reach > 0));
    Ok(())
}

fn note_world(world: &World, plan: &Plan, seen: &Seen) {
    let pairs = world.pairs();
    for (what, shut) in [
        ("forbidden", Shut::Forbidden),
        ("skill", Shut::Skill),
        ("time", Shut::Time),
        ("another headquarters", Shut::Headquarters),
        ("unknown", Shut::Unknown),
        ("far", Shut::Far),
        ("left out", Shut::LeftOut),
    ] {
        seen.note(what, pairs.values().any(|pair| *pair == Err(shut)));
    }
    seen.note(
        "everybody",
        world.place_everybody && plan.idle().is_empty() && plan.posts().len() > 1,
    );
    seen.note("three sent", plan.assignments().len() >= 3);
    seen.note("beyond min", plan.posts().iter().any(|row| row.filled > row.min));
    seen.note("earns", plan.cost() < 0);
    let differs = |other: World| other.dispatch().solve(&()).unwrap() != *plan;
    let rows = |forget: fn(&mut Responder)| {
        let mut other = world.clone();
        other.responders.iter_mut().for_each(forget);
        other
    };
    seen.note("pairing matters", differs(World { pairings: vec![], ..world.clone() }));
    seen.note("continuity matters", differs(rows(|row| row.previous = None)));
    seen.note("availability matters", differs(World { availability: vec![], ..world.clone() }));
}

fn check(world: &World, seen: &Seen) -> Result<(), TestCaseError> {
    let dispatch = world.dispatch();
    let plan = dispatch.solve(&()).unwrap();
    let filled = filled(world, &plan)?;
    prop_assert_eq!(worth(world, &plan, &filled), world.best());
    check_people(world, &plan, seen)?;
    check_shortages(world, &plan, seen)?;
    prop_assert_eq!(plan.certify(), Ok(()));
    let pairs = world.pairs();
    let left_out = pairs.values().filter(|pair| **pair == Err(Shut::LeftOut)).count();
    prop_assert_eq!(plan.left_out(), left_out as u64);
    for (of, at) in
        world.responders.iter().flat_map(|of| world.posts.iter().map(move |at| (of, at)))
    {
        let wanted = world.shut(of, at).is_none().then(|| world.cost(of, at));
        prop_assert_eq!(dispatch.cost(of.responder, at.post).map(i128::from), wanted);
    }
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Plan>(&text).unwrap(), &plan);
    }
    note_world(world, &plan, seen);
    seen.note("lent", plan.lent() > 0);
    let anyhow = World { lending: Lending::Unrestricted, ..world.clone() };
    seen.note("fewer are lent", anyhow.dispatch().solve(&()).unwrap().cost() < plan.cost());
    let without = World { fixed: vec![], ..world.clone() };
    seen.note("orders matter", without.dispatch().solve(&()).unwrap().cost() != plan.cost());
    Ok(())
}

/// Worlds of one case, so that a run sees thousands of them.
const WORLDS: usize = 16;

#[test]
fn a_plan_is_the_best_of_all_and_says_so_truthfully() {
    let seen = Seen::default();
    let tried = Cell::new(0);
    for_cases(&prop::collection::vec(world(), WORLDS), |worlds| {
        tried.set(tried.get() + worlds.len());
        worlds.iter().try_for_each(|world| check(world, &seen))
    });
    seen.assert_each(tried.get().div_ceil(50));
}

/// The squares of what posts, in row order, have beyond `min` and beyond those who are fixed there, or lack.
fn squares(world: &World, filled: &[u32]) -> i64 {
    let above = world.posts.iter().zip(filled).map(|(post, &people)| {
        let rows = world.responders.iter();
        let fixed = rows.map(|row| world.fixed(row.responder, post.post)).sum();
        i64::from(people) - i64::from(post.min.max(fixed))
    });
    above.map(|above| above * above).sum()
}

#[test]
fn a_plan_spread_evenly_is_the_most_even_of_the_best() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    for_cases(&prop::collection::vec(world(), WORLDS), |worlds| {
        for world in worlds {
            tried.set(tried.get() + 1);
            let plan = world.dispatch().solve(&()).unwrap();
            let even = world.builder().spread_evenly(true).build().unwrap().solve(&()).unwrap();
            prop_assert_eq!(even.certify(), Ok(()));
            check_people(&world, &even, &Seen::default())?;
            check_shortages(&world, &even, &Seen::default())?;
            let filled = [filled(&world, &plan)?, filled(&world, &even)?];
            let best = world.best();
            prop_assert_eq!(&worth(&world, &even, &filled[1]), &best);
            let max: Vec<u32> = world.posts.iter().map(|post| post.max).collect();
            let ways = world.ways(&world.choices(), &max).into_iter();
            let best = ways.filter(|(way, cost)| world.worth(way, *cost) == best);
            let least = best.map(|((filled, _), _)| squares(&world, &filled)).min();
            prop_assert_eq!(Some(squares(&world, &filled[1])), least);
            seen.note("more even", squares(&world, &filled[1]) < squares(&world, &filled[0]));
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(500));
}

fn turn_by<T>(rows: &mut [T], by: prop::sample::Index) {
    rows.reverse();
    if !rows.is_empty() {
        rows.rotate_left(by.index(rows.len()));
    }
}

#[test]
fn neither_the_order_of_rows_nor_the_way_of_asking_changes_a_plan() {
    for_cases(&(world(), any::<prop::sample::Index>()), |(world, turn)| {
        let dispatch = world.dispatch();
        let plan = dispatch.solve(&()).unwrap();
        let mut other = world.clone();
        turn_by(&mut other.responders, turn);
        turn_by(&mut other.posts, turn);
        turn_by(&mut other.availability, turn);
        turn_by(&mut other.pairings, turn);
        turn_by(&mut other.fixed, turn);
        turn_by(&mut other.forbidden, turn);
        other.pairings.extend(world.pairings.iter().copied());
        prop_assert_eq!(&other.dispatch().solve(&()).unwrap(), &plan);

        let by_rule = dispatch
            .solve_by(|responder, post| dispatch.cost(responder.responder, post.post), &())
            .unwrap();
        prop_assert_eq!(by_rule.assignments(), plan.assignments());
        prop_assert_eq!(by_rule.shortages(), plan.shortages());
        for (told, known) in by_rule.idle().iter().zip(plan.idle()) {
            prop_assert_eq!(
                (told.responder, told.people, told.reason),
                (known.responder, known.people, known.reason)
            );
            prop_assert_eq!(told.closed.posts(), known.closed.posts());
            prop_assert_eq!(
                told.closed.declined + told.closed.left_out,
                u32::try_from(known.closed.posts()).unwrap()
                    - known.closed.forbidden
                    - told.closed.other_headquarters
            );
            prop_assert_eq!(told.closed.forbidden, known.closed.forbidden);
            prop_assert!(told.closed.other_headquarters >= known.closed.other_headquarters);
        }
        Ok(())
    });
}

/// Thousands of equal people and posts: nothing but the ids can decide.
#[test]
fn every_pool_finds_the_same_plan_among_many_equal_ones() {
    let posts = 40;
    let mut world = World {
        responders: (0..2_500u32)
            .map(|id| Responder {
                residence: Some(UnitId::new(1 + id % 6)),
                home_unit: Some(HomeUnitId::new(id % 7)),
                ..Responder::new(ResponderId::new(id * 3))
            })
            .collect(),
        posts: (0..posts)
            .map(|id| Post {
                priority: id % 3,
                ..Post::new(PostId::new(posts - id), UnitId::new(1 + id % 6), 60, 80)
            })
            .collect(),
        pairings: (0..5)
            .map(|id| Pairing { home_unit: HomeUnitId::new(id), unit: UnitId::new(2 + id) })
            .collect(),
        keep_cheapest: Some(9),
        ..worlds_without_people()
    };
    let plans = on_pools(|| world.dispatch().solve(&()).unwrap());
    assert!(plans.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(plans[0].assignments().len() > 2_000, "{}", plans[0].assignments().len());
    assert_eq!(plans[0].certify(), Ok(()));
    world.responders.reverse();
    world.posts.reverse();
    world.pairings.reverse();
    assert_eq!(world.dispatch().solve(&()).unwrap(), plans[0]);
}

fn worlds_without_people() -> World {
    use epitier::dispatch::DistanceRule;
    World {
        units: super::worlds::units(),
        responders: vec![],
        availability: vec![],
        posts: vec![],
        pairings: vec![],
        fixed: vec![],
        forbidden: vec![],
        weights: super::oracle::Weights {
            metres: DistanceRule::IGNORED,
            edges: DistanceRule { cost: 1, limit: None, unknown: 0 },
            inside: 0,
            outside: 1,
            leaving: 0,
        },
        lending: Lending::Unrestricted,
        place_everybody: false,
        keep_cheapest: None,
    }
}
