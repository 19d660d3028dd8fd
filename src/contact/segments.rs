//! Rows in parts that were added one after another, and how the parts are merged.

use std::ops::Range;
use std::sync::Arc;

use super::chunks::by_chunk;
use super::columns::Row;
use super::keyed::Keyed;
use super::radix;
use crate::watch::{Cancelled, Watch};

/// A part is merged with the one before it once it has more than one row for so many there. So n rows
/// stand in at most 1 + log8(n) parts, and each added row is written again some 8 times for each of them.
const MERGED_AT: usize = 8;

/// Frozen rows that were sorted together.
pub(super) trait Part: Sized + Send + Sync {
    /// Of rows by their key.
    fn new(rows: Keyed, watch: &dyn Watch) -> Result<Self, Cancelled>;

    /// The rows by their key.
    fn rows(&self) -> &Keyed;

    /// The same with all times so many seconds later.
    fn later(&self, by: i64, watch: &dyn Watch) -> Result<Self, Cancelled>;

    /// The bytes of memory held.
    fn bytes(&self) -> usize;
}

/// Parts, shared with every clone; none is empty.
#[derive(Debug)]
pub(super) struct Segments<P>(Vec<Arc<P>>);

impl<P> Clone for Segments<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P> Default for Segments<P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<P: Part> Segments<P> {
    /// The parts, the oldest first.
    pub(super) fn parts(&self) -> &[Arc<P>] {
        &self.0
    }

    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|part| part.rows().rows().len()).sum()
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|part| part.bytes()).sum()
    }

    /// The earliest start and the latest end of all rows.
    pub(super) fn extents(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().map(|part| part.rows().extent())
    }

    /// The same with all times so many seconds later.
    pub(super) fn later(&self, by: i64, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let parts: Result<_, _> =
            self.0.iter().map(|part| Ok(Arc::new(part.later(by, watch)?))).collect();
        Ok(Self(parts?))
    }

    /// The same with more rows, packed and sorted, merged where that is due.
    pub(super) fn with(&self, sorted: Vec<[u32; 4]>, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let mut parts = self.clone();
        if !sorted.is_empty() {
            parts.0.push(Arc::new(P::new(Keyed::new(sorted, watch)?, watch)?));
        }
        parts.settled(watch)
    }

    /// The same with only the rows that `keep` accepts; parts of which `loses` says that they have
    /// no others stay as they are.
    pub(super) fn retained(
        &self,
        loses: impl Fn(&Keyed) -> Result<bool, Cancelled>,
        keep: impl Fn(u32, &Row) -> bool + Sync,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let mut parts = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            if loses(part.rows())? {
                parts.extend(joined(std::slice::from_ref(part), &keep, watch)?);
            } else {
                parts.push(Arc::clone(part));
            }
        }
        Self(parts).settled(watch)
    }

    /// The same in one part.
    pub(super) fn compacted(&self, watch: &dyn Watch) -> Result<Self, Cancelled> {
        if self.0.len() < 2 {
            return Ok(self.clone());
        }
        Ok(Self(joined(&self.0, |_, _| true, watch)?.into_iter().collect()))
    }

    /// The same with those parts merged that are large beside the one before them.
    fn settled(self, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let mut groups: Vec<(Range<usize>, usize)> = Vec::new();
        for (at, part) in self.0.iter().enumerate().rev() {
            let rows = part.rows().rows().len();
            match groups.last_mut() {
                Some((group, total)) if *total * MERGED_AT > rows => {
                    group.start = at;
                    *total += rows;
                }
                _ => groups.push((at..at + 1, rows)),
            }
        }
        let mut parts = Vec::with_capacity(groups.len());
        for (group, _) in groups.into_iter().rev() {
            match &self.0[group] {
                [alone] => parts.push(Arc::clone(alone)),
                several => parts.extend(joined(several, |_, _| true, watch)?),
            }
        }
        Ok(Self(parts))
    }
}

/// One part with those rows of several that are kept; `None` if there is none.
fn joined<P: Part>(
    parts: &[Arc<P>],
    keep: impl Fn(u32, &Row) -> bool + Sync,
    watch: &dyn Watch,
) -> Result<Option<Arc<P>>, Cancelled> {
    let mut packed: Vec<[u32; 4]> = Vec::new();
    for part in parts {
        let keyed = part.rows();
        let kept = by_chunk(keyed.rows().len(), watch, |chunk| {
            let mut kept = Vec::with_capacity(chunk.len());
            for (key, rows) in keyed.keys_in(chunk) {
                let rows = keyed.rows()[rows].iter().filter(|row| keep(key, row));
                kept.extend(rows.map(|row| row.packed(key)));
            }
            kept
        })?;
        packed.reserve(kept.iter().map(Vec::len).sum());
        for mut kept in kept {
            watch.check()?;
            packed.append(&mut kept);
        }
    }
    if packed.is_empty() {
        return Ok(None);
    }
    if parts.len() > 1 {
        let last = parts.iter().map(|part| part.rows().last_key()).max().unwrap_or(0);
        packed = radix::sort(packed, &radix::up_to(last), radix::itself, watch)?;
    }
    Ok(Some(Arc::new(P::new(Keyed::new(packed, watch)?, watch)?)))
}
