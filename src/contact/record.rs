//! What a host records: stays at places, direct contacts, and what kind of place a place is.

use crate::id::{HouseholdId, PersonId, PlaceId};
use crate::interval::Timestamp;

/// A person's stay at a place, `start <= t < end`, never empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Visit {
    /// Who was there.
    pub person: PersonId,
    /// Where.
    pub place: PlaceId,
    /// The first second of the stay.
    pub start: Timestamp,
    /// The first second after it.
    pub end: Timestamp,
}

/// A direct contact of two people, `start <= t < end`; `start == end` means that instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Link {
    /// One of the two, and the only possible carrier of a one-way link.
    pub a: PersonId,
    /// The other one.
    pub b: PersonId,
    /// The first second of the contact.
    pub start: Timestamp,
    /// The first second after it, or `start` for an instant.
    pub end: Timestamp,
    /// Whether exposure passes from `a` to `b` only (a movement of goods or animals, a recorded
    /// infector). A mutual contact by default.
    #[cfg_attr(feature = "serde", serde(default))]
    pub one_way: bool,
}

/// What kind of place a place is, so that a protocol can ask for a minimum overlap of its own there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Setting {
    /// A home.
    Household,
    /// An office, a workshop, a building site.
    Workplace,
    /// A school, a kindergarten, a class.
    School,
    /// A coach of a train, a bus, an aircraft, a ship.
    Vehicle,
    /// A hospital, a clinic, a care home.
    HealthFacility,
    /// A shop, a restaurant, a place of entertainment.
    Public,
    /// Anything else, or not stated.
    #[default]
    Other,
}

impl Setting {
    /// All settings, in the order of their declaration.
    pub const ALL: [Self; 7] = [
        Self::Household,
        Self::Workplace,
        Self::School,
        Self::Vehicle,
        Self::HealthFacility,
        Self::Public,
        Self::Other,
    ];
}

/// What is known of a place besides its visits. A place without such a row is [`Setting::Other`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// The place.
    pub place: PlaceId,
    /// Its kind.
    pub setting: Setting,
    /// The household whose home it is, if it is one: home isolation cuts nothing there.
    pub household: Option<HouseholdId>,
}

/// A time `from <= t < until` in which a person was present in their household.
///
/// Who was present at the same time lived together: a contact, where the protocol
/// [says so](super::Protocol::with_household_contacts), without any recorded visit.
///
/// An end that is not stated lies 2^27 seconds (4.25 years) before the earliest start of all rows, or after
/// the latest end. Backward from a case whose window is open, and in evidence, such an end shows: state the ends
/// that are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Of which household.
    pub household: HouseholdId,
    /// The first second; `None` if they always were there before `until`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub from: Option<Timestamp>,
    /// The first second after it; `None` while they are there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub until: Option<Timestamp>,
}

/// Somebody always present.
impl From<(PersonId, HouseholdId)> for Member {
    fn from((person, household): (PersonId, HouseholdId)) -> Self {
        Self { person, household, from: None, until: None }
    }
}

/// Which table of a [`ContactIndexBuilder`](super::ContactIndexBuilder) a problem stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Table {
    /// The visits.
    Visits,
    /// The links.
    Links,
    /// What is known of places.
    Places,
    /// Who belongs to which household.
    Households,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Visits => "visit",
            Self::Links => "link",
            Self::Places => "place",
            Self::Households => "household member",
        })
    }
}

/// Why a row cannot go into a contact index. Rows count from 0 in each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum RecordError {
    /// A visit ends before it starts, or at the same second.
    #[error("visit {row} ends at {end}, not after its start at {start}")]
    EmptyVisit {
        /// The row among the visits.
        row: usize,
        /// Its start.
        start: Timestamp,
        /// Its end.
        end: Timestamp,
    },
    /// A link ends before it starts.
    #[error("link {row} ends at {end}, before its start at {start}")]
    InvertedLink {
        /// The row among the links.
        row: usize,
        /// Its start.
        start: Timestamp,
        /// Its end.
        end: Timestamp,
    },
    /// A link joins a person to themselves.
    #[error("link {row} joins {person:?} to themselves")]
    SelfContact {
        /// The row among the links.
        row: usize,
        /// The person.
        person: PersonId,
    },
    /// A person at or above the number of people that the builder was told.
    #[error("{table} {row} names {person:?}, unknown here")]
    UnknownPerson {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The unknown person.
        person: PersonId,
    },
    /// A place at or above the number of places that the builder was told.
    #[error("{table} {row} names {place:?}, unknown here")]
    UnknownPlace {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The unknown place.
        place: PlaceId,
    },
    /// A place is stated twice, or another household of a person.
    #[error("{table} {row} states again what row {first} states")]
    StatedTwice {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A place or a person's household is stated, but the index that is extended knows it already.
    #[error("{table} {row} states again what the index knows already")]
    StatedBefore {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
    },
    /// A visit or link is to be taken back, but the index does not hold it.
    #[error("{table} {row} is not in the index")]
    NotThere {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
    },
    /// The household number 2^32 - 1, which is kept free.
    #[error("{table} {row} names a household number that is kept free")]
    HouseholdOutOfRange {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
    },
    /// A presence at home ends before it starts, or at the same second.
    #[error("household member {row} is there until {until}, not after {from}")]
    EmptyPresence {
        /// The row among the household members.
        row: usize,
        /// Its start.
        from: Timestamp,
        /// Its end.
        until: Timestamp,
    },
    /// A row ends more than 2^32 - 2^28 - 2^27 - 4 seconds (123 years) after the earliest start of all rows.
    #[error("{table} {row} ends at {end}, over 123 years after the first start at {earliest}")]
    TooFarApart {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// Its end.
        end: Timestamp,
        /// The earliest start of all visits, links and presences.
        earliest: Timestamp,
    },
    /// A row starts so much before the latest end of the index that is extended.
    #[error("{table} {row} starts at {start}, over 123 years before the last end at {latest}")]
    TooEarly {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// Its start.
        start: Timestamp,
        /// The latest end of all visits, links and presences.
        latest: Timestamp,
    },
    /// Row numbers are 32 bits wide.
    #[error("{rows} rows of the {table} table do not fit in 32-bit row numbers")]
    TooManyRows {
        /// The table.
        table: Table,
        /// How many rows it has; a mutual link counts twice.
        rows: usize,
    },
    /// Places and households are numbered together, in 32 bits.
    #[error(
        "{places} places and {members} household members do not fit in 32-bit numbers together"
    )]
    TooManyVenues {
        /// How many places there are.
        places: u32,
        /// How many household members, each of whom may be a household.
        members: usize,
    },
}

impl RecordError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyVisit { .. } => "empty-visit",
            Self::InvertedLink { .. } => "inverted-link",
            Self::SelfContact { .. } => "self-contact",
            Self::UnknownPerson { .. } => "unknown-person",
            Self::UnknownPlace { .. } => "unknown-place",
            Self::StatedTwice { .. } => "stated-twice",
            Self::StatedBefore { .. } => "stated-before",
            Self::NotThere { .. } => "not-there",
            Self::HouseholdOutOfRange { .. } => "household-out-of-range",
            Self::EmptyPresence { .. } => "empty-presence",
            Self::TooFarApart { .. } => "too-far-apart",
            Self::TooEarly { .. } => "too-early",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::TooManyVenues { .. } => "too-many-venues",
        }
    }

    /// The table and the row that the problem stands in; for too many rows, their number.
    #[must_use]
    pub const fn position(&self) -> (Table, usize) {
        match *self {
            Self::EmptyVisit { row, .. } => (Table::Visits, row),
            Self::InvertedLink { row, .. } | Self::SelfContact { row, .. } => (Table::Links, row),
            Self::EmptyPresence { row, .. } => (Table::Households, row),
            Self::UnknownPerson { table, row, .. }
            | Self::UnknownPlace { table, row, .. }
            | Self::StatedTwice { table, row, .. }
            | Self::StatedBefore { table, row }
            | Self::NotThere { table, row }
            | Self::TooEarly { table, row, .. }
            | Self::HouseholdOutOfRange { table, row }
            | Self::TooFarApart { table, row, .. } => (table, row),
            Self::TooManyRows { table, rows } => (table, rows),
            Self::TooManyVenues { members, .. } => (Table::Households, members),
        }
    }
}
