//! What is known of places and people besides visits and links.

use super::record::{Place, Setting};
use crate::id::{HouseholdId, PersonId};

/// Stands for "no household" in the dense arrays.
pub(super) const NO_HOUSEHOLD: u32 = u32::MAX;

/// Dense arrays, no longer than the last place or person of whom something is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    settings: Vec<Option<Setting>>,
    home_of: Vec<u32>,
    household_of: Vec<u32>,
}

impl Known {
    /// The same with more rows.
    pub(super) fn with(&self, places: &[Place], members: &[(PersonId, HouseholdId)]) -> Self {
        let mut known = self.clone();
        for row in places {
            let home = row.household.map_or(NO_HOUSEHOLD, HouseholdId::get);
            put(&mut known.settings, row.place.index(), None, Some(row.setting));
            put(&mut known.home_of, row.place.index(), NO_HOUSEHOLD, home);
        }
        for (person, household) in members {
            put(&mut known.household_of, person.index(), NO_HOUSEHOLD, household.get());
        }
        known
    }

    /// Whether something is known of a place.
    pub(super) fn has_place(&self, place: usize) -> bool {
        self.settings.get(place).is_some_and(Option::is_some)
    }

    /// Whether a person's household is known.
    pub(super) fn has_member(&self, person: usize) -> bool {
        self.household_of.get(person).is_some_and(|&household| household != NO_HOUSEHOLD)
    }

    /// The kind of a place.
    pub(super) fn setting(&self, place: u32) -> Setting {
        self.settings.get(place as usize).copied().flatten().unwrap_or_default()
    }

    /// Whether a place is the person's own home.
    pub(super) fn is_home(&self, place: u32, person: u32) -> bool {
        same_household(self.home_of.get(place as usize), self.household_of.get(person as usize))
    }

    /// Whether two people belong to one household.
    pub(super) fn live_together(&self, a: u32, b: u32) -> bool {
        let household = |person: u32| self.household_of.get(person as usize);
        same_household(household(a), household(b))
    }

    pub(super) fn bytes(&self) -> usize {
        let settings = size_of_val(&self.settings[..]);
        settings + size_of_val(&self.home_of[..]) + size_of_val(&self.household_of[..])
    }
}

/// Writes a value into an array that grows to hold it.
fn put<T: Copy>(array: &mut Vec<T>, at: usize, none: T, value: T) {
    if array.len() <= at {
        array.resize(at + 1, none);
    }
    array[at] = value;
}

fn same_household(a: Option<&u32>, b: Option<&u32>) -> bool {
    a.is_some_and(|&household| household != NO_HOUSEHOLD && b == Some(&household))
}
