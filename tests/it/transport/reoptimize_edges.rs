//! What is refused of edits, and the edges of what is not.

use epitier::Stopped;
use epitier::solver::transport::{
    Arc, Defect, Edit, ProblemBuilder, ProblemError, Reoptimizer, Sink, Source, Unplaced, certify,
    solve,
};

use super::cases::rebuild;

#[test]
fn every_wrong_edit_is_named() {
    let mut builder = ProblemBuilder::new();
    let source = builder.supply(i64::MAX - 5);
    let sink = builder.sink(Sink { min: 1, max: 3, class: 0 });
    builder.arc(Arc { source, sink, cap: None, cost: 7 });
    let problem = builder.build().unwrap();
    let solution = solve(&problem, &()).unwrap();
    let mut flow = Reoptimizer::new(&problem, &solution, 10, &()).unwrap();
    let limits = |min, max| Sink { min, max, class: 0 };
    // One source and one sink, two of each at the end: costs up to a fifth of the range.
    let limit = i64::MAX / 5 - 10;
    let edits = [
        Edit::NewSource { units: -2 },
        Edit::NewSink { limits: limits(3, 2) },
        Edit::Sink { sink: 0, limits: limits(-1, 2) },
        Edit::Supply { source: 9, units: 1 },
        Edit::Sink { sink: 9, limits: limits(0, 0) },
        Edit::Arc { arc: 9, cap: None, cost: 0 },
        Edit::Arc { arc: 0, cap: Some(-1), cost: limit + 1 },
        Edit::NewArc { arc: Arc { source: 2, sink: 2, cap: None, cost: -limit } },
        Edit::NewArc { arc: Arc { source: 1, sink: 1, cap: None, cost: -limit - 1 } },
    ];
    let Err(Stopped::Refused(problems)) = flow.apply(&edits, &()) else { panic!() };
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [
            ProblemError::NegativeSupply { row: 0, supply: -2 },
            ProblemError::MinAboveMax { row: 1, min: 3, max: 2 },
            ProblemError::NegativeDemand { row: 2, min: -1 },
            ProblemError::UnknownSource { row: 3, number: 9 },
            ProblemError::UnknownSink { row: 4, number: 9 },
            ProblemError::UnknownArc { row: 5, number: 9 },
            ProblemError::NegativeCapacity { row: 6, cap: -1 },
            ProblemError::CostOutOfRange { row: 6, cost: limit + 1, limit },
            ProblemError::UnknownSource { row: 7, number: 2 },
            ProblemError::UnknownSink { row: 7, number: 2 },
            ProblemError::CostOutOfRange { row: 8, cost: -limit - 1, limit },
        ],
    );
    let sums = [
        Edit::NewSource { units: 6 },
        Edit::Sink { sink: 0, limits: limits(i64::MAX, i64::MAX) },
        Edit::NewSink { limits: limits(1, 1) },
    ];
    let Err(Stopped::Refused(problems)) = flow.apply(&sums, &()) else { panic!() };
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [ProblemError::SupplyOutOfRange { row: 0 }, ProblemError::DemandOutOfRange { row: 2 }],
    );
    // The row to blame is the last that added something, and of two of one thing the last holds.
    let full = i64::MAX - 5;
    let rows = [
        Edit::Supply { source: 0, units: 0 },
        Edit::NewSource { units: 10 },
        Edit::Supply { source: 0, units: full },
        Edit::Supply { source: 0, units: full },
    ];
    let Err(Stopped::Refused(problems)) = flow.apply(&rows, &()) else { panic!() };
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [ProblemError::SupplyOutOfRange { row: 2 }]
    );
    let rows = [Edit::NewSource { units: 3 }, Edit::NewSource { units: 3 }];
    let Err(Stopped::Refused(problems)) = flow.apply(&rows, &()) else { panic!() };
    assert_eq!(
        problems.into_iter().collect::<Vec<_>>(),
        [ProblemError::SupplyOutOfRange { row: 1 }]
    );
    // What is over at one time is not at the end.
    flow.apply(&[sums[0], Edit::Supply { source: 0, units: 0 }], &()).unwrap();
    assert_eq!(flow.got(), [0]);

    // Costs that were right become too large for more nodes.
    let far = Edit::Arc { arc: 0, cap: None, cost: i64::MAX / 3 - 10 };
    let mut flow = Reoptimizer::new(&problem, &solution, 10, &()).unwrap();
    flow.apply(&[far], &()).unwrap();
    let more = [Edit::NewSource { units: 1 }, Edit::NewSink { limits: limits(1, 1) }];
    let Err(Stopped::Refused(problems)) = flow.apply(&more, &()) else { panic!() };
    let error = ProblemError::CostOutOfRange { row: 1, cost: i64::MAX / 3 - 10, limit };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [error]);
    for cost in [limit, limit + 1] {
        let mut flow = Reoptimizer::new(&problem, &solution, 10, &()).unwrap();
        flow.apply(&[Edit::Arc { arc: 0, cap: None, cost }], &()).unwrap();
        assert_eq!(flow.apply(&more, &()).is_ok(), cost == limit);
    }
}

#[test]
fn a_stay_price_keeps_within_the_number_range() {
    let problem = |unplaced| {
        let source = Source { supply: 1, unplaced: Unplaced::Cost(unplaced) };
        let arc = Arc { source: 0, sink: 0, cap: None, cost: -100 };
        rebuild(&[source], &[Sink { min: 1, max: 1, class: 0 }], [arc])
    };
    let dear = problem(-101);
    let refused = Reoptimizer::new(&dear, &solve(&dear, &()).unwrap(), i64::MAX, &());
    let Err(Stopped::Refused(defects)) = refused else { panic!() };
    let limit = i64::MAX / 3 - 101;
    assert_eq!(defects.into_iter().collect::<Vec<_>>(), [Defect::StayPrice { limit }]);

    let problem = problem(0);
    let solution = solve(&problem, &()).unwrap();
    let limit = i64::MAX / 3 - 100;
    for stay in [-1, limit + 1, i64::MAX] {
        let Err(Stopped::Refused(defects)) = Reoptimizer::new(&problem, &solution, stay, &())
        else {
            panic!("{stay}")
        };
        assert_eq!(defects.into_iter().collect::<Vec<_>>(), [Defect::StayPrice { limit }]);
    }
    let mut flow = Reoptimizer::new(&problem, &solution, limit, &()).unwrap();
    flow.apply(&[Edit::Arc { arc: 0, cap: None, cost: 100 }], &()).unwrap();
    let frozen = flow.freeze(&()).unwrap();
    assert_eq!(certify(&frozen.problem, &frozen.solution), Ok(()));
    assert_eq!(frozen.solution.cost(), i128::from(100 - limit));
}

/// The few units of the urgent sink would come back from the other arc, three at a time.
#[test]
fn a_large_source_leaves_in_few_steps() {
    let mut builder = ProblemBuilder::new();
    let source = builder.supply(1 << 40);
    let sinks = [Sink { min: 3, max: 3, class: 0 }, Sink { min: 1 << 40, max: 1 << 40, class: 1 }];
    for limits in sinks {
        let sink = builder.sink(limits);
        builder.arc(Arc { source, sink, cap: None, cost: 1 });
    }
    let problem = builder.build().unwrap();
    let solution = solve(&problem, &()).unwrap();
    let flow = Reoptimizer::new(&problem, &solution, 0, &()).unwrap();
    for edit in [Edit::Supply { source, units: 0 }, Edit::Arc { arc: 1, cap: Some(0), cost: 1 }] {
        let mut flow = flow.clone();
        flow.apply(&[edit], &()).unwrap();
        let left = if matches!(edit, Edit::Supply { .. }) { 0 } else { 3 };
        assert_eq!(flow.got(), [left, 0]);
        let frozen = flow.freeze(&()).unwrap();
        assert_eq!(certify(&frozen.problem, &frozen.solution), Ok(()));
    }
}
