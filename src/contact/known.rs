//! What is known of places and people besides visits and links.

use super::record::{Member, Place, Setting};
use crate::id::{HouseholdId, dense};

/// Stands for "no household" in the dense arrays.
pub(super) const NO_HOUSEHOLD: u32 = u32::MAX;

/// Dense arrays, no longer than the last place or person of whom something is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    settings: Vec<Option<Setting>>,
    /// The number of the household at home in each place.
    home_of: Vec<u32>,
    /// The number of each person's household.
    household_of: Vec<u32>,
    /// The households, sorted, each with its number: in the order in which they came. No answer depends
    /// on it, since nobody has two.
    households: Vec<(HouseholdId, u32)>,
}

impl Known {
    /// The same with more rows.
    pub(super) fn with(&self, places: &[Place], members: &[Member]) -> Self {
        let mut known = self.clone();
        let of_places = places.iter().filter_map(|row| row.household);
        known.number(members.iter().map(|row| row.household).chain(of_places).collect());
        for row in places {
            let home = row.household.map_or(NO_HOUSEHOLD, |home| known.number_of(home));
            put(&mut known.settings, row.place.index(), None, Some(row.setting));
            put(&mut known.home_of, row.place.index(), NO_HOUSEHOLD, home);
        }
        for row in members {
            let household = known.number_of(row.household);
            put(&mut known.household_of, row.person.index(), NO_HOUSEHOLD, household);
        }
        known
    }

    /// The same without the households of people who do not satisfy a condition.
    pub(super) fn with_members(&self, belongs: impl Fn(u32) -> bool) -> Self {
        let mut known = self.clone();
        for (household, person) in known.household_of.iter_mut().zip(0..) {
            if *household != NO_HOUSEHOLD && !belongs(person) {
                *household = NO_HOUSEHOLD;
            }
        }
        known
    }

    /// Numbers those households that have no number so far.
    fn number(&mut self, mut households: Vec<HouseholdId>) {
        households.sort_unstable();
        households.dedup();
        households.retain(|&household| self.position(household).is_err());
        let first = dense(self.households.len());
        self.households.extend(households.into_iter().zip(first..));
        self.households.sort_unstable();
    }

    fn position(&self, household: HouseholdId) -> Result<usize, usize> {
        self.households.binary_search_by_key(&household, |row| row.0)
    }

    /// The number of a household.
    pub(super) fn number_of(&self, household: HouseholdId) -> u32 {
        self.position(household).map_or(NO_HOUSEHOLD, |at| self.households[at].1)
    }

    /// How many households have a number.
    pub(super) fn households(&self) -> u32 {
        dense(self.households.len())
    }

    /// Whether something is known of a place.
    pub(super) fn has_place(&self, place: usize) -> bool {
        self.settings.get(place).is_some_and(Option::is_some)
    }

    /// The number of a person's household, if it is known.
    pub(super) fn household_of(&self, person: u32) -> Option<u32> {
        let household = self.household_of.get(person as usize).copied();
        household.filter(|&household| household != NO_HOUSEHOLD)
    }

    /// The kind of a place.
    pub(super) fn setting(&self, place: u32) -> Setting {
        self.settings.get(place as usize).copied().flatten().unwrap_or_default()
    }

    /// Whether a place is the person's own home.
    pub(super) fn is_home(&self, place: u32, person: u32) -> bool {
        let household = self.household_of(person);
        household.is_some() && household == self.home_of.get(place as usize).copied()
    }

    /// Whether two people belong to one household.
    pub(super) fn live_together(&self, a: u32, b: u32) -> bool {
        let household = self.household_of(a);
        household.is_some() && household == self.household_of(b)
    }

    pub(super) fn bytes(&self) -> usize {
        let arrays = size_of_val(&self.home_of[..]) + size_of_val(&self.household_of[..]);
        arrays + size_of_val(&self.settings[..]) + size_of_val(&self.households[..])
    }
}

/// Writes a value into an array that grows to hold it.
fn put<T: Copy>(array: &mut Vec<T>, at: usize, none: T, value: T) {
    if array.len() <= at {
        array.resize(at + 1, none);
    }
    array[at] = value;
}
