//! The residents that a population was built with: every unit is one range of positions.

use std::ops::Range;

use rayon::prelude::*;

use super::table::Table;
use super::{Household, Resident};
use crate::id::{PersonId, UnitId, dense};
use crate::network::Network;

#[derive(Default, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) table: Table,
    /// The first household at or after each position of the network, and the number of households.
    household_start: Vec<u32>,
    /// The first resident of each household, and the number of residents.
    resident_start: Vec<u32>,
}

impl Base {
    /// Sorts checked rows into network order. O(n log n).
    pub(super) fn new(
        network: &Network,
        mut households: Vec<Household>,
        residents: &[Resident],
    ) -> Self {
        let place = |building: UnitId| network.position(building).unwrap_or_default();
        households.par_sort_unstable_by_key(|household| {
            (place(household.building), household.door, household.id)
        });
        let mut table = Table::default();
        table.append_households(&households);

        let home =
            |resident: &Resident| table.by_household.get(resident.household).map_or(0, dense);
        let mut order: Vec<(u32, PersonId, u32)> = residents
            .par_iter()
            .enumerate()
            .map(|(row, resident)| (home(resident), resident.person, dense(row)))
            .collect();
        order.par_sort_unstable();
        table
            .append_residents(order.iter().map(|&(home, _, row)| (&residents[row as usize], home)));
        let household_start = starts(network.len(), households.iter().map(|h| place(h.building)));
        let resident_start = starts(households.len(), order.iter().map(|entry| entry.0 as usize));
        Self { table, household_start, resident_start }
    }

    /// The households of a range of positions of the network.
    pub(super) fn households(&self, units: Range<usize>) -> Range<usize> {
        row(&self.household_start, units)
    }

    /// The residents of a range of households.
    pub(super) fn residents(&self, households: Range<usize>) -> Range<usize> {
        row(&self.resident_start, households)
    }
}

/// Where each of `groups` groups starts among items sorted by group, and the number of items.
fn starts(groups: usize, group_of: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut starts = vec![0; groups + 1];
    for group in group_of {
        starts[group + 1] += 1;
    }
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    starts
}

/// The items of a range of groups.
fn row(starts: &[u32], groups: Range<usize>) -> Range<usize> {
    let start = |group: usize| starts.get(group).map_or(0, |&start| start as usize);
    start(groups.start)..start(groups.end)
}
