//! What is written to files: every root and every error survives it, a forged file is refused, and the
//! files of earlier releases load for ever (`tests/golden`).

use epitier::contact::{
    Case, ContactIndexBuilder, Investigation, InvestigationError, Link, Member, Protocol,
    RecordError, Setting, Table, Trace, Visit,
};
use epitier::{
    Day, Directory, DirectoryError, HouseholdId, Interval, PersonId, PlaceId, Timestamp,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type People = Directory<String, PersonId>;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A value comes back from its own JSON.
fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

/// A serialised error carries its code.
fn carries_code<E: Serialize>(error: &E, code: &str) {
    assert_eq!(serde_json::to_value(error).unwrap()["code"], code);
}

#[test]
fn a_directory_refuses_what_it_could_not_have_written() {
    let read = serde_json::from_str::<People>;
    assert!(read(r#"{"format":1,"keys":["b","a"]}"#).is_ok());
    assert!(read(r#"{"format":2,"keys":["b","a"]}"#).unwrap_err().to_string().contains("format 2"));
    let twice = read(r#"{"format":1,"keys":["b","a","b"]}"#).unwrap_err().to_string();
    let named = DirectoryError::DuplicateKey { first: 0, second: 2 }.to_string();
    assert!(twice.contains(&named), "{twice}");
    assert!(!format!("{:?}", People::from_keys(["secret".to_owned()])).contains("secret"));
}

proptest! {
    #[test]
    fn ground_values_survive(
        seconds in any::<i64>(),
        near in -62_135_596_800..253_402_300_799_i64,
        length in 1..1_000_000i64,
        days in -719_162..2_932_896i32,
        keys in prop::collection::vec("[a-c]{0,3}", 0..20),
        later in prop::collection::vec("[a-c]{0,3}", 0..20),
    ) {
        survives(&at(seconds));
        survives(&at(near));
        survives(&Interval::new(at(near), at(near + length)).unwrap());
        survives(&Day::from_number(days).unwrap());
        let mut people = People::from_keys(keys).unwrap();
        people.extend(later).unwrap();
        survives(&people);
    }
}

#[test]
fn a_time_may_be_written_as_a_number() {
    assert_eq!(serde_json::from_str::<Timestamp>("1627617600").unwrap(), at(1_627_617_600));
    let empty = r#"{"start": 5, "end": "1970-01-01T00:00:05Z"}"#;
    assert!(serde_json::from_str::<Interval>(empty).unwrap_err().to_string().contains("is empty"));
}

#[test]
fn csv_fills_the_records_of_contact() {
    fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }
    let (person, place) = (PersonId::new(4), PlaceId::new(7));
    let text = "person,place,start,end\n4,7,5,1970-01-01T00:01:00Z\n";
    assert_eq!(rows::<Visit>(text), [Visit { person, place, start: at(5), end: at(60) }]);
    let link = |one_way| Link { a: person, b: PersonId::new(5), start: at(1), end: at(1), one_way };
    assert_eq!(rows::<Link>("a,b,start,end\n4,5,1,1\n"), [link(false)]);
    assert_eq!(rows::<Link>("a,b,start,end,one_way\n4,5,1,1,true\n"), [link(true)]);
    let member = Member::from((person, HouseholdId::new(6)));
    assert_eq!(rows::<Member>("person,household\n4,6\n"), [member]);
    let left = Member { until: Some(at(8)), ..member };
    assert_eq!(rows::<Member>("person,household,from,until\n4,6,,8\n"), [left]);
    let case = |until| Case { person, from: at(-3), until };
    assert_eq!(rows::<Case>("person,from,until\n4,-3,\n4,-3,9\n"), [case(None), case(Some(at(9)))]);
}

#[test]
fn every_error_of_the_ground_and_of_contact_carries_its_code() {
    let (table, row, person) = (Table::Links, 1, PersonId::new(2));
    let (start, end) = (at(0), at(1));
    for error in [
        DirectoryError::TooManyKeys { keys: 1 },
        DirectoryError::DuplicateKey { first: 0, second: 1 },
    ] {
        carries_code(&error, error.code());
    }
    for error in [
        RecordError::EmptyVisit { row, start, end },
        RecordError::InvertedLink { row, start, end },
        RecordError::SelfContact { row, person },
        RecordError::UnknownPerson { table, row, person },
        RecordError::UnknownPlace { table, row, place: PlaceId::new(0) },
        RecordError::StatedTwice { table, row, first: 0 },
        RecordError::StatedBefore { table, row },
        RecordError::NotThere { table, row },
        RecordError::HouseholdOutOfRange { table, row },
        RecordError::EmptyPresence { row, from: start, until: end },
        RecordError::TooFarApart { table, row, end, earliest: start },
        RecordError::TooEarly { table, row, start, latest: end },
        RecordError::TooManyRows { table, rows: 1 },
        RecordError::TooManyVenues { places: 1, members: 1 },
    ] {
        carries_code(&error, error.code());
    }
    for error in [
        InvestigationError::UnknownCase { row, person },
        InvestigationError::EmptyWindow { row, person },
        InvestigationError::CaseTwice { row, person },
        InvestigationError::UnknownIsolated { row, person },
        InvestigationError::EmptyIsolation { row, person },
    ] {
        carries_code(&error, error.code());
    }
}

/// Person 0 meets 1 at a place, 1 meets 2 directly.
fn small_trace() -> Trace {
    let visit = |person, start| Visit {
        person: PersonId::new(person),
        place: PlaceId::new(0),
        start: at(start),
        end: at(9),
    };
    let (a, b) = (PersonId::new(1), PersonId::new(2));
    let index = ContactIndexBuilder::new(3, 1)
        .visits([visit(0, 0), visit(1, 3)])
        .links([Link { a, b, start: at(5), end: at(5), one_way: false }])
        .build(&())
        .unwrap();
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    let protocol = Protocol::new().with_min_overlap_in(Setting::Vehicle, 60);
    index.trace(&Investigation::new(protocol).with_cases([case]), &()).unwrap()
}

#[test]
fn a_trace_survives_its_file_and_a_forged_one_is_refused() {
    let trace = small_trace();
    survives(&trace);
    let good = serde_json::to_value(&trace).unwrap();
    let early = json!("1970-01-01T00:00:00Z");
    let refused = |forged: Value| serde_json::from_value::<Trace>(forged).is_err();
    for (path, value) in [
        ("/format", json!(2)),
        ("/changes/0/person", json!(0)),
        ("/changes/0/group", json!(1)),
        ("/changes/1/source", json!(2)),
        ("/changes/1/round", json!(0)),
        ("/changes/1/round", json!(1)),
        ("/changes/1/round", json!(3)),
        ("/changes/1/round", json!(u32::MAX)),
        ("/changes/1/time", early.clone()),
        ("/changes/0/reason", json!("direct-contact")),
        ("/changes/0/reason", json!("index-case")),
        ("/changes/1/reason", json!("shared-place")),
        ("/changes/1/reason", json!("household")),
        ("/changes/1/reason", json!("cumulative")),
        ("/investigation/protocol/cumulative", json!({ "seconds": 0, "within": 5 })),
        ("/investigation/protocol/cumulative", json!({ "seconds": 6, "within": 5 })),
        ("/investigation/protocol/tiers", json!(1)),
        ("/investigation/protocol/latency", json!(3)),
        ("/investigation/protocol/tires", json!(2)),
        ("/investigation/cases/0/from", json!(4)),
        ("/investigation/cases/0/until", early),
    ] {
        let mut forged = good.clone();
        if let Some(place) = forged.pointer_mut(path) {
            *place = value.clone();
        } else {
            forged["investigation"]["protocol"]["tires"] = value.clone();
        }
        assert!(refused(forged), "{path} = {value}");
    }
    for list in ["/changes", "/investigation/cases"] {
        let mut forged = good.clone();
        let rows = forged.pointer_mut(list).unwrap().as_array_mut().unwrap();
        rows.push(rows[0].clone());
        assert!(refused(forged), "{list} repeated");
    }
}

#[test]
fn the_golden_traces_load_for_ever() {
    // The first files had neither reasons nor rules for households and sums.
    for golden in
        [include_str!("../golden/trace-1.json"), include_str!("../golden/trace-1-reasons.json")]
    {
        assert_eq!(serde_json::from_str::<Trace>(golden).unwrap(), small_trace());
    }
    let again = serde_json::to_value(small_trace()).unwrap();
    let golden = include_str!("../golden/trace-1-reasons.json");
    assert_eq!(again, serde_json::from_str::<Value>(golden).unwrap());
}
