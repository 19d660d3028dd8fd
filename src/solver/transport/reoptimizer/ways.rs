//! The arcs, found from both their ends, with room for more.

use std::collections::BTreeMap;

use super::super::grouped::Grouped;
use super::super::{Arc, Problem, index};
use crate::watch::{Cancelled, Watch};

/// An arc as its sink sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Into {
    pub(super) arc: u32,
    pub(super) source: u32,
    /// What the first unit on it costs, or [`CLOSED`].
    pub(super) cost: i64,
}

/// Instead of the cost of an arc that can carry nothing.
pub(super) const CLOSED: i64 = i64::MAX;

/// The arcs, by source and by sink.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    pub(super) arcs: Vec<Arc>,
    by_source: Grouped,
    /// The first of each sink's entries, and the end of the last.
    start: Vec<usize>,
    into: Vec<Into>,
    /// Arcs that came later, by source and by sink.
    later_rows: BTreeMap<u32, Vec<u32>>,
    later_into: BTreeMap<u32, Vec<Into>>,
}

impl Ways {
    /// The arcs of a problem, with what the first unit on each costs, or [`CLOSED`].
    pub(super) fn new(
        problem: &Problem,
        cost: impl Fn(u32) -> i64,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let arcs = problem.arcs().to_vec();
        let check = || watch.check();
        let (sources, sinks) = (problem.supplies().len(), problem.sinks().len());
        let by_source = Grouped::checked(arcs.iter().map(|arc| arc.source), sources, check)?;
        let by_sink = Grouped::checked(arcs.iter().map(|arc| arc.sink), sinks, check)?;
        let mut start = vec![0];
        let mut into = Vec::with_capacity(arcs.len());
        for sink in 0..sinks {
            into.extend(by_sink.group(sink).iter().map(|&arc| Into {
                arc,
                source: arcs[arc as usize].source,
                cost: cost(arc),
            }));
            start.push(into.len());
        }
        let (later_rows, later_into) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { arcs, by_source, start, into, later_rows, later_into })
    }

    /// The arcs of a source, in ascending order.
    pub(super) fn row(&self, source: u32) -> impl Iterator<Item = u32> + '_ {
        let known = (source as usize) < self.by_source.len();
        let first = if known { self.by_source.group(source as usize) } else { &[] };
        let later = if self.later_rows.is_empty() { None } else { self.later_rows.get(&source) };
        first.iter().chain(later.into_iter().flatten()).copied()
    }

    /// The arcs into a sink, in ascending order.
    pub(super) fn arcs_into(&self, sink: u32) -> [&[Into]; 2] {
        let at = sink as usize;
        let first = if at + 1 < self.start.len() {
            &self.into[self.start[at]..self.start[at + 1]]
        } else {
            &[]
        };
        [first, self.later_into.get(&sink).map_or(&[], Vec::as_slice)]
    }

    /// Sets what the first unit on an arc costs.
    pub(super) fn set_cost(&mut self, arc: u32, cost: i64) {
        let sink = self.arcs[arc as usize].sink;
        let at = sink as usize;
        let first =
            if at + 1 < self.start.len() { self.start[at]..self.start[at + 1] } else { 0..0 };
        let later = self.later_into.get_mut(&sink).map_or(&mut [][..], Vec::as_mut_slice);
        for entries in [&mut self.into[first], later] {
            if let Ok(at) = entries.binary_search_by_key(&arc, |entry| entry.arc) {
                entries[at].cost = cost;
            }
        }
    }

    /// Adds an arc that is closed.
    pub(super) fn push(&mut self, arc: Arc) {
        let number = index(self.arcs.len());
        let Arc { source, sink, .. } = arc;
        self.arcs.push(arc);
        self.later_rows.entry(source).or_default().push(number);
        self.later_into.entry(sink).or_default().push(Into { arc: number, source, cost: CLOSED });
    }

    /// Takes out the arc that came last.
    pub(super) fn pop(&mut self) {
        if let Some(Arc { source, sink, .. }) = self.arcs.pop() {
            self.later_rows.get_mut(&source).map(Vec::pop);
            self.later_into.get_mut(&sink).map(Vec::pop);
        }
    }
}
