//! Problems of assignment that make solvers crawl, beside one of random numbers.

use epitier::solver::transport::{Arc, Problem, ProblemBuilder, Sink};

use crate::random::Random;

/// Makes a problem in which some 20 arcs stand for each of so many sources of an ordinary one.
pub(crate) type Make = fn(u32) -> Problem;

/// The ordinary one that the others are measured by.
pub(crate) const RANDOM: Make = |size| near(size, &mut random_costs());

/// Problems of as many arcs as the random one of that size.
pub(crate) const HOSTILE: [(&str, Make); 9] = [
    ("equal-costs", |size| near(size, &mut |_, _| 7)),
    ("no-costs", |size| near(size, &mut |_, _| 0)),
    ("products", |size| near(size, &mut |i, j| i64::from(i) * i64::from(j))),
    ("12-decades", |size| {
        let mut random = Random(2);
        near(size, &mut |_, _| 10_i64.pow(random.below(13_u32)))
    }),
    ("a-giant-sink", |size| {
        let mut giant = sinks(size / 50, 1, 6);
        giant[0] = Sink { min: i64::from(size) * 4 / 5, max: i64::from(size) * 9 / 10, class: 0 };
        problem(&ones(size), &giant, 20, random_costs())
    }),
    ("short-of-everything", |size| {
        problem(&ones(size), &sinks(size / 50, 60, 60), 20, |i, j| i64::from(i) * i64::from(j))
    }),
    ("one-sink", |size| {
        let all = i64::from(size) * 20;
        problem(&ones(size * 20), &sinks(1, all / 2, all * 9 / 10), 1, |i, _| i.into())
    }),
    ("a-chain", |size| chain(size * 10, |_| [1, 0])),
    ("a-chain-that-doubles", |size| chain(size * 10, |at| [0, 1 << (at % 20)])),
];

/// As many single units.
pub(crate) fn ones(count: u32) -> Vec<i64> {
    vec![1; count as usize]
}

/// Sinks of three classes.
pub(crate) fn sinks(count: u32, min: i64, max: i64) -> Vec<Sink> {
    (0..count).map(|at| Sink { min, max, class: at % 3 }).collect()
}

fn random_costs() -> impl FnMut(u32, u32) -> i64 {
    let mut random = Random(1);
    move |_, _| random.below(40_000)
}

/// Single units with 20 arcs each and places for nearly all.
fn near(size: u32, cost: &mut dyn FnMut(u32, u32) -> i64) -> Problem {
    problem(&ones(size), &sinks(size / 50, 10, 49), 20, cost)
}

/// So many arcs for each source to neighbouring sinks, at costs drawn for each arc; everybody is placed if
/// possible.
pub(crate) fn problem(
    supplies: &[i64],
    sinks: &[Sink],
    near: u32,
    mut cost: impl FnMut(u32, u32) -> i64,
) -> Problem {
    let mut random = Random(3);
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    let count = u32::try_from(sinks.len()).expect("sinks fit in 32 bits");
    for &sink in sinks {
        builder.sink(sink);
    }
    for &supply in supplies {
        let source = builder.supply(supply);
        let first = if near == count { 0 } else { random.below(count) };
        for sink in (first..first + near).map(|sink| sink % count) {
            builder.arc(Arc { source, sink, cap: None, cost: cost(source, sink) });
        }
    }
    builder.build().expect("a problem within the number range")
}

/// A row of sources, each between two sinks with a place each, and one more sink.
fn chain(length: u32, cost: impl Fn(u32) -> [i64; 2]) -> Problem {
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    builder.sink(Sink { min: 0, max: 1, class: 0 });
    for at in 0..length {
        builder.supply(1);
        builder.sink(Sink { min: 0, max: 1, class: 0 });
        for (sink, cost) in [at, at + 1].into_iter().zip(cost(at)) {
            builder.arc(Arc { source: at, sink, cap: None, cost });
        }
    }
    builder.build().expect("a problem within the number range")
}
