//! People come to the sites of a plan as they like within their slots, and are sampled second by second.

use epitier::campaign::site_plan::{SamplingSite, Turn};

use super::oracle::{at_work, slots};
use super::worlds::{World, world};
use crate::random::Random;
use crate::support::Seen;

/// What was seen at a site.
#[derive(Debug, Default)]
struct Day {
    most_inside: u64,
    most_waiting: u64,
    most_preparing: u64,
    sampled: usize,
    /// The second by which the last one was sampled.
    finish: u64,
}

/// Lives through the hours of a site to which people come at these seconds; free tables are taken in any order.
fn live(world: &World, site: &SamplingSite, arrivals: &[u64], random: &mut Random) -> Day {
    let mut day = Day::default();
    let (mut waiting, mut preparing) = (0_u64, 0_u64);
    // The work that is left of the person at each table.
    let mut tables: Vec<Option<u64>> = vec![None; site.tables as usize];
    let mut arrivals = arrivals.iter().peekable();
    let downwards = random.below(2) == 0;
    for second in 0..site.hours.seconds() {
        while arrivals.next_if(|&&at| at <= second).is_some() {
            waiting += 1;
        }
        // Whoever steps in at the same second as others stands in the first zone that has room.
        let step = waiting.min(u64::from(site.preparation) - preparing);
        (waiting, preparing) = (waiting - step, preparing + step);
        let at_tables = tables.iter().flatten().count() as u64;
        day.most_inside = day.most_inside.max(waiting + preparing + at_tables);
        day.most_waiting = day.most_waiting.max(waiting);
        day.most_preparing = day.most_preparing.max(preparing);

        let (open, speed) = at_work(world, site, second);
        let mut free: Vec<usize> =
            (0..open as usize).filter(|&table| tables[table].is_none()).collect();
        if downwards {
            free.reverse();
        }
        for table in free {
            if preparing > 0 {
                tables[table] = Some(360_000);
                preparing -= 1;
                if waiting > 0 {
                    (waiting, preparing) = (waiting - 1, preparing + 1);
                }
            }
        }
        // Those who are done within this second leave in the order in which they are.
        let mut order: Vec<usize> = (0..tables.len()).filter(|&at| tables[at].is_some()).collect();
        order.sort_by_key(|&table| tables[table]);
        for table in order {
            let left = tables[table].unwrap();
            if left > speed {
                tables[table] = Some(left - speed);
                continue;
            }
            tables[table] = None;
            day.sampled += 1;
            day.finish = second + 1;
            let goes_on = left < speed && table < open as usize && preparing > 0;
            if goes_on {
                tables[table] = Some(360_000 - (speed - left));
                preparing -= 1;
                if waiting > 0 {
                    (waiting, preparing) = (waiting - 1, preparing + 1);
                }
            }
        }
    }
    day
}

/// When the people of a slot come.
#[derive(Debug, Clone, Copy)]
enum Habit {
    First,
    Last,
    Any,
}

/// The seconds at which people come; a part of them in a hundred does not.
fn come(
    site: &SamplingSite,
    called: &[u64],
    habit: impl Fn(usize) -> Habit,
    missing: u64,
    random: &mut Random,
) -> Vec<u64> {
    let mut seconds = Vec::new();
    for (at, (slot, &people)) in slots(site).iter().zip(called).enumerate() {
        for _ in 0..people {
            if random.below(100) >= missing {
                seconds.push(match habit(at) {
                    Habit::First => slot.start,
                    Habit::Last => slot.end - 1,
                    Habit::Any => slot.start + random.below(slot.end - slot.start),
                });
            }
        }
    }
    seconds.sort_unstable();
    seconds
}

#[test]
fn no_queue_grows_too_long_and_everybody_is_sampled_in_time() {
    let seen = Seen::default();
    for seed in 0..700 {
        let mut random = Random(seed);
        let world = world(&mut random);
        let plan = world.plan();
        for site in &world.sites {
            let forecast = plan.site(site.site).unwrap();
            let Some(finish) = forecast.tables else { continue };
            let calls = plan.calls(site.site).iter().filter(|call| call.turn != Turn::AtHome);
            let mut called = vec![0; slots(site).len()];
            for call in calls {
                let from = call.during.start().seconds() - site.hours.start().seconds();
                let slot = usize::try_from(from / i64::from(site.slot_seconds)).unwrap();
                called[slot] += u64::from(call.people);
            }
            let second = |time: epitier::Timestamp| {
                u64::try_from(time.seconds() - site.hours.start().seconds()).unwrap()
            };
            let (planned, latest) = (second(finish.planned), second(finish.latest));
            let room = (site.waiting + site.preparation).min(world.rules.longest_queue).into();
            let mut most = 0;
            let mut last = 0;
            let turning = random.below(called.len());
            let habits: [(&dyn Fn(usize) -> Habit, u64); 8] = [
                (&|_| Habit::First, 0),
                (&|_| Habit::Last, 0),
                (&|_| Habit::Any, 0),
                (&|_| Habit::Any, 30),
                (&|at| if at % 2 == 0 { Habit::First } else { Habit::Last }, 0),
                (&|at| if at % 2 == 0 { Habit::Last } else { Habit::First }, 0),
                (&|at| if at <= turning { Habit::Last } else { Habit::First }, 0),
                (&|at| if at == turning { Habit::Last } else { Habit::Any }, 10),
            ];
            for (number, (habit, missing)) in habits.into_iter().enumerate() {
                let arrivals = come(site, &called, habit, missing, &mut random);
                let day = live(&world, site, &arrivals, &mut random);
                let what = format!("seed {seed}, habit {number}: {day:?} at {site:?}");
                assert_eq!(day.sampled, arrivals.len(), "{what}");
                assert!(day.most_inside <= forecast.most_inside, "{what} {forecast:?}");
                assert!(forecast.most_inside <= room, "{what}");
                assert!(day.most_waiting <= site.waiting.into(), "{what}");
                assert!(day.most_preparing <= site.preparation.into(), "{what}");
                assert!(day.finish <= latest, "{what} {forecast:?}");
                if number == 0 {
                    assert!(day.finish <= planned, "{what} {forecast:?}");
                    let rests = world.rests.iter().any(|rest| rest.site == site.site);
                    assert!(rests || day.finish == planned, "{what} {forecast:?}");
                }
                most = most.max(day.most_inside);
                last = last.max(day.finish);
            }
            seen.note("as many inside as can be", most == forecast.most_inside);
            seen.note("the room is full", most == room);
            seen.note("as late as can be", last + 1 >= latest);
            seen.note("rests", world.rests.iter().any(|rest| rest.site == site.site));
            seen.note("heat", world.heat.iter().any(|heat| heat.site == site.site));
            seen.note("samplers for relief", {
                site.samplers > site.tables * world.rules.samplers_per_table
            });
        }
    }
    seen.assert_each(100);
}
