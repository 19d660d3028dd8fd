//! Rows by a key: of a place, of a person.

use std::ops::Range;

use super::chunks::{append, by_chunk, in_place};
use super::columns::{Row, later};
use super::ends::Ends;
use super::segments::Part;
use crate::id::dense;
use crate::watch::{Cancelled, Watch};

/// So many rows are read one after another.
const FEW: usize = 64;

/// Where the rows of each key stand.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// The keys that have rows, where they are few; otherwise every key has a position, its own number.
    few: Option<Vec<u32>>,
    /// The rows of position `p` are `starts[p]..starts[p + 1]`.
    starts: Vec<u32>,
}

impl Keys {
    /// Of sorted rows, each with its key in the first word.
    pub(super) fn new<const N: usize>(
        sorted: &[[u32; N]],
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let key = |at: usize| sorted[at][0];
        let firsts = by_chunk(sorted.len(), watch, |chunk| {
            let firsts = chunk.filter(|&at| at == 0 || key(at - 1) != key(at));
            firsts.map(|at| (key(at), dense(at))).collect::<Vec<_>>()
        })?;
        let firsts = || firsts.iter().flatten().copied();
        let (distinct, all) =
            (firsts().count(), firsts().last().map_or(0, |last| last.0 as usize + 1));
        let end = dense(sorted.len());
        if 2 * distinct < all {
            let starts = firsts().map(|first| first.1).chain([end]).collect();
            return Ok(Self { few: Some(firsts().map(|first| first.0).collect()), starts });
        }
        let mut starts = Vec::with_capacity(all + 1);
        for (key, first) in firsts() {
            starts.resize(key as usize + 1, first);
        }
        starts.push(end);
        Ok(Self { few: None, starts })
    }

    /// The rows of a key.
    pub(super) fn rows(&self, key: u32) -> Range<usize> {
        let position = match &self.few {
            Some(few) => few.binary_search(&key).ok(),
            None => Some(key as usize).filter(|&key| key + 1 < self.starts.len()),
        };
        position.map_or(0..0, |at| self.starts[at] as usize..self.starts[at + 1] as usize)
    }

    /// The first row of a key or a later one.
    fn first(&self, key: u32) -> usize {
        let position = match &self.few {
            Some(few) => few.partition_point(|&few| few < key),
            None => (key as usize).min(self.positions()),
        };
        self.starts[position] as usize
    }

    /// The key at a position.
    fn key(&self, position: usize) -> u32 {
        self.few.as_ref().map_or(dense(position), |few| few[position])
    }

    /// The keys that have rows in a range, in their order, each with its rows there.
    pub(super) fn within(&self, rows: Range<usize>) -> impl Iterator<Item = (u32, Range<usize>)> {
        let starts = &self.starts;
        let first =
            starts.partition_point(|&start| (start as usize) <= rows.start).saturating_sub(1);
        (first..self.positions())
            .map(|at| (self.key(at), starts[at] as usize, starts[at + 1] as usize))
            .take_while(move |&(_, start, _)| start < rows.end)
            .map(move |(key, start, end)| (key, start.max(rows.start)..end.min(rows.end)))
            .filter(|(_, rows)| !rows.is_empty())
    }

    /// The position of the key of a row, between two positions.
    fn position(&self, row: usize, between: Range<usize>) -> usize {
        let first = between.start;
        first + self.starts[between].partition_point(|&start| start as usize <= row) - 1
    }

    fn positions(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn bytes(&self) -> usize {
        (self.few.as_ref().map_or(0, Vec::len) + self.starts.len()) * size_of::<u32>()
    }
}

/// Rows sorted by (key, start, person, end).
#[derive(Debug)]
pub(super) struct Keyed {
    keys: Keys,
    rows: Vec<Row>,
    ends: Ends,
    extent: (u32, u32),
}

impl Keyed {
    /// Rows that were packed and sorted.
    pub(super) fn new(sorted: Vec<[u32; 4]>, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let keys = Keys::new(&sorted, watch)?;
        let rows = in_place(sorted, watch, Row::unpacked)?;
        let ends = Ends::new(&keys, rows.len(), watch, |row| rows[row].end)?;
        let extents = by_chunk(rows.len(), watch, |chunk| {
            let rows = rows[chunk].iter().map(|row| (row.start, row.end));
            rows.reduce(wider)
        })?;
        let extent = extents.into_iter().flatten().reduce(wider).unwrap_or((0, 0));
        Ok(Self { keys, rows, ends, extent })
    }

    /// All rows.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of a key.
    pub(super) fn rows_of(&self, key: u32) -> &[Row] {
        &self.rows[self.keys.rows(key)]
    }

    /// The rows of a range of keys.
    pub(super) fn rows_in(&self, keys: Range<u32>) -> &[Row] {
        &self.rows[self.keys.first(keys.start)..self.keys.first(keys.end)]
    }

    /// Whether a packed row is here.
    pub(super) fn holds(&self, packed: [u32; 4]) -> bool {
        self.rows_of(packed[0]).binary_search(&Row::unpacked(packed)).is_ok()
    }

    /// A range of rows of one key without those that start after `last`, and mostly without those at its
    /// front that end before `first`.
    fn near(&self, rows: Range<usize>, first: i64, last: i64) -> Range<usize> {
        let starting = self.rows[rows.clone()].partition_point(|row| i64::from(row.start) <= last);
        let end = rows.start + starting;
        self.ends.skip(rows.start, first).min(end)..end
    }

    /// The rows of a key that end at `first` or later and start at `last` or before, by start.
    pub(super) fn of(&self, key: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        let rows = self.keys.rows(key);
        // A few rows are read faster than searched.
        let (few, many) =
            if rows.len() <= FEW { (rows, 0..0) } else { (0..0, self.near(rows, first, last)) };
        let few = self.rows[few].iter().copied();
        let few = few.take_while(move |row| i64::from(row.start) <= last);
        let few = few.filter(move |row| i64::from(row.end) >= first);
        let many = self.ends.ending_from(many, first, |row| self.rows[row].end);
        few.chain(many.map(|row| self.rows[row]))
    }

    /// The keys that have rows in a range, in their order, each with its rows there.
    pub(super) fn keys_in(&self, rows: Range<usize>) -> impl Iterator<Item = (u32, Range<usize>)> {
        self.keys.within(rows)
    }

    /// For every so many rows the position of the first one's key.
    pub(super) fn hints(&self, rows: usize) -> Vec<u32> {
        let mut hints = Vec::with_capacity(self.rows.len().div_ceil(rows) + 1);
        for position in 0..self.keys.positions() {
            let end = self.keys.starts[position + 1] as usize;
            hints.resize(end.div_ceil(rows), dense(position));
        }
        hints
    }

    /// The key of a row, found with the hints for every so many rows.
    pub(super) fn key_of(&self, row: usize, hints: &[u32], rows: usize) -> u32 {
        let first = hints[row / rows] as usize;
        let last = hints.get(row / rows + 1).map_or(self.keys.positions() - 1, |&at| at as usize);
        self.keys.key(self.keys.position(row, first..last + 1))
    }

    /// The largest key; 0 if there is none.
    pub(super) fn last_key(&self) -> u32 {
        self.keys.positions().checked_sub(1).map_or(0, |last| self.keys.key(last))
    }

    /// The earliest start and the latest end.
    pub(super) fn extent(&self) -> (u32, u32) {
        self.extent
    }
}

/// The earlier start and the later end.
fn wider(a: (u32, u32), b: (u32, u32)) -> (u32, u32) {
    (a.0.min(b.0), a.1.max(b.1))
}

impl Part for Keyed {
    fn new(rows: Keyed, _: &dyn Watch) -> Result<Self, Cancelled> {
        Ok(rows)
    }

    fn rows(&self) -> &Keyed {
        self
    }

    fn later(&self, by: i64, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let mut rows = Vec::new();
        append(&mut rows, &self.rows, watch, |row| row.later(by))?;
        let (keys, ends) = (self.keys.clone(), self.ends.later(by));
        let extent = (later(self.extent.0, by), later(self.extent.1, by));
        Ok(Self { keys, rows, ends, extent })
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + size_of_val(&self.rows[..]) + self.ends.bytes()
    }
}
