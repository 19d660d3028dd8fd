//! From tables of households and residents to a population, or to everything that is wrong with them.

use rayon::prelude::*;

use super::base::Base;
use super::table::PositionsById;
use super::{Household, Population, PopulationError, Resident};
use crate::error::{Problems, Stopped};
use crate::id::{Claims, HouseholdId};
use crate::network::{Network, Tier};
use crate::watch::{Cancelled, Progress, Watch};

/// Collects households and residents, in any order.
///
/// # Examples
///
/// Every problem of both tables at once:
///
/// ```
/// use epitier::network::Network;
/// use epitier::population::{Household, PopulationBuilder, PopulationError, Resident};
/// use epitier::{HouseholdId, PersonId, UnitId};
///
/// let nowhere = Network::default();
/// let (unit, household) = (UnitId::new(0), HouseholdId::new(7));
/// let stopped = PopulationBuilder::new(&nowhere)
///     .household(Household::new(HouseholdId::new(0), unit))
///     .resident(Resident::new(PersonId::new(0), household))
///     .build(&())
///     .unwrap_err();
/// assert_eq!(
///     stopped.problems().into_iter().flatten().copied().collect::<Vec<_>>(),
///     [
///         PopulationError::UnknownBuilding { row: 0, unit },
///         PopulationError::UnknownHousehold { row: 0, household },
///     ],
/// );
/// ```
#[derive(Debug, Clone)]
pub struct PopulationBuilder {
    network: Network,
    households: Vec<Household>,
    residents: Vec<Resident>,
}

impl PopulationBuilder {
    /// Empty tables, for the buildings of a network.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self { network: network.clone(), households: Vec::new(), residents: Vec::new() }
    }

    /// Adds a household.
    #[must_use]
    pub fn household(mut self, row: Household) -> Self {
        self.households.push(row);
        self
    }

    /// Adds households.
    #[must_use]
    pub fn households(mut self, rows: impl IntoIterator<Item = Household>) -> Self {
        self.households.extend(rows);
        self
    }

    /// Adds a resident.
    #[must_use]
    pub fn resident(mut self, row: Resident) -> Self {
        self.residents.push(row);
        self
    }

    /// Adds residents.
    #[must_use]
    pub fn residents(mut self, rows: impl IntoIterator<Item = Resident>) -> Self {
        self.residents.extend(rows);
        self
    }

    /// Checks everything and sorts it into network order.
    ///
    /// # Cost
    ///
    /// O(n log n) for n rows, in parallel on the caller's rayon pool.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem, those of households first, each table in row order. A
    /// resident of a household with a problem has none for that reason alone. [`Stopped::Cancelled`].
    pub fn build(self, watch: &dyn Watch) -> Result<Population, Stopped<PopulationError>> {
        let nobody = Population::new(self.network, Base::default());
        step(watch, CHECK)?;
        Problems::check(Check::new(&nobody, &self.households, &self.residents).causes())?;
        step(watch, SORT)?;
        let base = Base::new(&nobody.network, self.households, &self.residents);
        Ok(Population::new(nobody.network, base))
    }

    /// Takes the rows that are fine, and returns the problems of the others.
    ///
    /// Rejected are the rows with a problem and the residents of rejected households, with
    /// [`PopulationError::HouseholdRejected`] as their reason. Where several equal rows have one id, the
    /// first one stands; where they differ, all of them are rejected, so that the population does not
    /// depend on the order of the rows.
    ///
    /// # Cost
    ///
    /// O(n log n) for n rows, in parallel on the caller's rayon pool.
    ///
    /// # Errors
    ///
    /// [`Cancelled`].
    pub fn build_partial(
        mut self,
        watch: &dyn Watch,
    ) -> Result<(Population, Vec<PopulationError>), Cancelled> {
        let nobody = Population::new(self.network, Base::default());
        step(watch, CHECK)?;
        let check = Check::new(&nobody, &self.households, &self.residents);
        keep(&mut self.households, &check.households);
        keep(&mut self.residents, &check.residents);
        step(watch, SORT)?;
        let base = Base::new(&nobody.network, self.households, &self.residents);
        Ok((Population::new(nobody.network, base), check.problems))
    }
}

const CHECK: Progress = Progress { stage: "check residents", done: 0, total: 2 };
pub(super) const SORT: Progress = Progress { stage: "sort residents", done: 1, total: 2 };

/// Reports what comes next, unless nothing should.
pub(super) fn step(watch: &dyn Watch, next: Progress) -> Result<(), Cancelled> {
    watch.check()?;
    watch.progress(next);
    Ok(())
}

fn keep<T>(rows: &mut Vec<T>, rejected: &[bool]) {
    let mut row = 0..;
    rows.retain(|_| row.next().and_then(|row| rejected.get(row)) == Some(&false));
}

/// What one look at the tables finds.
#[derive(Default)]
pub(super) struct Check {
    problems: Vec<PopulationError>,
    /// Which households are rejected; empty where all are.
    households: Vec<bool>,
    /// Which residents are rejected; empty where all are.
    residents: Vec<bool>,
}

impl Check {
    /// Looks at rows that are to join the people who are `known`.
    pub(super) fn new(
        known: &Population,
        households: &[Household],
        residents: &[Resident],
    ) -> Self {
        let mut check = Self::default();
        let too_many = |known: usize, more: usize| {
            let sum = known.saturating_add(more);
            (sum >= u32::MAX as usize).then_some(sum as u64)
        };
        if let Some(households) = too_many(known.household_total(), households.len()) {
            check.problems.push(PopulationError::TooManyHouseholds { households });
        }
        if let Some(residents) = too_many(known.resident_total(), residents.len()) {
            check.problems.push(PopulationError::TooManyResidents { residents });
        }
        if check.problems.is_empty() {
            let claims = Claims::new(households.iter().map(|row| row.id));
            let found = of_households(known, households, &claims);
            let homes = claims.firsts().map(|(&id, row)| (id, row)).collect();
            check.households = settle(households.len(), found, &mut check.problems);
            let found = of_residents(known, residents, &homes, &check.households);
            check.residents = settle(residents.len(), found, &mut check.problems);
        }
        check
    }

    /// The problems that do not follow from others.
    pub(super) fn causes(mut self) -> Vec<PopulationError> {
        self.problems
            .retain(|problem| !matches!(problem, PopulationError::HouseholdRejected { .. }));
        self.problems
    }
}

/// Problems with the rows that they are about.
type Found = Vec<(usize, PopulationError)>;

/// Lists the problems of one table in row order, and marks its rejected rows.
fn settle(rows: usize, mut found: Found, problems: &mut Vec<PopulationError>) -> Vec<bool> {
    found.sort_by_key(|&(row, _)| row);
    let mut rejected = vec![false; rows];
    for (row, problem) in found {
        rejected[row] = true;
        problems.push(problem);
    }
    rejected
}

fn of_households(
    known: &Population,
    households: &[Household],
    claims: &Claims<HouseholdId>,
) -> Found {
    let mut found = Found::new();
    for (row, other) in claims.disputes(|a, b| households[a] == households[b]) {
        let (household, other) = (households[row].id, Some(other));
        found.push((row, PopulationError::DuplicateHousehold { row, household, other }));
    }
    for (row, &Household { id: household, building: unit, .. }) in households.iter().enumerate() {
        if household.get() == u32::MAX {
            found.push((row, PopulationError::HouseholdIdOutOfRange { row }));
        }
        if known.household_position(household).is_some() {
            let other = None;
            found.push((row, PopulationError::DuplicateHousehold { row, household, other }));
        }
        match known.network.tier(unit) {
            Some(Tier::Building) => {}
            Some(tier) => found.push((row, PopulationError::NotABuilding { row, unit, tier })),
            None => found.push((row, PopulationError::UnknownBuilding { row, unit })),
        }
    }
    found
}

fn of_residents(
    known: &Population,
    residents: &[Resident],
    homes: &PositionsById,
    rejected: &[bool],
) -> Found {
    let people = Claims::new(residents.iter().map(|row| row.person));
    let mut found = Found::new();
    for (row, other) in people.disputes(|a, b| residents[a] == residents[b]) {
        let (person, other) = (residents[row].person, Some(other));
        found.push((row, PopulationError::DuplicatePerson { row, person, other }));
    }
    let of_one = |(row, resident): (usize, &Resident)| {
        let &Resident { person, household, age, .. } = resident;
        let out_of_range =
            (person.get() == u32::MAX).then_some(PopulationError::PersonIdOutOfRange { row });
        let other = None;
        let there = known.resident_position(person).is_some();
        let duplicate = there.then_some(PopulationError::DuplicatePerson { row, person, other });
        let bad_age = (!age.is_sound()).then_some(PopulationError::BadAge { row });
        let homeless = match homes.get(household) {
            Some(home) if rejected[home] => {
                Some(PopulationError::HouseholdRejected { row, household })
            }
            None if known.household_position(household).is_none() => {
                Some(PopulationError::UnknownHousehold { row, household })
            }
            _ => None,
        };
        let problems = [out_of_range, duplicate, bad_age, homeless];
        problems.into_iter().flatten().map(move |problem| (row, problem))
    };
    found.par_extend(residents.par_iter().enumerate().flat_map_iter(of_one));
    found
}
