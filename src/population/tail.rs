//! Newcomers: registered one batch at a time, behind everybody who is there.

use std::sync::Arc;

use super::builder::Check;
use super::table::Table;
use super::{Household, Population, PopulationError, Resident};
use crate::error::Problems;
use crate::id::{HouseholdId, PersonId, dense};

#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Tail {
    /// In the order of registration; its first rows follow the last ones of the base.
    pub(super) table: Table,
    /// In walking order, so that the households of a unit are one run.
    pub(super) households: Vec<Newcomer>,
    /// In walking order, so that the residents of a unit or household are one run.
    pub(super) residents: Vec<Newcomer>,
}

/// A household, or a resident of one, in the walking order of the network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Newcomer {
    pub(super) door: Door,
    /// None for a household.
    person: Option<PersonId>,
    pub(super) position: usize,
}

/// Where a household stands on a walk: the position of the building in the network, the door, the id.
pub(super) type Door = (usize, u32, HouseholdId);

impl Population {
    /// Registers newcomers: new households, and residents of new and of known ones. All of them, or
    /// none where there is a problem.
    ///
    /// Ids and positions already given out stay as they are. Newcomers get the positions after all
    /// others, batch by batch, sorted within a batch like everybody else; so a unit is one range of
    /// positions and, behind it, its newcomers. Those are found in a sorted index, where every unit is
    /// one run. A clone made before keeps its own view.
    ///
    /// # Cost
    ///
    /// O(k log k + t) for k rows where t newcomers have come since the population was built or rebuilt; a
    /// clone's shared tail is copied first, which is O(t) too. Register in batches, and fold a long tail
    /// in with [`Population::rebuild`].
    ///
    /// # Errors
    ///
    /// Every problem, as [`PopulationBuilder::build`](super::PopulationBuilder::build) returns them; the
    /// population is then as it was.
    pub fn register(
        &mut self,
        households: impl IntoIterator<Item = Household>,
        residents: impl IntoIterator<Item = Resident>,
    ) -> Result<(), Problems<PopulationError>> {
        let mut households: Vec<Household> = households.into_iter().collect();
        let mut residents: Vec<Resident> = residents.into_iter().collect();
        Problems::check(Check::new(self, &households, &residents).causes())?;
        households.sort_unstable_by_key(|household| self.door(household));
        self.append_households(&households);
        residents
            .sort_by_cached_key(|resident| (self.door_of(resident.household), resident.person));
        self.append_residents(&residents);
        Ok(())
    }

    /// Whether this is an earlier population, or that with newcomers registered since: everybody in it has
    /// the same home and position in both. O(t) for t newcomers; O(n) where nothing is shared.
    pub(crate) fn extends(&self, earlier: &Self) -> bool {
        self.network == earlier.network
            && (Arc::ptr_eq(&self.base, &earlier.base) || self.base == earlier.base)
            && (Arc::ptr_eq(&self.tail, &earlier.tail)
                || self.tail.table.starts_with(&earlier.tail.table))
    }

    /// Gives checked households the next positions, in the order given.
    pub(super) fn append_households(&mut self, households: &[Household]) {
        let newcomers: Vec<Newcomer> = households
            .iter()
            .zip(self.household_total()..)
            .map(|(household, position)| Newcomer {
                door: self.door(household),
                person: None,
                position,
            })
            .collect();
        let tail = Arc::make_mut(&mut self.tail);
        tail.table.append_households(households);
        tail.households.extend(newcomers);
        // Two sorted runs: the standard sort merges them.
        tail.households.sort();
    }

    /// Gives checked residents of known households the next positions, in the order given.
    pub(super) fn append_residents(&mut self, residents: &[Resident]) {
        let homes: Vec<u32> = residents
            .iter()
            .map(|resident| self.household_position(resident.household).map_or(0, dense))
            .collect();
        let newcomers: Vec<Newcomer> = residents
            .iter()
            .zip(self.resident_total()..)
            .filter_map(|(resident, position)| {
                let door = self.door_of(resident.household)?;
                Some(Newcomer { door, person: Some(resident.person), position })
            })
            .collect();
        let tail = Arc::make_mut(&mut self.tail);
        tail.table.append_residents(residents.iter().zip(homes));
        tail.residents.extend(newcomers);
        tail.residents.sort();
    }

    /// Where a household stands on a walk.
    pub(crate) fn door(&self, household: &Household) -> Door {
        let building = self.network.position(household.building).unwrap_or_default();
        (building, household.door, household.id)
    }

    /// The door of a household that is known.
    fn door_of(&self, household: HouseholdId) -> Option<Door> {
        self.household(household).map(|household| self.door(&household))
    }
}
