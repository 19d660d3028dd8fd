//! Short contacts of one pair that add up: 15 minutes in any 24 hours.
//!
//! The measure of `[x, x + within)` does not grow with `x` inside one maximal run of the pair's contact
//! seconds: a second leaves the window on the left, and at most one enters on the right. So the least `x`
//! that holds enough is the start of a run, and inside a run the seconds from which a window holds enough
//! come first.

use super::columns::FAR;
use super::protocol::Direction;
use super::rule::Carrier;
use super::scene::Scene;

/// How short contacts of one pair add up: together they count from the first second from which a window
/// of `within` seconds holds `seconds` seconds of contact. The window slides; it is never a calendar day.
///
/// # Examples
///
/// ```
/// use epitier::contact::{Cumulative, Protocol};
///
/// let protocol = Protocol::new().with_cumulative(Some(Cumulative::new(900, 86_400)?));
/// assert_eq!(protocol.cumulative().map(Cumulative::seconds), Some(900));
/// assert!(Cumulative::new(61, 60).is_err());
/// # Ok::<(), epitier::contact::NotCumulative>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Spec", into = "Spec")
)]
pub struct Cumulative {
    seconds: u32,
    within: u32,
}

/// A sum of no seconds, or of more than its window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("{seconds} s within {within} s: expected 0 < seconds <= within")]
pub struct NotCumulative {
    /// The refused sum.
    pub seconds: u32,
    /// The refused window.
    pub within: u32,
}

impl Cumulative {
    /// 15 minutes in any 24 hours.
    pub const QUARTER_IN_A_DAY: Self = Self { seconds: 900, within: 86_400 };

    /// So many seconds of contact within so many seconds.
    ///
    /// # Errors
    ///
    /// [`NotCumulative`] unless `0 < seconds <= within`.
    pub const fn new(seconds: u32, within: u32) -> Result<Self, NotCumulative> {
        if 0 < seconds && seconds <= within {
            Ok(Self { seconds, within })
        } else {
            Err(NotCumulative { seconds, within })
        }
    }

    /// The seconds of contact that make up an exposure.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// The length of the window that holds them.
    #[must_use]
    pub const fn within(self) -> u32 {
        self.within
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Spec {
    seconds: u32,
    within: u32,
}

#[cfg(feature = "serde")]
impl From<Cumulative> for Spec {
    fn from(Cumulative { seconds, within }: Cumulative) -> Self {
        Self { seconds, within }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Spec> for Cumulative {
    type Error = NotCumulative;

    fn try_from(Spec { seconds, within }: Spec) -> Result<Self, NotCumulative> {
        Self::new(seconds, within)
    }
}

/// What one contact gives to the sum of a pair.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meeting {
    /// When the one who may carry is there; of a link, the link itself.
    pub(super) shed: (i64, i64),
    /// When the other one is there; of a link, the link itself.
    pub(super) taken: (i64, i64),
    /// How long what was shed stays: 0 for links.
    pub(super) lag: i64,
    /// The seconds from which the contact counts by itself.
    pub(super) min_overlap: i64,
    /// The venue of the contact.
    pub(super) venue: u32,
    /// Whether the end of either stay is an outer bound.
    pub(super) outer_bound: bool,
}

impl Meeting {
    /// The contact seconds, for somebody who carries (as offsets) from `from` until `until`.
    fn seconds(&self, from: i64, until: i64) -> Option<(i64, i64)> {
        let shed = (self.shed.0.max(from), self.shed.1.min(until));
        let (start, end) = (shed.0.max(self.taken.0), self.taken.1.min(shed.1 + self.lag));
        (shed.0 < shed.1 && start < end).then_some((start, end))
    }
}

/// The contact seconds of a pair: disjoint runs with gaps between them, each with the seconds of all runs
/// before it.
#[derive(Debug)]
struct Runs {
    runs: Vec<(i64, i64, i64)>,
    rule: Cumulative,
}

impl Runs {
    fn new(meetings: &[Meeting], from: i64, until: i64, rule: Cumulative) -> Self {
        let seconds = |meeting: &Meeting| meeting.seconds(from, until);
        let mut spells: Vec<(i64, i64)> = meetings.iter().filter_map(seconds).collect();
        spells.sort_unstable();
        let mut runs: Vec<(i64, i64, i64)> = Vec::new();
        for (start, end) in spells {
            match runs.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => {
                    let before = runs.last().map_or(0, |&(start, end, sum)| sum + end - start);
                    runs.push((start, end, before));
                }
            }
        }
        Self { runs, rule }
    }

    /// The contact seconds before a moment.
    fn before(&self, moment: i64) -> i64 {
        let next = self.runs.partition_point(|&(start, _, _)| start < moment);
        let last = next.checked_sub(1).map(|at| self.runs[at]);
        last.map_or(0, |(start, end, sum)| sum + end.min(moment) - start)
    }

    /// Whether the window from a moment on holds enough.
    fn is_enough(&self, moment: i64) -> bool {
        let end = moment + i64::from(self.rule.within);
        self.before(end) - self.before(moment) >= self.rule.seconds.into()
    }

    /// The first contact second from which a window holds enough.
    fn first(&self) -> Option<i64> {
        self.runs.iter().map(|run| run.0).find(|&start| self.is_enough(start))
    }

    /// The windows that hold enough and begin at a contact second up to `limit`: those of one run as one.
    fn windows(&self, limit: i64) -> Vec<(i64, i64)> {
        let of_run = |&(start, end, _): &(i64, i64, i64)| {
            let last = last_that_holds(start, end.min(limit + 1), |at| self.is_enough(at))?;
            Some((start, last + i64::from(self.rule.within)))
        };
        self.runs.iter().filter_map(of_run).collect()
    }
}

/// The last number of `first..end` for which a claim holds that, once false, stays false.
fn last_that_holds(first: i64, end: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    let (mut low, mut high) = (first, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low > first).then_some(low - 1)
}

impl Scene<'_> {
    /// What the short contacts of a person whose key fell from `before` offer together, as (other person,
    /// key), as far as it may be news to `worth` of them.
    ///
    /// A window that was offered before lies before `before` (backward: after), so only rows from the new
    /// key up to one window and one lag past the old one are read.
    ///
    /// # Cost
    ///
    /// Every pair of stays in that range is looked at: a crowd around one carrier costs its size, a crowd
    /// of carriers its square.
    pub(super) fn offer_cumulative(
        &self,
        person: u32,
        (now, before): (Carrier, i64),
        worth: impl Fn(u32) -> bool,
        mut offer: impl FnMut(u32, i64),
    ) {
        let Some(rule) = self.cumulative else { return };
        let (first, last) = self.link_rule.changed(now.at, before);
        let last = last + i64::from(rule.within) + self.link_rule.lag;
        let sheds = self.link_rule.direction == Direction::Forward;
        for (other, of_pair) in self.pairs(person, sheds, (first, last), worth) {
            if let Some(key) = self.sum_key(&of_pair, rule, now) {
                offer(other, key);
            }
        }
    }

    /// When a carrier meets the other of a pair by these contacts together, as a key.
    pub(super) fn sum_key(
        &self,
        of_pair: &[Meeting],
        rule: Cumulative,
        carrier: Carrier,
    ) -> Option<i64> {
        match self.link_rule.direction {
            Direction::Forward => Runs::new(of_pair, carrier.at, carrier.until, rule).first(),
            Direction::Backward => {
                let limit = self.link_rule.mirror(carrier.at).min(self.link_rule.span);
                let in_time = |from| {
                    let first = Runs::new(of_pair, from, FAR, rule).first();
                    first.is_some_and(|first| first <= limit)
                };
                let latest = last_that_holds(0, limit + 1, in_time);
                latest.map(|latest| self.link_rule.mirror(latest))
            }
        }
    }

    /// The meetings of a person, who sheds or takes in, with each other person that is `worth` it.
    fn pairs(
        &self,
        person: u32,
        sheds: bool,
        reach: (i64, i64),
        worth: impl Fn(u32) -> bool,
    ) -> Vec<(u32, Vec<Meeting>)> {
        let mut all: Vec<(u32, Meeting)> = Vec::new();
        self.meetings(person, sheds, reach, |other, meeting| {
            if worth(other) {
                all.push((other, meeting));
            }
        });
        all.sort_unstable_by_key(|(other, _)| *other);
        let pairs = all.chunk_by(|a, b| a.0 == b.0);
        pairs.map(|pair| (pair[0].0, pair.iter().map(|(_, meeting)| *meeting).collect())).collect()
    }

    /// The contacts that count together and not by themselves, as (other person, interval, contact): each
    /// that shares a second with a window that holds enough of the pair's contact seconds; and whether it
    /// is so only by visits whose ends are outer bounds.
    ///
    /// `carrier` tells whether and how the other person carries (backward: must have been exposed);
    /// nothing before `from` counts backward.
    pub(super) fn cumulative_evidence(
        &self,
        person: u32,
        from: i64,
        carrier: impl Fn(u32) -> Option<Carrier>,
        mut found: impl FnMut(u32, (i64, i64), &Meeting, bool),
    ) {
        let Some(rule) = self.cumulative else { return };
        let direction = self.link_rule.direction;
        let sheds = direction == Direction::Backward;
        for (other, of_pair) in self.pairs(person, sheds, (-FAR, FAR), |_| true) {
            let Some(carrier) = carrier(other) else { continue };
            let (from, until, limit) = match direction {
                Direction::Forward => (carrier.at, carrier.until, FAR),
                Direction::Backward => (from, FAR, self.link_rule.mirror(carrier.at)),
            };
            let windows =
                |of_pair: &[Meeting]| Runs::new(of_pair, from, until, rule).windows(limit);
            let certain: Vec<Meeting> =
                of_pair.iter().filter(|meeting| !meeting.outer_bound).copied().collect();
            let (all, certain) = (windows(&of_pair), windows(&certain));
            for meeting in &of_pair {
                let Some((start, end)) = meeting.seconds(from, until) else { continue };
                let alone = end - start >= meeting.min_overlap && start <= limit;
                let counts = |windows: &[(i64, i64)]| {
                    // The windows overlap one another but both their ends rise.
                    let next = windows.partition_point(|window| window.1 <= start);
                    windows.get(next).is_some_and(|window| window.0 < end)
                };
                if !alone && counts(&all) {
                    let shown = match direction {
                        Direction::Forward => Some((start, end)),
                        Direction::Backward => meeting.seconds(-FAR, FAR),
                    };
                    let outer_bound = meeting.outer_bound || !counts(&certain);
                    found(other, shown.unwrap_or((start, end)), meeting, outer_bound);
                }
            }
        }
    }
}
