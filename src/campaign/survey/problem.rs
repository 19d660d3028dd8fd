//! What answers can have wrong.

use crate::campaign::{EventId, Target};
use crate::interval::Day;

/// What cannot be right in a journal of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SurveyProblem {
    /// A correction of what no line says, or no line yet.
    #[error("{event:?} corrects {of:?}, which is no answer")]
    Pending {
        /// The correction.
        event: EventId,
        /// What it corrects.
        of: EventId,
    },
    /// An answer about somebody whom the population does not have; it is in no list and no total.
    #[error("{event:?} is about {target:?}, whom the population does not have")]
    UnknownTarget {
        /// The answer.
        event: EventId,
        /// About whom.
        target: Target,
    },
    /// An answer dated after its receipt; it counts as said at the receipt.
    #[error("{event:?} is dated after its receipt")]
    AfterReceipt {
        /// The answer.
        event: EventId,
    },
    /// An answer that states a day after the one on which it was said; it counts as it is.
    #[error("{event:?} states {day}, which was still to come")]
    DayAhead {
        /// The answer.
        event: EventId,
        /// What it states.
        day: Day,
    },
    /// A vaccine or a day of the last dose where there was no dose; it counts as no dose.
    #[error("{event:?} states a vaccine or a day, and no dose")]
    NoDose {
        /// The answer.
        event: EventId,
    },
    /// Another answer to the same question about the same household or person on the same day; the last one of
    /// that day counts.
    #[error("{event:?} says something else than {by:?} on the same day")]
    Contradicted {
        /// The answer.
        event: EventId,
        /// The last one of the day.
        by: EventId,
    },
    /// Fewer doses than the answer before it, which is of an earlier day; it counts as it is.
    #[error("{event:?} says fewer doses than {than:?} before it")]
    FewerDoses {
        /// The answer.
        event: EventId,
        /// The one before it.
        than: EventId,
    },
}

impl SurveyProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::UnknownTarget { .. } => "unknown-target",
            Self::AfterReceipt { .. } => "after-receipt",
            Self::DayAhead { .. } => "day-ahead",
            Self::NoDose { .. } => "no-dose",
            Self::Contradicted { .. } => "contradicted",
            Self::FewerDoses { .. } => "fewer-doses",
        }
    }

    /// The line that it is about.
    #[must_use]
    pub const fn event(&self) -> EventId {
        match *self {
            Self::Pending { event, .. }
            | Self::UnknownTarget { event, .. }
            | Self::AfterReceipt { event }
            | Self::DayAhead { event, .. }
            | Self::NoDose { event }
            | Self::Contradicted { event, .. }
            | Self::FewerDoses { event, .. } => event,
        }
    }
}
