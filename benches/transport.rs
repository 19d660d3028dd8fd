//! `solver::transport::solve` on the shapes of the assignment harness, three sizes a decade apart each.
//!
//! Posts stand in a plane, responders around them, and costs are distances in metres up to 40 km, as in
//! a county. Fixed seeds; every run asserts the optimum.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::solver::transport::{
    Arc, Edit, Problem, ProblemBuilder, Reoptimizer, Sink, certify, solve,
};

#[path = "../examples/support/random.rs"]
mod random;

use random::Random;

fn point(random: &mut Random) -> (i64, i64) {
    (random.below(28_000), random.below(28_000))
}

/// What a problem is made of.
#[derive(Clone, Copy)]
struct Shape {
    sources: i64,
    sinks: i64,
    /// Arcs of each source, to the nearest sinks.
    near: usize,
    /// Sources hold 1 to so many units.
    units: i64,
    /// Places for every hundred units on average; half of them are mandatory.
    places: i64,
}

/// Points in a plane with distances for costs, every sink with the same room.
fn problem(shape: Shape) -> Problem {
    let Shape { sources, sinks, near, units, places } = shape;
    let mut random = Random(20_210_730);
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    let posts: Vec<(i64, i64)> = (0..sinks).map(|_| point(&mut random)).collect();
    for _ in &posts {
        let max = sources * (units + 1) / 2 * places / (100 * sinks) + 1;
        builder.sink(Sink { min: max / 2, max, class: u32::try_from(random.below(3)).unwrap() });
    }
    for _ in 0..sources {
        let source = builder.supply(1 + random.below(units));
        let (x, y) = point(&mut random);
        let square = |&(u, v): &(i64, i64)| (u - x) * (u - x) + (v - y) * (v - y);
        let mut arcs: Vec<(i64, u32)> = posts.iter().map(square).zip(0..).collect();
        if near < arcs.len() {
            arcs.select_nth_unstable(near);
            arcs.truncate(near);
        }
        arcs.sort_unstable_by_key(|&(_, sink)| sink);
        for (square, sink) in arcs {
            builder.arc(Arc { source, sink, cap: None, cost: square.isqrt() });
        }
    }
    builder.build().unwrap()
}

fn solving(c: &mut Criterion, name: &str, sizes: [(Shape, i128); 3]) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for (shape, optimum) in sizes {
        let problem = problem(shape);
        certify(&problem, &solve(&problem, &()).unwrap()).unwrap();
        group.throughput(Throughput::Elements(problem.arcs().len() as u64));
        let id = BenchmarkId::from_parameter(format!("{}x{}", shape.sources, shape.sinks));
        group.bench_with_input(id, &problem, |b, problem| {
            b.iter(|| {
                let solution = solve(black_box(problem), &()).unwrap();
                assert_eq!(solution.cost(), optimum);
            });
        });
    }
    group.finish();
}

/// Every pair is open.
fn dense(c: &mut Criterion) {
    let shape = |sources, sinks| {
        let near = usize::try_from(sinks).unwrap();
        Shape { sources, sinks, near, units: 1, places: 120 }
    };
    let sizes = [
        (shape(100, 20), 350_621),
        (shape(1_000, 60), 2_150_676),
        (shape(10_000, 180), 12_439_336),
    ];
    solving(c, "transport/dense", sizes);
}

/// A few open posts for each responder, most places taken.
fn sparse(c: &mut Criterion) {
    let shape = |sources, sinks| Shape { sources, sinks, near: 12, units: 1, places: 104 };
    let sizes = [
        (shape(600, 20), 2_094_392),
        (shape(6_000, 170), 8_857_689),
        (shape(60_000, 1_700), 27_478_963),
    ];
    solving(c, "transport/sparse", sizes);
}

/// More units than places, so that prices climb to that of being left out.
fn short(c: &mut Criterion) {
    let shape = |sources, sinks| Shape { sources, sinks, near: 12, units: 1, places: 90 };
    let sizes = [
        (shape(600, 20), 1_794_795),
        (shape(6_000, 170), 6_620_858),
        (shape(60_000, 1_700), 20_361_150),
    ];
    solving(c, "transport/short", sizes);
}

/// Sources of many units, as buildings are for sampling sites.
fn supplies(c: &mut Criterion) {
    let shape = |sources, sinks| Shape { sources, sinks, near: 12, units: 200, places: 110 };
    let sizes = [
        (shape(1_200, 30), 361_647_044),
        (shape(12_000, 300), 1_163_378_044),
        (shape(120_000, 3_000), 3_873_909_901),
    ];
    solving(c, "transport/supplies", sizes);
}

/// One responder drops out and comes back, each time with a price for everybody who moves.
fn mended(c: &mut Criterion) {
    let mut group = c.benchmark_group("transport/mended");
    for (sources, sinks) in [(600, 20), (6_000, 170), (60_000, 1_700)] {
        let problem = problem(Shape { sources, sinks, near: 12, units: 1, places: 104 });
        let solution = solve(&problem, &()).unwrap();
        let mut flow = Reoptimizer::new(&problem, &solution, 1_000, &()).unwrap();
        let sources = u32::try_from(sources).unwrap();
        let mut source = 0;
        let id = BenchmarkId::from_parameter(format!("{sources}x{sinks}"));
        group.bench_function(id, |b| {
            b.iter(|| {
                source = (source + 7_919) % sources;
                for units in [0, 1] {
                    flow.apply(&[Edit::Supply { source, units }], &()).unwrap();
                }
                assert_eq!(flow.got().iter().sum::<i64>(), i64::from(sources));
            });
        });
        let frozen = flow.freeze(&()).unwrap();
        certify(&frozen.problem, &frozen.solution).unwrap();
    }
    group.finish();
}

criterion_group!(benches, dense, sparse, short, supplies, mended);
criterion_main!(benches);
