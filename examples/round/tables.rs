//! The rows of the tables.

use std::path::Path;

use epitier::campaign::{Cause, Channel, Outcome};
use epitier::network::UnitRow;
use epitier::population::Age;
use epitier::{Day, Timestamp};
use serde::Deserialize;

use super::table::{self, Sheet};

/// All tables of one survey.
pub(crate) struct Tables {
    pub(crate) units: Sheet<UnitRow>,
    pub(crate) responders: Sheet<ResponderRow>,
    pub(crate) households: Sheet<HouseholdRow>,
    pub(crate) residents: Sheet<ResidentRow>,
    pub(crate) rounds: Sheet<RoundRow>,
    pub(crate) visits: Sheet<VisitRow>,
    pub(crate) changes: Sheet<ChangeRow>,
    pub(crate) answers: Sheet<AnswerRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponderRow {
    pub(crate) responder: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HouseholdRow {
    pub(crate) household: String,
    pub(crate) building: String,
    pub(crate) entrance: u32,
    pub(crate) door: u32,
    pub(crate) responder: String,
    #[serde(default)]
    pub(crate) lead: Option<bool>,
    #[serde(default)]
    pub(crate) registered: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResidentRow {
    pub(crate) person: String,
    pub(crate) household: String,
    #[serde(default)]
    pub(crate) age: Age,
    #[serde(default)]
    pub(crate) registered: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoundRow {
    pub(crate) event: u64,
    pub(crate) opens: Timestamp,
    #[serde(default)]
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) closes: Timestamp,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VisitRow {
    pub(crate) event: u64,
    pub(crate) round: u32,
    pub(crate) household: String,
    pub(crate) at: Timestamp,
    #[serde(default)]
    pub(crate) received: Option<Timestamp>,
    pub(crate) responder: String,
    #[serde(default)]
    pub(crate) channel: Option<Channel>,
    #[serde(default)]
    pub(crate) outcome: Option<Outcome>,
    #[serde(default)]
    pub(crate) follow_up: Option<Day>,
    #[serde(default)]
    pub(crate) amends: Option<u64>,
    #[serde(default)]
    pub(crate) voids: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRow {
    pub(crate) event: u64,
    pub(crate) round: u32,
    pub(crate) household: String,
    pub(crate) at: Timestamp,
    pub(crate) cause: Cause,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRow {
    pub(crate) event: u64,
    pub(crate) visit: u64,
    #[serde(default)]
    pub(crate) person: Option<String>,
    pub(crate) question: String,
    #[serde(default)]
    pub(crate) answer: String,
    #[serde(default)]
    pub(crate) vaccine: Option<String>,
    #[serde(default)]
    pub(crate) day: Option<Day>,
}

impl Tables {
    /// Reads the tables of a folder; whatever is wrong with a row is added to the problems.
    pub(crate) fn read(folder: &Path, problems: &mut Vec<String>) -> Self {
        Self {
            units: table::read(&folder.join("units.csv"), problems),
            responders: table::read(&folder.join("responders.csv"), problems),
            households: table::read(&folder.join("households.csv"), problems),
            residents: table::read(&folder.join("residents.csv"), problems),
            rounds: table::read(&folder.join("rounds.csv"), problems),
            visits: table::read(&folder.join("visits.csv"), problems),
            changes: table::read(&folder.join("changes.csv"), problems),
            answers: table::read(&folder.join("answers.csv"), problems),
        }
    }
}
