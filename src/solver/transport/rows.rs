//! A connected component in the form that the solver works on.

use super::number::Number;

/// What a sink takes, and the level of its mandatory units.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) min: i64,
    /// Units beyond `min`.
    pub(super) beyond: i64,
    /// The level that one mandatory unit takes off.
    pub(super) level: i64,
}

/// Capacity of an arc that never fills.
pub(super) const UNLIMITED: i64 = i64::MAX;

/// The arc on which a source keeps units, from it to the root.
pub(super) const UNPLACED: u32 = u32::MAX;

/// The arc of the mandatory units of a sink, from it to the root.
pub(super) const MANDATORY: u32 = u32::MAX - 1;

/// The arc of a sink's units beyond the mandatory ones, from it to the root.
pub(super) const BEYOND: u32 = u32::MAX - 2;

/// The arcs of a component, row by row: the arcs of source 0, of source 1, and so on, each row by sink.
///
/// Every source holds a unit or more, has an arc or more, and every arc can carry something.
pub(super) struct Rows<N: Number> {
    /// The first arc of each source, and the end of the last.
    pub(super) start: Vec<u32>,
    pub(super) sink: Vec<u32>,
    pub(super) cost: Vec<N::Cost>,
    /// What each arc can carry; empty if no arc can carry less than its source holds.
    pub(super) cap: Vec<i64>,
    pub(super) supply: Vec<i64>,
    /// What an unplaced unit of each source costs.
    pub(super) unplaced: Vec<N>,
    pub(super) sinks: Vec<Limits>,
    /// The bits of a price below its level.
    pub(super) bits: u32,
}

impl<N: Number> Rows<N> {
    pub(super) fn sources(&self) -> usize {
        self.supply.len()
    }

    pub(super) fn arcs(&self) -> usize {
        self.sink.len()
    }

    /// The arcs of a source.
    pub(super) fn row(&self, source: u32) -> std::ops::Range<usize> {
        self.start[source as usize] as usize..self.start[source as usize + 1] as usize
    }

    /// What an arc can carry; the sink matters only for its own two arcs.
    pub(super) fn cap(&self, arc: u32, sink: u32) -> i64 {
        match arc {
            MANDATORY => self.sinks[sink as usize].min,
            BEYOND => self.sinks[sink as usize].beyond,
            arc => self.cap.get(arc as usize).copied().unwrap_or(UNLIMITED),
        }
    }

    /// What a unit costs on an arc; where the arc begins matters only for those to the root.
    pub(super) fn cost(&self, arc: u32, tail: u32) -> N {
        match arc {
            UNPLACED => self.unplaced[tail as usize],
            MANDATORY => N::pack(-self.sinks[tail as usize].level, self.bits),
            BEYOND => N::default(),
            arc => N::of(self.cost[arc as usize]),
        }
    }
}
