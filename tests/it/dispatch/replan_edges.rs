//! The edges of plans that go with events: orders that end, limits of costs, older files, codes.

use epitier::dispatch::{
    Change, ChangeError, DispatchBuilder, FixedAssignment, Lending, Move, Plan, Post, Responder,
    Standing,
};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::{PostId, ResponderId, Stopped};
#[cfg(feature = "serde")]
use proptest::prelude::*;

#[cfg(feature = "serde")]
use super::worlds::world;
#[cfg(feature = "serde")]
use crate::support::for_cases;

#[test]
fn an_order_that_ends_leaves_its_place_to_those_who_are_there() {
    let network = NetworkBuilder::new().unit(UnitRow::new("a", "County", Tier::Headquarters));
    let network = network.build().unwrap();
    let [ordered, free] = [0, 1].map(ResponderId::new);
    let [post, other] = [0, 1].map(PostId::new);
    let unit = network.unit("a").unwrap();
    let plan = DispatchBuilder::new(&network)
        .responders([ordered, free].map(|who| Responder { supply: 2, ..Responder::new(who) }))
        .posts([Post::new(post, unit, 4, 4), Post::new(other, unit, 0, 4)])
        .fixed([FixedAssignment { people: 2, ..FixedAssignment::new(ordered, post) }])
        .build()
        .unwrap()
        .solve(&())
        .unwrap();
    let mut live = plan.live(10, &()).unwrap();
    // One of them drops out while the post gets smaller by one: everybody else stays.
    let changes = [
        Change::Demand { post, min: 4, max: 3, priority: 0 },
        Change::People { responder: ordered, people: 1 },
        Change::Demand { post, min: 3, max: 3, priority: 0 },
    ];
    let Err(Stopped::Refused(problems)) = live.replan(&changes, &()) else { panic!() };
    let error = ChangeError::MinAboveMax { row: 0, min: 4, max: 3 };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [error]);
    let replan = live.replan(&changes[1..], &()).unwrap();
    let cost = 3 * i128::from(plan.assignments()[0].cost);
    let there = Standing { placed: 3, idle: 0, missing: 0, cost };
    assert_eq!((replan.unmoved, replan.after), (there, there));
    let step = |from| Move { responder: ordered, from: Some(from), to: None, people: 1 };
    assert_eq!(replan.moves, [step(post)]);
    // Nobody is fixed again who comes back, and of two rows the last one with too few places is named.
    let demand = |max| Change::Demand { post, min: 0, max, priority: 0 };
    live.replan(&[Change::People { responder: ordered, people: 2 }], &()).unwrap();
    assert_eq!(live.plan(&()).unwrap().fixed(), [FixedAssignment::new(ordered, post)]);
    let new = Change::NewPost { post: other, min: 0, max: 0, priority: 0 };
    let Err(Stopped::Refused(problems)) = live.replan(&[demand(9), demand(0), new], &()) else {
        panic!()
    };
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [ChangeError::BelowFixed { row: 1, people: 0, fixed: 1 }, ChangeError::NotNew { row: 2 }]
    );
}

/// Two headquarters with a responder and a post each, where few are lent, and this cost of having no post.
fn lending(unplaced_cost: i64) -> Plan {
    let network = ["a", "b"].map(|code| UnitRow::new(code, code, Tier::Headquarters));
    let network = NetworkBuilder::new().units(network).build().unwrap();
    let units = ["a", "b"].map(|code| network.unit(code).unwrap());
    let rows = [0, 1].map(|number| {
        let residence = Some(units[number as usize]);
        let unplaced_cost = Some(unplaced_cost);
        let responder = ResponderId::new(number);
        Responder { residence, unplaced_cost, ..Responder::new(responder) }
    });
    let posts = [0, 1].map(|number| Post::new(PostId::new(number), units[number as usize], 1, 1));
    let dispatch = DispatchBuilder::new(&network)
        .responders(rows)
        .posts(posts)
        .lending(Lending::WhenShort { cost: 7 });
    dispatch.build().unwrap().solve(&()).unwrap()
}

#[test]
fn costs_and_prices_keep_within_what_lending_leaves_them() {
    for unplaced_cost in [0, -1_000_000] {
        let plan = lending(unplaced_cost);
        let refused = plan.live(i64::MAX, &()).unwrap_err();
        let Some(ChangeError::StayPrice { limit, .. }) =
            refused.problems().and_then(|of| of.iter().next())
        else {
            panic!("{refused:?}")
        };
        assert!(plan.live(*limit, &()).unwrap().plan(&()).unwrap().certify().is_ok());
        assert!(plan.live(limit + 1, &()).is_err());

        // As large as can be, then too large for more posts and responders, whose costs are nothing.
        let mut live = plan.live(50, &()).unwrap();
        let (responder, post) = (ResponderId::new(1), PostId::new(0));
        let cost = |cost| Change::Cost { responder, post, cost: Some(cost), lent: true };
        let refused = live.replan(&[cost(i64::MAX)], &()).unwrap_err();
        let Some(&ChangeError::CostOutOfRange { limit, .. }) =
            refused.problems().and_then(|of| of.iter().next())
        else {
            panic!("{refused:?}")
        };
        assert!(live.replan(&[cost(limit + 1)], &()).is_err());
        let new = |number| {
            let (responder, post) = (ResponderId::new(number), PostId::new(number));
            let new = Change::NewPost { post, min: 1, max: 1, priority: 0 };
            [new, Change::NewResponder { responder, people: 1 }]
        };
        let mut grown = live.clone();
        live.replan(&[cost(limit)], &()).unwrap();
        assert_eq!(live.plan(&()).unwrap().certify(), Ok(()));
        let refused = live.replan(&new(2), &()).unwrap_err();
        let too_large = |error: &ChangeError| matches!(error, ChangeError::TooLarge { .. });
        assert!(refused.problems().is_some_and(|of| of.iter().all(too_large)), "{refused:?}");
        // What it costs to have no post needs room too.
        let fits = (2..80).take_while(|&number| grown.replan(&new(number), &()).is_ok()).count();
        assert_eq!(grown.plan(&()).unwrap().certify(), Ok(()), "{fits}");
        assert_eq!(fits < 78, unplaced_cost != 0, "{fits}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn a_plan_of_an_older_file_says_who_is_idle_as_before() {
    for_cases(&world(), |world| {
        let plan = world.dispatch().solve(&()).unwrap();
        let mut file = serde_json::to_value(&plan).unwrap();
        file["closed"] = serde_json::json!([]);
        let older: Plan = serde_json::from_value(file).unwrap();
        let again = older.live(0, &()).unwrap().plan(&()).unwrap();
        prop_assert_eq!(again.certify(), Ok(()));
        let known = plan.live(0, &()).unwrap().plan(&()).unwrap();
        prop_assert_eq!(again.idle(), known.idle());
        Ok(())
    });
}

#[cfg(feature = "serde")]
#[test]
fn every_code_is_the_serialised_one() {
    use epitier::solver::transport::{Defect, ProblemError};
    let (responder, post) = (ResponderId::new(0), PostId::new(0));
    let problem = ProblemError::TooManyRows { rows: 0 };
    for error in [
        ChangeError::UnknownResponder { row: 1, responder },
        ChangeError::UnknownPost { row: 2, post },
        ChangeError::NotNew { row: 3 },
        ChangeError::MinAboveMax { row: 4, min: 2, max: 1 },
        ChangeError::BelowFixed { row: 5, people: 1, fixed: 2 },
        ChangeError::CostOutOfRange { row: 6, cost: 2, limit: 1 },
        ChangeError::StayPrice { price: -1, limit: 1 },
        ChangeError::Proof { defect: Defect::Cost },
        ChangeError::TooLarge { problem },
    ] {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(value["row"].as_u64(), error.row().map(|row| row as u64));
        assert!(!error.to_string().is_empty());
    }
}
