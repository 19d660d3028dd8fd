//! What holds after every pivot, whatever arc enters.

#[path = "../../../../examples/support/random.rs"]
mod random;

use random::Random;

use super::super::number::WIDE_BITS;
use super::super::rows::Limits;
use super::super::tree::NONE;
use super::*;

/// A component with arcs that fill, sinks that take little or only mandatory units, and many ties.
fn draw<N: Number>(random: &mut Random, bits: u32) -> Rows<N> {
    let sinks: u32 = 1 + random.below(9_u32);
    let units = [1, 4, 60][random.below(3_usize)];
    let costs = [1, 4, 1_000][random.below(3_usize)];
    let limited = random.below(2_u32) == 0;
    let drawn = (0..sinks).map(|_| {
        let min = random.below(2_i64) * random.below(2 * units);
        let beyond = random.below(3 * units) + i64::from(min == 0);
        Limits { min, beyond, level: 1 + random.below(3_i64) }
    });
    let mut rows = Rows {
        sinks: drawn.collect(),
        start: vec![0],
        sink: Vec::new(),
        cost: Vec::new(),
        cap: Vec::new(),
        supply: Vec::new(),
        unplaced: Vec::new(),
        bits,
    };
    let stated = random.below(3_u32);
    for _ in 0..=random.below(30_u32) {
        let supply = 1 + random.below(units);
        let mut row: Vec<(u32, i64)> = (0..=random.below(6_u32))
            .map(|_| (random.below(sinks), random.below(2 * costs) - costs / 2))
            .collect();
        row.sort_unstable();
        for (sink, cost) in row {
            rows.sink.push(sink);
            rows.cost.push(N::cost(cost));
            if limited {
                let cap = 1 + random.below(supply);
                rows.cap.push(if cap < supply { cap } else { UNLIMITED });
            }
        }
        rows.supply.push(supply);
        let (level, cost) =
            [(0, 0), (1, 0), (random.below(4_i64), random.below(2 * costs) - costs / 2)]
                [stated as usize];
        rows.unplaced.push(N::pack(level, bits) + N::of(N::cost(cost)));
        rows.start.push(index(rows.sink.len()));
    }
    rows
}

impl<N: Number + std::fmt::Debug> Simplex<'_, N> {
    /// Panics unless the tree is one, strongly feasible and of the right prices, and the flow feasible.
    fn check(&self) {
        let (rows, root) = (self.rows, self.tree.root);
        self.tree.check();
        let arcs = index(rows.arcs());
        let mut kept = rows.supply.clone();
        let mut got = vec![0; rows.sinks.len()];
        let mut taken = vec![0; rows.sinks.len()];
        let mut send = |source: u32, arc: u32, units: i64| {
            kept[source as usize] -= units;
            if arc != UNPLACED {
                assert!(rows.row(source).contains(&(arc as usize)), "arc {arc} of {source}");
                got[rows.sink[arc as usize] as usize] += units;
            }
        };
        for (arc, _) in (0..).zip(&self.full).filter(|&(_, &full)| full) {
            let source = rows.start.partition_point(|&start| start <= arc) - 1;
            assert!(rows.cap[arc as usize] < UNLIMITED);
            send(index(source), arc, rows.cap[arc as usize]);
        }
        for (source, (&at, &left)) in (0..).zip(self.at.iter().zip(&self.left)) {
            if at == UNPLACED || at < arcs {
                assert!((0..rows.cap(at, 0)).contains(&left), "leaf {source}: {left} units");
                assert_ne!(self.full.get(at as usize), Some(&true), "a tree arc");
                send(source, at, left);
            } else {
                assert_eq!(self.tree.node(at - arcs).source, source);
                assert!(!self.tree.is_foldable(at - arcs), "a leaf in the tree");
            }
        }
        for (at, node) in (0..).zip(&self.tree.nodes).filter(|(_, node)| node.parent != NONE) {
            let Link { arc, flow, cap } = node.link;
            let (price, above) = (self.tree.price(at), self.tree.price(node.parent));
            assert_eq!(cap, rows.cap(arc, at));
            assert!((0..=cap).contains(&flow), "node {at}: {flow} of {cap}");
            assert!(self.tree.room(at, true) > 0, "node {at} has no room upwards");
            assert_ne!(self.full.get(arc as usize), Some(&true), "a tree arc");
            let cost = rows.cost(arc, if at > root { node.source } else { at });
            if at > root {
                assert_eq!(price, above + cost, "source {}", node.source);
                assert_eq!(self.at[node.source as usize], arcs + at);
                send(node.source, arc, flow);
            } else if node.parent == root {
                assert_eq!(price, above + cost, "sink {at}");
                taken[at as usize] += flow;
            } else {
                assert_eq!(price, above - cost, "sink {at}");
                assert_eq!(rows.sink[arc as usize], at);
                send(self.tree.node(node.parent).source, arc, flow);
            }
        }
        for (sink, full) in (0..).zip(&self.slack_full) {
            let link = self.tree.node(sink).link.arc;
            for (arc, full) in [(MANDATORY, full.mandatory), (BEYOND, full.beyond)] {
                taken[sink as usize] += if full && link != arc { rows.cap(arc, sink) } else { 0 };
            }
        }
        assert_eq!(kept, vec![0; kept.len()], "every unit is somewhere");
        assert_eq!(got, taken, "what sinks take flows on");
    }
}

/// How often each kind of pivot came up.
#[derive(Debug, Default)]
struct Seen {
    pivots: usize,
    /// A leaf moved to the arc that entered, and had no unit to take with it.
    empty_leaf: usize,
    /// The arc that entered filled.
    filled: usize,
    split: usize,
    folded: usize,
    /// Trees of more than six levels.
    deep: usize,
}

/// Lets improving arcs enter in an order of its own, and checks everything after each.
fn run<N: Number + std::fmt::Debug>(case: u64, bits: u32, seen: &mut Seen) {
    let mut random = Random(case);
    let rows = draw::<N>(&mut random, bits);
    let arcs = index(rows.arcs());
    let is_split = |at: u32| at >= arcs && at != UNPLACED;
    let mut simplex = Simplex::new(&rows, &mut Meter::new(&())).unwrap();
    simplex.check();
    let mut item = simplex.first_item();
    let (mut idle, mut pivots) = (0, 0);
    while idle < rows.sources() + rows.sinks.len() {
        item = simplex.item_after(item);
        idle += 1;
        let Some(entering) = simplex.entering(item) else { continue };
        idle = 0;
        if random.below(3_u32) == 0 {
            continue;
        }
        let (at, left) = (simplex.at.clone(), simplex.left.clone());
        simplex.pivot(&entering);
        simplex.check();
        pivots += 1;
        assert!(pivots < 10_000, "case {case} never ends");
        for (source, (&old, &new)) in at.iter().zip(&simplex.at).enumerate() {
            seen.empty_leaf +=
                usize::from(!is_split(old) && new == entering.arc && left[source] == 0);
            seen.split += usize::from(!is_split(old) && is_split(new));
            seen.folded += usize::from(is_split(old) && !is_split(new));
        }
        seen.filled +=
            usize::from(simplex.full.get(entering.arc as usize) == Some(&entering.forward));
        seen.deep += usize::from(simplex.tree.nodes.iter().any(|node| node.depth > 6));
    }
    seen.pivots += pivots;
}

#[test]
fn the_tree_is_sound_after_every_pivot() {
    let mut seen = Seen::default();
    for case in 0..2_000 {
        run::<i64>(case, 40, &mut seen);
        run::<i128>(case, WIDE_BITS, &mut seen);
    }
    let Seen { pivots, empty_leaf, filled, split, folded, deep } = seen;
    let least = [pivots, empty_leaf, filled, split, folded, deep];
    assert!(least.iter().all(|&count| count > 500), "{seen:?}");
}
