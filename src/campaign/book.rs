//! The journal of a round and what it comes to.
//!
//! Rows stand in the order of arrival, and nothing derived from them may depend on that order. So there is one
//! step for every kind of entry: add the row, and derive anew what hangs on it (`derive`).

mod derive;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;

use super::cell::{Cell, MANY};
use super::chunked::Chunked;
use super::event_index::EventIndex;
use super::row::{Frame, Kind, NONE, Row};
use super::{Act, Entry, EntryError, EventId, Filed, Filing, Receipt, Subject, Target};
use crate::id::{HouseholdId, PersonId, dense};
use crate::interval::{Day, Timestamp};
use crate::population::Population;

/// The most entries that name one target, and the most that correct one visit: what is derived anew for one
/// entry.
const MOST: usize = 255;

/// Entries for which memory is read ahead.
const FEW: usize = 32;

/// The most rows: a number is left for none.
const ROWS: usize = u32::MAX as usize - 1;

#[derive(Clone)]
pub(super) struct Book {
    population: Population,
    frame: Frame,
    /// The first second at which a visit is late.
    deadline: i32,
    /// In the order of arrival.
    log: Chunked<Row>,
    index: EventIndex,
    /// By position.
    cells: Chunked<Cell>,
    /// The newest row that names a target, by position.
    newest: Chunked<u32>,
    /// The newest row that names somebody whom the population does not have.
    strangers: Arc<BTreeMap<u32, u32>>,
    /// The row that a correction names.
    bases: Arc<BTreeMap<u32, u32>>,
    /// The same the other way round.
    corrections: Arc<BTreeSet<(u32, u32)>>,
    /// The closing that stands: when, its event id, its row.
    closing: Option<(i32, u64, u32)>,
    /// The latest time at which anything was received.
    latest: i32,
    /// Rows that are no entries.
    missing: usize,
}

impl Book {
    /// An empty journal. The deadline is near enough.
    pub(super) fn new(
        population: &Population,
        subject: Subject,
        opens: Timestamp,
        deadline: Option<Timestamp>,
    ) -> Self {
        let frame = Frame { subject, opens };
        let mut book = Self {
            population: population.clone(),
            frame,
            deadline: deadline.and_then(|time| frame.offset(time)).unwrap_or(i32::MAX),
            log: Chunked::new(Row::default()),
            index: EventIndex::default(),
            cells: Chunked::new(Cell::default()),
            newest: Chunked::new(NONE),
            strangers: Arc::default(),
            bases: Arc::default(),
            corrections: Arc::default(),
            closing: None,
            latest: i32::MIN,
            missing: 0,
        };
        book.make_room();
        book
    }

    /// Room for everybody in the population.
    fn make_room(&mut self) {
        let everybody = match self.frame.subject {
            Subject::Households => self.population.household_total(),
            Subject::Residents => self.population.resident_total(),
        };
        self.cells.grow(everybody);
        self.newest.grow(everybody);
    }

    pub(super) fn population(&self) -> &Population {
        &self.population
    }

    pub(super) fn frame(&self) -> Frame {
        self.frame
    }

    pub(super) fn cells(&self) -> &Chunked<Cell> {
        &self.cells
    }

    /// Changes what the plan says of the target at a position.
    pub(super) fn plan(&mut self, position: usize, change: impl FnOnce(Cell) -> Cell) {
        self.cells.set(position, change(self.cells.get(position)));
    }

    /// The position of the target with a number.
    pub(super) fn position(&self, number: u32) -> Option<usize> {
        match self.frame.subject {
            Subject::Households => self.population.household_position(HouseholdId::new(number)),
            Subject::Residents => self.population.resident_position(PersonId::new(number)),
        }
    }

    /// When the round was closed.
    pub(super) fn closed(&self) -> Option<Timestamp> {
        let (received, ..) = self.closing?;
        Some(self.frame.opens.saturating_add(received.into()))
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.log.len() - self.missing
    }

    /// Takes a population in which more people are registered. O(newcomers + strangers).
    pub(super) fn grow(&mut self, population: &Population) {
        self.population = population.clone();
        self.make_room();
        let found: Vec<(u32, u32)> = self
            .strangers
            .iter()
            .filter(|&(&number, _)| self.position(number).is_some())
            .map(|(&number, &row)| (number, row))
            .collect();
        for (number, row) in found {
            Arc::make_mut(&mut self.strangers).remove(&number);
            if let Some(position) = self.position(number) {
                self.newest.set(position, row);
            }
            self.restate(number);
        }
    }

    /// Shares everything with clones to come.
    pub(super) fn share(&mut self) {
        self.log.share();
        self.index.share();
        self.cells.share();
        self.newest.share();
    }

    /// Takes entries one after the other; somebody must share the journal afterwards.
    ///
    /// First it reads what each of a few will need: the processor waits for several places of memory at once,
    /// if only nothing has to be known before the next one is asked for.
    pub(super) fn record_all(
        &mut self,
        entries: &[Entry],
        answers: &mut Vec<Result<Receipt, EntryError>>,
    ) {
        for few in entries.chunks(FEW) {
            self.read_ahead(few);
            answers.extend(few.iter().map(|entry| self.record(entry)));
        }
    }

    /// Reads what a few entries will need, each kind of it for all of them: short loops let more of it overlap.
    fn read_ahead(&self, few: &[Entry]) {
        let (mut hashes, mut positions) = ([0; FEW], [None; FEW]);
        for (position, entry) in positions.iter_mut().zip(few) {
            *position = named(entry).and_then(|target| self.position(target.number()));
        }
        for (hash, entry) in hashes.iter_mut().zip(few) {
            *hash = self.index.hash(entry.event.get());
        }
        let mut read = 0;
        for position in positions.into_iter().flatten() {
            read ^= self.newest.get(position) ^ u32::from(self.cells.get(position).is_listed());
        }
        for &hash in &hashes[..few.len()] {
            read ^= self.index.touch(hash);
        }
        // Whoever reads must want to know.
        black_box(read);
    }

    /// Makes room for the event ids of a batch.
    pub(super) fn reserve(&mut self, entries: usize) {
        self.index.reserve(entries);
    }

    /// Takes an entry; somebody must share the journal afterwards.
    pub(super) fn record(&mut self, entry: &Entry) -> Result<Receipt, EntryError> {
        let row = self.frame.pack(entry)?;
        let event = entry.event;
        let hash = self.index.hash(event.get());
        let known = self.hashed(hash, event);
        if let Some(at) = known.filter(|&at| self.row(at).kind() != Kind::Missing) {
            let same = self.filed(at).is_some_and(|filed| filed.entry == *entry);
            let receipt = Receipt { filing: self.row(at).answer(), retried: true };
            return if same { Ok(receipt) } else { Err(EntryError::EventReused { event }) };
        }
        let position = if row.names_target() { self.position(row.subject) } else { None };
        let row =
            row.after(if row.names_target() { self.newest(row.subject, position) } else { NONE });
        self.refuse_too_many(entry, row)?;

        let at = match known {
            Some(at) => {
                self.missing -= 1;
                self.put(at, row);
                at
            }
            None => self.append(row, hash),
        };
        match position {
            _ if !row.names_target() => {}
            Some(position) => self.newest.set(position, at),
            None => {
                Arc::make_mut(&mut self.strangers).insert(row.subject, at);
            }
        }
        if let Some(of) = corrected(entry) {
            let base = self.base(of);
            Arc::make_mut(&mut self.bases).insert(at, base);
            Arc::make_mut(&mut self.corrections).insert((base, at));
        }
        self.latest = self.latest.max(row.received);
        match row.kind() {
            Kind::Close => self.close(at),
            // Nobody can have corrected what was not there.
            Kind::Visit if known.is_none() => {
                self.stand(at, true, true);
                self.restate_at(row.subject, position);
            }
            _ => self.refile(at),
        }
        let filing = self.row(at).filing();
        self.answer(at, filing);
        Ok(Receipt { filing, retried: false })
    }

    /// Remembers what the host was told of a row.
    fn answer(&mut self, at: u32, filing: Filing) {
        self.put(at, self.row(at).answered(filing));
    }

    /// Replaces what the host was told of an entry.
    #[cfg(feature = "serde")]
    pub(super) fn told(&mut self, event: EventId, filing: Filing) {
        if let Some(at) = self.row_of(event) {
            self.answer(at, filing);
        }
    }

    fn refuse_too_many(&self, entry: &Entry, row: Row) -> Result<(), EntryError> {
        let event = entry.event;
        // A correction may need a second row.
        if self.log.len() > ROWS - 2 {
            return Err(EntryError::TooManyEntries { event });
        }
        if row.names_target() && self.chain(row.older).nth(MOST - 1).is_some() {
            let target = self.frame.subject.target(row.subject);
            return Err(EntryError::TooManyOfTarget { event, target });
        }
        match corrected(entry) {
            Some(of) if self.row_of(of).is_some_and(|at| self.corrections(at).count() >= MOST) => {
                Err(EntryError::TooManyCorrections { event, of })
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, row: Row, hash: u64) -> u32 {
        let at = dense(self.log.len());
        self.log.push(row);
        let log = &self.log;
        self.index.insert(hash, at, |row| log.get(row as usize).event);
        at
    }

    /// The row of the visit that a correction names, which may still be missing.
    fn base(&mut self, of: EventId) -> u32 {
        let hash = self.index.hash(of.get());
        self.hashed(hash, of).unwrap_or_else(|| {
            self.missing += 1;
            self.append(Row::missing(of), hash)
        })
    }

    #[inline]
    pub(super) fn row(&self, at: u32) -> Row {
        self.log.get(at as usize)
    }

    #[inline]
    pub(super) fn put(&mut self, at: u32, row: Row) {
        self.log.set(at as usize, row);
    }

    /// The row with an event id, which may be missing.
    fn row_of(&self, event: EventId) -> Option<u32> {
        self.hashed(self.index.hash(event.get()), event)
    }

    /// The row with an event id whose hash is known.
    fn hashed(&self, hash: u64, event: EventId) -> Option<u32> {
        self.index.find(hash, |at| self.row(at).event == event.get())
    }

    /// The newest row that names the target with a number.
    fn newest(&self, number: u32, position: Option<usize>) -> u32 {
        match position {
            Some(position) => self.newest.get(position),
            None => self.strangers.get(&number).copied().unwrap_or(NONE),
        }
    }

    /// The rows that name a target, in no order.
    pub(super) fn named(&self, number: u32) -> impl Iterator<Item = (u32, Row)> {
        self.chain(self.newest(number, self.position(number)))
    }

    fn chain(&self, newest: u32) -> impl Iterator<Item = (u32, Row)> {
        let row = |at| (at != NONE).then(|| (at, self.row(at)));
        std::iter::successors(row(newest), move |(_, newer)| row(newer.older))
    }

    /// The corrections of a row.
    pub(super) fn corrections(&self, base: u32) -> impl Iterator<Item = u32> {
        self.corrections.range((base, 0)..=(base, u32::MAX)).map(|&(_, at)| at)
    }

    /// The row that a correction names.
    pub(super) fn base_of(&self, at: u32) -> Option<u32> {
        self.bases.get(&at).copied()
    }

    /// Whether a row was received while the round was open.
    pub(super) fn in_time(&self, row: Row) -> bool {
        self.closing.is_none_or(|(closed, ..)| row.received < closed)
    }

    /// An entry and where it stands; none where it is missing.
    pub(super) fn filed(&self, at: u32) -> Option<Filed> {
        let row = self.row(at);
        let of = self.base_of(at).map_or(row.event, |base| self.row(base).event);
        Some(Filed { entry: self.frame.unpack(row, EventId::new(of))?, filing: row.filing() })
    }

    /// The entry with an event id.
    pub(super) fn find(&self, event: EventId) -> Option<Filed> {
        self.filed(self.row_of(event)?)
    }

    /// The rows that `keep` accepts, in the order of their entries: by time of receipt and event id.
    /// O(n + k log k) for k of n rows.
    pub(super) fn sorted(&self, keep: impl Fn(Row) -> bool) -> Vec<u32> {
        let rows = (0..).zip(self.log.iter());
        let mut kept: Vec<(i32, u64, u32)> = rows
            .filter(|(_, row)| row.kind() != Kind::Missing && keep(**row))
            .map(|(at, row)| (row.received, row.event, at))
            .collect();
        kept.sort_unstable();
        kept.into_iter().map(|(.., at)| at).collect()
    }

    /// The exact number of tries of a target whose cell says `known`.
    pub(super) fn tries(&self, number: u32, known: u32) -> u32 {
        if known < MANY {
            return known;
        }
        dense(self.counted(number).filter(|row| row.outcome().is_try()).count())
    }

    /// The day on which somebody should try a target again, as the last visit that counts says.
    pub(super) fn follow_up(&self, number: u32) -> Option<Day> {
        self.frame.follow_up(self.counted(number).max_by_key(|row| row.key())?)
    }

    /// The visits to a target that count.
    fn counted(&self, number: u32) -> impl Iterator<Item = Row> {
        let visits = self.named(number).map(|(_, row)| row);
        visits.filter(|row| row.kind() != Kind::Change && row.filing() >= Filing::Late)
    }

    /// The bytes of memory held beside the population, shared or not.
    pub(super) fn bytes(&self) -> Bytes {
        // A set or map of numbers takes about half as much again as what is in it.
        let small = 12 * (self.corrections.len() + self.bases.len() + self.strangers.len());
        Bytes {
            standings: self.cells.bytes() + self.newest.bytes(),
            journal: self.log.bytes() + small,
            event_index: self.index.bytes(),
        }
    }
}

/// The entry that an entry corrects.
fn corrected(entry: &Entry) -> Option<EventId> {
    match entry.act {
        Act::Amend { of, .. } | Act::Void { of } => Some(of),
        Act::Visit(_) | Act::Change(_) | Act::Close => None,
    }
}

/// The target that an entry names.
fn named(entry: &Entry) -> Option<Target> {
    match &entry.act {
        Act::Visit(visit) | Act::Amend { visit, .. } => Some(visit.target),
        Act::Change(change) => Some(change.target),
        Act::Void { .. } | Act::Close => None,
    }
}

/// Bytes of memory that a round holds, shared with its clones or not; the population is not among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bytes {
    /// What is known of each household or resident.
    pub standings: usize,
    /// The entries.
    pub journal: usize,
    /// The way from event ids to entries.
    pub event_index: usize,
}
