//! What a ledger refuses.

use super::Duty;
use crate::id::{CommitmentId, ExclusionId, PersonId, PostId, ResponderId, UnitId};

/// What a [`Ledger`](super::Ledger) refuses; it is then as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum LedgerError {
    /// The responder is registered already.
    #[error("{responder:?} is registered already")]
    RegisteredTwice {
        /// Who.
        responder: ResponderId,
    },
    /// The person is registered as another responder.
    #[error("{person:?} of {responder:?} is registered as {other:?}")]
    PersonTwice {
        /// The responder that was to be registered.
        responder: ResponderId,
        /// The person.
        person: PersonId,
        /// The responder whom the person is.
        other: ResponderId,
    },
    /// A known person who is more or fewer people than 1.
    #[error("{responder:?} is one person, not {people}")]
    NotOnePerson {
        /// Who.
        responder: ResponderId,
        /// How many people were stated.
        people: u32,
    },
    /// A unit that the network never issued.
    #[error("{unit:?} is unknown")]
    UnknownUnit {
        /// The unknown unit.
        unit: UnitId,
    },
    /// A responder who is not registered.
    #[error("{responder:?} is not registered")]
    UnknownResponder {
        /// Who.
        responder: ResponderId,
    },
    /// A commitment that is not in the ledger, or no more.
    #[error("{commitment:?} is not in the ledger")]
    UnknownCommitment {
        /// The unknown commitment.
        commitment: CommitmentId,
    },
    /// An exclusion that is not in the ledger, or no more.
    #[error("{exclusion:?} is not in the ledger")]
    UnknownExclusion {
        /// The unknown exclusion.
        exclusion: ExclusionId,
    },
    /// An end at or before the start.
    #[error("start and end are not an interval")]
    BadTimes,
    /// A commitment or an exclusion of nobody.
    #[error("nobody of {responder:?} is meant")]
    Nobody {
        /// Who.
        responder: ResponderId,
    },
    /// More people than the responder has.
    #[error("{responder:?} has {registered} people, not {people}")]
    BeyondSupply {
        /// Who.
        responder: ResponderId,
        /// How many were asked for.
        people: u32,
        /// How many there are.
        registered: u32,
    },
    /// A post of a plan that is not said when to be at.
    #[error("nobody says when {post:?} begins")]
    NoTimes {
        /// The post.
        post: PostId,
    },
    /// Too few are free at that time.
    #[error("only {free} of {responder:?} are free for {duty:?}")]
    Taken {
        /// Who.
        responder: ResponderId,
        /// What they were to be booked for.
        duty: Duty,
        /// How many are free for all of the time.
        free: u32,
        /// What they are booked for within the time, by id.
        commitments: Vec<CommitmentId>,
        /// What keeps them from duty within the time, by id.
        exclusions: Vec<ExclusionId>,
    },
    /// All numbers of commitments or of exclusions are given out.
    #[error("the ledger has no numbers left")]
    Full,
}

impl LedgerError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RegisteredTwice { .. } => "registered-twice",
            Self::PersonTwice { .. } => "person-twice",
            Self::NotOnePerson { .. } => "not-one-person",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::UnknownResponder { .. } => "unknown-responder",
            Self::UnknownCommitment { .. } => "unknown-commitment",
            Self::UnknownExclusion { .. } => "unknown-exclusion",
            Self::BadTimes => "bad-times",
            Self::Nobody { .. } => "nobody",
            Self::BeyondSupply { .. } => "beyond-supply",
            Self::NoTimes { .. } => "no-times",
            Self::Taken { .. } => "taken",
            Self::Full => "full",
        }
    }
}
