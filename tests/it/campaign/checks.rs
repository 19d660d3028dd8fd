//! Checks at checkpoints against a model that looks at every pair of lines, and the two laws above all rules.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use epitier::campaign::checks::{
    BarrierCount, Check, CheckAct, CheckProblem, CheckRegister, CheckRules, Condition, Decision,
    HealthCode, HoldEnd, HoldOutcome, Purpose, Reason, Rule, Ruling, Shown, Tally, TravelCode,
    Traveller, Vehicle,
};
use epitier::campaign::{EventId, Journal, Line, Stated};
use epitier::{Interval, OriginId, PersonId, PostId, Timestamp, UnitId};

use super::lines::{SPAN, any_event, assert_reads_the_set, in_order, journal, lines, waiting};
use super::worlds::at;
use crate::random::Random;
use crate::support::Seen;

const PURPOSES: [Purpose; 7] = [
    Purpose::EmergencyCare,
    Purpose::EssentialSupplies,
    Purpose::Duty,
    Purpose::ResidentReturning,
    Purpose::Work,
    Purpose::ThroughTraffic,
    Purpose::Other,
];
const DECISIONS: [Decision; 4] =
    [Decision::Admit, Decision::AdmitEscorted, Decision::Hold, Decision::Refuse];
const HEALTH: [HealthCode; 4] =
    [HealthCode::Green, HealthCode::Yellow, HealthCode::Red, HealthCode::NotShown];
const OUTCOMES: [HoldOutcome; 3] =
    [HoldOutcome::Admitted, HoldOutcome::Refused, HoldOutcome::HandedOver];

fn any<T: Copy>(random: &mut Random, of: &[T]) -> T {
    of[random.below(of.len())]
}

fn travel(random: &mut Random) -> TravelCode {
    match random.below(6) {
        0 => TravelCode::NotShown,
        1 | 2 => TravelCode::NoPhone,
        3 => TravelCode::Visited(OriginId::new(random.below(4))),
        _ => TravelCode::Normal,
    }
}

fn moment(random: &mut Random) -> Timestamp {
    at(random.below::<i64>(40) * 450)
}

fn traveller(random: &mut Random) -> Traveller {
    let shown = Shown {
        identity: random.below(3) > 0,
        paper: random.below(4) == 0,
        health: any(random, &HEALTH),
        travel: travel(random),
        temperature: (random.below(2) == 0).then(|| 368 + random.below::<u16>(9)),
    };
    Traveller {
        person: (random.below(3) > 0).then(|| PersonId::new(random.below(3))),
        to: (random.below(2) == 0).then(|| UnitId::new(random.below(4))),
        recorded: (random.below(3) == 0).then(|| any(random, &DECISIONS)),
        ..Traveller::new(
            PostId::new(random.below(3)),
            moment(random),
            shown,
            if random.below(4) == 0 { Purpose::EmergencyCare } else { any(random, &PURPOSES) },
        )
    }
}

fn condition(random: &mut Random) -> Condition {
    match random.below(9) {
        0 | 1 => Condition::Health(any(random, &HEALTH)),
        2 => Condition::LacksCode,
        3 => Condition::RiskArea,
        4 => Condition::Fever,
        5 => Condition::NoIdentity,
        6 => Condition::NoDocument,
        7 => Condition::Purpose(any(random, &PURPOSES)),
        _ => Condition::ClosedDestination,
    }
}

const RISK: [u32; 2] = [1, 3];
const CLOSED: [u32; 2] = [0, 2];

/// Any rules at all, cruel ones among them.
fn rules(random: &mut Random) -> CheckRules {
    let places =
        CheckRules::new().risk_areas(RISK.map(OriginId::new)).closed_units(CLOSED.map(UnitId::new));
    (0..random.below(6)).fold(places, |rules, _| {
        let count: usize = random.below(3);
        let when: Vec<Condition> = (0..count).map(|_| condition(random)).collect();
        let then = if random.below(2) == 0 { Decision::Refuse } else { any(random, &DECISIONS) };
        rules.rule(when, then)
    })
}

/// Whether a condition is true of somebody, from its words.
fn holds(condition: Condition, who: &Traveller) -> bool {
    let shown = who.shown;
    let no_travel_code = matches!(shown.travel, TravelCode::NotShown | TravelCode::NoPhone);
    match condition {
        Condition::Health(code) => shown.health == code,
        Condition::LacksCode => shown.health == HealthCode::NotShown || no_travel_code,
        Condition::RiskArea => {
            RISK.iter().any(|&area| shown.travel == TravelCode::Visited(OriginId::new(area)))
        }
        Condition::Fever => shown.temperature >= Some(373),
        Condition::NoIdentity => !shown.identity,
        Condition::NoDocument => !shown.identity && !shown.paper,
        Condition::Purpose(purpose) => who.purpose == purpose,
        Condition::ClosedDestination => {
            CLOSED.iter().any(|&unit| who.to == Some(UnitId::new(unit)))
        }
        _ => unreachable!("no such condition is drawn"),
    }
}

/// What the list alone says.
fn by_the_list(rules: &CheckRules, who: &Traveller) -> (Decision, Option<usize>, Vec<usize>) {
    let applied: Vec<usize> = (0..rules.rules().len())
        .filter(|&at| rules.rules()[at].when.iter().all(|&when| holds(when, who)))
        .collect();
    let first = applied.first().copied();
    (first.map_or(Decision::Hold, |at| rules.rules()[at].then), first, applied)
}

fn with_codes(who: &Traveller) -> Traveller {
    let mut who = *who;
    if who.shown.health == HealthCode::NotShown {
        who.shown.health = HealthCode::Green;
    }
    if matches!(who.shown.travel, TravelCode::NotShown | TravelCode::NoPhone) {
        who.shown.travel = TravelCode::Normal;
    }
    who
}

#[test]
fn no_rules_break_the_two_laws() {
    let seen = Seen::default();
    for seed in 0..100_000 {
        let mut random = Random(seed);
        let (rules, who) = (rules(&mut random), traveller(&mut random));
        let Ruling { decision, reason, applied } = rules.decide(&who);
        let excused =
            who.shown.travel == TravelCode::NoPhone && (who.shown.identity || who.shown.paper);
        let judged = if excused { with_codes(&who) } else { who };
        let (plain, first, all) = by_the_list(&rules, &judged);
        let (fair, fair_first, _) = by_the_list(&rules, &with_codes(&who));
        assert_eq!(applied, all, "seed {seed}");
        if who.purpose == Purpose::EmergencyCare {
            assert!(decision.admits(), "seed {seed}");
            let changed = !matches!(plain, Decision::Admit | Decision::AdmitEscorted);
            let care = Reason::EmergencyCare { instead_of: first };
            assert_eq!(reason == care, changed, "seed {seed}");
            assert_eq!(decision, if changed { Decision::AdmitEscorted } else { plain });
            seen.note("care", changed);
            continue;
        }
        if decision == Decision::Refuse {
            assert_eq!(fair, Decision::Refuse, "seed {seed}: refused for lacking a code");
            assert_eq!(reason, Reason::Rule(fair_first.unwrap()), "seed {seed}");
            seen.note("refused by another rule", fair_first != first);
        } else if plain == Decision::Refuse {
            assert_eq!(decision, Decision::Hold, "seed {seed}");
            let instead_of = first.unwrap();
            assert_eq!(reason, Reason::CodeMissing { instead_of }, "seed {seed}");
        } else {
            assert_eq!(decision, plain, "seed {seed}");
            assert_eq!(reason, first.map_or(Reason::NoRule, Reason::Rule), "seed {seed}");
        }
        if excused {
            assert_eq!(decision, rules.decide(&with_codes(&who)).decision, "seed {seed}");
        }
        let bare = by_the_list(&rules, &who).0;
        seen.note("no phone helped", excused && bare == Decision::Hold && decision.admits());
        seen.note("refused", decision == Decision::Refuse);
        seen.note("held instead", matches!(reason, Reason::CodeMissing { .. }));
        seen.note("no rule", reason == Reason::NoRule);
    }
    assert_eq!(seen.kinds(), 6);
    seen.assert_each(30);
}

#[test]
fn the_list_to_start_from_does_what_its_table_says() {
    let rules = CheckRules::village_entrance()
        .risk_areas([OriginId::new(1)])
        .closed_units([UnitId::new(5)]);
    let green = Shown::GREEN;
    let decide = |shown, purpose, to: Option<u32>| {
        let who = Traveller::new(PostId::new(0), at(0), shown, purpose);
        let ruling = rules.decide(&Traveller { to: to.map(UnitId::new), ..who });
        (ruling.decision, ruling.reason)
    };
    let health = |health| Shown { health, ..green };
    let heat = |tenths| Shown { temperature: Some(tenths), ..green };
    let nothing = Shown { identity: false, travel: TravelCode::NoPhone, ..green };
    let nothing = Shown { health: HealthCode::NotShown, ..nothing };
    let visited = |area| Shown { travel: TravelCode::Visited(OriginId::new(area)), ..green };
    let work = Purpose::Work;
    for (shown, purpose, to, decision, rule) in [
        (health(HealthCode::Red), work, None, Decision::Hold, 0),
        (heat(373), work, None, Decision::Hold, 1),
        (heat(372), work, None, Decision::Admit, 10),
        (visited(1), work, None, Decision::Hold, 2),
        (visited(2), work, None, Decision::Admit, 10),
        (health(HealthCode::Yellow), work, Some(5), Decision::Hold, 3),
        (nothing, work, None, Decision::Hold, 4),
        (Shown { paper: true, ..nothing }, work, None, Decision::Admit, 10),
        (Shown { identity: true, ..nothing }, work, None, Decision::Admit, 10),
        (health(HealthCode::NotShown), work, None, Decision::Admit, 10),
        (green, Purpose::EssentialSupplies, Some(5), Decision::AdmitEscorted, 5),
        (green, Purpose::ResidentReturning, Some(5), Decision::AdmitEscorted, 6),
        (green, Purpose::Duty, Some(5), Decision::Admit, 7),
        (green, work, Some(5), Decision::Refuse, 8),
        (green, work, Some(4), Decision::Admit, 10),
        (green, Purpose::ThroughTraffic, None, Decision::Refuse, 9),
    ] {
        assert_eq!(decide(shown, purpose, to), (decision, Reason::Rule(rule)), "rule {rule}");
    }
    assert_eq!(
        decide(health(HealthCode::Red), Purpose::EmergencyCare, Some(5)),
        (Decision::AdmitEscorted, Reason::EmergencyCare { instead_of: Some(0) })
    );
    assert_eq!(CheckRules::default(), CheckRules::village_entrance());
    assert_eq!(CheckRules::new().rules(), [] as [Rule; 0]);
}

fn act(random: &mut Random, count: u64) -> CheckAct {
    match random.below(12) {
        0..3 => CheckAct::Vehicle(Vehicle {
            post: PostId::new(random.below(3)),
            at: moment(random),
            occupants: random.below(4),
        }),
        3 | 4 => CheckAct::Barrier(BarrierCount {
            post: PostId::new(random.below(4)),
            during: {
                let start = moment(random);
                let end = start.saturating_add(random.below::<i64>(6_000));
                Interval::new(start, end.saturating_add(1)).unwrap()
            },
            vehicles: random.below(4),
            people: random.below(7),
        }),
        5..8 => CheckAct::HoldEnd(HoldEnd {
            of: any_event(random, count),
            at: moment(random).saturating_add(3_600),
            outcome: any(random, &OUTCOMES),
        }),
        _ => {
            let vehicle = (random.below(2) == 0).then(|| any_event(random, count));
            CheckAct::Person(Traveller { vehicle, ..traveller(random) })
        }
    }
}

/// What a register must say, found by looking at all lines for each line.
struct Model {
    /// The people who count, each with its line.
    people: Vec<(EventId, Traveller)>,
    /// The vehicles, with how many people in each count.
    vehicles: Vec<(EventId, Vehicle, u32)>,
    /// Which hold ended how.
    ends: BTreeMap<EventId, HoldEnd>,
    problems: Vec<CheckProblem>,
}

fn done(rules: &CheckRules, who: &Traveller) -> Decision {
    who.recorded.unwrap_or_else(|| rules.decide(who).decision)
}

fn first_of(standing: &[Stated<CheckAct>], upto: usize, who: &Traveller) -> Option<EventId> {
    standing[..upto].iter().find_map(|line| match line.act {
        CheckAct::Person(other)
            if who.person.is_some()
                && other.person == who.person
                && other.vehicle == who.vehicle
                && (who.vehicle.is_some() || (other.post, other.at) == (who.post, who.at)) =>
        {
            Some(line.event)
        }
        _ => None,
    })
}

/// When somebody came: with the vehicle, if it is known and came to the same post.
fn came(who: &Traveller, vehicles: &[(EventId, Vehicle, u32)]) -> Timestamp {
    let same = |(event, of, _): &&(EventId, Vehicle, u32)| {
        who.vehicle == Some(*event) && of.post == who.post
    };
    vehicles.iter().find(same).map_or(who.at, |(_, of, _)| of.at)
}

/// How many vehicles and people more a barrier counted, and how many fewer.
fn missing(
    barrier: &BarrierCount,
    people: &[(EventId, Traveller)],
    vehicles: &[(EventId, Vehicle, u32)],
) -> [Option<(u64, u64)>; 2] {
    let inside = |post: PostId, at| post == barrier.post && barrier.during.contains(at);
    let here = vehicles.iter().filter(|(_, of, _)| inside(of.post, of.at));
    let unseen = |listed: u32, of: &Vehicle| (i64::from(of.occupants) - i64::from(listed)).max(0);
    let (cars, unseen) =
        here.fold((0, 0), |(cars, sum), (_, of, listed)| (cars + 1, sum + unseen(*listed, of)));
    let walked = people.iter().filter(|(_, who)| inside(who.post, came(who, vehicles))).count();
    let cars = i64::from(barrier.vehicles) - cars;
    let heads = i64::from(barrier.people) - i64::try_from(walked).unwrap() - unseen;
    let some = |cars: i64, heads: i64| {
        let part = |number: i64| u64::try_from(number.max(0)).unwrap();
        (cars > 0 || heads > 0).then(|| (part(cars), part(heads)))
    };
    [some(cars, heads), some(-cars, -heads)]
}

fn model(read: &Journal<CheckAct>, rules: &CheckRules, now: Timestamp) -> Model {
    let standing = read.standing(now);
    let mut people: Vec<(EventId, Traveller)> = Vec::new();
    let mut same: BTreeMap<EventId, EventId> = BTreeMap::new();
    for (upto, line) in standing.iter().enumerate() {
        if let CheckAct::Person(who) = line.act {
            let first = first_of(&standing, upto, &who);
            if first.is_none() {
                people.push((line.event, who));
            }
            same.insert(line.event, first.unwrap_or(line.event));
        }
    }
    let vehicles: Vec<(EventId, Vehicle, u32)> = standing
        .iter()
        .filter_map(|line| match line.act {
            CheckAct::Vehicle(vehicle) => {
                let inside = people.iter().filter(|(_, who)| who.vehicle == Some(line.event));
                Some((line.event, vehicle, u32::try_from(inside.count()).unwrap()))
            }
            _ => None,
        })
        .collect();
    let find = |event| people.iter().find(|&&(of, _)| of == event).map(|&(_, who)| who);
    let mut ends: BTreeMap<EventId, HoldEnd> = BTreeMap::new();
    let mut ended_by: BTreeMap<EventId, EventId> = BTreeMap::new();
    let mut problems = Vec::new();
    for line in &standing {
        let event = line.event;
        let mut add = |problem| problems.push((line.received, event, problem));
        match line.act {
            CheckAct::Vehicle(Vehicle { occupants: stated, .. }) => {
                let listed = vehicles.iter().find(|vehicle| vehicle.0 == event).unwrap().2;
                if stated != listed {
                    add(CheckProblem::OccupantsDiffer { event, stated, listed });
                }
            }
            CheckAct::Person(who) => {
                if (who.purpose, who.recorded) == (Purpose::EmergencyCare, Some(Decision::Refuse)) {
                    add(CheckProblem::CareRefused { event, of: event });
                }
                if same[&event] != event {
                    add(CheckProblem::ListedTwice { event, first: same[&event] });
                    continue;
                }
                let of = |vehicle| vehicles.iter().find(|other| other.0 == vehicle);
                match who.vehicle.map(|vehicle| (vehicle, of(vehicle))) {
                    Some((vehicle, None)) => add(CheckProblem::UnknownVehicle { event, vehicle }),
                    Some((vehicle, Some((_, of, _)))) if of.post != who.post || of.at > who.at => {
                        add(CheckProblem::NotInVehicle { event, vehicle });
                    }
                    _ => {}
                }
            }
            CheckAct::Barrier(barrier) => {
                let [more, fewer] = missing(&barrier, &people, &vehicles);
                if let Some((vehicles, people)) = more {
                    add(CheckProblem::Uncounted { event, vehicles, people });
                }
                if let Some((vehicles, people)) = fewer {
                    add(CheckProblem::BarrierMissed { event, vehicles, people });
                }
            }
            CheckAct::HoldEnd(end) => {
                let of = end.of;
                match same.get(&of).map(|&first| (first, find(first).unwrap())) {
                    None => add(CheckProblem::UnknownCheck { event, of }),
                    Some((_, who)) if done(rules, &who) != Decision::Hold => {
                        add(CheckProblem::NotHeld { event, of });
                    }
                    Some((_, who)) if end.at < who.at => {
                        add(CheckProblem::EndedBefore { event, of });
                    }
                    Some((held, _)) if ended_by.contains_key(&held) => {
                        add(CheckProblem::EndedTwice { event, of, first: ended_by[&held] });
                    }
                    Some((held, who)) => {
                        ends.insert(held, end);
                        ended_by.insert(held, event);
                        if who.purpose == Purpose::EmergencyCare
                            && end.outcome == HoldOutcome::Refused
                        {
                            add(CheckProblem::CareRefused { event, of });
                        }
                    }
                }
            }
        }
    }
    problems.extend(
        waiting(read, now)
            .into_iter()
            .map(|(received, event, of)| (received, event, CheckProblem::Pending { event, of })),
    );
    let problems = in_order(problems);
    Model { people, vehicles, ends, problems }
}

/// A tally of those at which a question is answered with yes.
fn tally(model: &Model, rules: &CheckRules, keep: impl Fn(PostId, Timestamp) -> bool) -> Tally {
    let mut sum = Tally::default();
    let people = model.people.iter();
    for (_, who) in people.filter(|(_, who)| keep(who.post, came(who, &model.vehicles))) {
        sum.people += 1;
        match done(rules, who) {
            Decision::Admit => sum.admitted += 1,
            Decision::AdmitEscorted => sum.escorted += 1,
            Decision::Hold => sum.held += 1,
            Decision::Refuse => sum.refused += 1,
        }
    }
    for (_, of, listed) in model.vehicles.iter().filter(|(_, of, _)| keep(of.post, of.at)) {
        sum.vehicles += 1;
        let unseen = u64::from(of.occupants.max(*listed) - listed);
        sum.people += unseen;
        sum.unchecked += unseen;
    }
    sum
}

fn assert_like_the_model(register: &CheckRegister, model: &Model, rules: &CheckRules) {
    assert_eq!(register.problems(), model.problems);
    let mut people = model.people.clone();
    people.sort_by_key(|&(event, who)| (who.at, event));
    let listed: Vec<_> = register.checks().iter().map(|one| (one.event, one.traveller)).collect();
    assert_eq!(listed, people);
    for check in register.checks() {
        assert_eq!(check.ruling, rules.decide(&check.traveller));
        assert_eq!(check.end, model.ends.get(&check.event).copied());
    }
    let mut vehicles = model.vehicles.clone();
    vehicles.sort_by_key(|&(event, of, _)| (of.at, event));
    let listed: Vec<_> =
        register.vehicles().iter().map(|one| (one.event, one.vehicle, one.listed)).collect();
    assert_eq!(listed, vehicles);

    let events = |keep: &dyn Fn(&Traveller, EventId) -> bool| -> Vec<EventId> {
        people.iter().filter(|(event, who)| keep(who, *event)).map(|&(event, _)| event).collect()
    };
    let held = |who: &Traveller| done(rules, who) == Decision::Hold;
    let of = |checks: Vec<&Check>| -> Vec<EventId> {
        checks.into_iter().map(|check| check.event).collect()
    };
    assert_eq!(of(register.held().collect()), events(&|who, _| held(who)));
    let still = events(&|who, event| held(who) && !model.ends.contains_key(&event));
    assert_eq!(of(register.still_held().collect()), still);
    let other = |who: &Traveller| who.recorded.is_some_and(|it| it != rules.decide(who).decision);
    assert_eq!(of(register.differing().collect()), events(&|who, _| other(who)));

    assert_eq!(register.total(), tally(model, rules, |_, _| true));
    for (post, found) in register.by_post() {
        assert_eq!(found, tally(model, rules, |other, _| other == post));
    }
    for east in [8 * 3_600, 5 * 3_600 + 45 * 60, -90 * 60, 0] {
        let by_hour = register.by_hour(FixedOffset::east_opt(east).unwrap());
        for (hour, found) in &by_hour {
            assert_eq!((hour.seconds() + i64::from(east)).rem_euclid(3_600), 0);
            let until = hour.saturating_add(3_600);
            assert_eq!(*found, tally(model, rules, |_, at| *hour <= at && at < until));
        }
        assert_eq!(sum(by_hour.into_values()), register.total());
    }
    assert_eq!(sum(register.by_post().into_values()), register.total());
    let total = register.total();
    let reasons: u64 = register.by_reason().values().sum();
    assert_eq!(reasons, total.people - total.unchecked);
    for (reason, count) in register.by_reason() {
        let like = model.people.iter().filter(|(_, who)| rules.decide(who).reason == reason);
        assert_eq!(count, like.count() as u64);
    }
    let parts = total.admitted + total.escorted + total.held + total.refused + total.unchecked;
    assert_eq!(parts, total.people);
}

fn sum(tallies: impl Iterator<Item = Tally>) -> Tally {
    tallies.fold(Tally::default(), |mut sum, tally| {
        sum += tally;
        sum
    })
}

#[test]
fn any_journal_is_read_like_the_model() {
    let seen = Seen::default();
    let sizes = (0..2_500).map(|_| 50).chain([10_000]);
    for (seed, count) in (0..).zip(sizes) {
        let mut random = Random(seed);
        let rules = if seed % 3 == 0 { CheckRules::village_entrance() } else { rules(&mut random) };
        let drawn = lines(&mut random, count, |random| act(random, count));
        let read = journal(&drawn);
        let now = at(SPAN - if seed % 4 == 0 { 150 } else { 0 });
        let (register, model) =
            (CheckRegister::read(&read, &rules, now), model(&read, &rules, now));
        assert_like_the_model(&register, &model, &rules);
        let codes: BTreeSet<&str> = register.problems().iter().map(CheckProblem::code).collect();
        for code in codes {
            seen.note(code, true);
        }
        seen.note(
            "full vehicle",
            model.vehicles.iter().any(|of| of.2 > 0 && of.1.occupants == of.2),
        );
        seen.note("ended", !model.ends.is_empty());
        let late =
            |problem: &_| matches!(problem, CheckProblem::CareRefused { event, of } if event != of);
        seen.note("care refused after a hold", model.problems.iter().any(late));
        if count < 100 {
            assert_reads_the_set(&mut random, &drawn, |journal, now| {
                CheckRegister::read(journal, &rules, now)
            });
        }
    }
    assert_eq!(seen.kinds(), 12 + 3);
    seen.assert_each(20);
}

/// Nine checkpoints at six border villages, a day and a night.
#[test]
fn nine_checkpoints_at_six_villages_count_everybody() {
    let village_of = [0_u32, 0, 1, 1, 2, 2, 3, 4, 5];
    let start: Timestamp = "2021-08-01T00:00:00+08:00".parse().unwrap();
    let beijing = FixedOffset::east_opt(8 * 3_600).unwrap();
    let mut random = Random(75);
    let mut journal = Journal::new();
    let mut event = 0;
    let mut record = |received: Timestamp, act| {
        event += 1;
        journal.record(Line::act(EventId::new(event), received, act)).unwrap();
        EventId::new(event)
    };
    let (mut vehicles, mut people) = (0_u64, 0_u64);
    let mut by_barrier = [(0, 0); 9];
    for minute in 0..1_440 {
        for post in 0..9_u32 {
            let at = start.saturating_add(60 * minute + i64::from(post));
            let walks = random.below(4) > 0 && minute % 60 != 0;
            let occupants = if walks { 1 } else { 1 + random.below::<u32>(4) };
            let post_id = PostId::new(post);
            let act = CheckAct::Vehicle(Vehicle { post: post_id, at, occupants });
            let vehicle = (!walks).then(|| record(at, act));
            for _ in 0..occupants {
                let who = Traveller::new(post_id, at, Shown::GREEN, any(&mut random, &PURPOSES));
                record(at, CheckAct::Person(Traveller { vehicle, ..who }));
            }
            vehicles += u64::from(!walks);
            people += u64::from(occupants);
            by_barrier[post as usize].0 += u32::from(!walks);
            by_barrier[post as usize].1 += occupants;
        }
    }
    let end = start.saturating_add(86_400);
    let day = Interval::new(start, end).unwrap();
    for (post, &(vehicles, people)) in (0..).zip(&by_barrier) {
        // At the last post a car with two people slipped through at night.
        let slipped = u32::from(post == 8);
        let post = PostId::new(post);
        let (vehicles, people) = (vehicles + slipped, people + 2 * slipped);
        record(end, CheckAct::Barrier(BarrierCount { post, during: day, vehicles, people }));
    }
    let register = CheckRegister::read(&journal, &CheckRules::village_entrance(), end);
    let total = register.total();
    assert_eq!((total.vehicles, total.people), (vehicles, people));
    let by_village = register.tallies(|post, _| village_of[post.index()]);
    assert_eq!(by_village.len(), 6);
    assert_eq!(sum(by_village.into_values()), total);
    assert_eq!((register.by_post().len(), register.by_hour(beijing).len()), (9, 24));
    let [CheckProblem::Uncounted { vehicles: 1, people: 2, .. }] = register.problems() else {
        panic!("{:?}", register.problems());
    };
}

#[test]
fn edges_of_time_do_not_overflow() {
    let mut journal = Journal::new();
    for (event, second) in [(1, i64::MIN), (2, i64::MAX), (3, 0)] {
        let at = Timestamp::from_seconds(second);
        let who = Traveller::new(PostId::new(0), at, Shown::GREEN, Purpose::Work);
        journal.record(Line::act(EventId::new(event), at, CheckAct::Person(who))).unwrap();
        let vehicle = Vehicle { post: PostId::new(0), at, occupants: u32::MAX };
        let act = CheckAct::Vehicle(vehicle);
        journal.record(Line::act(EventId::new(event + 10), at, act)).unwrap();
    }
    let end = Timestamp::from_seconds(i64::MAX);
    let register = CheckRegister::read(&journal, &CheckRules::new(), end);
    assert_eq!(register.total().people, 3 + 3 * u64::from(u32::MAX));
    for east in [-86_399, 86_399] {
        let by_hour = register.by_hour(FixedOffset::east_opt(east).unwrap());
        assert_eq!(sum(by_hour.into_values()), register.total());
    }
}

#[cfg(feature = "serde")]
#[test]
fn rules_and_journals_survive_their_files() {
    let rules = rules(&mut Random(11));
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<CheckRules>(&text).unwrap(), rules);
    let forged = text.replace("\"format\":1", "\"format\":2");
    assert!(serde_json::from_str::<CheckRules>(&forged).is_err());
    let mut random = Random(5);
    let read = journal(&lines(&mut random, 200, |random| act(random, 200)));
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Journal<CheckAct>>(&text).unwrap(), read);
    let register = CheckRegister::read(&read, &rules, at(SPAN));
    let checks = serde_json::to_value(&register).unwrap()["checks"].as_array().unwrap().len();
    assert_eq!(checks, register.checks().len());
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_files() {
    let (event, of) = (EventId::new(1), EventId::new(2));
    let (vehicle, first) = (of, of);
    for problem in [
        CheckProblem::Pending { event, of },
        CheckProblem::UnknownVehicle { event, vehicle },
        CheckProblem::NotInVehicle { event, vehicle },
        CheckProblem::ListedTwice { event, first },
        CheckProblem::OccupantsDiffer { event, stated: 1, listed: 2 },
        CheckProblem::Uncounted { event, vehicles: 1, people: 2 },
        CheckProblem::BarrierMissed { event, vehicles: 1, people: 2 },
        CheckProblem::UnknownCheck { event, of },
        CheckProblem::NotHeld { event, of },
        CheckProblem::EndedBefore { event, of },
        CheckProblem::EndedTwice { event, of, first },
        CheckProblem::CareRefused { event, of },
    ] {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
    }
}
