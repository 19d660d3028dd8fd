//! What the register and the census say, in walking order.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use epitier::campaign::Target;
use epitier::campaign::census::State;
use epitier::campaign::survey::{Answer, Listed, Part, Question, Rule, Symptom, SymptomSet};
use epitier::population::Mobility;

use super::input::entrance;
use super::output::{Report, Wish, word};

/// The rule lists by title.
pub(crate) fn rules(wish: &Wish) -> Vec<(String, Rule)> {
    let from_risk = || Part::Returned { from: Some(wish.risk.clone()), days: wish.days };
    let any: SymptomSet = Symptom::ALL.iter().copied().collect();
    let days = wish.days;
    vec![
        (format!("Returned from a risk area in the last {days} days"), Rule::any([from_risk()])),
        (
            format!("Returned from anywhere in the last {days} days, and symptoms"),
            Rule::all([Part::Returned { from: None, days }, Part::Symptoms(any)]),
        ),
        ("Symptoms".to_owned(), Rule::any([Part::Symptoms(any)])),
        (
            "Cannot leave home, and not vaccinated".to_owned(),
            Rule::all([Part::Mobility(Mobility::Homebound), Part::FewerDoses(1)]),
        ),
        ("Suspicious".to_owned(), Rule::any([Part::Suspicious])),
        ("New in a round".to_owned(), Rule::any([Part::Newcomer])),
    ]
}

impl Report<'_> {
    pub(crate) fn register(&mut self) -> fmt::Result {
        let totals = self.survey.register.totals(self.wish.unit);
        writeln!(self.text, "\nRegister: {} sheets", totals.sheets)?;
        writeln!(self.text, "  question      households   yes   residents   yes")?;
        for &question in Question::ALL {
            let (homes, people) = (totals.households.of(question), totals.residents.of(question));
            writeln!(
                self.text,
                "  {:<12} {:>11} {:>5} {:>11} {:>5}",
                word(question),
                homes.answered,
                homes.yes,
                people.answered,
                people.yes
            )?;
        }
        Ok(())
    }

    pub(crate) fn lists(&mut self) -> fmt::Result {
        for (title, rule) in rules(self.wish) {
            let rows = self.survey.register.list(self.wish.unit, &rule, self.survey.today);
            writeln!(self.text, "\n{title}: {}", rows.len())?;
            for row in rows {
                self.listed(&row)?;
            }
        }
        Ok(())
    }

    fn listed(&mut self, row: &Listed) -> fmt::Result {
        let (entrance, door) = entrance(row.door);
        let who = match row.target {
            Target::Household(_) => "",
            Target::Person(person) => self.input.person(person),
        };
        let answers = self.survey.register.answers(row.target);
        let mut said: Vec<String> = Vec::new();
        for held in &row.held {
            let stated = answers.iter().find(|stated| stated.event == held.event);
            let text = stated.map_or_else(String::new, |stated| self.said(&stated.act.answer));
            let doubt = if held.sure { "" } else { " (to be asked)" };
            said.push(format!("{text}{doubt} [{}]", held.event.get()));
        }
        let line = format!(
            "  {:<5} entrance {entrance}  door {door:<5} {:<6} {who:<6} {}",
            self.input.network.code(row.building).unwrap_or("?"),
            self.input.household(row.household),
            said.join(", ")
        );
        writeln!(self.text, "{line}")
    }

    fn said(&self, answer: &Answer) -> String {
        let day = answer.day().map_or_else(|| "day unknown".to_owned(), |day| day.to_string());
        match answer {
            Answer::Return(Some(back)) => {
                let from = back.from.map_or("somewhere", |from| self.input.origin(from));
                format!("from {from}, {day}")
            }
            Answer::Symptoms { shown, .. } => {
                let shown: Vec<String> = shown.iter().map(word).collect();
                format!("{} since {day}", shown.join(" and "))
            }
            Answer::Vaccination(status) => format!("{} doses", status.doses),
            Answer::Mobility(need) => word(need),
            Answer::Suspicion(Some(reason)) => word(reason),
            Answer::Newcomer { .. } => format!("here since {day}"),
            Answer::Return(None) | Answer::Suspicion(None) => "no".to_owned(),
        }
    }

    pub(crate) fn census(&mut self) -> fmt::Result {
        let (census, unit) = (&self.survey.census, self.wish.unit);
        writeln!(self.text, "\nVaccination on {}", census.today())?;
        writeln!(
            self.text,
            "  age      residents  too young  exempt  complete  not yet due   due  overdue  unknown  doses"
        )?;
        let bands = census.plan().bands().iter().map(|band| band.to_string());
        let rows = bands.enumerate().map(|(at, band)| (band, census.counts_of(unit, Some(at))));
        let unclear = ("unclear".to_owned(), census.counts_of(unit, None));
        for (name, of) in rows.chain([unclear, ("all".to_owned(), census.counts(unit))]) {
            writeln!(
                self.text,
                "  {name:<8} {:>9} {:>10} {:>7} {:>9} {:>12} {:>5} {:>8} {:>8} {:>6}",
                of.residents,
                of.not_eligible,
                of.exempt,
                of.complete,
                of.not_yet_due,
                of.due,
                of.overdue,
                of.unknown,
                of.doses_given
            )?;
        }
        let due = census.list(unit, State::is_due);
        let mut by_building: BTreeMap<usize, usize> = BTreeMap::new();
        for row in &due {
            let place = self.input.network.position(row.building).unwrap_or(0);
            *by_building.entry(place).or_default() += 1;
        }
        let most =
            by_building.iter().max_by_key(|&(place, count)| (*count, std::cmp::Reverse(*place)));
        if let Some((&place, count)) = most {
            let building = self.input.network.preorder()[place];
            let name = self.input.network.name(building).unwrap_or("?");
            writeln!(self.text, "  {} doses are due; most in {name}: {count}", due.len())?;
        }
        Ok(())
    }

    pub(crate) fn problems(&mut self) -> fmt::Result {
        let problems = self.survey.register.problems();
        writeln!(self.text, "\nAnswers that cannot be right: {}", problems.len())?;
        for problem in problems {
            writeln!(self.text, "  answer {}: {}", problem.event().get(), problem.code())?;
        }
        Ok(())
    }
}
