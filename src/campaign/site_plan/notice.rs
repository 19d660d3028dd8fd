//! From a catchment to groups, and from a plan to the doors.

use std::iter::repeat_n;

use rayon::prelude::*;

use super::{Group, SitePlan, SitePlanError, Turn};
use crate::dispatch::Share;
use crate::error::Problems;
use crate::id::{HouseholdId, PostId, UnitId};
use crate::interval::Interval;
use crate::population::{Population, Resident};

/// What a household is to be told (逐一上门通知): people of one turn who are called in one slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Notice {
    /// The household.
    pub household: HouseholdId,
    /// Who of the household.
    pub turn: Turn,
    /// How many of them, at least 1.
    pub people: u32,
    /// Where they go, or whose team visits them, and when; `None` where they are not called.
    pub called: Option<(PostId, Interval)>,
}

impl Group {
    /// The groups of a catchment: the people of each building, in walking order (door, household, person), go to its
    /// sites by id, as many to each as its share says; the last ones, who are in no share, go nowhere.
    ///
    /// `turn` says whose turn a resident is, and `None` for whoever is not to be sampled. Shares count all others, the
    /// homebound as well: the home teams of the site visit them.
    ///
    /// # Cost
    ///
    /// O(n log n) for n residents of the buildings, in parallel.
    ///
    /// # Errors
    ///
    /// [`SitePlanError::TooManyShared`] for each share that goes beyond the people of its building, in row order.
    pub fn of_shares(
        population: &Population,
        shares: &[Share],
        turn: impl Fn(&Resident) -> Option<Turn> + Sync,
    ) -> Result<Vec<Self>, Problems<SitePlanError>> {
        let mut sorted: Vec<(usize, &Share)> = shares.iter().enumerate().collect();
        sorted.sort_unstable_by_key(|&(row, share)| (share.building, share.site, row));
        let by_building: Vec<_> =
            sorted.chunk_by(|(_, a), (_, b)| a.building == b.building).collect();
        let divided: Vec<_> =
            by_building.par_iter().map(|shares| divide(population, shares, &turn)).collect();
        let (mut groups, mut found) = (Vec::new(), Vec::new());
        for of_building in divided.into_iter().flatten() {
            match of_building {
                Ok(group) => groups.push(group),
                Err(problem) => found.push(problem),
            }
        }
        found.sort_by_key(|&(row, _)| row);
        Problems::check(found.into_iter().map(|(_, problem)| problem).collect())?;
        Ok(groups)
    }
}

/// The groups of the shares of one building.
fn divide(
    population: &Population,
    rows: &[(usize, &Share)],
    turn: impl Fn(&Resident) -> Option<Turn>,
) -> Vec<Result<Group, (usize, SitePlanError)>> {
    let building = rows[0].1.building;
    let walk = walk(population, building, turn);
    let listed = walk.len() as u64;
    let mut people = walk.into_iter();
    let mut shared = 0;
    let of_one = |&(row, share): &(usize, &Share)| {
        shared += u64::from(share.people);
        if shared > listed {
            return Err((row, SitePlanError::TooManyShared { row, building, listed, shared }));
        }
        let mut group = Group::new(share.site, building);
        for (_, turn) in people.by_ref().take(share.people as usize) {
            match turn {
                Turn::Elderly => group.elderly += 1,
                Turn::Others => group.others += 1,
                Turn::AtHome => group.homebound += 1,
            }
        }
        Ok(group)
    };
    rows.iter().map(of_one).collect()
}

/// The people of a building who are to be sampled, in walking order.
fn walk(
    population: &Population,
    building: UnitId,
    turn: impl Fn(&Resident) -> Option<Turn>,
) -> Vec<(HouseholdId, Turn)> {
    let homes = population.household_positions(building).iter();
    let mut homes: Vec<_> = homes.filter_map(|at| population.household_at(at)).collect();
    homes.sort_unstable_by_key(|home| (home.door, home.id));
    let people = homes.iter().flat_map(|home| {
        let members = population.member_positions(home.id).iter();
        let mut members: Vec<_> = members.filter_map(|at| population.resident_at(at)).collect();
        members.sort_unstable_by_key(|resident| resident.person);
        members
    });
    people.filter_map(|resident| Some((resident.household, turn(&resident)?))).collect()
}

impl SitePlan {
    /// What the households of a building are to be told, in walking order; within a household by turn and slot.
    ///
    /// The people whom the plan counts in the building are found by walking: of each turn, the first ones go to the
    /// first site, and are called there first. `turn` must say what it said when they were counted; whoever was not
    /// counted is named as not called.
    ///
    /// # Cost
    ///
    /// O(n log n) for n residents of the building.
    #[must_use]
    pub fn notices(
        &self,
        population: &Population,
        building: UnitId,
        turn: impl Fn(&Resident) -> Option<Turn>,
    ) -> Vec<Notice> {
        let places = |turn| {
            let calls = self.called_at(building).filter(|call| call.turn == turn);
            let calls = calls.map(|call| (call.site, Some(call.during), call.people));
            let left = self.not_called_at(building).filter(|left| left.turn == turn);
            let mut rows: Vec<_> =
                calls.chain(left.map(|left| (left.site, None, left.people))).collect();
            // Stable: the people of a site who are not called come after those who are.
            rows.sort_by_key(|&(site, ..)| site);
            rows.into_iter().flat_map(|(site, during, people)| {
                repeat_n(during.map(|during| (site, during)), people as usize)
            })
        };
        let (mut elderly, mut others, mut at_home) =
            (places(Turn::Elderly), places(Turn::Others), places(Turn::AtHome));
        let mut notices: Vec<Notice> = Vec::new();
        let walk = walk(population, building, turn);
        for of_household in walk.chunk_by(|a, b| a.0 == b.0) {
            let first = notices.len();
            for &(household, turn) in of_household {
                let place = match turn {
                    Turn::Elderly => elderly.next(),
                    Turn::Others => others.next(),
                    Turn::AtHome => at_home.next(),
                };
                let called = place.flatten();
                let same = |notice: &&mut Notice| notice.turn == turn && notice.called == called;
                match notices[first..].iter_mut().find(same) {
                    Some(notice) => notice.people += 1,
                    None => notices.push(Notice { household, turn, people: 1, called }),
                }
            }
            // Stable, so that slots of a turn stay in their order.
            notices[first..].sort_by_key(|notice| notice.turn);
        }
        notices
    }
}
