//! The definition of a contact, in offsets, for one direction and one minimum overlap.
//!
//! Both directions are one rule on *keys*: seconds after the first start when tracing forward,
//! seconds before the last end when tracing backward, so that the better label is always the
//! smaller key.
//!
//! **Forward.** A carrier `q`, carrying from `a` until `u`, at a place during `[s, e)`, sheds in
//! `[max(s, a), min(e, u))`. Somebody there during `[s', e')` is exposed from the later start on, if
//! what both share, the lag included, lasts `need` seconds. So the window that `q` opens is the set of
//! starts `open..=close` at which a visit is exposed at once; a visit that starts before `open` is
//! exposed at `open`, if it lasts until `open + need`.
//!
//! **Backward.** A person who was exposed by the second `d` at the latest, at a place during
//! `[s, e)`, can have been exposed there at any second up to `l = min(d, e - need)`. Somebody there
//! during `[s', e')` did it if both starts lie no later than `l` and than `e' + lag - need`, and the
//! latest second from which they can have carried is `min(l, e' - 1, e' + lag - need)`. In keys that
//! is the same rule: the last two terms are the visit's own key, and `-l` opens the window.
//!
//! `need` is the minimum overlap, or 1 where it is 0: visits that only touch are no contact.

use super::columns::FAR;
use super::protocol::Direction;

/// What a carrier does at a place: every visit whose key lies in `open..=close` is met at its own key,
/// an earlier one at `open` if that is within its limit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Window {
    pub(super) open: i64,
    pub(super) close: i64,
}

/// A visit that may be met: at `key` itself or later, up to `limit`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) key: i64,
    pub(super) limit: i64,
}

impl Target {
    /// When a window meets this visit, as a key.
    pub(super) fn met_by(self, window: Window) -> Option<i64> {
        let at = self.key.max(window.open);
        (self.key <= window.close && at <= self.limit).then_some(at)
    }
}

/// From when on (as a key) a person carries, or must have been exposed, and until when they shed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Carrier {
    pub(super) at: i64,
    /// The first second (as an offset) after the infectious window; only cases have one.
    pub(super) until: i64,
}

impl Carrier {
    /// Somebody who carries at no time.
    pub(super) const NEVER: Self = Self { at: FAR, until: FAR };

    /// Somebody who carries at all times.
    pub(super) const ALWAYS: Self = Self { at: -FAR, until: FAR };
}

/// The rule of one direction, at places of one setting or for links.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) direction: Direction,
    /// The latest end of all rows: keys run backward from here.
    pub(super) span: i64,
    /// The minimum overlap, at least 0.
    pub(super) min_overlap: i64,
    pub(super) lag: i64,
}

impl Rule {
    /// The key of an offset, and the offset of a key: the same mirror.
    pub(super) fn mirror(&self, at: i64) -> i64 {
        match self.direction {
            Direction::Forward => at,
            Direction::Backward => self.span - at,
        }
    }

    /// The seconds that two visits must share.
    pub(super) fn need(&self) -> i64 {
        self.min_overlap.max(1)
    }

    /// How much longer, in mirrored keys, a window stays open than the visits' own keys say.
    fn slack(&self) -> i64 {
        (self.lag - self.need() + 1).max(0)
    }

    /// The window that a carrier opens by a visit.
    pub(super) fn window(&self, (start, end): (i64, i64), carrier: Carrier) -> Option<Window> {
        let window = match self.direction {
            Direction::Forward => {
                let (open, shed_end) = (start.max(carrier.at), end.min(carrier.until));
                if shed_end <= open {
                    return None;
                }
                Window { open, close: shed_end + self.lag - self.need() }
            }
            Direction::Backward => {
                let latest = self.mirror(carrier.at).min(end - self.need());
                if latest < start {
                    return None;
                }
                Window { open: self.mirror(latest), close: self.mirror(start) + self.slack() }
            }
        };
        (window.open <= window.close).then_some(window)
    }

    /// A visit as somebody who may be met there.
    pub(super) fn target(&self, (start, end): (i64, i64)) -> Option<Target> {
        let target = match self.direction {
            Direction::Forward => Target { key: start, limit: end - self.need() },
            Direction::Backward => {
                let latest = end + (self.lag - self.need()).min(-1);
                Target { key: self.mirror(latest), limit: self.mirror(start) }
            }
        };
        (target.key <= target.limit).then_some(target)
    }

    /// When a carrier meets somebody, by one stay of each, as a key.
    pub(super) fn meet(
        &self,
        theirs: (i64, i64),
        own: (i64, i64),
        carrier: Carrier,
    ) -> Option<i64> {
        self.target(own)?.met_by(self.window(theirs, carrier)?)
    }

    /// What the stays of a carrier and of an exposed person share, the lag included.
    pub(super) fn shared(
        &self,
        carrying: (i64, i64),
        exposed: (i64, i64),
        carrier: Carrier,
    ) -> (i64, i64) {
        let shed_end = carrying.1.min(carrier.until);
        let start = carrying.0.max(carrier.at).max(exposed.0);
        (start, exposed.1.min(shed_end + self.lag))
    }

    /// Which visits a window can meet: those that end at the first offset or later and start at the
    /// second or before.
    pub(super) fn reach(&self, window: Window) -> (i64, i64) {
        match self.direction {
            Direction::Forward => (window.open + self.need(), window.close),
            Direction::Backward => {
                let start = self.mirror(window.close - self.slack());
                (start - self.lag + self.need(), self.mirror(window.open))
            }
        }
    }

    /// When a carrier meets the other end of a link, as a key.
    pub(super) fn meet_link(&self, (start, end): (i64, i64), carrier: Carrier) -> Option<i64> {
        if start == end {
            // An instant lasts no time: it counts as if it lasted its second where no overlap is asked.
            let instant = Rule { min_overlap: 1, ..*self };
            return if self.min_overlap == 0 {
                instant.meet_link((start, start + 1), carrier)
            } else {
                None
            };
        }
        match self.direction {
            Direction::Forward => {
                let (first, last) = (start.max(carrier.at), end.min(carrier.until));
                (first + self.need() <= last).then_some(first)
            }
            Direction::Backward => {
                let latest = self.mirror(carrier.at).min(end - self.need());
                (start <= latest).then(|| self.mirror(latest))
            }
        }
    }

    /// Which visits and links of a person change when their key falls from `before` to `at`: those that
    /// end at the first offset or later and start at the second or before.
    pub(super) fn changed(&self, at: i64, before: i64) -> (i64, i64) {
        match self.direction {
            Direction::Forward => (at, before - 1),
            Direction::Backward => (self.mirror(before), self.mirror(at)),
        }
    }
}
