//! Teams, against every way to seat people.

mod article;
#[cfg(feature = "serde")]
mod certificate;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use epitier::dispatch::{
    Candidate, Headcount, MemberClass, Skill, SkillSet, Team, TeamError, TeamRules, Teams,
    UnplacedReason,
};
use epitier::network::Location;
use epitier::{HomeUnitId, ResponderId, TeamId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::support::{Seen, for_cases};

/// Whom the rules ask for, in the open.
#[derive(Debug, Clone)]
struct Case {
    candidates: Vec<Candidate>,
    teams: Vec<Team>,
    farthest: u32,
    nearest: Option<u32>,
    size: Headcount,
    classes: Vec<(MemberClass, Headcount)>,
    leaders: Option<(MemberClass, u32)>,
}

/// Who could sit where: for each person the teams and classes, with the metres.
type Choices = Vec<Vec<(usize, usize, u64)>>;

/// The fewest and the most of each class, and in all.
#[derive(Debug, Clone)]
struct Bands {
    classes: Vec<(u64, u64)>,
    size: (u64, u64),
}

/// The whole numbers next to a fraction, below and above.
fn around(over: u64, under: u64) -> (u64, u64) {
    if under == 0 {
        return (0, 0);
    }
    let above = (0..=over).find(|number| number * under >= over).unwrap();
    (if above * under > over { above - 1 } else { above }, above)
}

impl Case {
    fn rules(&self) -> TeamRules {
        let rules = TeamRules::new(self.farthest).with_size(self.size);
        let rules = self
            .classes
            .iter()
            .fold(rules, |rules, &(class, people)| rules.with_class(class, people));
        let rules = match self.nearest {
            Some(teams) => rules.with_nearest_teams(teams),
            None => rules,
        };
        match self.leaders {
            Some((class, farthest)) => rules.led_by(class, farthest),
            None => rules,
        }
    }

    fn form(&self) -> Teams {
        Teams::form(&self.candidates, &self.teams, &self.rules(), &()).unwrap()
    }

    fn fits(class: &MemberClass, candidate: &Candidate) -> bool {
        let home_unit = class.home_unit.is_none() || class.home_unit == candidate.home_unit;
        home_unit && class.skills.iter().all(|skill| candidate.skills.iter().any(|s| s == skill))
    }

    fn leads(&self, candidate: &Candidate) -> bool {
        self.leaders.is_some_and(|(class, _)| Self::fits(&class, candidate))
    }

    fn members(&self) -> Vec<&Candidate> {
        self.candidates.iter().filter(|row| !self.leads(row)).collect()
    }

    fn guides(&self) -> Vec<&Candidate> {
        self.candidates.iter().filter(|row| self.leads(row)).collect()
    }

    /// The places near enough, nearest first, of equal ones by id.
    fn near<Id: Ord>(
        &self,
        here: Option<Location>,
        there: impl Iterator<Item = (Id, Option<Location>)>,
        farthest: u32,
    ) -> Vec<(usize, u64)> {
        let Some(here) = here else { return Vec::new() };
        let metres = there.enumerate().filter_map(|(at, (id, place))| {
            let metres = here.metres_to(place?);
            (metres <= farthest).then_some((metres, id, at))
        });
        let mut near: Vec<(u32, Id, usize)> = metres.collect();
        near.sort_unstable();
        near.truncate(self.nearest.map_or(usize::MAX, |keep| keep as usize));
        near.into_iter().map(|(metres, _, at)| (at, metres.into())).collect()
    }

    /// The seats that members could take; the class after the last one is the rest.
    fn seats(&self) -> Choices {
        let of_one = |candidate: &&Candidate| {
            let classes = self.classes.iter().enumerate();
            let mut fitting: Vec<usize> = classes
                .filter(|(_, (class, _))| Self::fits(class, candidate))
                .map(|(class, _)| class)
                .collect();
            if fitting.is_empty() {
                fitting.push(self.classes.len());
            }
            let teams = self.teams.iter().map(|team| (team.team, Some(team.location)));
            let near = self.near(candidate.location, teams, self.farthest);
            near.into_iter()
                .flat_map(|(team, metres)| fitting.iter().map(move |&class| (team, class, metres)))
                .collect()
        };
        self.members().iter().map(of_one).collect()
    }

    /// The seats that teams could take with leaders.
    fn leading(&self) -> Choices {
        let guides = self.guides();
        let farthest = self.leaders.map_or(0, |(_, farthest)| farthest);
        let of_one = |team: &Team| {
            let guides = guides.iter().map(|row| (row.responder, row.location));
            let near = self.near(Some(team.location), guides, farthest);
            near.into_iter().map(|(guide, metres)| (guide, 0, metres)).collect()
        };
        self.teams.iter().map(of_one).collect()
    }

    fn bands(&self, seats: &Choices) -> Bands {
        let teams: BTreeSet<usize> = seats.iter().flatten().map(|seat| seat.0).collect();
        let teams = teams.len() as u64;
        let mut people = vec![0; self.classes.len() + 1];
        for choices in seats.iter().filter(|choices| !choices.is_empty()) {
            people[choices.iter().map(|seat| seat.1).min().unwrap()] += 1;
        }
        let stated: Vec<Option<(u64, u64)>> = self
            .classes
            .iter()
            .map(|&(_, people)| match people {
                Headcount::Even => None,
                Headcount::Between { min, max } => Some((min.into(), max.into())),
            })
            .collect();
        let least: u64 = stated.iter().flatten().map(|band| band.0).sum();
        let size = if let Headcount::Between { min, max } = self.size {
            (min.into(), max.into())
        } else {
            let mut usable = people[self.classes.len()];
            for (band, &all) in stated.iter().zip(&people) {
                usable += band.map_or(all, |(few, most)| all.clamp(few * teams, most * teams));
            }
            if teams == 0 { (least, least) } else { around(usable, teams) }
        };
        let mut others = people[self.classes.len()];
        for (_, all) in stated.iter().zip(&people).filter(|(band, _)| band.is_none()) {
            others += all;
        }
        let left = (size.1 - least) * teams;
        let class = |(band, &all): (&Option<(u64, u64)>, &u64)| match band {
            Some(band) => *band,
            None if others <= left => around(all, teams),
            None => around(all * left, others * teams),
        };
        let mut classes: Vec<(u64, u64)> = stated.iter().zip(&people).map(class).collect();
        classes.push((0, size.1));
        Bands { classes, size }
    }
}

/// What a seating is worth: people without a seat, people whom teams lack, metres.
type Worth = (u64, u64, u64);

/// Whether one more person can take a seat of a class in a team of so many: seats that a class must have
/// are kept for it.
fn has_room(bands: &Bands, own: &[u64], class: usize) -> bool {
    let mut own = own.to_vec();
    own[class] += 1;
    let seats = own.iter().zip(&bands.classes).map(|(got, band)| *got.max(&band.0));
    own[class] <= bands.classes[class].1 && seats.sum::<u64>() <= bands.size.1
}

/// How many people of each class the teams lack together, for so many people by team and class.
fn short(bands: &Bands, filled: &[u64]) -> u64 {
    let of_one = |classes: &[u64]| {
        let lacks =
            classes.iter().zip(&bands.classes).map(|(got, band)| band.0.saturating_sub(*got));
        lacks.sum::<u64>().max(bands.size.0.saturating_sub(classes.iter().sum()))
    };
    filled.chunks(bands.classes.len()).map(of_one).sum()
}

/// The best seating of all, person by person, keeping for each way of filling the seats the least of people
/// without one and of metres.
fn best(choices: &Choices, bands: &Bands, teams: usize) -> Worth {
    let classes = bands.classes.len();
    let mut ways = BTreeMap::from([(vec![0_u64; teams * classes], (0_u64, 0_u64))]);
    for of_one in choices {
        let mut next: BTreeMap<Vec<u64>, (u64, u64)> = BTreeMap::new();
        for (filled, &(standing, metres)) in &ways {
            let mut offer = |filled: Vec<u64>, worth: (u64, u64)| {
                let known = next.entry(filled).or_insert(worth);
                *known = (*known).min(worth);
            };
            offer(filled.clone(), (standing + 1, metres));
            for &(team, class, way) in of_one {
                let own = &filled[team * classes..(team + 1) * classes];
                if has_room(bands, own, class) {
                    let mut filled = filled.clone();
                    filled[team * classes + class] += 1;
                    offer(filled, (standing, metres + way));
                }
            }
        }
        ways = next;
    }
    let worth = ways
        .into_iter()
        .map(|(filled, (standing, metres))| (standing, short(bands, &filled), metres));
    let all: Vec<Worth> = worth.collect();
    let best = *all.iter().min().unwrap();
    let other = all.iter().map(|&(standing, short, metres)| (short, standing, metres)).min();
    assert_eq!(other, Some((best.1, best.0, best.2)), "it matters which comes first");
    best
}

fn point() -> impl Strategy<Value = Location> {
    let degrees = (0..20_u8, 0..20_u8);
    degrees.prop_filter_map("on the globe", |(north, east)| {
        let (north, east) = (f64::from(north) / 2_000.0, f64::from(east) / 2_000.0);
        Location::from_degrees(31.0 + north, 114.0 + east)
    })
}

fn skills() -> impl Strategy<Value = SkillSet> {
    vec(0..2_u8, 0..3).prop_map(|skills| skills.into_iter().filter_map(Skill::new).collect())
}

fn class() -> impl Strategy<Value = MemberClass> {
    let home_unit = option::weighted(0.6, (0..2_u32).prop_map(HomeUnitId::new));
    (home_unit, skills()).prop_map(|(home_unit, skills)| MemberClass { home_unit, skills })
}

fn headcount() -> impl Strategy<Value = Headcount> {
    let stated = (0..3_u32, 0..3_u32);
    prop_oneof![
        2 => Just(Headcount::Even),
        1 => stated.prop_map(|(min, more)| Headcount::Between { min, max: min + more }),
    ]
}

/// Teams are drawn first, and most people live at one.
fn case() -> impl Strategy<Value = Case> {
    let ids = || Just((0..9_u32).collect::<Vec<_>>()).prop_shuffle();
    let person = (any::<prop::sample::Index>(), option::weighted(0.4, option::of(point())));
    let person = (person, option::weighted(0.8, 0..3_u32), skills());
    let people = (vec(person, 0..8), ids());
    let teams = (vec(point(), 0..4), ids());
    let limits = (200..1_800_u32, option::weighted(0.2, 1..3_u32));
    let rules = (headcount(), vec((class(), headcount()), 0..3));
    let leaders = option::weighted(0.6, (class(), 100..1_100_u32));
    (people, teams, limits, rules, leaders).prop_map(
        |((people, ids), (places, team_ids), (farthest, nearest), (size, mut classes), leaders)| {
            let candidates = people.into_iter().zip(ids).map(|(drawn, id)| {
                let ((at, elsewhere), home_unit, skills) = drawn;
                let home = if places.is_empty() { None } else { Some(*at.get(&places)) };
                Candidate {
                    responder: ResponderId::new(id),
                    home_unit: home_unit.map(HomeUnitId::new),
                    skills,
                    location: elsewhere.unwrap_or(home),
                }
            });
            let candidates = candidates.collect();
            classes.dedup_by_key(|(class, _)| *class);
            let least = classes.iter().map(|(_, people)| match people {
                Headcount::Even => 0,
                Headcount::Between { min, .. } => *min,
            });
            let least = least.sum();
            let size = match size {
                Headcount::Between { min, max } => Headcount::Between { min, max: max.max(least) },
                Headcount::Even => size,
            };
            let teams = places.into_iter().zip(team_ids);
            let teams = teams.map(|(location, id)| Team { team: TeamId::new(id), location });
            let teams = teams.collect();
            Case { candidates, teams, farthest, nearest, size, classes, leaders }
        },
    )
}

/// Everybody stands once, where they may, and every number told is true.
fn check(case: &Case, formed: &Teams, seen: &Seen) -> Result<(), TestCaseError> {
    let (seats, members) = (case.seats(), case.members());
    let bands = case.bands(&seats);
    let classes = bands.classes.len();
    let mut filled = vec![0_u64; case.teams.len() * classes];
    let mut metres = 0;
    for row in formed.members() {
        let at = members.iter().position(|who| who.responder == row.responder).unwrap();
        let team = case.teams.iter().position(|team| team.team == row.team).unwrap();
        let class = row.class.map_or(classes - 1, |class| class as usize);
        prop_assert!(seats[at].contains(&(team, class, row.metres.into())), "{row:?}");
        filled[team * classes + class] += 1;
        metres += u64::from(row.metres);
        prop_assert!(formed.of(row.team).contains(row));
    }
    prop_assert_eq!(formed.metres(), metres);
    let by_id = |row: &epitier::dispatch::TeamMember| (row.team, row.responder);
    prop_assert!(formed.members().is_sorted_by_key(by_id));
    for own in filled.chunks(classes) {
        prop_assert!(own.iter().sum::<u64>() <= bands.size.1);
        prop_assert!(own.iter().zip(&bands.classes).all(|(got, band)| *got <= band.1));
    }

    let mut lacks: Vec<(TeamId, Option<u32>, u64)> = Vec::new();
    for (own, team) in filled.chunks(classes).zip(&case.teams) {
        let few = own.iter().zip(&bands.classes).map(|(got, band)| band.0.saturating_sub(*got));
        let few: Vec<(u32, u64)> = (0..).zip(few).filter(|row| row.1 > 0).collect();
        let alone = bands.size.0.saturating_sub(own.iter().sum());
        let alone = alone.saturating_sub(few.iter().map(|row| row.1).sum());
        let classes = few.into_iter().map(|(class, few)| (team.team, Some(class), few));
        lacks.extend((alone > 0).then_some((team.team, None, alone)).into_iter().chain(classes));
    }
    lacks.sort_unstable();
    let told = formed.shortages().iter();
    let told: Vec<_> = told.map(|row| (row.team, row.class, u64::from(row.missing))).collect();
    prop_assert_eq!(told, lacks);

    let worth = best(&seats, &bands, case.teams.len());
    let standing = (members.len() - formed.members().len()) as u64;
    prop_assert_eq!((standing, short(&bands, &filled), metres), worth);

    let mut placed: Vec<ResponderId> = formed.members().iter().map(|row| row.responder).collect();
    placed.extend(formed.leaders().iter().map(|row| row.responder).collect::<BTreeSet<_>>());
    placed.extend(formed.unplaced().iter().map(|row| row.responder));
    placed.sort_unstable();
    let mut all: Vec<ResponderId> = case.candidates.iter().map(|row| row.responder).collect();
    all.sort_unstable();
    prop_assert_eq!(placed, all, "everybody once");
    prop_assert!(formed.unplaced().is_sorted_by_key(|row| row.responder));

    seen.note("short of a class", formed.shortages().iter().any(|row| row.class.is_some()));
    seen.note("short of people", formed.shortages().iter().any(|row| row.class.is_none()));
    seen.note("three or more seated", formed.members().len() > 2);
    let proportion = classes > 1 && bands.size.1 * (case.teams.len() as u64) < members.len() as u64;
    seen.note("classes in proportion", proportion && !case.classes.is_empty());
    let even = |count: &(MemberClass, Headcount)| count.1 == Headcount::Even;
    seen.note("even classes", case.classes.iter().any(even) && formed.members().len() > 2);
    let fitting = |choices: &Vec<(usize, usize, u64)>| {
        choices.iter().map(|seat| seat.1).collect::<BTreeSet<_>>().len() > 1
    };
    seen.note("two classes fit", seats.iter().any(fitting) && formed.members().len() > 1);
    check_leaders(case, formed, seen)?;
    check_reasons(case, formed, &seats, &bands, &filled, seen)
}

fn check_leaders(case: &Case, formed: &Teams, seen: &Seen) -> Result<(), TestCaseError> {
    let (choices, guides) = (case.leading(), case.guides());
    let mut leaderless: Vec<TeamId> = case.teams.iter().map(|team| team.team).collect();
    leaderless.sort_unstable();
    leaderless.retain(|team| formed.leaders().iter().all(|row| row.team != *team));
    if case.leaders.is_none() {
        prop_assert!(formed.leaders().is_empty() && formed.leaderless().is_empty());
        return Ok(());
    }
    prop_assert_eq!(formed.leaderless(), &leaderless[..]);
    prop_assert!(formed.leaders().is_sorted_by(|a, b| a.team < b.team));
    let mut filled = vec![0; guides.len()];
    for row in formed.leaders() {
        let guide = guides.iter().position(|who| who.responder == row.responder).unwrap();
        let team = case.teams.iter().position(|team| team.team == row.team).unwrap();
        prop_assert!(choices[team].contains(&(guide, 0, row.metres.into())));
        filled[guide] += 1;
    }
    let led = choices.iter().filter(|near| !near.is_empty()).count() as u64;
    let able: BTreeSet<usize> = choices.iter().flatten().map(|seat| seat.0).collect();
    let size = around(led, able.len() as u64);
    let bands = Bands { classes: vec![(0, size.1)], size };
    let metres = formed.leaders().iter().map(|row| u64::from(row.metres)).sum();
    prop_assert_eq!(formed.leader_metres(), metres);
    let worth = (leaderless.len() as u64, short(&bands, &filled), metres);
    prop_assert_eq!(worth, best(&choices, &bands, guides.len()));
    prop_assert!(filled.iter().all(|&teams| teams <= size.1));
    seen.note("a leader of two teams", filled.iter().any(|&teams| teams > 1));
    seen.note("a team without a leader", !leaderless.is_empty() && led > 0);
    Ok(())
}

fn check_reasons(
    case: &Case,
    formed: &Teams,
    seats: &Choices,
    bands: &Bands,
    filled: &[u64],
    seen: &Seen,
) -> Result<(), TestCaseError> {
    let (members, guides, leading) = (case.members(), case.guides(), case.leading());
    let classes = bands.classes.len();
    let has_room = |&(team, class, _): &(usize, usize, u64)| {
        has_room(bands, &filled[team * classes..(team + 1) * classes], class)
    };
    for row in formed.unplaced() {
        let candidate = case.candidates.iter().find(|who| who.responder == row.responder).unwrap();
        let own: &[(usize, usize, u64)] =
            match members.iter().position(|who| who.responder == row.responder) {
                Some(at) => &seats[at],
                None => &[],
            };
        let guide = guides.iter().position(|who| who.responder == row.responder);
        let led: Vec<usize> = (0..case.teams.len())
            .filter(|&team| leading[team].iter().any(|seat| Some(seat.0) == guide))
            .collect();
        let reach = !own.is_empty() || !led.is_empty();
        let is_true = match row.reason {
            UnplacedReason::NoLocation => candidate.location.is_none(),
            UnplacedReason::NoTeamInReach => candidate.location.is_some() && !reach,
            UnplacedReason::TeamsFull => !own.is_empty() && !own.iter().any(has_room),
            UnplacedReason::TeamsLed => {
                let is_led = |&team: &usize| {
                    formed.leaders().iter().any(|row| row.team == case.teams[team].team)
                };
                !led.is_empty() && led.iter().all(is_led)
            }
            _ => false,
        };
        prop_assert!(is_true, "{row:?}");
    }
    for (what, reason) in [
        ("no location", UnplacedReason::NoLocation),
        ("too far", UnplacedReason::NoTeamInReach),
        ("teams full", UnplacedReason::TeamsFull),
        ("teams led", UnplacedReason::TeamsLed),
    ] {
        seen.note(what, formed.unplaced().iter().any(|row| row.reason == reason));
    }
    Ok(())
}

#[test]
fn teams_are_the_best_of_all_and_say_so_truthfully() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    for_cases(&vec(case(), 8), |cases| {
        for case in cases {
            tried.set(tried.get() + 1);
            let formed = case.form();
            check(&case, &formed, &seen)?;
            prop_assert_eq!(formed.certify(), Ok(()));
            let mut turned = case.clone();
            turned.candidates.reverse();
            turned.teams.reverse();
            prop_assert_eq!(&turned.form(), &formed);
            #[cfg(feature = "serde")]
            {
                let text = serde_json::to_string(&formed).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Teams>(&text).unwrap(), &formed);
            }
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(50));
}

/// Somebody who lives nowhere.
fn person(id: u32) -> Candidate {
    Candidate {
        responder: ResponderId::new(id),
        home_unit: None,
        skills: SkillSet::EMPTY,
        location: None,
    }
}

#[test]
fn bad_rows_and_rules_are_named() {
    let location = Location::from_degrees(31.0, 114.0).unwrap();
    let team = |id| Team { team: TeamId::new(id), location };
    let skill = |number| Skill::new(number).unwrap();
    let between = |min, max| Headcount::Between { min, max };
    let refused = |candidates: &[Candidate], teams: &[Team], rules: &TeamRules| {
        let stopped = Teams::form(candidates, teams, rules, &()).unwrap_err();
        stopped.problems().unwrap().iter().copied().collect::<Vec<TeamError>>()
    };
    let rules = TeamRules::new(100)
        .with_class(skill(0), between(3, 2))
        .with_class(skill(1), between(4, 4))
        .with_class(skill(0), between(2, 9))
        .with_size(between(3, 5));
    assert_eq!(
        refused(&[person(4), person(2), person(4)], &[team(1), team(1)], &rules),
        [
            TeamError::ResponderTwice { row: 2, first: 0 },
            TeamError::TeamTwice { row: 1, first: 0 },
            TeamError::ClassTwice { class: 2, first: 0 },
            TeamError::MinAboveMax { class: Some(0), min: 3, max: 2 },
            TeamError::MixAboveSize { least: 6, size: 5 },
        ]
    );
    let rules = TeamRules::new(100).with_size(between(3, 1));
    assert_eq!(refused(&[], &[], &rules), [TeamError::MinAboveMax { class: None, min: 3, max: 1 }]);
    // The numbers of the solver end somewhere.
    let most = TeamRules::new(100).with_size(between(0, u32::MAX));
    let formed = Teams::form(&[person(0)], &[team(0), team(1)], &most, &()).unwrap();
    assert_eq!(formed.shortages(), []);
    let all = TeamRules::new(100).with_size(Headcount::exactly(u32::MAX));
    let formed = Teams::form(&[], &[team(0)], &all, &()).unwrap();
    assert_eq!(formed.shortages()[0].missing, u32::MAX);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let cancelled = Teams::form(&[person(1)], &[team(1)], &TeamRules::new(100), &stop);
    assert!(cancelled.unwrap_err().problems().is_none());
}
