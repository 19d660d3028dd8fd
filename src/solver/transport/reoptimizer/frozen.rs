//! The changed problem and its solution as plain values, with prices as [`solve`](super::super::solve) gives them.

use super::super::number::{Number, WIDE_BITS};
use super::super::{Arc, Price, Problem, ProblemBuilder, Sink, Solution, Source, index, shortage};
use super::search::{FAR, Labels, Node};
use super::{EMPTY, LEVEL, Reoptimizer, SPLIT, UNPLACED, mandatory, unplaced_class};
use crate::solver::transport::meter::Meter;
use crate::watch::{Cancelled, Watch};

/// A problem as it has become, and its best flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// The problem, with the stay price in its costs: units that stay cost less by it. Where only a part of
    /// what an arc can carry stays, it is two arcs one after the other, the first for the units that stay.
    pub problem: Problem,
    /// A best flow of it, with the prices that prove it.
    pub solution: Solution,
    /// What each of its arcs is in the [`Reoptimizer`].
    pub arcs: Vec<Twin>,
}

/// What an arc of a [`Frozen`] problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Twin {
    /// The arc of the [`Reoptimizer`].
    pub arc: u32,
    /// Whether this one is for the units that stay, its cost less by the stay price.
    pub stays: bool,
}

impl Frozen {
    /// The same with sources and sinks in another order, given by their numbers here, and arcs by source and
    /// sink without those that can carry nothing. O(arcs log arcs).
    #[must_use]
    pub(crate) fn in_order(&self, sources: &[u32], sinks: &[u32]) -> Self {
        let place = |order: &[u32]| {
            let mut places = vec![0; order.len()];
            for (place, &number) in (0..).zip(order) {
                places[number as usize] = place;
            }
            places
        };
        let (source_place, sink_place): (Vec<u32>, Vec<u32>) = (place(sources), place(sinks));
        let Self { problem, solution, arcs } = self;
        let moved = |arc: &Arc| Arc {
            source: source_place[arc.source as usize],
            sink: sink_place[arc.sink as usize],
            ..*arc
        };
        let mut order: Vec<(u32, u32, usize)> = problem
            .arcs()
            .iter()
            .map(moved)
            .enumerate()
            .filter(|(_, arc)| arc.cap != Some(0))
            .map(|(number, arc)| (arc.source, arc.sink, number))
            .collect();
        order.sort_unstable();
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(problem.place_everybody());
        for &source in sources {
            let supply = problem.supplies()[source as usize];
            match problem.stated_unplaced().get(source as usize).copied().flatten() {
                Some(unplaced) => builder.source(Source { supply, unplaced }),
                None => builder.supply(supply),
            };
        }
        for &sink in sinks {
            builder.sink(problem.sinks()[sink as usize]);
        }
        for &(_, _, number) in &order {
            builder.arc(moved(&problem.arcs()[number]));
        }
        let by =
            |order: &[u32], units: &[i64]| order.iter().map(|&at| units[at as usize]).collect();
        let prices =
            |order: &[u32], prices: &[Price]| order.iter().map(|&at| prices[at as usize]).collect();
        let mut shortages = solution.shortages.clone();
        for shortage in &mut shortages {
            for sink in &mut shortage.joining {
                *sink = sink_place[*sink as usize];
            }
            shortage.joining.sort_unstable();
        }
        let solution = Solution {
            flow: order.iter().map(|&(_, _, number)| solution.flow[number]).collect(),
            unplaced: by(sources, &solution.unplaced),
            unfilled: by(sinks, &solution.unfilled),
            source_prices: prices(sources, &solution.source_prices),
            sink_prices: prices(sinks, &solution.sink_prices),
            shortages,
            ..solution.clone()
        };
        let arcs = order.iter().map(|&(_, _, number)| arcs[number]).collect();
        Self { problem: builder.frozen(), solution, arcs }
    }
}

/// A problem, and what each of its arcs is.
pub(super) struct Stated {
    pub(super) problem: Problem,
    pub(super) arcs: Vec<Twin>,
}

/// The prices of the sinks in our own levels.
pub(super) fn prices(problem: &Problem, solution: &Solution) -> Vec<i128> {
    let (sinks, sources) = (classes(problem.sinks()), problem.unplaced_classes());
    let price = |&Price { level, cost }: &Price| {
        let rank = usize::try_from(level.unsigned_abs()).unwrap_or(usize::MAX);
        let class = |classes: &[u32]| classes.get(rank.wrapping_sub(1)).copied();
        let known = if level < 0 {
            class(&sinks).map(mandatory)
        } else {
            class(sources).map(unplaced_class)
        };
        // A level that no price of a path has proves nothing here, and the problem is solved again.
        known.unwrap_or(i128::from(level.signum()) * LEVEL) + i128::from(cost)
    };
    solution.sink_prices().iter().map(price).collect()
}

/// The classes of sinks, the least urgent first.
fn classes(sinks: &[Sink]) -> Vec<u32> {
    let mut classes: Vec<u32> = sinks.iter().map(|sink| sink.class).collect();
    classes.sort_unstable_by(|a, b| b.cmp(a));
    classes.dedup();
    classes
}

impl Reoptimizer {
    /// The problem as it has become since the [`Reoptimizer`] began, with the stay price of the last call in its costs,
    /// and its solution, which [`certify`](super::super::certify) accepts. Sources and sinks keep their numbers, arcs come
    /// in order. O(arcs log sinks).
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the observer says so.
    pub fn freeze(&self, watch: &dyn Watch) -> Result<Frozen, Cancelled> {
        let Stated { problem, arcs } = self.state(watch)?;
        let (source_prices, sink_prices) = self.exact_prices(watch)?;
        let (sinks, sources) = (classes(&self.sinks), problem.unplaced_classes());
        let unpack = |price: i128| {
            let Price { level, cost } = price.unpack(WIDE_BITS);
            // Our own level of class c is c - 2^32 at sinks, and 2^32 - c at sources.
            let class = (1 << 32) - level.abs();
            let classes = if level < 0 { &sinks[..] } else { sources };
            let rank = classes.partition_point(|&other| i64::from(other) >= class);
            Price { level: level.signum() * i64::from(index(rank)), cost }
        };
        let mut left = self.flow.clone();
        let flow: Vec<i64> = arcs
            .iter()
            .zip(problem.arcs())
            .map(|(twin, arc)| {
                let left = &mut left[twin.arc as usize];
                let units = arc.cap.map_or(*left, |cap| cap.min(*left));
                *left -= units;
                units
            })
            .collect();
        let unfilled = self.sinks.iter().zip(&self.got);
        let unfilled: Vec<i64> = unfilled.map(|(sink, got)| (sink.min - got).max(0)).collect();
        let costs = problem.arcs().iter().zip(&flow);
        let sent: i128 = costs.map(|(arc, &units)| i128::from(arc.cost) * i128::from(units)).sum();
        let kept = (0..).zip(&self.unplaced).map(|(source, &units)| {
            i128::from(problem.unplaced_price(source).cost) * i128::from(units)
        });
        let cost = sent + kept.sum::<i128>();
        let shortages = shortage::explain(&problem, &flow, &unfilled, watch)?;
        let solution = Solution {
            #[cfg(feature = "serde")]
            format: crate::format::Format,
            flow,
            unplaced: self.unplaced.clone(),
            unfilled,
            source_prices: source_prices.into_iter().map(unpack).collect(),
            sink_prices: sink_prices.into_iter().map(unpack).collect(),
            cost,
            shortages,
        };
        Ok(Frozen { problem, solution, arcs })
    }

    /// The problem with the stay price in its costs.
    pub(super) fn state(&self, watch: &dyn Watch) -> Result<Stated, Cancelled> {
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(self.place_everybody);
        for (source, &supply) in self.supplies.iter().enumerate() {
            match self.stated.get(source).copied().flatten() {
                Some(unplaced) => builder.source(Source { supply, unplaced }),
                None => builder.supply(supply),
            };
        }
        for &sink in &self.sinks {
            builder.sink(sink);
        }
        watch.check()?;
        let mut arcs = Vec::with_capacity(self.ways.arcs.len());
        for (number, &arc) in (0..).zip(&self.ways.arcs) {
            // Nobody stays on an arc that is closed, and nobody is cheaper for nothing.
            let stays = arc.cap != Some(0) && self.stay > 0;
            let kept = if stays { self.kept[number as usize] } else { 0 };
            let all_stay = self.all_stay(number);
            if kept > 0 {
                let cost = arc.cost - self.stay;
                let cap = if all_stay { arc.cap } else { Some(kept) };
                builder.arc(Arc { cap, cost, ..arc });
                arcs.push(Twin { arc: number, stays: true });
            }
            if !all_stay {
                builder.arc(Arc { cap: arc.cap.map(|cap| cap - kept), ..arc });
                arcs.push(Twin { arc: number, stays: false });
            }
        }
        Ok(Stated { problem: builder.frozen(), arcs })
    }

    /// Whether as many units were on an arc as it can carry now.
    fn all_stay(&self, arc: u32) -> bool {
        let supply = self.supplies[self.arc(arc).source as usize];
        let kept = self.kept[arc as usize];
        self.stay > 0 && kept > 0 && self.cap(arc) > 0 && kept >= self.cap(arc).min(supply)
    }

    /// What one more unit at each source and at each sink costs, with all the moves that it makes possible.
    fn exact_prices(&self, watch: &dyn Watch) -> Result<(Vec<i128>, Vec<i128>), Cancelled> {
        let mut meter = Meter::new(watch);
        meter.begin("prices");
        let mut labels = Labels::new(self.sinks.len());
        labels.begin_at_root();
        for sink in 0..index(self.sinks.len()) {
            if self.got[sink as usize] < self.sinks[sink as usize].max {
                let length = self.next_worth(sink) - self.prices[sink as usize];
                labels.start(Node::Sink(sink), length);
            }
        }
        for source in 0..index(self.supplies.len()) {
            let Some(worth) = self.worth(source) else { continue };
            let length = self.unplaced_price(source) - worth;
            match self.stands[source as usize].arc {
                UNPLACED | EMPTY => {}
                SPLIT => labels.start(Node::Source(source), length),
                _ => labels.start(Node::Sink(self.stands[source as usize].sink), length),
            }
        }
        while let Some((distance, node)) = labels.settle() {
            if node != Node::Root {
                let work = self.spread(&mut labels, node, (distance, FAR), true);
                meter.spend(work)?;
            }
        }
        let known = self.prices.iter().zip(labels.distances());
        let mut sinks: Vec<i128> =
            known.map(|(price, distance)| price + distance.unwrap_or(0)).collect();
        // A sink that takes nothing is no way, and its price the least at which it would be none.
        let is_open = |arc: &Arc| self.sinks[arc.sink as usize].max > 0;
        let idle = (0..index(self.supplies.len())).map(|source| self.unplaced_price(source));
        let mut sources: Vec<i128> = idle.collect();
        for (number, arc) in (0..).zip(&self.ways.arcs).filter(|(_, arc)| is_open(arc)) {
            let price = &mut sources[arc.source as usize];
            if self.flow[number as usize] < self.cap(number) {
                let stays = self.flow[number as usize] < self.kept[number as usize];
                let cost = self.cost(number, stays || self.all_stay(number));
                let cost = i128::from(cost) + sinks[arc.sink as usize];
                *price = (*price).min(cost);
            }
        }
        for (sink, limits) in self.sinks.iter().enumerate() {
            if limits.max == 0 {
                sinks[sink] = 0;
            }
        }
        for (number, arc) in (0..).zip(&self.ways.arcs).filter(|(_, arc)| !is_open(arc)) {
            if self.cap(number) > 0 {
                let price = &mut sinks[arc.sink as usize];
                *price =
                    (*price).max(sources[arc.source as usize] - i128::from(self.next_cost(number)));
            }
        }
        Ok((sources, sinks))
    }
}
