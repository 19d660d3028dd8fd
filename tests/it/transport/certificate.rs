//! The certificate refuses whatever is not the proof of an optimum.

use epitier::solver::transport::{
    Arc, Defect, Problem, ProblemBuilder, Sink, Solution, certify, solve,
};
use serde_json::{Value, json};

use super::cases::{Size, draw};
use crate::random::Random;

/// Two short classes, a filled one, a limited arc, and two sinks that nobody reaches or needs.
fn problem() -> Problem {
    let mut builder = ProblemBuilder::new();
    builder.place_everybody(true);
    for supply in [4, 2, 5] {
        builder.supply(supply);
    }
    for (min, max, class) in [(3, 9, 0), (3, 9, 0), (5, 5, 5), (1, 3, 7), (0, 1, 0), (0, 1, 9)] {
        builder.sink(Sink { min, max, class });
    }
    for (source, sink, cap, cost) in [
        (0, 0, None, 900),
        (0, 1, None, 800),
        (0, 2, None, -50),
        (1, 2, None, 1),
        (2, 3, Some(1), 4),
        (2, 3, Some(4), 6),
    ] {
        builder.arc(Arc { source, sink, cap, cost });
    }
    builder.build().unwrap()
}

/// The solution with one value of its file changed.
fn with(solution: &Solution, path: &str, value: Value) -> Solution {
    let mut file = serde_json::to_value(solution).unwrap();
    *file.pointer_mut(path).unwrap() = value;
    serde_json::from_value(file).unwrap()
}

#[test]
fn each_defect_is_found_and_named() {
    let problem = problem();
    let good = solve(&problem, &()).unwrap();
    assert_eq!(certify(&problem, &good), Ok(()));
    assert_eq!(good.flow(), [1, 3, 0, 2, 1, 2]);
    assert_eq!(good.shortages().len(), 2);

    let level = |level: i64, cost: i64| json!({ "level": level, "cost": cost });
    for (path, value, defect) in [
        ("/flow", json!([1, 3, 0, 2, 1]), Defect::Length),
        ("/unplaced", json!([]), Defect::Length),
        ("/unfilled", json!([0, 0, 0, 0, 0]), Defect::Length),
        ("/source_prices", json!([]), Defect::Length),
        ("/sink_prices", json!([]), Defect::Length),
        ("/flow/0", json!(-1), Defect::Flow { row: 0 }),
        ("/flow/1", json!(5), Defect::Flow { row: 1 }),
        ("/flow/4", json!(2), Defect::Flow { row: 4 }),
        ("/flow/5", json!(i64::MAX), Defect::Flow { row: 5 }),
        ("/flow/1", json!(2), Defect::Supply { row: 0 }),
        ("/flow/2", json!(1), Defect::Supply { row: 0 }),
        ("/unplaced/2", json!(1), Defect::Supply { row: 2 }),
        ("/unplaced/0", json!(-1), Defect::Supply { row: 0 }),
        ("/flow", json!([1, 3, 0, 2, 1, 3]), Defect::Supply { row: 2 }),
        ("/flow", json!([2, 2, 0, 2, 1, 2]), Defect::Demand { row: 0 }),
        ("/unfilled/3", json!(1), Defect::Demand { row: 3 }),
        ("/unfilled/0", json!(0), Defect::Demand { row: 0 }),
        ("/cost", json!(3_317), Defect::Cost),
        ("/source_prices/0", level(-3, 901), Defect::ArcPrice { row: 0 }),
        ("/source_prices/2", level(0, 0), Defect::ArcPrice { row: 4 }),
        ("/source_prices/2", level(i64::MAX, i64::MAX), Defect::ArcPrice { row: 5 }),
        ("/sink_prices/1", level(i64::MIN, i64::MIN), Defect::ArcPrice { row: 1 }),
        ("/shortages", json!([]), Defect::Shortage { class: 0 }),
        ("/shortages/0/class", json!(1), Defect::Shortage { class: 0 }),
        ("/shortages/1/class", json!(6), Defect::Shortage { class: 5 }),
        ("/shortages/0/joining", json!([0]), Defect::Shortage { class: 0 }),
        ("/shortages/0/joining", json!([0, 1, 2]), Defect::Shortage { class: 0 }),
        ("/shortages/0/joining", json!([0, 1, 4, 4]), Defect::Shortage { class: 0 }),
        ("/shortages/0/joining", json!([0, 1, 5]), Defect::Shortage { class: 0 }),
        ("/shortages/0/joining", json!([0, 1, 6]), Defect::Shortage { class: 0 }),
        ("/shortages/1/joining", json!([]), Defect::Shortage { class: 5 }),
        ("/shortages/1/joining", json!([2, 1]), Defect::Shortage { class: 5 }),
        ("/shortages/0/demand", json!(7), Defect::Shortage { class: 0 }),
        ("/shortages/0/reach", json!(5), Defect::Shortage { class: 0 }),
        ("/shortages/0/missing", json!(1), Defect::Shortage { class: 0 }),
        ("/shortages/1/missing", json!(4), Defect::Shortage { class: 5 }),
    ] {
        let bad = with(&good, path, value);
        assert_eq!(certify(&problem, &bad), Err(defect), "{path}");
    }

    let overdrawn = with(&good, "/flow", json!([2, 3, 0, 2, 1, 2]));
    let overdrawn = with(&overdrawn, "/unplaced/0", json!(-1));
    assert_eq!(certify(&problem, &overdrawn), Err(Defect::Supply { row: 0 }));

    let overfilled = with(&good, "/flow/5", json!(3));
    let overfilled = with(&overfilled, "/unplaced/2", json!(1));
    assert_eq!(certify(&problem, &overfilled), Err(Defect::Demand { row: 3 }));

    let entry = |class: u32, joining: &[u32], demand: i64, reach: i64, missing: i64| {
        json!({
            "class": class, "joining": joining, "demand": demand, "reach": reach, "missing": missing
        })
    };
    let (first, second) = (entry(0, &[0, 1], 6, 4, 2), entry(5, &[2], 11, 6, 5));
    let entries = |entries: &[&Value]| with(&good, "/shortages", json!(entries));
    assert_eq!(entries(&[&first, &second]), good);
    let too_many = entries(&[&first, &second, &entry(7, &[], 11, 6, 5)]);
    assert_eq!(certify(&problem, &too_many), Err(Defect::Shortage { class: 7 }));
    let proves_less = entries(&[&entry(0, &[0], 3, 4, 2), &entry(5, &[1, 2], 11, 6, 5)]);
    assert_eq!(certify(&problem, &proves_less), Err(Defect::Shortage { class: 0 }));
}

#[test]
fn a_kept_unit_and_an_unwanted_one_show_in_the_prices() {
    let build = |everybody, min, cost| {
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(everybody);
        builder.supply(1);
        builder.sink(Sink { min, max: 1, class: 0 });
        builder.arc(Arc { source: 0, sink: 0, cap: Some(2), cost });
        builder.build().unwrap()
    };
    let priced = |solution: &Solution, source: i64, sink: i64| {
        let solution = with(solution, "/source_prices/0", json!({ "level": 0, "cost": source }));
        with(&solution, "/sink_prices/0", json!({ "level": 0, "cost": sink }))
    };
    let (must, may) = (build(true, 0, 5), build(false, 0, 5));
    let (placed, kept) = (solve(&must, &()).unwrap(), solve(&may, &()).unwrap());
    assert_eq!((placed.flow(), kept.flow()), (&[1][..], &[0][..]));
    assert_eq!(certify(&must, &kept), Err(Defect::SourcePrice { row: 0 }));
    assert_eq!(certify(&may, &priced(&placed, 0, -5)), Err(Defect::SinkPrice { row: 0 }));
    let wanted = build(false, 1, 5);
    let refused = with(&priced(&kept, 0, 0), "/unfilled/0", json!(1));
    assert_eq!(certify(&wanted, &refused), Err(Defect::SinkPrice { row: 0 }));

    // Other prices that prove the same are as good: the arc carries all that its source has.
    let earning = build(false, 0, -5);
    let earned = solve(&earning, &()).unwrap();
    assert_eq!(certify(&earning, &priced(&earned, 0, 0)), Ok(()));
    assert_eq!(certify(&earning, &priced(&earned, -5, 0)), Ok(()));
}

/// A certificate that holds proves the optimum, so no change of the flow may keep it but a tie.
#[test]
fn no_other_flow_is_certified_at_another_value() {
    let size = Size { sources: 6, sinks: 5, arcs: 20, units: 3, classes: 3 };
    let mut refused = 0;
    for seed in 0..500 {
        let (problem, _) = draw(seed, size);
        let (other, _) = draw(seed + 1_000, size);
        let good = solve(&problem, &()).unwrap();
        if other != problem {
            refused += usize::from(certify(&other, &good).is_err());
        }
        let mut random = Random(seed);
        let lists = ["flow", "unplaced", "unfilled"];
        let list = lists[usize::try_from(random.below(3)).unwrap()];
        let file = serde_json::to_value(&good).unwrap();
        let length = i64::try_from(file[list].as_array().unwrap().len()).unwrap();
        if length > 0 {
            let at = random.below(length);
            let path = format!("/{list}/{at}");
            let value = file.pointer(&path).unwrap().as_i64().unwrap();
            let bad = with(&good, &path, json!(value + 1 - 2 * random.below(2)));
            assert!(certify(&problem, &bad).is_err(), "seed {seed}, {path}");
        }
    }
    assert!(refused > 450, "{refused}");
}
