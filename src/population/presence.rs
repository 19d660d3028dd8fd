//! When a resident is here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::interval::{Interval, NotATime, Timestamp};

/// When a resident is here: always, or during some half-open intervals.
///
/// Intervals that overlap or touch become one, in any order of giving, so that equal presence is equal
/// data. No interval at all means always.
///
/// As text: `start/end` in RFC 3339 or whole seconds, several separated by spaces; always is empty.
///
/// # Examples
///
/// ```
/// use epitier::population::Presence;
/// use epitier::Timestamp;
///
/// let present: Presence = "200/300 0/100 50/150".parse()?;
/// assert_eq!(present.intervals().len(), 2);
/// assert!(present.contains(Timestamp::from_seconds(149)));
/// assert!(!present.contains(Timestamp::from_seconds(150)));
/// assert!(Presence::always().contains(Timestamp::from_seconds(150)));
/// # Ok::<(), epitier::NotATime>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Presence(Option<Arc<[Interval]>>);

impl Presence {
    /// Here at every time.
    #[must_use]
    pub const fn always() -> Self {
        Self(None)
    }

    /// The intervals, sorted, with gaps between them; empty for always.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether somebody with this presence is here at a moment. O(log n) for n intervals.
    #[must_use]
    pub fn contains(&self, moment: Timestamp) -> bool {
        let Some(intervals) = &self.0 else { return true };
        let after = intervals.partition_point(|interval| interval.start() <= moment);
        after.checked_sub(1).is_some_and(|at| intervals[at].contains(moment))
    }
}

/// Joins intervals that overlap or touch; none at all is always. O(n log n).
impl FromIterator<Interval> for Presence {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut given: Vec<Interval> = intervals.into_iter().collect();
        given.sort_unstable();
        let mut joined: Vec<Interval> = Vec::with_capacity(given.len());
        for next in given {
            match joined.last_mut() {
                Some(last) if next.start() <= last.end() => {
                    let end = last.end().max(next.end());
                    *last = Interval::new(last.start(), end).unwrap_or(*last);
                }
                _ => joined.push(next),
            }
        }
        Self((!joined.is_empty()).then(|| joined.into()))
    }
}

impl FromStr for Presence {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let interval = |text: &str| {
            let (start, end) = text.split_once('/').ok_or(NotATime)?;
            Interval::new(start.parse()?, end.parse()?).map_err(|_| NotATime)
        };
        text.split_whitespace().map(interval).collect()
    }
}

/// The text that is read back as the same presence.
impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, interval) in self.intervals().iter().enumerate() {
            let space = if at == 0 { "" } else { " " };
            write!(f, "{space}{}/{}", interval.start(), interval.end())?;
        }
        Ok(())
    }
}
