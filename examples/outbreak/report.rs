//! The situation report: plain text for a person at a headquarters. Nothing is computed here but sums
//! of what the library answered.

use std::fmt::{Display, Write};

use epitier::contact::{Trace, Traced};
use epitier::network::Tier;
use epitier::{PersonId, Timestamp, UnitId};

use super::generate::SEED;
use super::investigation::{self, Inquiry, SameTrain, Source, Variant};
use super::scenario::{BEIJING, City, Outcome, Records};
use super::staff::{self, CASELOAD, Staffing, Task};
use super::tables::Tables;

/// Short posts that are named, for each task.
const NAMED: usize = 4;

/// A report that grows section by section.
pub(crate) struct Report<'a> {
    tables: &'a Tables,
    city: &'a City,
    records: &'a Records,
    text: String,
}

/// Adds a line; writing to a string cannot fail.
macro_rules! line {
    ($report:expr, $($format:tt)*) => {
        let _ = writeln!($report.text, $($format)*);
    };
}

impl<'a> Report<'a> {
    pub(crate) fn new(tables: &'a Tables, city: &'a City, records: &'a Records) -> Self {
        Self { tables, city, records, text: String::new() }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn heading(&mut self, title: &str) {
        line!(self, "\n{title}\n{}", "-".repeat(title.chars().count()));
    }

    pub(crate) fn preface(&mut self) {
        line!(
            self,
            "SITUATION REPORT, Hong'an county (红安县), Huanggang, August 2021: a reconstruction
  published     62 and 115 contacts; 185 communities, 891 home units, 9,780 responders; 77 sites,
                700 samplers (over 700); 140 people in 7 teams; 9 checkpoints at 6 villages; Meiyuan
                compound; the people of the places named in full; names of places in brackets
  constructed   the visits behind the contacts, who lives where, who can do what
  generated     communities, residents, responders, nights, workdays (seed {SEED})
  People are named by keys of tables. Times are Beijing time."
        );
    }

    /// Units by tier and people by county.
    pub(crate) fn network(&mut self) -> Outcome<()> {
        const WIDTHS: [usize; 6] = [8, 12, 12, 12, 12, 12];
        self.heading("1. The network and its people");
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
        self.heading("2. How the index child was found (visits constructed)");
        line!(
            self,
            "  Passenger list of train D3078, 27 July: {} visits, {} contacts of the confirmed case:",
            train.listed,
            train.contacts.len()
        );
        line!(self, "    {}", self.names(&train.contacts));
        line!(self, "  On no list, but in the household of one of them, and so tested as well:");
        line!(self, "    {}; the child was positive on 30 July", self.names(&train.households));
        line!(self, "  Backward from the child, 14 days: {} people met him.", source.met);
        line!(self, "  One of them is a confirmed case:");
        for exposure in &source.exposures {
            let minutes = (exposure.end.seconds() - exposure.start.seconds()) / 60;
            line!(
                self,
                "    {}, {} to {}: {minutes} minutes",
                self.records.places.name(exposure.place),
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
        variants: &[Variant],
    ) -> Outcome<()> {
        self.heading("3. Contacts of the child (visits constructed, numbers traced)");
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
            "  Rules: from two days before the positive sample until isolation; any time at home or in a
  vehicle, 15 minutes elsewhere; close contacts are in quarantine from 31 July on."
        );
        let until = inquiry.child.until.map_or_else(String::new, moment);
        line!(self, "  The child carries from {} to {until}.", moment(inquiry.child.from));
    }

    /// The people of one tier by the place of their first exposure.
    fn tier(&mut self, title: &str, people: &[Traced]) {
        line!(self, "  {title}: {}, by place of the first exposure", people.len());
        let records = self.records;
        for (place, count) in
            investigation::tally(people, |traced| records.places.name(traced.place))
        {
            line!(self, "    {place:<40}{count:>4}");
        }
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
                self.records.places.name(change.place)
            );
        }
        Ok(())
    }

    /// Posts filled and short, with names.
    pub(crate) fn posts(&mut self, staffing: &Staffing) {
        const WIDTHS: [usize; 6] = [8, 11, 11, 11, 11, 11];
        self.heading(
            "4. Posts (totals published; minimum, make-up and skills of each post constructed)",
        );
        let columns = ["posts", "must have", "available", "sent", "short of", "no post"];
        line!(self, "{:26}{}", "", cells(&columns, &WIDTHS));
        for task in staffing.tasks() {
            let (available, sent) = (task.available(), task.sent());
            let posts = u32::try_from(task.plan.posts().len()).unwrap_or(u32::MAX);
            let numbers = [posts, task.needed(), available, sent, task.missing(), available - sent];
            line!(self, "  {:24}{}", task.title, cells(&numbers.map(thousands), &WIDTHS));
        }
        for task in staffing.tasks() {
            line!(self, "  {}: {}", task.title, task.detail);
            self.shortages(task);
        }
        self.home_units(staffing);
        self.caseloads(&staffing.compound);
        line!(
            self,
            "  Every plan is certified: its prices prove that none fills more or costs less."
        );
    }

    fn shortages(&mut self, task: &Task) {
        for shortage in task.plan.shortages() {
            line!(
                self,
                "    Priority {}: {} people needed where {} can go; short by {}:",
                shortage.priority,
                thousands(shortage.needed),
                thousands(shortage.reach),
                shortage.missing
            );
        }
        let short: Vec<String> =
            task.short().map(|(name, missing)| format!("{name} ({missing})")).collect();
        for name in short.iter().take(NAMED) {
            line!(self, "      {name}");
        }
        if short.len() > NAMED {
            line!(self, "      and {} more posts", short.len() - NAMED);
        }
        let far = task.plan.idle().iter().filter(|idle| idle.closed.too_far > 0);
        let far: u32 = far.map(|idle| idle.people).sum();
        if far > 0 {
            line!(self, "    {far} more live too far away (mutual aid between counties: later)");
        }
    }

    fn home_units(&mut self, staffing: &Staffing) {
        let Staffing { home_units, linked, .. } = staffing;
        let (sent, inside) = home_units.in_own_community(linked, None);
        let (sent, inside) = (thousands(sent), thousands(inside));
        line!(self, "  In the linked community of their home unit: {inside} of {sent} responders;");
        let (number, name) = &home_units.named;
        let (sent, inside) = home_units.in_own_community(linked, Some(*number));
        line!(self, "    {name}: {inside} of {sent}");
    }

    fn caseloads(&mut self, compound: &Task) {
        let loads = staff::caseloads(self.city, compound);
        let (least, most) = CASELOAD;
        let within = loads.iter().filter(|&&load| (least..=most).contains(&load)).count();
        let covered: u32 = loads.iter().sum();
        line!(
            self,
            "  Meiyuan: {covered} households have a responder. {within} of {} responders have",
            loads.len()
        );
        line!(
            self,
            "    {least} to {most} each, the others share a building (caseloads across them: later)."
        );
    }

    /// The seconds of each step.
    pub(crate) fn seconds(&mut self, steps: &[(&str, f64)]) {
        self.heading("5. Seconds");
        for (step, seconds) in steps {
            line!(self, "  {step:<48}{seconds:>9.4}");
        }
        let total: f64 = steps.iter().map(|(_, seconds)| seconds).sum();
        line!(self, "  {:<48}{total:>9.4}", "in all");
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

/// Columns of a table, each to the right of its width.
fn cells(cells: &[impl Display], widths: &[usize]) -> String {
    let padded = |(cell, &width)| format!("{cell:>width$}");
    cells.iter().zip(widths).map(padded).collect::<Vec<_>>().concat()
}

/// A name with spaces behind it; a Chinese character is two columns wide.
fn padded(name: &str, width: usize) -> String {
    let columns: usize = name.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    format!("{name}{}", " ".repeat(width.saturating_sub(columns)))
}

/// A whole number from 0 on with a comma before every three digits from the right.
fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Day and minute in Beijing.
fn moment(time: Timestamp) -> String {
    let local = time.to_datetime(BEIJING);
    local.map_or_else(|| time.to_string(), |local| local.format("%-d %b %H:%M").to_string())
}
