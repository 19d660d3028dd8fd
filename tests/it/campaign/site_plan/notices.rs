//! What households are told, against people who are sent one by one.

use std::collections::BTreeMap;

use epitier::campaign::site_plan::{
    Group, Notice, SamplingSite, SitePlanBuilder, SitePlanError, SitePlanRules, Turn,
};
use epitier::dispatch::Share;
use epitier::population::{Age, Household, Mobility, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, PostId, UnitId};

use super::super::worlds::shuffle;
use super::worlds::{between, network};
use crate::random::Random;
use crate::support::Seen;

fn share(site: u32, building: UnitId, people: u32) -> Share {
    Share { site: PostId::new(site), building, people, metres: 0 }
}

fn turn(resident: &Resident) -> Option<Turn> {
    (resident.person.get() % 11 > 0).then(|| Turn::of(resident, 60, 2021))
}

#[test]
fn everybody_of_a_household_is_told_once() {
    let seen = Seen::default();
    for seed in 0..400 {
        let mut random = Random(seed);
        let (network, walk) = network(4);
        let homes: Vec<Household> = (0..30)
            .map(|number| Household {
                door: random.below(5),
                ..Household::new(HouseholdId::new(number), walk[random.below(walk.len())])
            })
            .collect();
        let people: Vec<Resident> = (0..90)
            .map(|number| Resident {
                age: [Age::Born(1950), Age::Unknown, Age::Born(1990)][random.below(3)],
                mobility: if random.below(8) == 0 {
                    Mobility::Homebound
                } else {
                    Mobility::Assisted
                },
                ..Resident::new(PersonId::new(number), HouseholdId::new(random.below(30)))
            })
            .collect();
        let builder = PopulationBuilder::new(&network).households(homes.clone());
        let population = builder.residents(people.clone()).build(&()).unwrap();

        // In walking order: who is to be sampled.
        let mut order: Vec<(UnitId, u32, HouseholdId, PersonId, Turn)> = people
            .iter()
            .filter_map(|row| {
                let home = homes[row.household.index()];
                Some((home.building, home.door, home.id, row.person, turn(row)?))
            })
            .collect();
        order.sort_unstable();
        let mut shares = Vec::new();
        for &building in &walk {
            let mut left =
                u32::try_from(order.iter().filter(|row| row.0 == building).count()).unwrap();
            for site in 0..3 {
                let now = random.below(left + 1);
                if now > 0 {
                    shares.push(share(site, building, now));
                    left -= now;
                }
            }
        }
        shuffle(&mut random, &mut shares);
        let groups = Group::of_shares(&population, &shares, turn).unwrap();
        let site = |number| SamplingSite {
            tables: 1,
            samplers: 2,
            waiting: 5,
            preparation: 5,
            people_per_hour: 30,
            slot_seconds: 600,
            home_teams: 1,
            ..SamplingSite::new(PostId::new(number), between(0, 2_700))
        };
        let builder = SitePlanBuilder::new(SitePlanRules::default()).sites((0..3).map(site));
        let plan = builder.groups(groups.iter().copied()).build(&network).unwrap();

        for &building in &walk {
            // The next place of each site and turn.
            let mut places: BTreeMap<(PostId, Turn), Vec<_>> = BTreeMap::new();
            for call in plan.called_at(building) {
                let own = places.entry((call.site, call.turn)).or_default();
                own.extend(vec![call.during; call.people as usize]);
            }
            let mut of_building: Vec<Share> =
                shares.iter().filter(|share| share.building == building).copied().collect();
            of_building.sort_by_key(|share| share.site);
            let mut own: Vec<_> = order.iter().filter(|row| row.0 == building).collect();
            let mut told: BTreeMap<_, u32> = BTreeMap::new();
            for share in &of_building {
                let here = own.drain(..share.people as usize);
                let mut group = Group::new(share.site, building);
                let mut missed = BTreeMap::new();
                for &&(_, door, household, _, turn) in here.as_slice() {
                    match turn {
                        Turn::Elderly => group.elderly += 1,
                        Turn::Others => group.others += 1,
                        Turn::AtHome => group.homebound += 1,
                    }
                    let place = places.entry((share.site, turn)).or_default();
                    let during = (!place.is_empty()).then(|| place.remove(0));
                    if during.is_none() {
                        *missed.entry(turn).or_insert(0) += 1;
                    }
                    let called = during.map(|during| (share.site, during));
                    *told.entry((door, household, turn, called)).or_default() += 1;
                }
                assert!(groups.contains(&group));
                for (turn, people) in missed {
                    seen.note("no time", true);
                    let mut named = plan.not_called_at(building);
                    let named = named.find(|row| (row.site, row.turn) == (share.site, turn));
                    assert_eq!(named.unwrap().people, people);
                }
            }
            seen.note("no site", !own.is_empty());
            for &&(_, door, household, _, turn) in &own {
                *told.entry((door, household, turn, None)).or_default() += 1;
            }
            let notices = plan.notices(&population, building, turn);
            let mut expected: Vec<_> = told
                .iter()
                .map(|(&(door, household, turn, called), &people)| {
                    ((door, household, turn), Notice { household, turn, people, called })
                })
                .collect();
            let mut notices_by_key: Vec<_> = notices.clone();
            // Whoever is not called at one site stands before those who are called at the next one.
            let by_call = |notice: &Notice| (notice.called.is_none(), notice.called);
            let of_one = |a: &Notice, b: &Notice| (a.household, a.turn) == (b.household, b.turn);
            for run in notices_by_key.chunk_by_mut(of_one) {
                run.sort_by_key(by_call);
            }
            expected.sort_by_key(|(key, notice)| (*key, by_call(notice)));
            let expected: Vec<_> = expected.into_iter().map(|(_, notice)| notice).collect();
            assert_eq!(notices_by_key, expected);
            seen.note("two sites", of_building.len() > 1);
            seen.note(
                "two notices of one turn",
                expected.windows(2).any(|two| of_one(&two[0], &two[1])),
            );
            let sum = |called: bool| -> u32 {
                let rows = notices.iter().filter(|notice| notice.called.is_some() == called);
                rows.map(|notice| notice.people).sum()
            };
            let called: u32 = plan.called_at(building).map(|call| call.people).sum();
            assert_eq!(sum(true), called);
            let all = order.iter().filter(|row| row.0 == building).count();
            assert_eq!((sum(true) + sum(false)) as usize, all);
        }
    }
    seen.assert_each(50);
}

#[test]
fn a_catchment_that_sends_more_people_than_there_are_is_refused() {
    let (network, walk) = network(2);
    let homes = [Household::new(HouseholdId::new(0), walk[0])];
    let people = (1..4).map(|number| Resident::new(PersonId::new(number), HouseholdId::new(0)));
    let builder = PopulationBuilder::new(&network).households(homes).residents(people);
    let population = builder.build(&()).unwrap();
    let shares = [share(1, walk[1], 1), share(2, walk[0], 2), share(1, walk[0], 2)];
    let problems = Group::of_shares(&population, &shares, turn).unwrap_err();
    let none = SitePlanError::TooManyShared { row: 0, building: walk[1], listed: 0, shared: 1 };
    let beyond = SitePlanError::TooManyShared { row: 1, building: walk[0], listed: 3, shared: 4 };
    assert_eq!(problems.iter().collect::<Vec<_>>(), [&none, &beyond]);
    assert_eq!(Group::of_shares(&population, &[], turn), Ok(Vec::new()));
}

#[test]
fn whose_turn_it_is_follows_from_age_and_mobility() {
    let turn = |age, mobility| {
        let resident = Resident::new(PersonId::new(1), HouseholdId::new(1));
        Turn::of(&Resident { age, mobility, ..resident }, 60, 2021)
    };
    let alone = Mobility::Independent;
    assert_eq!(turn(Age::Born(1961), alone), Turn::Elderly);
    assert_eq!(turn(Age::Born(1962), alone), Turn::Others);
    assert_eq!(turn(Age::Born(2030), alone), Turn::Others);
    assert_eq!(turn(Age::Band { from: 60, to: 69 }, Mobility::Assisted), Turn::Elderly);
    assert_eq!(turn(Age::Band { from: 59, to: 69 }, alone), Turn::Others);
    assert_eq!(turn(Age::Unknown, Mobility::Assisted), Turn::Others);
    assert_eq!(turn(Age::Born(1930), Mobility::Homebound), Turn::AtHome);
}
