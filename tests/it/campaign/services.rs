//! Tallies of services against sums over all lines, and deliveries that miss nobody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use epitier::campaign::services::{
    Delivery, Service, ServiceAct, ServiceKind, ServiceProblem, ServiceRegister,
};
use epitier::campaign::{
    EntryError, EventId, Journal, Line, Outcome, RoundKind, Standing, Subject, Target,
};
use epitier::network::{NetworkBuilder, Tier};
use epitier::population::{Household, Population, PopulationBuilder};
use epitier::{Day, HouseholdId, Interval, ResponderId, Timestamp, UnitId};

use super::lines::{SPAN, assert_reads_the_set, in_order, journal, lines, waiting};
use super::worlds::{at, buildings, household, network};
use crate::random::Random;
use crate::support::Seen;

const HOMES: u32 = 40;

fn population(random: &mut Random) -> Population {
    let network = network();
    let buildings = buildings(&network);
    let homes: Vec<Household> =
        (0..HOMES).map(|number| household(random, &buildings, number)).collect();
    let mut population =
        PopulationBuilder::new(&network).households(homes[..30].to_vec()).build(&()).unwrap();
    population.register(homes[30..].to_vec(), []).unwrap();
    population
}

/// Within three days.
fn moment(random: &mut Random) -> Timestamp {
    at(random.below::<i64>(3 * 86_400 / 300) * 300)
}

fn act(random: &mut Random, units: u32) -> ServiceAct {
    let at = match random.below(60) {
        0 => Timestamp::from_seconds(i64::MAX - 5),
        _ => moment(random),
    };
    let responder = ResponderId::new(random.below(4));
    if random.below(2) == 0 {
        let household = HouseholdId::new(random.below(HOMES + 2));
        let outcome = match random.below(3) {
            0 => Outcome::ALL[random.below(Outcome::ALL.len())],
            _ => Outcome::Done,
        };
        return ServiceAct::Delivery(Delivery { household, at, responder, outcome });
    }
    ServiceAct::Service(Service {
        kind: ServiceKind::ALL[random.below(ServiceKind::ALL.len())],
        unit: UnitId::new(random.below(units + 1)),
        at,
        responder,
        times: random.below(30),
    })
}

/// A line as (unit, kind, person-times), or what is wrong with it.
fn counted(
    population: &Population,
    event: EventId,
    act: ServiceAct,
) -> Result<(UnitId, ServiceKind, u64), ServiceProblem> {
    let at = match act {
        ServiceAct::Service(service) => service.at,
        ServiceAct::Delivery(delivery) => delivery.at,
    };
    let found = match act {
        ServiceAct::Service(Service { unit, kind, times, .. }) => {
            if population.network().units().all(|other| other != unit) {
                return Err(ServiceProblem::UnknownUnit { event, unit });
            }
            (unit, kind, u64::from(times))
        }
        ServiceAct::Delivery(Delivery { household, outcome, .. }) => {
            let rows = population.household_rows();
            let Some(row) = rows.iter().find(|row| row.id == household) else {
                return Err(ServiceProblem::UnknownHousehold { event, household });
            };
            (row.building, ServiceKind::Delivery, u64::from(outcome == Outcome::Done))
        }
    };
    if at > Timestamp::from_seconds(1 << 50) {
        return Err(ServiceProblem::NoSuchDay { event, at });
    }
    Ok(found)
}

#[test]
fn any_journal_is_tallied_like_the_sums() {
    let seen = Seen::default();
    let sizes = (0..400).map(|_| 80).chain([10_000]);
    for (seed, count) in (0..).zip(sizes) {
        let mut random = Random(seed);
        let population = population(&mut random);
        let network = population.network();
        let units = u32::try_from(network.len()).unwrap();
        let drawn = lines(&mut random, count, |random| act(random, units));
        let read = journal(&drawn);
        let now = at(SPAN - if seed % 4 == 0 { 150 } else { 0 });
        let register = ServiceRegister::read(&read, &population, now);

        let mut problems: Vec<_> = waiting(&read, now)
            .into_iter()
            .map(|(received, event, of)| (received, event, ServiceProblem::Pending { event, of }))
            .collect();
        let mut by_unit: BTreeMap<(UnitId, ServiceKind), u64> = BTreeMap::new();
        let mut by_day: BTreeMap<(Day, ResponderId, ServiceKind), u64> = BTreeMap::new();
        let mut all = 0;
        for line in read.standing(now) {
            let (unit, kind, times) = match counted(&population, line.event, line.act) {
                Ok(counted) => counted,
                Err(problem) => {
                    seen.note(problem.code(), true);
                    problems.push((line.received, line.event, problem));
                    continue;
                }
            };
            let (when, responder) = match line.act {
                ServiceAct::Service(service) => (service.at, service.responder),
                ServiceAct::Delivery(delivery) => (delivery.at, delivery.responder),
            };
            // The networks of these tests have their days in UTC.
            let days = i32::try_from(when.seconds().div_euclid(86_400)).unwrap();
            let day = Day::from_number(days).unwrap();
            all += times;
            if times > 0 {
                *by_day.entry((day, responder, kind)).or_default() += times;
                for above in network.path_to_root(unit) {
                    *by_unit.entry((above, kind)).or_default() += times;
                }
            }
        }
        assert_eq!(register.problems(), in_order(problems), "seed {seed}");
        assert_eq!(register.by_unit().len(), network.len());
        for unit in network.units() {
            for kind in ServiceKind::ALL {
                let wanted = by_unit.get(&(unit, kind)).copied().unwrap_or_default();
                assert_eq!(register.unit(unit).of(kind), wanted, "seed {seed}");
            }
        }
        let roots: u64 = network.roots().map(|root| register.unit(root).total()).sum();
        assert_eq!(roots, all);
        let days = register.by_day();
        assert!(days.is_sorted_by(|a, b| (a.day, a.responder) < (b.day, b.responder)));
        let found: BTreeMap<(Day, ResponderId, ServiceKind), u64> = days
            .iter()
            .flat_map(|one| {
                ServiceKind::ALL.map(|kind| ((one.day, one.responder, kind), one.tally.of(kind)))
            })
            .filter(|&(_, times)| times > 0)
            .collect();
        assert_eq!(found, by_day, "seed {seed}");
        assert!(days.iter().all(|one| one.tally.total() > 0));
        seen.note("three days", days.iter().map(|one| one.day).collect::<BTreeSet<_>>().len() > 2);
        if count < 100 {
            assert_reads_the_set(&mut random, &drawn, |journal, now| {
                ServiceRegister::read(journal, &population, now)
            });
        }
    }
    assert_eq!(seen.kinds(), 4);
    seen.assert_each(100);
}

/// Law: a household within the closed-off units has had a delivery in the window, or it is a gap.
#[test]
fn nobody_in_a_closed_off_unit_is_missed() {
    let seen = Seen::default();
    for seed in 0..300 {
        let mut random = Random(50_000 + seed);
        let population = population(&mut random);
        let network = population.network();
        let closed = ["s0c0g", "s1", "s2c1gb0"].map(|code| network.unit(code).unwrap());
        let drawn = lines(&mut random, 80, |random| act(random, 9));
        let read = journal(&drawn);
        let register = ServiceRegister::read(&read, &population, at(SPAN));
        let during = Interval::new(at(0), at(86_400)).unwrap();
        let (round, refused) = register.deliveries(closed, during, &()).unwrap();
        assert_eq!(refused, []);
        assert_eq!((round.kind(), round.subject()), (RoundKind::LifeSupport, Subject::Households));
        let served: BTreeSet<HouseholdId> = read
            .standing(at(SPAN))
            .iter()
            .filter_map(|line| match line.act {
                ServiceAct::Delivery(Delivery {
                    household, at, outcome: Outcome::Done, ..
                }) => during.contains(at).then_some(household),
                _ => None,
            })
            .collect();
        let mut gaps = 0;
        for row in population.household_rows() {
            let inside = closed.iter().any(|&unit| network.contains(unit, row.building));
            let standing = round.status(Target::Household(row.id)).unwrap().standing;
            let has = served.contains(&row.id);
            match standing {
                Standing::NotListed => assert!(!inside),
                Standing::Reached => assert!(inside && has),
                Standing::Exempt => assert!(inside && !has),
                Standing::Gap => {
                    assert!(inside && !has);
                    gaps += 1;
                }
            }
            seen.note("reached", standing == Standing::Reached);
            seen.note("gap", standing == Standing::Gap);
            seen.note("outside", !inside && has);
        }
        let listed: usize = network.roots().map(|root| round.gaps(root).len()).sum();
        assert_eq!(listed, gaps);
    }
    seen.assert_each(500);
}

/// More than 3,000 people persuaded to wear a mask, and more than 800 helped: the article's figures, for every tier.
#[test]
fn the_tallies_of_the_article_reconcile() {
    let mut random = Random(62);
    let population = population(&mut random);
    let network = population.network();
    let towers = buildings(network);
    let mut journal = Journal::new();
    let (mut masks, mut helps, mut event) = (0, 0, 0);
    while masks < 3_000 || helps < 800 {
        let times = 1 + random.below::<u32>(12);
        let (kind, sum) = if masks < 3_000 {
            (ServiceKind::MaskPersuasion, &mut masks)
        } else {
            (ServiceKind::MobilityHelp, &mut helps)
        };
        *sum += u64::from(times);
        let unit = towers[random.below(towers.len())];
        let (at, responder) = (moment(&mut random), ResponderId::new(random.below(500)));
        let service = Service { kind, unit, at, responder, times };
        event += 1;
        let line = Line::act(EventId::new(event), at, ServiceAct::Service(service));
        journal.record(line).unwrap();
    }
    let register = ServiceRegister::read(&journal, &population, at(4 * 86_400));
    for tier in [Tier::Subdistrict, Tier::Community, Tier::Compound, Tier::Building] {
        let of_tier = network.roots().flat_map(|root| network.members(root, tier).iter());
        let (sum_masks, sum_helps) = of_tier.fold((0, 0), |(masks, helps), &unit| {
            let tally = register.unit(unit);
            (
                masks + tally.of(ServiceKind::MaskPersuasion),
                helps + tally.of(ServiceKind::MobilityHelp),
            )
        });
        assert_eq!((sum_masks, sum_helps), (masks, helps), "{tier:?}");
    }
    assert!(masks >= 3_000 && helps >= 800);
    assert_eq!(register.unit(UnitId::new(u32::MAX)).total(), 0);
}

/// A civil day begins where the clock of the network says so.
#[test]
fn days_are_those_of_the_network() {
    let utc = network();
    let beijing = FixedOffset::east_opt(8 * 3_600).unwrap();
    let network = NetworkBuilder::new().offset(beijing).units(utc.rows()).build().unwrap();
    let population = PopulationBuilder::new(&network).build(&()).unwrap();
    let mut journal = Journal::new();
    for (event, time) in [(1, "2021-08-01T15:59:59Z"), (2, "2021-08-01T16:00:00Z")] {
        let (at, unit) = (time.parse().unwrap(), network.roots().next().unwrap());
        let (kind, responder) = (ServiceKind::Errand, ResponderId::new(1));
        let service = Service { kind, unit, at, responder, times: 1 };
        journal.record(Line::act(EventId::new(event), at, ServiceAct::Service(service))).unwrap();
    }
    let register = ServiceRegister::read(&journal, &population, at(0));
    let days: Vec<String> = register.by_day().iter().map(|one| one.day.to_string()).collect();
    assert_eq!(days, ["2021-08-01", "2021-08-02"]);
}

#[test]
fn what_the_round_refuses_is_named() {
    let mut random = Random(1);
    let population = population(&mut random);
    let network = population.network();
    let mut journal = Journal::new();
    for event in 0..257 {
        let household = HouseholdId::new(7);
        let responder = ResponderId::new(1);
        let delivery = Delivery { household, at: at(5), responder, outcome: Outcome::Absent };
        let act = ServiceAct::Delivery(delivery);
        journal.record(Line::act(EventId::new(event), at(5), act)).unwrap();
    }
    let register = ServiceRegister::read(&journal, &population, at(5));
    let during = Interval::new(at(0), at(10)).unwrap();
    let (round, refused) = register.deliveries(network.roots(), during, &()).unwrap();
    let target = Target::Household(HouseholdId::new(7));
    let too_many = |event| EntryError::TooManyOfTarget { event: EventId::new(event), target };
    assert_eq!(refused, [too_many(255), too_many(256)]);
    assert_eq!(round.coverage(network.roots().next().unwrap()).reached, 0);
    let unknown = register.deliveries([UnitId::new(999)], during, &()).unwrap_err();
    assert_eq!(unknown.problems().unwrap().len(), 1);
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_files_and_journals_survive() {
    let (event, of) = (EventId::new(1), EventId::new(2));
    for problem in [
        ServiceProblem::Pending { event, of },
        ServiceProblem::UnknownUnit { event, unit: UnitId::new(1) },
        ServiceProblem::UnknownHousehold { event, household: HouseholdId::new(1) },
        ServiceProblem::NoSuchDay { event, at: at(0) },
    ] {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
    }
    let read = journal(&lines(&mut Random(3), 60, |random| act(random, 5)));
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Journal<ServiceAct>>(&text).unwrap(), read);
    let register = ServiceRegister::read(&read, &population(&mut Random(1)), at(SPAN));
    assert!(serde_json::to_value(&register).unwrap()["by_unit"].is_array());
}
