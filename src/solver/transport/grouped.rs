//! Items grouped by a dense key.

/// The numbers of items, grouped by key; within a group they ascend.
pub(super) struct Grouped {
    start: Vec<usize>,
    items: Vec<u32>,
}

impl Grouped {
    /// Groups item 0, 1, … by the keys given in that order, all below `groups`. O(items + groups).
    pub(super) fn new(keys: impl Iterator<Item = u32> + Clone, groups: usize) -> Self {
        let mut start = vec![0; groups + 1];
        for key in keys.clone() {
            start[key as usize + 1] += 1;
        }
        for group in 0..groups {
            start[group + 1] += start[group];
        }
        let mut free = start.clone();
        let mut items = vec![0; start[groups]];
        for (item, key) in (0..).zip(keys) {
            let place = &mut free[key as usize];
            items[*place] = item;
            *place += 1;
        }
        Self { start, items }
    }

    pub(super) fn len(&self) -> usize {
        self.start.len() - 1
    }

    pub(super) fn group(&self, key: usize) -> &[u32] {
        &self.items[self.start[key]..self.start[key + 1]]
    }
}
