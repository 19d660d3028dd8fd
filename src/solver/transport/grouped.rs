//! Items grouped by a dense key.

use std::convert::Infallible;

/// Items between two looks at whether to go on.
const ITEMS_PER_CHECK: usize = 1 << 20;

/// The numbers of items, grouped by key; within a group they ascend.
#[derive(Debug, Clone)]
pub(super) struct Grouped {
    start: Vec<usize>,
    items: Vec<u32>,
}

impl Grouped {
    /// Groups item 0, 1, … by the keys given in that order, all below `groups`. O(items + groups).
    pub(super) fn new(keys: impl Iterator<Item = u32> + Clone, groups: usize) -> Self {
        let Ok(grouped) = Self::checked(keys, groups, || Ok::<_, Infallible>(()));
        grouped
    }

    /// The same for many items, unless `check` says to stop.
    pub(super) fn checked<E>(
        keys: impl Iterator<Item = u32> + Clone,
        groups: usize,
        check: impl Fn() -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut start = vec![0; groups + 1];
        for (item, key) in keys.clone().enumerate() {
            if item.is_multiple_of(ITEMS_PER_CHECK) {
                check()?;
            }
            start[key as usize + 1] += 1;
        }
        for group in 0..groups {
            start[group + 1] += start[group];
        }
        let mut free = start.clone();
        let mut items = vec![0; start[groups]];
        for (item, key) in (0..).zip(keys) {
            if (item as usize).is_multiple_of(ITEMS_PER_CHECK) {
                check()?;
            }
            let place = &mut free[key as usize];
            items[*place] = item;
            *place += 1;
        }
        Ok(Self { start, items })
    }

    pub(super) fn len(&self) -> usize {
        self.start.len() - 1
    }

    pub(super) fn group(&self, key: usize) -> &[u32] {
        &self.items[self.start[key]..self.start[key + 1]]
    }
}
