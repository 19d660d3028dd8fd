//! CSV tables with a header: rows of a serde type that know their lines, and every line that is wrong.

use std::path::{Path, PathBuf};

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
        format!("{}:{}: {reason}", self.file.display(), self.lines[row])
    }
}

/// Reads a file. Whatever is wrong with it is added to the problems as `file:line: reason`.
pub(crate) fn read<T: DeserializeOwned>(file: &Path, problems: &mut Vec<String>) -> Sheet<T> {
    let mut table = Sheet { file: file.to_owned(), ..Sheet::empty() };
    let mut problem = |line: Option<u64>, error: &dyn std::fmt::Display| {
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        problems.push(format!("{}{line}: {error}", file.display()));
    };
    let mut reader = match csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file) {
        Ok(reader) => reader,
        Err(error) => {
            problem(None, &error);
            return table;
        }
    };
    let headers = match reader.headers() {
        Ok(headers) if headers.is_empty() => {
            problem(None, &"no header");
            return table;
        }
        Ok(headers) => headers.clone(),
        Err(error) => {
            problem(Some(1), &error);
            return table;
        }
    };
    for record in reader.records() {
        match record.and_then(|record| Ok((record.deserialize(Some(&headers))?, line_of(&record))))
        {
            Ok((row, line)) => {
                table.rows.push(row);
                table.lines.push(line.unwrap_or_default());
            }
            Err(error) => match (error.position(), error.kind()) {
                (position, csv::ErrorKind::Deserialize { err, .. }) => {
                    problem(position.map(csv::Position::line), err);
                }
                (position, _) => problem(position.map(csv::Position::line), &error),
            },
        }
    }
    table
}

fn line_of(record: &csv::StringRecord) -> Option<u64> {
    record.position().map(csv::Position::line)
}
