//! Sorting many rows by keys of three or four words.
//!
//! Rows are dealt into buckets of consecutive keys, every chunk of rows into its own part of each bucket,
//! and each bucket, small enough for a cache, is sorted by the highest digits of what varies in the first
//! two words of its keys; those few that agree there are compared. A bucket that stays large, because many
//! keys lie close together, is dealt out again.
//!
//! Reference: D. E. Knuth, *The Art of Computer Programming* 3, 5.2.5, for both kinds of radix sort.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::chunks::{by_chunk, chunks, in_parallel};
use crate::watch::{Cancelled, Watch};

/// Fewer keys than this are compared.
const SMALL: usize = 1 << 14;

/// More keys than this in one bucket are dealt out again.
const LARGE: usize = 1 << 18;

/// Keys of a bucket that is worth the passes over digits.
const WORTH_PASSES: usize = 1 << 10;

/// Into so many bins keys are counted; neighbouring bins make a bucket.
const BINS: u32 = 1 << 12;

/// About so many buckets are made.
const BUCKETS: usize = 1 << 9;

/// Bits of a digit.
const DIGIT: u32 = 12;

/// The keys of all items, in order; `bounds` hold the first two words of every key, and the tighter they
/// are, the better.
///
/// # Cost
///
/// Time linear in the items, but for those that agree in all digits looked at; a key for each item. The
/// items are dropped as soon as their keys are dealt out.
pub(super) fn sort<T: Sync, const N: usize>(
    items: impl AsRef<[T]> + Send,
    bounds: &RangeInclusive<u64>,
    key: impl Fn(usize, &T) -> [u32; N] + Sync,
    watch: &dyn Watch,
) -> Result<Vec<[u32; N]>, Cancelled> {
    sort_by(items, bounds, key, upper, watch)
}

/// The bounds of keys whose first word is no larger than this.
pub(super) fn up_to(last: u32) -> RangeInclusive<u64> {
    0..=u64::from(last) << 32 | u64::from(u32::MAX)
}

/// The first two words of a key.
fn upper<const N: usize>(key: &[u32; N]) -> u64 {
    u64::from(key[0]) << 32 | u64::from(key[1])
}

/// The words behind them.
fn lower<const N: usize>(key: &[u32; N]) -> u64 {
    key[2..].iter().fold(0, |words, &word| words << 32 | u64::from(word))
}

/// A key that is one already.
pub(super) fn itself<const N: usize>(_: usize, key: &[u32; N]) -> [u32; N] {
    *key
}

/// The same for keys that differ in one half only, or first.
fn sort_by<T: Sync, const N: usize>(
    items: impl AsRef<[T]> + Send,
    bounds: &RangeInclusive<u64>,
    key: impl Fn(usize, &T) -> [u32; N] + Sync,
    half: impl Fn(&[u32; N]) -> u64 + Copy + Sync,
    watch: &dyn Watch,
) -> Result<Vec<[u32; N]>, Cancelled> {
    let rows = items.as_ref();
    if rows.len() <= SMALL {
        let keys = rows.iter().enumerate().map(|(at, row)| key(at, row));
        let mut keys: Vec<[u32; N]> = keys.collect();
        keys.sort_unstable();
        return Ok(keys);
    }
    let bins = Bins::new(bounds);
    let counts = by_chunk(rows.len(), watch, |chunk| {
        let mut counts = vec![0; BINS as usize];
        for at in chunk {
            counts[bins.of(half(&key(at, &rows[at])))] += 1;
        }
        counts
    })?;
    let buckets = Buckets::new(&counts, rows.len());
    let mut keys = vec![[0; N]; rows.len()];
    let tasks = chunks(rows.len()).zip(buckets.parts(&counts, &mut keys)).collect();
    in_parallel(tasks, watch, |(chunk, mut parts)| {
        for at in chunk {
            let key = key(at, &rows[at]);
            if let Some(slot) = parts[buckets.of(bins.of(half(&key)))].next() {
                *slot = key;
            }
        }
    })?;
    let (small, large): (Vec<_>, Vec<_>) =
        buckets.slices(&mut keys).partition(|keys| keys.len() <= LARGE);
    // Giving pages back takes as long as reading them: the other threads need not wait for it.
    let (sorted, ()) = rayon::join(|| order_all(small, half, watch), || drop(items));
    sorted?;
    for keys in large {
        deal_again(keys, watch)?;
    }
    Ok(keys)
}

fn order_all<const N: usize>(
    buckets: Vec<&mut [[u32; N]]>,
    half: impl Fn(&[u32; N]) -> u64 + Copy + Sync,
    watch: &dyn Watch,
) -> Result<(), Cancelled> {
    buckets.into_par_iter().for_each_init(Vec::new, |scratch, keys| {
        if !watch.is_cancelled() {
            order(keys, half, scratch);
        }
    });
    watch.check()
}

/// Sorts keys that share their bucket with too many others. Each round leaves at most one 2048th of the
/// range of a bucket, so that each half takes at most six.
fn deal_again<const N: usize>(keys: &mut [[u32; N]], watch: &dyn Watch) -> Result<(), Cancelled> {
    let bounds = bounds(keys, upper, watch)?;
    if bounds.start() < bounds.end() {
        let sorted = sort_by(&*keys, &bounds, itself, upper, watch)?;
        keys.copy_from_slice(&sorted);
        return Ok(());
    }
    let bounds = self::bounds(keys, lower, watch)?;
    if bounds.start() < bounds.end() {
        let sorted = sort_by(&*keys, &bounds, itself, lower, watch)?;
        keys.copy_from_slice(&sorted);
    }
    Ok(())
}

/// The least and the greatest half of all keys.
fn bounds<const N: usize>(
    keys: &[[u32; N]],
    half: impl Fn(&[u32; N]) -> u64 + Sync,
    watch: &dyn Watch,
) -> Result<RangeInclusive<u64>, Cancelled> {
    let chunks = by_chunk(keys.len(), watch, |chunk| {
        let halves = keys[chunk].iter().map(&half);
        halves.fold((u64::MAX, 0), |(low, high), half| (half.min(low), half.max(high)))
    })?;
    let low = chunks.iter().map(|bounds| bounds.0).min().unwrap_or(0);
    Ok(low..=chunks.iter().map(|bounds| bounds.1).max().unwrap_or(0))
}

/// Equal ranges of halves of keys.
struct Bins {
    low: u64,
    shift: u32,
}

impl Bins {
    fn new(bounds: &RangeInclusive<u64>) -> Self {
        let range = bounds.end() - bounds.start();
        let shift = (u64::BITS - range.leading_zeros()).saturating_sub(BINS.trailing_zeros());
        Self { low: *bounds.start(), shift }
    }

    fn of(&self, half: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below 2^12")]
        {
            ((half - self.low) >> self.shift) as usize
        }
    }
}

/// Neighbouring bins that hold about as many rows as others, or one bin that holds more.
struct Buckets {
    of_bin: Vec<u16>,
    sizes: Vec<usize>,
}

impl Buckets {
    fn new(counts: &[Vec<u32>], rows: usize) -> Self {
        let target = rows / BUCKETS;
        let mut of_bin = Vec::with_capacity(BINS as usize);
        let mut sizes: Vec<usize> = vec![0];
        for bin in 0..BINS as usize {
            let size: usize = counts.iter().map(|counts| counts[bin] as usize).sum();
            let mut last = sizes.len() - 1;
            if sizes[last] > 0 && sizes[last] + size > target {
                sizes.push(0);
                last += 1;
            }
            sizes[last] += size;
            #[expect(clippy::cast_possible_truncation, reason = "no more buckets than bins")]
            of_bin.push(last as u16);
        }
        Self { of_bin, sizes }
    }

    fn of(&self, bin: usize) -> usize {
        self.of_bin[bin].into()
    }

    /// For each chunk, its own part of each bucket: chunk after chunk within a bucket, which keeps the
    /// order of equal keys.
    fn parts<'k, const N: usize>(
        &self,
        counts: &[Vec<u32>],
        mut keys: &'k mut [[u32; N]],
    ) -> Vec<Vec<std::slice::IterMut<'k, [u32; N]>>> {
        let mut parts: Vec<Vec<_>> =
            counts.iter().map(|_| Vec::with_capacity(self.sizes.len())).collect();
        for bins in self.of_bin.chunk_by(|a, b| a == b).scan(0, |first, bins| {
            *first += bins.len();
            Some(*first - bins.len()..*first)
        }) {
            for (part, counts) in parts.iter_mut().zip(counts) {
                let size: u32 = counts[bins.clone()].iter().sum();
                let (own, rest) = keys.split_at_mut(size as usize);
                part.push(own.iter_mut());
                keys = rest;
            }
        }
        parts
    }

    fn slices<'k, const N: usize>(
        &self,
        mut keys: &'k mut [[u32; N]],
    ) -> impl Iterator<Item = &'k mut [[u32; N]]> {
        self.sizes.iter().map(move |&size| {
            let (own, rest) = std::mem::take(&mut keys).split_at_mut(size);
            keys = rest;
            own
        })
    }
}

/// Sorts keys that fit in a cache.
fn order<const N: usize>(
    keys: &mut [[u32; N]],
    half: impl Fn(&[u32; N]) -> u64 + Copy,
    scratch: &mut Vec<[u32; N]>,
) {
    if keys.len() < WORTH_PASSES {
        keys.sort_unstable();
        return;
    }
    let length = keys.len();
    scratch.resize(scratch.len().max(length), [0; N]);
    let digits = Digits::of(keys.iter().map(half));
    let (high, low) = (|key: &_| digits.get(half(key)) >> DIGIT, |key: &_| digits.get(half(key)));
    pass(keys, &mut scratch[..length], low);
    pass(&scratch[..length], keys, high);
    for alike in keys.chunk_by_mut(|a, b| low(a) == low(b)) {
        if alike.len() > 1 {
            alike.sort_unstable();
        }
    }
}

/// The highest two digits of what varies in halves of keys: in their upper words and in their lower ones.
/// Keys of one bucket differ little in both, and a word that is large in all would waste most of a digit.
struct Digits {
    least: (u64, u64),
    bits_of_lower: u32,
    dropped: u32,
}

impl Digits {
    fn of(halves: impl Iterator<Item = u64>) -> Self {
        let (mut least, mut most) = ((u64::MAX, u64::MAX), (0, 0));
        for (upper, lower) in halves.map(words) {
            least = (upper.min(least.0), lower.min(least.1));
            most = (upper.max(most.0), lower.max(most.1));
        }
        let bits = |range: u64| u64::BITS - range.leading_zeros();
        let (bits_of_upper, bits_of_lower) = (bits(most.0 - least.0), bits(most.1 - least.1));
        Self {
            least,
            bits_of_lower,
            dropped: (bits_of_upper + bits_of_lower).saturating_sub(2 * DIGIT),
        }
    }

    fn get(&self, half: u64) -> u64 {
        let (upper, lower) = words(half);
        ((upper - self.least.0) << self.bits_of_lower | (lower - self.least.1)) >> self.dropped
    }
}

/// The words of a half.
fn words(half: u64) -> (u64, u64) {
    (half >> 32, half & u64::from(u32::MAX))
}

/// Writes keys in the order of their digits, keeping the order of equal ones.
fn pass<const N: usize>(from: &[[u32; N]], to: &mut [[u32; N]], digits: impl Fn(&[u32; N]) -> u64) {
    let digit = |key| (digits(key) & ((1 << DIGIT) - 1)) as usize;
    let mut places = [0u32; 1 << DIGIT];
    for key in from {
        places[digit(key)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += std::mem::replace(place, next);
    }
    for key in from {
        let place = &mut places[digit(key)];
        to[*place as usize] = *key;
        *place += 1;
    }
}
