//! The posts in the report: filled, short, and who serves where.

use std::fmt::Write;

use epitier::dispatch::Caseloads;

use super::super::staff::{Staffing, Task};
use super::Report;
use super::text::{cells, thousands};

/// Short posts that are named, for each task.
const NAMED: usize = 4;

impl Report<'_> {
    /// Posts filled and short, with names.
    pub(crate) fn posts(&mut self, staffing: &Staffing) {
        const WIDTHS: [usize; 6] = [8, 11, 11, 11, 11, 11];
        self.heading(
            "Posts (totals published; minimum, make-up and skills of each post constructed)",
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
        self.caseloads(&staffing.caseloads);
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
            line!(self, "    {far} more live too far away");
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

    fn caseloads(&mut self, divided: &Caseloads) {
        let sizes = || divided.caseloads.iter().map(|caseload| caseload.households.len());
        let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
        line!(
            self,
            "  Meiyuan, door by door: {} households in {} caseloads of {least} to {most} neighbours, {} of nobody;",
            sizes().sum::<usize>(),
            divided.caseloads.len(),
            divided.left_over.len()
        );
        line!(
            self,
            "    {} buildings parted; {} responders free for others.",
            divided.parted_buildings + divided.parted_entrances,
            divided.free.len()
        );
    }
}
