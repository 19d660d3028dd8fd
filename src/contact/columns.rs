//! The rows of the index: visits by place and by person, links by person, times in 32 bits.

use rayon::prelude::*;

use super::ends::Ends;
use super::record::{Link, Visit};
use crate::id::{PersonId, dense};
use crate::interval::Timestamp;

/// From timestamps to seconds after the earliest start, which fit in 32 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The earliest start of all rows, in seconds since the Unix epoch.
    pub(super) base: i64,
    /// The latest end of all rows, in seconds after `base`.
    pub(super) span: i64,
}

impl Clock {
    /// The offset of the start or end of a row.
    fn row_offset(&self, moment: Timestamp) -> u32 {
        u32::try_from(moment.seconds() - self.base).unwrap_or(u32::MAX)
    }

    /// The offset of any moment, held within a range in which sums of a few offsets cannot overflow.
    pub(super) fn offset(&self, moment: Timestamp) -> i64 {
        moment.seconds().saturating_sub(self.base).clamp(-FAR, FAR)
    }

    /// The moment at an offset of a row.
    pub(super) fn moment(&self, offset: i64) -> Timestamp {
        Timestamp::from_seconds(self.base + offset)
    }
}

/// Farther than any row from the base of the clock, whatever latency and lag are added.
pub(super) const FAR: i64 = 1 << 40;

/// Offsets of the rows of each key: row `k` of a CSR is `starts[k]..starts[k + 1]`.
fn row_starts(keys: impl Iterator<Item = u32>, count: usize) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    for key in keys {
        starts[key as usize + 1] += 1;
    }
    for key in 0..count {
        starts[key + 1] += starts[key];
    }
    starts
}

fn row_range(starts: &[u32], key: usize) -> std::ops::Range<usize> {
    starts[key] as usize..starts[key + 1] as usize
}

/// One visit to a place; the order of rows within a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Row {
    pub(super) start: u32,
    pub(super) person: u32,
    pub(super) end: u32,
}

impl Row {
    /// The stay as offsets.
    pub(super) fn stay(&self) -> (i64, i64) {
        (self.start.into(), self.end.into())
    }
}

/// Visits that were added together: rows sorted by (place, start, person, end), and the row numbers
/// of each person by start.
#[derive(Debug)]
pub(super) struct Segment {
    place_starts: Vec<u32>,
    rows: Vec<Row>,
    ends: Ends,
    person_starts: Vec<u32>,
    person_rows: Vec<u32>,
    /// The ends of the visits in `person_rows`.
    person_ends: Ends,
}

impl Segment {
    pub(super) fn new(visits: Vec<Visit>, places: usize, people: usize, clock: &Clock) -> Self {
        let mut keyed: Vec<(u32, Row)> = visits
            .into_par_iter()
            .map(|v| {
                let (start, end) = (clock.row_offset(v.start), clock.row_offset(v.end));
                (v.place.get(), Row { start, person: v.person.get(), end })
            })
            .collect();
        keyed.par_sort_unstable();
        let place_starts = row_starts(keyed.iter().map(|row| row.0), places);
        let rows: Vec<Row> = keyed.par_iter().map(|row| row.1).collect();
        drop(keyed);
        let mut keyed: Vec<(u32, u32, u32)> = (0..rows.len())
            .into_par_iter()
            .map(|row| (rows[row].person, rows[row].start, dense(row)))
            .collect();
        keyed.par_sort_unstable();
        let person_starts = row_starts(keyed.iter().map(|row| row.0), people);
        let person_rows: Vec<u32> = keyed.par_iter().map(|row| row.2).collect();
        drop(keyed);
        let ends = Ends::new(rows.len(), |row| rows[row].end);
        let person_ends = Ends::new(rows.len(), |at| rows[person_rows[at] as usize].end);
        Self { place_starts, rows, ends, person_starts, person_rows, person_ends }
    }

    fn of_place(&self, place: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        let rows = row_range(&self.place_starts, place as usize);
        let starting = self.rows[rows.clone()].partition_point(|row| i64::from(row.start) <= last);
        let end = rows.start + starting;
        let rows = self.ends.ending_from(rows.start..end, first, |row| self.rows[row].end);
        rows.map(|row| self.rows[row])
    }

    fn of_person(&self, person: u32, first: i64, last: i64) -> impl Iterator<Item = (u32, Row)> {
        let rows = row_range(&self.person_starts, person as usize);
        let row = |at: usize| self.person_rows[at] as usize;
        let starts = &self.person_rows[rows.clone()];
        let before = |&at: &u32| i64::from(self.rows[at as usize].start) <= last;
        let end = rows.start + starts.partition_point(before);
        let ending =
            self.person_ends.ending_from(rows.start..end, first, move |at| self.rows[row(at)].end);
        ending.map(move |at| (self.place(row(at)), self.rows[row(at)]))
    }

    /// The place of a row. O(log places).
    fn place(&self, row: usize) -> u32 {
        dense(self.place_starts.partition_point(|&first| first as usize <= row) - 1)
    }

    fn bytes(&self) -> usize {
        let words = [&self.place_starts, &self.person_starts, &self.person_rows];
        let words = words.into_iter().map(Vec::len).sum::<usize>() * size_of::<u32>();
        let rows = self.rows.len() * size_of::<Row>();
        words + rows + self.ends.bytes() + self.person_ends.bytes()
    }
}

/// All visits.
#[derive(Debug, Default)]
pub(super) struct Visits {
    segments: Vec<Segment>,
}

impl Visits {
    pub(super) fn new(segment: Segment) -> Self {
        Self { segments: vec![segment] }
    }

    /// The visits to a place that end at `first` or later and start at `last` or before; by start within
    /// each segment.
    pub(super) fn of_place(&self, place: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        self.segments.iter().flat_map(move |segment| segment.of_place(place, first, last))
    }

    /// The visits of a person that end at `first` or later and start at `last` or before, each with its
    /// place; by start within each segment.
    pub(super) fn of_person(
        &self,
        person: u32,
        first: i64,
        last: i64,
    ) -> impl Iterator<Item = (u32, Row)> {
        self.segments.iter().flat_map(move |segment| segment.of_person(person, first, last))
    }

    /// The number of visits.
    pub(super) fn len(&self) -> usize {
        self.segments.iter().map(|segment| segment.rows.len()).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.segments.iter().map(Segment::bytes).sum()
    }
}

/// One end of a link, seen from the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Touch {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) other: u32,
}

/// Links by one of their people, each row by start.
#[derive(Debug)]
pub(super) struct Touches {
    starts: Vec<u32>,
    rows: Vec<Touch>,
    ends: Ends,
}

impl Touches {
    fn new(mut rows: Vec<(u32, Touch)>, people: usize) -> Self {
        rows.par_sort_unstable();
        Self {
            starts: if rows.is_empty() {
                Vec::new()
            } else {
                row_starts(rows.iter().map(|row| row.0), people)
            },
            ends: Ends::new(rows.len(), |row| rows[row].1.end),
            rows: rows.into_iter().map(|row| row.1).collect(),
        }
    }

    /// The links of a person that end at `first` or later and start at `last` or before, by start.
    pub(super) fn of(&self, person: u32, first: i64, last: i64) -> impl Iterator<Item = &Touch> {
        let rows =
            if self.rows.is_empty() { 0..0 } else { row_range(&self.starts, person as usize) };
        let starts = &self.rows[rows.clone()];
        let end = rows.start + starts.partition_point(|touch| i64::from(touch.start) <= last);
        let ending = self.ends.ending_from(rows.start..end, first, |row| self.rows[row].end);
        ending.map(|row| &self.rows[row])
    }

    fn bytes(&self) -> usize {
        let starts = self.starts.len() * size_of::<u32>();
        starts + self.rows.len() * size_of::<Touch>() + self.ends.bytes()
    }
}

/// All links, by the person that a trace comes from.
#[derive(Debug)]
pub(super) struct Links {
    /// Mutual links, seen from either end.
    pub(super) mutual: Touches,
    /// One-way links seen from the carrier.
    pub(super) out: Touches,
    /// One-way links seen from the exposed person.
    pub(super) into: Touches,
}

impl Links {
    pub(super) fn new(links: &[Link], people: usize, clock: &Clock) -> Self {
        let touch = |link: &Link, other: PersonId| Touch {
            start: clock.row_offset(link.start),
            end: clock.row_offset(link.end),
            other: other.get(),
        };
        let from_a = |l: &Link| (l.a.get(), touch(l, l.b));
        let from_b = |l: &Link| (l.b.get(), touch(l, l.a));
        let kind = |one_way| links.iter().filter(move |l| l.one_way == one_way);
        let mutual = kind(false).flat_map(|l| [from_a(l), from_b(l)]).collect();
        Self {
            mutual: Touches::new(mutual, people),
            out: Touches::new(kind(true).map(from_a).collect(), people),
            into: Touches::new(kind(true).map(from_b).collect(), people),
        }
    }

    /// The number of links.
    pub(super) fn len(&self) -> usize {
        self.mutual.rows.len() / 2 + self.out.rows.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.mutual.bytes() + self.out.bytes() + self.into.bytes()
    }
}
