//! The spanning tree of the simplex method, without its leaves.
//!
//! Its nodes are the sinks, the root, and the split sources, which are those on two or more tree arcs. Any
//! other source is a leaf on one arc and stands in no tree: when its sink moves, it comes along for
//! nothing. A split source has a sink below it, and no two share one, so there are at most as many of them
//! as there are sinks. (Barr, Glover and Klingman 1978 keep only the sink side as well.)
//!
//! The price of a node is the cost of its tree path to the root. Every tree arc has room towards the root
//! (strong feasibility; Cunningham 1976), so that it is what one more unit at the node costs.

use super::index;
use super::number::Number;

/// Instead of a node or arc: there is none.
pub(super) const NONE: u32 = u32::MAX;

/// The arc between a node and its parent.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) arc: u32,
    pub(super) flow: i64,
    pub(super) cap: i64,
}

/// A node of the tree. The root has no parent.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) parent: u32,
    pub(super) depth: u32,
    /// The source that a node is, if it is one.
    pub(super) source: u32,
    first_child: u32,
    next: u32,
    prev: u32,
}

/// A node that hangs nowhere.
const IDLE: Node = Node {
    link: Link { arc: NONE, flow: 0, cap: 0 },
    parent: NONE,
    depth: 0,
    source: NONE,
    first_child: NONE,
    next: NONE,
    prev: NONE,
};

/// Sinks are nodes 0, 1, …, then comes the root, then the split sources.
pub(super) struct Tree<N> {
    pub(super) nodes: Vec<Node>,
    pub(super) price: Vec<N>,
    /// Nodes that are no source at present.
    free: Vec<u32>,
    pub(super) root: u32,
}

impl<N: Number> Tree<N> {
    /// The root alone, and nodes for so many sinks that hang nowhere.
    pub(super) fn new(sinks: usize) -> Self {
        let (nodes, price) = (vec![IDLE; sinks + 1], vec![N::default(); sinks + 1]);
        Self { nodes, price, free: Vec::new(), root: index(sinks) }
    }

    pub(super) fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// The arcs of the tree.
    pub(super) fn links(&self) -> impl Iterator<Item = Link> + '_ {
        self.nodes.iter().filter(|node| node.parent != NONE).map(|node| node.link)
    }

    pub(super) fn price(&self, node: u32) -> N {
        self.price[node as usize]
    }

    /// Whether the arc between a node and its parent runs upwards: only to a sink below a source it does
    /// not.
    fn is_up(&self, node: u32) -> bool {
        node > self.root || self.node(node).parent == self.root
    }

    /// What the arc between a node and its parent can carry on top, upwards or downwards.
    pub(super) fn room(&self, node: u32, upwards: bool) -> i64 {
        let Link { flow, cap, .. } = self.node(node).link;
        if self.is_up(node) == upwards { cap - flow } else { flow }
    }

    /// Sends units from a node up to an upper one; down if negative.
    pub(super) fn push(&mut self, from: u32, join: u32, units: i64) {
        let mut at = from;
        while at != join {
            let up = self.is_up(at);
            let node = &mut self.nodes[at as usize];
            node.link.flow += if up { units } else { -units };
            at = node.parent;
        }
    }

    /// Makes a source a node below another one, and returns it.
    pub(super) fn unfold(&mut self, source: u32, parent: u32, link: Link, price: N) -> u32 {
        let node = self.free.pop().unwrap_or_else(|| {
            self.nodes.push(IDLE);
            self.price.push(N::default());
            index(self.nodes.len() - 1)
        });
        self.nodes[node as usize].source = source;
        self.hang(node, parent, link, price);
        node
    }

    /// Takes a source that has no children left out of the tree.
    pub(super) fn fold(&mut self, node: u32) -> Node {
        self.unlist(node);
        self.free.push(node);
        std::mem::replace(&mut self.nodes[node as usize], IDLE)
    }

    /// Whether a node is a source that is a leaf.
    pub(super) fn is_foldable(&self, node: u32) -> bool {
        node > self.root && self.node(node).first_child == NONE
    }

    /// Hangs a node that hangs nowhere below another one.
    pub(super) fn hang(&mut self, node: u32, parent: u32, link: Link, price: N) {
        self.price[node as usize] = price;
        let depth = self.node(parent).depth + 1;
        let hung = &mut self.nodes[node as usize];
        (hung.parent, hung.link, hung.depth) = (parent, link, depth);
        self.list(node);
    }

    /// Cuts the subtree of `top` off and hangs it by its node `inside` on the node `outside`, over another
    /// arc that gives `inside` a new price. Returns the number of nodes in it.
    pub(super) fn rehang(
        &mut self,
        top: u32,
        inside: u32,
        outside: u32,
        link: Link,
        price: N,
    ) -> usize {
        let (mut node, mut parent, mut link) = (inside, outside, link);
        loop {
            let Node { parent: above, link: old, .. } = *self.node(node);
            self.unlist(node);
            let turned = &mut self.nodes[node as usize];
            (turned.parent, turned.link) = (parent, link);
            self.list(node);
            if node == top {
                break;
            }
            (node, parent, link) = (above, node, old);
        }
        let shift = price - self.price(inside);
        self.shift_subtree(inside, shift)
    }

    /// Adds to the prices of a subtree and sets its depths. Returns the number of its nodes.
    fn shift_subtree(&mut self, top: u32, shift: N) -> usize {
        let mut moved = 0;
        let mut at = top;
        let mut depth = self.node(self.node(top).parent).depth;
        loop {
            moved += 1;
            depth += 1;
            self.price[at as usize] += shift;
            let node = &mut self.nodes[at as usize];
            node.depth = depth;
            if node.first_child != NONE {
                at = node.first_child;
                continue;
            }
            while at != top && self.node(at).next == NONE {
                at = self.node(at).parent;
                depth -= 1;
            }
            if at == top {
                return moved;
            }
            at = self.node(at).next;
            depth -= 1;
        }
    }

    /// Takes a node out of its parent's list.
    fn unlist(&mut self, node: u32) {
        let Node { parent, next, prev, .. } = *self.node(node);
        if prev == NONE {
            self.nodes[parent as usize].first_child = next;
        } else {
            self.nodes[prev as usize].next = next;
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
        (listed.next, listed.prev) = (next, NONE);
        if next != NONE {
            self.nodes[next as usize].prev = node;
        }
    }

    /// Panics unless all links between nodes agree, depths count them, and exactly the sinks and the split
    /// sources hang below the root.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let mut found = 0;
        let mut open = vec![self.root];
        while let Some(above) = open.pop() {
            let (mut prev, mut child) = (NONE, self.node(above).first_child);
            while child != NONE {
                let Node { parent, depth, prev: before, next, .. } = *self.node(child);
                assert_eq!((parent, before), (above, prev), "node {child}");
                assert_eq!(depth, self.node(above).depth + 1, "node {child}");
                found += 1;
                assert!(found < self.nodes.len(), "a cycle");
                open.push(child);
                (prev, child) = (child, next);
            }
        }
        let hung = self.nodes.iter().filter(|node| node.parent != NONE).count();
        assert_eq!((found, found + self.free.len() + 1), (hung, self.nodes.len()));
    }
}
