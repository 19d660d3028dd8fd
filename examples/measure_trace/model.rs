//! The population model of the measurements: two weeks of a town, and a day of instants. Fixed seeds.
//!
//! Of the places 70 % are homes, 20 % workplaces, 9.7 % shops and 0.3 % vehicles; of the visits 35 % are
//! nights at home, 30 % working days, 8.4 % rides and the rest errands. One unit of time is a minute.

use epitier::contact::{Case, Link, Visit};
use epitier::{PersonId, PlaceId, Timestamp};

use crate::random::Random;

const DAY: u32 = 1_440;
const DAYS: u32 = 14;

/// How large a town is.
#[derive(Clone, Copy)]
pub(crate) struct Town {
    pub(crate) people: u32,
    pub(crate) visits: u32,
    pub(crate) places: u32,
    pub(crate) seed: u64,
}

impl Town {
    /// All visits, in no order.
    pub(crate) fn visits(&self) -> Vec<Visit> {
        let mut draft = Draft { town: *self, random: Random(self.seed), visits: Vec::new() };
        draft.visits.reserve_exact(self.visits as usize);
        let homes = self.share(700);
        let (works, vehicles) = (self.share(200), self.share(3).max(1));
        let shops = self.places - homes - works - vehicles;
        draft.nights(homes);
        draft.working_days(homes, works);
        draft.rides(self.places - vehicles, vehicles);
        draft.errands(homes + works, shops);
        for at in 1..draft.visits.len() {
            let other = draft.random.below(at + 1);
            draft.visits.swap(at, other);
        }
        draft.visits
    }

    /// So many thousandths of the places.
    fn share(&self, thousandths: u32) -> u32 {
        portion(self.places, thousandths)
    }

    /// Cases with windows of ten days that start on the second to the fifth day.
    pub(crate) fn cases(&self, count: u32) -> Vec<Case> {
        let mut random = Random(self.seed * 100 + u64::from(count));
        distinct(&mut random, self.people, count)
            .map(|person| {
                let from = i64::from(DAY + random.below(4 * DAY));
                let until = from + i64::from(10 * DAY);
                Case { person, from: time(from), until: Some(time(until)) }
            })
            .collect()
    }
}

/// A town and its visits so far.
struct Draft {
    town: Town,
    random: Random,
    visits: Vec<Visit>,
}

impl Draft {
    fn push(&mut self, person: u32, place: u32, start: u32, length: u32) {
        let (start, end) = (i64::from(start), i64::from(start + length));
        let (person, place) = (PersonId::new(person), PlaceId::new(place));
        self.visits.push(Visit { person, place, start: time(start), end: time(end) });
    }

    /// Different days of people, picked in order (algorithm S of D. Knuth, *The Art of Computer
    /// Programming*, volume 2, 3.4.2).
    fn days(&mut self, days: u32, thousandths: u32) -> Vec<(u32, u32)> {
        let mut wanted = u64::from(portion(self.town.visits, thousandths));
        let mut left = u64::from(self.town.people) * u64::from(days);
        let mut picked = Vec::new();
        for person in 0..self.town.people {
            for day in 0..days {
                if self.random.below(left) < wanted {
                    picked.push((person, day));
                    wanted -= 1;
                }
                left -= 1;
            }
        }
        picked
    }

    fn nights(&mut self, homes: u32) {
        let home_of: Vec<u32> = (0..self.town.people).map(|_| self.random.below(homes)).collect();
        for (person, day) in self.days(DAYS, 350) {
            let start = day * DAY + 18 * 60 + self.random.below(241_u32);
            let length = 480 + self.random.below(361_u32);
            self.push(person, home_of[person as usize], start, length);
        }
    }

    /// The largest workplaces have about 360 people in a town of any size.
    fn working_days(&mut self, first: u32, works: u32) {
        let popular = Popularity::new(works, 0.9, f64::from(self.town.people) / 2_000.0);
        let work_of: Vec<u32> =
            (0..self.town.people).map(|_| popular.pick(&mut self.random)).collect();
        for (person, day) in self.days(10, 300) {
            let day = if day < 5 { day } else { day + 2 };
            let start = day * DAY + 7 * 60 + self.random.below(181_u32);
            let length = 360 + self.random.below(241_u32);
            self.push(person, first + work_of[person as usize], start, length);
        }
    }

    /// One trip a day for each vehicle, with a hundred riders where there are 50 visits a place.
    fn rides(&mut self, first: u32, vehicles: u32) {
        let riders = 2.0 * f64::from(self.town.visits) / f64::from(self.town.places);
        for vehicle in 0..vehicles {
            for day in 0..DAYS {
                let start = day * DAY + 6 * 60 + self.random.below(15 * 60_u32);
                let length = 60 + self.random.below(121_u32);
                for _ in 0..poisson(&mut self.random, riders) {
                    let boards = self.random.below(16_u32);
                    let person = self.random.below(self.town.people);
                    self.push(person, first + vehicle, start + boards, length - boards);
                }
            }
        }
    }

    /// Shop by popularity, until the town has all its visits.
    fn errands(&mut self, first: u32, shops: u32) {
        let popular = Popularity::new(shops, 0.8, 0.0);
        while self.visits.len() < self.town.visits as usize {
            let person = self.random.below(self.town.people);
            let shop = first + popular.pick(&mut self.random);
            let day = self.random.below(DAYS);
            let start = day * DAY + 8 * 60 + self.random.below(721_u32);
            let length = 5 + self.random.below(56_u32);
            self.push(person, shop, start, length);
        }
    }
}

/// How many people, events and units of time the instants have.
#[derive(Clone, Copy)]
pub(crate) struct Meetings {
    pub(crate) people: u32,
    pub(crate) events: u32,
    pub(crate) seed: u64,
}

impl Meetings {
    /// Instants by time: some people meet far more others than most; 60 % meet within blocks of 50.
    pub(crate) fn links(&self) -> Vec<Link> {
        let mut random = Random(self.seed);
        let mut total = 0.0;
        let activity = (0..self.people).map(|_| {
            total += uniform(&mut random).powf(-1.0 / 2.2) - 0.9;
            total
        });
        let active = Popularity(activity.collect());
        let mut times: Vec<i64> =
            (0..self.events).map(|_| i64::from(random.below(DAYS * DAY))).collect();
        times.sort_unstable();
        times
            .into_iter()
            .map(|at| {
                let a = active.pick(&mut random);
                let near = (a / 50 * 50 + random.below(50_u32)) % self.people;
                let b = if random.below(10_u32) < 6 { near } else { active.pick(&mut random) };
                let b = if a == b { (b + 1) % self.people } else { b };
                let (a, b) = (PersonId::new(a), PersonId::new(b));
                Link { a, b, start: time(at), end: time(at), one_way: false }
            })
            .collect()
    }

    /// Cases whose windows never end.
    pub(crate) fn cases(&self, count: u32) -> Vec<Case> {
        distinct(&mut Random(self.seed * 100 + u64::from(count)), self.people, count)
            .map(|person| Case { person, from: time(0), until: None })
            .collect()
    }
}

/// Running sums of weights.
struct Popularity(Vec<f64>);

impl Popularity {
    /// Zipf's law: the weight of rank `r` is `(r + offset)^-exponent`.
    fn new(ranks: u32, exponent: f64, offset: f64) -> Self {
        let mut total = 0.0;
        let weights = (1..=ranks).map(|rank| {
            total += (f64::from(rank) + offset).powf(-exponent);
            total
        });
        Self(weights.collect())
    }

    fn pick(&self, random: &mut Random) -> u32 {
        let at = uniform(random) * self.0.last().copied().unwrap_or_default();
        let rank = self.0.partition_point(|&sum| sum < at).min(self.0.len() - 1);
        u32::try_from(rank).unwrap_or(u32::MAX)
    }
}

/// A number above 0, up to 1.
fn uniform(random: &mut Random) -> f64 {
    (f64::from(random.below(u32::MAX)) + 1.0) / f64::from(u32::MAX)
}

/// D. Knuth, *The Art of Computer Programming*, volume 2, 3.4.1.
fn poisson(random: &mut Random, mean: f64) -> u32 {
    let least = (-mean).exp();
    let mut product = uniform(random);
    let mut count = 0;
    while product > least {
        product *= uniform(random);
        count += 1;
    }
    count
}

/// So many different people, by id.
fn distinct(
    random: &mut Random,
    people: u32,
    count: u32,
) -> impl Iterator<Item = PersonId> + use<> {
    let mut picked = std::collections::BTreeSet::new();
    while picked.len() < count.min(people) as usize {
        picked.insert(PersonId::new(random.below(people)));
    }
    picked.into_iter()
}

fn portion(of: u32, thousandths: u32) -> u32 {
    let part = u64::from(of) * u64::from(thousandths) / 1_000;
    u32::try_from(part).unwrap_or(of)
}

fn time(minutes: i64) -> Timestamp {
    Timestamp::from_seconds(minutes)
}
