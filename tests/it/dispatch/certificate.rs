//! A plan that says anything wrong is refused.

use epitier::dispatch::{
    DispatchBuilder, FixedAssignment, Lending, Plan, PlanDefect, Post, Responder, Skill,
};
use epitier::network::NetworkBuilder;
use epitier::solver::transport::Defect;
use epitier::{PostId, ResponderId, UnitId};
use serde_json::{Value, json};

use super::worlds::units;

/// Two posts, one closed to all; of three responders one at work, one not needed, one with no open post.
fn plan() -> Plan {
    let network = NetworkBuilder::new().units(units()).build().unwrap();
    let skill = Skill::new(1).unwrap();
    let person = |id, residence| Responder {
        residence: Some(UnitId::new(residence)),
        skills: skill.into(),
        ..Responder::new(ResponderId::new(id))
    };
    let open = Post::new(PostId::new(1), UnitId::new(2), 1, 2);
    let remote = Post {
        unit: UnitId::new(7),
        priority: 3,
        ..Post::new(PostId::new(4), UnitId::new(1), 1, 1)
    };
    let dispatch = DispatchBuilder::new(&network)
        .responders([person(0, 2), person(1, 5), Responder::new(ResponderId::new(9))])
        .posts([Post { requires: skill.into(), ..open }, remote])
        .build()
        .unwrap();
    dispatch
        .solve_by(
            |responder, post| {
                let here = post.post == open.post;
                if here { dispatch.cost(responder.responder, post.post) } else { None }
            },
            &(),
        )
        .unwrap()
}

/// Whether everything of the part stands in the whole.
fn says(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|other| says(other, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(w, p)| says(w, p))
        }
        _ => whole == part,
    }
}

const GOLDEN: &str = include_str!("../../golden/plan-1.json");

#[test]
fn files_of_every_format_load() {
    let golden: Plan = serde_json::from_str(GOLDEN).unwrap();
    // Another solver may prove the same plan by other prices.
    let today = plan();
    assert_eq!(golden.assignments(), today.assignments());
    assert_eq!(golden.posts(), today.posts());
    assert_eq!(golden.shortages(), today.shortages());
    assert_eq!(golden.idle(), today.idle());
    assert_eq!(golden.problem(), today.problem());
    // Nothing that the file says is lost; what it does not say is nothing.
    let again = serde_json::to_value(&golden).unwrap();
    assert!(says(&again, &serde_json::from_str(GOLDEN).unwrap()));
    assert_eq!(serde_json::from_value::<Plan>(again).unwrap(), golden);
    let other = GOLDEN.replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(serde_json::from_str::<Plan>(&other).unwrap_err().to_string().contains("format 2"));
}

#[test]
fn a_file_with_anything_wrong_is_refused() {
    let right: Value = serde_json::from_str(GOLDEN).unwrap();
    let wrong: &[(&str, Value, PlanDefect)] = &[
        ("/solution/cost", json!(9_999), PlanDefect::Proof { defect: Defect::Cost }),
        (
            "/solution/source_prices/0/cost",
            json!(-1),
            PlanDefect::Proof { defect: Defect::ArcPrice { row: 0 } },
        ),
        ("/responders/0", json!(1), PlanDefect::Rows),
        ("/responders", json!([0, 1]), PlanDefect::Rows),
        ("/posts/0/max", json!(3), PlanDefect::Rows),
        ("/posts/1/priority", json!(0), PlanDefect::Rows),
        ("/posts/1/post", json!(1), PlanDefect::Rows),
        ("/posts", json!([]), PlanDefect::Rows),
        ("/assignments/0/people", json!(2), PlanDefect::Assignments),
        ("/assignments/0/cost", json!(1), PlanDefect::Assignments),
        ("/assignments/0/responder", json!(1), PlanDefect::Assignments),
        ("/assignments/0/post", json!(5), PlanDefect::Assignments),
        ("/assignments", json!([]), PlanDefect::Assignments),
        ("/posts/0/filled", json!(2), PlanDefect::Posts),
        ("/cost", json!(1), PlanDefect::Cost),
        ("/idle", json!([]), PlanDefect::Idle),
        ("/idle/0/people", json!(2), PlanDefect::Idle),
        ("/idle/0/reason", json!({"code": "posts-full"}), PlanDefect::Idle),
        ("/idle/0/closed/too_far", json!(1), PlanDefect::Idle),
        ("/idle/1/responder", json!(1), PlanDefect::Idle),
        // More posts are closed than there are: as many are open as in the right file, none.
        ("/idle/1/closed/declined", json!(u32::MAX), PlanDefect::Idle),
        ("/shortages/0/joining", json!([1]), PlanDefect::Shortages),
        ("/shortages", json!([]), PlanDefect::Shortages),
    ];
    for (pointer, value, defect) in wrong {
        let mut file = right.clone();
        let place = file.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        assert_ne!(place, value, "{pointer}");
        *place = value.clone();
        let error = serde_json::from_value::<Plan>(file).unwrap_err().to_string();
        assert!(error.contains(&defect.to_string()), "{pointer}: {error}");
    }
    // Rows that belong together, but not in this order, or not one for each pair.
    let mut file = right.clone();
    file["solution"]["flow"].as_array_mut().unwrap().reverse();
    file["problem"]["arcs"].as_array_mut().unwrap().reverse();
    let error = serde_json::from_value::<Plan>(file).unwrap_err().to_string();
    assert!(error.contains(&PlanDefect::Rows.to_string()), "{error}");
    let mut file = right;
    file["problem"]["supplies"][1] = json!(5_000_000_000_u64);
    file["solution"]["unplaced"][1] = json!(5_000_000_000_u64);
    let error = serde_json::from_value::<Plan>(file).unwrap_err().to_string();
    assert!(error.contains(&PlanDefect::Rows.to_string()), "{error}");
}

#[test]
fn a_file_that_tells_of_other_orders_is_refused() {
    let network = NetworkBuilder::new().units(units()).build().unwrap();
    let (who, at) = (ResponderId::new(3), PostId::new(1));
    let fixed = FixedAssignment { people: 2, ..FixedAssignment::new(who, at) };
    let plan = DispatchBuilder::new(&network)
        .responders([Responder { supply: 3, ..Responder::new(who) }])
        .posts([Post::new(at, UnitId::new(2), 3, 4)])
        .fixed([fixed])
        .build()
        .unwrap()
        .solve(&())
        .unwrap();
    let there = plan.assignments()[0];
    assert_eq!((there.people, there.fixed, plan.posts()[0].filled), (3, 2, 3));
    let right = serde_json::to_value(&plan).unwrap();
    let row = |people| json!({"responder": 3, "post": 1, "people": people});
    for (pointer, value, defect) in [
        ("/fixed", json!([]), PlanDefect::Fixed),
        ("/fixed", json!([row(2), row(2)]), PlanDefect::Fixed),
        ("/fixed", json!([row(1)]), PlanDefect::Fixed),
        ("/assignments/0/fixed", json!(0), PlanDefect::Assignments),
        ("/assignments/0/fixed", json!(3), PlanDefect::Assignments),
        ("/assignments/0/fixed", json!(4), PlanDefect::Assignments),
        ("/posts/0/min", json!(1), PlanDefect::Rows),
        ("/posts/0/max", json!(2), PlanDefect::Rows),
        ("/posts/0/max", json!(1), PlanDefect::Rows),
    ] {
        let mut file = right.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        let error = serde_json::from_value::<Plan>(file).unwrap_err().to_string();
        assert!(error.contains(&defect.to_string()), "{pointer}: {error}");
    }
    assert_eq!(serde_json::from_value::<Plan>(right).unwrap(), plan);
}

#[test]
fn a_file_that_lends_too_cheaply_is_refused() {
    let network = NetworkBuilder::new().units(units()).build().unwrap();
    let person = |id, unit| Responder {
        headquarters: Some(UnitId::new(unit)),
        ..Responder::new(ResponderId::new(id))
    };
    let nobody = Responder { supply: 0, unplaced_cost: Some(31), ..person(2, 7) };
    let plan = DispatchBuilder::new(&network)
        .responders([person(0, 0), person(1, 7), nobody])
        .posts([Post::new(PostId::new(1), UnitId::new(2), 2, 2)])
        .lending(Lending::WhenShort { cost: 40 })
        .build()
        .unwrap()
        .solve_by(|row, _| Some(30 + i64::from(row.responder.get() % 2)), &())
        .unwrap();
    assert_eq!((plan.lent(), plan.cost()), (1, 61));
    let right = serde_json::to_value(&plan).unwrap();
    assert_eq!(right["surcharge"], json!(14 * 31 + 1));
    for (pointer, value, defect) in [
        ("/surcharge", json!(434), PlanDefect::Lending),
        ("/surcharge", json!(100), PlanDefect::Lending),
        ("/surcharge", json!(-435), PlanDefect::Lending),
        ("/surcharge", json!(0), PlanDefect::Assignments),
        ("/surcharge", json!(560), PlanDefect::Lending),
        ("/surcharge", json!(436), PlanDefect::Assignments),
        ("/problem/unplaced/2", json!({"cost": 32}), PlanDefect::Lending),
        ("/problem/unplaced/2", json!({"cost": -32}), PlanDefect::Lending),
        ("/assignments/1/lent", json!(false), PlanDefect::Assignments),
        ("/assignments/0/lent", json!(true), PlanDefect::Assignments),
        ("/assignments/1/cost", json!(466), PlanDefect::Assignments),
    ] {
        let mut file = right.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        let error = serde_json::from_value::<Plan>(file).unwrap_err().to_string();
        assert!(error.contains(&defect.to_string()), "{pointer}: {error}");
    }
    assert_eq!(serde_json::from_value::<Plan>(right).unwrap(), plan);
}

#[test]
fn codes_are_those_of_the_serialised_form() {
    for defect in [
        PlanDefect::Proof { defect: Defect::Flow { row: 3 } },
        PlanDefect::Rows,
        PlanDefect::Lending,
        PlanDefect::Assignments,
        PlanDefect::Fixed,
        PlanDefect::Posts,
        PlanDefect::Cost,
        PlanDefect::Idle,
        PlanDefect::Shortages,
    ] {
        let value = serde_json::to_value(defect).unwrap();
        assert_eq!(value["code"], defect.code());
        assert_eq!(serde_json::from_value::<PlanDefect>(value).unwrap(), defect);
    }
}
