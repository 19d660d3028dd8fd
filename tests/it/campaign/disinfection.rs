//! Disinfection tasks against a model that looks for a disinfection that lasts.

use epitier::campaign::disinfection::{
    Again, Disinfected, DisinfectionAct, DisinfectionProblem, DisinfectionRegister,
    DisinfectionRules, TaskState,
};
use epitier::campaign::{EventId, Journal, Line, Stated};
use epitier::contact::{Case, ContactIndexBuilder, ExposedPlace, Investigation, Protocol, Visit};
use epitier::{PersonId, PlaceId, ResponderId, Timestamp};

use super::lines::{SPAN, assert_reads_the_set, in_order, journal, lines, waiting};
use super::worlds::{at, shuffle};
use crate::random::Random;
use crate::support::Seen;

type Exposed = Vec<(u32, ExposedPlace)>;

fn moment(random: &mut Random) -> Timestamp {
    at(random.below(SPAN))
}

fn act(random: &mut Random, places: u32) -> DisinfectionAct {
    let (place, at) = (PlaceId::new(random.below(places)), moment(random));
    if random.below(4) == 0 {
        DisinfectionAct::Again(Again { place, at })
    } else {
        let responder = ResponderId::new(random.below(5));
        DisinfectionAct::Done(Disinfected { place, at, responder })
    }
}

/// Some places, some of them more than once.
fn exposed(random: &mut Random, places: u32) -> Exposed {
    let rows = 0..random.below(places + places / 2);
    rows.map(|_| {
        let from = moment(random);
        let until = from.saturating_add(1 + random.below::<i64>(200));
        let place = PlaceId::new(random.below(places));
        let (carriers, people) = (1 + random.below::<u32>(3), random.below(3));
        (random.below(3), ExposedPlace { place, from, until, carriers, people })
    })
    .collect()
}

/// What must be said of one place.
#[derive(Debug, PartialEq)]
struct Wanted {
    place: PlaceId,
    ready: Timestamp,
    due: Timestamp,
    state: TaskState,
    undone: Option<EventId>,
}

/// Of the lines of a place by time: the first disinfection at which it was ready, and after which nobody asks for
/// another, finishes the task.
fn wanted(
    place: PlaceId,
    until: Timestamp,
    lines: &[Stated<DisinfectionAct>],
    rules: DisinfectionRules,
    now: Timestamp,
) -> Wanted {
    let time = |line: &Stated<DisinfectionAct>| match line.act {
        DisinfectionAct::Done(done) => done.at,
        DisinfectionAct::Again(again) => again.at,
    };
    let is_done = |line: &Stated<DisinfectionAct>| matches!(line.act, DisinfectionAct::Done(_));
    let aired = until.saturating_add(rules.airing_seconds.into());
    let first = lines.iter().position(is_done).unwrap_or(lines.len());
    let agains: Vec<usize> = (first..lines.len()).filter(|&at| !is_done(&lines[at])).collect();
    let ready = agains.iter().map(|&again| time(&lines[again])).chain([aired]).max().unwrap();
    let due = ready.saturating_add(rules.within_seconds.into());
    // What comes before the last wish for another is for nothing.
    let last = agains.last().map_or(0, |&again| again + 1);
    let done = lines[last..].iter().find(|line| is_done(line) && time(line) >= ready);
    let state = match done {
        Some(line) => TaskState::Done { by: line.event, late: time(line) >= due },
        None if now >= due => TaskState::Overdue,
        None if now >= ready => TaskState::Open,
        None => TaskState::NotYet,
    };
    // Each stretch between two wishes has a finishing line, or its last early one counts for nothing.
    let mut undone = None;
    let mut ready_then = aired;
    let mut from = 0;
    for &again in agains.iter().chain([&lines.len()]) {
        let stretch = &lines[from..again];
        let early = stretch.iter().rfind(|line| is_done(line) && time(line) < ready_then);
        let good = stretch.iter().find(|line| is_done(line) && time(line) >= ready_then);
        undone = early.map(|line| line.event).or(undone);
        if let (Some(good), true) = (good, again < lines.len()) {
            undone = Some(good.event);
        }
        if again < lines.len() {
            ready_then = ready_then.max(time(&lines[again]));
            from = again + 1;
        }
    }
    Wanted { place, ready, due, state, undone }
}

#[test]
fn any_journal_is_read_like_the_model() {
    let seen = Seen::default();
    let sizes = (0..2_500).map(|_| (40, 6)).chain([(10_000, 300)]);
    for (seed, (count, places)) in (0..).zip(sizes) {
        let mut random = Random(seed);
        let rules = DisinfectionRules {
            airing_seconds: random.below(40),
            within_seconds: random.below(80),
        };
        let mut exposed = exposed(&mut random, places);
        let drawn = lines(&mut random, count, |random| act(random, places));
        let read = journal(&drawn);
        let now = at(random.below(SPAN + 200));
        let register = DisinfectionRegister::read(&read, exposed.iter().copied(), rules, now);

        let standing = read.standing(now);
        let mut problems: Vec<_> = waiting(&read, now)
            .into_iter()
            .map(|(received, event, of)| {
                (received, event, DisinfectionProblem::Pending { event, of })
            })
            .collect();
        let mut tasks = Vec::new();
        for place in (0..places).map(PlaceId::new) {
            let mut here: Vec<Stated<DisinfectionAct>> = standing
                .iter()
                .filter(|line| match line.act {
                    DisinfectionAct::Done(done) => done.place == place,
                    DisinfectionAct::Again(again) => again.place == place,
                })
                .copied()
                .collect();
            here.sort_by_key(|line| match line.act {
                DisinfectionAct::Done(done) => (done.at, line.received, line.event),
                DisinfectionAct::Again(again) => (again.at, line.received, line.event),
            });
            let rows: Vec<&(u32, ExposedPlace)> =
                exposed.iter().filter(|row| row.1.place == place).collect();
            let Some(until) = rows.iter().map(|row| row.1.until).max() else {
                problems.extend(here.iter().map(|&Stated { event, received, .. }| {
                    (received, event, DisinfectionProblem::NotExposed { event, place })
                }));
                continue;
            };
            for &Stated { event, received, .. } in
                here.iter().take_while(|line| matches!(line.act, DisinfectionAct::Again(_)))
            {
                problems.push((received, event, DisinfectionProblem::NothingDone { event, place }));
            }
            let wanted = wanted(place, until, &here, rules, now);
            seen.note("not yet", wanted.state == TaskState::NotYet);
            seen.note("open", wanted.state == TaskState::Open);
            seen.note("overdue", wanted.state == TaskState::Overdue);
            seen.note("late", matches!(wanted.state, TaskState::Done { late: true, .. }));
            seen.note("in time", matches!(wanted.state, TaskState::Done { late: false, .. }));
            seen.note("again", wanted.ready > until.saturating_add(rules.airing_seconds.into()));
            seen.note("twice", rows.len() > 1);
            let tier = rows.iter().map(|row| row.0).min().unwrap();
            let carriers = rows.iter().map(|row| row.1.carriers).max().unwrap();
            let people = rows.iter().map(|row| row.1.people).max().unwrap();
            let from = rows.iter().map(|row| row.1.from).min().unwrap();
            let all = ExposedPlace { place, from, until, carriers, people };
            tasks.push((tier, all, wanted));
        }
        tasks.sort_by(|(tier, all, _), (other_tier, other, _)| {
            tier.cmp(other_tier)
                .then(other.people.cmp(&all.people))
                .then(other.carriers.cmp(&all.carriers))
                .then(all.place.cmp(&other.place))
        });
        let found: Vec<_> = register
            .tasks()
            .iter()
            .map(|task| {
                let place = task.exposed.place;
                let (ready, due, state, undone) = (task.ready, task.due, task.state, task.undone);
                (task.tier, task.exposed, Wanted { place, ready, due, state, undone })
            })
            .collect();
        assert_eq!(found, tasks, "seed {seed}");
        assert_eq!(register.problems(), in_order(problems), "seed {seed}");
        let open = register.tasks().iter().filter(|task| task.is_open()).count();
        assert_eq!(register.open().count(), open);
        let overdue = register.tasks().iter().filter(|task| task.state == TaskState::Overdue);
        assert!(register.overdue().eq(overdue));
        shuffle(&mut random, &mut exposed);
        if count < 100 {
            assert_eq!(
                DisinfectionRegister::read(&read, exposed.iter().copied(), rules, now),
                register
            );
            assert_reads_the_set(&mut random, &drawn, |journal, now| {
                DisinfectionRegister::read(journal, exposed.iter().copied(), rules, now)
            });
        }
    }
    assert_eq!(seen.kinds(), 7);
    seen.assert_each(200);
}

/// Law: whatever was done before, a new exposure opens the task again, and so does nothing else.
#[test]
fn a_new_exposure_opens_a_finished_task_again() {
    let mut finished = 0;
    for seed in 0..2_000 {
        let mut random = Random(9_000 + seed);
        let rules = DisinfectionRules { airing_seconds: random.below(40), within_seconds: 60 };
        let exposed = exposed(&mut random, 6);
        let drawn = lines(&mut random, 40, |random| act(random, 6));
        let read = journal(&drawn);
        let now = at(SPAN);
        let register = DisinfectionRegister::read(&read, exposed.iter().copied(), rules, now);
        for task in register.tasks() {
            let TaskState::Done { by, .. } = task.state else { continue };
            finished += 1;
            // One that is over before the disinfection of this place changes nothing ...
            let when = match read.standing(now).iter().find(|line| line.event == by).unwrap().act {
                DisinfectionAct::Done(done) => done.at,
                DisinfectionAct::Again(_) => unreachable!("finished by a disinfection"),
            };
            let over = when.saturating_add(-i64::from(rules.airing_seconds));
            let with = |until| {
                let from = task.exposed.from.min(until);
                let row = ExposedPlace { from, until, ..task.exposed };
                let rows = exposed.iter().copied().chain([(2, row)]);
                let register = DisinfectionRegister::read(&read, rows, rules, now);
                let place = task.exposed.place;
                *register.tasks().iter().find(|task| task.exposed.place == place).unwrap()
            };
            let TaskState::Done { by: again, .. } = with(over).state else {
                panic!("seed {seed}: open after an exposure that was over")
            };
            assert_eq!(again, by, "seed {seed}");
            // ... and one that ends a second later opens it, unless somebody came once more.
            let opened = with(over.saturating_add(1));
            assert_ne!(opened.state, task.state, "seed {seed}");
            assert!(opened.undone.is_some(), "seed {seed}");
            let far = with(at(10_000));
            assert_eq!(far.state, TaskState::NotYet, "seed {seed}");
            assert!(far.is_open() && far.undone.is_some());
        }
    }
    assert!(finished > 500, "only {finished}");
}

/// From stays and a case to a task, and to another when the case turns out to have come back.
#[test]
fn a_trace_makes_the_tasks() {
    let stay = |person, place, start, end| Visit {
        person: PersonId::new(person),
        place: PlaceId::new(place),
        start: at(start),
        end: at(end),
    };
    let stays = [
        stay(0, 0, 0, 600),
        stay(0, 1, 700, 900),
        stay(1, 1, 800, 1_000),
        stay(1, 2, 1_100, 1_200),
    ];
    let more = [stay(0, 1, 5_000, 5_100)];
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    let investigation = Investigation::new(Protocol::new().with_lag(300)).with_cases([case]);
    let rules = DisinfectionRules { airing_seconds: 60, within_seconds: 3_600 };
    let mut journal = Journal::new();
    let done =
        Disinfected { place: PlaceId::new(1), at: at(1_360), responder: ResponderId::new(1) };
    journal.record(Line::act(EventId::new(1), at(1_360), DisinfectionAct::Done(done))).unwrap();
    let read = |stays: &[Visit]| {
        let index =
            ContactIndexBuilder::new(2, 3).visits(stays.iter().copied()).build(&()).unwrap();
        let trace = index.trace(&investigation, &()).unwrap();
        let lists = [0, 1].map(|tier| {
            let places = trace.exposed_places(&index, tier, &()).unwrap();
            places.into_iter().map(move |place| (tier, place))
        });
        DisinfectionRegister::read(&journal, lists.into_iter().flatten(), rules, at(6_000))
    };
    let states = |register: &DisinfectionRegister| -> Vec<(u32, u32, TaskState)> {
        let tasks = register.tasks().iter();
        tasks.map(|task| (task.exposed.place.get(), task.tier, task.state)).collect()
    };
    let finished = TaskState::Done { by: EventId::new(1), late: false };
    // The contact's place is the last, whatever the numbers.
    let first = read(&stays);
    assert_eq!(
        states(&first),
        [(1, 0, finished), (0, 0, TaskState::Overdue), (2, 1, TaskState::Overdue)]
    );
    // The contact stayed until 1,000.
    assert_eq!(first.tasks()[0].ready, at(1_000 + 300 + 60));
    let second = read(&[&stays[..], &more].concat());
    assert_eq!(states(&second)[0], (1, 0, TaskState::Open));
    assert_eq!(second.tasks()[0].undone, Some(EventId::new(1)));
    assert_eq!(second.tasks()[0].due, at(5_100 + 300 + 60 + 3_600));
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let end = Timestamp::from_seconds(i64::MAX);
    let row =
        ExposedPlace { place: PlaceId::new(0), from: end, until: end, carriers: 1, people: 0 };
    let rules = DisinfectionRules { airing_seconds: u32::MAX, within_seconds: u32::MAX };
    let register = DisinfectionRegister::read(&Journal::new(), [(0, row)], rules, end);
    assert_eq!(register.tasks()[0].state, TaskState::Overdue);
    let none = DisinfectionRegister::read(&Journal::new(), [], DisinfectionRules::default(), end);
    assert!(none.tasks().is_empty() && none.problems().is_empty());
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_files_and_journals_survive() {
    let (event, of, place) = (EventId::new(1), EventId::new(2), PlaceId::new(3));
    for problem in [
        DisinfectionProblem::Pending { event, of },
        DisinfectionProblem::NotExposed { event, place },
        DisinfectionProblem::NothingDone { event, place },
    ] {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
    }
    let read = journal(&lines(&mut Random(3), 60, |random| act(random, 5)));
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Journal<DisinfectionAct>>(&text).unwrap(), read);
}
