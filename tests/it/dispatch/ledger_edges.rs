//! What a ledger refuses, what it takes from a trace and gives to a dispatch, and its files.

use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol, Trace};
use epitier::dispatch::{
    Broken, Cause, ClosedBy, Commitment, DispatchBuilder, DispatchError, Duty, Excluded, Exclusion,
    FixedAssignment, Ledger, LedgerError, Post, Registration, Responder, Span,
};
use epitier::{CommitmentId, PersonId, PostId, ResponderId, UnitId};

use super::ledger::{network, span, time};

#[test]
fn a_plan_is_booked_whole_or_not_at_all() {
    let people = [0, 1, 2].map(ResponderId::new);
    let posts = [0, 1, 2].map(PostId::new);
    let plan = DispatchBuilder::new(&network())
        .responders(people.map(Responder::new))
        .posts(posts.map(|post| Post::new(post, UnitId::new(0), 1, 1)))
        .build()
        .unwrap()
        .solve(&())
        .unwrap();
    let mut ledger = Ledger::new(&network());
    for responder in &people[..2] {
        ledger.register(Registration::new(*responder)).unwrap();
    }
    let duty = Duty::Shift(5);
    let of =
        |responder| Commitment { responder, duty, people: 1, start: time(2), end: Some(time(3)) };
    let busy = ledger.book(of(people[1])).unwrap();
    let ill = Exclusion {
        who: Excluded::People { responder: people[1], people: 1 },
        cause: Cause::Ill,
        start: time(9),
        end: None,
    };
    let ill = ledger.exclude(ill).unwrap();
    let before = ledger.clone();
    let problems = ledger.book_plan(&plan, |_| Some(span(0, None))).unwrap_err();
    let taken = LedgerError::Taken {
        responder: people[1],
        duty: Duty::Post(plan.assignments()[1].post),
        free: 0,
        commitments: vec![busy],
        exclusions: vec![ill],
    };
    let stranger = LedgerError::UnknownResponder { responder: people[2] };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [taken, stranger.clone()]);
    assert_eq!(ledger, before);
    let times = |post| (post != posts[0]).then(|| span(4, Some(9)));
    let problems = ledger.book_plan(&plan, times).unwrap_err();
    let no_times = LedgerError::NoTimes { post: posts[0] };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [no_times, stranger]);
    ledger.register(Registration::new(people[2])).unwrap();
    let booked = ledger.book_plan(&plan, |_| Some(span(4, Some(9)))).unwrap();
    // Of two posts of one plan that collide, the second one is refused, and nothing stays that could be named.
    let mut one_person = Ledger::new(&network());
    one_person.register(Registration::new(people[0])).unwrap();
    let two = DispatchBuilder::new(&network())
        .responders([Responder { supply: 2, ..Responder::new(people[0]) }])
        .posts([posts[0], posts[1]].map(|post| Post::new(post, UnitId::new(0), 1, 1)))
        .build()
        .unwrap()
        .solve(&())
        .unwrap();
    let problems = one_person.book_plan(&two, |_| Some(span(0, None))).unwrap_err();
    let taken = LedgerError::Taken {
        responder: people[0],
        duty: Duty::Post(posts[1]),
        free: 0,
        commitments: vec![],
        exclusions: vec![],
    };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [taken]);
    // The ids of what was not booked are given out now.
    assert_eq!(booked, [1, 2, 3].map(CommitmentId::new));
    assert_eq!(
        format!("{ledger:?}"),
        "Ledger { registrations: 3, commitments: 4, exclusions: 1, .. }"
    );
}

/// Person 0 is a case, 1 is in tier 1, 2 is in tier 2.
fn trace() -> Trace {
    let person = PersonId::new;
    let link = |a, b, second| Link {
        a: person(a),
        b: person(b),
        start: time(second),
        end: time(second),
        one_way: false,
    };
    let links = [link(0, 1, 5), link(1, 2, 9), link(2, 3, 12)];
    let index = ContactIndexBuilder::new(5, 0).links(links).build(&()).unwrap();
    let case = Case { person: person(0), from: time(0), until: None };
    let investigation = Investigation::new(Protocol::new().with_tiers(2)).with_cases([case]);
    index.trace(&investigation, &()).unwrap()
}

#[test]
fn whoever_a_trace_reached_is_kept_from_duty_with_their_tier() {
    let (person, trace) = (PersonId::new, trace());
    let mut ledger = Ledger::new(&network());
    // Nobody is person 1; responder 3 is person 0, and so on.
    for number in [0, 2, 3] {
        let row = Registration::new(ResponderId::new(3 - number));
        ledger.register(Registration { person: Some(person(number)), ..row }).unwrap();
    }
    let ids = ledger.exclude_traced(&trace, span(20, Some(30))).unwrap();
    let rows: Vec<_> = ids.iter().map(|&id| ledger.exclusion(id).unwrap()).collect();
    let row = |number, tier| Exclusion {
        who: Excluded::Person(person(number)),
        cause: Cause::Traced { tier },
        start: time(20),
        end: Some(time(30)),
    };
    assert_eq!(rows, [row(0, 0), row(2, 2)]);
    let during = span(29, None);
    let free = [3, 1, 0].map(|number| ledger.free(ResponderId::new(number), during));
    assert_eq!(free, [Some(0), Some(0), Some(1)]);
    assert_eq!(ledger.free(ResponderId::new(3), span(30, None)), Some(1));
    // Whoever is excluded before they are registered is excluded.
    let area = Exclusion { who: Excluded::Person(person(9)), ..row(0, 0) };
    ledger.exclude(area).unwrap();
    let late = Registration { person: Some(person(9)), ..Registration::new(ResponderId::new(9)) };
    ledger.register(late).unwrap();
    assert_eq!(ledger.free(late.responder, during), Some(0));
}

#[test]
fn a_dispatch_knows_what_a_ledger_cannot_book() {
    let (one, two) = (ResponderId::new(1), ResponderId::new(2));
    let (here, nobody) = (PostId::new(1), ResponderId::new(77));
    let mut ledger = Ledger::new(&network());
    ledger.register(Registration { people: 2, ..Registration::new(one) }).unwrap();
    let build = |ledger: &Ledger, supply, timed: bool| {
        DispatchBuilder::new(&network())
            .responders([Responder { supply, ..Responder::new(one) }])
            .posts([Post {
                start: timed.then(|| time(5)),
                end: timed.then(|| time(8)),
                ..Post::new(here, UnitId::new(0), 0, 3)
            }])
            .fixed([FixedAssignment::new(one, here)])
            .ledger(ledger)
            .build()
            .map_err(|problems| problems.into_iter().collect::<Vec<_>>())
    };
    let closed = |by| vec![DispatchError::FixedClosed { row: 0, responder: one, post: here, by }];
    assert!(build(&ledger, 2, true).is_ok());
    let beyond = DispatchError::BeyondLedger { row: 0, responder: one, supply: 3, registered: 2 };
    assert_eq!(build(&ledger, 3, true).unwrap_err(), [beyond]);
    let shift =
        Commitment { responder: one, duty: Duty::Shift(1), people: 1, start: time(7), end: None };
    let shift = ledger.book(shift).unwrap();
    assert_eq!(build(&ledger, 2, true).unwrap_err(), closed(ClosedBy::Committed));
    assert!(build(&ledger, 1, true).is_ok(), "one of the two is free");
    assert!(build(&ledger, 2, false).is_ok(), "nobody knows when the post is");
    ledger.cancel(shift).unwrap();
    let area = |end| Exclusion {
        who: Excluded::People { responder: one, people: 2 },
        cause: Cause::Quarantined,
        start: time(6),
        end,
    };
    let for_now = ledger.exclude(area(Some(time(7)))).unwrap();
    assert_eq!(build(&ledger, 1, true).unwrap_err(), closed(ClosedBy::NotEligible));
    assert!(build(&ledger, 1, false).is_ok(), "it ends");
    ledger.readmit(for_now).unwrap();
    ledger.exclude(area(None)).unwrap();
    assert_eq!(build(&ledger, 1, false).unwrap_err(), closed(ClosedBy::NotEligible));
    let stranger = DispatchBuilder::new(&network())
        .responders([Responder::new(two), Responder { supply: 0, ..Responder::new(nobody) }])
        .ledger(&ledger)
        .build()
        .unwrap_err();
    let beyond = DispatchError::BeyondLedger { row: 0, responder: two, supply: 1, registered: 0 };
    assert_eq!(stranger.into_iter().collect::<Vec<_>>(), [beyond]);
}

#[test]
fn the_ends_of_time_are_times() {
    let one = ResponderId::new(0);
    let mut ledger = Ledger::new(&network());
    let people = u32::MAX;
    ledger.register(Registration { people, ..Registration::new(one) }).unwrap();
    let of = |people, start, end: Option<i64>| Commitment {
        responder: one,
        duty: Duty::Team(0),
        people,
        start: time(start),
        end: end.map(time),
    };
    ledger.book(of(u32::MAX, i64::MIN, Some(i64::MAX))).unwrap();
    assert_eq!(ledger.free(one, Span::from_start(time(i64::MAX))), Some(u32::MAX));
    let last = ledger.book(of(u32::MAX, i64::MAX, None)).unwrap();
    assert_eq!(ledger.book(of(1, i64::MIN, None)).unwrap_err().code(), "taken");
    let who = Excluded::People { responder: one, people };
    for _ in 0..3 {
        let row = Exclusion { who, cause: Cause::Other, start: time(i64::MAX), end: None };
        ledger.exclude(row).unwrap();
    }
    let broken = [Broken { commitment: last, people, missed: false }];
    assert_eq!(ledger.broken(Span::ALWAYS), broken);
    assert_eq!(ledger.broken(span(i64::MIN, Some(i64::MAX))), []);
    assert!(Span::new(time(3), Some(time(3))).is_err());
}

#[cfg(feature = "serde")]
mod files {
    use epitier::ExclusionId;
    use serde_json::{Value, json};

    use super::{
        Cause, Commitment, Duty, Excluded, Exclusion, Ledger, LedgerError, Registration, Span,
        network, time, trace,
    };
    use epitier::{CommitmentId, PersonId, PostId, ResponderId, UnitId};

    const GOLDEN: &str = include_str!("../../golden/ledger-1.json");

    /// Two commitments of which one is broken, one that was cancelled, and three exclusions.
    fn ledger() -> Ledger {
        let (one, two) = (ResponderId::new(1), ResponderId::new(2));
        let mut ledger = Ledger::new(&network());
        let row = Registration {
            person: Some(PersonId::new(8)),
            residence: Some(UnitId::new(4)),
            ..Registration::new(one)
        };
        ledger.register(row).unwrap();
        ledger.register(Registration { people: 3, ..Registration::new(two) }).unwrap();
        let book = |responder, duty, people, start, end: Option<i64>| Commitment {
            responder,
            duty,
            people,
            start: time(start),
            end: end.map(time),
        };
        let cancelled = ledger.book(book(one, Duty::Shift(3), 1, 0, None)).unwrap();
        ledger.cancel(cancelled).unwrap();
        ledger.book(book(one, Duty::Post(PostId::new(3)), 1, 10, Some(20))).unwrap();
        let missed = ledger.book(book(two, Duty::Team(9), 2, 10, None)).unwrap();
        ledger.did_not_turn_up(missed).unwrap();
        for (who, cause, end) in [
            (Excluded::LivingIn(UnitId::new(1)), Cause::ClosedOff, Some(time(15))),
            (Excluded::Person(PersonId::new(8)), Cause::Traced { tier: 2 }, None),
            (Excluded::People { responder: two, people: 1 }, Cause::Ill, None),
        ] {
            ledger.exclude(Exclusion { who, cause, start: time(5), end }).unwrap();
        }
        ledger
    }

    #[test]
    fn files_of_every_format_load() {
        let golden: Ledger = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(golden, ledger());
        let value: Value = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(serde_json::to_value(&golden).unwrap(), value);
    }

    #[test]
    fn a_file_with_anything_wrong_is_refused() {
        let right = serde_json::to_value(ledger()).unwrap();
        let one = ResponderId::new(1);
        let refused = |error: LedgerError| error.to_string();
        let order = || "the ids of a ledger do not count up".to_owned();
        for (pointer, value, wanted) in [
            ("/format", json!(2), "format 2".to_owned()),
            ("/commitments/0/0", json!(2), order()),
            ("/next_commitment", json!(2), order()),
            ("/exclusions/1/0", json!(0), order()),
            ("/next_exclusion", json!(0), order()),
            (
                "/registrations/1/responder",
                json!(1),
                refused(LedgerError::RegisteredTwice { responder: one }),
            ),
            (
                "/registrations/0/people",
                json!(2),
                refused(LedgerError::NotOnePerson { responder: one, people: 2 }),
            ),
            (
                "/registrations/0/residence",
                json!(99),
                refused(LedgerError::UnknownUnit { unit: UnitId::new(99) }),
            ),
            ("/commitments/0/1/end", json!(10), refused(LedgerError::BadTimes)),
            ("/commitments/0/1/people", json!(0), refused(LedgerError::Nobody { responder: one })),
            (
                "/commitments/1/1/responder",
                json!(1),
                refused(LedgerError::BeyondSupply { responder: one, people: 2, registered: 1 }),
            ),
            (
                "/exclusions/2/1/who/people/responder",
                json!(7),
                refused(LedgerError::UnknownResponder { responder: ResponderId::new(7) }),
            ),
        ] {
            let mut file = right.clone();
            let place = file.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}"));
            *place = value;
            let error = serde_json::from_value::<Ledger>(file).unwrap_err().to_string();
            assert!(error.contains(&wanted), "{pointer}: {error}");
        }
        let mut twice = right;
        let rows = twice["commitments"].as_array_mut().unwrap();
        rows[1][1]["people"] = json!(3);
        rows[0][1]["responder"] = json!(2);
        let error = serde_json::from_value::<Ledger>(twice).unwrap_err().to_string();
        assert!(error.contains("only 2"), "{error}");
    }

    #[test]
    fn codes_are_those_of_the_serialised_form() {
        let (responder, unit) = (ResponderId::new(1), UnitId::new(2));
        for error in [
            LedgerError::RegisteredTwice { responder },
            LedgerError::PersonTwice { responder, person: PersonId::new(1), other: responder },
            LedgerError::NotOnePerson { responder, people: 2 },
            LedgerError::UnknownUnit { unit },
            LedgerError::UnknownResponder { responder },
            LedgerError::UnknownCommitment { commitment: CommitmentId::new(1) },
            LedgerError::UnknownExclusion { exclusion: ExclusionId::new(1) },
            LedgerError::BadTimes,
            LedgerError::Nobody { responder },
            LedgerError::BeyondSupply { responder, people: 2, registered: 1 },
            LedgerError::NoTimes { post: PostId::new(1) },
            LedgerError::Taken {
                responder,
                duty: Duty::Caseload(1),
                free: 1,
                commitments: vec![CommitmentId::new(1)],
                exclusions: vec![],
            },
            LedgerError::Full,
        ] {
            let value = serde_json::to_value(&error).unwrap();
            assert_eq!(value["code"], error.code());
            assert_eq!(serde_json::from_value::<LedgerError>(value).unwrap(), error);
        }
    }

    #[test]
    fn numbers_end() {
        let mut file = serde_json::to_value(ledger()).unwrap();
        file["next_commitment"] = json!(u32::MAX);
        // One more, where a trace has two.
        file["next_exclusion"] = json!(u32::MAX - 1);
        let mut full: Ledger = serde_json::from_value(file).unwrap();
        let (_, commitment) = full.commitments().next().unwrap();
        let (_, exclusion) = full.exclusions().next().unwrap();
        let times = (time(0), Some(time(4)));
        let other = Commitment { start: times.0, end: times.1, ..commitment };
        let later = Commitment { responder: ResponderId::new(2), ..other };
        assert_eq!(full.book(later), Err(LedgerError::Full));
        for number in [0, 1] {
            let person = Some(PersonId::new(number));
            let row = Registration { person, ..Registration::new(ResponderId::new(90 + number)) };
            full.register(row).unwrap();
        }
        let before = full.clone();
        assert_eq!(full.exclude_traced(&trace(), Span::ALWAYS), Err(LedgerError::Full));
        assert_eq!(full, before);
        full.exclude(exclusion).unwrap();
        assert_eq!(full.exclude(exclusion), Err(LedgerError::Full));
    }
}
