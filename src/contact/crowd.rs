//! The windows and stays of one place, swept together.

use std::ops::Range;

use super::chunks::in_parallel;
use super::columns::{FAR, Row};
use super::round::{Candidate, Offers};
use super::rule::Carrier;
use super::scene::{Plain, Scene};
use super::sweep::{OpenNow, Opening, Stay, hulls, pairs, sweep};
use crate::watch::{Cancelled, Watch};

/// Rows of a chunk of a pass over the whole index.
pub(super) const CHUNK_ROWS: usize = 1 << 13;

/// What `meet` makes of everybody at each venue, in a pass over all rows. The word of a person is the key
/// from which they carry (`u32::MAX` for never) and the bound that a key must stay below to matter to
/// them.
pub(super) fn pass<T: Send>(
    scene: &Scene<'_>,
    watch: &dyn Watch,
    word: impl Fn(u32) -> (u32, u32) + Sync,
    meet: impl Fn(&mut Crowd, u32, &mut Vec<T>) + Sync,
) -> Result<Vec<Vec<T>>, Cancelled> {
    let found = in_parallel(scene.chunks_of_venues(CHUNK_ROWS), watch, |venues| {
        let mut out = Vec::new();
        crowds(scene, watch, venues, &word, |crowd, venue| meet(crowd, venue, &mut out));
        out
    })?;
    watch.check()?;
    Ok(found)
}

/// Calls back with everybody at each of some venues, until cancelled.
fn crowds(
    scene: &Scene<'_>,
    watch: &dyn Watch,
    venues: Range<u32>,
    word: impl Fn(u32) -> (u32, u32),
    mut each: impl FnMut(&mut Crowd, u32),
) {
    let mut crowd = Crowd::default();
    let (visits, keys) = scene.table(venues.clone());
    // All at once, so that the memory answers many requests at a time.
    let words = visits.segments().iter().map(|segment| {
        let rows = segment.rows_in(keys.clone()).iter();
        rows.map(|row| word(row.person)).collect()
    });
    let words: Vec<Vec<(u32, u32)>> = words.collect();
    let mut used = vec![0; words.len()];
    let mut presences = Vec::new();
    for (venue, key) in venues.zip(keys) {
        if watch.is_cancelled() {
            return;
        }
        let plain = scene.plain(scene.rule(venue));
        crowd.clear();
        for ((segment, words), used) in visits.segments().iter().zip(&words).zip(&mut used) {
            let rows = scene.filled_in(venue, segment.rows_of(key), &mut presences);
            let words = &words[*used..*used + rows.len()];
            *used += rows.len();
            match plain {
                Some(plain) => crowd.gather_plain(rows, words, plain),
                None => crowd.gather(scene, venue, rows, words),
            }
        }
        each(&mut crowd, venue);
    }
}

/// The windows and stays of one place that are swept together.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    pub(super) openings: Vec<Opening>,
    pub(super) stays: Vec<Stay>,
    /// Windows that open while their carriers stay: those that may stand out of the order of rows.
    late: Vec<Opening>,
    open_now: OpenNow,
    latest: Vec<u32>,
}

impl Crowd {
    pub(super) fn clear(&mut self) {
        self.openings.clear();
        self.late.clear();
        self.stays.clear();
    }

    /// All windows of a venue, and all stays there that might be bettered.
    fn gather(&mut self, scene: &Scene<'_>, venue: u32, rows: &[Row], words: &[(u32, u32)]) {
        let rule = scene.rule(venue);
        for (row, &(carry, bound)) in rows.iter().zip(words) {
            scene.stays(*row, venue, |stay| {
                if carry != u32::MAX {
                    let window = rule.window(stay, Carrier { at: carry.into(), until: FAR });
                    let opening = window.and_then(|window| Opening::new(window, row.person));
                    self.openings.extend(opening);
                }
                let target = rule.target(stay).filter(|target| target.key < i64::from(bound));
                self.stays.extend(target.and_then(|target| Stay::new(target, row.person)));
            });
        }
    }

    /// The same as rule by rule, for forward traces without isolation: most of the time of a pass is
    /// spent here, so it runs without a branch that the processor would have to guess.
    fn gather_plain(&mut self, rows: &[Row], words: &[(u32, u32)], Plain { need, lag }: Plain) {
        let (wide_need, wide_lag) = (u64::from(need), u64::from(lag));
        let (mut next, mut next_late) = (self.openings.len(), self.late.len());
        self.openings.resize(next + rows.len(), Opening::default());
        self.late.resize(next_late + rows.len(), Opening::default());
        for (row, &(carry, _)) in rows.iter().zip(words) {
            let open = row.start.max(carry);
            let close = u64::from(row.end) + wide_lag;
            let narrow = u32::try_from(close.saturating_sub(wide_need)).unwrap_or(u32::MAX);
            let opening = Opening { open, source: row.person, close: narrow };
            let opens = usize::from(open < row.end && u64::from(open) + wide_need <= close);
            let on_time = usize::from(carry <= row.start);
            self.openings[next] = opening;
            next += opens & on_time;
            self.late[next_late] = opening;
            next_late += opens & (1 - on_time);
        }
        self.openings.truncate(next);
        self.late.truncate(next_late);
        let mut next = self.stays.len();
        self.stays.resize(next + rows.len(), Stay::default());
        for (row, &(_, bound)) in rows.iter().zip(words) {
            let (key, end) = (row.start, u64::from(row.end));
            let limit = row.end.saturating_sub(need);
            self.stays[next] = Stay { key, person: row.person, limit };
            next += usize::from(key < bound && u64::from(key) + wide_need <= end);
        }
        self.stays.truncate(next);
    }

    pub(super) fn sweep(&mut self, offers: &Offers<'_>, venue: u32, out: &mut Vec<Candidate>) {
        if self.sorted() {
            sweep(&self.openings, &self.stays, &mut self.open_now, |person, key, source| {
                offers.push(out, Candidate { person, key, source, venue });
            });
        }
    }

    /// Tells the first and the last second of exposure of everybody here, in a forward trace.
    pub(super) fn spans(&mut self, need: i64, met: impl FnMut(u32, u32, u32)) {
        if self.sorted() {
            hulls(&self.openings, &self.stays, need, &mut self.latest, met);
        }
    }

    /// Tells every exposure of everybody here, in a forward trace: (person, exposure, source).
    pub(super) fn pairs(
        &mut self,
        need: i64,
        watch: &dyn Watch,
        mut met: impl FnMut(u32, (i64, i64), u32),
    ) {
        if self.sorted() {
            let (openings, stays) = (&self.openings[..], &self.stays[..]);
            pairs((openings, Opening::window), (stays, Stay::target), watch, |opening, stay| {
                let (window, target) = (opening.window(), stay.target());
                let start = window.open.max(target.key);
                let end = window.close.min(target.limit) + need;
                met(stay.person, (start, end), opening.source);
            });
        }
    }

    /// Puts all in order; whether anybody can have met anybody.
    fn sorted(&mut self) -> bool {
        if self.openings.len() + self.late.len() == 0 || self.stays.is_empty() {
            return false;
        }
        if !self.openings.is_sorted() {
            self.openings.sort_unstable();
        }
        if !self.stays.is_sorted() {
            self.stays.sort_unstable();
        }
        self.late.sort_unstable();
        // From the back, so that none is overwritten before it has moved.
        let mut from = self.openings.len();
        self.openings.extend_from_slice(&self.late);
        let mut to = self.openings.len();
        while let Some(late) = self.late.pop() {
            to -= 1;
            while from > 0 && self.openings[from - 1] > late {
                from -= 1;
                self.openings[to] = self.openings[from];
                to -= 1;
            }
            self.openings[to] = late;
        }
        true
    }
}
