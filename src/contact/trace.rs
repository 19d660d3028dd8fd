//! The answer of a trace: who, in which tier, when, from whom and where.

use super::investigation::{Case, Investigation};
use super::protocol::Direction;
use crate::id::{PersonId, PlaceId};
use crate::interval::Timestamp;

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
    /// id, then the smallest place, a link before any place.
    pub source: Option<PersonId>,
    /// Where that contact was; `None` for a case or a link.
    pub place: Option<PlaceId>,
}

/// A better label that a round brought: how a longer chain exposed a person earlier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// Where the two met; `None` for a link.
    pub place: Option<PlaceId>,
}

/// Everybody whom an investigation reached, with what each round changed.
///
/// Holds one row for each person reached and one for each time that a round bettered a label: as much as
/// the trace had to do, and nothing of the size of the index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    investigation: Investigation,
    /// By (tier, first exposure, person).
    people: Vec<Traced>,
    /// The indexes of `people`, by person.
    by_person: Vec<u32>,
    /// By (person, round, group).
    changes: Vec<Change>,
}

impl Trace {
    pub(super) fn new(investigation: Investigation, mut changes: Vec<Change>) -> Self {
        changes.sort_unstable_by_key(|change| (change.person, change.round, change.group));
        let direction = investigation.protocol().direction();
        let case = |case: &Case| Traced {
            person: case.person,
            tier: 0,
            first_exposure: case.from,
            earliest: case.from,
            source: None,
            place: None,
        };
        let reached = changes.chunk_by(|a, b| a.person == b.person).filter_map(|of_one| {
            let first = first_of(direction, of_one)?;
            let earliest = of_one.iter().map(|change| change.time);
            Some(Traced {
                person: first.person,
                tier: first.round,
                first_exposure: first.time,
                earliest: earliest.reduce(|a, b| better(direction, a, b)).unwrap_or(first.time),
                source: Some(first.source),
                place: first.place,
            })
        });
        let mut people: Vec<Traced> =
            investigation.cases().iter().map(case).chain(reached).collect();
        people.sort_unstable_by_key(|traced| (traced.tier, traced.first_exposure, traced.person));
        let mut by_person: Vec<u32> = (0..crate::id::dense(people.len())).collect();
        by_person.sort_unstable_by_key(|&at| people[at as usize].person);
        Self { investigation, people, by_person, changes }
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
    pub fn improvements(&self, person: PersonId) -> impl Iterator<Item = &Change> {
        let direction = self.investigation.protocol().direction();
        let mut best = None;
        self.changes_of(person).chunk_by(|a, b| a.round == b.round).filter_map(move |round| {
            let change = first_of(direction, round)?;
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
            chain.push(*change);
            next = match change.round {
                0 | 1 => None,
                round => self.label(change.source, change.group, round - 1),
            };
        }
        chain
    }

    /// The label of a person after a round, in one group of windows; `None` before they were reached,
    /// and for a case.
    pub(super) fn label(&self, person: PersonId, group: u32, round: u32) -> Option<&Change> {
        let earlier = |change: &&Change| change.round <= round && change.group == group;
        self.changes_of(person).iter().rfind(earlier)
    }

    /// Every change, in no stated order.
    pub(super) fn changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    fn changes_of(&self, person: PersonId) -> &[Change] {
        let first = self.changes.partition_point(|change| change.person < person);
        let end = self.changes.partition_point(|change| change.person <= person);
        &self.changes[first..end]
    }
}

/// The better of two times: the earlier one forward, the later one backward.
fn better(direction: Direction, a: Timestamp, b: Timestamp) -> Timestamp {
    match direction {
        Direction::Forward => a.min(b),
        Direction::Backward => a.max(b),
    }
}

/// The best change of the first round among changes of one person.
fn first_of(direction: Direction, changes: &[Change]) -> Option<&Change> {
    let round = changes.first()?.round;
    changes.iter().take_while(|change| change.round == round).min_by_key(|change| {
        // Both are the same clock; the complement turns the later time into the smaller number.
        let time = match direction {
            Direction::Forward => change.time.seconds(),
            Direction::Backward => !change.time.seconds(),
        };
        (time, change.source, change.place)
    })
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Case, Change, Direction, Investigation, PersonId, Timestamp, Trace, better};
    use crate::contact::tracer::groups;
    use crate::format::Format;

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Spec {
        format: Format<1>,
        investigation: Investigation,
        changes: Vec<Change>,
    }

    impl serde::Serialize for Trace {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let (investigation, changes) = (self.investigation.clone(), self.changes.clone());
            Spec { format: Format, investigation, changes }.serialize(serializer)
        }
    }

    impl<'de> serde::Deserialize<'de> for Trace {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Spec { investigation, changes, .. } = Spec::deserialize(deserializer)?;
            investigation.check(u32::MAX).map_err(serde::de::Error::custom)?;
            let trace = Self::new(investigation, changes);
            match trace.broken() {
                None => Ok(trace),
                Some(change) => Err(serde::de::Error::custom(format_args!(
                    "round {} of {:?} cannot have happened",
                    change.round, change.person
                ))),
            }
        }
    }

    impl Trace {
        /// A change that no trace of this investigation makes, whatever the index: the first one found.
        fn broken(&self) -> Option<&Change> {
            let (protocol, groups) = (self.investigation.protocol(), groups(&self.investigation));
            let cases = groups.iter().flatten();
            let mut cases: Vec<PersonId> = cases.map(|case| case.person).collect();
            cases.sort_unstable();
            let betters = |old: Timestamp, new: Timestamp| {
                old != new && better(protocol.direction(), old, new) == new
            };
            let mut last: Option<&Change> = None;
            self.changes.iter().find(|change| {
                let known = cases.binary_search(&change.person).is_ok();
                let in_limits = (1..=protocol.tiers()).contains(&change.round);
                let again = last.is_some_and(|last| {
                    (last.person, last.round, last.group)
                        == (change.person, change.round, change.group)
                });
                last = Some(change);
                let worse = self
                    .label(change.person, change.group, change.round.saturating_sub(1))
                    .is_some_and(|before| !betters(before.time, change.time));
                known || !in_limits || again || worse || !self.follows(change, &groups)
            })
        }

        /// Whether the source carries in time for a change: it is a case of the group, or changed in the
        /// round before (whoever did not had offered the same contact a round earlier).
        fn follows(&self, change: &Change, groups: &[Vec<Case>]) -> bool {
            let protocol = self.investigation.protocol();
            let latency = i64::from(protocol.latency());
            let Some(cases) = groups.get(change.group as usize) else { return false };
            let case = cases.binary_search_by_key(&change.source, |case| case.person);
            let case = case.ok().map(|at| &cases[at]).filter(|_| change.round == 1);
            let label = self
                .label(change.source, change.group, change.round.saturating_sub(1))
                .filter(|label| label.round + 1 == change.round);
            match protocol.direction() {
                Direction::Forward => {
                    let from_case = case.is_some_and(|case| case.from <= change.time);
                    let carries = |label: &Change| label.time.saturating_add(latency);
                    from_case || label.is_some_and(|label| carries(label) <= change.time)
                }
                Direction::Backward => {
                    let to_case = case.is_some_and(|case| {
                        case.from <= change.time
                            && case.until.is_none_or(|until| change.time < until)
                    });
                    let exposed = |label: &Change| label.time.saturating_add(-latency);
                    to_case || label.is_some_and(|label| change.time <= exposed(label))
                }
            }
        }
    }
}
