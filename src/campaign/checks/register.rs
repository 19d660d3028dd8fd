//! Who came to the checkpoints, counted once each.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::problem::CheckProblem;
use super::record::{CheckAct, Decision, HoldEnd, HoldOutcome, Purpose, Traveller, Vehicle};
use super::rules::{CheckRules, Reason, Ruling};
use crate::campaign::findings::Findings;
use crate::campaign::{EventId, Journal, Stated};
use crate::id::{PersonId, PostId};
use crate::interval::{Interval, Timestamp};

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// A person who came to a post, and what the rules say.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Check {
    /// The line of it.
    pub event: EventId,
    /// Who came, and what they showed.
    pub traveller: Traveller,
    /// What the rules say.
    pub ruling: Ruling,
    /// How the hold ended, for those held; `None` while they wait.
    pub end: Option<HoldEnd>,
}

impl Check {
    /// What was done: what the staff recorded, or else what the rules say.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.traveller.recorded.unwrap_or(self.ruling.decision)
    }

    /// Whether the staff recorded another decision than that of the rules.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.decision() != self.ruling.decision
    }

    /// Whether they were held and nobody has recorded how it ended.
    #[must_use]
    pub fn still_held(&self) -> bool {
        self.decision() == Decision::Hold && self.end.is_none()
    }
}

/// A vehicle that came to a post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VehicleCheck {
    /// The line of it.
    pub event: EventId,
    /// The vehicle.
    pub vehicle: Vehicle,
    /// How many people in it were checked.
    pub listed: u32,
}

impl VehicleCheck {
    /// How many of the stated occupants were not checked.
    #[must_use]
    pub const fn unchecked(&self) -> u32 {
        self.vehicle.occupants.saturating_sub(self.listed)
    }
}

/// How many came. Always `people = admitted + escorted + held + refused + unchecked`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Vehicles.
    pub vehicles: u64,
    /// People, in vehicles and on foot.
    pub people: u64,
    /// Passed.
    pub admitted: u64,
    /// Passed with an escort or with notice.
    pub escorted: u64,
    /// Held at first, whatever became of it.
    pub held: u64,
    /// Refused at once.
    pub refused: u64,
    /// Occupants that a vehicle was stated to have, and whom nobody checked.
    pub unchecked: u64,
}

impl Tally {
    fn of_person(decision: Decision) -> Self {
        let mut tally = Self { people: 1, ..Self::default() };
        *match decision {
            Decision::Admit => &mut tally.admitted,
            Decision::AdmitEscorted => &mut tally.escorted,
            Decision::Hold => &mut tally.held,
            Decision::Refuse => &mut tally.refused,
        } += 1;
        tally
    }

    fn of_vehicle(vehicle: &VehicleCheck) -> Self {
        let unchecked = vehicle.unchecked().into();
        Self { vehicles: 1, people: unchecked, unchecked, ..Self::default() }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.vehicles += other.vehicles;
        self.people += other.people;
        self.admitted += other.admitted;
        self.escorted += other.escorted;
        self.held += other.held;
        self.refused += other.refused;
        self.unchecked += other.unchecked;
    }
}

/// Everybody who came to the checkpoints, as of a time; see the [module](super).
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CheckRegister {
    checks: Vec<Check>,
    vehicles: Vec<VehicleCheck>,
    problems: Vec<CheckProblem>,
}

impl CheckRegister {
    /// Reads what was recorded by a time. O(n log n) for n lines, and the rules for each person.
    #[must_use]
    pub fn read(journal: &Journal<CheckAct>, rules: &CheckRules, as_of: Timestamp) -> Self {
        let lines = journal.standing(as_of);
        let wait = |event, of| CheckProblem::Pending { event, of };
        let mut reading = Reading { lines: &lines, found: Findings::new(journal, as_of, wait) };
        let mut vehicles = reading.vehicles();
        let (mut checks, by_event) = reading.checks(rules, &mut vehicles);
        reading.occupants(&vehicles);
        reading.hold_ends(&mut checks, &by_event);
        let mut vehicles: Vec<_> = vehicles.into_values().collect();
        vehicles.sort_unstable_by_key(|vehicle| (vehicle.vehicle.at, vehicle.event));
        checks.sort_unstable_by_key(|check| (check.traveller.at, check.event));
        let mut register = Self { checks, vehicles, problems: Vec::new() };
        reading.barriers(&register);
        register.problems = reading.found.in_order();
        register
    }

    /// Every person once per passage, by (time, event id).
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Every vehicle, by (time, event id).
    #[must_use]
    pub fn vehicles(&self) -> &[VehicleCheck] {
        &self.vehicles
    }

    /// What is wrong with the data, by the time of receipt and event id of the lines concerned.
    #[must_use]
    pub fn problems(&self) -> &[CheckProblem] {
        &self.problems
    }

    /// Those with whom the staff did other than the rules say, by (time, event id).
    pub fn differing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.differs())
    }

    /// Those who were held, with what became of it, by (time, event id).
    pub fn held(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.decision() == Decision::Hold)
    }

    /// Those who are held to this hour, by (time, event id).
    pub fn still_held(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.still_held())
    }

    /// All who came.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.tallies(|_, _| ()).remove(&()).unwrap_or_default()
    }

    /// Who came, by anything that follows from the post and the time. Everybody is in one tally; whoever was checked
    /// out of a vehicle came when it came. O(n log n) for n people and vehicles.
    pub fn tallies<K: Ord>(&self, key: impl Fn(PostId, Timestamp) -> K) -> BTreeMap<K, Tally> {
        let mut tallies: BTreeMap<K, Tally> = BTreeMap::new();
        let vehicles: BTreeMap<EventId, Vehicle> =
            self.vehicles.iter().map(|check| (check.event, check.vehicle)).collect();
        for check in &self.checks {
            let Traveller { post, at, vehicle, .. } = check.traveller;
            let came_in = vehicle.and_then(|event| vehicles.get(&event));
            let at = came_in.filter(|of| of.post == post).map_or(at, |of| of.at);
            *tallies.entry(key(post, at)).or_default() += Tally::of_person(check.decision());
        }
        for vehicle in &self.vehicles {
            let Vehicle { post, at, .. } = vehicle.vehicle;
            *tallies.entry(key(post, at)).or_default() += Tally::of_vehicle(vehicle);
        }
        tallies
    }

    /// Who came to which post.
    #[must_use]
    pub fn by_post(&self) -> BTreeMap<PostId, Tally> {
        self.tallies(|post, _| post)
    }

    /// Who came in which hour, by its first second: `hour <= t < hour + 3,600`, by the clock at an offset from UTC.
    #[must_use]
    pub fn by_hour(&self, offset: chrono::FixedOffset) -> BTreeMap<Timestamp, Tally> {
        let east = i64::from(offset.local_minus_utc());
        self.tallies(|_, at| {
            let past = (at.seconds().rem_euclid(HOUR) + east).rem_euclid(HOUR);
            at.saturating_add(-past)
        })
    }

    /// How many people the rules decided about for each reason: all but the unchecked.
    #[must_use]
    pub fn by_reason(&self) -> BTreeMap<Reason, u64> {
        let mut counts = BTreeMap::new();
        for check in &self.checks {
            *counts.entry(check.ruling.reason).or_default() += 1;
        }
        counts
    }
}

/// A journal as it is read.
struct Reading<'a> {
    lines: &'a [Stated<CheckAct>],
    found: Findings<CheckProblem>,
}

/// What makes two lines the same person in the same passage.
type Passage = (Option<EventId>, Option<(PostId, Timestamp)>, PersonId);

impl Reading<'_> {
    fn vehicles(&self) -> BTreeMap<EventId, VehicleCheck> {
        let vehicles = self.lines.iter().filter_map(|line| match line.act {
            CheckAct::Vehicle(vehicle) => {
                Some((line.event, VehicleCheck { event: line.event, vehicle, listed: 0 }))
            }
            _ => None,
        });
        vehicles.collect()
    }

    /// The checks, and where each line of a person is among them.
    fn checks(
        &mut self,
        rules: &CheckRules,
        vehicles: &mut BTreeMap<EventId, VehicleCheck>,
    ) -> (Vec<Check>, BTreeMap<EventId, usize>) {
        let mut checks: Vec<Check> = Vec::new();
        let mut by_event = BTreeMap::new();
        let mut seen: BTreeMap<Passage, usize> = BTreeMap::new();
        for line in self.lines {
            let CheckAct::Person(traveller) = line.act else { continue };
            let event = line.event;
            let on_foot = traveller.vehicle.is_none().then_some((traveller.post, traveller.at));
            let care = traveller.purpose == Purpose::EmergencyCare;
            if care && traveller.recorded == Some(Decision::Refuse) {
                self.found.add(line, CheckProblem::CareRefused { event, of: event });
            }
            if let Some(person) = traveller.person {
                let place =
                    *seen.entry((traveller.vehicle, on_foot, person)).or_insert(checks.len());
                if let Some(&Check { event: first, .. }) = checks.get(place) {
                    self.found.add(line, CheckProblem::ListedTwice { event, first });
                    by_event.insert(event, place);
                    continue;
                }
            }
            if let Some(vehicle) = traveller.vehicle {
                match vehicles.get_mut(&vehicle) {
                    None => self.found.add(line, CheckProblem::UnknownVehicle { event, vehicle }),
                    Some(of) => {
                        of.listed = of.listed.saturating_add(1);
                        if of.vehicle.post != traveller.post || traveller.at < of.vehicle.at {
                            self.found.add(line, CheckProblem::NotInVehicle { event, vehicle });
                        }
                    }
                }
            }
            by_event.insert(event, checks.len());
            checks.push(Check { event, traveller, ruling: rules.decide(&traveller), end: None });
        }
        (checks, by_event)
    }

    fn occupants(&mut self, vehicles: &BTreeMap<EventId, VehicleCheck>) {
        for line in self.lines {
            let Some(&VehicleCheck { event, vehicle, listed }) = vehicles.get(&line.event) else {
                continue;
            };
            let stated = vehicle.occupants;
            if stated != listed {
                self.found.add(line, CheckProblem::OccupantsDiffer { event, stated, listed });
            }
        }
    }

    fn hold_ends(&mut self, checks: &mut [Check], by_event: &BTreeMap<EventId, usize>) {
        let mut ended_by: BTreeMap<usize, EventId> = BTreeMap::new();
        for line in self.lines {
            let CheckAct::HoldEnd(end) = line.act else { continue };
            let (event, of) = (line.event, end.of);
            let Some(&at) = by_event.get(&of) else {
                self.found.add(line, CheckProblem::UnknownCheck { event, of });
                continue;
            };
            let check = &mut checks[at];
            let problem = if check.decision() != Decision::Hold {
                Some(CheckProblem::NotHeld { event, of })
            } else if end.at < check.traveller.at {
                Some(CheckProblem::EndedBefore { event, of })
            } else if let Some(&first) = ended_by.get(&at) {
                Some(CheckProblem::EndedTwice { event, of, first })
            } else {
                check.end = Some(end);
                ended_by.insert(at, event);
                let care = check.traveller.purpose == Purpose::EmergencyCare;
                let refused = care && end.outcome == HoldOutcome::Refused;
                refused.then_some(CheckProblem::CareRefused { event, of })
            };
            if let Some(problem) = problem {
                self.found.add(line, problem);
            }
        }
    }

    fn barriers(&mut self, register: &CheckRegister) {
        let passages = Passages::of(register);
        for line in self.lines {
            let CheckAct::Barrier(barrier) = line.act else { continue };
            let event = line.event;
            let here = passages.count(barrier.post, barrier.during);
            let there = (barrier.vehicles.into(), barrier.people.into());
            if let Some((vehicles, people)) = excess(there, here) {
                self.found.add(line, CheckProblem::Uncounted { event, vehicles, people });
            }
            if let Some((vehicles, people)) = excess(here, there) {
                self.found.add(line, CheckProblem::BarrierMissed { event, vehicles, people });
            }
        }
    }
}

/// How many vehicles and people more than others; `None` if there are none.
fn excess(of: (u64, u64), over: (u64, u64)) -> Option<(u64, u64)> {
    let more = (of.0.saturating_sub(over.0), of.1.saturating_sub(over.1));
    (more != (0, 0)).then_some(more)
}

/// How many came to each post before each moment.
struct Passages {
    /// Sorted.
    moments: Vec<(PostId, Timestamp)>,
    /// Vehicles and people before each moment and after the last, at all posts.
    before: Vec<(u64, u64)>,
}

impl Passages {
    fn of(register: &CheckRegister) -> Self {
        let tallies = register.tallies(|post, at| (post, at));
        let mut sum = (0, 0);
        let mut before = vec![sum];
        before.extend(tallies.values().map(|tally| {
            sum = (sum.0 + tally.vehicles, sum.1 + tally.people);
            sum
        }));
        Self { moments: tallies.into_keys().collect(), before }
    }

    /// Vehicles and people at a post. O(log n).
    fn count(&self, post: PostId, during: Interval) -> (u64, u64) {
        let before = |moment| self.before[self.moments.partition_point(|at| *at < (post, moment))];
        let (from, until) = (before(during.start()), before(during.end()));
        (until.0 - from.0, until.1 - from.1)
    }
}
