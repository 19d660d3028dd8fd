//! Caseloads, catchments and teams at the sizes of a compound, a county seat, a prefecture and a city.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::dispatch::{
    Candidate, CaseloadBand, Caseloads, CatchmentRules, Catchments, Headcount, Residents, Site,
    Skill, Stop, Team, TeamRules, Teams,
};
use epitier::network::Location;
use epitier::{HouseholdId, PostId, ResponderId, TeamId, UnitId};

/// So many buildings of 12 or 13 households, with an entrance for every seven.
fn walk(buildings: u32, households: u32) -> Vec<Stop> {
    let first = |building: u32| building * households / buildings;
    let stops = (0..buildings).flat_map(|building| {
        (first(building)..first(building + 1)).map(move |number| Stop {
            household: HouseholdId::new(number),
            building: UnitId::new(building),
            entrance: (number - first(building)) / 7,
        })
    });
    stops.collect()
}

fn caseloads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("caseloads");
    // Buildings, households, responders; caseloads made and households left over.
    for (size, made) in
        [((62, 764, 68), (62, 0)), ((320, 4_000, 340), (320, 0)), ((320, 4_000, 250), (250, 250))]
    {
        let (buildings, households, responders) = size;
        let walk = walk(buildings, households);
        let responders: Vec<ResponderId> = (0..responders).map(ResponderId::new).collect();
        let way = |who: ResponderId, stops: &[Stop]| {
            i64::from(who.get().abs_diff(stops[0].building.get()))
        };
        let name = format!("{households} households, {} responders", responders.len());
        group.throughput(Throughput::Elements(households.into()));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let band = CaseloadBand::default();
                let divided =
                    Caseloads::divide(black_box(&walk), &responders, band, way, &()).unwrap();
                assert_eq!((divided.caseloads.len(), divided.left_over.len()), made);
            });
        });
    }
    group.finish();
}

/// Points around towns, as xorshift64 draws them.
struct Points {
    state: u64,
    towns: Vec<(f64, f64)>,
}

impl Points {
    fn new(towns: usize, degrees: f64) -> Self {
        let mut points = Self { state: 88_172_645_463_325_252, towns: Vec::new() };
        for _ in 0..towns {
            let town = (31.0 + degrees * points.draw(), 114.0 + degrees * points.draw());
            points.towns.push(town);
        }
        points
    }

    /// From 0 to below 1.
    fn draw(&mut self) -> f64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        f64::from(u32::try_from(self.state >> 32).unwrap()) / f64::from(u32::MAX)
    }

    fn near_town(&mut self) -> Location {
        let town = usize::try_from(self.state % self.towns.len() as u64).unwrap();
        let (latitude, longitude) = self.towns[town];
        let (north, east) = (self.draw() - 0.5, self.draw() - 0.5);
        Location::from_degrees(latitude + north / 20.0, longitude + east / 20.0).unwrap()
    }
}

fn catchments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("catchments");
    group.sample_size(10);
    for (people, sites, towns, degrees) in
        [(16_000, 8, 1, 0.1), (160_000, 77, 3, 0.1), (5_880_000, 3_000, 150, 0.9)]
    {
        let mut points = Points::new(towns, degrees);
        let homes: Vec<Residents> = (0..people / 30)
            .map(|building| Residents {
                building: UnitId::new(building),
                people: 30,
                location: Some(points.near_town()),
            })
            .collect();
        let sites: Vec<Site> = (0..sites)
            .map(|site| Site {
                site: PostId::new(site),
                capacity: 2_500,
                location: points.near_town(),
            })
            .collect();
        for whole in [false, true] {
            let rules = CatchmentRules::new(3_000).with_whole_buildings(whole);
            let name = if whole { "whole buildings" } else { "least metres" };
            group.throughput(Throughput::Elements(people.into()));
            group.bench_function(BenchmarkId::new(name, people), |bencher| {
                bencher.iter(|| {
                    let plan = Catchments::plan(black_box(&homes), &sites, rules, &()).unwrap();
                    assert!(plan.served <= plan.bound.served);
                    assert!(
                        whole
                            || (plan.served, plan.metres) == (plan.bound.served, plan.bound.metres)
                    );
                    assert!(10 * plan.served > 9 * u64::from(people), "{} served", plan.served);
                });
            });
        }
    }
    group.finish();
}

fn teams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("teams");
    group.sample_size(10);
    let [township, village, leader] = [0, 1, 2].map(|rank| Skill::new(rank).unwrap());
    // Officials of townships and villages, leaders, teams; how many of the nearest are thought of.
    for (officials, leaders, teams, nearest) in [
        ([60_u32, 80], 3, 7_u32, 7),
        ([978, 8_802], 50, 185, 185),
        ([3_422, 22_077], 379, 1_652, 24),
    ] {
        let mut points = Points::new(teams as usize, 1.3);
        let at: Vec<Location> = (0..teams).map(|_| points.near_town()).collect();
        let team = |(id, &location)| Team { team: TeamId::new(id), location };
        let sites: Vec<Team> = (0..).zip(&at).map(team).collect();
        let ranks = [(township, officials[0]), (village, officials[1]), (leader, leaders)];
        let ranks = ranks.into_iter().flat_map(|(rank, people)| (0..people).map(move |_| rank));
        let candidates: Vec<Candidate> = (0..)
            .zip(ranks)
            .map(|(id, rank)| Candidate {
                responder: ResponderId::new(id),
                home_unit: None,
                skills: rank.into(),
                location: Some(points.near_town()),
            })
            .collect();
        let rules = TeamRules::new(300_000)
            .with_nearest_teams(nearest)
            .with_class(township, Headcount::Even)
            .with_class(village, Headcount::Even)
            .led_by(leader, 300_000);
        let people = officials[0] + officials[1];
        group.throughput(Throughput::Elements(u64::from(people)));
        group.bench_function(format!("{people} people, {teams} teams"), |bencher| {
            bencher.iter(|| {
                let formed = Teams::form(black_box(&candidates), &sites, &rules, &()).unwrap();
                let (few, more) = (people / teams, people.div_ceil(teams));
                let size = |team| u32::try_from(formed.of(TeamId::new(team)).len()).unwrap();
                assert!((0..teams).all(|team| (few..=more).contains(&size(team))));
                assert_eq!(formed.leaders().len() + formed.leaderless().len(), sites.len());
                formed.certify().unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, caseloads, catchments, teams);
criterion_main!(benches);
