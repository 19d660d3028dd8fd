//! The responders of Huanggang in August 2021 (`FIELD.md` 2.2, 2.3, 2.6): 140 investigators in 7 teams, 9
//! checkpoints at 6 villages, and 9,780 responders of 891 home units for 185 linked communities.

use epitier::dispatch::{
    CostPolicy, DispatchBuilder, Pairing, Post, PostKind, Responder, Skill, SkillSet,
};
use epitier::network::{Location, Network, NetworkBuilder, Tier, UnitRow};
use epitier::{HomeUnitId, PostId, ResponderId, UnitId};

const COMMUNITIES: u32 = 185;
const HOME_UNITS: u32 = 891;
const RESPONDERS: u32 = 9_780;
const INVESTIGATORS: u32 = 140;

/// A county of 12 towns over about 40 km; the first 185 communities are the linked ones, the last 6 the
/// border villages.
fn network() -> Network {
    let towns = (0..12)
        .map(|town| UnitRow::new(format!("t{town:02}"), "Town", Tier::Subdistrict).under("county"));
    let communities = (0..COMMUNITIES + 6).map(|community| {
        let (north, east) = (f64::from(community * 37 % 101), f64::from(community * 59 % 97));
        let here = Location::from_degrees(31.1 + north * 0.004, 114.4 + east * 0.004).unwrap();
        UnitRow::new(format!("u{community:03}"), "Community", Tier::Community)
            .under(format!("t{:02}", community % 12))
            .at(here)
    });
    NetworkBuilder::new()
        .unit(UnitRow::new("county", "Hong'an", Tier::Headquarters))
        .units(towns)
        .units(communities)
        .build()
        .unwrap()
}

#[test]
fn the_article_s_responders_find_their_posts() {
    let network = network();
    let community = |number: u32| network.unit(&format!("u{number:03}")).unwrap();
    let investigation = SkillSet::from(Skill::new(0).unwrap());
    let linked = |home: u32| community(home % COMMUNITIES);
    let county: UnitId = network.unit("county").unwrap();
    // A linked community is worth more than any way across the county.
    let policy = CostPolicy::new().with_pairing(0, 100_000);

    let dispatch = DispatchBuilder::new(&network)
        .responders((0..INVESTIGATORS).map(|id| Responder {
            skills: investigation,
            residence: Some(community(id % 20)),
            ..Responder::new(ResponderId::new(id))
        }))
        .responders((0..RESPONDERS).map(|id| Responder {
            home_unit: Some(HomeUnitId::new(id % HOME_UNITS)),
            residence: Some(community(id * 7 % COMMUNITIES)),
            ..Responder::new(ResponderId::new(INVESTIGATORS + id))
        }))
        .pairings(
            (0..HOME_UNITS)
                .map(|home| Pairing { home_unit: HomeUnitId::new(home), unit: linked(home) }),
        )
        .posts((0..7).map(|team| Post {
            kind: PostKind::InvestigationTeam,
            requires: investigation,
            ..Post::new(PostId::new(team), county, 20, 20)
        }))
        .posts((0..9).map(|checkpoint| Post {
            kind: PostKind::Checkpoint,
            priority: 1,
            ..Post::new(PostId::new(10 + checkpoint), community(COMMUNITIES + checkpoint % 6), 6, 8)
        }))
        .posts((0..COMMUNITIES).map(|number| Post {
            kind: PostKind::Survey,
            priority: 2,
            ..Post::new(PostId::new(100 + number), community(number), 45, 60)
        }))
        .place_everybody(true)
        .policy(policy)
        .build()
        .unwrap();
    let plan = dispatch.solve(&()).unwrap();
    assert_eq!(plan.certify(), Ok(()));

    assert_eq!((plan.idle(), plan.shortages()), (&[][..], &[][..]));
    let placed: u32 = plan.posts().iter().map(|post| post.filled).sum();
    assert_eq!(placed, INVESTIGATORS + RESPONDERS);
    for team in 0..7 {
        let members = plan.at(PostId::new(team));
        assert!(members.iter().all(|row| row.responder.get() < INVESTIGATORS));
        assert_eq!(members.iter().map(|row| row.people).sum::<u32>(), 20);
    }
    for post in &plan.posts()[7..16] {
        assert!((6..=8).contains(&post.filled));
    }
    let at_home = plan
        .assignments()
        .iter()
        .filter(|row| row.post.get() >= 100)
        .filter(|row| {
            let home = (row.responder.get() - INVESTIGATORS) % HOME_UNITS;
            row.post.get() - 100 == home % COMMUNITIES
        })
        .count();
    // All but the 54 that the checkpoints must have and one more for each of the 34 communities that have
    // four home units, of 44 people together, instead of five.
    assert_eq!(at_home, 9_780 - 54 - 34);

    // With one investigator fewer the teams are short by exactly one, whoever else is about. (The surveys
    // are closed to save time, and come short after them.)
    let fewer = dispatch
        .solve_by(
            |responder, post| {
                let away = responder.responder == ResponderId::new(17);
                if away || post.kind == PostKind::Survey {
                    None
                } else {
                    dispatch.cost(responder.responder, post.post)
                }
            },
            &(),
        )
        .unwrap();
    let shortage = &fewer.shortages()[0];
    assert_eq!((shortage.priority, shortage.joining.len()), (0, 7));
    assert_eq!((shortage.needed, shortage.reach, shortage.missing), (140, 139, 1));
    assert_eq!(fewer.short_responders(0).len(), 139);
}
