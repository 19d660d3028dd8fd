//! A plan that goes with events is the best one with the price of changes, and says truly who moved.

use std::cell::Cell;
use std::collections::BTreeMap;

use epitier::dispatch::{
    Cause, Change, ChangeError, Dispatch, DropOut, Excluded, Exclusion, FixedAssignment,
    IdleReason, Ledger, Lending, LivePlan, Plan, Registration, Replan, Responder, Shortage, Span,
    Standing,
};
use epitier::solver::transport::Unplaced;
use epitier::{PostId, ResponderId, Stopped, Timestamp};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::{order, world};
use crate::support::{Seen, for_cases};

/// Who changes how: the index of a row, and what it becomes.
#[derive(Debug, Clone, Copy)]
enum Event {
    People(prop::sample::Index, u32),
    Demand(prop::sample::Index, u32, u32, u32),
    Cost(prop::sample::Index, prop::sample::Index, Option<i64>),
}

fn events(most: u32) -> impl Strategy<Value = Vec<Vec<Event>>> {
    let index = any::<prop::sample::Index>;
    let event = prop_oneof![
        3 => (index(), 0..=most).prop_map(|(at, people)| Event::People(at, people)),
        2 => (index(), 0..3u32, 0..2u32, 0..3u32)
            .prop_map(|(at, min, more, class)| Event::Demand(at, min, min + more, class * 9)),
        3 => (index(), index(), prop::option::weighted(0.7, -3_000..9_000i64))
            .prop_map(|(who, at, cost)| Event::Cost(who, at, cost)),
    ];
    prop::collection::vec(prop::collection::vec(event, 1..4), 1..4)
}

/// Nobody is fixed, and each responder is one person or nobody.
fn single(mut world: World) -> World {
    world.fixed.clear();
    world.forbidden.clear();
    for row in &mut world.responders {
        row.supply = row.supply.min(1);
    }
    world
}

fn people(plan: &Plan) -> BTreeMap<(ResponderId, PostId), u32> {
    plan.assignments().iter().map(|row| ((row.responder, row.post), row.people)).collect()
}

fn standing(plan: &Plan) -> Standing {
    Standing {
        placed: plan.posts().iter().map(|post| u64::from(post.filled)).sum(),
        idle: plan.idle().iter().map(|idle| u64::from(idle.people)).sum(),
        missing: plan.posts().iter().map(|post| u64::from(post.unfilled())).sum(),
        cost: plan.cost(),
    }
}

/// Fresh plans of a world whose costs have changed, each person who leaves their post for the stay price.
#[derive(Clone)]
struct Afresh {
    world: World,
    costs: BTreeMap<(ResponderId, PostId), Option<i64>>,
}

impl Afresh {
    fn cost(&self, dispatch: &Dispatch, responder: ResponderId, post: PostId) -> Option<i64> {
        let known = self.costs.get(&(responder, post)).copied();
        known.unwrap_or_else(|| dispatch.cost(responder, post))
    }

    fn solve(&self, at: &BTreeMap<(ResponderId, PostId), u32>, stay: i64) -> Plan {
        let dispatch = self.world.dispatch();
        let rule = |responder: ResponderId, post: PostId| {
            let cost = self.cost(&dispatch, responder, post)?;
            Some(cost - if at.contains_key(&(responder, post)) { stay } else { 0 })
        };
        dispatch.solve_by(|row, post| rule(row.responder, post.post), &()).unwrap()
    }
}

/// How a plan stands in a world that has changed if nobody moves who does not have to.
fn unmoved(before: &Plan, after: &Afresh) -> Standing {
    let world = &after.world;
    let dispatch = world.dispatch();
    let cost = |who, at| after.cost(&dispatch, who, at);
    // Person by person: whose order holds, and then the cheapest first.
    let mut stay: Vec<(ResponderId, PostId, i64)> = Vec::new();
    for row in &world.responders {
        let mut of: Vec<(bool, i64, PostId)> = Vec::new();
        for there in before.assignments().iter().filter(|there| there.responder == row.responder) {
            for person in 0..there.people {
                let is_fixed = person < there.fixed;
                let fixed = is_fixed && person < world.fixed(row.responder, there.post);
                match cost(row.responder, there.post) {
                    _ if is_fixed != fixed => {}
                    Some(each) => of.push((!fixed, each, there.post)),
                    None if fixed => of.push((false, 0, there.post)),
                    None => {}
                }
            }
        }
        of.sort_unstable();
        of.truncate(row.supply as usize);
        stay.extend(of.into_iter().map(|(_, each, post)| (row.responder, post, each)));
    }
    let mut now = Standing::default();
    let mut left: BTreeMap<ResponderId, i128> = BTreeMap::new();
    for at in &world.posts {
        let mut there: Vec<(bool, i64, ResponderId)> = Vec::new();
        for row in &world.responders {
            let who = row.responder;
            let mut fixed = world.fixed(who, at.post);
            for &(_, _, each) in stay.iter().filter(|stay| (stay.0, stay.1) == (who, at.post)) {
                there.push((fixed == 0, each, who));
                fixed = fixed.saturating_sub(1);
            }
        }
        there.sort_unstable();
        there.truncate(at.max as usize);
        now.placed += there.len() as u64;
        now.missing += u64::from(at.min).saturating_sub(there.len() as u64);
        for (_, each, who) in there {
            now.cost += i128::from(each);
            *left.entry(who).or_default() += 1;
        }
    }
    for row in &world.responders {
        let idle = i128::from(row.supply) - left.get(&row.responder).copied().unwrap_or(0);
        now.idle += u64::try_from(idle).unwrap();
        if let Unplaced::Cost(each) = world.unplaced(row) {
            now.cost += idle * i128::from(each);
        }
    }
    now
}

/// Applies one list of events to both, and returns the changes.
fn happen(events: &[Event], afresh: &mut Afresh) -> Vec<Change> {
    let mut changes = Vec::new();
    for event in events {
        let (responders, posts) = (&mut afresh.world.responders, &mut afresh.world.posts);
        match *event {
            Event::People(at, supply) if !responders.is_empty() => {
                let row = at.get(responders).responder;
                let row = responders.iter_mut().find(|known| known.responder == row).unwrap();
                row.supply = supply;
                changes.push(Change::People { responder: row.responder, people: supply });
            }
            Event::Demand(at, min, max, priority) if !posts.is_empty() => {
                let post = at.get(posts).post;
                let row = posts.iter_mut().find(|known| known.post == post).unwrap();
                (row.min, row.max, row.priority) = (min, max, priority);
                changes.push(Change::Demand { post, min, max, priority });
            }
            Event::Cost(who, at, cost) if !responders.is_empty() && !posts.is_empty() => {
                let (responder, post) = (who.get(responders).responder, at.get(posts).post);
                afresh.costs.insert((responder, post), cost);
                changes.push(Change::Cost { responder, post, cost, lent: false });
            }
            _ => {}
        }
    }
    changes
}

/// The moves take the old plan to the new one.
fn check_moves(before: &Plan, after: &Plan, replan: &Replan) -> Result<(), TestCaseError> {
    let mut there = people(before);
    for step in &replan.moves {
        prop_assert!(step.from != step.to && step.people > 0);
        if let Some(from) = step.from {
            let left = there.get_mut(&(step.responder, from)).unwrap();
            *left -= step.people;
        }
    }
    there.retain(|_, people| *people > 0);
    for step in &replan.moves {
        if let Some(to) = step.to {
            *there.entry((step.responder, to)).or_default() += step.people;
        }
    }
    prop_assert_eq!(there, people(after));
    Ok(())
}

#[test]
fn a_live_plan_is_the_best_one_with_the_price_of_changes() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    let stays = prop::sample::select(vec![0_i64, 1, 700, 50_000]);
    for_cases(&(world(), events(1), stays), |(world, rounds, stay)| {
        let mut world = single(world);
        // A rule of the host's own asks neither how many are kept nor who is lent.
        world.keep_cheapest = None;
        world.lending = Lending::Unrestricted;
        tried.set(tried.get() + 1);
        let mut plan = world.dispatch().solve(&()).unwrap();
        let mut live = plan.live(stay, &()).unwrap();
        let mut afresh = Afresh { world, costs: BTreeMap::new() };
        for events in &rounds {
            let before = people(&plan);
            let changes = happen(events, &mut afresh);
            let replan = live.replan(&changes, &()).unwrap();
            let after = live.plan(&()).unwrap();
            prop_assert_eq!(after.certify(), Ok(()));
            let kept = people(&after).keys().filter(|pair| before.contains_key(pair)).count();
            let best = afresh.solve(&before, stay);
            let short = |plan: &Plan| -> Vec<(u32, u64)> {
                plan.shortages().iter().map(|row| (row.priority, row.missing)).collect()
            };
            prop_assert_eq!(short(&after), short(&best));
            let (now, wanted) = (standing(&after), standing(&best));
            prop_assert_eq!((now.missing, replan.after), (wanted.missing, now));
            if afresh.world.place_everybody {
                prop_assert_eq!(now.idle, wanted.idle);
            }
            let kept = i128::try_from(kept).unwrap();
            prop_assert_eq!(now.cost - i128::from(stay) * kept, wanted.cost);
            prop_assert_eq!(replan.before, standing(&plan));
            prop_assert_eq!(replan.unmoved, unmoved(&plan, &afresh));
            check_moves(&plan, &after, &replan)?;
            // Once more in one go, from the frozen plan, and with nothing to do.
            let (again, other) = plan.replan(&changes, stay, &()).unwrap();
            prop_assert_eq!(standing(&again).missing, now.missing);
            prop_assert_eq!(other.before, replan.before);
            prop_assert!(live.clone().replan(&[], &()).unwrap().moves.is_empty());
            for responder in after.responders() {
                for why in after.why(*responder) {
                    prop_assert!(why.people > 0);
                }
            }
            let free = afresh.solve(&BTreeMap::new(), 0);
            seen.note("somebody moved", replan.moved() > 0);
            seen.note("the price kept somebody", standing(&free).cost < now.cost);
            seen.note("missing", now.missing > 0);
            seen.note("a move helped", replan.unmoved.missing > now.missing);
            seen.note(
                "a move saved",
                replan.unmoved.missing == now.missing && replan.unmoved.cost > now.cost,
            );
            let full = after.idle().iter().any(|idle| idle.reason == IdleReason::PostsFull);
            seen.note("idle", full);
            plan = after;
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(100));
}

#[test]
fn classes_fixed_people_and_lending_keep_their_proof() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    let stays = prop::sample::select(vec![0_i64, 1, 700, 50_000]);
    for_cases(&(world(), events(1), stays), |(world, rounds, stay)| {
        tried.set(tried.get() + 1);
        let dispatch = world.dispatch();
        let plan = dispatch.solve(&()).unwrap();
        let mut live = plan.live(stay, &()).unwrap();
        let mut before = plan;
        let mut afresh = Afresh { world, costs: BTreeMap::new() };
        for events in &rounds {
            let changes = happen(events, &mut afresh);
            let replan = match live.replan(&changes, &()) {
                Ok(replan) => replan,
                Err(Stopped::Refused(problems)) => {
                    let fixed = |error| matches!(error, ChangeError::BelowFixed { .. });
                    prop_assert!(problems.into_iter().all(fixed));
                    break;
                }
                Err(error) => panic!("{error:?}"),
            };
            let after = live.plan(&()).unwrap();
            prop_assert_eq!(after.certify(), Ok(()));
            prop_assert_eq!(replan.after, standing(&after));
            check_moves(&before, &after, &replan)?;
            let parts = after.solution().flow().len()
                > after
                    .problem()
                    .arcs()
                    .chunk_by(|a, b| (a.source, a.sink) == (b.source, b.sink))
                    .count();
            seen.note("a pair in two arcs", parts);
            seen.note("lent", after.lent() > 0);
            seen.note("somebody fixed", !after.fixed().is_empty());
            for responder in after.responders() {
                let why = after.why(*responder);
                let of = after.assignments().iter().filter(|row| row.responder == *responder);
                let at: Vec<_> =
                    why.iter().filter_map(|why| Some((why.post?, why.people))).collect();
                prop_assert_eq!(at, of.map(|row| (row.post, row.people)).collect::<Vec<_>>());
            }
            let again = after.live(stay / 2, &()).unwrap().plan(&()).unwrap();
            prop_assert_eq!(again.certify(), Ok(()));
            before = after;
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(100));
}

/// One after the other is fixed no longer, the least urgent first, until nobody is who is not there.
fn end_orders(world: &mut World) {
    let World { responders, posts, fixed, .. } = world;
    for row in responders {
        loop {
            let of =
                |order: &&mut FixedAssignment| order.responder == row.responder && order.people > 0;
            let all: u32 = fixed.iter_mut().filter(of).map(|order| order.people).sum();
            if all <= row.supply {
                break;
            }
            let urgency = |order: &&mut FixedAssignment| {
                let post = posts.iter().find(|post| post.post == order.post).unwrap();
                (post.priority, post.post)
            };
            fixed.iter_mut().filter(of).max_by_key(urgency).unwrap().people -= 1;
        }
    }
}

/// The rows of the changes that leave a post fewer places than people are fixed there, with both numbers.
fn below_fixed(world: &World, changes: &[Change]) -> Vec<ChangeError> {
    let below = world.posts.iter().filter_map(|at| {
        let fixed = world.fixed.iter().filter(|order| order.post == at.post);
        let fixed: u32 = fixed.map(|order| order.people).sum();
        let is_it =
            |change: &Change| matches!(change, Change::Demand { post, .. } if *post == at.post);
        let row = changes.iter().rposition(is_it)?;
        (at.max < fixed).then_some(ChangeError::BelowFixed { row, people: at.max, fixed })
    });
    let mut below: Vec<ChangeError> = below.collect();
    below.sort_by_key(ChangeError::row);
    below
}

#[test]
fn who_drops_out_is_fixed_no_longer() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    let pair = (any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let orders = prop::collection::vec(pair, 0..6);
    let stays = prop::sample::select(vec![0_i64, 700]);
    for_cases(&(world(), orders, events(4), stays), |(mut world, orders, rounds, stay)| {
        // A host's rule is not asked about a forbidden pair, and the costs of the events can open it.
        world.forbidden.clear();
        for (who, at) in orders {
            order(&mut world, who, at, 2);
        }
        world.keep_cheapest = None;
        world.lending = Lending::Unrestricted;
        tried.set(tried.get() + 1);
        let mut live = world.dispatch().solve(&()).unwrap().live(stay, &()).unwrap();
        let mut afresh = Afresh { world, costs: BTreeMap::new() };
        for events in &rounds {
            let before = live.plan(&()).unwrap();
            let mut after = afresh.clone();
            let changes = happen(events, &mut after);
            end_orders(&mut after.world);
            let below = below_fixed(&after.world, &changes);
            let replan = match live.replan(&changes, &()) {
                Ok(replan) => replan,
                Err(Stopped::Refused(problems)) => {
                    seen.note("a post takes fewer than are fixed", true);
                    prop_assert_eq!(problems.into_iter().collect::<Vec<_>>(), below);
                    prop_assert_eq!(live.plan(&()).unwrap(), before);
                    continue;
                }
                Err(error) => panic!("{error:?}"),
            };
            prop_assert_eq!(below, vec![]);
            let plan = live.plan(&()).unwrap();
            prop_assert_eq!(plan.certify(), Ok(()));
            let mut orders = after.world.fixed.clone();
            orders.retain(|order| order.people > 0);
            orders.sort_unstable();
            prop_assert_eq!(plan.fixed(), &orders[..]);
            let best = after.solve(&BTreeMap::new(), 0);
            prop_assert_eq!(plan.responders(), best.responders());
            let short = |plan: &Plan| -> Vec<(u32, u64)> {
                plan.shortages().iter().map(|row| (row.priority, row.missing)).collect()
            };
            prop_assert_eq!(short(&plan), short(&best));
            let (now, wanted) = (standing(&plan), standing(&best));
            prop_assert_eq!(
                (now.missing, now.placed + now.idle),
                (wanted.missing, wanted.placed + wanted.idle)
            );
            if stay == 0 {
                prop_assert_eq!(now.cost, wanted.cost);
            }
            prop_assert_eq!((replan.before, replan.after), (standing(&before), now));
            prop_assert_eq!(replan.unmoved, unmoved(&before, &after));
            check_moves(&before, &plan, &replan)?;
            let ended = afresh.world.fixed.iter().zip(&after.world.fixed);
            let ended = ended.filter(|(old, new)| old.people > new.people).map(|(old, _)| old);
            let ended: Vec<_> = ended.collect();
            let part = |old: &&FixedAssignment| {
                orders.iter().any(|new| (new.responder, new.post) == (old.responder, old.post))
            };
            let of_one = |old: &&FixedAssignment| {
                orders.iter().any(|new| new.responder == old.responder && new.post != old.post)
            };
            let gone = replan.moves.iter().filter(|step| step.to.is_none());
            let gone: Vec<_> = gone.map(|step| (step.responder, step.from)).collect();
            prop_assert!(ended.iter().all(|old| gone.contains(&(old.responder, Some(old.post)))));
            seen.note(
                "the place of a fixed person is vacant",
                !ended.is_empty() && replan.unmoved.missing > replan.before.missing,
            );
            seen.note(
                "others take the place of a fixed person",
                !ended.is_empty() && replan.unmoved.missing > now.missing,
            );
            seen.note("a part of an order stays", ended.iter().any(part));
            seen.note("another order stays", ended.iter().any(of_one));
            afresh = after;
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(100));
}

#[test]
fn drop_outs_leave_each_responder_the_people_whose_places_hold() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    let index = any::<prop::sample::Index>;
    let times = prop::array::uniform5((0..8_i64, 1..6_i64));
    let missed = prop::collection::vec(index(), 0..3);
    let away = prop::collection::vec((index(), 1..4_u32, (0..8_i64, 1..6_i64)), 0..4);
    for_cases(&(world(), times, missed, away), |(world, times, missed, away)| {
        tried.set(tried.get() + 1);
        let span = |(start, length)| {
            let [start, end] = [start, start + length].map(Timestamp::from_seconds);
            Span::new(start, Some(end)).unwrap()
        };
        let plan = world.dispatch().solve(&()).unwrap();
        let mut ledger = Ledger::new(&world.network());
        for row in &world.responders {
            let people = row.supply;
            ledger.register(Registration { people, ..Registration::new(row.responder) }).unwrap();
        }
        let booked = ledger.book_plan(&plan, |post| Some(span(times[post.index()]))).unwrap();
        for (at, people, during) in away {
            if let Some(row) = world.responders.get(at.index(world.responders.len().max(1))) {
                let who = Excluded::People { responder: row.responder, people };
                let (start, end) = (span(during).start(), span(during).end());
                // Refused where the responder is not so many.
                let _ = ledger.exclude(Exclusion { who, cause: Cause::Ill, start, end });
            }
        }
        for at in missed {
            if let Some(&commitment) = booked.get(at.index(booked.len().max(1))) {
                ledger.did_not_turn_up(commitment).unwrap();
            }
        }

        // Every place of the plan is one commitment.
        let mut left: BTreeMap<ResponderId, (u32, usize)> = BTreeMap::new();
        for broken in ledger.broken(Span::ALWAYS) {
            let responder = ledger.commitment(broken.commitment).unwrap().responder;
            let row = world.responders.iter().find(|row| row.responder == responder).unwrap();
            let (people, posts) = left.entry(responder).or_insert((row.supply, 0));
            *people -= broken.people;
            *posts += 1;
        }
        let wanted: Vec<Change> = left
            .iter()
            .map(|(&responder, &(people, _))| Change::People { responder, people })
            .collect();
        let mut live = plan.live(0, &()).unwrap();
        let mut rows = ledger.drop_outs(Span::ALWAYS);
        prop_assert_eq!(live.changes_for(&rows), wanted.clone());
        // The same for a part of the time, those of another plan, and somebody of whom the plan knows nothing.
        let again = rows.clone().into_iter().map(|row| DropOut { people: 1, ..row });
        let of_others =
            rows.clone().into_iter().map(|row| DropOut { post: PostId::new(77), ..row });
        let others = plan.posts().iter().map(|post| DropOut {
            post: post.post,
            responder: ResponderId::new(77),
            people: 1,
        });
        rows.extend(again.chain(of_others).chain(others).collect::<Vec<_>>());
        rows.reverse();
        prop_assert_eq!(live.changes_for(&rows), wanted.clone());
        let gone: u32 = wanted
            .iter()
            .map(|change| match change {
                Change::People { responder, people } => {
                    let of = |row: &&Responder| row.responder == *responder;
                    world.responders.iter().find(of).unwrap().supply - people
                }
                _ => unreachable!("drop-outs change people"),
            })
            .sum();
        let replan = live.replan(&wanted, &()).unwrap();
        let (before, after) = (replan.before, replan.after);
        prop_assert_eq!(before.placed + before.idle - u64::from(gone), after.placed + after.idle);
        seen.note("missing from several posts", left.values().any(|&(_, posts)| posts > 1));
        seen.note("some are left", left.values().any(|&(people, _)| people > 0));
        seen.note("nobody is missing", left.is_empty());
        seen.note("others come", replan.unmoved.missing > after.missing);
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(100));
}

#[test]
fn new_posts_and_responders_come_in_as_their_dispatch_says() {
    let (seen, rarely) = (Seen::default(), Seen::default());
    for_cases(&world(), |world| {
        let mut world = world;
        world.keep_cheapest = None;
        world.fixed.clear();
        let all = world.dispatch();
        // Somebody and some post are not known at first.
        let (Some(row), Some(post)) = (world.responders.pop(), world.posts.pop()) else {
            return Ok(());
        };
        world.availability.retain(|window| window.responder != row.responder);
        world.forbidden.retain(|pair| pair.responder != row.responder && pair.post != post.post);
        let known = world.dispatch().solve(&()).unwrap();
        let mut live: LivePlan = known.live(0, &()).unwrap();
        let mut changes = all.changes_for_post(post.post).unwrap();
        changes.extend(all.changes_for_responder(row.responder).unwrap());
        live.replan(&changes, &()).unwrap();
        let plan = live.plan(&()).unwrap();
        prop_assert_eq!(plan.certify(), Ok(()));
        let missing: Vec<_> = plan.posts().iter().map(|post| (post.post, post.min)).collect();
        let best = all.solve(&()).unwrap();
        prop_assert_eq!(plan.responders(), best.responders());
        prop_assert_eq!(
            missing,
            best.posts().iter().map(|post| (post.post, post.min)).collect::<Vec<_>>()
        );
        // Previous posts count from the plan that was there, so costs can differ; people do not.
        prop_assert_eq!(standing(&plan).missing, standing(&best).missing);
        prop_assert_eq!(plan.shortages(), best.shortages());
        let joined = |short: &Shortage| {
            short.joining.len() > 1
                && short.joining.contains(&post.post)
                && short.joining.last() != Some(&post.post)
        };
        rarely.note("the new post is short with others", plan.shortages().iter().any(joined));
        seen.note(
            "the new one is placed",
            plan.why(row.responder).iter().any(|why| why.post.is_some()),
        );
        seen.note("the new post is filled", !plan.at(post.post).is_empty());
        let twice = live.replan(&changes, &());
        let Err(Stopped::Refused(problems)) = twice else {
            return Err(TestCaseError::fail("both are known by now"));
        };
        let not_new = problems.iter().filter(|error| matches!(error, ChangeError::NotNew { .. }));
        prop_assert_eq!(not_new.count(), 2);
        Ok(())
    });
    seen.assert_each(20);
    rarely.assert_each(2);
}
