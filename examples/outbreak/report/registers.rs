//! Checkpoints, disinfection, services and needs in the report.

use std::fmt::Write;

use epitier::campaign::checks::{CheckProblem, Reason as Ruled, Tally};
use epitier::campaign::disinfection::{Task, TaskState};
use epitier::campaign::needs::{NeedKind, NeedStatus, Owner};
use epitier::campaign::services::ServiceKind;
use epitier::contact::Reason;
use epitier::{HouseholdId, PostId, UnitId};

use super::super::registers::Registers;
use super::Report;
use super::text::{cells, moment, padded, thousands};

/// Doors that are named.
const DOORS: usize = 4;

impl Report<'_> {
    /// Who came to the checkpoints, and what became of them.
    pub(crate) fn checks(&mut self, registers: &Registers) {
        const WIDTHS: [usize; 6] = [10, 9, 10, 10, 7, 9];
        self.heading(
            "Checkpoints of Songbu on 1 August, 24 hours (9 published, who came constructed)",
        );
        let checks = &registers.checks;
        let columns = ["vehicles", "people", "admitted", "escorted", "held", "refused"];
        line!(self, "{:30}{}", "", cells(&columns, &WIDTHS));
        let mut row = |name: &str, of: &Tally| {
            let numbers = [of.vehicles, of.people, of.admitted, of.escorted, of.held, of.refused];
            line!(self, "  {name:28}{}", cells(&numbers.map(thousands), &WIDTHS));
        };
        let name = |post: PostId| {
            self.tables.checkpoints.get(post.index()).map_or("?", |row| row.name.as_str())
        };
        for (post, of) in checks.by_post() {
            row(name(post), &of);
        }
        row("in all", &checks.total());
        let care = checks.by_reason().into_iter();
        let care = care.filter(|(reason, _)| matches!(reason, Ruled::EmergencyCare { .. }));
        line!(
            self,
            "  Emergency care that a rule would have held or refused, and that passed with an escort: {}.",
            care.map(|(_, people)| people).sum::<u64>()
        );
        line!(self, "  Held to this hour: {} people.", checks.still_held().count());
        for problem in checks.problems() {
            if let CheckProblem::Uncounted { event, people, .. } = problem {
                let post = registers.barriers.get(event).map_or("?", |&post| name(post));
                line!(
                    self,
                    "  {post}: {people} people passed without a check, by the barrier's count."
                );
            }
        }
    }

    /// What is to be disinfected until when.
    pub(crate) fn disinfection(&mut self, registers: &Registers) {
        let as_of = moment(registers.disinfected_as_of);
        self.heading(&format!(
            "Disinfection tasks as of {as_of} (places traced, work constructed)"
        ));
        for task in registers.disinfection.tasks() {
            let place = Some(task.exposed.place);
            let name = padded(self.records.places.name(Reason::SharedPlace, place), 24);
            let (ready, due) = (moment(task.ready), moment(task.due));
            line!(self, "    {name}ready {ready}, due {due}: {}", state(task));
        }
        line!(
            self,
            "  {} to be done, {} of them overdue.",
            registers.disinfection.open().count(),
            registers.disinfection.overdue().count()
        );
    }

    /// What was done for people, who went without, and what somebody needs.
    pub(crate) fn needs(&mut self, registers: &Registers) {
        self.heading(
            "Help in daily life (3,000 and 800 in Beimengang published, the rest constructed)",
        );
        let Registers { services, deliveries, closed_off, needs, .. } = registers;
        if let Ok(beimengang) = self.city.unit("beimengang") {
            let done = services.unit(beimengang);
            line!(
                self,
                "  Beimengang on 1 August: {} persuaded to wear a mask, {} helped to walk (person-times).",
                thousands(done.of(ServiceKind::MaskPersuasion)),
                thousands(done.of(ServiceKind::MobilityHelp))
            );
        }
        let coverage = deliveries.coverage(*closed_off);
        line!(
            self,
            "  Food to {}: {} of {} households have it; the others:",
            self.city.name(*closed_off),
            coverage.reached,
            coverage.targets
        );
        let gaps = deliveries.gaps(*closed_off);
        for gap in gaps.iter().take(DOORS) {
            let why = super::rounds::reason(gap.reason);
            let home = self.home(gap.building, gap.household);
            line!(self, "    {home}: {why}");
        }
        if gaps.len() > DOORS {
            line!(self, "    and {} more", gaps.len() - DOORS);
        }
        let as_of = moment(registers.needs_as_of);
        let (open, overdue) = (needs.open().count(), needs.overdue().count());
        line!(self, "  Needs as of {as_of}: {open} open, {overdue} overdue, each with its owner:");
        for need in needs.open() {
            let mark =
                if needs.overdue().any(|late| late.event == need.event) { "OVERDUE " } else { "" };
            self.need(need, mark);
        }
    }

    /// A household of the old street, whose doors have no numbers on record.
    fn home(&self, building: UnitId, household: HouseholdId) -> String {
        format!("{}, household {}", self.city.name(building), household.get())
    }

    fn need(&mut self, need: &NeedStatus, mark: &str) {
        let kind = match need.need.kind {
            NeedKind::Dialysis => "dialysis",
            NeedKind::Medicine => "medicine",
            NeedKind::Birth => "birth",
            NeedKind::Food => "food",
            NeedKind::LeftAlone => "left alone",
            _ => "other",
        };
        let place =
            need.home.map_or_else(String::new, |home| self.home(home.building, home.household));
        let owner = match need.owner {
            None => "nobody".to_owned(),
            Some(Owner::Responder(who)) => format!("responder {}", who.get()),
            Some(Owner::Unit(unit)) => self.city.name(unit).to_owned(),
        };
        line!(self, "    {kind:<10} {place:<38} due {:<13} {mark}{owner}", moment(need.due));
    }
}

/// Where a task stands.
fn state(task: &Task) -> &'static str {
    match task.state {
        TaskState::NotYet => "not yet",
        TaskState::Open if task.undone.is_some() => "open again: done too early",
        TaskState::Open => "open",
        TaskState::Overdue if task.undone.is_some() => "OVERDUE: done too early",
        TaskState::Overdue => "OVERDUE",
        TaskState::Done { late: false, .. } => "done",
        TaskState::Done { late: true, .. } => "done late",
    }
}
