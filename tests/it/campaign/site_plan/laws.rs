//! What more or less of anything changes.

use std::cmp::Reverse;

use epitier::campaign::site_plan::{Gain, OneMore, SiteForecast, SitePlan, Turn};
use epitier::{Interval, UnitId};

use super::worlds::{World, world};
use crate::random::Random;
use crate::support::Seen;

fn compare(better: &World, worse: &World, seen: &Seen, what: &'static str) {
    let (better, worse) = (better.plan(), worse.plan());
    for (new, old) in better.sites().iter().zip(worse.sites()) {
        assert!(new.capacity >= old.capacity, "{what}");
        assert!(new.called >= old.called && new.visited >= old.visited, "{what}");
        // Whoever samples more people may work longer.
        if new.called == old.called {
            let times = |at: &SiteForecast| at.tables.map(|at| (at.planned, at.latest));
            let (new, old) = (times(new).unzip(), times(old).unzip());
            assert!(new.0 <= old.0 && new.1 <= old.1, "{what}: {new:?} {old:?}");
        }
        if new.visited == old.visited {
            assert!(new.at_home <= old.at_home, "{what}");
        }
        seen.note(what, new != old);
        let calls = |plan: &SitePlan| -> Vec<(Interval, u64)> {
            let calls = plan.calls(old.site).iter().filter(|call| call.turn != Turn::AtHome);
            calls.map(|call| (call.during, call.people.into())).collect()
        };
        // By the end of every slot, at least as many have been called.
        let (new, old) = (calls(&better), calls(&worse));
        for &(slot, _) in &old {
            let by = |calls: &[(Interval, u64)]| -> u64 {
                calls.iter().filter(|call| call.0 <= slot).map(|call| call.1).sum()
            };
            assert!(by(&new) >= by(&old), "{what}");
        }
    }
}

#[test]
fn more_of_anything_is_never_worse() {
    let seen = Seen::default();
    for seed in 0..1_500 {
        let mut random = Random(seed);
        let base = world(&mut random);
        let at = random.below(base.sites.len());
        let change = |what: &'static str, change: &dyn Fn(&mut World)| {
            let mut changed = base.clone();
            change(&mut changed);
            compare(&changed, &base, &seen, what);
        };
        let needed = base.rules.samplers_per_table;
        change("a table", &|world| world.sites[at].tables += 1);
        change("samplers", &|world| world.sites[at].samplers += needed);
        change("a staffed table", &|world| {
            world.sites[at].samplers += needed;
            world.sites[at].tables += 1;
        });
        change("faster", &|world| {
            let site = &mut world.sites[at];
            site.people_per_hour = (site.people_per_hour + 9).min(3_600);
        });
        change("a place to wait", &|world| world.sites[at].waiting += 1);
        change("a place to prepare", &|world| world.sites[at].preparation += 1);
        change("a longer queue", &|world| {
            world.rules.longest_queue = world.rules.longest_queue.saturating_add(1);
        });
        change("a home team", &|world| world.sites[at].home_teams += 1);
        change("no rest", &|world| {
            world.rests.pop();
        });
        change("no heat", &|world| {
            world.heat.pop();
        });
        change("a shorter rest", &|world| {
            if let Some(rest) = world.rests.first_mut() {
                let half = (rest.during.seconds() / 2).max(1).cast_signed();
                let start = rest.during.start();
                rest.during = Interval::new(start, start.saturating_add(half)).unwrap();
            }
        });
        change("less heat", &|world| {
            if let Some(heat) = world.heat.first_mut() {
                heat.percent = (heat.percent + 20).min(100);
            }
        });
    }
    seen.assert_each(60);
}

#[test]
fn one_more_is_what_planning_anew_with_one_more_gives() {
    let seen = Seen::default();
    for seed in 0..300 {
        let mut random = Random(seed);
        let base = world(&mut random);
        let plan = base.plan();
        for what in [OneMore::Table, OneMore::Sampler, OneMore::StaffedTable, OneMore::HomeTeam] {
            let of_site = |at: usize| {
                let mut changed = base.clone();
                let site = &mut changed.sites[at];
                match what {
                    OneMore::Table => site.tables += 1,
                    OneMore::Sampler => site.samplers += 1,
                    OneMore::StaffedTable => {
                        site.tables += 1;
                        site.samplers += base.rules.samplers_per_table;
                    }
                    OneMore::HomeTeam => site.home_teams += 1,
                }
                let site = site.site;
                let changed = changed.plan();
                let sampled = |at: &SiteForecast| at.called + at.visited;
                let (new, old) = (changed.site(site).unwrap(), plan.site(site).unwrap());
                let earlier = old
                    .finish()
                    .zip(new.finish())
                    .map_or(0, |(old, new)| old.latest.seconds() - new.latest.seconds());
                Gain {
                    site,
                    more_people: sampled(new) - sampled(old),
                    seconds_earlier: earlier,
                    finish: new.finish(),
                    round: changed.finish(),
                }
            };
            let mut expected: Vec<Gain> = (0..base.sites.len()).map(of_site).collect();
            expected.sort_by_key(|gain| gain.site);
            let mut gains = plan.one_more(what);
            let better = |a: &Gain, b: &Gain| {
                let key = |gain: &Gain| {
                    let round = gain.round.map(|at| (at.latest, at.planned));
                    (Reverse(gain.more_people), round, Reverse(gain.seconds_earlier), gain.site)
                };
                key(a) < key(b)
            };
            assert!(gains.is_sorted_by(better));
            seen.note("more people", gains[0].more_people > 0);
            seen.note("the round is done earlier", {
                gains[0].more_people == 0
                    && gains[0].round.zip(plan.finish()).is_some_and(|(a, b)| a.latest < b.latest)
            });
            seen.note("the site alone", {
                gains.iter().any(|gain| gain.seconds_earlier > 0 && gain.round == plan.finish())
            });
            seen.note("nothing", gains.iter().any(|gain| gain.finish == gain.round));
            for gain in &gains {
                assert!(gain.seconds_earlier >= 0 || gain.more_people > 0);
            }
            gains.sort_by_key(|gain| gain.site);
            assert_eq!(gains, expected);
        }
    }
    seen.assert_each(30);
}

/// No slot in which somebody is called lies between two slots of a building and turn, unless it is called there too.
#[test]
fn people_of_a_building_follow_one_another() {
    for seed in 0..300 {
        let world = world(&mut Random(seed));
        let plan = world.plan();
        for site in plan.sites() {
            let calls = plan.calls(site.site).iter().filter(|call| call.turn != Turn::AtHome);
            let calls: Vec<_> = calls.collect();
            let key = |at: usize| (calls[at].building, calls[at].turn);
            let mut done: Vec<(UnitId, Turn)> = Vec::new();
            for at in 0..calls.len() {
                if at == 0 || key(at) != key(at - 1) {
                    assert!(!done.contains(&key(at)));
                    done.push(key(at));
                }
            }
        }
    }
}
