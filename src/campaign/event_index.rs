//! From event ids to rows, in some eight bytes an event.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::id::dense;

/// Slots of a page.
const SLOTS: usize = 4_096;

/// A page with more entries than this is split in two.
const FULL: usize = SLOTS / 8 * 7;

/// The tag of a slot that holds nothing.
const FREE: u8 = 0;

/// Rows by the hash of their event id; the ids themselves stand in the rows.
///
/// Extendible hashing (R. Fagin et al., *Extendible hashing*, ACM Transactions on Database Systems 4, 1979):
/// full pages are split one at a time, so that no insertion has to move everything, and a clone shares the
/// pages. The hash has a secret key, so that no choice of ids can make it slow; it decides where a row is
/// kept and nothing else.
#[derive(Clone, Default)]
pub(super) struct EventIndex {
    key: RandomState,
    /// The page of each value of the leading `depth` bits of a hash.
    directory: Vec<u32>,
    depth: u32,
    pages: Vec<Arc<Page>>,
}

#[derive(Clone)]
struct Page {
    /// The entries are those whose leading bits, so many of them, are alike.
    depth: u32,
    used: usize,
    tags: [u8; SLOTS],
    rows: [u32; SLOTS],
}

impl Page {
    const fn new(depth: u32) -> Self {
        Self { depth, used: 0, tags: [FREE; SLOTS], rows: [0; SLOTS] }
    }

    /// The slots in the order in which they are tried, which ends at a free one: no page is full.
    fn slots(hash: u64) -> impl Iterator<Item = usize> {
        let first = usize::try_from(hash >> 8 & 0xffff_ffff).unwrap_or_default();
        (0..SLOTS).map(move |step| (first + step) % SLOTS)
    }

    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        for slot in Self::slots(hash) {
            match self.tags[slot] {
                FREE => return None,
                found if found == tag && same(self.rows[slot]) => return Some(self.rows[slot]),
                _ => {}
            }
        }
        None
    }

    fn insert(&mut self, hash: u64, row: u32) {
        if let Some(slot) = Self::slots(hash).find(|&slot| self.tags[slot] == FREE) {
            self.tags[slot] = tag(hash);
            self.rows[slot] = row;
            self.used += 1;
        }
    }
}

/// What a slot remembers of a hash.
fn tag(hash: u64) -> u8 {
    u8::try_from(hash & 0xff).unwrap_or_default().max(FREE + 1)
}

/// The leading bits of a hash.
fn leading(hash: u64, bits: u32) -> usize {
    usize::try_from(hash.checked_shr(64 - bits).unwrap_or(0)).unwrap_or_default()
}

impl EventIndex {
    /// The row of an event id: of those with its hash, the one that is the `same`.
    pub(super) fn find(&self, event: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.key.hash_one(event);
        let page = *self.directory.get(leading(hash, self.depth))?;
        self.pages[page as usize].find(hash, same)
    }

    /// Adds the row of an event id that is not there; `event_of` says the id of any row.
    pub(super) fn insert(&mut self, event: u64, row: u32, event_of: impl Fn(u32) -> u64) {
        let hash = self.key.hash_one(event);
        if self.pages.is_empty() {
            self.pages.push(Arc::new(Page::new(0)));
            self.directory.push(0);
        }
        loop {
            let page = self.directory[leading(hash, self.depth)] as usize;
            if self.pages[page].used < FULL {
                Arc::make_mut(&mut self.pages[page]).insert(hash, row);
                return;
            }
            self.split(page, leading(hash, self.depth), &event_of);
        }
    }

    /// Splits the page at a place of the directory by one more bit.
    fn split(&mut self, page: usize, at: usize, event_of: impl Fn(u32) -> u64) {
        let depth = self.pages[page].depth + 1;
        let mut place = at;
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&page| [page, page]).collect();
            self.depth = depth;
            place *= 2;
        }
        let new = self.pages.len();
        let mut halves = [(); 2].map(|()| Arc::new(Page::new(depth)));
        let old = &self.pages[page];
        for slot in (0..SLOTS).filter(|&slot| old.tags[slot] != FREE) {
            let hash = self.key.hash_one(event_of(old.rows[slot]));
            Arc::make_mut(&mut halves[leading(hash, depth) % 2]).insert(hash, old.rows[slot]);
        }
        let [low, high] = halves;
        self.pages[page] = low;
        self.pages.push(high);
        // The places with the same leading bits are neighbours, and the second half of them has a 1 next.
        let width = 1 << (self.depth - depth);
        let first = place / (2 * width) * (2 * width);
        self.directory[first + width..first + 2 * width].fill(dense(new));
    }

    /// The bytes of memory held, shared or not.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * (size_of::<Page>() + size_of::<Arc<Page>>())
            + self.directory.capacity() * size_of::<u32>()
    }
}

/// Shows the number of pages: entries have no order.
impl fmt::Debug for EventIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventIndex").field("pages", &self.pages.len()).finish_non_exhaustive()
    }
}
