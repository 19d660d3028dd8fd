//! Entries in 32 bytes each.

use super::{
    Act, Cause, Change, Channel, Entry, EntryError, EventId, Filing, Outcome, Subject, Target,
    Visit,
};
use crate::id::ResponderId;
use crate::interval::{DAY_SECONDS, Day, Timestamp};

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// What a row is; its code in three bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The visit that a correction names and that is not here yet.
    Missing,
    Visit,
    Amend,
    Void,
    Change,
    Close,
}

const KINDS: [Kind; 6] =
    [Kind::Missing, Kind::Visit, Kind::Amend, Kind::Void, Kind::Change, Kind::Close];

/// The first bit of each part of `Row::what`, and the mask of the part.
type Part = (u32, u16);
const KIND: Part = (0, 0b111);
/// The outcome of a visit, the cause of a change.
const CODE: Part = (3, 0b1111);
const CHANNEL: Part = (7, 0b11);
const FILING: Part = (9, 0b111);
/// Where the entry stood when it was taken.
const ANSWER: Part = (12, 0b111);

/// An entry. Times are seconds since the opening of the round.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Row {
    pub(super) event: u64,
    /// The number of the target; what a voiding or closing has here means nothing.
    pub(super) subject: u32,
    /// The row before this one that names the same target.
    pub(super) older: u32,
    pub(super) at: i32,
    pub(super) received: i32,
    responder: u32,
    /// Days from the opening, moved by [`NO_DAYS`]; 0 for none.
    follow_up: u16,
    what: u16,
}

/// What stands in a row for the day of the opening.
const NO_DAYS: i64 = 1 << 15;

impl Row {
    pub(super) fn missing(event: EventId) -> Self {
        Self { event: event.get(), subject: NONE, older: NONE, ..Self::default() }
    }

    fn part(self, (shift, mask): Part) -> usize {
        usize::from(self.what >> shift & mask)
    }

    fn set(&mut self, (shift, mask): Part, code: usize) {
        let code = u16::try_from(code).unwrap_or_default() & mask;
        self.what = self.what & !(mask << shift) | code << shift;
    }

    pub(super) fn kind(self) -> Kind {
        KINDS[self.part(KIND).min(KINDS.len() - 1)]
    }

    /// The same with the row before it that names the same target.
    pub(super) const fn after(self, older: u32) -> Self {
        Self { older, ..self }
    }

    /// Whether it names a target.
    pub(super) fn names_target(self) -> bool {
        matches!(self.kind(), Kind::Visit | Kind::Amend | Kind::Change)
    }

    pub(super) fn outcome(self) -> Outcome {
        Outcome::ALL[self.part(CODE).min(Outcome::ALL.len() - 1)]
    }

    pub(super) fn cause(self) -> Cause {
        Cause::ALL[self.part(CODE).min(Cause::ALL.len() - 1)]
    }

    pub(super) fn filing(self) -> Filing {
        Filing::ALL[self.part(FILING)]
    }

    /// The same filed elsewhere.
    pub(super) fn filed(mut self, filing: Filing) -> Self {
        self.set(FILING, filing as usize);
        self
    }

    pub(super) fn answer(self) -> Filing {
        Filing::ALL[self.part(ANSWER)]
    }

    /// The same with the answer that the host was given.
    pub(super) fn answered(mut self, filing: Filing) -> Self {
        self.set(ANSWER, filing as usize);
        self
    }

    /// Whether a visit is what it says, and nothing stands in its place.
    pub(super) fn in_force(self) -> bool {
        self.filing() >= Filing::Orphan
    }

    /// The order of visits and changes of one target: by time, and then by event id.
    pub(super) fn key(self) -> (i32, u64) {
        (self.at, self.event)
    }
}

/// From entries to rows and back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Frame {
    pub(super) subject: Subject,
    pub(super) opens: Timestamp,
}

impl Frame {
    /// Seconds since the opening, if they are not too many.
    pub(super) fn offset(&self, time: Timestamp) -> Option<i32> {
        i32::try_from(time.seconds().checked_sub(self.opens.seconds())?).ok()
    }

    fn time(&self, offset: i32) -> Timestamp {
        self.opens.saturating_add(offset.into())
    }

    fn first_day(&self) -> i64 {
        self.opens.seconds().div_euclid(DAY_SECONDS)
    }

    /// The row of an entry, unless the entry alone shows that it must be refused.
    pub(super) fn pack(&self, entry: &Entry) -> Result<Row, EntryError> {
        let &Entry { received, event, ref act } = entry;
        let offset = |time| self.offset(time).ok_or(EntryError::TooFarAway { event, time });
        let mut row = Row { received: offset(received)?, ..Row::missing(event) };
        let target = |target: Target| {
            let fits = target.subject() == self.subject;
            if fits { Ok(target.number()) } else { Err(EntryError::WrongSubject { event, target }) }
        };
        let kind = match act {
            Act::Visit(visit) | Act::Amend { visit, .. } => {
                row.subject = target(visit.target)?;
                row.at = offset(visit.at)?;
                row.responder = visit.responder.get();
                row.set(CODE, visit.outcome as usize);
                row.set(CHANNEL, visit.channel as usize);
                row.follow_up =
                    self.days(visit.follow_up).ok_or(EntryError::FollowUpTooFar { event })?;
                if matches!(act, Act::Visit(_)) { Kind::Visit } else { Kind::Amend }
            }
            Act::Void { .. } => Kind::Void,
            Act::Change(change) => {
                row.subject = target(change.target)?;
                row.at = offset(change.at)?;
                row.set(CODE, change.cause as usize);
                Kind::Change
            }
            Act::Close if row.received < 0 => {
                return Err(EntryError::ClosesBeforeOpening { event, received });
            }
            Act::Close => Kind::Close,
        };
        if matches!(act, Act::Amend { of, .. } | Act::Void { of } if *of == event) {
            return Err(EntryError::CorrectsItself { event });
        }
        row.set(KIND, kind as usize);
        Ok(row)
    }

    fn days(&self, day: Option<Day>) -> Option<u16> {
        let Some(day) = day else { return Some(0) };
        let days = i64::from(day.number()).checked_sub(self.first_day())?;
        u16::try_from(days + NO_DAYS).ok().filter(|&days| days > 0)
    }

    /// The day on which somebody should try again.
    pub(super) fn follow_up(&self, row: Row) -> Option<Day> {
        let days = i64::from(row.follow_up).checked_sub(NO_DAYS).filter(|_| row.follow_up > 0)?;
        Day::from_number(i32::try_from(self.first_day() + days).ok()?)
    }

    fn visit(&self, row: Row) -> Visit {
        Visit {
            target: self.subject.target(row.subject),
            at: self.time(row.at),
            responder: ResponderId::new(row.responder),
            channel: Channel::ALL[row.part(CHANNEL)],
            outcome: row.outcome(),
            follow_up: self.follow_up(row),
        }
    }

    /// The entry of a row, which corrects the entry `of` if it corrects one; none of a row that is missing.
    pub(super) fn unpack(&self, row: Row, of: EventId) -> Option<Entry> {
        let act = match row.kind() {
            Kind::Missing => return None,
            Kind::Visit => Act::Visit(self.visit(row)),
            Kind::Amend => Act::Amend { of, visit: self.visit(row) },
            Kind::Void => Act::Void { of },
            Kind::Change => Act::Change(Change {
                target: self.subject.target(row.subject),
                at: self.time(row.at),
                cause: row.cause(),
            }),
            Kind::Close => Act::Close,
        };
        Some(Entry { received: self.time(row.received), event: EventId::new(row.event), act })
    }
}
