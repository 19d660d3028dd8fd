//! What to do when there is no time for the best: a feasible flow, and how far from the best it can be at most.

use super::bound::bound;
use super::certificate::check_flow;
use super::solution::Stated;
use super::{Defect, Optimum, Price, Problem, Solution};

/// What a flow is worth, or a bound of it: less is better, the level before the cost.
///
/// The level counts unplaced units that have a class up and mandatory units that are filled down, each by the
/// weight of its class; see the [module](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Worth {
    /// The level.
    pub level: i128,
    /// The cost, within the level.
    pub cost: i128,
}

/// What [`solve_within`](super::solve_within) found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// A best flow, with its proof.
    Best(Solution),
    /// The work was not enough to prove that nothing is better.
    Stopped(BestSoFar),
}

/// A feasible flow, and a bound that no flow goes below.
///
/// One that is read from a file is worth as much as its author: ask [`BestSoFar::certify`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BestSoFar {
    #[cfg(feature = "serde")]
    format: crate::format::Format<1>,
    flow: Vec<i64>,
    unplaced: Vec<i64>,
    unfilled: Vec<i64>,
    cost: i128,
    sink_prices: Vec<Price>,
    worth: Worth,
    bound: Worth,
}

impl BestSoFar {
    pub(super) fn new(problem: &Problem, optimum: Optimum) -> Self {
        let Optimum { flow, unplaced, got, cost, mut sink_prices, first_prices, .. } = optimum;
        let sinks = problem.sinks().iter().zip(problem.demand_levels());
        for (price, ((sink, level), &got)) in sink_prices.iter_mut().zip(sinks.zip(&got)) {
            *price = fair(*price, got, sink.min, sink.max, -level);
        }
        let unfilled = problem.sinks().iter().zip(&got);
        let unfilled = unfilled.map(|(sink, got)| (sink.min - got).max(0)).collect();
        let worth = worth(problem, &unplaced, &got, cost);
        // Levels that are not yet right spoil a bound more than none do, and the first prices are good where the
        // start was an auction.
        let cleared = |price: &Price| if price.level == 0 { *price } else { Price::default() };
        let cleared = sink_prices.iter().map(cleared).collect();
        let candidates = [sink_prices, cleared, first_prices].into_iter();
        let proven = candidates.filter_map(|prices| Some((bound(problem, &prices)?, prices)));
        let none = Worth { level: i128::MIN, cost: i128::MIN };
        // Those of the solver are in range.
        let (bound, sink_prices) = proven.max().unwrap_or_else(|| (none, Vec::new()));
        debug_assert!(none < bound && bound <= worth);
        Self {
            #[cfg(feature = "serde")]
            format: crate::format::Format,
            flow,
            unplaced,
            unfilled,
            cost,
            sink_prices,
            worth,
            bound,
        }
    }

    /// The units on each arc, in the order of the arcs of the problem.
    #[must_use]
    pub fn flow(&self) -> &[i64] {
        &self.flow
    }

    /// The units that each source keeps.
    #[must_use]
    pub fn unplaced(&self) -> &[i64] {
        &self.unplaced
    }

    /// The mandatory units that each sink is short of: perhaps more than it has to be.
    #[must_use]
    pub fn unfilled(&self) -> &[i64] {
        &self.unfilled
    }

    /// The total cost of the flow and of unplaced units.
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.cost
    }

    /// Prices of the sinks that prove the bound; nothing else follows from them.
    #[must_use]
    pub fn sink_prices(&self) -> &[Price] {
        &self.sink_prices
    }

    /// What the flow is worth.
    #[must_use]
    pub fn worth(&self) -> Worth {
        self.worth
    }

    /// No flow is worth less.
    #[must_use]
    pub fn bound(&self) -> Worth {
        self.bound
    }

    /// How much better a best flow is at the most: not at all where both are 0.
    ///
    /// Each mandatory unit that could be filled, and each unit of a class that could be placed, counts 1 or
    /// more in the level: so there are no more of them than it says. Only where it is 0, the cost is what
    /// could be saved.
    #[must_use]
    pub fn gap(&self) -> Worth {
        let (Worth { level, cost }, least) = (self.worth, self.bound);
        Worth { level: level.saturating_sub(least.level), cost: cost.saturating_sub(least.cost) }
    }

    /// Checks that the flow is feasible and correctly summed up, and that no flow goes below the bound, from the
    /// problem alone. Trusts nothing of whoever made it.
    ///
    /// # Cost
    ///
    /// O(arcs); O(arcs log arcs) where arcs have limits.
    ///
    /// # Errors
    ///
    /// The first [`Defect`] found.
    pub fn certify(&self, problem: &Problem) -> Result<(), Defect> {
        let Self { flow, unplaced, unfilled, cost, sink_prices, .. } = self;
        let right = flow.len() == problem.arcs().len()
            && unplaced.len() == problem.supplies().len()
            && unfilled.len() == problem.sinks().len()
            && sink_prices.len() == problem.sinks().len();
        if !right {
            return Err(Defect::Length);
        }
        let got = check_flow(problem, &Stated { flow, unplaced, unfilled, cost: *cost })?;
        if self.worth != worth(problem, unplaced, &got, *cost) {
            return Err(Defect::Worth);
        }
        let proven = bound(problem, sink_prices).is_some_and(|proven| self.bound <= proven);
        if proven { Ok(()) } else { Err(Defect::Bound) }
    }
}

/// The price nearest to `price` at which a sink would take just what it got, where a mandatory unit is worth
/// `wanted`. So only the sources can do better at these prices than they do.
fn fair(price: Price, got: i64, min: i64, max: i64, wanted: i64) -> Price {
    let (mandatory, beyond) = (Price { level: wanted, cost: 0 }, Price::default());
    let least = match got {
        0 => None,
        got if got > min => Some(beyond),
        _ => Some(mandatory),
    };
    let most = match got {
        got if got < min => Some(mandatory),
        got if got < max => Some(beyond),
        _ => None,
    };
    let price = least.map_or(price, |least| price.max(least));
    most.map_or(price, |most| price.min(most))
}

/// What a flow is worth that leaves and brings so many units at such a cost.
fn worth(problem: &Problem, unplaced: &[i64], got: &[i64], cost: i128) -> Worth {
    let kept = (0..).zip(unplaced).map(|(source, &units)| {
        i128::from(units) * i128::from(problem.unplaced_price(source).level)
    });
    let sinks = problem.sinks().iter().zip(problem.demand_levels()).zip(got);
    let filled =
        sinks.map(|((sink, level), &got)| i128::from(sink.min.min(got)) * i128::from(level));
    // Supplies sum to at most `i64::MAX`, and there are at most 2^32 levels on either side.
    Worth { level: kept.sum::<i128>() - filled.sum::<i128>(), cost }
}
