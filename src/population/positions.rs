//! Positions of a unit or household.

use std::ops::Range;

use super::tail::Newcomer;

/// The positions of the households or residents of a unit: one contiguous range, then its newcomers.
///
/// Positions are dense: they index vectors and bitmaps of
/// [`Population::household_total`](super::Population::household_total) or
/// [`Population::resident_total`](super::Population::resident_total) entries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Positions<'a> {
    pub(super) range: Range<usize>,
    pub(super) newcomers: &'a [Newcomer],
}

impl<'a> Positions<'a> {
    /// Those of the population as it was built.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Those of newcomers, in walking order.
    #[must_use]
    pub fn newcomers(&self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        self.newcomers.iter().map(|newcomer| newcomer.position)
    }

    /// All of them: the range, then the newcomers.
    pub fn iter(&self) -> impl Iterator<Item = usize> + use<'a> {
        self.range().chain(self.newcomers())
    }

    /// How many there are. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len() + self.newcomers.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
