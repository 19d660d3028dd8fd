//! What a host puts on record about samples.

use crate::id::{LaboratoryId, PersonId, PostId, ResponderId, TubeId};
use crate::interval::Timestamp;

/// How many people share a tube.
///
/// Sources: 5-in-1 and 10-in-1 mixed sampling and one tube for a household, in the Chinese guides for mass testing
/// (first edition of February 2021, second of September 2021).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum TubeKind {
    /// One person (单采).
    Single,
    /// All who are present of one household (一户一管).
    Household,
    /// Up to five people (5合1混采).
    FiveInOne,
    /// Up to ten people (10合1混采).
    TenInOne,
}

impl TubeKind {
    /// How many people it takes; `None` for a household, which is as large as it is.
    #[must_use]
    pub const fn capacity(self) -> Option<u32> {
        match self {
            Self::Single => Some(1),
            Self::Household => None,
            Self::FiveInOne => Some(5),
            Self::TenInOne => Some(10),
        }
    }
}

/// What a laboratory found in a tube.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Finding {
    /// Nothing.
    Negative,
    /// The pathogen, of one of the people at least.
    Positive,
    /// Nothing can be said: the sample is spoiled, leaked, or without human cells. The laboratory may run the
    /// tube again.
    Invalid,
}

/// One swab of one person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sample {
    /// Whose.
    pub person: PersonId,
    /// The tube that it went into.
    pub tube: TubeId,
    /// What kind of tube that is.
    pub kind: TubeKind,
    /// Where: the post of the sampling site.
    pub site: PostId,
    /// The number of the [round](super::super::Round::number) of testing; a re-sample states the round of the tube that it follows.
    pub round: u32,
    /// Who took it.
    pub sampler: ResponderId,
    /// When.
    pub at: Timestamp,
}

/// A tube comes to a laboratory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Arrival {
    /// The tube.
    pub tube: TubeId,
    /// The laboratory.
    pub laboratory: LaboratoryId,
    /// When.
    pub at: Timestamp,
}

/// What happened to a sample or a tube.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum SampleAct {
    /// A sample was taken.
    Taken(Sample),
    /// A tube was closed.
    Sealed {
        /// The tube.
        tube: TubeId,
        /// How many swabs are in it, as counted or as its label says.
        count: u32,
        /// When.
        at: Timestamp,
    },
    /// A tube came to a laboratory.
    Arrived(Arrival),
    /// A laboratory has a result.
    Result {
        /// The tube.
        tube: TubeId,
        /// The laboratory.
        laboratory: LaboratoryId,
        /// What it found.
        finding: Finding,
        /// When.
        at: Timestamp,
    },
    /// A tube was lost or broken before anybody could test it.
    Lost {
        /// The tube.
        tube: TubeId,
        /// When.
        at: Timestamp,
    },
}

impl SampleAct {
    /// The tube that it is about.
    #[must_use]
    pub const fn tube(&self) -> TubeId {
        match *self {
            Self::Taken(Sample { tube, .. })
            | Self::Arrived(Arrival { tube, .. })
            | Self::Sealed { tube, .. }
            | Self::Result { tube, .. }
            | Self::Lost { tube, .. } => tube,
        }
    }

    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match *self {
            Self::Taken(Sample { at, .. })
            | Self::Arrived(Arrival { at, .. })
            | Self::Sealed { at, .. }
            | Self::Result { at, .. }
            | Self::Lost { at, .. } => at,
        }
    }
}
