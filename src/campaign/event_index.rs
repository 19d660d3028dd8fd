//! From event ids to rows, in some eight bytes an event.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use super::chunked::Held;
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
    pages: Vec<Held<Page>>,
    /// The pages that are taken.
    taken: Vec<usize>,
}

/// Slots with what they hold; empty only where a page was taken.
#[derive(Clone, Default)]
struct Page {
    /// The entries are those whose leading bits, so many of them, are alike.
    depth: u32,
    used: usize,
    tags: Vec<u8>,
    rows: Vec<u32>,
}

impl Page {
    fn new(depth: u32) -> Self {
        Self { depth, used: 0, tags: vec![FREE; SLOTS], rows: vec![0; SLOTS] }
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
    /// The hash of an event id, which is another one in another index.
    #[inline]
    pub(super) fn hash(&self, event: u64) -> u64 {
        self.key.hash_one(event)
    }

    /// The row with a hash that is the `same`.
    #[inline]
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let page = *self.directory.get(leading(hash, self.depth))?;
        self.pages[page as usize].get().find(hash, same)
    }

    /// Reads what [`EventIndex::find`] will look at first.
    #[inline]
    pub(super) fn touch(&self, hash: u64) -> u32 {
        let page = self.directory.get(leading(hash, self.depth));
        let page = page.and_then(|&page| self.pages.get(page as usize)).map(Held::get);
        page.zip(Page::slots(hash).next())
            .map_or(0, |(page, slot)| u32::from(page.tags[slot]) ^ page.rows[slot])
    }

    /// Makes room for so many rows at once where there is none yet.
    pub(super) fn reserve(&mut self, rows: usize) {
        if self.pages.is_empty() {
            // Some pages get a few more than others.
            let pages = (rows / (SLOTS / 5 * 4) + 1).next_power_of_two();
            self.depth = pages.trailing_zeros();
            self.pages = (0..pages).map(|_| Held::Own(Page::new(self.depth))).collect();
            self.taken = (0..pages).collect();
            self.directory = (0..dense(pages)).collect();
        }
    }

    /// Adds a row with a hash; `event_of` says the event id of any row.
    pub(super) fn insert(&mut self, hash: u64, row: u32, event_of: impl Fn(u32) -> u64) {
        self.reserve(1);
        loop {
            let page = self.directory[leading(hash, self.depth)] as usize;
            if self.pages[page].get().used < FULL {
                self.pages[page].own(|| self.taken.push(page)).insert(hash, row);
                return;
            }
            self.split(page, leading(hash, self.depth), &event_of);
        }
    }

    /// Splits the page at a place of the directory by one more bit.
    fn split(&mut self, page: usize, at: usize, event_of: impl Fn(u32) -> u64) {
        let depth = self.pages[page].get().depth + 1;
        let mut place = at;
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&page| [page, page]).collect();
            self.depth = depth;
            place *= 2;
        }
        let new = self.pages.len();
        let mut halves = [Page::new(depth), Page::new(depth)];
        let old = self.pages[page].get();
        for slot in (0..SLOTS).filter(|&slot| old.tags[slot] != FREE) {
            let hash = self.key.hash_one(event_of(old.rows[slot]));
            halves[leading(hash, depth) % 2].insert(hash, old.rows[slot]);
        }
        let [low, high] = halves;
        self.pages[page] = Held::Own(low);
        self.pages.push(Held::Own(high));
        self.taken.extend([page, new]);
        // The places with the same leading bits are neighbours, and the second half of them has a 1 next.
        let width = 1 << (self.depth - depth);
        let first = place / (2 * width) * (2 * width);
        self.directory[first + width..first + 2 * width].fill(dense(new));
    }

    /// Shares all pages with clones to come.
    pub(super) fn share(&mut self) {
        for page in self.taken.drain(..) {
            self.pages[page].share();
        }
    }

    /// The bytes of memory held, shared or not.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * (size_of::<Held<Page>>() + SLOTS * (size_of::<u8>() + size_of::<u32>()))
            + self.directory.capacity() * size_of::<u32>()
    }
}

/// Shows the number of pages: entries have no order.
impl fmt::Debug for EventIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventIndex").field("pages", &self.pages.len()).finish_non_exhaustive()
    }
}
