//! `solver::transport::solve` on dense and sparse problems, three sizes each.
//!
//! Posts stand in a plane, responders around them, and costs are distances in metres up to 40 km, as in
//! a county. Fixed seeds; every run asserts the optimum.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::solver::transport::{Arc, Problem, ProblemBuilder, Sink, certify, solve};

#[path = "../examples/support/random.rs"]
mod random;

use random::Random;

fn point(random: &mut Random) -> (i64, i64) {
    (random.below(28_000), random.below(28_000))
}

/// Single units at `sources` points, `sinks` with a fifth more room than units, half of it mandatory, and
/// arcs to the `near` nearest sinks.
fn problem(sources: i64, sinks: i64, near: usize) -> Problem {
    let mut random = Random(20_210_730);
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    let posts: Vec<(i64, i64)> = (0..sinks).map(|_| point(&mut random)).collect();
    for _ in &posts {
        let max = sources * 6 / (sinks * 5) + 1;
        builder.sink(Sink { min: max / 2, max, class: u32::try_from(random.below(3)).unwrap() });
    }
    for _ in 0..sources {
        let source = builder.supply(1);
        let (x, y) = point(&mut random);
        let square = |&(u, v): &(i64, i64)| (u - x) * (u - x) + (v - y) * (v - y);
        let mut arcs: Vec<(i64, u32)> = posts.iter().map(square).zip(0..).collect();
        arcs.sort_unstable();
        for &(square, sink) in &arcs[..near] {
            builder.arc(Arc { source, sink, cap: None, cost: square.isqrt() });
        }
    }
    builder.build().unwrap()
}

fn solving(c: &mut Criterion, name: &str, sizes: [(i64, i64, usize, i128); 3]) {
    let mut group = c.benchmark_group(name);
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for (sources, sinks, near, optimum) in sizes {
        let problem = problem(sources, sinks, near);
        certify(&problem, &solve(&problem, &()).unwrap()).unwrap();
        group.throughput(Throughput::Elements(problem.arcs().len() as u64));
        let id = BenchmarkId::from_parameter(format!("{sources}x{sinks}"));
        group.bench_with_input(id, &problem, |b, problem| {
            b.iter(|| {
                let solution = solve(black_box(problem), &()).unwrap();
                assert_eq!(solution.cost(), optimum);
            });
        });
    }
    group.finish();
}

fn dense(c: &mut Criterion) {
    solving(
        c,
        "transport/dense",
        [(100, 20, 20, 352_529), (1_000, 60, 60, 2_115_417), (4_000, 100, 100, 7_093_459)],
    );
}

fn sparse(c: &mut Criterion) {
    solving(
        c,
        "transport/sparse",
        [(200, 20, 10, 685_730), (2_000, 100, 10, 3_530_665), (20_000, 300, 10, 17_915_377)],
    );
}

criterion_group!(benches, dense, sparse);
criterion_main!(benches);
