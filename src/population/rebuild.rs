//! The same people on a redrawn network.

use rayon::prelude::*;

use super::base::Base;
use super::builder::{SORT, step};
use super::{Household, Population, PopulationError};
use crate::error::{Problems, Stopped};
use crate::id::{UnitId, dense};
use crate::network::{Network, Tier};
use crate::watch::Watch;

/// Where units and positions went when a population was rebuilt. Ids of people and households never move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remap {
    units: Vec<Option<UnitId>>,
    households: Vec<u32>,
    residents: Vec<u32>,
}

impl Remap {
    /// The unit of the new network with the code of a unit of the old one, if there is one.
    #[must_use]
    pub fn unit(&self, old: UnitId) -> Option<UnitId> {
        *self.units.get(old.index())?
    }

    /// The new position of the household that had an old one.
    #[must_use]
    pub fn household(&self, old: usize) -> Option<usize> {
        self.households.get(old).map(|&position| position as usize)
    }

    /// The new position of the resident who had an old one.
    #[must_use]
    pub fn resident(&self, old: usize) -> Option<usize> {
        self.residents.get(old).map(|&position| position as usize)
    }
}

impl Population {
    /// The same households and residents on a redrawn network, where buildings are known by their codes;
    /// newcomers take their places among the others, so that every unit is one range again.
    ///
    /// On the population's own [`network`](Population::network) it folds the newcomers in.
    ///
    /// # Cost
    ///
    /// O(n log n) for n units, households and residents, in parallel on the caller's rayon pool.
    ///
    /// # Errors
    ///
    /// [`PopulationError::BuildingGone`] for every building in which households live and whose code is
    /// not that of a building of the new network; [`Stopped::Cancelled`].
    pub fn rebuild(
        &self,
        network: &Network,
        watch: &dyn Watch,
    ) -> Result<(Self, Remap), Stopped<PopulationError>> {
        let old = &self.network;
        let units: Vec<Option<UnitId>> =
            old.units().map(|unit| network.unit(old.code(unit)?)).collect();
        let moved = |building: UnitId| {
            units[building.index()].filter(|&unit| network.tier(unit) == Some(Tier::Building))
        };
        let mut gone = Vec::new();
        for unit in old.units().filter(|&unit| old.tier(unit) == Some(Tier::Building)) {
            let households = self.household_count(unit);
            if households > 0 && moved(unit).is_none() {
                gone.push(PopulationError::BuildingGone { unit, households });
            }
        }
        Problems::check(gone)?;
        step(watch, SORT)?;

        let rows = self.household_rows();
        let households = rows
            .iter()
            .filter_map(|&row| Some(Household { building: moved(row.building)?, ..row }));
        let residents = self.resident_rows();
        let base = Base::new(network, households.collect(), &residents);
        let new = Self::new(network.clone(), base);
        let remap = Remap {
            households: positions(&rows, |row| new.household_position(row.id)),
            residents: positions(&residents, |row| new.resident_position(row.person)),
            units,
        };
        Ok((new, remap))
    }
}

/// The new position of each old one. Everybody who was there is still there.
fn positions<T: Sync>(old: &[T], new: impl Fn(&T) -> Option<usize> + Sync) -> Vec<u32> {
    old.par_iter().map(|row| new(row).map_or(0, dense)).collect()
}
