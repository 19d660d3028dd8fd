//! In which line of its file a CSV record stands.
//!
//! The reader's own position of a record lies before the blank lines that it skipped. Its position
//! after the record is right, but stops behind `\n` and between the two characters of `\r\n`.

/// What the line breaks of a file add to the reader's position after a record: learnt from its header.
#[derive(Clone, Copy)]
pub(crate) struct LineBreak(pub(crate) u64);

impl LineBreak {
    /// Of a reader that has read the header.
    pub(crate) fn of(after_header: &csv::Position) -> Self {
        Self(after_header.line().saturating_sub(1).min(1))
    }

    /// The first line of the record that the reader has just read, if a line break ends it.
    pub(crate) fn line(self, after: &csv::Position, cells: &[u8]) -> u64 {
        let inside: u64 = cells.iter().map(|&byte| u64::from(byte == b'\n')).sum();
        after.line().saturating_sub(self.0 + inside)
    }
}
