//! The frozen index: every visit by place and by person, every link by person.

use std::ops::Range;
use std::sync::Arc;

use super::columns::{Clock, Links, Segment, Visits};
use super::record::{Link, Place, RecordError, Setting, Table, Visit};
use crate::error::{Problems, Stopped};
use crate::id::{HouseholdId, PersonId, PlaceId};
use crate::interval::Timestamp;
use crate::watch::{Progress, Watch};

/// Stands for "no household" in the dense arrays.
const NO_HOUSEHOLD: u32 = u32::MAX;

/// Collects visits, links and what is known of places and households.
///
/// Rows may come in any order and any number of calls; nothing fails before
/// [`ContactIndexBuilder::build`].
///
/// # Examples
///
/// ```
/// use epitier::contact::{ContactIndexBuilder, Visit};
/// use epitier::{PersonId, PlaceId, Timestamp};
///
/// let stay = |person, start, end| Visit {
///     person: PersonId::new(person),
///     place: PlaceId::new(0),
///     start: Timestamp::from_seconds(start),
///     end: Timestamp::from_seconds(end),
/// };
/// let stays = [stay(0, 0, 600), stay(1, 300, 900)];
/// let index = ContactIndexBuilder::new(2, 1).visits(stays).build(&())?;
/// assert_eq!((index.people(), index.places(), index.visit_count()), (2, 1, 2));
/// # Ok::<(), epitier::Stopped<epitier::contact::RecordError>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContactIndexBuilder {
    people: u32,
    place_count: u32,
    visits: Vec<Visit>,
    links: Vec<Link>,
    places: Vec<Place>,
    members: Vec<(PersonId, HouseholdId)>,
}

impl ContactIndexBuilder {
    /// A builder for people and places numbered below these counts, as a directory gives them.
    #[must_use]
    pub fn new(people: u32, places: u32) -> Self {
        Self {
            people,
            place_count: places,
            visits: Vec::new(),
            links: Vec::new(),
            places: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Adds visits.
    #[must_use]
    pub fn visits(mut self, rows: impl IntoIterator<Item = Visit>) -> Self {
        self.visits.extend(rows);
        self
    }

    /// Adds links.
    #[must_use]
    pub fn links(mut self, rows: impl IntoIterator<Item = Link>) -> Self {
        self.links.extend(rows);
        self
    }

    /// Adds what is known of places.
    #[must_use]
    pub fn places(mut self, rows: impl IntoIterator<Item = Place>) -> Self {
        self.places.extend(rows);
        self
    }

    /// Adds who belongs to which household, for home isolation.
    #[must_use]
    pub fn members(mut self, rows: impl IntoIterator<Item = (PersonId, HouseholdId)>) -> Self {
        self.members.extend(rows);
        self
    }

    /// Checks every row and freezes the index.
    ///
    /// # Cost
    ///
    /// O(n log n) time on the current rayon pool. Kept are a little over 16 bytes a visit and 24 bytes a
    /// link, 4 to 20 bytes a person and 4 to 9 bytes a place.
    ///
    /// # Determinism
    ///
    /// The index depends on the rows, not on their order or on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem of every table, [`Stopped::Cancelled`].
    pub fn build(self, watch: &dyn Watch) -> Result<ContactIndex, Stopped<RecordError>> {
        let stage = |stage, done| watch.progress(Progress { stage, done, total: 3 });
        stage("check rows", 0);
        let clock = self.check()?;
        watch.check()?;
        stage("sort visits", 1);
        let settings = self.settings();
        let (home_of, household_of) = (self.home_of(), self.household_of());
        let (people, places) = (self.people, self.place_count);
        let segment = Segment::new(self.visits, places as usize, people as usize, &clock);
        let visits = Visits::new(segment);
        watch.check()?;
        stage("sort links", 2);
        let links = Links::new(&self.links, people as usize, &clock);
        watch.check()?;
        stage("index built", 3);
        let parts = Parts { clock, people, places, visits, links, settings, home_of, household_of };
        Ok(ContactIndex { parts: Arc::new(parts) })
    }

    fn check(&self) -> Result<Clock, Problems<RecordError>> {
        let starts = self.visits.iter().map(|v| v.start).chain(self.links.iter().map(|l| l.start));
        let earliest = starts.min().unwrap_or(Timestamp::from_seconds(0));
        let mut found = Vec::new();
        let mut latest = earliest;
        for (row, visit) in self.visits.iter().enumerate() {
            let Visit { person, place, start, end } = *visit;
            if end <= start {
                found.push(RecordError::EmptyVisit { row, start, end });
            }
            self.check_person(Table::Visits, row, person, &mut found);
            self.check_place(Table::Visits, row, place, &mut found);
            check_span(Table::Visits, row, end, earliest, &mut found);
            latest = latest.max(end);
        }
        for (row, link) in self.links.iter().enumerate() {
            let Link { a, b, start, end, .. } = *link;
            if end < start {
                found.push(RecordError::InvertedLink { row, start, end });
            }
            if a == b {
                found.push(RecordError::SelfContact { row, person: a });
            }
            for person in [a, b] {
                self.check_person(Table::Links, row, person, &mut found);
            }
            check_span(Table::Links, row, end, earliest, &mut found);
            latest = latest.max(end);
        }
        for (row, place) in self.places.iter().enumerate() {
            self.check_place(Table::Places, row, place.place, &mut found);
            check_household(Table::Places, row, place.household, &mut found);
        }
        check_once(Table::Places, self.places.iter().map(|row| row.place), &mut found);
        for (row, (person, household)) in self.members.iter().enumerate() {
            self.check_person(Table::Households, row, *person, &mut found);
            check_household(Table::Households, row, Some(*household), &mut found);
        }
        check_once(Table::Households, self.members.iter().map(|row| row.0), &mut found);
        for (table, rows) in
            [(Table::Visits, self.visits.len()), (Table::Links, 2 * self.links.len())]
        {
            if rows >= u32::MAX as usize {
                found.push(RecordError::TooManyRows { table, rows });
            }
        }
        found.sort_by_key(RecordError::position);
        Problems::check(found)?;
        Ok(Clock { base: earliest.seconds(), span: latest.seconds() - earliest.seconds() })
    }

    fn check_person(
        &self,
        table: Table,
        row: usize,
        person: PersonId,
        found: &mut Vec<RecordError>,
    ) {
        if person.get() >= self.people {
            found.push(RecordError::UnknownPerson { table, row, person });
        }
    }

    fn check_place(&self, table: Table, row: usize, place: PlaceId, found: &mut Vec<RecordError>) {
        if place.get() >= self.place_count {
            found.push(RecordError::UnknownPlace { table, row, place });
        }
    }

    /// One setting a place, or nothing if no place is stated.
    fn settings(&self) -> Vec<Setting> {
        filled(&self.places, self.place_count, Setting::Other, |p| (p.place.index(), p.setting))
    }

    /// The household at home in each place, or nothing if no place is stated.
    fn home_of(&self) -> Vec<u32> {
        filled(&self.places, self.place_count, NO_HOUSEHOLD, |p| {
            (p.place.index(), p.household.map_or(NO_HOUSEHOLD, HouseholdId::get))
        })
    }

    /// The household of each person, or nothing if no member is stated.
    fn household_of(&self) -> Vec<u32> {
        filled(&self.members, self.people, NO_HOUSEHOLD, |(p, household)| {
            (p.index(), household.get())
        })
    }
}

/// A dense array written from sparse rows; empty if there is no row.
fn filled<R, T: Copy>(rows: &[R], len: u32, none: T, entry: impl Fn(&R) -> (usize, T)) -> Vec<T> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut array = vec![none; len as usize];
    for (at, value) in rows.iter().map(entry) {
        array[at] = value;
    }
    array
}

fn check_span(
    table: Table,
    row: usize,
    end: Timestamp,
    earliest: Timestamp,
    found: &mut Vec<RecordError>,
) {
    // The last two numbers are kept free: labels are offsets plus one, and the last one marks a case.
    if end > earliest && end.seconds().abs_diff(earliest.seconds()) > u64::from(u32::MAX - 2) {
        found.push(RecordError::TooFarApart { table, row, end, earliest });
    }
}

fn check_household(
    table: Table,
    row: usize,
    household: Option<HouseholdId>,
    found: &mut Vec<RecordError>,
) {
    if household.is_some_and(|household| household.get() == NO_HOUSEHOLD) {
        found.push(RecordError::HouseholdOutOfRange { table, row });
    }
}

fn check_once<Id: Ord + Copy>(
    table: Table,
    ids: impl Iterator<Item = Id>,
    found: &mut Vec<RecordError>,
) {
    let mut rows: Vec<(Id, usize)> = ids.enumerate().map(|(row, id)| (id, row)).collect();
    rows.sort_unstable();
    let mut again: Vec<(usize, usize)> = Vec::new();
    for group in rows.chunk_by(|x, y| x.0 == y.0) {
        again.extend(group[1..].iter().map(|&(_, row)| (row, group[0].1)));
    }
    again.sort_unstable();
    found.extend(again.into_iter().map(|(row, first)| RecordError::StatedTwice {
        table,
        row,
        first,
    }));
}

#[derive(Debug)]
pub(super) struct Parts {
    pub(super) clock: Clock,
    people: u32,
    places: u32,
    pub(super) visits: Visits,
    pub(super) links: Links,
    settings: Vec<Setting>,
    home_of: Vec<u32>,
    household_of: Vec<u32>,
}

impl Parts {
    /// All places, cut into ranges with about so many visits each.
    pub(super) fn chunks_of_places(&self, rows: usize) -> Vec<Range<u32>> {
        let largest = self.visits.segments().iter().max_by_key(|segment| segment.len());
        let cuts = largest
            .into_iter()
            .flat_map(|segment| (rows..segment.len()).step_by(rows).map(|row| segment.place(row)));
        let mut cuts: Vec<u32> = [0].into_iter().chain(cuts).chain([self.places]).collect();
        cuts.dedup();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).collect()
    }

    /// The kind of a place.
    pub(super) fn setting(&self, place: u32) -> Setting {
        self.settings.get(place as usize).copied().unwrap_or_default()
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
}

fn same_household(a: Option<&u32>, b: Option<&u32>) -> bool {
    a.is_some_and(|&household| household != NO_HOUSEHOLD && b == Some(&household))
}

/// Every visit and link, frozen: what traces run on.
///
/// A clone is cheap and shares everything; the index is `Send + Sync`, so many readers may trace at
/// once.
#[derive(Clone, Debug)]
pub struct ContactIndex {
    pub(super) parts: Arc<Parts>,
}

impl ContactIndex {
    /// The number of people: every [`PersonId`] in here is below it.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.parts.people
    }

    /// The number of places: every [`PlaceId`] in here is below it.
    #[must_use]
    pub fn places(&self) -> u32 {
        self.parts.places
    }

    /// The number of visits.
    #[must_use]
    pub fn visit_count(&self) -> usize {
        self.parts.visits.len()
    }

    /// The number of links.
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.parts.links.len()
    }

    /// The bytes of memory that the index holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Parts { visits, links, settings, home_of, household_of, .. } = &*self.parts;
        let words = (home_of.len() + household_of.len()) * size_of::<u32>();
        visits.bytes() + links.bytes() + settings.len() * size_of::<Setting>() + words
    }
}
