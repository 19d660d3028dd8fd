//! The register: last answers, sheets, totals, newcomers.

use std::fmt;
use std::sync::Arc;

use super::read::said;
use super::{Question, SurveyAct, SurveyProblem, Totals};
use crate::campaign::{Cause, Change, Entry, Journal, Round, Standing, Stated, Subject, Target};
use crate::id::{HouseholdId, PersonId, UnitId};
use crate::interval::Timestamp;
use crate::population::{Household, Population};
use crate::watch::{Cancelled, Watch};

/// What the answers of a survey come to as of a time; see the [module](super).
///
/// A clone shares everything.
#[derive(Clone, PartialEq, Eq)]
pub struct SurveyRegister {
    pub(super) population: Population,
    pub(super) as_of: Timestamp,
    pub(super) households: Rows,
    pub(super) residents: Rows,
    /// By unit.
    pub(super) totals: Arc<[Totals]>,
    pub(super) problems: Arc<[SurveyProblem]>,
}

/// The last answers of all households, or of all residents.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Rows {
    /// The first answer of each position, and the number of answers.
    pub(super) start: Arc<[u32]>,
    /// By position and question.
    pub(super) last: Arc<[Stated<SurveyAct>]>,
    /// Who was found new: the last such answer in each round, by position and round.
    pub(super) newcomers: Arc<[Stated<SurveyAct>]>,
}

impl Rows {
    /// The last answers of the household or resident at a position.
    pub(super) fn at(&self, position: usize) -> &[Stated<SurveyAct>] {
        match self.start.get(position..position.saturating_add(2)) {
            Some(&[start, end]) => &self.last[start as usize..end as usize],
            _ => &[],
        }
    }
}

/// The answer to a question.
fn to(answers: &[Stated<SurveyAct>], question: Question) -> Option<&Stated<SurveyAct>> {
    answers.iter().find(|stated| stated.act.answer.question() == question)
}

/// The sheet of one household.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet<'a> {
    /// The household.
    pub household: Household,
    /// The last answers about it, by question.
    pub answers: &'a [Stated<SurveyAct>],
    /// All who live there, by id.
    pub members: Vec<Member<'a>>,
}

/// A line of a sheet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'a> {
    /// Who.
    pub person: PersonId,
    /// The last answers about them, by question; empty where nobody has asked.
    pub answers: &'a [Stated<SurveyAct>],
}

impl SurveyRegister {
    /// Reads what a journal says as of a time about the people of a population.
    ///
    /// # Cost
    ///
    /// O(n log n) for n lines, in parallel on the caller's rayon pool, and O(p) for p households, residents and units.
    ///
    /// # Errors
    ///
    /// [`Cancelled`].
    pub fn read(
        journal: &Journal<SurveyAct>,
        population: &Population,
        as_of: Timestamp,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        super::read::read(journal, population, as_of, watch)
    }

    /// The people that the register was read for.
    #[must_use]
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// The time as of which it was read.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What cannot be right, by time of receipt and event id.
    #[must_use]
    pub fn problems(&self) -> &[SurveyProblem] {
        &self.problems
    }

    /// The last answers about a household or a person, by question. O(log n).
    #[must_use]
    pub fn answers(&self, target: Target) -> &[Stated<SurveyAct>] {
        let (rows, position) = match target {
            Target::Household(home) => (&self.households, self.population.household_position(home)),
            Target::Person(person) => (&self.residents, self.population.resident_position(person)),
        };
        position.map_or(&[], |position| rows.at(position))
    }

    /// The last answer to a question about a household or a person. O(log n).
    #[must_use]
    pub fn answer(&self, target: Target, question: Question) -> Option<&Stated<SurveyAct>> {
        to(self.answers(target), question)
    }

    /// The last answer to a question about the resident at a position. O(1).
    pub(in crate::campaign) fn answer_at(
        &self,
        position: usize,
        question: Question,
    ) -> Option<&Stated<SurveyAct>> {
        to(self.residents.at(position), question)
    }

    /// The sheet of a household, with answers or without; `None` where the population does not have it. O(log n).
    #[must_use]
    pub fn sheet(&self, household: HouseholdId) -> Option<Sheet<'_>> {
        let position = self.population.household_position(household)?;
        let mut members: Vec<Member<'_>> = self
            .population
            .member_positions(household)
            .iter()
            .filter_map(|position| {
                let person = self.population.person_at(position)?;
                Some(Member { person, answers: self.residents.at(position) })
            })
            .collect();
        members.sort_unstable_by_key(|member| member.person);
        let household = self.population.household_at(position)?;
        Some(Sheet { household, answers: self.households.at(position), members })
    }

    /// The sheets of a unit in walking order (building, entrance, door, household), newcomers in their places. Only
    /// those with an answer: who has not been asked is a gap of the round. O(log n) each.
    pub fn sheets(&self, unit: UnitId) -> impl Iterator<Item = Sheet<'_>> {
        let positions = self.population.household_positions(unit).iter();
        let mut homes: Vec<Household> =
            positions.filter_map(|position| self.population.household_at(position)).collect();
        // Two sorted runs, which the sort merges.
        homes.sort_by_key(|home| self.population.door(home));
        let sheets = homes.into_iter().filter_map(|home| self.sheet(home.id));
        sheets.filter(|sheet| {
            let asked = |member: &Member<'_>| !member.answers.is_empty();
            !sheet.answers.is_empty() || sheet.members.iter().any(asked)
        })
    }

    /// How many answers there are in a unit. O(1).
    #[must_use]
    pub fn totals(&self, unit: UnitId) -> Totals {
        self.totals.get(unit.index()).copied().unwrap_or_default()
    }

    /// How many answers there are in every unit of every tier, indexed by unit.
    #[must_use]
    pub fn totals_by_unit(&self) -> &[Totals] {
        &self.totals
    }

    /// The entries that put newcomers onto the list of a round: those found in that round who are what it lists, whom
    /// its population has, and who are not on its list; by time of receipt and event id. Of several
    /// answers in one round the last one counts. The entry has the number and the times of that answer, so to record it again changes nothing.
    ///
    /// O(n) for n answers.
    #[must_use]
    pub fn joining(&self, round: &Round) -> Vec<Entry> {
        let rows = match round.subject() {
            Subject::Households => &self.households,
            Subject::Residents => &self.residents,
        };
        let found = rows.newcomers.iter().filter(|stated| {
            let SurveyAct { about, round: number, .. } = stated.act;
            let off_list = |standing| standing == Standing::NotListed;
            number == round.number()
                && round.book.frame().offset(said(stated)).is_some()
                && round.status(about).is_some_and(|status| off_list(status.standing))
                && round.find(stated.event).is_none()
        });
        let mut entries: Vec<Entry> = found
            .map(|stated| {
                let change =
                    Change { target: stated.act.about, at: said(stated), cause: Cause::Newcomer };
                Entry::change(stated.event, stated.received, change)
            })
            .collect();
        entries.sort_unstable_by_key(|entry| (entry.received, entry.event));
        entries
    }
}

/// Shows how many answers there are.
impl fmt::Debug for SurveyRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SurveyRegister")
            .field("as_of", &self.as_of)
            .field("households", &self.households.last.len())
            .field("residents", &self.residents.last.len())
            .field("problems", &self.problems.len())
            .finish_non_exhaustive()
    }
}
