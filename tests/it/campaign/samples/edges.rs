//! One problem at a time, ends of ranges, cancelling, codes and files.

use std::sync::atomic::{AtomicU32, Ordering};

use epitier::campaign::samples::{
    Arrival, Certainty, Finding, Positive, Reading, Sample, SampleAct, SampleProblem,
    SampleRegister, SampleRules, State, Tally, TubeKind,
};
use epitier::campaign::{EventId, Journal, Line};
use epitier::population::Population;
use epitier::{
    Cancelled, HouseholdId, LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId, Watch,
};

use super::worlds::{at, population};
use crate::random::Random;

const TUBE: TubeId = TubeId::new(8);
const LABORATORY: LaboratoryId = LaboratoryId::new(2);

fn event(number: u64) -> EventId {
    EventId::new(number)
}

/// A sample in the tube.
fn sample(person: u32, kind: TubeKind, minute: i64) -> Sample {
    Sample {
        person: PersonId::new(person),
        tube: TUBE,
        kind,
        site: PostId::new(1),
        round: 1,
        sampler: ResponderId::new(0),
        at: at(minute),
    }
}

fn result(finding: Finding, minute: i64) -> SampleAct {
    SampleAct::Result { tube: TUBE, laboratory: LABORATORY, finding, at: at(minute) }
}

/// Acts that are received in their order, with event ids from 0.
fn read(people: &Population, acts: &[SampleAct]) -> SampleRegister {
    let mut journal = Journal::new();
    for (number, &act) in acts.iter().enumerate() {
        let number = u32::try_from(number).unwrap();
        journal.record(Line::act(event(number.into()), at(number.into()), act)).unwrap();
    }
    SampleRegister::read(&journal, people, SampleRules::new(), at(1_000), &()).unwrap()
}

fn home() -> Population {
    // Residents 0, 1 and 2 share a household; nobody is away or new with this seed.
    let people = population(&mut Random(2), 6);
    let home: Vec<_> = people.members(HouseholdId::new(0)).collect();
    assert_eq!(home.len(), 3);
    assert!(home.iter().all(|&person| people.is_present(person, at(0))));
    people
}

fn single(person: u32, minute: i64) -> SampleAct {
    SampleAct::Taken(sample(person, TubeKind::Single, minute))
}

fn in_five(person: u32) -> SampleAct {
    SampleAct::Taken(sample(person, TubeKind::FiveInOne, 0))
}

fn at_home(person: u32) -> SampleAct {
    SampleAct::Taken(sample(person, TubeKind::Household, 0))
}

/// Person 50 in a pool, but for something.
fn other(change: fn(&mut Sample)) -> SampleAct {
    let mut other = sample(50, TubeKind::FiveInOne, 5);
    change(&mut other);
    SampleAct::Taken(other)
}

fn sealed(count: u32) -> SampleAct {
    SampleAct::Sealed { tube: TUBE, count, at: at(10) }
}

fn arrived(minute: i64) -> SampleAct {
    SampleAct::Arrived(Arrival { tube: TUBE, laboratory: LABORATORY, at: at(minute) })
}

fn lost() -> SampleAct {
    SampleAct::Lost { tube: TUBE, at: at(30) }
}

/// The only problem of some acts.
fn assert_problem(acts: &[SampleAct], problem: SampleProblem) {
    assert_eq!(read(&home(), acts).problems(), [problem], "{acts:?}");
    #[cfg(feature = "serde")]
    {
        let file = serde_json::to_value(problem).unwrap();
        assert_eq!(file["code"], problem.code());
        assert_eq!(serde_json::from_value::<SampleProblem>(file).unwrap(), problem);
    }
}

#[test]
fn what_comes_out_of_order_is_named() {
    let (negative, positive) = (result(Finding::Negative, 60), result(Finding::Positive, 70));
    let (tube, first, second, third) = (TUBE, event(0), event(1), event(2));
    let far = SampleAct::Lost { tube, at: Timestamp::from_seconds(i64::MIN) };
    assert_problem(&[far], SampleProblem::NoSuchDay { event: first });
    assert_problem(&[negative], SampleProblem::NoSamples { event: first, tube });
    assert_problem(
        &[negative, single(1, 61)],
        SampleProblem::BeforeSample { event: first, tube, sample: second },
    );
    assert_problem(
        &[single(1, 0), negative, arrived(61)],
        SampleProblem::NotArrived { event: second, tube, laboratory: LABORATORY },
    );
    let contradiction = SampleProblem::Contradiction { event: third, tube, earlier: second };
    assert_problem(&[single(1, 0), negative, positive], contradiction);
    assert_problem(&[single(1, 0), negative, result(Finding::Invalid, 61)], contradiction);
    assert_problem(
        &[single(1, 0), lost(), negative],
        SampleProblem::ResultOfLost { event: third, tube, lost: second },
    );
}

#[test]
fn wrong_counts_and_people_are_named() {
    let (tube, first, second) = (TUBE, event(0), event(1));
    let six = [50, 51, 52, 53, 54, 55].map(in_five);
    let kind = TubeKind::FiveInOne;
    assert_problem(&six, SampleProblem::TooManyPeople { event: event(5), tube, kind, people: 6 });
    assert_problem(
        &[in_five(50), sealed(2)],
        SampleProblem::CountDiffers { event: second, tube, counted: 2, recorded: 1 },
    );
    assert_problem(
        &[0, 1, 2, 3].map(at_home),
        SampleProblem::SeveralHouseholds { event: event(3), tube, first },
    );
    // An outsider takes part, and person 1 does not.
    assert_problem(
        &[at_home(99), at_home(0), at_home(2), sealed(3)],
        SampleProblem::IncompleteHousehold {
            event: event(3),
            tube,
            household: HouseholdId::new(0),
            person: PersonId::new(1),
        },
    );
}

#[test]
fn double_codes_and_people_are_named() {
    let (tube, event, first) = (TUBE, event(1), event(0));
    let (person, elsewhere) = (PersonId::new(50), TubeId::new(0));
    for (change, problem) in [
        (
            other(|other| other.site = PostId::new(9)),
            SampleProblem::TwoSites { event, tube, first },
        ),
        (
            other(|other| other.kind = TubeKind::TenInOne),
            SampleProblem::TwoKinds { event, tube, first },
        ),
        (other(|other| other.round = 0), SampleProblem::TwoRounds { event, tube, first }),
    ] {
        assert_problem(&[in_five(51), change], problem);
    }
    let twice = SampleProblem::TwiceInTube { event, tube, person, first };
    assert_problem(&[in_five(50), other(|_| {})], twice);
    let again = other(|other| other.tube = TubeId::new(0));
    assert_problem(
        &[in_five(50), again],
        SampleProblem::SampledTwice { event, person, round: 1, earlier: first },
    );
    assert_problem(
        &[in_five(50), result(Finding::Positive, 4), again],
        SampleProblem::NotSingly { event: EventId::new(2), person, tube: elsewhere },
    );
}

/// What just fits is no problem.
#[test]
fn the_record_of_a_good_day_has_no_problem() {
    let people = home();
    let taken = |person, kind, minute| SampleAct::Taken(sample(person, kind, minute));
    let done = [arrived(60), result(Finding::Invalid, 60), result(Finding::Negative, 61)];
    for (kind, number) in [
        (TubeKind::Single, 1),
        (TubeKind::Household, 3),
        (TubeKind::FiveInOne, 5),
        (TubeKind::TenInOne, 10),
    ] {
        let mut acts: Vec<_> = (0..number).map(|person| taken(person, kind, 0)).collect();
        acts.push(sealed(number));
        acts.extend(done);
        let register = read(&people, &acts);
        assert!(register.problems().is_empty(), "{:?}", register.problems());
        let tube = register.tube(TUBE).unwrap();
        assert_eq!((tube.reading, tube.doubtful), (Reading::Negative, false));
        assert_eq!(register.tally(|_| true).negative, number);
    }
    // A person sampled again at the second in which the result called for it.
    let mut again = sample(40, TubeKind::Single, 60);
    again.tube = TubeId::new(9);
    let acts = [single(40, 0), result(Finding::Invalid, 60), SampleAct::Taken(again)];
    let register = read(&people, &acts);
    assert!(register.problems().is_empty());
    assert_eq!(register.state(1, PersonId::new(40)), State::Pending);
    assert_eq!(register.course(1, PersonId::new(40)).unwrap().tube, again.tube);
}

/// Person 40 in a single tube.
fn in_tube(tube: u32, round: u32, minute: i64) -> SampleAct {
    let tube = TubeId::new(tube);
    SampleAct::Taken(Sample { tube, round, ..sample(40, TubeKind::Single, minute) })
}

fn found(tube: u32, finding: Finding, minute: i64) -> SampleAct {
    let tube = TubeId::new(tube);
    SampleAct::Result { tube, laboratory: LABORATORY, finding, at: at(minute) }
}

/// What was open before somebody was released is nothing that a later hold waits for.
#[test]
fn a_release_ends_what_a_hold_waits_for() {
    let people = home();
    let acts = [
        in_tube(1, 1, 0),
        found(1, Finding::Positive, 10),
        in_tube(2, 1, 20),
        in_tube(3, 1, 30),
        found(3, Finding::Negative, 40),
        in_tube(4, 1, 50),
        found(4, Finding::Positive, 60),
    ];
    let state = |acts: &[SampleAct]| {
        let course = read(&people, acts).course(1, PersonId::new(40)).unwrap();
        (course.state, course.resample)
    };
    assert_eq!(state(&acts[..3]), (State::Preliminary, false));
    assert_eq!(state(&acts[..5]), (State::Excluded, false));
    assert_eq!(state(&acts), (State::Preliminary, true));
    assert_eq!(read(&people, &acts).positives()[0].sampled, at(50));
}

/// Preliminary in one round and confirmed in the next is one case: confirmed, from the first of both on.
#[test]
fn a_person_is_a_case_once() {
    let mut acts = vec![in_tube(1, 1, 0), found(1, Finding::Positive, 10)];
    for (tube, minute) in [(2, 20), (3, 40)] {
        acts.extend([in_tube(tube, 2, minute), found(tube, Finding::Positive, minute + 10)]);
    }
    for acts in [&acts[..], &acts.iter().rev().copied().collect::<Vec<_>>()] {
        let person = PersonId::new(40);
        let positive = Positive { person, certainty: Certainty::Confirmed, sampled: at(0) };
        assert_eq!(read(&home(), acts).positives(), [positive]);
    }
}

#[test]
fn ids_and_times_at_the_ends_of_their_ranges() {
    let people = home();
    let last = Sample {
        person: PersonId::new(u32::MAX),
        tube: TubeId::new(u32::MAX),
        site: PostId::new(u32::MAX),
        round: u32::MAX,
        at: "9999-12-31T23:59:59Z".parse().unwrap(),
        ..sample(0, TubeKind::Household, 0)
    };
    let after = Sample { at: last.at.saturating_add(1), ..last };
    let seal = SampleAct::Sealed { tube: last.tube, count: u32::MAX, at: last.at };
    let register = read(&people, &[SampleAct::Taken(last), SampleAct::Taken(after), seal]);
    assert_eq!(register.state(u32::MAX, last.person), State::Pending);
    assert_eq!(register.problems().len(), 2);
    assert_eq!(register.people(last.tube), [last.person]);
    assert_eq!(register.under_way().collect::<Vec<_>>(), [last.tube]);
}

#[test]
fn a_tally_that_does_not_add_up_is_seen() {
    let good = Tally {
        sampled: 10,
        negative: 4,
        pending: 3,
        positive: 1,
        lost: 2,
        on_hold: 2,
        preliminary: 1,
        excluded: 1,
        resample: 3,
    };
    assert!(good.reconciles() && Tally::default().reconciles());
    for wrong in [
        Tally { sampled: 11, ..good },
        Tally { negative: 5, ..good },
        Tally { pending: 2, ..good },
        Tally { positive: 0, ..good },
        Tally { lost: u32::MAX, ..good },
        Tally { on_hold: 4, ..good },
        Tally { preliminary: 3, ..good },
        Tally { excluded: 5, ..good },
        Tally { resample: 1, ..good },
        Tally { resample: 5, ..good },
    ] {
        assert!(!wrong.reconciles(), "{wrong:?}");
    }
}

/// Cancels at the n-th question.
struct Patience(AtomicU32);

impl Watch for Patience {
    fn is_cancelled(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_err()
    }
}

#[test]
fn reading_can_be_cancelled() {
    let people = home();
    let mut journal = Journal::new();
    for number in 0..200_000_u32 {
        let mut taken = sample(number, TubeKind::TenInOne, 0);
        taken.tube = TubeId::new(number / 10);
        let act = SampleAct::Taken(taken);
        journal.record(Line::act(event(number.into()), at(0), act)).unwrap();
    }
    let read = |questions| {
        let watch = Patience(AtomicU32::new(questions));
        SampleRegister::read(&journal, &people, SampleRules::new(), at(0), &watch)
    };
    // Four questions between the stages, and four looks at tubes and at courses each.
    assert!((0..12).all(|questions| read(questions) == Err(Cancelled)));
    assert_eq!(read(12).unwrap().tally(|_| true).pending, 200_000);
}

#[cfg(feature = "serde")]
#[test]
fn acts_are_read_back() {
    let acts = [
        SampleAct::Taken(sample(1, TubeKind::TenInOne, 0)),
        SampleAct::Sealed { tube: TUBE, count: 10, at: at(1) },
        SampleAct::Arrived(Arrival { tube: TUBE, laboratory: LABORATORY, at: at(2) }),
        result(Finding::Positive, 3),
        lost(),
    ];
    let mut journal = Journal::new();
    for (number, act) in (0..).zip(acts) {
        journal.record(Line::act(event(number), at(9), act)).unwrap();
    }
    let file = serde_json::to_string(&journal).unwrap();
    assert_eq!(serde_json::from_str::<Journal<SampleAct>>(&file).unwrap(), journal);
    let line =
        r#"{"taken":{"person":1,"tube":8,"kind":"ten-in-one","site":1,"round":1,"sampler":0,"#;
    assert!(file.contains(line), "{file}");
    let (found, other) = (r#""finding":"positive""#, r#"{"sealed":{"tube":8,"count":10,"#);
    assert!(file.contains(found) && file.contains(other), "{file}");
    let rules = SampleRules::new();
    let file = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<SampleRules>(&file).unwrap(), rules);
    assert!(serde_json::from_str::<SampleRules>(&file.replace('2', "0")).is_err());
}
