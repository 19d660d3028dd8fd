//! The frozen index: every visit by place and by person, every link by person.

use std::ops::Range;
use std::sync::Arc;

use super::check::{Counts, check};
use super::columns::{Clock, Links, Visits, later};
use super::known::Known;
use super::outer_bounds::OuterBounds;
use super::record::{Link, Member, Place, RecordError, Setting, Visit};
use super::segments::Segments;
use super::trace::Reason;
use crate::error::Stopped;
use crate::id::PlaceId;
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Progress, Watch};

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
    counts: Counts,
    pub(super) visits: Vec<Visit>,
    /// Which of the visits have outer bounds for ends.
    outer_bounds: Vec<Range<usize>>,
    pub(super) links: Vec<Link>,
    pub(super) places: Vec<Place>,
    pub(super) members: Vec<Member>,
}

impl ContactIndexBuilder {
    /// A builder for people and places numbered below these counts, as a directory gives them.
    #[must_use]
    pub fn new(people: u32, places: u32) -> Self {
        Self {
            counts: Counts { people, places },
            visits: Vec::new(),
            outer_bounds: Vec::new(),
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

    /// Adds visits of whose end only an outer bound is known: the person had left by then. Their rows are
    /// numbered among all visits, in the order added.
    ///
    /// A trace takes the bound for the end, so it misses nobody. What rests on such a visit is flagged:
    /// [`Traced::outer_bound`](super::Traced::outer_bound), [`Change::outer_bound`](super::Change::outer_bound),
    /// [`Exposure::outer_bound`](super::Exposure::outer_bound).
    ///
    /// Equal visits are one: if any of them is added here, its end is an outer bound, whatever the order.
    /// To state later that the bound was the end, take the visit back
    /// ([`ContactIndex::retract`]) and add it again.
    ///
    /// # Cost
    ///
    /// 16 bytes for each such visit and 4 for each person with one, and after each trace a look at the contacts that its changes name,
    /// those of people with such visits.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Protocol, Visit};
    /// use epitier::{PersonId, PlaceId, Timestamp};
    ///
    /// let stay = |person, start, end| Visit {
    ///     person: PersonId::new(person),
    ///     place: PlaceId::new(0),
    ///     start: Timestamp::from_seconds(start),
    ///     end: Timestamp::from_seconds(end),
    /// };
    /// // Person 0 scanned a code at the door and was gone when the shop closed.
    /// let index = ContactIndexBuilder::new(3, 1)
    ///     .visits([stay(1, 0, 900), stay(1, 1_000, 2_000), stay(2, 1_500, 2_000)])
    ///     .visits_with_unknown_end([stay(0, 600, 7_200)])
    ///     .build(&())?;
    /// let case = Case { person: PersonId::new(1), from: Timestamp::from_seconds(0), until: None };
    /// let trace = index.trace(&Investigation::new(Protocol::new()).with_cases([case]), &())?;
    ///
    /// assert_eq!(trace.people().len(), 3);
    /// let flagged: Vec<_> = trace.people().iter().filter(|traced| traced.outer_bound).collect();
    /// assert_eq!((flagged.len(), flagged[0].person), (1, PersonId::new(0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn visits_with_unknown_end(mut self, rows: impl IntoIterator<Item = Visit>) -> Self {
        let first = self.visits.len();
        self.visits.extend(rows);
        self.outer_bounds.push(first..self.visits.len());
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
    /// Time linear in the rows (a radix sort), on the current rayon pool. Kept are about 17 bytes a visit
    /// and 25 bytes a link, 4 to 8 bytes a person and 4 to 9 bytes a place; while it works, at most 45 bytes
    /// a visit, the builder's own rows included.
    ///
    /// # Determinism
    ///
    /// The index depends on the rows, not on their order or on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem of every table, [`Stopped::Cancelled`].
    pub fn build(self, watch: &dyn Watch) -> Result<ContactIndex, Stopped<RecordError>> {
        let parts = Parts::default().with(self, watch)?;
        Ok(ContactIndex { parts: Arc::new(parts) })
    }
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

impl Venue {
    /// The number of a venue where there are so many places. It breaks ties: a link, then places by id,
    /// then households, then what counts together only.
    pub(super) fn code(self, places: u32) -> Option<u32> {
        match self {
            Self::Link => Some(0),
            Self::Place(place) => place.checked_add(1),
            Self::Household(household) => household.checked_add(places)?.checked_add(1),
            Self::Together => Some(u32::MAX),
        }
    }

    /// The venue of a number where there are so many places.
    pub(super) fn of(code: u32, places: u32) -> Self {
        match code {
            0 => Self::Link,
            u32::MAX => Self::Together,
            _ if code <= places => Self::Place(code - 1),
            _ => Self::Household(code - 1 - places),
        }
    }

    /// What a venue says of a contact there.
    pub(super) fn reason(self) -> (Reason, Option<PlaceId>) {
        match self {
            Self::Link => (Reason::DirectContact, None),
            Self::Place(place) => (Reason::SharedPlace, Some(PlaceId::new(place))),
            Self::Household(_) => (Reason::Household, None),
            Self::Together => (Reason::Cumulative, None),
        }
    }
}

/// What an index is made of; each part is shared with the clones that have the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) clock: Clock,
    pub(super) counts: Counts,
    pub(super) visits: Visits,
    pub(super) outer_bounds: OuterBounds,
    pub(super) links: Links,
    /// Presences, by the number of the household.
    pub(super) homes: Visits,
    /// The earliest start and the latest end of the presences, as far as they are stated.
    pub(super) stated: Option<(u32, u32)>,
    pub(super) known: Arc<Known>,
}

impl Parts {
    /// The same with the rows of a builder.
    pub(super) fn with(
        &self,
        rows: ContactIndexBuilder,
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<RecordError>> {
        let stage = |stage, done| watch.progress(Progress { stage, done, total: 3 });
        stage("check rows", 0);
        let counts = self.counts_with(&rows);
        let extent = check(&rows, self, watch)?;
        let ContactIndexBuilder { visits, outer_bounds, links, places, members, .. } = rows;
        let before = self.on_clock(extent, watch)?;
        stage("sort visits", 1);
        let unknown = outer_bounds.into_iter().flat_map(|rows| &visits[rows]);
        let unknown = unknown.map(|visit| before.clock.visit(visit)).collect();
        let outer_bounds = before.outer_bounds.with(unknown, counts.places, watch)?;
        let visits = before.visits.with(visits, &before.clock, counts.places, watch)?;
        stage("sort links", 2);
        let links = before.links.with(&links, &before.clock, counts.people, watch)?;
        let known = if places.is_empty() && members.is_empty() {
            before.known
        } else {
            Arc::new(before.known.with(&places, &members))
        };
        let number = |member: &Member| known.number_of(member.household);
        let (homes, stated) = if members.is_empty() {
            (before.homes, before.stated)
        } else {
            let homes = before.homes.with_members(&members, number, &before.clock, watch)?;
            let stated = homes.stated(watch)?;
            (homes, stated)
        };
        watch.check()?;
        stage("index built", 3);
        Ok(Self { counts, visits, outer_bounds, links, homes, stated, known, ..before })
    }

    /// The number of people and places once these rows are added.
    pub(super) fn counts_with(&self, rows: &ContactIndexBuilder) -> Counts {
        Counts {
            people: self.counts.people.max(rows.counts.people),
            places: self.counts.places.max(rows.counts.places),
        }
    }

    /// The earliest start and the latest end of all rows.
    pub(super) fn extent(&self) -> Option<(Timestamp, Timestamp)> {
        let links = self.links.tables().into_iter().flat_map(Segments::extents);
        let all = self.visits.0.extents().chain(links).chain(self.stated);
        let (start, end) = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        Some((self.clock.moment(start.into()), self.clock.moment(end.into())))
    }

    /// The same rows under a clock that suits times between an earliest start and a latest end.
    pub(super) fn on_clock(
        &self,
        extent: Option<(Timestamp, Timestamp)>,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let Some(extent) = extent else {
            return Ok(Self { clock: Clock::TIMELESS, ..self.clone() });
        };
        let before = self.extent().map(|_| self.clock);
        let clock = Clock::new(before, extent);
        let by = before.map_or(0, |before| before.base - clock.base);
        if by == 0 {
            return Ok(Self { clock, ..self.clone() });
        }
        let visits = Visits(self.visits.0.later(by, watch)?);
        let outer_bounds = self.outer_bounds.later(by);
        let links = self.links.map(|table| table.later(by, watch))?;
        let homes = Visits(self.homes.0.later(by, watch)?);
        let stated = self.stated.map(|(start, end)| (later(start, by), later(end, by)));
        Ok(Self { clock, visits, outer_bounds, links, homes, stated, ..self.clone() })
    }

    /// The number of a venue.
    pub(super) fn code(&self, venue: Venue) -> u32 {
        // The builder holds places and households together below 2^32 - 2.
        venue.code(self.counts.places).unwrap_or_default()
    }

    /// The venue of a number.
    pub(super) fn venue(&self, code: u32) -> Venue {
        Venue::of(code, self.counts.places)
    }

    /// The kind of a place.
    pub(super) fn setting(&self, place: u32) -> Setting {
        self.known.setting(place)
    }

    /// Whether a place is the person's own home.
    pub(super) fn is_home(&self, place: u32, person: u32) -> bool {
        self.known.is_home(place, person)
    }

    /// Whether two people belong to one household.
    pub(super) fn live_together(&self, a: u32, b: u32) -> bool {
        self.known.live_together(a, b)
    }
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
    /// The number of people: every [`PersonId`](crate::PersonId) in here is below it.
    #[must_use]
    pub fn people(&self) -> u32 {
        self.parts.counts.people
    }

    /// The number of places: every [`PlaceId`](crate::PlaceId) in here is below it.
    #[must_use]
    pub fn places(&self) -> u32 {
        self.parts.counts.places
    }

    /// The number of visits.
    #[must_use]
    pub fn visit_count(&self) -> usize {
        self.parts.visits.0.len()
    }

    /// The number of links.
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.parts.links.len()
    }

    /// The number of presences in households.
    #[must_use]
    pub fn presence_count(&self) -> usize {
        self.parts.homes.0.len()
    }

    /// The bytes of memory that the index holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Parts { visits, outer_bounds, links, homes, known, .. } = &*self.parts;
        let visits = visits.0.bytes() + outer_bounds.bytes();
        visits + homes.0.bytes() + links.bytes() + known.bytes()
    }
}
