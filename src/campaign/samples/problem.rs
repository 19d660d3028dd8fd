//! What in the record of samples contradicts something else.

use super::super::EventId;
use super::TubeKind;
use crate::id::{HouseholdId, LaboratoryId, PersonId, TubeId};

/// Something in the record that does not fit. `event` is the line that shows it; what it makes of the tube stands in the
/// [module](super).
///
/// Earlier and later, first and last are by (time of the act, event id).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SampleProblem {
    /// The time of an act is no day of the calendar; the act has no effect.
    #[error("{event:?} happened on no day of the calendar")]
    NoSuchDay {
        /// The act.
        event: EventId,
    },
    /// Something happened to a tube of which no sample is known: the sample may come yet.
    #[error("{event:?} is about {tube:?}, in which there is no sample")]
    NoSamples {
        /// The act.
        event: EventId,
        /// The tube.
        tube: TubeId,
    },
    /// A tube was sealed, arrived, was lost or had a result before a sample in it was taken.
    #[error("{event:?} of {tube:?} is earlier than its sample {sample:?}")]
    BeforeSample {
        /// The act.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The last sample.
        sample: EventId,
    },
    /// A laboratory has a result of a tube that had not come there by then, as far as it came anywhere.
    #[error("{event:?}: {tube:?} had not come to {laboratory:?}")]
    NotArrived {
        /// The result.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The laboratory.
        laboratory: LaboratoryId,
    },
    /// A result differs from the last one before it that is not invalid.
    #[error("{event:?} of {tube:?} contradicts {earlier:?}")]
    Contradiction {
        /// The result.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The earlier result.
        earlier: EventId,
    },
    /// A lost tube has a result.
    #[error("{event:?} is a result of {tube:?}, which {lost:?} says is lost")]
    ResultOfLost {
        /// The result.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The first line that says that it was lost.
        lost: EventId,
    },
    /// More people are in a tube, or were counted on sealing, than its kind allows.
    #[error("{event:?}: {people} people in {tube:?}, too many for its kind {kind:?}")]
    TooManyPeople {
        /// The sample of the first person too many, or the sealing.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// Its kind.
        kind: TubeKind,
        /// How many people.
        people: u32,
    },
    /// On sealing others were counted than are recorded.
    #[error("{event:?} counted {counted} in {tube:?}, where {recorded} people are recorded")]
    CountDiffers {
        /// The sealing.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// How many were counted.
        counted: u32,
        /// How many people are recorded.
        recorded: u32,
    },
    /// A household's tube has somebody of another household; outsiders do not count.
    #[error("{event:?}: the person lives in another household than the others of {tube:?}")]
    SeveralHouseholds {
        /// The sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The first sample of a resident in the tube.
        first: EventId,
    },
    /// A household's tube was sealed, came or had a result without somebody who was present at its first sample.
    #[error("{event:?}: {tube:?} of {household:?} lacks {person:?}")]
    IncompleteHousehold {
        /// The first act that is no sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The household, that of the first resident in the tube.
        household: HouseholdId,
        /// The first member who was present and is not in the tube.
        person: PersonId,
    },
    /// The code of a tube is used at another site.
    #[error("{event:?} uses {tube:?} at another site than {first:?}")]
    TwoSites {
        /// The sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// Its first sample.
        first: EventId,
    },
    /// The code of a tube is used for another kind of tube.
    #[error("{event:?} says that {tube:?} is of another kind than {first:?}")]
    TwoKinds {
        /// The sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// Its first sample.
        first: EventId,
    },
    /// The code of a tube is used in another round.
    #[error("{event:?} uses {tube:?} in another round than {first:?}")]
    TwoRounds {
        /// The sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// Its first sample.
        first: EventId,
    },
    /// A person is in a tube twice, and counts once.
    #[error("{event:?} puts {person:?} into {tube:?} again, after {first:?}")]
    TwiceInTube {
        /// The later sample.
        event: EventId,
        /// The tube.
        tube: TubeId,
        /// The person.
        person: PersonId,
        /// Their first sample in the tube.
        first: EventId,
    },
    /// A person was sampled again in a round, though by then nothing had called for it: no tube of theirs was lost,
    /// positive, invalid or, if doubtful, had any result.
    #[error("{event:?} samples {person:?} again in round {round}, after {earlier:?}")]
    SampledTwice {
        /// The later sample.
        event: EventId,
        /// The person.
        person: PersonId,
        /// The round.
        round: u32,
        /// The sample before.
        earlier: EventId,
    },
    /// A person on hold was re-sampled in a tube for several people, which releases nobody.
    #[error("{event:?} re-samples {person:?} in {tube:?}, not singly")]
    NotSingly {
        /// The sample.
        event: EventId,
        /// The person.
        person: PersonId,
        /// The tube.
        tube: TubeId,
    },
}

impl SampleProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchDay { .. } => "no-such-day",
            Self::NoSamples { .. } => "no-samples",
            Self::BeforeSample { .. } => "before-sample",
            Self::NotArrived { .. } => "not-arrived",
            Self::Contradiction { .. } => "contradiction",
            Self::ResultOfLost { .. } => "result-of-lost",
            Self::TooManyPeople { .. } => "too-many-people",
            Self::CountDiffers { .. } => "count-differs",
            Self::SeveralHouseholds { .. } => "several-households",
            Self::IncompleteHousehold { .. } => "incomplete-household",
            Self::TwoSites { .. } => "two-sites",
            Self::TwoKinds { .. } => "two-kinds",
            Self::TwoRounds { .. } => "two-rounds",
            Self::TwiceInTube { .. } => "twice-in-tube",
            Self::SampledTwice { .. } => "sampled-twice",
            Self::NotSingly { .. } => "not-singly",
        }
    }

    /// The line that shows it.
    #[must_use]
    pub const fn event(&self) -> EventId {
        match *self {
            Self::NoSuchDay { event }
            | Self::NoSamples { event, .. }
            | Self::BeforeSample { event, .. }
            | Self::NotArrived { event, .. }
            | Self::Contradiction { event, .. }
            | Self::ResultOfLost { event, .. }
            | Self::TooManyPeople { event, .. }
            | Self::CountDiffers { event, .. }
            | Self::SeveralHouseholds { event, .. }
            | Self::IncompleteHousehold { event, .. }
            | Self::TwoSites { event, .. }
            | Self::TwoKinds { event, .. }
            | Self::TwoRounds { event, .. }
            | Self::TwiceInTube { event, .. }
            | Self::SampledTwice { event, .. }
            | Self::NotSingly { event, .. } => event,
        }
    }
}
