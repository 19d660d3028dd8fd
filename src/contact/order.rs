//! Sorting many rows by one key.

use crate::watch::{Cancelled, Watch};

/// Bits of a key that one pass sorts by.
const DIGIT: u32 = 11;

/// Fewer rows than this are compared: counting costs a table of all digits.
const FEW: usize = 1 << 10;

/// Sorts by a key, equal keys in the order given, unless cancelled meanwhile. O(n) for each eleven bits in
/// which keys differ.
pub(super) fn sort_by_key<T: Copy>(
    mut rows: Vec<T>,
    key: impl Fn(&T) -> u64,
    watch: &dyn Watch,
) -> Result<Vec<T>, Cancelled> {
    if rows.len() < FEW {
        rows.sort_by_key(key);
        return Ok(rows);
    }
    let first = key(&rows[0]);
    let differ = rows.iter().fold(0, |bits, row| bits | (key(row) ^ first));
    let mut sorted = rows.clone();
    for shift in (0..u64::BITS).step_by(DIGIT as usize) {
        let digit = |key: u64| (key >> shift & ((1 << DIGIT) - 1)) as usize;
        if digit(differ) == 0 {
            continue;
        }
        watch.check()?;
        let mut next = [0_usize; 1 << DIGIT];
        for row in &rows {
            next[digit(key(row))] += 1;
        }
        let mut rows_before = 0;
        for count in &mut next {
            rows_before += std::mem::replace(count, rows_before);
        }
        for row in &rows {
            let at = &mut next[digit(key(row))];
            sorted[*at] = *row;
            *at += 1;
        }
        std::mem::swap(&mut rows, &mut sorted);
    }
    Ok(rows)
}
