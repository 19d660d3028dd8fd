//! What a host records: who can go, where somebody is needed, and who belongs where.

use super::SkillSet;
use crate::id::{HomeUnitId, PostId, ResponderId, UnitId};
use crate::interval::Timestamp;

/// A person who can be sent somewhere, or a class of interchangeable ones.
///
/// With the feature `serde` the columns `responder,supply,skills,home_unit,residence,headquarters,latitude,
/// longitude,previous,unplaced_priority,unplaced_cost` of a table of ids fill it directly; all but the first
/// may be missing.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Responder {
    /// The host's number for the responder, unique in the table.
    pub responder: ResponderId,
    /// How many people this is: 1 for a person, 0 for nobody at the moment.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub supply: u32,
    /// What each of them can do.
    #[cfg_attr(feature = "serde", serde(default))]
    pub skills: SkillSet,
    /// The organisation they work for (工作单位).
    #[cfg_attr(feature = "serde", serde(default))]
    pub home_unit: Option<HomeUnitId>,
    /// The unit of the network they live in, of any tier.
    #[cfg_attr(feature = "serde", serde(default))]
    pub residence: Option<UnitId>,
    /// A unit of the headquarters that they belong to, of any tier; without it that of the residence
    /// counts. Only [`Lending`](super::Lending) looks at it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub headquarters: Option<UnitId>,
    /// Degrees north of where they set out, WGS-84; without it the location of the residence counts.
    #[cfg_attr(feature = "serde", serde(default))]
    pub latitude: Option<f64>,
    /// Degrees east, WGS-84.
    #[cfg_attr(feature = "serde", serde(default))]
    pub longitude: Option<f64>,
    /// The post they are at now, which they would rather not leave.
    #[cfg_attr(feature = "serde", serde(default))]
    pub previous: Option<PostId>,
    /// How urgent it is that each of them gets a post, whatever it costs; 0 is the most urgent. If neither
    /// this nor `unplaced_cost` is stated,
    /// [`DispatchBuilder::place_everybody`](super::DispatchBuilder::place_everybody) decides.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unplaced_priority: Option<u32>,
    /// What it costs to leave each of them without a post, in the units of the policy; not with
    /// `unplaced_priority`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub unplaced_cost: Option<i64>,
}

impl Responder {
    /// One person of whom nothing else is known.
    #[must_use]
    pub const fn new(responder: ResponderId) -> Self {
        Self {
            responder,
            supply: 1,
            skills: SkillSet::EMPTY,
            home_unit: None,
            residence: None,
            headquarters: None,
            latitude: None,
            longitude: None,
            previous: None,
            unplaced_priority: None,
            unplaced_cost: None,
        }
    }
}

#[cfg(feature = "serde")]
const fn one() -> u32 {
    1
}

/// A time `start <= t < end`, never empty, in which a responder can be on duty.
///
/// A responder without such a row can be on duty at any time. Rows of one responder that overlap or
/// touch count as one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Availability {
    /// Who.
    pub responder: ResponderId,
    /// The first second.
    pub start: Timestamp,
    /// The first second after it.
    pub end: Timestamp,
}

/// What is done at a post. The cost policy does not look at it; a host's own rule can.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum PostKind {
    /// A checkpoint (卡口).
    Checkpoint,
    /// Guard duty at a closed-off area (封控值守).
    ClosedOffDuty,
    /// A sampling site (采样点).
    SamplingSite,
    /// A caseload of households (包保户).
    Caseload,
    /// A case-investigation team (流调工作专班).
    InvestigationTeam,
    /// A door-to-door survey (入户摸排).
    Survey,
    /// Vaccination (疫苗接种).
    Vaccination,
    /// Disinfection (消杀).
    Disinfection,
    /// Help in daily life (生活保障).
    LifeSupport,
    /// Publicity and persuasion (宣传引导).
    Publicity,
    /// A rapid response team (应急突击队).
    RapidResponseTeam,
    /// Anything else, or not stated.
    #[default]
    Other,
}

/// A post that needs people.
///
/// With the feature `serde` the columns `post,unit,kind,requires,min,max,priority,start,end,latitude,
/// longitude` of a table of ids fill it directly; all but `post`, `unit`, `min` and `max` may be missing.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Post {
    /// The host's number for the post, unique in the table.
    pub post: PostId,
    /// The unit of the network that it serves, of any tier.
    pub unit: UnitId,
    /// What is done there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kind: PostKind,
    /// The skills that everybody there must have.
    #[cfg_attr(feature = "serde", serde(default))]
    pub requires: SkillSet,
    /// The people it must have.
    pub min: u32,
    /// The people it can take, at least `min`.
    pub max: u32,
    /// How urgent `min` is: 0 is the most urgent. A single person for a more urgent post comes before any
    /// number for less urgent ones.
    #[cfg_attr(feature = "serde", serde(default))]
    pub priority: u32,
    /// The first second of duty; without it and `end` nobody's availability is asked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub start: Option<Timestamp>,
    /// The first second after the duty.
    #[cfg_attr(feature = "serde", serde(default))]
    pub end: Option<Timestamp>,
    /// Degrees north, WGS-84; without it the location of the unit counts.
    #[cfg_attr(feature = "serde", serde(default))]
    pub latitude: Option<f64>,
    /// Degrees east, WGS-84.
    #[cfg_attr(feature = "serde", serde(default))]
    pub longitude: Option<f64>,
}

impl Post {
    /// A most urgent post for anybody at any time, at its unit's location.
    #[must_use]
    pub const fn new(post: PostId, unit: UnitId, min: u32, max: u32) -> Self {
        Self {
            post,
            unit,
            kind: PostKind::Other,
            requires: SkillSet::EMPTY,
            min,
            max,
            priority: 0,
            start: None,
            end: None,
            latitude: None,
            longitude: None,
        }
    }
}

/// People who are at a post in every plan, whatever it costs.
///
/// A headquarters' order goes beyond the limits of distance and the cost policy, but nobody is ordered
/// to do what they cannot: they must have the skills and the time. In a [`LivePlan`](super::LivePlan) an order
/// ends when [the people are not there any more](super::Change::People).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FixedAssignment {
    /// Who.
    pub responder: ResponderId,
    /// Where.
    pub post: PostId,
    /// How many of them; 0 fixes nobody.
    #[cfg_attr(feature = "serde", serde(default = "one"))]
    pub people: u32,
}

impl FixedAssignment {
    /// One person at a post.
    #[must_use]
    pub const fn new(responder: ResponderId, post: PostId) -> Self {
        Self { responder, post, people: 1 }
    }
}

/// A responder none of whom is sent to a post.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ForbiddenPair {
    /// Who.
    pub responder: ResponderId,
    /// Where not.
    pub post: PostId,
}

/// A home unit and a unit of the network that it is linked with (联系社区): a community, as a rule, but
/// any tier will do. A home unit may have several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pairing {
    /// The employing organisation.
    pub home_unit: HomeUnitId,
    /// The linked unit, with all that is in it.
    pub unit: UnitId,
}
