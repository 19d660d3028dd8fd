//! CSV tables with a header: rows of a serde type that know their lines, and every line that is wrong.

mod records;

use std::path::{Path, PathBuf};

use csv::{ByteRecord, StringRecord};
use records::{Next, Records};
use serde::de::DeserializeOwned;

/// The rows of one file.
pub(crate) struct Sheet<T> {
    file: PathBuf,
    /// The rows that could be read, in file order.
    pub(crate) rows: Vec<T>,
    /// The line of each row, counted from 1 with the header.
    pub(crate) lines: Vec<u64>,
}

impl<T> Sheet<T> {
    /// No file and no row.
    pub(crate) fn empty() -> Self {
        Self { file: PathBuf::new(), rows: Vec::new(), lines: Vec::new() }
    }

    /// A problem of a row, as `file:line: reason`.
    pub(crate) fn problem(&self, row: usize, reason: impl std::fmt::Display) -> String {
        format!("{}: {reason}", self.place(row))
    }

    /// Where a row stands, as `file:line`.
    pub(crate) fn place(&self, row: usize) -> String {
        format!("{}:{}", self.file.display(), self.lines[row])
    }
}

/// Reads a file. Whatever is wrong with it is added to the problems as `file:line: reason`.
pub(crate) fn read<T: DeserializeOwned>(file: &Path, problems: &mut Vec<String>) -> Sheet<T> {
    let mut table = Sheet { file: file.to_owned(), ..Sheet::empty() };
    let mut problem = |line: Option<u64>, error: &dyn std::fmt::Display| {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        problems.push(format!("{}{line}: {error}", file.display()));
    };
    let mut records = match Records::open(file) {
        Ok(records) if records.header.is_empty() => {
            problem(None, &"no header");
            return table;
        }
        Ok(records) => records,
        Err(error) => {
            problem(None, &error);
            return table;
        }
    };
    let headers = match text(records.header.clone()) {
        Ok(headers) => headers,
        Err(reason) => {
            problem(Some(1), &reason);
            return table;
        }
    };
    let mut record = ByteRecord::new();
    loop {
        let line = match records.next(&mut record) {
            Ok(Next::Record(line)) => line,
            Ok(Next::End) => return table,
            Ok(Next::OpenQuote(line)) => {
                problem(Some(line), &"a quote is never closed");
                return table;
            }
            Err(error) => {
                problem(None, &error);
                return table;
            }
        };
        let record = records.misfit(&record).map_or_else(|| text(record.clone()), Err);
        let row = record.and_then(|record| {
            record.deserialize(Some(&headers)).map_err(|error| match error.kind() {
                csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
                _ => error.to_string(),
            })
        });
        match row {
            Ok(row) => {
                table.rows.push(row);
                table.lines.push(line);
            }
            Err(reason) => problem(Some(line), &reason),
        }
    }
}

/// A record as text, without white space around its cells.
fn text(record: ByteRecord) -> Result<StringRecord, String> {
    let mut text =
        StringRecord::from_byte_record(record).map_err(|_| "not valid UTF-8".to_owned())?;
    text.trim();
    Ok(text)
}
