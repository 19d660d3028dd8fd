//! Every way through the solver: each is certified, and a stage or the work done shows that it was taken.

use std::sync::Mutex;

use epitier::solver::transport::{Arc, Problem, ProblemBuilder, Sink, Solution, certify, solve};
use epitier::{Cancelled, Progress, Watch};

use super::cases::{rebuild, sources};
use super::hostile::{HOSTILE, RANDOM, ones, problem, sinks};
use crate::random::Random;

/// Remembers the stages and how much work they were.
#[derive(Default)]
struct Log(Mutex<Vec<Progress>>);

impl Watch for Log {
    fn progress(&self, progress: Progress) {
        self.0.lock().unwrap().push(progress);
    }
}

impl Log {
    fn has(&self, stage: &str) -> bool {
        self.0.lock().unwrap().iter().any(|progress| progress.stage == stage)
    }

    /// Arcs and nodes looked at, up to the last report.
    fn work(&self) -> u64 {
        self.0.lock().unwrap().last().map_or(0, |progress| progress.done)
    }
}

fn certified(problem: &Problem) -> (Solution, Log) {
    let log = Log::default();
    let solution = solve(problem, &log).unwrap();
    certify(problem, &solution).unwrap();
    (solution, log)
}

/// The same with every number of units, and every cost, so many times as large.
fn scaled(problem: &Problem, units: i64, cost: i64) -> Problem {
    let mut sources = sources(problem);
    for source in &mut sources {
        source.supply *= units;
    }
    let sinks = problem.sinks().iter();
    let sinks: Vec<Sink> =
        sinks.map(|s| Sink { min: s.min * units, max: s.max * units, ..*s }).collect();
    let arcs = problem.arcs().iter().map(|arc| Arc { cost: arc.cost * cost, ..*arc });
    rebuild(&sources, &sinks, arcs)
}

#[test]
fn the_way_taken_decides_neither_cost_nor_prices() {
    // Places for 98 in 100, so that prices climb; dense and sparse.
    for (near, count) in [(24, 70), (60, 60)] {
        let mut random = Random(5);
        let places = sinks(count, 10, 3_000 * 98 / 100 / i64::from(count));
        let single = problem(&ones(3_000), &places, near, |_, _| random.below(40_000));
        let (bid_for, log) = certified(&single);
        assert!(log.has("auction") && !log.has("place greedily"));
        assert!(bid_for.unplaced().iter().sum::<i64>() > 0);

        let (greedy, log) = certified(&scaled(&single, 2, 1));
        assert!(log.has("place greedily") && !log.has("auction"));
        assert_eq!(greedy.cost(), 2 * bid_for.cost());
        assert_eq!(greedy.sink_prices(), bid_for.sink_prices());
        assert_eq!(greedy.source_prices(), bid_for.source_prices());

        // Costs beyond 32 bits need wide prices, with and without an auction.
        for units in [1, 2] {
            let (wide, _) = certified(&scaled(&single, units, 1 << 33));
            assert_eq!(wide.cost(), i128::from(units) * (bid_for.cost() << 33));
            for (wide, narrow) in wide.sink_prices().iter().zip(bid_for.sink_prices()) {
                assert_eq!((wide.level, wide.cost), (narrow.level, narrow.cost << 33));
            }
        }
    }
}

#[test]
fn sources_of_many_units_are_split() {
    let mut random = Random(7);
    let supplies: Vec<i64> = (0..1_500).map(|_| 1 + random.below(200)).collect();
    let total: i64 = supplies.iter().sum();
    let split = problem(&supplies, &sinks(60, 500, total / 58), 12, |_, _| random.below(9_000));
    let (solution, _) = certified(&split);
    let mut used = vec![0; supplies.len()];
    for (arc, &units) in split.arcs().iter().zip(solution.flow()) {
        used[arc.source as usize] += usize::from(units > 0);
    }
    let split = used.iter().filter(|&&used| used > 1).count();
    assert!((20..=60).contains(&split), "{split}: as many as there are sinks at most");
}

#[test]
fn limited_arcs_are_filled_from_any_start() {
    let mut random = Random(8);
    for seed in 0..20 {
        let supplies: Vec<i64> = (0..400).map(|_| random.below(9)).collect();
        let free = problem(&supplies, &sinks(25, 20, 70), 8, |_, _| random.below(50) - 9);
        let arcs: Vec<Arc> = free
            .arcs()
            .iter()
            .map(|&arc| Arc { cap: Some(random.below(5)).filter(|&cap| cap < 4), ..arc })
            .collect();
        let limited = rebuild(&sources(&free), free.sinks(), arcs);
        let (solution, _) = certified(&limited);
        let filled = limited.arcs().iter().zip(solution.flow());
        assert!(filled.filter(|(arc, units)| arc.cap == Some(**units)).count() > 100, "{seed}");
    }
}

#[test]
fn nobody_has_to_be_placed() {
    // Only mandatory demand is worth a bid; the rest is placed where it earns.
    let mut random = Random(9);
    let must = problem(&ones(3_000), &sinks(60, 20, 60), 10, |_, _| random.below(1_000) - 100);
    let mut builder = ProblemBuilder::new();
    for &supply in must.supplies() {
        builder.supply(supply);
    }
    for &sink in must.sinks() {
        builder.sink(sink);
    }
    for &arc in must.arcs() {
        builder.arc(arc);
    }
    let (solution, log) = certified(&builder.build().unwrap());
    assert!(log.has("auction"));
    let placed = 3_000 - solution.unplaced().iter().sum::<i64>();
    assert!((1_201..3_000).contains(&placed), "{placed}");
    assert!(solution.shortages().is_empty());
}

#[test]
fn hostile_problems_take_no_more_than_ten_times_the_work_of_random_ones() {
    let measure = certified(&RANDOM(5_000)).1.work();
    for (name, make) in HOSTILE {
        let (_, log) = certified(&make(5_000));
        assert!(log.work() < 10 * measure, "{name}: {}, {measure} for random costs", log.work());
    }
}

#[test]
fn every_stage_can_be_stopped() {
    /// Stops when a stage begins.
    struct Until(&'static str, Log);
    impl Watch for Until {
        fn progress(&self, progress: Progress) {
            self.1.progress(progress);
        }
        fn is_cancelled(&self) -> bool {
            self.1.has(self.0)
        }
    }
    let mut random = Random(4);
    let single = problem(&ones(4_000), &sinks(80, 10, 45), 30, |_, _| random.below(40_000));
    let double = scaled(&single, 2, 1);
    for (problem, stages) in [
        (&single, ["sort the arcs", "auction", "build the first tree", "improve the flow"]),
        (&double, ["sort the arcs", "place greedily", "build the first tree", "improve the flow"]),
    ] {
        for stage in stages {
            let watch = Until(stage, Log::default());
            let stopped = solve(problem, &watch);
            // The last look at the observer may be the one that begins the last stage.
            assert!(watch.1.has(stage), "{stage}");
            assert!(stopped == Err(Cancelled) || stage == "improve the flow", "{stage}");
        }
    }
}
