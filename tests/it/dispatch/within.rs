//! Plans so far keep every rule, and the best plan lies within their bound.

use std::collections::BTreeMap;

use epitier::ResponderId;
use epitier::dispatch::{Lending, PlanWithin};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::world;
use crate::support::{Seen, for_cases};

fn check(world: &World, work: u64, seen: &Seen) -> Result<(), TestCaseError> {
    let dispatch = world.dispatch();
    let best = dispatch.solve(&()).unwrap();
    let plan = match dispatch.solve_within(work, &()).unwrap() {
        PlanWithin::Best(plan) => {
            prop_assert_eq!(plan, best);
            return Ok(());
        }
        PlanWithin::Stopped(plan) => plan,
    };
    prop_assert_eq!(plan.certify(), Ok(()));
    let pairs = world.pairs();
    let mut people: BTreeMap<ResponderId, u32> = plan.without_post().iter().copied().collect();
    let mut cost = 0;
    for row in plan.assignments() {
        prop_assert!(row.people > 0 && row.fixed <= row.people);
        prop_assert_eq!(row.fixed, world.fixed(row.responder, row.post));
        if row.people > row.fixed {
            prop_assert_eq!(pairs[&(row.responder, row.post)], Ok(i128::from(row.cost)));
        }
        *people.entry(row.responder).or_default() += row.people;
        cost += i128::from(row.people) * i128::from(row.cost);
    }
    for row in &world.responders {
        prop_assert_eq!(people.get(&row.responder).copied().unwrap_or(0), row.supply);
        let without = plan.without_post().iter().find(|(who, _)| *who == row.responder);
        if let (Some(each), Some((_, people))) = (row.unplaced_cost, without) {
            let urgent = row.unplaced_priority.is_some();
            cost += if urgent { 0 } else { i128::from(each) * i128::from(*people) };
        }
    }
    prop_assert_eq!(plan.cost(), cost);
    for post in plan.posts() {
        let there = plan.assignments().iter().filter(|row| row.post == post.post);
        prop_assert_eq!(there.map(|row| row.people).sum::<u32>(), post.filled);
        prop_assert!(post.filled <= post.max);
    }
    let gap = plan.gap();
    prop_assert!(gap.level > 0 || gap.level == 0 && gap.cost >= 0);
    if gap.level == 0 && !matches!(world.lending, Lending::WhenShort { .. }) {
        prop_assert!(plan.cost() - best.cost() <= gap.cost);
        seen.note("the cost is bounded", true);
    }
    seen.note("worse than the best", plan.cost() != best.cost());
    seen.note("fixed people", plan.assignments().iter().any(|row| row.fixed > 0));
    Ok(())
}

#[test]
fn a_plan_so_far_keeps_every_rule() {
    let seen = Seen::default();
    for_cases(&(world(), 1..60_u64), |(world, work)| {
        check(&world, 0, &seen)?;
        check(&world, work, &seen)
    });
    assert_eq!(seen.kinds(), 3);
    seen.assert_each(10);
}
