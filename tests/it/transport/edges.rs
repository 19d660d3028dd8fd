//! What is refused, and the edges of what is not.

use epitier::solver::transport::{
    Arc, Price, Problem, ProblemBuilder, ProblemError, Sink, Solution, Source, Unplaced, certify,
    solve,
};

fn builder(supplies: &[i64], sinks: &[Sink], arcs: &[Arc]) -> ProblemBuilder {
    let mut builder = ProblemBuilder::new();
    for &supply in supplies {
        builder.supply(supply);
    }
    for &sink in sinks {
        builder.sink(sink);
    }
    for &arc in arcs {
        builder.arc(arc);
    }
    builder
}

fn problem(supplies: &[i64], sinks: &[Sink], arcs: &[Arc]) -> Problem {
    builder(supplies, sinks, arcs).build().unwrap()
}

fn certified(problem: &Problem) -> Solution {
    let solution = solve(problem, &()).unwrap();
    assert_eq!(certify(problem, &solution), Ok(()));
    solution
}

const fn sink(min: i64, max: i64) -> Sink {
    Sink { min, max, class: 0 }
}

const fn arc(source: u32, sink: u32, cap: Option<i64>, cost: i64) -> Arc {
    Arc { source, sink, cap, cost }
}

#[test]
fn every_bad_row_is_named_in_order() {
    let far = i64::MAX / 5;
    let mut builder = builder(
        &[i64::MAX, -1, 1],
        &[sink(-1, 5), sink(6, 5), sink(i64::MAX, i64::MAX), sink(1, 1)],
        &[
            arc(0, 0, None, far),
            arc(5, 9, Some(-2), 1),
            arc(0, 0, None, i64::MAX / 9),
            arc(0, 0, None, -i64::MAX / 9 - 1),
            arc(0, 0, None, i64::MIN),
        ],
    );
    let limit = i64::MAX / 9;
    for cost in [-limit, limit + 1] {
        builder.source(Source { supply: 0, unplaced: Unplaced::Cost(cost) });
    }
    let found = builder.build().unwrap_err();
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        [
            ProblemError::NegativeSupply { row: 1, supply: -1 },
            ProblemError::SupplyOutOfRange { row: 2 },
            ProblemError::UnplacedCostOutOfRange { row: 4, cost: limit + 1, limit },
            ProblemError::NegativeDemand { row: 0, min: -1 },
            ProblemError::MinAboveMax { row: 1, min: 6, max: 5 },
            ProblemError::DemandOutOfRange { row: 3 },
            ProblemError::CostOutOfRange { row: 0, cost: far, limit },
            ProblemError::UnknownSource { row: 1, number: 5 },
            ProblemError::UnknownSink { row: 1, number: 9 },
            ProblemError::NegativeCapacity { row: 1, cap: -2 },
            ProblemError::CostOutOfRange { row: 3, cost: -limit - 1, limit },
            ProblemError::CostOutOfRange { row: 4, cost: i64::MIN, limit },
        ]
    );
}

#[test]
fn the_largest_costs_are_solved_exactly() {
    // A path through both sources and both sinks, back and forth, in which every cost is at the limit.
    let limit = i64::MAX / 5;
    for sign in [1, -1] {
        let problem = problem(
            &[1, 1],
            &[sink(1, 1), sink(1, 2)],
            &[
                arc(0, 0, None, sign * limit),
                arc(0, 1, None, -sign * limit),
                arc(1, 0, None, -sign * limit),
                arc(1, 1, None, sign * limit),
            ],
        );
        let solution = certified(&problem);
        assert_eq!(solution.cost(), -2 * i128::from(limit));
        let most = solution.sink_prices().iter().map(|price| price.cost.abs()).max();
        assert!(most.unwrap() >= limit, "{most:?}");
    }
}

#[test]
fn a_path_of_the_largest_costs_stays_in_range() {
    // Source k must fill sink k and also reaches sink k + 1, so the last sink has the only free place,
    // and one more unit at source 0 gets there by pushing all others on. A closed sink adds one cost.
    let nodes = 50_u32;
    let limit = i64::MAX / (2 * i64::from(nodes) + 1);
    for sign in [1, -1] {
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(true);
        for _ in 0..nodes {
            builder.supply(1);
            builder.sink(sink(1, 1));
        }
        builder.sink(sink(0, 1));
        let closed = builder.sink(sink(0, 0));
        for at in 0..nodes {
            builder.arc(arc(at, at, None, -sign * limit));
            builder.arc(arc(at, at + 1, None, sign * limit));
        }
        builder.arc(arc(0, closed, None, -sign * limit));
        let solution = certified(&builder.build().unwrap());
        let steps = 2 * i64::from(nodes);
        let first = Price { level: 0, cost: sign * (steps - 1) * limit };
        assert_eq!(solution.source_prices()[0], first);
        let least = Price { level: 0, cost: (sign * steps * limit).max(0) };
        assert_eq!(solution.sink_prices()[closed as usize], least);
    }
}

#[test]
fn a_path_that_ends_unplaced_stays_in_range() {
    // Source k + 1 stands at sink k. One more unit at source 0, which has to be placed, pushes all others
    // on, and the last one out. A closed sink adds one cost.
    let nodes = 50_u32;
    for (sign, closed) in [(1, 0), (-1, 0), (1, 1), (-1, 1)] {
        let limit = i64::MAX / (2 * i64::from(nodes + closed) + 1);
        let mut builder = ProblemBuilder::new();
        for at in 0..=nodes {
            let cost = Unplaced::Cost(sign * limit);
            let unplaced = if at == nodes { cost } else { Unplaced::Class(at) };
            builder.source(Source { supply: i64::from(at > 0), unplaced });
        }
        for at in 0..nodes {
            builder.sink(sink(1, 1));
            builder.arc(arc(at, at, None, sign * limit));
            builder.arc(arc(at + 1, at, None, -sign * limit));
        }
        for _ in 0..closed {
            let closed = builder.sink(sink(0, 0));
            builder.arc(arc(0, closed, None, -sign * limit));
        }
        let solution = certified(&builder.build().unwrap());
        let steps = 2 * i64::from(nodes) + 1;
        assert_eq!(solution.source_prices()[0], Price { level: 0, cost: sign * steps * limit });
        for &price in &solution.sink_prices()[nodes as usize..] {
            let least = (sign * (steps + 1) * limit).max(0);
            assert_eq!(price, Price { level: 0, cost: least });
        }
    }
}

#[test]
fn unplaced_units_cost_what_is_stated() {
    // Three people and two places: who must be placed is, and of the others the one who costs most unplaced.
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    let (staying, going) = (Unplaced::Cost(4), Unplaced::Cost(9));
    for unplaced in [staying, going] {
        builder.source(Source { supply: 1, unplaced });
    }
    let unstated = builder.supply(1);
    builder.sink(sink(0, 2));
    for source in 0..3 {
        builder.arc(arc(source, 0, None, 3));
    }
    let three = builder.clone().build().unwrap();
    assert_eq!([0, 1, 2].map(|source| three.unplaced(source)), [staying, going, Unplaced::LAST]);
    let solution = certified(&three);
    assert_eq!(solution.unplaced(), [1, 0, 0]);
    assert_eq!(solution.cost(), 3 + 3 + 4);
    assert_eq!(solution.source_prices()[0], Price { level: 0, cost: 4 });

    // A place less is the loss of the dearer of the two who only cost something.
    assert_eq!(solution.sink_prices()[0], Price { level: 0, cost: 9 - 3 });
    builder.place_everybody(false);
    let solution = certified(&builder.build().unwrap());
    assert_eq!((solution.unplaced(), solution.cost()), (&[0, 0, 1][..], 6));
    assert_eq!(three.unplaced_price(unstated), Price { level: 1, cost: 0 });
}

#[test]
fn the_largest_supplies_and_capacities_are_solved_exactly() {
    let many = i64::MAX;
    let problem = problem(
        &[many - 7, 7],
        &[sink(many, many), Sink { min: 0, max: many, class: 1 }],
        &[
            arc(0, 0, Some(many), i64::MAX / 5),
            arc(0, 0, Some(many), i64::MAX / 5),
            arc(1, 0, None, -i64::MAX / 5),
            arc(1, 1, Some(many), -i64::MAX / 5),
            arc(0, 1, Some(many), -i64::MAX / 5),
        ],
    );
    let solution = certified(&problem);
    assert_eq!(solution.missing(0), 0);
    let expected = i128::from(i64::MAX / 5) * i128::from(many - 14);
    assert_eq!(solution.cost(), expected);

    let mut open = builder(&[many], &[sink(0, many)], &[arc(0, 0, None, -i64::MAX / 3)]);
    let free = certified(&open.clone().build().unwrap());
    open.place_everybody(true);
    assert_eq!(certified(&open.build().unwrap()).cost(), free.cost());
    assert_eq!(free.cost(), -i128::from(i64::MAX / 3) * i128::from(many));
}

#[test]
fn empty_and_idle_parts_are_legal() {
    let nothing = certified(&problem(&[], &[], &[]));
    assert_eq!((nothing.cost(), nothing.shortages().len()), (0, 0));

    let lonely = certified(&problem(&[3, 0], &[sink(2, 4), sink(0, 0)], &[]));
    assert_eq!((lonely.unplaced(), lonely.unfilled()), (&[3, 0][..], &[2, 0][..]));
    assert_eq!(lonely.short_sinks(0), [0]);

    let still = problem(
        &[0, 5, 0],
        &[sink(3, 3), sink(0, 0), sink(0, 9)],
        &[
            arc(0, 0, None, -5),
            arc(1, 0, Some(0), -5),
            arc(0, 1, Some(4), -9),
            arc(1, 1, None, -9),
            arc(1, 2, None, 0),
            arc(2, 0, Some(0), -5),
        ],
    );
    let still = certified(&still);
    assert_eq!(still.source_prices()[0], Price { level: -1, cost: -5 });
    assert_eq!(still.source_prices()[2], Price::default(), "nothing can leave");
    assert_eq!((&still.flow()[..4], still.missing(0)), (&[0; 4][..], 3));
    assert!(still.sink_prices()[1] >= Price { level: 0, cost: 9 });
}

#[test]
fn a_million_arcs_between_two_nodes_are_no_square() {
    let mut builder = ProblemBuilder::new();
    builder.supply(500_000);
    builder.sink(sink(400_000, 500_000));
    for cost in 0..1_000_000 {
        builder.arc(arc(0, 0, Some(1), (cost * 7_919) % 1_000_003 - 300_000));
    }
    let solution = certified(&builder.build().unwrap());
    assert_eq!(solution.flow().iter().sum::<i64>(), 400_000);
}

#[cfg(feature = "serde")]
#[test]
fn codes_stand_in_the_serialised_form() {
    use epitier::solver::transport::Defect;

    fn check<E: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        error: &E,
        code: &str,
    ) {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], code);
        assert_eq!(serde_json::from_value::<E>(value).unwrap(), *error);
    }
    for error in [
        ProblemError::TooManyRows { rows: 1 },
        ProblemError::NegativeSupply { row: 1, supply: -1 },
        ProblemError::SupplyOutOfRange { row: 1 },
        ProblemError::UnplacedOfNobody { row: 1 },
        ProblemError::UnplacedCostOutOfRange { row: 1, cost: 2, limit: 1 },
        ProblemError::NegativeDemand { row: 1, min: -1 },
        ProblemError::MinAboveMax { row: 1, min: 2, max: 1 },
        ProblemError::DemandOutOfRange { row: 1 },
        ProblemError::UnknownSource { row: 1, number: 2 },
        ProblemError::UnknownSink { row: 1, number: 2 },
        ProblemError::NegativeCapacity { row: 1, cap: -1 },
        ProblemError::CostOutOfRange { row: 1, cost: 2, limit: 1 },
    ] {
        check(&error, error.code());
    }
    for defect in [
        Defect::Length,
        Defect::Flow { row: 1 },
        Defect::Supply { row: 1 },
        Defect::Demand { row: 1 },
        Defect::Cost,
        Defect::ArcPrice { row: 1 },
        Defect::SourcePrice { row: 1 },
        Defect::SinkPrice { row: 1 },
        Defect::Worth,
        Defect::Bound,
        Defect::Shortage { class: 1 },
    ] {
        check(&defect, defect.code());
    }
}

#[cfg(feature = "serde")]
#[test]
fn files_are_read_back_and_checked() {
    let problem = problem(&[2], &[sink(3, 4)], &[arc(0, 0, Some(1), -5)]);
    let text = serde_json::to_string(&problem).unwrap();
    assert_eq!(
        text,
        r#"{"format":1,"supplies":[2],"sinks":[{"min":3,"max":4,"class":0}],"arcs":[{"source":0,"sink":0,"cap":1,"cost":-5}],"place_everybody":false}"#
    );
    let read = |text: &str| serde_json::from_str::<Problem>(text).map_err(|e| e.to_string());
    assert_eq!(read(&text), Ok(problem.clone()));
    assert!(read(&text.replace("\"format\":1", "\"format\":2")).unwrap_err().contains("format 2"));
    assert!(read(&text.replace("[2]", "[-2]")).unwrap_err().contains("source 0 holds -2"));

    let stating = |list: &str| text.replace("false}", &format!("false,\"unplaced\":{list}}}"));
    let mut builder = ProblemBuilder::new();
    builder.source(Source { supply: 2, unplaced: Unplaced::Class(3) });
    builder.sink(sink(3, 4));
    builder.arc(arc(0, 0, Some(1), -5));
    let stated = builder.build().unwrap();
    assert_eq!(serde_json::to_string(&stated).unwrap(), stating(r#"[{"class":3}]"#));
    assert_eq!(read(&stating(r#"[{"class":3}]"#)), Ok(stated));
    assert!(read(&stating(r#"[null,{"cost":3}]"#)).unwrap_err().contains("no source 1"));

    let solution = certified(&problem);
    let text = serde_json::to_string(&solution).unwrap();
    assert_eq!(serde_json::from_str::<Solution>(&text).unwrap(), solution);
    let newer = text.replace("\"format\":1", "\"format\":2");
    assert!(serde_json::from_str::<Solution>(&newer).is_err());
}
