//! Households and residents in columns, and the way from an id to a position.

use rayon::slice::ParallelSliceMut;

use super::{Age, Household, Mobility, Presence, Residency, Resident};
use crate::id::{DenseId, HouseholdId, OriginId, PersonId, UnitId, dense};

/// Rows in columns, at consecutive positions from 0 on.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) households: Households,
    pub(super) residents: Residents,
    pub(super) by_household: PositionsById,
    pub(super) by_person: PositionsById,
}

#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Households {
    pub(super) id: Vec<HouseholdId>,
    pub(super) building: Vec<UnitId>,
    pub(super) door: Vec<u32>,
    pub(super) lead: Vec<bool>,
}

#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Residents {
    pub(super) person: Vec<PersonId>,
    /// The position of the household.
    pub(super) household: Vec<u32>,
    age: Vec<Age>,
    mobility: Vec<Mobility>,
    residency: Vec<Residency>,
    returnee_from: Vec<Option<OriginId>>,
    pub(super) present: Vec<Presence>,
}

impl Table {
    /// Whether the first rows are those of another table, as far as ids and homes go.
    pub(super) fn starts_with(&self, other: &Self) -> bool {
        let (homes, others) = (&self.households, &other.households);
        homes.id.starts_with(&others.id)
            && homes.building.starts_with(&others.building)
            && homes.door.starts_with(&others.door)
            && self.residents.person.starts_with(&other.residents.person)
            && self.residents.household.starts_with(&other.residents.household)
    }

    /// Gives households the next positions, in the order given. O(k log k + n) for k of them.
    pub(super) fn append_households(&mut self, households: &[Household]) {
        let Households { id, building, door, lead } = &mut self.households;
        let first = id.len();
        id.extend(households.iter().map(|household| household.id));
        building.extend(households.iter().map(|household| household.building));
        door.extend(households.iter().map(|household| household.door));
        lead.extend(households.iter().map(|household| household.lead));
        self.by_household.extend(&id[first..], first);
    }

    /// Gives residents the next positions, in the order given, each with the position of the household.
    /// O(k log k + n) for k of them.
    pub(super) fn append_residents<'a>(
        &mut self,
        residents: impl ExactSizeIterator<Item = (&'a Resident, u32)>,
    ) {
        let columns = &mut self.residents;
        let first = columns.person.len();
        columns.reserve(residents.len());
        for (resident, household) in residents {
            columns.push(resident, household);
        }
        self.by_person.extend(&columns.person[first..], first);
    }
}

impl Households {
    pub(super) fn len(&self) -> usize {
        self.id.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<Household> {
        Some(Household {
            id: *self.id.get(at)?,
            building: self.building[at],
            door: self.door[at],
            lead: self.lead[at],
        })
    }
}

impl Residents {
    pub(super) fn len(&self) -> usize {
        self.person.len()
    }

    /// The resident at a place, whose household the caller knows.
    pub(super) fn get(&self, at: usize, household: HouseholdId) -> Option<Resident> {
        Some(Resident {
            person: *self.person.get(at)?,
            household,
            age: self.age[at],
            mobility: self.mobility[at],
            residency: self.residency[at],
            returnee_from: self.returnee_from[at],
            present: self.present[at].clone(),
        })
    }

    fn push(&mut self, resident: &Resident, household: u32) {
        self.person.push(resident.person);
        self.household.push(household);
        self.age.push(resident.age);
        self.mobility.push(resident.mobility);
        self.residency.push(resident.residency);
        self.returnee_from.push(resident.returnee_from);
        self.present.push(resident.present.clone());
    }

    fn reserve(&mut self, more: usize) {
        self.person.reserve(more);
        self.household.reserve(more);
        self.age.reserve(more);
        self.mobility.reserve(more);
        self.residency.reserve(more);
        self.returnee_from.reserve(more);
        self.present.reserve(more);
    }
}

/// The position of each id. Ids may have gaps, so this is sorted and not indexed by id.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct PositionsById {
    sorted: Vec<(u32, u32)>,
}

impl PositionsById {
    /// Adds ids at consecutive positions.
    fn extend<Id: DenseId>(&mut self, ids: &[Id], first: usize) {
        let known = self.sorted.len();
        self.sorted.extend(ids.iter().map(|id| id.get()).zip(dense(first)..));
        self.sorted[known..].par_sort_unstable();
        #[expect(clippy::stable_sort_primitive, reason = "two sorted runs, which it merges")]
        self.sorted.sort();
    }

    /// O(log g) for g numbers between the first and the last id that are no ids.
    pub(super) fn get(&self, id: impl DenseId) -> Option<usize> {
        let (&(first, _), &(last, _)) = (self.sorted.first()?, self.sorted.last()?);
        // Ids are distinct, so at most `id - first` stand before this one and `last - id` after it.
        let before = id.get().checked_sub(first)? as usize;
        let after = last.checked_sub(id.get())? as usize;
        let end = self.sorted.len() - 1;
        let window = &self.sorted[end.saturating_sub(after)..=before.min(end)];
        let at = window.binary_search_by_key(&id.get(), |&(id, _)| id).ok()?;
        Some(window[at].1 as usize)
    }
}

/// Of distinct ids in order, each with its position.
impl<Id: DenseId> FromIterator<(Id, usize)> for PositionsById {
    fn from_iter<I: IntoIterator<Item = (Id, usize)>>(sorted: I) -> Self {
        Self { sorted: sorted.into_iter().map(|(id, at)| (id.get(), dense(at))).collect() }
    }
}
