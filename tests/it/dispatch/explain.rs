//! What a plan says about other choices, against the best plan with each of them.

use std::cell::Cell;

use epitier::dispatch::{
    ClosedBy, DispatchBuilder, Gain, Gap, Idle, IdleReason, OneMore, Plan, Post, Responder, WhyNot,
};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::solver::transport::Unplaced;
use epitier::{PostId, ResponderId, UnitId};
use proptest::prelude::*;

use super::oracle::{Choices, Shut, World, Worth};
use super::worlds::world;
use crate::support::{Seen, for_cases};

/// By how much `other` is worse than `best`: nothing if it is not.
fn gap(best: &Worth, other: &Worth) -> Gap {
    match (&best.0, &best.1).cmp(&(&other.0, &other.1)) {
        std::cmp::Ordering::Less => Gap::People,
        std::cmp::Ordering::Equal if other.2 > best.2 => Gap::Lent { people: other.2 - best.2 },
        std::cmp::Ordering::Equal if other.2 == best.2 => {
            Gap::Cost { cost: (other.3 - best.3).max(0) }
        }
        _ => Gap::Cost { cost: 0 },
    }
}

/// The best worth if the first person of a responder has only some of their choices.
fn best_if(world: &World, who: ResponderId, keep: impl Fn(Option<usize>) -> bool) -> Option<Worth> {
    let mut choices = world.choices();
    let (_, first) = choices.iter_mut().find(|(responder, _)| *responder == who)?;
    first.posts.retain(|&(at, _)| keep(Some(at)));
    first.stay = first.stay.filter(|_| keep(None));
    world.best_of(&choices, &maxima(world))
}

fn maxima(world: &World) -> Vec<u32> {
    world.posts.iter().map(|post| post.max).collect()
}

/// What is said of each pair holds for the best plan with it.
fn check_pairs(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let (best, pairs) = (world.best(), world.pairs());
    for row in &world.responders {
        let why = plan.why(row.responder);
        prop_assert_eq!(why.iter().map(|why| why.people).sum::<u32>(), row.supply);
        prop_assert!(why.is_sorted_by_key(|why| (why.post.is_none(), why.post)));
        for why in &why {
            let there = plan.assignments().iter().filter(|a| a.responder == row.responder);
            let there = there.filter(|a| Some(a.post) == why.post).map(|a| a.people);
            let idle = plan.idle().iter().filter(|idle| idle.responder == row.responder);
            let idle = idle.filter(|_| why.post.is_none()).map(|idle| idle.people);
            prop_assert_eq!(there.chain(idle).collect::<Vec<_>>(), vec![why.people]);
            if row.supply > 1 {
                continue;
            }
            let elsewhere =
                best_if(world, row.responder, |at| at.map(|at| world.posts[at].post) != why.post);
            match (why.next, elsewhere) {
                (Some(next), Some(worth)) => {
                    let real = gap(&best, &worth);
                    prop_assert!(next.gap <= real, "{next:?} but it is {real:?}");
                    seen.note("another choice that costs", matches!(real, Gap::Cost { cost: 1.. }));
                    seen.note("another choice told exactly", next.gap == real);
                    seen.note("another choice that lacks people", next.gap == Gap::People);
                }
                (next, None) => prop_assert!(
                    next.is_none_or(|next| next.gap == Gap::People || next.post.is_some())
                ),
                (None, Some(_)) => prop_assert!(false, "there is another choice"),
            }
        }
        for (at, post) in world.posts.iter().enumerate() {
            let told = plan.why_not(row.responder, post.post).unwrap();
            let forced = best_if(world, row.responder, |choice| choice == Some(at));
            match told {
                WhyNot::IsThere { people } => {
                    prop_assert!(
                        plan.at(post.post)
                            .iter()
                            .any(|a| (a.responder, a.people) == (row.responder, people))
                    );
                }
                WhyNot::Closed => {
                    prop_assert!(pairs[&(row.responder, post.post)].is_err());
                    seen.note("closed", true);
                }
                WhyNot::Worse { gap: told } => {
                    prop_assert!(pairs[&(row.responder, post.post)].is_ok());
                    let Some(forced) = forced.filter(|_| row.supply > 0) else { continue };
                    let real = gap(&best, &forced);
                    prop_assert!(told <= real, "{told:?} but it is {real:?}");
                    seen.note("worse by cost", matches!(told, Gap::Cost { cost: 1.. }));
                    seen.note("worse by lent people", matches!(told, Gap::Lent { .. }));
                    seen.note("worse by people", told == Gap::People);
                    seen.note("worse exactly so", told == real);
                }
                _ => prop_assert!(false, "an answer that the tests do not know"),
            }
        }
    }
    prop_assert_eq!(plan.why_not(ResponderId::new(99), PostId::new(0)), None);
    prop_assert!(plan.why(ResponderId::new(99)).is_empty());
    Ok(())
}

/// The best worth with one more person or place at a post.
fn with_one_more(world: &World, at: usize, place: bool) -> Option<Worth> {
    let (mut choices, mut max) = (world.choices(), maxima(world));
    if place {
        max[at] += 1;
    } else {
        // They come first, so that they find room.
        let own = Choices { posts: vec![(at, (0, 0))], stay: None };
        choices.insert(0, (ResponderId::new(77), own));
    }
    world.best_of(&choices, &max)
}

/// What that really brings: how much worse it is without.
fn brings(world: &World, at: usize, place: bool) -> Option<Gap> {
    with_one_more(world, at, place).map(|with| gap(&with, &world.best()))
}

fn check_values(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let dispatch = world.dispatch();
    for (at, post) in world.posts.iter().enumerate() {
        let told = |of| plan.value_of_one_more(&dispatch, of).unwrap();
        let person = told(OneMore::PersonFor { post: post.post });
        prop_assert_eq!(person.post, post.post);
        if let Some(real) = brings(world, at, false) {
            prop_assert_eq!(person.gap, real);
            seen.note("a person is worth a lent one", matches!(real, Gap::Lent { .. }));
            seen.note("a person is worth people", real == Gap::People);
            seen.note("a person is worth something", matches!(real, Gap::Cost { cost: 1.. }));
        }
        let place = told(OneMore::PlaceAt { post: post.post });
        let real = brings(world, at, true).unwrap();
        prop_assert!(place.gap >= real, "{:?} but it is {real:?}", place.gap);
        seen.note("a place is worth something", real > Gap::Cost { cost: 0 });
        seen.note("a place told exactly", place.gap == real && real > Gap::Cost { cost: 0 });
    }
    // No other post that is meant makes a better plan, nor an equal one with a smaller id.
    let is_best_among = |told: Option<Gain>, meant: &dyn Fn(usize) -> bool| {
        let posts = (0..world.posts.len()).filter(|&at| meant(at));
        let mut ranks: Vec<(Worth, PostId)> = Vec::new();
        for at in posts.clone() {
            let with = with_one_more(world, at, false).unwrap_or_else(|| world.best());
            ranks.push((with.min(world.best()), world.posts[at].post));
        }
        let best = ranks.into_iter().min().map(|(_, post)| post);
        let gap = best.map(|post| {
            plan.value_of_one_more(&dispatch, OneMore::PersonFor { post }).unwrap().gap
        });
        seen.note(
            "several posts are meant",
            posts.count() > 1 && gap > Some(Gap::Cost { cost: 0 }),
        );
        told.map(|told| (told.post, told.gap)) == best.zip(gap)
    };
    for skills in world.responders.iter().map(|row| row.skills) {
        let told = plan.value_of_one_more(&dispatch, OneMore::PersonWith { skills });
        let meant =
            |at: usize| world.posts[at].requires.iter().all(|s| skills.iter().any(|t| s == t));
        prop_assert!(is_best_among(told, &meant), "{told:?}");
    }
    for unit in (0..world.units.len()).map(|unit| UnitId::new(u32::try_from(unit).unwrap())) {
        let told = plan.value_of_one_more(&dispatch, OneMore::PersonIn { unit });
        let meant = |at: usize| world.path(world.posts[at].unit).contains(&unit);
        prop_assert!(is_best_among(told, &meant), "{told:?}");
    }
    Ok(())
}

#[test]
fn every_reason_and_value_holds_for_the_best_plan_with_that_choice() {
    let seen = Seen::default();
    let tried = Cell::new(0);
    for_cases(&prop::collection::vec(world(), 8), |worlds| {
        tried.set(tried.get() + worlds.len());
        worlds.iter().try_for_each(|world| {
            let plan = world.dispatch().solve(&()).unwrap();
            check_pairs(world, &plan, &seen)?;
            check_values(world, &plan, &seen)
        })
    });
    seen.assert_each(tried.get().div_ceil(100));
}

/// Every group explains its own people from the rows alone, groups share nothing, and no smaller set of
/// posts explains as many.
fn check_surpluses(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let (surpluses, pairs) = (plan.surpluses(), world.pairs());
    let open = |who: ResponderId, post: PostId| pairs[&(who, post)].is_ok();
    let supply = |who: &ResponderId| {
        let row = world.responders.iter().find(|row| row.responder == *who).unwrap();
        u64::from(world.free(row))
    };
    let places = |post: &PostId| {
        u64::from(world.room(world.posts.iter().find(|row| row.post == *post).unwrap()).1)
    };
    let mut posts: Vec<PostId> = surpluses.iter().flat_map(|s| s.posts.clone()).collect();
    posts.sort_unstable();
    prop_assert!(posts.windows(2).all(|two| two[0] != two[1]), "groups share a post");
    prop_assert!(surpluses.is_sorted_by_key(|surplus| surplus.responders[0]));
    for surplus in &surpluses {
        prop_assert!(surplus.responders.is_sorted() && surplus.posts.is_sorted());
        for &who in &surplus.responders {
            for post in &world.posts {
                prop_assert!(!open(who, post.post) || surplus.posts.contains(&post.post));
            }
        }
        prop_assert_eq!(surplus.people, surplus.responders.iter().map(supply).sum::<u64>());
        prop_assert_eq!(surplus.places, surplus.posts.iter().map(places).sum::<u64>());
        prop_assert_eq!(surplus.people - surplus.places, surplus.unplaced);
        let all = 1_u32 << surplus.posts.len();
        for some in 0..all - 1 {
            let within = |post: &PostId| {
                let at = surplus.posts.iter().position(|p| p == post).unwrap();
                some & (1 << at) != 0
            };
            let only = |who: &&ResponderId| {
                surplus.posts.iter().all(|&post| !open(**who, post) || within(&post))
            };
            let people: u64 = surplus.responders.iter().filter(only).map(supply).sum();
            let room: u64 = surplus.posts.iter().filter(|post| within(post)).map(places).sum();
            prop_assert!(people.saturating_sub(room) < surplus.unplaced);
        }
        seen.note("a surplus with people at posts", surplus.people > surplus.unplaced);
        seen.note("a surplus at two posts", surplus.posts.len() > 1);
    }
    let explained: u64 = surpluses.iter().map(|surplus| surplus.unplaced).sum();
    let idle = plan.idle().iter().filter(|idle| idle.reason == IdleReason::PostsFull);
    let urgent = |idle: &&Idle| {
        let row = world.responders.iter().find(|row| row.responder == idle.responder).unwrap();
        matches!(world.unplaced(row), Unplaced::Class(_))
    };
    let idle: u64 = idle.filter(urgent).map(|idle| u64::from(idle.people)).sum();
    prop_assert_eq!(explained, idle);
    Ok(())
}

/// No smaller set of posts proves as large a shortage.
fn check_shortages(world: &World, plan: &Plan, seen: &Seen) -> Result<(), TestCaseError> {
    let pairs = world.pairs();
    for shortage in plan.shortages() {
        let posts = plan.short_posts(shortage.priority);
        for some in 0..(1_u32 << posts.len()) - 1 {
            let within: Vec<PostId> =
                (0..posts.len()).filter(|at| some & (1 << at) != 0).map(|at| posts[at]).collect();
            let reaches =
                |row: &&Responder| within.iter().any(|&post| pairs[&(row.responder, post)].is_ok());
            let rows = world.posts.iter().filter(|row| within.contains(&row.post));
            let needed: u64 = rows.map(|row| u64::from(world.room(row).0)).sum();
            let reach: u64 =
                world.responders.iter().filter(reaches).map(|row| u64::from(world.free(row))).sum();
            prop_assert!(needed.saturating_sub(reach) < shortage.missing);
        }
        seen.note("a shortage of two posts", posts.len() > 1);
    }
    Ok(())
}

#[test]
fn every_shortage_and_surplus_is_proved_by_nothing_smaller() {
    let seen = Seen::default();
    let tried = Cell::new(0);
    for_cases(&prop::collection::vec(world(), 16), |worlds| {
        tried.set(tried.get() + worlds.len());
        worlds.iter().try_for_each(|world| {
            let plan = world.dispatch().solve(&()).unwrap();
            check_surpluses(world, &plan, &seen)?;
            check_shortages(world, &plan, &seen)
        })
    });
    seen.assert_each(tried.get().div_ceil(200));
}

#[test]
fn a_closed_post_names_its_rule() {
    let seen = Seen::default();
    for_cases(&world(), |world| {
        let dispatch = world.dispatch();
        for row in &world.responders {
            for post in &world.posts {
                let (wanted, what) = match world.shut(row, post) {
                    None | Some(Shut::LeftOut) => (None, "open"),
                    Some(Shut::Forbidden) => (Some(ClosedBy::Forbidden), "forbidden"),
                    Some(Shut::Skill) => (Some(ClosedBy::LacksSkill), "skill"),
                    Some(Shut::Time) => (Some(ClosedBy::NotAvailable), "time"),
                    Some(Shut::Headquarters) => (Some(ClosedBy::OtherHeadquarters), "headquarters"),
                    Some(Shut::Unknown) => (Some(ClosedBy::DistanceUnknown), "unknown"),
                    Some(Shut::Far) => (Some(ClosedBy::TooFar), "far"),
                };
                prop_assert_eq!(dispatch.closed(row.responder, post.post), wanted);
                seen.note(what, true);
            }
        }
        Ok(())
    });
    assert_eq!(seen.kinds(), 7, "every rule closes some post: {seen:?}");
}

/// Nobody has to be at the post, but everybody has to be somewhere.
#[test]
fn to_stay_without_a_post_lacks_a_person_where_everybody_is_placed() {
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("a", "County", Tier::Headquarters))
        .build()
        .unwrap();
    let (who, post) = (ResponderId::new(0), PostId::new(0));
    let plan = DispatchBuilder::new(&network)
        .responders([Responder::new(who)])
        .posts([Post::new(post, network.unit("a").unwrap(), 0, 2)])
        .place_everybody(true)
        .build()
        .unwrap()
        .solve(&())
        .unwrap();
    let why = plan.why(who)[0];
    assert_eq!(
        (why.post, why.next.map(|next| (next.post, next.gap))),
        (Some(post), Some((None, Gap::People)))
    );
}
