//! Finding rows by their ends among rows that are sorted by their starts.

use std::iter;
use std::ops::Range;

use super::chunks::by_chunk;
use super::columns::later;
use super::keyed::Keys;
use crate::watch::{Cancelled, Watch};

/// Rows whose largest end is kept.
const BLOCK: usize = 64;

/// Rows over which the largest end is kept once more.
const SUPERBLOCK: usize = 64 * BLOCK;

/// The largest end of every block of rows of one key, so that a search passes over the rows that ended
/// long ago. One long row costs its own block and no more; a bound on the length of all rows would be
/// ruined by it. Blocks with rows of several keys are few rows of each: they are never passed over.
#[derive(Debug)]
pub(super) struct Ends {
    blocks: Vec<u32>,
    superblocks: Vec<u32>,
}

impl Ends {
    /// Of so many rows of these keys, with the end of each.
    pub(super) fn new(
        keys: &Keys,
        rows: usize,
        watch: &dyn Watch,
        end: impl Fn(usize) -> u32 + Sync,
    ) -> Result<Self, Cancelled> {
        // Chunks are made of whole blocks.
        let blocks = by_chunk(rows, watch, |chunk| {
            let mut blocks = vec![u32::MAX; chunk.len().div_ceil(BLOCK)];
            for (_, rows) in keys.within(chunk.clone()) {
                let (first, last) = (rows.start.div_ceil(BLOCK), rows.end / BLOCK);
                for block in first..last {
                    let ends = (block * BLOCK..(block + 1) * BLOCK).map(&end);
                    blocks[block - chunk.start / BLOCK] = ends.max().unwrap_or(u32::MAX);
                }
            }
            blocks
        })?
        .concat();
        let largest = |blocks: &[u32]| blocks.iter().copied().max().unwrap_or(0);
        let superblocks = blocks.chunks(SUPERBLOCK / BLOCK).map(largest).collect();
        Ok(Self { blocks, superblocks })
    }

    /// The first row, from a row on, that stands in a block with a row that ends at `first` or later.
    pub(super) fn skip(&self, mut row: usize, first: i64) -> usize {
        while let Some(&latest) = self.blocks.get(row / BLOCK)
            && i64::from(latest) < first
        {
            let long_ago = i64::from(self.superblocks[row / SUPERBLOCK]) < first;
            let step = if long_ago { SUPERBLOCK } else { BLOCK };
            row = (row / step + 1) * step;
        }
        row
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
                if row.is_multiple_of(BLOCK) || row == rows.start {
                    row = self.skip(row, first);
                    if row >= rows.end {
                        break;
                    }
                }
                row += 1;
                if i64::from(end(row - 1)) >= first {
                    return Some(row - 1);
                }
            }
            None
        })
    }

    /// The same with all ends so many seconds later.
    pub(super) fn later(&self, by: i64) -> Self {
        let later = |ends: &[u32]| {
            ends.iter().map(|&end| if end == u32::MAX { end } else { later(end, by) }).collect()
        };
        Self { blocks: later(&self.blocks), superblocks: later(&self.superblocks) }
    }

    pub(super) fn bytes(&self) -> usize {
        (self.blocks.len() + self.superblocks.len()) * size_of::<u32>()
    }
}
