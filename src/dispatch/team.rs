//! Teams: who works together, where, and who leads them: investigation teams of stated mixes, working
//! groups of even size, leaders who guide several groups each.
//!
//! # Seats
//!
//! A [`MemberClass`] says who counts for it: the people of a home unit, those with some skills (a rank is a
//! skill), or both. A team has seats for each class of the rules, and seats of the *rest* for people whom no
//! class fits. A person takes one seat at the most, of a class that fits them, and counts for that class
//! alone. So a mix is never met by counting one person twice; where a police officer who interprets is
//! wanted, that is a class as well.
//!
//! # How many
//!
//! All teams follow the same numbers. A [`Headcount`] is stated, or it is even: as many as there are,
//! divided by the teams, rounded down or up. With people who have no team in reach and teams that nobody can
//! reach left out, and each person in the first class that fits them:
//!
//! - the size of a team is that of all people, but of a stated class neither more than the teams can take nor
//!   fewer than they need;
//! - an even class gets its part of the seats that the stated classes do not need: all of its
//!   people if there are seats enough, else as many as are in proportion;
//! - the rest may take any seat that is left.
//!
//! # Which teams
//!
//! Among all ways to seat people in which nobody goes farther than the limit, and no team has more people of a
//! class, or more in all, than the numbers say (the seats that a class must have are kept for it),
//!
//! 1. as many people as possible have a seat;
//! 2. the teams are short of as few people as possible: each of as many as its classes lack together, or as
//!    its size lacks, whichever is more;
//! 3. the sum of all ways is the least.
//!
//! Which of 1 and 2 comes first makes no difference: there is always a way that is best at both (N. S.
//! Mendelsohn, A. L. Dulmage, *Canadian Journal of Mathematics* 10, 1958).
//!
//! Leaders, if asked for, take no seat. Every team gets one, as far as the limit of theirs allows; no leader guides
//! more teams than an even division says, rounded up; as few as possible are missing to the same, rounded
//! down; and the sum of their ways is the least.
//!
//! # Proof
//!
//! Both are transportation problems, always: nothing here is a guess, and [`Teams::certify`] checks the prices. A
//! class at a team is a source of as many seats as it can have, and a person is a sink for one. A seat may
//! stay empty by flowing to the team's sink for empty seats: of each class only those beyond its least number,
//! and in all no fewer than the size forbids and no more than it allows.
//!
//! What no transportation problem can say, and is not offered: that one person counts for two classes at once.

mod error;
mod proof;
mod rules;
mod seating;
mod share;

use std::sync::Arc;

pub use error::{TeamError, TeamsDefect};
pub use rules::{Headcount, MemberClass, TeamRules};

use self::proof::{Content, Proof};
use self::seating::{Seat, Seating};
use self::share::Numbers;
use super::SkillSet;
use super::ways::{Reach, Way, ways};
use crate::error::{Problems, Stopped};
use crate::id::{Claims, HomeUnitId, ResponderId, TeamId, dense};
use crate::network::Location;
use crate::solver::transport::ProblemError;
use crate::watch::Watch;

/// A person who can be in a team or lead some.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Who.
    pub responder: ResponderId,
    /// The organisation that they come from.
    pub home_unit: Option<HomeUnitId>,
    /// What they can do, and their rank.
    pub skills: SkillSet,
    /// Where they live; without it no team is in their reach.
    pub location: Option<Location>,
}

/// A team that is to be formed, and where it works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Team {
    /// The host's number for the team.
    pub team: TeamId,
    /// Where.
    pub location: Location,
}

/// A person in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TeamMember {
    /// The team.
    pub team: TeamId,
    /// Who.
    pub responder: ResponderId,
    /// The class that they count for, by its number in the rules; `None` for the rest.
    pub class: Option<u32>,
    /// How far they come, in great-circle metres.
    pub metres: u32,
}

/// Who leads a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TeamLeader {
    /// The team.
    pub team: TeamId,
    /// Who.
    pub responder: ResponderId,
    /// How far they come, in great-circle metres.
    pub metres: u32,
}

/// Why a person is in no team and leads none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum UnplacedReason {
    /// It is not known where they live.
    NoLocation,
    /// No team is near enough.
    NoTeamInReach,
    /// Every team near enough has all the people it can take, or all of their classes.
    TeamsFull,
    /// They would lead, and every team near enough has a leader.
    TeamsLed,
}

/// A person who is in no team and leads none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unplaced {
    /// Who.
    pub responder: ResponderId,
    /// Why.
    pub reason: UnplacedReason,
}

/// People whom a team lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TeamShortage {
    /// The team.
    pub team: TeamId,
    /// The class, by its number in the rules; `None` for what the size of the team lacks beyond what its
    /// classes do.
    pub class: Option<u32>,
    /// How many, at least 1.
    pub missing: u32,
}

/// Teams with their proof; see the [module](super) for which. A clone shares everything.
///
/// Its serialised form holds all that is shown here and the proof. Reading refuses teams that do not pass
/// [`Teams::certify`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "Content"))]
pub struct Teams {
    content: Arc<Content>,
}

impl Teams {
    /// Forms teams of candidates.
    ///
    /// # Cost
    ///
    /// A distance for each person and each team at a latitude near enough, in parallel, and the
    /// [solver](crate::solver::transport::solve) for those near enough, once for each class that fits. Measured
    /// on two threads, certified: 140 people in 7 teams 0.4 ms; 9,780 in 185, every team in reach of everybody,
    /// 1.0 s; 25,499 in 1,652 under 379 leaders, the nearest 24 of each, 1.3 s. Ten times as many took 80 s.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads and any order of the rows: among teams of equal worth ids decide.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every [`TeamError`], [`Stopped::Cancelled`].
    ///
    /// # Examples
    ///
    /// Two teams, each of one from the police and one or two others:
    ///
    /// ```
    /// use epitier::dispatch::{Candidate, Headcount, SkillSet, Team, TeamRules, Teams};
    /// use epitier::network::Location;
    /// use epitier::{HomeUnitId, ResponderId, TeamId};
    ///
    /// let at = |latitude| Location::from_degrees(latitude, 114.0).ok_or("no such place");
    /// let (police, health) = (HomeUnitId::new(0), HomeUnitId::new(1));
    /// let person = |number, home_unit, latitude| -> Result<Candidate, &str> {
    ///     Ok(Candidate {
    ///         responder: ResponderId::new(number),
    ///         home_unit: Some(home_unit),
    ///         skills: SkillSet::EMPTY,
    ///         location: Some(at(latitude)?),
    ///     })
    /// };
    /// let people = [
    ///     person(0, police, 30.01)?,
    ///     person(1, police, 30.02)?,
    ///     person(2, health, 30.04)?,
    ///     person(3, health, 30.12)?,
    ///     person(4, health, 30.13)?,
    /// ];
    /// let [south, north] = [TeamId::new(0), TeamId::new(1)];
    /// let teams =
    ///     [Team { team: south, location: at(30.0)? }, Team { team: north, location: at(30.1)? }];
    /// let rules = TeamRules::new(20_000).with_class(police, Headcount::exactly(1));
    ///
    /// let formed = Teams::form(&people, &teams, &rules, &())?;
    /// let of = |team| formed.of(team).iter().map(|member| member.responder.get());
    /// assert_eq!((of(south).collect::<Vec<_>>(), of(north).collect()), (vec![0, 2], vec![1, 3, 4]));
    /// assert!(formed.unplaced().is_empty() && formed.shortages().is_empty());
    /// formed.certify()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn form(
        candidates: &[Candidate],
        teams: &[Team],
        rules: &TeamRules,
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<TeamError>> {
        check(candidates, teams, rules)?;
        let mut candidates = candidates.to_vec();
        candidates.sort_unstable_by_key(|candidate| candidate.responder);
        let nowhere = candidates.iter().filter(|candidate| candidate.location.is_none());
        let nowhere: Vec<ResponderId> = nowhere.map(|candidate| candidate.responder).collect();
        let leads =
            |candidate: &Candidate| rules.leaders.is_some_and(|(class, _)| class.fits(candidate));
        let (guides, people): (Vec<_>, Vec<_>) = candidates.into_iter().partition(leads);
        let mut teams = teams.to_vec();
        teams.sort_unstable_by_key(|team| team.team);
        let places: Vec<Option<Location>> = teams.iter().map(|team| Some(team.location)).collect();
        let responders = |rows: &[Candidate]| rows.iter().map(|row| row.responder).collect();
        let proof = Proof {
            teams: teams.iter().map(|team| team.team).collect(),
            people: responders(&people),
            members: seat(&people, &places, rules, watch)?,
            guides: responders(&guides),
            leaders: match rules.leaders {
                Some((_, farthest)) => {
                    let reach = Reach { farthest, ..rules.reach };
                    Some(guide(&guides, &places, reach, watch)?)
                }
                None => None,
            },
        };
        Ok(Self { content: Arc::new(Content::new(proof, &nowhere)) })
    }

    /// Who is in which team, by team and then by responder.
    #[must_use]
    pub fn members(&self) -> &[TeamMember] {
        &self.content.lists.members
    }

    /// The people of one team, by responder. O(log n).
    #[must_use]
    pub fn of(&self, team: TeamId) -> &[TeamMember] {
        let all = self.members();
        let start = all.partition_point(|row| row.team < team);
        let end = all.partition_point(|row| row.team <= team);
        &all[start..end]
    }

    /// Who leads which team, by team; a leader may guide several.
    #[must_use]
    pub fn leaders(&self) -> &[TeamLeader] {
        &self.content.lists.leaders
    }

    /// The teams without a leader, by id; empty where no leaders were asked for.
    #[must_use]
    pub fn leaderless(&self) -> &[TeamId] {
        &self.content.lists.leaderless
    }

    /// Those who are in no team and lead none, by responder.
    #[must_use]
    pub fn unplaced(&self) -> &[Unplaced] {
        &self.content.lists.unplaced
    }

    /// Which teams lack people of which class, by team and then by class, what only the size lacks first.
    #[must_use]
    pub fn shortages(&self) -> &[TeamShortage] {
        &self.content.lists.shortages
    }

    /// The sum of the ways of all members, in metres.
    #[must_use]
    pub fn metres(&self) -> u64 {
        self.content.lists.metres
    }

    /// The sum of the ways of all leaders to each of their teams, in metres.
    #[must_use]
    pub fn leader_metres(&self) -> u64 {
        self.content.lists.leader_metres
    }

    /// Checks the prices that prove both assignments, and everything that is told against them.
    ///
    /// That the ways and numbers are those of the candidates and rules is not part of it.
    ///
    /// # Cost
    ///
    /// O(w + n log n) for w ways in reach, and n people, teams and classes at teams.
    ///
    /// # Errors
    ///
    /// The first [`TeamsDefect`] found.
    pub fn certify(&self) -> Result<(), TeamsDefect> {
        self.content.certify()
    }
}

fn check(
    candidates: &[Candidate],
    teams: &[Team],
    rules: &TeamRules,
) -> Result<(), Problems<TeamError>> {
    let seats = (teams.len() as u64).saturating_mul(rules.classes.len() as u64 + 1);
    let rows = seats.saturating_add(2 * (candidates.len() as u64 + teams.len() as u64));
    if rows >= u64::from(u32::MAX) {
        let problem = ProblemError::TooManyRows { rows };
        return Err(TeamError::TooLarge { problem }.into());
    }
    let mut found: Vec<TeamError> = Vec::new();
    let people = Claims::new(candidates.iter().map(|row| row.responder));
    let error = |(row, first)| TeamError::ResponderTwice { row, first };
    found.extend(people.repeats().into_iter().map(error));
    let known = Claims::new(teams.iter().map(|row| row.team));
    let error = |(row, first)| TeamError::TeamTwice { row, first };
    found.extend(known.repeats().into_iter().map(error));
    rules.check(&mut found);
    Problems::check(found)
}

/// Gives seats in teams at these places to people.
fn seat(
    people: &[Candidate],
    places: &[Option<Location>],
    rules: &TeamRules,
    watch: &dyn Watch,
) -> Result<Seating, Stopped<TeamError>> {
    let homes: Vec<Option<Location>> = people.iter().map(|row| row.location).collect();
    let ways = ways(&homes, places, rules.reach, watch)?;
    let mut counts = vec![0; rules.classes.len() + 1];
    let mut seats = Vec::with_capacity(ways.len());
    for of_one in ways.chunk_by(|a, b| a.from == b.from) {
        let candidate = &people[of_one[0].from as usize];
        let fits = |&class: &usize| rules.classes[class].0.fits(candidate);
        let mut classes: Vec<usize> = (0..rules.classes.len()).filter(fits).collect();
        if classes.is_empty() {
            classes.push(rules.classes.len());
        }
        counts[classes[0]] += 1;
        for &Way { from: person, to: team, metres } in of_one {
            let seat = |&class: &usize| Seat { team, class: dense(class), person, metres };
            seats.extend(classes.iter().map(seat));
        }
    }
    let reached = count(ways.iter().map(|way| way.to), places.len());
    let numbers = Numbers::new(rules, &counts, reached);
    Seating::best(&numbers, (people.len(), places.len()), &seats, watch)
}

/// Gives leaders to teams at these places: seats the teams evenly with the leaders.
fn guide(
    leaders: &[Candidate],
    places: &[Option<Location>],
    reach: Reach,
    watch: &dyn Watch,
) -> Result<Seating, Stopped<TeamError>> {
    let homes: Vec<Option<Location>> = leaders.iter().map(|row| row.location).collect();
    let ways = ways(places, &homes, reach, watch)?;
    let (teams, guides) = (ways.iter().map(|way| way.from), ways.iter().map(|way| way.to));
    let numbers = Numbers::of_one_class(count(teams, places.len()), count(guides, leaders.len()));
    let seat = |way: &Way| Seat { team: way.to, class: 0, person: way.from, metres: way.metres };
    let seats: Vec<Seat> = ways.iter().map(seat).collect();
    Seating::best(&numbers, (places.len(), leaders.len()), &seats, watch)
}

/// How many different numbers below a limit there are.
fn count(numbers: impl Iterator<Item = u32>, limit: usize) -> u64 {
    let mut seen = vec![false; limit];
    numbers.map(|number| u64::from(!std::mem::replace(&mut seen[number as usize], true))).sum()
}
