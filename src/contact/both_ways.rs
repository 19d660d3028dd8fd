//! Both directions at once: whom the cases exposed, and who can have exposed them.

use chrono::FixedOffset;

use super::index::ContactIndex;
use super::investigation::{Case, Investigation, InvestigationError, Isolation};
use super::protocol::{Direction, Protocol};
use super::trace::Trace;
use crate::error::Stopped;
use crate::id::PersonId;
use crate::interval::{Day, Timestamp};
use crate::watch::{Progress, Watch};

/// A case by the day of its onset, or of its first positive sample: the windows follow from the protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Onset {
    /// Who.
    pub person: PersonId,
    /// The calendar day.
    pub day: Day,
    /// The first second from which the person exposed nobody any more; `None` while it may go on.
    pub until: Option<Timestamp>,
}

impl Onset {
    /// The window in which this case may have exposed others ([`Direction::Forward`]), from
    /// [`Protocol::case_window`] to `until`; or in which it was exposed ([`Direction::Backward`]),
    /// [`Protocol::source_window`]. The protocol says which.
    #[must_use]
    pub fn case(&self, protocol: &Protocol, offset: FixedOffset) -> Case {
        match protocol.direction() {
            Direction::Forward => Case {
                person: self.person,
                from: protocol.case_window(self.day, offset),
                until: self.until,
            },
            Direction::Backward => {
                let window = protocol.source_window(self.day, offset);
                Case { person: self.person, from: window.start(), until: Some(window.end()) }
            }
        }
    }
}

/// The traces of the same cases in both directions.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BothWays {
    /// Whom the cases exposed.
    pub forward: Trace,
    /// Who can have exposed the cases.
    pub backward: Trace,
}

impl ContactIndex {
    /// Traces the same cases forward and backward, each in the windows that the protocol gives them:
    /// see [`Onset::case`]. The direction that `protocol` itself states does not matter.
    ///
    /// # Cost
    ///
    /// Two traces, side by side on the current rayon pool. Their progress is told as one stage.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`]. [`InvestigationError::EmptyWindow`] where a case's `until` lies before
    /// its look-back starts.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::FixedOffset;
    /// use epitier::contact::{ContactIndexBuilder, Link, Onset, Protocol};
    /// use epitier::{Day, PersonId, Timestamp};
    ///
    /// let utc = FixedOffset::east_opt(0).ok_or("no offset")?;
    /// let day = |number| Day::from_ymd(2021, 7, number).ok_or("no day");
    /// let talk = |a, b, start: Timestamp| Link {
    ///     a: PersonId::new(a),
    ///     b: PersonId::new(b),
    ///     start,
    ///     end: start.saturating_add(600),
    ///     one_way: false,
    /// };
    /// let links = [talk(0, 1, day(10)?.start(utc)), talk(1, 2, day(19)?.start(utc))];
    /// let index = ContactIndexBuilder::new(3, 0).links(links).build(&())?;
    /// let onset = Onset { person: PersonId::new(1), day: day(20)?, until: None };
    ///
    /// let both = index.trace_both_ways(&Protocol::new(), &[onset], &[], utc, &())?;
    /// assert!(both.backward.get(PersonId::new(0)).is_some());
    /// assert!(both.forward.get(PersonId::new(0)).is_none());
    /// assert!(both.forward.get(PersonId::new(2)).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace_both_ways(
        &self,
        protocol: &Protocol,
        onsets: &[Onset],
        isolations: &[Isolation],
        offset: FixedOffset,
        watch: &dyn Watch,
    ) -> Result<BothWays, Stopped<InvestigationError>> {
        let run = |direction| {
            let protocol = protocol.with_direction(direction);
            let question = Investigation::new(protocol)
                .with_cases(onsets.iter().map(|onset| onset.case(&protocol, offset)))
                .with_isolations(isolations.iter().copied());
            self.trace(&question, &Silent(watch))
        };
        watch.progress(Progress { stage: "trace both ways", done: 0, total: 1 });
        let (forward, backward) =
            rayon::join(|| run(Direction::Forward), || run(Direction::Backward));
        let both = BothWays { forward: forward?, backward: backward? };
        watch.progress(Progress { stage: "trace both ways", done: 1, total: 1 });
        Ok(both)
    }
}

/// Passes cancelling on, but no progress: two traces at once would tell it from two threads.
struct Silent<'a>(&'a dyn Watch);

impl Watch for Silent<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
