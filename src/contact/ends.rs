//! Finding rows by their ends among rows that are sorted by their starts.

use std::iter;
use std::ops::Range;

use rayon::prelude::*;

/// Rows whose largest end is kept.
const BLOCK: usize = 64;

/// Rows over which the largest end is kept once more.
const SUPERBLOCK: usize = 64 * BLOCK;

/// The largest end of every block of rows, so that a search passes over the rows that ended long ago. One
/// long row costs its own block and no more; a bound on the length of all rows would be ruined by it.
#[derive(Debug)]
pub(super) struct Ends {
    blocks: Vec<u32>,
    superblocks: Vec<u32>,
}

impl Ends {
    /// Of so many rows, with the end of each.
    pub(super) fn new(rows: usize, end: impl Fn(usize) -> u32 + Sync) -> Self {
        let blocks: Vec<u32> = (0..rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let rows = block * BLOCK..rows.min((block + 1) * BLOCK);
                rows.map(&end).max().unwrap_or(0)
            })
            .collect();
        let largest = |blocks: &[u32]| blocks.iter().copied().max().unwrap_or(0);
        let superblocks = blocks.chunks(SUPERBLOCK / BLOCK).map(largest).collect();
        Self { blocks, superblocks }
    }

    /// The parts of a range of rows that may hold a row that ends at `first` or later, in row order; a
    /// part may hold rows that do not.
    pub(super) fn parts_ending_from(
        &self,
        rows: Range<usize>,
        first: i64,
    ) -> impl Iterator<Item = Range<usize>> {
        let mut row = rows.start;
        iter::from_fn(move || {
            while row < rows.end {
                if i64::from(self.superblocks[row / SUPERBLOCK]) < first {
                    row = (row / SUPERBLOCK + 1) * SUPERBLOCK;
                } else {
                    let next = rows.end.min((row / BLOCK + 1) * BLOCK);
                    let part = row..next;
                    row = next;
                    if i64::from(self.blocks[part.start / BLOCK]) >= first {
                        return Some(part);
                    }
                }
            }
            None
        })
    }

    /// The rows of a range that end at `first` or later, in row order; `end` tells the end of a row.
    pub(super) fn ending_from(
        &self,
        rows: Range<usize>,
        first: i64,
        end: impl Fn(usize) -> u32,
    ) -> impl Iterator<Item = usize> {
        let mut row = rows.start;
        iter::from_fn(move || {
            while row < rows.end {
                if i64::from(self.superblocks[row / SUPERBLOCK]) < first {
                    row = (row / SUPERBLOCK + 1) * SUPERBLOCK;
                } else if i64::from(self.blocks[row / BLOCK]) < first {
                    row = (row / BLOCK + 1) * BLOCK;
                } else {
                    row += 1;
                    if i64::from(end(row - 1)) >= first {
                        return Some(row - 1);
                    }
                }
            }
            None
        })
    }

    pub(super) fn bytes(&self) -> usize {
        (self.blocks.len() + self.superblocks.len()) * size_of::<u32>()
    }
}
