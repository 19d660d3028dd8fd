//! Sorting many rows by keys of 128 bits.
//!
//! Rows are dealt into buckets of consecutive keys, every chunk of rows into its own part of each bucket,
//! and each bucket, small enough for a cache, is sorted by the digits that vary in the upper half of its
//! keys; rows that agree there are few and are compared. A bucket that stays large, because many
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
const DIGIT: u32 = 11;

/// The keys of all items, in order; `bounds` hold every key, and the tighter they are, the better.
///
/// # Cost
///
/// Time linear in the items but for those that agree in the upper half of their keys; 16 bytes an
/// item. The items are dropped as soon as their keys are dealt out.
pub(super) fn sort<T: Sync>(
    items: impl AsRef<[T]> + Send,
    bounds: &RangeInclusive<u128>,
    key: impl Fn(usize, &T) -> u128 + Sync,
    watch: &dyn Watch,
) -> Result<Vec<u128>, Cancelled> {
    let rows = items.as_ref();
    if rows.len() <= SMALL {
        let mut keys: Vec<u128> = rows.iter().enumerate().map(|(at, row)| key(at, row)).collect();
        keys.sort_unstable();
        return Ok(keys);
    }
    let bins = Bins::new(bounds);
    let counts = by_chunk(rows.len(), watch, |chunk| {
        let mut counts = vec![0; BINS as usize];
        for at in chunk {
            counts[bins.of(key(at, &rows[at]))] += 1;
        }
        counts
    })?;
    let buckets = Buckets::new(&counts, rows.len());
    let mut keys = vec![0; rows.len()];
    let tasks = chunks(rows.len()).zip(buckets.parts(&counts, &mut keys)).collect();
    in_parallel(tasks, watch, |(chunk, mut parts)| {
        for at in chunk {
            let key = key(at, &rows[at]);
            if let Some(slot) = parts[buckets.of(bins.of(key))].next() {
                *slot = key;
            }
        }
    })?;
    let (small, large): (Vec<_>, Vec<_>) =
        buckets.slices(&mut keys).partition(|keys| keys.len() <= LARGE);
    // Giving pages back takes as long as reading them: the other threads need not wait for it.
    let (sorted, ()) = rayon::join(|| order_all(small, watch), || drop(items));
    sorted?;
    for keys in large {
        deal_again(keys, watch)?;
    }
    Ok(keys)
}

/// The bounds of rows that are packed with keys up to this one.
pub(super) fn up_to(last_key: u32) -> RangeInclusive<u128> {
    0..=u128::from(last_key) << 96 | u128::MAX >> 32
}

fn order_all(buckets: Vec<&mut [u128]>, watch: &dyn Watch) -> Result<(), Cancelled> {
    buckets.into_par_iter().for_each_init(Vec::new, |scratch, keys| {
        if !watch.is_cancelled() {
            order(keys, scratch);
        }
    });
    watch.check()
}

/// Sorts keys that share their bucket with too many others. Each round leaves at most one 2048th of the
/// range of a bucket, so that there are at most 12.
fn deal_again(keys: &mut [u128], watch: &dyn Watch) -> Result<(), Cancelled> {
    let whole = &*keys;
    let bounds = by_chunk(keys.len(), watch, |chunk| {
        let keys = &whole[chunk];
        keys.iter().fold((u128::MAX, 0), |(low, high), &key| (key.min(low), key.max(high)))
    })?;
    let low = bounds.iter().map(|bounds| bounds.0).min().unwrap_or(0);
    let high = bounds.iter().map(|bounds| bounds.1).max().unwrap_or(0);
    if low < high {
        let sorted = sort(whole, &(low..=high), |_, &key| key, watch)?;
        keys.copy_from_slice(&sorted);
    }
    Ok(())
}

/// Equal ranges of keys.
struct Bins {
    low: u128,
    shift: u32,
}

impl Bins {
    fn new(bounds: &RangeInclusive<u128>) -> Self {
        let range = bounds.end() - bounds.start();
        let shift = (u128::BITS - range.leading_zeros()).saturating_sub(BINS.trailing_zeros());
        Self { low: *bounds.start(), shift }
    }

    fn of(&self, key: u128) -> usize {
        ((key - self.low) >> self.shift) as usize
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
    fn parts<'k>(
        &self,
        counts: &[Vec<u32>],
        mut keys: &'k mut [u128],
    ) -> Vec<Vec<std::slice::IterMut<'k, u128>>> {
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

    fn slices<'k>(&self, mut keys: &'k mut [u128]) -> impl Iterator<Item = &'k mut [u128]> {
        self.sizes.iter().map(move |&size| {
            let (own, rest) = std::mem::take(&mut keys).split_at_mut(size);
            keys = rest;
            own
        })
    }
}

/// The upper half of a key.
fn upper(key: u128) -> u64 {
    (key >> 64) as u64
}

/// Sorts keys that fit in a cache.
fn order(keys: &mut [u128], scratch: &mut Vec<u128>) {
    if keys.len() < WORTH_PASSES {
        keys.sort_unstable();
        return;
    }
    let length = keys.len();
    scratch.resize(scratch.len().max(keys.len()), 0);
    let varying = keys.iter().fold(0, |bits, &key| bits | (upper(key) ^ upper(keys[0])));
    let (mut from, mut to) = (&mut *keys, &mut scratch[..length]);
    let (mut shift, mut passes) = (0, 0);
    while shift < u64::BITS && varying >> shift != 0 {
        shift += (varying >> shift).trailing_zeros();
        pass(from, to, shift);
        to = std::mem::replace(&mut from, &mut to[..]);
        shift += DIGIT;
        passes += 1;
    }
    if passes % 2 == 1 {
        to.copy_from_slice(from);
    }
    for alike in keys.chunk_by_mut(|&a, &b| upper(a) == upper(b)) {
        if alike.len() > 1 {
            alike.sort_unstable();
        }
    }
}

/// Writes keys in the order of one digit, keeping the order of equal digits.
fn pass(from: &[u128], to: &mut [u128], shift: u32) {
    const MASK: u64 = (1 << DIGIT) - 1;
    let digit = |key| (upper(key) >> shift & MASK) as usize;
    let mut places = [0u32; 1 << DIGIT];
    for &key in from {
        places[digit(key)] += 1;
    }
    let mut next = 0;
    for place in &mut places {
        next += std::mem::replace(place, next);
    }
    for &key in from {
        let place = &mut places[digit(key)];
        to[*place as usize] = key;
        *place += 1;
    }
}
