//! The proof, checked without trusting whoever made it.

use super::grouped::Grouped;
use super::solution::Stated;
use super::{Price, Problem, Shortage, Solution};

/// What is wrong with a solution. Numbers count the arcs, sources and sinks of the problem from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Defect {
    /// A list does not have one entry for each arc, source or sink.
    #[error("the lists of the solution do not have the lengths of the problem's")]
    Length,
    /// An arc carries less than nothing or more than it can.
    #[error("arc {row} cannot carry what it is said to")]
    Flow {
        /// The arc.
        row: u32,
    },
    /// What a source sends and keeps is not what it holds.
    #[error("what source {row} sends and keeps is not its supply")]
    Supply {
        /// The source.
        row: u32,
    },
    /// A sink gets more than it takes, or is not short of what it is said to be.
    #[error("what sink {row} gets or lacks is wrong")]
    Demand {
        /// The sink.
        row: u32,
    },
    /// The stated total is not the cost of the flow.
    #[error("the stated cost is not the cost of the flow")]
    Cost,
    /// The prices at both ends of an arc say that it should carry more or less.
    #[error("arc {row} should carry another flow at these prices")]
    ArcPrice {
        /// The arc.
        row: u32,
    },
    /// The price of a source says that it should keep more or fewer units, at what they cost.
    #[error("source {row} should keep another number of units at its price")]
    SourcePrice {
        /// The source.
        row: u32,
    },
    /// The price of a sink says that it should get more or fewer units.
    #[error("sink {row} should get another number of units at its price")]
    SinkPrice {
        /// The sink.
        row: u32,
    },
    /// A [stay price](super::Reoptimizer) is below 0, or takes a cost out of the number range.
    #[error("the stay price is not from 0 to {limit}")]
    StayPrice {
        /// The largest there can be.
        limit: i64,
    },
    /// What the flow is stated to be [worth](super::Worth) is not what it is.
    #[error("the flow is not worth what it is stated to be")]
    Worth,
    /// The prices of the sinks do not prove the stated bound.
    #[error("the prices do not prove the bound")]
    Bound,
    /// The shortage of a class is not stated, or is not the units it is short of, or its sinks do not
    /// prove it.
    #[error("the shortage of class {class} is not what the problem and the flow say")]
    Shortage {
        /// The class.
        class: u32,
    },
}

impl Defect {
    /// The stable code of the defect, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Flow { .. } => "flow",
            Self::Supply { .. } => "supply",
            Self::Demand { .. } => "demand",
            Self::Cost => "cost",
            Self::ArcPrice { .. } => "arc-price",
            Self::SourcePrice { .. } => "source-price",
            Self::SinkPrice { .. } => "sink-price",
            Self::StayPrice { .. } => "stay-price",
            Self::Worth => "worth",
            Self::Bound => "bound",
            Self::Shortage { .. } => "shortage",
        }
    }
}

/// Checks that a solution is feasible, optimal and correctly summed up, from the problem alone.
///
/// Trusts nothing of whoever made the solution. The flow and the prices prove each other (complementary
/// slackness); each [`Shortage`] proves on its own, without prices or levels, that its class and the more
/// urgent ones cannot be filled any better. All sums are `i128`.
///
/// # Cost
///
/// O(arcs + sinks log sinks), whatever the number of classes.
///
/// # Errors
///
/// The first [`Defect`] found.
///
/// # Examples
///
/// ```
/// use epitier::solver::transport::{Arc, Defect, ProblemBuilder, Sink, certify, solve};
///
/// let mut builder = ProblemBuilder::new();
/// let source = builder.supply(1);
/// let near = builder.sink(Sink { min: 1, max: 1, class: 0 });
/// builder.arc(Arc { source, sink: near, cap: None, cost: 5 });
/// let easy = builder.clone().build()?;
/// let solution = solve(&easy, &())?;
/// assert_eq!(certify(&easy, &solution), Ok(()));
///
/// // The same solution does not prove anything about another problem.
/// builder.arc(Arc { source, sink: near, cap: None, cost: 4 });
/// assert_eq!(certify(&builder.build()?, &solution), Err(Defect::Length));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn certify(problem: &Problem, solution: &Solution) -> Result<(), Defect> {
    check_lengths(problem, solution)?;
    let got = check_flow(problem, &solution.stated())?;
    check_prices(problem, solution, &got)?;
    check_shortages(problem, solution)
}

pub(super) fn check_lengths(problem: &Problem, solution: &Solution) -> Result<(), Defect> {
    let (sources, sinks) = (problem.supplies().len(), problem.sinks().len());
    let right = solution.flow.len() == problem.arcs().len()
        && solution.unplaced.len() == sources
        && solution.source_prices.len() == sources
        && solution.unfilled.len() == sinks
        && solution.sink_prices.len() == sinks;
    if right { Ok(()) } else { Err(Defect::Length) }
}

/// Every unit is accounted for, and the stated totals are right. Returns what each sink gets.
pub(super) fn check_flow(problem: &Problem, solution: &Stated<'_>) -> Result<Vec<i64>, Defect> {
    let mut sent = vec![0_i128; problem.supplies().len()];
    for ((row, arc), &units) in (0..).zip(problem.arcs()).zip(solution.flow) {
        if units < 0 || units > problem.capacity(arc) {
            return Err(Defect::Flow { row });
        }
        sent[arc.source as usize] += i128::from(units);
    }
    let kept = sent.iter().zip(solution.unplaced);
    for ((row, &supply), (sent, &unplaced)) in (0..).zip(problem.supplies()).zip(kept) {
        if unplaced < 0 || sent + i128::from(unplaced) != i128::from(supply) {
            return Err(Defect::Supply { row });
        }
    }

    // All that is sent or kept is now known to sum to at most `i64::MAX`, so the cost stays below 2^126.
    let mut got = vec![0_i64; problem.sinks().len()];
    let mut cost = 0_i128;
    for (arc, &units) in problem.arcs().iter().zip(solution.flow) {
        got[arc.sink as usize] += units;
        cost += i128::from(units) * i128::from(arc.cost);
    }
    for (source, &units) in (0..).zip(solution.unplaced) {
        cost += i128::from(units) * i128::from(problem.unplaced_price(source).cost);
    }
    let stated = got.iter().zip(solution.unfilled);
    for ((row, sink), (&got, &unfilled)) in (0..).zip(problem.sinks()).zip(stated) {
        if got > sink.max || unfilled != (sink.min - got).max(0) {
            return Err(Defect::Demand { row });
        }
    }
    if cost == solution.cost { Ok(got) } else { Err(Defect::Cost) }
}

/// A price in numbers wide enough to add any two of them.
type Wide = (i128, i128);

fn wide(price: Price) -> Wide {
    (price.level.into(), price.cost.into())
}

/// No arc, no source and no sink would do better with another unit more or less at these prices.
fn check_prices(problem: &Problem, solution: &Solution, got: &[i64]) -> Result<(), Defect> {
    for ((row, arc), &units) in (0..).zip(problem.arcs()).zip(&solution.flow) {
        let worth = wide(solution.source_prices[arc.source as usize]);
        let (level, cost) = wide(solution.sink_prices[arc.sink as usize]);
        let price = (level, cost + i128::from(arc.cost));
        if !in_balance(worth, price, units, problem.capacity(arc)) {
            return Err(Defect::ArcPrice { row });
        }
    }

    let kept = solution.source_prices.iter().zip(&solution.unplaced);
    for ((row, &supply), (&price, &unplaced)) in (0..).zip(problem.supplies()).zip(kept) {
        if !in_balance(wide(price), wide(problem.unplaced_price(row)), unplaced, supply) {
            return Err(Defect::SourcePrice { row });
        }
    }

    let wanted = problem.demand_levels().into_iter().map(|level| (-i128::from(level), 0));
    let filled = got.iter().zip(wanted).zip(&solution.sink_prices);
    for ((row, sink), ((&got, wanted), &price)) in (0..).zip(problem.sinks()).zip(filled) {
        let mandatory = got.min(sink.min);
        let (beyond, room) = (got - mandatory, sink.max - sink.min);
        if !in_balance(wide(price), wanted, mandatory, sink.min)
            || !in_balance(wide(price), (0, 0), beyond, room)
        {
            return Err(Defect::SinkPrice { row });
        }
    }
    Ok(())
}

/// Whether a way with room for `cap` units should carry just so many, when a unit at its start costs
/// `worth` and a unit sent over it costs `price`.
fn in_balance(worth: Wide, price: Wide, units: i64, cap: i64) -> bool {
    (units == cap || worth <= price) && (units == 0 || worth >= price)
}

/// Every class that is short has its entry, and each entry proves the number.
fn check_shortages(problem: &Problem, solution: &Solution) -> Result<(), Defect> {
    let (sinks, arcs) = (problem.sinks(), problem.arcs());
    let mut short: Vec<(u32, i64)> = sinks
        .iter()
        .zip(&solution.unfilled)
        .filter(|&(_, &units)| units > 0)
        .map(|(sink, &units)| (sink.class, units))
        .collect();
    short.sort_unstable();
    let mut stated = solution.shortages.iter();
    if !short.is_empty() {
        let by_sink = Grouped::new(arcs.iter().map(|arc| arc.sink), sinks.len());
        let mut in_set = vec![false; sinks.len()];
        let mut into_set = vec![0_i128; problem.supplies().len()];
        let (mut demand, mut reach, mut missing) = (0_i128, 0_i128, 0_i128);
        for same_class in short.chunk_by(|a, b| a.0 == b.0) {
            let class = same_class[0].0;
            let defect = Defect::Shortage { class };
            let Some(shortage) = stated.next().filter(|stated| stated.class == class) else {
                return Err(defect);
            };
            missing += same_class.iter().map(|&(_, units)| i128::from(units)).sum::<i128>();
            for &row in &shortage.joining {
                let Some(sink) = sinks.get(row as usize).filter(|sink| sink.class <= class) else {
                    return Err(defect);
                };
                if std::mem::replace(&mut in_set[row as usize], true) {
                    return Err(defect);
                }
                demand += i128::from(sink.min);
                for &arc in by_sink.group(row as usize) {
                    let arc = &arcs[arc as usize];
                    let supply = i128::from(problem.supplies()[arc.source as usize]);
                    let sum = &mut into_set[arc.source as usize];
                    let before = supply.min(*sum);
                    *sum += i128::from(problem.capacity(arc));
                    reach += supply.min(*sum) - before;
                }
            }
            let Shortage { demand: d, reach: r, missing: m, .. } = *shortage;
            if (demand, reach, missing) != (d.into(), r.into(), m.into())
                || demand - reach != missing
            {
                return Err(defect);
            }
        }
    }
    stated.next().map_or(Ok(()), |&Shortage { class, .. }| Err(Defect::Shortage { class }))
}
