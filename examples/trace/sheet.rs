//! The rows of a CSV file, each with the line that it stands in, and what is wrong with them.

#[path = "../support/records.rs"]
mod records;

use std::fmt;
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use epitier::{Cancelled, Progress, Watch};

use records::{Next, Records};

/// Everything wrong with the tables.
#[derive(Debug, Default, thiserror::Error)]
pub(crate) struct BadRows(pub(crate) Vec<String>);

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
pub(crate) struct Sheet<T> {
    path: PathBuf,
    rows: Vec<T>,
    lines: Vec<u64>,
}

impl<T> Sheet<T> {
    /// Reads a CSV file. A column is a name and whether it must be there; a cell of a missing column
    /// is empty. Problems are noted and the rows that have one are left out.
    pub(crate) fn read<const N: usize>(
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
pub(crate) fn name_row(
    sheet: Option<&Sheet<()>>,
    row: usize,
    problem: impl fmt::Display,
) -> String {
    match sheet.and_then(|sheet| Some((sheet.path.display(), sheet.lines.get(row)?))) {
        Some((path, line)) => format!("{path}:{line}: {problem}"),
        None => problem.to_string(),
    }
}

/// The rows of a sheet, if there is one, and the sheet with its lines only.
pub(crate) fn split<T>(sheet: Option<Sheet<T>>) -> (Option<Sheet<()>>, Vec<T>) {
    match sheet {
        Some(Sheet { path, rows, lines }) => (Some(Sheet { path, rows: Vec::new(), lines }), rows),
        None => (None, Vec::new()),
    }
}
