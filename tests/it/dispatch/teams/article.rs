//! The teams of the article: `FIELD.md` 2.2 and 2.3.

use std::collections::BTreeMap;

use epitier::dispatch::{Candidate, Headcount, MemberClass, Skill, SkillSet, Team, Teams};
use epitier::network::Location;
use epitier::{HomeUnitId, ResponderId, TeamId};

use super::{Case, person};
use crate::random::Random;
use crate::support::on_pools;

/// A point about so many thousandths of a degree around another one.
fn around_point(random: &mut Random, (north, east): (i32, i32), spread: u32) -> Location {
    let mut part = |middle: i32| {
        f64::from(middle + i32::try_from(random.below(2 * spread + 1)).unwrap()) - f64::from(spread)
    };
    let (north, east) = (part(north) / 1_000.0, part(east) / 1_000.0);
    Location::from_degrees(30.0 + north, 114.5 + east).unwrap()
}

/// So many teams over Huanggang, a prefecture of 150 by 150 km, and people who live within 10 km of one.
fn prefecture(teams: u32, people: u32, classes: impl Fn(u32) -> Candidate) -> Case {
    let mut random = Random(u64::from(teams));
    let middles: Vec<(i32, i32)> =
        (0..teams).map(|_| (random.below(1_300), random.below(1_500))).collect();
    let team = |(id, &(north, east)): (u32, &(i32, i32))| Team {
        team: TeamId::new(id),
        location: Location::from_degrees(
            30.0 + f64::from(north) / 1_000.0,
            114.5 + f64::from(east) / 1_000.0,
        )
        .unwrap(),
    };
    let person = |id| {
        let near = middles[random.below(middles.len())];
        Candidate { location: Some(around_point(&mut random, near, 90)), ..classes(id) }
    };
    Case {
        teams: (0..).zip(&middles).map(team).collect(),
        candidates: (0..people).map(person).collect(),
        farthest: 60_000,
        nearest: Some(24),
        size: Headcount::Even,
        classes: Vec::new(),
        leaders: None,
    }
}

/// How many members each team has: of one class, or of all.
fn sizes(formed: &Teams, teams: u32, class: Option<u32>) -> BTreeMap<usize, usize> {
    let mut sizes = BTreeMap::new();
    for team in 0..teams {
        let own = formed.of(TeamId::new(team)).iter();
        let size = own.filter(|row| class.is_none() || row.class == class).count();
        *sizes.entry(size).or_default() += 1;
    }
    sizes
}

/// 140 people of three departments in 7 investigation teams (`FIELD.md` 2.2, facts 11 and 12), once by a
/// stated mix and once as even as 66, 41 and 33 people allow.
#[test]
fn the_investigation_teams_of_the_article_have_their_mix() {
    let departments = [HomeUnitId::new(0), HomeUnitId::new(1), HomeUnitId::new(2)];
    let of = |counts: [u32; 3]| {
        prefecture(7, 140, move |id| {
            let ends = [counts[0], counts[0] + counts[1], 140];
            let department = ends.iter().position(|&end| id < end).unwrap();
            Candidate { home_unit: Some(departments[department]), ..person(id) }
        })
    };
    let mix = |counts: [Headcount; 3]| {
        departments.into_iter().map(MemberClass::from).zip(counts).collect::<Vec<_>>()
    };
    let stated = mix([8, 7, 5].map(Headcount::exactly));
    let far = Case { farthest: 300_000, classes: stated, ..of([56, 49, 35]) };
    let formed = far.form();
    assert_eq!(sizes(&formed, 7, None), BTreeMap::from([(20, 7)]));
    for (class, people) in [(0, 8), (1, 7), (2, 5)] {
        assert_eq!(sizes(&formed, 7, Some(class)), BTreeMap::from([(people, 7)]));
    }
    assert_eq!(formed.certify(), Ok(()));

    let even = mix([Headcount::Even; 3]);
    let far = Case { farthest: 300_000, classes: even, ..of([66, 41, 33]) };
    let formed = far.form();
    assert_eq!(sizes(&formed, 7, None), BTreeMap::from([(20, 7)]));
    // 3, 6 and 5 teams have one more of the three departments: 14 for 7 teams, no two of one department.
    for (class, few, more) in [(0, 9, 3), (1, 5, 6), (2, 4, 5)] {
        assert_eq!(
            sizes(&formed, 7, Some(class)),
            BTreeMap::from([(few, 7 - more), (few + 1, more)])
        );
    }
    assert!(formed.unplaced().is_empty() && formed.shortages().is_empty());
    assert_eq!(formed.certify(), Ok(()));
}

/// 3,422 township officials, 22,077 of villages and 379 leaders in 1,652 working groups (facts 24 to 27).
#[test]
fn the_working_groups_of_the_article_are_even_and_led() {
    let [township, village, county] = [0, 1, 2].map(|rank| Skill::new(rank).unwrap());
    let mut case = prefecture(1_652, 3_422 + 22_077 + 379, |id| {
        let rank = if id < 3_422 {
            township
        } else if id < 25_499 {
            village
        } else {
            county
        };
        Candidate { skills: rank.into(), ..person(id) }
    });
    case.classes = [township, village].map(|rank| (rank.into(), Headcount::Even)).into();
    case.leaders = Some((county.into(), 200_000));
    let formed = case.form();
    assert_eq!(sizes(&formed, 1_652, None), BTreeMap::from([(15, 933), (16, 719)]));
    assert_eq!(sizes(&formed, 1_652, Some(0)), BTreeMap::from([(2, 1_534), (3, 118)]));
    assert_eq!(sizes(&formed, 1_652, Some(1)), BTreeMap::from([(13, 1_051), (14, 601)]));
    assert!(formed.unplaced().is_empty() && formed.shortages().is_empty());
    let mut guided: BTreeMap<ResponderId, usize> = BTreeMap::new();
    for row in formed.leaders() {
        *guided.entry(row.responder).or_default() += 1;
    }
    assert_eq!((guided.len(), formed.leaderless().len()), (379, 0));
    assert_eq!(guided.values().filter(|&&teams| teams == 5).count(), 1_652 - 4 * 379);
    assert!(guided.values().all(|teams| (4..=5).contains(teams)));
    // As far as people live from the village that they were drawn around, or a little farther.
    assert!(formed.metres() < 25_499 * 10_000, "{}", formed.metres());
    assert_eq!(formed.certify(), Ok(()));
}

/// 9,780 people of 891 home units in the emergency teams of 185 communities (facts 36 to 39), every tenth of
/// them from health.
#[test]
fn the_emergency_teams_of_the_article_share_the_medics() {
    let medic = Skill::new(0).unwrap();
    let mut case = prefecture(185, 9_780, |id| Candidate {
        home_unit: Some(HomeUnitId::new(id % 891)),
        skills: if id % 10 == 0 { medic.into() } else { SkillSet::EMPTY },
        ..person(id)
    });
    case.classes = vec![(medic.into(), Headcount::Even)];
    let formed = on_pools(|| case.form());
    assert!(formed.windows(2).all(|two| two[0] == two[1]));
    let formed = &formed[0];
    assert_eq!(sizes(formed, 185, None), BTreeMap::from([(52, 25), (53, 160)]));
    assert_eq!(sizes(formed, 185, Some(0)), BTreeMap::from([(5, 132), (6, 53)]));
    assert!(formed.unplaced().is_empty() && formed.shortages().is_empty());
    assert_eq!(formed.certify(), Ok(()));
}

/// As many people at one place as teams are thought of, and a seat in each: they take the nearest ones.
#[test]
fn the_nearest_teams_are_thought_of_and_no_others() {
    let mut case = prefecture(150, 40, person);
    case.size = Headcount::Between { min: 0, max: 1 };
    case.farthest = 300_000;
    for (home, people) in case.candidates.clone().into_iter().zip((2..9).cycle()) {
        case.nearest = Some(people);
        case.candidates =
            (0..people).map(|id| Candidate { location: home.location, ..person(id) }).collect();
        let formed = case.form();
        let mut taken: Vec<u32> = formed.members().iter().map(|row| row.metres).collect();
        taken.sort_unstable();
        let here = home.location.unwrap();
        let mut metres: Vec<u32> =
            case.teams.iter().map(|team| here.metres_to(team.location)).collect();
        metres.sort_unstable();
        assert_eq!(taken, metres[..people as usize]);
    }
}
