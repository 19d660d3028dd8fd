//! The case investigation: from the train to the child, and from the child to his contacts.

use std::collections::BTreeMap;

use epitier::contact::{
    Case, ContactIndex, Cuts, Direction, ExposedPlace, Exposure, ExposureSpan, ExposureSummary,
    Investigation, Isolation, LookBack, Protocol, Reason, Setting, Trace, last_exposure,
};
use epitier::{Day, PersonId, Timestamp};

use super::scenario::{BEIJING, City, Outcome, Records};
use super::tables::{CaseRow, Tables};

/// The index case and the case on his train, as the tables call them.
const CHILD: &str = "child";
const TRAIN_CASE: &str = "huaian-case";

/// From when on all close contacts are in centralised quarantine: 31 July 2021, 00:00 in Beijing. The
/// day is that of the press conference (`FIELD.md`, 2.8), the hour constructed.
const QUARANTINED: Timestamp = Timestamp::from_seconds(1_627_660_800);

/// The rules of the trace: the 8th edition of May 2021, with two tiers, a look-back of two days before the
/// positive sample, and everybody who lives together. They and people in a sealed vehicle count
/// whatever the time; elsewhere WHO's 15 minutes of 1 February 2021 hold (`FIELD.md`, 3).
pub(crate) fn protocol() -> Protocol {
    Protocol::cn_8th_2021_05()
        .with_min_overlap(15 * 60)
        .with_min_overlap_in(Setting::Household, 0)
        .with_min_overlap_in(Setting::Vehicle, 0)
}

/// How the child was found: he is on no list, but somebody of his household is.
pub(crate) struct SameTrain {
    /// Visits on the passenger list.
    pub(crate) listed: usize,
    /// Contacts of the confirmed case on that list.
    pub(crate) contacts: Vec<PersonId>,
    /// Who lives with one of them: the next tier, by the household rule.
    pub(crate) households: Vec<PersonId>,
}

/// Traces the passenger list alone, and from those found their households.
pub(crate) fn same_train(tables: &Tables, city: &City, records: &Records) -> Outcome<SameTrain> {
    let rows = tables.visits.iter().zip(&records.named_visits);
    let list = rows.filter(|(row, _)| row.record == "passenger list").map(|(_, visit)| *visit);
    let index = records.index(list)?;
    let case = case(tables, city, TRAIN_CASE, protocol())?;
    let trace = index.trace(&Investigation::new(protocol()).with_cases([case]), &())?;
    let found = |tier, reason| {
        let found = trace.in_tier(tier).iter().filter(|traced| traced.reason == reason);
        let mut people: Vec<PersonId> = found.map(|traced| traced.person).collect();
        people.sort_unstable();
        people
    };
    Ok(SameTrain {
        listed: index.visit_count(),
        contacts: found(1, Reason::SharedPlace),
        households: found(2, Reason::Household),
    })
}

/// Who can have exposed the child.
pub(crate) struct Source {
    /// Everybody who met him in the 14 days before his positive sample and before it was taken.
    pub(crate) met: usize,
    /// The contacts with the one of them who is a confirmed case.
    pub(crate) exposures: Vec<Exposure>,
}

/// Traces backward from the child and looks for the known case among those found.
pub(crate) fn source(tables: &Tables, city: &City, index: &ContactIndex) -> Outcome<Source> {
    let protocol = protocol().with_direction(Direction::Backward).with_tiers(1);
    let row = case_row(tables, CHILD)?;
    let window = protocol.source_window(row.positive, BEIJING);
    let case =
        Case { person: city.person(CHILD)?, from: window.start(), until: Some(row.isolated) };
    let trace = index.trace(&Investigation::new(protocol).with_cases([case]), &())?;
    let exposures = trace.evidence(index, city.person(TRAIN_CASE)?);
    Ok(Source { met: trace.in_tier(1).len(), exposures })
}

/// The contacts of the child under some rules.
pub(crate) struct Inquiry<'a> {
    pub(crate) index: &'a ContactIndex,
    pub(crate) child: Case,
    exposed: Timestamp,
    positive: Day,
}

impl<'a> Inquiry<'a> {
    /// The child carries from the look-back on, though not before he was exposed himself.
    pub(crate) fn new(
        tables: &Tables,
        city: &City,
        index: &'a ContactIndex,
        source: &Source,
    ) -> Outcome<Self> {
        let child = case(tables, city, CHILD, protocol())?;
        let exposed = last_exposure(&source.exposures).ok_or("no exposure of the child")?;
        let positive = case_row(tables, CHILD)?.positive;
        Ok(Self { index, child, exposed: exposed.saturating_add(1), positive })
    }

    /// Traces by these rules; with `quarantine`, the close contacts that a first trace finds expose
    /// nobody once they are in quarantine.
    pub(crate) fn trace(&self, protocol: Protocol, quarantine: bool) -> Outcome<Trace> {
        let from = protocol.case_window(self.positive, BEIJING).max(self.exposed);
        let ask = Investigation::new(protocol).with_cases([Case { from, ..self.child }]);
        let mut tracer = self.index.tracer();
        let first = tracer.trace(&ask, &())?;
        if !quarantine {
            return Ok(first);
        }
        let isolated = first.in_tier(1).iter().map(|contact| Isolation {
            person: contact.person,
            from: QUARANTINED,
            until: None,
            cuts: Cuts::Everything,
        });
        Ok(tracer.trace(&ask.with_isolations(isolated), &())?)
    }
}

/// What is read off a trace besides its people.
pub(crate) struct Readings {
    /// Who was there with the child, but below the rules.
    pub(crate) general: Vec<ExposureSummary>,
    /// The disinfection list: where the child and close contacts were while they carried.
    pub(crate) places: Vec<ExposedPlace>,
    /// When everybody was exposed first and last.
    pub(crate) spans: Vec<ExposureSpan>,
}

impl Readings {
    pub(crate) fn new(index: &ContactIndex, trace: &Trace) -> Outcome<Self> {
        Ok(Self {
            general: trace.general_contacts(index, &())?,
            places: trace.exposed_places(index, 1, &())?,
            spans: trace.exposure_spans(index, &())?,
        })
    }
}

/// A way of asking, with what it answers: people per tier, close contacts first.
pub(crate) struct Variant {
    pub(crate) rule: &'static str,
    pub(crate) tiers: Vec<usize>,
}

/// What other rules would have found, to show what hangs on them.
pub(crate) fn variants(inquiry: &Inquiry<'_>) -> Outcome<Vec<Variant>> {
    let rules = [
        (
            "look-back of 4 days (local practice of that summer)",
            protocol().with_look_back(LookBack::Days(4)),
            true,
        ),
        ("no minimum of 15 minutes anywhere", protocol().with_min_overlap(0), true),
        ("no contacts by household alone", protocol().with_household_contacts(false), true),
        ("close contacts not in quarantine on 31 July", protocol(), false),
        ("a third tier", protocol().with_tiers(3), true),
    ];
    let answer = |(rule, protocol, quarantine)| {
        let trace = inquiry.trace(protocol, quarantine)?;
        Ok(Variant { rule, tiers: trace.people_by_tier().split_off(1) })
    };
    rules.into_iter().map(answer).collect()
}

/// How many people of a trace a question sorts under each heading, the largest number first.
pub(crate) fn tally<'a, T>(people: &[T], heading: impl Fn(&T) -> &'a str) -> Vec<(&'a str, usize)> {
    let mut counts = BTreeMap::new();
    for traced in people {
        *counts.entry(heading(traced)).or_insert(0) += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}

fn case_row<'a>(tables: &'a Tables, key: &str) -> Outcome<&'a CaseRow> {
    let row = tables.cases.iter().find(|row| row.person == key);
    row.ok_or_else(|| format!("no case {key}").into())
}

/// A case whose window runs from the look-back to its isolation.
pub(crate) fn case(tables: &Tables, city: &City, key: &str, protocol: Protocol) -> Outcome<Case> {
    let row = case_row(tables, key)?;
    Ok(Case {
        person: city.person(key)?,
        from: protocol.case_window(row.positive, BEIJING),
        until: Some(row.isolated),
    })
}
