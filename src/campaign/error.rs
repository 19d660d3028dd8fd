//! What a plan of a round or an entry can have wrong.

use super::{EventId, Target};
use crate::id::UnitId;
use crate::interval::Timestamp;

/// A problem in the plan of a round.
///
/// Rows count from 0 in the order in which they were added: units, targets and exemptions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum CampaignError {
    /// The round before has not been closed: nobody knows its gaps yet.
    #[error("round {round} is still open")]
    StillOpen {
        /// The number of the round before.
        round: u32,
    },
    /// The deadline is not after the opening.
    #[error("the deadline {deadline} is not after the opening {opens}")]
    DeadlineBeforeOpening {
        /// The opening.
        opens: Timestamp,
        /// The deadline.
        deadline: Timestamp,
    },
    /// The deadline is more than 68 years after the opening.
    #[error("the deadline {deadline} is too far from the opening {opens}")]
    DeadlineTooFar {
        /// The opening.
        opens: Timestamp,
        /// The deadline.
        deadline: Timestamp,
    },
    /// The network of the population has no such unit.
    #[error("unit row {row}: the network has no {unit:?}")]
    UnknownUnit {
        /// The row of the unit.
        row: usize,
        /// The unit.
        unit: UnitId,
    },
    /// A person for a list of households, or a household for a list of residents.
    #[error("target row {row}: {target:?} is not what this campaign lists")]
    WrongSubject {
        /// The row of the target.
        row: usize,
        /// The target.
        target: Target,
    },
    /// The population has no such household or resident, or not within the units of the round.
    #[error("target row {row}: {target:?} does not live within the units of the round")]
    NotThere {
        /// The row of the target.
        row: usize,
        /// The target.
        target: Target,
    },
    /// An exemption of somebody who is not on the target list.
    #[error("exemption row {row}: {target:?} is not on the target list")]
    NotListed {
        /// The row of the exemption.
        row: usize,
        /// The target.
        target: Target,
    },
    /// Another exemption of the same target gives another reason.
    #[error("exemption row {row}: {target:?} has another reason in row {other}")]
    TwoReasons {
        /// The row of the exemption.
        row: usize,
        /// The target.
        target: Target,
        /// The other row: the first one with the target, or the second where `row` is the first.
        other: usize,
    },
}

impl CampaignError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StillOpen { .. } => "still-open",
            Self::DeadlineBeforeOpening { .. } => "deadline-before-opening",
            Self::DeadlineTooFar { .. } => "deadline-too-far",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::WrongSubject { .. } => "wrong-subject",
            Self::NotThere { .. } => "not-there",
            Self::NotListed { .. } => "not-listed",
            Self::TwoReasons { .. } => "two-reasons",
        }
    }
}

/// Why an entry was refused; the round is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum EntryError {
    /// The event id belongs to an entry that says something else.
    #[error("{event:?} is the number of another entry")]
    EventReused {
        /// The event.
        event: EventId,
    },
    /// A person in a round of households, or a household in a round of residents.
    #[error("{event:?}: {target:?} is not what this round lists")]
    WrongSubject {
        /// The event.
        event: EventId,
        /// The target.
        target: Target,
    },
    /// A time more than 68 years from the opening of the round.
    #[error("{event:?}: {time} is too far from the opening of the round")]
    TooFarAway {
        /// The event.
        event: EventId,
        /// The time.
        time: Timestamp,
    },
    /// A day to try again more than 89 years from the opening of the round.
    #[error("{event:?}: the day to try again is too far from the opening of the round")]
    FollowUpTooFar {
        /// The event.
        event: EventId,
    },
    /// A round that closes before it has opened.
    #[error("{event:?}: the round has not opened at {received}")]
    ClosesBeforeOpening {
        /// The event.
        event: EventId,
        /// When it would close.
        received: Timestamp,
    },
    /// A correction of itself.
    #[error("{event:?} corrects itself")]
    CorrectsItself {
        /// The event.
        event: EventId,
    },
    /// 255 entries name the target already: far more than anybody visits.
    #[error("{event:?}: too many entries name {target:?}")]
    TooManyOfTarget {
        /// The event.
        event: EventId,
        /// The target.
        target: Target,
    },
    /// 255 entries correct the visit already.
    #[error("{event:?}: too many entries correct {of:?}")]
    TooManyCorrections {
        /// The event.
        event: EventId,
        /// The visit that it corrects.
        of: EventId,
    },
    /// 2^32 - 2 entries are there already: rows are 32 bits wide.
    #[error("{event:?}: the round holds too many entries")]
    TooManyEntries {
        /// The event.
        event: EventId,
    },
}

impl EntryError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EventReused { .. } => "event-reused",
            Self::WrongSubject { .. } => "wrong-subject",
            Self::TooFarAway { .. } => "too-far-away",
            Self::FollowUpTooFar { .. } => "follow-up-too-far",
            Self::ClosesBeforeOpening { .. } => "closes-before-opening",
            Self::CorrectsItself { .. } => "corrects-itself",
            Self::TooManyOfTarget { .. } => "too-many-of-target",
            Self::TooManyCorrections { .. } => "too-many-corrections",
            Self::TooManyEntries { .. } => "too-many-entries",
        }
    }
}

/// A population that cannot take the place of a round's own: not everybody has the position there that they
/// have here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("the population is not that of the round with more people registered")]
pub struct NotGrown;
