//! Teams, who moves after people dropped out, and mutual aid in the report.

use std::collections::BTreeMap;
use std::fmt::Write;

use epitier::ResponderId;
use epitier::dispatch::{DropOut, Standing};

use super::super::day_after::{DayAfter, MutualAid};
use super::super::investigation::tally;
use super::super::investigators::{DEPARTMENTS, Investigators};
use super::super::scenario::City;
use super::super::staff::Task;
use super::Report;
use super::text::{cells, thousands};

/// The widths of the columns of teams, and of how a plan stands.
const TEAM_WIDTHS: [usize; 5] = [8, 8, 11, 8, 10];
const STANDING_WIDTHS: [usize; 3] = [10, 10, 12];

impl Report<'_> {
    /// The investigation teams, complete and without those who are needed elsewhere.
    pub(crate) fn investigators(&mut self, complete: &Investigators, reduced: &Investigators) {
        self.heading(
            "Investigation teams (140 people and 7 teams published, the rest constructed)",
        );
        line!(
            self,
            "  Of health, police and transport 10, 6 and 4 in each team; 4 leaders beside them, as nobody
  guides more than 2 teams. Nobody goes more than 30 km, and all ways together are the shortest."
        );
        line!(
            self,
            "{:10}{}  office",
            "",
            cells(&["health", "police", "transport", "leader", "from"], &TEAM_WIDTHS)
        );
        for (leader, office) in complete.teams.leaders().iter().zip(&complete.offices) {
            let members = complete.teams.of(leader.team);
            let of = |class| members.iter().filter(|row| row.class == Some(class)).count();
            let numbers = [0, 1, 2].map(|class| of(class).to_string());
            let [health, police, transport] = numbers;
            let leading = format!("no. {}", leader.responder.get());
            let way = format!("{} km", leader.metres / 1_000);
            let row = cells(&[health, police, transport, leading, way], &TEAM_WIDTHS);
            line!(self, "    team {}{row}  {office}", leader.team.get());
        }
        let teams = &reduced.teams;
        line!(self, "  With two police officers away at checkpoints:");
        for shortage in teams.shortages() {
            let class = shortage.class.and_then(|class| DEPARTMENTS.get(class as usize));
            let department = class.map_or("any department", |(department, _)| department);
            let team = shortage.team.get();
            line!(self, "    team {team} lacks {} of {department}", shortage.missing);
        }
    }

    /// Who dropped out of the sampling sites, who moves, and what it was good for.
    pub(crate) fn day_after(&mut self, sites: &Task, day: &DayAfter) {
        self.heading("Sampling on 1 August, 06:00 to 12:00 (constructed)");
        line!(self, "  All 700 samplers are booked for their sites. Kept from duty by the trace:");
        for &(person, DropOut { post, responder, .. }) in &day.traced {
            line!(
                self,
                "    sampler {} ({}), out of {}",
                responder.get(),
                self.city.person_name(person),
                sites.name(post)
            );
        }
        line!(self, "  Did not turn up (the coach from Luotian broke down): {}", day.absent.len());
        for (site, people) in tally(&day.absent, |row| sites.name(row.post)) {
            line!(self, "    {site}: {people}");
        }
        let replan = &day.replan;
        line!(
            self,
            "  The plan is mended; who moves without need must save two edges of the network (500):"
        );
        for step in replan.moves.iter().filter(|step| step.to.is_some()) {
            let from = step.from.map_or("no post", |post| sites.name(post));
            let to = step.to.map_or("no post", |post| sites.name(post));
            line!(self, "    sampler {}: {from} -> {to}", step.responder.get());
        }
        line!(self, "{:30}{}", "", cells(&["at sites", "short of", "cost"], &STANDING_WIDTHS));
        let mut standing = |when: &str, standing: Standing| {
            let numbers = [thousands(standing.placed), thousands(standing.missing)];
            let [placed, missing] = numbers;
            let row = cells(&[placed, missing, thousands(standing.cost)], &STANDING_WIDTHS);
            line!(self, "    {when:<26}{row}");
        };
        standing("before", replan.before);
        standing("if nobody moved", replan.unmoved);
        standing("as mended", replan.after);
        line!(self, "  {} people moved; still to be found, or to be asked for:", replan.moved());
        for post in day.plan.posts().iter().filter(|post| post.unfilled() > 0) {
            let (site, lacks, there) = (sites.name(post.post), post.unfilled(), post.filled);
            line!(self, "    {site}: {lacks} samplers, {there} are there");
        }
    }

    /// Who lends how many, and what two orders change.
    pub(crate) fn mutual_aid(&mut self, aid: &MutualAid) {
        let (free, ordered) = (&aid.free, &aid.ordered);
        self.heading(
            "Mutual aid: the same sites, where Macheng and Luotian lend only what is lacking",
        );
        let needed = free.needed();
        line!(
            self,
            "  The sites must have {needed}; Hong'an sends {}, and {} are lent, no more than must be:",
            u64::from(free.sent()) - free.plan.lent(),
            free.plan.lent()
        );
        for (county, [lent, home]) in lenders(self.city, free) {
            line!(self, "    {county}: {lent} go, {home} stay");
        }
        let (who, site) = (aid.fixed.responder.get(), free.name(aid.fixed.post));
        line!(self, "  Ordered: sampler {who} of Luotian trains others at {site};");
        let (who, site) = (aid.forbidden.responder.get(), free.name(aid.forbidden.post));
        line!(self, "    sampler {who} of Hong'an is not to serve at {site}.");
        let mut rows = ordered.plan.assignments().iter();
        let row = rows.find(|row| row.responder == aid.forbidden.responder);
        let now = row.map_or("nowhere", |row| ordered.name(row.post));
        line!(
            self,
            "    The latter goes to {now}. Lent: {}; short of {}; the orders cost {} more.",
            ordered.plan.lent(),
            ordered.missing(),
            ordered.plan.cost() - free.plan.cost()
        );
    }
}

/// Of each county that lends, who goes and who stays.
fn lenders<'a>(city: &'a City, task: &Task) -> BTreeMap<&'a str, [u32; 2]> {
    let county = |responder: ResponderId| {
        let residence = task.dispatch.responders()[responder.index()].residence;
        residence.and_then(|unit| city.county(unit)).map_or("?", |county| city.name(county))
    };
    let mut lenders: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for row in task.plan.assignments().iter().filter(|row| row.lent) {
        lenders.entry(county(row.responder)).or_default()[0] += row.people;
    }
    for row in task.plan.idle() {
        lenders.entry(county(row.responder)).or_default()[1] += row.people;
    }
    lenders
}
