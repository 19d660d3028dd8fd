//! The start where every sink has one place: shortest augmenting paths.
//!
//! R. Jonker, A. Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment
//! problems, *Computing* 38 (1987), on sparse rows, and with remaining unplaced as a place that everybody has.
//! Where all places will be taken, each begins at the price that its cheapest arc just pays. Then sources
//! take the cheapest places, and pay so much more that the second cheapest would be as good. Those that lost
//! theirs without a rise do so once more. Last, each that is left moves others along a shortest path to a free
//! place, by Dijkstra's algorithm.
//!
//! In rough costs the result is a best flow with its prices. Where costs or few arcs make paths long, it is given up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Start, bid_for};
use crate::solver::transport::index;
use crate::solver::transport::meter::Meter;
use crate::solver::transport::number::Number;
use crate::solver::transport::rows::{Rows, UNPLACED};
use crate::solver::transport::tree::NONE;
use crate::watch::Cancelled;

/// Arcs looked at, for each arc there is, before this is given up.
const LOOKS: usize = 8;

/// With fewer arcs than one for so many pairs, paths are long, and an auction is better.
const PAIRS_FOR_AN_ARC: usize = 50;

/// Arcs of a source that paths take if they can: the cheapest at the prices, about so many.
const NEAR: usize = 6;

/// Rows of which the cheapest arcs are counted, to know what to call cheap.
const SAMPLES: usize = 32;

/// The cheap arcs of each source.
struct Near {
    start: Vec<u32>,
    arcs: Vec<u32>,
}

/// Who has which place, at what prices.
struct Places<'a, N: Number> {
    rows: &'a Rows<N>,
    /// Rough costs of the arcs.
    cost: Vec<i32>,
    /// Rough costs of remaining unplaced.
    unplaced: Vec<i32>,
    sinks: Vec<Place>,
    /// The source that each sink holds.
    holds: Vec<u32>,
    /// The arc of each source.
    at: Vec<u32>,
    /// Arcs that may still be looked at.
    looks: usize,
}

/// A sink.
#[derive(Clone, Copy)]
struct Place {
    price: i32,
    /// The shortest way to it that is known.
    way: Way,
}

/// The cheapest place for a source, what it comes to, and the same of the second cheapest.
struct Best {
    value: i32,
    arc: u32,
    second: i32,
    second_arc: u32,
}

/// A way to a place: what it comes to beyond the price of where it begins, its last source, and that source's arc.
#[derive(Clone, Copy)]
struct Way {
    length: i32,
    source: u32,
    arc: u32,
}

const NOWHERE: Way = Way { length: i32::MAX, source: NONE, arc: UNPLACED };

/// Whether every sink has one place, and so many arcs lead to it that paths are short.
pub(super) fn is_worth<N: Number>(rows: &Rows<N>) -> bool {
    rows.sinks.iter().all(|sink| sink.min + sink.beyond == 1)
        && rows.arcs() >= rows.sources() * rows.sinks.len() / PAIRS_FOR_AN_ARC
}

/// Places single units on sinks that have one place each; whether that did not take too long.
pub(super) fn place<N: Number>(
    rows: &Rows<N>,
    start: &mut Start,
    meter: &mut Meter<'_>,
) -> Result<bool, Cancelled> {
    let (rough, sinks) = (start.rough, rows.sinks.len());
    let unplaced = |&price: &N| if rough.beyond { rough.unplaced(price) } else { rough.cap };
    let mut places = Places {
        rows,
        cost: rows.cost.iter().map(|&cost| rough.cost(cost)).collect(),
        unplaced: rows.unplaced.iter().map(unplaced).collect(),
        sinks: vec![Place { price: 0, way: NOWHERE }; sinks],
        holds: vec![NONE; sinks],
        at: vec![UNPLACED; rows.sources()],
        looks: LOOKS * rows.arcs(),
    };
    meter.spend(2 * rows.arcs())?;
    if sinks <= rows.sources() {
        places.reduce();
    }
    let is_closed = |sink: &usize| bid_for(&rows.sinks[*sink], rough.beyond) == 0;
    for sink in (0..sinks).filter(is_closed) {
        places.sinks[sink].price = 2 * rough.cap;
    }
    let mut free = places.bid((0..index(rows.sources())).collect(), meter)?;
    free = places.bid(free, meter)?;
    if rows.arcs() > 2 * NEAR * rows.sources() {
        let near;
        (near, start.near) = places.near(meter)?;
        free = places.augment(free, Some(&near), meter)?;
    }
    places.augment(free, None, meter)?;
    if places.looks == 0 {
        return Ok(false);
    }
    let price = |(place, &holder): (&Place, &u32)| if holder == NONE { 0 } else { place.price };
    start.price = places.sinks.iter().zip(&places.holds).map(price).collect();
    start.at = places.at;
    Ok(true)
}

impl Near {
    fn row(&self, source: u32) -> &[u32] {
        let source = source as usize;
        &self.arcs[self.start[source] as usize..self.start[source + 1] as usize]
    }
}

impl<N: Number> Places<'_, N> {
    /// Makes every price so low that the cheapest arc just pays.
    fn reduce(&mut self) {
        let mut least = vec![i32::MAX; self.sinks.len()];
        for (&sink, &cost) in self.rows.sink.iter().zip(&self.cost) {
            let least = &mut least[sink as usize];
            *least = cost.min(*least);
        }
        for (place, least) in self.sinks.iter_mut().zip(least) {
            place.price = -least;
        }
    }

    /// Whether so many more arcs may be looked at.
    fn may_look(&mut self, arcs: usize, meter: &mut Meter<'_>) -> Result<bool, Cancelled> {
        self.looks = self.looks.saturating_sub(arcs);
        meter.spend(arcs)?;
        Ok(self.looks > 0)
    }

    /// The arcs of a source, with their sinks and costs.
    fn arcs(&self, source: u32) -> impl Iterator<Item = (u32, usize, i32)> {
        let row = self.rows.row(source);
        let arcs = self.rows.sink[row.clone()].iter().zip(&self.cost[row.clone()]);
        (index(row.start)..).zip(arcs).map(|(arc, (&sink, &cost))| (arc, sink as usize, cost))
    }

    fn best(&self, source: u32) -> Best {
        let (mut value, mut arc) = (self.unplaced[source as usize], UNPLACED);
        let (mut second, mut second_arc) = (i32::MAX, UNPLACED);
        for (another, sink, cost) in self.arcs(source) {
            let its = cost + self.sinks[sink].price;
            if its < second {
                (second, second_arc) = (its, another);
                if its < value {
                    (second, second_arc, value, arc) = (value, arc, its, another);
                }
            }
        }
        Best { value, arc, second, second_arc }
    }

    /// Each source takes its best place, or the second best where that is as good. Who had it looks on at once
    /// if the price rose; all others are returned.
    fn bid(&mut self, sources: Vec<u32>, meter: &mut Meter<'_>) -> Result<Vec<u32>, Cancelled> {
        let mut left = Vec::new();
        for mut source in sources {
            loop {
                if !self.may_look(self.rows.row(source).len(), meter)? {
                    return Ok(left);
                }
                let Best { value, mut arc, second, second_arc } = self.best(source);
                if arc == UNPLACED {
                    break;
                }
                let rise = second - value;
                let sink_of = |arc: u32| self.rows.sink[arc as usize] as usize;
                if rise == 0 && second_arc != UNPLACED && self.holds[sink_of(arc)] != NONE {
                    arc = second_arc;
                }
                let sink = sink_of(arc);
                self.sinks[sink].price += rise;
                self.at[source as usize] = arc;
                let loser = std::mem::replace(&mut self.holds[sink], source);
                if loser == NONE {
                    break;
                }
                self.at[loser as usize] = UNPLACED;
                if rise == 0 {
                    left.push(loser);
                    break;
                }
                source = loser;
            }
        }
        Ok(left)
    }

    /// The arcs of each source that cost little more than its cheapest at the prices, and how much more.
    fn near(&self, meter: &mut Meter<'_>) -> Result<(Near, i32), Cancelled> {
        meter.spend(2 * self.rows.arcs())?;
        let value = |(_, sink, cost): (u32, usize, i32)| cost + self.sinks[sink].price;
        let mut beyond = Vec::new();
        let sample = self.rows.sources().div_ceil(SAMPLES);
        for source in (0..index(self.rows.sources())).step_by(sample) {
            let mut values: Vec<i32> = self.arcs(source).map(value).collect();
            if values.len() > NEAR {
                let (below, &mut most, _) = values.select_nth_unstable(NEAR);
                beyond.push(most - below.iter().copied().min().unwrap_or(most));
            }
        }
        let middle = beyond.len() / 2;
        let beyond = if beyond.is_empty() { 0 } else { *beyond.select_nth_unstable(middle).1 };
        let mut near = Near { start: vec![0], arcs: Vec::new() };
        for source in 0..index(self.rows.sources()) {
            let least = match self.at[source as usize] {
                UNPLACED => self.arcs(source).map(value).min().unwrap_or(0),
                arc => {
                    let sink = self.rows.sink[arc as usize] as usize;
                    self.cost[arc as usize] + self.sinks[sink].price
                }
            };
            let cheap = self.arcs(source).filter(|&arc| value(arc) <= least + beyond);
            near.arcs.extend(cheap.map(|(arc, ..)| arc));
            near.start.push(index(near.arcs.len()));
        }
        Ok((near, beyond))
    }

    /// Finds a place for each of the sources, along a shortest path on which others move, over near arcs
    /// alone if they are stated. Returns those that got none.
    fn augment(
        &mut self,
        sources: Vec<u32>,
        near: Option<&Near>,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<u32>, Cancelled> {
        let mut left = Vec::new();
        let (mut reached, mut passed) = (Vec::new(), Vec::new());
        let mut queue = BinaryHeap::new();
        for source in sources {
            // The nearest free place so far.
            let mut end = NOWHERE;
            // Who moves, how far away from it, and how far that is less what the place there comes to.
            let (mut mover, mut nearest, mut offset) = (source, 0, 0);
            loop {
                let row =
                    near.map_or_else(|| self.rows.row(mover).len(), |near| near.row(mover).len());
                if !self.may_look(row, meter)? {
                    return Ok(left);
                }
                let length = self.unplaced[mover as usize] + offset;
                if length < end.length {
                    end = Way { length, source: mover, arc: UNPLACED };
                }
                let look = |arc: u32| {
                    let sink = self.rows.sink[arc as usize];
                    let place = &mut self.sinks[sink as usize];
                    let length = (self.cost[arc as usize] + place.price + offset).max(nearest);
                    if length >= place.way.length || length >= end.length {
                        return;
                    }
                    let way = Way { length, source: mover, arc };
                    if self.holds[sink as usize] == NONE {
                        end = way;
                    } else {
                        place.way = way;
                        reached.push(sink);
                        queue.push(Reverse((length, sink)));
                    }
                };
                if let Some(near) = near {
                    near.row(mover).iter().copied().for_each(look);
                } else {
                    let row = self.rows.row(mover);
                    (index(row.start)..index(row.end)).for_each(look);
                }
                let Some(sink) = self.next(&mut queue) else { break };
                let Place { price, way: Way { length, .. } } = self.sinks[sink as usize];
                if length >= end.length {
                    break;
                }
                passed.push(sink);
                mover = self.holds[sink as usize];
                nearest = length;
                offset = length - self.cost[self.at[mover as usize] as usize] - price;
            }
            if near.is_some() && end.arc == UNPLACED {
                left.push(source);
            } else {
                for &sink in &passed {
                    let place = &mut self.sinks[sink as usize];
                    place.price += end.length - place.way.length;
                }
                self.shift(end);
            }
            for sink in reached.drain(..) {
                self.sinks[sink as usize].way = NOWHERE;
            }
            passed.clear();
            queue.clear();
        }
        Ok(left)
    }

    /// The nearest sink that has not been passed.
    fn next(&self, queue: &mut BinaryHeap<Reverse<(i32, u32)>>) -> Option<u32> {
        loop {
            let Reverse((length, sink)) = queue.pop()?;
            if length == self.sinks[sink as usize].way.length {
                return Some(sink);
            }
        }
    }

    /// Lets everybody on a path move on.
    fn shift(&mut self, end: Way) {
        let mut way = end;
        loop {
            let sink_of = |arc: u32| self.rows.sink[arc as usize] as usize;
            if way.arc != UNPLACED {
                self.holds[sink_of(way.arc)] = way.source;
            }
            let old = std::mem::replace(&mut self.at[way.source as usize], way.arc);
            if old == UNPLACED {
                break;
            }
            way = self.sinks[sink_of(old)].way;
        }
    }
}
