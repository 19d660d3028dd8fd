//! The windows and stays of one place, swept together.

use super::columns::Row;
use super::round::{Candidate, Offers};
use super::scene::Plain;
use super::sweep::{OpenNow, Opening, Stay, sweep};

/// The windows and stays of one place that are swept together.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    pub(super) openings: Vec<Opening>,
    pub(super) stays: Vec<Stay>,
    open_now: OpenNow,
}

impl Crowd {
    pub(super) fn clear(&mut self) {
        self.openings.clear();
        self.stays.clear();
    }

    /// The same as rule by rule, for forward traces without isolation: most of the time of a pass is
    /// spent here, so it runs without a branch that the processor would have to guess.
    pub(super) fn gather_plain(
        &mut self,
        rows: &[Row],
        words: &[(u32, u32)],
        Plain { need, lag }: Plain,
    ) {
        let (wide_need, wide_lag) = (u64::from(need), u64::from(lag));
        let mut next = self.openings.len();
        self.openings.resize(next + rows.len(), Opening::default());
        for (row, &(carry, _)) in rows.iter().zip(words) {
            let open = row.start.max(carry);
            let close = u64::from(row.end) + wide_lag;
            let narrow = u32::try_from(close.saturating_sub(wide_need)).unwrap_or(u32::MAX);
            self.openings[next] = Opening { open, source: row.person, close: narrow };
            next += usize::from(open < row.end && u64::from(open) + wide_need <= close);
        }
        self.openings.truncate(next);
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
        if self.openings.is_empty() || self.stays.is_empty() {
            return;
        }
        if !self.openings.is_sorted() {
            self.openings.sort_unstable();
        }
        if !self.stays.is_sorted() {
            self.stays.sort_unstable();
        }
        sweep(&self.openings, &self.stays, &mut self.open_now, |person, key, source| {
            offers.push(out, Candidate { person, key, source, venue });
        });
    }
}
