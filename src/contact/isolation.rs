//! Cutting visits and links by isolation.

use super::columns::{Clock, FAR};
use super::investigation::{Cuts, Isolation};

/// The isolations of all people, merged and ready to cut.
#[derive(Debug, Default)]
pub(super) struct Isolations {
    /// The isolated people, sorted, each with their own intervals.
    people: Vec<(u32, Away)>,
}

/// One person's isolation: sorted, disjoint, half-open intervals of offsets.
#[derive(Debug, Default)]
struct Away {
    /// What cuts everything.
    from_all: Vec<(i64, i64)>,
    /// What cuts contacts outside the household: all intervals.
    from_outside: Vec<(i64, i64)>,
}

impl Isolations {
    pub(super) fn new(isolations: &[Isolation], clock: &Clock) -> Self {
        let mut rows: Vec<(u32, (i64, i64), Cuts)> = isolations
            .iter()
            .map(|row| {
                let until = row.until.map_or(FAR, |until| clock.offset(until));
                (row.person.get(), (clock.offset(row.from), until), row.cuts)
            })
            .collect();
        rows.sort_unstable();
        let mut people: Vec<(u32, Away)> = Vec::new();
        for (person, interval, cuts) in rows {
            if people.last().is_none_or(|(last, _)| *last != person) {
                people.push((person, Away::default()));
            }
            if let Some((_, away)) = people.last_mut() {
                join(&mut away.from_outside, interval);
                if cuts == Cuts::Everything {
                    join(&mut away.from_all, interval);
                }
            }
        }
        Self { people }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// What remains of `[start, end)` when a person's isolation is cut out, piece by piece in time
    /// order; an instant (`start == end`) remains whole or not at all.
    pub(super) fn pieces(
        &self,
        person: u32,
        own_household: impl FnOnce() -> bool,
        (start, end): (i64, i64),
        mut piece: impl FnMut((i64, i64)),
    ) {
        let Ok(at) = self.people.binary_search_by_key(&person, |(person, _)| *person) else {
            return piece((start, end));
        };
        let away = &self.people[at].1;
        let away = if own_household() { &away.from_all } else { &away.from_outside };
        let away = &away[away.partition_point(|&(_, until)| until <= start)..];
        if start == end {
            if away.first().is_none_or(|&(from, _)| start < from) {
                piece((start, end));
            }
            return;
        }
        let mut next = start;
        for &(from, until) in away.iter().take_while(|&&(from, _)| from < end) {
            if next < from {
                piece((next, from));
            }
            next = until;
        }
        if next < end {
            piece((next, end));
        }
    }
}

/// Adds an interval to sorted disjoint ones; it starts no earlier than the last of them.
fn join(intervals: &mut Vec<(i64, i64)>, (from, until): (i64, i64)) {
    match intervals.last_mut() {
        Some(last) if from <= last.1 => last.1 = last.1.max(until),
        _ => intervals.push((from, until)),
    }
}
