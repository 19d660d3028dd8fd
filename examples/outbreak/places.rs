//! The places of the scenario: what they are numbered and called.

use epitier::contact::{Place, Reason, Setting};
use epitier::{Directory, HouseholdId, PlaceId};

use super::scenario::{City, Outcome, id, total};
use super::tables::Tables;

/// Every place: first those of `places.csv`, then the homes, then the generated workplaces.
#[derive(Clone)]
pub(crate) struct Places {
    keys: Directory<String, PlaceId>,
    names: Vec<String>,
    homes: u32,
    /// One above the last place.
    pub(crate) total: u32,
    /// What kind of place each is.
    pub(crate) stated: Vec<Place>,
}

impl Places {
    /// Numbers the places and says what each is.
    ///
    /// # Errors
    ///
    /// A place that stands in the table twice.
    pub(crate) fn new(tables: &Tables, city: &City, workplaces: usize) -> Outcome<Self> {
        let keys = Directory::from_keys(tables.places.iter().map(|row| row.place.clone()))?;
        let homes = u32::try_from(city.population.household_total())?;
        let mut places = Self {
            names: vec![String::new(); keys.len()],
            homes,
            total: total(&keys) + homes + u32::try_from(workplaces)?,
            stated: Vec::new(),
            keys,
        };
        for row in &tables.places {
            let place = places.id(&row.place)?;
            places.names[place.index()].clone_from(&row.name);
            places.stated.push(Place { place, setting: row.setting, household: None });
        }
        let home = |household| Place {
            place: places.home(household),
            setting: Setting::Household,
            household: Some(household),
        };
        let homes: Vec<Place> = (0..homes).map(HouseholdId::new).map(home).collect();
        let workplace = |crew| Place {
            place: places.workplace(crew),
            setting: Setting::Workplace,
            household: None,
        };
        let workplaces: Vec<Place> = (0..workplaces).map(workplace).collect();
        places.stated.extend(homes.into_iter().chain(workplaces));
        Ok(places)
    }

    /// The place with a key of `places.csv`.
    pub(crate) fn id(&self, key: &str) -> Outcome<PlaceId> {
        id(&self.keys, key)
    }

    pub(crate) fn home(&self, household: HouseholdId) -> PlaceId {
        PlaceId::new(total(&self.keys) + household.get())
    }

    /// The workplace of a crew of `generate`; there are fewer crews than people.
    pub(crate) fn workplace(&self, crew: usize) -> PlaceId {
        let crew = u32::try_from(crew).unwrap_or(u32::MAX);
        PlaceId::new(total(&self.keys) + self.homes + crew)
    }

    /// What a reader knows a contact by: its place, or what it was if it has none.
    pub(crate) fn name(&self, reason: Reason, place: Option<PlaceId>) -> &str {
        let Some(place) = place else {
            return match reason {
                Reason::Household => "living together (household rule)",
                _ => "meal, named in an interview",
            };
        };
        match self.names.get(place.index()) {
            Some(name) => name,
            None if place.get() < total(&self.keys) + self.homes => "home",
            None => "workplace",
        }
    }
}
