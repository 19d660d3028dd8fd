//! Sites that are generated.

use epitier::campaign::site_plan::{
    ElderlyFirst, Group, Heat, Rest, SamplingSite, SitePlan, SitePlanBuilder, SitePlanRules,
};
use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::{Interval, PostId, Timestamp, UnitId};

use super::super::worlds::shuffle;
use crate::random::Random;

/// 5 August 2021, 06:00 in Huanggang.
pub(super) const OPENS: i64 = 1_628_114_400;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(OPENS + second)
}

pub(super) fn between(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// A community with so many buildings; their ids do not follow the walk.
pub(super) fn network(buildings: usize) -> (Network, Vec<UnitId>) {
    let mut rows = vec![
        UnitRow::new("h", "County", Tier::Headquarters),
        UnitRow::new("s", "Town", Tier::Subdistrict).under("h"),
        UnitRow::new("c", "Community", Tier::Community).under("s"),
        UnitRow::new("g2", "Compound", Tier::Compound).under("c"),
        UnitRow::new("g1", "Compound", Tier::Compound).under("c"),
    ];
    let tower = |at: usize| {
        let compound = if at.is_multiple_of(3) { "g1" } else { "g2" };
        UnitRow::new(format!("b{}", (at * 7) % 1_000_003), "Tower", Tier::Building).under(compound)
    };
    rows.extend((0..buildings).map(tower));
    let network = NetworkBuilder::new().units(rows).build().unwrap();
    let root = network.unit("h").unwrap();
    let walk = network.members(root, Tier::Building).to_vec();
    (network, walk)
}

/// The rows of a plan, as a host has them.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) network: Network,
    /// The buildings in walking order.
    pub(super) walk: Vec<UnitId>,
    pub(super) rules: SitePlanRules,
    pub(super) sites: Vec<SamplingSite>,
    pub(super) rests: Vec<Rest>,
    pub(super) heat: Vec<Heat>,
    pub(super) groups: Vec<Group>,
}

impl World {
    pub(super) fn plan(&self) -> SitePlan {
        let builder = SitePlanBuilder::new(self.rules)
            .sites(self.sites.iter().copied())
            .rests(self.rests.iter().copied())
            .heats(self.heat.iter().copied())
            .groups(self.groups.iter().copied());
        builder.build(&self.network).unwrap()
    }
}

fn site(random: &mut Random, number: u32, samplers_per_table: u32) -> SamplingSite {
    let slot_seconds = [60, 90, 300, 450, 600, 900, 1_000][random.below(7)];
    let slots = 2 + random.below(12_i64);
    let cut = random.below(i64::from(slot_seconds));
    let hours = between(0, (slots * i64::from(slot_seconds) - cut).min(7_200));
    let tables = 1 + random.below(4_u32);
    let extra = random.below(2 * samplers_per_table);
    let most_waiting = [8, 40, 200][random.below(3)];
    SamplingSite {
        tables,
        samplers: (tables.saturating_sub(random.below(2)) * samplers_per_table + extra)
            .max(samplers_per_table),
        waiting: 1 + random.below(most_waiting),
        preparation: 1 + random.below(20_u32),
        people_per_hour: [60, 60, 60, 70, 37, 240, 1_000, 3_600][random.below(8)],
        slot_seconds,
        home_teams: random.below(3),
        ..SamplingSite::new(PostId::new(number), hours)
    }
}

/// An interval within the hours of a site.
fn within(random: &mut Random, site: &SamplingSite) -> Interval {
    let seconds = i64::try_from(site.hours.seconds()).unwrap();
    let (a, b) = (random.below(seconds + 1), random.below(seconds + 1));
    let (start, end) = (a.min(b), a.max(b));
    let end = end.min(start + 1 + seconds / 3).max(start + 1);
    if end > seconds { between(seconds - 1, seconds) } else { between(start, end) }
}

/// A few sites with everything that can be.
pub(super) fn world(random: &mut Random) -> World {
    let (network, walk) = network(9);
    let samplers_per_table = 1 + random.below(3_u32);
    let rules = SitePlanRules {
        longest_queue: if random.below(2) == 0 { u32::MAX } else { 1 + random.below(80_u32) },
        samplers_per_table,
        visit_seconds: 1 + random.below(900_u32),
        elderly_first: [ElderlyFirst::InBuilding, ElderlyFirst::AtSite][random.below(2)],
    };
    let mut sites: Vec<SamplingSite> = (0..=random.below(3_u32))
        .map(|number| site(random, number * 5, samplers_per_table))
        .collect();
    let (mut rests, mut heat, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for site in &sites {
        for _ in 0..random.below(4) {
            let (during, samplers) = (within(random, site), 1 + random.below(site.samplers));
            rests.push(Rest { site: site.site, during, samplers });
        }
        let mut from = -500;
        for _ in 0..random.below(3) {
            let start = from + random.below(2_000_i64);
            from = start + 1 + random.below(3_000_i64);
            let percent = [0, 35, 50, 99, 100][random.below(5)];
            heat.push(Heat { site: site.site, during: between(start, from), percent });
        }
        let most = [3, 20, 100][random.below(3)];
        for &building in &walk {
            if random.below(3) > 0 {
                groups.push(Group {
                    elderly: random.below(most),
                    others: random.below(3 * most),
                    homebound: random.below(4_u32).saturating_sub(1),
                    ..Group::new(site.site, building)
                });
            }
        }
    }
    shuffle(random, &mut sites);
    shuffle(random, &mut rests);
    shuffle(random, &mut heat);
    shuffle(random, &mut groups);
    World { network, walk, rules, sites, rests, heat, groups }
}
