//! Laws: rows, threads, prices and shortages.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use epitier::solver::transport::{Arc, Price, Problem, ProblemBuilder, Sink, certify, solve};
use epitier::{Cancelled, Progress, Watch};

use super::cases::{Size, draw, rebuild, sources};
use super::oracle::{Classes, objective};
use crate::random::Random;
use crate::support::on_pools;

/// Several components of some size, enough arcs for threads, ties everywhere.
fn islands(count: u32, sources: u32, sinks: u32) -> Problem {
    let mut random = Random(11);
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    for _ in 0..count * sources {
        builder.supply(random.below(4));
    }
    for _ in 0..count * sinks {
        let min = random.below(6);
        let class = u32::try_from(random.below(3)).unwrap();
        builder.sink(Sink { min, max: min + random.below(3), class });
    }
    for source in 0..count * sources {
        for sink in (source / sources * sinks..).take(sinks as usize) {
            builder.arc(Arc { source, sink, cap: None, cost: random.below(5) });
        }
    }
    builder.build().unwrap()
}

pub(super) fn shuffled<T: Clone>(items: &[T], seed: u64) -> Vec<T> {
    let mut items = items.to_vec();
    let mut random = Random(seed);
    for end in (1..items.len()).rev() {
        items.swap(end, usize::try_from(random.below(i64::try_from(end + 1).unwrap())).unwrap());
    }
    items
}

/// The flow on each arc, in an order that the arcs' own does not decide.
pub(super) fn by_row(problem: &Problem, flow: &[i64]) -> Vec<(u32, u32, Option<i64>, i64, i64)> {
    let mut rows: Vec<_> = problem
        .arcs()
        .iter()
        .zip(flow)
        .map(|(arc, &units)| (arc.source, arc.sink, arc.cap, arc.cost, units))
        .collect();
    rows.sort_unstable();
    rows
}

#[test]
fn every_pool_gives_the_same_solution() {
    for problem in [islands(150, 10, 4), islands(1, 60, 40)] {
        let alone = solve(&problem, &()).unwrap();
        assert!(!alone.shortages().is_empty());
        certify(&problem, &alone).unwrap();
        for solution in on_pools(|| solve(&problem, &()).unwrap()) {
            assert!(solution == alone);
        }
    }
}

#[test]
fn the_order_of_the_arcs_decides_nothing() {
    let size = Size { sources: 12, sinks: 8, arcs: 60, units: 3, classes: 3 };
    let mut tied = 0;
    for seed in 0..300 {
        let (problem, _) = draw(seed, size);
        let before = solve(&problem, &()).unwrap();
        let arcs = shuffled(problem.arcs(), seed);
        tied += usize::from(arcs != problem.arcs());
        let other = rebuild(&sources(&problem), problem.sinks(), arcs);
        let after = solve(&other, &()).unwrap();
        assert_eq!(by_row(&problem, before.flow()), by_row(&other, after.flow()), "seed {seed}");
        assert_eq!(before.source_prices(), after.source_prices(), "seed {seed}");
        assert_eq!(before.sink_prices(), after.sink_prices(), "seed {seed}");
    }
    assert!(tied > 200, "{tied}");
}

#[test]
fn the_order_of_sources_and_sinks_does_not_change_the_optimum() {
    let size = Size { sources: 10, sinks: 6, arcs: 40, units: 3, classes: 3 };
    for seed in 0..200 {
        let (problem, _) = draw(seed, size);
        let before = sources(&problem);
        let sources: Vec<usize> = shuffled(&(0..before.len()).collect::<Vec<_>>(), seed);
        let sinks: Vec<usize> = shuffled(&(0..problem.sinks().len()).collect::<Vec<_>>(), seed);
        let place = |order: &[usize], old: u32| {
            u32::try_from(order.iter().position(|&at| at == old as usize).unwrap()).unwrap()
        };
        let other = rebuild(
            &sources.iter().map(|&old| before[old]).collect::<Vec<_>>(),
            &sinks.iter().map(|&old| problem.sinks()[old]).collect::<Vec<_>>(),
            problem.arcs().iter().map(|&arc| Arc {
                source: place(&sources, arc.source),
                sink: place(&sinks, arc.sink),
                ..arc
            }),
        );
        let best =
            |problem: &Problem| objective(problem, solve(problem, &()).unwrap().flow()).unwrap();
        assert_eq!(best(&problem), best(&other), "seed {seed}");
    }
}

/// The objective in levels and cost: short units by the weight of their class, and unplaced ones by theirs.
fn value(problem: &Problem) -> Price {
    let objective = objective(problem, solve(problem, &()).unwrap().flow()).unwrap();
    let (&cost, levels) = objective.split_last().unwrap();
    let (short, unplaced) = levels.split_at(Classes::of(problem).sinks.len());
    let weighted = |units: &[i64]| units.iter().rev().zip(1..).map(|(u, weight)| u * weight).sum();
    let (short, unplaced): (i64, i64) = (weighted(short), weighted(unplaced));
    Price { level: short + unplaced, cost }
}

#[test]
fn stating_what_holds_anyway_changes_nothing() {
    let size = Size { sources: 8, sinks: 5, arcs: 25, units: 3, classes: 3 };
    for seed in 0..300 {
        let (problem, _) = draw(seed, size);
        let stated = rebuild(&sources(&problem), problem.sinks(), problem.arcs().iter().copied());
        assert_eq!(solve(&problem, &()), solve(&stated, &()), "seed {seed}");
    }
}

#[test]
fn prices_are_what_one_more_unit_costs() {
    let size = Size { sources: 5, sinks: 4, arcs: 14, units: 3, classes: 3 };
    let mut checked = 0;
    for seed in 0..400 {
        let (drawn, _) = draw(seed, size);
        let given = sources(&drawn);
        // A capacity that equals the supply would bind only after the unit has come.
        let arcs: Vec<Arc> = drawn
            .arcs()
            .iter()
            .map(|&arc| Arc {
                cap: arc.cap.filter(|&cap| cap < given[arc.source as usize].supply),
                ..arc
            })
            .collect();
        let problem = rebuild(&given, drawn.sinks(), arcs.clone());
        let solution = solve(&problem, &()).unwrap();
        let before = value(&problem);
        let step = |after: Price| Price {
            level: after.level - before.level,
            cost: after.cost - before.cost,
        };
        for (source, &price) in solution.source_prices().iter().enumerate() {
            let mut sources = given.clone();
            sources[source].supply += 1;
            let after = value(&rebuild(&sources, problem.sinks(), arcs.clone()));
            assert_eq!(price, step(after), "seed {seed}, source {source}");
            checked += 1;
        }
        for (sink, &price) in solution.sink_prices().iter().enumerate() {
            let mut sinks = problem.sinks().to_vec();
            if sinks[sink].max > 0 {
                sinks[sink].max -= 1;
                sinks[sink].min = (sinks[sink].min - 1).max(0);
                let after = value(&rebuild(&given, &sinks, arcs.clone()));
                assert_eq!(price, step(after), "seed {seed}, sink {sink}");
                checked += 1;
            }
        }
    }
    assert!(checked > 1_500, "{checked}");
}

#[test]
fn urgent_posts_take_from_others_and_the_reason_names_both() {
    // One team of 4 can reach both posts of class 0 and the one of class 5; another of 2 reaches class 5.
    let mut builder = ProblemBuilder::new();
    let (team, other) = (builder.supply(4), builder.supply(2));
    let urgent = [0, 1].map(|_| builder.sink(Sink { min: 3, max: 9, class: 0 }));
    let later = builder.sink(Sink { min: 5, max: 5, class: 5 });
    let idle = builder.sink(Sink { min: 0, max: 9, class: 9 });
    for (source, sink, cost) in [
        (team, urgent[0], 900),
        (team, urgent[1], 800),
        (team, later, -50),
        (other, later, 1),
        (other, idle, -100),
    ] {
        builder.arc(Arc { source, sink, cap: None, cost });
    }
    let problem = builder.build().unwrap();
    let solution = solve(&problem, &()).unwrap();
    certify(&problem, &solution).unwrap();
    assert_eq!(solution.flow(), [1, 3, 0, 2, 0]);
    assert_eq!(solution.unfilled_by_class().collect::<Vec<_>>(), [(0, 2), (5, 3)]);
    assert_eq!(solution.missing(0), 2);
    assert_eq!(solution.missing(4), 2);
    assert_eq!(solution.missing(u32::MAX), 5);
    assert_eq!(solution.short_sinks(0), [0, 1]);
    assert_eq!(solution.short_sinks(9), [0, 1, 2]);
    let last = &solution.shortages()[1];
    assert_eq!((last.demand, last.reach, last.missing), (11, 6, 5));
}

#[test]
fn ten_thousand_classes_are_all_short_without_a_square() {
    let mut builder = ProblemBuilder::new();
    let source = builder.supply(1);
    for class in 0..10_000 {
        let sink = builder.sink(Sink { min: 1, max: 1, class });
        builder.arc(Arc { source, sink, cap: None, cost: i64::from(class) });
    }
    let problem = builder.build().unwrap();
    let solution = solve(&problem, &()).unwrap();
    certify(&problem, &solution).unwrap();
    assert_eq!(solution.cost(), 0);
    assert_eq!(solution.missing(9_999), 9_999);
    assert_eq!(solution.shortages().iter().map(|s| s.joining.len()).sum::<usize>(), 10_000);
}

#[test]
fn an_observer_stops_the_work() {
    let problem = islands(150, 10, 4);
    assert_eq!(solve(&problem, &AtomicBool::new(true)), Err(Cancelled));
    for solution in on_pools(|| solve(&problem, &After(AtomicUsize::new(40)))) {
        assert_eq!(solution, Err(Cancelled));
    }
}

/// Cancels from the so-many-th question on.
struct After(AtomicUsize);

impl Watch for After {
    fn is_cancelled(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
    }
}

#[test]
fn progress_comes_from_the_calling_thread() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(ThreadId, Progress)>>);
    impl Watch for Seen {
        fn progress(&self, progress: Progress) {
            self.0.lock().unwrap().push((thread::current().id(), progress));
        }
    }
    for problem in [islands(150, 10, 4), islands(1, 3_000, 120), islands(3, 1_200, 90)] {
        let seen = Seen::default();
        solve(&problem, &seen).unwrap();
        let seen = seen.0.into_inner().unwrap();
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|(thread, _)| *thread == thread::current().id()));
        assert!(seen.windows(2).all(|pair| pair[0].1.done < pair[1].1.done));
    }
}
