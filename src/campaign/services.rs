//! Services in daily life, tallied by unit, and deliveries to closed-off households without missing one.
//!
//! A host records in a [`Journal`] of [`ServiceAct`]s what was done for people: a number of person-times at a unit
//! ([`Service`]: masks, mobility, publicity), or a delivery to a household ([`Delivery`]). A [`ServiceRegister`] is
//! read from it as of a time, and tallies both.
//!
//! Who has had a delivery is a question for a [`Round`]: [`ServiceRegister::deliveries`] makes one over the households
//! of closed-off units, whose gaps are those who went without.
//!
//! # Examples
//!
//! ```
//! use epitier::campaign::services::{
//!     Delivery, Service, ServiceAct, ServiceKind, ServiceRegister,
//! };
//! use epitier::campaign::{EventId, Journal, Line, Outcome, Target};
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//! use epitier::population::{Household, PopulationBuilder};
//! use epitier::{HouseholdId, Interval, ResponderId, Timestamp};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("hq", "County", Tier::Headquarters))
//!     .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
//!     .unit(UnitRow::new("village", "Village", Tier::Community).under("town"))
//!     .unit(UnitRow::new("grid", "Grid", Tier::Compound).under("village"))
//!     .unit(UnitRow::new("tower", "Tower", Tier::Building).under("grid"))
//!     .build()?;
//! let (village, tower) = network.unit("village").zip(network.unit("tower")).ok_or("no unit")?;
//! let homes = (0..2).map(|id| Household::new(HouseholdId::new(id), tower));
//! let population = PopulationBuilder::new(&network).households(homes).build(&())?;
//!
//! let now: Timestamp = "2021-08-02T09:00:00+08:00".parse()?;
//! let responder = ResponderId::new(4);
//! let masks = Service { kind: ServiceKind::MaskPersuasion, unit: village, at: now, responder, times: 30 };
//! let household = HouseholdId::new(1);
//! let food = Delivery { household, at: now, responder, outcome: Outcome::Done };
//! let mut journal = Journal::new();
//! journal.record(Line::act(EventId::new(1), now, ServiceAct::Service(masks)))?;
//! journal.record(Line::act(EventId::new(2), now, ServiceAct::Delivery(food)))?;
//!
//! let register = ServiceRegister::read(&journal, &population, now);
//! assert_eq!(register.unit(village).of(ServiceKind::MaskPersuasion), 30);
//! assert_eq!(register.unit(village).of(ServiceKind::Delivery), 1);
//! let day = Interval::new(now, now.saturating_add(12 * 3_600))?;
//! let (round, refused) = register.deliveries([village], day, &())?;
//! assert!(refused.is_empty());
//! assert_eq!(round.gaps(village)[0].target, Target::Household(HouseholdId::new(0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::findings::Findings;
use super::{
    Campaign, CampaignError, Entry, EntryError, EventId, Journal, Outcome, Round, RoundKind,
    RoundPlan, Stated, Subject, Target, Visit,
};
use crate::error::Stopped;
use crate::id::{HouseholdId, ResponderId, UnitId};
use crate::interval::{Day, Interval, Timestamp};
use crate::population::Population;
use crate::watch::Watch;

/// What a line of the journal of services says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ServiceAct {
    /// Something was done for some people.
    Service(Service),
    /// Something was brought to a household.
    Delivery(Delivery),
}

/// Something that was done for some people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Service {
    /// What.
    pub kind: ServiceKind,
    /// Where: a unit of any tier.
    pub unit: UnitId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub responder: ResponderId,
    /// For how many people, each as often as it was done: person-times (人次).
    pub times: u32,
}

/// Something that was brought to a household, or that somebody tried to bring.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Delivery {
    /// To whom.
    pub household: HouseholdId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub responder: ResponderId,
    /// [`Outcome::Done`] if they have it.
    pub outcome: Outcome,
}

/// A kind of service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ServiceKind {
    /// Persuading people to wear a mask (劝导).
    MaskPersuasion,
    /// Helping those who cannot walk well, old or young (帮助行动不便老幼).
    MobilityHelp,
    /// Publicity: leaflets, loudspeakers, talks (宣传引导).
    Publicity,
    /// Something brought to a household (生活保障); each [`Delivery`] that is done is one of these.
    Delivery,
    /// An errand: medicine fetched, a bill paid.
    Errand,
    /// Anything else.
    Other,
}

impl ServiceKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::MaskPersuasion,
        Self::MobilityHelp,
        Self::Publicity,
        Self::Delivery,
        Self::Errand,
        Self::Other,
    ];
}

/// Person-times by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ServiceTally([u64; ServiceKind::ALL.len()]);

impl ServiceTally {
    /// The person-times of one kind.
    #[must_use]
    pub const fn of(&self, kind: ServiceKind) -> u64 {
        self.0[kind as usize]
    }

    /// The person-times of all kinds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn add(&mut self, kind: ServiceKind, times: u32) {
        self.0[kind as usize] += u64::from(times);
    }
}

impl AddAssign for ServiceTally {
    fn add_assign(&mut self, other: Self) {
        for (sum, times) in self.0.iter_mut().zip(other.0) {
            *sum += times;
        }
    }
}

/// A problem in what was recorded of services. What the line says is in no tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum ServiceProblem {
    /// A correction of a line that is not there, or is a correction itself.
    #[error("{event:?} corrects {of:?}, which is not there")]
    Pending {
        /// The correction.
        event: EventId,
        /// The line that it corrects.
        of: EventId,
    },
    /// The network has no such unit.
    #[error("{event:?}: the network has no {unit:?}")]
    UnknownUnit {
        /// The line.
        event: EventId,
        /// The unit.
        unit: UnitId,
    },
    /// The population has no such household.
    #[error("{event:?}: the population has no {household:?}")]
    UnknownHousehold {
        /// The line.
        event: EventId,
        /// The household.
        household: HouseholdId,
    },
    /// A time outside the years 1 to 9999.
    #[error("{event:?}: {at} is on no day")]
    NoSuchDay {
        /// The line.
        event: EventId,
        /// The time.
        at: Timestamp,
    },
}

impl ServiceProblem {
    /// The stable code of the problem, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::UnknownHousehold { .. } => "unknown-household",
            Self::NoSuchDay { .. } => "no-such-day",
        }
    }
}

/// What one responder did on one day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ResponderDay {
    /// The civil day of the network.
    pub day: Day,
    /// Who.
    pub responder: ResponderId,
    /// What.
    pub tally: ServiceTally,
}

/// The services as of a time; see the [module](self).
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ServiceRegister {
    #[cfg_attr(feature = "serde", serde(skip))]
    population: Population,
    by_unit: Vec<ServiceTally>,
    by_day: Vec<ResponderDay>,
    deliveries: Vec<Stated<Delivery>>,
    problems: Vec<ServiceProblem>,
}

impl ServiceRegister {
    /// Reads what was recorded by a time. O(n log n) for n lines, O(log h) each for h households; O(u) for u units.
    #[must_use]
    pub fn read(journal: &Journal<ServiceAct>, population: &Population, as_of: Timestamp) -> Self {
        let wait = |event, of| ServiceProblem::Pending { event, of };
        let mut found = Findings::new(journal, as_of, wait);
        let network = population.network();
        let mut own = vec![ServiceTally::default(); network.len()];
        let mut by_day: BTreeMap<(Day, ResponderId), ServiceTally> = BTreeMap::new();
        let mut deliveries = Vec::new();
        for line in journal.standing(as_of) {
            let done = match done(&line, population) {
                Ok(done) => done,
                Err(problem) => {
                    found.add(&line, problem);
                    continue;
                }
            };
            let Done { unit, day, responder, kind, times } = done;
            if times > 0 {
                own[unit.index()].add(kind, times);
                by_day.entry((day, responder)).or_default().add(kind, times);
            }
            if let ServiceAct::Delivery(act) = line.act {
                deliveries.push(Stated { event: line.event, received: line.received, act });
            }
        }
        let by_day = by_day.into_iter().map(|((day, responder), tally)| ResponderDay {
            day,
            responder,
            tally,
        });
        Self {
            by_unit: network.roll_up(&own).unwrap_or_default(),
            by_day: by_day.collect(),
            deliveries,
            problems: found.in_order(),
            population: population.clone(),
        }
    }

    /// What was done in every unit of every tier, indexed by unit: in the unit itself and in all below it.
    #[must_use]
    pub fn by_unit(&self) -> &[ServiceTally] {
        &self.by_unit
    }

    /// What was done in a unit and in all below it; nothing for one that the network does not have. O(1).
    #[must_use]
    pub fn unit(&self, unit: UnitId) -> ServiceTally {
        self.by_unit.get(unit.index()).copied().unwrap_or_default()
    }

    /// What each responder did on each civil day of the network, by day and responder.
    #[must_use]
    pub fn by_day(&self) -> &[ResponderDay] {
        &self.by_day
    }

    /// What is wrong with the data, by the time of receipt and event id of the lines concerned.
    #[must_use]
    pub fn problems(&self) -> &[ServiceProblem] {
        &self.problems
    }

    /// The round of deliveries during some time, such as one day, over all households within closed-off units of any
    /// tier: its [gaps](Round::gaps) are those who went without. Beside it, deliveries that the round refused, in
    /// the order of receipt: none, but for more than 255 to one household.
    ///
    /// # Cost
    ///
    /// As [`Campaign::open`], and O(1) for each delivery.
    ///
    /// # Errors
    ///
    /// As [`Campaign::open`].
    pub fn deliveries(
        &self,
        closed_off: impl IntoIterator<Item = UnitId>,
        during: Interval,
        watch: &dyn Watch,
    ) -> Result<(Round, Vec<EntryError>), Stopped<CampaignError>> {
        let plan = RoundPlan::new(RoundKind::LifeSupport, during.start())
            .deadline(during.end())
            .units(closed_off);
        let mut campaign = Campaign::new(Subject::Households);
        let round = campaign.open(&self.population, &plan, watch)?;
        let in_time = self.deliveries.iter().filter(|line| during.contains(line.act.at));
        let entries: Vec<Entry> = in_time
            .map(|line| {
                let Delivery { household, at, responder, outcome } = line.act;
                let visit = Visit::new(Target::Household(household), at, responder, outcome);
                Entry::visit(line.event, line.received, visit)
            })
            .collect();
        let answers = round.record_all(&entries, watch)?;
        Ok((round.clone(), answers.into_iter().filter_map(Result::err).collect()))
    }
}

/// What a line adds to the tallies.
struct Done {
    unit: UnitId,
    day: Day,
    responder: ResponderId,
    kind: ServiceKind,
    times: u32,
}

fn done(line: &Stated<ServiceAct>, population: &Population) -> Result<Done, ServiceProblem> {
    let (event, network) = (line.event, population.network());
    let (unit, at, responder, kind, times) = match line.act {
        ServiceAct::Service(Service { kind, unit, at, responder, times }) => {
            network.tier(unit).ok_or(ServiceProblem::UnknownUnit { event, unit })?;
            (unit, at, responder, kind, times)
        }
        ServiceAct::Delivery(Delivery { household, at, responder, outcome }) => {
            let row = population.household(household);
            let row = row.ok_or(ServiceProblem::UnknownHousehold { event, household })?;
            let times = u32::from(outcome == Outcome::Done);
            (row.building, at, responder, ServiceKind::Delivery, times)
        }
    };
    let day = Day::of(at, network.offset()).ok_or(ServiceProblem::NoSuchDay { event, at })?;
    Ok(Done { unit, day, responder, kind, times })
}
