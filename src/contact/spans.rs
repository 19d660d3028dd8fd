//! The first and the last exposure of everybody, without looking at every pair.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::chunks::{by_chunk, joined, sort_by_key};
use super::crowd::Crowd;
use super::encounter::{Encounter, Encounters, exposure};
use super::index::ContactIndex;
use super::protocol::Direction;
use super::summary::ExposureSummary;
use super::sweep::{Opening, Stay};
use super::trace::Trace;
use crate::id::PersonId;
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Watch};

/// When somebody was exposed first and last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExposureSpan {
    /// Who was exposed.
    pub person: PersonId,
    /// The first second of the first exposure.
    pub first: Timestamp,
    /// The last second of the latest exposure, where the day count of a quarantine starts.
    pub last: Timestamp,
}

impl Trace {
    /// The first and the last exposure of everybody whom the trace reached, by person; what the evidence
    /// of each says. Cases have none.
    ///
    /// `index` is the one that was traced.
    ///
    /// # Cost
    ///
    /// Less than the trace: the windows that its rounds opened, and at each place the visits near them,
    /// times the logarithm of their number. A crowd of n costs no n^2. Under a cumulative rule, that of
    /// [`Trace::all_evidence`], from which the spans are taken then.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the observer says so.
    pub fn exposure_spans(
        &self,
        index: &ContactIndex,
        watch: &dyn Watch,
    ) -> Result<Vec<ExposureSpan>, Cancelled> {
        if self.investigation().protocol().cumulative().is_some() {
            let evidence = self.all_evidence(index, watch)?;
            let rows = evidence.summaries().map(|row| {
                let ExposureSummary { person, first, last, .. } = row;
                ExposureSpan { person, first, last }
            });
            return Ok(rows.collect());
        }
        let encounters = Encounters::new(self, index, |_| true, watch)?;
        let spans = Spans::new(encounters.slots());
        for wave in encounters.waves() {
            encounters.links(wave, |slot, shared, _| spans.join(slot, shared))?;
            let passed = encounters.pass(wave, |crowd, venue, _: &mut Vec<()>| {
                crowd.spans(encounters.need(venue), |person, first, last| {
                    spans.widen(encounters.slot(person), first, last);
                });
            })?;
            if passed.is_some() {
                continue;
            }
            encounters.stays(wave, |encounter, _: &mut Vec<()>| {
                match encounter.rule.direction {
                    Direction::Forward => {
                        let mut crowd = Crowd::default();
                        let windows = encounter.openings.iter();
                        crowd
                            .openings
                            .extend(windows.filter_map(|o| Opening::new(o.window, o.source)));
                        let stays = encounter.visitors.iter();
                        crowd.stays.extend(stays.filter_map(|v| Stay::new(v.target, v.slot)));
                        crowd.spans(encounter.rule.need(), |slot, first, last| {
                            spans.widen(slot, first, last);
                        });
                    }
                    Direction::Backward => {
                        hulls(encounter, watch, |slot, shared| spans.join(slot, shared));
                    }
                }
            })?;
        }
        let clock = &index.parts.clock;
        let rows = by_chunk(self.by_person().len(), watch, |chunk| {
            let slots = self.by_person()[chunk].iter().map(|&at| at + 1);
            let rows = slots.filter_map(|slot| {
                let (first, last) = spans.of(slot)?;
                let (first, last) = (clock.moment(first.into()), clock.moment(last.into()));
                Some(ExposureSpan { person: encounters.person(slot), first, last })
            });
            rows.collect()
        })?;
        joined(rows, watch)
    }
}

/// The first and the last second of exposure of every slot, as offsets. Threads widen them; the order in
/// which they do makes no difference.
struct Spans(Vec<[AtomicU32; 2]>);

impl Spans {
    fn new(slots: usize) -> Self {
        Self((0..slots).map(|_| [AtomicU32::new(u32::MAX), AtomicU32::new(0)]).collect())
    }

    fn widen(&self, slot: u32, first: u32, last: u32) {
        let [earliest, latest] = &self.0[slot as usize];
        if first < earliest.load(Relaxed) {
            earliest.fetch_min(first, Relaxed);
        }
        if last > latest.load(Relaxed) {
            latest.fetch_max(last, Relaxed);
        }
    }

    /// The span of a slot, if it has any.
    fn of(&self, slot: u32) -> Option<(u32, u32)> {
        let [first, last] = self.0[slot as usize].each_ref().map(|moment| moment.load(Relaxed));
        (first <= last).then_some((first, last))
    }

    /// Widens a span by an exposure. The last second of an instant is the instant.
    fn join(&self, slot: u32, (start, end): (i64, i64)) {
        let narrow = |offset: i64| u32::try_from(offset).unwrap_or_default();
        self.widen(slot, narrow(start), narrow(start.max(end - 1)));
    }
}

/// The hull of no interval.
const NOTHING: (i64, i64) = (i64::MAX, i64::MIN);

/// Widens a hull.
fn join(hull: &mut (i64, i64), (start, end): (i64, i64)) {
    *hull = (hull.0.min(start), hull.1.max(end));
}

/// Tells for each visitor whom any window meets the hull of all their exposures, in any direction.
///
/// A window meets a visitor if it opens no later than the visitor's limit and closes no earlier than
/// their key. So visitors are taken from the latest key to the earliest, windows join when they
/// close late enough, and a tree over the windows in the order of opening answers for all that open in
/// time. O((o + v) log o).
fn hulls(encounter: &Encounter<'_>, watch: &dyn Watch, mut met: impl FnMut(u32, (i64, i64))) {
    let Encounter { rule, openings, visitors, .. } = *encounter;
    let closes = openings.iter().map(|opened| opened.window.close);
    let mut closing: Vec<(i64, usize)> = closes.zip(0..).collect();
    if sort_by_key(&mut closing, watch, |(close, _)| *close).is_err() {
        return;
    }
    let mut tree = Hulls(vec![NOTHING; openings.len()]);
    for visitor in visitors.iter().rev() {
        if watch.is_cancelled() {
            return;
        }
        while let Some((_, at)) = closing.pop_if(|(close, _)| *close >= visitor.target.key) {
            tree.add(at, openings[at].part);
        }
        let limit = visitor.target.limit;
        let in_time = openings.partition_point(|opened| opened.window.open <= limit);
        let hull = tree.of_first(in_time);
        if hull != NOTHING {
            met(visitor.slot, exposure(rule, hull, visitor.stay));
        }
    }
}

/// The hulls of the first rows, for any number of first rows: a tree in an array, each entry covering as
/// many rows as the lowest bit of its number (from 1) says.
///
/// Reference: P. Fenwick, *A New Data Structure for Cumulative Frequency Tables*, 1994.
struct Hulls(Vec<(i64, i64)>);

impl Hulls {
    fn add(&mut self, row: usize, part: (i64, i64)) {
        let mut entry = row + 1;
        while entry <= self.0.len() {
            join(&mut self.0[entry - 1], part);
            entry += entry & entry.wrapping_neg();
        }
    }

    fn of_first(&self, mut rows: usize) -> (i64, i64) {
        let mut hull = NOTHING;
        while rows > 0 {
            join(&mut hull, self.0[rows - 1]);
            rows &= rows - 1;
        }
        hull
    }
}
