//! What follows for a tube from everything that is stated of it.

use std::collections::BTreeSet;

use super::super::{EventId, Stated};
use super::{Arrival, Finding, Sample, SampleAct, SampleProblem, TubeKind};
use crate::id::{HouseholdId, LaboratoryId, PersonId, PostId, TubeId, dense};
use crate::interval::Timestamp;
use crate::population::Population;

/// What the results of a tube come to; see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Reading {
    /// No result yet.
    Pending,
    /// All its people are clear.
    Negative,
    /// One of its people at least is positive.
    PoolPositive,
    /// Its one person is positive.
    Positive,
    /// Nothing can be said of its people.
    Invalid,
    /// Lost, and without a result.
    Lost,
}

/// A tube in which there is a sample, and what is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tube {
    /// The tube.
    pub tube: TubeId,
    /// Its kind, as its first sample says.
    pub kind: TubeKind,
    /// The site, as its first sample says.
    pub site: PostId,
    /// The round, as its first sample says.
    pub round: u32,
    /// How many people are recorded in it.
    pub people: u32,
    /// What its results come to.
    pub reading: Reading,
    /// Whether its record contradicts itself, so that it clears nobody.
    pub doubtful: bool,
    /// The first time at which it was lost, or had a positive or invalid result, or, if doubtful, any: from then
    /// on its people had to be sampled again.
    pub opened: Option<Timestamp>,
    /// Where and when it came to a laboratory last.
    pub arrived: Option<Arrival>,
}

impl Tube {
    /// Whether its result is that of one person.
    pub(super) fn is_single(&self) -> bool {
        self.kind == TubeKind::Single && !self.doubtful
    }
}

/// A sample in a tube, as far as the state of its person needs it.
#[derive(Clone, Copy)]
pub(super) struct Swab {
    pub(super) round: u32,
    pub(super) person: PersonId,
    pub(super) at: Timestamp,
    pub(super) event: EventId,
    pub(super) site: PostId,
    /// The place of the tube among all.
    pub(super) tube: u32,
}

/// All tubes by id, and what is read off them.
#[derive(Default)]
pub(super) struct TubeReader {
    pub(super) tubes: Vec<Tube>,
    /// The people of all tubes in turn, those of each by id.
    pub(super) people: Vec<PersonId>,
    /// Each sample, but the second ones of a person in a tube and round.
    pub(super) swabs: Vec<Swab>,
    /// The tubes that wait in a laboratory.
    pub(super) waiting: Vec<Arrival>,
    pub(super) problems: Vec<SampleProblem>,
}

impl TubeReader {
    /// Takes the acts of one tube by (time, event), the tubes in their order.
    pub(super) fn take(&mut self, stated: &[Stated<SampleAct>], population: &Population) {
        let Some(tube) = stated.first().map(|stated| stated.act.tube()) else { return };
        let facts = Facts { tube, stated };
        let arrived = facts.arrivals().last();
        self.waiting.extend(arrived.filter(|_| facts.is_open()));
        let Some((first, of)) = facts.samples().next() else {
            let events = stated.iter().map(|stated| stated.event);
            self.problems.extend(events.map(|event| SampleProblem::NoSamples { event, tube }));
            return;
        };
        let people = facts.people(&mut self.problems);
        let mut doubtful = facts.reused(first, &of, &mut self.problems);
        doubtful |= facts.miscounted(of.kind, &people, &mut self.problems);
        doubtful |= facts.untimely(&mut self.problems);
        if of.kind == TubeKind::Household {
            facts.check_household(&people, population, &mut self.problems);
        }
        let lost = facts.lost();
        let results = facts.results(lost.map(|(event, _)| event), &mut self.problems);
        let lost = lost.map(|(_, at)| at);
        doubtful |= lost.is_some() && results.standing.is_some();
        let reading = match results.standing {
            Some(Finding::Positive) if of.kind == TubeKind::Single && !doubtful => {
                Reading::Positive
            }
            Some(Finding::Positive) => Reading::PoolPositive,
            Some(Finding::Negative) if !doubtful => Reading::Negative,
            Some(_) => Reading::Invalid,
            None if lost.is_some() => Reading::Lost,
            None => Reading::Pending,
        };
        let opening = if doubtful { results.first } else { results.first_unclear };
        self.add_swabs(&facts);
        self.people.extend(people.iter().map(|seen| seen.person));
        self.tubes.push(Tube {
            tube,
            kind: of.kind,
            site: of.site,
            round: of.round,
            people: dense(people.len()),
            reading,
            doubtful,
            opened: opening.into_iter().chain(lost).min(),
            arrived,
        });
    }

    /// Adds the samples of the tube that comes next: the first one of each person and round.
    fn add_swabs(&mut self, facts: &Facts<'_>) {
        let tube = dense(self.tubes.len());
        let samples = facts.samples().map(|(event, sample)| {
            let Sample { round, person, at, site, .. } = sample;
            Swab { round, person, at, event, site, tube }
        });
        let mut added: Vec<Swab> = samples.collect();
        added.sort_unstable_by_key(|swab| (swab.round, swab.person, swab.at, swab.event));
        added.dedup_by_key(|swab| (swab.round, swab.person));
        self.swabs.append(&mut added);
    }
}

/// A person of a tube, and where they come first in it.
struct Seen {
    person: PersonId,
    /// The place among the samples of the tube.
    place: usize,
    event: EventId,
}

/// What the results of a tube come to.
#[derive(Default)]
struct Results {
    standing: Option<Finding>,
    /// The time of the first one.
    first: Option<Timestamp>,
    /// The time of the first one that is not negative.
    first_unclear: Option<Timestamp>,
}

/// The acts of one tube by (time, event).
struct Facts<'a> {
    tube: TubeId,
    stated: &'a [Stated<SampleAct>],
}

impl Facts<'_> {
    fn samples(&self) -> impl Iterator<Item = (EventId, Sample)> {
        self.stated.iter().filter_map(|stated| match stated.act {
            SampleAct::Taken(sample) => Some((stated.event, sample)),
            _ => None,
        })
    }

    /// The acts that are no samples.
    fn others(&self) -> impl Iterator<Item = &Stated<SampleAct>> {
        self.stated.iter().filter(|stated| !matches!(stated.act, SampleAct::Taken(_)))
    }

    fn arrivals(&self) -> impl Iterator<Item = Arrival> {
        self.stated.iter().filter_map(|stated| match stated.act {
            SampleAct::Arrived(arrival) => Some(arrival),
            _ => None,
        })
    }

    /// The first loss.
    fn lost(&self) -> Option<(EventId, Timestamp)> {
        self.stated.iter().find_map(|stated| match stated.act {
            SampleAct::Lost { at, .. } => Some((stated.event, at)),
            _ => None,
        })
    }

    /// Whether there is neither a result nor a loss.
    fn is_open(&self) -> bool {
        let closes =
            |act: &SampleAct| matches!(act, SampleAct::Result { .. } | SampleAct::Lost { .. });
        !self.stated.iter().any(|stated| closes(&stated.act))
    }

    /// The people by id; names those who are in the tube again.
    fn people(&self, problems: &mut Vec<SampleProblem>) -> Vec<Seen> {
        let samples = self.samples().zip(0..);
        let mut people: Vec<Seen> = samples
            .map(|((event, sample), place)| Seen { person: sample.person, place, event })
            .collect();
        people.sort_unstable_by_key(|seen| (seen.person, seen.place));
        people.dedup_by(|again, first| {
            let same = again.person == first.person;
            if same {
                let Seen { person, event, .. } = *again;
                let (tube, first) = (self.tube, first.event);
                problems.push(SampleProblem::TwiceInTube { event, tube, person, first });
            }
            same
        });
        people
    }

    /// Names samples that differ from the first one; says whether there are any.
    fn reused(&self, first: EventId, of: &Sample, problems: &mut Vec<SampleProblem>) -> bool {
        let tube = self.tube;
        let before = problems.len();
        for (event, sample) in self.samples() {
            if sample.site != of.site {
                problems.push(SampleProblem::TwoSites { event, tube, first });
            }
            if sample.kind != of.kind {
                problems.push(SampleProblem::TwoKinds { event, tube, first });
            }
            if sample.round != of.round {
                problems.push(SampleProblem::TwoRounds { event, tube, first });
            }
        }
        problems.len() > before
    }

    /// Names wrong counts; says whether there are too many people, or fewer swabs than people.
    fn miscounted(
        &self,
        kind: TubeKind,
        people: &[Seen],
        problems: &mut Vec<SampleProblem>,
    ) -> bool {
        let (tube, recorded) = (self.tube, dense(people.len()));
        let capacity = kind.capacity().unwrap_or(u32::MAX);
        let mut doubtful = recorded > capacity;
        if doubtful {
            let mut by_place: Vec<_> = people.iter().map(|seen| (seen.place, seen.event)).collect();
            by_place.sort_unstable();
            let (_, event) = by_place[capacity as usize];
            problems.push(SampleProblem::TooManyPeople { event, tube, kind, people: recorded });
        }
        for stated in self.others() {
            let (event, SampleAct::Sealed { count, .. }) = (stated.event, stated.act) else {
                continue;
            };
            if count > capacity {
                problems.push(SampleProblem::TooManyPeople { event, tube, kind, people: count });
            }
            if count != recorded {
                let (counted, recorded) = (count, recorded);
                problems.push(SampleProblem::CountDiffers { event, tube, counted, recorded });
            }
            doubtful |= count > capacity || count < recorded;
        }
        doubtful
    }

    /// Names what happened before the last sample was taken; says whether it came to a laboratory or had a result by
    /// then.
    fn untimely(&self, problems: &mut Vec<SampleProblem>) -> bool {
        let Some((sample, last)) = self.samples().last() else { return false };
        let tube = self.tube;
        let mut doubtful = false;
        for stated in self.others().take_while(|stated| stated.act.at() < last.at) {
            problems.push(SampleProblem::BeforeSample { event: stated.event, tube, sample });
            doubtful |= matches!(stated.act, SampleAct::Result { .. } | SampleAct::Arrived(_));
        }
        doubtful
    }

    /// Names whoever does not belong into the tube of a household, and the first one who is missing.
    fn check_household(
        &self,
        people: &[Seen],
        population: &Population,
        problems: &mut Vec<SampleProblem>,
    ) {
        let tube = self.tube;
        let residents = self.samples().filter_map(|(event, sample)| {
            Some((event, population.household_of(sample.person)?, sample))
        });
        let mut home: Option<(EventId, HouseholdId)> = None;
        for (event, household, _) in residents {
            let (first, of) = *home.get_or_insert((event, household));
            if household != of {
                problems.push(SampleProblem::SeveralHouseholds { event, tube, first });
            }
        }
        let closing = self.others().next().map(|stated| stated.event);
        let (Some((_, household)), Some(event)) = (home, closing) else { return };
        let Some((_, first)) = self.samples().next() else { return };
        let missing = population.members(household).find(|&person| {
            people.binary_search_by_key(&person, |seen| seen.person).is_err()
                && population.is_present(person, first.at)
        });
        problems.extend(missing.map(|person| SampleProblem::IncompleteHousehold {
            event,
            tube,
            household,
            person,
        }));
    }

    /// Reads the results, and names those that contradict others, came of a lost tube or from the wrong laboratory.
    fn results(&self, lost: Option<EventId>, problems: &mut Vec<SampleProblem>) -> Results {
        let tube = self.tube;
        let came = self.arrivals().next().is_some();
        let mut been: BTreeSet<LaboratoryId> = BTreeSet::new();
        let mut decided: Option<(EventId, Finding)> = None;
        let mut results = Results::default();
        for &Stated { event, act, .. } in self.stated {
            match act {
                SampleAct::Arrived(arrival) => {
                    been.insert(arrival.laboratory);
                }
                SampleAct::Result { laboratory, finding, at, .. } => {
                    if came && !been.contains(&laboratory) {
                        problems.push(SampleProblem::NotArrived { event, tube, laboratory });
                    }
                    if let Some(lost) = lost {
                        problems.push(SampleProblem::ResultOfLost { event, tube, lost });
                    }
                    if let Some((earlier, _)) = decided.filter(|&(_, other)| other != finding) {
                        problems.push(SampleProblem::Contradiction { event, tube, earlier });
                    }
                    if finding != Finding::Invalid {
                        decided = Some((event, finding));
                    }
                    results.add(finding, at);
                }
                _ => {}
            }
        }
        results
    }
}

impl Results {
    /// A result that is later than the others.
    fn add(&mut self, finding: Finding, at: Timestamp) {
        if self.standing != Some(Finding::Positive) {
            self.standing = Some(finding);
        }
        self.first.get_or_insert(at);
        if finding != Finding::Negative {
            self.first_unclear.get_or_insert(at);
        }
    }
}
