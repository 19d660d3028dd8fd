//! The serialised form of a population: its network and its rows, newcomers apart.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::builder::Check;
use super::{Age, Household, Population, PopulationBuilder, Presence, Resident};
use crate::error::Problems;
use crate::format::Format;
use crate::interval::Interval;
use crate::network::Network;

#[derive(Serialize, Deserialize)]
struct PopulationSpec {
    format: Format<1>,
    network: Network,
    /// By position, as are the others.
    households: Vec<Household>,
    residents: Vec<Resident>,
    new_households: Vec<Household>,
    new_residents: Vec<Resident>,
}

impl Serialize for Population {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut households = self.household_rows();
        let mut residents = self.resident_rows();
        PopulationSpec {
            format: Format,
            network: self.network.clone(),
            new_households: households.split_off(self.base.table.households.len()),
            new_residents: residents.split_off(self.base.table.residents.len()),
            households,
            residents,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Population {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = PopulationSpec::deserialize(deserializer)?;
        let builder = PopulationBuilder::new(&spec.network);
        let mut population = builder
            .households(spec.households)
            .residents(spec.residents)
            .build(&())
            .map_err(D::Error::custom)?;
        let check = Check::new(&population, &spec.new_households, &spec.new_residents);
        Problems::check(check.causes()).map_err(D::Error::custom)?;
        // Not sorted: their positions were given out batch by batch.
        population.append_households(&spec.new_households);
        population.append_residents(&spec.new_residents);
        Ok(population)
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

impl Serialize for Presence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.intervals().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            from_text(deserializer)
        } else {
            Vec::<Interval>::deserialize(deserializer).map(Self::from_iter)
        }
    }
}

fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    <Cow<'_, str>>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
