//! Households under buildings, and the residents in them.
//!
//! A [`PopulationBuilder`] takes rows of [`Household`] and [`Resident`] in any order and reports
//! everything that is wrong with them. Names and card numbers stay with the host, behind a
//! [`Directory`](crate::Directory); outsiders (passengers, visitors) share the numbering of people but
//! are no residents.
//!
//! # Ids and positions
//!
//! Ids are the host's and never move. Beside its id every household and every resident has a *position*:
//! a dense number in the order of a walk through the network (building, door, household, person). So
//! the households and the residents of a unit are one contiguous range of positions each. Newcomers who
//! are [registered](Population::register) later get the positions behind everybody else, and every unit
//! then is that range plus its [newcomers](Positions::newcomers). [Rebuilding](Population::rebuild), on
//! the same network or on a redrawn one, folds them in and says where each position went.
//!
//! # Ids from elsewhere
//!
//! No query panics for an id or position that is not in here: it returns `None`, `false`, 0 or nothing.
//!
//! # Examples
//!
//! ```
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::{Household, PopulationBuilder, Resident};
//! use epitier::{HouseholdId, PersonId};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("tower", "Tower", Tier::Building).under("grid"))
//!     .build()?;
//! let tower = network.unit("tower").ok_or("no tower")?;
//! let (home, next_door) = (HouseholdId::new(0), HouseholdId::new(1));
//! let mut population = PopulationBuilder::new(&network)
//!     .household(Household::new(home, tower))
//!     .resident(Resident::new(PersonId::new(40), home))
//!     .build(&())?;
//!
//! let newcomer = Resident::new(PersonId::new(12), next_door);
//! population.register([Household::new(next_door, tower)], [newcomer])?;
//! let village = network.unit("village").ok_or("no village")?;
//! assert_eq!(population.household_count(village), 2);
//! let residents: Vec<PersonId> = population.residents(village).collect();
//! assert_eq!(residents, [PersonId::new(40), PersonId::new(12)]);
//! assert_eq!(population.buildings_without_lead(village).collect::<Vec<_>>(), [tower]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod age;
mod base;
mod builder;
mod error;
mod positions;
mod presence;
mod rebuild;
mod record;
#[cfg(feature = "serde")]
mod spec;
mod table;
mod tail;

use std::cmp::Ordering;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use self::age::{Age, NotAnAge};
use self::base::Base;
pub use self::builder::PopulationBuilder;
pub use self::error::PopulationError;
pub use self::positions::Positions;
pub use self::presence::Presence;
pub use self::rebuild::Remap;
pub use self::record::{Household, Mobility, Residency, Resident};
use self::table::Residents;
use self::tail::{Door, Newcomer, Tail};
use crate::id::{HouseholdId, PersonId, UnitId};
use crate::interval::Timestamp;
use crate::network::{Network, Tier};

/// The checked households and residents of a network; see the [module](self).
///
/// A clone shares everything; registering newcomers with one clone leaves the others as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Population {
    network: Network,
    base: Arc<Base>,
    tail: Arc<Tail>,
}

impl Population {
    fn new(network: Network, base: Base) -> Self {
        Self { network, base: base.into(), tail: Arc::default() }
    }

    /// The network that the households live in.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How many households there are; every position of a household is below this.
    #[must_use]
    pub fn household_total(&self) -> usize {
        self.base.table.households.len() + self.tail.table.households.len()
    }

    /// How many residents there are; every position of a resident is below this.
    #[must_use]
    pub fn resident_total(&self) -> usize {
        self.base.table.residents.len() + self.tail.table.residents.len()
    }

    /// How many households live in a unit. O(log t) for t newcomers.
    #[must_use]
    pub fn household_count(&self, unit: UnitId) -> usize {
        self.household_positions(unit).len()
    }

    /// How many residents live in a unit. O(log t) for t newcomers.
    #[must_use]
    pub fn resident_count(&self, unit: UnitId) -> usize {
        self.resident_positions(unit).len()
    }

    /// The households of a unit by building, door and id; then its newcomers, likewise. O(1) each.
    pub fn households(&self, unit: UnitId) -> impl Iterator<Item = HouseholdId> {
        let positions = self.household_positions(unit).iter();
        positions.filter_map(|position| self.household_at(position)).map(|household| household.id)
    }

    /// The residents of a unit by household (as in [`Population::households`]) and id; then its
    /// newcomers, likewise. O(1) each.
    pub fn residents(&self, unit: UnitId) -> impl Iterator<Item = PersonId> {
        self.resident_positions(unit).iter().filter_map(|position| self.person_at(position))
    }

    /// The residents of a household by id; then its newcomers, likewise. O(log n), and O(1) each.
    pub fn members(&self, household: HouseholdId) -> impl Iterator<Item = PersonId> {
        self.member_positions(household).iter().filter_map(|position| self.person_at(position))
    }

    /// The buildings of a unit in which no household leads, by position. O(households).
    pub fn buildings_without_lead(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let buildings = self.network.members(unit, Tier::Building).iter().copied();
        buildings.filter(|&building| {
            let positions = self.household_positions(building).iter();
            !positions.filter_map(|position| self.household_at(position)).any(|row| row.lead)
        })
    }

    /// The positions of the households of a unit. O(log t) for t newcomers.
    #[must_use]
    pub fn household_positions(&self, unit: UnitId) -> Positions<'_> {
        let units = self.network.preorder_range(unit);
        let newcomers = run(&self.tail.households, |door| side(&units, door.0));
        Positions { range: self.base.households(units), newcomers }
    }

    /// The positions of the residents of a unit. O(log t) for t newcomers.
    #[must_use]
    pub fn resident_positions(&self, unit: UnitId) -> Positions<'_> {
        let units = self.network.preorder_range(unit);
        let newcomers = run(&self.tail.residents, |door| side(&units, door.0));
        Positions { range: self.base.residents(self.base.households(units)), newcomers }
    }

    /// The positions of the residents of a household. O(log n).
    #[must_use]
    pub fn member_positions(&self, household: HouseholdId) -> Positions<'_> {
        let (range, newcomers) = match self.household_position(household) {
            Some(position) => {
                let home = self.household_at(position).map(|row| self.door(&row));
                let range = self.base.residents(position..position + 1);
                (range, run(&self.tail.residents, |door| Some(door).cmp(&home)))
            }
            None => (0..0, &[][..]),
        };
        Positions { range, newcomers }
    }

    /// The position of a household. O(log n).
    #[must_use]
    pub fn household_position(&self, household: HouseholdId) -> Option<usize> {
        let newcomer = || {
            let at = self.tail.table.by_household.get(household)?;
            Some(self.base.table.households.len() + at)
        };
        self.base.table.by_household.get(household).or_else(newcomer)
    }

    /// The position of a resident; `None` for an outsider. O(log n).
    #[must_use]
    pub fn resident_position(&self, person: PersonId) -> Option<usize> {
        let newcomer = || {
            let at = self.tail.table.by_person.get(person)?;
            Some(self.base.table.residents.len() + at)
        };
        self.base.table.by_person.get(person).or_else(newcomer)
    }

    /// The household at a position. O(1).
    #[must_use]
    pub fn household_at(&self, position: usize) -> Option<Household> {
        let base = &self.base.table.households;
        match position.checked_sub(base.len()) {
            None => base.get(position),
            Some(at) => self.tail.table.households.get(at),
        }
    }

    /// The resident at a position. O(1).
    #[must_use]
    pub fn resident_at(&self, position: usize) -> Option<Resident> {
        let (residents, at) = self.residents_with(position);
        residents.get(at, self.home_at(position)?.id)
    }

    /// The person at a position of a resident. O(1).
    #[must_use]
    pub fn person_at(&self, position: usize) -> Option<PersonId> {
        let (residents, at) = self.residents_with(position);
        residents.person.get(at).copied()
    }

    /// The row of a household. O(log n).
    #[must_use]
    pub fn household(&self, household: HouseholdId) -> Option<Household> {
        self.household_at(self.household_position(household)?)
    }

    /// The row of a resident; `None` for an outsider. O(log n).
    #[must_use]
    pub fn resident(&self, person: PersonId) -> Option<Resident> {
        self.resident_at(self.resident_position(person)?)
    }

    /// The household that a resident lives in. O(log n).
    #[must_use]
    pub fn household_of(&self, person: PersonId) -> Option<HouseholdId> {
        Some(self.home_at(self.resident_position(person)?)?.id)
    }

    /// The building that a resident lives in. O(log n).
    #[must_use]
    pub fn building_of(&self, person: PersonId) -> Option<UnitId> {
        Some(self.home_at(self.resident_position(person)?)?.building)
    }

    /// Whether a resident is here at a moment; `false` for an outsider. O(log n).
    #[must_use]
    pub fn is_present(&self, person: PersonId, moment: Timestamp) -> bool {
        self.resident_position(person).is_some_and(|position| {
            let (residents, at) = self.residents_with(position);
            residents.present[at].contains(moment)
        })
    }

    /// All households by position: to change some and build the population anew.
    #[must_use]
    pub fn household_rows(&self) -> Vec<Household> {
        (0..self.household_total()).filter_map(|position| self.household_at(position)).collect()
    }

    /// All residents by position: to change some and build the population anew.
    #[must_use]
    pub fn resident_rows(&self) -> Vec<Resident> {
        (0..self.resident_total()).filter_map(|position| self.resident_at(position)).collect()
    }

    /// The columns that hold a position, and the place in them.
    fn residents_with(&self, position: usize) -> (&Residents, usize) {
        let base = &self.base.table.residents;
        match position.checked_sub(base.len()) {
            None => (base, position),
            Some(at) => (&self.tail.table.residents, at),
        }
    }

    /// The household of the resident at a position. O(1).
    pub(crate) fn home_at(&self, position: usize) -> Option<Household> {
        let (residents, at) = self.residents_with(position);
        self.household_at(*residents.household.get(at)? as usize)
    }
}

/// The newcomers whose doors are on the wanted side of sorted ones, which is `Equal`. O(log n).
fn run(newcomers: &[Newcomer], side: impl Fn(Door) -> Ordering) -> &[Newcomer] {
    let from = newcomers.partition_point(|newcomer| side(newcomer.door) == Ordering::Less);
    let until = newcomers.partition_point(|newcomer| side(newcomer.door) != Ordering::Greater);
    &newcomers[from..until]
}

/// Whether a position is before, in or after a range.
fn side(range: &Range<usize>, position: usize) -> Ordering {
    match position {
        _ if position < range.start => Ordering::Less,
        _ if position < range.end => Ordering::Equal,
        _ => Ordering::Greater,
    }
}

/// Shows how many there are.
impl fmt::Debug for Population {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Population")
            .field("households", &self.household_total())
            .field("residents", &self.resident_total())
            .finish_non_exhaustive()
    }
}
