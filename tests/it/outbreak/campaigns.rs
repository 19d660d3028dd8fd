//! Who walks to which site, groups and teams, rounds, site plans, tubes and registers of the example `outbreak`.

use std::collections::{BTreeMap, BTreeSet};

use epitier::UnitId;
use epitier::campaign::checks::{Check, CheckProblem, Purpose};
use epitier::campaign::needs::NeedKind;
use epitier::campaign::services::ServiceKind;
use epitier::campaign::site_plan::SitePlan;
use epitier::campaign::{Coverage, Outcome as Found, Reason as Exempted, Standing, Target};
use epitier::dispatch::UnservedReason;

use super::catchments::Walks;
use super::coordinates::Coordinates;
use super::groups::{Formed, Groups};
use super::investigation::protocol;
use super::pools::Pools;
use super::registers::Registers;
use super::rounds::hour;
use super::scenario::City;
use super::site::{SitePlans, TOWN};
use super::survey::Survey;
use super::tables::Tables;
use super::testing::{Seat, Town};
use super::{Named, staff};

#[test]
fn the_county_seat_walks_to_its_sites() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let sites = staff::sampling_sites(&city).unwrap();
    let walks = Walks::new(&city, &Coordinates::new(&city), &sites).unwrap();
    let plan = &walks.catchments;
    let left: u64 = plan.unserved.iter().map(|row| u64::from(row.people)).sum();
    assert_eq!((walks.sites.len(), plan.served + left, left), (77, 160_000, 175));
    assert!(plan.unserved.iter().all(|row| row.reason == UnservedReason::NoLocation));
    let buildings: BTreeSet<_> = plan.shares.iter().map(|share| share.building).collect();
    assert_eq!(buildings.len(), plan.shares.len(), "a building is divided");
    for site in &walks.sites {
        assert!((1..=site.capacity).contains(&walks.people_at(site.site)), "{site:?}");
    }
    // Whole buildings cost less than 5 m for each person.
    assert!(plan.metres - plan.bound.metres < 5 * plan.served);
}

#[test]
fn groups_and_teams_are_even_and_near_home() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let Groups { working, commando, emergency } =
        Groups::new(&city, &Coordinates::new(&city)).unwrap();
    let counted = |formed: &Formed| (formed.counties.len(), formed.teams.members().len());
    assert_eq!(counted(&working), (1_652, 25_499));
    assert_eq!((working.sizes(None), working.sizes(Some(0))), ((15, 16), (2, 3)));
    assert!(working.teams.leaderless().is_empty() && working.teams.shortages().is_empty());
    let mut guided = BTreeMap::new();
    for row in working.teams.leaders() {
        *guided.entry(row.responder).or_insert(0) += 1;
    }
    assert!(guided.len() > 370 && guided.values().all(|&groups| groups <= 5));

    assert_eq!(counted(&commando), (1_413, 7_934));
    // 1,300 of health cannot be in 1,413 teams.
    let lacking = commando.teams.shortages().iter().filter(|row| row.class == Some(0));
    assert_eq!(lacking.map(|row| row.missing).sum::<u32>(), 113);
    // Two live where all teams in reach are full.
    assert_eq!((counted(&emergency), emergency.sizes(None)), ((185, 7_932), (42, 43)));
    assert!(emergency.teams.shortages().is_empty() && emergency.teams.unplaced().len() == 2);
    for formed in [working, commando, emergency] {
        assert!(formed.teams.metres() < 10_000 * formed.teams.members().len() as u64);
    }
}

#[test]
fn the_survey_lists_whom_the_article_counts_and_misses_nobody_unnamed() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let divided = staff::caseloads(&city, &staff::compound(&city).unwrap()).unwrap();
    let survey = Survey::new(&city, &divided).unwrap();
    let rounds = survey.campaign.rounds();
    let coverage = || rounds.iter().map(|round| round.coverage(survey.compound));
    assert_eq!(coverage().map(|at| at.targets).collect::<Vec<_>>(), [764; 3]);
    assert_eq!(coverage().map(|at| at.targets).sum::<u32>(), 2_292);
    assert_eq!(survey.rounds.iter().map(|told| told.people.0).sum::<usize>(), 8_143);
    for (at, (round, told)) in coverage().zip(rounds.iter().zip(&survey.rounds)) {
        assert_eq!(at.reached + at.unreached, 764);
        assert!(at.unreached > 0 && at.late == 0);
        assert_eq!(told.reached_by.iter().sum::<usize>(), at.reached as usize);
        assert!(told.reached_by.iter().all(|&visits| visits > 0));
        assert_eq!((told.retried, told.repeated, told.ledger), (100, 1, 1));
        assert_eq!(told.earlier[0], told.earlier[1] + told.earlier[2]);
        assert_eq!(round.gaps(survey.compound).len(), at.unreached as usize);
    }
    // What one round missed the next one takes up; closed houses stay closed.
    let missed: Vec<u32> = coverage().map(|at| at.unreached).collect();
    let earlier: Vec<usize> = survey.rounds.iter().map(|told| told.earlier[0]).collect();
    assert_eq!(earlier, [0, missed[0] as usize, missed[1] as usize]);
    assert!(survey.rounds[1..].iter().all(|told| told.earlier[1] > 0 && told.earlier[2] > 0));
    let ill = rounds[0].gaps(survey.compound);
    let ill = ill.iter().filter(|gap| gap.reason == Some(Found::TeamDidNotCome));
    assert!(ill.clone().count() > 0 && ill.clone().all(|gap| gap.tries == 0));
    let gaps = survey.gaps();
    assert!(gaps.iter().all(|(_, responder)| responder.is_some()));
    let walked = gaps.iter().map(|(gap, _)| {
        (!gap.carried, city.network().position(gap.building), gap.door, gap.household)
    });
    assert!(walked.is_sorted());
}

#[test]
fn the_town_and_the_county_seat_are_tested_as_published() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let town = Town::new(&city).unwrap();
    let coverage: Vec<Coverage> =
        town.campaign.rounds().iter().map(|round| round.coverage(town.unit)).collect();
    let [first, second, third] = coverage[..] else { panic!("{coverage:?}") };
    assert!((3_500..3_600).contains(&first.targets));
    assert_eq!((first.reached, second.reached, third.targets), (3_447, 4_192, 4_193));
    assert_eq!([first, second, third].map(|at| at.exempt), [1; 3]);
    assert_eq!((second.frozen, second.joined, second.left), (first.targets, 675, 2));
    assert_eq!((second.unreached, third.reached), (0, 4 * 8 * 60));
    let child = Target::Person(city.person("child").unwrap());
    for round in town.campaign.rounds() {
        let exemption = round.exemptions()[0];
        assert_eq!((exemption.target, exemption.reason), (child, Exempted::Hospital));
    }
    let earlier = town.campaign.rounds()[1].earlier_gaps();
    let standings: BTreeSet<Standing> = earlier.map(|(_, standing)| standing).collect();
    assert!(standings.contains(&Standing::Reached) && !standings.contains(&Standing::Gap));

    let sites = staff::sampling_sites(&city).unwrap();
    let walks = Walks::new(&city, &Coordinates::new(&city), &sites).unwrap();
    let seat = Seat::new(&city, &walks).unwrap();
    let round = &seat.campaign.rounds()[0];
    let by_unit = round.coverage_by_unit();
    let of = |unit: UnitId| by_unit[unit.index()];
    assert_eq!((of(seat.beimengang).reached, of(seat.beimengang).unreached), (11_956, 0));
    assert!(seat.last < round.deadline().unwrap());
    assert_eq!((of(seat.unit).targets, of(seat.unit).late), (160_000, 0));
    assert_eq!(round.gaps(seat.unit).len(), of(seat.unit).unreached as usize);
}

#[test]
fn everybody_is_called_before_the_hours_end() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let sites = staff::sampling_sites(&city).unwrap();
    let walks = Walks::new(&city, &Coordinates::new(&city), &sites).unwrap();
    let plans = SitePlans::new(&city, &sites, &walks).unwrap();
    let town = plans.town.site(TOWN).unwrap();
    // All of the town but the child, who is in a hospital.
    assert_eq!((town.called + town.visited, plans.town.not_called().len()), (4_191, 0));
    assert!(town.visited > 0 && town.most_inside <= 104);
    let latest = |plan: &SitePlan| plan.finish().unwrap().latest;
    assert!(latest(&plans.town_at_ease) < latest(&plans.town));
    let gain = plans.town_more.unwrap();
    assert!(gain.seconds_earlier > 0 && gain.round.unwrap().latest < latest(&plans.town));
    let everybody: u64 = plans.seat.sites().iter().map(|of| of.called + of.visited).sum();
    assert_eq!((plans.seat.sites().len(), everybody), (77, 160_000 - 175));
    let two = hour(8, 1, 2).unwrap();
    assert!(plans.beimengang.unwrap() <= two && latest(&plans.seat) <= two);
}

#[test]
fn the_tubes_of_the_town_are_all_negative_in_the_end() {
    let city = City::new(&Tables::read().unwrap()).unwrap();
    let pools = Pools::new(&Town::new(&city).unwrap(), &protocol()).unwrap();
    let tallies: Vec<_> = pools.known.iter().map(|at| at.register.tally(|_| true)).collect();
    for day in &tallies {
        assert_eq!(day.sampled, 4_192);
        assert_eq!(day.sampled, day.negative + day.pending + day.positive + day.lost);
    }
    let [evening, _, morning] = tallies[..] else { panic!("{tallies:?}") };
    assert_eq!((evening.on_hold, evening.preliminary, evening.lost), (11, 1, 10));
    assert_eq!((morning.negative, morning.excluded), (4_192, 1));
    let cases: Vec<_> = pools.known.iter().map(|at| at.cases).collect();
    assert_eq!((cases[0], cases[2]), ([1, 0], [0, 0]));
    assert!(pools.known.iter().all(|at| at.register.problems().is_empty()));
    let [one, two] = pools.through.map(|of| of.last.unwrap());
    assert!(two < one);
}

#[test]
fn registers_leave_nobody_out() {
    let complete = Named::new();
    let trace = complete.trace(complete.records.visits(), true);
    let index = complete.records.index(complete.records.visits()).unwrap();
    let tables = Tables::read().unwrap();
    let city = City::new(&tables).unwrap();
    let read = Registers::new(&tables, &city, &index, &trace).unwrap();
    let total = read.checks.total();
    assert_eq!(
        total.people,
        total.admitted + total.escorted + total.held + total.refused + total.unchecked
    );
    assert_eq!((read.checks.by_post().len(), total.unchecked), (9, 0));
    let codes: Vec<_> = read.checks.problems().iter().map(CheckProblem::code).collect();
    assert_eq!(codes, ["uncounted"]);
    let care = |check: &&Check| check.traveller.purpose == Purpose::EmergencyCare;
    assert!(read.checks.checks().iter().filter(care).all(|check| check.decision().admits()));

    assert_eq!(read.disinfection.tasks().len(), 9);
    assert!(read.disinfection.tasks().iter().any(|task| task.undone.is_some() && task.is_open()));
    let beimengang = read.services.unit(city.unit("beimengang").unwrap());
    assert!(beimengang.of(ServiceKind::MaskPersuasion) > 3_000);
    assert!(beimengang.of(ServiceKind::MobilityHelp) > 800);
    let food = read.deliveries.coverage(read.closed_off);
    assert_eq!(food.targets, food.reached + food.unreached);
    assert_eq!(read.deliveries.gaps(read.closed_off).len(), food.unreached as usize);
    let overdue: Vec<_> = read.needs.overdue().map(|need| (need.need.kind, need.owner)).collect();
    assert_eq!(overdue, [(NeedKind::Medicine, None), (NeedKind::Food, None)]);
    assert!(read.needs.problems().is_empty());
}
