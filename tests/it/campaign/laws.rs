//! Long random sequences against the model, and the same sets in other orders.

use std::collections::{BTreeMap, BTreeSet};

use epitier::campaign::{EventId, Filing, Receipt, Subject};

use super::oracle::{Figures, Model};
use super::worlds::{Mix, World, any_order, entry, shuffle, world};
use crate::random::Random;
use crate::support::Seen;

fn note(seen: &Seen, figures: &Figures) {
    for &filing in Filing::ALL {
        let name: &'static str = match filing {
            Filing::Ledger => "ledger",
            Filing::Superseded => "superseded",
            Filing::Pending => "pending",
            Filing::Orphan => "orphan",
            Filing::Early => "early",
            Filing::Repeated => "repeated",
            Filing::Late => "late",
            Filing::Stands => "stands",
        };
        seen.note(name, figures.filing.values().any(|&found| found == filing));
    }
}

/// Records the same on both and compares the answers; a retry must be answered as the first time.
fn step(
    world: &mut World,
    answers: &mut BTreeMap<EventId, Filing>,
    random: &mut Random,
    mix: Mix,
    seen: &Seen,
) {
    let World { round, model, targets, .. } = world;
    let next = entry(random, targets, mix);
    let wanted = model.record(&next);
    let got = round.record(&next);
    match (wanted, got) {
        (Ok(retried), Ok(receipt)) => {
            let now = round.find(next.event).unwrap().filing;
            let first = *answers.entry(next.event).or_insert(now);
            assert_eq!(receipt, Receipt { filing: first, retried });
            seen.note("a retry of what stands elsewhere now", retried && now != first);
        }
        (wanted, got) => {
            assert_eq!(got.map(|receipt| receipt.retried), wanted);
            seen.note("refused", true);
        }
    }
    // Retries by the same event with the same content are rare among random entries.
    if random.below(5) == 0
        && let Some((_, again)) = model.entries.iter().nth(random.below(model.entries.len().max(1)))
    {
        let first = answers[&again.event];
        seen.note(
            "a retry of what stands elsewhere now",
            round.find(again.event).unwrap().filing != first,
        );
        assert_eq!(round.record(again), Ok(Receipt { filing: first, retried: true }));
    }
}

fn subject(seed: u64) -> Subject {
    if seed.is_multiple_of(2) { Subject::Households } else { Subject::Residents }
}

#[test]
fn ten_thousand_entries_are_filed_as_the_definition_says() {
    let seen = Seen::default();
    for seed in 0..4 {
        let random = &mut Random(seed);
        let mut world = world(random, subject(seed));
        let mix = Mix { events: 9_000, close_one_in: if seed < 2 { 20_000 } else { 2_500 } };
        let mut answers = BTreeMap::new();
        for at in 0..10_000 {
            if at == 4_000 {
                world.grow();
            }
            step(&mut world, &mut answers, random, mix, &seen);
            if random.below(250) == 0 {
                note(&seen, &world.model.figures());
                world.model.agrees(&world.round);
            }
        }
        world.model.agrees(&world.round);
        seen.note("many entries", world.model.entries.len() > 4_000);
    }
    seen.assert_each(4);
}

#[test]
fn every_step_of_short_sequences_is_as_the_definition_says() {
    let seen = Seen::default();
    for seed in 0..90 {
        let random = &mut Random(1_000 + seed);
        let mut world = world(random, subject(seed));
        // Few targets and few numbers, so that everything meets everything.
        shuffle(random, &mut world.targets);
        world.targets.truncate(8);
        let mix = Mix { events: 60, close_one_in: 40 };
        let mut answers = BTreeMap::new();
        for at in 0..60 {
            if at == 25 {
                world.grow();
            }
            step(&mut world, &mut answers, random, mix, &seen);
            world.model.agrees(&world.round);
        }
        note(&seen, &world.model.figures());
    }
    seen.assert_each(10);
}

#[test]
fn any_order_of_replay_gives_the_same_round() {
    let seen = Seen::default();
    for seed in 0..120 {
        let random = &mut Random(2_000 + seed);
        let mut world = world(random, subject(seed));
        let empty = world.round.clone();
        if seed.is_multiple_of(3) {
            shuffle(random, &mut world.targets);
            world.targets.truncate(5);
        }
        let mix = Mix { events: 250, close_one_in: 80 };
        for _ in 0..300 {
            let next = entry(random, &world.targets, mix);
            let _ = world.model.record(&next);
            let _ = world.round.record(&next);
        }
        world.grow();
        for _ in 0..3 {
            let entries = any_order(random, &world.model);
            let mut again = empty.clone();
            let grow_at = random.below(entries.len());
            for (at, next) in entries.iter().enumerate() {
                if at == grow_at {
                    again.grow(&world.grown).unwrap();
                }
                let receipt = again.record(next).unwrap();
                assert!(!receipt.retried);
                seen.note(
                    "the first answer is not the last",
                    world.round.find(next.event).unwrap().filing != receipt.filing,
                );
            }
            assert_eq!(again, world.round);
            assert_eq!(again.entries(), world.round.entries());
            world.model.agrees(&again);
        }
    }
    seen.assert_each(1_000);
}

#[test]
fn a_clone_stays_as_it_was() {
    let random = &mut Random(3_000);
    let mut world = world(random, Subject::Residents);
    let mix = Mix { events: 5_000, close_one_in: 2_000 };
    let mut kept: Vec<(Model, _)> = Vec::new();
    for at in 0..1_500 {
        let next = entry(random, &world.targets, mix);
        let _ = world.model.record(&next);
        let _ = world.round.record(&next);
        if at % 300 == 0 {
            kept.push((world.model.clone(), world.round.clone()));
        }
    }
    let sizes: BTreeSet<usize> = kept.iter().map(|(model, _)| model.entries.len()).collect();
    assert!(sizes.len() == kept.len() && kept.len() >= 5);
    for (model, round) in &kept {
        model.agrees(round);
    }
}
