//! Three tiers from few and from many cases, on one and on two threads, and over instants.

use criterion::{BenchmarkId, Criterion, Throughput};
use epitier::contact::{ContactIndexBuilder, Investigation, Protocol};
use rayon::ThreadPoolBuilder;

use crate::{builder, index, meetings, question, town, trace};

/// Visits, and the people reached from one case, one in a thousand people and one in ten.
const TOWNS: [(u32, [usize; 3]); 3] = [
    (10_000, [995, 995, 900]),
    (100_000, [8_025, 9_946, 8_994]),
    (1_000_000, [44_374, 99_472, 89_941]),
];

/// Instants, and the people reached from one case within three tiers and within any number.
const MEETINGS: [(u32, [usize; 2]); 3] =
    [(10_000, [498, 499]), (100_000, [4_046, 4_999]), (1_000_000, [15_252, 49_999])];

pub(crate) fn cases(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/trace/visits");
    for (size, expected) in TOWNS {
        let town = town(size);
        let index = index(builder(town));
        let mut tracer = index.tracer();
        let cases = [
            ("one case", 1),
            ("one in 1000", town.people / 1_000),
            ("one in 10", town.people / 10),
        ];
        for ((name, cases), expected) in cases.into_iter().zip(expected) {
            let question = question(3, town.cases(cases));
            group.throughput(Throughput::Elements(expected as u64));
            let id = BenchmarkId::new(name, size);
            group.bench_with_input(id, &question, |b, question| {
                b.iter(|| trace(&mut tracer, question, expected));
            });
        }
    }
    group.finish();
}

pub(crate) fn threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/trace/threads");
    let (size, [.., expected]) = TOWNS[2];
    let town = town(size);
    let index = index(builder(town));
    let mut tracer = index.tracer();
    let question = question(3, town.cases(town.people / 10));
    for threads in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
        group.bench_with_input(BenchmarkId::from_parameter(threads), &question, |b, question| {
            b.iter(|| pool.install(|| trace(&mut tracer, question, expected)));
        });
    }
    group.finish();
}

pub(crate) fn instants(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/trace/instants");
    for (size, expected) in MEETINGS {
        let meetings = meetings(size);
        let index = index(ContactIndexBuilder::new(meetings.people, 0).links(meetings.links()));
        let mut tracer = index.tracer();
        for ((name, tiers), expected) in
            [("3 tiers", 3), ("all tiers", u32::MAX)].into_iter().zip(expected)
        {
            let protocol = Protocol::new().with_tiers(tiers);
            let question = Investigation::new(protocol).with_cases(meetings.cases(1));
            group.throughput(Throughput::Elements(expected as u64));
            group.bench_with_input(BenchmarkId::new(name, size), &question, |b, question| {
                b.iter(|| trace(&mut tracer, question, expected));
            });
        }
    }
    group.finish();
}
