//! A number of people that changes over time.

use std::collections::BTreeMap;

use super::record::Span;
use crate::interval::Timestamp;

/// How many people are meant at a time: constant from step to step, nobody before the first one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::dispatch) struct Steps(Vec<(Timestamp, i128)>);

impl Steps {
    /// The sum of the people of some rows. O(n log n).
    pub(super) fn new(rows: impl IntoIterator<Item = (Span, u32)>) -> Self {
        let mut changes: Vec<(Timestamp, i128)> = Vec::new();
        for (span, people) in rows {
            changes.push((span.start(), people.into()));
            changes.extend(span.end().map(|end| (end, -i128::from(people))));
        }
        changes.sort_unstable();
        changes.dedup_by(|next, last| {
            let same = next.0 == last.0;
            last.1 += if same { next.1 } else { 0 };
            same
        });
        let mut level = 0;
        for step in &mut changes {
            level += step.1;
            step.1 = level;
        }
        Self(changes)
    }

    /// The most at a time. O(log n + steps within).
    pub(in crate::dispatch) fn peak(&self, within: Span) -> i128 {
        let first = self.0.partition_point(|(from, _)| *from <= within.start());
        let before = first.checked_sub(1).map_or(0, |at| self.0[at].1);
        let inside = self.0[first..].iter().take_while(|(from, _)| within.ends_after(*from));
        inside.fold(before, |peak, (_, level)| peak.max(*level))
    }

    /// Those that are left for ever.
    pub(in crate::dispatch) fn last(&self) -> i128 {
        self.0.last().map_or(0, |(_, level)| *level)
    }
}

/// People who are given out first come, first served.
pub(super) struct Stock(BTreeMap<Timestamp, i128>);

impl Stock {
    /// So many people, less those who are away.
    pub(super) fn new(people: u32, away: &Steps) -> Self {
        let people = i128::from(people);
        let steps = away.0.iter().map(|&(from, away)| (from, people - away));
        let start = (Span::ALWAYS.start(), people);
        Self(std::iter::once(start).chain(steps).collect())
    }

    /// Gives out as many of the people wanted as there are for all of the time.
    /// O(log n + steps within).
    pub(super) fn take(&mut self, within: Span, wanted: u32) -> u32 {
        for moment in std::iter::once(within.start()).chain(within.end()) {
            let level = self.0.range(..=moment).next_back().map_or(0, |(_, level)| *level);
            self.0.insert(moment, level);
        }
        let inside = || self.0.range(within.start()..);
        let inside = inside().take_while(|(from, _)| within.ends_after(**from));
        let least = inside.map(|(_, level)| *level).min().unwrap_or(0);
        let taken = u32::try_from(least.clamp(0, wanted.into())).unwrap_or(wanted);
        let inside = self.0.range_mut(within.start()..);
        for (_, level) in inside.take_while(|(from, _)| within.ends_after(**from)) {
            *level -= i128::from(taken);
        }
        taken
    }
}
