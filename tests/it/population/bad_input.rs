//! What bad tables get: every problem, and the rest of the rows.

use std::cell::RefCell;

use epitier::{Cancelled, Stopped};

use super::*;

/// Rows over few ids, so that they clash and dangle in every way.
fn messy() -> impl Strategy<Value = (Vec<Household>, Vec<Resident>)> {
    let id = || prop_oneof![12 => 1..6u32, 1 => Just(u32::MAX)];
    let home = (id(), prop_oneof![8 => 0..2u32, 1 => 2..6u32, 1 => 6..8u32], 0..2u32);
    let age = prop_oneof![
        8 => Just(Age::Unknown),
        1 => Just(Age::Born(12_345)),
        1 => Just(Age::Band { from: 9, to: 8 }),
    ];
    let person = (id(), 0..7u32, age);
    (prop::collection::vec(home, 0..6), prop::collection::vec(person, 0..6)).prop_map(
        |(homes, people)| {
            let home = |(id, building, door)| Household {
                door,
                ..Household::new(HouseholdId::new(id), UnitId::new(building))
            };
            let person = |(id, household, age)| Resident {
                age,
                ..Resident::new(PersonId::new(id), HouseholdId::new(household))
            };
            (homes.into_iter().map(home).collect(), people.into_iter().map(person).collect())
        },
    )
}

/// Every row that claims what another row of the table claims, with a row to blame.
fn rival<T: PartialEq>(rows: &[T], row: usize, same: impl Fn(&T, &T) -> bool) -> Option<usize> {
    let claims: Vec<usize> = (0..rows.len()).filter(|&x| same(&rows[x], &rows[row])).collect();
    let differ = claims.iter().any(|&x| rows[x] != rows[row]);
    if claims[0] == row { claims.get(1).copied().filter(|_| differ) } else { Some(claims[0]) }
}

/// Every problem by the letter of the documentation, and the rows that stand, where household 0 and
/// person 0 may be known already.
fn judge(
    network: &Network,
    known: bool,
    households: &[Household],
    residents: &[Resident],
) -> (Vec<PopulationError>, Vec<Household>, Vec<Resident>) {
    let mut problems = Vec::new();
    let mut standing = Vec::new();
    for (row, home) in households.iter().enumerate() {
        let before = problems.len();
        let (household, unit) = (home.id, home.building);
        if let Some(other) = rival(households, row, |a, b| a.id == b.id) {
            let other = Some(other);
            problems.push(PopulationError::DuplicateHousehold { row, household, other });
        }
        if household.get() == u32::MAX {
            problems.push(PopulationError::HouseholdIdOutOfRange { row });
        }
        if known && household.get() == 0 {
            let other = None;
            problems.push(PopulationError::DuplicateHousehold { row, household, other });
        }
        match network.tier(unit) {
            Some(Tier::Building) => {}
            Some(tier) => problems.push(PopulationError::NotABuilding { row, unit, tier }),
            None => problems.push(PopulationError::UnknownBuilding { row, unit }),
        }
        if problems.len() == before {
            standing.push(*home);
        }
    }
    let mut lodged = Vec::new();
    for (row, resident) in residents.iter().enumerate() {
        let before = problems.len();
        let (person, household) = (resident.person, resident.household);
        if let Some(other) = rival(residents, row, |a, b| a.person == b.person) {
            let other = Some(other);
            problems.push(PopulationError::DuplicatePerson { row, person, other });
        }
        if person.get() == u32::MAX {
            problems.push(PopulationError::PersonIdOutOfRange { row });
        }
        if known && person.get() == 0 {
            problems.push(PopulationError::DuplicatePerson { row, person, other: None });
        }
        if let Age::Born(12_345) | Age::Band { from: 9, to: 8 } = resident.age {
            problems.push(PopulationError::BadAge { row });
        }
        let listed = households.iter().any(|home| home.id == household);
        let there = known && household.get() == 0;
        let housed = standing.iter().any(|home| home.id == household);
        if listed && !housed {
            problems.push(PopulationError::HouseholdRejected { row, household });
        } else if !listed && !there {
            problems.push(PopulationError::UnknownHousehold { row, household });
        }
        if problems.len() == before {
            lodged.push(resident.clone());
        }
    }
    (problems, standing, lodged)
}

fn causes(problems: &[PopulationError]) -> Vec<PopulationError> {
    let derived = |one: &PopulationError| matches!(one, PopulationError::HouseholdRejected { .. });
    problems.iter().copied().filter(|problem| !derived(problem)).collect()
}

#[test]
fn every_problem_of_the_tables_is_reported_and_the_rest_stands() {
    let network = village();
    let seen: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    for_cases(&messy(), |(households, residents)| {
        let (problems, standing, lodged) = judge(&network, false, &households, &residents);
        for problem in &problems {
            *seen.borrow_mut().entry(problem.code()).or_default() += 1;
        }
        let table = PopulationBuilder::new(&network).households(households).residents(residents);
        let found = match table.clone().build(&()) {
            Ok(_) => vec![],
            Err(found) => found.problems().unwrap().iter().copied().collect(),
        };
        prop_assert_eq!(found, causes(&problems));
        let (population, found) = table.build_partial(&()).unwrap();
        prop_assert_eq!(found, problems);
        prop_assert_eq!(population, build(&network, &standing, &lodged));
        *seen
            .borrow_mut()
            .entry(if lodged.is_empty() { "nobody" } else { "somebody" })
            .or_default() += 1;
        Ok(())
    });
    let seen = seen.into_inner();
    let too_many = ["too-many-households", "too-many-residents", "building-gone"];
    for of_interest in every_error().iter().map(PopulationError::code).chain(["somebody"]) {
        let times = seen.get(of_interest).copied().unwrap_or_default();
        assert!(times >= 5 || too_many.contains(&of_interest), "{of_interest}: {times} times");
    }
}

#[test]
fn a_batch_is_registered_as_a_whole_or_not_at_all() {
    let network = village();
    let (tower, home) = (network.unit("t1").unwrap(), HouseholdId::new(0));
    let start =
        build(&network, &[Household::new(home, tower)], &[Resident::new(PersonId::new(0), home)]);
    let (taken, refused) = (RefCell::new(0), RefCell::new(0));
    for_cases(&(messy(), any::<bool>()), |((mut households, mut residents), fine)| {
        // Numbers from 0 on, so that some are known already.
        for row in &mut households {
            row.id = HouseholdId::new(row.id.get().saturating_sub(1));
        }
        for row in &mut residents {
            row.person = PersonId::new(row.person.get().saturating_sub(1));
        }
        if fine {
            (_, households, residents) = judge(&network, true, &households, &residents);
        }
        let mut population = start.clone();
        let (problems, ..) = judge(&network, true, &households, &residents);
        match population.register(households, residents) {
            Ok(()) => {
                prop_assert_eq!(problems, vec![]);
                *taken.borrow_mut() += 1;
            }
            Err(found) => {
                prop_assert_eq!(found.into_iter().collect::<Vec<_>>(), causes(&problems));
                prop_assert_eq!(&population, &start);
                *refused.borrow_mut() += 1;
            }
        }
        Ok(())
    });
    assert!(taken.take() > 50 && refused.take() > 50);
}

fn every_error() -> [PopulationError; 12] {
    let (row, other, unit) = (3, Some(1), UnitId::new(5));
    let (household, person) = (HouseholdId::new(8), PersonId::new(9));
    [
        PopulationError::TooManyHouseholds { households: 1 << 32 },
        PopulationError::TooManyResidents { residents: 1 << 32 },
        PopulationError::DuplicateHousehold { row, household, other },
        PopulationError::HouseholdIdOutOfRange { row },
        PopulationError::UnknownBuilding { row, unit },
        PopulationError::NotABuilding { row, unit, tier: Tier::Compound },
        PopulationError::DuplicatePerson { row, person, other: None },
        PopulationError::PersonIdOutOfRange { row },
        PopulationError::BadAge { row },
        PopulationError::UnknownHousehold { row, household },
        PopulationError::HouseholdRejected { row, household },
        PopulationError::BuildingGone { unit, households: 4 },
    ]
}

#[cfg(feature = "serde")]
#[test]
fn the_code_of_an_error_is_its_serialised_tag() {
    for error in every_error() {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<PopulationError>(value).unwrap(), error);
    }
}

#[test]
fn ids_from_elsewhere_get_no_answer() {
    let network = village();
    let (tower, home) = (network.unit("t1").unwrap(), HouseholdId::new(0));
    let mut population =
        build(&network, &[Household::new(home, tower)], &[Resident::new(PersonId::new(0), home)]);
    population.register([], [Resident::new(PersonId::new(5), home)]).unwrap();
    for number in [1, u32::MAX] {
        let (outsider, nowhere) = (PersonId::new(number), HouseholdId::new(number));
        let no_unit = UnitId::new(number.max(1_000));
        assert_eq!(population.resident(outsider), None);
        assert_eq!(population.resident_position(outsider), None);
        assert_eq!(population.household_of(outsider), None);
        assert_eq!(population.building_of(outsider), None);
        assert!(!population.is_present(outsider, Timestamp::from_seconds(0)));
        assert_eq!(population.household(nowhere), None);
        assert_eq!(population.household_position(nowhere), None);
        assert_eq!(population.members(nowhere).count(), 0);
        assert!(population.member_positions(nowhere).is_empty());
        assert_eq!(population.household_count(no_unit) + population.resident_count(no_unit), 0);
        assert_eq!(population.households(no_unit).count(), 0);
        assert_eq!(population.residents(no_unit).count(), 0);
        assert_eq!(population.buildings_without_lead(no_unit).count(), 0);
    }
    for position in [2, usize::MAX] {
        assert_eq!(population.resident_at(position), None);
        assert_eq!(population.person_at(position), None);
        assert_eq!(population.household_at(position), None);
    }
    let empty = build(&Network::default(), &[], &[]);
    assert_eq!(empty.resident_count(UnitId::new(0)), 0);
    assert!(empty.rebuild(&network, &()).is_ok());
}

#[test]
fn a_cancelled_call_says_so() {
    let cancel = std::sync::atomic::AtomicBool::new(true);
    let table = PopulationBuilder::new(&Network::default());
    let stopped = Stopped::Cancelled(Cancelled);
    assert_eq!(table.clone().build(&cancel), Err(stopped.clone()));
    assert_eq!(table.clone().build_partial(&cancel), Err(Cancelled));
    let population = table.build(&()).unwrap();
    assert_eq!(population.rebuild(&Network::default(), &cancel), Err(stopped));
}
