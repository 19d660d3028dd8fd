//! The lists of needs.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::course::{Course, DropOuts, moment};
use super::problem::NeedProblem;
use super::record::{CancelReason, Need, NeedAct, Owner};
use crate::campaign::findings::Findings;
use crate::campaign::{EventId, Journal, Stated, Target};
use crate::id::{HouseholdId, UnitId};
use crate::interval::Timestamp;
use crate::network::Network;
use crate::population::Population;

/// A need and what has become of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NeedStatus {
    /// The line that raised it.
    pub event: EventId,
    /// What it is.
    pub need: Need,
    /// Where it is; `None` for somebody whom the population does not have.
    pub home: Option<Home>,
    /// Whether somebody must see to it.
    pub state: NeedState,
    /// Which time is due next, from 0 on: how often it was met.
    pub time: u32,
    /// The first moment at which that time is too late.
    pub due: Timestamp,
    /// Who sees to it.
    pub owner: Option<Owner>,
    /// Since when it is theirs, or nobody's.
    pub since: Timestamp,
}

impl NeedStatus {
    const fn new(event: EventId, need: Need, home: Option<Home>) -> Self {
        let Need { at, due, .. } = need;
        Self { event, need, home, state: NeedState::Open, time: 0, due, owner: None, since: at }
    }

    /// Whether somebody must see to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == NeedState::Open
    }
}

/// Where a need is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Home {
    /// The building.
    pub building: UnitId,
    /// The order of the door on a walk through the building.
    pub door: u32,
    /// The household.
    pub household: HouseholdId,
}

impl Home {
    fn of(population: &Population, target: Target) -> Option<Self> {
        let household = match target {
            Target::Household(household) => household,
            Target::Person(person) => population.household_of(person)?,
        };
        let row = population.household(household)?;
        Some(Self { building: row.building, door: row.door, household })
    }
}

/// Where a need stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum NeedState {
    /// Somebody must see to it.
    Open,
    /// Met.
    Met,
    /// No longer a need.
    Cancelled(CancelReason),
}

/// A need, or one time of a repeated one, that was met at its deadline or later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MetLate {
    /// The line that met it.
    pub event: EventId,
    /// The line that raised it.
    pub need: EventId,
    /// Whose need it was.
    pub of: Target,
    /// Which time, from 0 on.
    pub time: u32,
    /// The first moment at which it was too late.
    pub due: Timestamp,
    /// When it was met.
    pub at: Timestamp,
}

/// A need that the unit above must look after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Escalation {
    /// The line that raised it.
    pub need: EventId,
    /// Since when it has been without an owner, or overdue; the earlier of both.
    pub since: Timestamp,
    /// The unit that must look after it; none where nobody owns it and the home is not known.
    pub unit: Option<UnitId>,
}

/// The needs as of a time; see the [module](super).
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NeedRegister {
    #[cfg_attr(feature = "serde", serde(skip))]
    network: Network,
    as_of: Timestamp,
    needs: Vec<NeedStatus>,
    met_late: Vec<MetLate>,
    problems: Vec<NeedProblem>,
}

impl NeedRegister {
    /// Reads what was recorded by a time. O(n log n) for n lines, O(log p) each for p people.
    #[must_use]
    pub fn read(journal: &Journal<NeedAct>, population: &Population, as_of: Timestamp) -> Self {
        let wait = |event, of| NeedProblem::Pending { event, of };
        let mut found = Findings::new(journal, as_of, wait);
        let network = population.network();
        let lines = journal.standing(as_of);
        let drop_outs = DropOuts::new(&lines);
        let mut acts: BTreeMap<EventId, Vec<&Stated<NeedAct>>> = BTreeMap::new();
        for line in &lines {
            if let Some(need) = line.act.need() {
                acts.entry(need).or_default().push(line);
            }
        }
        let (mut needs, mut met_late) = (Vec::new(), Vec::new());
        for line in &lines {
            let NeedAct::Raised(need) = line.act else { continue };
            let event = line.event;
            let home = Home::of(population, need.of);
            if home.is_none() {
                found.add(line, NeedProblem::UnknownTarget { event, of: need.of });
            }
            let mut course =
                Course::new(network, &drop_outs, NeedStatus::new(event, need, home), moment(line));
            let mut acts = acts.remove(&event).unwrap_or_default();
            acts.sort_unstable_by_key(|act| moment(act));
            for act in acts {
                if let Err(problem) = course.take(act, &mut met_late) {
                    found.add(act, problem);
                }
            }
            needs.push(course.end());
        }
        for (need, acts) in acts {
            for line in acts {
                found.add(line, NeedProblem::UnknownNeed { event: line.event, need });
            }
        }
        needs.sort_unstable_by_key(|status: &NeedStatus| {
            let NeedStatus { need, due, home, event, .. } = *status;
            let walk =
                home.map(|home| (network.position(home.building), home.door, home.household));
            (need.urgency, due, home.is_none(), walk, need.of, event)
        });
        met_late.sort_unstable_by_key(|met: &MetLate| (met.at, met.event));
        Self { network: network.clone(), as_of, needs, met_late, problems: found.in_order() }
    }

    /// Every need that was raised, whatever has become of it: the most urgent first, each urgency by deadline, then as on
    /// a walk (building, door, household, person), then by event id. All lists of needs are in this order.
    #[must_use]
    pub fn needs(&self) -> &[NeedStatus] {
        &self.needs
    }

    /// Those that somebody must see to.
    pub fn open(&self) -> impl Iterator<Item = &NeedStatus> {
        self.needs.iter().filter(|status| status.is_open())
    }

    /// The open ones whose deadline has come.
    pub fn overdue(&self) -> impl Iterator<Item = &NeedStatus> {
        self.open().filter(|status| self.is_overdue(status))
    }

    /// The open ones that nobody sees to.
    pub fn without_owner(&self) -> impl Iterator<Item = &NeedStatus> {
        self.open().filter(|status| status.owner.is_none())
    }

    /// The open ones of those who live in a unit of any tier.
    pub fn of_unit(&self, unit: UnitId) -> impl Iterator<Item = &NeedStatus> {
        self.open().filter(move |status| {
            status.home.is_some_and(|home| self.network.contains(unit, home.building))
        })
    }

    /// The open ones that somebody sees to.
    pub fn of_owner(&self, owner: Owner) -> impl Iterator<Item = &NeedStatus> {
        self.open().filter(move |status| status.owner == Some(owner))
    }

    /// What was met at its deadline or later, by (time, event id).
    #[must_use]
    pub fn met_late(&self) -> &[MetLate] {
        &self.met_late
    }

    /// What is wrong with the data, by the time of receipt and event id of the lines concerned.
    #[must_use]
    pub fn problems(&self) -> &[NeedProblem] {
        &self.problems
    }

    /// The open needs that have been without an owner or overdue for so many seconds, each with the unit above its
    /// building, or above the unit that owns it; after as many again the unit above that, up to the root.
    #[must_use]
    pub fn escalations(&self, every: NonZeroU32) -> Vec<Escalation> {
        let escalations = self.open().filter_map(|status| {
            let unowned = status.owner.is_none().then_some(status.since);
            let overdue = self.is_overdue(status).then_some(status.due);
            let since = unowned.into_iter().chain(overdue).min()?;
            let first = match status.owner {
                Some(Owner::Unit(unit)) => Some(unit),
                _ => status.home.map(|home| home.building),
            };
            let waited = self.as_of.seconds().saturating_sub(since.seconds());
            let steps =
                usize::try_from(waited / i64::from(every.get())).ok().filter(|&steps| steps > 0)?;
            let above =
                |first| self.network.path_to_root(first).take(steps.saturating_add(1)).last();
            let unit = first.and_then(above);
            Some(Escalation { need: status.event, since, unit })
        });
        escalations.collect()
    }

    fn is_overdue(&self, status: &NeedStatus) -> bool {
        status.due <= self.as_of
    }
}
