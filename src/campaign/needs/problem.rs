//! What the journal of needs can have wrong.

use crate::campaign::{EventId, Target};
use crate::id::UnitId;

/// A problem in what was recorded of needs. The line has no effect unless the variant says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum NeedProblem {
    /// A correction of a line that is not there, or is a correction itself.
    #[error("{event:?} corrects {of:?}, which is not there")]
    Pending {
        /// The correction.
        event: EventId,
        /// The line that it corrects.
        of: EventId,
    },
    /// The population has no such household or resident. The need is listed all the same, behind those of known homes.
    #[error("{event:?}: {of:?} lives nowhere here")]
    UnknownTarget {
        /// The line.
        event: EventId,
        /// Who.
        of: Target,
    },
    /// The network has no such unit.
    #[error("{event:?}: the network has no {unit:?}")]
    UnknownUnit {
        /// The line.
        event: EventId,
        /// The unit.
        unit: UnitId,
    },
    /// A need that no line raises.
    #[error("{event:?} names {need:?}, which raises no need")]
    UnknownNeed {
        /// The line.
        event: EventId,
        /// The need that it names.
        need: EventId,
    },
    /// It happened before the need was there.
    #[error("{event:?} comes before the need {need:?}")]
    BeforeRaised {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
    },
    /// Taken on, but it had an owner: two people may think that it is theirs.
    #[error("{event:?} takes on {need:?}, which has an owner")]
    AlreadyOwned {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
    },
    /// Handed over, but it had no owner.
    #[error("{event:?} hands over {need:?}, which has no owner")]
    NoOwner {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
    },
    /// Met, but this time had been met before.
    #[error("{event:?} meets {need:?} once more after {first:?}")]
    MetTwice {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
        /// The line that met it.
        first: EventId,
    },
    /// Met, but an earlier time has not been met.
    #[error("{event:?} meets time {time} of {need:?} out of turn")]
    OutOfTurn {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
        /// Which time.
        time: u32,
    },
    /// The need had ended: it was met, or cancelled.
    #[error("{event:?} comes after the end of {need:?}")]
    AfterEnd {
        /// The line.
        event: EventId,
        /// The need.
        need: EventId,
    },
}

impl NeedProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::UnknownTarget { .. } => "unknown-target",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::UnknownNeed { .. } => "unknown-need",
            Self::BeforeRaised { .. } => "before-raised",
            Self::AlreadyOwned { .. } => "already-owned",
            Self::NoOwner { .. } => "no-owner",
            Self::MetTwice { .. } => "met-twice",
            Self::OutOfTurn { .. } => "out-of-turn",
            Self::AfterEnd { .. } => "after-end",
        }
    }
}
