//! The plan as the definition has it: people one by one, work second by second, the best of all safe plans.

use epitier::campaign::site_plan::{
    Call, ElderlyFirst, Finish, Group, NotCalled, SamplingSite, SitePlan, Turn,
};
use epitier::{Interval, Timestamp, UnitId};

use super::worlds::{World, world};
use crate::random::Random;
use crate::support::{Seen, on_pools};

/// How many tables are at work in a second after the opening, and how much each of them does in it.
pub(super) fn at_work(world: &World, site: &SamplingSite, second: u64) -> (u32, u64) {
    let now = site.hours.start().saturating_add(i64::try_from(second).unwrap());
    let rests = world.rests.iter().filter(|rest| rest.site == site.site);
    let resting: u32 =
        rests.filter(|rest| rest.during.contains(now)).map(|rest| rest.samplers).sum();
    let on_duty = site.samplers.saturating_sub(resting);
    let heat = world.heat.iter().filter(|heat| heat.site == site.site);
    let percent = heat.filter(|heat| heat.during.contains(now)).map(|heat| heat.percent).next();
    let speed = u64::from(site.people_per_hour) * u64::from(percent.unwrap_or(100));
    (site.tables.min(on_duty / world.rules.samplers_per_table), speed)
}

/// How many people the tables finish between two seconds if somebody always waits and all begin anew.
fn can(world: &World, site: &SamplingSite, seconds: std::ops::Range<u64>) -> u64 {
    let mut done = vec![0; site.tables as usize];
    for second in seconds {
        let (tables, speed) = at_work(world, site, second);
        done.iter_mut().take(tables as usize).for_each(|work| *work += speed);
    }
    done.into_iter().map(|work: u64| work / 360_000).sum()
}

/// The first second by which they finish so many.
fn when(world: &World, site: &SamplingSite, people: u64, from: u64) -> u64 {
    let mut done = vec![0_u64; site.tables as usize];
    for second in from.. {
        if done.iter().map(|work| work / 360_000).sum::<u64>() >= people {
            return second;
        }
        let (tables, speed) = at_work(world, site, second);
        done.iter_mut().take(tables as usize).for_each(|work| *work += speed);
    }
    unreachable!("there are many seconds");
}

pub(super) fn slots(site: &SamplingSite) -> Vec<std::ops::Range<u64>> {
    let (mut start, end) = (0, site.hours.seconds());
    let mut slots = Vec::new();
    while start < end {
        slots.push(start..end.min(start + u64::from(site.slot_seconds)));
        start += u64::from(site.slot_seconds);
    }
    slots
}

fn interval(site: &SamplingSite, seconds: &std::ops::Range<u64>) -> Interval {
    let time = |second: u64| site.hours.start().saturating_add(second.cast_signed());
    Interval::new(time(seconds.start), time(seconds.end)).unwrap()
}

/// How many people are called in each slot: the greatest sums that no bound forbids, found by lowering them until
/// all bounds hold.
fn called(can: &[u64], room: u64, people: u64) -> Vec<u64> {
    let sum = |range: std::ops::Range<usize>| can[range].iter().sum::<u64>();
    let all = can.len();
    // sums[j]: how many are called in the first j slots.
    let mut sums = vec![people; all + 1];
    sums[0] = 0;
    loop {
        let before = sums.clone();
        for first in 0..all {
            for last in first..all {
                let line = if first == last { room } else { room + sum(first + 1..last) };
                let mut most = line.min(sum(first + 1..all));
                if first == last {
                    most = most.min(can[first]);
                }
                sums[last + 1] = sums[last + 1].min(sums[first] + most);
            }
        }
        for slot in 0..all {
            sums[slot] = sums[slot].min(sums[slot + 1]);
        }
        if sums == before {
            return sums.windows(2).map(|pair| pair[1] - pair[0]).collect();
        }
    }
}

/// The people of a site in calling order.
fn people(world: &World, site: &SamplingSite) -> Vec<(UnitId, Turn)> {
    let of = |building: UnitId| {
        let groups = world.groups.iter();
        let mut of_it = groups.filter(|row| row.site == site.site && row.building == building);
        of_it.next().copied().unwrap_or(Group::new(site.site, building))
    };
    let elderly = |building| vec![(building, Turn::Elderly); of(building).elderly as usize];
    let others = |building| vec![(building, Turn::Others); of(building).others as usize];
    let mut people = Vec::new();
    for &building in &world.walk {
        people.extend(elderly(building));
        people.extend(others(building));
    }
    if world.rules.elderly_first == ElderlyFirst::AtSite {
        people.sort_by_key(|&(_, turn)| turn);
    }
    people
}

/// Rows of people who follow one another, put together.
fn pack(site: &SamplingSite, people: &[(UnitId, Turn)], during: Interval) -> Vec<Call> {
    let packed = people.chunk_by(|a, b| a == b).map(|same| Call {
        site: site.site,
        building: same[0].0,
        turn: same[0].1,
        during,
        people: u32::try_from(same.len()).unwrap(),
    });
    packed.collect()
}

/// Everything that a plan says of one site.
pub(super) struct Model {
    pub(super) called: Vec<u64>,
    calls: Vec<Call>,
    not_called: Vec<NotCalled>,
    tables: Option<Finish>,
    most_inside: u64,
    capacity: u64,
    held_back: u64,
    visited: u64,
    at_home: Option<Timestamp>,
}

pub(super) fn model(world: &World, site: &SamplingSite) -> Model {
    let slots = slots(site);
    let can: Vec<u64> = slots.iter().map(|slot| can(world, site, slot.clone())).collect();
    let room = (site.waiting + site.preparation).min(world.rules.longest_queue).into();
    let people = people(world, site);
    let called_of = |room, people| called(&can, room, people);
    let called = called_of(room, people.len() as u64);
    let mut rest = &people[..];
    let mut calls = Vec::new();
    for (slot, &now) in slots.iter().zip(&called) {
        let (these, others) = rest.split_at(usize::try_from(now).unwrap());
        calls.extend(pack(site, these, interval(site, slot)));
        rest = others;
    }
    let mut left = pack(site, rest, site.hours);

    // People who come late, slot by slot, and the second by which the last of them is done.
    let (mut inside, mut most_inside, mut latest) = (0, 0, 0);
    let last = called.iter().rposition(|&now| now > 0);
    for (at, slot) in slots.iter().enumerate() {
        most_inside = most_inside.max(inside + called[at]);
        if last.is_some_and(|last| at > last) && inside > 0 && inside <= can[at] {
            latest = when(world, site, inside, slot.start);
        }
        inside = called[at] + inside.saturating_sub(can[at]);
    }
    let time = |second: u64| site.hours.start().saturating_add(second.cast_signed());
    let tables = last.map(|last| Finish {
        planned: time(when(world, site, called[last], slots[last].start)),
        latest: time(latest),
    });

    let groups = || {
        world.walk.iter().flat_map(|&building| {
            world.groups.iter().filter(move |row| row.site == site.site && row.building == building)
        })
    };
    let mut team = (0, 0_u64);
    let (mut visited, mut at_home) = (0, None);
    for group in groups() {
        let (mut during, mut seen) = (None, 0);
        for _ in 0..group.homebound {
            let start = team.1;
            let end = start + u64::from(world.rules.visit_seconds);
            if site.home_teams == 0 || end > site.hours.seconds() {
                break;
            }
            let first = during.map_or(start, |(first, _)| first);
            during = Some((first, end));
            seen += 1;
            team.0 += 1;
            if team.0 == site.home_teams {
                team = (0, end);
            }
        }
        visited += u64::from(seen);
        if let Some((first, end)) = during {
            at_home = Some(time(end));
            let visit = vec![(group.building, Turn::AtHome); seen as usize];
            calls.extend(pack(site, &visit, interval(site, &(first..end))));
        }
        let missed = vec![(group.building, Turn::AtHome); (group.homebound - seen) as usize];
        left.extend(pack(site, &missed, site.hours));
    }
    let not_called = left.iter().map(|&Call { site, building, turn, people, .. }| NotCalled {
        site,
        building,
        turn,
        people,
    });
    let unlimited = called_of(room, u64::MAX / 2);
    // Counted slot by slot: what could be called if only this slot had any room.
    let mut held_back = 0;
    let mut sum = 0;
    for slot in 0..slots.len() {
        let mut late = 0;
        for before in 0..slot {
            late = (called[before] + late).saturating_sub(can[before + 1]);
        }
        sum += called[slot];
        if sum < people.len() as u64 {
            let after: u64 = can[slot + 1..].iter().sum();
            held_back += can[slot].min(after - late) - called[slot];
        }
    }
    Model {
        capacity: unlimited.iter().sum(),
        called,
        calls,
        not_called: not_called.collect(),
        tables,
        most_inside,
        held_back,
        visited,
        at_home,
    }
}

fn check(world: &World, plan: &SitePlan, seen: &Seen) {
    let mut sites = world.sites.clone();
    sites.sort_by_key(|site| site.site);
    let models: Vec<Model> = sites.iter().map(|site| model(world, site)).collect();
    let mut left = Vec::new();
    for ((site, model), forecast) in sites.iter().zip(&models).zip(plan.sites()) {
        assert_eq!(plan.calls(site.site), model.calls, "{site:?}");
        left.extend(model.not_called.iter().copied());
        assert_eq!(plan.site(site.site), Some(forecast));
        assert_eq!(forecast.site, site.site);
        assert_eq!(forecast.called, model.called.iter().sum::<u64>());
        assert_eq!(forecast.capacity, model.capacity);
        assert_eq!(forecast.most_inside, model.most_inside);
        assert_eq!(forecast.held_back, model.held_back);
        assert_eq!(forecast.tables, model.tables, "{site:?}");
        assert_eq!((forecast.visited, forecast.at_home), (model.visited, model.at_home));
        seen.note("held back", model.held_back > 0);
        seen.note("several slots", model.called.iter().filter(|&&now| now > 0).count() > 3);
        seen.note("at home", model.visited > 1);
        seen.note("nobody is called", model.tables.is_none());
    }
    assert_eq!(plan.not_called(), left);
    seen.note("some are not called", left.iter().any(|left| left.turn != Turn::AtHome));
    seen.note("some are not visited", left.iter().any(|left| left.turn == Turn::AtHome));
    for &building in &world.walk {
        let calls = sites.iter().flat_map(|site| plan.calls(site.site));
        let expected: Vec<&Call> = calls.filter(|call| call.building == building).collect();
        assert_eq!(plan.called_at(building).collect::<Vec<_>>(), expected);
        seen.note("a building at two sites", expected.windows(2).any(|at| at[0].site < at[1].site));
    }
    let ends = |of: fn(&Finish) -> Timestamp| {
        let of_model = move |model: &Model| [model.tables.as_ref().map(of), model.at_home];
        for (model, forecast) in models.iter().zip(plan.sites()) {
            let end = of_model(model).into_iter().flatten().max();
            assert_eq!(forecast.finish().as_ref().map(of), end);
        }
        models.iter().flat_map(of_model).flatten().max()
    };
    let (planned, latest) = (ends(|at| at.planned), ends(|at| at.latest));
    let finish = plan.finish();
    assert_eq!((finish.map(|at| at.planned), finish.map(|at| at.latest)), (planned, latest));
}

#[test]
fn a_plan_is_the_best_of_all_safe_ones() {
    let seen = Seen::default();
    for seed in 0..1_500 {
        let world = world(&mut Random(seed));
        check(&world, &world.plan(), &seen);
    }
    seen.assert_each(100);
}

#[test]
fn a_plan_is_the_same_for_any_threads_and_any_order_of_the_rows() {
    for seed in 0..20 {
        let mut mixed = world(&mut Random(seed));
        let plan = mixed.plan();
        for other in on_pools(|| mixed.plan()) {
            assert_eq!(other, plan);
        }
        mixed.sites.reverse();
        mixed.rests.reverse();
        mixed.heat.reverse();
        mixed.groups.reverse();
        assert_eq!(mixed.plan(), plan);
    }
}
