//! What a first look at a problem finds: its rows in order, its largest cost, its connected components.

use super::grouped::Grouped;
use super::index;
use super::{Arc, Price, Problem};
use crate::watch::{Cancelled, Watch};

/// Arcs between two looks at the observer.
pub(super) const ARCS_PER_CHECK: usize = 1 << 20;

/// The rows and components of a problem.
pub(super) struct Survey {
    /// The largest cost either way of an arc that can carry something, and of an unplaced unit.
    pub(super) largest_cost: u64,
    /// Whether such an arc states what it can carry.
    pub(super) limited: bool,
    /// Where the row of each source starts among all arcs that can carry something, and the last one's end.
    start: Vec<u32>,
    /// The numbers of those arcs, by source, sink, cost and capacity; `None` if that is how they stand in
    /// the problem.
    order: Option<Vec<u32>>,
    /// The sources and the sinks of each component; the last group holds what no arc joins.
    sources: Grouped,
    sinks: Grouped,
    /// The place of each sink among those of its component.
    pub(super) place: Vec<u32>,
}

impl Survey {
    /// Looks at every arc once, if they are in order. O(arcs), or O(arcs · log arcs) if they are not.
    pub(super) fn new(problem: &Problem, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let mut seen = Seen::new(problem);
        let all_open = problem.sinks().iter().all(|sink| sink.max > 0);
        let (mut in_order, mut limited) = (true, false);
        let mut last: Option<&Arc> = None;
        for some in problem.arcs().chunks(ARCS_PER_CHECK) {
            watch.check()?;
            // Runs, nearly always whole rows: each look at the arcs of one is a short loop of its own.
            for run in some.chunk_by(|a, b| a.source == b.source && a.sink < b.sink) {
                in_order &= last.is_none_or(|last| key(last) <= key(&run[0]));
                last = run.last();
                let has_caps = run.iter().any(|arc| arc.cap.is_some());
                limited |= has_caps;
                let used = if all_open && !has_caps {
                    seen.look(problem, run.iter())
                } else {
                    seen.look(problem, run.iter().filter(|arc| is_usable(problem, arc)))
                };
                in_order &= used == run.len();
            }
        }
        let Seen { mut start, mut above, first_sink, mut least, mut most } = seen;
        for source in 1..start.len() {
            start[source] += start[source - 1];
            let Price { cost, .. } = problem.unplaced_price(index(source - 1));
            (least, most) = (least.min(cost), most.max(cost));
        }
        let largest_cost = least.unsigned_abs().max(most.unsigned_abs());
        let order = if in_order { None } else { Some(sorted(problem, &start, watch)?) };

        let (labels, count) = label(&mut above, &first_sink);
        let of_sources =
            first_sink.iter().map(|&sink| labels.get(sink as usize).copied().unwrap_or(count));
        let sources = Grouped::new(of_sources, count as usize + 1);
        let sinks = Grouped::new(labels.iter().copied(), count as usize + 1);
        let mut place = vec![0; labels.len()];
        for component in 0..count as usize {
            for (at, &sink) in (0..).zip(sinks.group(component)) {
                place[sink as usize] = at;
            }
        }
        Ok(Self { largest_cost, limited, start, order, sources, sinks, place })
    }

    /// How many components have arcs that can carry something.
    pub(super) fn components(&self) -> usize {
        self.sources.len() - 1
    }

    /// The sources of a component, in ascending order.
    pub(super) fn sources(&self, component: usize) -> &[u32] {
        self.sources.group(component)
    }

    /// The sinks of a component, in ascending order.
    pub(super) fn sinks(&self, component: usize) -> &[u32] {
        self.sinks.group(component)
    }

    /// The places of the arcs of a source.
    pub(super) fn row(&self, source: u32) -> std::ops::Range<usize> {
        self.start[source as usize] as usize..self.start[source as usize + 1] as usize
    }

    /// The arcs at places, as one slice or by their numbers.
    pub(super) fn arcs<'a>(
        &'a self,
        problem: &'a Problem,
        places: std::ops::Range<usize>,
    ) -> Result<&'a [Arc], impl Iterator<Item = &'a Arc> + Clone> {
        match &self.order {
            None => Ok(&problem.arcs()[places]),
            Some(order) => Err(order[places].iter().map(|&arc| &problem.arcs()[arc as usize])),
        }
    }

    /// The number of the arc at a place.
    pub(super) fn arc(&self, place: usize) -> u32 {
        self.order.as_ref().map_or(index(place), |order| order[place])
    }
}

/// What the arcs that can carry something have shown so far.
struct Seen {
    /// How many of them each source has, one place on.
    start: Vec<u32>,
    /// The component of each sink, as a forest.
    above: Vec<u32>,
    /// The first sink of each source that holds something; the number of sinks if it has none.
    first_sink: Vec<u32>,
    least: i64,
    most: i64,
}

impl Seen {
    fn new(problem: &Problem) -> Self {
        let (sources, sinks) = (problem.supplies().len(), index(problem.sinks().len()));
        Self {
            start: vec![0; sources + 1],
            above: (0..sinks).collect(),
            first_sink: vec![sinks; sources],
            least: 0,
            most: 0,
        }
    }

    /// Looks at some arcs of a source, and returns how many they are.
    fn look<'a>(
        &mut self,
        problem: &Problem,
        arcs: impl Iterator<Item = &'a Arc> + Clone,
    ) -> usize {
        let Some(some) = arcs.clone().next() else { return 0 };
        let source = some.source as usize;
        let costs = arcs.clone().map(|arc| arc.cost);
        (self.least, self.most) = costs
            .fold((self.least, self.most), |(least, most), cost| (least.min(cost), most.max(cost)));
        if problem.supplies()[source] > 0 {
            let above = &mut self.above[..];
            let first = &mut self.first_sink[source];
            *first = if (*first as usize) < above.len() { *first } else { some.sink };
            let mut label = above[*first as usize];
            for arc in arcs.clone() {
                // Nearly always in one component with the others already.
                if above[arc.sink as usize] != label {
                    join(above, *first, arc.sink);
                    label = above[*first as usize];
                }
            }
        }
        let count = arcs.count();
        self.start[source + 1] += index(count);
        count
    }
}

/// What arcs are ordered by.
fn key(arc: &Arc) -> (u32, u32, i64, Option<i64>) {
    (arc.source, arc.sink, arc.cost, arc.cap)
}

/// Whether an arc can carry anything for all that its own capacity and its sink say.
fn is_usable(problem: &Problem, arc: &Arc) -> bool {
    arc.cap != Some(0) && problem.sinks()[arc.sink as usize].max > 0
}

/// The usable arcs in an order that their rows do not decide.
fn sorted(problem: &Problem, start: &[u32], watch: &dyn Watch) -> Result<Vec<u32>, Cancelled> {
    let mut free = start.to_vec();
    let mut order = vec![0; start.last().map_or(0, |&end| end as usize)];
    let rows = problem.arcs();
    for (number, arc) in (0..).zip(rows).filter(|(_, arc)| is_usable(problem, arc)) {
        if (number as usize).is_multiple_of(ARCS_PER_CHECK) {
            watch.check()?;
        }
        let place = &mut free[arc.source as usize];
        order[*place as usize] = number;
        *place += 1;
    }
    for row in start.windows(2) {
        watch.check()?;
        order[row[0] as usize..row[1] as usize].sort_by_key(|&arc| {
            let Arc { sink, cap, cost, .. } = rows[arc as usize];
            (sink, cost, cap)
        });
    }
    Ok(order)
}

/// The component of each sink, by the first sinks of the components that have sources, and how many there
/// are; the sinks of all others are in the next one.
fn label(above: &mut [u32], first_sink: &[u32]) -> (Vec<u32>, u32) {
    let none = u32::MAX;
    let mut labels = vec![none; above.len()];
    for &sink in first_sink {
        if (sink as usize) < above.len() {
            let top = top(above, sink);
            labels[top as usize] = 0;
        }
    }
    let mut count = 0;
    for label in labels.iter_mut().filter(|label| **label == 0) {
        *label = count;
        count += 1;
    }
    for sink in 0..index(above.len()) {
        let label = labels[top(above, sink) as usize];
        labels[sink as usize] = label.min(count);
    }
    (labels, count)
}

/// Puts two sinks in one component.
fn join(above: &mut [u32], a: u32, b: u32) {
    let (a, b) = (top(above, a), top(above, b));
    above[a.max(b) as usize] = a.min(b);
}

/// The first sink of a component, by the union-find method with halved paths.
fn top(above: &mut [u32], mut sink: u32) -> u32 {
    while above[sink as usize] != sink {
        above[sink as usize] = above[above[sink as usize] as usize];
        sink = above[sink as usize];
    }
    sink
}
