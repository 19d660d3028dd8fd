//! The first tree: a strongly feasible one, with prices close to those of the start.
//!
//! A sink with room hangs on the root. A full one hangs below the source there that would leave it most
//! cheaply for a sink that stands in the tree already, or for not being placed: Dijkstra's algorithm from
//! the root backwards, with reduced costs at the prices of the start (held above 0) for lengths. Short arcs
//! alone are nearly always enough, so that all others are looked at only for sinks that these do not reach.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::index;
use super::meter::Meter;
use super::number::Number;
use super::rows::{BEYOND, MANDATORY, Rows, UNPLACED};
use super::start::Start;
use super::tree::{Link, NONE, Tree};
use crate::watch::Cancelled;

/// A way of a full sink towards the root: one of its sources, and another arc of that source.
#[derive(Clone, Copy)]
struct Exit {
    length: i64,
    source: u32,
    arc: u32,
}

/// Builds the tree of a start. O((arcs + sinks) · log sinks).
///
/// Changes `at` for the sources that become nodes: to the number of arcs plus that of the node.
pub(super) fn tree<N: Number>(
    rows: &Rows<N>,
    start: &Start,
    at: &mut [u32],
    meter: &mut Meter<'_>,
) -> Result<Tree<N>, Cancelled> {
    let sinks = rows.sinks.len();
    let mut got = vec![0_i64; sinks];
    for (&arc, &units) in at.iter().zip(&start.left) {
        if arc != UNPLACED {
            got[rows.sink[arc as usize] as usize] += units;
        }
    }
    for (arc, _) in start.full.iter().enumerate().filter(|&(_, &full)| full) {
        got[rows.sink[arc] as usize] += rows.cap[arc];
    }
    let is_full = |sink: usize| got[sink] == rows.sinks[sink].min + rows.sinks[sink].beyond;

    let mut tree = Tree::new(sinks);
    let mut queue = BinaryHeap::new();
    for sink in 0..index(sinks) {
        if !is_full(sink as usize) {
            let (min, got) = (rows.sinks[sink as usize].min, got[sink as usize]);
            let (arc, flow) = if got < min { (MANDATORY, got) } else { (BEYOND, got - min) };
            let link = Link { arc, flow, cap: rows.cap(arc, sink) };
            tree.hang(sink, tree.root, link, rows.cost(arc, sink));
            queue.push(Reverse((0, sink)));
        }
    }
    if queue.len() == sinks {
        return Ok(tree);
    }

    let mut exits = vec![Exit { length: i64::MAX, source: NONE, arc: NONE }; sinks];
    let leaver = |source: u32| {
        let arc = start.at[source as usize];
        if arc == UNPLACED || start.left[source as usize] == 0 {
            return None;
        }
        let sink = rows.sink[arc as usize];
        let worth = start.value(rows, arc);
        is_full(sink as usize).then_some(Leaver { source, sink, worth })
    };
    let mut leavers: Vec<Leaver> = (0..index(rows.sources())).filter_map(leaver).collect();
    // Where the start has placed everybody who has to be, to leave one out is the last resort.
    let has_to_be = |source: u32| start.rough.is_wanted(rows.unplaced[source as usize]);
    let mut left_out = (0..).zip(&start.at).filter(|&(_, &arc)| arc == UNPLACED);
    let last_resort = !left_out.any(|(source, _)| has_to_be(source));
    let unplaced = |source: u32| {
        if last_resort && has_to_be(source) {
            i64::MAX / 2
        } else {
            i64::from(start.rough.unplaced(rows.unplaced[source as usize]))
        }
    };
    for &Leaver { source, sink, worth } in &leavers {
        let length = (unplaced(source) - i64::from(worth)).max(0);
        let exit = &mut exits[sink as usize];
        if length < exit.length {
            *exit = Exit { length, source, arc: UNPLACED };
        }
    }
    for (sink, exit) in (0..).zip(&exits) {
        if exit.source != NONE {
            queue.push(Reverse((exit.length, sink)));
        }
    }

    let mut growth = Growth { rows, start, at, tree, exits, queue, settled: Vec::new() };
    for most in [start.near, i32::MAX] {
        leavers.retain(|leaver| growth.tree.node(leaver.sink).parent == NONE);
        let into = Ways::new(rows, start, &leavers, most, meter)?;
        growth.grow(&leavers, &into, most, meter)?;
    }
    Ok(growth.tree)
}

/// A tree that grows by one sink after the other, the nearest first.
struct Growth<'a, N: Number> {
    rows: &'a Rows<N>,
    start: &'a Start,
    at: &'a mut [u32],
    tree: Tree<N>,
    /// The shortest way out of each full sink so far.
    exits: Vec<Exit>,
    queue: BinaryHeap<Reverse<(i64, u32)>>,
    /// The sinks in the tree, and how far they are from the root.
    settled: Vec<(i64, u32)>,
}

impl<N: Number> Growth<'_, N> {
    /// Grows over some ways, all those not longer than `most`, as far as no longer one could be better.
    fn grow(
        &mut self,
        leavers: &[Leaver],
        into: &Ways,
        most: i32,
        meter: &mut Meter<'_>,
    ) -> Result<(), Cancelled> {
        for at in 0..self.settled.len() {
            let (length, sink) = self.settled[at];
            self.relax(length, leavers, into.to(sink), meter)?;
        }
        while let Some(&Reverse((length, sink))) = self.queue.peek() {
            let first = self.settled.first().map_or(length, |&(first, _)| first);
            if most < i32::MAX && length - first > i64::from(most) {
                break;
            }
            self.queue.pop();
            let exit = self.exits[sink as usize];
            if exit.source != NONE {
                if self.tree.node(sink).parent != NONE || length != exit.length {
                    continue;
                }
                hang_by(self.rows, &mut self.tree, self.start, self.at, sink, exit);
            }
            self.settled.push((length, sink));
            self.relax(length, leavers, into.to(sink), meter)?;
        }
        Ok(())
    }

    /// Offers the ways to a sink in the tree to those who could take them.
    fn relax(
        &mut self,
        length: i64,
        leavers: &[Leaver],
        ways: &[(u32, u32)],
        meter: &mut Meter<'_>,
    ) -> Result<(), Cancelled> {
        for &(leaver, arc) in ways {
            let Leaver { source, sink: from, worth } = leavers[leaver as usize];
            if self.tree.node(from).parent != NONE {
                continue;
            }
            let length = length + i64::from((self.start.value(self.rows, arc) - worth).max(0));
            let exit = &mut self.exits[from as usize];
            if length < exit.length {
                *exit = Exit { length, source, arc };
                self.queue.push(Reverse((length, from)));
            }
        }
        meter.spend(4 * ways.len())
    }
}

/// A source on an arc into a full sink that it could leave.
#[derive(Clone, Copy)]
struct Leaver {
    source: u32,
    sink: u32,
    /// What the arc costs, with the sink.
    worth: i32,
}

/// The arcs that leavers could still use, with the numbers of these, by the sinks that they lead to.
struct Ways {
    start: Vec<u32>,
    ways: Vec<(u32, u32)>,
}

impl Ways {
    /// Those that are no longer than `most`.
    fn new<N: Number>(
        rows: &Rows<N>,
        flow: &Start,
        leavers: &[Leaver],
        most: i32,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Cancelled> {
        let mut start = vec![0; rows.sinks.len() + 1];
        let mut found = Vec::new();
        for (leaver, &Leaver { source, worth, .. }) in (0..).zip(leavers) {
            let most = worth.saturating_add(most);
            let row = rows.row(source);
            meter.spend(2 * row.len())?;
            let costs = rows.cost[row.clone()].iter();
            let arcs = (index(row.start)..).zip(rows.sink[row].iter().zip(costs));
            for (arc, (&sink, &cost)) in arcs {
                let is_full = || flow.full.get(arc as usize).is_some_and(|&full| full);
                if flow.rough.cost(cost) + flow.price[sink as usize] <= most && !is_full() {
                    start[sink as usize + 1] += 1;
                    found.push((leaver, arc));
                }
            }
        }
        for sink in 1..start.len() {
            start[sink] += start[sink - 1];
        }
        let mut free = start.clone();
        let mut ways = vec![(0, 0); found.len()];
        for way in found {
            let place = &mut free[rows.sink[way.1 as usize] as usize];
            ways[*place as usize] = way;
            *place += 1;
        }
        Ok(Self { start, ways })
    }

    /// The ways to a sink.
    fn to(&self, sink: u32) -> &[(u32, u32)] {
        let sink = sink as usize;
        &self.ways[self.start[sink] as usize..self.start[sink + 1] as usize]
    }
}

/// Hangs a full sink below one of its sources, which becomes a node.
fn hang_by<N: Number>(
    rows: &Rows<N>,
    tree: &mut Tree<N>,
    start: &Start,
    at: &mut [u32],
    sink: u32,
    exit: Exit,
) {
    let units = start.left[exit.source as usize];
    let Exit { source, arc, .. } = exit;
    let own = at[source as usize];
    let parent = if arc == UNPLACED { tree.root } else { rows.sink[arc as usize] };
    let link = Link { arc, flow: 0, cap: rows.cap(arc, 0) };
    let price = rows.cost(arc, source) + tree.price(parent);
    let node = tree.unfold(source, parent, link, price);
    at[source as usize] = index(rows.arcs()) + node;
    let link = Link { arc: own, flow: units, cap: rows.cap(own, sink) };
    tree.hang(sink, node, link, price - rows.cost(own, sink));
}
