//! The population against slow walks over the rows it was built from.

mod bad_input;
mod real_data;

use std::collections::{BTreeMap, BTreeSet};

use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::population::{
    Age, Household, Mobility, NotAnAge, Population, PopulationBuilder, PopulationError, Presence,
    Residency, Resident,
};
use epitier::{HouseholdId, Interval, NotATime, OriginId, PersonId, Timestamp, UnitId};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::network::tables;
use crate::support::{for_cases, on_pools};

/// A branch from a root of its own to one compound.
fn branch(code: &str) -> impl Iterator<Item = UnitRow> {
    let codes: Vec<String> = (0..4).map(|depth| format!("{code}{depth}")).collect();
    let rows: Vec<UnitRow> = (0..4)
        .map(|depth| {
            let row = UnitRow::new(&codes[depth], "branch", Tier::ALL[depth]);
            if depth == 0 { row } else { row.under(&codes[depth - 1]) }
        })
        .collect();
    rows.into_iter()
}

/// A network with at least one building.
fn networks() -> impl Strategy<Value = Network> {
    tables(30).prop_map(|rows| {
        let building = UnitRow::new("home", "home", Tier::Building).under("branch3");
        let table = NetworkBuilder::new().units(rows).units(branch("branch")).unit(building);
        table.build().unwrap()
    })
}

fn presences() -> impl Strategy<Value = Presence> {
    prop::collection::vec((0..40i64, 1..9i64), 0..4).prop_map(|drawn| {
        drawn.into_iter().map(|(start, length)| interval(start, start + length)).collect()
    })
}

fn interval(start: i64, end: i64) -> Interval {
    Interval::new(Timestamp::from_seconds(start), Timestamp::from_seconds(end)).unwrap()
}

/// Rows by the batch in which they arrive; batch 0 is there from the start.
type Batches = Vec<(Vec<Household>, Vec<Resident>)>;

const BATCHES: usize = 3;

/// A network and its people: buildings are drawn first, then who lives there, then ids with gaps in
/// between, then the batch of each (nobody before the household).
fn peopled() -> impl Strategy<Value = (Network, Batches)> {
    let home = (any::<Index>(), 0..3u32, any::<bool>(), 0..BATCHES);
    let person = (any::<Index>(), 0..BATCHES, 0..4u32, presences());
    let numbers: Vec<u32> = (0..80).map(|number| number * 3 + number % 5).collect();
    (
        networks(),
        prop::collection::vec(home, 1..25),
        prop::collection::vec(person, 0..60),
        Just(numbers).prop_shuffle(),
    )
        .prop_map(|(network, homes, people, numbers)| {
            let buildings: Vec<UnitId> =
                network.units().filter(|&u| network.tier(u) == Some(Tier::Building)).collect();
            let mut batches: Batches = vec![Default::default(); BATCHES];
            let mut drawn = Vec::new();
            for ((pick, door, lead, batch), &number) in homes.into_iter().zip(&numbers) {
                let (id, building) = (HouseholdId::new(number), *pick.get(&buildings));
                batches[batch].0.push(Household { id, building, door, lead });
                drawn.push((id, batch));
            }
            for ((pick, batch, kind, present), &number) in
                people.into_iter().zip(numbers.iter().rev())
            {
                let &(household, built) = pick.get(&drawn);
                let mut resident = Resident::new(PersonId::new(number), household);
                resident.present = present;
                resident.age = Age::Born(1950 + u16::try_from(kind).unwrap());
                resident.returnee_from = (kind == 1).then_some(OriginId::new(number));
                resident.mobility =
                    if kind == 2 { Mobility::Homebound } else { Mobility::Independent };
                resident.residency =
                    if kind == 3 { Residency::Floating } else { Residency::Registered };
                batches[batch.max(built)].1.push(resident);
            }
            (network, batches)
        })
}

fn build(network: &Network, households: &[Household], residents: &[Resident]) -> Population {
    PopulationBuilder::new(network)
        .households(households.to_vec())
        .residents(residents.to_vec())
        .build(&())
        .unwrap()
}

/// All batches in one.
fn together(batches: &Batches) -> (Vec<Household>, Vec<Resident>) {
    let households = batches.iter().flat_map(|(households, _)| households.clone()).collect();
    let residents = batches.iter().flat_map(|(_, residents)| residents.clone()).collect();
    (households, residents)
}

/// Those who were there from the start, in walking order, and then all newcomers likewise.
fn walk<'a, T>(
    batches: &'a Batches,
    rows: impl Fn(&'a (Vec<Household>, Vec<Resident>)) -> &'a [T],
    key: impl Fn(&T) -> Key,
) -> Vec<&'a T> {
    let mut base: Vec<&T> = rows(&batches[0]).iter().collect();
    base.sort_by_key(|row| key(row));
    let mut newcomers: Vec<&T> = batches[1..].iter().flat_map(&rows).collect();
    newcomers.sort_by_key(|row| key(row));
    base.into_iter().chain(newcomers).collect()
}

/// Path of the building from the root, door, household, person.
type Key = (Vec<UnitId>, u32, HouseholdId, Option<PersonId>);

fn key_of(network: &Network, household: &Household, person: Option<PersonId>) -> Key {
    let mut path: Vec<UnitId> = network.path_to_root(household.building).collect();
    path.reverse();
    (path, household.door, household.id, person)
}

fn agrees(
    population: &Population,
    network: &Network,
    batches: &Batches,
) -> Result<(), TestCaseError> {
    let (all_homes, _) = together(batches);
    let home = |id: HouseholdId| all_homes.iter().find(|row| row.id == id).unwrap();
    let homes = walk(batches, |batch| &batch.0, |row| key_of(network, row, None));
    let people = walk(
        batches,
        |batch| &batch.1,
        |row| key_of(network, home(row.household), Some(row.person)),
    );
    prop_assert_eq!(population.household_total(), homes.len());
    prop_assert_eq!(population.resident_total(), people.len());
    for unit in network.units() {
        let inside = |building: UnitId| network.path_to_root(building).any(|above| above == unit);
        let here: Vec<HouseholdId> =
            homes.iter().filter(|row| inside(row.building)).map(|row| row.id).collect();
        let lodgers: Vec<PersonId> = people
            .iter()
            .filter(|row| inside(home(row.household).building))
            .map(|row| row.person)
            .collect();
        let from_start = |persons: &[PersonId]| {
            persons
                .iter()
                .filter(|person| batches[0].1.iter().any(|row| row.person == **person))
                .count()
        };
        let positions = population.resident_positions(unit);
        prop_assert_eq!(positions.range().len(), from_start(&lodgers));
        prop_assert_eq!(positions.newcomers().len() + positions.range().len(), lodgers.len());
        prop_assert_eq!(population.household_count(unit), here.len());
        prop_assert_eq!(population.resident_count(unit), lodgers.len());
        prop_assert_eq!(population.households(unit).collect::<Vec<_>>(), here);
        prop_assert_eq!(population.residents(unit).collect::<Vec<_>>(), lodgers);
        let unled: Vec<UnitId> = network
            .members(unit, Tier::Building)
            .iter()
            .copied()
            .filter(|&building| !homes.iter().any(|row| row.building == building && row.lead))
            .collect();
        prop_assert_eq!(population.buildings_without_lead(unit).collect::<Vec<_>>(), unled);
    }
    for row in &homes {
        prop_assert_eq!(population.household(row.id), Some(**row));
        let members: Vec<PersonId> =
            people.iter().filter(|one| one.household == row.id).map(|one| one.person).collect();
        prop_assert_eq!(population.member_positions(row.id).len(), members.len());
        prop_assert_eq!(population.members(row.id).collect::<Vec<_>>(), members);
    }
    for row in &people {
        prop_assert_eq!(population.resident(row.person), Some((*row).clone()));
        prop_assert_eq!(population.household_of(row.person), Some(row.household));
        prop_assert_eq!(population.building_of(row.person), Some(home(row.household).building));
        for moment in (0..50).map(Timestamp::from_seconds) {
            let present = row.present.intervals().is_empty()
                || row.present.intervals().iter().any(|interval| interval.contains(moment));
            prop_assert_eq!(population.is_present(row.person, moment), present);
        }
    }
    // Positions are dense, and lead back.
    let seats: BTreeSet<usize> =
        people.iter().map(|row| population.resident_position(row.person).unwrap()).collect();
    prop_assert_eq!(seats, (0..people.len()).collect());
    let seats: BTreeSet<usize> =
        homes.iter().map(|row| population.household_position(row.id).unwrap()).collect();
    prop_assert_eq!(seats, (0..homes.len()).collect());
    for (at, row) in population.resident_rows().iter().enumerate() {
        prop_assert_eq!(population.resident_position(row.person), Some(at));
        prop_assert_eq!(population.person_at(at), Some(row.person));
    }
    Ok(())
}

#[test]
fn every_query_agrees_with_walks_over_the_rows() {
    for_cases(&peopled(), |(network, batches)| {
        let (households, residents) = &batches[0];
        let mut population = build(&network, households, residents);
        let only_first: Batches =
            [batches[0].clone()].into_iter().chain(vec![Default::default(); BATCHES - 1]).collect();
        agrees(&population, &network, &only_first)?;
        let before = population.clone();
        for (households, residents) in &batches[1..] {
            let seats: Vec<PersonId> =
                population.resident_rows().iter().map(|row| row.person).collect();
            let doors: Vec<Household> = population.household_rows();
            population.register(households.clone(), residents.clone()).unwrap();
            for (at, &person) in seats.iter().enumerate() {
                prop_assert_eq!(population.person_at(at), Some(person), "a position has moved");
            }
            prop_assert_eq!(&population.household_rows()[..doors.len()], &doors[..]);
            // Within the batch, positions are in walking order.
            let home = |id: HouseholdId| population.household(id).unwrap();
            let mut batch = residents.clone();
            batch.sort_by_key(|row| key_of(&network, &home(row.household), Some(row.person)));
            prop_assert_eq!(&population.resident_rows()[seats.len()..], &batch[..]);
        }
        agrees(&population, &network, &batches)?;
        agrees(&before, &network, &only_first)?;

        #[cfg(feature = "serde")]
        {
            let text = serde_json::to_string(&population).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Population>(&text).unwrap(), &population);
        }
        Ok(())
    });
}

proptest! {
    #[test]
    fn a_population_is_a_function_of_the_set_of_its_rows((network, batches) in peopled(), by in any::<Index>()) {
        let (mut households, mut residents) = together(&batches);
        let population = build(&network, &households, &residents);
        let turn = by.index(households.len());
        households.rotate_left(turn);
        residents.reverse();
        prop_assert_eq!(&build(&network, &households, &residents), &population);
        // A batch is a set as well.
        let mut one = build(&network, &batches[0].0, &batches[0].1);
        let mut two = one.clone();
        for (mut households, mut residents) in batches.into_iter().skip(1) {
            one.register(households.clone(), residents.clone()).unwrap();
            households.reverse();
            residents.reverse();
            two.register(households, residents).unwrap();
        }
        prop_assert_eq!(one, two);
    }

    #[test]
    fn rebuilding_folds_newcomers_in((network, batches) in peopled()) {
        let mut grown = build(&network, &batches[0].0, &batches[0].1);
        for (households, residents) in &batches[1..] {
            grown.register(households.clone(), residents.clone()).unwrap();
        }
        let (households, residents) = together(&batches);
        let (folded, remap) = grown.rebuild(&network, &()).unwrap();
        prop_assert_eq!(&folded, &build(&network, &households, &residents));
        for (at, row) in grown.resident_rows().iter().enumerate() {
            prop_assert_eq!(folded.resident_at(remap.resident(at).unwrap()), Some(row.clone()));
        }
        for (at, row) in grown.household_rows().iter().enumerate() {
            prop_assert_eq!(folded.household_at(remap.household(at).unwrap()), Some(*row));
        }
        for unit in network.units() {
            prop_assert_eq!(remap.unit(unit), Some(unit));
            prop_assert_eq!(folded.resident_count(unit), grown.resident_count(unit));
        }
        prop_assert_eq!(remap.resident(grown.resident_total()), None);
        prop_assert_eq!(remap.household(grown.household_total()), None);
        prop_assert_eq!(remap.unit(UnitId::new(u32::MAX)), None);
    }

    /// All buildings move to one compound with a code before all others, and some of them vanish.
    #[test]
    fn rebuilding_follows_the_codes_of_buildings((network, batches) in peopled(), kept in prop::collection::vec(any::<bool>(), 40)) {
        let (households, residents) = together(&batches);
        let population = build(&network, &households, &residents);
        let buildings: Vec<UnitRow> =
            network.rows().filter(|row| row.tier == Tier::Building).collect();
        let redrawn = |keep: &dyn Fn(&UnitRow) -> bool| {
            let kept = buildings.iter().filter(|row| keep(row)).cloned();
            let moved = kept.map(|row| row.under("a3"));
            // The codes of some that vanish live on as compounds.
            let vanished = buildings.iter().filter(|row| !keep(row) && row.code.ends_with('1'));
            let compounds = vanished
                .map(|row| UnitRow::new(&row.code, "compound", Tier::Compound).under("a2"));
            let table = NetworkBuilder::new().units(branch("a")).units(moved).units(compounds);
            table.build().unwrap()
        };
        let lived_in = |row: &UnitRow| {
            population.household_count(network.unit(&row.code).unwrap())
        };

        let fewer = redrawn(&|row| lived_in(row) > 0);
        let (moved, remap) = population.rebuild(&fewer, &()).unwrap();
        for unit in network.units() {
            let code = network.code(unit).unwrap();
            prop_assert_eq!(remap.unit(unit), fewer.unit(code));
            if let Some(new) = remap.unit(unit) {
                let old: Vec<PersonId> = population.residents(unit).collect();
                prop_assert_eq!(moved.residents(new).collect::<Vec<_>>(), old);
            }
        }
        for (at, row) in population.resident_rows().iter().enumerate() {
            prop_assert_eq!(moved.person_at(remap.resident(at).unwrap()), Some(row.person));
        }

        let standing = redrawn(&|row| kept[network.unit(&row.code).unwrap().index()]);
        let gone: Vec<PopulationError> = buildings
            .iter()
            .filter(|row| lived_in(row) > 0 && !kept[network.unit(&row.code).unwrap().index()])
            .map(|row| PopulationError::BuildingGone {
                unit: network.unit(&row.code).unwrap(),
                households: lived_in(row),
            })
            .collect();
        let found = population.rebuild(&standing, &()).map_or_else(|p| p.problems().unwrap().iter().copied().collect(), |_| vec![]);
        prop_assert_eq!(found, gone);
    }

    #[test]
    fn presence_is_the_union_of_its_intervals(drawn in prop::collection::vec((0..40i64, 1..9i64), 0..6)) {
        let intervals: Vec<Interval> =
            drawn.iter().map(|&(start, length)| interval(start, start + length)).collect();
        let present: Presence = intervals.iter().copied().collect();
        for moment in (-1..60).map(Timestamp::from_seconds) {
            let any = intervals.is_empty() || intervals.iter().any(|interval| interval.contains(moment));
            prop_assert_eq!(present.contains(moment), any);
        }
        let gaps = present.intervals().windows(2).all(|pair| pair[0].end() < pair[1].start());
        prop_assert!(gaps, "{:?}", present);
        prop_assert_eq!(present.to_string().parse(), Ok(present.clone()));
        #[cfg(feature = "serde")]
        {
        let text = serde_json::to_string(&present).unwrap();
        prop_assert_eq!(serde_json::from_str::<Presence>(&text).unwrap(), present);
        }
    }

    #[test]
    fn ages_survive_text(year in 0..=9999u16, from in any::<u8>(), to in any::<u8>()) {
        let band = Age::Band { from: from.min(to), to: from.max(to) };
        for age in [Age::Unknown, Age::Born(year), band] {
            prop_assert_eq!(age.to_string().parse(), Ok(age));
        }
    }
}

#[test]
fn texts_that_are_no_age_or_presence_are_refused() {
    for text in ["-", "+", "69-60", "60-", "256+", "+80", "+5-9", "195", "+195", "19511", "old"] {
        assert_eq!(text.parse::<Age>(), Err(NotAnAge), "{text}");
    }
    for text in ["5", "5/5", "6/5", "1/2,3/4", "/", "1/2/3"] {
        assert_eq!(text.parse::<Presence>(), Err(NotATime), "{text}");
    }
    let always: Presence = "  ".parse().unwrap();
    assert_eq!(always, Presence::always());
}

#[test]
fn the_answer_is_the_same_on_every_pool() {
    let network = NetworkBuilder::new()
        .units(branch("b"))
        .units((0..500).map(|at| UnitRow::new(format!("t{at}"), "T", Tier::Building).under("b3")))
        .build()
        .unwrap();
    let buildings = network.members(network.unit("b0").unwrap(), Tier::Building);
    let homes = (0..7_000u32).map(|at| Household {
        id: HouseholdId::new(at * 7 % 7_001),
        building: buildings[at as usize * 31 % buildings.len()],
        door: at % 3,
        lead: at % 50 == 0,
    });
    let people = (0..20_000u32).map(|at| {
        Resident::new(PersonId::new(at * 13 % 20_011), HouseholdId::new(at % 7_001 * 7 % 7_001))
    });
    let bad = Resident::new(PersonId::new(0), HouseholdId::new(99_999));
    let answers = on_pools(|| {
        let table =
            PopulationBuilder::new(&network).households(homes.clone()).residents(people.clone());
        table.resident(bad.clone()).build_partial(&()).unwrap()
    });
    assert!(answers[0].1.len() > 2 && answers[0].0.resident_total() > 19_000);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

fn village() -> Network {
    let towers = ["t1", "t2"].map(|code| UnitRow::new(code, "Tower", Tier::Building).under("v3"));
    NetworkBuilder::new().units(branch("v")).units(towers).build().unwrap()
}

#[cfg(feature = "serde")]
const HOUSEHOLDS: &str = "id,building,door,lead\n9,0,2,false\n3,1,0,true\n";
#[cfg(feature = "serde")]
const RESIDENTS: &str = "person,household,age,mobility,residency,returnee_from,present
4,9,1951,homebound,floating,7,2021-07-30T00:00:00Z/2021-08-02T00:00:00Z 0/100
8,3,80+,independent,registered,,
2,3,,assisted,registered,,
";

#[cfg(feature = "serde")]
fn csv_rows<T: serde::de::DeserializeOwned>(text: &str) -> Vec<T> {
    let rows: Result<Vec<T>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    rows.unwrap()
}

#[cfg(feature = "serde")]
#[test]
fn csv_fills_the_rows() {
    let households: Vec<Household> = csv_rows(HOUSEHOLDS);
    assert_eq!(
        households[1],
        Household { lead: true, ..Household::new(HouseholdId::new(3), UnitId::new(1)) }
    );
    let residents: Vec<Resident> = csv_rows(RESIDENTS);
    assert_eq!(residents[0].age, Age::Born(1951));
    assert_eq!(residents[0].returnee_from, Some(OriginId::new(7)));
    assert_eq!(residents[0].present.intervals()[0], interval(0, 100));
    assert_eq!(residents[1].age, Age::Band { from: 80, to: u8::MAX });
    assert_eq!(residents[1].present, Presence::always());
    assert_eq!((residents[2].age, residents[2].mobility), (Age::Unknown, Mobility::Assisted));
    let few: Vec<Resident> = csv_rows("person,household\n4,9\n");
    assert_eq!(few, [Resident::new(PersonId::new(4), HouseholdId::new(9))]);
}

#[cfg(feature = "serde")]
#[test]
fn files_of_every_format_load() {
    let network = village();
    let tower = |code| network.unit(code).unwrap();
    let home = |id, building| Household::new(HouseholdId::new(id), building);
    let person = |id, household| Resident::new(PersonId::new(id), HouseholdId::new(household));
    let mut returnee = person(4, 9);
    returnee.age = Age::Band { from: 60, to: 69 };
    returnee.mobility = Mobility::Assisted;
    returnee.residency = Residency::Floating;
    returnee.returnee_from = Some(OriginId::new(7));
    returnee.present = "1970-01-02T00:00:00Z/1970-01-03T00:00:00Z".parse().unwrap();
    let lead = Household { lead: true, door: 5, ..home(3, tower("t1")) };
    let mut population = build(&network, &[home(9, tower("t2")), lead], &[returnee, person(2, 3)]);
    population.register([home(1, tower("t1"))], [person(9, 1)]).unwrap();
    population.register([], [person(1, 3)]).unwrap();

    let golden = include_str!("../golden/population-1.json");
    let value: serde_json::Value = serde_json::from_str(golden).unwrap();
    assert_eq!(serde_json::from_str::<Population>(golden).unwrap(), population);
    assert_eq!(serde_json::to_value(&population).unwrap(), value);

    let spoilt = |path: &str, with: serde_json::Value| {
        let mut value = value.clone();
        *value.pointer_mut(path).unwrap() = with;
        serde_json::from_value::<Population>(value).unwrap_err().to_string()
    };
    assert!(spoilt("/format", 2.into()).contains("format 2"));
    assert!(spoilt("/households/0/building", 2.into()).contains("headquarters"));
    assert!(spoilt("/new_residents/0/person", 4.into()).contains("PersonId(4)"));
    assert!(spoilt("/residents/0/household", 77.into()).contains("HouseholdId(77)"));
    assert!(spoilt("/residents/0/age", "9-1".into()).contains("not an age"));
}

#[test]
fn a_population_is_shared_between_threads_and_shows_counts_only() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let population = build(&village(), &[], &[]);
    shared(&population);
    assert_eq!(format!("{population:?}"), "Population { households: 0, residents: 0, .. }");
}
