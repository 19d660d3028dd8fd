//! The serialised form of a campaign: its populations, its plans and its entries.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::gap::Earlier;
use super::{Campaign, Entry, Exemption, Filing, Round, RoundKind, RoundPlan, Subject, Target};
use crate::format::Format;
use crate::id::UnitId;
use crate::interval::Timestamp;
use crate::population::Population;

#[derive(Serialize, Deserialize)]
struct CampaignSpec {
    format: Format<1>,
    subject: Subject,
    populations: Vec<Population>,
    rounds: Vec<RoundSpec>,
}

#[derive(Serialize, Deserialize)]
struct RoundSpec {
    kind: RoundKind,
    /// The place of its population.
    population: usize,
    units: Vec<UnitId>,
    opens: Timestamp,
    deadline: Option<Timestamp>,
    /// The frozen list, by position.
    targets: Vec<Target>,
    exemptions: Vec<Exemption>,
    carried: Vec<Earlier>,
    /// By time of receipt and event id.
    entries: Vec<Answered>,
}

/// An entry with the answer that the host was given.
#[derive(Serialize, Deserialize)]
struct Answered {
    entry: Entry,
    answer: Filing,
}

impl RoundSpec {
    fn new(round: &Round, population: usize) -> Self {
        let rows = round.book.sorted(|_| true).into_iter();
        let entries = rows.filter_map(|at| {
            let answer = round.book.row(at).answer();
            Some(Answered { entry: round.book.filed(at)?.entry, answer })
        });
        Self {
            kind: round.kind,
            population,
            units: round.units.to_vec(),
            opens: round.opens(),
            deadline: round.deadline,
            targets: round.frozen().collect(),
            exemptions: round.exemptions.to_vec(),
            carried: round.carried.to_vec(),
            entries: entries.collect(),
        }
    }

    fn round<E: Error>(
        self,
        number: u32,
        subject: Subject,
        populations: &[Population],
    ) -> Result<Round, E> {
        let missing = || E::custom(format_args!("round {number} has no population"));
        let population = populations.get(self.population).ok_or_else(missing)?;
        if self.carried.iter().any(|earlier| earlier.target.subject() != subject) {
            return Err(E::custom(format_args!("round {number} carries what it cannot list")));
        }
        let mut plan = RoundPlan::new(self.kind, self.opens)
            .units(self.units)
            .only(self.targets)
            .exemptions(self.exemptions);
        plan.deadline = self.deadline;
        let frozen = plan.freeze(population, subject, &self.carried, &()).map_err(E::custom)?;
        let mut round = Round::new(number, &plan, frozen, self.carried);
        for Answered { entry, answer } in self.entries {
            if round.book.record(&entry).map_err(E::custom)?.retried {
                return Err(E::custom(format_args!("{:?} is there twice", entry.event)));
            }
            round.book.told(entry.event, answer);
        }
        round.book.share();
        Ok(round)
    }
}

impl Serialize for Campaign {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut populations: Vec<Population> = Vec::new();
        let mut rounds = Vec::with_capacity(self.rounds.len());
        for round in &self.rounds {
            if populations.last() != Some(round.population()) {
                populations.push(round.population().clone());
            }
            rounds.push(RoundSpec::new(round, populations.len() - 1));
        }
        CampaignSpec { format: Format, subject: self.subject, populations, rounds }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Campaign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = CampaignSpec::deserialize(deserializer)?;
        let mut campaign = Self::new(spec.subject);
        for (round, number) in spec.rounds.into_iter().zip(1..) {
            campaign.may_open().map_err(D::Error::custom)?;
            campaign.rounds.push(round.round(number, spec.subject, &spec.populations)?);
        }
        Ok(campaign)
    }
}
