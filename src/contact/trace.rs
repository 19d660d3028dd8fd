//! The answer of a trace: who, in which tier, when, from whom and where.

#[cfg(feature = "serde")]
mod spec;

use std::ops::Range;

use rayon::prelude::*;

use super::chunks::{append, in_parallel, joined};
use super::index::Venue;
use super::investigation::{Case, Investigation};
use super::order::sort_by_digits;
use super::protocol::Direction;
use crate::id::{PersonId, PlaceId, dense};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Watch};

/// Changes that are put in order together.
const PART_ROWS: usize = 1 << 15;

/// Which rule put a person on the list; in the order that breaks ties of one second and source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Reason {
    /// A case of the investigation.
    IndexCase,
    /// A recorded link.
    DirectContact,
    /// Visits to one place.
    SharedPlace,
    /// Living together, by presence.
    Household,
    /// Several short contacts of the two that count together.
    Cumulative,
}

/// A person of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Traced {
    /// Who.
    pub person: PersonId,
    /// The least number of contacts that lead here from a case; 0 for a case.
    pub tier: u32,
    /// The first exposure among chains of `tier` contacts. Backward: the latest moment from which the
    /// person can have carried the infection along such a chain. A case: the start of its window.
    pub first_exposure: Timestamp,
    /// The first exposure (backward: the latest such moment) among all chains within the tier limit.
    pub earliest: Timestamp,
    /// The other person of the contact at `first_exposure`; `None` for a case. Of several the smallest
    /// id, then a link, the smallest place, the household, short contacts together.
    pub source: Option<PersonId>,
    /// Where that contact was; `None` unless it was at a place.
    pub place: Option<PlaceId>,
    /// Which rule that contact counts by.
    pub reason: Reason,
    /// Whether `first_exposure` rests on a visit whose end is an outer bound (see
    /// [`ContactIndexBuilder::visits_with_unknown_end`](super::ContactIndexBuilder::visits_with_unknown_end)):
    /// had such visits ended earlier, the person might not be here, be here in a higher tier, or have another
    /// first exposure or source. Otherwise all but `earliest` holds whenever they ended.
    #[cfg_attr(feature = "serde", serde(default))]
    pub outer_bound: bool,
}

/// A better label that a round brought: how a longer chain exposed a person earlier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "spec::ChangeSpec")
)]
pub struct Change {
    /// Who.
    pub person: PersonId,
    /// The round: the number of contacts in the chain from a case.
    pub round: u32,
    /// Which of the cases' windows the chain keeps to: the rank of its start among the distinct ones of
    /// a backward trace; 0 in a forward trace.
    pub group: u32,
    /// The first exposure along such a chain (backward: the latest moment from which to carry).
    pub time: Timestamp,
    /// The person before them in the chain.
    pub source: PersonId,
    /// Where the two met; `None` unless it was at a place.
    pub place: Option<PlaceId>,
    /// Which rule their contact counts by.
    pub reason: Reason,
    /// Whether this rests on a visit whose end is an outer bound: without such visits, the contacts of the
    /// two by that rule at that place would not come at that time, or the source's label rests on one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "std::ops::Not::not"))]
    pub outer_bound: bool,
}

/// A change as rounds make it and a trace keeps it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Step {
    pub(super) person: u32,
    pub(super) round: u32,
    pub(super) group: u32,
    /// Seconds after the base of the trace.
    pub(super) time: u32,
    pub(super) source: u32,
    /// The number of the venue, see [`Parts::code`](super::index::Parts::code).
    pub(super) venue: u32,
}

/// Everybody whom an investigation reached, with what each round changed.
///
/// Holds one row for each person reached and one for each time that a round bettered a label: as much as
/// the trace had to do, and nothing of the size of the index.
#[derive(Clone, Debug)]
pub struct Trace {
    investigation: Investigation,
    /// By (tier, first exposure, person).
    people: Vec<Traced>,
    /// The indexes of `people`, by person.
    by_person: Vec<u32>,
    /// What the times of the steps count from, in seconds since the Unix epoch.
    base: i64,
    /// The number of places when it was made: venues are numbered after them.
    places: u32,
    /// By (person, round, group).
    steps: Vec<Step>,
    /// Those steps that rest on visits whose ends are outer bounds, in the same order.
    outer_bounds: Vec<Step>,
}

/// The same question and the same changes.
impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        let changes = self.steps.iter().map(|step| self.change(step));
        self.investigation == other.investigation
            && changes.eq(other.steps.iter().map(|step| other.change(step)))
    }
}

impl Eq for Trace {}

impl Trace {
    /// From what each round changed, by person in each round.
    pub(super) fn new(
        investigation: Investigation,
        (base, places): (i64, u32),
        rounds: Vec<Vec<Step>>,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let steps = merged(rounds, watch)?;
        let (people, by_person, outer_bounds) = (Vec::new(), Vec::new(), Vec::new());
        let mut trace =
            Self { investigation, people, by_person, base, places, steps, outer_bounds };
        trace.put_in_order(watch)?;
        Ok(trace)
    }

    /// The same with these of its steps, in their order, resting on outer bounds.
    pub(super) fn with_outer_bounds(mut self, steps: Vec<Step>) -> Self {
        if steps.is_empty() {
            return self;
        }
        self.outer_bounds = steps;
        let mut people = std::mem::take(&mut self.people);
        people.par_iter_mut().for_each(|traced| {
            let first = self.improvements(traced.person).next();
            traced.outer_bound = first.is_some_and(|change| change.outer_bound);
        });
        self.people = people;
        self
    }

    /// Fills in the people from the cases and the steps.
    fn put_in_order(&mut self, watch: &dyn Watch) -> Result<(), Cancelled> {
        let reached = in_parallel(parts_by_person(&self.steps), watch, |steps| {
            let of_one = steps.chunk_by(|a, b| a.person == b.person);
            of_one.map(|steps| self.reached(steps)).collect::<Vec<Reached>>()
        })?;
        let reached = joined(reached, watch)?;
        let keys = reached.iter().zip(0..).map(|(reached, at)| {
            (u64::from(reached.first.round) << 32 | u64::from(reached.first.time), at)
        });
        // The order within both is by person, as it was.
        let sorted = sort_by_digits(keys.collect(), |&(key, _): &(u64, u32)| key, watch)?;
        let mut cases = self.investigation.cases().to_vec();
        cases.sort_unstable_by_key(|case| (case.from, case.person));
        let mut people: Vec<Traced> = cases.iter().map(traced_case).collect();
        append(&mut people, &sorted, watch, |&(_, at)| self.traced(&reached[at as usize]))?;
        let mut places = vec![0; reached.len()];
        for (&(_, at), place) in sorted.iter().zip(dense(cases.len())..) {
            places[at as usize] = place;
        }
        watch.check()?;
        let mut cases: Vec<(u32, u32)> =
            cases.iter().map(|case| case.person.get()).zip(0..).collect();
        cases.sort_unstable();
        let mut cases = cases.into_iter().peekable();
        let mut by_person = Vec::with_capacity(people.len());
        for (reached, place) in reached.iter().zip(places) {
            while let Some((_, case)) = cases.next_if(|case| case.0 < reached.first.person) {
                by_person.push(case);
            }
            by_person.push(place);
        }
        by_person.extend(cases.map(|(_, case)| case));
        (self.people, self.by_person) = (people, by_person);
        Ok(())
    }

    /// The person with these steps.
    fn reached(&self, of_one: &[Step]) -> Reached {
        let best = |a: u32, b: u32| match self.investigation.protocol().direction() {
            Direction::Forward => a.min(b),
            Direction::Backward => a.max(b),
        };
        let first = *self.first_of(of_one);
        Reached { first, earliest: of_one.iter().map(|step| step.time).fold(first.time, best) }
    }

    /// What is told of somebody reached.
    fn traced(&self, Reached { first, earliest }: &Reached) -> Traced {
        let first = self.change(first);
        Traced {
            person: first.person,
            tier: first.round,
            first_exposure: first.time,
            earliest: self.moment(*earliest),
            source: Some(first.source),
            place: first.place,
            reason: first.reason,
            outer_bound: false,
        }
    }

    /// The moment of a step's time.
    pub(super) fn moment(&self, time: u32) -> Timestamp {
        Timestamp::from_seconds(self.base + i64::from(time))
    }

    fn change(&self, step: &Step) -> Change {
        let (reason, place) = Venue::of(step.venue, self.places).reason();
        Change {
            person: PersonId::new(step.person),
            round: step.round,
            group: step.group,
            time: self.moment(step.time),
            source: PersonId::new(step.source),
            place,
            reason,
            outer_bound: self.outer_bounds.binary_search(step).is_ok(),
        }
    }

    /// The best of the steps of the first round among steps of one person.
    fn first_of<'a>(&self, steps: &'a [Step]) -> &'a Step {
        let of_round = steps.iter().take_while(|step| step.round == steps[0].round);
        let best = of_round.min_by_key(|step| {
            // Both are the same clock; the complement turns the later time into the smaller number.
            let time = match self.investigation.protocol().direction() {
                Direction::Forward => step.time,
                Direction::Backward => !step.time,
            };
            (time, step.source, step.venue)
        });
        best.unwrap_or(&steps[0])
    }

    /// The question that this answers.
    #[must_use]
    pub fn investigation(&self) -> &Investigation {
        &self.investigation
    }

    /// Everybody, by (tier, first exposure, person); the cases are tier 0.
    #[must_use]
    pub fn people(&self) -> &[Traced] {
        &self.people
    }

    /// The people of one tier, by (first exposure, person). O(log n).
    #[must_use]
    pub fn in_tier(&self, tier: u32) -> &[Traced] {
        let first = self.people.partition_point(|traced| traced.tier < tier);
        let end = self.people.partition_point(|traced| traced.tier <= tier);
        &self.people[first..end]
    }

    /// The number of people in each tier, tier 0 first, up to the last tier that has any. A tier between
    /// can be empty: a chain may need a person's later, better label to go on.
    #[must_use]
    pub fn people_by_tier(&self) -> Vec<usize> {
        let tiers = self.people.last().map_or(0, |traced| traced.tier + 1);
        (0..tiers).map(|tier| self.in_tier(tier).len()).collect()
    }

    /// What is known of a person; `None` for somebody not reached. O(log n).
    #[must_use]
    pub fn get(&self, person: PersonId) -> Option<&Traced> {
        let of = |&at: &u32| self.people[at as usize].person;
        let at = self.by_person.binary_search_by_key(&person, of).ok()?;
        Some(&self.people[self.by_person[at] as usize])
    }

    /// The improvements of a person's label, by number of contacts: the first one is the tier's, each
    /// later one comes from a longer chain and is strictly earlier (backward: later). Empty for a case.
    pub fn improvements(&self, person: PersonId) -> impl Iterator<Item = Change> {
        let direction = self.investigation.protocol().direction();
        let mut best = None;
        self.steps_of(person).chunk_by(|a, b| a.round == b.round).filter_map(move |round| {
            let change = self.change(self.first_of(round));
            let improves = best.is_none_or(|best| {
                best != change.time && better(direction, best, change.time) == change.time
            });
            improves.then(|| {
                best = Some(change.time);
                change
            })
        })
    }

    /// How a person was reached: the contact that set their tier, then the contact that reached its
    /// source in time, and so on back to a case; `tier` contacts in all. Empty for a case or somebody
    /// not reached.
    #[must_use]
    pub fn chain(&self, person: PersonId) -> Vec<Change> {
        let mut chain = Vec::new();
        let mut next = self.improvements(person).next();
        while let Some(change) = next {
            chain.push(change);
            next = match change.round {
                0 | 1 => None,
                round => self.label(change.source, change.group, round - 1),
            };
        }
        chain
    }

    /// The label of a person after a round, in one group of windows; `None` before they were reached,
    /// and for a case.
    pub(super) fn label(&self, person: PersonId, group: u32, round: u32) -> Option<Change> {
        self.label_at(person, group, round).map(|at| self.change(&self.steps[at]))
    }

    /// The number of the step that made the label.
    pub(super) fn label_at(&self, person: PersonId, group: u32, round: u32) -> Option<usize> {
        let earlier = |step: &Step| step.round <= round && step.group == group;
        self.numbers_of(person).rfind(|&at| earlier(&self.steps[at]))
    }

    /// The changes of each round as something else, by person; `None` where one cannot be.
    pub(super) fn steps_by_round<T>(
        &self,
        turn: impl Fn(&Change) -> Option<T>,
    ) -> Option<Vec<Vec<T>>> {
        let last = self.steps.iter().map(|step| step.round as usize).max();
        let mut rounds: Vec<Vec<T>> = Vec::new();
        rounds.resize_with(last.unwrap_or(0), Vec::new);
        for step in &self.steps {
            rounds[step.round as usize - 1].push(turn(&self.change(step))?);
        }
        Some(rounds)
    }

    fn steps_of(&self, person: PersonId) -> &[Step] {
        &self.steps[self.numbers_of(person)]
    }

    /// The numbers of a person's steps.
    fn numbers_of(&self, person: PersonId) -> Range<usize> {
        let first = self.steps.partition_point(|step| step.person < person.get());
        let end = self.steps.partition_point(|step| step.person <= person.get());
        first..end
    }

    /// The numbers of everybody in [`Trace::people`], by person.
    pub(super) fn by_person(&self) -> &[u32] {
        &self.by_person
    }

    /// Every step, by (person, round, group).
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// Somebody reached: their first step, and the best time of all.
#[derive(Clone, Copy)]
struct Reached {
    first: Step,
    earliest: u32,
}

fn traced_case(case: &Case) -> Traced {
    Traced {
        person: case.person,
        tier: 0,
        first_exposure: case.from,
        earliest: case.from,
        source: None,
        place: None,
        reason: Reason::IndexCase,
        outer_bound: false,
    }
}

/// Steps cut into parts of about [`PART_ROWS`], each with all steps of its people.
fn parts_by_person(steps: &[Step]) -> Vec<&[Step]> {
    let (mut rest, mut parts) = (steps, Vec::new());
    while !rest.is_empty() {
        let last = rest[rest.len().min(PART_ROWS) - 1].person;
        let more = rest[rest.len().min(PART_ROWS)..].iter();
        let more = more.take_while(|step| step.person == last).count();
        let (part, later) = rest.split_at(rest.len().min(PART_ROWS) + more);
        parts.push(part);
        rest = later;
    }
    parts
}

/// The steps of all rounds by (person, round, group); each round is by person.
fn merged(mut rounds: Vec<Vec<Step>>, watch: &dyn Watch) -> Result<Vec<Step>, Cancelled> {
    rounds.retain(|steps| !steps.is_empty());
    if rounds.len() < 2 {
        return Ok(rounds.pop().unwrap_or_default());
    }
    rounds.sort_unstable_by_key(|steps| (steps[0].round, steps[0].group));
    let rows: usize = rounds.iter().map(Vec::len).sum();
    let largest = rounds.iter().max_by_key(|round| round.len());
    let parts = rows / PART_ROWS + 1;
    let cut = |part: usize| largest.and_then(|round| round.get(part * round.len() / parts));
    let mut work = Vec::with_capacity(parts);
    let mut first = 0;
    for part in 1..=parts {
        let end = cut(part).filter(|_| part < parts).map_or(u32::MAX, |step| step.person);
        work.push(first..end);
        first = end;
    }
    let parts = in_parallel(work, watch, |people| {
        let before = |round: &[Step], person| round.partition_point(|step| step.person < person);
        let of_part = rounds
            .iter()
            .map(|round| &round[before(round, people.start)..before(round, people.end)]);
        let of_part: Vec<&[Step]> = of_part.collect();
        sort_by_digits(of_part.concat(), |step| step.person.into(), watch)
    })?;
    joined(parts.into_iter().collect::<Result<_, Cancelled>>()?, watch)
}

/// The better of two times: the earlier one forward, the later one backward.
fn better(direction: Direction, a: Timestamp, b: Timestamp) -> Timestamp {
    match direction {
        Direction::Forward => a.min(b),
        Direction::Backward => a.max(b),
    }
}
