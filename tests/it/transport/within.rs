//! Plans so far: feasible, never better than the best nor than their bound, and proven.

use epitier::solver::transport::{
    BestSoFar, Problem, Unplaced, Within, Worth, solve, solve_within,
};

use super::cases::{Size, draw};
use super::oracle::objective;
use crate::support::{Seen, on_pools};

/// What a flow is worth, from the definition: each class counts one more than the next less urgent one.
fn worth(problem: &Problem, flow: &[i64]) -> Worth {
    let mut classes: Vec<u32> = problem.sinks().iter().map(|sink| sink.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut unplaced: Vec<u32> = (0..)
        .zip(problem.supplies())
        .filter_map(|(source, _)| match problem.unplaced(source) {
            Unplaced::Class(class) => Some(class),
            Unplaced::Cost(_) => None,
        })
        .collect();
    unplaced.sort_unstable();
    unplaced.dedup();
    let weight = |classes: &[u32], class| {
        (classes.len() - classes.iter().position(|&other| other == class).unwrap()) as i128
    };
    let mut worth = Worth::default();
    let mut got = vec![0; problem.sinks().len()];
    let mut kept = problem.supplies().to_vec();
    for (arc, units) in problem.arcs().iter().zip(flow) {
        got[arc.sink as usize] += units;
        kept[arc.source as usize] -= units;
        worth.cost += i128::from(arc.cost) * i128::from(*units);
    }
    for (sink, got) in problem.sinks().iter().zip(got) {
        worth.level -= weight(&classes, sink.class) * i128::from(sink.min.min(got));
    }
    for (source, kept) in (0..).zip(kept) {
        match problem.unplaced(source) {
            Unplaced::Class(class) => worth.level += weight(&unplaced, class) * i128::from(kept),
            Unplaced::Cost(cost) => worth.cost += i128::from(cost) * i128::from(kept),
        }
    }
    worth
}

const SIZES: [Size; 3] = [
    Size { sources: 6, sinks: 4, arcs: 14, units: 4, classes: 3 },
    Size { sources: 60, sinks: 12, arcs: 400, units: 5, classes: 4 },
    Size { sources: 300, sinks: 40, arcs: 3_000, units: 3, classes: 2 },
];

fn stopped(problem: &Problem, work: u64) -> Option<BestSoFar> {
    match solve_within(problem, work, &()).unwrap() {
        Within::Best(solution) => {
            assert_eq!(solution, solve(problem, &()).unwrap());
            None
        }
        Within::Stopped(so_far) => Some(so_far),
    }
}

#[test]
fn a_plan_so_far_is_feasible_and_within_its_bound() {
    let seen = Seen::default();
    for (size, seeds) in SIZES.into_iter().zip([2_000, 300, 40]) {
        for seed in 0..seeds {
            let (problem, _) = draw(seed, size);
            let best = worth(&problem, solve(&problem, &()).unwrap().flow());
            let mut before = None;
            for work in [0, 1, 40, 700, 5_000, 40_000, u64::MAX] {
                let Some(so_far) = stopped(&problem, work) else {
                    seen.note("finished in time", work < u64::MAX);
                    before = Some(best);
                    continue;
                };
                assert_eq!(so_far.certify(&problem), Ok(()), "seed {seed}");
                assert!(objective(&problem, so_far.flow()).is_some(), "seed {seed}");
                assert_eq!(so_far.worth(), worth(&problem, so_far.flow()), "seed {seed}");
                assert!(so_far.bound() <= best && best <= so_far.worth(), "seed {seed}");
                assert!(before.is_none_or(|before| so_far.worth() <= before), "more work, worse");
                before = Some(so_far.worth());
                let gap = so_far.gap();
                seen.note("the best, not known to be", so_far.worth() == best);
                seen.note("known to be the best all the same", gap == Worth::default());
                seen.note("a bound that is exact", so_far.bound() == best);
                seen.note("only the cost is open", gap.level == 0 && gap.cost > 0);
                seen.note("the level is open", gap.level > 0);
                seen.note("stopped in the middle", work > 1);
            }
            assert!(stopped(&problem, u64::MAX).is_none());
        }
    }
    assert_eq!(seen.kinds(), 7);
    seen.assert_each(50);
}

#[test]
fn every_pool_stops_at_the_same_plan() {
    let mut stops = 0;
    for seed in 0..20 {
        let (problem, _) = draw(seed, SIZES[2]);
        for work in [0, 3_000, 20_000] {
            let alone = stopped(&problem, work);
            stops += usize::from(alone.is_some());
            for other in on_pools(|| stopped(&problem, work)) {
                assert!(other == alone);
            }
        }
    }
    assert!(stops > 20, "{stops}");
}

#[cfg(feature = "serde")]
/// Changes a number of the file of a plan so far.
fn changed(so_far: &BestSoFar, at: &str, by: i64) -> BestSoFar {
    let mut file = serde_json::to_value(so_far).unwrap();
    let number = file.pointer_mut(at).unwrap();
    *number = (number.as_i64().unwrap() + by).into();
    serde_json::from_value(file).unwrap()
}

#[cfg(feature = "serde")]
#[test]
fn a_forged_plan_so_far_proves_nothing() {
    use epitier::solver::transport::Defect;

    let mut tried = 0;
    for seed in 0..200 {
        let (problem, _) = draw(seed, SIZES[1]);
        let Some(so_far) = stopped(&problem, 0) else { continue };
        tried += 1;
        assert_eq!(changed(&so_far, "/bound/cost", -1).certify(&problem), Ok(()));
        for (at, by, defect) in [
            ("/bound/cost", 1, Defect::Bound),
            ("/bound/level", 1, Defect::Bound),
            ("/worth/cost", -1, Defect::Worth),
            ("/worth/level", 1, Defect::Worth),
            ("/cost", 1, Defect::Cost),
            ("/unfilled/0", 1, Defect::Demand { row: 0 }),
            ("/unplaced/0", 1, Defect::Supply { row: 0 }),
            ("/flow/0", -1_000_000, Defect::Flow { row: 0 }),
        ] {
            assert_eq!(changed(&so_far, at, by).certify(&problem), Err(defect), "{at}");
        }
        let wild = changed(&so_far, "/sink_prices/0/cost", i64::MIN / 2);
        assert!(matches!(wild.certify(&problem), Ok(()) | Err(Defect::Bound)));
    }
    assert!(tried > 100, "{tried}");
}
