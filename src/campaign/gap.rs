//! Who has not been reached, in walking order, and what became of the gaps of the round before.

use super::cell::Cell;
use super::{Outcome, Round, Standing, Subject, Target};
use crate::id::{HouseholdId, UnitId};
use crate::interval::Day;

/// A target that is neither reached nor exempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gap {
    /// Who.
    pub target: Target,
    /// The household: the target itself, or where the resident lives.
    pub household: HouseholdId,
    /// The building of the household.
    pub building: UnitId,
    /// The order of its door on a walk through the building.
    pub door: u32,
    /// The outcome of the last visit that counts; none where nobody has recorded any.
    pub reason: Option<Outcome>,
    /// How often somebody tried.
    pub tries: u32,
    /// The day on which somebody should try again, as the last visit says.
    pub follow_up: Option<Day>,
    /// Whether it was a gap of the round before.
    pub carried: bool,
}

/// A gap of the round before, as it stood when this round was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Earlier {
    /// Who.
    pub target: Target,
    /// The outcome of the last visit there.
    pub reason: Option<Outcome>,
    /// How often somebody tried there.
    pub tries: u32,
}

impl Round {
    /// The gaps of a unit: those that were gaps of the round before, then the others; each in walking order
    /// (building, entrance, door, household, person), newcomers in their places.
    ///
    /// # Cost
    ///
    /// O(n) for n targets of the unit, and what was recorded of the gaps; O(k log k) for k newcomers.
    #[must_use]
    pub fn gaps(&self, unit: UnitId) -> Vec<Gap> {
        let mut gaps = self.walk(unit);
        // Stable, so that both halves stay in walking order.
        gaps.sort_by_key(|gap| !gap.carried);
        gaps
    }

    /// The gaps of the round before in walking order, and what has become of each by now: recovered where it
    /// is reached, missed again where it is a gap; nothing in a first round. O(log n) each for n people.
    pub fn earlier_gaps(&self) -> impl Iterator<Item = (Earlier, Standing)> {
        self.carried.iter().map(|&earlier| {
            let standing = self.status(earlier.target).map(|status| status.standing);
            (earlier, standing.unwrap_or(Standing::NotListed))
        })
    }

    /// The gaps of the whole round in walking order.
    pub(super) fn all_gaps(&self) -> Vec<Earlier> {
        let roots = self.population().network().roots();
        roots
            .flat_map(|root| self.walk(root))
            .map(|Gap { target, reason, tries, .. }| Earlier { target, reason, tries })
            .collect()
    }

    /// The gaps of a unit in walking order.
    fn walk(&self, unit: UnitId) -> Vec<Gap> {
        let positions = self.positions(unit);
        let cells = self.book.cells();
        let places = positions.range().zip(cells.slices(positions.range()).flatten());
        let settled = places.filter(|(_, cell)| cell.is_gap());
        let mut gaps: Vec<Gap> =
            settled.filter_map(|(position, &cell)| self.gap(position, cell)).collect();
        let before = gaps.len();
        let newcomers = positions.newcomers().map(|position| (position, cells.get(position)));
        let newcomers = newcomers.filter(|(_, cell)| cell.is_gap());
        gaps.extend(newcomers.filter_map(|(position, cell)| self.gap(position, cell)));
        if gaps.len() > before {
            let network = self.population().network();
            // Two sorted runs, which the sort merges.
            gaps.sort_by_key(|gap| {
                (network.position(gap.building), gap.door, gap.household, gap.target)
            });
        }
        gaps
    }

    fn gap(&self, position: usize, cell: Cell) -> Option<Gap> {
        let population = self.population();
        let (target, home) = match self.subject() {
            Subject::Households => {
                let home = population.household_at(position)?;
                (Target::Household(home.id), home)
            }
            Subject::Residents => {
                let person = population.person_at(position)?;
                (Target::Person(person), population.home_at(position)?)
            }
        };
        let visited = cell.last().is_some();
        Some(Gap {
            target,
            household: home.id,
            building: home.building,
            door: home.door,
            reason: cell.last(),
            tries: self.book.tries(target.number(), cell.tries()),
            follow_up: visited.then(|| self.book.follow_up(target.number())).flatten(),
            carried: cell.is_carried(),
        })
    }
}
