//! Teams that say anything wrong are refused.

use epitier::TeamId;
use epitier::dispatch::{Headcount, Skill, TeamError, TeamRules, Teams, TeamsDefect};
use epitier::network::Location;
use epitier::solver::transport::{Defect, ProblemError};
use serde_json::{Value, json};

use super::{Candidate, Team, person};

/// Two teams that must have a nurse, of whom there is one; one leader; somebody who lives nowhere, and
/// somebody too far away.
fn formed() -> Teams {
    let at = |latitude| Location::from_degrees(latitude, 114.0).unwrap();
    let (nurse, leader) = (Skill::new(0).unwrap(), Skill::new(1).unwrap());
    let candidates = [
        Candidate { skills: nurse.into(), location: Some(at(30.0)), ..person(1) },
        Candidate { location: Some(at(30.1)), ..person(3) },
        Candidate { skills: leader.into(), location: Some(at(30.2)), ..person(5) },
        person(7),
        Candidate { location: Some(at(50.0)), ..person(8) },
    ];
    let teams = [(2, 30.0), (4, 30.1)];
    let teams = teams.map(|(id, north)| Team { team: TeamId::new(id), location: at(north) });
    let rules =
        TeamRules::new(50_000).with_class(nurse, Headcount::exactly(1)).led_by(leader, 100_000);
    Teams::form(&candidates, &teams, &rules, &()).unwrap()
}

const GOLDEN: &str = include_str!("../../../golden/teams-1.json");

#[test]
fn files_of_every_format_load() {
    let golden: Teams = serde_json::from_str(GOLDEN).unwrap();
    // Another solver may prove the same teams by other prices.
    let today = formed();
    assert_eq!(golden.members(), today.members());
    assert_eq!(golden.leaders(), today.leaders());
    assert_eq!(golden.shortages(), today.shortages());
    assert_eq!(golden.unplaced(), today.unplaced());
    assert_eq!(
        serde_json::to_value(golden).unwrap(),
        serde_json::from_str::<Value>(GOLDEN).unwrap()
    );
    let other = GOLDEN.replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(serde_json::from_str::<Teams>(&other).unwrap_err().to_string().contains("format 2"));
}

#[test]
fn whatever_is_changed_in_a_file_is_found() {
    let whole = serde_json::to_value(formed()).unwrap();
    let refused = |path: &str, value: Value| {
        let mut file = whole.clone();
        *file.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        serde_json::from_value::<Teams>(file).unwrap_err().to_string()
    };
    let says = |defect: TeamsDefect| defect.to_string();
    for (path, value) in [
        ("/lists/members/0/metres", json!(1)),
        ("/lists/members/0/class", json!(null)),
        ("/lists/members/1/responder", json!(9)),
        ("/lists/leaders/0/responder", json!(1)),
        ("/lists/leaderless", json!([2])),
        ("/lists/unplaced/0/reason", json!("teams-full")),
        ("/lists/shortages/0/missing", json!(2)),
        ("/lists/metres", json!(1)),
        ("/lists/leader_metres", json!(1)),
    ] {
        assert_eq!(refused(path, value), says(TeamsDefect::Lists), "{path}");
    }
    for (path, value) in [
        ("/proof/teams/0", json!(4)),
        ("/proof/people", json!([1, 3, 7])),
        ("/proof/guides/0", json!(null)),
        ("/proof/members/classes", json!(0)),
        ("/proof/members/classes", json!(4)),
        ("/proof/members/people", json!(5)),
        ("/proof/members/people", json!(50)),
        ("/proof/members/problem/place_everybody", json!(false)),
        ("/proof/members/problem/sinks/0/class", json!(0)),
        ("/proof/members/problem/sinks/5/class", json!(1)),
        ("/proof/members/problem/arcs/0/cost", json!(-1)),
        ("/proof/members/problem/arcs/0/source", json!(1)),
    ] {
        let told = refused(path, value);
        let fine = told == says(TeamsDefect::Rows) || told.contains("invalid type");
        assert!(fine, "{path}: {told}");
    }
    let members = |defect| says(TeamsDefect::Members { defect });
    let told = refused("/proof/members/solution/flow/0", json!(0));
    assert_eq!(told, members(Defect::Supply { row: 0 }));
    let told = refused("/proof/members/problem/arcs/0/cost", json!(70));
    assert_eq!(told, members(Defect::Cost));
    let told = refused("/proof/leaders/solution/cost", json!(0));
    assert_eq!(told, says(TeamsDefect::Leaders { defect: Defect::Cost }));
}

#[test]
fn codes_are_those_of_the_serialised_form() {
    let errors = [
        TeamError::ResponderTwice { row: 1, first: 0 },
        TeamError::TeamTwice { row: 1, first: 0 },
        TeamError::ClassTwice { class: 1, first: 0 },
        TeamError::MinAboveMax { class: Some(1), min: 3, max: 2 },
        TeamError::MixAboveSize { least: 5, size: 4 },
        TeamError::TooLarge { problem: ProblemError::TooManyRows { rows: 5_000_000_000 } },
    ];
    for error in errors {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<TeamError>(value).unwrap(), error);
    }
    let defects = [
        TeamsDefect::Members { defect: Defect::Length },
        TeamsDefect::Leaders { defect: Defect::Cost },
        TeamsDefect::Rows,
        TeamsDefect::Lists,
    ];
    for defect in defects {
        let value = serde_json::to_value(defect).unwrap();
        assert_eq!(value["code"], defect.code());
        assert_eq!(serde_json::from_value::<TeamsDefect>(value).unwrap(), defect);
    }
}
