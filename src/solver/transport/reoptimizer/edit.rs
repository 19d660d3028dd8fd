//! Changes, checked all at once and then made one after the other.

use std::collections::BTreeMap;

use super::super::problem::cost_limit;
use super::{EMPTY, Reoptimizer, Slot, Stand, Undo};
use crate::error::{Problems, Stopped};
use crate::solver::transport::meter::Meter;
use crate::solver::transport::{Arc, ProblemError, Sink, index};
use crate::watch::{Cancelled, Watch};

/// A change of a problem. Numbers are those of the problem; what comes new takes the next ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Edit {
    /// A source holds another number of units.
    Supply {
        /// The source.
        source: u32,
        /// Its supply, 0 or more.
        units: i64,
    },
    /// A sink takes something else.
    Sink {
        /// The sink.
        sink: u32,
        /// What it takes.
        limits: Sink,
    },
    /// An arc carries or costs something else; with a capacity of 0 it exists no longer.
    Arc {
        /// The arc.
        arc: u32,
        /// Units it can carry, 0 or more; `None` for as many as the source holds.
        cap: Option<i64>,
        /// What each unit costs.
        cost: i64,
    },
    /// One more source. What its unplaced units cost it does not state, as one of
    /// [`ProblemBuilder::supply`](super::super::ProblemBuilder::supply).
    NewSource {
        /// Its supply.
        units: i64,
    },
    /// One more sink.
    NewSink {
        /// What it takes.
        limits: Sink,
    },
    /// One more arc; its nodes may come later in the list.
    NewArc {
        /// The arc.
        arc: Arc,
    },
}

/// An arc that carries another number of units than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shift {
    /// The arc.
    pub arc: u32,
    /// The units before.
    pub before: i64,
    /// The units now.
    pub after: i64,
}

/// What a source shall be.
#[derive(Default)]
struct Wanted {
    units: Option<i64>,
    arcs: BTreeMap<u32, (Option<i64>, i64)>,
}

impl Reoptimizer {
    /// Changes the problem and mends the flow. Returns the arcs that carry something else than before, in
    /// ascending order. Of several edits of one thing the last holds.
    ///
    /// # Cost
    ///
    /// See [`Reoptimizer`]. The order of the edits decides nothing but the numbers of what comes new, and which of several
    /// equally good flows is found.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every [`ProblemError`], rows counted among the edits; [`Stopped::Cancelled`]. Everything is then
    /// as it was, but that leaving the flow as it is costs the stay price from now on.
    pub fn apply(
        &mut self,
        edits: &[Edit],
        watch: &dyn Watch,
    ) -> Result<Vec<Shift>, Stopped<ProblemError>> {
        self.check(edits)?;
        self.publish();
        let before = (self.supplies.len(), self.sinks.len(), self.ways.arcs.len());
        if let Err(cancelled) = self.run(edits, &mut Meter::new(watch)) {
            self.roll_back(before);
            return Err(cancelled.into());
        }
        let mut first: BTreeMap<u32, i64> = BTreeMap::new();
        for undo in &self.journal {
            if let Undo::Units(Slot::Arc(arc), units) = *undo {
                first.entry(arc).or_insert(units);
            }
        }
        let shifts = first.into_iter().map(|(arc, before)| {
            let after = self.flow[arc as usize];
            Shift { arc, before, after }
        });
        Ok(shifts.filter(|shift| shift.before != shift.after).collect())
    }

    /// From now on leaving the present flow costs the stay price. It stays a best one: what it uses only gets
    /// cheaper, and nothing else does.
    fn publish(&mut self) {
        for undo in std::mem::take(&mut self.journal) {
            if let Undo::Units(Slot::Arc(arc), _) = undo {
                self.kept[arc as usize] = self.flow[arc as usize];
                self.ways.set_cost(arc, self.entry_cost(arc));
                self.restand(self.arc(arc).source);
            }
        }
    }

    fn run(&mut self, edits: &[Edit], meter: &mut Meter<'_>) -> Result<(), Cancelled> {
        meter.begin("mend the flow");
        let (known_sinks, known_arcs) = (index(self.sinks.len()), index(self.ways.arcs.len()));
        let mut sources: BTreeMap<u32, Wanted> = BTreeMap::new();
        let mut sinks: BTreeMap<u32, Sink> = BTreeMap::new();
        for edit in edits {
            match *edit {
                Edit::NewSource { units } => {
                    let source = self.new_source();
                    sources.entry(source).or_default().units = Some(units);
                }
                Edit::NewSink { limits } => {
                    let sink = self.new_sink(limits.class);
                    sinks.insert(sink, limits);
                }
                Edit::Supply { source, units } => {
                    sources.entry(source).or_default().units = Some(units);
                }
                Edit::Sink { sink, limits } => {
                    sinks.insert(sink, limits);
                }
                Edit::Arc { .. } | Edit::NewArc { .. } => {}
            }
        }
        for edit in edits {
            if let Edit::NewArc { arc } = *edit {
                self.new_arc(arc);
            }
        }
        let mut next = known_arcs;
        for edit in edits {
            let (arc, cap, cost) = match *edit {
                Edit::Arc { arc, cap, cost } => (arc, cap, cost),
                Edit::NewArc { arc: Arc { cap, cost, .. } } => {
                    next += 1;
                    (next - 1, cap, cost)
                }
                _ => continue,
            };
            let Arc { source, sink, .. } = *self.arc(arc);
            sources.entry(source).or_default().arcs.insert(arc, (cap, cost));
            if sink >= known_sinks {
                // Nobody goes to a new sink for its price alone.
                let price = self.worth(source).map(|worth| worth - i128::from(cost));
                let known = &mut self.prices[sink as usize];
                *known = price.map_or(*known, |price| price.max(*known));
            }
        }
        for (source, wanted) in sources {
            self.change_source(source, &wanted, meter)?;
        }
        for (sink, limits) in sinks {
            self.journal.push(Undo::Sink(sink, self.sinks[sink as usize]));
            self.sinks[sink as usize] = limits;
            self.settle(sink, meter)?;
        }
        Ok(())
    }

    /// Changes the arcs of a source in place where its units stay where they are; else takes it out in between.
    fn change_source(
        &mut self,
        source: u32,
        wanted: &Wanted,
        meter: &mut Meter<'_>,
    ) -> Result<(), Cancelled> {
        let mut units = self.supplies[source as usize];
        let wanted_units = wanted.units.unwrap_or(units);
        let old: Vec<_> = wanted.arcs.keys().map(|&arc| (arc, *self.arc(arc))).collect();
        for (&arc, &(cap, cost)) in &wanted.arcs {
            self.set_arc(arc, cap, cost);
        }
        self.restand(source);
        if !self.is_balanced(source) {
            for &(arc, Arc { cap, cost, .. }) in &old {
                self.set_arc(arc, cap, cost);
            }
            self.restand(source);
            self.take_out(source, units, meter)?;
            units = 0;
            for (&arc, &(cap, cost)) in &wanted.arcs {
                self.set_arc(arc, cap, cost);
            }
            self.restand(source);
        }
        self.journal.push(Undo::Supply(source, self.supplies[source as usize]));
        self.supplies[source as usize] = wanted_units;
        if wanted_units < units {
            self.take_out(source, units - wanted_units, meter)
        } else {
            self.put_in(source, wanted_units - units, meter)
        }
    }

    /// A source without units.
    fn new_source(&mut self) -> u32 {
        self.supplies.push(0);
        self.unplaced.push(0);
        self.stands.push(Stand { arc: EMPTY, sink: 0, cost: 0 });
        index(self.supplies.len() - 1)
    }

    /// A sink that takes nothing.
    fn new_sink(&mut self, class: u32) -> u32 {
        self.sinks.push(Sink { min: 0, max: 0, class });
        self.got.push(0);
        self.prices.push(0);
        self.labels.resize(self.sinks.len());
        index(self.sinks.len() - 1)
    }

    /// An arc that is closed until its source is dealt with.
    fn new_arc(&mut self, arc: Arc) {
        self.flow.push(0);
        self.kept.push(0);
        self.ways.push(Arc { cap: Some(0), ..arc });
    }

    fn set_arc(&mut self, arc: u32, cap: Option<i64>, cost: i64) {
        let known = &mut self.ways.arcs[arc as usize];
        self.journal.push(Undo::Arc(arc, *known));
        (known.cap, known.cost) = (cap, cost);
        self.largest_cost = self.largest_cost.max(cost.saturating_abs());
        self.ways.set_cost(arc, self.entry_cost(arc));
    }

    /// Makes everything as it was before the call, when there were so many sources, sinks and arcs.
    fn roll_back(&mut self, (sources, sinks, arcs): (usize, usize, usize)) {
        let mut touched: Vec<u32> = Vec::new();
        for undo in std::mem::take(&mut self.journal).into_iter().rev() {
            match undo {
                Undo::Units(slot, units) => {
                    *self.units_mut(slot) = units;
                    match slot {
                        Slot::Arc(arc) => touched.push(self.arc(arc).source),
                        Slot::Unplaced(source) => touched.push(source),
                        Slot::Got(_) => {}
                    }
                }
                Undo::Price(sink, price) => self.prices[sink as usize] = price,
                Undo::Supply(source, units) => self.supplies[source as usize] = units,
                Undo::Sink(sink, limits) => self.sinks[sink as usize] = limits,
                Undo::Arc(arc, before) => {
                    self.ways.arcs[arc as usize] = before;
                    self.ways.set_cost(arc, self.entry_cost(arc));
                    touched.push(before.source);
                }
            }
        }
        while self.ways.arcs.len() > arcs {
            self.ways.pop();
        }
        self.flow.truncate(arcs);
        self.kept.truncate(arcs);
        self.supplies.truncate(sources);
        self.unplaced.truncate(sources);
        self.stands.truncate(sources);
        self.sinks.truncate(sinks);
        self.got.truncate(sinks);
        self.prices.truncate(sinks);
        self.labels.resize(sinks);
        for source in touched.into_iter().filter(|&source| (source as usize) < sources) {
            self.restand(source);
        }
    }

    /// Everything that is wrong with a list of edits.
    fn check(&self, edits: &[Edit]) -> Result<(), Problems<ProblemError>> {
        let count = |wanted: fn(&Edit) -> bool| edits.iter().filter(|edit| wanted(edit)).count();
        let sources = self.supplies.len() + count(|edit| matches!(edit, Edit::NewSource { .. }));
        let sinks = self.sinks.len() + count(|edit| matches!(edit, Edit::NewSink { .. }));
        let arcs = self.ways.arcs.len() + count(|edit| matches!(edit, Edit::NewArc { .. }));
        // A unit that stays leaves its arc in two.
        let rows = sources as u64 + 2 * sinks as u64 + 2 * arcs as u64;
        if rows >= u64::from(u32::MAX) {
            return Err(ProblemError::TooManyRows { rows }.into());
        }
        let limit = cost_limit(sources, sinks) - self.stay;
        let mut found = Vec::new();
        let mut supplies = Sum::new(self.supplies.iter().copied());
        let mut demands = Sum::new(self.sinks.iter().map(|sink| sink.min));
        for (row, edit) in (0..).zip(edits) {
            match *edit {
                Edit::Supply { source, .. } if source as usize >= sources => {
                    found.push(ProblemError::UnknownSource { row, number: source });
                }
                Edit::Sink { sink, .. } if sink as usize >= sinks => {
                    found.push(ProblemError::UnknownSink { row, number: sink });
                }
                Edit::Arc { arc, .. } if arc as usize >= arcs => {
                    found.push(ProblemError::UnknownArc { row, number: arc });
                }
                Edit::Supply { units: supply, .. } | Edit::NewSource { units: supply }
                    if supply < 0 =>
                {
                    found.push(ProblemError::NegativeSupply { row, supply });
                }
                Edit::Sink { limits: Sink { min, .. }, .. }
                | Edit::NewSink { limits: Sink { min, .. } }
                    if min < 0 =>
                {
                    found.push(ProblemError::NegativeDemand { row, min });
                }
                Edit::Sink { limits: Sink { min, max, .. }, .. }
                | Edit::NewSink { limits: Sink { min, max, .. } }
                    if min > max =>
                {
                    found.push(ProblemError::MinAboveMax { row, min, max });
                }
                Edit::Supply { source, units } => {
                    let first = self.supplies.get(source as usize).copied().unwrap_or(0);
                    supplies.set(row, source as usize, first, units);
                }
                Edit::NewSource { units } => supplies.push(row, units),
                Edit::Sink { sink, limits } => {
                    let first = self.sinks.get(sink as usize).map_or(0, |sink| sink.min);
                    demands.set(row, sink as usize, first, limits.min);
                }
                Edit::NewSink { limits } => demands.push(row, limits.min),
                Edit::Arc { cap, cost, .. } => check_arc(row, cap, cost, limit, &mut found),
                Edit::NewArc { arc: Arc { source, sink, cap, cost } } => {
                    if source as usize >= sources {
                        found.push(ProblemError::UnknownSource { row, number: source });
                    }
                    if sink as usize >= sinks {
                        found.push(ProblemError::UnknownSink { row, number: sink });
                    }
                    check_arc(row, cap, cost, limit, &mut found);
                }
            }
        }
        found.extend(supplies.too_large().map(|row| ProblemError::SupplyOutOfRange { row }));
        found.extend(demands.too_large().map(|row| ProblemError::DemandOutOfRange { row }));
        let grown = |edit: &Edit| matches!(edit, Edit::NewSource { .. } | Edit::NewSink { .. });
        if let Some(row) = edits.iter().rposition(grown).filter(|_| self.largest_cost > limit) {
            let (row, cost) = (index(row), self.largest_cost);
            found.push(ProblemError::CostOutOfRange { row, cost, limit });
        }
        Problems::check(found)
    }
}

fn check_arc(row: u32, cap: Option<i64>, cost: i64, limit: i64, found: &mut Vec<ProblemError>) {
    if let Some(cap) = cap.filter(|&cap| cap < 0) {
        found.push(ProblemError::NegativeCapacity { row, cap });
    }
    if cost.unsigned_abs() > limit.max(0).unsigned_abs() {
        found.push(ProblemError::CostOutOfRange { row, cost, limit });
    }
}

/// What supplies or demands sum to while they change.
struct Sum {
    known: usize,
    total: i128,
    /// What they have become, where they have.
    changed: BTreeMap<usize, i64>,
    /// The last row that added something.
    added: u32,
}

impl Sum {
    fn new(units: impl ExactSizeIterator<Item = i64>) -> Self {
        let known = units.len();
        Self { known, total: units.map(i128::from).sum(), changed: BTreeMap::new(), added: 0 }
    }

    /// Notes a number that was another one at first.
    fn set(&mut self, row: u32, at: usize, first: i64, units: i64) {
        let before = self.changed.insert(at, units).unwrap_or(first);
        self.total += i128::from(units) - i128::from(before);
        if units > before {
            self.added = row;
        }
    }

    /// Notes one more.
    fn push(&mut self, row: u32, units: i64) {
        self.set(row, self.known, 0, units);
        self.known += 1;
    }

    fn too_large(&self) -> Option<u32> {
        (self.total > i128::from(i64::MAX)).then_some(self.added)
    }
}
