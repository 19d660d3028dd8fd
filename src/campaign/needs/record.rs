//! What is recorded of needs.

use std::num::NonZeroU32;

use crate::campaign::{EventId, Target};
use crate::id::{ResponderId, UnitId};
use crate::interval::Timestamp;

/// What a line of the journal of needs says. A need is named by the event id of the line that raised it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum NeedAct {
    /// Somebody needs something.
    Raised(Need),
    /// A need without an owner has one from now on.
    TakenOn {
        /// The need.
        need: EventId,
        /// Who sees to it.
        owner: Owner,
        /// When.
        at: Timestamp,
    },
    /// A need with an owner has another one from now on.
    HandedOver {
        /// The need.
        need: EventId,
        /// Who sees to it now.
        to: Owner,
        /// When.
        at: Timestamp,
    },
    /// A need was met, or one time of a repeated one.
    Met {
        /// The need.
        need: EventId,
        /// Which time, from 0 on; 0 for a need that does not repeat.
        #[cfg_attr(feature = "serde", serde(default))]
        time: u32,
        /// When.
        at: Timestamp,
    },
    /// A need is no longer one.
    Cancelled {
        /// The need.
        need: EventId,
        /// Why.
        reason: CancelReason,
        /// When.
        at: Timestamp,
    },
    /// A responder can see to nothing any more: all their needs are without an owner.
    DroppedOut {
        /// Who.
        responder: ResponderId,
        /// When.
        at: Timestamp,
    },
}

impl NeedAct {
    /// The need that this happened to.
    pub(super) const fn need(&self) -> Option<EventId> {
        match *self {
            Self::Raised(_) | Self::DroppedOut { .. } => None,
            Self::TakenOn { need, .. }
            | Self::HandedOver { need, .. }
            | Self::Met { need, .. }
            | Self::Cancelled { need, .. } => Some(need),
        }
    }

    /// When it happened.
    pub(super) const fn at(&self) -> Timestamp {
        match *self {
            Self::Raised(Need { at, .. })
            | Self::TakenOn { at, .. }
            | Self::HandedOver { at, .. }
            | Self::Met { at, .. }
            | Self::Cancelled { at, .. }
            | Self::DroppedOut { at, .. } => at,
        }
    }
}

/// Something that somebody needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Need {
    /// Who.
    pub of: Target,
    /// What.
    pub kind: NeedKind,
    /// How urgently.
    pub urgency: Urgency,
    /// Since when.
    pub at: Timestamp,
    /// The first moment at which it is too late, the first time.
    pub due: Timestamp,
    /// When it comes again; `None` for once.
    #[cfg_attr(feature = "serde", serde(default))]
    pub repeat: Option<Repeat>,
}

/// What somebody can need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum NeedKind {
    /// Dialysis.
    Dialysis,
    /// Medicine.
    Medicine,
    /// A birth, or care before it.
    Birth,
    /// Other medical care.
    Care,
    /// Food and other goods of daily life.
    Food,
    /// A child, an old person or a patient who is left alone.
    LeftAlone,
    /// Anything else.
    Other,
}

/// How urgent a need is, the most urgent first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Urgency {
    /// Life is in danger.
    Emergency,
    /// It must not wait beyond its deadline.
    Urgent,
    /// Anything else.
    Routine,
}

/// When a need comes again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Repeat {
    /// Seconds from one time to the next.
    pub every: NonZeroU32,
    /// What they count from.
    pub from: RepeatFrom,
}

/// What the next time of a repeated need counts from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum RepeatFrom {
    /// When it was due: a fixed calendar, in which a late one moves nothing.
    Due,
    /// When it was met.
    Met,
}

/// Who sees to a need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Owner {
    /// A responder.
    Responder(ResponderId),
    /// A unit of any tier.
    Unit(UnitId),
}

/// Why a need is no longer one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum CancelReason {
    /// They no longer need it.
    NoLonger,
    /// They have moved, or are in a hospital or quarantine, where others see to it.
    ServedElsewhere,
    /// They died.
    Died,
    /// Raised by mistake, or twice.
    Mistaken,
}
