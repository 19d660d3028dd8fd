//! What households are told, against people who are sent one by one.

use std::collections::BTreeMap;

use epitier::campaign::site_plan::{
    Group, Notice, SamplingSite, SitePlan, SitePlanBuilder, SitePlanError, SitePlanRules, Turn,
};
use epitier::dispatch::Share;
use epitier::population::{Age, Household, Mobility, Population, PopulationBuilder, Resident};
use epitier::{HouseholdId, Interval, PersonId, PostId, UnitId};

use super::super::worlds::shuffle;
use super::worlds::{between, network};
use crate::random::Random;
use crate::support::Seen;

fn share(site: u32, building: UnitId, people: u32) -> Share {
    Share { site: PostId::new(site), building, people, metres: 0 }
}

fn turn(resident: &Resident) -> Option<Turn> {
    let tested = !resident.person.get().is_multiple_of(11);
    tested.then(|| Turn::of(resident, 60, 2021))
}

/// Somebody who is to be sampled, by walking order.
type Person = (UnitId, u32, HouseholdId, PersonId, Turn);

/// Four buildings, and the shares of their people at three sites.
struct Town {
    population: Population,
    walk: Vec<UnitId>,
    order: Vec<Person>,
    shares: Vec<Share>,
}

fn town(random: &mut Random) -> Town {
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
            mobility: if random.below(8) == 0 { Mobility::Homebound } else { Mobility::Assisted },
            ..Resident::new(PersonId::new(number), HouseholdId::new(random.below(30)))
        })
        .collect();
    let builder = PopulationBuilder::new(&network).households(homes.clone());
    let population = builder.residents(people.clone()).build(&()).unwrap();
    let tested = people.iter().filter_map(|row| {
        let home = homes[row.household.index()];
        Some((home.building, home.door, home.id, row.person, turn(row)?))
    });
    let mut order: Vec<Person> = tested.collect();
    order.sort_unstable();
    let mut shares = Vec::new();
    for &building in &walk {
        let own = order.iter().filter(|row| row.0 == building).count();
        let mut left = u32::try_from(own).unwrap();
        for site in 0..3 {
            let now = random.below(left + 1);
            if now > 0 {
                shares.push(share(site, building, now));
                left -= now;
            }
        }
    }
    shuffle(random, &mut shares);
    Town { population, walk, order, shares }
}

impl Town {
    fn plan(&self, groups: &[Group]) -> SitePlan {
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
        builder.groups(groups.iter().copied()).build(self.population.network()).unwrap()
    }

    /// The groups of a building, and what its households are told.
    fn tell(&self, plan: &SitePlan, building: UnitId, seen: &Seen) -> (Vec<Group>, Vec<Notice>) {
        // The places of each site and turn, the first one last.
        let mut places: BTreeMap<(PostId, Turn), Vec<Interval>> = BTreeMap::new();
        for call in plan.called_at(building) {
            let own = places.entry((call.site, call.turn)).or_default();
            own.splice(0..0, vec![call.during; call.people as usize]);
        }
        let of_building = self.shares.iter().filter(|share| share.building == building);
        let mut shares: Vec<Share> = of_building.copied().collect();
        shares.sort_by_key(|share| share.site);
        let mut own = self.order.iter().filter(|row| row.0 == building);
        let mut groups = Vec::new();
        let mut told: BTreeMap<_, u32> = BTreeMap::new();
        let mut missed: BTreeMap<(PostId, Turn), u32> = BTreeMap::new();
        for share in &shares {
            let mut group = Group::new(share.site, building);
            for &(_, door, household, _, turn) in own.by_ref().take(share.people as usize) {
                match turn {
                    Turn::Elderly => group.elderly += 1,
                    Turn::Others => group.others += 1,
                    Turn::AtHome => group.homebound += 1,
                }
                let during = places.entry((share.site, turn)).or_default().pop();
                if during.is_none() {
                    *missed.entry((share.site, turn)).or_default() += 1;
                }
                let called = during.map(|during| (share.site, during));
                *told.entry((door, household, turn, called)).or_default() += 1;
            }
            groups.push(group);
        }
        for &(_, door, household, _, turn) in own {
            seen.note("no site", true);
            *told.entry((door, household, turn, None)).or_default() += 1;
        }
        seen.note("no time", !missed.is_empty());
        seen.note("two sites", groups.len() > 1);
        let named = plan.not_called_at(building).map(|row| ((row.site, row.turn), row.people));
        assert_eq!(named.collect::<BTreeMap<_, _>>(), missed);
        assert!(places.values().all(Vec::is_empty));
        let notices = told.into_iter().map(|((_, household, turn, called), people)| Notice {
            household,
            turn,
            people,
            called,
        });
        (groups, notices.collect())
    }
}

#[test]
fn everybody_of_a_household_is_told_once() {
    let seen = Seen::default();
    for seed in 0..400 {
        let town = town(&mut Random(seed));
        let groups = Group::of_shares(&town.population, &town.shares, turn).unwrap();
        let plan = town.plan(&groups);
        let mut all = Vec::new();
        for &building in &town.walk {
            let (of_building, expected) = town.tell(&plan, building, &seen);
            all.extend(of_building);
            let mut notices = plan.notices(&town.population, building, turn);
            // Whoever is not called at one site stands before those who are called at the next one.
            let same = |a: &Notice, b: &Notice| (a.household, a.turn) == (b.household, b.turn);
            for run in notices.chunk_by_mut(same) {
                run.sort_by_key(|notice| notice.called);
            }
            assert_eq!(notices, expected);
            seen.note("two slots", expected.windows(2).any(|two| same(&two[0], &two[1])));
        }
        let key = |group: &Group| (group.building, group.site);
        all.sort_by_key(key);
        assert_eq!(groups, all);
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
