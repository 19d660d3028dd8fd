//! A city of any size and one round of visits to everybody in it, for the bench and for `measure_campaign`.

use epitier::campaign::{
    Campaign, Entry, EventId, Outcome, Round, RoundKind, RoundPlan, Subject, Target, Visit,
};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, ResponderId, Timestamp, UnitId};

use super::random::Random;

pub(crate) const OPENS: Timestamp = Timestamp::from_seconds(1_628_114_400);

/// So many communities of 12,000 people: 4 compounds of 25 buildings of 40 households of 3.
pub(crate) fn people(communities: u32) -> Population {
    let mut rows = vec![UnitRow::new("city", "City", Tier::Headquarters)];
    for town in 0..communities.div_ceil(10) {
        rows.push(UnitRow::new(format!("t{town}"), "Town", Tier::Subdistrict).under("city"));
    }
    for community in 0..communities {
        let code = format!("c{community}");
        let town = format!("t{}", community / 10);
        rows.push(UnitRow::new(&code, "Community", Tier::Community).under(town));
        for compound in 0..4 {
            let grid = format!("{code}g{compound}");
            rows.push(UnitRow::new(&grid, "Compound", Tier::Compound).under(&code));
            rows.extend((0..25).map(|tower| {
                UnitRow::new(format!("{grid}b{tower}"), "Tower", Tier::Building).under(&grid)
            }));
        }
    }
    let network = NetworkBuilder::new().units(rows).build().unwrap();
    let city = network.unit("city").unwrap();
    let towers: &[UnitId] = network.members(city, Tier::Building);
    let homes = u32::try_from(towers.len() * 40).unwrap();
    let households = (0..homes).map(|at| Household {
        door: at % 40,
        ..Household::new(HouseholdId::new(at), towers[at as usize / 40])
    });
    let residents =
        (0..homes * 3).map(|at| Resident::new(PersonId::new(at), HouseholdId::new(at / 3)));
    PopulationBuilder::new(&network).households(households).residents(residents).build(&()).unwrap()
}

/// A number without any pattern for each number.
pub(crate) fn mixed(number: u64) -> u64 {
    Random(number).below(u64::MAX)
}

/// What comes of the visit to a resident.
pub(crate) fn outcome(person: u32) -> Outcome {
    match person {
        _ if person.is_multiple_of(50) => Outcome::Absent,
        _ if person.is_multiple_of(101) => Outcome::Refused,
        _ => Outcome::Done,
    }
}

/// One visit to every resident, in walking order.
pub(crate) fn visits(population: &Population) -> Vec<Entry> {
    let residents = u32::try_from(population.resident_total()).unwrap();
    let visit = |person: u32| {
        let at = OPENS.saturating_add(i64::from(person) / 100);
        let target = Target::Person(PersonId::new(person));
        let visit = Visit::new(target, at, ResponderId::new(person / 40), outcome(person));
        Entry::visit(EventId::new(mixed(person.into())), at.saturating_add(30), visit)
    };
    (0..residents).map(visit).collect()
}

pub(crate) fn open(population: &Population) -> Round {
    let city = population.network().unit("city").unwrap();
    let plan = RoundPlan::new(RoundKind::MassTesting, OPENS).unit(city);
    let mut campaign = Campaign::new(Subject::Residents);
    campaign.open(population, &plan, &()).unwrap().clone()
}
