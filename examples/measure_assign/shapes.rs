//! The shapes of the instances: counties with towns, people and posts near them, metres for costs.
//!
//! Made like those of the developers' harness (its `gen.py`), from a generator of its own: alike, not equal.

use epitier::solver::transport::Sink;

use crate::instance::Instance;
use crate::nearest::{Nearest, Point, distance};
use crate::random::Random;

/// All shapes, and how many times faster than the fastest peer we must be.
pub(crate) const SHAPES: [(&str, f64); 12] = [
    ("D1", 5.0),
    ("D2", 6.0),
    ("S1", 10.0),
    ("S1km", 4.0),
    ("S1zero", 4.0),
    ("S1sq", 4.0),
    ("S1loose", 4.0),
    ("S1tight", 4.0),
    ("S1X", 5.0),
    ("T1", 12.0),
    ("S2", 20.0),
    ("S2C", 24.0),
];

/// An instance by its name, with so many hundredths of its workers and posts.
pub(crate) fn named(name: &str, percent: u32) -> Option<Instance> {
    let part = |whole: u32| (whole * percent / 100).max(1);
    let dense = |seed, workers, posts, min, max| {
        dense(Random(seed), part(workers), part(posts), (min, max))
    };
    let city = |share| skilled_city(Random(201), part(58_000), part(1_652), share);
    let mut instance = match name {
        "D1" => dense(101, 700, 77, 5, 10),
        "D2" => dense(102, 9_780, 185, 40, 60),
        "S1X" => city(0.2),
        "T1" => transport(Random(301), part(120_000), part(3_000)),
        "S2" => large(Random(202), part(1_000_000), part(20_000), true),
        "S2C" => large(Random(202), part(1_000_000), part(20_000), false),
        _ if SHAPES.iter().any(|(known, _)| *known == name) => city(0.1),
        _ => return None,
    };
    // Other data on the graph of S1.
    let recost = |of: fn(i64) -> i64, instance: &mut Instance| {
        instance.pairs.iter_mut().flatten().for_each(|pair| pair.1 = of(pair.1));
    };
    match name {
        "S1km" => recost(|cost| cost / 1_000, &mut instance),
        "S1zero" => recost(|_| 0, &mut instance),
        "S1sq" => recost(|cost| cost * cost / 2_000, &mut instance),
        "S1loose" => instance.posts.iter_mut().for_each(|post| post.max *= 2),
        "S1tight" => instance.posts.iter_mut().for_each(|post| (post.min, post.max) = (34, 34)),
        _ => {}
    }
    Some(instance)
}

/// Where people and posts are, by county.
struct Map {
    counties: Vec<(Vec<Point>, Vec<Point>)>,
}

impl Map {
    /// Counties on a square grid, so many metres apart, each with 6 to 11 towns.
    fn new(random: &mut Random, counties: u32, (workers, posts): (u32, u32), spacing: f64) -> Self {
        let weights: Vec<f64> = (0..counties).map(|_| (0.35 * normal(random)).exp()).collect();
        let (workers, posts) = (shares(workers, &weights), shares(posts, &weights));
        let side = (1..=counties).find(|side| side * side >= counties).unwrap_or(1);
        let counties = (0..counties).zip(workers.into_iter().zip(posts));
        let counties = counties.map(|(county, (workers, posts))| {
            let corner = [county % side, county / side].map(|at| f64::from(at) * spacing);
            let towns = Towns::new(random, corner, spacing);
            let workers = (0..workers).map(|_| towns.point(random)).collect();
            let posts = (0..posts).map(|_| towns.point(random)).collect();
            (workers, posts)
        });
        Self { counties: counties.collect() }
    }

    fn workers(&self) -> Vec<Point> {
        self.counties.iter().flat_map(|(workers, _)| workers).copied().collect()
    }

    fn posts(&self) -> Vec<Point> {
        self.counties.iter().flat_map(|(_, posts)| posts).copied().collect()
    }
}

/// The towns of a county: where, how wide, and the share of the people up to and with each.
struct Towns {
    corner: Point,
    spacing: f64,
    all: Vec<(Point, f64, f64)>,
}

impl Towns {
    fn new(random: &mut Random, corner: Point, spacing: f64) -> Self {
        let mut up_to = 0.0;
        let mut towns: Vec<(Point, f64, f64)> = (0..6 + random.below(6_u32))
            .map(|_| {
                let at = corner.map(|corner| corner + spacing * (0.08 + 0.84 * share(random)));
                up_to += (0.8 * normal(random)).exp();
                (at, spacing * (0.03 + 0.05 * share(random)), up_to)
            })
            .collect();
        for town in &mut towns {
            town.2 /= up_to;
        }
        Self { corner, spacing, all: towns }
    }

    /// Near a town, by its share; 15 in 100 anywhere.
    fn point(&self, random: &mut Random) -> Point {
        let Self { corner, spacing, .. } = *self;
        if random.below(100_u32) < 15 {
            return corner.map(|corner| corner + spacing * share(random));
        }
        let which = share(random);
        let last = self.all.len() - 1;
        let town = self.all.partition_point(|town| town.2 < which).min(last);
        let (centre, spread, _) = self.all[town];
        let point = centre.map(|centre| centre + spread * normal(random));
        [0, 1].map(|axis| point[axis].clamp(corner[axis], corner[axis] + spacing))
    }
}

/// Every pair is eligible.
fn dense(mut random: Random, workers: u32, posts: u32, (min, max): (i64, i64)) -> Instance {
    let random = &mut random;
    let map = Map::new(random, 1, (workers, posts), 30_000.0);
    let posts = map.posts();
    let pairs = map.workers().into_iter().map(|worker| {
        let metres = posts.iter().zip(0..).map(|(&post, number)| (number, distance(worker, post)));
        metres.map(|(number, metres)| (number, rounded(metres) + random.below(1_000))).collect()
    });
    let pairs: Vec<_> = pairs.collect();
    let sinks = sinks(random, posts.iter().map(|_| (min, max)));
    Instance { supply: vec![1; pairs.len()], posts: sinks, pairs }
}

/// The 24 nearest posts. A share of the posts needs a skill that 8 in 100 have; these have 8 such posts.
fn skilled_city(mut random: Random, workers: u32, posts: u32, skilled: f64) -> Instance {
    let random = &mut random;
    let map = Map::new(random, 10, (workers, posts), 40_000.0);
    let all = map.posts();
    let needs: Vec<bool> = all.iter().map(|_| share(random) < skilled).collect();
    let of = |wanted: bool| -> (Vec<u32>, Vec<Point>) {
        let some = (0..).zip(&all).zip(&needs).filter(|&(_, &needs)| needs == wanted);
        some.map(|((number, &point), _)| (number, point)).unzip()
    };
    let ((plain, plain_points), (hard, hard_points)) = (of(false), of(true));
    let (near_plain, near_hard) = (Nearest::new(&plain_points), Nearest::new(&hard_points));
    let pairs = map.workers().into_iter().map(|worker| {
        let hard_posts = if share(random) < 0.08 { 8 } else { 0 };
        let some = near_plain.of(worker, 24 - hard_posts).into_iter().map(|(m, n)| (plain[n], m));
        let others = near_hard.of(worker, hard_posts).into_iter().map(|(m, n)| (hard[n], m));
        row(some.chain(others), random, 1_000)
    });
    let pairs: Vec<_> = pairs.collect();
    let sinks = sinks(random, all.iter().map(|_| (20, 36)));
    Instance { supply: vec![1; pairs.len()], posts: sinks, pairs }
}

/// The 16 nearest posts of 100 counties, of the own county or of all; places for 110 in 100.
fn large(mut random: Random, workers: u32, posts: u32, own_county: bool) -> Instance {
    let random = &mut random;
    let map = Map::new(random, 100, (workers, posts), 40_000.0);
    let mut pairs = Vec::new();
    let all = map.posts();
    let everywhere = Nearest::new(&all);
    let mut first = 0;
    for (workers, own) in &map.counties {
        let nearby = Nearest::new(own);
        for &worker in workers {
            let found = if own_county { nearby.of(worker, 16) } else { everywhere.of(worker, 16) };
            let offset = if own_county { first } else { 0 };
            let found = found.into_iter().map(|(metres, number)| (index(number) + offset, metres));
            pairs.push(row(found, random, 1_000));
        }
        first += index(own.len());
    }
    let mut places: Vec<i64> = all.iter().map(|_| 40 + random.below(31)).collect();
    let wanted = i64::from(workers) * 11 / 10;
    while places.iter().sum::<i64>() != wanted {
        let step = (wanted - places.iter().sum::<i64>()).signum();
        let missing = wanted.abs_diff(places.iter().sum());
        for _ in 0..missing {
            let post = random.below(places.len());
            places[post] = (places[post] + step).max(20);
        }
    }
    let sinks = sinks(random, places.into_iter().map(|max| (20, max)));
    Instance { supply: vec![1; pairs.len()], posts: sinks, pairs }
}

/// Supplies of 1 to 200 and the 12 nearest posts; places for 110 in 100.
fn transport(mut random: Random, workers: u32, posts: u32) -> Instance {
    let random = &mut random;
    let map = Map::new(random, 16, (workers, posts), 40_000.0);
    let all = map.posts();
    let near = Nearest::new(&all);
    let supply: Vec<i64> = (0..workers).map(|_| 1 + random.below(200)).collect();
    let pairs = map.workers().into_iter().map(|worker| {
        let found = near.of(worker, 12).into_iter().map(|(metres, n)| (index(n), metres));
        row(found, random, 200)
    });
    let pairs = pairs.collect();
    let weights: Vec<f64> = all.iter().map(|_| (0.4 * normal(random)).exp()).collect();
    let units = u32::try_from(supply.iter().sum::<i64>() * 11 / 10).unwrap_or(u32::MAX);
    let places = shares(units, &weights).into_iter().map(|places| i64::from(places).max(200));
    let sinks = sinks(random, places.map(|max| (max / 4, max)));
    Instance { supply, posts: sinks, pairs }
}

/// The pairs of a worker: metres, and some preference below a limit.
fn row(
    found: impl Iterator<Item = (u32, f64)>,
    random: &mut Random,
    preference: i64,
) -> Vec<(u32, i64)> {
    let pairs = found.map(|(post, metres)| (post, rounded(metres) + random.below(preference)));
    let mut pairs: Vec<(u32, i64)> = pairs.collect();
    pairs.sort_unstable();
    pairs
}

/// Posts with these limits and levels from 0 to 2.
fn sinks(random: &mut Random, limits: impl Iterator<Item = (i64, i64)>) -> Vec<Sink> {
    limits.map(|(min, max)| Sink { min, max, class: random.below(3) }).collect()
}

/// A total divided by weights into whole parts.
fn shares(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of the total"
    )]
    let part = |weight: &f64| (weight / sum * f64::from(total)) as u32;
    let mut parts: Vec<u32> = weights.iter().map(part).collect();
    let missing = total - parts.iter().sum::<u32>();
    // Fewer than there are parts, by rounding down.
    parts.iter_mut().take(missing as usize).for_each(|part| *part += 1);
    parts
}

/// A number from 0 up to, but not including, 1.
fn share(random: &mut Random) -> f64 {
    f64::from(random.below(u32::MAX)) / f64::from(u32::MAX)
}

/// A normally distributed number (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    let (radius, angle) = (1.0 - share(random), std::f64::consts::TAU * share(random));
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

#[expect(clippy::cast_possible_truncation, reason = "metres within a country")]
fn rounded(metres: f64) -> i64 {
    metres.round() as i64
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
