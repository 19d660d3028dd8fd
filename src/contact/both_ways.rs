//! Both directions at once: whom the cases exposed, and who can have exposed them.

use chrono::FixedOffset;

use super::index::ContactIndex;
use super::investigation::{Case, Investigation, InvestigationError, Isolation};
use super::protocol::{Direction, Onset, Protocol};
use super::trace::Trace;
use crate::error::Stopped;
use crate::watch::{Progress, Watch};

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
    /// see [`Protocol::case`]. A case of which nothing is left in one direction, such as somebody who was isolated
    /// before the look-back starts, is left out there. The direction that `protocol` itself states does
    /// not matter.
    ///
    /// # Cost
    ///
    /// Two traces, side by side on the current rayon pool. Their progress is told as one stage.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`]; rows are those of `onsets` and `isolations`.
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
    /// let onset = Onset { person: PersonId::new(1), day: day(20)?, isolated: None };
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
        let isolations = || isolations.iter().copied();
        // All of them, before some are left out, so that rows are told as they were given.
        let open = |onset: &Onset| Case {
            person: onset.person,
            from: onset.day.start(offset),
            until: None,
        };
        let all = Investigation::new(*protocol).with_cases(onsets.iter().map(open));
        all.with_isolations(isolations()).check(self.people())?;
        let run = |direction| {
            let protocol = protocol.with_direction(direction);
            let question = Investigation::new(protocol)
                .with_cases(onsets.iter().filter_map(|onset| protocol.case(onset, offset)))
                .with_isolations(isolations());
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
