//! What follows from the contacts in the report: where to disinfect, from when on quarantine counts, and
//! what a second case changes.

use std::collections::BTreeMap;
use std::fmt::Write;

use epitier::contact::{Cause, Difference, Reason, Trace, Traced};
use epitier::{DAY_SECONDS, PersonId, Timestamp};

use super::super::investigation::Readings;
use super::super::scenario::Outcome;
use super::super::second_case::SecondCase;
use super::Report;
use super::text::{cells, day, moment, padded};

/// Places that are listed, and changes that are named for each cause.
const PLACES: usize = 8;
const NAMED: usize = 3;

/// Days of centralised quarantine for each tier in the 8th edition (`FIELD.md`, 3).
const QUARANTINE: [(u32, i64); 2] = [(1, 14), (2, 7)];

/// Whose exposures are shown.
const SHOWN: [&str; 7] =
    ["mother", "kid-02", "kid-09", "rider-26", "rider-01", "kin-01", "teacher"];

impl Report<'_> {
    /// The disinfection list.
    pub(crate) fn places(&mut self, readings: &Readings) {
        const WIDTHS: [usize; 4] = [16, 16, 10, 8];
        self.heading("Places to disinfect, and the last exposures (from the same trace)");
        line!(
            self,
            "  Where the child and close contacts were while they can have carried, by people who met one
  of them there (on the lists or not):"
        );
        line!(self, "{:28}{}", "", cells(&["from", "until", "carriers", "people"], &WIDTHS));
        for row in readings.places.iter().take(PLACES) {
            let name = self.records.places.name(Reason::SharedPlace, Some(row.place));
            let numbers = [
                moment(row.from),
                moment(row.until),
                row.carriers.to_string(),
                row.people.to_string(),
            ];
            line!(self, "    {}{}", padded(name, 24), cells(&numbers, &WIDTHS));
        }
        let more = readings.places.len().saturating_sub(PLACES);
        line!(
            self,
            "    and {more} more. Homes are none of them: no stay at home of any of them is on record."
        );
    }

    /// First and last exposures, and the quarantine that counts from the last.
    pub(crate) fn last_exposures(&mut self, trace: &Trace, readings: &Readings) -> Outcome<()> {
        const WIDTHS: [usize; 5] = [5, 15, 15, 9, 9];
        let spans = &readings.spans;
        line!(
            self,
            "  Quarantine counts from the last exposure, whose day is day 0 (8th edition: 14 days for
  close, 7 for secondary contacts):"
        );
        for (tier, days) in QUARANTINE {
            let of_tier =
                |&person: &PersonId| trace.get(person).is_some_and(|row| row.tier == tier);
            let rows = || spans.iter().filter(|span| of_tier(&span.person));
            let (Some(least), Some(most)) =
                (rows().map(|span| span.last).min(), rows().map(|span| span.last).max())
            else {
                continue;
            };
            let early = rows().filter(|span| day(span.first) != day(span.last)).count();
            line!(
                self,
                "    Tier {tier}: last exposures from {} to {}, so out from {} to {}.",
                moment(least),
                moment(most),
                last_day(least, days),
                last_day(most, days)
            );
            line!(self, "      Counted from the first exposure, {early} would be out too early.");
        }
        let columns = ["tier", "first", "last", "day 0", "last day"];
        line!(self, "{:16}{}", "", cells(&columns, &WIDTHS));
        for key in SHOWN {
            let person = self.city.person(key)?;
            let at = spans.binary_search_by_key(&person, |span| span.person);
            let (Ok(at), Some(traced)) = (at, trace.get(person)) else { continue };
            let (first, last) = (spans[at].first, spans[at].last);
            let days = QUARANTINE.iter().find(|(tier, _)| *tier == traced.tier);
            let numbers = [
                traced.tier.to_string(),
                moment(first),
                moment(last),
                day(last),
                days.map_or_else(String::new, |&(_, days)| last_day(last, days)),
            ];
            line!(self, "    {}{}", padded(key, 12), cells(&numbers, &WIDTHS));
        }
        Ok(())
    }

    /// What the second case changes.
    pub(crate) fn second_case(&mut self, second: &SecondCase, old: &Trace, new: &Trace) {
        self.heading("A second case arrives (constructed: no such case is published)");
        let until = second.case.until.map_or_else(String::new, moment);
        line!(
            self,
            "  {}, a close contact, tests positive on 31 July and carries from {} to {until}.",
            self.city.person_name(second.case.person),
            moment(second.case.from)
        );
        line!(
            self,
            "  Visits of {} people come late: the bus of 30 July in the evening, one in the office.",
            second.revised.len()
        );
        let tiers = |trace: &Trace| {
            let tiers = trace.people_by_tier();
            tiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")
        };
        line!(
            self,
            "  Cases, close and secondary contacts: {} before, {} now.",
            tiers(old),
            tiers(new)
        );
        line!(
            self,
            "  The trace was continued, and checked to equal one from the start. So small a trace gains no
  time by it (see the seconds at the end)."
        );
        let changes = Trace::diff(old, new);
        let mut causes: BTreeMap<Cause, Vec<&Difference>> = BTreeMap::new();
        for change in &changes {
            causes.entry(change.cause).or_default().push(change);
        }
        line!(self, "  {} people are not where they were, by cause:", changes.len());
        for (cause, rows) in causes {
            line!(self, "    {:<20}{:>4}", format!("{cause:?}"), rows.len());
            for row in rows.into_iter().take(NAMED) {
                let contact = row.new.filter(|new| new.tier > 0).map(|new| {
                    let place = self.records.places.name(new.reason, new.place);
                    format!(", {} at {place}", moment(new.first_exposure))
                });
                let contact = contact.unwrap_or_default();
                let name = self.city.person_name(row.person);
                let (old, new) = (standing(row.old), standing(row.new));
                line!(self, "      {}{old} -> {new}{contact}", padded(&name, 14));
            }
        }
    }
}

/// Where somebody stands in a trace.
fn standing(traced: Option<Traced>) -> String {
    match traced {
        None => "none".to_owned(),
        Some(Traced { tier: 0, .. }) => "case".to_owned(),
        Some(Traced { tier, .. }) => format!("tier {tier}"),
    }
}

/// The last day of a quarantine.
fn last_day(exposed: Timestamp, days: i64) -> String {
    day(exposed.saturating_add(days * DAY_SECONDS))
}
