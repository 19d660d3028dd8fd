//! Responders drop out of a plan: how long it takes to mend it, beside solving it.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use epitier::solver::transport::{Edit, Reoptimizer, certify, solve};

use crate::report::{Cost, Report, Row, median};
use crate::solve::Instance;

/// What a person who moves costs, in the metres of the instances: the default of `CostPolicy::with_leaving`.
const STAY: i64 = 3_000;

/// So many drop out one by one.
const SINGLE: u32 = 200;

/// Adds the rows about one instance; nothing has to be reached if it is not `whole`.
pub(crate) fn report(
    name: &str,
    file: &Path,
    whole: bool,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let problem = Instance::read(file)?.problem()?;
    let (solution, afresh) = timed(|| solve(&problem, &()))?;
    let (mut flow, begun) = timed(|| Reoptimizer::new(&problem, &solution, STAY, &()))?;
    let sources = u32::try_from(problem.supplies().len())?;
    // Strides without a common divisor, so that nobody drops out twice.
    let who = |at: u32, stride: u32| Edit::Supply { source: at * stride % sources, units: 0 };
    let mut single = Vec::new();
    for at in 0..SINGLE.min(sources) {
        single.push(timed(|| flow.apply(&[who(at, 7_919)], &()))?.1);
    }
    let many: Vec<Edit> = (0..sources / 100).map(|at| who(at + 1, 104_729)).collect();
    let (_, all) = timed(|| flow.apply(&many, &()))?;
    let (frozen, freezing) = timed(|| flow.freeze(&()))?;
    let proved = certify(&frozen.problem, &frozen.solution).is_ok();
    report.check(&format!("{name} mended"), "its proof", proved);

    single.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    let slowest = |share: usize| single[(single.len() - 1) * share / 100];
    let figure = |cost: Cost| cost.wall * 1e3;
    let what = format!("{name}: one drop-out, each move {STAY} m");
    let row = Row::new(what).at_most(figure(median(&single)), whole.then_some(2.0), " ms");
    let (ninth, worst) = (figure(slowest(90)), figure(slowest(100)));
    let note = format!(
        "the median of {}; 9 of 10 within {ninth:.2} ms, all within {worst:.1} ms",
        single.len()
    );
    report.add(row.note(&note).times(median(&single), None));
    let what = format!("{name}: {} drop out at once, beside solving it", many.len());
    let ratio = all.wall / afresh.wall;
    report.add(Row::new(what).at_most(ratio, whole.then_some(0.33), " x").times(all, Some(afresh)));
    report.add_note(format!(
        "{name} mended: {begun} to begin, {freezing} for the frozen problem with its proof.",
    ));
    Ok(())
}

/// What a call gives, and what it took.
fn timed<T, E: Error + 'static>(call: impl FnOnce() -> Result<T, E>) -> Result<(T, Cost), E> {
    let start = Instant::now();
    let result = call()?;
    Ok((result, Cost { wall: start.elapsed().as_secs_f64(), cpu: f64::NAN }))
}
