//! From tables of text keys to what the library takes: every key goes through a directory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use epitier::campaign::census::Schedule;
use epitier::campaign::survey::{Answer, Contraindication, Return, SurveyAct, Vaccination};
use epitier::campaign::{Change, Channel, Entry, EventId, Line, Target, Visit};
use epitier::network::{Network, NetworkBuilder};
use epitier::population::{Household, PopulationBuilder, PopulationError, Resident};
use epitier::{
    DenseId, Directory, HouseholdId, OriginId, PersonId, ResponderId, Timestamp, VaccineId,
};
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::table::Sheet;
use super::tables::{AnswerRow, RoundRow, Tables, VisitRow};

/// The vaccines whose schedule is known.
pub(crate) const VACCINES: [(&str, Schedule); 3] = [
    ("inactivated", Schedule::INACTIVATED),
    ("vector", Schedule::VECTOR),
    ("subunit", Schedule::SUBUNIT),
];

/// The number of a door is below this.
const DOORS: u32 = 10_000;

/// Households and residents who are registered at one time.
#[derive(Default)]
pub(crate) struct Arrivals {
    pub(crate) households: Vec<Household>,
    pub(crate) residents: Vec<Resident>,
}

/// Something with the place of its row, as `file:line`.
pub(crate) type Placed<T> = (String, T);

/// The tables, and the keys for what is printed.
pub(crate) struct Input {
    pub(crate) network: Network,
    /// By time of registration; those without one are there from the start.
    pub(crate) arrivals: BTreeMap<Option<Timestamp>, Arrivals>,
    pub(crate) rounds: Vec<RoundRow>,
    /// Of each round, in the order of the tables.
    pub(crate) entries: Vec<Vec<Placed<Entry>>>,
    pub(crate) answers: Vec<Placed<Line<SurveyAct>>>,
    pub(crate) households: Directory<String, HouseholdId>,
    pub(crate) people: Directory<String, PersonId>,
    pub(crate) responders: Directory<String, ResponderId>,
    pub(crate) origins: Directory<String, OriginId>,
    /// Who answers for a household (包保).
    pub(crate) contacts: BTreeMap<HouseholdId, ResponderId>,
}

/// The entrance of a door, and its number there.
pub(crate) fn entrance(door: u32) -> (u32, u32) {
    (door / DOORS, door % DOORS)
}

/// Checks all tables, or returns every problem of all of them.
pub(crate) fn check(tables: Tables, mut problems: Vec<String>) -> Result<Input, Vec<String>> {
    let offset =
        FixedOffset::east_opt(8 * 3_600).ok_or_else(|| vec!["no such offset".to_owned()])?;
    let units = &tables.units;
    let rows = units.rows.iter().cloned();
    let network = match NetworkBuilder::new().offset(offset).units(rows).build() {
        Ok(network) => network,
        // The other tables speak of units, so there is no more to check.
        Err(found) => {
            problems.extend(found.iter().map(|error| match error.rows().first() {
                Some(&row) => units.problem(row, reason(error)),
                None => error.to_string(),
            }));
            return Err(problems);
        }
    };
    let origins = tables.answers.rows.iter().filter(|row| row.question == "return");
    let origins =
        origins.map(|row| &row.answer).filter(|from| !["no", "unknown"].contains(&from.as_str()));
    let mut input = Input {
        network,
        arrivals: BTreeMap::new(),
        rounds: Vec::new(),
        entries: tables.rounds.rows.iter().map(|_| Vec::new()).collect(),
        answers: Vec::new(),
        households: directory(tables.households.rows.iter().map(|row| &row.household))?,
        people: directory(tables.residents.rows.iter().map(|row| &row.person))?,
        responders: directory(tables.responders.rows.iter().map(|row| &row.responder))?,
        origins: directory(origins)?,
        contacts: BTreeMap::new(),
    };
    let mut check = Check { input: &mut input, problems: &mut problems };
    check.people(&tables);
    check.visits(&tables.visits);
    check.changes(&tables);
    check.answers(&tables.answers, &tables.visits);
    input.rounds = tables.rounds.rows;
    if problems.is_empty() { Ok(input) } else { Err(problems) }
}

struct Check<'a> {
    input: &'a mut Input,
    problems: &'a mut Vec<String>,
}

impl Check<'_> {
    /// Households and residents, as one population: what is wrong is wrong at any time.
    fn people(&mut self, tables: &Tables) {
        let (homes, people) = (&tables.households, &tables.residents);
        let mut all = Arrivals::default();
        let mut since: BTreeMap<HouseholdId, Option<Timestamp>> = BTreeMap::new();
        for (at, row) in homes.rows.iter().enumerate() {
            let id = self.input.households.id(&row.household);
            let building =
                self.known(homes, at, "building", self.input.network.unit(&row.building));
            let responder = self.input.responders.id(&row.responder);
            let responder = self.known(homes, at, "responder", responder);
            if row.door >= DOORS || row.entrance >= u32::MAX / DOORS {
                self.problems.push(homes.problem(at, "the entrance or door is out of range"));
                continue;
            }
            let (Some(id), Some(building), Some(responder)) = (id, building, responder) else {
                continue;
            };
            let door = row.entrance * DOORS + row.door;
            let home = Household { id, building, door, lead: row.lead.unwrap_or(false) };
            all.households.push(home);
            self.input.contacts.insert(id, responder);
            since.insert(id, row.registered);
            self.input.arrivals.entry(row.registered).or_default().households.push(home);
        }
        for (at, row) in people.rows.iter().enumerate() {
            let household = self.input.households.id(&row.household);
            let household = self.known(people, at, "household", household);
            let (Some(person), Some(household)) = (self.input.people.id(&row.person), household)
            else {
                continue;
            };
            let resident = Resident { age: row.age, ..Resident::new(person, household) };
            all.residents.push(resident.clone());
            let registered = row.registered.max(since.get(&household).copied().flatten());
            self.input.arrivals.entry(registered).or_default().residents.push(resident);
        }
        let complete =
            all.households.len() == homes.rows.len() && all.residents.len() == people.rows.len();
        let population = PopulationBuilder::new(&self.input.network)
            .households(all.households)
            .residents(all.residents)
            .build(&());
        // With rows left out, row numbers would be those of nobody.
        if let (true, Err(stopped)) = (complete, population) {
            let found = stopped.problems().into_iter().flatten();
            self.problems.extend(found.map(|error| match *error {
                PopulationError::DuplicateHousehold { row, .. } => {
                    homes.problem(row, reason(error))
                }
                PopulationError::DuplicatePerson { row, .. } | PopulationError::BadAge { row } => {
                    people.problem(row, reason(error))
                }
                PopulationError::NotABuilding { row, .. } => homes.problem(row, reason(error)),
                _ => error.to_string(),
            }));
        }
    }

    fn visits(&mut self, sheet: &Sheet<VisitRow>) {
        for (at, row) in sheet.rows.iter().enumerate() {
            let target = self.input.households.id(&row.household).map(Target::Household);
            let target = self.known(sheet, at, "household", target);
            let responder = self.input.responders.id(&row.responder);
            let responder = self.known(sheet, at, "responder", responder);
            let (Some(target), Some(responder)) = (target, responder) else { continue };
            let (event, received) = (EventId::new(row.event), row.received.unwrap_or(row.at));
            let visit = row.outcome.map(|outcome| Visit {
                channel: row.channel.unwrap_or(Channel::Door),
                follow_up: row.follow_up,
                ..Visit::new(target, row.at, responder, outcome)
            });
            let entry = match (row.amends, row.voids, visit) {
                (None, None, Some(visit)) => Entry::visit(event, received, visit),
                (Some(of), None, Some(visit)) => {
                    Entry::amend(event, received, EventId::new(of), visit)
                }
                (None, Some(of), None) => Entry::void(event, received, EventId::new(of)),
                _ => {
                    let reason = "an outcome, an outcome that amends, or what it voids";
                    self.problems.push(sheet.problem(at, format_args!("not {reason}")));
                    continue;
                }
            };
            self.entry(sheet, at, row.round, entry);
        }
    }

    fn changes(&mut self, tables: &Tables) {
        let sheet = &tables.changes;
        for (at, row) in sheet.rows.iter().enumerate() {
            let target = self.input.households.id(&row.household).map(Target::Household);
            let Some(target) = self.known(sheet, at, "household", target) else { continue };
            let change = Change { target, at: row.at, cause: row.cause };
            let entry = Entry::change(EventId::new(row.event), row.at, change);
            self.entry(sheet, at, row.round, entry);
        }
    }

    fn entry<T>(&mut self, sheet: &Sheet<T>, at: usize, round: u32, entry: Entry) {
        let entries = (round as usize).checked_sub(1).and_then(|at| self.input.entries.get_mut(at));
        match entries {
            Some(entries) => entries.push((sheet.place(at), entry)),
            None => self.problems.push(sheet.problem(at, format_args!("no round {round}"))),
        }
    }

    /// Each answer was given at a visit, which says where, when, to whom and in which round.
    fn answers(&mut self, sheet: &Sheet<AnswerRow>, visits: &Sheet<VisitRow>) {
        let visits: BTreeMap<u64, &VisitRow> =
            visits.rows.iter().map(|row| (row.event, row)).collect();
        for (at, row) in sheet.rows.iter().enumerate() {
            let visit = self.known(sheet, at, "visit", visits.get(&row.visit).copied());
            let about = match (&row.person, visit) {
                (Some(person), _) => self.input.people.id(person).map(Target::Person),
                (None, Some(visit)) => {
                    self.input.households.id(&visit.household).map(Target::Household)
                }
                (None, None) => continue,
            };
            let about = self.known(sheet, at, "person", about);
            let responder = visit.and_then(|visit| self.input.responders.id(&visit.responder));
            let answer = match self.answer(row) {
                Ok(answer) => answer,
                Err(reason) => {
                    self.problems.push(sheet.problem(at, reason));
                    continue;
                }
            };
            // The responder of a visit is named with the visit.
            if let (Some(visit), Some(about), Some(responder)) = (visit, about, responder) {
                let received = visit.received.unwrap_or(visit.at);
                let act = SurveyAct::new(about, visit.at, responder, visit.round, answer);
                let line = Line::act(EventId::new(row.event), received, act);
                self.input.answers.push((sheet.place(at), line));
            }
        }
    }

    fn answer(&self, row: &AnswerRow) -> Result<Answer, String> {
        let (text, day) = (row.answer.as_str(), row.day);
        match row.question.as_str() {
            "return" if text == "no" => Ok(Answer::Return(None)),
            "return" => {
                Ok(Answer::Return(Some(Return { from: self.input.origins.id(text), on: day })))
            }
            "vaccination" if text == "contraindicated" => {
                let contraindication = Some(Contraindication { until: day });
                Ok(Answer::Vaccination(Vaccination { contraindication, ..Vaccination::default() }))
            }
            "vaccination" => {
                let doses = text.parse().map_err(|_| "not a number of doses".to_owned())?;
                let vaccine = row.vaccine.as_deref().map(vaccine).transpose()?;
                let status = Vaccination { doses, vaccine, last: day, contraindication: None };
                Ok(Answer::Vaccination(status))
            }
            "symptoms" => {
                let names = text.split(';').map(str::trim).filter(|name| !name.is_empty());
                let shown = names.map(word).collect::<Result<_, String>>()?;
                Ok(Answer::Symptoms { shown, since: day })
            }
            "mobility" => Ok(Answer::Mobility(word(text)?)),
            "suspicion" if text == "none" => Ok(Answer::Suspicion(None)),
            "suspicion" => Ok(Answer::Suspicion(Some(word(text)?))),
            "newcomer" => Ok(Answer::Newcomer { since: day }),
            question => Err(format!("{question} is no question")),
        }
    }

    /// Names what nobody knows.
    fn known<T, Id>(
        &mut self,
        sheet: &Sheet<T>,
        at: usize,
        what: &str,
        id: Option<Id>,
    ) -> Option<Id> {
        if id.is_none() {
            self.problems.push(sheet.problem(at, format_args!("no such {what}")));
        }
        id
    }
}

/// A word of a closed set, such as `fever`.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let words: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(words).map_err(|error| error.to_string())
}

fn vaccine(name: &str) -> Result<VaccineId, String> {
    let number = (0..).zip(VACCINES).find(|(_, (known, _))| *known == name);
    number.map(|(number, _)| VaccineId::new(number)).ok_or_else(|| format!("no vaccine {name}"))
}

fn directory<'a, Id: DenseId>(
    keys: impl Iterator<Item = &'a String>,
) -> Result<Directory<String, Id>, Vec<String>> {
    let keys: BTreeSet<String> = keys.cloned().collect();
    Directory::from_keys(keys).map_err(|error| vec![error.to_string()])
}

impl Input {
    pub(crate) fn household(&self, id: HouseholdId) -> &str {
        key(&self.households, id)
    }

    pub(crate) fn person(&self, id: PersonId) -> &str {
        key(&self.people, id)
    }

    pub(crate) fn responder(&self, id: ResponderId) -> &str {
        key(&self.responders, id)
    }

    pub(crate) fn origin(&self, id: OriginId) -> &str {
        key(&self.origins, id)
    }
}

/// What the library says, less the number of the row: the line stands before it.
fn reason(error: impl std::fmt::Display) -> String {
    let text = error.to_string();
    text.split_once(": ").map_or(text.clone(), |(_, reason)| reason.to_owned())
}

fn key<Id: DenseId>(directory: &Directory<String, Id>, id: Id) -> &str {
    directory.key(id).map_or("?", String::as_str)
}
