//! What is refused, and the least and the most of everything.

use epitier::campaign::site_plan::{
    Finish, Group, Heat, OneMore, Rest, SamplingSite, SitePlan, SitePlanBuilder, SitePlanError,
    SitePlanRules, SiteTable, Turn, Zone,
};
use epitier::{Interval, PostId, Timestamp, UnitId};

use super::worlds::{at, between, network};

use SitePlanError as E;

const SITE: PostId = PostId::new(3);

fn site() -> SamplingSite {
    SamplingSite {
        tables: 2,
        samplers: 4,
        waiting: 100,
        preparation: 20,
        ..SamplingSite::new(SITE, between(0, 7_200))
    }
}

fn group(building: UnitId, others: u32) -> Group {
    Group { others, ..Group::new(SITE, building) }
}

fn problems(builder: SitePlanBuilder) -> Vec<SitePlanError> {
    let (network, _) = network(3);
    builder.build(&network).map(|_| ()).unwrap_err().into_iter().collect()
}

fn plan(site: SamplingSite, rests: &[Rest], heat: &[Heat], people: u32) -> SitePlan {
    let (network, walk) = network(3);
    let builder = SitePlanBuilder::new(SitePlanRules::default()).site(site);
    let builder = builder.rests(rests.iter().copied()).heats(heat.iter().copied());
    builder.group(group(walk[0], people)).build(&network).unwrap()
}

#[test]
fn every_problem_is_named_with_its_row() {
    let rules = SitePlanRules {
        longest_queue: 0,
        samplers_per_table: 0,
        visit_seconds: 0,
        ..SitePlanRules::default()
    };
    let none = SitePlanBuilder::new(rules);
    let expected =
        [SitePlanError::NoQueue, SitePlanError::NoSamplersPerTable, SitePlanError::NoVisitTime];
    assert_eq!(problems(none), expected);

    let other = |number| SamplingSite { site: PostId::new(number), ..site() };
    let (net, walk) = network(3);
    let compound = net.unit("g1").unwrap();
    let rest = |number, start, end, samplers| Rest {
        site: PostId::new(number),
        during: between(start, end),
        samplers,
    };
    let heat = |number, start, end, percent| Heat {
        site: PostId::new(number),
        during: between(start, end),
        percent,
    };
    let builder = SitePlanBuilder::new(SitePlanRules::default())
        .site(site())
        .site(SamplingSite::new(PostId::new(4), between(0, 32 * 86_400)))
        .site(site())
        .site(SamplingSite { people_per_hour: 3_601, slot_seconds: 0, ..other(5) })
        .site(SamplingSite { people_per_hour: 0, slot_seconds: 1, ..other(6) })
        .site(SamplingSite { slot_seconds: 1, hours: between(0, 10_001), ..other(7) })
        .site(SamplingSite { slot_seconds: 1, hours: between(0, 10_000), ..other(8) })
        .site(SamplingSite { hours: between(0, 31 * 86_400), samplers: 1, ..other(9) })
        .rest(rest(3, 0, 7_200, 4))
        .rest(rest(3, -1, 10, 5))
        .rest(rest(3, 10, 7_201, 0))
        .rest(rest(1, 10, 20, 1))
        .heat(heat(3, 50, 60, 0))
        .heats([heat(3, -100, 10, 100), heat(3, 0, 40, 101), heat(3, 20, 30, 1)])
        .heats([heat(3, 40, 50, 3), heat(2, 0, 10, 3), heat(3, 35, 45, 3)])
        .groups([group(walk[0], 1), group(compound, 1), group(walk[0], 0)])
        .group(Group::new(PostId::new(9), walk[0]))
        .group(Group::new(PostId::new(99), UnitId::new(1_000)));
    let unknown = |table, row, site| E::UnknownSite { table, row, site: PostId::new(site) };
    let expected = [
        E::NoTables { row: 1 },
        E::TooFewSamplers { row: 1, samplers: 0, needed: 2 },
        E::NoRoom { row: 1, zone: Zone::Waiting },
        E::NoRoom { row: 1, zone: Zone::Preparation },
        E::HoursTooLong { row: 1, seconds: 32 * 86_400 },
        E::SiteTwice { row: 2, first: 0 },
        E::RateOutOfRange { row: 3, people_per_hour: 3_601 },
        E::NoSlotLength { row: 3 },
        E::RateOutOfRange { row: 4, people_per_hour: 0 },
        E::TooManySlots { row: 5, slots: 10_001 },
        E::TooFewSamplers { row: 7, samplers: 1, needed: 2 },
        E::RestOutsideHours { row: 1 },
        E::RestOutOfRange { row: 1, resting: 5, samplers: 4 },
        E::RestOutsideHours { row: 2 },
        E::RestOutOfRange { row: 2, resting: 0, samplers: 4 },
        unknown(SiteTable::Rests, 3, 1),
        E::PercentOutOfRange { row: 2, percent: 101 },
        E::HeatOverlaps { row: 2, other: 1 },
        E::HeatOverlaps { row: 3, other: 2 },
        E::HeatOverlaps { row: 4, other: 6 },
        unknown(SiteTable::Heat, 5, 2),
        E::HeatOverlaps { row: 6, other: 2 },
        E::UnknownBuilding { row: 1, building: compound },
        E::GroupTwice { row: 2, first: 0 },
        unknown(SiteTable::Groups, 4, 99),
        E::UnknownBuilding { row: 4, building: UnitId::new(1_000) },
    ];
    assert_eq!(problems(builder), expected);
}

#[test]
fn nothing_at_all_is_a_plan() {
    let (network, walk) = network(2);
    let builder = SitePlanBuilder::new(SitePlanRules::default());
    let empty = builder.clone().build(&network).unwrap();
    assert_eq!((empty.sites(), empty.not_called(), empty.finish()), (&[][..], &[][..], None));
    assert_eq!((empty.one_more(OneMore::Table), empty.calls(SITE)), (Vec::new(), &[][..]));
    assert_eq!((empty.site(SITE), empty.called_at(walk[0]).count()), (None, 0));

    let idle = builder.site(site()).group(group(walk[1], 0)).build(&network).unwrap();
    let forecast = idle.site(SITE).unwrap();
    assert_eq!((forecast.called, forecast.capacity, forecast.finish()), (0, 7 * 30, None));
    let gain = idle.one_more(OneMore::StaffedTable)[0];
    assert_eq!((gain.more_people, gain.seconds_earlier, gain.round), (0, 0, None));
}

#[test]
fn nobody_is_called_where_nobody_can_be_sampled_in_time() {
    // A single slot: whoever came in its last second would not be sampled.
    let short = plan(SamplingSite { hours: between(0, 900), ..site() }, &[], &[], 40);
    assert_eq!((short.site(SITE).unwrap().capacity, short.finish()), (0, None));
    assert_eq!((short.not_called()[0].people, short.not_called()[0].turn), (40, Turn::Others));
    // One second more is a slot, but too short for anybody.
    let no_better = plan(SamplingSite { hours: between(0, 901), ..site() }, &[], &[], 40);
    assert_eq!(no_better.site(SITE).unwrap().capacity, 0);
    let minute = plan(SamplingSite { hours: between(0, 960), ..site() }, &[], &[], 40);
    let finish = Finish { planned: at(60), latest: at(960) };
    assert_eq!((minute.site(SITE).unwrap().capacity, minute.finish()), (2, Some(finish)));

    let all = Rest { site: SITE, during: between(0, 7_200), samplers: 3 };
    assert_eq!(plan(site(), &[all], &[], 40).finish(), None);
    let heat = Heat { site: SITE, during: between(-10, 9_000), percent: 0 };
    assert_eq!(plan(site(), &[], &[heat], 40).finish(), None);
}

#[test]
fn rests_add_up_and_heat_ends_where_the_next_begins() {
    let rest = |start, end, samplers| Rest { site: SITE, during: between(start, end), samplers };
    let heat = |start, end, percent| Heat { site: SITE, during: between(start, end), percent };
    let calls = |rests: &[Rest], heat: &[Heat]| -> Vec<u32> {
        let plan = plan(site(), rests, heat, 1_000);
        plan.calls(SITE).iter().map(|call| call.people).collect()
    };
    assert_eq!(calls(&[], &[]), [30; 7]);
    // One table in the second slot; both rest in the third one, three samplers of four twice.
    let rests = [rest(900, 1_800, 2), rest(1_800, 2_700, 3), rest(1_800, 2_700, 3)];
    assert_eq!(calls(&rests, &[]), [30, 15, 30, 30, 30, 30]);
    assert_eq!(calls(&[rest(900, 1_800, 1), rest(900, 1_800, 1)], &[]), calls(&rests[..1], &[]));
    assert_eq!(
        calls(&[], &[heat(900, 1_800, 50), heat(1_800, 2_700, 0)]),
        [30, 14, 30, 30, 30, 30]
    );
    // 2,700 seconds at a third.
    assert_eq!(calls(&[], &[heat(900, 3_600, 33)])[..5], [30, 8, 8, 8, 30]);
}

#[test]
fn a_longer_line_than_the_rules_allow_costs_time() {
    let (network, walk) = network(3);
    let held = |longest_queue| {
        let rules = SitePlanRules { longest_queue, ..SitePlanRules::default() };
        let builder = SitePlanBuilder::new(rules).site(site());
        builder.group(group(walk[0], 150)).build(&network).unwrap()
    };
    let calls =
        |plan: &SitePlan| -> Vec<u32> { plan.calls(SITE).iter().map(|call| call.people).collect() };
    let (free, tight) = (held(60), held(45));
    assert_eq!((calls(&free), free.site(SITE).unwrap().held_back), (vec![30; 5], 0));
    assert_eq!(calls(&tight), [30, 15, 30, 15, 30, 15, 15]);
    let forecast = tight.site(SITE).unwrap();
    assert_eq!((forecast.held_back, forecast.most_inside), (45, 45));
    assert_eq!(calls(&held(1)), [1; 4]);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let (network, walk) = network(3);
    let end = Timestamp::from_seconds(i64::MAX);
    let start = end.saturating_add(-31 * 86_400);
    let site = SamplingSite {
        tables: u32::MAX,
        samplers: u32::MAX,
        waiting: u32::MAX,
        preparation: u32::MAX,
        people_per_hour: 3_600,
        home_teams: u32::MAX,
        ..SamplingSite::new(SITE, Interval::new(start, end).unwrap())
    };
    let rules = SitePlanRules {
        samplers_per_table: 1,
        visit_seconds: u32::MAX,
        ..SitePlanRules::default()
    };
    let all = |building| Group {
        elderly: u32::MAX,
        others: u32::MAX,
        homebound: u32::MAX,
        ..Group::new(SITE, building)
    };
    let rest = Rest { site: SITE, during: site.hours, samplers: u32::MAX };
    let builder = SitePlanBuilder::new(rules).site(site).groups(walk.iter().copied().map(all));
    let plan = builder.clone().build(&network).unwrap();
    assert_eq!(plan.site(SITE).unwrap().called, 6 * u64::from(u32::MAX));
    assert_eq!(plan.not_called().len(), 3);
    for what in [OneMore::Table, OneMore::Sampler, OneMore::StaffedTable, OneMore::HomeTeam] {
        assert_eq!(plan.one_more(what)[0].seconds_earlier, 0);
    }
    let resting = builder.rests([rest, rest]).build(&network).unwrap();
    assert_eq!(resting.not_called().len(), 9);

    let early =
        Interval::new(Timestamp::from_seconds(i64::MIN), Timestamp::from_seconds(i64::MIN + 960));
    let heat = Heat {
        site: SITE,
        during: Interval::new(Timestamp::from_seconds(i64::MIN), end).unwrap(),
        percent: 100,
    };
    let early = SamplingSite { hours: early.unwrap(), ..self::site() };
    assert_eq!(self::plan(early, &[], &[heat], 40).site(SITE).unwrap().called, 2);
}
