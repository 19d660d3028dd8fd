//! The register against its model, and what holds for every journal.

use std::collections::BTreeSet;
use std::num::NonZeroU8;

use epitier::campaign::samples::{
    Certainty, SampleAct, SampleProblem, SampleRegister, SampleRules, State, round_entries,
};
use epitier::campaign::{
    Act, Campaign, Channel, Filing, Journal, Line, Outcome, RoundKind, RoundPlan, Says, Standing,
    Subject, Target,
};
use epitier::contact::Protocol;
use epitier::population::Population;
use epitier::{PersonId, Timestamp, TubeId};

use super::oracle::Model;
use super::worlds::{Mix, at, line, population};
use crate::campaign::worlds::shuffle;
use crate::random::Random;
use crate::support::{Seen, on_pools};

fn rules(needed: u8) -> SampleRules {
    SampleRules::new().with_positives(NonZeroU8::new(needed).unwrap())
}

fn read(
    journal: &Journal<SampleAct>,
    population: &Population,
    needed: u8,
    as_of: Timestamp,
) -> SampleRegister {
    SampleRegister::read(journal, population, rules(needed), as_of, &()).unwrap()
}

const PROBLEMS: [&str; 16] = [
    "no-such-day",
    "no-samples",
    "before-sample",
    "not-arrived",
    "contradiction",
    "result-of-lost",
    "too-many-people",
    "count-differs",
    "several-households",
    "incomplete-household",
    "two-sites",
    "two-kinds",
    "two-rounds",
    "twice-in-tube",
    "sampled-twice",
    "not-singly",
];

const STATES: [(State, &str); 7] = [
    (State::Pending, "pending"),
    (State::Negative, "negative"),
    (State::PoolPositive, "pool positive"),
    (State::Preliminary, "preliminary"),
    (State::ToResample, "to resample"),
    (State::Confirmed, "confirmed"),
    (State::Excluded, "excluded"),
];

/// Everything that a register answers, against the model.
fn check(journal: &Journal<SampleAct>, population: &Population, as_of: Timestamp, seen: &Seen) {
    let needed = [2, 2, 3, 1][usize::try_from(as_of.seconds() / 60 % 4).unwrap()];
    let register = read(journal, population, needed, as_of);
    let standing = journal.standing(as_of);
    let model = Model::new(&standing, population, needed.into());
    assert_eq!(register.tubes(), model.tubes());
    for tube in register.tubes() {
        assert_eq!(register.tube(tube.tube), Some(*tube));
        assert_eq!(register.people(tube.tube), model.people(tube.tube));
        seen.note("doubtful", tube.doubtful);
    }
    assert_eq!(register.courses(), model.courses());
    assert_eq!(register.problems(), model.problems());
    assert_eq!(register.positives(), model.positive_people());
    assert_eq!(register.on_hold(), model.walk(|course| course.state.is_on_hold()));
    assert_eq!(register.to_resample(), model.walk(|course| course.resample));
    assert_eq!(register.waiting(), model.waiting());
    assert_eq!(register.under_way().collect::<Vec<_>>(), model.under_way());
    assert_eq!(register.tallies(), model.tallies());
    assert_eq!(register.pending_corrections(), journal.pending(as_of));
    assert_eq!((register.as_of(), register.rules()), (as_of, rules(needed)));

    let codes: BTreeSet<_> = register.problems().iter().map(SampleProblem::code).collect();
    for code in PROBLEMS {
        seen.note(code, codes.contains(code));
    }
    for course in register.courses() {
        assert_eq!(register.course(course.round, course.person), Some(*course));
        for (state, name) in STATES {
            seen.note(name, course.state == state);
        }
        seen.note("waits on hold", course.state.is_on_hold() && !course.resample);
    }
    let tally = register.tally(|_| true);
    assert!(tally.reconciles() && tally.sampled as usize == register.courses().len());
    assert!(register.tallies().iter().all(|of| of.tally.reconciles() && of.tally.sampled > 0));
    let certain = register.cases(&Protocol::new(), Certainty::Confirmed);
    let all = register.cases(&Protocol::new(), Certainty::Provisional);
    assert_eq!(all.len(), register.positives().len());
    assert!(certain.iter().all(|case| all.contains(case)));
    seen.note("both certainties", !certain.is_empty() && certain.len() < all.len());
    seen.note("waiting", !register.waiting().is_empty());
    seen.note("under way", register.under_way().next().is_some());
    seen.note("pending correction", !register.pending_corrections().is_empty());
}

fn journal(random: &mut Random, mix: Mix, lines: u32) -> Journal<SampleAct> {
    let mut journal = Journal::new();
    for _ in 0..lines {
        // Some are refused: their event ids were used.
        let _ = journal.record(line(random, &journal, mix));
    }
    journal
}

#[test]
fn any_set_of_acts_is_read_as_defined() {
    let seen = Seen::default();
    for seed in 0..1_200 {
        let mut random = Random(seed);
        let people = population(&mut random, 30);
        let slip = [3, 10, 40][random.below(3_usize)];
        let mix = Mix { people: 33, tubes: 30, events: 400, slip };
        let journal = journal(&mut random, mix, 200);
        for minute in [random.below::<u64>(1_500).cast_signed(), 700, 1_500] {
            check(&journal, &people, at(minute), &seen);
        }
    }
    assert_eq!(seen.kinds(), 1 + PROBLEMS.len() + STATES.len() + 1 + 4);
    seen.assert_each(100);
}

#[test]
fn ten_thousand_operations() {
    let seen = Seen::default();
    for seed in 0..3 {
        let mut random = Random(9_000 + seed);
        let people = population(&mut random, 1_000);
        let mix = Mix { people: 1_020, tubes: 1_500, events: 20_000, slip: 30 };
        let journal = journal(&mut random, mix, 10_000);
        assert!(journal.len() > 7_500);
        for minute in [300, 900, 1_500] {
            check(&journal, &people, at(minute + i64::from(random.below::<u8>(3))), &seen);
        }
    }
    assert_eq!(seen.kinds(), 1 + PROBLEMS.len() + STATES.len() + 1 + 4);
    seen.assert_each(1);
}

#[test]
fn the_order_of_the_lines_and_the_number_of_threads_do_not_matter() {
    let mut random = Random(5);
    let people = population(&mut random, 300);
    let mix = Mix { people: 303, tubes: 400, events: 4_000, slip: 10 };
    let journal = journal(&mut random, mix, 2_000);
    let once = read(&journal, &people, 2, at(1_500));
    assert!(once.problems().len() > 100 && once.positives().len() > 20);
    let mut lines = journal.lines();
    for _ in 0..20 {
        shuffle(&mut random, &mut lines);
        let mut again = Journal::new();
        again.record_all(&lines);
        assert!(again.record_all(&lines).iter().all(Result::is_ok));
        assert!(read(&again, &people, 2, at(1_500)) == once);
    }
    let answers = on_pools(|| read(&journal, &people, 2, at(1_500)));
    assert!(answers.iter().all(|answer| *answer == once));
}

/// A round that is fed with the entries of the samples has reached those who were sampled.
#[test]
fn a_round_has_reached_whom_the_samples_say() {
    let seen = Seen::default();
    for seed in 0..400 {
        let mut random = Random(70_000 + seed);
        let people = population(&mut random, 30);
        let mix = Mix { people: 33, tubes: 30, events: 150, slip: 4 };
        let mut journal = journal(&mut random, mix, 80);
        let plan = RoundPlan::new(RoundKind::MassTesting, at(-2_000))
            .units(people.network().roots().collect::<Vec<_>>());
        let mut campaign = Campaign::new(Subject::Residents);
        let round = campaign.open(&people, &plan, &()).unwrap();
        // Twice, and the second time with more.
        for lines in [0, 80] {
            for _ in 0..lines {
                let next = line(&mut random, &journal, mix);
                // So that what came before stays before.
                let next = Line { received: at(1_500 + lines), ..next };
                let _ = journal.record(next);
            }
            let mut entries = round_entries(&journal, round);
            shuffle(&mut random, &mut entries);
            for entry in &entries {
                let receipt = round.record(entry).unwrap();
                seen.note("retried", receipt.retried);
            }
            let register = read(&journal, &people, 2, at(2_000));
            let sampled: BTreeSet<PersonId> = register
                .courses()
                .iter()
                .filter(|course| course.round == 1 && people.household_of(course.person).is_some())
                .map(|course| course.person)
                .collect();
            for row in people.resident_rows() {
                let status = round.status(Target::Person(row.person)).unwrap();
                let reached = status.standing == Standing::Reached;
                assert_eq!(reached, sampled.contains(&row.person), "seed {seed}");
            }
            seen.note("gaps", !round.gaps(people.network().roots().next().unwrap()).is_empty());
            seen.note("reached", !sampled.is_empty());
            seen.note("amended", !round.filed(Filing::Superseded).is_empty());
            assert!(round.filed(Filing::Pending).is_empty());
            let late = entries.iter().any(|entry| {
                let corrects = |line: Line<SampleAct>| !matches!(line.says, Says::Act(_));
                matches!(entry.act, Act::Visit(_))
                    && journal.find(entry.event).is_some_and(corrects)
            });
            seen.note("corrected into the round", late);
        }
        let mut homes = Campaign::new(Subject::Households);
        let homes = homes.open(&people, &plan, &()).unwrap();
        assert!(round_entries(&journal, homes).is_empty());
        let outcomes = round.filed(Filing::Stands).into_iter().filter_map(|entry| {
            let Act::Visit(visit) = entry.act else { return None };
            Some((visit.outcome, visit.channel))
        });
        let site = Channel::Site;
        assert!(outcomes.into_iter().all(|how| how == (Outcome::Done, site)));
    }
    assert_eq!(seen.kinds(), 5);
    seen.assert_each(100);
}

#[test]
fn whoever_is_unknown_was_not_sampled() {
    let mut random = Random(3);
    let people = population(&mut random, 30);
    let register = read(&Journal::new(), &people, 2, at(0));
    assert_eq!(register.state(1, PersonId::new(3)), State::NotSampled);
    assert_eq!(register.tube(TubeId::new(u32::MAX)), None);
    assert!(register.people(TubeId::new(0)).is_empty());
    assert!(register.tally(|_| true).reconciles());
}
