//! The rows that a host gives: households and residents.

use super::{Age, Presence};
use crate::id::{HouseholdId, OriginId, PersonId, UnitId};

/// A household, as a row of the host's table.
///
/// With the feature `serde` a CSV file with the columns `id,building,door,lead` fills it directly; the
/// last two may be missing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Household {
    /// The household, unique in the table.
    pub id: HouseholdId,
    /// The building that it lives in.
    pub building: UnitId,
    /// The order of its door on a walk through the building: entrance by entrance, floor by floor.
    /// Doors that nobody numbered share 0.
    #[cfg_attr(feature = "serde", serde(default))]
    pub door: u32,
    /// Whether it answers for its building (党员中心户).
    #[cfg_attr(feature = "serde", serde(default))]
    pub lead: bool,
}

impl Household {
    /// A household at door 0 that leads nothing.
    #[must_use]
    pub const fn new(id: HouseholdId, building: UnitId) -> Self {
        Self { id, building, door: 0, lead: false }
    }
}

/// A resident, as a row of the host's table.
///
/// Names and card numbers stay with the host, behind a [`Directory`](crate::Directory). With the feature
/// `serde` a CSV file with the columns
/// `person,household,age,mobility,residency,returnee_from,present` fills it directly. All columns but the
/// first two may be missing; an age, origin or presence may be empty.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Resident {
    /// The person, unique in the table. Outsiders share the numbering, so it may have gaps.
    pub person: PersonId,
    /// The household that they live in.
    pub household: HouseholdId,
    /// What is known of their age.
    #[cfg_attr(feature = "serde", serde(default))]
    pub age: Age,
    /// Whether they can come to a sampling site.
    #[cfg_attr(feature = "serde", serde(default))]
    pub mobility: Mobility,
    /// Whether they are registered here.
    #[cfg_attr(feature = "serde", serde(default))]
    pub residency: Residency,
    /// Where they returned from, if they did.
    #[cfg_attr(feature = "serde", serde(default))]
    pub returnee_from: Option<OriginId>,
    /// When they are here.
    #[cfg_attr(feature = "serde", serde(default))]
    pub present: Presence,
}

impl Resident {
    /// A registered resident who is always here, of unknown age and without a need.
    #[must_use]
    pub fn new(person: PersonId, household: HouseholdId) -> Self {
        Self {
            person,
            household,
            age: Age::default(),
            mobility: Mobility::default(),
            residency: Residency::default(),
            returnee_from: None,
            present: Presence::default(),
        }
    }
}

/// Whether somebody can come to a sampling site.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Mobility {
    /// Comes alone.
    #[default]
    Independent,
    /// Comes with help.
    Assisted,
    /// Cannot come: somebody must visit.
    Homebound,
}

/// Whether somebody is registered where they live.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Residency {
    /// Registered here (户籍).
    #[default]
    Registered,
    /// Of the floating population (流动人口).
    Floating,
}
