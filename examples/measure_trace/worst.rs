//! The worst cases of an index over intervals: twice the rows must cost about twice the work.

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cumulative, Cuts, Direction, Investigation, Isolation,
    Link, Member, Protocol, Trace, Visit,
};
use epitier::{HouseholdId, PersonId, PlaceId, Timestamp};

use crate::random::Random;

/// Makes a worst case of so many rows.
pub(crate) type Make = fn(u32) -> Worst;

/// The worst cases by name.
pub(crate) const WORST: [(&str, Make); 15] = [
    ("one-instant", one_instant),
    ("nested", nested),
    ("staircase", staircase),
    ("long-staircase", long_staircase),
    ("same-start", same_start),
    ("short-carriers", short_carriers),
    ("one-encloses", one_encloses),
    ("one-person", one_person),
    ("one-person-links", one_person_links),
    ("link-chain", link_chain),
    ("many-segments", many_segments),
    ("one-household", one_household),
    ("all-isolated", all_isolated),
    ("one-isolated-often", one_isolated_often),
    ("one-carrier-sums", one_carrier_sums),
];

/// How many batches of visits arrive later, where some do.
const BATCHES: usize = 20;

/// Rows of which everybody is reached forward from the cases.
#[derive(Clone, Default)]
pub(crate) struct Worst {
    people: u32,
    places: u32,
    visits: Vec<Visit>,
    /// How many of the visits arrive later, in batches.
    later: usize,
    links: Vec<Link>,
    members: Vec<Member>,
    cases: Vec<Case>,
    isolations: Vec<Isolation>,
    protocol: Protocol,
}

impl Worst {
    /// The rows, not indexed yet: what the index is built of, then what it is extended by.
    pub(crate) fn builders(&self) -> Vec<ContactIndexBuilder> {
        let empty = || ContactIndexBuilder::new(self.people, self.places);
        let (first, later) = self.visits.split_at(self.visits.len() - self.later);
        let first = empty()
            .visits(first.iter().copied())
            .links(self.links.iter().copied())
            .members(self.members.iter().copied());
        let later = later.chunks((self.later / BATCHES).max(1));
        let later = later.map(|batch| empty().visits(batch.iter().copied()));
        std::iter::once(first).chain(later).collect()
    }

    /// The index of all rows.
    ///
    /// # Panics
    ///
    /// Panics if a row is lost.
    pub(crate) fn index(&self, builders: Vec<ContactIndexBuilder>) -> ContactIndex {
        let mut builders = builders.into_iter();
        let first = builders.next().expect("some rows come first");
        let mut index = first.build(&()).expect("the rows are valid");
        for rows in builders {
            index.extend(rows, &()).expect("the rows are valid");
        }
        let counts = (index.visit_count(), index.link_count(), index.presence_count());
        assert_eq!(counts, (self.visits.len(), self.links.len(), self.members.len()));
        index
    }

    /// Traces forward, and backward from the same cases.
    ///
    /// # Panics
    ///
    /// Panics if somebody is not reached forward.
    pub(crate) fn trace(&self, index: &ContactIndex) -> [Trace; 2] {
        let traces = [Direction::Forward, Direction::Backward].map(|direction| {
            let protocol = self.protocol.with_direction(direction);
            let question = Investigation::new(protocol)
                .with_cases(self.cases.iter().copied())
                .with_isolations(self.isolations.iter().copied());
            index.trace(&question, &()).expect("the cases are valid")
        });
        assert_eq!(traces[0].people().len(), self.people as usize, "everybody is reached");
        traces
    }
}

/// All at one place in one second.
fn one_instant(rows: u32) -> Worst {
    at_one_place(rows, |_| (0, 1), every_16th(rows), 3)
}

/// Each visit inside the one before.
fn nested(rows: u32) -> Worst {
    at_one_place(rows, |i| (i, 2 * i64::from(rows) - i), every_16th(rows), 3)
}

/// Each visit a little later than the one before, half of them at the same time.
fn staircase(rows: u32) -> Worst {
    at_one_place(rows, |i| (i, i + i64::from(rows / 2) + 1), vec![case(0)], 3)
}

/// Each visit a little later than the one before, 64 at the same time: as many tiers as it takes.
fn long_staircase(rows: u32) -> Worst {
    at_one_place(rows, |i| (i, i + 64), vec![case(0)], u32::MAX)
}

/// All from the same second, to different ends.
fn same_start(rows: u32) -> Worst {
    at_one_place(rows, |i| (0, i + 1), every_16th(rows), 3)
}

/// Half of all stay all the time while the others come and go one by one, every one of them a case: as many
/// pairs as a quarter of the square.
fn short_carriers(rows: u32) -> Worst {
    let (half, all) = (i64::from(rows / 2), 2 * i64::from(rows));
    let stay = |i| if i < half { (2 * i, 2 * i + 1) } else { (0, all) };
    at_one_place(rows, stay, (0..rows / 2).map(case).collect(), 3)
}

/// All come and go one by one while one stays, who carries between them.
fn one_encloses(rows: u32) -> Worst {
    let all = 2 * i64::from(rows);
    at_one_place(rows, |i| if i == 0 { (0, all) } else { (2 * i, 2 * i + 1) }, vec![case(1)], 3)
}

/// Nine of ten visits are of one person, who meets everybody else once.
fn one_person(rows: u32) -> Worst {
    let others = rows / 10;
    let visit = |i: u32| {
        // The person's visit number `met`, or that of somebody else to the same place at the same time.
        let own = rows - others;
        let (person, met) = if i < own { (0, i) } else { (i - own + 1, (i - own) * 9) };
        let place = PlaceId::new(met % 100);
        Visit { person: PersonId::new(person), place, start: time(met), end: time(met + 1) }
    };
    let visits = shuffled((0..rows).map(visit).collect());
    let cases = vec![case(0)];
    let people = others + 1;
    Worst { people, places: 100, visits, cases, protocol: tiers(3), ..Worst::default() }
}

/// One person meets everybody else, each in a moment of its own.
fn one_person_links(rows: u32) -> Worst {
    let link = |i: u32| {
        let (a, b) = (PersonId::new(0), PersonId::new(i + 1));
        Link { a, b, start: time(i), end: time(i), one_way: false }
    };
    let links = shuffled((0..rows).map(link).collect());
    let protocol = tiers(3).with_min_overlap(0);
    let cases = vec![case(0)];
    Worst { people: rows + 1, links, cases, protocol, ..Worst::default() }
}

/// Each meets the next one, all in one second: as many tiers as there are people.
fn link_chain(rows: u32) -> Worst {
    let link = |i| {
        let (a, b) = (PersonId::new(i), PersonId::new(i + 1));
        Link { a, b, start: time(0), end: time(0), one_way: false }
    };
    let links = shuffled((0..rows).map(link).collect());
    let protocol = tiers(u32::MAX).with_min_overlap(0);
    Worst { people: rows + 1, links, cases: vec![case(0)], protocol, ..Worst::default() }
}

/// A staircase of which a fifth arrives later.
fn many_segments(rows: u32) -> Worst {
    Worst { later: rows as usize / 5, ..staircase(rows) }
}

/// All live in one household, each a little later than the one before, half of them at the same time.
fn one_household(rows: u32) -> Worst {
    let members = staircase(rows).visits.into_iter().map(|visit| Member {
        person: visit.person,
        household: HouseholdId::new(0),
        from: Some(visit.start),
        until: Some(visit.end),
    });
    let protocol = tiers(3).with_household_contacts(true);
    let (members, cases) = (members.collect(), vec![case(0)]);
    Worst { people: rows, members, cases, protocol, ..Worst::default() }
}

/// Everybody is isolated for a second in the middle of a long stay.
fn all_isolated(rows: u32) -> Worst {
    let half = rows / 2;
    let isolations = (0..rows).map(|i| away(i, i64::from(i + half / 2))).collect();
    Worst { isolations, ..staircase(rows) }
}

/// All come and go one by one while one stays, who carries between them and is isolated in the middle of
/// each of their visits.
fn one_isolated_often(rows: u32) -> Worst {
    let all = 4 * i64::from(rows);
    let stay = |i| if i == 0 { (0, all) } else { (4 * i, 4 * i + 3) };
    let isolations = (1..rows).map(|i| away(0, 4 * i64::from(i) + 1)).collect();
    Worst { isolations, ..at_one_place(rows, stay, vec![case(1)], 3) }
}

/// All come and go one by one, twice, while a case stays: only both contacts together count.
fn one_carrier_sums(rows: u32) -> Worst {
    let others = rows / 2;
    let all = 2 * i64::from(others) + 2;
    let visit = |(person, start, end)| {
        let (person, place) = (PersonId::new(person), PlaceId::new(0));
        Visit { person, place, start: time(start), end: time(end) }
    };
    let twice = |i: u32| {
        [i, i + others].map(|start| visit((i + 1, i64::from(start), i64::from(start) + 1)))
    };
    let visits = (0..others).flat_map(twice).chain([visit((0, 0, all))]);
    let sum = Cumulative::new(2, others + 1).ok();
    let protocol = tiers(1).with_min_overlap(2).with_cumulative(sum);
    let (visits, cases) = (shuffled(visits.collect()), vec![case(0)]);
    Worst { people: others + 1, places: 1, visits, cases, protocol, ..Worst::default() }
}

/// A second of isolation from everybody.
fn away(person: u32, at: i64) -> Isolation {
    let (from, until) = (time(at), Some(time(at + 1)));
    Isolation { person: PersonId::new(person), from, until, cuts: Cuts::Everything }
}

/// One visit each, to the same place, in no order.
fn at_one_place(
    rows: u32,
    stay: impl Fn(i64) -> (i64, i64),
    cases: Vec<Case>,
    most_tiers: u32,
) -> Worst {
    let visit = |i: u32| {
        let (start, end) = stay(i.into());
        let (person, place) = (PersonId::new(i), PlaceId::new(0));
        Visit { person, place, start: time(start), end: time(end) }
    };
    let visits = shuffled((0..rows).map(visit).collect());
    let protocol = tiers(most_tiers);
    Worst { people: rows, places: 1, visits, cases, protocol, ..Worst::default() }
}

fn tiers(most: u32) -> Protocol {
    Protocol::new().with_tiers(most).with_min_overlap(1)
}

fn every_16th(people: u32) -> Vec<Case> {
    (0..people).step_by(16).map(case).collect()
}

fn case(person: u32) -> Case {
    Case { person: PersonId::new(person), from: time(0), until: None }
}

fn time(seconds: impl Into<i64>) -> Timestamp {
    Timestamp::from_seconds(seconds.into())
}

fn shuffled<T>(mut rows: Vec<T>) -> Vec<T> {
    let mut random = Random(1);
    for at in 1..rows.len() {
        let other = random.below(at + 1);
        rows.swap(at, other);
    }
    rows
}
