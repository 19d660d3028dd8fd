//! Working groups, commando teams and emergency teams in the report.

use std::collections::BTreeMap;
use std::fmt::Write;

use epitier::ResponderId;

use super::super::groups::{Formed, Groups};
use super::Report;
use super::text::{cells, thousands};

const WIDTHS: [usize; 6] = [8, 9, 9, 11, 10, 10];

/// Counties that are named for each shortage.
const NAMED: usize = 3;

impl Report<'_> {
    /// How even groups and teams are, how far their people come, and what they lack.
    pub(crate) fn groups(&mut self, groups: &Groups) {
        self.heading("Working groups and emergency teams (totals published, the rest constructed)");
        line!(
            self,
            "  3,422 officials of townships and 22,077 of villages in 1,652 groups, guided by 379 leaders; 7,934
  people of health, police and transport in 1,413 commando teams, or the same people in one emergency
  team for each of the 185 linked communities."
        );
        let columns = ["teams", "people", "in each", "mean way", "longest", "no team"];
        line!(self, "{:20}{}", "", cells(&columns, &WIDTHS));
        let Groups { working, commando, emergency } = groups;
        for formed in [working, commando, emergency] {
            self.formed(formed);
        }
        self.leaders(working);
        for formed in [working, commando, emergency] {
            self.lacking(formed);
        }
    }

    fn formed(&mut self, formed: &Formed) {
        let members = formed.teams.members();
        let longest = members.iter().map(|row| row.metres).max().unwrap_or(0);
        let mean = formed.teams.metres() / members.len().max(1) as u64;
        let numbers = [
            thousands(formed.counties.len()),
            thousands(members.len()),
            band(formed.sizes(None)),
            format!("{} m", thousands(mean)),
            format!("{} m", thousands(longest)),
            formed.teams.unplaced().len().to_string(),
        ];
        line!(self, "  {:18}{}", formed.title, cells(&numbers, &WIDTHS));
        let classes = (0..).zip(&formed.classes);
        let classes =
            classes.map(|(class, name)| format!("{} of {name}", band(formed.sizes(Some(class)))));
        line!(self, "    in each {}", classes.collect::<Vec<_>>().join(", "));
    }

    fn leaders(&mut self, formed: &Formed) {
        let mut guided: BTreeMap<ResponderId, usize> = BTreeMap::new();
        for row in formed.teams.leaders() {
            *guided.entry(row.responder).or_default() += 1;
        }
        let few = guided.values().copied().min().unwrap_or(0);
        let most = guided.values().copied().max().unwrap_or(0);
        line!(
            self,
            "  {} leaders guide {} groups each; groups without a leader: {}.",
            guided.len(),
            band((few, most)),
            formed.teams.leaderless().len()
        );
    }

    /// The teams that lack people, by class and county.
    fn lacking(&mut self, formed: &Formed) {
        let mut missing: BTreeMap<Option<u32>, BTreeMap<&str, u32>> = BTreeMap::new();
        for row in formed.teams.shortages() {
            let county =
                formed.counties.get(row.team.index()).map_or("?", |&at| self.city.name(at));
            *missing.entry(row.class).or_default().entry(county).or_default() += row.missing;
        }
        for (class, counties) in missing {
            let class = class.and_then(|class| formed.classes.get(class as usize));
            let class = class.map_or("any class", |class| class);
            let total: u32 = counties.values().sum();
            let mut counties: Vec<(&str, u32)> = counties.into_iter().collect();
            counties.sort_by_key(|&(_, missing)| std::cmp::Reverse(missing));
            let text =
                counties.iter().take(NAMED).map(|(county, missing)| format!("{county} {missing}"));
            line!(self, "  {} lack {total} of {class}, most of them in", formed.title);
            line!(self, "    {}", text.collect::<Vec<_>>().join(", "));
        }
    }
}

/// From the fewest to the most.
fn band((few, most): (usize, usize)) -> String {
    if few == most { few.to_string() } else { format!("{few} to {most}") }
}
