//! The bulk of the scenario, generated from one fixed seed: communities, compounds, buildings,
//! households, residents, their nights at home and their days at work.
//!
//! How many there are comes from `settlements.csv`; how they spread is constructed. Ratios are those of
//! Meiyuan compound in the article (`FIELD.md`, 2.5 and 2.7): 764 households in 62 buildings, 8,143
//! person-times for 2,292 household visits.

use epitier::contact::Visit;
use epitier::network::{Tier, UnitRow};
use epitier::population::{Age, Household, Resident};
use epitier::{
    DAY_SECONDS, EmptyInterval, HouseholdId, Interval, PersonId, PlaceId, Timestamp, UnitId,
};

use super::random::Random;
use super::tables::Settlement;

/// The seed of everything random in the scenario: the day of the first report.
pub(crate) const SEED: u64 = 20_210_731;

/// Buildings, households and household visits with the people met at them, in Meiyuan compound.
const MEIYUAN_BUILDINGS: u64 = 62;
const MEIYUAN_HOUSEHOLDS: u64 = 764;
const HOUSEHOLD_VISITS: u64 = 2_292;
const PEOPLE_VISITED: u64 = 8_143;

/// One building in so many has no lead household yet (constructed).
const WITHOUT_LEAD: u64 = 40;

/// People at one generated workplace (constructed).
const COLLEAGUES: usize = 20;

/// The generator of one part of the scenario.
pub(crate) fn random(part: u64) -> Random {
    Random(SEED ^ part.rotate_left(32))
}

/// `total` in `parts` whole parts that differ by one at most.
pub(crate) fn shares(total: u32, parts: u32) -> impl Iterator<Item = u32> {
    let bound = move |part: u32| {
        let before = u64::from(total) * u64::from(part) / u64::from(parts);
        u32::try_from(before).unwrap_or(total)
    };
    (0..parts).map(move |part| bound(part + 1) - bound(part))
}

/// What the settlements add to the table of units.
#[derive(Default)]
pub(crate) struct Layout {
    pub(crate) units: Vec<UnitRow>,
    /// The new buildings, each with its households and people.
    pub(crate) buildings: Vec<Building>,
    /// The codes of the linked communities.
    pub(crate) linked: Vec<String>,
}

pub(crate) struct Building {
    pub(crate) code: String,
    pub(crate) households: u32,
    pub(crate) people: u32,
}

/// What is to be in a unit.
#[derive(Clone, Copy)]
struct Size {
    buildings: u32,
    households: u32,
    people: u32,
}

impl Size {
    /// The stated numbers, and Meiyuan's ratios for the others.
    fn of(people: u32, households: Option<u32>, buildings: Option<u32>) -> Self {
        let ratio = |number: u32, over: u64, under: u64| {
            u32::try_from((u64::from(number) * over).div_ceil(under)).unwrap_or(number).max(1)
        };
        let households =
            households.unwrap_or_else(|| ratio(people, HOUSEHOLD_VISITS, PEOPLE_VISITED));
        let buildings =
            buildings.unwrap_or_else(|| ratio(households, MEIYUAN_BUILDINGS, MEIYUAN_HOUSEHOLDS));
        Self { buildings, households, people }
    }

    /// The same in `parts` parts.
    fn split(self, parts: u32) -> impl Iterator<Item = Self> {
        let people = shares(self.people, parts).zip(shares(self.households, parts));
        people.zip(shares(self.buildings, parts)).map(|((people, households), buildings)| Self {
            buildings,
            households,
            people,
        })
    }
}

impl Layout {
    /// Fills the units of the settlements.
    ///
    /// # Errors
    ///
    /// A settlement in a unit that is not in the table.
    pub(crate) fn new(units: &[UnitRow], settlements: &[Settlement]) -> Result<Self, String> {
        let mut layout = Self::default();
        for settlement in settlements {
            let unit = units.iter().find(|unit| unit.code == settlement.unit);
            let unit = unit.ok_or_else(|| format!("unknown unit {}", settlement.unit))?;
            let size = Size::of(settlement.people, settlement.households, settlement.buildings);
            let linked = match (unit.tier, &unit.parent) {
                (Tier::Compound, Some(community)) => {
                    layout.fill_compound(&unit.code, size);
                    vec![community.clone()]
                }
                (Tier::Community, _) => {
                    layout.fill_community(&unit.code, size);
                    vec![unit.code.clone()]
                }
                _ => layout.add_communities(unit, settlement.communities.unwrap_or(1), size),
            };
            if settlement.linked {
                layout.linked.extend(linked);
            }
        }
        Ok(layout)
    }

    fn add_communities(&mut self, town: &UnitRow, communities: u32, size: Size) -> Vec<String> {
        // "Chengguan town, the county seat (城关镇)" is Chengguan in the names of its communities.
        let short = town.name.split(' ').next().unwrap_or(&town.name).to_owned();
        let numbered = (1..).zip(size.split(communities));
        let codes = numbered.map(|(number, size)| {
            let name = format!("{short} community {number}");
            let code = self.add(&town.code, number, name, Tier::Community);
            self.fill_community(&code, size);
            code
        });
        codes.collect()
    }

    /// Compounds no larger than Meiyuan.
    fn fill_community(&mut self, community: &str, size: Size) {
        let largest = u32::try_from(MEIYUAN_BUILDINGS).unwrap_or(u32::MAX);
        for (number, size) in (1..).zip(size.split(size.buildings.div_ceil(largest))) {
            let name = format!("Compound {number}");
            let code = self.add(community, number, name, Tier::Compound);
            self.fill_compound(&code, size);
        }
    }

    fn fill_compound(&mut self, compound: &str, size: Size) {
        for (number, size) in (1..).zip(size.split(size.buildings)) {
            let code = self.add(compound, number, format!("Building {number}"), Tier::Building);
            let Size { households, people, .. } = size;
            self.buildings.push(Building { code, households, people });
        }
    }

    fn add(&mut self, parent: &str, number: u32, name: String, tier: Tier) -> String {
        let code = format!("{parent}-{number:03}");
        self.units.push(UnitRow::new(code.clone(), name, tier).under(parent));
        code
    }
}

/// Households and residents of buildings, numbered from the given ids on. Every household has somebody;
/// beyond that, households have as many people as chance gives them.
pub(crate) fn residents(
    buildings: &[(UnitId, &Building)],
    first_household: u32,
    first_person: u32,
) -> (Vec<Household>, Vec<Resident>) {
    let mut random = random(1);
    let (mut households, mut residents) = (Vec::new(), Vec::new());
    for &(unit, building) in buildings {
        let mut sizes = vec![1_u32; building.households as usize];
        for _ in building.households..building.people {
            sizes[random.below(building.households as usize)] += 1;
        }
        let led = random.below(WITHOUT_LEAD) != 0;
        for (door, size) in (0..).zip(sizes) {
            let id = HouseholdId::new(first_household + count(&households));
            households.push(Household { id, building: unit, door, lead: led && door == 0 });
            for _ in 0..size {
                let person = PersonId::new(first_person + count(&residents));
                let born = 1931 + u16::try_from(random.below(90)).unwrap_or_default();
                residents.push(Resident { age: Age::Born(born), ..Resident::new(person, id) });
            }
        }
    }
    (households, residents)
}

fn count<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

/// Nights at home (21:00 to 07:00) around each midnight given, of everybody as far as they are present.
pub(crate) fn nights(
    residents: &[&Resident],
    midnights: &(impl Iterator<Item = Timestamp> + Clone),
    home: impl Fn(HouseholdId) -> PlaceId,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    for resident in residents {
        let (person, place) = (resident.person, home(resident.household));
        for midnight in midnights.clone() {
            let Ok(night) = hours(midnight, -3, 7) else { continue };
            let mut stay = |stay: Interval| {
                visits.push(Visit { person, place, start: stay.start(), end: stay.end() });
            };
            match resident.present.intervals() {
                [] => stay(night),
                some => some.iter().filter_map(|at| at.intersection(night)).for_each(&mut stay),
            }
        }
    }
    visits
}

/// The adults among residents, neighbours together.
pub(crate) fn crews<'a>(residents: impl Iterator<Item = &'a Resident>) -> Vec<Vec<PersonId>> {
    let adult = |resident: &&Resident| matches!(resident.age, Age::Born(1961..=2003));
    let adults: Vec<PersonId> = residents.filter(adult).map(|resident| resident.person).collect();
    adults.chunks(COLLEAGUES).map(<[PersonId]>::to_vec).collect()
}

/// Days at work (08:00 to 17:00) after each midnight given, of every crew.
pub(crate) fn workdays(
    crews: &[Vec<PersonId>],
    midnights: impl Iterator<Item = Timestamp>,
    workplace: impl Fn(usize) -> PlaceId,
) -> Vec<Visit> {
    let mut visits = Vec::new();
    for day in midnights.filter_map(|midnight| hours(midnight, 8, 17).ok()) {
        for (crew, people) in crews.iter().enumerate() {
            let place = workplace(crew);
            let stay = |&person| Visit { person, place, start: day.start(), end: day.end() };
            visits.extend(people.iter().map(stay));
        }
    }
    visits
}

/// The midnights that begin so many days from a first one on.
pub(crate) fn midnights(first: Timestamp, days: i64) -> impl Iterator<Item = Timestamp> + Clone {
    (0..days).map(move |day| first.saturating_add(day * DAY_SECONDS))
}

/// The time between two hours, each counted from midnight.
fn hours(midnight: Timestamp, from: i64, to: i64) -> Result<Interval, EmptyInterval> {
    let hour = |hour| midnight.saturating_add(hour * 3_600);
    Interval::new(hour(from), hour(to))
}
