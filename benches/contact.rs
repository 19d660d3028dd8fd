//! Index build and trace at three sizes a decade apart, on generated towns; every answer is asserted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::contact::{Case, ContactIndex, ContactIndexBuilder, Investigation, Protocol, Visit};
use epitier::{PersonId, PlaceId, Timestamp};

#[path = "../examples/support/random.rs"]
mod random;

use random::Random;

const DAY: u32 = 86_400;

/// The people in tiers 0 to 3 for each size: the answers, the same on every machine.
const TOWNS: [(u32, [usize; 4]); 3] = [
    (10_000, [1, 8, 70, 196]),
    (100_000, [10, 27, 237, 719]),
    (1_000_000, [100, 223, 1_640, 6_072]),
];

/// Two weeks of a town: nights at home, working days at work, an hour in a shop now and then.
fn town(visits: u32) -> Vec<Visit> {
    let people = visits / 10;
    let (homes, works) = (people / 3, people / 20);
    let shops = people / 100;
    let mut random = Random(20_210_730);
    (0..visits)
        .map(|_| {
            let person = random.below(people);
            let day = random.below(14) * DAY;
            let (place, start, length) = match random.below(10) {
                0..4 => (person % homes, 18 * 3_600 + random.below(14_400), 36_000),
                4..7 => (homes + person % works, 7 * 3_600 + random.below(10_800), 28_800),
                _ => {
                    let shop = random.below(shops).min(random.below(shops));
                    (
                        homes + works + shop,
                        8 * 3_600 + random.below(43_200),
                        300 + random.below(3_300),
                    )
                }
            };
            let start = i64::from(day + start);
            Visit {
                person: PersonId::new(person),
                place: PlaceId::new(place),
                start: Timestamp::from_seconds(start),
                end: Timestamp::from_seconds(start + i64::from(length)),
            }
        })
        .collect()
}

fn index(visits: &[Visit]) -> ContactIndex {
    let people = u32::try_from(visits.len() / 10).unwrap_or(u32::MAX);
    ContactIndexBuilder::new(people, people)
        .visits(visits.iter().copied())
        .build(&())
        .expect("the generated visits are valid")
}

/// One case for each thousand people, infectious from the third to the seventh day.
fn question(people: u32) -> Investigation {
    let case = |n| Case {
        person: PersonId::new(n * 1_000),
        from: Timestamp::from_seconds(i64::from(2 * DAY)),
        until: Some(Timestamp::from_seconds(i64::from(7 * DAY))),
    };
    let protocol = Protocol::new().with_tiers(3).with_min_overlap(900);
    Investigation::new(protocol).with_cases((0..people / 1_000).map(case))
}

fn build(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/build");
    group.sample_size(10);
    for (size, _) in TOWNS {
        let visits = town(size);
        group.throughput(Throughput::Elements(size.into()));
        group.bench_with_input(BenchmarkId::new("visits", size), &visits, |b, visits| {
            b.iter(|| {
                let index = index(visits);
                assert_eq!(index.visit_count(), visits.len());
                index
            });
        });
    }
    group.finish();
}

fn trace(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/trace");
    group.sample_size(10);
    for (size, expected) in TOWNS {
        let index = index(&town(size));
        let question = question(index.people());
        let mut tracer = index.tracer();
        group.throughput(Throughput::Elements(expected.iter().sum::<usize>() as u64));
        group.bench_with_input(BenchmarkId::new("visits", size), &question, |b, question| {
            b.iter(|| {
                let trace = tracer.trace(question, &()).expect("the cases are valid");
                assert_eq!(trace.people_by_tier(), expected);
                trace
            });
        });
    }
    group.finish();
}

criterion_group!(benches, build, trace);
criterion_main!(benches);
