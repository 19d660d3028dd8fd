//! From tables to values of the library: the network, the people and the records of the scenario.

use std::error::Error;

use chrono::FixedOffset;
use epitier::contact::{ContactIndex, ContactIndexBuilder, Link, Member, Visit};
use epitier::network::{Network, NetworkBuilder, Tier};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{Day, DenseId, Directory, HouseholdId, Interval, PersonId, UnitId};

use super::generate::{self, Layout};
use super::places::Places;
use super::tables::{HouseholdRow, LinkRow, PersonRow, Tables, VisitRow};

/// Beijing time, in which the tables are written and days begin.
pub(crate) const BEIJING: FixedOffset = FixedOffset::east_opt(8 * 3_600).unwrap();

/// The nights on record: those that end on 27 July and on the five days after it.
const NIGHTS: i64 = 6;

/// The working days on record, from 28 July on.
const WORKDAYS: i64 = 3;

/// Either the value or every reason against it.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// The network with its people.
pub(crate) struct City {
    pub(crate) population: Population,
    /// The communities that are linked with home units (联系社区).
    pub(crate) linked: Vec<UnitId>,
    /// The keys of the people in `people.csv`, whose numbers come before all generated ones.
    pub(crate) people: Directory<String, PersonId>,
    /// One above the last person.
    pub(crate) person_total: u32,
}

impl City {
    /// Builds the network and settles everybody in it.
    ///
    /// # Errors
    ///
    /// A row that names something unknown, or every problem that the library finds.
    pub(crate) fn new(tables: &Tables) -> Outcome<Self> {
        let layout = Layout::new(&tables.units, &tables.settlements)?;
        let units = tables.units.iter().chain(&layout.units).cloned();
        let network = NetworkBuilder::new().offset(BEIJING).units(units).build()?;
        let people = Directory::from_keys(tables.people.iter().map(|row| row.person.clone()))?;
        let households =
            Directory::from_keys(tables.households.iter().map(|row| row.household.clone()))?;

        let buildings =
            layout.buildings.iter().map(|building| Ok((unit(&network, &building.code)?, building)));
        let buildings = buildings.collect::<Outcome<Vec<_>>>()?;
        let (generated_households, generated) =
            generate::residents(&buildings, total(&households), total(&people));
        let person_total = total(&people) + u32::try_from(generated.len())?;
        let population = PopulationBuilder::new(&network)
            .households(named_households(tables, &network, &households)?)
            .residents(named_residents(tables, &people, &households)?)
            .households(generated_households)
            .residents(generated)
            .build(&())?;
        let linked = layout.linked.iter().map(|code| unit(&network, code));
        let linked = linked.collect::<Outcome<_>>()?;
        Ok(Self { population, linked, people, person_total })
    }

    /// The four tiers.
    pub(crate) fn network(&self) -> &Network {
        self.population.network()
    }

    /// The unit with a code.
    pub(crate) fn unit(&self, code: &str) -> Outcome<UnitId> {
        unit(self.network(), code)
    }

    /// The person with a key of `people.csv`.
    pub(crate) fn person(&self, key: &str) -> Outcome<PersonId> {
        id(&self.people, key)
    }

    /// The key of a person, or their number if they are generated.
    pub(crate) fn person_name(&self, person: PersonId) -> String {
        match self.people.key(person) {
            Some(key) => key.clone(),
            None => format!("resident {}", person.get()),
        }
    }

    /// The county, district or city of the prefecture in which a unit lies.
    pub(crate) fn county(&self, unit: UnitId) -> Option<UnitId> {
        self.network().ancestor_at(unit, Tier::Headquarters)
    }

    /// The name of a unit.
    pub(crate) fn name(&self, unit: UnitId) -> &str {
        self.network().name(unit).unwrap_or("?")
    }
}

fn named_households(
    tables: &Tables,
    network: &Network,
    households: &Directory<String, HouseholdId>,
) -> Outcome<Vec<Household>> {
    let row = |row: &HouseholdRow| {
        Ok(Household::new(id(households, &row.household)?, unit(network, &row.building)?))
    };
    tables.households.iter().map(row).collect()
}

fn named_residents(
    tables: &Tables,
    people: &Directory<String, PersonId>,
    households: &Directory<String, HouseholdId>,
) -> Outcome<Vec<Resident>> {
    let at_home = |row: &PersonRow| {
        let household = row.household.as_ref()?;
        let resident = || {
            let resident = Resident::new(id(people, &row.person)?, id(households, household)?);
            Ok(Resident { age: row.age, present: row.present.clone(), ..resident })
        };
        Some(resident())
    };
    tables.people.iter().filter_map(at_home).collect()
}

/// The number of a key, or an error that names the key.
pub(crate) fn id<Id: DenseId>(directory: &Directory<String, Id>, key: &str) -> Outcome<Id> {
    directory.id(key).ok_or_else(|| format!("unknown key {key}").into())
}

fn unit(network: &Network, code: &str) -> Outcome<UnitId> {
    network.unit(code).ok_or_else(|| format!("unknown unit {code}").into())
}

/// How many keys there are; smaller than 2^32, as a directory promises.
pub(crate) fn total<Id: DenseId>(directory: &Directory<String, Id>) -> u32 {
    u32::try_from(directory.len()).unwrap_or(u32::MAX)
}

/// What is on record of stays and contacts.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) places: Places,
    person_total: u32,
    /// Those of `visits.csv`, in the order of its rows.
    pub(crate) named_visits: Vec<Visit>,
    /// Those of `late_visits.csv`: on record only when the second case is known.
    pub(crate) late_visits: Vec<Visit>,
    /// Nights at home and days at work of the generated residents, which the seed gives.
    pub(crate) generated_visits: Vec<Visit>,
    pub(crate) links: Vec<Link>,
    members: Vec<Member>,
}

impl Records {
    /// Reads the visits and links of the tables and adds the nights and workdays of generated residents.
    /// Nobody of `people.csv` has a recorded night: that they live together is all that is known.
    ///
    /// # Errors
    ///
    /// A row that names somebody or a place unknown.
    pub(crate) fn new(tables: &Tables, city: &City) -> Outcome<Self> {
        let residents = city.population.resident_rows();
        let generated = |row: &&Resident| city.people.key(row.person).is_none();
        let unnamed: Vec<&Resident> = residents.iter().filter(generated).collect();
        let workers = generate::crews(unnamed.iter().copied());
        let places = Places::new(tables, city, workers.len())?;
        let first = Day::from_ymd(2021, 7, 27).ok_or("no such day")?.start(BEIJING);
        let nights = generate::midnights(first, NIGHTS);
        let workdays = generate::midnights(first, WORKDAYS + 1).skip(1);
        let mut generated_visits =
            generate::nights(&unnamed, &nights, |household| places.home(household));
        generated_visits
            .extend(generate::workdays(&workers, workdays, |crew| places.workplace(crew)));
        let visits = |rows: &[VisitRow]| -> Outcome<Vec<Visit>> {
            rows.iter().map(|row| visit(row, city, &places)).collect()
        };
        let links = tables.links.iter().map(|row| link(row, city));
        Ok(Self {
            person_total: city.person_total,
            named_visits: visits(&tables.visits)?,
            late_visits: visits(&tables.late_visits)?,
            generated_visits,
            links: links.collect::<Outcome<_>>()?,
            members: residents.iter().flat_map(members).collect(),
            places,
        })
    }

    /// Freezes these visits, with all links, into an index.
    ///
    /// # Errors
    ///
    /// Every problem that the library finds in them.
    pub(crate) fn index(&self, visits: impl IntoIterator<Item = Visit>) -> Outcome<ContactIndex> {
        Ok(ContactIndexBuilder::new(self.person_total, self.places.total)
            .visits(visits)
            .links(self.links.iter().copied())
            .places(self.places.stated.iter().copied())
            .members(self.members.iter().copied())
            .build(&())?)
    }

    /// The same index with the visits that come late; the given one stays as it is.
    ///
    /// # Errors
    ///
    /// Every problem that the library finds in them.
    pub(crate) fn with_late(&self, index: &ContactIndex) -> Outcome<ContactIndex> {
        let late = ContactIndexBuilder::new(self.person_total, self.places.total)
            .visits(self.late_visits.iter().copied());
        let mut index = index.clone();
        index.extend(late, &())?;
        Ok(index)
    }

    /// All visits but the late ones.
    pub(crate) fn visits(&self) -> impl Iterator<Item = Visit> {
        self.named_visits.iter().chain(&self.generated_visits).copied()
    }
}

/// When a resident was present in the household: always, unless presence is stated.
fn members(resident: &Resident) -> Vec<Member> {
    let always = Member::from((resident.person, resident.household));
    let stay = |at: &Interval| Member { from: Some(at.start()), until: Some(at.end()), ..always };
    match resident.present.intervals() {
        [] => vec![always],
        some => some.iter().map(stay).collect(),
    }
}

fn visit(row: &VisitRow, city: &City, places: &Places) -> Outcome<Visit> {
    Ok(Visit {
        person: city.person(&row.person)?,
        place: places.id(&row.place)?,
        start: row.start,
        end: row.end,
    })
}

fn link(row: &LinkRow, city: &City) -> Outcome<Link> {
    let LinkRow { start, end, one_way, .. } = *row;
    Ok(Link { a: city.person(&row.a)?, b: city.person(&row.b)?, start, end, one_way })
}
