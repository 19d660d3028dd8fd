//! Problems of every shape and size of number: each is certified, on any threads and in any order.

use epitier::solver::transport::{
    Arc, Problem, ProblemBuilder, Sink, Source, Unplaced, certify, solve,
};

use super::cases::{rebuild, sources};
use super::laws::{by_row, shuffled};
use crate::random::Random;
use crate::support::on_pools;

/// Picks one of a few ways.
fn one_of<T: Copy>(random: &mut Random, ways: &[T]) -> T {
    ways[random.below(ways.len())]
}

/// The ends of the arcs: pairs at random, all pairs, a chain, stars either way, bands, islands, parallels.
fn pairs(random: &mut Random, sources: u32, sinks: u32) -> Vec<(u32, u32)> {
    let all = (0..sources).flat_map(|i| (0..sinks).map(move |j| (i, j)));
    match random.below(8_u32) {
        0 if sources * sinks < 20_000 => all.collect(),
        1 => (0..sources).flat_map(|i| [(i, i % sinks), (i, (i + 1) % sinks)]).collect(),
        2 => (0..sources).map(|i| (i, random.below(sinks.min(2)))).collect(),
        3 => (0..sinks).map(|j| (random.below(sources.min(2)), j)).collect(),
        4 => all.filter(|&(i, j)| j.abs_diff(i % sinks) < 3).take(50_000).collect(),
        5 => all.filter(|&(i, j)| i % 5 == j % 5).take(50_000).collect(),
        6 => {
            let few: Vec<_> = (0..sources).map(|i| (i, random.below(sinks))).collect();
            few.iter().flat_map(|&pair| [pair; 3]).collect()
        }
        _ => (0..sources * (1 + random.below(6_u32)))
            .map(|_| (random.below(sources), random.below(sinks)))
            .collect(),
    }
}

/// A problem of up to so many sources and sinks.
fn draw(random: &mut Random, sources: u32, sinks: u32) -> Problem {
    let (sources, sinks) = (1 + random.below(sources), 1 + random.below(sinks));
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(random.below(2_u32) == 0);
    let share = i64::MAX / 2 / i64::from(sources.max(sinks));
    let units = one_of(random, &[1, 1, 2, 9, 200, 1 << 40, share]);
    let zeros = one_of(random, &[1, 1, 2, 9]);
    for _ in 0..sources {
        let some = zeros == 1 || random.below(zeros) > 0;
        let most = if units == 1 { 1 } else { 1 + random.below(units) };
        builder.supply(if some { most } else { 0 });
    }
    let each = (units.saturating_mul(i64::from(sources)) / i64::from(sinks)).clamp(1, share);
    let classes = one_of(random, &[1, 2, 5, u32::MAX]);
    let kind = random.below(7_u32);
    for _ in 0..sinks {
        let min = random.below(each + 1);
        let beyond = random.below(each / 2 + 2);
        let (min, max) = match (kind, random.below(3_u32)) {
            (0, _) => (0, each),
            (1, _) => (min, min),
            (2, 0) => (0, 0),
            (3, _) => (0, i64::MAX),
            (4, _) => (min, i64::MAX),
            (5, _) => (min / 4, min / 4 + beyond / 4),
            _ => (min, min.saturating_add(beyond)),
        };
        builder.sink(Sink { min, max, class: random.below(classes) });
    }
    let limit = i64::MAX / (2 * i64::from(sources.min(sinks)) + 1);
    let costs = one_of(random, &[0, 1, 30, 40_000, i64::from(i32::MAX), 1 << 40, limit]).min(limit);
    let least = one_of(random, &[0, -costs, -costs / 2]);
    let limited = one_of(random, &[0, 0, 1, 2]);
    for (source, sink) in pairs(random, sources, sinks) {
        let most = if random.below(9_u32) == 0 { i64::MAX } else { units.min(1 << 50) * 2 };
        let cap = (limited > 0 && random.below(limited) == 0).then(|| random.below(most));
        let cost = match random.below(20_u32) {
            0 => costs,
            1 => least,
            _ => least + random.below(costs.saturating_sub(least).saturating_add(1)),
        };
        builder.arc(Arc { source, sink, cap, cost });
    }
    builder.build().unwrap()
}

/// Single units and single places: as many or not, dense or not, with costs that tie, that spread, and products,
/// of which no price settles the next.
pub(super) fn single_places(random: &mut Random, most: u32) -> Problem {
    let sources = 1 + random.below(most);
    let sinks = if random.below(2_u32) == 0 { sources } else { 1 + random.below(most) };
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(random.below(2_u32) == 0);
    let costs = one_of(random, &[0, 3, 100, 1 << 30, i64::MAX / (2 * i64::from(most) + 1)]);
    let stated = random.below(3_u32) == 0;
    for _ in 0..sources {
        if stated {
            let unplaced = Unplaced::Cost(random.below(costs + 1));
            builder.source(Source { supply: 1, unplaced });
        } else {
            builder.supply(1);
        }
    }
    let wanted = one_of(random, &[0, 1, 2]);
    for _ in 0..sinks {
        let min = if wanted == 2 { random.below(2_i64) } else { wanted };
        builder.sink(Sink { min, max: 1, class: random.below(2_u32) });
    }
    let gaps = one_of(random, &[1, 1, 2, 5, 60]);
    let products = random.below(4_u32) == 0;
    for source in 0..sources {
        for sink in 0..sinks {
            if random.below(gaps) == 0 {
                let product = i64::from((source + 1) * (sink + 1));
                let cost = if products { product } else { random.below(costs + 1) - costs / 2 };
                builder.arc(Arc { source, sink, cap: None, cost });
            }
        }
    }
    builder.build().unwrap()
}

fn check(problem: &Problem, seed: u64) {
    let solution = solve(problem, &()).unwrap();
    assert_eq!(certify(problem, &solution), Ok(()), "seed {seed}");
    for other in on_pools(|| solve(problem, &()).unwrap()) {
        assert!(other == solution, "seed {seed}");
    }
    let arcs = shuffled(problem.arcs(), seed);
    let other = rebuild(&sources(problem), problem.sinks(), arcs);
    let after = solve(&other, &()).unwrap();
    assert_eq!(by_row(problem, solution.flow()), by_row(&other, after.flow()), "seed {seed}");
    assert_eq!(solution.sink_prices(), after.sink_prices(), "seed {seed}");
    assert_eq!(solution.shortages(), after.shortages(), "seed {seed}");
}

#[test]
fn small_problems_of_every_shape_are_certified() {
    for seed in 0..1_500 {
        check(&draw(&mut Random(seed), 40, 20), seed);
    }
}

#[test]
fn large_problems_of_every_shape_are_certified() {
    for seed in 0..25 {
        check(&draw(&mut Random(seed), 5_000, 300), seed);
    }
}

#[test]
fn single_places_of_every_shape_are_certified() {
    for seed in 0..200 {
        check(&single_places(&mut Random(seed), 150), seed);
    }
}
