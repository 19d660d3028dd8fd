//! Which rows of one table claim the same key.

use rayon::slice::ParallelSliceMut;

/// The rows of a table sorted by the key that each claims.
///
/// One rule for every table of the crate: where several *equal* rows claim a key, the first one stands
/// and the others repeat it; where the rows differ, nobody can say which is right and none stands. So
/// what stands does not depend on the order of the rows.
#[derive(Debug)]
pub(crate) struct Claims<K> {
    sorted: Vec<(K, u32)>,
}

impl<K: Ord + Send> Claims<K> {
    /// Sorts the keys of fewer than 2^32 rows. O(n log n).
    pub(crate) fn new(keys: impl Iterator<Item = K>) -> Self {
        let mut sorted: Vec<(K, u32)> = keys.zip(0..).collect();
        sorted.par_sort_unstable();
        Self { sorted }
    }

    /// Every key with the first row that claims it, in key order.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = (&K, usize)> {
        let groups = self.sorted.chunk_by(|a, b| a.0 == b.0);
        groups.filter_map(|rivals| rivals.first()).map(|(key, row)| (key, *row as usize))
    }

    /// The first row that claims a key. O(log n).
    pub(crate) fn first(&self, key: &K) -> Option<usize> {
        let at = self.sorted.partition_point(|(claimed, _)| claimed < key);
        self.sorted.get(at).filter(|(claimed, _)| claimed == key).map(|&(_, row)| row as usize)
    }

    /// All rows, by key and then by row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> {
        self.sorted.iter().map(|&(_, row)| row as usize)
    }

    /// Every row that does not stand, with another row that claims its key. O(n).
    pub(crate) fn disputes(&self, equal: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for rivals in self.sorted.chunk_by(|a, b| a.0 == b.0) {
            let [(_, first), others @ ..] = rivals else { continue };
            let [(_, second), ..] = others else { continue };
            let first = *first as usize;
            if !others.iter().all(|&(_, row)| equal(first, row as usize)) {
                found.push((first, *second as usize));
            }
            found.extend(others.iter().map(|&(_, row)| (row as usize, first)));
        }
        found
    }

    /// Every row that claims a key that an earlier row claims, with the first such row, by row: where two rows
    /// of one key are a mistake even if they are equal. O(n log n).
    pub(crate) fn repeats(&self) -> Vec<(usize, usize)> {
        let mut found = self.disputes(|_, _| true);
        found.sort_unstable();
        found
    }
}
