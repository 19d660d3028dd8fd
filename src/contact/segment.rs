//! Visits that were added together.

use std::ops::Range;

use super::chunks::{by_chunk, in_place};
use super::columns::Row;
use super::ends::Ends;
use super::keyed::{Keyed, Keys};
use super::radix;
use super::segments::Part;
use crate::id::dense;
use crate::watch::{Cancelled, Watch};

/// For one row in so many the place is kept.
const HINTED: usize = 64;

/// Visits by place, and their row numbers by person and start.
#[derive(Debug)]
pub(super) struct Segment {
    by_place: Keyed,
    /// Positions of places, for finding the place of a row.
    hints: Vec<u32>,
    people: Keys,
    /// The row numbers of each person.
    person_rows: Vec<u32>,
    /// The ends of the visits in `person_rows`.
    person_ends: Ends,
}

impl Segment {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.by_place.rows().len()
    }

    /// All rows, by (place, start, person, end).
    pub(super) fn rows(&self) -> &[Row] {
        self.by_place.rows()
    }

    /// All rows of a place, by (start, person, end).
    pub(super) fn rows_of(&self, place: u32) -> &[Row] {
        self.by_place.rows_of(place)
    }

    /// All rows of a range of places, by place.
    pub(super) fn rows_in(&self, places: Range<u32>) -> &[Row] {
        self.by_place.rows_in(places)
    }

    /// The place of a row.
    pub(super) fn place(&self, row: u32) -> u32 {
        self.by_place.key_of(row as usize, &self.hints, HINTED)
    }

    /// The numbers in [`Segment::rows`] of a person's rows, by start.
    pub(super) fn row_numbers_of(&self, person: u32) -> &[u32] {
        &self.person_rows[self.people.rows(person)]
    }

    /// The visits to a place that end at `first` or later and start at `last` or before, by start.
    pub(super) fn of_place(&self, place: u32, first: i64, last: i64) -> impl Iterator<Item = Row> {
        self.by_place.of(place, first, last)
    }

    /// The same of a person, each with its place.
    pub(super) fn of_person(
        &self,
        person: u32,
        first: i64,
        last: i64,
    ) -> impl Iterator<Item = (u32, Row)> {
        let numbers = self.people.rows(person);
        let row = |at: usize| self.rows()[self.person_rows[at] as usize];
        let before = |&number: &u32| i64::from(self.rows()[number as usize].start) <= last;
        let starting = self.person_rows[numbers.clone()].partition_point(before);
        let numbers = numbers.start..numbers.start + starting;
        let ending = self.person_ends.ending_from(numbers, first, move |at| row(at).end);
        ending.map(move |at| (self.place(self.person_rows[at]), row(at)))
    }
}

impl Part for Segment {
    fn new(by_place: Keyed, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let rows = by_place.rows();
        let last = by_chunk(rows.len(), watch, |chunk| rows[chunk].iter().map(|r| r.person).max())?;
        let last = last.into_iter().flatten().max().unwrap_or(0);
        let by_person = |at: usize, row: &Row| [row.person, row.start, dense(at)];
        let sorted = radix::sort(rows, &radix::up_to(last), by_person, watch)?;
        let people = Keys::new(&sorted, watch)?;
        let person_rows = in_place(sorted, watch, |[_, _, row]| row)?;
        let end = |at: usize| rows[person_rows[at] as usize].end;
        let person_ends = Ends::new(&people, rows.len(), watch, end)?;
        let hints = by_place.hints(HINTED);
        Ok(Self { by_place, hints, people, person_rows, person_ends })
    }

    fn rows(&self) -> &Keyed {
        &self.by_place
    }

    fn later(&self, by: i64, watch: &dyn Watch) -> Result<Self, Cancelled> {
        Ok(Self {
            by_place: self.by_place.later(by, watch)?,
            person_ends: self.person_ends.later(by),
            hints: self.hints.clone(),
            people: self.people.clone(),
            person_rows: self.person_rows.clone(),
        })
    }

    fn bytes(&self) -> usize {
        let words = self.hints.len() + self.person_rows.len();
        let ends = self.person_ends.bytes();
        self.by_place.bytes() + self.people.bytes() + ends + words * size_of::<u32>()
    }
}
