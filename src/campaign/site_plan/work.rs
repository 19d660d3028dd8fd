//! How much the tables of a site work when.

use super::{Heat, Rest, SamplingSite};
use crate::interval::Timestamp;

/// Units of work of one sampling: an hour at 100 percent.
const SAMPLING: u64 = 3_600 * 100;

/// A time in which nothing changes: how many tables are at work, and how much each does in a second.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// In seconds from the opening, half-open.
    start: u64,
    end: u64,
    tables: u64,
    speed: u64,
}

/// What begins or ends at a moment.
#[derive(Debug, Clone, Copy)]
enum Event {
    Rest(u64),
    Heat(u64),
}

/// The stretches of the hours of a site, without gaps.
#[derive(Debug)]
pub(super) struct Work(Vec<Stretch>);

impl Work {
    /// O(n log n) for n rests and hours of heat.
    pub(super) fn new(
        samplers_per_table: u32,
        site: &SamplingSite,
        rests: &[Rest],
        heat: &[Heat],
    ) -> Self {
        let mut events = Vec::new();
        let mut event = |during, event| {
            let Some(during) = site.hours.intersection(during) else { return };
            let second = |time: Timestamp| time.seconds().abs_diff(site.hours.start().seconds());
            // Where one ends as another begins, the end comes first.
            events.push((second(during.start()), true, event));
            events.push((second(during.end()), false, event));
        };
        for rest in rests {
            event(rest.during, Event::Rest(rest.samplers.into()));
        }
        for heat in heat {
            event(heat.during, Event::Heat(heat.percent.into()));
        }
        events.sort_by_key(|&(second, begins, _)| (second, begins));

        let (mut resting, mut percent, mut start) = (0, 100, 0);
        let stretch = |start, end, resting, percent| {
            let on_duty = u64::from(site.samplers).saturating_sub(resting);
            let tables = u64::from(site.tables).min(on_duty / u64::from(samplers_per_table));
            Stretch { start, end, tables, speed: u64::from(site.people_per_hour) * percent }
        };
        let mut stretches = Vec::new();
        for (second, begins, event) in events {
            if start < second {
                stretches.push(stretch(start, second, resting, percent));
                start = second;
            }
            match event {
                Event::Rest(samplers) if begins => resting += samplers,
                Event::Rest(samplers) => resting -= samplers,
                Event::Heat(slower) => percent = if begins { slower } else { 100 },
            }
        }
        let end = site.hours.seconds();
        if start < end {
            stretches.push(stretch(start, end, resting, percent));
        }
        Self(stretches)
    }

    /// How many people the tables are bound to finish from a second up to another, whatever they were busy with
    /// before, if there always is somebody to take.
    pub(super) fn can(&self, from: u64, to: u64) -> u64 {
        let first = self.0.partition_point(|stretch| stretch.end <= from);
        let after = self.0.partition_point(|stretch| stretch.start < to);
        let mut parts: Vec<(u64, u64)> = self.0[first..after]
            .iter()
            .map(|part| (part.tables, part.speed * (part.end.min(to) - part.start.max(from))))
            .collect();
        // The tables with the lowest numbers work in all parts, the next ones only where more are at work.
        parts.sort_unstable_by_key(|&(tables, _)| std::cmp::Reverse(tables));
        let fewer = parts.iter().skip(1).map(|&(tables, _)| tables).chain([0]);
        let mut work = 0;
        let of_tables = parts.iter().zip(fewer).map(|(&(tables, part), fewer)| {
            work += part;
            (tables - fewer) * (work / SAMPLING)
        });
        of_tables.sum()
    }

    /// The first second up to which the tables are bound to finish so many people from a second on; `to` where they
    /// are not.
    pub(super) fn when(&self, people: u64, from: u64, to: u64) -> u64 {
        let (mut before, mut by) = (from, to);
        while before < by {
            let middle = before.midpoint(by);
            if self.can(from, middle) < people { before = middle + 1 } else { by = middle }
        }
        by
    }
}
