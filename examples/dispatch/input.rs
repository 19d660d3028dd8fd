//! From tables of text keys to a dispatch: every key goes through a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use epitier::dispatch::{
    Availability, Change, DispatchBuilder, DispatchError, FixedAssignment, ForbiddenPair, Pairing,
    Post, PostKind, Responder, Skill, SkillSet, Table,
};
use epitier::network::{Network, NetworkBuilder, NetworkError, UnitRow};
use epitier::{DenseId, Directory, HomeUnitId, PostId, ResponderId, Timestamp, UnitId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::table::{self, Sheet};

/// Where the tables are.
pub(crate) struct Files {
    pub(crate) units: PathBuf,
    pub(crate) responders: PathBuf,
    pub(crate) posts: PathBuf,
    pub(crate) pairings: Option<PathBuf>,
    pub(crate) availability: Option<PathBuf>,
    pub(crate) fixed: Option<PathBuf>,
    pub(crate) forbidden: Option<PathBuf>,
    pub(crate) drop_outs: Option<PathBuf>,
}

/// The tables, ready to plan, and the keys for the plan.
pub(crate) struct Input {
    pub(crate) network: Network,
    pub(crate) builder: DispatchBuilder,
    /// What those who drop out change once the plan is made.
    pub(crate) changes: Vec<Change>,
    pub(crate) responders: Directory<String, ResponderId>,
    pub(crate) posts: Directory<String, PostId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponderRow {
    responder: String,
    #[serde(default)]
    supply: Option<u32>,
    #[serde(default)]
    skills: String,
    #[serde(default)]
    home_unit: Option<String>,
    #[serde(default)]
    residence: Option<String>,
    #[serde(default)]
    headquarters: Option<String>,
    #[serde(default)]
    latitude: Option<f64>,
    #[serde(default)]
    longitude: Option<f64>,
    #[serde(default)]
    previous: Option<String>,
    #[serde(default)]
    unplaced_priority: Option<u32>,
    #[serde(default)]
    unplaced_cost: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostRow {
    post: String,
    unit: String,
    #[serde(default)]
    kind: Option<PostKind>,
    #[serde(default)]
    requires: String,
    min: u32,
    max: u32,
    #[serde(default)]
    priority: Option<u32>,
    #[serde(default)]
    start: Option<Timestamp>,
    #[serde(default)]
    end: Option<Timestamp>,
    #[serde(default)]
    latitude: Option<f64>,
    #[serde(default)]
    longitude: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairingRow {
    home_unit: String,
    unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AvailabilityRow {
    responder: String,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FixedRow {
    responder: String,
    post: String,
    #[serde(default)]
    people: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForbiddenRow {
    responder: String,
    post: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropOutRow {
    responder: String,
    #[serde(default)]
    people: Option<u32>,
}

/// Reads and checks all tables, or returns every problem of all of them.
pub(crate) fn read(files: &Files) -> Result<Input, Vec<String>> {
    let mut problems = Vec::new();
    let units = table::read::<UnitRow>(&files.units, &mut problems);
    let responders = table::read::<ResponderRow>(&files.responders, &mut problems);
    let posts = table::read::<PostRow>(&files.posts, &mut problems);
    let pairings = optional::<PairingRow>(files.pairings.as_ref(), &mut problems);
    let availability = optional::<AvailabilityRow>(files.availability.as_ref(), &mut problems);
    let fixed = optional::<FixedRow>(files.fixed.as_ref(), &mut problems);
    let forbidden = optional::<ForbiddenRow>(files.forbidden.as_ref(), &mut problems);
    let drop_outs = optional::<DropOutRow>(files.drop_outs.as_ref(), &mut problems);

    refuse_blank(&responders, |row| &row.responder, &mut problems);
    refuse_blank(&posts, |row| &row.post, &mut problems);
    refuse_blank(&pairings, |row| &row.home_unit, &mut problems);

    let network = match NetworkBuilder::new().units(units.rows.iter().cloned()).build() {
        Ok(network) => network,
        // The other tables speak of units, so there is no more to check.
        Err(found) => {
            problems.extend(found.iter().map(|error| network_problem(&units, error)));
            return Err(problems);
        }
    };
    let keys = Keys::new(&network, &responders.rows, &posts.rows, &pairings.rows)
        .map_err(|error| vec![error])?;
    let builder = DispatchBuilder::new(&network)
        .responders(responders.rows.iter().map(|row| keys.responder(row)))
        .posts(posts.rows.iter().map(|row| keys.post(row)))
        .pairings(pairings.rows.iter().map(|row| Pairing {
            home_unit: id_or_nobody(&keys.home_units, &row.home_unit),
            unit: keys.unit(&row.unit),
        }))
        .availability(availability.rows.iter().map(|row| Availability {
            responder: id_or_nobody(&keys.responders, &row.responder),
            start: row.start,
            end: row.end,
        }))
        .fixed(fixed.rows.iter().map(|row| FixedAssignment {
            responder: id_or_nobody(&keys.responders, &row.responder),
            post: id_or_nobody(&keys.posts, &row.post),
            people: row.people.unwrap_or(1),
        }))
        .forbidden(forbidden.rows.iter().map(|row| ForbiddenPair {
            responder: id_or_nobody(&keys.responders, &row.responder),
            post: id_or_nobody(&keys.posts, &row.post),
        }));
    let changes = keys.changes(&drop_outs, &responders.rows, &fixed.rows, &mut problems);
    if let Err(found) = builder.clone().build() {
        problems.extend(found.iter().map(|error| match error.row() {
            Some((Table::Responders, row)) => dispatch_problem(&responders, row, error),
            Some((Table::Posts, row)) => dispatch_problem(&posts, row, error),
            Some((Table::Pairings, row)) => dispatch_problem(&pairings, row, error),
            Some((Table::Availability, row)) => dispatch_problem(&availability, row, error),
            Some((Table::Fixed, row)) => match *error {
                DispatchError::FixedForbidden { forbidden: at, .. } => {
                    forbidden.problem(at, format_args!("line {} fixes it", fixed.lines[row]))
                }
                _ => dispatch_problem(&fixed, row, error),
            },
            Some((Table::Forbidden, row)) => dispatch_problem(&forbidden, row, error),
            None => error.to_string(),
        }));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let Keys { responders, posts, .. } = keys;
    Ok(Input { network, builder, changes, responders, posts })
}

fn optional<T: DeserializeOwned>(file: Option<&PathBuf>, problems: &mut Vec<String>) -> Sheet<T> {
    file.map_or_else(Sheet::empty, |file| table::read(file, problems))
}

fn refuse_blank<T>(sheet: &Sheet<T>, key: impl Fn(&T) -> &String, problems: &mut Vec<String>) {
    let blank = (0..).zip(&sheet.rows).filter(|(_, row)| key(row).is_empty());
    problems.extend(blank.map(|(row, _)| sheet.problem(row, "the first column is empty")));
}

/// The host's keys and the numbers that the library knows.
struct Keys<'a> {
    network: &'a Network,
    responders: Directory<String, ResponderId>,
    posts: Directory<String, PostId>,
    home_units: Directory<String, HomeUnitId>,
    /// The number of a skill is its place.
    skills: Vec<String>,
}

impl<'a> Keys<'a> {
    fn new(
        network: &'a Network,
        responders: &[ResponderRow],
        posts: &[PostRow],
        pairings: &[PairingRow],
    ) -> Result<Self, String> {
        let lists = responders.iter().map(|row| &row.skills);
        let lists = lists.chain(posts.iter().map(|row| &row.requires));
        let skills: BTreeSet<&str> = lists.flat_map(|list| names(list)).collect();
        if skills.len() > usize::from(Skill::COUNT) {
            return Err(format!(
                "{} different skills; {} are possible",
                skills.len(),
                Skill::COUNT
            ));
        }
        let home_units = responders.iter().filter_map(|row| row.home_unit.as_ref());
        Ok(Self {
            network,
            responders: directory(responders.iter().map(|row| &row.responder))?,
            posts: directory(posts.iter().map(|row| &row.post))?,
            home_units: directory(home_units.chain(pairings.iter().map(|row| &row.home_unit)))?,
            skills: skills.into_iter().map(str::to_owned).collect(),
        })
    }

    fn responder(&self, row: &ResponderRow) -> Responder {
        Responder {
            supply: row.supply.unwrap_or(1),
            skills: self.skills(&row.skills),
            home_unit: row.home_unit.as_deref().and_then(|key| self.home_units.id(key)),
            residence: row.residence.as_deref().map(|code| self.unit(code)),
            headquarters: row.headquarters.as_deref().map(|code| self.unit(code)),
            latitude: row.latitude,
            longitude: row.longitude,
            // A post that is no more holds nobody.
            previous: row.previous.as_deref().and_then(|key| self.posts.id(key)),
            unplaced_priority: row.unplaced_priority,
            unplaced_cost: row.unplaced_cost,
            ..Responder::new(id_or_nobody(&self.responders, &row.responder))
        }
    }

    fn post(&self, row: &PostRow) -> Post {
        Post {
            post: id_or_nobody(&self.posts, &row.post),
            unit: self.unit(&row.unit),
            kind: row.kind.unwrap_or_default(),
            requires: self.skills(&row.requires),
            min: row.min,
            max: row.max,
            priority: row.priority.unwrap_or_default(),
            start: row.start,
            end: row.end,
            latitude: row.latitude,
            longitude: row.longitude,
        }
    }

    /// What is left of those who drop out, one change for each row. Nobody drops out whom an order keeps.
    fn changes(
        &self,
        drop_outs: &Sheet<DropOutRow>,
        responders: &[ResponderRow],
        fixed: &[FixedRow],
        problems: &mut Vec<String>,
    ) -> Vec<Change> {
        let supplies: BTreeMap<&str, u32> = responders
            .iter()
            .map(|row| (row.responder.as_str(), row.supply.unwrap_or(1)))
            .collect();
        let mut ordered: BTreeMap<&str, u32> = BTreeMap::new();
        for row in fixed {
            let people = ordered.entry(&row.responder).or_default();
            *people = people.saturating_add(row.people.unwrap_or(1));
        }
        let (mut changes, mut seen) = (Vec::new(), BTreeSet::new());
        for (at, row) in drop_outs.rows.iter().enumerate() {
            let key = row.responder.as_str();
            let (Some(responder), Some(supply)) = (self.responders.id(key), supplies.get(key))
            else {
                problems.push(drop_outs.problem(at, "no such responder"));
                continue;
            };
            let ordered = ordered.get(key).copied().unwrap_or(0);
            match supply.checked_sub(row.people.unwrap_or(1)) {
                _ if !seen.insert(key) => {
                    problems.push(drop_outs.problem(at, "an earlier line is of the same one"));
                }
                None => {
                    let reason = format_args!("they are {supply} in all");
                    problems.push(drop_outs.problem(at, reason));
                }
                Some(people) if people < ordered => {
                    let reason = format_args!("that leaves {people}, and {ordered} are fixed");
                    problems.push(drop_outs.problem(at, reason));
                }
                Some(people) => changes.push(Change::People { responder, people }),
            }
        }
        changes
    }

    fn skills(&self, list: &str) -> SkillSet {
        let number =
            |name: &str| self.skills.binary_search_by(|known| known.as_str().cmp(name)).ok();
        names(list)
            .filter_map(|name| u8::try_from(number(name)?).ok())
            .filter_map(Skill::new)
            .collect()
    }

    /// The unit with a code; one that the library will refuse, with its row, if there is none.
    fn unit(&self, code: &str) -> UnitId {
        self.network.unit(code).unwrap_or(UnitId::new(u32::MAX))
    }
}

/// The names in a list with semicolons.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|name| !name.is_empty())
}

fn directory<'a, Id: DenseId>(
    keys: impl Iterator<Item = &'a String>,
) -> Result<Directory<String, Id>, String> {
    Directory::from_keys(keys.cloned()).map_err(|error| error.to_string())
}

/// The id of a key; one that no directory gives out, which the library will refuse, if it is unknown.
fn id_or_nobody<Id: DenseId>(directory: &Directory<String, Id>, key: &str) -> Id {
    directory.id(key).unwrap_or(Id::new(u32::MAX))
}

fn network_problem(units: &Sheet<UnitRow>, error: &NetworkError) -> String {
    match (error, error.rows().first()) {
        (NetworkError::DuplicateCode { row, other }, _) => {
            units.problem(*row, format_args!("line {} has the same code", units.lines[*other]))
        }
        (_, Some(&row)) => units.problem(row, without_row(&error.to_string())),
        (_, None) => error.to_string(),
    }
}

fn dispatch_problem<T>(rows: &Sheet<T>, row: usize, error: &DispatchError) -> String {
    match *error {
        DispatchError::StatedTwice { first, .. } => {
            rows.problem(row, format_args!("line {} is of the same one", rows.lines[first]))
        }
        DispatchError::UnknownUnit { .. } => rows.problem(row, "no unit has this code"),
        DispatchError::UnknownPost { .. } => rows.problem(row, "no such post"),
        DispatchError::UnknownResponder { .. } => rows.problem(row, "no such responder"),
        _ => rows.problem(row, without_row(&error.to_string())),
    }
}

/// What the library says, less the number of the row: the line stands before it.
fn without_row(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, reason)| reason)
}
