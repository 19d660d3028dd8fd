//! Where the solver begins: a feasible flow that leaves each source whole, and rough prices of the sinks.
//!
//! Many single units bid for their sinks in an auction; everything else is placed greedily. Neither has to
//! be good, the simplex method that follows is exact from anywhere.
//!
//! The auction (D. P. Bertsekas, D. A. Castañon, The auction algorithm for the transportation problem,
//! *Annals of Operations Research* 20, 1989) is one crude pass: a sink with room for k units is k places
//! with a price each, and costs as much as its cheapest place. A source without a place takes the cheapest
//! sink for it and pays so much more that the second cheapest would be as good, plus a step, which is a
//! part of the range of costs; who had the place bids again. Remaining unplaced costs three times that
//! range or less, so that no war of prices goes on towards the true price of being unplaced, which has no
//! bound. A limit of bids stops any other. Levels play no part, and costs are rounded to 27 bits.
//!
//! Where every sink has one place and arcs are many, shortest paths are quicker than both: see [`single`].
//!
//! Only numbers of the problem decide what is done, and every way always gives the same.

mod single;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::meter::Meter;
use super::number::Number;
use super::rows::{Limits, Rows, UNLIMITED, UNPLACED};
use super::{Price, index};
use crate::watch::Cancelled;

/// From so many sources on the auction gains more than it costs.
const SOURCES_WORTH_AN_AUCTION: usize = 2_000;

/// With so many sources for every sink the tree is so small that an auction gains nothing.
const SOURCES_FOR_A_SINK: usize = 256;

/// The steps in the range of costs.
const STEPS: i32 = 32;

/// The same where fewer than 1 in 20 places will stay free: prices have far to climb there.
const CROWDED_STEPS: i32 = 8;

/// With fewer sources than this for every sink steps are finer in that proportion, and any number of sources is
/// worth an auction: few places change hands at each price.
const SOURCES_FOR_COARSE_STEPS: usize = 32;

/// Bids for each source, on average, before the auction is given up.
const BIDS: usize = 20;

/// The part of a step that an arc may cost beyond the best of its source and still be near.
const NEAR_PART: i32 = 4;

/// The bits to which the auction rounds the range of costs: all sums then stay in an `i32`.
const ROUGH_BITS: u32 = 27;

/// A feasible flow in which each source has one arc that is neither empty nor full.
pub(super) struct Start {
    /// That arc, or [`UNPLACED`].
    pub(super) at: Vec<u32>,
    /// The units on it.
    pub(super) left: Vec<i64>,
    /// Whether each arc is full; empty if none can be.
    pub(super) full: Vec<bool>,
    /// A price of each sink, in rough costs; 0 where there is room.
    pub(super) price: Vec<i32>,
    pub(super) rough: Rough,
    /// What arcs may cost beyond the best of their sources and still be worth a look at first.
    pub(super) near: i32,
}

/// How costs are rounded.
#[derive(Clone, Copy)]
pub(super) struct Rough {
    least: i64,
    shift: u32,
    /// The bits of a price below its level.
    bits: u32,
    /// What a bid is raised by.
    step: i32,
    /// The most that remaining unplaced costs.
    cap: i32,
    /// Whether places beyond the mandatory ones are bid for: where it is better for most units to have one
    /// than none.
    beyond: bool,
}

impl Rough {
    fn new<N: Number>(rows: &Rows<N>) -> Self {
        let (least, most) =
            rows.cost.iter().fold((rows.cost[0], rows.cost[0]), |(least, most), &cost| {
                (least.min(cost), most.max(cost))
            });
        let (least, most): (i64, i64) = (least.into(), most.into());
        // Costs are at most a third of the range of an `i64` either way.
        let range = most - least;
        let shift = (i64::BITS - range.leading_zeros()).saturating_sub(ROUGH_BITS);
        #[expect(clippy::cast_possible_truncation, reason = "shifted to 27 bits")]
        let rough = |cost: i64| (cost >> shift) as i32;
        let (mut units, mut wanting) = (0, 0);
        for (&supply, unplaced) in rows.supply.iter().zip(&rows.unplaced) {
            units += i128::from(supply);
            let Price { level, cost } = unplaced.unpack(rows.bits);
            if level > 0 || cost > least + range / 2 {
                wanting += i128::from(supply);
            }
        }
        let beyond = 2 * wanting > units;
        let places = |sink: &Limits| i128::from(bid_for(sink, beyond));
        let places: i128 = rows.sinks.iter().map(places).sum();
        let steps = if 20 * units > 19 * places { CROWDED_STEPS } else { STEPS };
        let cap = 3 * steps * (rough(range) / steps + 1);
        let step = rough(range) / (steps * finer(rows)) + 1;
        Self { least, shift, bits: rows.bits, step, cap, beyond }
    }

    /// Whether an unplaced unit of this price is more than a matter of cost.
    pub(super) fn is_wanted(self, unplaced: impl Number) -> bool {
        unplaced.unpack(self.bits).level > 0
    }

    /// The rough cost of remaining unplaced at this price.
    pub(super) fn unplaced(self, price: impl Number) -> i32 {
        let Price { level, cost } = price.unpack(self.bits);
        let above = (cost.max(self.least) - self.least) >> self.shift;
        if level > 0 {
            self.cap
        } else {
            i32::try_from(above).map_or(self.cap, |a| a.min(self.cap))
        }
    }

    /// The rough cost of an arc: 0 or more.
    #[expect(clippy::cast_possible_truncation, reason = "shifted to 27 bits")]
    pub(super) fn cost(self, cost: impl Into<i64>) -> i32 {
        ((cost.into() - self.least) >> self.shift) as i32
    }
}

/// How many times finer the steps are for having few sources for every sink.
fn finer<N: Number>(rows: &Rows<N>) -> i32 {
    let times = SOURCES_FOR_COARSE_STEPS * rows.sinks.len() / rows.sources();
    i32::try_from(times.clamp(1, SOURCES_FOR_COARSE_STEPS)).unwrap_or(1)
}

/// The places of a sink that are bid for.
fn bid_for(sink: &Limits, beyond: bool) -> i64 {
    if beyond { sink.min + sink.beyond } else { sink.min }
}

impl Start {
    /// Picks the way by the numbers of the problem.
    pub(super) fn new<N: Number>(rows: &Rows<N>, meter: &mut Meter<'_>) -> Result<Self, Cancelled> {
        let single = rows.supply.iter().all(|&units| units == 1) && rows.cap.is_empty();
        if single && single::is_worth(rows) {
            meter.begin("find shortest paths");
            let mut start = Self::empty(rows);
            if single::place(rows, &mut start, meter)? {
                return Ok(start);
            }
        }
        let many = rows.sources() >= SOURCES_WORTH_AN_AUCTION || finer(rows) > 1;
        if single && many && rows.sources() < SOURCES_FOR_A_SINK * rows.sinks.len() {
            meter.begin("auction");
            Self::auction(rows, meter)
        } else {
            meter.begin("place greedily");
            Self::greedy(rows, meter)
        }
    }

    /// The prices of the sinks in whole costs.
    pub(super) fn prices(&self) -> Vec<Price> {
        let prices = self.price.iter();
        let whole = |price| i64::from(price).saturating_mul(1 << self.rough.shift);
        prices.map(|&price| Price { level: 0, cost: whole(price) }).collect()
    }

    /// Source by source, in the order of their cheapest arcs, each over its arcs from the cheapest on: arcs
    /// that it fills, and then one that takes all the rest.
    fn greedy<N: Number>(rows: &Rows<N>, meter: &mut Meter<'_>) -> Result<Self, Cancelled> {
        let mut start = Self::empty(rows);
        let mut room: Vec<i64> = rows.sinks.iter().map(|sink| sink.min + sink.beyond).collect();
        let mut wanted: Vec<i64> = rows.sinks.iter().map(|sink| sink.min).collect();
        let mut row = Vec::new();
        let cheapest = |source| rows.cost[rows.row(source)].iter().map(|&cost| cost.into()).min();
        let mut order: Vec<(Option<i64>, u32)> =
            (0..index(rows.sources())).map(|source| (cheapest(source), source)).collect();
        order.sort_unstable();
        for (_, source) in order {
            row.clear();
            let arcs = rows.row(source).map(|arc| (rows.cost[arc].into(), arc));
            if rows.cap.is_empty() {
                // One arc takes all, the cheapest with room.
                let units = rows.supply[source as usize];
                row.extend(arcs.filter(|&(_, arc)| room[rows.sink[arc] as usize] >= units).min());
            } else {
                row.extend(arcs);
                row.sort_unstable();
            }
            meter.spend(2 * rows.row(source).len())?;
            let unplaced = rows.unplaced[source as usize].unpack(rows.bits);
            let (at, left) = (&mut start.at[source as usize], &mut start.left[source as usize]);
            for &(cost, arc) in &row {
                let sink = rows.sink[arc] as usize;
                let cap = rows.cap(index(arc), 0);
                let takes_all = cap == UNLIMITED || cap > *left;
                let units = cap.min(*left);
                let pays = wanted[sink] >= units || Price { level: 0, cost } < unplaced;
                // Full arcs alone never fill a sink: whoever fills it could leave again.
                let fits = units < room[sink] || takes_all && units == room[sink];
                if !pays || !fits {
                    continue;
                }
                room[sink] -= units;
                wanted[sink] -= units;
                if takes_all {
                    *at = index(arc);
                    break;
                }
                start.full[arc] = true;
                *left -= units;
            }
        }
        Ok(start)
    }

    /// Single units bid.
    fn auction<N: Number>(rows: &Rows<N>, meter: &mut Meter<'_>) -> Result<Self, Cancelled> {
        let mut start = Self::empty(rows);
        let rough = start.rough;
        let step = rough.step;
        let places: Vec<usize> = rows
            .sinks
            .iter()
            .map(|sink| bid_for(sink, rough.beyond))
            .map(|places| usize::try_from(places).unwrap_or(usize::MAX))
            .collect();
        let closed = 2 * rough.cap;
        let mut price: Vec<i32> =
            places.iter().map(|&places| if places == 0 { closed } else { 0 }).collect();
        // The price and the source of every place taken, the cheapest first.
        let mut taken: Vec<BinaryHeap<Reverse<(i32, u32)>>> = Vec::new();
        taken.resize_with(places.len(), BinaryHeap::new);
        // A mandatory place is worth having whatever it costs.
        let unplaced: Vec<i32> = rows
            .unplaced
            .iter()
            .map(|&price| if rough.beyond { rough.unplaced(price) } else { rough.cap })
            .collect();
        let at = &mut start.at;
        let mut bidders: Vec<u32> = (0..index(rows.sources())).rev().collect();
        let mut bids = 0;
        while let Some(source) = bidders.pop() {
            let row = rows.row(source);
            meter.spend(row.len())?;
            bids += 1;
            if bids > BIDS * rows.sources() {
                break;
            }
            let unplaced = unplaced[source as usize];
            let (mut best, mut second, mut bid_for) = (unplaced, unplaced, None);
            for (arc, (&sink, &cost)) in
                row.clone().zip(rows.sink[row.clone()].iter().zip(&rows.cost[row]))
            {
                let value = rough.cost(cost) + price[sink as usize];
                if value < best {
                    (second, best, bid_for) = (best, value, Some((arc, sink as usize)));
                } else if value < second {
                    second = value;
                }
            }
            let Some((arc, sink)) = bid_for else { continue };
            at[source as usize] = index(arc);
            let taken = &mut taken[sink];
            let bid = Reverse((price[sink] + (second - best) + step, source));
            if taken.len() < places[sink] {
                taken.push(bid);
            } else if let Some(mut cheapest) = taken.peek_mut() {
                let Reverse((_, loser)) = std::mem::replace(&mut *cheapest, bid);
                at[loser as usize] = UNPLACED;
                bidders.push(loser);
            }
            if taken.len() == places[sink] {
                price[sink] = taken.peek().map_or(0, |&Reverse((price, _))| price);
            }
        }
        let prices =
            places.iter().zip(price).map(|(&places, price)| if places == 0 { 0 } else { price });
        start.price = prices.collect();
        start.near = step / NEAR_PART;
        Ok(start)
    }

    /// Nothing is placed.
    fn empty<N: Number>(rows: &Rows<N>) -> Self {
        Self {
            at: vec![UNPLACED; rows.sources()],
            left: rows.supply.clone(),
            full: vec![false; rows.cap.len()],
            price: vec![0; rows.sinks.len()],
            rough: Rough::new(rows),
            near: i32::MAX,
        }
    }

    /// What a unit comes to over an arc, in rough costs with the price of the sink.
    pub(super) fn value<N: Number>(&self, rows: &Rows<N>, arc: u32) -> i32 {
        let sink = rows.sink[arc as usize];
        self.rough.cost(rows.cost[arc as usize]) + self.price[sink as usize]
    }
}
