//! Which arc should enter: the best of a source, or of the two arcs of a sink.

use super::index;
use super::number::Number;
use super::rows::{BEYOND, MANDATORY, UNPLACED};
use super::simplex::Simplex;

/// Which of the two arcs of a sink are full; what is said of an arc in the tree means nothing.
#[derive(Clone, Copy)]
pub(super) struct SlackFull {
    pub(super) mandatory: bool,
    pub(super) beyond: bool,
}

/// An arc that would improve the flow.
#[derive(Clone, Copy)]
pub(super) struct Entering {
    pub(super) arc: u32,
    pub(super) tail: Tail,
    /// A sink or the root.
    pub(super) head: u32,
    /// Whether it is empty and to carry more, or full and to carry less.
    pub(super) forward: bool,
}

/// Where an arc begins.
#[derive(Clone, Copy)]
pub(super) enum Tail {
    Source(u32),
    Sink(u32),
}

/// Arcs in an item at most. A longer row is priced in parts, so that it can offer several arcs at a time.
const ITEM: u32 = 512;

/// What is priced at a time: a row, or a part of a long one, or the two arcs of a sink.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    /// The source; a sink, counted on from the number of sources.
    node: u32,
    first: u32,
    end: u32,
}

impl Item {
    /// The arcs that pricing it looks at.
    pub(super) fn width(self) -> usize {
        (self.end - self.first) as usize
    }

    fn arcs(self) -> std::ops::Range<usize> {
        self.first as usize..self.end as usize
    }
}

impl<N: Number> Simplex<'_, N> {
    pub(super) fn first_item(&self) -> Item {
        self.item(0, 0)
    }

    /// The next item, and the first one after the last.
    pub(super) fn item_after(&self, item: Item) -> Item {
        match self.rows.start.get(item.node as usize + 1) {
            Some(&end) if item.end < end => self.item(item.node, item.end),
            _ if item.node as usize + 1 == self.rows.sources() + self.rows.sinks.len() => {
                self.first_item()
            }
            _ => self.item(item.node + 1, item.end),
        }
    }

    fn item(&self, node: u32, first: u32) -> Item {
        // The arcs of sinks are counted on from those of the sources.
        let end =
            self.rows.start.get(node as usize + 1).map_or(first + 2, |&end| end.min(first + ITEM));
        Item { node, first, end }
    }

    /// What a unit more or less over the best arc of an item takes off the total; not above 0 if none
    /// improves the flow.
    pub(super) fn gain(&self, item: Item) -> N {
        if item.node as usize >= self.rows.sources() {
            self.sink_arc(item.node - index(self.rows.sources())).0
        } else if self.full.is_empty() {
            self.source_price(item.node) - self.least(item)
        } else {
            self.limited_arc(item).0
        }
    }

    /// The best arc of an item, if it improves the flow.
    pub(super) fn entering(&self, item: Item) -> Option<Entering> {
        if let Some(sink) = item.node.checked_sub(index(self.rows.sources())) {
            let (gain, arc, forward) = self.sink_arc(sink);
            let entering = Entering { arc, tail: Tail::Sink(sink), head: self.tree.root, forward };
            return (gain > N::default()).then_some(entering);
        }
        let (gain, arc, forward) =
            if self.full.is_empty() { self.free_arc(item) } else { self.limited_arc(item) };
        let head = if arc == UNPLACED { self.tree.root } else { self.rows.sink[arc as usize] };
        let entering = Entering { arc, tail: Tail::Source(item.node), head, forward };
        (gain > N::default()).then_some(entering)
    }

    /// What one more unit at a source would cost.
    pub(super) fn source_price(&self, source: u32) -> N {
        let arcs = index(self.rows.arcs());
        match self.at[source as usize] {
            UNPLACED => self.rows.cost(UNPLACED, source),
            arc if arc < arcs => {
                self.rows.cost(arc, source) + self.tree.price(self.rows.sink[arc as usize])
            }
            split => self.tree.price(split - arcs),
        }
    }

    /// What a unit costs over the cheapest arc of a source, without limits.
    fn least(&self, item: Item) -> N {
        let row = item.arcs();
        let arcs = self.rows.sink[row.clone()].iter().zip(&self.rows.cost[row]);
        let values = arcs.map(|(&sink, &cost)| N::of(cost) + self.tree.price(sink));
        values.fold(self.rows.cost(UNPLACED, item.node), Ord::min)
    }

    /// The best arc of a source without limits.
    fn free_arc(&self, item: Item) -> (N, u32, bool) {
        let row = item.arcs();
        let arcs = self.rows.sink[row.clone()].iter().zip(&self.rows.cost[row.clone()]);
        let mut best = (self.rows.cost(UNPLACED, item.node), UNPLACED);
        for (arc, (&sink, &cost)) in (item.first..).zip(arcs) {
            let value = N::of(cost) + self.tree.price(sink);
            if value < best.0 {
                best = (value, arc);
            }
        }
        (self.source_price(item.node) - best.0, best.1, true)
    }

    /// The best arc of a source whose arcs may be full.
    fn limited_arc(&self, item: Item) -> (N, u32, bool) {
        let row = item.arcs();
        let price = self.source_price(item.node);
        let mut best = (price - self.rows.cost(UNPLACED, item.node), UNPLACED, true);
        let arcs = self.rows.sink[row.clone()].iter().zip(&self.rows.cost[row.clone()]);
        let arcs = arcs.zip(&self.full[row.clone()]);
        for (arc, ((&sink, &cost), &full)) in (item.first..).zip(arcs) {
            let value = N::of(cost) + self.tree.price(sink);
            let gain = if full { value - price } else { price - value };
            if gain > best.0 {
                best = (gain, arc, !full);
            }
        }
        best
    }

    /// The better of the two arcs of a sink.
    fn sink_arc(&self, sink: u32) -> (N, u32, bool) {
        let price = self.tree.price(sink);
        let SlackFull { mandatory, beyond } = self.slack_full[sink as usize];
        let gain = |arc, full| {
            let value = self.rows.cost(arc, sink);
            let gain = if full { value - price } else { price - value };
            // An arc without room is both empty and full.
            if self.rows.cap(arc, sink) == 0 { N::default() } else { gain }
        };
        let first = (gain(MANDATORY, mandatory), MANDATORY, !mandatory);
        let second = (gain(BEYOND, beyond), BEYOND, !beyond);
        if first.0 >= second.0 { first } else { second }
    }
}
