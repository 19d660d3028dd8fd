//! The problems of a register, in the order of its journal.

use super::{EventId, Journal, Stated};
use crate::interval::Timestamp;

/// Problems in the data, each with the line that shows it.
#[derive(Debug)]
pub(super) struct Findings<P>(Vec<(Timestamp, EventId, P)>);

impl<P> Findings<P> {
    /// The corrections of a journal that wait for their line, worded from (event, of).
    pub(super) fn new<A: Copy + PartialEq>(
        journal: &Journal<A>,
        as_of: Timestamp,
        pending: impl Fn(EventId, EventId) -> P,
    ) -> Self {
        let pending = journal.pending(as_of).into_iter().filter_map(|line| {
            let problem = pending(line.event, line.corrects()?);
            Some((line.received, line.event, problem))
        });
        Self(pending.collect())
    }

    /// Takes the problem of a line.
    pub(super) fn add<A>(&mut self, line: &Stated<A>, problem: P) {
        self.0.push((line.received, line.event, problem));
    }

    /// The problems by the time of receipt and event id of their lines; those of one line as they were found.
    pub(super) fn in_order(mut self) -> Vec<P> {
        self.0.sort_by_key(|&(received, event, _)| (received, event));
        self.0.into_iter().map(|(.., problem)| problem).collect()
    }
}
