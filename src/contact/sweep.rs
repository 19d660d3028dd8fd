//! One pass over the visits of a place: who meets which window first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chunks::sort_by_key;
use super::rule::{Rule, Target, Window};
use crate::watch::{Cancelled, Watch};

/// What decides which windows of one venue are looked at together.
pub(super) struct Near<'a> {
    pub(super) rule: &'a Rule,
    /// How many rows there are at the venue.
    pub(super) all: usize,
    pub(super) watch: &'a dyn Watch,
}

impl Near<'_> {
    /// Calls back for every cluster of windows whose reaches overlap, sorted by `order`, with the reach of the
    /// cluster: which rows it can meet, as in [`Rule::reach`]. What is called tells how many rows it walked
    /// over: a long stay is near many clusters, and once that has cost more than all rows of the venue, what
    /// is left is one cluster. Stops when cancelled.
    pub(super) fn clusters<O, K: Ord>(
        &self,
        mut openings: Vec<O>,
        window: impl Fn(&O) -> Window + Copy,
        order: impl Fn(&O) -> K + Copy,
        mut each: impl FnMut((i64, i64), &[O]) -> usize,
    ) -> Result<(), Cancelled> {
        let reach = |opening: &O| self.rule.reach(window(opening));
        sort_by_key(&mut openings, self.watch, reach)?;
        let mut rest = &mut openings[..];
        let mut walked = 0;
        while let Some((first, mut last)) = rest.first().map(reach) {
            self.watch.check()?;
            // The reach of a short window can end before it begins: it still is a point in time.
            last = last.max(first);
            let mut count = 0;
            while let Some((next, end)) = rest.get(count).map(reach)
                && (next <= last || walked > self.all)
            {
                last = last.max(end).max(next);
                count += 1;
            }
            let (together, later) = rest.split_at_mut(count);
            sort_by_key(together, self.watch, order)?;
            walked += each((first, last), together);
            rest = later;
        }
        Ok(())
    }
}

/// A window that a source opens; in the order of (open, source, close).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Opening {
    pub(super) open: u32,
    pub(super) source: u32,
    pub(super) close: u32,
}

impl Opening {
    /// A window as far as keys of rows go; `None` if it opens after all of them.
    pub(super) fn new(window: Window, source: u32) -> Option<Self> {
        let open = u32::try_from(window.open).ok()?;
        Some(Self { open, source, close: u32::try_from(window.close).unwrap_or(u32::MAX) })
    }

    /// The window alone.
    pub(super) fn window(&self) -> Window {
        Window { open: self.open.into(), close: self.close.into() }
    }
}

/// A visit that may be met, and whose it is; in the order of (key, person).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Stay {
    pub(super) key: u32,
    pub(super) person: u32,
    pub(super) limit: u32,
}

impl Stay {
    /// What of the visit may be met.
    pub(super) fn target(&self) -> Target {
        Target { key: self.key.into(), limit: self.limit.into() }
    }

    /// A target as far as keys of rows go.
    pub(super) fn new(target: Target, person: u32) -> Option<Self> {
        let key = u32::try_from(target.key).ok()?;
        Some(Self { key, person, limit: u32::try_from(target.limit).unwrap_or(u32::MAX) })
    }
}

/// The windows that are open, ready to tell the smallest source.
#[derive(Debug, Default)]
pub(super) struct OpenNow(BinaryHeap<Reverse<(u32, u32)>>);

/// Tells for each stay the smallest key at which any window meets it, and the smallest source
/// among the windows that do so at that key.
///
/// `openings` and `stays` are sorted. The windows that are open at a stay's key wait in a heap by
/// source, so that the pass takes O((o + t) log o): a crowd of n people costs no n^2.
pub(super) fn sweep(
    openings: &[Opening],
    stays: &[Stay],
    OpenNow(open_now): &mut OpenNow,
    mut met: impl FnMut(u32, u32, u32),
) {
    open_now.clear();
    let mut next = 0;
    for stay in stays {
        while let Some(&Opening { source, close, .. }) =
            openings.get(next).filter(|o| o.open <= stay.key)
        {
            let outdone = open_now.peek().is_some_and(|&Reverse((s, c))| s <= source && c >= close);
            if !outdone {
                open_now.push(Reverse((source, close)));
            }
            next += 1;
        }
        while open_now.peek().is_some_and(|&Reverse((_, close))| close < stay.key) {
            open_now.pop();
        }
        if let Some(&Reverse((source, _))) = open_now.peek() {
            met(stay.person, stay.key, source);
        } else if let Some(later) = openings.get(next).filter(|o| o.open <= stay.limit) {
            met(stay.person, later.open, later.source);
        }
    }
}

/// Tells for each stay that any window meets the first and the last second of exposure, in a forward trace
/// where windows close `need` seconds before the exposure ends.
///
/// `openings` and `stays` are sorted; `latest` is for reuse. A window that closed before the key of a stay
/// is no use to later stays, and of the windows that open in time the one that closes last exposes to the
/// end: O(o + t log o).
pub(super) fn hulls(
    openings: &[Opening],
    stays: &[Stay],
    need: i64,
    latest: &mut Vec<u32>,
    mut met: impl FnMut(u32, u32, u32),
) {
    latest.clear();
    latest.extend(openings.iter().scan(0, |latest, opening| {
        *latest = opening.close.max(*latest);
        Some(*latest)
    }));
    let need = u32::try_from(need).unwrap_or(u32::MAX);
    let mut alive = 0;
    for stay in stays {
        while openings.get(alive).is_some_and(|opening| opening.close < stay.key) {
            alive += 1;
        }
        let Some(first) = openings.get(alive) else { return };
        if first.open <= stay.limit {
            let rest = &openings[alive..];
            let in_time = alive + rest.partition_point(|opening| opening.open <= stay.limit);
            let end = latest[in_time - 1].min(stay.limit).saturating_add(need);
            met(stay.person, first.open.max(stay.key), end - 1);
        }
    }
}

/// Tells every window that meets a visit, whatever holds the windows and the visits: the first in the order
/// of opening, the second in that of keys. Stops when cancelled.
///
/// The windows open at a visit's key wait in a list and leave it once closed, those that open later follow
/// in order: O(o + t + pairs).
pub(super) fn pairs<O, T>(
    (openings, window): (&[O], impl Fn(&O) -> Window),
    (visits, target): (&[T], impl Fn(&T) -> Target),
    watch: &dyn Watch,
    mut met: impl FnMut(&O, &T),
) {
    let mut waiting = Vec::new();
    let mut next = 0;
    for visit in visits {
        if watch.is_cancelled() {
            return;
        }
        let target = target(visit);
        while let Some(opened) = openings.get(next).filter(|o| window(o).open <= target.key) {
            waiting.push(opened);
            next += 1;
        }
        waiting.retain(|opened| window(opened).close >= target.key);
        let later = openings[next..].iter().take_while(|o| window(o).open <= target.limit);
        for opened in waiting.iter().copied().chain(later) {
            met(opened, visit);
        }
    }
}
