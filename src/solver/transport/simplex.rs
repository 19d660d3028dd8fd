//! The primal network simplex method on the sinks alone.
//!
//! The tree is strongly feasible (Cunningham 1976): the arc that leaves it is the last one that blocks, seen
//! from the join along the cycle, which keeps it so and rules out cycling whatever arc enters.
//!
//! The reduced cost of an arc is `cost + price[head] - price[tail]`, and 0 for tree arcs. Arcs are priced
//! source by source, each by its best arc; a chunk of sources is priced together, and the arcs that improve
//! the flow enter in the order of their gains, each priced again before (a candidate list, after M. D.
//! Grigoriadis 1986).

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use super::index;
use super::meter::Meter;
use super::number::Number;
use super::pricing::{Entering, Item, SlackFull, Tail};
use super::rows::{BEYOND, MANDATORY, Rows, UNLIMITED, UNPLACED};
use super::start::Start;
use super::tree::{Link, Node, Tree};
use super::{Price, crash};
use crate::watch::Cancelled;

/// Items priced together. Measured on dense and sparse instances: smaller chunks find too
/// few candidates at a time, in larger ones they have aged when their turn comes.
const CHUNK: usize = 512;

/// The flow of a component, in the order of its arcs and nodes.
pub(super) struct Solved {
    /// Arcs that carry something, with their units, in ascending order.
    pub(super) flow: Vec<(u32, i64)>,
    pub(super) source_prices: Vec<Price>,
    pub(super) sink_prices: Vec<Price>,
    /// Whether it is known to be the best; otherwise the prices prove nothing.
    pub(super) is_best: bool,
    /// The prices of the sinks that the start came to.
    pub(super) first_prices: Vec<Price>,
}

/// Solves a component, as well as that can be done with so much work beside that of the start, or any.
pub(super) fn solve<N: Number>(
    rows: &Rows<N>,
    work: Option<u64>,
    meter: &mut Meter<'_>,
) -> Result<Solved, Cancelled> {
    let mut simplex = Simplex::new(rows, meter)?;
    meter.allow(work);
    meter.begin("improve the flow");
    let is_best = simplex.improve(meter)?;
    Ok(simplex.solved(is_best))
}

/// What blocks first on one side of the cycle.
#[derive(Clone, Copy)]
struct Blocking {
    room: i64,
    by: By,
}

#[derive(Clone, Copy)]
enum By {
    /// The entering arc itself.
    Entering,
    /// The arc of the leaf at which the entering arc begins.
    Leaf,
    /// The arc above a node.
    Node(u32),
}

/// The state of a component: a flow, given by the tree and by the arcs outside it that are full.
pub(super) struct Simplex<'a, N: Number> {
    pub(super) rows: &'a Rows<N>,
    pub(super) tree: Tree<N>,
    /// Where each source stands: the one tree arc of a leaf; for others the number of arcs plus their node.
    pub(super) at: Vec<u32>,
    /// The units on the tree arc of each leaf.
    left: Vec<i64>,
    /// Whether arcs outside the tree are full; empty if none can be.
    pub(super) full: Vec<bool>,
    pub(super) slack_full: Vec<SlackFull>,
    first_prices: Vec<Price>,
}

impl<'a, N: Number> Simplex<'a, N> {
    /// A start and its tree.
    fn new(rows: &'a Rows<N>, meter: &mut Meter<'_>) -> Result<Self, Cancelled> {
        let start = Start::new(rows, meter)?;
        meter.begin("build the first tree");
        let mut at = start.at.clone();
        let tree = crash::tree(rows, &start, &mut at, meter)?;
        let first_prices = start.prices();
        let Start { left, full, .. } = start;
        let slack_full = rows.sinks.iter().zip(&tree.nodes).map(|(_, node)| SlackFull {
            mandatory: node.link.arc != MANDATORY,
            beyond: node.link.arc != MANDATORY && node.link.arc != BEYOND,
        });
        Ok(Self { rows, slack_full: slack_full.collect(), tree, at, left, full, first_prices })
    }

    /// Lets improving arcs enter until there is none, or the work is spent; says whether there is none.
    fn improve(&mut self, meter: &mut Meter<'_>) -> Result<bool, Cancelled> {
        let mut candidates: Vec<(Reverse<N>, Item)> = Vec::new();
        let mut item = self.first_item();
        // Arcs priced since the last one that improved the flow.
        let mut idle = 0;
        let all = self.rows.arcs() + 2 * self.rows.sinks.len();
        while idle < all {
            if meter.is_spent() {
                return Ok(false);
            }
            let mut work = 0;
            for _ in 0..CHUNK {
                if idle + work >= all {
                    break;
                }
                work += item.width();
                let gain = self.gain(item);
                if gain > N::default() {
                    candidates.push((Reverse(gain), item));
                }
                item = self.item_after(item);
            }
            idle = if candidates.is_empty() { idle + work } else { 0 };
            candidates.sort_unstable();
            for (_, item) in candidates.drain(..) {
                work += item.width();
                if let Some(entering) = self.entering(item) {
                    work += self.pivot(&entering);
                }
            }
            meter.spend(work)?;
        }
        Ok(true)
    }

    /// The node at which a source hangs: for a leaf the one above it.
    fn stand(&self, source: u32) -> (u32, bool) {
        match self.at[source as usize] {
            UNPLACED => (self.tree.root, true),
            arc if (arc as usize) < self.rows.arcs() => (self.rows.sink[arc as usize], true),
            split => (split - index(self.rows.arcs()), false),
        }
    }

    /// Pushes what it can around the cycle that an arc closes, and changes the tree. Returns the number of
    /// nodes it touched.
    fn pivot(&mut self, entering: &Entering) -> usize {
        let Entering { arc, tail, head, forward } = *entering;
        let (leaf, bottom) = match tail {
            Tail::Sink(sink) => (None, sink),
            Tail::Source(source) => {
                let (node, is_leaf) = self.stand(source);
                (is_leaf.then_some(source), node)
            }
        };
        let cap = self.rows.cap(arc, bottom);

        // Room along the cycle: down from the join to where the entering arc begins, and up from its end.
        let mut losing = Blocking { room: UNLIMITED, by: By::Entering };
        let mut gaining = Blocking { room: UNLIMITED, by: By::Entering };
        if let Some(source) = leaf {
            let left = self.left[source as usize];
            if forward {
                losing = Blocking { room: left, by: By::Leaf };
            } else {
                let own = self.rows.cap(self.at[source as usize], 0);
                gaining = Blocking { room: own - left, by: By::Leaf };
            }
        }
        let (from, to) = if forward { (bottom, head) } else { (head, bottom) };
        let (mut a, mut b) = (from, to);
        let mut touched = 0;
        while a != b {
            touched += 1;
            if self.tree.node(a).depth >= self.tree.node(b).depth {
                let room = self.tree.room(a, false);
                if room < losing.room {
                    losing = Blocking { room, by: By::Node(a) };
                }
                a = self.tree.node(a).parent;
            } else {
                let room = self.tree.room(b, true);
                if room <= gaining.room {
                    gaining = Blocking { room, by: By::Node(b) };
                }
                b = self.tree.node(b).parent;
            }
        }
        let join = a;
        // The last one that blocks, along the cycle from the join, leaves.
        let delta = cap.min(losing.room).min(gaining.room);
        let (leaving, at_end) = if gaining.room == delta {
            (gaining.by, true)
        } else if cap == delta {
            (By::Entering, false)
        } else {
            (losing.by, false)
        };

        if delta > 0 {
            self.tree.push(from, join, -delta);
            self.tree.push(to, join, delta);
            if let Some(source) = leaf {
                self.left[source as usize] += if forward { -delta } else { delta };
            }
        }
        match leaving {
            By::Entering => self.set_full(arc, bottom, forward),
            By::Leaf => {
                if let Some(source) = leaf {
                    let old = std::mem::replace(&mut self.at[source as usize], arc);
                    self.set_full(old, 0, !forward);
                    self.set_full(arc, 0, false);
                    self.left[source as usize] = if forward { delta } else { cap - delta };
                }
            }
            By::Node(top) => {
                let flow = if forward { delta } else { cap - delta };
                let tail = leaf.map_or(bottom, |source| self.unfold(source));
                // The cut side is the one on which the leaving arc lies.
                let (inside, outside) = if forward == at_end { (head, tail) } else { (tail, head) };
                touched += self.exchange(top, inside, outside, Link { arc, flow, cap });
            }
        }
        touched
    }

    /// Takes the arc above `top` out of the tree, and hangs the subtree by its node `inside` on the node
    /// `outside` over another arc. Returns the number of nodes in it.
    fn exchange(&mut self, top: u32, inside: u32, outside: u32, link: Link) -> usize {
        let Node { link: old, parent: above, .. } = *self.tree.node(top);
        self.set_full(old.arc, top, old.flow == old.cap);
        let is_sink = inside < self.tree.root;
        self.set_full(link.arc, if is_sink { inside } else { outside }, false);
        let tail = if is_sink { inside } else { self.tree.node(inside).source };
        let cost = self.rows.cost(link.arc, tail);
        let below = self.tree.price(outside);
        // An arc runs up from a source, and from a sink to the root.
        let up = !is_sink || outside == self.tree.root;
        let price = if up { below + cost } else { below - cost };
        let moved = self.tree.rehang(top, inside, outside, link, price);
        for node in [top, above] {
            if self.tree.is_foldable(node) {
                let Node { source, link, .. } = self.tree.fold(node);
                self.at[source as usize] = link.arc;
                self.left[source as usize] = link.flow;
            }
        }
        moved
    }

    /// Makes a leaf a node of the tree, below where it stands.
    fn unfold(&mut self, source: u32) -> u32 {
        let arc = self.at[source as usize];
        let (parent, _) = self.stand(source);
        let link = Link { arc, flow: self.left[source as usize], cap: self.rows.cap(arc, 0) };
        let price = self.rows.cost(arc, source) + self.tree.price(parent);
        let node = self.tree.unfold(source, parent, link, price);
        self.at[source as usize] = index(self.rows.arcs()) + node;
        node
    }

    /// Notes whether an arc outside the tree is full; the sink matters only for its own two arcs.
    fn set_full(&mut self, arc: u32, sink: u32, full: bool) {
        match arc {
            UNPLACED => {}
            MANDATORY => self.slack_full[sink as usize].mandatory = full,
            BEYOND => self.slack_full[sink as usize].beyond = full,
            arc => {
                if let Some(known) = self.full.get_mut(arc as usize) {
                    *known = full;
                }
            }
        }
    }

    /// The flow and the prices.
    fn solved(self, is_best: bool) -> Solved {
        let unpack = |price: N| price.unpack(self.rows.bits);
        let sources = 0..index(self.rows.sources());
        let source_prices = sources.clone().map(|source| unpack(self.source_price(source)));
        let source_prices = source_prices.collect();
        let sinks = self.tree.price[..self.rows.sinks.len()].iter();
        let sink_prices = sinks.map(|&price| unpack(price)).collect();

        let leaves = self.at.iter().zip(&self.left).map(|(&arc, &units)| (arc, units));
        let links = self.tree.links().map(|link| (link.arc, link.flow));
        let full = (0..).zip(&self.full).filter(|&(_, &full)| full);
        let full = full.map(|(arc, _)| (arc, self.rows.cap(arc, 0)));
        let arcs = index(self.rows.arcs());
        let mut flow: Vec<(u32, i64)> = leaves
            .chain(links)
            .chain(full)
            .filter(|&(arc, units)| arc < arcs && units > 0)
            .collect();
        // Three runs, of which the leaves are nearly all: merged rather than sorted.
        flow.sort_by_key(|&(arc, _)| arc);
        Solved { flow, source_prices, sink_prices, is_best, first_prices: self.first_prices }
    }
}
