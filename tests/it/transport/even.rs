//! Of the best flows a most even one: against all flows, and against every cycle that could improve it.

use std::sync::atomic::AtomicBool;

use epitier::Cancelled;
use epitier::solver::transport::{
    Arc, Problem, ProblemBuilder, Sink, Solution, certify, solve, solve_evenly,
};

use super::cases::{Size, draw, rebuild};
use super::laws::{by_row, shuffled};
use super::oracle::{all_flows, objective};
use crate::random::Random;
use crate::support::{Seen, on_pools};

/// A problem of which many flows are best: nearly all costs are equal, and sinks can take more.
fn draw_loose(seed: u64, size: Size) -> Problem {
    let (problem, _) = draw(seed, size);
    let random = &mut Random(!seed);
    let equal: i64 = random.below(3) - 1;
    let sinks = problem.sinks().iter().map(|&Sink { min, class, .. }| {
        let min = (min + random.below(3) - 1).max(0);
        Sink { min, max: min + random.below(2 * size.units + 1), class }
    });
    let sinks: Vec<Sink> = sinks.collect();
    let arcs = problem.arcs().iter().map(|&arc| {
        let cost = if random.below(4_u32) == 0 { arc.cost.signum() } else { equal };
        Arc { cost, cap: arc.cap.filter(|_| random.below(3_u32) == 0), ..arc }
    });
    rebuild(&problem, problem.supplies(), &sinks, arcs)
}

/// What each sink gets beyond `min`; negative where it is short.
fn above(problem: &Problem, flow: &[i64]) -> Vec<i64> {
    let mut above: Vec<i64> = problem.sinks().iter().map(|sink| -sink.min).collect();
    for (arc, &units) in problem.arcs().iter().zip(flow) {
        above[arc.sink as usize] += units;
    }
    above
}

fn squares(problem: &Problem, flow: &[i64]) -> i64 {
    above(problem, flow).iter().map(|above| above * above).sum()
}

/// Solves both ways; the even solution proves all that the other one does.
fn solved(problem: &Problem, seed: u64) -> (Solution, Solution) {
    let (first, even) = (solve(problem, &()).unwrap(), solve_evenly(problem, &()).unwrap());
    assert_eq!(certify(problem, &even), Ok(()), "seed {seed}");
    assert_eq!(objective(problem, even.flow()), objective(problem, first.flow()), "seed {seed}");
    assert_eq!(even.cost(), first.cost());
    assert_eq!(even.source_prices(), first.source_prices());
    assert_eq!(even.sink_prices(), first.sink_prices());
    let short = |solution: &Solution| solution.unfilled_by_class().collect::<Vec<_>>();
    assert_eq!(short(&even), short(&first));
    (first, even)
}

/// Whether a cycle in the graph of what can still be moved improves the objective, and then the squares: one
/// unit over each of its edges, by Bellman and Ford with lists as lengths.
fn can_be_improved(problem: &Problem, solution: &Solution) -> bool {
    let mut classes: Vec<u32> = problem.sinks().iter().map(|sink| sink.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let (sources, end) =
        (problem.supplies().len(), problem.supplies().len() + problem.sinks().len());
    let unit = |place: usize, amount: i64| {
        let mut list = vec![0; classes.len() + 3];
        list[place] = amount;
        list
    };
    let (placing, cost, even) = (classes.len(), classes.len() + 1, classes.len() + 2);
    let mut edges: Vec<(usize, usize, Vec<i64>)> = Vec::new();
    for (arc, &flow) in problem.arcs().iter().zip(solution.flow()) {
        let (from, to) = (arc.source as usize, sources + arc.sink as usize);
        let cap = arc.cap.unwrap_or(i64::MAX).min(problem.supplies()[from]);
        if flow < cap {
            edges.push((from, to, unit(cost, arc.cost)));
        }
        if flow > 0 {
            edges.push((to, from, unit(cost, -arc.cost)));
        }
    }
    let keeping = i64::from(problem.place_everybody());
    for (source, &kept) in solution.unplaced().iter().enumerate() {
        if kept < problem.supplies()[source] {
            edges.push((source, end, unit(placing, keeping)));
        }
        if kept > 0 {
            edges.push((end, source, unit(placing, -keeping)));
        }
    }
    let loads = above(problem, solution.flow());
    for (at, (sink, above)) in problem.sinks().iter().zip(loads).enumerate() {
        let class = classes.binary_search(&sink.class).unwrap();
        if above < sink.max - sink.min {
            let mut length = unit(class, if above < 0 { -1 } else { 0 });
            length[even] = 2 * above + 1;
            edges.push((sources + at, end, length));
        }
        if above > -sink.min {
            let mut length = unit(class, i64::from(above <= 0));
            length[even] = 1 - 2 * above;
            edges.push((end, sources + at, length));
        }
    }
    let mut nearest = vec![vec![0; classes.len() + 3]; end + 1];
    for _ in 0..=end + 1 {
        let mut changed = false;
        for (from, to, length) in &edges {
            let over: Vec<i64> = nearest[*from].iter().zip(length).map(|(a, b)| a + b).collect();
            if over < nearest[*to] {
                nearest[*to] = over;
                changed = true;
            }
        }
        if !changed {
            return false;
        }
    }
    true
}

fn note(problem: &Problem, first: &Solution, even: &Solution, seen: &Seen, rare: &Seen) {
    let (before, after) = (above(problem, first.flow()), above(problem, even.flow()));
    let sum = |loads: &[i64], sign: i64| loads.iter().map(|load| (load * sign).max(0)).sum::<i64>();
    seen.note("spread beyond", squares(problem, first.flow()) > squares(problem, even.flow()));
    // The solver seldom places what could as well stay.
    rare.note("fewer beyond", sum(&after, 1) < sum(&before, 1));
    let missing_moved = before.iter().zip(&after).any(|(a, b)| *a.min(&0) != *b.min(&0));
    seen.note("missing spread", missing_moved);
    seen.note("nothing to do", before == after && sum(&after, 1) > 1);
}

#[test]
fn tiny_problems_are_as_even_as_the_most_even_of_all_flows() {
    let size = Size { sources: 3, sinks: 3, arcs: 6, units: 2, classes: 2 };
    let (seen, rare) = (Seen::default(), Seen::default());
    for seed in 0..4_000 {
        let problem = draw_loose(seed, size);
        let (first, even) = solved(&problem, seed);
        let best = objective(&problem, even.flow());
        let least = all_flows(&problem)
            .filter(|flow| objective(&problem, flow) == best)
            .map(|flow| squares(&problem, &flow))
            .min();
        assert_eq!(Some(squares(&problem, even.flow())), least, "seed {seed}: {problem:?}");
        note(&problem, &first, &even, &seen, &rare);
    }
    seen.assert_each(20);
    rare.assert_each(1);
}

#[test]
fn no_cycle_makes_larger_problems_more_even() {
    let (seen, rare) = (Seen::default(), Seen::default());
    for (size, seeds) in [
        (Size { sources: 14, sinks: 8, arcs: 60, units: 6, classes: 2 }, 0..600),
        (Size { sources: 40, sinks: 12, arcs: 120, units: 1, classes: 1 }, 0..150),
        (Size { sources: 5, sinks: 12, arcs: 50, units: 40, classes: 1 }, 0..300),
    ] {
        for seed in seeds {
            let problem = draw_loose(seed, size);
            let (first, even) = solved(&problem, seed);
            assert!(!can_be_improved(&problem, &even), "seed {seed}: {problem:?}");
            seen.note("the check sees", can_be_improved(&problem, &first));
            note(&problem, &first, &even, &seen, &rare);
        }
    }
    seen.assert_each(40);
    rare.assert_each(3);
}

/// One class of equal people, sinks of all sizes, ways of equal cost: all that counts is how even they are.
fn equal(sources: u32, sinks: u32, units: i64) -> Problem {
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    for _ in 0..sources {
        builder.supply(units);
    }
    for sink in 0..sinks {
        let min = i64::from(sink % 3) * units / 4;
        builder.sink(Sink { min, max: i64::MAX, class: 0 });
    }
    for source in 0..sources {
        for step in 0..4 {
            let sink = (source * 7 + step * step) % sinks;
            builder.arc(Arc { source, sink, cap: None, cost: 3 });
        }
    }
    builder.build().unwrap()
}

#[test]
fn neither_rows_nor_threads_change_the_spread() {
    for problem in [
        equal(300, 40, 5),
        equal(40, 300, 1_000),
        draw_loose(7, Size { sources: 60, sinks: 30, arcs: 600, units: 5, classes: 2 }),
    ] {
        let answers = on_pools(|| solve_evenly(&problem, &()).unwrap());
        assert!(answers.windows(2).all(|two| two[0] == two[1]));
        let even = &answers[0];
        assert!(!can_be_improved(&problem, even));
        for seed in 0..5 {
            let arcs = shuffled(problem.arcs(), seed);
            let other = rebuild(&problem, problem.supplies(), problem.sinks(), arcs);
            let again = solve_evenly(&other, &()).unwrap();
            assert_eq!(by_row(&other, again.flow()), by_row(&problem, even.flow()));
        }
    }
}

/// The number of steps depends on the arcs and on the digits of the numbers, not on the numbers.
#[test]
fn units_beyond_counting_are_spread_at_once() {
    let units = i64::MAX / 64;
    let problem = equal(60, 20, units);
    let even = solve_evenly(&problem, &()).unwrap();
    assert_eq!(certify(&problem, &even), Ok(()));
    let loads = above(&problem, even.flow());
    let apart = loads.iter().max().unwrap() - loads.iter().min().unwrap();
    assert!(apart <= 1, "{loads:?}");

    // Nobody can send to the first sink; the second one takes no more than one.
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    let source = builder.supply(i64::MAX);
    builder.sink(Sink { min: 0, max: i64::MAX, class: 0 });
    for max in [1, i64::MAX, i64::MAX] {
        let sink = builder.sink(Sink { min: 0, max, class: 0 });
        builder.arc(Arc { source, sink, cap: None, cost: 0 });
    }
    let problem = builder.build().unwrap();
    let even = solve_evenly(&problem, &()).unwrap();
    assert_eq!(even.flow(), [1, i64::MAX / 2, i64::MAX / 2]);
    assert_eq!(solve_evenly(&problem, &AtomicBool::new(true)), Err(Cancelled));
    let nothing = solve_evenly(&ProblemBuilder::new().build().unwrap(), &()).unwrap();
    assert!(nothing.flow().is_empty());
}
