//! Units spread as evenly over the sinks as the least cost allows.
//!
//! Prices tell which flows are best: exactly those that use no arc which loses and fill every arc which gains
//! at these prices (complementary slackness; any best prices tell the same). So what may change is the flow on
//! arcs that just *pay*, what a source keeps whose price is that of keeping, and what a sink gets whose price
//! is that of one of its two kinds of units.
//!
//! Say that a sink gets `min + d`. One unit moved from sink a to sink b over arcs that pay changes the sum of
//! all d² by `2 (d_b - d_a + 1)`, and one that a source keeps instead by `1 - 2 d_a`. Where no such move makes
//! the sum smaller, it is the least there is (Ahuja, Magnanti, Orlin 1993, 14.3).
//!
//! All moves over a threshold are made at once, as one maximum flow from what sinks have above it to what
//! others have below it (E. A. Dinic, *Soviet Mathematics Doklady* 11, 1970). Afterwards nothing leads from the
//! sinks that are still above to those that are still below, so the two sides are halved again each on its own.

use super::grouped::Grouped;
use super::meter::Meter;
use super::{Optimum, Price, Problem, Sink, index};
use crate::watch::{Cancelled, Watch};

/// Instead of a level: not reached.
const NONE: u32 = u32::MAX;

/// Makes a best flow a most even one.
pub(super) fn spread(
    problem: &Problem,
    optimum: &mut Optimum,
    watch: &dyn Watch,
) -> Result<(), Cancelled> {
    let mut meter = Meter::new(watch);
    meter.begin("spread evenly");
    let mut spread = Spread::new(problem, optimum, &mut meter)?;
    spread.even_out(&mut meter)?;
    for (got, (sink, load)) in optimum.got.iter_mut().zip(problem.sinks().iter().zip(&spread.loads))
    {
        *got = sink.min + load.above;
    }
    for way in &spread.ways {
        optimum.flow[way.row as usize] = way.flow;
    }
    for (unplaced, keeps) in optimum.unplaced.iter_mut().zip(&spread.keeps) {
        *unplaced += keeps.unwrap_or(0);
    }
    Ok(())
}

/// An arc that pays.
struct Way {
    row: u32,
    source: u32,
    sink: u32,
    flow: i64,
    room: i64,
}

/// What a sink gets above `min`, and the least and most of it in any best flow.
struct Load {
    above: i64,
    low: i64,
    high: i64,
}

impl Load {
    fn new(sink: &Sink, level: i64, price: Price, got: i64) -> Self {
        let above = got - sink.min;
        let (low, high) = if price == (Price { level: -level, cost: 0 }) {
            (-sink.min, 0)
        } else if price == Price::default() {
            (0, sink.max - sink.min)
        } else {
            (above, above)
        };
        Self { above, low, high }
    }

    /// What it can give until it is down at a threshold.
    fn excess(&self, threshold: i64) -> i64 {
        (self.above - self.low.max(threshold)).max(0)
    }

    /// What it can take until it is up at a threshold.
    fn lack(&self, threshold: i64) -> i64 {
        (self.high.min(threshold) - self.above).max(0)
    }
}

/// A best flow on its way to a most even one. Its nodes are the sources and then the sinks.
struct Spread {
    sources: u32,
    /// By source and then by sink.
    ways: Vec<Way>,
    of_source: Grouped,
    of_sink: Grouped,
    loads: Vec<Load>,
    /// How many more units each source keeps than at first; `None` where its price is not that of keeping.
    keeps: Vec<Option<i64>>,
    /// The part that each node is in.
    part: Vec<u32>,
    /// The steps from the nearest sink with an excess.
    level: Vec<u32>,
    /// The ways of each node that have been tried.
    tried: Vec<usize>,
}

/// A part of the graph that is balanced at a threshold.
struct Part {
    number: u32,
    nodes: Vec<u32>,
    threshold: i64,
    /// Whether sources may keep units: those of sinks above 0.
    keeping: bool,
}

impl Spread {
    fn new(problem: &Problem, optimum: &Optimum, meter: &mut Meter<'_>) -> Result<Self, Cancelled> {
        let mut ways = Vec::new();
        for ((row, arc), &flow) in (0..).zip(problem.arcs()).zip(&optimum.flow) {
            meter.spend(1)?;
            let (from, to) = (
                optimum.source_prices[arc.source as usize],
                optimum.sink_prices[arc.sink as usize],
            );
            let cap = problem.capacity(arc);
            if cap > 0 && from.level == to.level && from.cost - to.cost == arc.cost {
                let (source, sink) = (arc.source, arc.sink);
                ways.push(Way { row, source, sink, flow, room: cap - flow });
            }
        }
        ways.sort_by_key(|way| (way.source, way.sink, way.flow, way.room));
        let (sources, sinks) = (problem.supplies().len(), problem.sinks().len());
        let keeps = (0..).zip(&optimum.source_prices);
        let keeps =
            keeps.map(|(source, &price)| (price == problem.unplaced_price(source)).then_some(0));
        let prices = optimum.sink_prices.iter().zip(problem.demand_levels());
        let loads = problem.sinks().iter().zip(prices).zip(&optimum.got);
        let loads = loads.map(|((sink, (&price, level)), &got)| Load::new(sink, level, price, got));
        Ok(Self {
            sources: index(sources),
            of_source: Grouped::new(ways.iter().map(|way| way.source), sources),
            of_sink: Grouped::new(ways.iter().map(|way| way.sink), sinks),
            loads: loads.collect(),
            keeps: keeps.collect(),
            part: vec![0; sources + sinks],
            level: vec![NONE; sources + sinks],
            tried: vec![0; sources + sinks],
            ways,
        })
    }

    /// Halves until no part has two sinks that are apart by two.
    fn even_out(&mut self, meter: &mut Meter<'_>) -> Result<(), Cancelled> {
        let nodes = (0..index(self.part.len())).collect();
        let mut open = vec![Part { number: 0, nodes, threshold: 0, keeping: true }];
        let mut parts = 0;
        while let Some(part) = open.pop() {
            let above = loop {
                let (reached, is_short) = self.search(&part, false, meter)?;
                if !is_short {
                    break reached;
                }
                self.push(&part, meter)?;
            };
            let (below, _) = self.search(&part, true, meter)?;
            for mut nodes in [above, below] {
                if let Some(threshold) = self.middle(&nodes) {
                    parts += 1;
                    nodes.sort_unstable();
                    for &node in &nodes {
                        self.part[node as usize] = parts;
                    }
                    open.push(Part { number: parts, nodes, threshold, keeping: false });
                }
            }
        }
        Ok(())
    }

    /// The load of a node that is a sink.
    fn load(&self, node: u32) -> Option<&Load> {
        Some(&self.loads[node.checked_sub(self.sources)? as usize])
    }

    /// What a node can give.
    fn excess(&self, node: u32, part: &Part) -> i64 {
        self.load(node).map_or(0, |load| load.excess(part.threshold))
    }

    /// What a node can take.
    fn lack(&self, node: u32, part: &Part) -> i64 {
        match self.load(node) {
            Some(load) => load.lack(part.threshold),
            None if part.keeping && self.keeps[node as usize].is_some() => i64::MAX,
            None => 0,
        }
    }

    /// A threshold between the most that a sink could give and the least that one could take, if these are
    /// two apart.
    fn middle(&self, nodes: &[u32]) -> Option<i64> {
        let loads = nodes.iter().filter_map(|&node| self.load(node));
        let most =
            loads.clone().filter(|load| load.above > load.low).map(|load| load.above).max()?;
        let least = loads.filter(|load| load.above < load.high).map(|load| load.above).min()?;
        // Of one sign, for the first threshold is 0.
        (most - least >= 2).then(|| least + (most - least) / 2)
    }

    /// The ways at a node.
    fn ways_of(&self, node: u32) -> &[u32] {
        match node.checked_sub(self.sources) {
            Some(sink) => self.of_sink.group(sink as usize),
            None => self.of_source.group(node as usize),
        }
    }

    /// The other end of a way, and what it can still carry from this node, and to it.
    fn step(&self, way: u32, node: u32) -> (u32, i64, i64) {
        let Way { source, sink, flow, room, .. } = self.ways[way as usize];
        if node < self.sources { (self.sources + sink, room, flow) } else { (source, flow, room) }
    }

    /// Everything to which something could be moved from sinks above the threshold, or backwards: from which
    /// something could be moved to sinks below it; with its levels. Forwards it goes no farther than to the first
    /// nodes that lack something, and tells whether there are any.
    fn search(
        &mut self,
        part: &Part,
        backwards: bool,
        meter: &mut Meter<'_>,
    ) -> Result<(Vec<u32>, bool), Cancelled> {
        let mut queue = Vec::new();
        for &node in &part.nodes {
            let is_start = self.load(node).is_some_and(|load| {
                let units = if backwards { Load::lack } else { Load::excess };
                units(load, part.threshold) > 0
            });
            self.level[node as usize] = if is_start { 0 } else { NONE };
            self.tried[node as usize] = 0;
            queue.extend(is_start.then_some(node));
        }
        meter.spend(part.nodes.len())?;
        let mut nearest = NONE;
        let mut done = 0;
        while let Some(&node) = queue.get(done) {
            let level = self.level[node as usize];
            if level == nearest {
                break;
            }
            done += 1;
            meter.spend(self.ways_of(node).len())?;
            for at in 0..self.ways_of(node).len() {
                let (other, onwards, back) = self.step(self.ways_of(node)[at], node);
                let room = if backwards { back } else { onwards };
                let is_new =
                    self.part[other as usize] == part.number && self.level[other as usize] == NONE;
                if room > 0 && is_new {
                    self.level[other as usize] = level + 1;
                    queue.push(other);
                    if !backwards && self.lack(other, part) > 0 {
                        nearest = level + 1;
                    }
                }
            }
        }
        Ok((queue, nearest != NONE))
    }

    /// Moves units along shortest paths until all of them are blocked.
    fn push(&mut self, part: &Part, meter: &mut Meter<'_>) -> Result<(), Cancelled> {
        let mut path: Vec<u32> = Vec::new();
        for &start in &part.nodes {
            let mut node = start;
            while self.excess(start, part) > 0 && self.level[start as usize] == 0 {
                meter.spend(1)?;
                let lack = self.lack(node, part);
                if lack > 0 {
                    self.move_along(&path, start, node, lack.min(self.excess(start, part)));
                    path.clear();
                    node = start;
                } else if let Some((way, other)) = self.next_step(node, part) {
                    path.push(way);
                    node = other;
                } else {
                    self.level[node as usize] = NONE;
                    if let Some(way) = path.pop() {
                        (node, _, _) = self.step(way, node);
                    }
                }
            }
        }
        Ok(())
    }

    /// The next way on, and where it leads.
    fn next_step(&mut self, node: u32, part: &Part) -> Option<(u32, u32)> {
        while let Some(&way) = self.ways_of(node).get(self.tried[node as usize]) {
            let (other, room, _) = self.step(way, node);
            let is_next = self.part[other as usize] == part.number
                && self.level[other as usize] == self.level[node as usize] + 1;
            if room > 0 && is_next {
                return Some((way, other));
            }
            self.tried[node as usize] += 1;
        }
        None
    }

    /// Moves as many units as all ways of a path can carry.
    fn move_along(&mut self, path: &[u32], start: u32, end: u32, most: i64) {
        let mut units = most;
        let mut node = start;
        for &way in path {
            let (other, room, _) = self.step(way, node);
            units = units.min(room);
            node = other;
        }
        node = start;
        for &way in path {
            let (other, _, _) = self.step(way, node);
            let way = &mut self.ways[way as usize];
            let more = if node < self.sources { units } else { -units };
            way.flow += more;
            way.room -= more;
            node = other;
        }
        self.loads[(start - self.sources) as usize].above -= units;
        match end.checked_sub(self.sources) {
            Some(sink) => self.loads[sink as usize].above += units,
            None => {
                if let Some(keeps) = &mut self.keeps[end as usize] {
                    *keeps += units;
                }
            }
        }
    }
}
