//! From a journal to the last answers, the totals and what cannot be right.

use std::collections::BTreeMap;

use rayon::slice::ParallelSliceMut;

use super::register::Rows;
use super::{Answer, Question, SurveyAct, SurveyProblem, SurveyRegister, Totals};
use crate::campaign::{EventId, Journal, Says, Stated, Target};
use crate::id::dense;
use crate::interval::{Day, Timestamp};
use crate::network::Tier;
use crate::population::Population;
use crate::watch::{Cancelled, Progress, Watch};

pub(super) fn read(
    journal: &Journal<SurveyAct>,
    population: &Population,
    as_of: Timestamp,
    watch: &dyn Watch,
) -> Result<SurveyRegister, Cancelled> {
    step(watch, 0)?;
    let stated = journal.standing(as_of);
    let mut problems = Found::default();
    for line in journal.pending(as_of) {
        if let Says::Amend { of, .. } | Says::Void { of } = line.says {
            let event = line.event;
            problems.name(line.received, SurveyProblem::Pending { event, of });
        }
    }
    step(watch, 1)?;
    let (mut homes, mut people) = (Vec::new(), Vec::new());
    for (at, stated) in stated.iter().enumerate() {
        check(stated, population, &mut problems);
        let (placed, position) = match stated.act.about {
            Target::Household(home) => (&mut homes, population.household_position(home)),
            Target::Person(person) => (&mut people, population.resident_position(person)),
        };
        if let Some(position) = position {
            placed.push(Placed::new(position, at, stated));
        } else {
            let (event, target) = (stated.event, stated.act.about);
            problems.name(stated.received, SurveyProblem::UnknownTarget { event, target });
        }
    }
    step(watch, 2)?;
    let mut last = |placed, total| last_answers(placed, total, &stated, population, &mut problems);
    let households = last(homes, population.household_total());
    let residents = last(people, population.resident_total());
    step(watch, 3)?;
    let totals = totals(population, &households, &residents).into();
    let problems = problems.sorted().into();
    let population = population.clone();
    Ok(SurveyRegister { population, as_of, households, residents, totals, problems })
}

fn step(watch: &dyn Watch, done: u64) -> Result<(), Cancelled> {
    watch.check()?;
    watch.progress(Progress { stage: "read the survey", done, total: 4 });
    Ok(())
}

/// Problems, each with the time of receipt of its line.
#[derive(Default)]
struct Found(Vec<(Timestamp, SurveyProblem)>);

impl Found {
    fn name(&mut self, received: Timestamp, problem: SurveyProblem) {
        self.0.push((received, problem));
    }

    fn sorted(mut self) -> Vec<SurveyProblem> {
        // Stable: several problems of one line stay in the order of the checks.
        self.0.sort_by_key(|(received, problem)| (*received, problem.event()));
        self.0.into_iter().map(|(_, problem)| problem).collect()
    }
}

/// When an answer was said: nobody can have said it after its receipt.
pub(super) fn said(stated: &Stated<SurveyAct>) -> Timestamp {
    stated.act.at.min(stated.received)
}

/// The calendar day on which an answer was said.
fn day(stated: &Stated<SurveyAct>, population: &Population) -> Option<Day> {
    Day::of(said(stated), population.network().offset())
}

/// Looks at one answer alone.
fn check(stated: &Stated<SurveyAct>, population: &Population, problems: &mut Found) {
    let &Stated { event, received, act } = stated;
    if act.at > received {
        problems.name(received, SurveyProblem::AfterReceipt { event });
    }
    let ahead =
        act.answer.day().zip(day(stated, population)).filter(|(states, said)| states > said);
    if let Some((day, _)) = ahead {
        problems.name(received, SurveyProblem::DayAhead { event, day });
    }
    if let Answer::Vaccination(status) = act.answer
        && status.doses == 0
        && (status.vaccine.is_some() || status.last.is_some())
    {
        problems.name(received, SurveyProblem::NoDose { event });
    }
}

/// An answer in its place: by position, question, time and event id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    position: u32,
    question: Question,
    said: Timestamp,
    event: EventId,
    /// Its number among all that stands.
    at: u32,
}

impl Placed {
    fn new(position: usize, at: usize, stated: &Stated<SurveyAct>) -> Self {
        let question = stated.act.answer.question();
        let (position, at) = (dense(position), dense(at));
        Self { position, question, said: said(stated), event: stated.event, at }
    }
}

/// The last answer to each question, and who was found new in each round; names those that contradict it.
fn last_answers(
    mut placed: Vec<Placed>,
    total: usize,
    stated: &[Stated<SurveyAct>],
    population: &Population,
    problems: &mut Found,
) -> Rows {
    placed.par_sort_unstable();
    let mut start = vec![0; total + 1];
    let (mut last, mut newcomers) = (Vec::new(), Vec::new());
    for group in placed.chunk_by(|a, b| (a.position, a.question) == (b.position, b.question)) {
        let answer = |placed: &Placed| &stated[placed.at as usize];
        for pair in group.windows(2) {
            fewer_doses(answer(&pair[0]), answer(&pair[1]), population, problems);
        }
        for of_day in group.chunk_by(|a, b| {
            let days = [a, b].map(|placed| day(answer(placed), population));
            days[0].is_some() && days[0] == days[1]
        }) {
            let Some(by) = of_day.last().map(answer) else { continue };
            for other in of_day.iter().map(answer) {
                if other.act.answer != by.act.answer {
                    let (event, by) = (other.event, by.event);
                    problems.name(other.received, SurveyProblem::Contradicted { event, by });
                }
            }
        }
        if group.first().is_some_and(|placed| placed.question == Question::Newcomer) {
            let by_round: BTreeMap<u32, Stated<SurveyAct>> =
                group.iter().map(|placed| (answer(placed).act.round, *answer(placed))).collect();
            newcomers.extend(by_round.into_values());
        }
        if let Some(placed) = group.last() {
            start[placed.position as usize + 1] += 1;
            last.push(*answer(placed));
        }
    }
    for position in 0..total {
        start[position + 1] += start[position];
    }
    Rows { start: start.into(), last: last.into(), newcomers: newcomers.into() }
}

/// Names an answer that says fewer doses than the one before it, of an earlier day.
fn fewer_doses(
    before: &Stated<SurveyAct>,
    after: &Stated<SurveyAct>,
    population: &Population,
    problems: &mut Found,
) {
    if let (Some(had), Some(has)) =
        (before.act.answer.vaccination(), after.act.answer.vaccination())
        && has.doses < had.doses
        && day(before, population) < day(after, population)
    {
        let (event, than) = (after.event, before.event);
        problems.name(after.received, SurveyProblem::FewerDoses { event, than });
    }
}

/// How many answers there are, by unit.
fn totals(population: &Population, households: &Rows, residents: &Rows) -> Vec<Totals> {
    let network = population.network();
    let mut values = vec![Totals::default(); network.len()];
    let mut asked = vec![false; population.household_total()];
    for building in network.units().filter(|&unit| network.tier(unit) == Some(Tier::Building)) {
        let totals = &mut values[building.index()];
        for position in population.household_positions(building).iter() {
            totals.households.count(households.at(position));
            asked[position] |= !households.at(position).is_empty();
        }
        for position in population.resident_positions(building).iter() {
            totals.residents.count(residents.at(position));
            if !residents.at(position).is_empty() {
                let home = population.home_at(position);
                if let Some(home) = home.and_then(|home| population.household_position(home.id)) {
                    asked[home] = true;
                }
            }
        }
        let homes = population.household_positions(building).iter();
        totals.sheets = dense(homes.filter(|&home| asked[home]).count());
    }
    // There is a value for every unit.
    network.roll_up(&values).unwrap_or_default()
}
