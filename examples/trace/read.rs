//! The tables: from text to dense ids, with a file and a line for every problem.

use std::fmt;
use std::path::PathBuf;

use epitier::contact::{
    Case, ContactIndexBuilder, InvestigationError, Link, Member, RecordError, Table, Visit,
};
use epitier::{
    Directory, DirectoryBuilder, HouseholdId, PersonId, PlaceId, Problems, Timestamp, Watch,
};

use super::Failure;
use super::sheet::{BadRows, Sheet, name_row, split};

/// The tables to read.
#[derive(clap::Args, Debug)]
pub(crate) struct Files {
    /// Visits: person,place,start,end (half-open, never empty).
    #[arg(long, value_name = "CSV", required_unless_present_any = ["links", "households"])]
    visits: Option<PathBuf>,
    /// Direct contacts: a,b,start,end and optionally `one_way` (true or false); start = end is an
    /// instant; one way means from a to b only.
    #[arg(long, value_name = "CSV")]
    links: Option<PathBuf>,
    /// Who lives where: person,household and optionally from,until (empty: always there before, or still
    /// there). Who is at home at the same time is in contact.
    #[arg(long, value_name = "CSV")]
    pub(crate) households: Option<PathBuf>,
    /// Cases: person,from,until; an empty until is still open.
    #[arg(long, value_name = "CSV")]
    cases: PathBuf,
}

/// A person, place or household of the user's tables; whole numbers sort as numbers, before all other text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Number(u64),
    Text(String),
}

impl Key {
    fn read(text: &str, what: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err(format!("no {what}"));
        }
        // `007` is another key than `7`.
        match text.parse::<u64>() {
            Ok(number) if text == "0" || !text.starts_with(['0', '+']) => Ok(Self::Number(number)),
            _ => Ok(Self::Text(text.to_owned())),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Reads cells, remembering the keys and how times are written.
struct Cells {
    people: DirectoryBuilder<Key, PersonId>,
    places: DirectoryBuilder<Key, PlaceId>,
    households: DirectoryBuilder<Key, HouseholdId>,
    rfc_3339: bool,
}

impl Cells {
    fn person(&mut self, cell: &str, column: &str) -> Result<usize, String> {
        Ok(self.people.ticket(&Key::read(cell, column)?))
    }

    fn place(&mut self, cell: &str) -> Result<usize, String> {
        Ok(self.places.ticket(&Key::read(cell, "place")?))
    }

    fn household(&mut self, cell: &str) -> Result<usize, String> {
        Ok(self.households.ticket(&Key::read(cell, "household")?))
    }

    fn time(&mut self, cell: &str, column: &str) -> Result<Timestamp, String> {
        if let Ok(seconds) = cell.trim().parse() {
            return Ok(Timestamp::from_seconds(seconds));
        }
        let time = cell.parse().map_err(|error| format!("{column} {cell:?}: {error}"))?;
        self.rfc_3339 = true;
        Ok(time)
    }

    /// A time, or none in an empty cell.
    fn open(&mut self, cell: &str, column: &str) -> Result<Option<Timestamp>, String> {
        if cell.trim().is_empty() { Ok(None) } else { self.time(cell, column).map(Some) }
    }
}

fn flag(cell: &str) -> Result<bool, String> {
    match cell.trim() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(format!("one_way {cell:?}: expected true or false")),
    }
}

/// A visit or link whose people and place are tickets still.
type Ticketed = ([usize; 2], Timestamp, Timestamp, bool);

/// A presence at home whose person and household are tickets still.
type Presence = ([usize; 2], [Option<Timestamp>; 2]);

/// The user's keys, and where each row stood.
pub(crate) struct Tables {
    pub(crate) people: Directory<Key, PersonId>,
    pub(crate) places: Directory<Key, PlaceId>,
    /// Whether any time was written as RFC 3339.
    pub(crate) rfc_3339: bool,
    pub(crate) cases: Vec<Case>,
    visits: Option<Sheet<()>>,
    links: Option<Sheet<()>>,
    households: Option<Sheet<()>>,
    case_rows: Option<Sheet<()>>,
}

impl Tables {
    /// Reads all tables; the builder holds all rows but the cases.
    pub(crate) fn read(
        files: &Files,
        watch: &dyn Watch,
    ) -> Result<(Self, ContactIndexBuilder), Failure> {
        let mut bad = BadRows::default();
        let mut cells = Cells {
            people: Directory::builder(),
            places: Directory::builder(),
            households: Directory::builder(),
            rfc_3339: false,
        };
        let visits = files.visits.as_ref().map(|path| {
            let columns = [("person", true), ("place", true), ("start", true), ("end", true)];
            Sheet::read(path, columns, watch, &mut bad, |[person, place, start, end]| {
                let who = [cells.person(person, "person")?, cells.place(place)?];
                Ok((who, cells.time(start, "start")?, cells.time(end, "end")?, false))
            })
        });
        let visits = visits.transpose()?;
        let links = files.links.as_ref().map(|path| {
            let columns =
                [("a", true), ("b", true), ("start", true), ("end", true), ("one_way", false)];
            Sheet::read(path, columns, watch, &mut bad, |[a, b, start, end, one_way]| {
                let who = [cells.person(a, "a")?, cells.person(b, "b")?];
                Ok((who, cells.time(start, "start")?, cells.time(end, "end")?, flag(one_way)?))
            })
        });
        let links = links.transpose()?;
        let households = files.households.as_ref().map(|path| {
            let columns =
                [("person", true), ("household", true), ("from", false), ("until", false)];
            Sheet::read(path, columns, watch, &mut bad, |[person, household, from, until]| {
                let who = [cells.person(person, "person")?, cells.household(household)?];
                Ok((who, [cells.open(from, "from")?, cells.open(until, "until")?]))
            })
        });
        let households = households.transpose()?;
        let columns = [("person", true), ("from", true), ("until", true)];
        let cases =
            Sheet::read(&files.cases, columns, watch, &mut bad, |[person, from, until]| {
                let until = cells.open(until, "until")?;
                Ok((cells.person(person, "person")?, cells.time(from, "from")?, until))
            })?;
        if !bad.0.is_empty() {
            return Err(bad.into());
        }
        let numbered = Self::number(cells, visits, links, households, cases);
        Ok(numbered.map_err(|error| BadRows(vec![error.to_string()]))?)
    }

    /// Turns tickets into ids.
    fn number(
        cells: Cells,
        visits: Option<Sheet<Ticketed>>,
        links: Option<Sheet<Ticketed>>,
        households: Option<Sheet<Presence>>,
        cases: Sheet<(usize, Timestamp, Option<Timestamp>)>,
    ) -> Result<(Self, ContactIndexBuilder), epitier::DirectoryError> {
        let (people, person) = cells.people.build()?;
        let (places, place) = cells.places.build()?;
        let (_, household) = cells.households.build()?;
        let count = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let visit = |([who, at], start, end, _): Ticketed| Visit {
            person: person[who],
            place: place[at],
            start,
            end,
        };
        let link = |([a, b], start, end, one_way): Ticketed| Link {
            a: person[a],
            b: person[b],
            start,
            end,
            one_way,
        };
        let member = |([who, home], [from, until]): Presence| Member {
            person: person[who],
            household: household[home],
            from,
            until,
        };
        let (visits, visit_rows) = split(visits);
        let (links, link_rows) = split(links);
        let (households, members) = split(households);
        let builder = ContactIndexBuilder::new(count(people.len()), count(places.len()))
            .visits(visit_rows.into_iter().map(visit))
            .links(link_rows.into_iter().map(link))
            .members(members.into_iter().map(member));
        let case = |&(who, from, until): &_| Case { person: person[who], from, until };
        let (case_rows, cases) = split(Some(cases));
        let cases = cases.iter().map(case).collect();
        let rfc_3339 = cells.rfc_3339;
        Ok((
            Self { people, places, rfc_3339, cases, visits, links, households, case_rows },
            builder,
        ))
    }

    /// What the index refuses, by file and line.
    pub(crate) fn name_records(&self, problems: Problems<RecordError>) -> BadRows {
        let name = |problem: RecordError| {
            let (table, row) = problem.position();
            let sheet = match table {
                Table::Links => self.links.as_ref(),
                Table::Households => self.households.as_ref(),
                _ => self.visits.as_ref(),
            };
            match problem {
                RecordError::EmptyVisit { .. } => name_row(sheet, row, "end is not after start"),
                RecordError::InvertedLink { .. } => name_row(sheet, row, "end is before start"),
                RecordError::SelfContact { .. } => name_row(sheet, row, "a and b are the same"),
                RecordError::EmptyPresence { .. } => {
                    name_row(sheet, row, "until is not after from")
                }
                RecordError::StatedTwice { .. } => {
                    name_row(sheet, row, "this person has another household in a row before")
                }
                RecordError::TooFarApart { .. } => {
                    name_row(sheet, row, "ends over 123 years after the earliest start of all rows")
                }
                _ => name_row(sheet, row, problem),
            }
        };
        BadRows(problems.into_iter().map(name).collect())
    }

    /// What the trace refuses, by file and line.
    pub(crate) fn name_cases(&self, problems: Problems<InvestigationError>) -> BadRows {
        let name = |problem: InvestigationError| {
            let (sheet, row) = (self.case_rows.as_ref(), problem.row());
            match problem {
                InvestigationError::EmptyWindow { .. } => {
                    name_row(sheet, row, "until is not after from")
                }
                InvestigationError::CaseTwice { .. } => {
                    name_row(sheet, row, "this person is a case in another row already")
                }
                _ => name_row(sheet, row, problem),
            }
        };
        BadRows(problems.into_iter().map(name).collect())
    }
}
