//! The rules of protocols on small cases: presets, windows, households, short contacts that add up.

use chrono::FixedOffset;
use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cumulative, Cuts, Direction, Investigation,
    InvestigationError, Isolation, Link, LookBack, Member, Onset, Protocol, Reason, Setting, Trace,
    Visit, last_exposure,
};
use epitier::{Day, HouseholdId, PersonId, PlaceId, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn case(person: u32, from: i64, until: Option<i64>) -> Case {
    Case { person: PersonId::new(person), from: at(from), until: until.map(at) }
}

fn visit(person: u32, start: i64, length: i64) -> Visit {
    let (person, place) = (PersonId::new(person), PlaceId::new(0));
    Visit { person, place, start: at(start), end: at(start + length) }
}

fn link(a: u32, b: u32, start: i64, length: i64) -> Link {
    let (a, b) = (PersonId::new(a), PersonId::new(b));
    Link { a, b, start: at(start), end: at(start + length), one_way: false }
}

fn member(person: u32, household: u32, from: Option<i64>, until: Option<i64>) -> Member {
    let (person, household) = (PersonId::new(person), HouseholdId::new(household));
    Member { person, household, from: from.map(at), until: until.map(at) }
}

fn index(visits: &[Visit], links: &[Link], members: &[Member]) -> ContactIndex {
    ContactIndexBuilder::new(6, 1)
        .visits(visits.iter().copied())
        .links(links.iter().copied())
        .members(members.iter().copied())
        .build(&())
        .unwrap()
}

fn trace(index: &ContactIndex, protocol: Protocol, case: Case) -> Trace {
    index.trace(&Investigation::new(protocol).with_cases([case]), &()).unwrap()
}

/// (person, tier, first exposure, reason) of everybody but the case.
fn reached(trace: &Trace) -> Vec<(u32, u32, i64, Reason)> {
    let contacts = trace.people().iter().filter(|traced| traced.tier > 0);
    contacts.map(|t| (t.person.get(), t.tier, t.first_exposure.seconds(), t.reason)).collect()
}

const DAY: i64 = 86_400;

#[test]
fn presets_hold_the_numbers_of_their_sources() {
    let (eighth, ninth) = (Protocol::cn_8th_2021_05(), Protocol::cn_9th_2022_06());
    let (who, cdc) = (Protocol::who_2021_02(), Protocol::us_cdc_2020_10());
    assert_eq!(eighth, ninth);
    assert_eq!([eighth, who, cdc].map(|p| p.tiers()), [2, 1, 1]);
    assert_eq!([eighth, who, cdc].map(|p| p.min_overlap_in(Setting::Public)), [0, 900, 900]);
    assert_eq!([eighth, who, cdc].map(|p| p.infectious_days()), [None, Some(10), None]);
    assert!([eighth, ninth, who, cdc].iter().all(Protocol::household_contacts));
    assert_eq!((eighth.cumulative(), who.cumulative()), (None, None));
    assert_eq!(cdc.cumulative(), Cumulative::new(900, 86_400).ok());
}

#[test]
fn a_case_needs_no_arithmetic() {
    let beijing = FixedOffset::east_opt(8 * 3_600).unwrap();
    let person = PersonId::new(3);
    let onset: Day = "2021-07-30".parse().unwrap();
    let start = onset.start(beijing).seconds();
    let made = |protocol: Protocol, isolated: Option<i64>| {
        let isolated = isolated.map(|second| at(start + second));
        let case = protocol.case(&Onset { person, day: onset, isolated }, beijing)?;
        Some((case.from.seconds() - start, case.until.map(|until| until.seconds() - start)))
    };
    let eighth = Protocol::cn_8th_2021_05();
    assert_eq!(made(eighth, None), Some((-2 * DAY, None)));
    assert_eq!(made(eighth, Some(100)), Some((-2 * DAY, Some(100))));
    assert_eq!(made(eighth, Some(1 - 2 * DAY)), Some((-2 * DAY, Some(1 - 2 * DAY))));
    assert_eq!(made(eighth, Some(-2 * DAY)), None);
    let four_days = eighth.with_look_back(LookBack::Hours(96));
    assert_eq!(made(four_days, None), Some((-4 * DAY, None)));
    // The tenth day after onset is the last one.
    let who = Protocol::who_2021_02();
    assert_eq!(made(who, None), Some((-2 * DAY, Some(11 * DAY))));
    assert_eq!(made(who, Some(11 * DAY - 1)), Some((-2 * DAY, Some(11 * DAY - 1))));
    assert_eq!(made(who, Some(12 * DAY)), Some((-2 * DAY, Some(11 * DAY))));
    let back = eighth.with_direction(Direction::Backward);
    assert_eq!(made(back, None), Some((-14 * DAY, Some(DAY))));
    assert_eq!(made(back, Some(50)), Some((-14 * DAY, Some(50))));
    assert_eq!(made(back, Some(-20 * DAY)), None);
}

#[test]
fn both_ways_take_the_windows_that_the_rules_give() {
    let utc = FixedOffset::east_opt(0).unwrap();
    let day = Day::from_ymd(1970, 2, 1).unwrap();
    let start = day.start(utc).seconds();
    // Person 0 meets a source early and one after a week of isolation; contacts on the last infectious day
    // and on the next; person 5 fell ill three weeks after being isolated.
    let links = [(1, -9 * DAY), (2, -DAY), (3, 11 * DAY - 1), (4, 11 * DAY)];
    let links: Vec<Link> = links.iter().map(|&(b, at)| link(0, b, start + at, 0)).collect();
    let index = ContactIndexBuilder::new(6, 0).links(links).build(&()).unwrap();
    let who = Protocol::who_2021_02().with_min_overlap(0);
    let onset = |person, isolated: Option<i64>| Onset {
        person: PersonId::new(person),
        day,
        isolated: isolated.map(|second| at(start + second)),
    };
    let found = |onsets: &[Onset]| {
        let both = index.trace_both_ways(&who, onsets, &[], utc, &()).unwrap();
        [both.forward, both.backward].map(|trace| {
            trace.people().iter().map(|traced| traced.person.get()).collect::<Vec<u32>>()
        })
    };
    assert_eq!(found(&[onset(0, None)]), [vec![0, 2, 3], vec![0, 1, 2]]);
    assert_eq!(found(&[onset(0, Some(-7 * DAY))]), [vec![], vec![0, 1]]);
    assert_eq!(found(&[onset(5, Some(-21 * DAY)), onset(0, None)])[0], [0, 2, 3]);
    // Problems keep the rows that were given.
    let wrong = [onset(5, Some(-21 * DAY)), onset(9, None), onset(5, None)];
    let stopped = index.trace_both_ways(&who, &wrong, &[], utc, &()).unwrap_err();
    let found: Vec<InvestigationError> = stopped.problems().unwrap().iter().copied().collect();
    let person = PersonId::new;
    let unknown = InvestigationError::UnknownCase { row: 1, person: person(9) };
    assert_eq!(found, [unknown, InvestigationError::CaseTwice { row: 2, person: person(5) }]);
}

/// Who is found among pairs of one length of contact at some starts, with everything else too short.
fn together(starts: impl IntoIterator<Item = i64>, length: i64, by_link: bool) -> Option<i64> {
    let starts: Vec<i64> = starts.into_iter().collect();
    let links: Vec<Link> = starts.iter().map(|&start| link(0, 1, start, length)).collect();
    // One is there throughout, the other comes and goes.
    let mut visits = vec![visit(0, -DAY, 10 * DAY)];
    visits.extend(starts.iter().map(|&start| visit(1, start, length)));
    let index = if by_link { index(&[], &links, &[]) } else { index(&visits, &[], &[]) };
    let trace = trace(&index, Protocol::us_cdc_2020_10(), case(0, -2 * DAY, None));
    let found = trace.get(PersonId::new(1))?;
    if found.reason == Reason::Cumulative {
        let evidence = trace.evidence(&index, found.person);
        assert_eq!(evidence.len(), starts.len());
        assert!(evidence.iter().all(|shown| shown.reason == Reason::Cumulative));
        let last = starts.iter().max().unwrap() + length - 1;
        assert_eq!(last_exposure(&evidence), Some(at(last)));
    }
    Some(found.first_exposure.seconds())
}

#[test]
fn fifteen_minutes_in_any_day_add_up() {
    for by_link in [false, true] {
        // Three of five minutes, over midnight; forty-five of twenty seconds.
        assert_eq!(
            together([DAY - 7_200, DAY - 600, DAY + 3_600], 300, by_link),
            Some(DAY - 7_200)
        );
        assert_eq!(together((0..45).map(|n| n * 1_900), 20, by_link), Some(0));
        assert_eq!(together((0..44).map(|n| n * 1_900), 20, by_link), None);
        // The last second of the 24 hours, and one too late.
        assert_eq!(together([0, 43_200, DAY - 300], 300, by_link), Some(0));
        assert_eq!(together([0, 43_200, DAY - 299], 300, by_link), None);
        assert_eq!(together([0, 45_000, 90_000 - 300], 300, by_link), None);
        // Touching and overlapping parts count each second once.
        assert_eq!(together([0, 300, 600], 300, by_link), Some(0));
        assert_eq!(together([0, 100, 600], 300, by_link), None);
    }
}

#[test]
fn the_sum_is_of_one_pair_and_from_the_label_on() {
    let protocol = Protocol::us_cdc_2020_10().with_tiers(2);
    // Two carriers of 10 minutes each make no pair of 20.
    let two = [link(0, 2, 0, 600), link(1, 2, 700, 600)];
    let cases = [case(0, 0, None), case(1, 0, None)];
    let index_of_two = index(&[], &two, &[]);
    let question = Investigation::new(protocol).with_cases(cases);
    assert_eq!(index_of_two.trace(&question, &()).unwrap().people().len(), 2);
    // Person 1 carries from 5,000 on: what they did before with 2 does not count.
    let links = [link(0, 1, 5_000, 900), link(1, 2, 4_700, 599), link(1, 2, 9_000, 600)];
    let found = reached(&trace(&index(&[], &links, &[]), protocol, case(0, 0, None)));
    assert_eq!(found, [(1, 1, 5_000, Reason::DirectContact)]);
    let longer = [links[0], link(1, 2, 4_700, 600), links[2]];
    let found = reached(&trace(&index(&[], &longer, &[]), protocol, case(0, 0, None)));
    assert_eq!(found[1..], [(2, 2, 5_000, Reason::Cumulative)]);
    // A visit, a link and an evening at home make one sum.
    let mixed = index(
        &[visit(0, 0, 400), visit(1, 100, 300)],
        &[link(0, 1, 2_000, 300)],
        &[member(0, 4, None, Some(9_000)), member(1, 4, Some(8_700), None)],
    );
    let found = reached(&trace(&mixed, protocol, case(0, -9, None)));
    assert_eq!(found, [(1, 1, 100, Reason::Cumulative)]);
    let apart = protocol.with_household_contacts(false);
    assert_eq!(reached(&trace(&mixed, apart, case(0, -9, None))), []);
}

#[test]
fn an_earlier_label_adds_what_a_lag_had_not_left_before() {
    // Person 1 was at the place until 5 and is known to carry from 10 on, then from 0 on: only then was the
    // place contaminated when 3 came at 12. The link that completes the sum begins a lag later than the rest.
    let links = [link(0, 1, 10, 4), link(0, 2, 0, 4), link(2, 1, 0, 4), link(1, 3, 35, 3)];
    let index = index(&[visit(1, 0, 5), visit(3, 12, 3)], &links, &[]);
    let rules = Protocol::new()
        .with_tiers(9)
        .with_lag(20)
        .with_min_overlap(4)
        .with_cumulative(Some(Cumulative::new(5, 25).unwrap()));
    let found = reached(&trace(&index, rules, case(0, 0, None)));
    let direct = Reason::DirectContact;
    assert_eq!(found, [(2, 1, 0, direct), (1, 1, 10, direct), (3, 3, 12, Reason::Cumulative)]);
    let backward = rules.with_direction(Direction::Backward);
    let found = reached(&trace(&index, backward, case(3, 0, Some(30))));
    assert_eq!(found, [(1, 1, 4, Reason::Cumulative), (2, 2, 0, direct), (0, 3, 0, direct)]);
}

#[test]
fn a_child_on_no_list_is_found_through_the_mother() {
    // The mother (1) met the case (0) on the coach; the child (2) is recorded nowhere, the father (3)
    // came home later, the lodger (4) had left.
    let family = [
        member(1, 7, None, None),
        member(2, 7, None, None),
        member(3, 7, Some(5_000), None),
        member(4, 7, None, Some(1_000)),
        member(5, 8, None, None),
    ];
    let index = index(&[visit(0, 1_000, 500), visit(1, 1_200, 500)], &[], &family);
    let rules = Protocol::cn_8th_2021_05();
    let found = reached(&trace(&index, rules, case(0, 0, None)));
    let home = Reason::Household;
    let expected = [(1, 1, 1_200, Reason::SharedPlace), (2, 2, 1_200, home), (3, 2, 5_000, home)];
    assert_eq!(found, expected);
    let alone = rules.with_household_contacts(false);
    assert_eq!(reached(&trace(&index, alone, case(0, 0, None))), expected[..1]);
    // A case far from any recorded row exposes the household at its own first second.
    let one_tier = rules.with_tiers(1);
    let found = reached(&trace(&index, one_tier, case(2, -30 * DAY, Some(-29 * DAY))));
    assert_eq!(found, [(1, 1, -30 * DAY, home), (4, 1, -30 * DAY, home)]);
    // Backward, the mother is the child's source.
    let backward = rules.with_direction(Direction::Backward);
    let found = reached(&trace(&index, backward, case(2, 0, Some(9_000))));
    assert_eq!(found[..3], [(4, 1, 999, home), (1, 1, 8_999, home), (3, 1, 8_999, home)]);
    assert_eq!(found[3..], [(0, 2, 1_499, Reason::SharedPlace)]);
    // The mother is isolated one second after she was exposed, in which the child was with her: at home
    // that keeps her from nobody of the family, in a hospital from the father.
    for (cuts, people) in [(Cuts::OutsideHousehold, 4), (Cuts::Everything, 3)] {
        let away = Isolation { person: PersonId::new(1), from: at(1_201), until: None, cuts };
        let question =
            Investigation::new(rules).with_cases([case(0, 0, None)]).with_isolations([away]);
        assert_eq!(index.trace(&question, &()).unwrap().people().len(), people, "{cuts:?}");
    }
}

#[test]
fn a_minimum_overlap_at_home_and_ties_between_rules() {
    let home = [member(0, 1, Some(0), Some(100)), member(1, 1, Some(40), Some(200))];
    let index_of_home = index(&[], &[], &home);
    let rules = Protocol::new().with_household_contacts(true).with_lag(1_000);
    for (need, found) in [(60, 1), (61, 0)] {
        let rules = rules.with_min_overlap_in(Setting::Household, need);
        assert_eq!(reached(&trace(&index_of_home, rules, case(0, 0, None))).len(), found);
    }
    let visits = [visit(0, 40, 9), visit(1, 40, 9)];
    let all = [
        (index(&visits, &[link(0, 1, 40, 5)], &home), Reason::DirectContact),
        (index(&visits, &[], &home), Reason::SharedPlace),
        (index_of_home, Reason::Household),
    ];
    let backward = rules.with_direction(Direction::Backward);
    let found = reached(&trace(&all[2].0, backward, case(1, 0, Some(150))));
    assert_eq!(found, [(0, 1, 99, Reason::Household)]);
    for direction in [Direction::Forward, Direction::Backward] {
        let rules = rules
            .with_lag(0)
            .with_direction(direction)
            .with_cumulative(Some(Cumulative::new(1, 1).unwrap()));
        for (index, reason) in &all {
            let person = u32::from(direction == Direction::Backward);
            let found = trace(index, rules, case(person, 0, Some(41)));
            let expected = [(1 - person, 1, 40, *reason)];
            assert_eq!(reached(&found), expected, "{direction:?}");
        }
    }
}

#[test]
fn of_two_windows_the_first_rule_tells() {
    // Backward from 0 and 1 through 2 to 3, who carried at 30 the latest: by the window of 0 at home, by the
    // later one of 1 also at the place, contaminated until 2 came.
    let one_way = |b, start| Link { one_way: true, ..link(2, b, start, 0) };
    let index = index(
        &[visit(3, 0, 31), visit(2, 42, 8)],
        &[one_way(0, 40), one_way(1, 45)],
        &[member(2, 0, Some(0), Some(31)), member(3, 0, Some(0), Some(31))],
    );
    let rules = Protocol::new()
        .with_direction(Direction::Backward)
        .with_household_contacts(true)
        .with_lag(20);
    let cases = [case(0, 0, Some(41)), case(1, 1, Some(46))];
    for (count, reason) in [(1, Reason::Household), (2, Reason::SharedPlace)] {
        let question = Investigation::new(rules).with_cases(cases.into_iter().take(count));
        let found = reached(&index.trace(&question, &()).unwrap());
        assert_eq!(found.last(), Some(&(3, 2, 30, reason)));
    }
}

#[test]
fn only_households_and_no_rows_at_all() {
    let family = [member(0, u32::MAX - 1, None, None), member(1, u32::MAX - 1, None, None)];
    let rules = Protocol::new().with_household_contacts(true);
    for from in [0, 1_627_574_400, -1_000_000_000, i64::from(i32::MAX) - 9] {
        let found = reached(&trace(&index(&[], &[], &family), rules, case(0, from, None)));
        assert_eq!(found, [(1, 1, from, Reason::Household)]);
    }
    for moment in [i64::MIN, i64::MAX - 1] {
        let stated = Member { from: Some(at(moment)), ..family[0] };
        let edge = index(&[], &[], &[stated, family[1]]);
        let found = reached(&trace(&edge, rules, case(1, moment, None)));
        assert_eq!(found, [(0, 1, moment, Reason::Household)]);
        let stated = Member { until: Some(at(moment + 1)), ..family[0] };
        let edge = index(&[], &[], &[stated, family[1]]);
        let found = reached(&trace(&edge, rules, case(1, moment, None)));
        assert_eq!(found, [(0, 1, moment, Reason::Household)]);
    }
}

#[test]
fn a_dormitory_is_no_square() {
    const BEDS: u32 = 100_000;
    let members = (0..BEDS).map(|n| (PersonId::new(n), HouseholdId::new(0)));
    let index = ContactIndexBuilder::new(BEDS, 0).members(members).build(&()).unwrap();
    for direction in [Direction::Forward, Direction::Backward] {
        let rules = Protocol::cn_8th_2021_05().with_direction(direction);
        let found = trace(&index, rules, case(7, 0, Some(10)));
        assert_eq!(found.people_by_tier(), [1, BEDS as usize - 1]);
    }
}

#[test]
fn the_moment_of_the_question_is_kept_with_the_answer() {
    let index = index(&[], &[link(0, 1, 5, 0)], &[]);
    let question = Investigation::new(Protocol::new()).with_cases([case(0, 0, None)]);
    let dated = question.clone().with_as_of(at(77));
    let (plain, dated) = (index.trace(&question, &()).unwrap(), index.trace(&dated, &()).unwrap());
    assert_eq!(plain.people(), dated.people());
    assert_eq!(dated.investigation().as_of(), Some(at(77)));
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&dated).unwrap();
        assert_eq!(serde_json::from_str::<Trace>(&text).unwrap(), dated);
    }
}
