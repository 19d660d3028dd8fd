//! What no flow goes below, by any prices of the sinks.
//!
//! Lagrangian relaxation (Ahuja, Magnanti, Orlin 1993, 16.3): let every source send its units wherever they
//! cost least, what an arc costs plus the price of its sink, without asking whether there is room, and let
//! every sink take as many units as pay at its price. No flow is better than the sum of the two, level by
//! level and then in cost.

use super::grouped::Grouped;
use super::{Price, Problem, Worth};

/// A price in numbers wide enough to add any two of them: level and cost.
type Wide = (i128, i128);

/// What no flow goes below, by these prices of the sinks; none where they are beyond all range. O(arcs), and
/// O(arcs log arcs) where arcs have limits.
pub(super) fn bound(problem: &Problem, prices: &[Price]) -> Option<Worth> {
    let mut sum = Sum::default();
    let most = problem.supplies().iter().sum::<i64>();
    let sinks = problem.sinks().iter().zip(problem.demand_levels());
    for ((sink, wanted), &Price { level, cost }) in sinks.zip(prices) {
        let (min, max) = (sink.min.min(most), sink.max.min(most));
        let (level, cost) = (i128::from(level), i128::from(cost));
        sum.add(min, (-i128::from(wanted) - level, -cost).min((0, 0)))?;
        sum.add(max - min, (-level, -cost).min((0, 0)))?;
    }

    let arcs = problem.arcs();
    let by_source = Grouped::new(arcs.iter().map(|arc| arc.source), problem.supplies().len());
    let mut limited = Vec::new();
    for (source, &supply) in (0..).zip(problem.supplies()) {
        let Price { level, cost } = problem.unplaced_price(source);
        let mut rest = (i128::from(level), i128::from(cost));
        limited.clear();
        for &arc in by_source.group(source as usize) {
            let arc = &arcs[arc as usize];
            let Price { level, cost } = prices[arc.sink as usize];
            let price = (i128::from(level), i128::from(cost) + i128::from(arc.cost));
            // Of the ways that can take all, only the cheapest matters.
            match problem.capacity(arc) {
                cap if cap < supply => limited.push((price, cap)),
                _ => rest = rest.min(price),
            }
        }
        limited.sort_unstable();
        let mut left = supply;
        for &(price, cap) in limited.iter().take_while(|&&(price, _)| price < rest) {
            let units = left.min(cap);
            sum.add(units, price)?;
            left -= units;
        }
        sum.add(left, rest)?;
    }
    Some(sum.0)
}

#[derive(Default)]
struct Sum(Worth);

impl Sum {
    fn add(&mut self, units: i64, (level, cost): Wide) -> Option<()> {
        let units = i128::from(units);
        self.0.level = self.0.level.checked_add(units.checked_mul(level)?)?;
        self.0.cost = self.0.cost.checked_add(units.checked_mul(cost)?)?;
        Some(())
    }
}
