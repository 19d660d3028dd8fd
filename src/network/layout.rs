//! The preorder of a tree of units, children in id order.

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Tier, Unit, parent};
use crate::id::{UnitId, dense};

/// Where each unit stands in the preorder of the tree. Vectors are indexed by unit unless they say else.
pub(super) struct Layout {
    /// The units by position.
    pub(super) preorder: Vec<UnitId>,
    pub(super) position: Vec<u32>,
    /// The first position after the unit and all below it.
    pub(super) end: Vec<u32>,
    /// Edges to the root.
    pub(super) depth: Vec<u32>,
    /// An ancestor some way up, so that any ancestor is O(log depth) steps away: E. W. Myers, *An
    /// applicative random-access stack*, Information Processing Letters 17 (1983). A root's is itself.
    pub(super) jump: Vec<UnitId>,
    /// The units of each tier by position.
    pub(super) by_tier: [Vec<UnitId>; Tier::ALL.len()],
}

impl Layout {
    /// Walks the tree. O(n log n) for n units.
    pub(super) fn new(graph: &DiGraph<Unit, ()>) -> Self {
        let units = graph.node_count();
        let mut layout = Self {
            preorder: Vec::with_capacity(units),
            position: vec![0; units],
            end: vec![0; units],
            depth: vec![0; units],
            jump: (0..dense(units)).map(UnitId::new).collect(),
            by_tier: Default::default(),
        };
        let mut waiting: Vec<NodeIndex> = graph.externals(Direction::Incoming).collect();
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        while let Some(next) = waiting.pop() {
            let unit = UnitId::new(dense(next.index()));
            layout.append(unit, parent(graph, unit), graph[next].tier);
            let below = waiting.len();
            waiting.extend(graph.neighbors(next));
            waiting[below..].sort_unstable_by(|a, b| b.cmp(a));
        }
        for &unit in layout.preorder.iter().rev() {
            let end = layout.end[unit.index()];
            if let Some(parent) = parent(graph, unit) {
                let end_above = &mut layout.end[parent.index()];
                *end_above = end.max(*end_above);
            }
        }
        layout
    }

    /// Gives a unit the next position; its parent has one already.
    fn append(&mut self, unit: UnitId, parent: Option<UnitId>, tier: Tier) {
        self.position[unit.index()] = dense(self.preorder.len());
        self.preorder.push(unit);
        self.end[unit.index()] = dense(self.preorder.len());
        self.by_tier[tier as usize].push(unit);
        if let Some(parent) = parent {
            let depth = |unit: UnitId| self.depth[unit.index()];
            let jump = self.jump[parent.index()];
            let second = self.jump[jump.index()];
            let even = depth(parent) - depth(jump) == depth(jump) - depth(second);
            self.jump[unit.index()] = if even { second } else { parent };
            self.depth[unit.index()] = depth(parent) + 1;
        }
    }
}
