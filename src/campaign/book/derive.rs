//! What follows from the entries: which corrections stand, what counts, how a target stands.
//!
//! Each function here derives its part from everything that is known, and writes only what has changed. None
//! asks what was there before, so the order in which entries came cannot show.

use super::super::cell::Sum;
use super::super::row::{Kind, Row};
use super::super::{Filing, Outcome};
use super::Book;

impl Book {
    /// Derives anew what hangs on a row that was added, or is no longer in time.
    pub(super) fn refile(&mut self, at: u32) {
        let row = self.row(at);
        match row.kind() {
            Kind::Visit => self.settle(at),
            Kind::Amend | Kind::Void => self.settle(self.base_of(at).unwrap_or(at)),
            Kind::Change => self.restate(row.subject),
            Kind::Missing | Kind::Close => {}
        }
    }

    /// Settles which of a visit and its corrections stands, and restates the targets that they name.
    fn settle(&mut self, base: u32) {
        let visit = self.row(base);
        let corrections: Vec<u32> = self.corrections(base).collect();
        let here = visit.kind() == Kind::Visit && self.in_time(visit);
        let last = corrections
            .iter()
            .map(|&at| (self.row(at), at))
            .filter(|&(row, _)| here && self.in_time(row))
            .max_by_key(|&(row, _)| (row.received, row.event))
            .map(|(_, at)| at);
        if visit.kind() == Kind::Visit {
            self.stand(base, last.is_none(), here);
        }
        for &at in &corrections {
            self.stand(at, last == Some(at), here);
        }
        if visit.kind() == Kind::Visit {
            self.restate(visit.subject);
        }
        for at in corrections {
            let row = self.row(at);
            if row.kind() == Kind::Amend {
                self.restate(row.subject);
            }
        }
    }

    /// Files a visit or a correction of one, as far as its target does not matter.
    pub(super) fn stand(&mut self, at: u32, stands: bool, here: bool) {
        let row = self.row(at);
        let filing = match () {
            () if !self.in_time(row) => Filing::Ledger,
            () if !here => Filing::Pending,
            () if !stands => Filing::Superseded,
            // Its target says more.
            () if row.in_force() => row.filing(),
            () => Filing::Stands,
        };
        self.put(at, row.filed(filing));
    }

    /// Derives how a target stands, and files the visits and changes that name it.
    pub(super) fn restate(&mut self, number: u32) {
        self.restate_at(number, self.position(number));
    }

    /// The same where the position of the target is known.
    pub(super) fn restate_at(&mut self, number: u32, position: Option<usize>) {
        let newest = self.newest(number, position);
        let mut change: Option<Row> = None;
        let mut joined = false;
        let mut done: Option<Row> = None;
        for (_, row) in self.chain(newest) {
            if row.kind() == Kind::Change {
                if self.in_time(row) {
                    joined |= row.cause().joins();
                    change = change.into_iter().chain([row]).max_by_key(|row| row.key());
                }
            } else if row.in_force() && row.outcome() == Outcome::Done && row.at >= 0 {
                done = done.into_iter().chain([row]).min_by_key(|row| row.key());
            }
        }
        let cell = position.map(|position| self.cells.get(position));
        let context = Context {
            sought: cell.is_some_and(|cell| joined || cell.is_frozen()),
            known: cell.is_some(),
            change,
            done,
        };

        let mut sum = Sum { listed: change.map(|row| row.cause().joins()), ..Sum::default() };
        let mut last: Option<Row> = None;
        let mut at = newest;
        while let Some((row, filing)) = self.file(at, &context) {
            self.put(at, row.filed(filing));
            if row.kind() != Kind::Change && filing >= Filing::Late {
                sum.tries += u32::from(row.outcome().is_try());
                sum.exempt |= row.outcome().exempts();
                last = last.into_iter().chain([row]).max_by_key(|row| row.key());
            }
            at = row.older;
        }
        if let Some((position, cell)) = position.zip(cell) {
            sum.last = last.map(Row::outcome);
            let reached = context.done.filter(|_| context.sought);
            sum.reached = reached.is_some();
            sum.late = reached.is_some_and(|row| row.at >= self.deadline);
            self.cells.set(position, cell.with(&sum));
        }
    }

    /// Where a row that names a target stands; none where there is no row.
    fn file(&self, at: u32, context: &Context) -> Option<(Row, Filing)> {
        if at == super::NONE {
            return None;
        }
        let row = self.row(at);
        let filing = match row.kind() {
            Kind::Change if !self.in_time(row) => Filing::Ledger,
            Kind::Change if !context.known => Filing::Orphan,
            Kind::Change if context.change.is_some_and(|last| last.key() == row.key()) => {
                Filing::Stands
            }
            Kind::Change => Filing::Superseded,
            _ if !row.in_force() => row.filing(),
            _ if !context.sought => Filing::Orphan,
            _ if row.at < 0 => Filing::Early,
            _ if context.done.is_some_and(|done| done.key() < row.key()) => Filing::Repeated,
            _ if row.at >= self.deadline => Filing::Late,
            _ => Filing::Stands,
        };
        Some((row, filing))
    }

    /// Closes the round, or closes it earlier: whatever was received since then moves to the ledger.
    /// O(n) for n rows where anything was.
    pub(super) fn close(&mut self, at: u32) {
        let row = self.row(at);
        let key = (row.received, row.event, at);
        if self.closing.is_some_and(|standing| standing <= key) {
            self.put(at, row.filed(Filing::Ledger));
            return;
        }
        if let Some((.., before)) = self.closing.replace(key) {
            self.put(before, self.row(before).filed(Filing::Ledger));
        }
        self.put(at, row.filed(Filing::Stands));
        if self.latest >= row.received {
            let rows = (0..).zip(self.log.iter());
            let late: Vec<u32> =
                rows.filter(|(_, late)| late.received >= row.received).map(|(at, _)| at).collect();
            for at in late {
                self.refile(at);
            }
        }
    }
}

/// What the visits and changes of one target have in common.
struct Context {
    /// Whether it stands on the list, or stood there once.
    sought: bool,
    /// Whether the population has it.
    known: bool,
    /// The last change.
    change: Option<Row>,
    /// The first visit that reached it.
    done: Option<Row>,
}
