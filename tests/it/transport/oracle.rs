//! Two slow solvers that know nothing of levels: the objective is compared as the list that it is.

use std::collections::BTreeSet;
use std::ops::Range;

use epitier::solver::transport::{Problem, Solution, Unplaced, certify, solve};

use super::cases::{Size, draw};
use super::shapes::single_places;
use crate::random::Random;

/// Units short of each class of sinks (from the most urgent), units unplaced of each class of sources
/// (from the most urgent), cost.
pub(super) type Objective = Vec<i64>;

/// The classes, each kind from the most urgent on.
pub(super) struct Classes {
    pub(super) sinks: Vec<u32>,
    pub(super) sources: Vec<u32>,
}

impl Classes {
    pub(super) fn of(problem: &Problem) -> Self {
        let sources = (0..).zip(problem.supplies()).filter_map(|(source, _)| {
            match problem.unplaced(source) {
                Unplaced::Class(class) => Some(class),
                Unplaced::Cost(_) => None,
            }
        });
        let distinct = |classes: BTreeSet<u32>| classes.into_iter().collect();
        Self {
            sinks: distinct(problem.sinks().iter().map(|sink| sink.class).collect()),
            sources: distinct(sources.collect()),
        }
    }

    /// An objective of nothing.
    pub(super) fn zero(&self) -> Objective {
        vec![0; self.sinks.len() + self.sources.len() + 1]
    }

    pub(super) fn short(&self, class: u32) -> usize {
        self.sinks.binary_search(&class).unwrap()
    }

    /// The place in an objective, and how much a unit counts there, that stays unplaced.
    pub(super) fn unplaced(&self, unplaced: Unplaced) -> (usize, i64) {
        match unplaced {
            Unplaced::Class(class) => {
                (self.sinks.len() + self.sources.binary_search(&class).unwrap(), 1)
            }
            Unplaced::Cost(cost) => (self.sinks.len() + self.sources.len(), cost),
        }
    }
}

/// The objective of any flow, straight from its definition; `None` if it is not feasible.
pub(super) fn objective(problem: &Problem, flow: &[i64]) -> Option<Objective> {
    let classes = Classes::of(problem);
    let mut kept = problem.supplies().to_vec();
    let mut got = vec![0; problem.sinks().len()];
    let mut cost = 0;
    for (arc, &units) in problem.arcs().iter().zip(flow) {
        if units < 0 || arc.cap.is_some_and(|cap| units > cap) {
            return None;
        }
        kept[arc.source as usize] -= units;
        got[arc.sink as usize] += units;
        cost += units * arc.cost;
    }
    let mut objective = classes.zero();
    for (sink, got) in problem.sinks().iter().zip(got) {
        if got > sink.max {
            return None;
        }
        objective[classes.short(sink.class)] += (sink.min - got).max(0);
    }
    if kept.iter().any(|&units| units < 0) {
        return None;
    }
    for (source, units) in (0..).zip(kept) {
        let (place, each) = classes.unplaced(problem.unplaced(source));
        objective[place] += units * each;
    }
    *objective.last_mut().unwrap() += cost;
    Some(objective)
}

/// Everything that arcs could carry, feasible or not.
pub(super) fn all_flows(problem: &Problem) -> impl Iterator<Item = Vec<i64>> + use<> {
    let most: Vec<i64> = problem
        .arcs()
        .iter()
        .map(|arc| arc.cap.unwrap_or(i64::MAX).min(problem.supplies()[arc.source as usize]))
        .collect();
    // Counts like an odometer.
    std::iter::successors(Some(vec![0; most.len()]), move |flow| {
        let digit = (0..flow.len()).find(|&digit| flow[digit] < most[digit])?;
        let mut flow = flow.clone();
        flow[digit] += 1;
        flow[..digit].fill(0);
        Some(flow)
    })
}

/// The best of all flows there are.
fn by_exhaustion(problem: &Problem) -> Objective {
    all_flows(problem).filter_map(|flow| objective(problem, &flow)).min().unwrap()
}

struct Edge {
    from: usize,
    to: usize,
    room: i64,
    cost: Objective,
}

/// Successive shortest paths by Bellman and Ford, with lists as lengths.
pub(super) fn by_shortest_paths(problem: &Problem) -> Objective {
    let classes = Classes::of(problem);
    let (sources, sinks) = (problem.supplies().len(), problem.sinks().len());
    let (start, end) = (sources + sinks, sources + sinks + 1);
    let zero = classes.zero();
    let money = zero.len() - 1;
    let unit = |place: usize, amount: i64| {
        let mut list = zero.clone();
        list[place] = amount;
        list
    };
    // Edge 2 k + 1 is edge 2 k backwards.
    let mut edges: Vec<Edge> = Vec::new();
    let mut join = |from, to, room, cost: Objective| {
        let back = cost.iter().map(|c| -c).collect();
        edges.push(Edge { from, to, room, cost });
        edges.push(Edge { from: to, to: from, room: 0, cost: back });
    };
    for (source, &supply) in problem.supplies().iter().enumerate() {
        join(start, source, supply, zero.clone());
        let (place, each) = classes.unplaced(problem.unplaced(u32::try_from(source).unwrap()));
        join(source, end, supply, unit(place, each));
    }
    for arc in problem.arcs() {
        let room = arc.cap.unwrap_or(problem.supplies()[arc.source as usize]);
        let sink = sources + arc.sink as usize;
        join(arc.source as usize, sink, room, unit(money, arc.cost));
    }
    let mut total = zero.clone();
    for (at, sink) in problem.sinks().iter().enumerate() {
        let class = classes.short(sink.class);
        join(sources + at, end, sink.min, unit(class, -1));
        join(sources + at, end, sink.max - sink.min, zero.clone());
        total[class] += sink.min;
    }

    loop {
        let mut best: Vec<Option<(Objective, usize)>> = vec![None; end + 1];
        best[start] = Some((zero.clone(), usize::MAX));
        let mut changed = true;
        while changed {
            changed = false;
            for (number, edge) in edges.iter().enumerate().filter(|(_, edge)| edge.room > 0) {
                let Some((length, _)) = &best[edge.from] else { continue };
                let length: Objective = length.iter().zip(&edge.cost).map(|(a, b)| a + b).collect();
                if best[edge.to].as_ref().is_none_or(|(known, _)| length < *known) {
                    best[edge.to] = Some((length, number));
                    changed = true;
                }
            }
        }
        let Some((length, _)) = best[end].clone() else { return total };
        let mut path = Vec::new();
        let mut at = end;
        while at != start {
            let edge = best[at].as_ref().unwrap().1;
            path.push(edge);
            at = edges[edge].from;
        }
        let units = path.iter().map(|&edge| edges[edge].room).min().unwrap();
        for edge in path {
            edges[edge].room -= units;
            edges[edge ^ 1].room += units;
        }
        for (sum, step) in total.iter_mut().zip(length) {
            *sum += units * step;
        }
    }
}

/// Solves and certifies, and checks the stated totals against the definition.
fn solved(problem: &Problem, seed: u64) -> (Solution, Objective) {
    let solution = solve(problem, &()).unwrap();
    assert_eq!(certify(problem, &solution), Ok(()), "seed {seed}");
    let objective = objective(problem, solution.flow()).unwrap();
    let short: Vec<(u32, i64)> = Classes::of(problem)
        .sinks
        .into_iter()
        .zip(objective.clone())
        .filter(|&(_, n)| n > 0)
        .collect();
    assert_eq!(solution.unfilled_by_class().collect::<Vec<_>>(), short, "seed {seed}");
    assert_eq!(solution.cost(), i128::from(*objective.last().unwrap()), "seed {seed}");
    (solution, objective)
}

/// What the cases of a test must have shown.
#[derive(Debug, Default)]
struct Seen {
    nothing_short: usize,
    several_classes_short: usize,
    must_place_but_cannot: usize,
    /// Units of an urgent class are placed, of a less urgent one not.
    classes_of_unplaced: usize,
    /// Units stay unplaced at a cost, and others do not.
    pays_for_unplaced: usize,
    beyond_mandatory: usize,
    full_arcs: usize,
    earning: usize,
    parallel_arcs: usize,
}

impl Seen {
    fn note(&mut self, problem: &Problem, solution: &Solution) {
        let sum = |units: &[i64]| units.iter().sum::<i64>();
        let mandatory: i64 = problem.sinks().iter().map(|sink| sink.min).sum();
        let mut pairs: Vec<_> = problem.arcs().iter().map(|a| (a.source, a.sink)).collect();
        pairs.sort_unstable();
        let full = problem.arcs().iter().zip(solution.flow());
        let filled = mandatory - sum(solution.unfilled());
        self.nothing_short += usize::from(mandatory > 0 && solution.shortages().is_empty());
        self.several_classes_short += usize::from(solution.shortages().len() > 1);
        let kept = (0..).zip(problem.supplies()).zip(solution.unplaced());
        let kept = kept.map(|((source, &all), &kept)| (problem.unplaced(source), all - kept, kept));
        let left: Vec<u32> = kept
            .clone()
            .filter_map(|(unplaced, _, kept)| match unplaced {
                Unplaced::Class(class) if kept > 0 => Some(class),
                _ => None,
            })
            .collect();
        let before_others = |(unplaced, placed, _)| matches!(unplaced, Unplaced::Class(c) if placed > 0 && left.iter().any(|&l| l > c));
        let pays = |placed: bool| {
            kept.clone().any(|(unplaced, sent, kept)| {
                matches!(unplaced, Unplaced::Cost(1..)) && if placed { sent > 0 } else { kept > 0 }
            })
        };
        self.must_place_but_cannot += usize::from(!left.is_empty());
        self.classes_of_unplaced += usize::from(kept.clone().any(before_others));
        self.pays_for_unplaced += usize::from(pays(true) && pays(false));
        self.beyond_mandatory += usize::from(sum(solution.flow()) > filled);
        self.full_arcs += usize::from(full.clone().any(|(a, &f)| f > 0 && a.cap == Some(f)));
        self.earning += usize::from(full.clone().any(|(a, &f)| f > 0 && a.cost < 0));
        self.parallel_arcs += usize::from(pairs.windows(2).any(|pair| pair[0] == pair[1]));
    }

    fn assert_interesting(&self, each: usize) {
        let Self { nothing_short, several_classes_short, must_place_but_cannot, .. } = *self;
        let Self { classes_of_unplaced, pays_for_unplaced, .. } = *self;
        let Self { beyond_mandatory, full_arcs, earning, parallel_arcs, .. } = *self;
        let least = [
            nothing_short,
            several_classes_short,
            must_place_but_cannot,
            classes_of_unplaced,
            pays_for_unplaced,
            beyond_mandatory,
            full_arcs,
            earning,
            parallel_arcs,
        ];
        assert!(least.iter().all(|&count| count >= each), "{self:?}");
    }
}

/// Solves problem after problem as an oracle does; each kind of case must come up so many times.
fn compare(oracle: fn(&Problem) -> Objective, size: Size, seeds: Range<u64>, each: usize) {
    let mut seen = Seen::default();
    for seed in seeds {
        let (problem, feasible) = draw(seed, size);
        let (solution, objective) = solved(&problem, seed);
        assert_eq!(objective, oracle(&problem), "seed {seed}: {problem:?}");
        assert!(!feasible || solution.shortages().is_empty(), "seed {seed}");
        seen.note(&problem, &solution);
    }
    seen.assert_interesting(each);
}

const TINY: Size = Size { sources: 3, sinks: 3, arcs: 5, units: 2, classes: 3 };

#[test]
fn tiny_problems_are_solved_as_by_trying_everything() {
    compare(by_exhaustion, TINY, 0..10_000, 100);
}

#[test]
fn larger_problems_are_solved_as_by_shortest_paths() {
    let size = Size { sources: 14, sinks: 8, arcs: 60, units: 4, classes: 5 };
    compare(by_shortest_paths, size, 0..600, 20);
}

#[test]
fn single_places_are_filled_as_by_shortest_paths() {
    for seed in 0..1_000 {
        let problem = single_places(&mut Random(seed), 12);
        let (_, objective) = solved(&problem, seed);
        assert_eq!(objective, by_shortest_paths(&problem), "seed {seed}");
    }
}

#[test]
fn the_oracles_agree() {
    for seed in 10_000..11_000 {
        let (problem, _) = draw(seed, TINY);
        assert_eq!(by_shortest_paths(&problem), by_exhaustion(&problem), "seed {seed}");
    }
}
