//! What one more table or sampler changes.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::{Finish, SamplingSite, SiteForecast, SitePlan};
use crate::id::PostId;

/// What a site could get one more of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum OneMore {
    /// A table, for samplers who are there.
    Table,
    /// A sampler, at a table that is there.
    Sampler,
    /// A table with the samplers who work at it.
    StaffedTable,
    /// A team that visits people at home.
    HomeTeam,
}

impl OneMore {
    fn at(self, site: &SamplingSite, samplers_per_table: u32) -> SamplingSite {
        let SamplingSite { tables, samplers, home_teams, .. } = *site;
        let (table, more, team) = match self {
            Self::Table => (1, 0, 0),
            Self::Sampler => (0, 1, 0),
            Self::StaffedTable => (1, samplers_per_table, 0),
            Self::HomeTeam => (0, 0, 1),
        };
        SamplingSite {
            tables: tables.saturating_add(table),
            samplers: samplers.saturating_add(more),
            home_teams: home_teams.saturating_add(team),
            ..*site
        }
    }
}

/// What it changes if one site gets one more, and the others do not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gain {
    /// The site.
    pub site: PostId,
    /// How many more people are sampled in its hours.
    pub more_people: u64,
    /// How much earlier it is done at the latest; never negative unless more people are sampled.
    pub seconds_earlier: i64,
    /// When it is done then.
    pub finish: Option<Finish>,
    /// When the whole round is done then.
    pub round: Option<Finish>,
}

impl SitePlan {
    /// What one more changes at each site: those first where the most people more are sampled, then those with which
    /// the round is done earliest (at the latest, then as planned), then those which gain the most time themselves;
    /// then by id.
    ///
    /// # Cost
    ///
    /// As planning every site once more, in parallel, without naming who is called.
    #[must_use]
    pub fn one_more(&self, what: OneMore) -> Vec<Gain> {
        let rows = &self.content.rows;
        let changed = |site: &SamplingSite| {
            let changed = what.at(site, rows.rules.samplers_per_table);
            rows.flow(&changed).forecast(rows.groups(site.site))
        };
        let changed: Vec<SiteForecast> = rows.sites.par_iter().map(changed).collect();
        let finishes = || self.sites().iter().map(SiteForecast::finish);
        // What the sites after each one finish with.
        let mut after = vec![None; self.sites().len()];
        let mut later = None;
        for (after, finish) in after.iter_mut().zip(finishes()).rev() {
            *after = later;
            later = Finish::later(later, finish);
        }
        let mut before = None;
        let mut gains = Vec::with_capacity(after.len());
        for ((now, then), after) in self.sites().iter().zip(&changed).zip(after) {
            let (old, finish) = (now.finish(), then.finish());
            let earlier = old
                .zip(finish)
                .map(|(old, new)| old.latest.seconds().saturating_sub(new.latest.seconds()));
            gains.push(Gain {
                site: now.site,
                more_people: then.sampled() - now.sampled(),
                seconds_earlier: earlier.unwrap_or(0),
                finish,
                round: Finish::later(Finish::later(before, finish), after),
            });
            before = Finish::later(before, old);
        }
        gains.sort_by_key(|gain| {
            let round = gain.round.map(|round| (round.latest, round.planned));
            (Reverse(gain.more_people), round, Reverse(gain.seconds_earlier), gain.site)
        });
        gains
    }
}
