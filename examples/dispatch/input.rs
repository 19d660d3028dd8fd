//! From tables of text keys to a dispatch: every key goes through a directory.

use std::collections::BTreeSet;
use std::path::PathBuf;

use epitier::dispatch::{
    Availability, DispatchBuilder, DispatchError, Pairing, Post, PostKind, Responder, Skill,
    SkillSet, Table,
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
}

/// The tables, ready to plan, and the keys for the plan.
pub(crate) struct Input {
    pub(crate) network: Network,
    pub(crate) builder: DispatchBuilder,
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

/// Reads and checks all tables, or returns every problem of all of them.
pub(crate) fn read(files: &Files) -> Result<Input, Vec<String>> {
    let mut problems = Vec::new();
    let units = table::read::<UnitRow>(&files.units, &mut problems);
    let responders = table::read::<ResponderRow>(&files.responders, &mut problems);
    let posts = table::read::<PostRow>(&files.posts, &mut problems);
    let pairings = optional::<PairingRow>(files.pairings.as_ref(), &mut problems);
    let availability = optional::<AvailabilityRow>(files.availability.as_ref(), &mut problems);

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
        }));
    if let Err(found) = builder.clone().build() {
        problems.extend(found.iter().map(|error| match error.row() {
            Some((Table::Responders, row)) => dispatch_problem(&responders, row, error),
            Some((Table::Posts, row)) => dispatch_problem(&posts, row, error),
            Some((Table::Pairings, row)) => dispatch_problem(&pairings, row, error),
            Some((Table::Availability, row)) => dispatch_problem(&availability, row, error),
            None | Some((Table::Fixed | Table::Forbidden, _)) => error.to_string(),
        }));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let Keys { responders, posts, .. } = keys;
    Ok(Input { network, builder, responders, posts })
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
        DispatchError::UnknownResponder { .. } => rows.problem(row, "no such responder"),
        _ => rows.problem(row, without_row(&error.to_string())),
    }
}

/// What the library says, less the number of the row: the line stands before it.
fn without_row(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, reason)| reason)
}
