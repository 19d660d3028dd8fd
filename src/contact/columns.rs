//! The rows of the index: visits by place and by person, links by person, times in 32 bits.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::chunks::by_chunk;
use super::earliest::Timeline;
use super::keyed::Keyed;
use super::radix;
use super::record::{Link, Member, Visit};
use super::segment::Segment;
use super::segments::Segments;
use crate::id::{PersonId, dense};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Watch};

/// From timestamps to seconds after a base, which fit in 32 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// In seconds since the Unix epoch; all starts lie more than [`BEYOND`] after it.
    pub(super) base: i64,
    /// The latest end of all rows and [`BEYOND`] more, in seconds after `base`: the end of a presence whose
    /// end is not stated.
    pub(super) span: i64,
    /// The start of a presence whose start is not stated, in seconds after `base`.
    first: i64,
}

/// Seconds kept free before the earliest start when a base is chosen (8.5 years): rows that come later and
/// lie a little earlier need no new base.
const SLACK: i64 = 1 << 28;

/// How many seconds an end of a presence that is not stated lies beyond all rows (4.25 years).
const BEYOND: i64 = 1 << 27;

/// The latest end, in seconds after the base. The last two numbers are kept free: labels are offsets plus
/// two, and bounds lie one above an offset.
const LATEST: i64 = u32::MAX as i64 - 3;

/// How far the latest end may lie after the earliest start: 123 years.
pub(super) const WIDEST: i64 = LATEST - SLACK - BEYOND;

/// Farther than any row from the base of the clock, whatever latency and lag are added.
pub(super) const FAR: i64 = 1 << 40;

/// Stand for the start and the end of a presence that are not stated. No row has these offsets.
pub(super) const UNSTATED: (u32, u32) = (0, u32::MAX);

impl Clock {
    /// For rows none of which states a time: 68 years on either side of 1970.
    pub(super) const TIMELESS: Self = Self { base: -(1 << 31), span: LATEST, first: 1 };

    /// A clock for rows between an earliest start and a latest end, no farther apart than [`WIDEST`];
    /// the same base as before if it will do.
    pub(super) fn new(before: Option<Self>, extent: (Timestamp, Timestamp)) -> Self {
        let (earliest, latest) = (extent.0.seconds(), extent.1.seconds());
        let fits = |clock: &Self| {
            let room = earliest.saturating_sub(BEYOND);
            clock.base < room && latest.saturating_sub(clock.base) <= LATEST - BEYOND
        };
        let base = before.filter(fits).map_or(earliest.saturating_sub(SLACK), |clock| clock.base);
        let (first, last) = (earliest.saturating_sub(BEYOND), latest.saturating_add(BEYOND));
        Self { base, span: last - base, first: first - base }
    }

    /// The offset of the start or end of a row.
    fn row_offset(&self, moment: Timestamp) -> u32 {
        u32::try_from(moment.seconds().saturating_sub(self.base)).unwrap_or(u32::MAX)
    }

    /// The offset of any moment, held within a range in which sums of a few offsets cannot overflow.
    pub(super) fn offset(&self, moment: Timestamp) -> i64 {
        moment.seconds().saturating_sub(self.base).clamp(-FAR, FAR)
    }

    /// The moment at an offset of a row.
    pub(super) fn moment(&self, offset: i64) -> Timestamp {
        Timestamp::from_seconds(self.base + offset)
    }

    /// A presence at home with the ends that are not stated filled in.
    pub(super) fn presence(&self, row: Row) -> Row {
        let narrow = |offset: i64| u32::try_from(offset).unwrap_or_default();
        Row {
            start: if row.start == UNSTATED.0 { narrow(self.first) } else { row.start },
            end: if row.end == UNSTATED.1 { narrow(self.span) } else { row.end },
            ..row
        }
    }

    /// A presence in a household, packed for sorting by its number.
    pub(super) fn member(&self, member: &Member, household: u32) -> [u32; 4] {
        let start = member.from.map_or(UNSTATED.0, |from| self.row_offset(from));
        let end = member.until.map_or(UNSTATED.1, |until| self.row_offset(until));
        Row { start, person: member.person.get(), end }.packed(household)
    }

    /// A visit, packed for sorting by place.
    pub(super) fn visit(&self, visit: &Visit) -> [u32; 4] {
        self.row(visit.start, visit.person, visit.end).packed(visit.place.get())
    }

    /// A link seen from one of its ends, packed for sorting by that person.
    pub(super) fn touch(&self, link: &Link, from: PersonId, other: PersonId) -> [u32; 4] {
        self.row(link.start, other, link.end).packed(from.get())
    }

    fn row(&self, start: Timestamp, person: PersonId, end: Timestamp) -> Row {
        let (start, end) = (self.row_offset(start), self.row_offset(end));
        Row { start, person: person.get(), end }
    }
}

/// An offset so many seconds later; what is not stated stays so.
pub(super) fn later(offset: u32, by: i64) -> u32 {
    if offset == UNSTATED.0 || offset == UNSTATED.1 {
        return offset;
    }
    u32::try_from(i64::from(offset) + by).unwrap_or(u32::MAX)
}

/// One visit to a place, or one link seen from one end; the order of rows within a place or a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Row {
    pub(super) start: u32,
    /// Who visits; the other end of a link.
    pub(super) person: u32,
    pub(super) end: u32,
}

impl Row {
    /// The stay as offsets.
    pub(super) fn stay(&self) -> (i64, i64) {
        (self.start.into(), self.end.into())
    }

    /// The same so many seconds later.
    pub(super) fn later(&self, by: i64) -> Self {
        Self { start: later(self.start, by), end: later(self.end, by), ..*self }
    }

    /// Words whose order is that of (key, start, person, end).
    pub(super) fn packed(&self, key: u32) -> [u32; 4] {
        [key, self.start, self.person, self.end]
    }

    /// The row in packed words.
    pub(super) fn unpacked([_, start, person, end]: [u32; 4]) -> Self {
        Self { start, person, end }
    }
}

/// All visits.
#[derive(Clone, Debug, Default)]
pub(super) struct Visits(pub(super) Segments<Segment>);

impl Visits {
    /// The same with more visits.
    pub(super) fn with(
        &self,
        visits: Vec<Visit>,
        clock: &Clock,
        places: u32,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let bounds = radix::up_to(places.saturating_sub(1));
        let sorted = radix::sort(visits, &bounds, |_, visit| clock.visit(visit), watch)?;
        Ok(Self(self.0.with(sorted, watch)?))
    }

    /// The same with more presences, each with the number of its household.
    pub(super) fn with_members(
        &self,
        members: &[Member],
        household: impl Fn(&Member) -> u32 + Sync,
        clock: &Clock,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let last = members.iter().map(&household).max().unwrap_or(0);
        let packed = |_: usize, member: &Member| clock.member(member, household(member));
        let sorted = radix::sort(members, &radix::up_to(last), packed, watch)?;
        Ok(Self(self.0.with(sorted, watch)?))
    }

    /// The earliest start and the latest end of all presences, as far as they are stated: the second
    /// beside the other end where only one is.
    pub(super) fn stated(&self, watch: &dyn Watch) -> Result<Option<(u32, u32)>, Cancelled> {
        let mut extent: Option<(u32, u32)> = None;
        for segment in self.segments() {
            let rows = segment.rows();
            let chunks = by_chunk(rows.len(), watch, |chunk| {
                let stated = rows[chunk].iter().filter_map(|row| {
                    match (row.start == UNSTATED.0, row.end == UNSTATED.1) {
                        (false, false) => Some((row.start, row.end)),
                        (true, false) => Some((row.end - 1, row.end)),
                        (false, true) => Some((row.start, row.start + 1)),
                        (true, true) => None,
                    }
                });
                stated.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
            })?;
            let both = |a: (u32, u32), b: (u32, u32)| (a.0.min(b.0), a.1.max(b.1));
            extent = chunks.into_iter().flatten().chain(extent).reduce(both);
        }
        Ok(extent)
    }

    /// All keys below a count, cut into ranges with about so many rows each.
    pub(super) fn chunks(&self, keys: u32, rows: usize) -> Vec<Range<u32>> {
        let largest = self.segments().iter().max_by_key(|segment| segment.len());
        let cuts = largest.into_iter().flat_map(|segment| {
            (rows..segment.len()).step_by(rows).map(|row| segment.place(dense(row)))
        });
        let mut cuts: Vec<u32> = [0].into_iter().chain(cuts).chain([keys]).collect();
        cuts.dedup();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).collect()
    }

    /// The segments, the oldest first.
    pub(super) fn segments(&self) -> &[Arc<Segment>] {
        self.0.parts()
    }

    /// The visits to a place that end at `first` or later and start at `last` or before; by start within
    /// each segment.
    pub(super) fn of_place(&self, place: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        self.segments().iter().flat_map(move |segment| segment.of_place(place, first, last))
    }

    /// The visits of a person that end at `first` or later and start at `last` or before, each with its
    /// place; by start within each segment.
    pub(super) fn of_person(
        &self,
        person: u32,
        first: i64,
        last: i64,
    ) -> impl Iterator<Item = (u32, Row)> {
        self.segments().iter().flat_map(move |segment| segment.of_person(person, first, last))
    }
}

/// One end of a link, seen from the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Touch {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) other: u32,
}

impl Touch {
    /// The contact as offsets.
    pub(super) fn stay(self) -> (i64, i64) {
        (self.start.into(), self.end.into())
    }
}

/// Links by one of their people.
#[derive(Clone, Debug, Default)]
pub(super) struct Touches(pub(super) Segments<Keyed>);

impl Touches {
    fn with(
        &self,
        packed: Vec<[u32; 4]>,
        people: u32,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let bounds = radix::up_to(people.saturating_sub(1));
        Ok(Self(self.0.with(radix::sort(packed, &bounds, radix::itself, watch)?, watch)?))
    }

    /// The links of a person that end at `first` or later and start at `last` or before; by start within
    /// each segment.
    pub(super) fn of(&self, person: u32, first: i64, last: i64) -> impl Iterator<Item = Touch> {
        let rows = self.0.parts().iter().flat_map(move |part| part.of(person, first, last));
        rows.map(|row| Touch { start: row.start, end: row.end, other: row.person })
    }
}

/// All links, by the person that a trace comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// Mutual links, seen from either end.
    pub(super) mutual: Touches,
    /// One-way links seen from the carrier.
    pub(super) out: Touches,
    /// One-way links seen from the exposed person.
    pub(super) into: Touches,
    /// The links by time, once somebody has asked.
    by_time: OnceLock<Arc<Option<Timeline>>>,
}

impl Links {
    /// The same with more links.
    pub(super) fn with(
        &self,
        links: &[Link],
        clock: &Clock,
        people: u32,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let [mutual, out, into] = packed(links, clock, watch)?;
        Ok(Self {
            mutual: self.mutual.with(mutual, people, watch)?,
            out: self.out.with(out, people, watch)?,
            into: self.into.with(into, people, watch)?,
            by_time: OnceLock::new(),
        })
    }

    /// The links in which a person may shed, or else be exposed, that end at `first` or later and start at
    /// `last` or before.
    pub(super) fn of(
        &self,
        person: u32,
        sheds: bool,
        (first, last): (i64, i64),
    ) -> impl Iterator<Item = Touch> {
        let directed = if sheds { &self.out } else { &self.into };
        self.mutual.of(person, first, last).chain(directed.of(person, first, last))
    }

    /// The links by time, sorted by the first who asks; nothing where they cannot be passed in one go.
    pub(super) fn timeline(&self, watch: &dyn Watch) -> Result<Arc<Option<Timeline>>, Cancelled> {
        if let Some(timeline) = self.by_time.get() {
            return Ok(Arc::clone(timeline));
        }
        let timeline = Arc::new(Timeline::new(self, watch)?);
        Ok(Arc::clone(self.by_time.get_or_init(|| timeline)))
    }

    /// All three tables, in the order of their fields.
    pub(super) fn tables(&self) -> [&Segments<Keyed>; 3] {
        [&self.mutual.0, &self.out.0, &self.into.0]
    }

    /// The same with each table replaced by what `change` makes of it.
    pub(super) fn map<E>(
        &self,
        mut change: impl FnMut(&Segments<Keyed>) -> Result<Segments<Keyed>, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            mutual: Touches(change(&self.mutual.0)?),
            out: Touches(change(&self.out.0)?),
            into: Touches(change(&self.into.0)?),
            by_time: OnceLock::new(),
        })
    }

    /// The number of links.
    pub(super) fn len(&self) -> usize {
        self.mutual.0.len() / 2 + self.out.0.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.tables().iter().map(|table| table.bytes()).sum()
    }
}

/// Links as rows of each table: mutual ones from either end, one-way ones from `a` and from `b`.
pub(super) fn packed(
    links: &[Link],
    clock: &Clock,
    watch: &dyn Watch,
) -> Result<[Vec<[u32; 4]>; 3], Cancelled> {
    let chunks = by_chunk(links.len(), watch, |chunk| {
        let mut tables: [Vec<[u32; 4]>; 3] = Default::default();
        for link in &links[chunk] {
            let from_a = clock.touch(link, link.a, link.b);
            let from_b = clock.touch(link, link.b, link.a);
            if link.one_way {
                tables[1].push(from_a);
                tables[2].push(from_b);
            } else {
                tables[0].extend([from_a, from_b]);
            }
        }
        tables
    })?;
    let mut tables: [Vec<[u32; 4]>; 3] = Default::default();
    for chunk in chunks {
        for (table, mut rows) in tables.iter_mut().zip(chunk) {
            table.append(&mut rows);
        }
    }
    Ok(tables)
}
