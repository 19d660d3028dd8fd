//! The frozen index: every visit by place and by person, every link by person.

use std::sync::Arc;

use super::check::{Counts, check};
use super::columns::{Clock, Links, Visits};
use super::known::Known;
use super::record::{Link, Place, RecordError, Setting, Visit};
use super::segments::Segments;
use crate::error::Stopped;
use crate::id::{HouseholdId, PersonId};
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
    pub(super) links: Vec<Link>,
    pub(super) places: Vec<Place>,
    pub(super) members: Vec<(PersonId, HouseholdId)>,
}

impl ContactIndexBuilder {
    /// A builder for people and places numbered below these counts, as a directory gives them.
    #[must_use]
    pub fn new(people: u32, places: u32) -> Self {
        Self {
            counts: Counts { people, places },
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

/// What an index is made of; each part is shared with the clones that have the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) clock: Clock,
    pub(super) counts: Counts,
    pub(super) visits: Visits,
    pub(super) links: Links,
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
        let ContactIndexBuilder { visits, links, places, members, .. } = rows;
        let before = self.on_clock(extent, watch)?;
        stage("sort visits", 1);
        let visits = before.visits.with(visits, &before.clock, counts.places, watch)?;
        stage("sort links", 2);
        let links = before.links.with(&links, &before.clock, counts.people, watch)?;
        let known = if places.is_empty() && members.is_empty() {
            before.known
        } else {
            Arc::new(before.known.with(&places, &members))
        };
        watch.check()?;
        stage("index built", 3);
        Ok(Self { counts, visits, links, known, ..before })
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
        let all = self.visits.0.extents().chain(links);
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
            return Ok(Self { clock: Clock::default(), ..self.clone() });
        };
        let before = self.extent().map(|_| self.clock);
        let clock = Clock::new(before, extent);
        let by = before.map_or(0, |before| before.base - clock.base);
        if by == 0 {
            return Ok(Self { clock, ..self.clone() });
        }
        let visits = Visits(self.visits.0.later(by, watch)?);
        let links = self.links.map(|table| table.later(by, watch))?;
        Ok(Self { clock, visits, links, ..self.clone() })
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
    /// The number of people: every [`PersonId`] in here is below it.
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

    /// The bytes of memory that the index holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Parts { visits, links, known, .. } = &*self.parts;
        visits.0.bytes() + links.bytes() + known.bytes()
    }
}
