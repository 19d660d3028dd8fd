//! The labels of everybody while a round reaches many people at once.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use super::label::bound;

/// Opens no window in this round.
const CARRIES_NOTHING: u64 = (u32::MAX as u64) << 32;

/// Nobody made an offer that counts.
const NOBODY: u64 = u64::MAX;

/// One word per person for what a pass over all visits asks of everybody, and one for the smallest
/// (source, venue) that made the best offer. Threads lower both; the smallest wins, whoever comes first.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Upper half: the key from which the person opens windows in this round. Lower half: the bound
    /// that an offered key must stay below to count (equal offers of this round count).
    words: Vec<AtomicU64>,
    winners: Vec<AtomicU64>,
}

impl Board {
    /// Starts a round from the labels of everybody: nobody carries so far.
    pub(super) fn set(&mut self, labels: &[u32]) {
        let word = |&label: &u32| CARRIES_NOTHING | u64::from(bound(label));
        if self.words.is_empty() {
            self.words = labels.par_iter().map(|label| AtomicU64::new(word(label))).collect();
            self.winners = labels.par_iter().map(|_| AtomicU64::new(NOBODY)).collect();
            return;
        }
        let words = self.words.par_iter_mut().zip(&mut self.winners).zip(labels);
        words.for_each(|((old, winner), label)| {
            *old.get_mut() = word(label);
            *winner.get_mut() = NOBODY;
        });
    }

    /// Lets a person open windows from a key on.
    pub(super) fn carry(&self, person: u32, key: u32) {
        let word = &self.words[person as usize];
        word.store(u64::from(key) << 32 | (word.load(Relaxed) & !CARRIES_NOTHING), Relaxed);
    }

    /// The key from which a person carries (`u32::MAX` if not in this round), and their bound.
    pub(super) fn get(&self, person: u32) -> (u32, u32) {
        halves(self.words[person as usize].load(Relaxed))
    }

    /// Offers a key below the bound that the person had.
    pub(super) fn lower(&self, person: u32, key: u32) {
        let word = &self.words[person as usize];
        let carry = word.load(Relaxed) & CARRIES_NOTHING;
        word.fetch_min(carry | u64::from(key + 1), Relaxed);
    }

    /// Names the source of an offer, if it is one of the best.
    pub(super) fn name(&self, person: u32, key: u32, source: u32, venue: u32) {
        if self.get(person).1 == key + 1 {
            let from = u64::from(source) << 32 | u64::from(venue);
            self.winners[person as usize].fetch_min(from, Relaxed);
        }
    }

    /// The best offer to a person: key, source and venue.
    pub(super) fn best(&self, person: u32) -> Option<(u32, u32, u32)> {
        let from = self.winners[person as usize].load(Relaxed);
        let (source, venue) = halves(from);
        (from != NOBODY).then(|| (self.get(person).1 - 1, source, venue))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}
