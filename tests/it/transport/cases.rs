//! Random problems, drawn around a flow that is known to be feasible.

use epitier::solver::transport::{Arc, Problem, ProblemBuilder, Sink, Source, Unplaced};

use crate::random::Random;

fn once_in(random: &mut Random, times: i64) -> bool {
    random.below(times) == 0
}

/// One of so many classes, far apart.
fn class(random: &mut Random, classes: i64) -> u32 {
    u32::try_from(random.below(classes) * 7).unwrap()
}

/// How large the problems are; every number is drawn from 0 or 1 up to these.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) sources: i64,
    pub(super) sinks: i64,
    pub(super) arcs: i64,
    /// Units that the drawn flow sends over an arc.
    pub(super) units: i64,
    pub(super) classes: i64,
}

/// A problem, and whether its mandatory demand can be met for certain.
///
/// A flow is drawn first. Supplies, minima, maxima and capacities are set around it, so that it is
/// feasible; in every other problem some minima are then raised above it.
pub(super) fn draw(seed: u64, size: Size) -> (Problem, bool) {
    let mut random = Random(seed);
    let random = &mut random;
    let sources = usize::try_from(random.below(size.sources + 1)).unwrap();
    let sinks = usize::try_from(random.below(size.sinks + 1)).unwrap();
    let costs = [1, 3, 30][usize::try_from(random.below(3)).unwrap()];
    let (mut sent, mut got) = (vec![0; sources], vec![0; sinks]);
    let mut arcs = Vec::new();
    if sources > 0 && sinks > 0 {
        for _ in 0..random.below(size.arcs + 1) {
            let source = random.below(i64::try_from(sources).unwrap());
            let sink = random.below(i64::try_from(sinks).unwrap());
            let units = random.below(size.units + 1);
            sent[usize::try_from(source).unwrap()] += units;
            got[usize::try_from(sink).unwrap()] += units;
            let cap = (!once_in(random, 3)).then(|| units + random.below(3) * random.below(2));
            let cost = random.below(2 * costs) - costs / 2;
            let (source, sink) = (u32::try_from(source).unwrap(), u32::try_from(sink).unwrap());
            arcs.push(Arc { source, sink, cap, cost });
        }
    }

    let mut builder = ProblemBuilder::new();
    builder.place_everybody(once_in(random, 2));
    // In one problem of three no source states what its unplaced units cost, in one all do, in one some.
    let stating = random.below(3);
    for &units in &sent {
        let supply = units + random.below(2) * random.below(3);
        if random.below(2) < stating {
            let unplaced = if once_in(random, 2) {
                Unplaced::Class(class(random, 3))
            } else {
                Unplaced::Cost(random.below(3 * costs) - costs)
            };
            builder.source(Source { supply, unplaced });
        } else {
            builder.supply(supply);
        }
    }
    let raised = once_in(random, 2);
    for &units in &got {
        let mut min = units - random.below(units + 1) * random.below(2);
        if raised && once_in(random, 2) {
            min = units + random.below(4);
        }
        let max = min.max(units) + random.below(3) * random.below(2);
        builder.sink(Sink { min, max, class: class(random, size.classes) });
    }
    for arc in arcs {
        builder.arc(arc);
    }
    (builder.build().unwrap(), !raised)
}

/// The sources of a problem, each with what its unplaced units cost, whether stated or not.
pub(super) fn sources(problem: &Problem) -> Vec<Source> {
    let supplies = (0..).zip(problem.supplies());
    supplies
        .map(|(source, &supply)| Source { supply, unplaced: problem.unplaced(source) })
        .collect()
}

/// A problem of other sources, sinks or arcs; every source states what its unplaced units cost.
pub(super) fn rebuild(
    sources: &[Source],
    sinks: &[Sink],
    arcs: impl IntoIterator<Item = Arc>,
) -> Problem {
    let mut builder = ProblemBuilder::new();
    for &source in sources {
        builder.source(source);
    }
    for &sink in sinks {
        builder.sink(sink);
    }
    for arc in arcs {
        builder.arc(arc);
    }
    builder.build().unwrap()
}
