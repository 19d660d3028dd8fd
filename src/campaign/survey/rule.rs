//! Rule lists: whom the answers say must be seen to.

use std::collections::BTreeSet;

use super::{Answer, Return, SurveyAct, SurveyRegister, SymptomSet};
use crate::campaign::{EventId, Stated, Target};
use crate::id::{HouseholdId, OriginId, UnitId};
use crate::interval::Day;
use crate::population::{Household, Mobility};

/// How many days after a return somebody is watched: 14, the longest incubation of the 8th edition
/// (诊疗方案第八版, 1 to 14 days).
pub const DEFAULT_RETURN_DAYS: u16 = 14;

/// One thing that an answer can say.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Part {
    /// Returned from a risk area lately: the calendar day of return is the day of the list, or up to so many days
    /// before it (`0 <= today - day <= days`), so the day of return is day 0. Who does not say from where
    /// or when is on the list too, but [not for sure](Held::sure).
    Returned {
        /// The risk areas; none stated is anywhere.
        from: Option<BTreeSet<OriginId>>,
        /// How many days; [`DEFAULT_RETURN_DAYS`] where no order says otherwise.
        days: u16,
    },
    /// Has any of these symptoms.
    Symptoms(SymptomSet),
    /// Has had fewer doses than so many; 1 lists those who are not vaccinated.
    FewerDoses(u8),
    /// Needs at least so much help to come to a site.
    Mobility(Mobility),
    /// Is suspicious, for whatever reason.
    Suspicious,
    /// Came to live here.
    Newcomer,
}

impl Part {
    /// Whether an answer says so for sure; `None` where it does not say so.
    fn holds(&self, answer: &Answer, today: Day) -> Option<bool> {
        match (self, answer) {
            (Self::Returned { from, days }, Answer::Return(Some(back))) => {
                returned(back, from.as_ref(), *days, today)
            }
            (Self::Symptoms(any), Answer::Symptoms { shown, .. }) => {
                shown.meets(*any).then_some(true)
            }
            (Self::FewerDoses(than), Answer::Vaccination(status)) => {
                (status.doses < *than).then_some(true)
            }
            (Self::Mobility(least), Answer::Mobility(need)) => (need >= least).then_some(true),
            (Self::Suspicious, Answer::Suspicion(Some(_)))
            | (Self::Newcomer, Answer::Newcomer { .. }) => Some(true),
            _ => None,
        }
    }
}

fn returned(
    back: &Return,
    origins: Option<&BTreeSet<OriginId>>,
    days: u16,
    today: Day,
) -> Option<bool> {
    let from_there = match (origins, back.from) {
        (None, _) => Some(true),
        (Some(origins), from) => from.map(|from| origins.contains(&from)),
    };
    let ago = back.on.map(|day| today.number() - day.number());
    let lately = ago.map(|ago| (0..=i32::from(days)).contains(&ago));
    let ruled_out = from_there == Some(false) || lately == Some(false);
    (!ruled_out).then_some(from_there.is_some() && lately.is_some())
}

/// Whom to list: those for whom enough of some parts hold.
///
/// Each household and each resident is looked at alone. A rule without parts lists nobody.
///
/// # Examples
///
/// ```
/// use epitier::campaign::survey::{Part, Rule, Symptom, SymptomSet};
/// use epitier::population::Mobility;
///
/// let ill: SymptomSet = [Symptom::Fever, Symptom::DryCough].into_iter().collect();
/// let ill_and_back = Rule::all([Part::Symptoms(ill), Part::Returned { from: None, days: 14 }]);
/// let home_visits = Rule::any([Part::Mobility(Mobility::Homebound)]);
/// # let _ = (ill_and_back, home_visits);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "spec::RuleSpec")
)]
pub struct Rule {
    parts: Vec<Part>,
    least: usize,
}

impl Rule {
    /// Any of the parts.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Part>) -> Self {
        Self::at_least(1, parts)
    }

    /// All of the parts.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Part>) -> Self {
        let parts: Vec<Part> = parts.into_iter().collect();
        Self::at_least(parts.len(), parts)
    }

    /// At least so many of the parts, and one at the least.
    #[must_use]
    pub fn at_least(least: usize, parts: impl IntoIterator<Item = Part>) -> Self {
        Self { parts: parts.into_iter().collect(), least: least.max(1) }
    }

    /// The parts, by number.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The parts that hold, unless they are too few.
    fn held(&self, answers: &[Stated<SurveyAct>], today: Day) -> Option<Vec<Held>> {
        let mut held = Vec::new();
        for (part, rule) in self.parts.iter().enumerate() {
            // A part is about one question, and there is one last answer to it.
            held.extend(answers.iter().find_map(|stated| {
                let sure = rule.holds(&stated.act.answer, today)?;
                Some(Held { part, event: stated.event, sure })
            }));
        }
        (held.len() >= self.least).then_some(held)
    }
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Part, Rule};

    /// The form of a rule in a file.
    #[derive(serde::Deserialize)]
    pub(super) struct RuleSpec {
        parts: Vec<Part>,
        least: usize,
    }

    impl From<RuleSpec> for Rule {
        fn from(RuleSpec { parts, least }: RuleSpec) -> Self {
            Self::at_least(least, parts)
        }
    }
}

/// A part of a rule that holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Held {
    /// Its number among the [parts](Rule::parts).
    pub part: usize,
    /// The answer that says so.
    pub event: EventId,
    /// Whether that leaves no doubt: the answer states all that was asked for.
    pub sure: bool,
}

/// Somebody on a rule list.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Listed {
    /// Who: a resident, or a household as such.
    pub target: Target,
    /// The household: the target itself, or where the resident lives.
    pub household: HouseholdId,
    /// The building of the household.
    pub building: UnitId,
    /// The order of its door on a walk through the building.
    pub door: u32,
    /// Which parts hold, by number; at least one.
    pub held: Vec<Held>,
}

impl SurveyRegister {
    /// Those within a unit whom a rule lists on a day, in walking order (building, entrance, door, household), each
    /// household before the people in it.
    ///
    /// The day is a calendar day: that of the protocol in force, or for the time of reading
    /// `Day::of(register.as_of(), network.offset())`.
    ///
    /// # Cost
    ///
    /// O(n p) for n households and residents of the unit and p parts, O(k log k) for k rows.
    #[must_use]
    pub fn list(&self, unit: UnitId, rule: &Rule, today: Day) -> Vec<Listed> {
        let population = self.population();
        let mut rows = Vec::new();
        let mut add = |target, home: Household, held| {
            let Household { id: household, building, door, .. } = home;
            let row = Listed { target, household, building, door, held };
            rows.push((population.door(&home), row));
        };
        for position in population.household_positions(unit).iter() {
            let held = rule.held(self.households.at(position), today);
            if let Some((held, home)) = held.zip(population.household_at(position)) {
                add(Target::Household(home.id), home, held);
            }
        }
        for position in population.resident_positions(unit).iter() {
            let held = rule.held(self.residents.at(position), today);
            let home = population.person_at(position).zip(population.home_at(position));
            if let Some((held, (person, home))) = held.zip(home) {
                add(Target::Person(person), home, held);
            }
        }
        rows.sort_by_key(|(door, row)| (*door, row.target));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}
