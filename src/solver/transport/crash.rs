//! The first tree: a strongly feasible one, with prices close to those of the start.
//!
//! A sink with room hangs on the root. A full one hangs below the source there that would leave it most
//! cheaply for a sink that stands in the tree already, or for not being placed: Dijkstra's algorithm from
//! the root backwards, with reduced costs at the prices of the start (held above 0) for lengths.

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
        let worth = start.rough.cost(rows.cost[arc as usize]) + start.price[sink as usize];
        is_full(sink as usize).then_some(Leaver { source, sink, worth })
    };
    let leavers: Vec<Leaver> = (0..index(rows.sources())).filter_map(leaver).collect();
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

    let into = Ways::new(rows, start, &leavers, meter)?;
    while let Some(Reverse((length, sink))) = queue.pop() {
        let full = is_full(sink as usize);
        if full {
            let exit = exits[sink as usize];
            if tree.node(sink).parent != NONE || length != exit.length {
                continue;
            }
            hang_by(rows, &mut tree, start, at, sink, exit);
        }
        let price = if full { start.price[sink as usize] } else { 0 };
        let ways = into.sink(sink);
        meter.spend(4 * ways.len())?;
        for &(leaver, arc) in ways {
            let Leaver { source, sink: from, worth } = leavers[leaver as usize];
            if tree.node(from).parent != NONE {
                continue;
            }
            let gone = start.rough.cost(rows.cost[arc as usize]) + price;
            let length = length + i64::from((gone - worth).max(0));
            let exit = &mut exits[from as usize];
            if length < exit.length {
                *exit = Exit { length, source, arc };
                queue.push(Reverse((length, from)));
            }
        }
    }
    Ok(tree)
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
    fn new<N: Number>(
        rows: &Rows<N>,
        flow: &Start,
        leavers: &[Leaver],
        meter: &mut Meter<'_>,
    ) -> Result<Self, Cancelled> {
        let has_room = |&arc: &u32| !flow.full.get(arc as usize).is_some_and(|&full| full);
        let arcs =
            |source| (index(rows.row(source).start)..index(rows.row(source).end)).filter(has_room);
        let mut start = vec![0; rows.sinks.len() + 1];
        for &Leaver { source, .. } in leavers {
            meter.spend(rows.row(source).len())?;
            for arc in arcs(source) {
                start[rows.sink[arc as usize] as usize + 1] += 1;
            }
        }
        for sink in 1..start.len() {
            start[sink] += start[sink - 1];
        }
        let mut free = start.clone();
        let mut ways = vec![(0, 0); start.last().map_or(0, |&end| end as usize)];
        for (leaver, &Leaver { source, .. }) in (0..).zip(leavers) {
            meter.spend(rows.row(source).len())?;
            for arc in arcs(source) {
                let place = &mut free[rows.sink[arc as usize] as usize];
                ways[*place as usize] = (leaver, arc);
                *place += 1;
            }
        }
        Ok(Self { start, ways })
    }

    fn sink(&self, sink: u32) -> &[(u32, u32)] {
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
