//! What a ledger records: who there is, what they are booked for, and what keeps them from it.

use crate::id::{PersonId, PostId, ResponderId, UnitId};
use crate::interval::{EmptyInterval, Interval, Timestamp};

/// A time `start <= t < end`, never empty; without an end it lasts for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    start: Timestamp,
    end: Option<Timestamp>,
}

impl Span {
    /// All of time.
    pub const ALWAYS: Self = Self { start: Timestamp::from_seconds(i64::MIN), end: None };

    /// From a first second to the first one after it, or for ever.
    ///
    /// # Errors
    ///
    /// [`EmptyInterval`] if `end <= start`.
    pub fn new(start: Timestamp, end: Option<Timestamp>) -> Result<Self, EmptyInterval> {
        end.map_or(Ok(()), |end| Interval::new(start, end).map(|_| ()))?;
        Ok(Self { start, end })
    }

    /// From a first second on.
    #[must_use]
    pub const fn from_start(start: Timestamp) -> Self {
        Self { start, end: None }
    }

    /// The first second inside.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first second after it, if it ends.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        self.end
    }

    /// Whether a moment comes before the end.
    pub(super) fn ends_after(self, moment: Timestamp) -> bool {
        self.end.is_none_or(|end| moment < end)
    }

    /// Whether the two share a second.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.ends_after(other.start) && other.ends_after(self.start)
    }
}

impl From<Interval> for Span {
    fn from(interval: Interval) -> Self {
        Self { start: interval.start(), end: Some(interval.end()) }
    }
}

/// A responder and who that is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Registration {
    /// The responder of the host's tables.
    pub responder: ResponderId,
    /// How many people this is: 1 for a person.
    pub people: u32,
    /// The person, if it is one who is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub person: Option<PersonId>,
    /// The unit of the network that they live in, of any tier.
    #[cfg_attr(feature = "serde", serde(default))]
    pub residence: Option<UnitId>,
}

impl Registration {
    /// One person of whom nothing else is known.
    #[must_use]
    pub const fn new(responder: ResponderId) -> Self {
        Self { responder, people: 1, person: None, residence: None }
    }
}

/// What people are booked for. All numbers but that of a post are the host's own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Duty {
    /// A post of a dispatch.
    Post(PostId),
    /// A caseload of households.
    Caseload(u32),
    /// A team.
    Team(u32),
    /// A shift of a roster.
    Shift(u32),
}

/// People of one responder, booked for one duty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Commitment {
    /// Who.
    pub responder: ResponderId,
    /// For what.
    pub duty: Duty,
    /// How many of them, at least 1.
    pub people: u32,
    /// The first second.
    pub start: Timestamp,
    /// The first second after it; `None` for a duty without an end.
    pub end: Option<Timestamp>,
}

/// Whom an exclusion keeps from duty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Excluded {
    /// Some people of a responder.
    People {
        /// Who.
        responder: ResponderId,
        /// How many of them, at least 1.
        people: u32,
    },
    /// A person, whichever responder that is or will be.
    Person(PersonId),
    /// Everybody who lives in a unit of the network or in a unit within it.
    LivingIn(UnitId),
}

/// Why people are kept from duty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Cause {
    /// A trace reached them.
    Traced {
        /// The tier; 0 for a case.
        tier: u32,
    },
    /// They are quarantined.
    Quarantined,
    /// They live in a closed-off area (封控区).
    ClosedOff,
    /// They are ill.
    Ill,
    /// Anything else.
    Other,
}

/// People who are kept from duty for a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exclusion {
    /// Who.
    pub who: Excluded,
    /// Why.
    pub cause: Cause,
    /// The first second.
    pub start: Timestamp,
    /// The first second after it; `None` until they are readmitted.
    pub end: Option<Timestamp>,
}
