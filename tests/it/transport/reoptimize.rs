//! A flow that is mended equals one that is solved afresh, and moves no more than pays.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use epitier::solver::transport::{
    Arc, Defect, Edit, Frozen, Problem, ProblemBuilder, Reoptimizer, Sink, Source, Twin, Unplaced,
    certify, solve,
};
use epitier::{Cancelled, Stopped, Watch};

use super::cases::{Size, draw, rebuild, sources};
use super::oracle::{Objective, by_shortest_paths, objective};
use crate::random::Random;
use crate::support::Seen;

/// The rows of a problem, changed by the word of an edit.
#[derive(Clone)]
struct Rows {
    /// What a source costs unplaced that states nothing.
    unstated: Unplaced,
    sources: Vec<Source>,
    sinks: Vec<Sink>,
    arcs: Vec<Arc>,
}

impl Rows {
    fn new(problem: &Problem) -> Self {
        Self {
            unstated: if problem.place_everybody() { Unplaced::LAST } else { Unplaced::Cost(0) },
            sources: sources(problem),
            sinks: problem.sinks().to_vec(),
            arcs: problem.arcs().to_vec(),
        }
    }

    fn change(&mut self, edit: Edit) {
        match edit {
            Edit::Supply { source, units } => self.sources[source as usize].supply = units,
            Edit::Sink { sink, limits } => self.sinks[sink as usize] = limits,
            Edit::Arc { arc, cap, cost } => {
                let known = &mut self.arcs[arc as usize];
                (known.cap, known.cost) = (cap, cost);
            }
            Edit::NewSource { units } => {
                self.sources.push(Source { supply: units, unplaced: self.unstated });
            }
            Edit::NewSink { limits } => self.sinks.push(limits),
            Edit::NewArc { arc } => self.arcs.push(arc),
            _ => panic!("an edit that the tests do not know"),
        }
    }

    /// Changes the nodes first, for arcs may come before them.
    fn change_all(&mut self, edits: &[Edit]) {
        let (arcs, nodes): (Vec<Edit>, Vec<Edit>) =
            edits.iter().partition(|edit| matches!(edit, Edit::NewArc { .. }));
        for edit in nodes.into_iter().chain(arcs) {
            self.change(edit);
        }
    }

    fn problem(&self) -> Problem {
        rebuild(&self.sources, &self.sinks, self.arcs.clone())
    }

    /// The same problem where units that stay are cheaper: an arc for those, and one for the rest.
    fn discounted(&self, before: &[i64], stay: i64) -> Problem {
        let arcs = self.arcs.iter().zip(before).flat_map(|(&arc, &before)| {
            let cap = arc.cap.unwrap_or(self.sources[arc.source as usize].supply);
            let stays = Arc { cap: Some(before.min(cap)), cost: arc.cost - stay, ..arc };
            let rest = Arc { cap: Some(cap - before.min(cap)), ..arc };
            [stays, rest]
        });
        rebuild(&self.sources, &self.sinks, arcs)
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

fn draw_sink(random: &mut Random) -> Sink {
    let min = random.below(5);
    let class = u32::try_from(random.below(4) * 5).unwrap();
    Sink { min, max: min + random.below(4) * random.below(2), class }
}

/// An edit of rows that may be changed by it; the arcs of a new node follow it.
fn draw_edits(random: &mut Random, rows: &Rows) -> Vec<Edit> {
    let pick = |random: &mut Random, count: usize| {
        (count > 0).then(|| u32::try_from(random.below(number(count))).unwrap())
    };
    let cap = |random: &mut Random| (random.below(2) > 0).then(|| random.below(4));
    let cost = |random: &mut Random| random.below(40) - 12;
    let (sources, sinks) = (rows.sources.len(), rows.sinks.len());
    let mut edits = Vec::new();
    match random.below(10) {
        0..=2 => {
            edits.extend(pick(random, sources).map(|source| {
                let units = random.below(2) * random.below(6);
                Edit::Supply { source, units }
            }));
        }
        3 | 4 => {
            edits.extend(
                pick(random, sinks).map(|sink| Edit::Sink { sink, limits: draw_sink(random) }),
            );
        }
        5 | 6 => edits.extend(pick(random, rows.arcs.len()).map(|arc| {
            let (cap, cost) = (cap(random), cost(random));
            Edit::Arc { arc, cap, cost }
        })),
        7 => {
            edits.push(Edit::NewSource { units: random.below(5) });
            for _ in 0..random.below(5) {
                let (cap, cost) = (cap(random), cost(random));
                edits.extend(pick(random, sinks).map(|sink| {
                    let source = u32::try_from(sources).unwrap();
                    Edit::NewArc { arc: Arc { source, sink, cap, cost } }
                }));
            }
        }
        8 => {
            for _ in 0..random.below(5) {
                let (cap, cost) = (cap(random), cost(random));
                edits.extend(pick(random, sources).map(|source| {
                    let sink = u32::try_from(sinks).unwrap();
                    Edit::NewArc { arc: Arc { source, sink, cap, cost } }
                }));
            }
            edits.push(Edit::NewSink { limits: draw_sink(random) });
        }
        _ => {
            let (source, sink) = (pick(random, sources), pick(random, sinks));
            if let (Some(source), Some(sink)) = (source, sink) {
                let (cap, cost) = (cap(random), cost(random));
                edits.push(Edit::NewArc { arc: Arc { source, sink, cap, cost } });
            }
        }
    }
    edits
}

/// What the flow costs in all: short units by class, unplaced ones, cost and price of the units that left.
fn worth(problem: &Problem, flow: &[i64], before: &[i64], stay: i64) -> Objective {
    let mut worth = objective(problem, flow).unwrap();
    let left: i64 = before.iter().zip(flow).map(|(before, after)| (before - after).max(0)).sum();
    *worth.last_mut().unwrap() += stay * left;
    worth
}

fn check(flow: &Reoptimizer, rows: &Rows, before: &[i64], stay: i64, seed: u64) -> Frozen {
    let problem = rows.problem();
    assert_eq!(
        (flow.arcs(), flow.supplies(), flow.sinks()),
        (problem.arcs(), problem.supplies(), problem.sinks())
    );
    let mut best = by_shortest_paths(&rows.discounted(before, stay));
    *best.last_mut().unwrap() += stay * before.iter().sum::<i64>();
    assert_eq!(worth(&problem, flow.flow(), before, stay), best, "seed {seed}");
    let frozen = flow.freeze(&()).unwrap();
    assert_eq!(certify(&frozen.problem, &frozen.solution), Ok(()), "seed {seed}");
    assert_eq!(sources(&frozen.problem), rows.sources, "seed {seed}");
    let mut twins = Vec::new();
    for ((arc, row), &before) in (0..).zip(&rows.arcs).zip(before) {
        let most = row.cap.unwrap_or(i64::MAX).min(rows.sources[row.source as usize].supply);
        let stays = stay > 0 && before > 0 && row.cap != Some(0);
        let parts = if !stays {
            &[false][..]
        } else if before >= most {
            &[true][..]
        } else {
            &[true, false]
        };
        twins.extend(parts.iter().map(|&stays| Twin { arc, stays }));
    }
    assert_eq!(frozen.arcs, twins, "seed {seed}");
    let mut units = vec![0; flow.flow().len()];
    for (twin, sent) in frozen.arcs.iter().zip(frozen.solution.flow()) {
        units[twin.arc as usize] += sent;
    }
    assert_eq!(units, flow.flow(), "seed {seed}");
    frozen
}

/// Edits round by round; every flow is as good as the oracle's.
fn follow(seed: u64, size: Size, notes: &Seen) {
    let (problem, _) = draw(seed, size);
    let mut random = Random(seed + 1_000_000);
    let stay = [0, 1, 5, 40][usize::try_from(random.below(4)).unwrap()];
    let solution = solve(&problem, &()).unwrap();
    let mut flow = Reoptimizer::new(&problem, &solution, stay, &()).unwrap();
    assert_eq!(flow.flow(), solution.flow(), "seed {seed}");
    let mut rows = Rows::new(&problem);
    for _ in 0..5 {
        let mut edits = Vec::new();
        let mut after = rows.clone();
        for _ in 0..=random.below(3) {
            let drawn = draw_edits(&mut random, &after);
            after.change_all(&drawn);
            edits.extend(drawn);
        }
        let mut before = flow.flow().to_vec();
        let shifts = flow.apply(&edits, &()).unwrap();
        rows = after;
        before.resize(rows.arcs.len(), 0);
        let frozen = check(&flow, &rows, &before, stay, seed);
        let moved = before.iter().zip(flow.flow()).zip(0..);
        let moved = moved.filter(|((before, after), _)| before != after);
        let moved = moved.map(|((&before, &after), arc)| (arc, before, after));
        let told = shifts.iter().map(|shift| (shift.arc, shift.before, shift.after));
        assert!(told.eq(moved), "seed {seed}");

        let afresh = solve(&frozen.problem, &()).unwrap();
        let binding = |arc: &Arc| arc.cap == Some(frozen.problem.supplies()[arc.source as usize]);
        if !frozen.problem.arcs().iter().any(binding) {
            assert_eq!(
                frozen.solution.source_prices(),
                afresh.source_prices(),
                "seed {seed} {:?} {:?} {:?}",
                frozen.problem,
                flow.flow(),
                before
            );
            assert_eq!(frozen.solution.sink_prices(), afresh.sink_prices(), "seed {seed}");
            notes.note("prices that are unique", true);
        }
        let free = objective(&rows.problem(), solve(&rows.problem(), &()).unwrap().flow());
        let mended = objective(&rows.problem(), flow.flow());
        notes.note("something moved", !shifts.is_empty());
        notes.note("the stay price kept somebody", free < mended);
        notes.note("people short", !frozen.solution.shortages().is_empty());
        let kept = rows.sources.iter().zip(flow.unplaced()).filter(|(_, kept)| **kept > 0);
        let kept: Vec<Unplaced> = kept.map(|(source, _)| source.unplaced).collect();
        let urgent = |of: &Unplaced| matches!(of, Unplaced::Class(class) if *class < u32::MAX);
        notes.note("an urgent class unplaced", kept.iter().any(urgent));
        notes.note("unplaced at a cost", kept.iter().any(|of| matches!(of, Unplaced::Cost(1..))));
        notes.note("unplaced earns", kept.iter().any(|of| matches!(of, Unplaced::Cost(..0))));
        notes.note(
            "two arcs for one",
            frozen.arcs.windows(2).any(|pair| pair[0].arc == pair[1].arc),
        );
        notes.note("a way over several sinks", shifts.len() > 3);
    }
}

#[test]
fn a_mended_flow_is_as_good_as_one_solved_afresh() {
    let seen = Seen::default();
    for seed in 0..1_500 {
        follow(seed, Size { sources: 4, sinks: 3, arcs: 8, units: 3, classes: 3 }, &seen);
    }
    for seed in 2_000..2_120 {
        follow(seed, Size { sources: 14, sinks: 8, arcs: 60, units: 4, classes: 4 }, &seen);
    }
    for seed in 3_000..3_120 {
        follow(seed, Size { sources: 30, sinks: 8, arcs: 90, units: 1, classes: 3 }, &seen);
    }
    seen.assert_each(200);
}

#[test]
fn what_is_cancelled_or_refused_leaves_everything_as_it_was() {
    let seen = Seen::default();
    for seed in 0..600 {
        let (problem, _) =
            draw(seed, Size { sources: 6, sinks: 4, arcs: 20, units: 3, classes: 3 });
        let solution = solve(&problem, &()).unwrap();
        let mut flow = Reoptimizer::new(&problem, &solution, 2, &()).unwrap();
        let mut rows = Rows::new(&problem);
        let mut random = Random(seed);
        let mut edits = Vec::new();
        for _ in 0..3 {
            let drawn = draw_edits(&mut random, &rows);
            rows.change_all(&drawn);
            edits.extend(drawn);
        }
        let cancelled = flow.apply(&edits, &AtomicBool::new(true));
        // Nothing asks the observer where nothing is searched.
        if cancelled.is_ok() {
            continue;
        }
        assert_eq!(cancelled, Err(Stopped::Cancelled(Cancelled)), "seed {seed}");
        let before = check(&flow, &Rows::new(&problem), solution.flow(), 2, seed);
        let refused = [&edits[..], &[Edit::Supply { source: 0, units: -1 }]].concat();
        assert!(matches!(flow.apply(&refused, &()), Err(Stopped::Refused(_))), "seed {seed}");
        assert_eq!(check(&flow, &Rows::new(&problem), solution.flow(), 2, seed), before);
        flow.apply(&edits, &()).unwrap();
        let mut old = solution.flow().to_vec();
        old.resize(rows.arcs.len(), 0);
        check(&flow, &rows, &old, 2, seed);
        seen.note("cancelled", true);
        seen.note("with new nodes", rows.sinks.len() > problem.sinks().len());
    }
    seen.assert_each(100);
}

/// Says stop when it has been asked so many times.
struct After(AtomicUsize);

impl Watch for After {
    fn is_cancelled(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        left == 0
    }
}

/// Large enough that the observer is asked several times within one call.
fn wide(random: &mut Random) -> Problem {
    let mut builder = ProblemBuilder::new();
    for _ in 0..700 {
        builder.source(Source {
            supply: 1 + random.below(3),
            unplaced: [Unplaced::Cost(0), Unplaced::Cost(-40), Unplaced::LAST]
                [usize::try_from(random.below(3)).unwrap()],
        });
    }
    for _ in 0..40 {
        let min = random.below(30);
        let class = u32::try_from(random.below(3)).unwrap();
        builder.sink(Sink { min, max: min + random.below(10), class });
    }
    for source in 0..700 {
        for sink in 0..40 {
            builder.arc(Arc { source, sink, cap: None, cost: random.below(1_000) - 100 });
        }
    }
    builder.build().unwrap()
}

#[test]
fn what_is_cancelled_midway_leaves_everything_as_it_was() {
    let random = &mut Random(9);
    let problem = wide(random);
    let solution = solve(&problem, &()).unwrap();
    let begun = Reoptimizer::new(&problem, &solution, 0, &()).unwrap();
    let frozen = begun.freeze(&()).unwrap();
    // Every kind of edit, those that move much last: of each of these few, everything stands undone or half done.
    let mut edits = vec![Edit::NewSource { units: 1 }, Edit::NewSink { limits: draw_sink(random) }];
    for arc in (0..28_000).step_by(90) {
        let cost = problem.arcs()[arc].cost - random.below(300) * random.below(2);
        let arc = u32::try_from(arc).unwrap();
        edits.push(Edit::Arc { arc, cap: None, cost });
        let (source, sink) = (arc % 701, 40 - arc % 2);
        edits.push(Edit::NewArc { arc: Arc { source, sink, cap: None, cost: cost / 2 } });
    }
    edits.extend(
        (0..40).map(|sink| Edit::NewArc { arc: Arc { source: 700, sink, cap: None, cost: -150 } }),
    );
    for source in (0..700).step_by(3) {
        edits.push(Edit::Supply { source, units: random.below(4) });
    }
    edits.extend((0..40).map(|sink| Edit::Sink { sink, limits: draw_sink(random) }));

    let more: Vec<Edit> = (0..40)
        .map(|sink| Edit::Sink { sink, limits: Sink { min: 60, max: 70, class: 0 } })
        .collect();
    let mut rows = Rows::new(&problem);
    rows.change_all(&more);
    let best = objective(&rows.problem(), solve(&rows.problem(), &()).unwrap().flow());

    let mut flow = begun.clone();
    let mut cancelled = 0;
    while flow.apply(&edits, &After(AtomicUsize::new(cancelled))).is_err() {
        cancelled += 1;
        assert_eq!(
            (flow.arcs(), flow.supplies(), flow.sinks(), flow.flow(), flow.unplaced(), flow.got()),
            (
                begun.arcs(),
                begun.supplies(),
                begun.sinks(),
                begun.flow(),
                begun.unplaced(),
                begun.got()
            )
        );
        let again = flow.freeze(&()).unwrap();
        assert_eq!(certify(&again.problem, &again.solution), Ok(()), "{cancelled}");
        assert_eq!(again, frozen, "{cancelled}");
        // And what comes next is right.
        let mut flow = flow.clone();
        flow.apply(&more, &()).unwrap();
        assert_eq!(objective(&rows.problem(), flow.flow()), best, "{cancelled}");
    }
    assert!(cancelled > 5, "{cancelled}");
    let mut rows = Rows::new(&problem);
    rows.change_all(&edits);
    assert_eq!(flow.arcs(), rows.arcs);
    let best = objective(&rows.problem(), solve(&rows.problem(), &()).unwrap().flow());
    assert_eq!(objective(&rows.problem(), flow.flow()), best);
}

#[test]
fn a_flow_from_elsewhere_is_checked_and_made_best() {
    let size = Size { sources: 8, sinks: 5, arcs: 30, units: 3, classes: 3 };
    let mut mended = 0;
    for seed in 0..300 {
        let (problem, _) = draw(seed, size);
        let solution = solve(&problem, &()).unwrap();
        // What is best where others have to be placed is not best here; no cost may change.
        let others = sources(&problem).into_iter().map(|source| {
            let unplaced = match source.unplaced {
                Unplaced::Cost(0) => Unplaced::LAST,
                Unplaced::Class(class) if seed % 2 == 0 => Unplaced::Class(u32::MAX - class),
                Unplaced::Class(_) => Unplaced::Cost(0),
                cost @ Unplaced::Cost(_) => cost,
            };
            Source { unplaced, ..source }
        });
        let others: Vec<Source> = others.collect();
        let foreign = rebuild(&others, problem.sinks(), problem.arcs().iter().copied());
        let foreign = solve(&foreign, &()).unwrap();
        let flow = Reoptimizer::new(&problem, &foreign, 1, &()).unwrap();
        check(&flow, &Rows::new(&problem), foreign.flow(), 1, seed);
        mended += usize::from(flow.flow() != foreign.flow());
        assert!(matches!(
            Reoptimizer::new(&problem, &solution, 0, &AtomicBool::new(true)),
            Err(Stopped::Cancelled(Cancelled))
        ));
    }
    assert!(mended > 30, "{mended}");

    // Nor what is best where the sinks were in want of more.
    let mut mended = 0;
    for seed in 0..300 {
        let (wanting, can_be_met) = draw(seed, size);
        if !can_be_met {
            continue;
        }
        let mut random = Random(seed);
        let fewer: Vec<Sink> = wanting
            .sinks()
            .iter()
            .map(|sink| Sink { min: random.below(sink.min + 1) * random.below(2), ..*sink })
            .collect();
        let problem = rebuild(&sources(&wanting), &fewer, wanting.arcs().iter().copied());
        let foreign = solve(&wanting, &()).unwrap();
        let flow = Reoptimizer::new(&problem, &foreign, 1, &()).unwrap();
        check(&flow, &Rows::new(&problem), foreign.flow(), 1, seed);
        mended += usize::from(flow.flow() != foreign.flow());
    }
    assert!(mended > 30, "{mended}");

    let (problem, other) = (draw(2, size).0, draw(3, size).0);
    let refused = Reoptimizer::new(&problem, &solve(&other, &()).unwrap(), 1, &());
    let Err(Stopped::Refused(defects)) = refused else { panic!() };
    assert_eq!(defects.into_iter().collect::<Vec<_>>(), [Defect::Length]);
}
