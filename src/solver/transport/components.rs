//! The problem cut into its connected components, each solved alone.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::index;
use super::meter::Meter;
use super::number::{self, Number};
use super::rows::{Limits, Rows, UNLIMITED};
use super::simplex::{self, Solved};
use super::survey::{ARCS_PER_CHECK, Survey};
use super::{Arc, Optimum, Price, Problem, Sink};
use crate::watch::{Cancelled, Progress, Watch};

/// Below so many arcs, handing components to other threads costs more than it gains.
const ARCS_WORTH_THREADS: usize = 4_096;

/// Components solved in parallel between two progress reports.
const BATCH: usize = 64;

/// Solves component by component, each with its part of the work that is allowed, by the number of its arcs.
pub(super) fn solve(
    problem: &Problem,
    work: Option<u64>,
    watch: &dyn Watch,
) -> Result<Optimum, Cancelled> {
    let survey = Survey::new(problem, watch)?;
    let levels = problem.demand_levels();
    let most = levels.iter().map(|level| level.unsigned_abs()).max().unwrap_or(0);
    let apart = most + problem.unplaced_classes().len() as u64;
    let pairs = problem.supplies().len().min(problem.sinks().len());
    match number::narrow_bits(apart, survey.largest_cost, pairs) {
        Some(bits) => Parts { problem, survey, levels, bits, work }.solve::<i64>(watch),
        None => {
            Parts { problem, survey, levels, bits: number::WIDE_BITS, work }.solve::<i128>(watch)
        }
    }
}

/// Passes on whether to stop, but reports nothing: for work on other threads than the caller's.
struct Quiet<'a>(&'a dyn Watch);

impl Watch for Quiet<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// The components of a problem.
struct Parts<'a> {
    problem: &'a Problem,
    survey: Survey,
    /// The level that a mandatory unit of each sink takes off.
    levels: Vec<i64>,
    /// The bits of a price below its level.
    bits: u32,
    /// The work that is allowed, if there is a limit.
    work: Option<u64>,
}

impl Parts<'_> {
    fn solve<N: Number>(&self, watch: &dyn Watch) -> Result<Optimum, Cancelled> {
        let count = self.survey.components();
        let mut optimum = self.idle();
        if count <= 1 || self.problem.arcs().len() < ARCS_WORTH_THREADS {
            let mut meter = Meter::new(watch);
            for component in 0..count {
                watch.check()?;
                let solved = self.solve_one::<N>(component, &mut meter)?;
                self.store(component, solved, &mut optimum);
            }
        } else {
            let quiet = Quiet(watch);
            // Stored as they come: no two share a source or a sink.
            let shared = Mutex::new(&mut optimum);
            for first in (0..count).step_by(BATCH) {
                let batch = first..(first + BATCH).min(count);
                let done = batch.end as u64;
                batch.into_par_iter().with_max_len(1).try_for_each(|component| {
                    quiet.check()?;
                    let solved = self.solve_one::<N>(component, &mut Meter::new(&quiet))?;
                    let mut optimum = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    self.store(component, solved, &mut optimum);
                    Ok(())
                })?;
                watch.progress(Progress { stage: "solve components", done, total: count as u64 });
            }
        }
        for (source, &units) in (0..).zip(&optimum.unplaced) {
            let Price { cost, .. } = self.problem.unplaced_price(source);
            optimum.cost += i128::from(units) * i128::from(cost);
        }
        self.price_idle_sources(&mut optimum, watch)?;
        self.price_closed_sinks(&mut optimum, watch)?;
        Ok(optimum)
    }

    /// The answer for nodes that stand in no component, and for all others before they are solved.
    fn idle(&self) -> Optimum {
        let problem = self.problem;
        let sources = 0..index(problem.supplies().len());
        let wanted = problem.sinks().iter().zip(&self.levels);
        let wanted = wanted.map(|(sink, &level)| if sink.min > 0 { -level } else { 0 });
        Optimum {
            flow: vec![0; problem.arcs().len()],
            unplaced: problem.supplies().to_vec(),
            got: vec![0; problem.sinks().len()],
            cost: 0,
            source_prices: sources.map(|source| problem.unplaced_price(source)).collect(),
            sink_prices: wanted.map(|level| Price { level, cost: 0 }).collect(),
            is_best: true,
            first_prices: vec![Price::default(); problem.sinks().len()],
        }
    }

    fn solve_one<N: Number>(
        &self,
        component: usize,
        meter: &mut Meter<'_>,
    ) -> Result<Solved, Cancelled> {
        meter.begin("sort the arcs");
        let rows = self.rows::<N>(component, meter)?;
        simplex::solve(&rows, self.share(rows.arcs()), meter)
    }

    /// The work allowed for a component of so many arcs.
    fn share(&self, arcs: usize) -> Option<u64> {
        let all = self.problem.arcs().len().max(1) as u128;
        let share = u128::from(self.work?) * arcs as u128 / all;
        Some(u64::try_from(share).unwrap_or(u64::MAX))
    }

    /// The rows of a component.
    fn rows<N: Number>(
        &self,
        component: usize,
        meter: &mut Meter<'_>,
    ) -> Result<Rows<N>, Cancelled> {
        let (problem, survey) = (self.problem, &self.survey);
        let (sources, sinks) = (survey.sources(component), survey.sinks(component));
        let arcs = sources.iter().map(|&source| survey.row(source).len()).sum();
        let unplaced = |source| {
            let Price { level, cost } = problem.unplaced_price(source);
            N::pack(level, self.bits) + N::of(N::cost(cost))
        };
        let mut rows = Rows {
            start: Vec::with_capacity(sources.len() + 1),
            sink: Vec::with_capacity(arcs),
            cost: Vec::with_capacity(arcs),
            cap: Vec::new(),
            supply: sources.iter().map(|&source| problem.supplies()[source as usize]).collect(),
            unplaced: sources.iter().map(|&source| unplaced(source)).collect(),
            sinks: Vec::with_capacity(sinks.len()),
            bits: self.bits,
        };
        for &sink in sinks {
            let (Sink { min, max, .. }, level) =
                (problem.sinks()[sink as usize], self.levels[sink as usize]);
            rows.sinks.push(Limits { min, beyond: max - min, level });
        }
        for &source in sources {
            rows.start.push(index(rows.sink.len()));
            let row = survey.row(source);
            let supply = problem.supplies()[source as usize];
            meter.spend(row.len())?;
            match survey.arcs(problem, row) {
                Ok(arcs) => self.append(&mut rows, supply, arcs.iter()),
                Err(arcs) => self.append(&mut rows, supply, arcs),
            }
        }
        rows.start.push(index(arcs));
        if !rows.cap.is_empty() {
            rows.cap.resize(arcs, UNLIMITED);
        }
        Ok(rows)
    }

    /// Appends the arcs of a source.
    fn append<'a, N: Number>(
        &self,
        rows: &mut Rows<N>,
        supply: i64,
        arcs: impl Iterator<Item = &'a Arc> + Clone,
    ) {
        let place = &self.survey.place;
        let first = rows.sink.len();
        rows.sink.extend(arcs.clone().map(|arc| place[arc.sink as usize]));
        rows.cost.extend(arcs.clone().map(|arc| N::cost(arc.cost)));
        if self.survey.limited {
            // A capacity that the ends of the arc cannot reach is none: fewer bounds, fewer pivots.
            let sinks = self.problem.sinks();
            let binds = |&cap: &i64, arc: &Arc| cap < supply && cap < sinks[arc.sink as usize].max;
            for (at, arc) in (first..).zip(arcs) {
                if let Some(cap) = arc.cap.filter(|cap| binds(cap, arc)) {
                    rows.cap.resize(at, UNLIMITED);
                    rows.cap.push(cap);
                }
            }
        }
    }

    fn store(&self, component: usize, solved: Solved, optimum: &mut Optimum) {
        let (problem, survey) = (self.problem, &self.survey);
        optimum.is_best &= solved.is_best;
        let sources = survey.sources(component);
        let mut used = solved.flow.into_iter().peekable();
        let mut first = 0;
        for (&source, price) in sources.iter().zip(solved.source_prices) {
            optimum.source_prices[source as usize] = price;
            let row = survey.row(source);
            let end = first + index(row.len());
            while let Some((arc, units)) = used.next_if(|&(arc, _)| arc < end) {
                let row = survey.arc(row.start + (arc - first) as usize) as usize;
                let arc = &problem.arcs()[row];
                optimum.flow[row] = units;
                optimum.unplaced[source as usize] -= units;
                optimum.got[arc.sink as usize] += units;
                optimum.cost += i128::from(units) * i128::from(arc.cost);
            }
            first = end;
        }
        let prices = solved.sink_prices.into_iter().zip(solved.first_prices);
        for (&sink, (price, first)) in survey.sinks(component).iter().zip(prices) {
            optimum.sink_prices[sink as usize] = price;
            optimum.first_prices[sink as usize] = first;
        }
    }

    /// A source that holds nothing stands in no component. Its price is that of the first unit.
    fn price_idle_sources(
        &self,
        optimum: &mut Optimum,
        watch: &dyn Watch,
    ) -> Result<(), Cancelled> {
        let (problem, survey) = (self.problem, &self.survey);
        for source in (0..index(problem.supplies().len()))
            .filter(|&source| problem.supplies()[source as usize] == 0)
        {
            watch.check()?;
            for place in survey.row(source) {
                let Arc { sink, cap, cost, .. } = problem.arcs()[survey.arc(place) as usize];
                if cap == Some(0) || problem.sinks()[sink as usize].max == 0 {
                    continue;
                }
                let at = optimum.sink_prices[sink as usize];
                let price = &mut optimum.source_prices[source as usize];
                *price = (*price).min(Price { level: at.level, cost: at.cost + cost });
            }
        }
        Ok(())
    }

    /// A sink that takes nothing stands in no component. Its price is the least at which no arc into it
    /// pays.
    fn price_closed_sinks(
        &self,
        optimum: &mut Optimum,
        watch: &dyn Watch,
    ) -> Result<(), Cancelled> {
        let problem = self.problem;
        if problem.sinks().iter().all(|sink| sink.max > 0) {
            return Ok(());
        }
        for (row, arc) in problem.arcs().iter().enumerate() {
            if row.is_multiple_of(ARCS_PER_CHECK) {
                watch.check()?;
            }
            if problem.sinks()[arc.sink as usize].max == 0 && arc.cap != Some(0) {
                let Price { level, cost } = optimum.source_prices[arc.source as usize];
                let price = &mut optimum.sink_prices[arc.sink as usize];
                *price = (*price).max(Price { level, cost: cost - arc.cost });
            }
        }
        Ok(())
    }
}
