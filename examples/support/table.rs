//! CSV tables with a header: rows of a serde type that know their lines, and every line that is wrong.

mod lines;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use lines::LineBreak;
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
    let input = match File::open(file) {
        // With a last line break of our own every record ends in one, so its line can be told.
        Ok(input) => input.chain(&b"\n"[..]),
        Err(error) => {
            problem(None, &error);
            return table;
        }
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
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
    let line_break = LineBreak::of(reader.position());
    let mut record = csv::StringRecord::new();
    loop {
        let read = reader.read_record(&mut record);
        let line = line_break.line(reader.position(), record.as_slice().as_bytes());
        let row = match read {
            Ok(false) => return table,
            Ok(true) => record.deserialize(Some(&headers)),
            Err(error) => Err(error),
        };
        match row {
            Ok(row) => {
                table.rows.push(row);
                table.lines.push(line);
            }
            Err(error) => match error.kind() {
                csv::ErrorKind::Io(_) => {
                    problem(Some(line), &error);
                    return table;
                }
                csv::ErrorKind::Deserialize { err, .. } => problem(Some(line), err),
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    let reason = format!("{len} cells under a header of {expected_len}");
                    problem(Some(line), &reason);
                }
                _ => problem(Some(line), &error),
            },
        }
    }
}
