//! The investigation teams: 140 people of three departments in 7 teams of 20 (article 2.2, rows 11 and 12).
//!
//! How a team is made up, where the teams work, where people live, who is away and who leads are constructed.

use epitier::dispatch::{Candidate, Headcount, Skill, SkillSet, Team, TeamRules, Teams};
use epitier::{HomeUnitId, ResponderId, TeamId};

use super::scenario::{City, Outcome};

/// The departments, with the people of each in a team. Their numbers are those of the classes in the rules.
pub(crate) const DEPARTMENTS: [(&str, u32); 3] = [("health", 10), ("police", 6), ("transport", 4)];

/// Where so many teams work.
const OFFICES: [(&str, u32); 2] = [("421122-seat", 4), ("yjh", 3)];

/// Leaders, who take no seat: fewer than teams, so that some guide two.
const LEADERS: u32 = 4;

const LEADER: Skill = Skill::new(0).unwrap();

/// Nobody travels farther, in metres: the offices lie 20 km apart.
const FARTHEST: u32 = 30_000;

/// The police officers who are needed at checkpoints.
const AWAY: u32 = 2;

/// The teams, and where each works.
pub(crate) struct Investigators {
    pub(crate) teams: Teams,
    /// The name of the unit in which each team has its office; team 1 comes first.
    pub(crate) offices: Vec<String>,
}

/// Forms the teams, of all people or without those who are needed elsewhere.
pub(crate) fn investigators(city: &City, complete: bool) -> Outcome<Investigators> {
    let (mut teams, mut offices) = (Vec::new(), Vec::new());
    let mut homes = Vec::new();
    for (code, number) in OFFICES {
        let unit = city.unit(code)?;
        let location = city.network().location(unit).ok_or("an office without a location")?;
        for _ in 0..number {
            offices.push(city.name(unit).to_owned());
            teams.push(Team { team: TeamId::new(u32::try_from(offices.len())?), location });
            homes.push(location);
        }
    }
    let total = u32::try_from(teams.len())?;
    let mut candidates = Vec::new();
    let mut add = |people: u32, home_unit, skills| {
        for (_, &home) in (0..people).zip(homes.iter().cycle()) {
            let responder = ResponderId::new(u32::try_from(candidates.len()).unwrap_or(u32::MAX));
            candidates.push(Candidate { responder, home_unit, skills, location: Some(home) });
        }
    };
    let mut rules = TeamRules::new(FARTHEST).led_by(LEADER, FARTHEST);
    for (number, (department, people)) in (0..).zip(DEPARTMENTS) {
        let home_unit = HomeUnitId::new(number);
        let away = if department == "police" && !complete { AWAY } else { 0 };
        add(people * total - away, Some(home_unit), SkillSet::EMPTY);
        rules = rules.with_class(home_unit, Headcount::exactly(people));
    }
    add(LEADERS, None, LEADER.into());
    let teams = Teams::form(&candidates, &teams, &rules, &())?;
    teams.certify()?;
    Ok(Investigators { teams, offices })
}
