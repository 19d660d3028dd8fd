//! Working groups of officials, and the teams of the emergency (article 2.2, rows 24 to 27; 2.3, rows 39 and 41).
//!
//! How many people and teams there are is the article's; where they are, who lives where and how the 7,934 divide
//! into departments is constructed. Whether the 185 emergency teams are of the same people as the 1,413 commando
//! teams is not published: they are formed of them a second time, as an alternative.

use epitier::dispatch::{Candidate, Headcount, Skill, Team, TeamRules, Teams};
use epitier::network::Location;
use epitier::{ResponderId, TeamId, UnitId};

use super::coordinates::{Coordinates, near};
use super::generate::random;
use super::random::Random;
use super::scenario::{City, Outcome};

/// Working groups, the officials of townships and of villages in them, and the leaders who guide them.
const GROUPS: u32 = 1_652;
const OFFICIALS: [(&str, u32); 2] = [("townships", 3_422), ("villages", 22_077)];
const LEADERS: u32 = 379;

/// Commando teams and their 7,934 members, of whom too few are of health for one in each team.
const COMMANDO_TEAMS: u32 = 1_413;
const MEMBERS: [(&str, u32); 3] = [("health", 1_300), ("police", 2_900), ("transport", 3_734)];

/// From one linked community to the next when teams are divided among them; no divisor of theirs.
const STRIDE: usize = 72;

/// A group or team works within so many metres of the seat of a county, north or south and east or west, and its
/// people live so near to where one works.
const WORK: u32 = 12_000;
const HOME: u32 = 4_000;

/// Nobody goes farther, in metres, and leaders no farther than that.
const FARTHEST: u32 = 15_000;
const LEADERS_FARTHEST: u32 = 30_000;

/// Teams that are thought of for each person, and leaders for each team; of the emergency teams all of a county.
const NEAREST: u32 = 12;
const NEAREST_EMERGENCY: u32 = 40;

/// Teams of one kind.
pub(crate) struct Formed {
    pub(crate) title: &'static str,
    pub(crate) teams: Teams,
    /// The county of each team, by its number.
    pub(crate) counties: Vec<UnitId>,
    /// What the people of each class are called.
    pub(crate) classes: Vec<&'static str>,
}

/// All kinds of them.
pub(crate) struct Groups {
    pub(crate) working: Formed,
    pub(crate) commando: Formed,
    pub(crate) emergency: Formed,
}

impl Groups {
    pub(crate) fn new(city: &City, coordinates: &Coordinates) -> Outcome<Self> {
        let (commando, emergency) = emergency(city, coordinates)?;
        Ok(Self { working: working_groups(city)?, commando, emergency })
    }
}

/// 1,652 groups of officials, as even as they can be in all and in both ranks, each guided by a leader.
fn working_groups(city: &City) -> Outcome<Formed> {
    let mut draft = Draft::new(city, 9, GROUPS)?;
    let mut rules = TeamRules::new(FARTHEST).with_nearest_teams(NEAREST);
    for (rank, (_, people)) in (0..).zip(OFFICIALS) {
        let rank = Skill::new(rank).ok_or("no such rank")?;
        draft.people(people, rank)?;
        rules = rules.with_class(rank, Headcount::Even);
    }
    let leader = Skill::new(2).ok_or("no such rank")?;
    draft.people(LEADERS, leader)?;
    let classes = OFFICIALS.map(|(rank, _)| rank);
    draft.form("Working groups", &rules.led_by(leader, LEADERS_FARTHEST), classes)
}

/// 1,413 teams of 7,934 people, one or two of health in each; and of the same people one team for each linked
/// community, as even as they can be in every department.
fn emergency(city: &City, coordinates: &Coordinates) -> Outcome<(Formed, Formed)> {
    let mut draft = Draft::new(city, 10, COMMANDO_TEAMS)?;
    let mut even = TeamRules::new(2 * FARTHEST).with_nearest_teams(NEAREST_EMERGENCY);
    for (number, (_, people)) in (0..).zip(MEMBERS) {
        let department = Skill::new(number).ok_or("no such department")?;
        draft.people(people, department)?;
        even = even.with_class(department, Headcount::Even);
    }
    let health = Skill::new(0).ok_or("no such department")?;
    let rules = TeamRules::new(FARTHEST)
        .with_nearest_teams(NEAREST)
        .with_class(health, Headcount::Between { min: 1, max: 2 });
    let commando = draft.form("Commando teams", &rules, ["health"])?;

    draft.places.clear();
    for &community in &city.linked {
        let county = city.county(community).ok_or("a community of no county")?;
        let location = coordinates.at(community).ok_or("a community without a location")?;
        draft.places.push((county, location));
    }
    let departments = MEMBERS.map(|(department, _)| department);
    Ok((commando, draft.form("Emergency teams", &even, departments)?))
}

/// Collects people under consecutive ids.
struct Draft {
    random: Random,
    /// The county of each team, and where it works.
    places: Vec<(UnitId, Location)>,
    candidates: Vec<Candidate>,
}

impl Draft {
    /// So many teams, divided among the counties as the linked communities are.
    fn new(city: &City, part: u64, teams: u32) -> Outcome<Self> {
        let mut random = random(part);
        let mut counties = Vec::new();
        for &community in &city.linked {
            let county = city.county(community).ok_or("a community of no county")?;
            counties.push((county, city.network().location(county).ok_or("a county nowhere")?));
        }
        let mut places = Vec::new();
        // In strides, so that those counties which get one more are not all of the first.
        for (_, &(county, seat)) in (0..teams).zip(counties.iter().cycle().step_by(STRIDE)) {
            places.push((county, near(&mut random, seat, WORK).ok_or("off the earth")?));
        }
        Ok(Self { random, places, candidates: Vec::new() })
    }

    /// So many people, each near to where one of the teams works, in turn.
    fn people(&mut self, number: u32, skill: Skill) -> Outcome<()> {
        for _ in 0..number {
            let responder = ResponderId::new(u32::try_from(self.candidates.len())?);
            let (_, place) = self.places[self.candidates.len() % self.places.len()];
            let location = near(&mut self.random, place, HOME);
            let skills = skill.into();
            self.candidates.push(Candidate { responder, home_unit: None, skills, location });
        }
        Ok(())
    }

    fn form(
        &self,
        title: &'static str,
        rules: &TeamRules,
        classes: impl Into<Vec<&'static str>>,
    ) -> Outcome<Formed> {
        let numbered = (0..).map(TeamId::new).zip(&self.places);
        let teams = numbered.map(|(team, &(_, location))| Team { team, location });
        let teams = Teams::form(&self.candidates, &teams.collect::<Vec<_>>(), rules, &())?;
        teams.certify()?;
        let counties = self.places.iter().map(|&(county, _)| county).collect();
        Ok(Formed { title, teams, counties, classes: classes.into() })
    }
}

impl Formed {
    /// The fewest and the most people of a class, or of all, in any team.
    pub(crate) fn sizes(&self, class: Option<u32>) -> (usize, usize) {
        let teams = (0..).map(TeamId::new).take(self.counties.len());
        let size = |team| {
            let members = self.teams.of(team).iter();
            members.filter(|row| class.is_none() || row.class == class).count()
        };
        let sizes: Vec<usize> = teams.map(size).collect();
        (sizes.iter().copied().min().unwrap_or(0), sizes.iter().copied().max().unwrap_or(0))
    }
}
