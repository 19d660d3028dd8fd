//! The records of a CSV file, each with the line in which it stands.

use std::fs::File;
use std::io::{Chain, Read};
use std::path::Path;

use csv::ByteRecord;

/// Appended to every file: a line break, so that every record ends in one, and a record of one cell. Where
/// that does not come back, a quote before it was never closed.
const END: &[u8] = b"\n\0\n";

/// A file being read.
pub(crate) struct Records {
    pub(crate) reader: csv::Reader<Chain<File, &'static [u8]>>,
    /// The header; empty for an empty file.
    pub(crate) header: ByteRecord,
    /// What a line break adds to the reader's position after a record: the reader stops behind `\n`, but
    /// between the two characters of `\r\n`.
    line_break: u64,
}

/// What comes next in a file.
pub(crate) enum Next {
    /// A record, which stands in this line.
    Record(u64),
    /// Nothing more.
    End,
    /// A record that swallowed the rest of the file, by a quote that this line opens.
    OpenQuote(u64),
}

impl Records {
    /// Opens a file and reads its header.
    pub(crate) fn open(path: &Path) -> Result<Self, csv::Error> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .buffer_capacity(1 << 16)
            .from_reader(File::open(path)?.chain(END));
        let mut header = reader.byte_headers()?.clone();
        if is_end(&header) {
            header.clear();
        }
        let line_break = reader.position().line().saturating_sub(1).min(1);
        Ok(Self { reader, header, line_break })
    }

    /// Reads the next record.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Result<Next, csv::Error> {
        if self.header.is_empty() {
            return Ok(Next::End);
        }
        if !self.reader.read_byte_record(record)? {
            // Only the header can have swallowed the appended record unseen.
            return Ok(Next::OpenQuote(1));
        }
        if is_end(record) {
            return Ok(Next::End);
        }
        // The reader's own position of a record lies before the blank lines that it skipped.
        let inside: u64 = record.as_slice().iter().map(|&byte| u64::from(byte == b'\n')).sum();
        let line = self.reader.position().line().saturating_sub(self.line_break + inside);
        if record.as_slice().ends_with(END) {
            // No line break ended this record.
            return Ok(Next::OpenQuote(line + self.line_break));
        }
        Ok(Next::Record(line))
    }

    /// Why a record does not fit the header, if it does not.
    pub(crate) fn misfit(&self, record: &ByteRecord) -> Option<String> {
        let (cells, columns) = (record.len(), self.header.len());
        (cells != columns).then(|| format!("{cells} cells under a header of {columns}"))
    }
}

fn is_end(record: &ByteRecord) -> bool {
    record.len() == 1 && &record[0] == b"\0"
}
