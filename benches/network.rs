//! Building a network and its population, and rolling numbers up.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, UnitId};

/// A city of so many buildings: 10 to a compound, 10 compounds to a community, 20 communities to a
/// subdistrict, 10 subdistricts to a county. Rows are in no order.
fn city(buildings: usize) -> Vec<UnitRow> {
    let mut rows = vec![UnitRow::new("city", "City", Tier::Headquarters)];
    let mut above = vec!["city".to_owned()];
    let levels = [
        (Tier::Headquarters, buildings / 20_000),
        (Tier::Subdistrict, buildings / 2_000),
        (Tier::Community, buildings / 100),
        (Tier::Compound, buildings / 10),
        (Tier::Building, buildings),
    ];
    for (depth, (tier, units)) in levels.into_iter().enumerate() {
        let units = units.max(1);
        let codes: Vec<String> = (0..units).map(|at| format!("{depth}{at:07}")).collect();
        rows.extend(codes.iter().enumerate().map(|(at, code)| {
            UnitRow::new(code, format!("unit {at}"), tier).under(&above[at * above.len() / units])
        }));
        above = codes;
    }
    shuffled(rows)
}

/// A fixed permutation without any order to exploit: the one that xorshift64 draws.
fn shuffled<T>(mut rows: Vec<T>) -> Vec<T> {
    let mut state = 88_172_645_463_325_252_u64;
    for last in (1..rows.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        rows.swap(last, usize::try_from(state % (last as u64 + 1)).unwrap());
    }
    rows
}

fn networks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("network");
    for buildings in [2_000, 20_000, 200_000] {
        let rows = city(buildings);
        group.throughput(Throughput::Elements(rows.len() as u64));
        group.bench_with_input(BenchmarkId::new("build", buildings), &rows, |bencher, rows| {
            bencher.iter_batched(
                || NetworkBuilder::new().units(rows.clone()),
                |table| {
                    let network = table.build().unwrap();
                    assert_eq!(network.len(), rows.len());
                    network
                },
                BatchSize::LargeInput,
            );
        });

        let network = NetworkBuilder::new().units(rows).build().unwrap();
        let root = network.unit("city").unwrap();
        assert_eq!(network.members(root, Tier::Building).len(), buildings);
        let values: Vec<u64> = network
            .units()
            .map(|unit| {
                u64::from(network.tier(unit) == Some(Tier::Building)) * u64::from(unit.get())
            })
            .collect();
        let total: u64 = values.iter().sum();
        group.bench_function(BenchmarkId::new("roll_up", buildings), |bencher| {
            bencher.iter(|| {
                let sums = network.roll_up(black_box(&values)).unwrap();
                assert_eq!(sums[root.index()], total);
                sums
            });
        });
    }
    group.finish();
}

/// Four households to a building, five residents to two households, ids in no order.
fn people(network: &Network) -> (Vec<Household>, Vec<Resident>) {
    let root = network.unit("city").unwrap();
    let buildings: &[UnitId] = network.members(root, Tier::Building);
    let homes = u32::try_from(buildings.len() * 4).unwrap();
    let households = (0..homes)
        .map(|at| Household {
            door: at % 4,
            ..Household::new(HouseholdId::new(at), buildings[at as usize / 4])
        })
        .collect();
    let residents = (0..homes / 2 * 5)
        .map(|at| Resident::new(PersonId::new(at), HouseholdId::new(at * 2 / 5)))
        .collect();
    (shuffled(households), shuffled(residents))
}

fn populations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("population");
    group.sample_size(10);
    for buildings in [1_000, 10_000, 100_000] {
        let network = NetworkBuilder::new().units(city(buildings)).build().unwrap();
        let root = network.unit("city").unwrap();
        let (households, residents) = people(&network);
        group.throughput(Throughput::Elements(residents.len() as u64));
        group.bench_function(BenchmarkId::new("build", residents.len()), |bencher| {
            bencher.iter_batched(
                || (households.clone(), residents.clone()),
                |(households, rows)| {
                    let table =
                        PopulationBuilder::new(&network).households(households).residents(rows);
                    let population = table.build(&()).unwrap();
                    assert_eq!(population.resident_count(root), residents.len());
                    population
                },
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, networks, populations);
criterion_main!(benches);
