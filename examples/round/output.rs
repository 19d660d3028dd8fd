//! What a headquarters and a team read: the rounds, the doors to walk to, the lists of the register.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use epitier::campaign::{Coverage, Filing, Gap, Round};
use epitier::network::Tier;
use epitier::{HouseholdId, OriginId, ResponderId, UnitId};

use super::input::{Input, entrance};
use super::survey::{APART, Figures, Survey};

/// What is to be printed of it.
pub(crate) struct Wish {
    /// The unit whose doors and people are listed.
    pub(crate) unit: UnitId,
    /// The round whose gaps are listed.
    pub(crate) round: u32,
    /// Whose doors alone.
    pub(crate) responder: Option<ResponderId>,
    /// The risk areas.
    pub(crate) risk: BTreeSet<OriginId>,
    pub(crate) days: u16,
}

/// The whole report.
pub(crate) fn report(input: &Input, survey: &Survey, wish: &Wish) -> Result<String, fmt::Error> {
    let mut report = Report { input, survey, wish, text: String::new() };
    report.rounds()?;
    report.apart()?;
    report.coverage()?;
    report.gaps()?;
    report.register()?;
    report.lists()?;
    report.census()?;
    report.problems()?;
    Ok(report.text)
}

/// The gaps of the round that is asked for, of one responder where one is.
pub(crate) fn gaps(input: &Input, survey: &Survey, wish: &Wish) -> Vec<Gap> {
    let round = survey.campaign.round(wish.round);
    let mut gaps = round.map(|round| round.gaps(wish.unit)).unwrap_or_default();
    let mine =
        |home| wish.responder.is_none() || input.contacts.get(&home) == wish.responder.as_ref();
    gaps.retain(|gap| mine(gap.household));
    // One walk: what is carried over is marked, and does not come first.
    let place = |gap: &Gap| (input.network.position(gap.building), gap.door, gap.household);
    gaps.sort_by_key(place);
    gaps
}

/// The word of a closed set, as the tables write it.
pub(crate) fn word(of: impl serde::Serialize) -> String {
    serde_json::to_string(&of).unwrap_or_default().trim_matches('"').to_owned()
}

/// The outcome of the last visit, if there was any.
fn reason(gap: &Gap) -> String {
    gap.reason.map_or_else(|| "not-visited".to_owned(), word)
}

/// A report that grows section by section; those about the register are in `lists`.
pub(crate) struct Report<'a> {
    pub(crate) input: &'a Input,
    pub(crate) survey: &'a Survey,
    pub(crate) wish: &'a Wish,
    pub(crate) text: String,
}

impl Report<'_> {
    fn rounds(&mut self) -> fmt::Result {
        let (network, text) = (&self.input.network, &mut self.text);
        let unit = self.wish.unit;
        writeln!(
            text,
            "{}: {} buildings, {} responders\n",
            network.name(unit).unwrap_or("?"),
            network.members(unit, Tier::Building).len(),
            self.input.responders.len()
        )?;
        writeln!(
            text,
            "round  households  joined  left  reached  exempt  gaps   people  asked  of the gaps before"
        )?;
        let (mut homes, mut reached, mut people, mut asked) = (0, 0, 0, 0);
        for round in self.survey.campaign.rounds() {
            let of_all = round.population().network().roots().map(|root| round.coverage(root));
            let mut all = Coverage::default();
            of_all.for_each(|of| all += of);
            let figures = Figures::new(round);
            writeln!(
                text,
                "{:>5} {:>11} {:>7} {:>5} {:>8} {:>7} {:>5} {:>8} {:>6}  {} reached, {} missed again",
                round.number(),
                all.targets,
                all.joined,
                all.left,
                all.reached,
                all.exempt,
                all.unreached,
                figures.people,
                figures.asked,
                figures.recovered,
                figures.missed_again
            )?;
            homes += all.targets;
            reached += all.reached;
            people += figures.people;
            asked += figures.asked;
        }
        writeln!(
            text,
            "  all {homes:>11} {:>7} {:>5} {reached:>8} {:>7} {:>5} {people:>8} {asked:>6}",
            "", "", "", ""
        )
    }

    fn apart(&mut self) -> fmt::Result {
        let rounds = self.survey.campaign.rounds();
        write!(self.text, "\nrecords: {} sent again", self.survey.retries)?;
        for (filing, name) in APART {
            let count: usize = rounds.iter().map(|round| round.filed(filing).len()).sum();
            write!(self.text, ", {count} {name}")?;
        }
        writeln!(self.text)?;
        for round in rounds {
            for filing in [Filing::Pending, Filing::Orphan, Filing::Ledger] {
                for entry in round.filed(filing) {
                    let name = APART.iter().find(|(of, _)| *of == filing).map_or("", |of| of.1);
                    writeln!(
                        self.text,
                        "  round {}: record {} is {name}",
                        round.number(),
                        entry.event.get()
                    )?;
                }
            }
        }
        Ok(())
    }

    fn coverage(&mut self) -> fmt::Result {
        let rounds = self.survey.campaign.rounds();
        let network = &self.input.network;
        writeln!(
            self.text,
            "\nReached of those not exempt, by building and round; * where somebody is missing"
        )?;
        let by_round: Vec<_> = rounds.iter().map(Round::coverage_by_unit).collect();
        let buildings = network.members(self.wish.unit, Tier::Building);
        let cells: Vec<String> = buildings
            .iter()
            .map(|building| {
                let mut cell = format!("{:<6}", network.code(*building).unwrap_or("?"));
                for coverage in &by_round {
                    let of = coverage[building.index()];
                    let mark = if of.unreached > 0 { '*' } else { ' ' };
                    let share = format!("{}/{}", of.reached, of.targets - of.exempt);
                    let _ = write!(cell, "{share:>6}{mark}");
                }
                cell
            })
            .collect();
        // Three columns, read downwards.
        let lines = cells.len().div_ceil(3);
        for line in 0..lines {
            let row: Vec<&str> =
                cells.iter().skip(line).step_by(lines).map(String::as_str).collect();
            writeln!(self.text, "  {}", row.join("   ").trim_end())?;
        }
        Ok(())
    }

    fn gaps(&mut self) -> fmt::Result {
        let gaps = gaps(self.input, self.survey, self.wish);
        let carried = gaps.iter().filter(|gap| gap.carried).count();
        writeln!(
            self.text,
            "\nDoors to walk to after round {}: {}, of them {carried} missed in the round before too",
            self.wish.round,
            gaps.len()
        )?;
        let network = &self.input.network;
        for of_building in gaps.chunk_by(|a, b| a.building == b.building) {
            let name = network.name(of_building[0].building).unwrap_or("?");
            writeln!(self.text, "  {name}")?;
            for gap in of_building {
                let (entrance, door) = entrance(gap.door);
                let again = gap.follow_up.map_or_else(String::new, |day| format!("again {day}"));
                let line = format!(
                    "    entrance {entrance}  door {door:<5} {:<6} {:<4} {:<18} tries {:<2}  {again:<17} {}",
                    self.input.household(gap.household),
                    self.contact(gap.household),
                    reason(gap),
                    gap.tries,
                    if gap.carried { "missed before" } else { "" }
                );
                writeln!(self.text, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }

    fn contact(&self, household: HouseholdId) -> &str {
        self.input.contacts.get(&household).map_or("", |&responder| self.input.responder(responder))
    }
}

/// The gap list as a table: building, entrance, door and what is known of it.
pub(crate) fn gap_table(input: &Input, survey: &Survey, wish: &Wish) -> String {
    let mut text =
        "building,entrance,door,household,responder,reason,tries,follow_up,missed_before\n"
            .to_owned();
    for gap in gaps(input, survey, wish) {
        let (entrance, door) = entrance(gap.door);
        let contact = input.contacts.get(&gap.household);
        let _ = writeln!(
            text,
            "{},{entrance},{door},{},{},{},{},{},{}",
            input.network.code(gap.building).unwrap_or_default(),
            input.household(gap.household),
            contact.map_or("", |&responder| input.responder(responder)),
            reason(&gap),
            gap.tries,
            gap.follow_up.map_or_else(String::new, |day| day.to_string()),
            gap.carried
        );
    }
    text
}
