//! Least-cost transportation with classes of mandatory demand, solved exactly and with proof.
//!
//! # Problem
//!
//! Source i holds `s_i` units. Sink j takes at most `max_j`; the first `min_j` of them are *mandatory
//! demand* of its class (0 is the most urgent). An arc (i, j) carries 0 to `cap` units at an integer cost
//! each, of any sign; two nodes may be joined by several arcs. Among the integral flows, [`solve`] finds
//! one that, in this order,
//!
//! 1. fills as much mandatory demand as possible, class by class from the most urgent, at any cost;
//! 2. places as many units of sources that state a class as possible, again class by class; these classes
//!    have nothing to do with those of sinks;
//! 3. has the least total cost, that of unplaced units included where sources state one. Units that neither
//!    fill mandatory demand nor have a class go somewhere only where that lowers the cost; where it makes
//!    no difference, they may.
//!
//! What an unplaced unit costs is stated source by source: [`Unplaced`]. A source that states nothing
//! goes by [`ProblemBuilder::place_everybody`]: its units cost nothing, or are of the least urgent class.
//! That is all that this switch means.
//!
//! Demand that cannot be met is a result, not an error: see [`Shortage`].
//!
//! # Start here
//!
//! | you have | you call | you get |
//! | --- | --- | --- |
//! | supplies, sinks, arcs | [`ProblemBuilder`] | a checked [`Problem`], or every [`ProblemError`] |
//! | a problem | [`solve`] | a [`Solution`]: flow, prices, totals, shortages |
//! | a solution, and a problem that changes | [`Reoptimizer`] | the flow mended, with few changes |
//! | a problem, and no time for the best | [`solve_within`] | the best flow so far, and a bound |
//! | a problem whose sinks should fare alike | [`solve_evenly`] | of the best solutions a most even one |
//! | a problem and anybody's solution | [`certify`] | its proof checked, or the [`Defect`] |
//!
//! # Method
//!
//! A root node makes every problem feasible: what source i does not place flows to it over an arc of its
//! own, and what sink j takes flows on to it over two arcs, one for `min_j` and one for the rest. Only
//! these arcs carry a *level*, so a cost is a pair (level, cost) compared in that order, and there is no
//! "big M" that could overflow or tie. With K different classes, a mandatory unit of the most urgent one
//! has level -K, of the next one -(K - 1), and so on to -1. With C classes of sources, an unplaced unit of
//! the most urgent one has level C, of the next one C - 1, and so on to 1; one that only costs something has
//! level 0. The weights need not be spread any further: the sets of slots that can be filled together are
//! the independent sets of a gammoid, and so are the sets of units that can be placed together, so by the
//! greedy theorem of matroids *every* strictly decreasing positive weighting of the classes gives the
//! lexicographic best (Lawler 1976, chapters 5 and 7). Neither is given up for the other: some flow fills
//! the slots of the one and places the units of the other (Mendelsohn, Dulmage 1958; for flows that are
//! limited, Perfect 1968).
//!
//! The problem falls into its connected components, solved one by one in parallel. Each of them goes through
//!
//! 1. a *start*: single units bid for places in one crude auction (Bertsekas, Castañon 1989), or take shortest
//!    augmenting paths where places are single too (Jonker, Volgenant 1987); larger units, and few ones, are
//!    placed greedily;
//! 2. a *first tree*: Dijkstra's algorithm hangs every full sink below the source that would leave it most
//!    cheaply;
//! 3. the primal network simplex method on strongly feasible trees (Cunningham 1976), which cannot cycle
//!    whatever arc it picks. Its tree holds the sinks and the sources that are split between several; every
//!    other source is a leaf that comes along for nothing (Barr, Glover, Klingman 1978). Sources are priced
//!    in chunks, and the arcs that improve the flow enter in the order of their gains (after Grigoriadis
//!    1986).
//!
//! The start decides how long the last step takes, but neither the cost nor the prices. Prices are single
//! 64-bit integers where the numbers of the problem allow it, and 128-bit ones elsewhere.
//!
//! # Number range
//!
//! Supplies, and mandatory demands, each sum to at most `i64::MAX`; maxima and capacities are any `i64`
//! from 0. With n = min(sources, sinks), a cost lies within plus or minus `i64::MAX / (2 n + 1)`: no
//! simple path alternates between the two sides over more than 2 n arcs and then ends with what an unplaced
//! unit costs, so all prices fit in an `i64`.
//! [`ProblemBuilder::build`] refuses anything beyond. Total costs are `i128`.
//!
//! # Determinism
//!
//! The least cost and the prices are unique, the flow that has the cost may not be. The flow returned
//! depends on the numbers of the sources and sinks and on the set of arcs, never on the order of the arcs or
//! on the thread count.
//!
//! # References
//!
//! - R. K. Ahuja, T. L. Magnanti, J. B. Orlin, *Network Flows*, 1993, chapter 11.
//! - R. S. Barr, F. Glover, D. Klingman, A new alternating basis algorithm for semi-assignment networks,
//!   *Computers and Mathematical Programming*, 1978.
//! - D. P. Bertsekas, D. A. Castañon, The auction algorithm for the transportation problem, *Annals of
//!   Operations Research* 20 (1989).
//! - W. H. Cunningham, A network simplex method, *Mathematical Programming* 11 (1976).
//! - M. D. Grigoriadis, An efficient implementation of the network simplex method, *Mathematical
//!   Programming Study* 26 (1986).
//! - R. Jonker, A. Volgenant, A shortest augmenting path algorithm for dense and sparse linear assignment
//!   problems, *Computing* 38 (1987).
//! - E. L. Lawler, *Combinatorial Optimization: Networks and Matroids*, 1976.
//! - N. S. Mendelsohn, A. L. Dulmage, Some generalizations of the problem of distinct representatives,
//!   *Canadian Journal of Mathematics* 10 (1958).
//! - H. Perfect, Applications of Menger's graph theorem, *Journal of Mathematical Analysis and Applications*
//!   22 (1968).

mod bound;
mod certificate;
mod components;
mod crash;
mod even;
mod grouped;
mod meter;
mod number;
mod pricing;
mod problem;
mod reoptimizer;
mod rows;
mod shortage;
mod simplex;
mod solution;
mod start;
mod survey;
mod tree;
mod within;

pub use certificate::{Defect, certify};
pub(crate) use problem::cost_limit;
pub use problem::{Arc, Problem, ProblemBuilder, ProblemError, Sink, Source, Unplaced};
pub use reoptimizer::{Edit, Frozen, Reoptimizer, Shift, Twin};
pub use solution::{Price, Shortage, Solution};
pub use within::{BestSoFar, Within, Worth};

use crate::watch::{Cancelled, Watch};

/// The best flow, with prices that prove it and the reason for every shortage.
///
/// Never fails: demand that cannot be met is part of the answer.
///
/// # Cost
///
/// Memory is linear: 16 to 21 bytes for each arc of the components being solved, the answer among them; 8
/// more where costs go beyond 32 bits, 9 more where arcs have limits, and 4 more where arcs do not come by
/// source and sink. There is no useful bound on the time. Measured on one thread, most sinks full: 9,780
/// sources by 185 sinks (1.8 million arcs) take 0.13 s, 58,000 by 1,652 with 24 arcs each 0.25 s, and a million
/// by 20,000 with 16 each, all of one component, 1.5 to 1.9 s. Long chains grow with the square of their length.
///
/// # Errors
///
/// [`Cancelled`] when the observer says so, within 50 ms for a million arcs.
///
/// # Examples
///
/// See [`Problem`].
pub fn solve(problem: &Problem, watch: &dyn Watch) -> Result<Solution, Cancelled> {
    finish(problem, components::solve(problem, None, watch)?, watch)
}

/// The best flow, or the best one so far when a stated amount of work is done, with a bound.
///
/// Work is counted in arcs and nodes looked at, beside what the start takes, which is always made and looks at
/// every arc a few times; each component gets a part of it by the number of its arcs. So the answer is a
/// function of the problem and the amount: the same on any machine and on any number of threads. Hundreds
/// of millions are done in a second; a watch that stops by the clock would give another plan each time.
///
/// # Cost
///
/// That of [`solve`] at the most, and O(arcs) for the bound.
///
/// # Errors
///
/// [`Cancelled`] when the observer says so.
///
/// # Examples
///
/// ```
/// use epitier::solver::transport::{Arc, ProblemBuilder, Sink, Within, solve_within};
///
/// let mut builder = ProblemBuilder::new();
/// let source = builder.supply(9);
/// let sink = builder.sink(Sink { min: 4, max: 9, class: 0 });
/// builder.arc(Arc { source, sink, cap: None, cost: 5 });
/// let problem = builder.build()?;
/// match solve_within(&problem, 0, &())? {
///     Within::Best(solution) => assert_eq!(solution.flow(), [4]),
///     Within::Stopped(so_far) => {
///         so_far.certify(&problem)?;
///         assert!(so_far.bound() <= so_far.worth());
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_within(problem: &Problem, work: u64, watch: &dyn Watch) -> Result<Within, Cancelled> {
    solve_with(problem, Some(work), false, watch)
}

/// The best flow or the best so far, spread evenly if it is the best and that is asked for.
pub(crate) fn solve_with(
    problem: &Problem,
    work: Option<u64>,
    evenly: bool,
    watch: &dyn Watch,
) -> Result<Within, Cancelled> {
    let mut optimum = components::solve(problem, work, watch)?;
    if !optimum.is_best {
        return Ok(Within::Stopped(BestSoFar::new(problem, optimum)));
    }
    if evenly {
        even::spread(problem, &mut optimum, watch)?;
    }
    finish(problem, optimum, watch).map(Within::Best)
}

/// Of the best flows one that treats the sinks as alike as possible: with `got` units at a sink, the sum of
/// `(got - min)²` over all sinks is the least. So units beyond `min` are spread, and so are the missing ones
/// of each class; none is placed that could as well stay.
///
/// Prices, cost, and what each class is short of are those of [`solve`].
///
/// # Cost
///
/// That of [`solve`], and on top O(a) memory and at most O(log r) maximum flows over the `a` arcs that just pay at
/// the prices, for loads that are `r` apart at the most. Where costs differ these arcs are few: 58,000 sources by
/// 1,652 sinks in metres take no measurable time more, a million by 20,000 some 5 %. Where all costs are
/// equal they are all there are: 58,000 by 1,652 took 1 to 4 s, and a million by 20,000 whose sources reach
/// neighbouring sinks only, so that units have far to go, five minutes.
///
/// # Errors
///
/// [`Cancelled`] when the observer says so.
///
/// # Examples
///
/// ```
/// use epitier::solver::transport::{Arc, ProblemBuilder, Sink, certify, solve_evenly};
///
/// let mut builder = ProblemBuilder::new();
/// let source = builder.supply(9);
/// for _ in 0..3 {
///     let sink = builder.sink(Sink { min: 1, max: 9, class: 0 });
///     builder.arc(Arc { source, sink, cap: None, cost: 5 });
/// }
/// builder.place_everybody(true);
/// let problem = builder.build()?;
/// let solution = solve_evenly(&problem, &())?;
/// assert_eq!(solution.flow(), [3, 3, 3]);
/// certify(&problem, &solution)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn solve_evenly(problem: &Problem, watch: &dyn Watch) -> Result<Solution, Cancelled> {
    let mut optimum = components::solve(problem, None, watch)?;
    even::spread(problem, &mut optimum, watch)?;
    finish(problem, optimum, watch)
}

/// A best flow with what it is short of, and why.
fn finish(problem: &Problem, optimum: Optimum, watch: &dyn Watch) -> Result<Solution, Cancelled> {
    let Optimum { flow, unplaced, got, cost, source_prices, sink_prices, .. } = optimum;
    let unfilled = problem.sinks().iter().zip(got);
    let unfilled: Vec<i64> = unfilled.map(|(sink, got)| (sink.min - got).max(0)).collect();
    let shortages = shortage::explain(problem, &flow, &unfilled, watch)?;
    Ok(Solution {
        #[cfg(feature = "serde")]
        format: crate::format::Format,
        flow,
        unplaced,
        unfilled,
        source_prices,
        sink_prices,
        cost,
        shortages,
    })
}

/// A flow and its prices.
struct Optimum {
    flow: Vec<i64>,
    unplaced: Vec<i64>,
    got: Vec<i64>,
    cost: i128,
    source_prices: Vec<Price>,
    sink_prices: Vec<Price>,
    /// Whether it is known to be the best; otherwise the prices prove nothing.
    is_best: bool,
    /// The prices of the sinks that the start came to.
    first_prices: Vec<Price>,
}

/// The number of a row; `ProblemBuilder::build` refuses more rows than 32 bits count.
#[expect(clippy::cast_possible_truncation, reason = "checked at the door")]
fn index(index: usize) -> u32 {
    index as u32
}
