//! What bad input gets, and what is valid however odd it looks.

use std::sync::atomic::AtomicBool;

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cuts, Direction, Investigation, InvestigationError,
    Isolation, Link, Member, Place, Protocol, RecordError, Setting, Table, Trace, Visit,
};
use epitier::{Cancelled, Day, HouseholdId, PersonId, PlaceId, Stopped, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn visit(person: u32, place: u32, start: i64, end: i64) -> Visit {
    let (person, place) = (PersonId::new(person), PlaceId::new(place));
    Visit { person, place, start: at(start), end: at(end) }
}

fn link(a: u32, b: u32, start: i64, end: i64) -> Link {
    let (a, b) = (PersonId::new(a), PersonId::new(b));
    Link { a, b, start: at(start), end: at(end), one_way: false }
}

fn case(person: u32, from: i64, until: Option<i64>) -> Case {
    Case { person: PersonId::new(person), from: at(from), until: until.map(at) }
}

fn index(people: u32, places: u32, visits: &[Visit], links: &[Link]) -> ContactIndex {
    ContactIndexBuilder::new(people, places)
        .visits(visits.iter().copied())
        .links(links.iter().copied())
        .build(&())
        .unwrap()
}

fn trace(index: &ContactIndex, protocol: Protocol, cases: &[Case]) -> Trace {
    let question = Investigation::new(protocol).with_cases(cases.iter().copied());
    index.trace(&question, &()).unwrap()
}

fn reached(trace: &Trace) -> Vec<(u32, u32, i64)> {
    let row = |t: &epitier::contact::Traced| (t.person.get(), t.tier, t.earliest.seconds());
    trace.people().iter().map(row).collect()
}

#[test]
fn every_problem_of_every_table_at_once() {
    let builder = ContactIndexBuilder::new(3, 2).visits([
        visit(0, 0, 5, 5),
        visit(0, 0, 0, 9),
        visit(3, 2, 9, 4),
        visit(1, 0, 0, i64::MAX),
    ]);
    let place = |place| Place {
        place: PlaceId::new(place),
        setting: Setting::Household,
        household: (place == 7).then_some(HouseholdId::new(u32::MAX)),
    };
    let member = |person| Member::from((PersonId::new(person), HouseholdId::new(0)));
    let moved = Member { household: HouseholdId::new(9), ..member(2) };
    let inverted = Member { from: Some(at(7)), until: Some(at(7)), ..member(0) };
    let builder = builder
        .links([link(1, 1, 0, 0), link(0, 9, 4, 3)])
        .places([place(1), place(7), place(1)])
        .members([member(2), member(2), moved, member(5), inverted]);
    let stopped = builder.build(&()).unwrap_err();
    let (three, nine) = (PersonId::new(3), PersonId::new(9));
    let expected = [
        RecordError::EmptyVisit { row: 0, start: at(5), end: at(5) },
        RecordError::EmptyVisit { row: 2, start: at(9), end: at(4) },
        RecordError::UnknownPerson { table: Table::Visits, row: 2, person: three },
        RecordError::UnknownPlace { table: Table::Visits, row: 2, place: PlaceId::new(2) },
        RecordError::TooFarApart {
            table: Table::Visits,
            row: 3,
            end: at(i64::MAX),
            earliest: at(0),
        },
        RecordError::SelfContact { row: 0, person: PersonId::new(1) },
        RecordError::InvertedLink { row: 1, start: at(4), end: at(3) },
        RecordError::UnknownPerson { table: Table::Links, row: 1, person: nine },
        RecordError::UnknownPlace { table: Table::Places, row: 1, place: PlaceId::new(7) },
        RecordError::HouseholdOutOfRange { table: Table::Places, row: 1 },
        RecordError::StatedTwice { table: Table::Places, row: 2, first: 0 },
        RecordError::StatedTwice { table: Table::Households, row: 2, first: 0 },
        RecordError::UnknownPerson { table: Table::Households, row: 3, person: PersonId::new(5) },
        RecordError::EmptyPresence { row: 4, from: at(7), until: at(7) },
    ];
    let found: Vec<RecordError> = stopped.problems().unwrap().iter().copied().collect();
    assert_eq!(found, expected);
    assert_eq!(
        stopped.to_string(),
        "visit 0 ends at 1970-01-01T00:00:05Z, not after its start at 1970-01-01T00:00:05Z (and 13 more)"
    );
}

#[test]
fn places_and_households_are_numbered_together() {
    let built = ContactIndexBuilder::new(1, u32::MAX - 2)
        .members([(PersonId::new(0), HouseholdId::new(0))])
        .build(&());
    let stopped = built.unwrap_err();
    let found: Vec<RecordError> = stopped.problems().unwrap().iter().copied().collect();
    assert_eq!(found, [RecordError::TooManyVenues { places: u32::MAX - 2, members: 1 }]);
}

#[test]
fn every_problem_of_an_investigation_at_once() {
    let index = index(2, 0, &[], &[]);
    let isolation = |person, from, until| Isolation {
        person: PersonId::new(person),
        from: at(from),
        until: Some(at(until)),
        cuts: Cuts::Everything,
    };
    let question = Investigation::new(Protocol::new())
        .with_cases([case(0, 5, Some(5)), case(4, 0, None), case(0, 9, None)])
        .with_isolations([isolation(2, 0, 1), isolation(1, 3, 2)]);
    let stopped = index.trace(&question, &()).unwrap_err();
    let id = PersonId::new;
    let expected = [
        InvestigationError::EmptyWindow { row: 0, person: id(0) },
        InvestigationError::UnknownCase { row: 1, person: id(4) },
        InvestigationError::CaseTwice { row: 2, person: id(0) },
        InvestigationError::UnknownIsolated { row: 0, person: id(2) },
        InvestigationError::EmptyIsolation { row: 1, person: id(1) },
    ];
    let found: Vec<InvestigationError> = stopped.problems().unwrap().iter().copied().collect();
    assert_eq!(found, expected);
}

#[test]
fn a_cancelled_call_says_so_and_leaves_the_tracer_usable() {
    let cancel = AtomicBool::new(true);
    let builder = ContactIndexBuilder::new(2, 1).visits([visit(0, 0, 0, 9), visit(1, 0, 0, 9)]);
    let stopped = builder.clone().build(&cancel).unwrap_err();
    assert_eq!(stopped, Stopped::Cancelled(Cancelled));
    let index = builder.build(&()).unwrap();
    let mut tracer = index.tracer();
    let question = Investigation::new(Protocol::new()).with_cases([case(0, 0, None)]);
    assert_eq!(tracer.trace(&question, &cancel), Err(Stopped::Cancelled(Cancelled)));
    assert_eq!(tracer.trace(&question, &()), index.trace(&question, &()));
}

#[test]
fn an_index_is_shared_between_threads() {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<ContactIndex>();
    check::<Trace>();
    check::<Investigation>();
}

#[test]
fn nothing_to_trace_is_no_error() {
    let empty = index(0, 0, &[], &[]);
    assert_eq!(reached(&trace(&empty, Protocol::new(), &[])), []);
    assert_eq!(trace(&empty, Protocol::new(), &[]).people_by_tier(), [0; 0]);
    let lonely = index(5, 5, &[visit(1, 0, 0, 9)], &[]);
    for direction in [Direction::Forward, Direction::Backward] {
        let protocol = Protocol::new().with_direction(direction);
        assert_eq!(reached(&trace(&lonely, protocol, &[case(4, 3, None)])), [(4, 0, 3)]);
        assert_eq!(reached(&trace(&lonely, protocol, &[case(1, 3, None)])), [(1, 0, 3)]);
        assert_eq!(reached(&trace(&lonely, protocol, &[])), []);
    }
    let pair = index(2, 1, &[visit(0, 0, 0, 9), visit(1, 0, 0, 9)], &[]);
    let zero = Protocol::new().with_tiers(0);
    assert_eq!(reached(&trace(&pair, zero, &[case(0, 3, None)])), [(0, 0, 3)]);
}

#[test]
fn a_case_far_before_the_first_visit_keeps_its_own_time() {
    let pair = index(2, 1, &[visit(0, 0, 100, 109), visit(1, 0, 105, 109)], &[]);
    for from in [i64::MIN, -1_000_000_000_000, 99] {
        let found = reached(&trace(&pair, Protocol::new(), &[case(0, from, Some(i64::MAX))]));
        assert_eq!(found, [(0, 0, from), (1, 1, 105)]);
    }
    for from in [109, 1_000_000_000_000, i64::MAX] {
        assert_eq!(reached(&trace(&pair, Protocol::new(), &[case(0, from, None)])), [(0, 0, from)]);
    }
    let backward = Protocol::new().with_direction(Direction::Backward);
    let found = reached(&trace(&pair, backward, &[case(1, i64::MIN, Some(i64::MAX))]));
    assert_eq!(found, [(1, 0, i64::MIN), (0, 1, 108)]);
}

#[test]
fn times_at_the_ends_of_the_range_are_right_or_refused() {
    let span = i64::from(u32::MAX) - 3 - (1 << 28) - (1 << 27);
    for base in [i64::MIN, -7, i64::MAX - span] {
        let visits = [visit(0, 0, base, base + span), visit(1, 0, base + 3, base + span)];
        let instant = link(1, 2, base + span, base + span);
        let wide = index(3, 1, &visits, &[instant]);
        let protocol = Protocol::new()
            .with_latency(u32::MAX)
            .with_lag(u32::MAX)
            .with_min_overlap(u32::try_from(span - 3).unwrap());
        let found = reached(&trace(&wide, protocol, &[case(0, base, None)]));
        assert_eq!(found, [(0, 0, base), (1, 1, base + 3)]);
        let found = reached(&trace(&wide, Protocol::new(), &[case(0, base, None)]));
        assert_eq!(found, [(0, 0, base), (1, 1, base + 3), (2, 2, base + span)]);
        let backward = Protocol::new().with_direction(Direction::Backward);
        let found = reached(&trace(&wide, backward, &[case(2, base, None)]));
        assert_eq!(found, [(2, 0, base), (1, 1, base + span), (0, 2, base + span - 1)]);
        if let Some(end) = (base + span).checked_add(1) {
            assert!(
                ContactIndexBuilder::new(2, 1).visits([visit(0, 0, base, end)]).build(&()).is_err()
            );
        }
    }
    assert!(
        ContactIndexBuilder::new(2, 1)
            .visits([visit(0, 0, i64::MIN, i64::MAX)])
            .build(&())
            .is_err()
    );
}

#[test]
fn an_earlier_time_travels_on_though_nobody_new_is_reached() {
    let one_way = |a, b, at| Link { one_way: true, ..link(a, b, at, at) };
    let links = [
        one_way(0, 3, 24),
        one_way(3, 5, 186),
        one_way(5, 2, 421),
        one_way(0, 2, 494),
        one_way(2, 1, 437),
    ];
    let index = index(6, 0, &[], &links);
    let far = Protocol::new().with_tiers(u32::MAX);
    let trace = trace(&index, far, &[case(0, 1, None)]);
    assert_eq!(trace.get(PersonId::new(1)).map(|t| (t.tier, t.earliest)), Some((4, at(437))));
    // Nobody is new in round 3: it only brings person 2 the earlier time that round 4 needs.
    assert_eq!(trace.people_by_tier(), [1, 2, 1, 0, 1]);
    let earlier: Vec<_> =
        trace.improvements(PersonId::new(2)).map(|c| (c.round, c.time.seconds())).collect();
    assert_eq!(earlier, [(1, 494), (3, 421)]);
}

#[test]
fn an_instant_inside_an_overlap_is_no_mirror_image() {
    // 0 and 1 share [0, 10); 1 and 2 touch at 4. Reversing the clock would say that 0 carried at 9.
    let index = index(3, 1, &[visit(0, 0, 0, 10), visit(1, 0, 0, 10)], &[link(1, 2, 4, 4)]);
    let backward = Protocol::new().with_direction(Direction::Backward);
    let found = reached(&trace(&index, backward, &[case(2, 0, None)]));
    assert_eq!(found, [(2, 0, 0), (1, 1, 4), (0, 2, 4)]);
}

#[test]
fn a_crowd_at_one_place_and_instant_is_no_square() {
    const CROWD: u32 = 1_000_000;
    let visits = (0..CROWD).map(|person| visit(person, 0, 7, 8));
    let index = ContactIndexBuilder::new(CROWD, 1).visits(visits).build(&()).unwrap();
    let cases: Vec<Case> = (0..CROWD / 2).map(|n| case(2 * n + 1, 0, None)).collect();
    for direction in [Direction::Forward, Direction::Backward] {
        let trace = trace(&index, Protocol::new().with_direction(direction), &cases);
        assert_eq!(trace.people_by_tier(), [CROWD as usize / 2; 2]);
        let last = trace.get(PersonId::new(CROWD - 2)).unwrap();
        assert_eq!((last.first_exposure, last.source), (at(7), Some(PersonId::new(1))));
    }
}

#[test]
fn home_isolation_spares_the_household() {
    // 0 and 1 live together at place 0, 2 visits them; 3 works with 0 at place 1.
    let home = HouseholdId::new(6);
    let index = ContactIndexBuilder::new(4, 2)
        .visits([visit(0, 0, 0, 9), visit(1, 0, 0, 9), visit(2, 0, 4, 9)])
        .visits([visit(0, 1, 10, 20), visit(3, 1, 10, 20)])
        .links([link(0, 1, 30, 30), link(0, 3, 31, 31)])
        .places([Place {
            place: PlaceId::new(0),
            setting: Setting::Household,
            household: Some(home),
        }])
        .members([(PersonId::new(0), home), (PersonId::new(1), home)])
        .build(&())
        .unwrap();
    let tier_one = |cuts, from| {
        let away = Isolation { person: PersonId::new(0), from: at(from), until: None, cuts };
        let question = Investigation::new(Protocol::new().with_tiers(1))
            .with_cases([case(0, 0, None)])
            .with_isolations([away]);
        let trace = index.trace(&question, &()).unwrap();
        trace.in_tier(1).iter().map(|t| t.person.get()).collect::<Vec<_>>()
    };
    assert_eq!(tier_one(Cuts::OutsideHousehold, 0), [1, 2]);
    assert_eq!(tier_one(Cuts::Everything, 0), [0; 0]);
    assert_eq!(tier_one(Cuts::Everything, 4), [1]);
    assert_eq!(tier_one(Cuts::OutsideHousehold, 15), [1, 2, 3]);
    assert_eq!(tier_one(Cuts::Everything, 40), [1, 2, 3]);
}

#[test]
fn windows_follow_the_calendar_of_an_offset() {
    let beijing = chrono::FixedOffset::east_opt(8 * 3_600).unwrap();
    let onset: Day = "2021-07-30".parse().unwrap();
    let protocol = Protocol::new();
    assert_eq!(protocol.case_window(onset, beijing).to_string(), "2021-07-27T16:00:00Z");
    let hours = protocol.with_look_back(epitier::contact::LookBack::Hours(96));
    assert_eq!(hours.case_window(onset, beijing).to_string(), "2021-07-25T16:00:00Z");
    let sources = protocol.source_window(onset, beijing);
    assert_eq!(sources.to_string(), "2021-07-15T16:00:00Z to 2021-07-30T16:00:00Z");
}
