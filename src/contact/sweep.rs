//! One pass over the visits of a place: who meets which window first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::rule::{Target, Window};

/// A window that a source opens; in the order of (open, source, close).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Opening {
    pub(super) open: i64,
    pub(super) source: u32,
    pub(super) close: i64,
}

impl Opening {
    /// The window alone.
    pub(super) fn window(&self) -> Window {
        Window { open: self.open, close: self.close }
    }
}

/// Tells for each target the smallest key at which any window meets it, and the smallest source
/// among the windows that do so at that key.
///
/// `openings` are sorted and `targets` by key. The windows that are open at a
/// target's key wait in a heap by source, so that the pass takes O((o + t) log o): a crowd of n people
/// costs no n^2.
pub(super) fn sweep<T: Copy>(
    openings: &[Opening],
    targets: &[(Target, T)],
    mut met: impl FnMut(T, i64, u32),
) {
    let mut open_now: BinaryHeap<Reverse<(u32, i64)>> = BinaryHeap::new();
    let mut next = 0;
    for &(target, whom) in targets {
        while let Some(opening) = openings.get(next).filter(|o| o.open <= target.key) {
            let (source, close) = (opening.source, opening.close);
            let outdone = open_now.peek().is_some_and(|&Reverse((s, c))| s <= source && c >= close);
            if !outdone {
                open_now.push(Reverse((source, close)));
            }
            next += 1;
        }
        while open_now.peek().is_some_and(|&Reverse((_, close))| close < target.key) {
            open_now.pop();
        }
        if let Some(&Reverse((source, _))) = open_now.peek() {
            met(whom, target.key, source);
        } else if let Some(later) = openings.get(next).filter(|o| o.open <= target.limit) {
            met(whom, later.open, later.source);
        }
    }
}
