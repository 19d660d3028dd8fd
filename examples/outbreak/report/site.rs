//! Who is called to a table when, and what the tubes say, in the report.

use std::fmt::Write;

use epitier::campaign::samples::Forecast;
use epitier::campaign::site_plan::{Finish, Gain, Turn};
use epitier::{PostId, Timestamp};

use super::super::pools::Pools;
use super::super::site::{SitePlans, TOWN};
use super::super::staff::Task;
use super::Report;
use super::text::{cells, moment, thousands};

/// Calls that are shown.
const CALLS: usize = 3;

impl Report<'_> {
    /// The town's site slot by slot, and the sites of the county seat.
    pub(crate) fn site_plans(&mut self, plans: &SitePlans, staffed: &Task) {
        self.heading(
            "Site plans (three zones, elderly first published; tables and zones constructed)",
        );
        let Some(town) = plans.town.site(TOWN) else { return };
        line!(
            self,
            "  Yongjiahe town, 5 August from 06:00: 8 tables with 60 people an hour each, slots of 5 minutes by
  building, the elderly first. Half of the samplers rest from 12:00, the others from 12:30; in
  the heat from 13:00 to 16:00 a table takes 48."
        );
        for call in plans.town.calls(TOWN).iter().take(CALLS) {
            let who = match call.turn {
                Turn::Elderly => "elderly",
                Turn::Others => "others",
                Turn::AtHome => "at home",
            };
            let (from, people) = (moment(call.during.start()), call.people);
            line!(self, "    {from}  {people:>3} {who:<8} of {}", self.place(call.building));
        }
        line!(
            self,
            "  {} are called, {} visited at home, {} have no slot; at most {} are in the zones at once.",
            thousands(town.called),
            town.visited,
            plans.town.not_called().len(),
            town.most_inside
        );
        line!(self, "    tables done           {}", done(town.tables));
        if let Some(end) = town.at_home {
            line!(self, "    visits at home done   {}", moment(end));
        }
        let ease = plans.town_at_ease.site(TOWN).and_then(|site| site.tables);
        line!(self, "    without rest and heat {}", done(ease));
        self.gain(plans.town_more, "the site", plans.town.finish());

        let seat = &plans.seat;
        let mut ends: Vec<(Timestamp, PostId)> = seat
            .sites()
            .iter()
            .filter_map(|site| Some((site.finish()?.latest, site.site)))
            .collect();
        ends.sort_unstable();
        if let [(first, _), .., (last, site)] = ends[..] {
            line!(
                self,
                "  The county seat's 77 sites in the night of 31 July: the first is done by {}, the last,
  {}, by {}; Beimengang by {}.",
                moment(first),
                staffed.name(site),
                moment(last),
                plans.beimengang.map_or_else(String::new, moment)
            );
        }
        let where_to = plans.seat_more.map_or("?", |gain| staffed.name(gain.site));
        self.gain(plans.seat_more, where_to, seat.finish());
    }

    /// What one more table with its samplers is good for.
    fn gain(&mut self, gain: Option<Gain>, site: &str, now: Option<Finish>) {
        let Some((gain, now)) = gain.zip(now) else { return };
        let minutes = gain.seconds_earlier / 60;
        let round = gain.round.map_or(now.latest, |finish| finish.latest);
        line!(
            self,
            "    one more table with two samplers at {site}:
      {minutes} minutes earlier there, all done by {}",
            moment(round)
        );
    }

    /// The tubes of the town's second round, as the night went on.
    pub(crate) fn pools(&mut self, pools: &Pools) {
        const WIDTHS: [usize; 7] = [9, 10, 9, 9, 10, 6, 8];
        self.heading(
            "Tubes of the town's round 2 (all negative published; what happens before constructed)",
        );
        let Some(first) = pools.known.first() else { return };
        line!(
            self,
            "  Ten people singly, all others ten in a tube. One pool is positive at first, one tube broken, and one
  person singly positive; the latter is a provisional case, until the re-test excludes them."
        );
        let columns = ["sampled", "negative", "pending", "on hold", "positive", "lost", "cases"];
        line!(self, "{:18}{}", "", cells(&columns, &WIDTHS));
        for known in &pools.known {
            let day = known.register.tally(|_| true);
            let provisional = u32::try_from(known.cases[0]).unwrap_or(u32::MAX);
            let numbers = [
                day.sampled,
                day.negative,
                day.pending,
                day.on_hold,
                day.positive,
                day.lost,
                provisional,
            ];
            let row = cells(&numbers.map(thousands), &WIDTHS);
            line!(self, "  {:16}{row}", moment(known.register.as_of()));
        }
        line!(
            self,
            "  sampled = negative + pending + positive + lost; those on hold are among the pending."
        );
        line!(
            self,
            "  To be sampled singly at {}, in walking order:",
            moment(first.register.as_of())
        );
        for course in first.register.to_resample().iter().take(CALLS) {
            let home = self.city.population.household_of(course.person);
            let home = home.and_then(|home| self.city.population.household(home));
            let place = home.map_or_else(String::new, |home| {
                format!("{}, door {}", self.place(home.building), home.door + 1)
            });
            line!(self, "    {}, {place}", self.city.person_name(course.person));
        }
        let more = first.register.to_resample().len().saturating_sub(CALLS);
        line!(self, "    and {more} more");
        let through = |of: &Forecast| of.last.map_or_else(|| "now".to_owned(), moment);
        let [one, two] = &pools.through;
        line!(
            self,
            "  {} tubes wait at the laboratory then: the last result by {} with one machine for 96,
  by {} with two.",
            first.register.waiting().len(),
            through(one),
            through(two)
        );
    }
}

/// When tables are done.
fn done(finish: Option<Finish>) -> String {
    finish.map_or_else(String::new, |finish| {
        format!("{} as planned, {} at the latest", moment(finish.planned), moment(finish.latest))
    })
}
