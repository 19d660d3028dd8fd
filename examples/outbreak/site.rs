//! Who is called to which table when: the town's site on 5 August from 06:00 (article 2.4, rows 50 to 57), and the
//! 77 sites of the county seat in their night.
//!
//! The three zones, elderly first and the opening are published; tables, samplers at them, zones, rests, heat and who
//! cannot leave home are constructed, 60 people an hour and table is a parameter.

use epitier::campaign::site_plan::{
    Gain, Group, Heat, OneMore, Rest, SamplingSite, SitePlan, SitePlanBuilder, SitePlanRules, Turn,
};
use epitier::network::Tier;
use epitier::population::{Age, Resident};
use epitier::{Interval, PostId, Timestamp, UnitId};

use super::catchments::Walks;
use super::rounds::hour;
use super::scenario::{City, Outcome};
use super::staff::Task;
use super::testing::{NIGHT, TABLES};

/// The elderly are so many years old.
const ELDERLY: u8 = 60;

/// Those born until this year are visited at home.
const HOMEBOUND: u16 = 1932;

/// Slots of five minutes: of longer ones, two would not find room in the zones together.
const SLOT: u32 = 300;

/// Two samplers at each table.
const SAMPLERS_PER_TABLE: u32 = 2;

/// The town's site.
pub(crate) const TOWN: PostId = PostId::new(0);

/// Both plans.
pub(crate) struct SitePlans {
    pub(crate) town: SitePlan,
    /// The same without rests and heat.
    pub(crate) town_at_ease: SitePlan,
    /// With one more table and its samplers.
    pub(crate) town_more: Option<Gain>,
    pub(crate) seat: SitePlan,
    pub(crate) seat_more: Option<Gain>,
    /// When the last site with people of Beimengang is done at the latest.
    pub(crate) beimengang: Option<Timestamp>,
}

impl SitePlans {
    pub(crate) fn new(city: &City, staffed: &Task, walks: &Walks) -> Outcome<Self> {
        let (town, town_at_ease) = (town(city, true)?, town(city, false)?);
        let seat = seat(city, staffed, walks)?;
        let more = |plan: &SitePlan| plan.one_more(OneMore::StaffedTable).first().copied();
        let beimengang = city.unit("beimengang")?;
        let own = |site: &PostId| {
            let shares = walks.catchments.shares.iter().filter(|share| share.site == *site);
            shares.into_iter().any(|share| city.network().contains(beimengang, share.building))
        };
        let sites = walks.sites.iter().map(|site| site.site).filter(own);
        let ends = sites.filter_map(|site| Some(seat.site(site)?.finish()?.latest));
        let beimengang = ends.max();
        Ok(Self {
            town_more: more(&town),
            seat_more: more(&seat),
            town,
            town_at_ease,
            seat,
            beimengang,
        })
    }
}

/// The site at the town's governance centre; with rests of half an hour at noon and less work in the heat.
fn town(city: &City, burdened: bool) -> Outcome<SitePlan> {
    let child = city.person("child")?;
    let hours = Interval::new(hour(8, 5, 6)?, hour(8, 5, 20)?)?;
    let tables = u32::try_from(TABLES)?;
    let samplers = tables * SAMPLERS_PER_TABLE;
    let site = SamplingSite {
        tables,
        samplers,
        waiting: 80,
        preparation: 24,
        home_teams: 3,
        slot_seconds: SLOT,
        ..SamplingSite::new(TOWN, hours)
    };
    let mut builder = SitePlanBuilder::new(rules()).site(site);
    if burdened {
        // A half of the samplers rests, and then the other.
        let noon = hour(8, 5, 12)?;
        let half =
            |from: i64| Interval::new(noon.saturating_add(from), noon.saturating_add(from + 1_800));
        for during in [half(0)?, half(1_800)?] {
            builder = builder.rest(Rest { site: TOWN, during, samplers: samplers / 2 });
        }
        let during = Interval::new(hour(8, 5, 13)?, hour(8, 5, 16)?)?;
        builder = builder.heat(Heat { site: TOWN, during, percent: 80 });
    }
    let buildings = city.network().members(city.unit("yjh")?, Tier::Building).iter();
    let groups =
        buildings.map(|&building| group(city, TOWN, building, |resident| resident.person != child));
    Ok(builder.groups(groups).build(city.network())?)
}

/// The sites of the night, with the people whom the catchments send to each.
fn seat(city: &City, staffed: &Task, walks: &Walks) -> Outcome<SitePlan> {
    let opens = hour(7, 31, 17)?;
    let hours = Interval::new(opens, opens.saturating_add(NIGHT))?;
    let sites = walks.sites.iter().map(|site| {
        let samplers = staffed.plan.posts()[site.site.index()].filled;
        SamplingSite {
            tables: samplers / SAMPLERS_PER_TABLE,
            samplers,
            waiting: 60,
            preparation: 20,
            home_teams: 2,
            slot_seconds: SLOT,
            ..SamplingSite::new(site.site, hours)
        }
    });
    let shares = walks.catchments.shares.iter();
    let groups = shares.map(|share| group(city, share.site, share.building, |_| true));
    let builder = SitePlanBuilder::new(rules()).sites(sites).groups(groups);
    Ok(builder.build(city.network())?)
}

fn rules() -> SitePlanRules {
    SitePlanRules { samplers_per_table: SAMPLERS_PER_TABLE, ..SitePlanRules::default() }
}

/// The people of a building by turn.
fn group(city: &City, site: PostId, building: UnitId, comes: impl Fn(&Resident) -> bool) -> Group {
    let mut group = Group::new(site, building);
    let people = city.population.residents(building);
    let people = people.filter_map(|person| city.population.resident(person));
    for resident in people.filter(comes) {
        let turn = match resident.age {
            Age::Born(..=HOMEBOUND) => Turn::AtHome,
            _ => Turn::of(&resident, ELDERLY, 2021),
        };
        *match turn {
            Turn::Elderly => &mut group.elderly,
            Turn::Others => &mut group.others,
            Turn::AtHome => &mut group.homebound,
        } += 1;
    }
    group
}
