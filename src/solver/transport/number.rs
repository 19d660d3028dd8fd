//! Prices as single numbers: a level and a cost in one integer that adds and compares like the pair.

use std::ops::{Add, AddAssign, Sub};

use super::Price;

/// An integer wide enough for the prices of a problem, with the type in which it keeps its costs.
///
/// A price is `level · 2^bits + cost`. With n = min(sources, sinks), no price differs from another by more
/// than `(4 n + 2) · C` at one level when no cost is beyond `C` (no simple path alternates between the two
/// sides over more than 2 n arcs, before what an unplaced unit costs), so `2^bits` above that makes every
/// comparison lexicographic.
pub(super) trait Number:
    Copy + Ord + Default + Add<Output = Self> + Sub<Output = Self> + AddAssign + Send + Sync
{
    /// The type of a cost.
    type Cost: Copy + Ord + Into<i64> + Send + Sync;

    /// A cost as it is kept.
    fn cost(cost: i64) -> Self::Cost;

    /// A cost as a price.
    fn of(cost: Self::Cost) -> Self;

    fn pack(level: i64, bits: u32) -> Self;

    fn unpack(self, bits: u32) -> Price;
}

impl Number for i64 {
    type Cost = i32;

    #[expect(clippy::cast_possible_truncation, reason = "checked by `narrow_bits`")]
    fn cost(cost: i64) -> i32 {
        cost as i32
    }

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

    fn cost(cost: i64) -> i64 {
        cost
    }

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

/// The bits below the level in an `i64`, if levels that lie up to `levels` apart and costs up to `largest`
/// either way fit in it and the costs in an `i32`, with `pairs` the lesser number of sources and of sinks.
pub(super) fn narrow_bits(levels: u64, largest: u64, pairs: usize) -> Option<u32> {
    i32::try_from(largest).ok()?;
    let apart = (4 * pairs as u128 + 2) * u128::from(largest.max(1));
    let bits = u128::BITS - apart.leading_zeros();
    // One level more makes room for the cost beside them.
    let top = u64::BITS - (levels + 1).leading_zeros();
    (bits + top <= 62).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::{Number, WIDE_BITS, narrow_bits};

    /// Every difference of prices that can come up has the sign that the pairs say, with levels from
    /// -`levels` to 1 or from -1 to `levels`.
    fn holds<N: Number>(levels: i64, largest: i64, pairs: u16, bits: u32) {
        let most = 2 * i64::from(pairs) * largest + largest;
        let price = |level, cost: i64| {
            (0..cost.unsigned_abs() / largest.unsigned_abs()).fold(
                N::pack(level, bits),
                |sum, _| {
                    let step = N::of(N::cost(largest));
                    if cost > 0 { sum + step } else { sum - step }
                },
            )
        };
        for (low, high) in [(-levels, 1 - levels), (-1, 0), (0, 1), (levels - 1, levels)] {
            assert!(price(low, most) < price(high, -most), "{levels} {largest} {pairs}");
            for cost in [-most, 0, most] {
                let pair = price(low, cost).unpack(bits);
                assert_eq!((pair.level, pair.cost), (low, cost));
            }
        }
    }

    #[test]
    fn narrow_prices_are_chosen_only_where_they_compare_like_pairs() {
        let mut narrow = 0;
        for levels in [1, 2, 3, 1_000, 1_i64 << 31] {
            for largest in [1, 7, 40_000, i64::from(i32::MAX)] {
                for pairs in [1, 2, 185, 20_000] {
                    let apart = levels.unsigned_abs() + 1;
                    if let Some(bits) = narrow_bits(apart, largest.unsigned_abs(), pairs.into()) {
                        holds::<i64>(levels, largest, pairs, bits);
                        narrow += 1;
                    }
                    holds::<i128>(levels, largest, pairs, WIDE_BITS);
                }
            }
        }
        assert!((40..80).contains(&narrow), "{narrow}");
        assert_eq!(narrow_bits(1, 1 << 31, 1), None, "no `i32`");
        assert_eq!(narrow_bits(1 << 40, 1 << 30, 1 << 20), None, "no room for the levels");
    }
}
