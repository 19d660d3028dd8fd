//! What headquarters received: the entries of rounds, and the journals of everything else.

use epitier::campaign::{Act, Entry, EntryError, EventId, Journal, Line, Receipt, Round, Visit};
use epitier::{Day, Timestamp};

use super::scenario::{BEIJING, Outcome};

/// An hour of a day of summer 2021 in Beijing.
pub(crate) fn hour(month: u32, day: u32, hour: i64) -> Outcome<Timestamp> {
    let day = Day::from_ymd(2021, month, day).ok_or("no such day")?;
    Ok(day.start(BEIJING).saturating_add(3_600 * hour))
}

/// Entries under consecutive event ids.
#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
}

impl Entries {
    /// What somebody did or stated, received so many seconds after it.
    pub(crate) fn add(&mut self, at: Timestamp, delay: i64, act: Act) {
        let event = EventId::new(self.entries.len() as u64);
        self.entries.push(Entry { received: at.saturating_add(delay), event, act });
    }

    /// A visit that is received a minute later.
    pub(crate) fn visit(&mut self, visit: Visit) {
        self.add(visit.at, 60, Act::Visit(visit));
    }

    /// Records everything; a refused entry is an error.
    pub(crate) fn record(&self, round: &mut Round) -> Outcome<Vec<Receipt>> {
        let receipts = round.record_all(&self.entries, &())?;
        Ok(receipts.into_iter().collect::<Result<_, EntryError>>()?)
    }
}

/// A journal of what happened at which time, under consecutive event ids and received at once.
pub(crate) fn journal<A: Copy + PartialEq>(
    acts: impl IntoIterator<Item = (Timestamp, A)>,
) -> Outcome<Journal<A>> {
    let mut journal = Journal::new();
    for ((at, act), event) in acts.into_iter().zip(0..) {
        journal.record(Line::act(EventId::new(event), at, act))?;
    }
    Ok(journal)
}
