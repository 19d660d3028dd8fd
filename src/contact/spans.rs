//! The first and the last exposure of everybody, without looking at every pair.

use super::encounter::{Encounter, Encounters, exposure};
use super::index::ContactIndex;
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
    /// times the logarithm of their number. A crowd of n costs no n^2.
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
        let encounters = Encounters::new(self, index, |_| true, watch);
        let found = encounters.read(
            |encounter, out| hulls(encounter, watch, |slot, shared| out.push((slot, shared))),
            |slot, shared, _| (slot, shared),
        )?;
        let mut spans = vec![NOTHING; encounters.slots()];
        for piece in found {
            watch.check()?;
            for (slot, (start, end)) in piece {
                // The last second of an instant is the instant.
                join(&mut spans[slot as usize], (start, start.max(end - 1)));
            }
        }
        let clock = &index.parts.clock;
        let rows = spans.into_iter().zip(0..).filter(|(span, _)| *span != NOTHING);
        let mut rows: Vec<ExposureSpan> = rows
            .map(|((first, last), slot)| ExposureSpan {
                person: encounters.person(slot),
                first: clock.moment(first),
                last: clock.moment(last),
            })
            .collect();
        rows.sort_unstable();
        Ok(rows)
    }
}

/// The hull of no interval.
const NOTHING: (i64, i64) = (i64::MAX, i64::MIN);

/// Widens a hull.
fn join(hull: &mut (i64, i64), (start, end): (i64, i64)) {
    *hull = (hull.0.min(start), hull.1.max(end));
}

/// Tells for each visitor whom any window meets the hull of all their exposures.
///
/// A window meets a visitor if it opens no later than the visitor's limit and closes no earlier than
/// their key. So visitors are taken from the latest key to the earliest, windows join when they
/// close late enough, and a tree over the windows in the order of opening answers for all that open in
/// time. O((o + v) log o).
fn hulls(encounter: &Encounter<'_>, watch: &dyn Watch, mut met: impl FnMut(u32, (i64, i64))) {
    let Encounter { rule, openings, visitors, .. } = *encounter;
    let mut closing: Vec<usize> = (0..openings.len()).collect();
    closing.sort_unstable_by_key(|&at| openings[at].window.close);
    let mut tree = Hulls(vec![NOTHING; openings.len()]);
    for visitor in visitors.iter().rev() {
        if watch.is_cancelled() {
            return;
        }
        while let Some(at) = closing.pop_if(|at| openings[*at].window.close >= visitor.target.key) {
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
