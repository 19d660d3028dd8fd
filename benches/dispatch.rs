//! Caseloads and catchments at the sizes of a compound, a county seat and a city.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::dispatch::{
    CaseloadBand, Caseloads, CatchmentRules, Catchments, Residents, Site, Stop,
};
use epitier::network::Location;
use epitier::{HouseholdId, PostId, ResponderId, UnitId};

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

criterion_group!(benches, caseloads, catchments);
criterion_main!(benches);
