//! Who goes where: the four tasks of the headquarters, each a dispatch of its own.
//!
//! The numbers of posts and people are the article's where the text says so; who lives where, who can do
//! what and how a post's people are made up is constructed.

use std::collections::BTreeMap;

use epitier::dispatch::{
    CaseloadBand, Caseloads, CostPolicy, Dispatch, DispatchBuilder, DistanceRule, FixedAssignment,
    ForbiddenPair, Lending, Pairing, Plan, Post, PostKind, Responder, Skill, SkillSet, Stop,
};
use epitier::network::Tier;
use epitier::{HomeUnitId, PostId, ResponderId, UnitId};

use super::generate::random;
use super::random::Random;
use super::scenario::{City, Outcome};
use super::tables::Tables;

const MEDICAL: Skill = Skill::new(0).unwrap();
const SAMPLING: Skill = Skill::new(1).unwrap();
const POLICE: Skill = Skill::new(2).unwrap();

/// Home units and the responders they send to their linked communities (article 2.3, rows 36 to 38).
const HOME_UNITS: u32 = 891;
const RESPONDERS: u32 = 9_780;

/// Sampling sites in the county seat, its population and the samplers (article 2.4 and 2.8). The
/// article says that others came from Macheng and Luotian; how many is constructed.
const SITES: usize = 77;
const SEAT_POPULATION: usize = 160_000;
const SAMPLERS: [(&str, u32); 3] = [("421122", 500), ("421181", 120), ("421123", 80)];

/// Responders of Meiyuan compound and the households that one can look after (article 2.5).
const COMPOUND_RESPONDERS: u32 = 68;
const CASELOAD: CaseloadBand = CaseloadBand { min: 10, max: 15 };

/// Edges to a building that no way leads to.
const FAR_AWAY: i64 = 100;

/// Within a county: up to it and down again, from community to community.
const WITHIN_COUNTY: u32 = 4;

/// A task with its plan.
pub(crate) struct Task {
    pub(crate) title: &'static str,
    /// What its numbers are, in a sentence.
    pub(crate) detail: &'static str,
    pub(crate) dispatch: Dispatch,
    pub(crate) plan: Plan,
    names: Vec<String>,
}

impl Task {
    /// What a reader knows a post by.
    pub(crate) fn name(&self, post: PostId) -> &str {
        self.names.get(post.index()).map_or("?", String::as_str)
    }

    /// The people that all posts together must have.
    pub(crate) fn needed(&self) -> u32 {
        self.plan.posts().iter().map(|post| post.min).sum()
    }

    /// The people who can be sent.
    pub(crate) fn available(&self) -> u32 {
        self.dispatch.responders().iter().map(|responder| responder.supply).sum()
    }

    /// The people who are sent.
    pub(crate) fn sent(&self) -> u32 {
        self.plan.posts().iter().map(|post| post.filled).sum()
    }

    /// The people whom posts are short of.
    pub(crate) fn missing(&self) -> u32 {
        self.plan.posts().iter().map(epitier::dispatch::PostStatus::unfilled).sum()
    }

    /// Posts with fewer people than they must have, with how many they lack.
    pub(crate) fn short(&self) -> impl Iterator<Item = (&str, u32)> {
        let short = self.plan.posts().iter().filter(|post| post.unfilled() > 0);
        short.map(|post| (self.name(post.post), post.unfilled()))
    }
}

/// All tasks of the headquarters.
pub(crate) struct Staffing {
    pub(crate) home_units: HomeUnits,
    pub(crate) linked: Task,
    pub(crate) sites: Task,
    pub(crate) checkpoints: Task,
    pub(crate) compound: Task,
    /// The households of the compound, door by door.
    pub(crate) caseloads: Caseloads,
}

impl Staffing {
    /// The tasks in the order of the report.
    pub(crate) fn tasks(&self) -> [&Task; 4] {
        [&self.linked, &self.sites, &self.checkpoints, &self.compound]
    }
}

/// Collects posts and responders under consecutive ids.
struct Draft<'a> {
    city: &'a City,
    random: Random,
    posts: Vec<Post>,
    names: Vec<String>,
    responders: Vec<Responder>,
}

impl<'a> Draft<'a> {
    fn new(city: &'a City, part: u64) -> Self {
        let random = random(part);
        Self { city, random, posts: Vec::new(), names: Vec::new(), responders: Vec::new() }
    }

    /// Adds a post of the form of another one, which needs from `band.0` to `band.1` people.
    fn post(&mut self, name: String, unit: UnitId, band: (u32, u32), form: &Post) {
        let post = PostId::new(u32::try_from(self.posts.len()).unwrap_or(u32::MAX));
        self.posts.push(Post { post, unit, min: band.0, max: band.1, ..*form });
        self.names.push(name);
    }

    /// Adds so many people of one kind, each of whom lives in one of the units.
    fn people(&mut self, number: u32, homes: &[UnitId], form: &Responder) {
        for _ in 0..number {
            let responder = u32::try_from(self.responders.len()).unwrap_or(u32::MAX);
            self.responders.push(Responder {
                responder: ResponderId::new(responder),
                residence: homes.get(self.random.below(homes.len().max(1))).copied(),
                ..*form
            });
        }
    }

    /// Plans it; everybody gets work if there is room (下的去、有事做: article 2.2, row 17).
    fn solve(
        self,
        about: (&'static str, &'static str),
        limit: Option<u32>,
        pairings: impl IntoIterator<Item = Pairing>,
    ) -> Outcome<Task> {
        self.solve_with(about, limit, |builder| builder.pairings(pairings).place_everybody(true))
    }

    /// Plans it by distance in the network and by whatever else is stated.
    fn solve_with(
        self,
        (title, detail): (&'static str, &'static str),
        limit: Option<u32>,
        state: impl FnOnce(DispatchBuilder) -> DispatchBuilder,
    ) -> Outcome<Task> {
        let policy = CostPolicy::new()
            .with_metres(DistanceRule::IGNORED)
            .with_edges(DistanceRule { cost: 250, limit, unknown: 8 });
        let builder = DispatchBuilder::new(self.city.network())
            .posts(self.posts)
            .responders(self.responders)
            .policy(policy);
        let dispatch = state(builder).build()?;
        let plan = dispatch.solve(&())?;
        plan.certify()?;
        Ok(Task { title, detail, dispatch, plan, names: self.names })
    }
}

/// A form of post or responder, whose other fields [`Draft`] fills.
fn post(kind: PostKind, requires: SkillSet, priority: u32) -> Post {
    Post { kind, requires, priority, ..Post::new(PostId::new(0), UnitId::new(0), 0, 0) }
}

fn responder(skills: SkillSet) -> Responder {
    Responder { skills, ..Responder::new(ResponderId::new(0)) }
}

/// The home units with the community that each is linked with.
pub(crate) struct HomeUnits {
    pub(crate) community: Vec<UnitId>,
    /// The one that the article names, and what it is called.
    pub(crate) named: (HomeUnitId, String),
}

impl HomeUnits {
    /// Deals the home units out to the linked communities in turn, in an order that the seed gives.
    pub(crate) fn new(tables: &Tables, city: &City) -> Outcome<Self> {
        let mut order = city.linked.clone();
        let mut random = random(7);
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        let turn = (0..HOME_UNITS).zip(order.into_iter().cycle());
        let community: Vec<UnitId> = turn.map(|(_, community)| community).collect();
        let row = tables.home_units.first().ok_or("no home unit")?;
        let own = city.unit(&row.community)?;
        let first = community.iter().position(|&unit| unit == own);
        let first = u32::try_from(first.ok_or("the community is not linked")?)?;
        Ok(Self { community, named: (HomeUnitId::new(first), row.name.clone()) })
    }

    fn pairings(&self) -> impl Iterator<Item = Pairing> {
        let numbered = (0..).map(HomeUnitId::new).zip(&self.community);
        numbered.map(|(home_unit, &unit)| Pairing { home_unit, unit })
    }

    /// Of the people whom home units send (or one of them does), how many there are and how many serve
    /// in their linked community.
    pub(crate) fn in_own_community(&self, task: &Task, of: Option<HomeUnitId>) -> (u32, u32) {
        let (mut sent, mut inside) = (0, 0);
        for assignment in task.plan.assignments() {
            let responder = &task.dispatch.responders()[assignment.responder.index()];
            let Some(home_unit) = responder.home_unit else { continue };
            if of.is_none_or(|of| of == home_unit) {
                sent += assignment.people;
                let unit = task.dispatch.posts()[assignment.post.index()].unit;
                inside += u32::from(self.community[home_unit.index()] == unit) * assignment.people;
            }
        }
        (sent, inside)
    }
}

/// 9,780 responders of 891 home units to 185 linked communities, nobody out of their county. One in
/// twelve is trained to help with the vaccination census.
pub(crate) fn linked_communities(city: &City, home_units: &HomeUnits) -> Outcome<Task> {
    let mut draft = Draft::new(city, 2);
    let duty = post(PostKind::ClosedOffDuty, SkillSet::EMPTY, 0);
    let census = post(PostKind::Vaccination, MEDICAL.into(), 1);
    for &community in &city.linked {
        draft.post(format!("duty, {}", city.name(community)), community, (46, 80), &duty);
        let name = format!("vaccination census, {}", city.name(community));
        draft.post(name, community, (4, 8), &census);
    }
    let mut sizes = vec![4; HOME_UNITS as usize];
    for _ in 4 * HOME_UNITS..RESPONDERS {
        sizes[draft.random.below(HOME_UNITS as usize)] += 1;
    }
    let mut neighbours: BTreeMap<Option<UnitId>, Vec<UnitId>> = BTreeMap::new();
    for &community in &city.linked {
        neighbours.entry(city.county(community)).or_default().push(community);
    }
    for ((number, &community), size) in (0..).zip(&home_units.community).zip(sizes) {
        for _ in 0..size {
            let trained = draft.random.below(12) == 0;
            let skills = if trained { MEDICAL.into() } else { SkillSet::EMPTY };
            let home_unit = Some(HomeUnitId::new(number));
            let form = Responder { home_unit, ..responder(skills) };
            draft.people(1, &neighbours[&city.county(community)], &form);
        }
    }
    let about = (
        "Linked communities",
        "9,780 responders of 891 home units, 185 communities, nobody out of the county",
    );
    draft.solve(about, Some(WITHIN_COUNTY), home_units.pairings())
}

/// 700 samplers to 77 sites, which lie in the communities of the county seat by population; at least
/// nine samplers each (700 / 77).
pub(crate) fn sampling_sites(city: &City) -> Outcome<Task> {
    let about = (
        "Sampling sites",
        "77 sites for 160,000 people, 700 samplers, 200 of them from Macheng and Luotian",
    );
    samplers(city)?.solve(about, None, [])
}

/// The same sites as mutual aid: each headquarters keeps its own people as far as it can, and nobody is sent
/// beyond what the sites must have. What the headquarters orders comes on top.
pub(crate) fn mutual_aid(
    city: &City,
    fixed: &[FixedAssignment],
    forbidden: &[ForbiddenPair],
) -> Outcome<Task> {
    let about = ("Mutual aid", "as few of Macheng and Luotian as Hong'an is short of");
    samplers(city)?.solve_with(about, None, |builder| {
        let builder = builder.fixed(fixed.iter().copied()).forbidden(forbidden.iter().copied());
        builder.lending(Lending::WhenShort { cost: 0 })
    })
}

/// Sites and samplers, yet to be planned.
fn samplers(city: &City) -> Outcome<Draft<'_>> {
    let mut draft = Draft::new(city, 3);
    let form = post(PostKind::SamplingSite, SAMPLING.into(), 0);
    let (mut before, mut sites) = (0, 0);
    for &community in city.network().members(city.unit("421122-seat")?, Tier::Community) {
        before += city.population.resident_count(community);
        while sites < before * SITES / SEAT_POPULATION {
            sites += 1;
            draft.post(
                format!("site {sites}, {}", city.name(community)),
                community,
                (9, 10),
                &form,
            );
        }
    }
    for (county, number) in SAMPLERS {
        let homes = city.network().members(city.unit(county)?, Tier::Community);
        draft.people(number, homes, &responder(SAMPLING.into()));
    }
    Ok(draft)
}

/// The 9 checkpoints at Songbu's 6 border villages (article 2.6, row 75). For 24 hours each needs eight
/// guards and three police officers; the county has 21 of the latter, Luotian's ten are too far away.
pub(crate) fn checkpoints(tables: &Tables, city: &City) -> Outcome<Task> {
    let mut draft = Draft::new(city, 5);
    for row in &tables.checkpoints {
        let village = city.unit(&row.village)?;
        let guards = post(PostKind::Checkpoint, SkillSet::EMPTY, row.priority);
        let police = post(PostKind::Checkpoint, POLICE.into(), row.priority);
        draft.post(format!("{}, guards", row.name), village, (8, 10), &guards);
        draft.post(format!("{}, police", row.name), village, (3, 3), &police);
    }
    let songbu = city.network().members(city.unit("songbu")?, Tier::Community);
    draft.people(78, songbu, &responder(SkillSet::EMPTY));
    for (county, number) in [("421181-seat", 21), ("421123-seat", 10)] {
        let homes = city.network().members(city.unit(county)?, Tier::Community);
        draft.people(number, homes, &responder(POLICE.into()));
    }
    let about = (
        "Checkpoints",
        "9 at 6 border villages of Songbu town: 8 guards and 3 police officers each, 24 hours",
    );
    draft.solve(about, Some(WITHIN_COUNTY), [])
}

/// 68 responders to the 62 buildings of Meiyuan compound: as many for each building as its households
/// need at fifteen each, at most as many as ten each would keep busy. 40 of them live in the compound.
pub(crate) fn compound(city: &City) -> Outcome<Task> {
    let mut draft = Draft::new(city, 6);
    let buildings = city.network().members(city.unit("meiyuan")?, Tier::Building);
    let form = post(PostKind::Caseload, SkillSet::EMPTY, 0);
    let CaseloadBand { min, max } = CASELOAD;
    for &building in buildings {
        let households = u32::try_from(city.population.household_count(building))?;
        let band = (households.div_ceil(max), households.div_ceil(min));
        draft.post(format!("Meiyuan, {}", city.name(building)), building, band, &form);
    }
    draft.people(40, buildings, &responder(SkillSet::EMPTY));
    let wuxue = city.network().members(city.unit("421182")?, Tier::Community);
    draft.people(COMPOUND_RESPONDERS - 40, wuxue, &responder(SkillSet::EMPTY));
    let about = (
        "Meiyuan compound",
        "68 responders for 764 households in 62 buildings, somebody for every building",
    );
    draft.solve(about, None, [])
}

/// The households of the compound divided among its responders, each to the nearest they can get.
pub(crate) fn caseloads(city: &City, compound: &Task) -> Outcome<Caseloads> {
    // The buildings have one entrance each.
    let walk = Stop::walk(&city.population, city.unit("meiyuan")?, |_| 0);
    let rows = compound.dispatch.responders();
    let responders: Vec<ResponderId> = rows.iter().map(|row| row.responder).collect();
    let way = |who: ResponderId, stops: &[Stop]| {
        let row = rows.binary_search_by_key(&who, |row| row.responder).map(|at| &rows[at]);
        let home = row.ok().and_then(|row| row.residence);
        let edges = home.and_then(|home| city.network().tree_distance(home, stops[0].building));
        edges.map_or(FAR_AWAY, i64::from)
    };
    Ok(Caseloads::divide(&walk, &responders, CASELOAD, way, &())?)
}
