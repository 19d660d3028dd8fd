//! An index that grows, loses rows and forgets is the index that a rebuild makes of what is left.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Direction, Investigation, Link, Member, Place,
    Protocol, RecordError, Setting, Table, Visit,
};
use epitier::{Cancelled, HouseholdId, PersonId, PlaceId, Stopped, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::cancel::After;
use super::oracle::World;
use super::worlds::world;
use crate::random::Random;
use crate::support::{for_cases, on_pools};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// Seconds that no base of an index leaves free before its first start.
const LONG: i64 = 400_000_000;

/// All rows that an index should hold.
#[derive(Clone, Debug, Default)]
struct Rows {
    counts: (u32, u32),
    visits: Vec<Visit>,
    unknown_ends: Vec<Visit>,
    links: Vec<Link>,
    places: Vec<Place>,
    members: Vec<Member>,
}

impl Rows {
    fn builder(&self) -> ContactIndexBuilder {
        ContactIndexBuilder::new(self.counts.0, self.counts.1)
            .visits(self.visits.iter().copied())
            .visits_with_unknown_end(self.unknown_ends.iter().copied())
            .links(self.links.iter().copied())
            .places(self.places.iter().copied())
            .members(self.members.iter().copied())
    }

    fn add(&mut self, more: &Self) {
        self.counts.0 = self.counts.0.max(more.counts.0);
        self.counts.1 = self.counts.1.max(more.counts.1);
        self.visits.extend(&more.visits);
        self.unknown_ends.extend(&more.unknown_ends);
        self.links.extend(&more.links);
        self.places.extend(&more.places);
        self.members.extend(&more.members);
    }

    /// Every visit, whether or not its end is known.
    fn all_visits(&self) -> impl Iterator<Item = &Visit> {
        self.visits.iter().chain(&self.unknown_ends)
    }

    fn earliest(&self) -> Option<i64> {
        let links = self.links.iter().map(|link| link.start.seconds());
        self.all_visits().map(|visit| visit.start.seconds()).chain(links).min()
    }

    /// Fits the counts to the rows, so that later batches bring people and places that are new.
    fn counted(mut self) -> Self {
        let visitors = self.all_visits().map(|visit| visit.person);
        let linked = self.links.iter().flat_map(|link| [link.a, link.b]);
        let members = self.members.iter().map(|member| member.person);
        let people = visitors.chain(linked).chain(members).map(PersonId::get).max();
        let visited = self.all_visits().map(|visit| visit.place);
        let places = visited.chain(self.places.iter().map(|row| row.place)).map(PlaceId::get).max();
        self.counts = (people.map_or(0, |last| last + 1), places.map_or(0, |last| last + 1));
        self
    }
}

/// One change of an index.
#[derive(Clone, Debug)]
enum Step {
    Extend(Rows),
    /// Takes back each row whose number, modulo the given one, is 0.
    Retract(usize),
    Forget(i64),
    Compact,
}

/// The rows of a world in batches, with some stated twice and some much earlier, and other changes in
/// between.
fn steps() -> impl Strategy<Value = (World, Vec<Step>)> {
    let fate = || {
        (
            prop_oneof![1 => Just(0), 1 => 1..6usize],
            prop_oneof![8 => Just(0), 1 => Just(30), 1 => Just(LONG)],
            0..6u32,
            prop::bool::weighted(0.2),
        )
    };
    let other = prop_oneof![
        3 => (2..9usize).prop_map(Step::Retract),
        3 => (-30..70i64).prop_map(Step::Forget),
        3 => Just(Step::Compact),
    ];
    let others = vec((1..7usize, other), 0..6);
    (world(), vec(fate(), 60), others).prop_map(|(world, fates, others)| {
        let mut batches: Vec<Rows> = vec![Rows::default(); 6];
        let mut fates = fates.into_iter().cycle();
        for visit in &world.visits {
            let (batch, earlier, again, unknown) = fates.next().unwrap();
            let (start, end) = (visit.start, visit.end.saturating_add(-earlier));
            let visit = Visit { start: start.saturating_add(-earlier), end, ..*visit };
            if unknown {
                batches[batch].unknown_ends.push(visit);
            } else {
                batches[batch].visits.push(visit);
            }
            if again == 0 {
                batches[5 - batch].visits.push(visit);
            }
        }
        for link in &world.links {
            let (batch, earlier, again, _) = fates.next().unwrap();
            let (start, end) = (link.start, link.end.saturating_add(-earlier));
            let link = Link { start: start.saturating_add(-earlier), end, ..*link };
            batches[batch].links.push(link);
            if again == 0 {
                batches[5 - batch].links.push(Link { a: link.b, b: link.a, ..link });
            }
        }
        for place in &world.places {
            batches[fates.next().unwrap().0].places.push(*place);
        }
        for member in &world.members {
            batches[fates.next().unwrap().0].members.push(*member);
        }
        let mut steps: Vec<Step> =
            batches.into_iter().map(|batch| Step::Extend(batch.counted())).collect();
        for (place, other) in others {
            steps.insert(place, other);
        }
        (world, steps)
    })
}

/// Everything that can be asked of an index.
fn said(index: &ContactIndex, world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let question = |direction| {
        Investigation::new(world.investigation.protocol().with_direction(direction))
            .with_cases(world.investigation.cases().iter().copied())
            .with_isolations(world.investigation.isolations().iter().copied())
    };
    let answers = [Direction::Forward, Direction::Backward].map(|direction| {
        let trace = index.trace(&question(direction), &());
        let evidence: Vec<_> = trace
            .iter()
            .flat_map(|trace| {
                trace.people().iter().map(|traced| trace.evidence(index, traced.person))
            })
            .collect();
        (trace, evidence)
    });
    let counts = (index.people(), index.places(), index.visit_count(), index.link_count());
    (counts, answers)
}

fn same(index: &ContactIndex, rows: &Rows, world: &World) -> Result<(), TestCaseError> {
    prop_assert_eq!(said(index, world), said(&rows.builder().build(&()).unwrap(), world));
    Ok(())
}

/// Whether two links are the same contact.
fn alike(a: &Link, b: &Link) -> bool {
    a == b || !a.one_way && *a == Link { a: b.b, b: b.a, ..*b }
}

type Notes = RefCell<BTreeMap<&'static str, usize>>;

fn take(steps: &[Step], world: &World, notes: &Notes) -> Result<(), TestCaseError> {
    let note =
        |what, holds: bool| *notes.borrow_mut().entry(what).or_default() += usize::from(holds);
    let mut rows = Rows::default();
    let mut index = rows.builder().build(&()).unwrap();
    for step in steps {
        let (before, then) = (index.clone(), said(&index, world));
        let old = rows.clone();
        match step {
            Step::Extend(more) => {
                let earlier = rows.earliest().zip(more.earliest()).map(|(old, new)| old - new);
                note("late rows", earlier.is_some_and(|earlier| earlier > 0));
                note("rows before the base", earlier.is_some_and(|earlier| earlier > LONG / 2));
                note("new people", !rows.visits.is_empty() && rows.counts.0 < more.counts.0);
                note("new places", !rows.visits.is_empty() && rows.counts.1 < more.counts.1);
                note("duplicates", more.visits.iter().any(|visit| rows.visits.contains(visit)));
                let twin = |visit| rows.unknown_ends.contains(visit);
                note("known and unknown ends", more.visits.iter().any(twin));
                let twin = |visit| rows.visits.contains(visit);
                note("unknown and known ends", more.unknown_ends.iter().any(twin));
                let based = earlier.is_some_and(|earlier| earlier > LONG / 2);
                note("a new base of unknown ends", based && !rows.unknown_ends.is_empty());
                index.extend(more.builder(), &()).unwrap();
                rows.add(more);
                let grown = !old.visits.is_empty() && !more.visits.is_empty();
                note("merged", grown && index.segments() <= before.segments());
                note("not merged", grown && index.segments() > before.segments());
            }
            Step::Retract(every) => {
                let visits: Vec<Visit> = rows.all_visits().copied().step_by(*every).collect();
                let links: Vec<Link> = rows.links.iter().copied().step_by(*every).collect();
                index.retract(&visits, &links, &()).unwrap();
                rows.visits.retain(|visit| !visits.contains(visit));
                rows.unknown_ends.retain(|visit| !visits.contains(visit));
                note("retracted unknown ends", rows.unknown_ends.len() < old.unknown_ends.len());
                rows.links.retain(|link| !links.iter().any(|lost| alike(lost, link)));
                note("retracted", !visits.is_empty() && !links.is_empty());
                note("retracted twins", rows.visits.len() + visits.len() < old.visits.len());
            }
            Step::Forget(moment) => {
                index.forget_before(at(*moment), &()).unwrap();
                rows.visits.retain(|visit| visit.end > at(*moment));
                rows.unknown_ends.retain(|visit| visit.end > at(*moment));
                note("forgotten unknown ends", rows.unknown_ends.len() < old.unknown_ends.len());
                let last = |link: &Link| link.end.max(link.start.saturating_add(1));
                rows.links.retain(|link| last(link) > at(*moment));
                rows.members.retain(|member| member.until.is_none_or(|until| until > at(*moment)));
                note("forgotten visits", rows.visits.len() < old.visits.len());
                note("forgotten presences", rows.members.len() < old.members.len());
                note("forgotten links", rows.links.len() < old.links.len());
                note(
                    "forgotten in part",
                    !rows.visits.is_empty() && rows.visits.len() < old.visits.len(),
                );
            }
            Step::Compact => {
                index.compact(&()).unwrap();
                prop_assert!(index.segments() <= 1);
                note("compacted", before.segments() > 1);
            }
        }
        same(&index, &rows, world)?;
        prop_assert_eq!(said(&before, world), then, "a clone changed");
        let trace = index.trace(&world.investigation, &());
        let people = trace.as_ref().map_or(&[][..], |trace| trace.people());
        note("somebody is reached", people.iter().any(|traced| traced.tier > 0));
        note("an outer bound matters", people.iter().any(|traced| traced.outer_bound));
    }
    Ok(())
}

#[test]
fn a_changed_index_is_a_rebuilt_one() {
    let notes = Notes::default();
    for_cases(&steps(), |(world, steps)| take(&steps, &world, &notes));
    for (what, count) in notes.borrow().iter() {
        assert!(*count >= 8, "{what}: only {count} times; {notes:?}");
    }
}

/// Visits of so many people to so many places that start in so many minutes.
fn crowd(rows: usize, people: u32, places: u32, minutes: i64, seed: u64) -> Vec<Visit> {
    let mut random = Random(seed);
    let visit = |_| {
        let (person, place) = (random.below(people), random.below(places));
        let start = 60 * i64::try_from(random.below(minutes.unsigned_abs())).unwrap();
        let length = 60 * (1 + i64::try_from(random.below(500u64)).unwrap());
        let (person, place) = (PersonId::new(person), PlaceId::new(place));
        Visit { person, place, start: at(start), end: at(start + length) }
    };
    (0..rows).map(visit).collect()
}

/// Whom a person meets, each with the first second.
fn met_by(person: PersonId, visits: &[Visit]) -> BTreeMap<PersonId, Timestamp> {
    let mut met = BTreeMap::new();
    for own in visits.iter().filter(|visit| visit.person == person) {
        for other in
            visits.iter().filter(|visit| visit.place == own.place && visit.person != person)
        {
            let first = own.start.max(other.start);
            if first < own.end.min(other.end) {
                let known = met.entry(other.person).or_insert(first);
                *known = first.min(*known);
            }
        }
    }
    met
}

#[test]
fn many_rows_are_found_however_they_lie() {
    // Two numbers of venues are none of a place.
    let far = u32::MAX - 2;
    for (rows, people, places, minutes) in [
        (150_000, 20_000, 3_000, 20_000),
        (300_000, 30_000, 1, 20_000),
        (300_000, 100_000, 1, 1),
        (300_000, 3, 2_000, 20_000),
        (40_000, 5_000, far, 20_000),
        (20_000, 5_000, 900, 60_000_000),
    ] {
        let mut visits = crowd(rows, people, places, minutes, 7);
        // Somebody whose few visits are at places and times of others.
        let guest = PersonId::new(people);
        for at in 0..5 {
            visits.push(Visit { person: guest, ..visits[at * rows / 5] });
        }
        let case = Case { person: guest, from: at(-9), until: None };
        let question = Investigation::new(Protocol::new().with_tiers(1)).with_cases([case]);
        let builder = ContactIndexBuilder::new(people + 1, places).visits(visits.iter().copied());
        // Taking rows back looks for each by its place in the order of all.
        let mut half = builder.clone().build(&()).unwrap();
        half.retract(&visits[..rows / 2], &[], &()).unwrap();
        let gone: BTreeSet<&Visit> = visits[..rows / 2].iter().collect();
        let left = visits.iter().filter(|visit| !gone.contains(visit)).count();
        assert_eq!(half.visit_count(), left);
        let traces = on_pools(|| {
            let index = builder.clone().build(&()).unwrap();
            index.trace(&question, &()).unwrap()
        });
        let expected = met_by(guest, &visits);
        assert!(expected.len() >= 3, "nobody to find");
        for trace in traces {
            let found: BTreeMap<_, _> =
                trace.in_tier(1).iter().map(|traced| (traced.person, traced.earliest)).collect();
            assert_eq!(found, expected, "{rows} rows, {people} people, {places} places");
        }
    }
}

#[test]
fn an_index_built_in_many_batches_is_the_one_built_at_once() {
    let visits = crowd(120_000, 20_000, 4_000, 20_000, 3);
    let whole = ContactIndexBuilder::new(20_000, 4_000).visits(visits.iter().copied());
    let whole = whole.build(&()).unwrap();
    let mut index = ContactIndexBuilder::new(0, 0).build(&()).unwrap();
    let mut most = 0;
    for batch in visits.chunks(1_500) {
        let rows = ContactIndexBuilder::new(20_000, 4_000).visits(batch.iter().copied());
        index.extend(rows, &()).unwrap();
        most = most.max(index.segments());
    }
    assert!((2..=4).contains(&most), "{most} segments");
    let cases = (0..5).map(|n| Case { person: PersonId::new(n * 999), from: at(0), until: None });
    let question = Investigation::new(Protocol::new().with_tiers(u32::MAX)).with_cases(cases);
    let expected = whole.trace(&question, &()).unwrap();
    assert!(expected.people().len() > 1_000);
    assert_eq!(index.trace(&question, &()).unwrap(), expected);
    index.compact(&()).unwrap();
    assert_eq!((index.segments(), index.bytes()), (1, whole.bytes()));
    assert_eq!(index.trace(&question, &()).unwrap(), expected);
    index.retract(&visits[..40_000], &[], &()).unwrap();
    index
        .extend(ContactIndexBuilder::new(0, 0).visits(visits[..40_000].iter().copied()), &())
        .unwrap();
    assert_eq!(index.trace(&question, &()).unwrap(), expected);
    index.forget_before(at(i64::MAX), &()).unwrap();
    assert_eq!((index.visit_count(), index.bytes(), index.people()), (0, 0, 20_000));
}

fn visit(person: u32, place: u32, start: i64, end: i64) -> Visit {
    let (person, place) = (PersonId::new(person), PlaceId::new(place));
    Visit { person, place, start: at(start), end: at(end) }
}

fn link(a: u32, b: u32, start: i64, end: i64) -> Link {
    let (a, b) = (PersonId::new(a), PersonId::new(b));
    Link { a, b, start: at(start), end: at(end), one_way: false }
}

fn problems<T: std::fmt::Debug>(refused: Result<T, Stopped<RecordError>>) -> Vec<RecordError> {
    refused.unwrap_err().problems().unwrap().iter().copied().collect()
}

#[test]
fn a_refused_change_changes_nothing() {
    const WIDEST: i64 = 29 * (1 << 27) - 4;
    let home =
        |place| Place { place: PlaceId::new(place), setting: Setting::Other, household: None };
    let member = |person, home| Member::from((PersonId::new(person), HouseholdId::new(home)));
    let rows = Rows {
        counts: (3, 2),
        visits: vec![visit(0, 0, 0, 9), visit(1, 0, 5, 10)],
        links: vec![link(0, 1, 3, 3), Link { one_way: true, ..link(1, 2, 4, 4) }],
        places: vec![home(0)],
        members: vec![member(2, 0)],
        ..Rows::default()
    };
    let mut index = rows.builder().build(&()).unwrap();
    let more = ContactIndexBuilder::new(1, 1)
        .visits([visit(2, 1, 4, 4), visit(3, 1, 10 - WIDEST - 1, 10)])
        .places([home(1), home(0), home(1)])
        .members([member(2, 1), member(0, 1), member(2, 1)]);
    let expected = [
        RecordError::EmptyVisit { row: 0, start: at(4), end: at(4) },
        RecordError::UnknownPerson { table: Table::Visits, row: 1, person: PersonId::new(3) },
        RecordError::TooFarApart {
            table: Table::Visits,
            row: 1,
            end: at(10),
            earliest: at(9 - WIDEST),
        },
        RecordError::StatedBefore { table: Table::Places, row: 1 },
        RecordError::StatedTwice { table: Table::Places, row: 2, first: 0 },
        RecordError::StatedBefore { table: Table::Households, row: 0 },
        RecordError::StatedBefore { table: Table::Households, row: 2 },
    ];
    assert_eq!(problems(index.extend(more, &())), expected);
    let early = visit(0, 0, 9 - WIDEST, 0);
    let more = ContactIndexBuilder::new(0, 0).visits([early]).links([link(0, 1, 1, 1)]);
    let (table, row, start) = (Table::Visits, 0, early.start);
    let expected = [RecordError::TooEarly { table, row, start, latest: at(10) }];
    assert_eq!(problems(index.extend(more, &())), expected);
    let lost = [visit(0, 0, 0, 9), visit(0, 0, 0, 8), visit(9, 9, i64::MIN, i64::MAX)];
    let unlinked = [link(1, 0, 3, 3), link(1, 2, 4, 4), Link { one_way: true, ..link(2, 1, 4, 4) }];
    let gone = |table, row| RecordError::NotThere { table, row };
    let expected = [
        gone(Table::Visits, 1),
        gone(Table::Visits, 2),
        gone(Table::Links, 1),
        gone(Table::Links, 2),
    ];
    assert_eq!(problems(index.retract(&lost, &unlinked, &())), expected);
    assert_eq!((index.visit_count(), index.link_count(), index.people()), (2, 2, 3));
    // As far apart as rows may be, once from the end and once from the start.
    let edge = ContactIndexBuilder::new(0, 0).visits([visit(0, 0, 10 - WIDEST, 0)]);
    index.extend(edge, &()).unwrap();
    index.forget_before(at(1), &()).unwrap();
    let edge = ContactIndexBuilder::new(0, 0).visits([visit(0, 0, 5, WIDEST)]);
    index.extend(edge, &()).unwrap();
    let further = ContactIndexBuilder::new(0, 0).visits([visit(0, 0, 5, WIDEST + 1)]);
    assert_eq!(problems(index.extend(further, &())).len(), 1);
    assert_eq!((index.visit_count(), index.link_count()), (3, 2));
}

type Change<'a> = &'a dyn Fn(&mut ContactIndex, &After) -> Result<(), Stopped<RecordError>>;

#[test]
fn a_cancelled_change_changes_nothing() {
    let (people, places) = (4_000, 700);
    let visits = crowd(60_000, people, places, 20_000, 5);
    let batch = crowd(20_000, people, places, 20_000, 6);
    let links = [link(0, 1, 3, 3), link(1, 2, -i64::from(u32::MAX / 4), 4)];
    let index = ContactIndexBuilder::new(people, places).visits(visits.iter().copied());
    let index = index.links([link(0, 1, 3, 3)]).build(&()).unwrap();
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    let question = Investigation::new(Protocol::new().with_tiers(1)).with_cases([case]);
    let told = |index: &ContactIndex| {
        (index.visit_count(), index.link_count(), index.segments(), index.trace(&question, &()))
    };
    let before = told(&index);
    let changes: [(&str, Change<'_>); 4] = [
        ("extend", &|index, watch| {
            let rows = ContactIndexBuilder::new(people, places).visits(batch.iter().copied());
            index.extend(rows.links(links), watch)
        }),
        ("retract", &|index, watch| index.retract(&visits[..9], &links[..1], watch)),
        ("forget", &|index, watch| Ok(index.forget_before(at(600_000), watch)?)),
        ("compact", &|index, watch| {
            let rows =
                ContactIndexBuilder::new(people, places).visits(batch[..500].iter().copied());
            index.extend(rows, &())?;
            let grown = told(index);
            let done = index.compact(watch);
            assert!(done.is_ok() || told(index) == grown);
            if done.is_err() {
                index.retract(&batch[..500], &[], &())?;
            }
            Ok(done?)
        }),
    ];
    for (what, change) in changes {
        let mut cancelled = 0;
        for asked in 0.. {
            let mut copy = index.clone();
            match change(&mut copy, &After::polls(asked)) {
                Ok(()) => break,
                Err(stopped) => assert_eq!(stopped, Stopped::Cancelled(Cancelled)),
            }
            cancelled += 1;
            let now = told(&copy);
            assert_eq!(now, before, "{what} cancelled at {asked}");
        }
        assert!(cancelled > 20, "{what} was cancelled at {cancelled} points only");
        assert_eq!(told(&index), before);
    }
}
