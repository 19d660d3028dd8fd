//! The situation report: plain text for a person at a headquarters. Nothing is computed here but sums
//! of what the library answered.

/// Adds a line; writing to a string cannot fail.
macro_rules! line {
    ($report:expr, $($format:tt)*) => {
        let _ = writeln!($report.text, $($format)*);
    };
}

mod day_after;
mod follow_up;
mod groups;
mod posts;
mod registers;
mod rounds;
mod site;
mod text;
mod walks;

use std::fmt::Write;

use epitier::contact::{Reason, Trace, Traced};
use epitier::network::Tier;
use epitier::{PersonId, UnitId};

use super::generate::SEED;
use super::investigation::{self, Inquiry, Readings, SameTrain, Source, Variant};
use super::scenario::{City, Outcome, Records};
use super::tables::Tables;
use text::{cells, moment, padded, thousands};

/// A report that grows section by section.
pub(crate) struct Report<'a> {
    tables: &'a Tables,
    city: &'a City,
    records: &'a Records,
    sections: u32,
    text: String,
}

impl<'a> Report<'a> {
    pub(crate) fn new(tables: &'a Tables, city: &'a City, records: &'a Records) -> Self {
        Self { tables, city, records, sections: 0, text: String::new() }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn heading(&mut self, title: &str) {
        self.sections += 1;
        let title = format!("{}. {title}", self.sections);
        line!(self, "\n{title}\n{}", "-".repeat(title.chars().count()));
    }

    pub(crate) fn preface(&mut self) {
        line!(
            self,
            "SITUATION REPORT, Hong'an county (红安县), Huanggang, August 2021: a reconstruction
  published     62 and 115 contacts; 185 communities, 891 home units, 9,780 responders; 77 sites,
                700 samplers (over 700); 140 people in 7 teams; 1,652 groups of 25,499 officials, 379
                leaders; 7,934 members of 1,413 teams; 9 checkpoints at 6 villages; Meiyuan compound
                and its 2,292 and 8,143 in 3 rounds; 3,447 and 4,192 sampled in the town, 11,956 in
                Beimengang; the people of the places named in full; names of places in brackets
  constructed   the visits behind the contacts, who lives where, who can do what; the second case and
                the visits that come late; whom the rounds miss, and at what hour they reach whom
  generated     communities, residents, responders, coordinates, nights, workdays (seed {SEED})
  People are named by keys of tables. Times are Beijing time."
        );
    }

    /// Units by tier and people by county.
    pub(crate) fn network(&mut self) -> Outcome<()> {
        const WIDTHS: [usize; 6] = [8, 12, 12, 12, 12, 12];
        self.heading("The network and its people");
        let (network, population) = (self.city.network(), &self.city.population);
        let city = self.city.unit("421100")?;
        let columns = ["linked", "communities", "compounds", "buildings", "households", "people"];
        line!(self, "{:30}{}", "", cells(&columns, &WIDTHS));
        let linked_in =
            |unit| self.city.linked.iter().filter(|&&at| network.contains(unit, at)).count();
        let mut rows: Vec<UnitId> = network
            .children(city)
            .filter(|&unit| network.tier(unit) == Some(Tier::Headquarters))
            .collect();
        rows.push(city);
        for unit in rows {
            let members = |tier| network.members(unit, tier).len();
            let numbers = [
                linked_in(unit),
                members(Tier::Community),
                members(Tier::Compound),
                members(Tier::Building),
                population.household_count(unit),
                population.resident_count(unit),
            ];
            let numbers = cells(&numbers.map(thousands), &WIDTHS);
            line!(self, "  {}{numbers}", padded(self.city.name(unit), 28));
        }
        line!(
            self,
            "  In full: the county seat of Hong'an, Yongjiahe town and Meiyuan compound. All other
  communities stand for one like Beimengang (北门岗社区) at 1:25."
        );
        line!(
            self,
            "  Buildings without a lead household: {} of {}.",
            population.buildings_without_lead(city).count(),
            thousands(network.members(city, Tier::Building).len())
        );
        Ok(())
    }

    /// How the child was found.
    pub(crate) fn found(&mut self, train: &SameTrain, source: &Source) {
        self.heading("How the index child was found (visits constructed)");
        line!(
            self,
            "  Passenger list of train D3078, 27 July: {} visits, {} contacts of the confirmed case:",
            train.listed,
            train.contacts.len()
        );
        line!(self, "    {}", self.names(&train.contacts));
        line!(
            self,
            "  On no list, but members of a household of one of them, and so tested as well:"
        );
        line!(self, "    {}; the child was positive on 30 July", self.names(&train.households));
        line!(self, "  Backward from the child, 14 days: {} people met him.", source.met);
        line!(self, "  One of them is a confirmed case:");
        for exposure in &source.exposures {
            let minutes = (exposure.end.seconds() - exposure.start.seconds()) / 60;
            line!(
                self,
                "    {}, {} to {}: {minutes} minutes",
                self.records.places.name(exposure.reason, exposure.place),
                moment(exposure.start),
                moment(exposure.end)
            );
        }
    }

    /// Contacts by tier, with reasons, and what hangs on the rules.
    pub(crate) fn contacts(
        &mut self,
        inquiry: &Inquiry<'_>,
        trace: &Trace,
        readings: &Readings,
        variants: &[Variant],
    ) -> Outcome<()> {
        self.heading("Contacts of the child (visits constructed, numbers traced)");
        self.rules(inquiry);
        let (close, secondary) = (trace.in_tier(1), trace.in_tier(2));
        self.tier("Close contacts (tier 1)", close);
        let roles = investigation::tally(close, |traced| self.role(traced.person));
        let roles = roles.iter().map(|(role, count)| format!("{role} {count}"));
        let roles = roles.collect::<Vec<_>>().join(", ");
        line!(self, "    by role: {roles} (published: 47 bus riders, 13 children, 2 drivers)");
        self.tier("Secondary contacts (tier 2)", secondary);
        let (close, secondary) = (close.len(), secondary.len());
        let sum = close + secondary;
        line!(self, "  To quarantine: {close} + {secondary} = {sum} (published: 62 + 115 = 177)");
        self.households(trace);
        line!(
            self,
            "  General contacts (there with the child, but below the rules): {}, not in quarantine",
            readings.general.len()
        );
        self.chain(trace, "teacher")?;
        line!(
            self,
            "  What hangs on the rules, in people per tier (as ruled {close} / {secondary}):"
        );
        for variant in variants {
            let tiers: Vec<String> = variant.tiers.iter().map(ToString::to_string).collect();
            line!(self, "    {:<56}{}", variant.rule, tiers.join(" / "));
        }
        Ok(())
    }

    /// What counts as a contact, and what it was asked of.
    fn rules(&mut self, inquiry: &Inquiry<'_>) {
        let index = inquiry.index;
        line!(
            self,
            "  On record: {} visits and {} links of {} people at {} places.",
            thousands(index.visit_count()),
            index.link_count(),
            thousands(index.people()),
            thousands(index.places())
        );
        line!(
            self,
            "  Rules: 8th edition of May 2021: from two days before the positive sample until isolation; people who
  live together are contacts without any visit; in a vehicle any time counts, elsewhere 15 minutes
  (WHO, February 2021); close contacts are in quarantine from 31 July on."
        );
        let until = inquiry.child.until.map_or_else(String::new, moment);
        line!(self, "  The child carries from {} to {until}.", moment(inquiry.child.from));
    }

    /// The people of one tier by the place of their first exposure.
    fn tier(&mut self, title: &str, people: &[Traced]) {
        line!(self, "  {title}: {}, by place of the first exposure", people.len());
        let records = self.records;
        let place = |traced: &Traced| records.places.name(traced.reason, traced.place);
        for (place, count) in investigation::tally(people, place) {
            line!(self, "    {place:<40}{count:>4}");
        }
    }

    /// Who is in it because they live together: no visit of theirs at home is on record.
    fn households(&mut self, trace: &Trace) {
        let of = |tier| trace.in_tier(tier).iter().filter(|row| row.reason == Reason::Household);
        let close: Vec<PersonId> = of(1).map(|traced| traced.person).collect();
        line!(
            self,
            "  By the household rule, without any recorded visit: {} of them close ({}), {} secondary",
            close.len(),
            self.names(&close),
            of(2).count()
        );
    }

    /// How one person was reached.
    fn chain(&mut self, trace: &Trace, key: &str) -> Outcome<()> {
        line!(self, "  For example, back from one of them:");
        for change in trace.chain(self.city.person(key)?) {
            line!(
                self,
                "    {} was exposed by {} at {}: {}",
                self.city.person_name(change.person),
                self.city.person_name(change.source),
                moment(change.time),
                self.records.places.name(change.reason, change.place)
            );
        }
        Ok(())
    }

    /// The seconds of each step.
    pub(crate) fn seconds(&mut self, steps: &[(&str, f64)]) {
        self.heading("Seconds");
        for (step, seconds) in steps {
            line!(self, "  {step:<48}{seconds:>11.6}");
        }
        let total: f64 = steps.iter().map(|(_, seconds)| seconds).sum();
        line!(self, "  {:<48}{total:>11.6}", "in all");
    }

    /// The role of a person of `people.csv`.
    fn role(&self, person: PersonId) -> &'a str {
        let key = self.city.people.key(person);
        let row = self.tables.people.iter().find(|row| Some(&row.person) == key);
        row.map_or("resident", |row| &row.role)
    }

    fn names(&self, people: &[PersonId]) -> String {
        let names = people.iter().map(|&person| self.city.person_name(person));
        names.collect::<Vec<_>>().join(", ")
    }
}
