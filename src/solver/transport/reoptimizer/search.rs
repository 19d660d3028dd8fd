//! The cheapest way between a node and the root.
//!
//! Lengths are reduced costs: `cost + price of the sink - worth of the source` where a unit can be added to
//! an arc, the negative of it where one can be taken off. No length is below 0 but at the sink in question,
//! whose own arc to the root is not asked. Looking back (`pull`) units come from the root to the node; looking
//! ahead they go from the node to the root.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::ways::{CLOSED, Into};
use super::{EMPTY, Reoptimizer, SPLIT, Slot, Stand, UNPLACED};
use crate::solver::transport::meter::Meter;
use crate::watch::Cancelled;

/// Where a way passes. Sources that stand on one arc are passed over without a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Root,
    Sink(u32),
    Source(u32),
}

/// How a node was reached.
#[derive(Debug, Clone, Copy)]
struct Label {
    distance: i128,
    from: Node,
    arc: u32,
}

/// Instead of an arc: the node's own arc to the root.
const OWN: u32 = u32::MAX;

/// Farther than anything.
pub(super) const FAR: i128 = i128::MAX / 4;

/// The labels of a search, emptied for the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    root: Option<Label>,
    sinks: Vec<Option<Label>>,
    sources: BTreeMap<u32, Label>,
    /// What the split sources that were met are worth.
    worths: BTreeMap<u32, i128>,
    /// The sinks that have a label.
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(i128, Node)>>,
}

impl Labels {
    pub(super) fn new(sinks: usize) -> Self {
        Self { sinks: vec![None; sinks], ..Self::default() }
    }

    /// Makes room for so many sinks.
    pub(super) fn resize(&mut self, sinks: usize) {
        self.sinks.resize(sinks, None);
    }

    pub(super) fn clear(&mut self) {
        for sink in self.touched.drain(..) {
            self.sinks[sink as usize] = None;
        }
        self.root = None;
        self.sources.clear();
        self.worths.clear();
        self.queue.clear();
    }

    /// The sinks nearer than a distance, and by how much.
    pub(super) fn within(&self, distance: i128) -> impl Iterator<Item = (u32, i128)> + '_ {
        let nearer = move |&sink: &u32| {
            let label = self.sinks[sink as usize]?;
            (label.distance < distance).then(|| (sink, distance - label.distance))
        };
        self.touched.iter().filter_map(nearer)
    }

    fn get(&self, node: Node) -> Option<Label> {
        match node {
            Node::Root => self.root,
            Node::Sink(sink) => self.sinks[sink as usize],
            Node::Source(source) => self.sources.get(&source).copied(),
        }
    }

    /// Notes a way if it is shorter than the one known.
    fn offer(&mut self, node: Node, label: Label) {
        if self.get(node).is_some_and(|known| known.distance <= label.distance) {
            return;
        }
        match node {
            Node::Root => self.root = Some(label),
            Node::Sink(sink) => {
                if self.sinks[sink as usize].replace(label).is_none() {
                    self.touched.push(sink);
                }
            }
            Node::Source(source) => {
                self.sources.insert(source, label);
            }
        }
        self.queue.push(Reverse((label.distance, node)));
    }

    /// Notes how far a node is from the root that everything is measured from.
    pub(super) fn start(&mut self, node: Node, distance: i128) {
        self.offer(node, Label { distance, from: Node::Root, arc: OWN });
    }

    /// Begins at the root, so that no way leads there.
    pub(super) fn begin_at_root(&mut self) {
        self.root = Some(Label { distance: 0, from: Node::Root, arc: OWN });
    }

    /// How far each sink is, where a way leads there.
    pub(super) fn distances(&self) -> impl Iterator<Item = Option<i128>> + '_ {
        self.sinks.iter().map(|label| label.map(|label| label.distance))
    }

    /// The next node at its final distance.
    pub(super) fn settle(&mut self) -> Option<(i128, Node)> {
        while let Some(Reverse((distance, node))) = self.queue.pop() {
            if self.get(node).is_some_and(|label| label.distance == distance) {
                return Some((distance, node));
            }
        }
        None
    }
}

impl Reoptimizer {
    /// Labels what is nearer than the root, or than the limit if that is nearer, and returns that distance.
    pub(super) fn search(
        &self,
        labels: &mut Labels,
        from: Node,
        pull: bool,
        limit: Option<i128>,
        meter: &mut Meter<'_>,
    ) -> Result<i128, Cancelled> {
        labels.offer(from, Label { distance: 0, from, arc: OWN });
        if let Node::Source(source) = from {
            // One that stands on an arc has a label only here.
            let worth = self.worth(source).unwrap_or_else(|| self.cheapest(source));
            labels.worths.insert(source, worth);
        }
        while let Some((distance, node)) = labels.settle() {
            if node == Node::Root {
                return Ok(distance);
            }
            let bound = labels.root.map(|label| label.distance).into_iter().chain(limit).min();
            let bound = bound.unwrap_or(FAR);
            let work = self.spread(labels, node, (distance, bound), pull);
            meter.spend(work)?;
        }
        Ok(limit.unwrap_or_default())
    }

    /// Labels everything from which, or to which, a source or a sink leads. Returns the arcs that it looked at.
    pub(super) fn spread(
        &self,
        labels: &mut Labels,
        node: Node,
        (distance, bound): (i128, i128),
        pull: bool,
    ) -> usize {
        let mut offer = |labels: &mut Labels, node, length: i128, from, arc| {
            debug_assert!(length >= 0, "{length} to {node:?}");
            if distance + length < bound {
                labels.offer(node, Label { distance: distance + length, from, arc });
            }
        };
        let Node::Sink(sink) = node else {
            let Node::Source(source) = node else { return 0 };
            return self.spread_source(labels, source, node, pull, &mut offer);
        };
        let price = self.prices[sink as usize];
        let got = self.got[sink as usize];
        if pull && got > 0 {
            offer(labels, Node::Root, price - self.last_worth(sink), node, OWN);
        } else if !pull && got < self.sinks[sink as usize].max {
            offer(labels, Node::Root, self.next_worth(sink) - price, node, OWN);
        }
        let mut work = 0;
        // Most are too far, and are told by little.
        let (stands, prices, enough) =
            (&self.stands[..], &self.prices[..], bound - distance - price);
        for &Into { arc, source, cost } in self.ways.arcs_into(sink).into_iter().flatten() {
            work += 1;
            let stand = stands[source as usize];
            if stand.arc >= EMPTY {
                let (to, worth) = match stand.arc {
                    UNPLACED if pull => (Node::Root, self.unplaced_price(source)),
                    SPLIT if self.room(Slot::Arc(arc), pull) > 0 => {
                        let worth = || self.worth(source).unwrap_or_default();
                        (Node::Source(source), *labels.worths.entry(source).or_insert_with(worth))
                    }
                    _ => continue,
                };
                if cost != CLOSED {
                    let cost = if pull { self.next_cost(arc) } else { self.last_cost(arc) };
                    let length = i128::from(cost) + price - worth;
                    offer(labels, to, if pull { length } else { -length }, node, arc);
                }
            } else if !pull {
                if stand.arc == arc {
                    work += self.spread_source(labels, source, node, pull, &mut offer);
                }
            } else {
                // Whoever stands elsewhere could come.
                let length =
                    i128::from(cost) - i128::from(stand.cost) - prices[stand.sink as usize];
                if length < enough && stand.arc != arc && cost != CLOSED {
                    offer(labels, Node::Sink(stand.sink), length + price, node, arc);
                }
            }
        }
        work
    }

    /// Labels where the units of a source are (`pull`), or where they could go.
    fn spread_source(
        &self,
        labels: &mut Labels,
        source: u32,
        from: Node,
        pull: bool,
        offer: &mut impl FnMut(&mut Labels, Node, i128, Node, u32),
    ) -> usize {
        let Stand { arc: stand, .. } = self.stands[source as usize];
        let worth = labels.worths.get(&source).copied();
        let worth = worth.or_else(|| self.worth(source)).unwrap_or_default();
        if pull && self.unplaced[source as usize] > 0 {
            offer(labels, Node::Root, worth - self.unplaced_price(source), from, OWN);
        } else if !pull {
            // Who is passed over is named by where they stand.
            let arc = if matches!(from, Node::Sink(_)) { stand } else { OWN };
            offer(labels, Node::Root, self.unplaced_price(source) - worth, from, arc);
        }
        let mut work = 0;
        for arc in self.ways.row(source) {
            work += 1;
            let flow = self.flow[arc as usize];
            let sink = self.arc(arc).sink;
            let price = self.prices[sink as usize];
            if pull && flow > 0 {
                let length = worth - i128::from(self.last_cost(arc)) - price;
                offer(labels, Node::Sink(sink), length, from, arc);
            } else if !pull
                && flow < self.cap(arc)
                && !(arc == stand && matches!(from, Node::Sink(_)))
            {
                let length = i128::from(self.next_cost(arc)) + price - worth;
                offer(labels, Node::Sink(sink), length, from, arc);
            }
        }
        work
    }

    /// The places that gain (`true`) or lose units along the way that was found, if one was.
    pub(super) fn steps(
        &self,
        labels: &Labels,
        start: Node,
        pull: bool,
    ) -> Option<Vec<(Slot, bool)>> {
        let mut steps = Vec::new();
        let mut at = Node::Root;
        labels.get(at)?;
        while at != start {
            let Label { from, arc, .. } = labels.get(at)?;
            match (at, from) {
                (Node::Root, Node::Sink(sink)) if arc == OWN => {
                    steps.push((Slot::Got(sink), !pull));
                }
                (Node::Root, Node::Source(source)) => steps.push((Slot::Unplaced(source), !pull)),
                (Node::Root, _) => {
                    steps.push((Slot::Arc(arc), pull));
                    steps.push((Slot::Unplaced(self.arc(arc).source), !pull));
                }
                (Node::Source(_), _) => steps.push((Slot::Arc(arc), pull)),
                (Node::Sink(_), Node::Source(_)) => steps.push((Slot::Arc(arc), !pull)),
                (Node::Sink(_), _) => {
                    let stand = self.stands[self.arc(arc).source as usize].arc;
                    steps.push((Slot::Arc(arc), true));
                    steps.push((Slot::Arc(stand), false));
                }
            }
            at = from;
        }
        if let Node::Sink(sink) = start {
            steps.push((Slot::Got(sink), pull));
        }
        Some(steps)
    }
}
