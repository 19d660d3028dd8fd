//! What is recorded at a checkpoint.

use crate::campaign::EventId;
use crate::id::{OriginId, PersonId, PostId, UnitId};
use crate::interval::{Interval, Timestamp};

/// What a line of the journal of checkpoints says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum CheckAct {
    /// A vehicle came.
    Vehicle(Vehicle),
    /// Somebody was checked.
    Person(Traveller),
    /// What the barrier of a post counted.
    Barrier(BarrierCount),
    /// What became of somebody who was held.
    HoldEnd(HoldEnd),
}

/// A vehicle that came to a post. Each person in it has a line of their own, which names the line of the vehicle.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Vehicle {
    /// Where.
    pub post: PostId,
    /// When it came.
    pub at: Timestamp,
    /// How many people were in it, the driver among them.
    pub occupants: u32,
}

/// Somebody who came to a post, on foot or in a vehicle, and what they showed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Traveller {
    /// Where.
    pub post: PostId,
    /// When they were checked.
    pub at: Timestamp,
    /// The line of the vehicle that they came in; `None` on foot.
    #[cfg_attr(feature = "serde", serde(default))]
    pub vehicle: Option<EventId>,
    /// Who, where the host numbers them.
    #[cfg_attr(feature = "serde", serde(default))]
    pub person: Option<PersonId>,
    /// What they showed.
    pub shown: Shown,
    /// What they came for.
    pub purpose: Purpose,
    /// The unit that they are going to, if it is known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub to: Option<UnitId>,
    /// What the staff did, if they recorded it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub recorded: Option<Decision>,
}

impl Traveller {
    /// Somebody on foot who showed so much and came for that.
    #[must_use]
    pub const fn new(post: PostId, at: Timestamp, shown: Shown, purpose: Purpose) -> Self {
        Self { post, at, vehicle: None, person: None, shown, purpose, to: None, recorded: None }
    }

    /// Whether a health code or a travel code is missing.
    #[must_use]
    pub fn lacks_code(&self) -> bool {
        self.shown.health == HealthCode::NotShown || self.shown.travel.is_missing()
    }

    /// The same, had they shown a green and a normal code in place of the missing ones.
    pub(super) fn with_codes(&self) -> Self {
        let mut shown = self.shown;
        if shown.health == HealthCode::NotShown {
            shown.health = HealthCode::Green;
        }
        if shown.travel.is_missing() {
            shown.travel = TravelCode::Normal;
        }
        Self { shown, ..*self }
    }
}

/// What somebody showed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shown {
    /// Whether they showed an identity card (身份证).
    pub identity: bool,
    /// Whether they showed a paper in place of the codes: a printed code, a test result, a pass.
    pub paper: bool,
    /// The health code (健康码).
    pub health: HealthCode,
    /// The travel code (行程码).
    pub travel: TravelCode,
    /// The temperature in tenths of a degree Celsius, where it was taken.
    #[cfg_attr(feature = "serde", serde(default))]
    pub temperature: Option<u16>,
}

impl Shown {
    /// An identity card, a green health code and a normal travel code.
    pub const GREEN: Self = Self {
        identity: true,
        paper: false,
        health: HealthCode::Green,
        travel: TravelCode::Normal,
        temperature: None,
    };

    /// Whether there is an identity card or a paper.
    #[must_use]
    pub const fn has_document(&self) -> bool {
        self.identity || self.paper
    }
}

/// A health code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum HealthCode {
    /// Green.
    Green,
    /// Yellow.
    Yellow,
    /// Red.
    Red,
    /// Not shown, for whatever reason.
    NotShown,
}

/// A travel code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum TravelCode {
    /// Without an area of note.
    Normal,
    /// It shows that they were there.
    Visited(OriginId),
    /// Not shown.
    NotShown,
    /// They cannot use a phone, so there is no code at all.
    NoPhone,
}

impl TravelCode {
    /// Whether there is no code to look at.
    #[must_use]
    pub const fn is_missing(self) -> bool {
        matches!(self, Self::NotShown | Self::NoPhone)
    }
}

/// What somebody came for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Purpose {
    /// Emergency care: to it, from it, or to give it.
    EmergencyCare,
    /// Essential supplies.
    EssentialSupplies,
    /// On duty in the epidemic.
    Duty,
    /// A resident who comes home.
    ResidentReturning,
    /// Work.
    Work,
    /// On the way to elsewhere.
    ThroughTraffic,
    /// Anything else, or not stated.
    Other,
}

/// What is done with somebody at a post.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Decision {
    /// They pass.
    Admit,
    /// They pass at once, with an escort or with notice to where they are going.
    AdmitEscorted,
    /// They wait at the post for a check by hand or for those who take them over.
    Hold,
    /// They do not pass.
    Refuse,
}

impl Decision {
    /// Whether they pass.
    #[must_use]
    pub const fn admits(self) -> bool {
        matches!(self, Self::Admit | Self::AdmitEscorted)
    }
}

/// What the barrier of a post counted: all who came, whether or not they passed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BarrierCount {
    /// Where.
    pub post: PostId,
    /// When.
    pub during: Interval,
    /// Vehicles.
    pub vehicles: u32,
    /// People, in vehicles and on foot.
    pub people: u32,
}

/// What became of somebody who was held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HoldEnd {
    /// The line of the person.
    pub of: EventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub outcome: HoldOutcome,
}

/// How a hold ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum HoldOutcome {
    /// They passed.
    Admitted,
    /// They did not pass.
    Refused,
    /// Others took them over: an ambulance, a quarantine site, their community.
    HandedOver,
}
