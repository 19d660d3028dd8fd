//! Stopping long calls: at whatever moment an observer says so, the call returns an error, leaves everything
//! as it was, and the next call answers as if nothing had been.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::FixedOffset;
use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cumulative, Direction, Investigation, Link, Onset,
    Protocol, Visit,
};
use epitier::{Cancelled, Day, PersonId, PlaceId, Stopped, Timestamp, Watch};
use proptest::prelude::*;

use super::oracle::World;
use super::worlds::world;

/// Cancels when it has been asked so many times.
#[derive(Debug)]
pub(crate) struct After(AtomicUsize);

impl After {
    pub(crate) fn polls(count: usize) -> Self {
        Self(AtomicUsize::new(count))
    }
}

impl Watch for After {
    fn is_cancelled(&self) -> bool {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        left.is_err()
    }
}

/// Counts how often it is asked.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn polls(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Watch for Count {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed);
        false
    }
}

/// A call that tells its answer, or that it was cancelled.
type Call<'a> = Box<dyn Fn(&dyn Watch) -> Result<String, Cancelled> + 'a>;

/// The answer of a call in words.
fn told<T: Debug, E: Error + 'static>(answer: Result<T, Stopped<E>>) -> Result<String, Cancelled> {
    match answer {
        Ok(answer) => Ok(format!("{answer:?}")),
        Err(Stopped::Cancelled(cancelled)) => Err(cancelled),
        Err(stopped) => panic!("{stopped:?}"),
    }
}

fn told_always<T: Debug>(answer: Result<T, Cancelled>) -> Result<String, Cancelled> {
    answer.map(|answer| format!("{answer:?}"))
}

fn onsets(cases: &[Case]) -> Vec<Onset> {
    let day = Day::from_ymd(1970, 1, 1).unwrap();
    cases.iter().map(|case| Onset { person: case.person, day, isolated: None }).collect()
}

/// Every long call that asks an index or a trace, by name.
fn questions<'a>(index: &'a ContactIndex, question: &'a Investigation) -> Vec<(&'a str, Call<'a>)> {
    let trace = index.trace(question, &()).unwrap();
    let (spans, evidence, places, general) =
        (trace.clone(), trace.clone(), trace.clone(), trace.clone());
    let fewer = question.cases().iter().skip(1).copied();
    let fewer = Investigation::new(*question.protocol()).with_cases(fewer);
    let tracer = RefCell::new(index.tracer());
    let both = onsets(question.cases());
    let mut calls: Vec<(&str, Call<'_>)> = vec![
        ("trace", Box::new(move |watch| told(tracer.borrow_mut().trace(question, watch)))),
        ("resume", Box::new(move |watch| told(index.resume(&trace, &fewer, [], watch)))),
        ("spans", Box::new(move |watch| told_always(spans.exposure_spans(index, watch)))),
        ("evidence", Box::new(move |watch| told_always(evidence.all_evidence(index, watch)))),
        ("general", Box::new(move |watch| told(general.general_contacts(index, watch)))),
        ("earliest", Box::new(|watch| told(index.earliest_exposures(question, watch)))),
        (
            "both ways",
            Box::new(move |watch| {
                let utc = FixedOffset::east_opt(0).unwrap();
                let isolations = question.isolations();
                told(index.trace_both_ways(question.protocol(), &both, isolations, utc, watch))
            }),
        ),
    ];
    if question.protocol().direction() == Direction::Forward {
        calls.push(("places", Box::new(move |watch| told(places.exposed_places(index, 2, watch)))));
    }
    calls
}

/// Cancels a call at its first poll, at its second, and so on, less and less densely beyond some hundred;
/// tells at how many.
fn cancel_everywhere(name: &str, call: &Call<'_>) -> usize {
    let expected = call(&()).unwrap();
    let (mut polls, mut cancelled) = (0, 0);
    loop {
        match call(&After::polls(polls)) {
            Ok(answer) => {
                assert_eq!(answer, expected, "{name} after {cancelled} cancelled ones");
                return cancelled;
            }
            Err(Cancelled) => cancelled += 1,
        }
        polls += 1 + polls / 100;
    }
}

fn row(person: u32, place: u32, start: i64, end: i64) -> Visit {
    let (person, place) = (PersonId::new(person), PlaceId::new(place));
    Visit { person, place, start: at(start), end: at(end) }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn builder(world: &World) -> ContactIndexBuilder {
    let half = world.visits.len() / 2;
    ContactIndexBuilder::new(world.people, world.place_count)
        .visits(world.visits[..half].iter().copied())
        .visits_with_unknown_end(world.visits[half..].iter().copied())
        .links(world.links.iter().copied())
        .places(world.places.iter().copied())
        .members(world.members.iter().copied())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_cancelled_call_leaves_everything_as_it_was(world in world()) {
        let build: Call<'_> = Box::new(|watch| told(builder(&world).build(watch)));
        prop_assert!(cancel_everywhere("build", &build) > 3);
        let index = builder(&world).build(&()).unwrap();
        let held = || (index.visit_count(), index.link_count(), index.segments(), index.bytes());
        let before = held();
        for (name, call) in questions(&index, &world.investigation) {
            let cancelled = cancel_everywhere(name, &call);
            prop_assert!(cancelled > 0, "{} cannot be cancelled", name);
        }
        prop_assert_eq!(held(), before);
    }
}

/// A town in which everybody stays at their own and at a common place, and everybody calls the next.
fn town(people: u32) -> ContactIndexBuilder {
    let visits = (0..people).flat_map(|person| {
        let start = i64::from(person % 1_000);
        [row(person, 1 + person / 4, 0, 900), row(person, 0, 1_000 + start, 1_003 + start)]
    });
    let calls = (1..people).map(|person| {
        let (a, b) = (PersonId::new(person - 1), PersonId::new(person));
        let start = at(i64::from(person % 100));
        Link { a, b, start, end: start, one_way: false }
    });
    ContactIndexBuilder::new(people, 1 + people.div_ceil(4)).visits(visits).links(calls)
}

/// The rules under which a town is asked, with cases among its people.
fn rules() -> [(Protocol, u32); 4] {
    let sums = Cumulative::new(2, 10).ok();
    [
        (Protocol::new().with_tiers(3), 3),
        (Protocol::new().with_tiers(3), 400),
        (Protocol::new().with_tiers(2).with_direction(Direction::Backward), 3),
        (Protocol::new().with_tiers(2).with_min_overlap(5).with_cumulative(sums), 3),
    ]
}

fn asked(protocol: Protocol, cases: u32, people: u32) -> Investigation {
    let case = |rank| Case {
        person: PersonId::new(rank * (people / cases)),
        from: at(0),
        until: Some(at(5_000)),
    };
    Investigation::new(protocol).with_cases((0..cases).map(case))
}

#[test]
fn larger_calls_can_be_cancelled_too() {
    let people = 800;
    let index = town(people).build(&()).unwrap();
    for (protocol, cases) in rules() {
        let question = asked(protocol, cases, people);
        for (name, call) in questions(&index, &question) {
            assert!(cancel_everywhere(name, &call) > 3, "{name}, {protocol:?}");
        }
    }
}

/// The most rows of a town of this size for which a call may ask its observer only once.
const STRETCH: usize = 1 << 12;

#[test]
fn the_observer_is_asked_as_often_as_there_are_stretches_of_rows() {
    let people = 60_000;
    let index = town(people).build(&()).unwrap();
    let rows = index.visit_count() + 2 * index.link_count();
    let question = asked(Protocol::new().with_tiers(3).with_min_overlap(1), 30, people);
    let mut calls = questions(&index, &question);
    let build = |watch: &dyn Watch| told(town(people).build(watch).map(|_| ()));
    calls.push(("build", Box::new(build)));
    for (name, call) in calls {
        let count = Count::default();
        call(&count).unwrap();
        let polls = count.polls();
        assert!(polls > rows / STRETCH, "{name}: {polls} polls for {rows} rows");
    }
}
