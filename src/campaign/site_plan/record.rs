//! The rows of a site plan, and what it answers.

use crate::id::{PostId, UnitId};
use crate::interval::{Interval, Timestamp};
use crate::population::{Age, Mobility, Resident};

/// Whom the elderly go before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ElderlyFirst {
    /// The others of their building: families come together.
    #[default]
    InBuilding,
    /// All others of their site.
    AtSite,
}

/// What holds for all sites of a plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SitePlanRules {
    /// The most people who may stand in line at a site; at least 1.
    pub longest_queue: u32,
    /// How many samplers work at one table; at least 1.
    pub samplers_per_table: u32,
    /// How long a visit at home takes, with the way to it; at least 1.
    pub visit_seconds: u32,
    /// Whom the elderly go before.
    #[cfg_attr(feature = "serde", serde(default))]
    pub elderly_first: ElderlyFirst,
}

/// No limit but the zones; two samplers a table and ten minutes a visit, which are assumptions: state your own.
impl Default for SitePlanRules {
    fn default() -> Self {
        Self {
            longest_queue: u32::MAX,
            samplers_per_table: 2,
            visit_seconds: 600,
            elderly_first: ElderlyFirst::default(),
        }
    }
}

/// A sampling site (采样点).
///
/// The protocols plan a site for 2,000 to 3,000 people and a table for 600 to 800.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SamplingSite {
    /// The site's post, unique in the table.
    pub site: PostId,
    /// From the opening to the latest end.
    pub hours: Interval,
    /// How many tables it has; at least 1.
    pub tables: u32,
    /// How many samplers it has, at least for one table.
    pub samplers: u32,
    /// How many people may stand in the waiting zone, one metre apart; at least 1.
    pub waiting: u32,
    /// How many people may stand in the preparation zone; at least 1.
    pub preparation: u32,
    /// How many people a table samples in an hour, 1 to 3,600.
    #[cfg_attr(feature = "serde", serde(default = "people_per_hour"))]
    pub people_per_hour: u32,
    /// How long the slots are, at least 1.
    #[cfg_attr(feature = "serde", serde(default = "slot_seconds"))]
    pub slot_seconds: u32,
    /// How many teams visit people at home.
    #[cfg_attr(feature = "serde", serde(default))]
    pub home_teams: u32,
}

const fn people_per_hour() -> u32 {
    60
}

const fn slot_seconds() -> u32 {
    900
}

impl SamplingSite {
    /// A site with slots of 15 minutes, 60 people an hour and table, and nothing and nobody to work with yet.
    #[must_use]
    pub const fn new(site: PostId, hours: Interval) -> Self {
        Self {
            site,
            hours,
            tables: 0,
            samplers: 0,
            waiting: 0,
            preparation: 0,
            people_per_hour: people_per_hour(),
            slot_seconds: slot_seconds(),
            home_teams: 0,
        }
    }
}

/// Samplers of a site who rest: a break, or a change of shifts. Rests may overlap; then more samplers rest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rest {
    /// The site.
    pub site: PostId,
    /// When, within the hours of the site.
    pub during: Interval,
    /// How many samplers, from 1 to all of them.
    pub samplers: u32,
}

/// Hours of heat, in which work at a site is slower or stops. What lies outside the hours of the site is no matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Heat {
    /// The site.
    pub site: PostId,
    /// When; no two of a site overlap.
    pub during: Interval,
    /// How many percent of the people an hour are sampled then, 0 to 100.
    pub percent: u32,
}

/// The people of a building who go to a site, or are visited by its home teams.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Group {
    /// The site.
    pub site: PostId,
    /// The building; it may stand at several sites, but once at each.
    pub building: UnitId,
    /// How many elderly people come.
    #[cfg_attr(feature = "serde", serde(default))]
    pub elderly: u32,
    /// How many others come.
    #[cfg_attr(feature = "serde", serde(default))]
    pub others: u32,
    /// How many cannot come.
    #[cfg_attr(feature = "serde", serde(default))]
    pub homebound: u32,
}

impl Group {
    /// Nobody of a building.
    #[must_use]
    pub const fn new(site: PostId, building: UnitId) -> Self {
        Self { site, building, elderly: 0, others: 0, homebound: 0 }
    }

    pub(super) const fn people(&self, turn: Turn) -> u32 {
        match turn {
            Turn::Elderly => self.elderly,
            Turn::Others => self.others,
            Turn::AtHome => self.homebound,
        }
    }
}

/// Whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Turn {
    /// The elderly come first.
    Elderly,
    /// Then everybody else who comes.
    Others,
    /// Those who cannot come are visited.
    AtHome,
}

impl Turn {
    /// The turn of a resident: at home if they are homebound, with the elderly if they are known to complete so many
    /// years of age by the end of a calendar year.
    #[must_use]
    pub fn of(resident: &Resident, elderly_from: u8, year: u16) -> Self {
        let elderly = match resident.age {
            Age::Unknown => false,
            Age::Born(born) => year.saturating_sub(born) >= elderly_from.into(),
            Age::Band { from, .. } => from >= elderly_from,
        };
        match resident.mobility {
            Mobility::Homebound => Self::AtHome,
            Mobility::Independent | Mobility::Assisted if elderly => Self::Elderly,
            Mobility::Independent | Mobility::Assisted => Self::Others,
        }
    }
}

/// People of a building who are called in one slot, or visited at home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Call {
    /// The site.
    pub site: PostId,
    /// The building.
    pub building: UnitId,
    /// Who of the building.
    pub turn: Turn,
    /// The slot; at home, from the begin of the first visit in the building to the end of the last.
    pub during: Interval,
    /// How many, at least 1: the next ones of the building and turn in walking order.
    pub people: u32,
}

/// People of a building for whom there is no time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NotCalled {
    /// The site.
    pub site: PostId,
    /// The building.
    pub building: UnitId,
    /// Who of the building.
    pub turn: Turn,
    /// How many, at least 1: the last ones of the building and turn in walking order.
    pub people: u32,
}

/// When the last one of those who are called has been sampled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Finish {
    /// By then, if all come when their slots begin.
    pub planned: Timestamp,
    /// By then, whenever in their slots they come.
    pub latest: Timestamp,
}

impl Finish {
    /// When both are done.
    pub(super) fn later(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
        Some(Self { planned: a.planned.max(b.planned), latest: a.latest.max(b.latest) })
    }
}

/// What a plan says of a site.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SiteForecast {
    /// The site.
    pub site: PostId,
    /// How many people can be called to it at all: what a catchment may send there.
    pub capacity: u64,
    /// How many are called to it.
    pub called: u64,
    /// The most that can be in its three zones at once, whenever in their slots they come.
    pub most_inside: u64,
    /// How many more the tables could take in all slots while somebody is left to call, if there were
    /// room in the zones.
    pub held_back: u64,
    /// When those have been sampled; `None` where nobody is called.
    pub tables: Option<Finish>,
    /// How many are visited at home.
    pub visited: u64,
    /// When the last visit is over; `None` where there is none.
    pub at_home: Option<Timestamp>,
}

impl SiteForecast {
    /// When the site is done, at its tables and at home; `None` where nobody is called.
    #[must_use]
    pub fn finish(&self) -> Option<Finish> {
        let at_home = self.at_home.map(|end| Finish { planned: end, latest: end });
        Finish::later(self.tables, at_home)
    }

    /// Who is sampled, at the tables and at home.
    pub(super) const fn sampled(&self) -> u64 {
        self.called + self.visited
    }
}
