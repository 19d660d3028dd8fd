//! Small random worlds in which people fit posts, some of them.

use epitier::dispatch::{
    Availability, DistanceRule, FixedAssignment, ForbiddenPair, Lending, Pairing, Post, Responder,
    Skill, SkillSet,
};
use epitier::network::{Location, Tier, UnitRow};
use epitier::{HomeUnitId, PostId, ResponderId, Timestamp, UnitId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::oracle::{Shut, Weights, World};

/// Units in code order: two townships of one county, and another county that no way leads to.
pub(crate) fn units() -> Vec<UnitRow> {
    let at = |row: UnitRow, latitude, longitude| {
        row.at(Location::from_degrees(latitude, longitude).unwrap())
    };
    vec![
        UnitRow::new("a", "County", Tier::Headquarters),
        at(UnitRow::new("b", "East", Tier::Subdistrict).under("a"), 31.0, 114.0),
        at(UnitRow::new("c", "East 1", Tier::Community).under("b"), 31.01, 114.0),
        UnitRow::new("d", "East 2", Tier::Community).under("b"),
        at(UnitRow::new("e", "East 2 A", Tier::Compound).under("d"), 31.02, 114.01),
        at(UnitRow::new("f", "West", Tier::Subdistrict).under("a"), 31.05, 113.95),
        UnitRow::new("g", "West 1", Tier::Community).under("f"),
        at(UnitRow::new("h", "Elsewhere", Tier::Headquarters), 31.03, 114.0),
    ]
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn unit() -> impl Strategy<Value = UnitId> {
    prop_oneof![6 => 1..7u32, 1 => 0..8u32].prop_map(UnitId::new)
}

fn skills() -> impl Strategy<Value = SkillSet> {
    vec(prop_oneof![0..3u8, Just(63)], 0..3)
        .prop_map(|numbers| numbers.into_iter().filter_map(Skill::new).collect())
}

fn point() -> impl Strategy<Value = Option<(f64, f64)>> {
    option::weighted(0.3, (0..60u8, 0..60u8)).prop_map(|point| {
        point.map(|(n, e)| (31.0 + f64::from(n) / 1_000.0, 113.95 + f64::from(e) / 1_000.0))
    })
}

fn posts() -> impl Strategy<Value = Vec<Post>> {
    let needs = prop_oneof![3 => Just(SkillSet::EMPTY), 2 => skills()];
    let duty = option::weighted(0.4, (0..10i64, 1..6i64));
    let one = (unit(), needs, 0..3u32, 0..3u32, 0..3u32, duty, point());
    let ids = Just((0..5u32).collect::<Vec<_>>()).prop_shuffle();
    (vec(one, 0..4), ids).prop_map(|(drawn, ids)| {
        drawn
            .into_iter()
            .zip(ids)
            .map(|((unit, requires, min, beyond, priority, duty, point), id)| Post {
                requires,
                // Far apart and out of order: only the order of the classes matters.
                priority: [7, 0, u32::MAX][priority as usize],
                start: duty.map(|(start, _)| time(start)),
                end: duty.map(|(start, length)| time(start + length)),
                latitude: point.map(|p| p.0),
                longitude: point.map(|p| p.1),
                ..Post::new(PostId::new(id), unit, min, min + beyond)
            })
            .collect()
    })
}

/// A responder, the skills and the time that they may happen to have, and which post they are made for.
type Drawn = (Responder, SkillSet, Option<(i64, i64)>, Option<prop::sample::Index>);

fn responder() -> impl Strategy<Value = Drawn> {
    let supply = prop_oneof![1 => Just(0), 4 => Just(1), 2 => 2..4u32];
    let home = option::weighted(0.7, (0..3u32).prop_map(HomeUnitId::new));
    let previous = option::weighted(0.7, (0..5u32).prop_map(PostId::new));
    let headquarters = option::weighted(0.6, prop::sample::select(vec![0, 4, 4, 7]));
    let lives = (option::weighted(0.8, unit()), headquarters.prop_map(|of| of.map(UnitId::new)));
    let who = (supply, home, lives, point(), previous);
    let window = option::weighted(0.5, (0..12i64, 1..9i64));
    let made_for = option::weighted(0.6, any::<prop::sample::Index>());
    let stated = option::weighted(0.4, (any::<bool>(), 0..3u32, -500..3_000i64));
    (who, skills(), window, made_for, stated).prop_map(
        |((supply, home_unit, lives, point, previous), skills, window, made_for, stated)| {
            let row = Responder {
                supply,
                home_unit,
                residence: lives.0,
                headquarters: lives.1,
                previous,
                // Far apart, and the last one is that of all who state nothing.
                unplaced_priority: stated
                    .filter(|stated| stated.0)
                    .map(|(_, priority, _)| [0, 9, u32::MAX][priority as usize]),
                unplaced_cost: stated.filter(|stated| !stated.0).map(|(.., cost)| cost),
                latitude: point.map(|p| p.0),
                longitude: point.map(|p| p.1),
                ..Responder::new(ResponderId::new(0))
            };
            (row, skills, window, made_for)
        },
    )
}

fn rule(
    costs: impl Strategy<Value = i64>,
    limits: std::ops::Range<u32>,
) -> impl Strategy<Value = DistanceRule> {
    let unknown = 0..limits.end;
    (prop_oneof![1 => Just(0), 4 => costs], option::weighted(0.25, limits), unknown)
        .prop_map(|(cost, limit, unknown)| DistanceRule { cost, limit, unknown })
}

fn weights() -> impl Strategy<Value = Weights> {
    let rules = (rule(-1..2i64, 0..9_000), rule(-400..900i64, 0..8));
    let few = || prop_oneof![Just(0), -1_500..3_000i64];
    (rules, few(), few(), few()).prop_map(|((metres, edges), inside, outside, leaving)| Weights {
        metres,
        edges,
        inside,
        outside,
        leaving,
    })
}

/// A small world. Who is made for which post is drawn first: they have its skills and the time for it, in
/// one window or in two that touch.
pub(crate) fn world() -> impl Strategy<Value = World> {
    let ids = Just((0..9u32).collect::<Vec<_>>()).prop_shuffle();
    let pairing = (0..3u32, unit())
        .prop_map(|(home, unit)| Pairing { home_unit: HomeUnitId::new(home), unit });
    let lending = prop_oneof![
        3 => Just(Lending::Unrestricted),
        1 => Just(Lending::Never),
        6 => (-900..900i64).prop_map(|cost| Lending::WhenShort { cost }),
    ];
    let options = (any::<bool>(), option::weighted(0.3, 0..3u32), lending);
    let orders = vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4u32), 0..5);
    let tables = (posts(), vec(responder(), 0..6), ids, vec(pairing, 0..4), orders);
    (tables, weights(), options).prop_map(
        |((posts, drawn, ids, pairings, orders), weights, options)| {
            let (place_everybody, keep_cheapest, lending) = options;
            let mut responders = Vec::new();
            let mut availability = Vec::new();
            for ((mut row, skills, window, made_for), id) in drawn.into_iter().zip(ids) {
                row.responder = ResponderId::new(id);
                row.skills = skills;
                let mut free = |start, end| {
                    availability.push(Availability { responder: row.responder, start, end });
                };
                if let Some((start, length)) = window {
                    free(time(start), time(start + length));
                }
                if let Some(post) = made_for.filter(|_| !posts.is_empty()).map(|at| at.get(&posts))
                {
                    row.skills = row.skills.iter().chain(post.requires.iter()).collect();
                    if let (Some(start), Some(end)) = (post.start, post.end) {
                        let middle = start.saturating_add(1);
                        free(start, middle);
                        if middle < end {
                            free(middle, end);
                        }
                    }
                }
                responders.push(row);
            }
            let mut world = World {
                units: units(),
                responders,
                availability,
                posts,
                pairings,
                fixed: vec![],
                forbidden: vec![],
                weights,
                lending,
                place_everybody,
                keep_cheapest,
            };
            for (who, at, people) in orders {
                order(&mut world, who, at, people);
            }
            world
        },
    )
}

/// Forbids a pair (`people` = 3), or fixes people there (2 with room for others beside them), unless something
/// forbids that.
pub(crate) fn order(
    world: &mut World,
    who: prop::sample::Index,
    at: prop::sample::Index,
    people: u32,
) {
    if world.responders.is_empty() || world.posts.is_empty() {
        return;
    }
    let rows = (who.index(world.responders.len()), at.index(world.posts.len()));
    let (who, at) = (world.responders[rows.0], world.posts[rows.1]);
    let (responder, post) = (who.responder, at.post);
    let taken = world.fixed.iter().any(|row| (row.responder, row.post) == (responder, post));
    let shut = world.shut(&who, &at);
    if taken || shut == Some(Shut::Forbidden) {
        return;
    }
    if people == 3 {
        world.forbidden.push(ForbiddenPair { responder, post });
    } else if shut.is_none_or(|shut| shut > Shut::Time) {
        if people == 2 {
            // Room for others beside them.
            world.responders[rows.0].supply += 2;
            world.posts[rows.1].max += 2;
        } else if people > world.free(&who).min(world.room(&at).1) {
            return;
        }
        world.fixed.push(FixedAssignment { responder, post, people });
    }
}
