//! A journal of any kind of acts: sent again, corrected, and in any order.

use std::fmt;

use super::EventId;
use super::chunked::Chunked;
use super::event_index::EventIndex;
use crate::interval::Timestamp;

/// One line of a journal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Line<A> {
    /// When the headquarters received it, by the clock of the host; a retry states the same time again.
    pub received: Timestamp,
    /// The host's number of it.
    pub event: EventId,
    /// What it says.
    pub says: Says<A>,
}

/// What a line of a journal says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Says<A> {
    /// Something happened.
    Act(A),
    /// What happened was other than its line says.
    Amend {
        /// The line of what happened.
        of: EventId,
        /// What it was.
        act: A,
    },
    /// What a line says did not happen.
    Void {
        /// That line.
        of: EventId,
    },
}

impl<A> Line<A> {
    /// A line that says what happened.
    #[must_use]
    pub const fn act(event: EventId, received: Timestamp, act: A) -> Self {
        Self { received, event, says: Says::Act(act) }
    }

    /// A correction: what the line `of` says was this.
    #[must_use]
    pub const fn amend(event: EventId, received: Timestamp, of: EventId, act: A) -> Self {
        Self { received, event, says: Says::Amend { of, act } }
    }

    /// A correction: what the line `of` says did not happen.
    #[must_use]
    pub const fn void(event: EventId, received: Timestamp, of: EventId) -> Self {
        Self { received, event, says: Says::Void { of } }
    }

    /// The line that this one corrects.
    pub(super) fn corrects(&self) -> Option<EventId> {
        match self.says {
            Says::Act(_) => None,
            Says::Amend { of, .. } | Says::Void { of } => Some(of),
        }
    }
}

/// What became of a line that a journal accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Recorded {
    /// It was not there before.
    New,
    /// The same line was there already, and nothing has changed.
    Retried,
}

/// Why a line was refused; the journal is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum JournalError {
    /// The event id belongs to a line that says something else.
    #[error("{event:?} is the number of another line")]
    EventReused {
        /// The event.
        event: EventId,
    },
    /// A correction of itself.
    #[error("{event:?} corrects itself")]
    CorrectsItself {
        /// The event.
        event: EventId,
    },
    /// 2^32 - 1 lines are there already: they are counted in 32 bits.
    #[error("{event:?}: the journal holds too many lines")]
    TooManyLines {
        /// The event.
        event: EventId,
    },
}

impl JournalError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EventReused { .. } => "event-reused",
            Self::CorrectsItself { .. } => "corrects-itself",
            Self::TooManyLines { .. } => "too-many-lines",
        }
    }
}

/// An act that stands: what a line said, or what the last correction put in its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stated<A> {
    /// The line that said it first.
    pub event: EventId,
    /// When that line was received.
    pub received: Timestamp,
    /// What happened, as it stands.
    pub act: A,
}

/// A set of lines, each with an event id of its own, which say what happened.
///
/// A journal is what a host writes to; a register of any kind is read from it as of a time. So everything that a
/// register answers is a function of the *set* of lines received by then: their order does not matter, a line that
/// is sent again changes nothing, and a correction may come before what it corrects.
///
/// Of the corrections of a line, the last one by (time of receipt, event id) stands. A correction is no line that
/// could be corrected: who must mend a correction corrects the first line once more.
///
/// A clone shares everything. Recording with one clone leaves the others as they are, and copies only the pieces
/// that it writes to.
///
/// # Examples
///
/// ```
/// use epitier::Timestamp;
/// use epitier::campaign::{EventId, Journal, Line, Recorded};
///
/// let time: Timestamp = "2021-08-02T06:00:00+08:00".parse()?;
/// let mut masks = Journal::new();
/// let first = Line::act(EventId::new(1), time, 30_u32);
/// assert_eq!(masks.record(first)?, Recorded::New);
/// assert_eq!(masks.record(first)?, Recorded::Retried);
/// masks.record(Line::amend(EventId::new(2), time.saturating_add(60), EventId::new(1), 33))?;
/// assert_eq!(masks.standing(time)[0].act, 30);
/// assert_eq!(masks.standing(time.saturating_add(60))[0].act, 33);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Journal<A> {
    /// In the order of arrival.
    lines: Chunked<Option<Line<A>>>,
    index: EventIndex,
}

impl<A: Copy + PartialEq> Journal<A> {
    /// A journal without a line.
    #[must_use]
    pub fn new() -> Self {
        Self { lines: Chunked::new(None), index: EventIndex::default() }
    }

    /// Takes a line; O(1).
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the journal is then as it was.
    pub fn record(&mut self, line: Line<A>) -> Result<Recorded, JournalError> {
        let answer = self.take(line);
        self.share();
        answer
    }

    /// Takes lines one by one, each with an answer of its own.
    pub fn record_all(&mut self, lines: &[Line<A>]) -> Vec<Result<Recorded, JournalError>> {
        self.index.reserve(lines.len());
        let answers = lines.iter().map(|&line| self.take(line)).collect();
        self.share();
        answers
    }

    fn take(&mut self, line: Line<A>) -> Result<Recorded, JournalError> {
        let event = line.event;
        if line.corrects() == Some(event) {
            return Err(JournalError::CorrectsItself { event });
        }
        if let Some(known) = self.find(event) {
            let same = known == line;
            return if same {
                Ok(Recorded::Retried)
            } else {
                Err(JournalError::EventReused { event })
            };
        }
        let at = u32::try_from(self.lines.len()).ok().filter(|&at| at < u32::MAX);
        let at = at.ok_or(JournalError::TooManyLines { event })?;
        self.lines.push(Some(line));
        let lines = &self.lines;
        self.index.insert(self.index.hash(event.get()), at, |at| {
            lines.get(at as usize).map_or(0, |line| line.event.get())
        });
        Ok(Recorded::New)
    }

    fn share(&mut self) {
        self.lines.share();
        self.index.share();
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line with an event id; O(1).
    #[must_use]
    pub fn find(&self, event: EventId) -> Option<Line<A>> {
        let has = |at: u32| self.lines.get(at as usize).is_some_and(|line| line.event == event);
        self.lines.get(self.index.find(self.index.hash(event.get()), has)? as usize)
    }

    /// All lines by time of receipt and event id. O(n log n) for n lines.
    #[must_use]
    pub fn lines(&self) -> Vec<Line<A>> {
        let mut lines: Vec<_> = self.lines.iter().copied().flatten().collect();
        lines.sort_unstable_by_key(|line| (line.received, line.event));
        lines
    }

    /// What stands as of a time: the acts of the lines received at that time or earlier, corrected by the
    /// corrections received by then; by time of receipt and event id of the first line. O(n log n) for n lines.
    #[must_use]
    pub fn standing(&self, as_of: Timestamp) -> Vec<Stated<A>> {
        let corrections = self.corrections(as_of);
        let known = self.lines.iter().flatten().filter(|line| line.received <= as_of);
        let stated = known.filter_map(|line| {
            let Says::Act(first) = line.says else { return None };
            let act = match last_of(&corrections, line.event).map(|last| last.says) {
                Some(Says::Amend { act, .. }) => act,
                Some(Says::Void { .. }) => return None,
                Some(Says::Act(_)) | None => first,
            };
            Some(Stated { event: line.event, received: line.received, act })
        });
        let mut stated: Vec<_> = stated.collect();
        stated.sort_unstable_by_key(|stated| (stated.received, stated.event));
        stated
    }

    /// The corrections received at a time or earlier of what no line received by then says, by time of receipt and
    /// event id: they wait for it, or name the wrong line. O(n log n) for n lines.
    #[must_use]
    pub fn pending(&self, as_of: Timestamp) -> Vec<Line<A>> {
        let mut pending: Vec<_> =
            self.corrections(as_of).into_iter().map(|(_, line)| line).collect();
        pending.retain(|line| {
            let corrected = line.corrects().and_then(|of| self.find(of));
            !corrected.is_some_and(|of| of.received <= as_of && of.corrects().is_none())
        });
        pending.sort_unstable_by_key(|line| (line.received, line.event));
        pending
    }

    /// The corrections by what they correct, time of receipt and event id.
    fn corrections(&self, as_of: Timestamp) -> Vec<(EventId, Line<A>)> {
        let known = self.lines.iter().flatten().filter(|line| line.received <= as_of);
        let mut corrections: Vec<_> =
            known.filter_map(|line| Some((line.corrects()?, *line))).collect();
        corrections.sort_unstable_by_key(|&(of, line)| (of, line.received, line.event));
        corrections
    }
}

/// The last correction of a line.
fn last_of<A: Copy>(corrections: &[(EventId, Line<A>)], event: EventId) -> Option<Line<A>> {
    let end = corrections.partition_point(|&(of, _)| of <= event);
    corrections[..end].last().filter(|&&(of, _)| of == event).map(|&(_, line)| line)
}

impl<A: Copy + PartialEq> Default for Journal<A> {
    fn default() -> Self {
        Self::new()
    }
}

/// The same set of lines.
impl<A: Copy + PartialEq> PartialEq for Journal<A> {
    fn eq(&self, other: &Self) -> bool {
        self.lines() == other.lines()
    }
}

impl<A: Copy + Eq> Eq for Journal<A> {}

/// Shows how many lines there are.
impl<A: Copy + PartialEq> fmt::Debug for Journal<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("lines", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
mod spec {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Journal, Line, Recorded};
    use crate::format::Format;

    #[derive(Serialize, Deserialize)]
    struct JournalSpec<A> {
        format: Format<1>,
        lines: Vec<Line<A>>,
    }

    impl<A: Copy + PartialEq + Serialize> Serialize for Journal<A> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            JournalSpec { format: Format, lines: self.lines() }.serialize(serializer)
        }
    }

    impl<'de, A: Copy + PartialEq + Deserialize<'de>> Deserialize<'de> for Journal<A> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let lines = JournalSpec::deserialize(deserializer)?.lines;
            let mut journal = Self::new();
            for (answer, line) in journal.record_all(&lines).into_iter().zip(&lines) {
                if answer.map_err(D::Error::custom)? == Recorded::Retried {
                    return Err(D::Error::custom(format_args!("{:?} is there twice", line.event)));
                }
            }
            Ok(journal)
        }
    }
}
