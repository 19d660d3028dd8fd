//! Small worlds with everything that can happen in them.

use std::collections::BTreeSet;

use epitier::campaign::{
    Act, Campaign, Cause, Change, Channel, Entry, EventId, Outcome, Reason, Round, RoundKind,
    RoundPlan, Subject, Target, Visit,
};
use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{Day, HouseholdId, PersonId, ResponderId, Timestamp, UnitId};

use super::oracle::Model;
use crate::random::Random;

pub(super) const OPENS: i64 = 1_628_114_400;
const DEADLINE: i64 = 700;

pub(super) fn at(offset: i64) -> Timestamp {
    Timestamp::from_seconds(OPENS + offset)
}

/// Two cities, one of them in two parts; every tier below.
pub(super) fn network() -> Network {
    let mut rows = vec![
        UnitRow::new("a", "City", Tier::Headquarters),
        UnitRow::new("b", "City", Tier::Headquarters),
        UnitRow::new("a0", "District", Tier::Headquarters).under("a"),
    ];
    for (above, code) in [("a0", "s0"), ("a", "s1"), ("b", "s2")] {
        rows.push(UnitRow::new(code, "Town", Tier::Subdistrict).under(above));
        for community in 0..2 {
            let village = format!("{code}c{community}");
            rows.push(UnitRow::new(&village, "Village", Tier::Community).under(code));
            let grid = format!("{village}g");
            rows.push(UnitRow::new(&grid, "Grid", Tier::Compound).under(&village));
            rows.extend((0..3).map(|tower| {
                UnitRow::new(format!("{grid}b{tower}"), "Tower", Tier::Building).under(&grid)
            }));
        }
    }
    NetworkBuilder::new().units(rows).build().unwrap()
}

pub(super) fn buildings(network: &Network) -> Vec<UnitId> {
    network.units().filter(|&unit| network.tier(unit) == Some(Tier::Building)).collect()
}

pub(super) fn household(random: &mut Random, buildings: &[UnitId], number: u32) -> Household {
    let building = buildings[random.below(buildings.len())];
    Household { door: random.below(3), ..Household::new(HouseholdId::new(number), building) }
}

/// A population, and the same with newcomers. Numbers have gaps and are given out in no order.
fn populations(random: &mut Random) -> (Population, Population) {
    let network = network();
    let buildings = buildings(&network);
    let mut homes: Vec<u32> = (0..30).map(|number| number * 3 + 1).collect();
    let mut people: Vec<u32> = (0..70).map(|number| number * 2).collect();
    shuffle(random, &mut homes);
    shuffle(random, &mut people);
    let households: Vec<Household> =
        homes.iter().map(|&number| household(random, &buildings, number)).collect();
    let residents: Vec<Resident> = people
        .iter()
        .enumerate()
        .map(|(at, &number)| {
            let home = if at < 45 { random.below(20) } else { random.below(homes.len()) };
            Resident::new(PersonId::new(number), HouseholdId::new(homes[home]))
        })
        .collect();
    let population = PopulationBuilder::new(&network)
        .households(households[..20].to_vec())
        .residents(residents[..45].to_vec())
        .build(&())
        .unwrap();
    let mut grown = population.clone();
    grown.register(households[20..25].to_vec(), []).unwrap();
    grown.register(households[25..].to_vec(), residents[45..].to_vec()).unwrap();
    (population, grown)
}

pub(super) fn shuffle<T>(random: &mut Random, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, random.below(last + 1));
    }
}

/// A round, the model of it, and the population after newcomers were registered.
pub(super) struct World {
    pub(super) round: Round,
    pub(super) model: Model,
    pub(super) grown: Population,
    /// Every number that entries may name, known or not.
    pub(super) targets: Vec<Target>,
}

pub(super) fn world(random: &mut Random, subject: Subject) -> World {
    let (population, grown) = populations(random);
    let network = population.network();
    // Most of the time the first city and a part of the other, one of them twice.
    let area = ["a", "a0", "s2c1", "s0c0g"].map(|code| network.unit(code).unwrap());
    let inside = |unit: UnitId| area.iter().any(|&outer| network.contains(outer, unit));
    let mut frozen: BTreeSet<Target> = match subject {
        Subject::Households => population
            .household_rows()
            .iter()
            .filter(|row| inside(row.building))
            .map(|row| Target::Household(row.id))
            .collect(),
        Subject::Residents => population
            .resident_rows()
            .iter()
            .filter(|row| inside(population.building_of(row.person).unwrap()))
            .map(|row| Target::Person(row.person))
            .collect(),
    };
    let deadline = (random.below(3) > 0).then_some(at(DEADLINE));
    let mut plan = RoundPlan::new(RoundKind::Survey, at(0)).units(area);
    if let Some(deadline) = deadline {
        plan = plan.deadline(deadline);
    }
    if random.below(2) == 0 {
        frozen.retain(|_| random.below(4) > 0);
        plan = plan.only(frozen.iter().copied());
    }
    let exempt: BTreeSet<Target> =
        frozen.iter().copied().filter(|_| random.below(8) == 0).collect();
    plan = exempt.iter().fold(plan, |plan, &target| plan.exempt(target, Reason::Medical));
    let mut campaign = Campaign::new(subject);
    let round = campaign.open(&population, &plan, &()).unwrap().clone();
    let targets = match subject {
        Subject::Households => {
            (0..92).map(|one| Target::Household(HouseholdId::new(one))).collect()
        }
        Subject::Residents => (0..145).map(|one| Target::Person(PersonId::new(one))).collect(),
    };
    let model = Model {
        subject,
        opens: at(0),
        deadline,
        population,
        frozen,
        exempt,
        carried: BTreeSet::new(),
        entries: std::collections::BTreeMap::new(),
    };
    World { round, model, grown, targets }
}

impl World {
    /// Both take the newcomers.
    pub(super) fn grow(&mut self) {
        self.round.grow(&self.grown).unwrap();
        self.model.population = self.grown.clone();
    }
}

/// What is drawn: how many numbers events have, and how often the round is closed (once in so many entries).
#[derive(Clone, Copy)]
pub(super) struct Mix {
    pub(super) events: u64,
    pub(super) close_one_in: u64,
}

fn visit(random: &mut Random, targets: &[Target]) -> Visit {
    let outcome = if random.below(3) == 0 {
        Outcome::Done
    } else {
        Outcome::ALL[random.below(Outcome::ALL.len())]
    };
    let follow_up = (random.below(3) == 0)
        .then(|| Day::from_number(18_844 + i32::from(random.below::<u8>(9))).unwrap());
    Visit {
        target: targets[random.below(targets.len())],
        at: at(random.below::<u64>(1_100).cast_signed() - 100),
        responder: ResponderId::new(random.below(68)),
        channel: Channel::ALL[random.below(Channel::ALL.len())],
        outcome,
        follow_up,
    }
}

/// Any entry: now and then one that must be refused.
pub(super) fn entry(random: &mut Random, targets: &[Target], mix: Mix) -> Entry {
    let event = EventId::new(random.below(mix.events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let received = at(random.below::<u64>(1_000).cast_signed());
    let of = EventId::new(random.below(mix.events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if random.below(mix.close_one_in) == 0 {
        return Entry::close(event, at(random.below::<u64>(600).cast_signed() + 400));
    }
    match random.below(40) {
        0 => {
            let far = Timestamp::from_seconds(OPENS + (1 << 31));
            let visit = Visit { at: far, ..visit(random, targets) };
            Entry::visit(event, received, visit)
        }
        1 => {
            let other = match targets[0].subject() {
                Subject::Households => Target::Person(PersonId::new(1)),
                Subject::Residents => Target::Household(HouseholdId::new(1)),
            };
            Entry::visit(event, received, Visit { target: other, ..visit(random, targets) })
        }
        2..8 => {
            let cause = Cause::ALL[random.below(Cause::ALL.len())];
            let visit = visit(random, targets);
            Entry::change(event, received, Change { target: visit.target, at: visit.at, cause })
        }
        8..16 => Entry::amend(event, received, of, visit(random, targets)),
        16..20 => Entry::void(event, received, of),
        _ => Entry::visit(event, received, visit(random, targets)),
    }
}

/// The entries of a model in no order.
pub(super) fn any_order(random: &mut Random, model: &Model) -> Vec<Entry> {
    let mut entries: Vec<Entry> = model.entries.values().copied().collect();
    shuffle(random, &mut entries);
    if random.below(4) == 0 {
        // Corrections and closings first.
        entries.sort_by_key(|entry| matches!(entry.act, Act::Visit(_)));
    }
    entries
}
