//! The sites of Huanggang in August 2021.

use epitier::campaign::site_plan::{
    Group, OneMore, Rest, SamplingSite, SitePlan, SitePlanBuilder, SitePlanRules, Turn,
};
use epitier::dispatch::{CatchmentRules, Catchments, Residents, Site};
use epitier::network::{Location, NetworkBuilder, Tier, UnitRow};
use epitier::population::{Age, Household, Mobility, Population, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, PostId, UnitId};

use super::worlds::{at, between, network};

const HOUR: i64 = 3_600;

/// A building with this many people, a fifth of them elderly.
fn group(site: u32, building: UnitId, people: u32) -> Group {
    let elderly = people / 5;
    Group { elderly, others: people - elderly, ..Group::new(PostId::new(site), building) }
}

/// Beimengang: 11,956 people of one community by two in the morning, at five sites from half past three on.
fn beimengang(tables: u32) -> SitePlan {
    let (network, walk) = network(60);
    let opens = between(0, 10 * HOUR + HOUR / 2);
    let site = |number| SamplingSite {
        tables,
        samplers: 2 * tables,
        waiting: 100,
        preparation: 40,
        ..SamplingSite::new(PostId::new(number), opens)
    };
    let people = |at: u32| 199 + u32::from(at < 16);
    let groups = (0_u32..).zip(&walk).map(|(at, &building)| group(at / 12, building, people(at)));
    SitePlanBuilder::new(SitePlanRules::default())
        .sites((0..5).map(site))
        .groups(groups)
        .build(&network)
        .unwrap()
}

#[test]
fn a_community_of_11_956_is_done_by_two_in_the_morning_with_twenty_tables() {
    let plan = beimengang(4);
    let sampled: u64 = plan.sites().iter().map(|site| site.called).sum();
    assert_eq!((sampled, plan.not_called()), (11_956, &[][..]));
    // Two in the morning is ten and a half hours after half past three.
    let finish = plan.finish().unwrap();
    assert_eq!(finish.planned, at(10 * HOUR));
    assert!(finish.latest <= at(10 * HOUR + HOUR / 2), "{finish:?}");
    assert!(plan.sites().iter().all(|site| site.held_back == 0 && site.most_inside <= 120));
    // With fifteen tables, two thousand people and more would still be waiting for their turn.
    let short = beimengang(3);
    let left: u32 = short.not_called().iter().map(|left| left.people).sum();
    assert_eq!(left, 11_956 - 5 * 41 * 45);
    assert!(left > 2_000);
    // A fourth table at one site is enough for the people of that site.
    let gain = short.one_more(OneMore::StaffedTable)[0];
    assert_eq!((gain.site, gain.more_people), (PostId::new(0), 2_400 - 41 * 45));
}

#[test]
fn a_town_of_4_192_is_done_by_three_in_the_afternoon_with_eight_tables() {
    let (network, walk) = network(53);
    let centre = PostId::new(0);
    let site = SamplingSite {
        tables: 8,
        samplers: 18,
        waiting: 250,
        preparation: 50,
        home_teams: 2,
        ..SamplingSite::new(centre, between(0, 12 * HOUR))
    };
    // 52 buildings of 79 people and one of 84; ten of them cannot come.
    let mut groups: Vec<Group> = walk
        .iter()
        .map(|&building| group(0, building, if building == walk[0] { 84 } else { 79 }))
        .collect();
    groups[5].others -= 10;
    groups[5].homebound = 10;
    let plan = |rests: &[Rest]| {
        let builder = SitePlanBuilder::new(SitePlanRules::default()).site(site);
        builder.groups(groups.clone()).rests(rests.iter().copied()).build(&network).unwrap()
    };
    let planned = plan(&[]);
    let forecast = planned.site(centre).unwrap();
    assert_eq!((forecast.called, forecast.visited), (4_182, 10));
    let finish = forecast.tables.unwrap();
    // 34 slots of 120 people, and 102 more.
    assert_eq!(finish.planned, at(34 * 900 + 13 * 60));
    assert_eq!(finish.latest, at(35 * 900 + 13 * 60));
    assert_eq!(forecast.at_home, Some(at(5 * 600)));
    // Two samplers at a time have a meal without anybody waiting for it: the others relieve them.
    let rest =
        |start, samplers| Rest { site: centre, during: between(start, start + HOUR / 2), samplers };
    assert_eq!(plan(&[rest(5 * HOUR, 2), rest(6 * HOUR, 2)]).finish(), planned.finish());
    // All at once they close the site for half an hour.
    let closed = plan(&[rest(6 * HOUR, 18)]).finish().unwrap();
    assert_eq!(closed.planned, finish.planned.saturating_add(HOUR / 2));
}

fn city() -> Population {
    let mut rows = vec![
        UnitRow::new("h", "Hong'an", Tier::Headquarters),
        UnitRow::new("s", "County seat", Tier::Subdistrict).under("h"),
        UnitRow::new("c", "Community", Tier::Community).under("s"),
        UnitRow::new("g", "Compound", Tier::Compound).under("c"),
    ];
    rows.extend((0..1_600).map(|number| {
        let (north, east) = (f64::from(number / 40), f64::from(number % 40));
        let place = Location::from_degrees(31.28 + north / 1_000.0, 114.61 + east / 1_000.0);
        UnitRow::new(format!("b{number}"), "Tower", Tier::Building).under("g").at(place.unwrap())
    }));
    let network = NetworkBuilder::new().units(rows).build().unwrap();
    let buildings = network.members(network.unit("h").unwrap(), Tier::Building);
    let households = (0..40_000_u32).map(|at| Household {
        door: at % 25,
        ..Household::new(HouseholdId::new(at), buildings[at as usize / 25])
    });
    let residents = (0..160_000_u32).map(|at| Resident {
        age: if at % 5 == 0 { Age::Band { from: 60, to: 69 } } else { Age::Unknown },
        mobility: if at % 500 == 7 { Mobility::Homebound } else { Mobility::Independent },
        ..Resident::new(PersonId::new(at), HouseholdId::new(at / 4))
    });
    PopulationBuilder::new(&network).households(households).residents(residents).build(&()).unwrap()
}

#[test]
fn a_county_seat_of_160_000_goes_to_77_sites() {
    let population = city();
    let place = |number: u32| {
        let (north, east) = (f64::from(number / 11), f64::from(number % 11));
        let (north, east) = (31.28 + 0.0028 + north * 0.0055, 114.61 + 0.0018 + east * 0.0035);
        Location::from_degrees(north, east).unwrap()
    };
    // 693 samplers: "more than 700" in all.
    let sites = (0..77).map(|number| SamplingSite {
        tables: 3,
        samplers: 9,
        waiting: 80,
        preparation: 30,
        home_teams: 1,
        ..SamplingSite::new(PostId::new(number), between(0, 14 * HOUR))
    });
    let builder = SitePlanBuilder::new(SitePlanRules::default()).sites(sites);
    let empty = builder.clone().build(population.network()).unwrap();
    let takes = |number: u32| {
        let capacity = empty.site(PostId::new(number)).unwrap().capacity;
        u32::try_from(capacity).unwrap()
    };
    assert_eq!(takes(0), 55 * 45);
    let to: Vec<Site> = (0..77)
        .map(|number| Site {
            site: PostId::new(number),
            capacity: takes(number),
            location: place(number),
        })
        .collect();
    let turn = |resident: &Resident| Some(Turn::of(resident, 60, 2021));
    let root = population.network().unit("h").unwrap();
    let homes = Residents::of(&population, root, |resident| turn(resident).is_some());
    let rules = CatchmentRules::new(3_000).with_nearest_sites(12);
    let catchments = Catchments::plan(&homes, &to, rules, &()).unwrap();
    assert_eq!(catchments.served, 160_000);

    let groups = Group::of_shares(&population, &catchments.shares, turn).unwrap();
    assert_eq!(groups.len(), catchments.shares.len());
    let plan = builder.groups(groups).build(population.network()).unwrap();
    let sum = |of: fn(&epitier::campaign::site_plan::SiteForecast) -> u64| -> u64 {
        plan.sites().iter().map(of).sum()
    };
    assert_eq!(plan.not_called(), []);
    assert_eq!((sum(|site| site.called), sum(|site| site.visited)), (160_000 - 320, 320));
    assert!(plan.finish().unwrap().latest <= at(14 * HOUR));
    // The sites that end last are those which a table more helps most; all other sites go on as long.
    let gain = plan.one_more(OneMore::StaffedTable)[0];
    assert!(gain.more_people == 0 && gain.seconds_earlier > 0);
    // Every household is told, and everybody in it.
    let buildings = population.network().members(root, Tier::Building);
    let mut told = 0;
    for &building in buildings {
        for notice in plan.notices(&population, building, turn) {
            assert!(notice.called.is_some());
            told += u64::from(notice.people);
        }
    }
    assert_eq!(told, 160_000);
}
