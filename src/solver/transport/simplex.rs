//! The primal network simplex method on strongly feasible trees.
//!
//! The network is any directed graph with a root. A tree arc always has room towards the root
//! (Cunningham's strong feasibility); the arc that leaves is the last one that blocks, seen from the join
//! along the cycle, which keeps the tree so and rules out cycling whatever arc enters. Everything is kept
//! in flat arrays and walked by loops.
//!
//! The price of a node is the cost of its tree path to the root; the reduced cost of an arc is
//! `cost + price[head] - price[tail]`, and 0 for tree arcs. Costs and prices are [packed](pack) pairs.
//!
//! With many sources and few sinks nearly all nodes are leaves of the tree. A leaf stands in no list of
//! children, and its price is kept as a difference to its parent's: when the parent moves, its leaves
//! come along for nothing. A change of the tree so costs the inner nodes that it touches, of which there
//! are fewer than two for each sink. (R. S. Barr, F. Glover, D. Klingman, *A new alternating basis
//! algorithm for semi-assignment networks*, 1978, keep only the sink side as well.)

use std::iter;

use super::{Price, number};
use crate::watch::{Cancelled, Progress, Watch};

/// Capacity of an arc that never fills.
pub(super) const UNLIMITED: i64 = i64::MAX;

/// Work between two looks at the observer, in arcs priced and nodes moved: a few milliseconds.
const WORK_PER_CHECK: usize = 1 << 20;

/// Into how many blocks the arcs are cut, each priced together. Measured on dense and sparse instances:
/// smaller blocks find too few candidates at a time, larger ones are priced too often.
const BLOCKS: usize = 64;

/// The least number of arcs that are priced together.
const MIN_BLOCK: usize = 32;

const NONE: u32 = u32::MAX;

/// Puts a price in one number that adds and compares like the pair: level · 2^64 + cost.
pub(super) fn pack(level: i64, cost: i64) -> i128 {
    (i128::from(level) << 64) + i128::from(cost)
}

/// The pair again; its cost must fit in an `i64`.
#[expect(clippy::cast_possible_truncation, reason = "takes both halves out of their places")]
pub(super) fn unpack(packed: i128) -> Price {
    let cost = packed as i64;
    Price { level: ((packed - i128::from(cost)) >> 64) as i64, cost }
}

/// Arcs as columns, each with its flow.
#[derive(Default)]
pub(super) struct Network {
    tail: Vec<u32>,
    head: Vec<u32>,
    cap: Vec<i64>,
    cost: Vec<i128>,
    flow: Vec<i64>,
}

impl Network {
    /// Adds an arc that carries nothing and returns its number.
    pub(super) fn arc(&mut self, tail: u32, head: u32, cap: i64, cost: i128) -> usize {
        self.tail.push(tail);
        self.head.push(head);
        self.cap.push(cap);
        self.cost.push(cost);
        self.flow.push(0);
        self.tail.len() - 1
    }

    /// Lets an arc carry some units from the start.
    pub(super) fn carry(&mut self, arc: usize, units: i64) {
        self.flow[arc] = units;
    }

    /// The best flow, and the price of each node.
    ///
    /// `hooks` are the arcs to the root (the node after them all) on which the nodes hang at first, in the
    /// order of the nodes; each has room, and all other arcs are empty.
    pub(super) fn solve(
        self,
        hooks: &[usize],
        watch: &dyn Watch,
    ) -> Result<(Vec<i64>, Vec<i128>), Cancelled> {
        let mut simplex = Simplex::new(self, hooks);
        let mut pivots = 0;
        let mut work = 0;
        while let Some(entering) = simplex.find_entering(&mut work) {
            pivots += 1;
            work += simplex.pivot(entering);
            if work >= WORK_PER_CHECK {
                work = 0;
                watch.check()?;
                watch.progress(Progress { stage: "improve the flow", done: pivots, total: 0 });
            }
        }
        let prices = (0..number(hooks.len())).map(|node| simplex.price(node)).collect();
        Ok((simplex.net.flow, prices))
    }
}

/// A node of the tree; the root has no parent and no siblings. Leaves have no depth and no siblings.
struct Node {
    parent: u32,
    /// The arc between the node and its parent.
    arc: u32,
    /// Whether that arc runs from the node to its parent.
    up: bool,
    depth: u32,
    /// How many children there are, leaves among them.
    children: u32,
    /// The first child that is no leaf.
    first_child: u32,
    next: u32,
    prev: u32,
}

struct Simplex {
    net: Network,
    nodes: Vec<Node>,
    /// The price of each node beyond that of its base.
    price: Vec<i128>,
    /// The parent of a leaf; the root, whose price is 0, for every other node.
    base: Vec<u32>,
    /// The first arc of the next block to be priced.
    position: usize,
    /// Arcs priced together.
    block: usize,
    /// Arcs of the last block that improved the flow when they were priced, with their gains.
    candidates: Vec<(i128, usize)>,
    /// Half the best of those gains: an arc that has come to gain no more than this waits for its block's
    /// next turn.
    floor: i128,
}

impl Simplex {
    /// The tree in which every node hangs on the root by its hook.
    fn new(net: Network, hooks: &[usize]) -> Self {
        let root = number(hooks.len());
        let node = |parent, arc, children| Node {
            parent,
            arc,
            up: true,
            depth: 0,
            children,
            first_child: NONE,
            next: NONE,
            prev: NONE,
        };
        let mut nodes: Vec<Node> = hooks.iter().map(|&arc| node(root, number(arc), 0)).collect();
        nodes.push(node(NONE, NONE, root));
        let mut price: Vec<i128> = hooks.iter().map(|&arc| net.cost[arc]).collect();
        price.push(0);
        let base = vec![root; nodes.len()];
        let block = (net.cost.len() / BLOCKS).max(MIN_BLOCK);
        Self { net, nodes, price, base, position: 0, block, candidates: Vec::new(), floor: 0 }
    }

    /// An arc that would improve the flow; `None` when there is none, so that the flow is optimal.
    fn find_entering(&mut self, work: &mut usize) -> Option<usize> {
        loop {
            while let Some((_, arc)) = self.candidates.pop() {
                *work += 1;
                if self.gain(arc) > self.floor {
                    return Some(arc);
                }
            }
            if !self.collect_candidates(work) {
                return None;
            }
        }
    }

    /// Takes the improving arcs of the next block that has any, the best one last.
    fn collect_candidates(&mut self, work: &mut usize) -> bool {
        let arcs = self.net.cost.len();
        let mut priced = 0;
        while priced < arcs && self.candidates.is_empty() {
            let end = (self.position + self.block).min(arcs);
            for arc in self.position..end {
                let gain = self.gain(arc);
                if gain > 0 {
                    self.candidates.push((gain, arc));
                }
            }
            priced += end - self.position;
            self.position = if end == arcs { 0 } else { end };
        }
        *work += priced;
        self.floor = self.candidates.iter().map(|&(gain, _)| gain).max().unwrap_or(0) / 2;
        self.candidates.retain(|&(gain, _)| gain > self.floor);
        self.candidates.sort_unstable();
        !self.candidates.is_empty()
    }

    /// What a unit more over an empty arc, or a unit less over a full one, takes off the total; not above
    /// 0 for the arcs of the tree.
    fn gain(&self, arc: usize) -> i128 {
        let Network { tail, head, cap, cost, flow } = &self.net;
        let reduced = cost[arc] + self.price(head[arc]) - self.price(tail[arc]);
        if reduced < 0 && flow[arc] < cap[arc] {
            -reduced
        } else if reduced > 0 && flow[arc] > 0 {
            reduced
        } else {
            0
        }
    }

    /// Pushes what it can around the cycle that an arc closes, and changes the tree. Returns the number of
    /// nodes it touched.
    fn pivot(&mut self, entering: usize) -> usize {
        let (tail, head) = (self.net.tail[entering], self.net.head[entering]);
        // An arc outside the tree is either empty or full.
        let forward = self.net.flow[entering] == 0;
        let (from, to) = if forward { (tail, head) } else { (head, tail) };
        let join = self.join(from, to);

        let mut delta = self.net.cap[entering];
        let mut leaving = None;
        for node in self.path(from, join) {
            let room = self.room(node, false);
            if room < delta {
                delta = room;
                leaving = Some((node, from, to));
            }
        }
        for node in self.path(to, join) {
            let room = self.room(node, true);
            if room <= delta {
                delta = room;
                leaving = Some((node, to, from));
            }
        }

        if delta > 0 {
            self.net.flow[entering] += if forward { delta } else { -delta };
            self.push(from, join, -delta);
            self.push(to, join, delta);
        }
        leaving.map_or(0, |(top, inside, outside)| self.rehang(top, inside, outside, entering))
    }

    /// The lowest node above both.
    fn join(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            if self.depth(a) >= self.depth(b) {
                a = self.node(a).parent;
            } else {
                b = self.node(b).parent;
            }
        }
        a
    }

    /// The nodes from one upwards, before an upper one.
    fn path(&self, from: u32, join: u32) -> impl Iterator<Item = u32> + '_ {
        iter::successors(Some(from), |&node| Some(self.node(node).parent))
            .take_while(move |&node| node != join)
    }

    /// What the arc between a node and its parent can carry on top, upwards or downwards.
    fn room(&self, node: u32, upwards: bool) -> i64 {
        let Node { arc, up, .. } = *self.node(node);
        let flow = self.net.flow[arc as usize];
        if up == upwards { self.net.cap[arc as usize] - flow } else { flow }
    }

    /// Sends units from a node up to the join; down if negative.
    fn push(&mut self, from: u32, join: u32, units: i64) {
        let mut at = from;
        while at != join {
            let Node { arc, up, parent, .. } = *self.node(at);
            self.net.flow[arc as usize] += if up { units } else { -units };
            at = parent;
        }
    }

    /// Cuts the subtree of `top` off and hangs it by its node `inside` on the node `outside`, over the arc
    /// `entering`. Returns the number of inner nodes in it.
    fn rehang(&mut self, top: u32, inside: u32, outside: u32, entering: usize) -> usize {
        let (arc, above) = (number(entering), self.node(top).parent);
        if self.is_leaf(outside) {
            self.unfold(outside);
        }
        let moved = if self.is_leaf(inside) && inside == top {
            self.nodes[above as usize].children -= 1;
            self.nodes[outside as usize].children += 1;
            self.hang(inside, outside, arc);
            self.lean(inside);
            1
        } else {
            if self.is_leaf(inside) {
                self.unfold(inside);
            }
            let old = self.price(inside);
            self.turn(top, inside, outside, arc);
            let shift = self.price(outside) + self.step(inside) - old;
            let moved = self.shift_subtree(inside, shift);
            if self.is_leaf(top) {
                self.fold(top);
            }
            moved
        };
        if self.is_leaf(above) && self.node(above).parent != NONE {
            self.fold(above);
        }
        moved
    }

    /// Turns the path from `inside` up to `top` round, so that it hangs on `outside`. Its nodes stand in
    /// the lists of their parents, leaves or not.
    fn turn(&mut self, top: u32, inside: u32, outside: u32, entering: u32) {
        let (mut node, mut parent, mut arc) = (inside, outside, entering);
        loop {
            let Node { parent: old_parent, arc: old_arc, .. } = *self.node(node);
            self.unlist(node);
            self.nodes[old_parent as usize].children -= 1;
            self.hang(node, parent, arc);
            self.list(node);
            self.nodes[parent as usize].children += 1;
            if node == top {
                break;
            }
            (parent, node, arc) = (node, old_parent, old_arc);
        }
    }

    /// Adds to the prices of the inner nodes of a subtree and sets their depths. Returns their number.
    fn shift_subtree(&mut self, top: u32, shift: i128) -> usize {
        let mut moved = 0;
        let mut node = top;
        loop {
            moved += 1;
            self.price[node as usize] += shift;
            let Node { parent, first_child, .. } = *self.node(node);
            self.nodes[node as usize].depth = self.node(parent).depth + 1;
            if first_child != NONE {
                node = first_child;
                continue;
            }
            while node != top && self.node(node).next == NONE {
                node = self.node(node).parent;
            }
            if node == top {
                return moved;
            }
            node = self.node(node).next;
        }
    }

    fn is_leaf(&self, node: u32) -> bool {
        self.node(node).children == 0
    }

    fn depth(&self, node: u32) -> u32 {
        let Node { parent, depth, .. } = *self.node(node);
        if self.is_leaf(node) { self.node(parent).depth + 1 } else { depth }
    }

    fn price(&self, node: u32) -> i128 {
        self.price[node as usize] + self.price[self.base[node as usize] as usize]
    }

    /// How much more a node costs than its parent, by the arc between them.
    fn step(&self, node: u32) -> i128 {
        let Node { arc, up, .. } = *self.node(node);
        let cost = self.net.cost[arc as usize];
        if up { cost } else { -cost }
    }

    /// Gives a leaf that is about to get a child a price of its own, a depth, and a place in its parent's
    /// list.
    fn unfold(&mut self, leaf: u32) {
        self.nodes[leaf as usize].depth = self.depth(leaf);
        self.price[leaf as usize] = self.price(leaf);
        self.base[leaf as usize] = number(self.nodes.len() - 1);
        self.list(leaf);
    }

    /// Takes a node that has become a leaf out of its parent's list, and leans its price on the parent's.
    fn fold(&mut self, leaf: u32) {
        self.unlist(leaf);
        self.lean(leaf);
    }

    /// Keeps the price of a leaf as a difference to its parent's.
    fn lean(&mut self, leaf: u32) {
        self.price[leaf as usize] = self.step(leaf);
        self.base[leaf as usize] = self.node(leaf).parent;
    }

    /// Sets the parent of a node, and the arc between them.
    fn hang(&mut self, node: u32, parent: u32, arc: u32) {
        let up = self.net.tail[arc as usize] == node;
        let hung = &mut self.nodes[node as usize];
        *hung = Node { parent, arc, up, ..*hung };
    }

    /// Takes a node out of its parent's list.
    fn unlist(&mut self, node: u32) {
        let Node { parent, next, prev, .. } = *self.node(node);
        match prev {
            NONE => self.nodes[parent as usize].first_child = next,
            _ => self.nodes[prev as usize].next = next,
        }
        if next != NONE {
            self.nodes[next as usize].prev = prev;
        }
    }

    /// Makes a node the first in its parent's list.
    fn list(&mut self, node: u32) {
        let parent = self.node(node).parent;
        let next = std::mem::replace(&mut self.nodes[parent as usize].first_child, node);
        let listed = &mut self.nodes[node as usize];
        *listed = Node { next, prev: NONE, ..*listed };
        if next != NONE {
            self.nodes[next as usize].prev = node;
        }
    }

    fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }
}
