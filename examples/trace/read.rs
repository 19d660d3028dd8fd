//! The three tables: from text to dense ids, with a file and a line for every problem.

#[path = "../support/records.rs"]
mod records;

use std::fmt;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use epitier::contact::{
    Case, ContactIndexBuilder, InvestigationError, Link, RecordError, Table, Visit,
};
use epitier::{
    Cancelled, Directory, DirectoryBuilder, PersonId, PlaceId, Problems, Progress, Timestamp, Watch,
};

use super::Failure;
use records::{Next, Records};

/// A person or place of the user's tables; whole numbers sort as numbers, before all other text.
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

/// Everything wrong with the tables.
#[derive(Debug, Default, thiserror::Error)]
pub(crate) struct BadRows(Vec<String>);

/// How many problems are printed before only their number is told.
const PRINTED: usize = 100;

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.0.iter().take(PRINTED) {
            writeln!(f, "{problem}")?;
        }
        if self.0.len() > PRINTED {
            writeln!(f, "and {} more", self.0.len() - PRINTED)?;
        }
        write!(f, "{} problem(s) in the tables, nothing was traced", self.0.len())
    }
}

/// The rows of a file with the line that each stands in.
struct Sheet<T> {
    path: PathBuf,
    rows: Vec<T>,
    lines: Vec<u64>,
}

impl<T> Sheet<T> {
    /// Reads a CSV file. A column is a name and whether it must be there; a cell of a missing column
    /// is empty. Problems are noted and the rows that have one are left out.
    fn read<const N: usize>(
        path: &Path,
        columns: [(&str, bool); N],
        watch: &dyn Watch,
        bad: &mut BadRows,
        parse: impl FnMut([&str; N]) -> Result<T, String>,
    ) -> Result<Self, Cancelled> {
        let mut sheet = Self { path: path.to_owned(), rows: Vec::new(), lines: Vec::new() };
        if let Err(error) = sheet.fill(columns, watch, bad, parse) {
            bad.0.push(format!("{}: {error}", path.display()));
        }
        // What was filled so far is good for nothing.
        watch.check()?;
        Ok(sheet)
    }

    fn fill<const N: usize>(
        &mut self,
        columns: [(&str, bool); N],
        watch: &dyn Watch,
        bad: &mut BadRows,
        mut parse: impl FnMut([&str; N]) -> Result<T, String>,
    ) -> Result<(), csv::Error> {
        let name = self.path.display();
        let total = std::fs::metadata(&self.path)?.len();
        let mut records = Records::open(&self.path)?;
        let header = &records.header;
        let at = columns.map(|(column, required)| {
            let mut named =
                (0..header.len()).filter(|&at| header[at].trim_ascii() == column.as_bytes());
            let at = named.next();
            if at.is_none() && required {
                bad.0.push(format!("{name}:1: no column `{column}`"));
            }
            if named.next().is_some() {
                bad.0.push(format!("{name}:1: column `{column}` twice"));
            }
            at
        });
        let complete = columns.iter().zip(at).all(|((_, required), at)| at.is_some() || !required);
        let mut record = ByteRecord::new();
        loop {
            let line = match records.next(&mut record)? {
                Next::Record(line) => line,
                Next::End => return Ok(()),
                Next::OpenQuote(line) => {
                    bad.0.push(format!("{name}:{line}: a quote is never closed"));
                    return Ok(());
                }
            };
            let cells = records.misfit(&record).map_or_else(|| cells(&record, at), Err);
            match cells.and_then(|cells| complete.then(|| parse(cells)).transpose()) {
                Ok(Some(row)) => {
                    self.rows.push(row);
                    self.lines.push(line);
                }
                Ok(None) => {}
                Err(reason) => bad.0.push(format!("{name}:{line}: {reason}")),
            }
            if self.lines.len().is_multiple_of(1 << 16) {
                let done = records.reader.position().byte();
                watch.progress(Progress { stage: "read tables", done, total });
                if watch.is_cancelled() {
                    return Ok(());
                }
            }
        }
    }
}

/// The wanted cells of a record; a column that is not there is empty.
fn cells<const N: usize>(record: &ByteRecord, at: [Option<usize>; N]) -> Result<[&str; N], String> {
    let mut cells = [""; N];
    for (cell, at) in cells.iter_mut().zip(at) {
        if let Some(bytes) = at.and_then(|at| record.get(at)) {
            *cell = std::str::from_utf8(bytes).map_err(|_| "not valid UTF-8".to_owned())?;
        }
    }
    Ok(cells)
}

/// A problem of a row, with its file and line where there is one.
fn name_row(sheet: Option<&Sheet<()>>, row: usize, problem: impl fmt::Display) -> String {
    match sheet.and_then(|sheet| Some((sheet.path.display(), sheet.lines.get(row)?))) {
        Some((path, line)) => format!("{path}:{line}: {problem}"),
        None => problem.to_string(),
    }
}

/// Reads cells, remembering the keys and how times are written.
struct Cells {
    people: DirectoryBuilder<Key, PersonId>,
    places: DirectoryBuilder<Key, PlaceId>,
    rfc_3339: bool,
}

impl Cells {
    fn person(&mut self, cell: &str, column: &str) -> Result<usize, String> {
        Ok(self.people.ticket(&Key::read(cell, column)?))
    }

    fn place(&mut self, cell: &str) -> Result<usize, String> {
        Ok(self.places.ticket(&Key::read(cell, "place")?))
    }

    fn time(&mut self, cell: &str, column: &str) -> Result<Timestamp, String> {
        if let Ok(seconds) = cell.trim().parse() {
            return Ok(Timestamp::from_seconds(seconds));
        }
        let time = cell.parse().map_err(|error| format!("{column} {cell:?}: {error}"))?;
        self.rfc_3339 = true;
        Ok(time)
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

/// The rows of a sheet, if there is one, and the sheet with its lines only.
fn split<T>(sheet: Option<Sheet<T>>) -> (Option<Sheet<()>>, Vec<T>) {
    match sheet {
        Some(Sheet { path, rows, lines }) => (Some(Sheet { path, rows: Vec::new(), lines }), rows),
        None => (None, Vec::new()),
    }
}

/// The user's keys, and where each row stood.
pub(crate) struct Tables {
    pub(crate) people: Directory<Key, PersonId>,
    pub(crate) places: Directory<Key, PlaceId>,
    /// Whether any time was written as RFC 3339.
    pub(crate) rfc_3339: bool,
    pub(crate) cases: Vec<Case>,
    visits: Option<Sheet<()>>,
    links: Option<Sheet<()>>,
    case_rows: Option<Sheet<()>>,
}

impl Tables {
    /// Reads all tables; the builder holds the rows of visits and links.
    pub(crate) fn read(
        visits: Option<&Path>,
        links: Option<&Path>,
        cases: &Path,
        watch: &dyn Watch,
    ) -> Result<(Self, ContactIndexBuilder), Failure> {
        let mut bad = BadRows::default();
        let mut cells =
            Cells { people: Directory::builder(), places: Directory::builder(), rfc_3339: false };
        let visits = visits.map(|path| {
            let columns = [("person", true), ("place", true), ("start", true), ("end", true)];
            Sheet::read(path, columns, watch, &mut bad, |[person, place, start, end]| {
                let who = [cells.person(person, "person")?, cells.place(place)?];
                Ok((who, cells.time(start, "start")?, cells.time(end, "end")?, false))
            })
        });
        let visits = visits.transpose()?;
        let links = links.map(|path| {
            let columns =
                [("a", true), ("b", true), ("start", true), ("end", true), ("one_way", false)];
            Sheet::read(path, columns, watch, &mut bad, |[a, b, start, end, one_way]| {
                let who = [cells.person(a, "a")?, cells.person(b, "b")?];
                Ok((who, cells.time(start, "start")?, cells.time(end, "end")?, flag(one_way)?))
            })
        });
        let links = links.transpose()?;
        let columns = [("person", true), ("from", true), ("until", true)];
        let cases = Sheet::read(cases, columns, watch, &mut bad, |[person, from, until]| {
            let open = until.trim().is_empty();
            let until = if open { None } else { Some(cells.time(until, "until")?) };
            Ok((cells.person(person, "person")?, cells.time(from, "from")?, until))
        })?;
        if !bad.0.is_empty() {
            return Err(bad.into());
        }
        let numbered = Self::number(cells, visits, links, cases);
        Ok(numbered.map_err(|error| BadRows(vec![error.to_string()]))?)
    }

    /// Turns tickets into ids.
    fn number(
        cells: Cells,
        visits: Option<Sheet<Ticketed>>,
        links: Option<Sheet<Ticketed>>,
        cases: Sheet<(usize, Timestamp, Option<Timestamp>)>,
    ) -> Result<(Self, ContactIndexBuilder), epitier::DirectoryError> {
        let (people, person) = cells.people.build()?;
        let (places, place) = cells.places.build()?;
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
        let (visits, visit_rows) = split(visits);
        let (links, link_rows) = split(links);
        let builder = ContactIndexBuilder::new(count(people.len()), count(places.len()))
            .visits(visit_rows.into_iter().map(visit))
            .links(link_rows.into_iter().map(link));
        let case = |&(who, from, until): &_| Case { person: person[who], from, until };
        let (case_rows, cases) = split(Some(cases));
        let cases = cases.iter().map(case).collect();
        let rfc_3339 = cells.rfc_3339;
        Ok((Self { people, places, rfc_3339, cases, visits, links, case_rows }, builder))
    }

    /// What the index refuses, by file and line.
    pub(crate) fn name_records(&self, problems: Problems<RecordError>) -> BadRows {
        let name = |problem: RecordError| {
            let (table, row) = problem.position();
            let sheet = match table {
                Table::Links => self.links.as_ref(),
                _ => self.visits.as_ref(),
            };
            match problem {
                RecordError::EmptyVisit { .. } => name_row(sheet, row, "end is not after start"),
                RecordError::InvertedLink { .. } => name_row(sheet, row, "end is before start"),
                RecordError::SelfContact { .. } => name_row(sheet, row, "a and b are the same"),
                RecordError::TooFarApart { .. } => name_row(
                    sheet,
                    row,
                    "end is over 136 years after the earliest start of all rows",
                ),
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
