//! The frozen index: every visit by place and by person, every link by person.

use std::sync::Arc;

use rayon::prelude::*;

use super::columns::{Clock, Links, Segment, Visits};
use super::record::{Link, Member, Place, RecordError, Setting, Table, Visit};
use super::trace::Reason;
use crate::error::{Problems, Stopped};
use crate::id::{HouseholdId, PersonId, PlaceId, dense};
use crate::interval::Timestamp;
use crate::watch::{Progress, Watch};

/// The most seconds between the earliest start and the latest end. The last two numbers of 32 bits are
/// kept free: labels are offsets plus one, and the last one marks a case.
const MAX_SPAN: i64 = u32::MAX as i64 - 2;

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
    members: Vec<Member>,
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

    /// Adds who belongs to which household, for home isolation and household contacts, and when they
    /// were present: [`Member`] rows, or `(PersonId, HouseholdId)` for somebody always present.
    ///
    /// A person may have any number of presences, all in one household. The residents of a
    /// [`Population`](crate::population::Population) fill these rows:
    ///
    /// ```
    /// use epitier::contact::{ContactIndexBuilder, Member};
    /// use epitier::population::{Resident, Presence};
    /// use epitier::{HouseholdId, PersonId};
    ///
    /// fn members(resident: &Resident) -> Vec<Member> {
    ///     let always = Member::from((resident.person, resident.household));
    ///     match resident.present.intervals() {
    ///         [] => vec![always],
    ///         known => known
    ///             .iter()
    ///             .map(|i| Member { from: Some(i.start()), until: Some(i.end()), ..always })
    ///             .collect(),
    ///     }
    /// }
    ///
    /// let home = HouseholdId::new(7);
    /// let mut child = Resident::new(PersonId::new(1), home);
    /// child.present = "1000/2000 5000/6000".parse::<Presence>()?;
    /// // With a population: `population.resident_rows()`.
    /// let residents = [Resident::new(PersonId::new(0), home), child];
    /// let index = ContactIndexBuilder::new(2, 0)
    ///     .members(residents.iter().flat_map(members))
    ///     .build(&())?;
    /// assert_eq!(index.presence_count(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn members<M: Into<Member>>(mut self, rows: impl IntoIterator<Item = M>) -> Self {
        self.members.extend(rows.into_iter().map(Into::into));
        self
    }

    /// Checks every row and freezes the index.
    ///
    /// # Cost
    ///
    /// O(n log n) time on the current rayon pool. Kept are a little over 16 bytes a visit or presence and
    /// 24 bytes a link, 4 to 24 bytes a person, 4 to 9 bytes a place and 4 bytes a household.
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
        let households = self.households();
        let (home_of, household_of) = (self.home_of(&households), self.household_of(&households));
        let homes = self.homes(&households, &clock);
        let (people, places) = (self.people, self.place_count);
        let segment = Segment::new(self.visits, places as usize, people as usize, &clock);
        let visits = Visits::new(segment);
        watch.check()?;
        stage("sort links", 2);
        let links = Links::new(&self.links, people as usize, &clock);
        watch.check()?;
        stage("index built", 3);
        let parts =
            Parts { clock, people, places, visits, homes, links, settings, home_of, household_of };
        Ok(ContactIndex { parts: Arc::new(parts) })
    }

    fn check(&self) -> Result<Clock, Problems<RecordError>> {
        let starts = self.visits.iter().map(|v| v.start).chain(self.links.iter().map(|l| l.start));
        // A presence with one stated end takes at least the second beside it.
        let presences = self.members.iter();
        let presences =
            presences.filter_map(|m| m.from.or(m.until.map(|until| until.saturating_add(-1))));
        let earliest = starts.chain(presences).min().unwrap_or(Timestamp::from_seconds(0));
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
        check_once(Table::Places, self.places.iter().map(|row| row.place), &mut found, |_, _| {
            false
        });
        for (row, member) in self.members.iter().enumerate() {
            let Member { person, household, from, until } = *member;
            self.check_person(Table::Households, row, person, &mut found);
            check_household(Table::Households, row, Some(household), &mut found);
            if let (Some(from), Some(until)) = (from, until)
                && until <= from
            {
                found.push(RecordError::EmptyPresence { row, from, until });
            }
            if let Some(end) = until.or(from.map(|from| from.saturating_add(1))) {
                check_span(Table::Households, row, end, earliest, &mut found);
                latest = latest.max(end);
            }
        }
        let homes = self.members.iter().map(|row| row.person);
        check_once(Table::Households, homes, &mut found, |row, first| {
            self.members[row].household == self.members[first].household
        });
        for (table, rows) in
            [(Table::Visits, self.visits.len()), (Table::Links, 2 * self.links.len())]
        {
            if rows >= u32::MAX as usize {
                found.push(RecordError::TooManyRows { table, rows });
            }
        }
        // Two more venues are none of either: a link, and contacts that count together.
        let (places, members) = (self.place_count, self.members.len());
        if members.saturating_add(places as usize) >= u32::MAX as usize - 1 {
            found.push(RecordError::TooManyVenues { places, members });
        }
        found.sort_by_key(RecordError::position);
        Problems::check(found)?;
        let clock = Clock { base: earliest.seconds(), span: latest.seconds() - earliest.seconds() };
        let open =
            self.members.iter().any(|member| member.from.is_none() || member.until.is_none());
        Ok(if open { widest(clock) } else { clock })
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

    /// The households that have members, sorted: inside, a household is its rank among them.
    fn households(&self) -> Vec<HouseholdId> {
        let mut households: Vec<HouseholdId> = self.members.iter().map(|m| m.household).collect();
        households.par_sort_unstable();
        households.dedup();
        households
    }

    /// The household at home in each place, or nothing if no place is stated.
    fn home_of(&self, households: &[HouseholdId]) -> Vec<u32> {
        filled(&self.places, self.place_count, NO_HOUSEHOLD, |p| {
            (p.place.index(), p.household.map_or(NO_HOUSEHOLD, |home| rank(households, home)))
        })
    }

    /// The household of each person, or nothing if no member is stated.
    fn household_of(&self, households: &[HouseholdId]) -> Vec<u32> {
        filled(&self.members, self.people, NO_HOUSEHOLD, |m| {
            (m.person.index(), rank(households, m.household))
        })
    }

    /// The presences as visits to households.
    fn homes(&self, households: &[HouseholdId], clock: &Clock) -> Visits {
        if households.is_empty() {
            return Visits::default();
        }
        let stay = |m: &Member| Visit {
            person: m.person,
            place: PlaceId::new(rank(households, m.household)),
            start: m.from.unwrap_or(clock.moment(0)),
            end: m.until.unwrap_or(clock.moment(clock.span)),
        };
        let stays = self.members.iter().map(stay).collect();
        Visits::new(Segment::new(stays, households.len(), self.people as usize, clock))
    }
}

/// The rank of a household that has members; another one is nobody's.
fn rank(households: &[HouseholdId], household: HouseholdId) -> u32 {
    households.binary_search(&household).map_or(NO_HOUSEHOLD, dense)
}

/// All the time that offsets can hold around the rows: half of what is left before them, half after.
fn widest(clock: Clock) -> Clock {
    let room = (MAX_SPAN - clock.span) / 2;
    // The last moment must exist, too.
    let base = clock.base.saturating_sub(room).min(i64::MAX - MAX_SPAN);
    Clock { base, span: MAX_SPAN }
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
    if end > earliest && end.seconds().abs_diff(earliest.seconds()) > MAX_SPAN.unsigned_abs() {
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
    agree: impl Fn(usize, usize) -> bool,
) {
    let mut rows: Vec<(Id, usize)> = ids.enumerate().map(|(row, id)| (id, row)).collect();
    rows.sort_unstable();
    let mut again: Vec<(usize, usize)> = Vec::new();
    for group in rows.chunk_by(|x, y| x.0 == y.0) {
        let first = group[0].1;
        let later = group[1..].iter().map(|&(_, row)| row);
        again.extend(later.filter(|&row| !agree(row, first)).map(|row| (row, first)));
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
    /// Presences, as visits to households.
    pub(super) homes: Visits,
    pub(super) links: Links,
    settings: Vec<Setting>,
    home_of: Vec<u32>,
    household_of: Vec<u32>,
}

/// Where or how a contact was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Venue {
    /// Directly.
    Link,
    /// At a place.
    Place(u32),
    /// At home, by living together.
    Household(u32),
    /// Several times, which count together.
    Together,
}

impl Parts {
    /// The number of a venue, which breaks ties: a link, then places by id, then households, then what
    /// counts together only.
    pub(super) fn code(&self, venue: Venue) -> u32 {
        match venue {
            Venue::Link => 0,
            Venue::Place(place) => 1 + place,
            Venue::Household(household) => 1 + self.places + household,
            Venue::Together => u32::MAX,
        }
    }

    /// The venue of a number.
    pub(super) fn venue(&self, code: u32) -> Venue {
        match code {
            0 => Venue::Link,
            u32::MAX => Venue::Together,
            _ if code <= self.places => Venue::Place(code - 1),
            _ => Venue::Household(code - 1 - self.places),
        }
    }

    /// What a venue says of a contact there.
    pub(super) fn reason(&self, code: u32) -> (Reason, Option<PlaceId>) {
        match self.venue(code) {
            Venue::Link => (Reason::DirectContact, None),
            Venue::Place(place) => (Reason::SharedPlace, Some(PlaceId::new(place))),
            Venue::Household(_) => (Reason::Household, None),
            Venue::Together => (Reason::Cumulative, None),
        }
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

    /// The number of presences at home.
    #[must_use]
    pub fn presence_count(&self) -> usize {
        self.parts.homes.len()
    }

    /// The number of links.
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.parts.links.len()
    }

    /// The bytes of memory that the index holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Parts { visits, homes, links, settings, home_of, household_of, .. } = &*self.parts;
        let words = (home_of.len() + household_of.len()) * size_of::<u32>();
        visits.bytes()
            + homes.bytes()
            + links.bytes()
            + settings.len() * size_of::<Setting>()
            + words
    }
}
