//! What tables may hold and what they may not, and the ends of the number ranges.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use epitier::dispatch::{
    Availability, ClosedBy, CostPolicy, Dispatch, DispatchBuilder, DispatchError, DistanceRule,
    FixedAssignment, ForbiddenPair, IdleReason, Lending, Pairing, Plan, Post, Responder, Skill,
    SkillSet, Table,
};
use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::{
    Cancelled, HomeUnitId, PostId, Progress, ResponderId, Stopped, Timestamp, UnitId, Watch,
};

use super::worlds::units;

fn network() -> Network {
    NetworkBuilder::new().units(units()).build().unwrap()
}

fn builder() -> DispatchBuilder {
    DispatchBuilder::new(&network())
}

fn responder(id: u32) -> Responder {
    Responder::new(ResponderId::new(id))
}

fn post(id: u32, min: u32, max: u32) -> Post {
    Post::new(PostId::new(id), UnitId::new(1), min, max)
}

/// One responder and one post, under a policy.
fn pair(responder: Responder, post: Post, policy: CostPolicy) -> Dispatch {
    builder().responders([responder]).posts([post]).policy(policy).build().unwrap()
}

/// Nothing costs anything.
fn free() -> CostPolicy {
    CostPolicy::new()
        .with_metres(DistanceRule::IGNORED)
        .with_edges(DistanceRule::IGNORED)
        .with_pairing(0, 0)
        .with_leaving(0)
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

#[test]
fn every_problem_of_every_table_is_told_at_once() {
    let stray = UnitId::new(8);
    let window = |id, start, end| Availability {
        responder: ResponderId::new(id),
        start: seconds(start),
        end: seconds(end),
    };
    let problems = builder()
        .responders([
            responder(5),
            Responder { latitude: Some(31.0), ..responder(6) },
            Responder { residence: Some(stray), ..responder(5) },
            Responder { latitude: Some(f64::NAN), longitude: Some(0.0), ..responder(7) },
            Responder { unplaced_priority: Some(0), unplaced_cost: Some(0), ..responder(5) },
        ])
        .availability([window(5, 3, 3), window(9, 9, 1), window(5, i64::MIN, i64::MAX)])
        .posts([
            Post { unit: stray, start: Some(seconds(1)), ..post(2, 1, 1) },
            Post { start: Some(seconds(2)), end: Some(seconds(2)), ..post(1, 5, 4) },
            Post { latitude: Some(91.0), longitude: Some(0.0), ..post(2, 0, 0) },
            Post { end: Some(seconds(2)), ..post(3, 0, u32::MAX) },
        ])
        .pairings([
            Pairing { home_unit: HomeUnitId::new(0), unit: UnitId::new(0) },
            Pairing { home_unit: HomeUnitId::new(0), unit: stray },
        ])
        .build()
        .unwrap_err();
    let (responders, availability, posts) = (Table::Responders, Table::Availability, Table::Posts);
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [
            DispatchError::BadCoordinates { table: responders, row: 1 },
            DispatchError::UnknownUnit { table: responders, row: 2, unit: stray },
            DispatchError::StatedTwice { table: responders, row: 2, first: 0 },
            DispatchError::BadCoordinates { table: responders, row: 3 },
            DispatchError::PriorityAndCost { row: 4 },
            DispatchError::StatedTwice { table: responders, row: 4, first: 0 },
            DispatchError::BadTimes { table: availability, row: 0 },
            DispatchError::UnknownResponder {
                table: availability,
                row: 1,
                responder: ResponderId::new(9)
            },
            DispatchError::BadTimes { table: availability, row: 1 },
            DispatchError::UnknownUnit { table: posts, row: 0, unit: stray },
            DispatchError::BadTimes { table: posts, row: 0 },
            DispatchError::MinAboveMax { row: 1, min: 5, max: 4 },
            DispatchError::BadTimes { table: posts, row: 1 },
            DispatchError::BadCoordinates { table: posts, row: 2 },
            DispatchError::StatedTwice { table: posts, row: 2, first: 0 },
            DispatchError::BadTimes { table: posts, row: 3 },
            DispatchError::UnknownUnit { table: Table::Pairings, row: 1, unit: stray },
        ]
    );
}

/// People 1 (three of them, skilled, from 5 to 9) and 2; posts 1 to 3.
fn ordered(
    fixed: impl IntoIterator<Item = (u32, u32, u32)>,
    forbidden: impl IntoIterator<Item = (u32, u32)>,
) -> Vec<DispatchError> {
    let skill = SkillSet::from(Skill::new(3).unwrap());
    let fixed = fixed.into_iter().map(|(who, at, people)| FixedAssignment {
        people,
        ..FixedAssignment::new(ResponderId::new(who), PostId::new(at))
    });
    let forbidden = forbidden
        .into_iter()
        .map(|(who, at)| ForbiddenPair { responder: ResponderId::new(who), post: PostId::new(at) });
    let window =
        Availability { responder: ResponderId::new(1), start: seconds(5), end: seconds(9) };
    let duty =
        |start, end| Post { start: Some(seconds(start)), end: Some(seconds(end)), ..post(2, 0, 9) };
    let built = builder()
        .responders([Responder { supply: 3, skills: skill, ..responder(1) }, responder(2)])
        .availability([window])
        .posts([
            Post { requires: skill, ..post(1, 0, 2) },
            duty(5, 9),
            Post { post: PostId::new(3), ..duty(4, 9) },
        ])
        .fixed(fixed)
        .forbidden(forbidden)
        .policy(free().with_edges(DistanceRule { cost: 1, limit: Some(0), unknown: 0 }))
        .build();
    built.err().into_iter().flatten().collect()
}

#[test]
fn every_contradiction_of_an_order_is_named() {
    let (one, two) = (ResponderId::new(1), ResponderId::new(2));
    let post = PostId::new;
    let table = Table::Fixed;
    assert_eq!(ordered([(1, 1, 2), (1, 2, 1), (2, 2, 1), (2, 3, 0)], [(1, 3)]), []);
    assert_eq!(
        ordered([(1, 1, 1), (1, 7, 1), (1, 1, 2), (8, 1, 1)], [(1, 2), (9, 9), (1, 2)]),
        [
            DispatchError::UnknownPost { table, row: 1, post: post(7) },
            DispatchError::StatedTwice { table, row: 2, first: 0 },
            DispatchError::UnknownResponder { table, row: 3, responder: ResponderId::new(8) },
            DispatchError::UnknownResponder {
                table: Table::Forbidden,
                row: 1,
                responder: ResponderId::new(9)
            },
            DispatchError::UnknownPost { table: Table::Forbidden, row: 1, post: post(9) },
            DispatchError::StatedTwice { table: Table::Forbidden, row: 2, first: 0 },
        ]
    );
    assert_eq!(
        ordered([(1, 2, 2), (2, 1, 1), (1, 3, 0), (1, 1, 3)], [(1, 1), (1, 2)]),
        [
            DispatchError::FixedForbidden { row: 0, forbidden: 1 },
            DispatchError::FixedClosed {
                row: 1,
                responder: two,
                post: post(1),
                by: ClosedBy::LacksSkill
            },
            DispatchError::FixedClosed {
                row: 2,
                responder: one,
                post: post(3),
                by: ClosedBy::NotAvailable
            },
            DispatchError::FixedForbidden { row: 3, forbidden: 0 },
            DispatchError::FixedBeyondSupply { row: 3, responder: one, people: 5, supply: 3 },
            DispatchError::FixedBeyondMax { row: 3, post: post(1), people: 4, max: 2 },
        ]
    );
    // Said once, at the row that goes beyond; the largest numbers add up.
    assert_eq!(
        ordered([(2, 2, u32::MAX), (2, 3, u32::MAX), (1, 2, 3)], []),
        [
            DispatchError::FixedBeyondSupply {
                row: 0,
                responder: two,
                people: u32::MAX.into(),
                supply: 1
            },
            DispatchError::FixedBeyondMax {
                row: 0,
                post: post(2),
                people: u32::MAX.into(),
                max: 9
            },
            DispatchError::FixedBeyondMax {
                row: 1,
                post: post(3),
                people: u32::MAX.into(),
                max: 9
            },
        ]
    );
}

#[test]
fn an_order_holds_under_a_rule_of_the_host() {
    let (one, two, here) = (ResponderId::new(1), ResponderId::new(2), PostId::new(1));
    let dispatch = builder()
        .responders([responder(1), responder(2), responder(3)])
        .posts([post(1, 2, 3)])
        .fixed([FixedAssignment::new(one, here)])
        .forbidden([ForbiddenPair { responder: two, post: here }])
        .build()
        .unwrap();
    let plan = dispatch.solve_by(|row, _| (row.responder != one).then_some(-5), &()).unwrap();
    let there: Vec<_> = plan.at(here).iter().map(|r| (r.responder, r.cost, r.fixed)).collect();
    assert_eq!(there, [(one, 0, 1), (ResponderId::new(3), -5, 0)]);
    assert_eq!((plan.idle()[0].responder, plan.idle()[0].closed.forbidden), (two, 1));
    assert_eq!(plan.certify(), Ok(()));
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_serialised_form() {
    let table = Table::Posts;
    let all = [
        DispatchError::TooManyRows { table, rows: 5_000_000_000 },
        DispatchError::StatedTwice { table, row: 1, first: 0 },
        DispatchError::UnknownUnit { table, row: 1, unit: UnitId::new(3) },
        DispatchError::UnknownResponder { table, row: 1, responder: ResponderId::new(3) },
        DispatchError::UnknownPost { table, row: 1, post: PostId::new(3) },
        DispatchError::BeyondLedger {
            row: 1,
            responder: ResponderId::new(3),
            supply: 2,
            registered: 1,
        },
        DispatchError::FixedForbidden { row: 1, forbidden: 2 },
        DispatchError::FixedClosed {
            row: 1,
            responder: ResponderId::new(3),
            post: PostId::new(4),
            by: ClosedBy::LacksSkill,
        },
        DispatchError::FixedBeyondSupply {
            row: 1,
            responder: ResponderId::new(3),
            people: 2,
            supply: 1,
        },
        DispatchError::FixedBeyondMax { row: 1, post: PostId::new(4), people: 2, max: 1 },
        DispatchError::BadCoordinates { table, row: 1 },
        DispatchError::BadTimes { table, row: 1 },
        DispatchError::PriorityAndCost { row: 1 },
        DispatchError::MinAboveMax { row: 1, min: 2, max: 1 },
        DispatchError::UnplacedCostOutOfRange {
            responder: ResponderId::new(3),
            cost: i64::MIN,
            limit: 9,
        },
        DispatchError::CostOutOfRange {
            responder: ResponderId::new(3),
            post: PostId::new(4),
            cost: i64::MIN,
            limit: 9,
        },
        DispatchError::LendingOutOfRange { largest: 3, limit: 2 },
        DispatchError::TooLarge {
            problem: epitier::solver::transport::ProblemError::TooManyRows { rows: 5_000_000_000 },
        },
    ];
    for error in all {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<DispatchError>(value).unwrap(), error);
        assert_eq!(error.row().is_some(), error.to_string().contains("row 1"), "{error}");
    }
}

#[test]
fn empty_tables_have_an_empty_plan() {
    let nothing = builder().build().unwrap().solve(&()).unwrap();
    assert_eq!(
        (nothing.assignments(), nothing.posts(), nothing.idle()),
        (&[][..], &[][..], &[][..])
    );
    assert_eq!((nothing.cost(), nothing.shortages(), nothing.certify()), (0, &[][..], Ok(())));

    let people = builder().responders([responder(1)]).place_everybody(true);
    let people = people.build().unwrap().solve(&()).unwrap();
    assert_eq!(people.idle()[0].reason, IdleReason::NoOpenPost);
    assert_eq!(people.idle()[0].closed.posts(), 0);

    let posts =
        builder().posts([post(1, 2, 3)]).responders([Responder { supply: 0, ..responder(1) }]);
    let posts = posts.build().unwrap().solve(&()).unwrap();
    assert_eq!((posts.idle(), posts.posts()[0].unfilled()), (&[][..], 2));
    let shortage = &posts.shortages()[0];
    assert_eq!((shortage.needed, shortage.reach, shortage.missing), (2, 0, 2));
    assert_eq!(posts.short_posts(0), [PostId::new(1)]);
    assert_eq!(posts.short_posts(u32::MAX), [PostId::new(1)]);
    assert_eq!(posts.short_responders(0), [ResponderId::new(1)]);
    assert_eq!(posts.at(PostId::new(7)), []);
}

#[test]
fn a_post_that_takes_nobody_is_full() {
    let plan = pair(responder(1), post(1, 0, 0), free()).solve(&()).unwrap();
    assert_eq!(plan.idle()[0].reason, IdleReason::PostsFull);
}

#[test]
fn an_unknown_distance_is_never_zero() {
    let far = Responder { residence: Some(UnitId::new(7)), ..responder(1) };
    let costs = |who: Responder, policy| {
        pair(who, post(1, 1, 1), policy).cost(who.responder, PostId::new(1))
    };
    let rule = |limit| DistanceRule { cost: 3, limit, unknown: 1_000 };
    // Neither a residence nor a location: the stated distance stands in, unless there is a limit.
    assert_eq!(costs(responder(1), free().with_metres(rule(None))), Some(3_000));
    assert_eq!(costs(responder(1), free().with_edges(rule(None))), Some(3_000));
    assert_eq!(costs(responder(1), free().with_metres(rule(Some(u32::MAX)))), None);
    assert_eq!(costs(responder(1), free().with_edges(rule(Some(u32::MAX)))), None);
    // No way through the network, but a location.
    assert_eq!(costs(far, free().with_edges(rule(None))), Some(3_000));
    let metres = costs(far, free().with_metres(rule(None))).unwrap();
    assert_eq!(metres, 3 * 3_336, "0.03 degrees of latitude");
    assert_eq!(costs(far, free().with_metres(rule(Some(3_336)))), Some(metres));
    assert_eq!(costs(far, free().with_metres(rule(Some(3_335)))), None);
    // A limit counts although the metres cost nothing.
    let limit = DistanceRule { cost: 0, limit: Some(3_335), unknown: 0 };
    assert_eq!(costs(far, free().with_metres(limit)), None);
    // Ids of nobody.
    let someone = pair(far, post(1, 1, 1), free());
    assert_eq!(someone.cost(ResponderId::new(2), PostId::new(1)), None);
    assert_eq!(someone.cost(ResponderId::new(1), PostId::new(2)), None);
}

#[test]
fn only_a_previous_post_that_is_still_open_costs_something_to_leave() {
    let skilled = SkillSet::from(Skill::new(9).unwrap());
    let at = |previous| Responder { previous: Some(PostId::new(previous)), ..responder(1) };
    let costs = |previous| {
        let closed = Post { requires: skilled, ..post(3, 0, 1) };
        let dispatch = builder()
            .posts([post(1, 0, 1), post(2, 0, 1), closed])
            .responders([at(previous)])
            .policy(free().with_leaving(50))
            .build()
            .unwrap();
        [1, 2].map(|post| dispatch.cost(ResponderId::new(1), PostId::new(post)).unwrap())
    };
    assert_eq!(costs(1), [0, 50]);
    assert_eq!(costs(2), [50, 0]);
    assert_eq!(costs(3), [0, 0], "they may not stay there");
    assert_eq!(costs(4), [0, 0], "it is no more");
}

#[test]
fn costs_beyond_the_range_are_refused_with_their_pair() {
    let rule = |cost| DistanceRule { cost, limit: None, unknown: u32::MAX };
    let refused = |cost| DispatchError::CostOutOfRange {
        responder: ResponderId::new(1),
        post: PostId::new(4),
        cost,
        limit: i64::MAX / 3,
    };
    let ends = [
        (free().with_metres(rule(i64::MAX)).with_edges(rule(i64::MAX)), i64::MAX),
        (free().with_metres(rule(i64::MIN)).with_pairing(i64::MIN, i64::MIN), i64::MIN),
        (
            free().with_metres(DistanceRule { unknown: 1, ..rule(i64::MAX / 3 + 1) }),
            i64::MAX / 3 + 1,
        ),
    ];
    for (policy, cost) in ends {
        let stopped = pair(responder(1), post(4, 1, 1), policy).solve(&()).unwrap_err();
        assert_eq!(stopped, Stopped::Refused(refused(cost).into()));
    }
    let lonely = Responder { unplaced_cost: Some(i64::MIN), ..responder(1) };
    let stopped = pair(lonely, post(4, 1, 1), free()).solve(&()).unwrap_err();
    let limit = i64::MAX / 3;
    let responder_1 = ResponderId::new(1);
    let unplaced =
        DispatchError::UnplacedCostOutOfRange { responder: responder_1, cost: i64::MIN, limit };
    assert_eq!(stopped, Stopped::Refused(unplaced.into()));
    let some = pair(responder(1), post(4, 1, 1), free());
    let stopped = some.solve_by(|_, _| Some(i64::MIN), &()).unwrap_err();
    assert_eq!(stopped, Stopped::Refused(refused(i64::MIN).into()));
    // Sums may leave the range where they cancel out.
    let even = free().with_metres(rule(i64::MAX)).with_edges(rule(-i64::MAX));
    assert_eq!(pair(responder(1), post(4, 1, 1), even).solve(&()).unwrap().cost(), 0);
}

/// Headquarters within headquarters: a county, a town of it with a community, and another county.
fn lending(
    lending: Lending,
    belongs: [Option<&str>; 3],
    (cost, unplaced): (i64, i64),
) -> Result<Plan, Stopped<DispatchError>> {
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("a", "County", Tier::Headquarters))
        .unit(UnitRow::new("b", "Town", Tier::Headquarters).under("a"))
        .unit(UnitRow::new("c", "Subdistrict", Tier::Subdistrict).under("b"))
        .unit(UnitRow::new("d", "Elsewhere", Tier::Headquarters))
        .build()
        .unwrap();
    let people = (0..).zip(belongs).map(|(id, unit)| Responder {
        residence: network.unit("c"),
        headquarters: unit.map(|unit| network.unit(unit).unwrap()),
        unplaced_cost: Some(unplaced),
        ..responder(id)
    });
    let dispatch = DispatchBuilder::new(&network)
        .responders(people)
        .posts([Post::new(PostId::new(1), network.unit("c").unwrap(), 1, 2)])
        .lending(lending)
        .build()
        .unwrap();
    dispatch.solve_by(|row, _| Some(-cost * i64::from(row.responder.get())), &())
}

#[test]
fn a_headquarters_within_another_one_is_another_one() {
    let sent = |rule, belongs| {
        let plan = lending(rule, belongs, (7, 0)).unwrap();
        assert_eq!(plan.certify(), Ok(()));
        let rows = plan.assignments().iter();
        rows.map(|row| (row.responder.get(), row.lent)).collect::<Vec<_>>()
    };
    let short = Lending::WhenShort { cost: 0 };
    // Where they live counts unless they say otherwise.
    assert_eq!(sent(Lending::Unrestricted, [None; 3]), [(1, false), (2, false)]);
    assert_eq!(sent(short, [None, Some("d"), Some("a")]), [(0, false)]);
    assert_eq!(sent(short, [Some("b"), Some("d"), None]), [(2, false)]);
    assert_eq!(sent(short, [Some("a"), Some("d"), Some("a")]), [(2, true)]);
    assert_eq!(sent(Lending::Never, [Some("a"), Some("d"), None]), [(2, false)]);
    assert_eq!(sent(Lending::Never, [Some("a"), Some("d"), Some("a")]), []);
}

#[test]
fn costs_too_large_to_come_after_lending_are_refused() {
    let rule = Lending::WhenShort { cost: 0 };
    let all = [None, Some("d"), None];
    // The solver takes costs to a third of the range; one pair with a surcharge of 14 of the largest and 1.
    let most = (i64::MAX / 3 - 1) / 15;
    let plan = |cost: i64| lending(rule, all, (cost, 0));
    assert!(plan(most / 2).is_ok());
    let largest = (most / 2 + 1).unsigned_abs() * 2;
    let refused = DispatchError::LendingOutOfRange { largest, limit: most.unsigned_abs() };
    assert_eq!(plan(most / 2 + 1).unwrap_err(), Stopped::Refused(refused.into()));
    // Beyond the range even without it.
    let stopped = plan(i64::MAX / 4).unwrap_err();
    assert_eq!(stopped.problems().unwrap().iter().next().unwrap().code(), "cost-out-of-range");

    let plan = |unplaced: i64| lending(rule, all, (1, unplaced));
    assert!(plan(most).is_ok() && plan(-most).is_ok());
    let largest = most.unsigned_abs() + 1;
    let refused = DispatchError::LendingOutOfRange { largest, limit: most.unsigned_abs() };
    assert_eq!(plan(-most - 1).unwrap_err(), Stopped::Refused(refused.into()));
    let stopped = plan(i64::MAX / 3 + 1).unwrap_err();
    let code = stopped.problems().unwrap().iter().next().unwrap().code();
    assert_eq!(code, "unplaced-cost-out-of-range");
}

#[test]
fn nobody_is_lent_for_what_it_costs_to_leave_them_out() {
    let belongs = [None, Some("d"), Some("d")];
    let planned = |rule| {
        let plan = lending(rule, belongs, (7, 1_000)).unwrap();
        assert_eq!(plan.certify(), Ok(()));
        let people: Vec<u32> = plan.assignments().iter().map(|row| row.responder.get()).collect();
        (people, plan.cost(), plan.idle()[0].reason)
    };
    let (post, full) = (PostId::new(1), IdleReason::PostsFull);
    assert_eq!(planned(Lending::Unrestricted), (vec![1, 2], 979, full));
    let abroad = IdleReason::NotNeeded { post, cost: -7 };
    assert_eq!(planned(Lending::WhenShort { cost: 0 }), (vec![0], 2_000, abroad));
}

#[test]
fn the_largest_numbers_add_up() {
    let most = i64::MAX / 3;
    for cost in [most, -most] {
        let crowd = Responder { supply: u32::MAX, ..responder(u32::MAX) };
        let huge = pair(crowd, post(u32::MAX, u32::MAX, u32::MAX), free());
        let plan = huge.solve_by(|_, _| Some(cost), &()).unwrap();
        assert_eq!(plan.cost(), i128::from(cost) * i128::from(u32::MAX));
        assert_eq!((plan.posts()[0].filled, plan.assignments()[0].people), (u32::MAX, u32::MAX));
        #[cfg(feature = "serde")]
        {
            let text = serde_json::to_string(&plan).unwrap();
            assert_eq!(serde_json::from_str::<epitier::dispatch::Plan>(&text).unwrap(), plan);
        }
    }
}

/// Cancels after so many reports of progress.
struct Impatient {
    reports: AtomicU64,
    most: u64,
}

impl Watch for Impatient {
    fn progress(&self, progress: Progress) {
        assert!(progress.done <= progress.total || progress.total == 0);
        self.reports.fetch_add(1, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.reports.load(Ordering::Relaxed) > self.most
    }
}

#[test]
fn a_dispatch_can_be_watched_and_stopped() {
    let dispatch = builder()
        .responders((0..5_000).map(responder))
        .posts([post(1, 1, 9)])
        .policy(free())
        .build()
        .unwrap();
    assert_eq!(dispatch.solve(&AtomicBool::new(true)).unwrap_err(), Stopped::Cancelled(Cancelled));
    let impatient = Impatient { reports: AtomicU64::new(0), most: 2 };
    assert_eq!(dispatch.solve(&impatient).unwrap_err(), Stopped::Cancelled(Cancelled));
    assert_eq!(impatient.reports.into_inner(), 3, "it stops at once");
}

#[cfg(feature = "serde")]
#[test]
fn csv_fills_the_rows() {
    fn read<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
        csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
    }
    let responders: Vec<Responder> = read(
        "responder,supply,skills,home_unit,residence,headquarters,latitude,longitude,previous,\
         unplaced_priority,unplaced_cost\n3,2,5,7,1,6,31.5,114.5,9,6,-5\n4,1,0,,,,,,,,\n",
    );
    let full = Responder {
        supply: 2,
        skills: [0, 2].into_iter().filter_map(Skill::new).collect(),
        home_unit: Some(HomeUnitId::new(7)),
        residence: Some(UnitId::new(1)),
        headquarters: Some(UnitId::new(6)),
        latitude: Some(31.5),
        longitude: Some(114.5),
        previous: Some(PostId::new(9)),
        unplaced_priority: Some(6),
        unplaced_cost: Some(-5),
        ..responder(3)
    };
    assert_eq!(responders, [full, responder(4)]);
    assert_eq!(read::<Responder>("responder\n4\n"), [responder(4)]);
    let posts: Vec<Post> = read(
        "post,unit,kind,requires,min,max,priority,start,end,latitude,longitude\n\
         2,1,sampling-site,1,3,4,8,10,2021-08-05T06:00:00+08:00,,\n",
    );
    let full = Post {
        kind: epitier::dispatch::PostKind::SamplingSite,
        requires: Skill::new(0).unwrap().into(),
        priority: 8,
        start: Some(seconds(10)),
        end: Some(seconds(1_628_114_400)),
        ..post(2, 3, 4)
    };
    assert_eq!(posts, [full]);
    assert_eq!(read::<Post>("post,unit,min,max\n2,1,3,4\n"), [post(2, 3, 4)]);
    let window =
        Availability { responder: ResponderId::new(1), start: seconds(2), end: seconds(3) };
    assert_eq!(read::<Availability>("responder,start,end\n1,2,3\n"), [window]);
    let pairing = Pairing { home_unit: HomeUnitId::new(1), unit: UnitId::new(2) };
    assert_eq!(read::<Pairing>("home_unit,unit\n1,2\n"), [pairing]);
}

#[test]
fn skills_end_at_64() {
    assert!(Skill::new(63).is_some() && Skill::new(64).is_none());
    let all: SkillSet = (0..64).filter_map(Skill::new).collect();
    assert_eq!(all.iter().count(), 64);
    #[cfg(feature = "serde")]
    {
        assert_eq!(serde_json::to_string(&all).unwrap(), u64::MAX.to_string());
    }
}

#[test]
fn a_dispatch_is_shared_between_threads_and_shows_no_rows() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let dispatch = pair(responder(1), post(1, 1, 1), free());
    shared(&dispatch);
    shared(&dispatch.solve(&()).unwrap());
    assert_eq!(format!("{dispatch:?}"), "Dispatch { responders: 1, posts: 1, .. }");
}
