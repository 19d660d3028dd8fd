//! The hand-made tables under `examples/data/outbreak`, row by row. What each holds, and which rows are
//! the article's and which are constructed, is in the README beside them.

use std::error::Error;

use epitier::contact::Setting;
use epitier::network::UnitRow;
use epitier::population::{Age, Presence};
use epitier::{Day, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Everything that the example reads.
pub(crate) struct Tables {
    pub(crate) units: Vec<UnitRow>,
    pub(crate) settlements: Vec<Settlement>,
    pub(crate) households: Vec<HouseholdRow>,
    pub(crate) people: Vec<PersonRow>,
    pub(crate) places: Vec<PlaceRow>,
    pub(crate) visits: Vec<VisitRow>,
    pub(crate) late_visits: Vec<VisitRow>,
    pub(crate) links: Vec<LinkRow>,
    pub(crate) cases: Vec<CaseRow>,
    pub(crate) checkpoints: Vec<CheckpointRow>,
    pub(crate) home_units: Vec<HomeUnitRow>,
}

/// How many people live in a unit that the table of units does not fill itself.
#[derive(Deserialize)]
pub(crate) struct Settlement {
    /// A compound or community to fill, or a subdistrict to fill with new communities.
    pub(crate) unit: String,
    /// New communities, in a subdistrict.
    pub(crate) communities: Option<u32>,
    /// Left to the rule of `generate` where not stated, as are the households.
    pub(crate) buildings: Option<u32>,
    pub(crate) households: Option<u32>,
    pub(crate) people: u32,
    /// Whether its communities are linked communities (联系社区).
    pub(crate) linked: bool,
}

#[derive(Deserialize)]
pub(crate) struct HouseholdRow {
    pub(crate) household: String,
    pub(crate) building: String,
}

#[derive(Deserialize)]
pub(crate) struct PersonRow {
    pub(crate) person: String,
    /// None for an outsider.
    pub(crate) household: Option<String>,
    pub(crate) role: String,
    pub(crate) age: Age,
    pub(crate) present: Presence,
}

#[derive(Deserialize)]
pub(crate) struct PlaceRow {
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) setting: Setting,
}

#[derive(Deserialize)]
pub(crate) struct VisitRow {
    pub(crate) person: String,
    pub(crate) place: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// How the headquarters knows: `passenger list`, `bus card`, `health code`, `interview`.
    pub(crate) record: String,
}

#[derive(Deserialize)]
pub(crate) struct LinkRow {
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) one_way: bool,
}

#[derive(Deserialize)]
pub(crate) struct CaseRow {
    pub(crate) person: String,
    /// The day of the positive sample.
    pub(crate) positive: Day,
    pub(crate) isolated: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct CheckpointRow {
    pub(crate) name: String,
    pub(crate) village: String,
    pub(crate) priority: u32,
}

/// A home unit that the article names, with its own linked community.
#[derive(Deserialize)]
pub(crate) struct HomeUnitRow {
    pub(crate) name: String,
    pub(crate) community: String,
}

/// The text of a table, which is part of the program, so that it runs from any directory.
macro_rules! table {
    ($file:literal) => {
        rows(
            $file,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/outbreak/", $file)),
        )
    };
}

impl Tables {
    /// Reads all tables.
    ///
    /// # Errors
    ///
    /// The first row that cannot be read, with its file and line.
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            units: table!("units.csv")?,
            settlements: table!("settlements.csv")?,
            households: table!("households.csv")?,
            people: table!("people.csv")?,
            places: table!("places.csv")?,
            visits: table!("visits.csv")?,
            late_visits: table!("late_visits.csv")?,
            links: table!("links.csv")?,
            cases: table!("cases.csv")?,
            checkpoints: table!("checkpoints.csv")?,
            home_units: table!("home_units.csv")?,
        })
    }
}

fn rows<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<T>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| format!("{file}: {error}"))
}
