//! How far a round is, for every unit at once.

use std::ops::AddAssign;

use super::Round;
use super::cell::Cell;
use crate::id::UnitId;
use crate::network::Tier;
use crate::population::Positions;

/// How many targets of a unit are reached, exempt and unreached. Always
/// `frozen + joined - left = targets = reached + exempt + unreached`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Coverage {
    /// On the list when it was frozen.
    pub frozen: u32,
    /// On the list now, and not when it was frozen.
    pub joined: u32,
    /// On the list when it was frozen, and not now.
    pub left: u32,
    /// On the list now.
    pub targets: u32,
    /// Reached.
    pub reached: u32,
    /// Reached at or after the deadline; these are among the reached.
    pub late: u32,
    /// Exempt by the plan or as a visit found, and not reached all the same.
    pub exempt: u32,
    /// Neither: the gaps.
    pub unreached: u32,
}

impl Coverage {
    #[inline]
    fn count(&mut self, cell: Cell) {
        let (frozen, listed) = (cell.is_frozen(), cell.is_listed());
        self.frozen += u32::from(frozen);
        self.joined += u32::from(listed && !frozen);
        self.left += u32::from(frozen && !listed);
        self.targets += u32::from(listed);
        self.reached += u32::from(listed && cell.is_reached());
        self.late += u32::from(listed && cell.is_late());
        self.exempt += u32::from(listed && cell.is_exempt());
        self.unreached += u32::from(cell.is_gap());
    }
}

impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.frozen += other.frozen;
        self.joined += other.joined;
        self.left += other.left;
        self.targets += other.targets;
        self.reached += other.reached;
        self.late += other.late;
        self.exempt += other.exempt;
        self.unreached += other.unreached;
    }
}

impl Round {
    /// How far the round is in a unit. O(n) for n people or households there.
    #[must_use]
    pub fn coverage(&self, unit: UnitId) -> Coverage {
        self.count(&self.positions(unit))
    }

    /// How far the round is in every unit of every tier, indexed by unit. One pass over all targets.
    #[must_use]
    pub fn coverage_by_unit(&self) -> Vec<Coverage> {
        let network = self.population().network();
        let mut values = vec![Coverage::default(); network.len()];
        for unit in network.units() {
            if network.tier(unit) == Some(Tier::Building) {
                values[unit.index()] = self.coverage(unit);
            }
        }
        // There is a value for every unit.
        network.roll_up(&values).unwrap_or_default()
    }

    fn count(&self, positions: &Positions<'_>) -> Coverage {
        let cells = self.book.cells();
        let mut coverage = Coverage::default();
        for &cell in cells.slices(positions.range()).flatten() {
            coverage.count(cell);
        }
        for newcomer in positions.newcomers() {
            coverage.count(cells.get(newcomer));
        }
        coverage
    }
}
