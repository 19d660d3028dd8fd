//! The problem cut into its connected components, and each of them as a network with a root.

use rayon::prelude::*;

use super::grouped::Grouped;
use super::simplex::{Network, UNLIMITED, pack, unpack};
use super::{Arc, Optimum, Price, Problem, Sink, number};
use crate::watch::{Cancelled, Progress, Watch};

/// Below so many arcs, handing components to other threads costs more than it gains.
const ARCS_WORTH_THREADS: usize = 4_096;

/// Components solved in parallel between two progress reports.
const BATCH: usize = 64;

/// Solves component by component.
pub(super) fn solve(problem: &Problem, watch: &dyn Watch) -> Result<Optimum, Cancelled> {
    let parts = Parts::new(problem);
    let count = parts.sinks.len();
    let mut optimum = Optimum {
        flow: vec![0; problem.arcs().len()],
        source_prices: vec![Price::default(); problem.supplies().len()],
        sink_prices: vec![Price::default(); problem.sinks().len()],
    };
    if parts.joined() <= 1 || problem.arcs().len() < ARCS_WORTH_THREADS {
        for component in 0..count {
            let solved = parts.solve(component, watch)?;
            parts.store(component, solved, &mut optimum);
        }
    } else {
        let quiet = Quiet(watch);
        for first in (0..count).step_by(BATCH) {
            let batch = first..(first + BATCH).min(count);
            let solved: Vec<Solved> = batch
                .clone()
                .into_par_iter()
                .with_max_len(1)
                .map(|component| parts.solve(component, &quiet))
                .collect::<Result<_, _>>()?;
            let done = batch.end as u64;
            for (component, solved) in batch.zip(solved) {
                parts.store(component, solved, &mut optimum);
            }
            watch.progress(Progress { stage: "solve components", done, total: count as u64 });
        }
    }
    price_closed_sinks(problem, &mut optimum);
    Ok(optimum)
}

/// Passes on whether to stop, but reports nothing: for work on other threads than the caller's.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A sink that takes nothing stands in no network. Its price is the least at which no arc into it pays.
fn price_closed_sinks(problem: &Problem, optimum: &mut Optimum) {
    for arc in problem.arcs() {
        if problem.sinks()[arc.sink as usize].max == 0 {
            let Price { level, cost } = optimum.source_prices[arc.source as usize];
            let price = &mut optimum.sink_prices[arc.sink as usize];
            *price = (*price).max(Price { level, cost: cost - arc.cost });
        }
    }
}

/// The connected components; nodes that no usable arc joins are in different ones.
struct Parts<'a> {
    problem: &'a Problem,
    demand_levels: Vec<i64>,
    /// The numbers of all arcs, by source.
    arcs: Grouped,
    /// The sources and the sinks of each component.
    sources: Grouped,
    sinks: Grouped,
    /// The place of each sink among those of its component.
    place: Vec<u32>,
}

/// What comes out of a component, in the order in which its arcs and nodes went in.
struct Solved {
    /// Arcs of the problem that carry something, with their units.
    flow: Vec<(u32, i64)>,
    /// The prices of the sources, then of the sinks.
    prices: Vec<Price>,
}

impl<'a> Parts<'a> {
    fn new(problem: &'a Problem) -> Self {
        let sources = problem.supplies().len();
        let component = label(problem);
        let count = component.iter().max().map_or(0, |&last| last as usize + 1);
        let (of_sources, of_sinks) = component.split_at(sources);
        let sinks = Grouped::new(of_sinks.iter().copied(), count);
        let mut place = vec![0; of_sinks.len()];
        for component in 0..count {
            for (at, &sink) in (0..).zip(sinks.group(component)) {
                place[sink as usize] = at;
            }
        }
        Self {
            problem,
            demand_levels: problem.demand_levels(),
            arcs: Grouped::new(problem.arcs().iter().map(|arc| arc.source), sources),
            sources: Grouped::new(of_sources.iter().copied(), count),
            sinks,
            place,
        }
    }

    /// How many components have arcs.
    fn joined(&self) -> usize {
        let has_arcs = |&component: &usize| {
            let nodes = [self.sources.group(component), self.sinks.group(component)];
            !nodes.iter().any(|nodes| nodes.is_empty())
        };
        (0..self.sinks.len()).filter(has_arcs).count()
    }

    /// The arcs of a source that can carry something, in an order that their rows do not decide.
    fn usable(&self, source: u32) -> Vec<u32> {
        let rows = self.problem.arcs();
        let group = self.arcs.group(source as usize).iter().copied();
        let mut arcs: Vec<u32> =
            group.filter(|&arc| is_usable(self.problem, &rows[arc as usize])).collect();
        arcs.sort_by_key(|&arc| {
            let Arc { sink, cap, cost, .. } = rows[arc as usize];
            (sink, cost, cap)
        });
        arcs
    }

    fn solve(&self, component: usize, watch: &dyn Watch) -> Result<Solved, Cancelled> {
        watch.check()?;
        let problem = self.problem;
        let (sources, sinks) = (self.sources.group(component), self.sinks.group(component));
        let first_sink = number(sources.len());
        let root = number(sources.len() + sinks.len());
        let mut net = Network::default();
        let mut hooks = Vec::with_capacity(sources.len() + sinks.len());
        let mut arcs = Vec::new();

        for (node, &source) in (0..).zip(sources) {
            for arc in self.usable(source) {
                let Arc { sink, cap, cost, .. } = problem.arcs()[arc as usize];
                let supply = problem.supplies()[source as usize];
                // A capacity that the supply cannot reach is none: fewer bounds, fewer pivots.
                let cap = cap.filter(|&cap| cap < supply).unwrap_or(UNLIMITED);
                net.arc(node, first_sink + self.place[sink as usize], cap, pack(0, cost));
                arcs.push(arc);
            }
        }
        for (node, &source) in (0..).zip(sources) {
            let unplaced = net.arc(node, root, UNLIMITED, pack(problem.unplaced_level(), 0));
            net.carry(unplaced, problem.supplies()[source as usize]);
            hooks.push(unplaced);
        }
        for (node, &sink) in (first_sink..).zip(sinks) {
            let Sink { min, max, .. } = problem.sinks()[sink as usize];
            let level = self.demand_levels[sink as usize];
            let mandatory = net.arc(node, root, min, pack(-level, 0));
            let beyond = net.arc(node, root, max - min, 0);
            hooks.push(if min > 0 { mandatory } else { beyond });
        }

        let (flow, prices) = net.solve(&hooks, watch)?;
        let flow = arcs.into_iter().zip(flow).filter(|&(_, units)| units > 0).collect();
        Ok(Solved { flow, prices: prices.into_iter().map(unpack).collect() })
    }

    fn store(&self, component: usize, solved: Solved, optimum: &mut Optimum) {
        for (arc, units) in solved.flow {
            optimum.flow[arc as usize] = units;
        }
        let mut prices = solved.prices.into_iter();
        for (&source, price) in self.sources.group(component).iter().zip(&mut prices) {
            optimum.source_prices[source as usize] = price;
        }
        for (&sink, price) in self.sinks.group(component).iter().zip(&mut prices) {
            optimum.sink_prices[sink as usize] = price;
        }
    }
}

/// Whether an arc can carry anything for all that its own capacity and its sink say.
fn is_usable(problem: &Problem, arc: &Arc) -> bool {
    arc.cap != Some(0) && problem.sinks()[arc.sink as usize].max > 0
}

/// The component of each source and then of each sink, numbered by their first nodes.
fn label(problem: &Problem) -> Vec<u32> {
    let sources = number(problem.supplies().len());
    let mut above: Vec<u32> = (0..sources + number(problem.sinks().len())).collect();
    for arc in problem.arcs() {
        if is_usable(problem, arc) {
            let (a, b) = (top(&mut above, arc.source), top(&mut above, sources + arc.sink));
            above[a.max(b) as usize] = a.min(b);
        }
    }
    // The top of a component is its first node, so it has its label before the others ask for it.
    let mut next = 0;
    let mut labels = vec![0; above.len()];
    for node in 0..number(above.len()) {
        let top = top(&mut above, node);
        if top == node {
            labels[node as usize] = next;
            next += 1;
        } else {
            labels[node as usize] = labels[top as usize];
        }
    }
    labels
}

/// The first node of a component, by the union-find method with halved paths.
fn top(above: &mut [u32], mut node: u32) -> u32 {
    while above[node as usize] != node {
        above[node as usize] = above[above[node as usize] as usize];
        node = above[node as usize];
    }
    node
}
