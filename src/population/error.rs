//! What tables of households and residents can have wrong.

use crate::id::{HouseholdId, PersonId, UnitId};
use crate::network::Tier;

/// A problem in a table of households or residents.
///
/// Rows count from 0 in the order in which they were added, households and residents apart; each variant
/// says which of the two tables it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum PopulationError {
    /// 2^32 - 1 households or more: positions are 32 bits wide.
    #[error("{households} households do not fit in 32-bit positions")]
    TooManyHouseholds {
        /// How many there were.
        households: u64,
    },
    /// 2^32 - 1 residents or more: positions are 32 bits wide.
    #[error("{residents} residents do not fit in 32-bit positions")]
    TooManyResidents {
        /// How many there were.
        residents: u64,
    },
    /// Another household has the same id.
    #[error("household row {row}: {household:?} is there already{}", in_row(*other))]
    DuplicateHousehold {
        /// The row of the household.
        row: usize,
        /// Its id.
        household: HouseholdId,
        /// The other row: the first one with the id, or the second where `row` is the first; none where
        /// the household was registered earlier.
        other: Option<usize>,
    },
    /// The last number, which no directory gives out.
    #[error("household row {row}: the id is out of range")]
    HouseholdIdOutOfRange {
        /// The row of the household.
        row: usize,
    },
    /// A household in a unit that the network does not have.
    #[error("household row {row}: the network has no {unit:?}")]
    UnknownBuilding {
        /// The row of the household.
        row: usize,
        /// The unit.
        unit: UnitId,
    },
    /// A household in a unit that is not a building.
    #[error("household row {row}: {unit:?} is a {tier}, not a building")]
    NotABuilding {
        /// The row of the household.
        row: usize,
        /// The unit.
        unit: UnitId,
        /// Its tier.
        tier: Tier,
    },
    /// Another resident is the same person.
    #[error("resident row {row}: {person:?} is there already{}", in_row(*other))]
    DuplicatePerson {
        /// The row of the resident.
        row: usize,
        /// The person.
        person: PersonId,
        /// The other row: the first one with the person, or the second where `row` is the first; none
        /// where the person was registered earlier.
        other: Option<usize>,
    },
    /// The last number, which no directory gives out.
    #[error("resident row {row}: the person's id is out of range")]
    PersonIdOutOfRange {
        /// The row of the resident.
        row: usize,
    },
    /// A birth year of five digits, or a band of ages that ends before it begins.
    #[error("resident row {row}: the age is impossible")]
    BadAge {
        /// The row of the resident.
        row: usize,
    },
    /// A resident of a household that nobody knows.
    #[error("resident row {row}: there is no {household:?}")]
    UnknownHousehold {
        /// The row of the resident.
        row: usize,
        /// The household.
        household: HouseholdId,
    },
    /// The resident is fine and was rejected with the household. In the answer of
    /// [`PopulationBuilder::build_partial`](super::PopulationBuilder::build_partial) only.
    #[error("resident row {row}: {household:?} was rejected")]
    HouseholdRejected {
        /// The row of the resident.
        row: usize,
        /// The household.
        household: HouseholdId,
    },
    /// The redrawn network has no building with the code of one in which households live. From
    /// [`Population::rebuild`](super::Population::rebuild) only.
    #[error(
        "{households} households live in {unit:?}, which is no building of the redrawn network"
    )]
    BuildingGone {
        /// The building, by its id in the old network.
        unit: UnitId,
        /// How many households live there.
        households: usize,
    },
}

fn in_row(other: Option<usize>) -> String {
    other.map(|row| format!(" in row {row}")).unwrap_or_default()
}

impl PopulationError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyHouseholds { .. } => "too-many-households",
            Self::TooManyResidents { .. } => "too-many-residents",
            Self::DuplicateHousehold { .. } => "duplicate-household",
            Self::HouseholdIdOutOfRange { .. } => "household-id-out-of-range",
            Self::UnknownBuilding { .. } => "unknown-building",
            Self::NotABuilding { .. } => "not-a-building",
            Self::DuplicatePerson { .. } => "duplicate-person",
            Self::PersonIdOutOfRange { .. } => "person-id-out-of-range",
            Self::BadAge { .. } => "bad-age",
            Self::UnknownHousehold { .. } => "unknown-household",
            Self::HouseholdRejected { .. } => "household-rejected",
            Self::BuildingGone { .. } => "building-gone",
        }
    }
}
