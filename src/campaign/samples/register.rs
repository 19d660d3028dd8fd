//! The register: read from the journal as of a time, and asked.

use std::fmt;

use rayon::slice::ParallelSliceMut;

use super::super::{Journal, Line, Stated};
use super::course::CourseReader;
use super::tally::tallies;
use super::tube::TubeReader;
use super::{
    Arrival, Certainty, Course, Positive, SampleAct, SampleProblem, SampleRules, State, Tallied,
    Tally, Tube,
};
use crate::contact::{Case, Protocol};
use crate::id::{PersonId, TubeId};
use crate::interval::{Day, Timestamp};
use crate::population::Population;
use crate::watch::{Cancelled, Progress, Watch};

/// Tubes or courses between two looks at the watch.
const STRETCH: usize = 1 << 16;

/// Who was sampled, in which tubes, and what follows, as of a time; see the [module](super).
///
/// Ids that are not in here have no tube, no course and no people, and their state is [`State::NotSampled`].
#[derive(Clone, PartialEq)]
pub struct SampleRegister {
    population: Population,
    rules: SampleRules,
    as_of: Timestamp,
    /// By id.
    tubes: Vec<Tube>,
    /// The people of all tubes in turn, those of each by id.
    people: Vec<PersonId>,
    /// Where the people of each tube begin.
    starts: Vec<usize>,
    /// By (round, person).
    courses: Vec<Course>,
    /// By person.
    positives: Vec<Positive>,
    tallies: Vec<Tallied>,
    waiting: Vec<Arrival>,
    problems: Vec<SampleProblem>,
    corrections: Vec<Line<SampleAct>>,
}

impl SampleRegister {
    /// Reads what stands in a journal as of a time. The population says who lives together, where people are found
    /// and when a day begins; whoever it does not have is an outsider.
    ///
    /// # Cost
    ///
    /// O(n log n) for n lines. In a household's tube also what it takes to look for its members.
    ///
    /// # Errors
    ///
    /// [`Cancelled`].
    pub fn read(
        journal: &Journal<SampleAct>,
        population: &Population,
        rules: SampleRules,
        as_of: Timestamp,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        step(watch, "sort acts", 0, 0)?;
        let offset = population.network().offset();
        let mut problems = Vec::new();
        let mut acts = journal.standing(as_of);
        acts.retain(|&Stated { event, act, .. }| {
            let fits = Day::of(act.at(), offset).is_some();
            if !fits {
                problems.push(SampleProblem::NoSuchDay { event });
            }
            fits
        });
        step(watch, "sort acts", 0, 0)?;
        acts.par_sort_unstable_by_key(|stated| (stated.act.tube(), stated.act.at(), stated.event));

        let mut read = TubeReader::default();
        let total = acts.len();
        let tubes = acts.chunk_by(|a, b| a.act.tube() == b.act.tube());
        each(tubes, total, "read tubes", watch, |acts| read.take(acts, population))?;
        drop(acts);
        let TubeReader { tubes, people, mut swabs, waiting, problems: of_tubes } = read;
        problems.extend(of_tubes);

        step(watch, "sort samples", 0, 0)?;
        swabs.par_sort_unstable_by_key(|swab| (swab.round, swab.person, swab.at, swab.event));
        let mut read = CourseReader::default();
        let courses = swabs.chunk_by(|a, b| (a.round, a.person) == (b.round, b.person));
        each(courses, swabs.len(), "read courses", watch, |swabs| read.take(swabs, &tubes, rules))?;
        drop(swabs);
        let CourseReader { courses, positives, problems: of_courses } = read;
        problems.extend(of_courses);

        step(watch, "sum up", 0, 0)?;
        problems.sort_by_cached_key(|problem| {
            let line = journal.find(problem.event());
            (line.map(|line| line.received), problem.event(), *problem)
        });
        let mut next = 0;
        let ends = tubes.iter().map(|tube| {
            next += tube.people as usize;
            next
        });
        Ok(Self {
            starts: std::iter::once(0).chain(ends).collect(),
            tallies: tallies(&courses, offset),
            positives: once_each(positives),
            corrections: journal.pending(as_of),
            population: population.clone(),
            rules,
            as_of,
            tubes,
            people,
            courses,
            waiting,
            problems,
        })
    }

    /// The time as of which it was read.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The rules by which it was read.
    #[must_use]
    pub fn rules(&self) -> SampleRules {
        self.rules
    }

    /// What does not fit, by the time of receipt and the event id of the line that shows it.
    #[must_use]
    pub fn problems(&self) -> &[SampleProblem] {
        &self.problems
    }

    /// The corrections of lines that have not been received, by time of receipt and event id.
    #[must_use]
    pub fn pending_corrections(&self) -> &[Line<SampleAct>] {
        &self.corrections
    }

    /// The tubes in which there are samples, by id.
    #[must_use]
    pub fn tubes(&self) -> &[Tube] {
        &self.tubes
    }

    /// A tube in which there is a sample. O(log n).
    #[must_use]
    pub fn tube(&self, tube: TubeId) -> Option<Tube> {
        Some(self.tubes[self.place(tube)?])
    }

    /// The people of a tube by id. O(log n).
    #[must_use]
    pub fn people(&self, tube: TubeId) -> &[PersonId] {
        match self.place(tube) {
            Some(place) => &self.people[self.starts[place]..self.starts[place + 1]],
            None => &[],
        }
    }

    fn place(&self, tube: TubeId) -> Option<usize> {
        self.tubes.binary_search_by_key(&tube, |row| row.tube).ok()
    }

    /// Who was sampled in which round, by (round, person).
    #[must_use]
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    /// What is known of a person in a round; `None` for somebody who was not sampled. O(log n).
    #[must_use]
    pub fn course(&self, round: u32, person: PersonId) -> Option<Course> {
        let key = |course: &Course| (course.round, course.person);
        let place = self.courses.binary_search_by_key(&(round, person), key).ok()?;
        Some(self.courses[place])
    }

    /// How a person stands in a round. O(log n).
    #[must_use]
    pub fn state(&self, round: u32, person: PersonId) -> State {
        self.course(round, person).map_or(State::NotSampled, |course| course.state)
    }

    /// Who is on hold, in walking order (building, door, household, person) and by round; outsiders last, by id.
    /// O(n + k log n) for k of n courses.
    #[must_use]
    pub fn on_hold(&self) -> Vec<Course> {
        self.walk(|course| course.state.is_on_hold())
    }

    /// Who is to be sampled again, singly, in walking order as [`on_hold`](Self::on_hold). O(n + k log n) for k of n courses.
    #[must_use]
    pub fn to_resample(&self) -> Vec<Course> {
        self.walk(|course| course.resample)
    }

    fn walk(&self, keep: impl Fn(&Course) -> bool) -> Vec<Course> {
        let network = self.population.network();
        let mut found: Vec<Course> = self.courses.iter().copied().filter(keep).collect();
        found.sort_by_cached_key(|course| {
            let position = self.population.resident_position(course.person);
            let home = position.and_then(|position| self.population.home_at(position));
            let door = home.map(|home| (network.position(home.building), home.door, home.id));
            (door.is_none(), door, course.person, course.round)
        });
        found
    }

    /// Who is positive, confirmed or provisionally, by person.
    #[must_use]
    pub fn positives(&self) -> &[Positive] {
        &self.positives
    }

    /// The cases that are as certain at least, by person, with the windows of a protocol: ready for a
    /// [`Tracer`](crate::contact::Tracer). Nobody is taken to be isolated: that is said of the
    /// [`Investigation`](crate::contact::Investigation).
    #[must_use]
    pub fn cases(&self, protocol: &Protocol, least: Certainty) -> Vec<Case> {
        let offset = self.population.network().offset();
        let positives = self.positives.iter().filter(|positive| positive.certainty >= least);
        let onsets = positives.filter_map(|positive| positive.onset(offset, None));
        onsets.filter_map(|onset| protocol.case(&onset, offset)).collect()
    }

    /// The numbers of every round, day and site, by (round, day, site).
    #[must_use]
    pub fn tallies(&self) -> &[Tallied] {
        &self.tallies
    }

    /// The sum of the numbers of some rounds, days and sites.
    #[must_use]
    pub fn tally(&self, keep: impl Fn(&Tallied) -> bool) -> Tally {
        let mut sum = Tally::default();
        for of in self.tallies.iter().filter(|of| keep(of)) {
            sum += of.tally;
        }
        sum
    }

    /// The tubes that are at a laboratory without a result, by id, each with its last arrival: what a
    /// [`forecast`](super::forecast()) starts from. Tubes whose samples are not recorded are among them.
    #[must_use]
    pub fn waiting(&self) -> &[Arrival] {
        &self.waiting
    }

    /// The tubes that have not come to any laboratory yet, by id.
    pub fn under_way(&self) -> impl Iterator<Item = TubeId> {
        let open = |tube: &&Tube| tube.arrived.is_none() && tube.reading == super::Reading::Pending;
        self.tubes.iter().filter(open).map(|tube| tube.tube)
    }
}

/// Each person once, as certain as in the surest round and sampled first in the earliest.
fn once_each(mut positives: Vec<Positive>) -> Vec<Positive> {
    positives.sort_unstable_by_key(|positive| (positive.person, positive.sampled));
    positives.dedup_by(|later, first| {
        let same = later.person == first.person;
        if same {
            first.certainty = first.certainty.max(later.certainty);
        }
        same
    });
    positives
}

/// Takes groups of rows one by one.
fn each<'a, T: 'a>(
    groups: impl Iterator<Item = &'a [T]>,
    total: usize,
    stage: &'static str,
    watch: &dyn Watch,
    mut take: impl FnMut(&[T]),
) -> Result<(), Cancelled> {
    let (mut done, mut looked) = (0, 0);
    for group in groups {
        if done >= looked {
            step(watch, stage, done as u64, total as u64)?;
            looked = done + STRETCH;
        }
        take(group);
        done += group.len();
    }
    Ok(())
}

fn step(watch: &dyn Watch, stage: &'static str, done: u64, total: u64) -> Result<(), Cancelled> {
    watch.check()?;
    watch.progress(Progress { stage, done, total });
    Ok(())
}

/// Shows how many tubes and courses there are.
impl fmt::Debug for SampleRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SampleRegister")
            .field("as_of", &self.as_of)
            .field("tubes", &self.tubes.len())
            .field("courses", &self.courses.len())
            .finish_non_exhaustive()
    }
}
