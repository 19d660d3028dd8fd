//! What the journal of checkpoints can have wrong.

use crate::campaign::EventId;

/// A problem in what was recorded at checkpoints. Nothing is left out for it unless the variant says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum CheckProblem {
    /// A correction of a line that is not there, or is a correction itself.
    #[error("{event:?} corrects {of:?}, which is not there")]
    Pending {
        /// The correction.
        event: EventId,
        /// The line that it corrects.
        of: EventId,
    },
    /// Somebody in a vehicle of which there is no line.
    #[error("{event:?} names the vehicle {vehicle:?}, which is not there")]
    UnknownVehicle {
        /// The line of the person.
        event: EventId,
        /// The vehicle that it names.
        vehicle: EventId,
    },
    /// Somebody in a vehicle that came to another post, or later.
    #[error("{event:?} was checked elsewhere or earlier than the vehicle {vehicle:?} came")]
    NotInVehicle {
        /// The line of the person.
        event: EventId,
        /// The vehicle that it names.
        vehicle: EventId,
    },
    /// The same person in the same vehicle, or on foot at the same post and second, once more. The first line
    /// counts, this one does not.
    #[error("{event:?} lists the person of {first:?} once more")]
    ListedTwice {
        /// The line.
        event: EventId,
        /// The line that counts.
        first: EventId,
    },
    /// The occupants of a vehicle are not those that were checked.
    #[error("{event:?}: {stated} occupants, {listed} of them checked")]
    OccupantsDiffer {
        /// The line of the vehicle.
        event: EventId,
        /// How many occupants it states.
        stated: u32,
        /// How many people name it.
        listed: u32,
    },
    /// More came by the count of the barrier than were counted here: they passed without a check.
    #[error("{event:?}: {vehicles} vehicles and {people} people passed without a check")]
    Uncounted {
        /// The line of the barrier.
        event: EventId,
        /// How many vehicles more.
        vehicles: u64,
        /// How many people more.
        people: u64,
    },
    /// Fewer came by the count of the barrier than were counted here: the barrier missed some, or a check is wrong.
    #[error("{event:?}: the barrier missed {vehicles} vehicles and {people} people")]
    BarrierMissed {
        /// The line of the barrier.
        event: EventId,
        /// How many vehicles fewer.
        vehicles: u64,
        /// How many people fewer.
        people: u64,
    },
    /// The end of a hold of somebody of whom there is no check. It has no effect.
    #[error("{event:?} ends the hold of {of:?}, which is no check of a person")]
    UnknownCheck {
        /// The line.
        event: EventId,
        /// The check that it names.
        of: EventId,
    },
    /// The end of a hold of somebody who was not held. It has no effect.
    #[error("{event:?} ends the hold of {of:?}, who was not held")]
    NotHeld {
        /// The line.
        event: EventId,
        /// The check.
        of: EventId,
    },
    /// The end of a hold before it began. It has no effect.
    #[error("{event:?} ends the hold of {of:?} before it began")]
    EndedBefore {
        /// The line.
        event: EventId,
        /// The check.
        of: EventId,
    },
    /// Another end of a hold that has ended. It has no effect.
    #[error("{event:?} ends the hold of {of:?}, which {first:?} has ended")]
    EndedTwice {
        /// The line.
        event: EventId,
        /// The check.
        of: EventId,
        /// The line that ended it.
        first: EventId,
    },
    /// The staff refused somebody who came for emergency care, at once or after a hold.
    #[error("{event:?} refuses emergency care to {of:?}")]
    CareRefused {
        /// The line that says so: that of the person, or the end of the hold.
        event: EventId,
        /// The check.
        of: EventId,
    },
}

impl CheckProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::UnknownVehicle { .. } => "unknown-vehicle",
            Self::NotInVehicle { .. } => "not-in-vehicle",
            Self::ListedTwice { .. } => "listed-twice",
            Self::OccupantsDiffer { .. } => "occupants-differ",
            Self::Uncounted { .. } => "uncounted",
            Self::BarrierMissed { .. } => "barrier-missed",
            Self::UnknownCheck { .. } => "unknown-check",
            Self::NotHeld { .. } => "not-held",
            Self::EndedBefore { .. } => "ended-before",
            Self::EndedTwice { .. } => "ended-twice",
            Self::CareRefused { .. } => "care-refused",
        }
    }
}
