//! Visits with unknown ends: what rests on them is flagged, exactly as the definition says, and nothing
//! else can change once the ends are known.

use std::collections::{BTreeMap, BTreeSet};

use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Cumulative, Direction, Exposure, Investigation, Link,
    Protocol, Reason, RecordError, Setting, Table, Trace, Traced, Visit,
};
use epitier::{PersonId, PlaceId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::oracle::{
    Contact, Label, Rounds, Shown, WORLD, World, after, carries, evidence_of, exposed_by, labels,
    latest_start, oracle,
};
use super::worlds::world;
use crate::support::{Seen, for_cases};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A world, and those of its visits whose ends are not known, each with the second at which it ended.
#[derive(Clone, Debug)]
struct Unknown {
    world: World,
    ends: BTreeMap<Visit, Timestamp>,
}

fn unknown() -> impl Strategy<Value = Unknown> {
    let fate = (prop::bool::weighted(0.3), 0..12i64);
    (world(), vec(fate, 24)).prop_map(|(world, fates)| {
        let flagged = world.visits.iter().zip(fates).filter(|(_, (flagged, _))| *flagged);
        let ended = |visit: &Visit, earlier: i64| {
            let end = visit.end.seconds() - earlier;
            at(end.max(visit.start.seconds() + 1))
        };
        let ends = flagged.map(|(visit, (_, earlier))| (*visit, ended(visit, earlier))).collect();
        Unknown { world, ends }
    })
}

impl Unknown {
    fn index(&self) -> ContactIndex {
        let World { people, place_count, visits, links, places, members, .. } = self.world.clone();
        ContactIndexBuilder::new(people, place_count)
            .visits_with_unknown_end(self.ends.keys().copied())
            // Some of them once more, as if their ends were known.
            .visits(
                visits.into_iter().filter(|visit| {
                    !self.ends.contains_key(visit) || visit.start.seconds() % 4 == 0
                }),
            )
            .links(links)
            .places(places)
            .members(members)
            .build(&())
            .unwrap()
    }

    /// The world without the visits whose ends are not known.
    fn certain(&self) -> World {
        let mut world = self.world.clone();
        world.visits.retain(|visit| !self.ends.contains_key(visit));
        world
    }

    /// The world as it turned out.
    fn turned_out(&self) -> World {
        let mut world = self.world.clone();
        for visit in &mut world.visits {
            visit.end = self.ends.get(visit).copied().unwrap_or(visit.end);
        }
        world
    }

    fn is_forward(&self) -> bool {
        self.world.investigation.protocol().direction() == Direction::Forward
    }

    /// Whether some certain contact gives a label, made in a round.
    fn is_certain(
        &self,
        certain: &[Contact],
        rounds: &Rounds,
        person: PersonId,
        (round, label): (usize, Label),
    ) -> bool {
        let (time, source, reason, place) = label;
        let before = after(rounds, round - 1);
        let source = source.unwrap();
        let mut contacts = certain.iter().filter(|c| (c.reason, c.place) == (reason, place));
        if self.is_forward() {
            let (a, until) = carries(&self.world, before, source).unwrap();
            contacts.any(|contact| {
                (contact.from, contact.to) == (source, person)
                    && contact.shared(a, until).is_some_and(|(x, _)| x == time)
            })
        } else {
            let limit = exposed_by(&self.world, before, source).unwrap();
            contacts.any(|contact| {
                (contact.from, contact.to) == (person, source)
                    && latest_start(contact, limit) == Some(time)
            })
        }
    }

    /// Whether the label that a person has after a round rests on outer bounds.
    fn rests(
        &self,
        certain: &[Contact],
        rounds: &Rounds,
        person: PersonId,
        round: usize,
        seen: &mut BTreeSet<&'static str>,
    ) -> bool {
        let label = after(rounds, round)[&person];
        let Some(source) = label.1 else { return false };
        let made =
            (1..=round).find(|&made| after(rounds, made).get(&person) == Some(&label)).unwrap();
        let by_source = self.rests(certain, rounds, source, made - 1, seen);
        let by_itself = !self.is_certain(certain, rounds, person, (made, label));
        let which = match (by_source, by_itself) {
            (true, false) => "rests on the source alone",
            (false, true) if label.2 == Reason::Cumulative => "rests on a sum",
            (false, true) => "rests on a contact",
            (false, false) => "is certain",
            (true, true) => "rests on both",
        };
        seen.insert(which);
        by_source || by_itself
    }
}

/// An exposure in the words of the oracle, and its flag.
fn shown(exposure: &Exposure) -> (Shown, bool) {
    let Exposure { start, end, source, place, reason, outer_bound } = *exposure;
    // Presence without stated ends reaches to the ends of the oracle's world.
    let ends = (start.seconds().max(WORLD.start), end.seconds().min(WORLD.end));
    ((ends.0, ends.1, source, place, reason), outer_bound)
}

fn check(unknown: &Unknown, notes: &Seen) -> Result<(), TestCaseError> {
    let Unknown { world, .. } = unknown;
    let index = unknown.index();
    let trace = index.trace(&world.investigation, &()).unwrap();
    let all_evidence = trace.all_evidence(&index, &()).unwrap();
    let (contacts, certain) = (world.contacts(), unknown.certain().contacts());
    let groups = labels(world, &contacts);
    let expected = oracle(world);
    prop_assert_eq!(trace.people().len(), expected.len());
    for (&person, wanted) in &expected {
        let traced = trace.get(person).unwrap();
        let first = (traced.first_exposure.seconds(), traced.source, traced.reason, traced.place);
        prop_assert_eq!((traced.tier, first), (wanted.tier, wanted.first));
        if wanted.tier == 0 {
            prop_assert!(!traced.outer_bound);
            continue;
        }
        let tier = wanted.tier as usize;
        let mut of_group = groups.iter().map(|(_, rounds)| rounds);
        let rounds = of_group.find(|r| after(r, tier).get(&person) == Some(&wanted.first)).unwrap();
        let mut seen = BTreeSet::new();
        let rests = unknown.rests(&certain, rounds, person, tier, &mut seen);
        prop_assert_eq!(traced.outer_bound, rests, "flag of {:?}", person);
        let chain = trace.chain(person);
        prop_assert_eq!(chain[0].outer_bound, rests);
        for what in seen {
            notes.note(what, true);
        }
        notes.note("a flag backward", rests && !unknown.is_forward());
        notes.note("a flag forward", rests && unknown.is_forward());

        let sure: BTreeSet<Shown> = groups
            .iter()
            .flat_map(|(from, rounds)| {
                evidence_of(world, &certain, person, after(rounds, tier - 1), *from)
            })
            .map(|(_, shown)| shown)
            .collect();
        let flags: Vec<(Shown, bool)> =
            wanted.evidence.iter().map(|shown| (*shown, !sure.contains(shown))).collect();
        let evidence = trace.evidence(&index, person);
        prop_assert_eq!(evidence.iter().map(shown).collect::<Vec<_>>(), &flags[..]);
        prop_assert_eq!(all_evidence.of(person), evidence);
        let sum = |row: &&(Shown, bool)| row.0.4 == Reason::Cumulative && row.1;
        notes.note("an exposure is flagged", flags.iter().any(|row| row.1));
        notes.note("an exposure is flagged, another is not", {
            flags.iter().any(|row| row.1) && flags.iter().any(|row| !row.1)
        });
        notes.note("a part of a sum is flagged", flags.iter().any(|row| sum(&row)));
    }
    Ok(())
}

#[test]
fn flags_are_those_of_the_definition() {
    let notes = Seen::default();
    for_cases(&unknown(), |unknown| check(&unknown, &notes));
    notes.assert_each(8);
}

#[test]
fn whoever_is_not_flagged_stays_whenever_the_visits_ended() {
    let notes = Seen::default();
    for_cases(&unknown(), |unknown| {
        let question = &unknown.world.investigation;
        let trace = unknown.index().trace(question, &()).unwrap();
        let bare = |traced: &Traced| Traced { earliest: traced.first_exposure, ..*traced };
        for later in [unknown.turned_out(), unknown.certain()] {
            let later = later.index().trace(question, &()).unwrap();
            for traced in trace.people() {
                let now = later.get(traced.person).map(bare);
                if !traced.outer_bound {
                    prop_assert_eq!(now, Some(bare(traced)));
                }
                notes.note("flagged and went", traced.outer_bound && now.is_none());
                let moved = now.is_some_and(|now| {
                    bare(traced) != Traced { outer_bound: traced.outer_bound, ..now }
                });
                notes.note("flagged and changed", traced.outer_bound && moved);
                let same = !moved && now.is_some();
                notes.note("flagged and stays", traced.outer_bound && same);
                notes.note("not flagged", !traced.outer_bound && traced.tier > 0);
            }
            prop_assert!(later.people().iter().all(|now| trace.get(now.person).is_some()));
        }
        Ok(())
    });
    notes.assert_each(8);
}

#[test]
fn a_resumed_trace_is_flagged_like_a_fresh_one() {
    let notes = Seen::default();
    for_cases(&unknown(), |unknown| {
        let question = &unknown.world.investigation;
        let known = unknown.world.index().trace(question, &()).unwrap();
        prop_assert!(known.people().iter().all(|traced| !traced.outer_bound));
        let index = unknown.index();
        let fresh = index.trace(question, &()).unwrap();
        // Nobody's times have changed, so nobody is named.
        let resumed = index.resume(&known, question, [], &()).unwrap();
        prop_assert_eq!(resumed.people(), fresh.people());
        prop_assert_eq!(&resumed, &fresh);
        notes.note("a flag", fresh != known);
        notes.note("no flag", fresh == known);
        Ok(())
    });
    notes.assert_each(8);
}

fn visit(person: u32, start: i64, end: i64) -> Visit {
    let (person, place) = (PersonId::new(person), PlaceId::new(0));
    Visit { person, place, start: at(start), end: at(end) }
}

fn link(a: u32, b: u32, start: i64) -> Link {
    let (a, b) = (PersonId::new(a), PersonId::new(b));
    Link { a, b, start: at(start), end: at(start), one_way: false }
}

fn trace_of(index: &ContactIndex, protocol: Protocol) -> Trace {
    let case = Case { person: PersonId::new(0), from: at(0), until: None };
    index.trace(&Investigation::new(protocol).with_cases([case]), &()).unwrap()
}

/// The flags of everybody but the case, by person.
fn flags(trace: &Trace) -> Vec<bool> {
    let mut rows: Vec<_> = trace
        .people()
        .iter()
        .filter(|row| row.tier > 0)
        .map(|r| (r.person, r.outer_bound))
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, flag)| flag).collect()
}

#[test]
fn one_statement_of_an_unknown_end_holds_until_it_is_taken_back() {
    let rows = [visit(0, 0, 100), visit(1, 50, 100)];
    let builder = || ContactIndexBuilder::new(2, 1);
    for parts in [
        builder().visits(rows).visits_with_unknown_end([rows[0]]),
        builder().visits_with_unknown_end([rows[0]]).visits(rows),
        builder().visits_with_unknown_end([rows[0], rows[0]]).visits([rows[1]]),
    ] {
        let mut index = parts.build(&()).unwrap();
        assert_eq!(flags(&trace_of(&index, Protocol::new())), [true]);
        index.extend(builder().visits([rows[0]]), &()).unwrap();
        assert_eq!(flags(&trace_of(&index, Protocol::new())), [true]);
        index.retract(&[rows[0]], &[], &()).unwrap();
        index.extend(builder().visits([rows[0]]), &()).unwrap();
        assert_eq!(flags(&trace_of(&index, Protocol::new())), [false]);
    }
}

#[test]
fn unknown_ends_take_memory_only_while_they_are_held() {
    let rows: Vec<Visit> = (0..1_000).map(|n| visit(n % 10, n.into(), 2_000)).collect();
    let builder = || ContactIndexBuilder::new(10, 1);
    let known = builder().visits(rows.iter().copied()).build(&()).unwrap();
    let mut index = builder().visits_with_unknown_end(rows.iter().copied()).build(&()).unwrap();
    assert_eq!(index.bytes(), known.bytes() + 16 * 1_000 + 4 * 10);
    index.forget_before(at(2_000), &()).unwrap();
    assert_eq!(index.bytes(), 0);
}

#[test]
fn problems_name_the_rows_of_all_visits() {
    let refused = ContactIndexBuilder::new(1, 1)
        .visits([visit(0, 0, 1)])
        .visits_with_unknown_end([visit(0, 3, 3)])
        .visits([visit(1, 0, 1)])
        .build(&())
        .unwrap_err();
    let problems: Vec<RecordError> = refused.problems().unwrap().iter().copied().collect();
    let expected = [
        RecordError::EmptyVisit { row: 1, start: at(3), end: at(3) },
        RecordError::UnknownPerson { table: Table::Visits, row: 2, person: PersonId::new(1) },
    ];
    assert_eq!(problems, expected);
}

#[test]
fn sums_lean_on_every_visit_that_they_need() {
    // Three times twenty seconds; without the unknown one, forty.
    let index = |third: i64| {
        ContactIndexBuilder::new(2, 1)
            .visits([
                visit(0, 0, 1_000),
                visit(1, 0, 20),
                visit(1, 100, 120),
                visit(1, third, third + 20),
            ])
            .visits_with_unknown_end([visit(1, 200, 220)])
            .build(&())
            .unwrap()
    };
    let rule = Cumulative::new(60, 500).unwrap();
    let protocol = Protocol::new().with_min_overlap(30).with_cumulative(Some(rule));
    for (third, flag) in [(300, false), (900, true)] {
        let index = index(third);
        let trace = trace_of(&index, protocol);
        assert_eq!(trace.people()[1].reason, Reason::Cumulative);
        assert_eq!(flags(&trace), [flag]);
        let evidence = trace.evidence(&index, PersonId::new(1));
        let of_evidence: Vec<bool> = evidence.iter().map(|row| row.outer_bound).collect();
        let expected = if flag { vec![true; 3] } else { vec![false, false, true, false] };
        assert_eq!(of_evidence, expected);
    }
}

#[test]
fn what_a_source_left_behind_is_certain_after_it_left() {
    let index = ContactIndexBuilder::new(2, 1)
        .visits([visit(0, 0, 10), visit(1, 12, 20)])
        .visits_with_unknown_end([visit(1, 500, 600)])
        .build(&())
        .unwrap();
    let lagging = Protocol::new().with_lag(10);
    let sum = Cumulative::new(8, 100).unwrap();
    for protocol in [lagging, lagging.with_min_overlap(9).with_cumulative(Some(sum))] {
        assert_eq!(flags(&trace_of(&index, protocol)), [false]);
    }
}

#[test]
fn a_known_stay_that_shows_the_same_exposure_is_enough() {
    let index = ContactIndexBuilder::new(2, 1)
        .visits([visit(0, 0, 100), visit(1, 50, 60)])
        .visits_with_unknown_end([visit(0, 0, 200)])
        .build(&())
        .unwrap();
    let trace = trace_of(&index, Protocol::new());
    assert_eq!(flags(&trace), [false]);
    let evidence = trace.evidence(&index, PersonId::new(1));
    assert_eq!((evidence.len(), evidence[0].outer_bound), (1, false));
    assert_eq!(trace.all_evidence(&index, &()).unwrap().of(PersonId::new(1)), evidence);
    assert_eq!(trace.weaker_evidence(&index, PersonId::new(1)), []);
}

#[test]
fn links_after_an_uncertain_contact_rest_on_it() {
    let index = ContactIndexBuilder::new(4, 1)
        .visits([visit(0, 0, 10)])
        .visits_with_unknown_end([visit(1, 5, 10)])
        .links([link(1, 2, 20), link(0, 3, 20)])
        .build(&())
        .unwrap();
    let trace = trace_of(&index, Protocol::new());
    assert_eq!(flags(&trace), [true, true, false]);
    #[cfg(feature = "serde")]
    {
        let text = serde_json::to_string(&trace).unwrap();
        let again = serde_json::from_str::<Trace>(&text).unwrap();
        assert_eq!((&again, again.people()), (&trace, trace.people()));
        let mut forged = serde_json::to_value(&trace).unwrap();
        let flag = forged.pointer_mut("/changes/1/outer_bound").unwrap();
        *flag = serde_json::json!(false);
        assert!(serde_json::from_value::<Trace>(forged).is_err(), "the source is flagged");
    }
    let strict = Protocol::new().with_min_overlap_in(Setting::Other, 6);
    assert_eq!(flags(&trace_of(&index, strict)), [false]);
}

#[test]
fn weaker_evidence_lists_no_exposure_again_for_another_flag() {
    // Person 1 carries from 20 on by one contact, from 5 on by two. What they left behind by the short
    // stay, which ended before 20, shows person 3 the same exposure as the long one.
    let (long, short) = (visit(1, 0, 60), visit(1, 0, 10));
    let links = [link(0, 1, 20), link(0, 2, 1), link(2, 1, 5)];
    for (known, unknown) in [(long, short), (short, long)] {
        let index = ContactIndexBuilder::new(4, 1)
            .visits([known, visit(3, 50, 100)])
            .visits_with_unknown_end([unknown])
            .links(links)
            .build(&())
            .unwrap();
        let trace = trace_of(&index, Protocol::new().with_tiers(3).with_lag(100));
        let third = PersonId::new(3);
        let evidence = trace.evidence(&index, third);
        assert_eq!(evidence.len(), 1, "{evidence:?}");
        assert_eq!((evidence[0].start, evidence[0].outer_bound), (at(50), unknown == long));
        assert_eq!(trace.weaker_evidence(&index, third), []);
    }
}
