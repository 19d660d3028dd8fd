//! Prices as single numbers: a level and a cost in one integer that adds and compares like the pair.

use std::ops::{Add, AddAssign, Sub};

use super::Price;

/// An integer wide enough for the prices of a problem, with the type in which it keeps its costs.
///
/// A price is `level · 2^bits + cost`. With n = min(sources, sinks), no price differs from another by more
/// than `(4 n + 2) · C` at one level when no cost is beyond `C` (no simple path alternates between the two
/// sides over more than 2 n arcs), so `2^bits` above that makes every comparison lexicographic.
pub(super) trait Number:
    Copy + Ord + Default + Add<Output = Self> + Sub<Output = Self> + AddAssign + Send + Sync
{
    /// The type of a cost.
    type Cost: Copy + TryFrom<i64> + Into<i64> + Send + Sync;

    fn of(cost: Self::Cost) -> Self;

    fn pack(level: i64, bits: u32) -> Self;

    fn unpack(self, bits: u32) -> Price;
}

impl Number for i64 {
    type Cost = i32;

    fn of(cost: i32) -> Self {
        cost.into()
    }

    fn pack(level: i64, bits: u32) -> Self {
        level << bits
    }

    fn unpack(self, bits: u32) -> Price {
        let above = i64::BITS - bits;
        let cost = self << above >> above;
        Price { level: (self - cost) >> bits, cost }
    }
}

impl Number for i128 {
    type Cost = i64;

    fn of(cost: i64) -> Self {
        cost.into()
    }

    fn pack(level: i64, bits: u32) -> Self {
        Self::from(level) << bits
    }

    #[expect(clippy::cast_possible_truncation, reason = "takes both halves out of their places")]
    fn unpack(self, bits: u32) -> Price {
        let above = Self::BITS - bits;
        let cost = self << above >> above;
        Price { level: ((self - cost) >> bits) as i64, cost: cost as i64 }
    }
}

/// The bits that an `i128` keeps for the cost: enough for every problem there is.
pub(super) const WIDE_BITS: u32 = 66;

/// The bits below the level in an `i64`, if levels from `-levels` to 1 and costs up to `largest` either way
/// fit in it and the costs in an `i32`, with `pairs` the lesser number of sources and of sinks.
pub(super) fn narrow_bits(levels: i64, largest: u64, pairs: usize) -> Option<u32> {
    i32::try_from(largest).ok()?;
    let apart = (4 * pairs as u128 + 2) * u128::from(largest.max(1));
    let bits = u128::BITS - apart.leading_zeros();
    // Two levels differ by `levels + 1` at most, and one more makes room for the cost beside them.
    let top = u64::BITS - (levels.unsigned_abs() + 2).leading_zeros();
    (bits + top <= 62).then_some(bits)
}
