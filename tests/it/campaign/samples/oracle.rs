//! What the register must say, read from its definitions with sets and maps, one question at a time.

use std::collections::{BTreeMap, BTreeSet};

use epitier::campaign::samples::{
    Arrival, Certainty, Course, Finding, Positive, Reading, Sample, SampleAct, SampleProblem,
    State, Tallied, Tally, Tube, TubeKind,
};
use epitier::campaign::{EventId, Stated};
use epitier::population::Population;
use epitier::{Day, PersonId, Timestamp, TubeId};

type Key = (Timestamp, EventId);

/// What stands, apart by tube.
pub(super) struct Model<'a> {
    population: &'a Population,
    needed: usize,
    received: BTreeMap<EventId, Timestamp>,
    /// Everything of a tube by (time, event).
    tubes: BTreeMap<TubeId, BTreeMap<Key, SampleAct>>,
    /// The tubes of each course by (time, event), each once.
    courses: BTreeMap<(u32, PersonId), BTreeMap<Key, TubeId>>,
    outside: Vec<EventId>,
}

/// A tube, and whatever does not fit there.
struct Of<'a> {
    tube: TubeId,
    acts: &'a BTreeMap<Key, SampleAct>,
}

impl Of<'_> {
    fn samples(&self) -> BTreeMap<Key, Sample> {
        let samples = self.acts.iter().filter_map(|(&key, act)| match act {
            SampleAct::Taken(sample) => Some((key, *sample)),
            _ => None,
        });
        samples.collect()
    }

    fn results(&self) -> BTreeMap<Key, Finding> {
        let results = self.acts.iter().filter_map(|(&key, act)| match act {
            SampleAct::Result { finding, .. } => Some((key, *finding)),
            _ => None,
        });
        results.collect()
    }

    fn losses(&self) -> BTreeSet<Key> {
        let losses = self.acts.iter().filter(|(_, act)| matches!(act, SampleAct::Lost { .. }));
        losses.map(|(&key, _)| key).collect()
    }

    fn counts(&self) -> BTreeMap<Key, usize> {
        let counts = self.acts.iter().filter_map(|(&key, act)| match act {
            SampleAct::Sealed { count, .. } => Some((key, *count as usize)),
            _ => None,
        });
        counts.collect()
    }

    fn arrivals(&self) -> BTreeMap<Key, Arrival> {
        let arrivals = self.acts.iter().filter_map(|(&key, act)| match act {
            SampleAct::Arrived(arrival) => Some((key, *arrival)),
            _ => None,
        });
        arrivals.collect()
    }

    fn first(&self) -> Option<(Key, Sample)> {
        self.samples().first_key_value().map(|(&key, &sample)| (key, sample))
    }

    fn people(&self) -> BTreeSet<PersonId> {
        self.samples().values().map(|sample| sample.person).collect()
    }

    fn doubtful(&self) -> bool {
        let samples = self.samples();
        let sites: BTreeSet<_> = samples.values().map(|sample| sample.site).collect();
        let kinds: BTreeSet<_> = samples.values().map(|sample| sample.kind).collect();
        let rounds: BTreeSet<_> = samples.values().map(|sample| sample.round).collect();
        let room = self.room();
        let people = self.people().len();
        let counts = self.counts();
        let results = self.results();
        sites.len() > 1
            || kinds.len() > 1
            || rounds.len() > 1
            || people > room
            || counts.values().any(|&count| count > room || count < people)
            || results.keys().any(|result| samples.keys().any(|sample| sample.0 > result.0))
            || self.arrivals().keys().any(|came| samples.keys().any(|sample| sample.0 > came.0))
            || !results.is_empty() && !self.losses().is_empty()
    }

    fn room(&self) -> usize {
        match self.first().map(|(_, sample)| sample.kind) {
            Some(TubeKind::Single) => 1,
            Some(TubeKind::FiveInOne) => 5,
            Some(TubeKind::TenInOne) => 10,
            Some(TubeKind::Household) | None => usize::MAX,
        }
    }

    fn single(&self) -> bool {
        self.room() == 1 && !self.doubtful()
    }

    fn reading(&self) -> Reading {
        let results = self.results();
        if results.values().any(|&finding| finding == Finding::Positive) {
            return if self.single() { Reading::Positive } else { Reading::PoolPositive };
        }
        match results.last_key_value() {
            Some((_, Finding::Negative)) if !self.doubtful() => Reading::Negative,
            Some(_) => Reading::Invalid,
            None if self.losses().is_empty() => Reading::Pending,
            None => Reading::Lost,
        }
    }

    fn opened(&self) -> Option<Timestamp> {
        let results = self.results();
        let unclear =
            results.iter().filter(|(_, finding)| **finding != Finding::Negative || self.doubtful());
        unclear.map(|(key, _)| key.0).chain(self.losses().iter().map(|key| key.0)).min()
    }

    fn problems(&self, population: &Population) -> Vec<SampleProblem> {
        let tube = self.tube;
        let samples = self.samples();
        let Some((first, of)) = self.first() else {
            let events = self.acts.keys().map(|&(_, event)| event);
            return events.map(|event| SampleProblem::NoSamples { event, tube }).collect();
        };
        let mut found = Vec::new();
        let recorded = u32::try_from(self.people().len()).unwrap();
        let last = *samples.last_key_value().unwrap().0;
        for (&(at, event), act) in self.acts {
            if at < last.0 && !matches!(act, SampleAct::Taken(_)) {
                found.push(SampleProblem::BeforeSample { event, tube, sample: last.1 });
            }
            match *act {
                SampleAct::Taken(sample) => {
                    let earlier = samples.range(..(at, event));
                    let mut of_person = earlier.clone().filter(|(_, s)| s.person == sample.person);
                    if let Some((&(_, first), _)) = of_person.next() {
                        let person = sample.person;
                        found.push(SampleProblem::TwiceInTube { event, tube, person, first });
                    } else {
                        let before: BTreeSet<_> = earlier.map(|(_, s)| s.person).collect();
                        if before.len() == self.room() {
                            let (kind, people) = (of.kind, recorded);
                            found.push(SampleProblem::TooManyPeople { event, tube, kind, people });
                        }
                    }
                    let first = first.1;
                    if sample.site != of.site {
                        found.push(SampleProblem::TwoSites { event, tube, first });
                    }
                    if sample.kind != of.kind {
                        found.push(SampleProblem::TwoKinds { event, tube, first });
                    }
                    if sample.round != of.round {
                        found.push(SampleProblem::TwoRounds { event, tube, first });
                    }
                }
                SampleAct::Sealed { count, .. } => {
                    if count as usize > self.room() {
                        let (kind, people) = (of.kind, count);
                        found.push(SampleProblem::TooManyPeople { event, tube, kind, people });
                    }
                    if count != recorded {
                        let counted = count;
                        found.push(SampleProblem::CountDiffers { event, tube, counted, recorded });
                    }
                }
                SampleAct::Result { laboratory, finding, .. } => {
                    let arrivals = self.arrivals();
                    let there = |(key, arrival): (&Key, &Arrival)| {
                        *key < (at, event) && arrival.laboratory == laboratory
                    };
                    if !arrivals.is_empty() && !arrivals.iter().any(there) {
                        found.push(SampleProblem::NotArrived { event, tube, laboratory });
                    }
                    if let Some(&(_, lost)) = self.losses().first() {
                        found.push(SampleProblem::ResultOfLost { event, tube, lost });
                    }
                    let results = self.results();
                    let mut before = results.range(..(at, event)).rev();
                    let decided = before.find(|(_, finding)| **finding != Finding::Invalid);
                    if let Some((&(_, earlier), &other)) = decided
                        && other != finding
                    {
                        found.push(SampleProblem::Contradiction { event, tube, earlier });
                    }
                }
                SampleAct::Arrived(_) | SampleAct::Lost { .. } => {}
            }
        }
        if of.kind == TubeKind::Household {
            self.household(population, &mut found);
        }
        found
    }

    fn household(&self, population: &Population, found: &mut Vec<SampleProblem>) {
        let tube = self.tube;
        let samples = self.samples();
        let residents: Vec<_> = samples
            .iter()
            .filter_map(|(key, sample)| Some((key.1, population.household_of(sample.person)?)))
            .collect();
        let Some(&(first, household)) = residents.first() else { return };
        for &(event, of) in &residents {
            if of != household {
                found.push(SampleProblem::SeveralHouseholds { event, tube, first });
            }
        }
        let mut others = self.acts.iter().filter(|(_, act)| !matches!(act, SampleAct::Taken(_)));
        let Some((&(_, event), _)) = others.next() else { return };
        let begun = samples.first_key_value().unwrap().0.0;
        let all: Vec<_> = population.members(household).collect();
        let present = all.into_iter().filter(|&person| population.is_present(person, begun));
        let missing = present.filter(|person| !self.people().contains(person)).collect::<Vec<_>>();
        if let Some(&person) = missing.first() {
            found.push(SampleProblem::IncompleteHousehold { event, tube, household, person });
        }
    }
}

/// A course, walked to its end.
#[derive(Clone, Copy)]
struct Walked {
    state: State,
    tube: TubeId,
    positive: Option<Timestamp>,
    waits: bool,
}

impl<'a> Model<'a> {
    pub(super) fn new(
        standing: &[Stated<SampleAct>],
        population: &'a Population,
        needed: usize,
    ) -> Self {
        let mut model = Self {
            population,
            needed,
            received: BTreeMap::new(),
            tubes: BTreeMap::new(),
            courses: BTreeMap::new(),
            outside: Vec::new(),
        };
        // 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z.
        let years = -62_135_596_800..253_402_300_800;
        for &Stated { event, received, act } in standing {
            model.received.insert(event, received);
            if years.contains(&act.at().seconds()) {
                model.tubes.entry(act.tube()).or_default().insert((act.at(), event), act);
            } else {
                model.outside.push(event);
            }
        }
        for (&tube, acts) in &model.tubes {
            for (&key, act) in acts {
                let SampleAct::Taken(sample) = act else { continue };
                let course = model.courses.entry((sample.round, sample.person)).or_default();
                if !course.values().any(|&other| other == tube) {
                    course.insert(key, tube);
                }
            }
        }
        model
    }

    fn of(&self, tube: TubeId) -> Of<'_> {
        Of { tube, acts: &self.tubes[&tube] }
    }

    pub(super) fn tubes(&self) -> Vec<Tube> {
        let tubes = self.tubes.keys().map(|&tube| self.of(tube));
        let with_samples = tubes.filter_map(|of| Some((of.first()?.1, of)));
        with_samples
            .map(|(first, of)| Tube {
                tube: of.tube,
                kind: first.kind,
                site: first.site,
                round: first.round,
                people: u32::try_from(of.people().len()).unwrap(),
                reading: of.reading(),
                doubtful: of.doubtful(),
                opened: of.opened(),
                arrived: of.arrivals().values().last().copied(),
            })
            .collect()
    }

    pub(super) fn people(&self, tube: TubeId) -> Vec<PersonId> {
        self.of(tube).people().into_iter().collect()
    }

    pub(super) fn waiting(&self) -> Vec<Arrival> {
        let tubes = self.tubes.keys().map(|&tube| self.of(tube));
        let open = tubes.filter(|of| of.results().is_empty() && of.losses().is_empty());
        open.filter_map(|of| of.arrivals().values().last().copied()).collect()
    }

    pub(super) fn under_way(&self) -> Vec<TubeId> {
        let open = |of: &Of<'_>| {
            !of.samples().is_empty()
                && of
                    .acts
                    .values()
                    .all(|act| matches!(act, SampleAct::Taken(_) | SampleAct::Sealed { .. }))
        };
        self.tubes.keys().copied().filter(|&tube| open(&self.of(tube))).collect()
    }

    pub(super) fn problems(&self) -> Vec<SampleProblem> {
        let mut found: Vec<SampleProblem> =
            self.outside.iter().map(|&event| SampleProblem::NoSuchDay { event }).collect();
        for &tube in self.tubes.keys() {
            found.extend(self.of(tube).problems(self.population));
        }
        for (&(round, person), course) in &self.courses {
            let states = self.states(course);
            for (at, (&(taken, event), &tube)) in course.iter().enumerate().skip(1) {
                let calls = course
                    .range(..(taken, event))
                    .any(|(_, &tube)| self.of(tube).opened().is_some_and(|opened| opened <= taken));
                let earlier = course.range(..(taken, event)).next_back().unwrap().0.1;
                if !calls {
                    found.push(SampleProblem::SampledTwice { event, person, round, earlier });
                } else if matches!(states[at], State::PoolPositive | State::Preliminary)
                    && self.of(tube).first().unwrap().1.kind != TubeKind::Single
                {
                    found.push(SampleProblem::NotSingly { event, person, tube });
                }
            }
        }
        found.sort_by_key(|problem| (self.received[&problem.event()], problem.event(), *problem));
        found
    }

    /// The states before each sample of a course and after the last one.
    fn states(&self, course: &BTreeMap<Key, TubeId>) -> Vec<State> {
        let tubes: Vec<TubeId> = course.values().copied().collect();
        let mut states = vec![State::NotSampled];
        for &tube in &tubes {
            let (reading, single) = (self.of(tube).reading(), self.of(tube).single());
            let before = *states.last().unwrap();
            let positives = 1 + self.positives(&tubes, &states).len();
            states.push(match (before, reading) {
                (State::Confirmed, _) => State::Confirmed,
                (_, Reading::Positive) if positives >= self.needed => State::Confirmed,
                (_, Reading::Positive) => State::Preliminary,
                (State::PoolPositive, Reading::Negative) if single => State::Negative,
                (State::Preliminary, Reading::Negative) if single => State::Excluded,
                (State::PoolPositive | State::Preliminary, _) => before,
                (_, Reading::PoolPositive) => State::PoolPositive,
                (State::Excluded, Reading::Negative) => State::Excluded,
                (_, Reading::Negative) => State::Negative,
                (_, Reading::Pending) => State::Pending,
                (State::NotSampled, Reading::Invalid | Reading::Lost) => State::ToResample,
                (_, Reading::Invalid | Reading::Lost) => before,
            });
        }
        states
    }

    /// The place of the first sample after the last release.
    fn since_release(states: &[State]) -> usize {
        let hold = |state| matches!(state, State::PoolPositive | State::Preliminary);
        let released =
            |pair: &[State]| hold(pair[0]) && matches!(pair[1], State::Negative | State::Excluded);
        states.windows(2).rposition(released).map_or(0, |at| at + 1)
    }

    /// The places of the positives that count so far.
    fn positives(&self, tubes: &[TubeId], states: &[State]) -> Vec<usize> {
        let places = Self::since_release(states)..states.len() - 1;
        let counts = |&at: &usize| match self.of(tubes[at]).reading() {
            _ if states[at] == State::Confirmed => false,
            Reading::Positive => true,
            Reading::PoolPositive => {
                !matches!(states[at], State::PoolPositive | State::Preliminary)
            }
            _ => false,
        };
        places.filter(counts).collect()
    }

    fn walked(&self, course: &BTreeMap<Key, TubeId>) -> Walked {
        let states = self.states(course);
        let tubes: Vec<TubeId> = course.values().copied().collect();
        let times: Vec<Timestamp> = course.keys().map(|key| key.0).collect();
        let positive = self.positives(&tubes, &states).first().map(|&at| times[at]);
        let waits = (Self::since_release(&states)..tubes.len()).any(|at| {
            matches!(states[at], State::PoolPositive | State::Preliminary)
                && self.of(tubes[at]).reading() == Reading::Pending
                && self.of(tubes[at]).single()
        });
        // The last one whose reading says what the state is, in a state that it could move.
        let moves = |at: &usize| {
            let held = matches!(states[*at], State::PoolPositive | State::Preliminary);
            match self.of(tubes[*at]).reading() {
                _ if states[*at] == State::Confirmed => false,
                Reading::Positive => true,
                Reading::PoolPositive | Reading::Pending => !held,
                Reading::Negative if held => self.of(tubes[*at]).single(),
                Reading::Negative => states[*at] != State::Excluded,
                Reading::Invalid | Reading::Lost => states[*at] == State::NotSampled,
            }
        };
        let last = (0..tubes.len()).rev().find(moves).unwrap();
        Walked { state: *states.last().unwrap(), tube: tubes[last], positive, waits }
    }

    pub(super) fn courses(&self) -> Vec<Course> {
        let courses = self.courses.iter().map(|(&(round, person), course)| {
            let (&first, &tube) = course.first_key_value().unwrap();
            let SampleAct::Taken(sample) = self.tubes[&tube][&first] else { unreachable!() };
            let Walked { state, tube, waits, .. } = self.walked(course);
            let held = matches!(state, State::PoolPositive | State::Preliminary);
            let resample = held && !waits || state == State::ToResample;
            Course { round, person, site: sample.site, taken: first.0, state, tube, resample }
        });
        courses.collect()
    }

    /// Courses in walking order.
    pub(super) fn walk(&self, keep: impl Fn(&Course) -> bool) -> Vec<Course> {
        let mut found: Vec<Course> = self.courses().into_iter().filter(keep).collect();
        found.sort_by_key(|course| {
            let home = self.population.household_of(course.person);
            let home = home.map(|home| self.population.household(home).unwrap());
            let network = self.population.network();
            let door = home.map(|home| (network.position(home.building), home.door, home.id));
            // Whoever has no home comes after all who have one.
            let last = usize::from(door.is_none());
            (last, door, course.person, course.round)
        });
        found
    }

    pub(super) fn positive_people(&self) -> Vec<Positive> {
        let mut found: BTreeMap<PersonId, Positive> = BTreeMap::new();
        for (&(_, person), course) in &self.courses {
            let walked = self.walked(course);
            let certainty = match walked.state {
                State::Preliminary => Certainty::Provisional,
                State::Confirmed => Certainty::Confirmed,
                _ => continue,
            };
            let sampled = walked.positive.unwrap();
            let known = found.entry(person).or_insert(Positive { person, certainty, sampled });
            known.certainty = known.certainty.max(certainty);
            known.sampled = known.sampled.min(sampled);
        }
        found.into_values().collect()
    }

    pub(super) fn tallies(&self) -> Vec<Tallied> {
        let offset = self.population.network().offset();
        let courses = self.courses();
        let cells: BTreeSet<_> = courses
            .iter()
            .map(|course| (course.round, Day::of(course.taken, offset).unwrap(), course.site))
            .collect();
        let tally = |(round, day, site)| {
            let count = |of: &dyn Fn(&Course) -> bool| {
                let inside = courses.iter().filter(|course| {
                    (course.round, course.site) == (round, site)
                        && day == Day::of(course.taken, offset).unwrap()
                });
                u32::try_from(inside.filter(|course| of(course)).count()).unwrap()
            };
            let is =
                |states: &'static [State]| count(&move |course| states.contains(&course.state));
            Tallied {
                round,
                day,
                site,
                tally: Tally {
                    sampled: count(&|_| true),
                    negative: is(&[State::Negative, State::Excluded]),
                    pending: is(&[State::Pending, State::PoolPositive, State::Preliminary]),
                    positive: is(&[State::Confirmed]),
                    lost: is(&[State::ToResample]),
                    on_hold: is(&[State::PoolPositive, State::Preliminary]),
                    preliminary: is(&[State::Preliminary]),
                    excluded: is(&[State::Excluded]),
                    resample: count(&|course| course.resample),
                },
            }
        };
        cells.into_iter().map(tally).collect()
    }
}
