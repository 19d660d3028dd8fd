//! Units moved one way after the other, until the prices prove the flow again.

use super::search::Node;
use super::{Reoptimizer, SPLIT, Slot, Undo};
use crate::solver::transport::Sink;
use crate::solver::transport::meter::Meter;
use crate::watch::Cancelled;

impl Reoptimizer {
    /// Takes units of a source out, and lets others take their places.
    pub(super) fn take_out(
        &mut self,
        source: u32,
        units: i64,
        meter: &mut Meter<'_>,
    ) -> Result<(), Cancelled> {
        let used: Vec<(u32, i64)> = self.used_by(source).collect();
        let unplaced = self.unplaced[source as usize];
        let held = unplaced + used.iter().map(|&(_, units)| units).sum::<i64>();
        // Where they are in several places all come out, and the rest goes in again: else those who stay would
        // take the places of those who go, again and again.
        let out = if self.stands[source as usize].arc == SPLIT { held } else { units };
        let mut left = out;
        for (arc, units) in used {
            let step = units.min(left);
            left -= step;
            self.add(Slot::Arc(arc), -step);
            self.add(Slot::Got(self.arc(arc).sink), -step);
        }
        self.add(Slot::Unplaced(source), -left);
        self.restand(source);
        // Sinks in want of units are in no other's way: nobody looks from them to the root.
        let sinks: Vec<u32> = self.ways.row(source).map(|arc| self.arc(arc).sink).collect();
        for sink in sinks {
            self.settle(sink, meter)?;
        }
        self.put_in(source, out - units, meter)
    }

    /// Puts units of a source in.
    pub(super) fn put_in(
        &mut self,
        source: u32,
        mut units: i64,
        meter: &mut Meter<'_>,
    ) -> Result<(), Cancelled> {
        while units > 0 {
            units -= self.shift(Node::Source(source), false, None, units, meter)?;
        }
        Ok(())
    }

    /// Restores the proof at the one sink where it fails.
    pub(super) fn settle(&mut self, sink: u32, meter: &mut Meter<'_>) -> Result<(), Cancelled> {
        loop {
            let (got, max) = (self.got[sink as usize], self.sinks[sink as usize].max);
            let price = self.prices[sink as usize];
            let (pull, limit) = if got > max {
                (false, None)
            } else if got > 0 && price < self.last_worth(sink) {
                (false, Some(self.last_worth(sink) - price))
            } else if got < max && price > self.next_worth(sink) {
                (true, Some(price - self.next_worth(sink)))
            } else {
                return Ok(());
            };
            let room = self.room(Slot::Got(sink), pull);
            self.shift(Node::Sink(sink), pull, limit, room, meter)?;
        }
    }

    /// Moves units between a node and the root over a cheapest way, towards the node if it is to `pull`; only the
    /// prices if every way costs the limit or more. Returns the units.
    fn shift(
        &mut self,
        from: Node,
        pull: bool,
        limit: Option<i128>,
        units: i64,
        meter: &mut Meter<'_>,
    ) -> Result<i64, Cancelled> {
        let mut labels = std::mem::take(&mut self.labels);
        let found = self.search(&mut labels, from, pull, limit, meter);
        let steps = match &found {
            Ok(distance) => {
                for (sink, shorter) in labels.within(*distance) {
                    let price = self.prices[sink as usize];
                    self.journal.push(Undo::Price(sink, price));
                    self.prices[sink as usize] =
                        if pull { price - shorter } else { price + shorter };
                }
                self.steps(&labels, from, pull)
            }
            Err(_) => None,
        };
        labels.clear();
        self.labels = labels;
        found?;
        let Some(steps) = steps else { return Ok(0) };
        let units = steps.iter().map(|&(slot, up)| self.room(slot, up)).fold(units, i64::min);
        for &(slot, up) in &steps {
            self.add(slot, if up { units } else { -units });
        }
        for &(slot, _) in &steps {
            match slot {
                Slot::Arc(arc) => self.restand(self.arc(arc).source),
                Slot::Unplaced(source) => self.restand(source),
                Slot::Got(_) => {}
            }
        }
        Ok(units)
    }

    /// How many more, or fewer, units a place can have at the same cost each.
    pub(super) fn room(&self, slot: Slot, up: bool) -> i64 {
        match slot {
            Slot::Arc(arc) => {
                let (flow, kept) = (self.flow[arc as usize], self.kept[arc as usize]);
                let cap = self.cap(arc);
                match (up, flow.cmp(&kept)) {
                    (true, std::cmp::Ordering::Less) => kept.min(cap) - flow,
                    (true, _) => cap - flow,
                    (false, std::cmp::Ordering::Greater) => flow - kept,
                    (false, _) => flow,
                }
            }
            Slot::Unplaced(_) if up => i64::MAX,
            Slot::Unplaced(source) => self.unplaced[source as usize],
            Slot::Got(sink) => {
                let got = self.got[sink as usize];
                let Sink { min, max, .. } = self.sinks[sink as usize];
                let steps = [0, min, max];
                // The next of these numbers on the way.
                if up {
                    steps.into_iter().find(|&step| step > got).map_or(0, |step| step - got)
                } else {
                    steps.into_iter().rfind(|&step| step < got).map_or(0, |step| got - step)
                }
            }
        }
    }

    pub(super) fn units_mut(&mut self, slot: Slot) -> &mut i64 {
        match slot {
            Slot::Arc(arc) => &mut self.flow[arc as usize],
            Slot::Unplaced(source) => &mut self.unplaced[source as usize],
            Slot::Got(sink) => &mut self.got[sink as usize],
        }
    }

    fn add(&mut self, slot: Slot, units: i64) {
        let place = self.units_mut(slot);
        let before = *place;
        *place += units;
        self.journal.push(Undo::Units(slot, before));
    }
}
