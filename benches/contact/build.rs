//! The index, beside the sort of as many numbers that its build is held against.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use epitier::contact::ContactIndexBuilder;
use rayon::prelude::*;

use crate::random::Random;
use crate::{builder, index, meetings, town};

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

pub(crate) fn towns(c: &mut Criterion) {
    beside_a_sort(c, "contact/build/visits", |size| builder(town(size)));
}

pub(crate) fn instants(c: &mut Criterion) {
    beside_a_sort(c, "contact/build/instants", |size| {
        let meetings = meetings(size);
        ContactIndexBuilder::new(meetings.people, 0).links(meetings.links())
    });
}

fn beside_a_sort(c: &mut Criterion, name: &str, rows: impl Fn(u32) -> ContactIndexBuilder) {
    let mut group = c.benchmark_group(name);
    for size in SIZES {
        let builder = rows(size);
        group.throughput(Throughput::Elements(size.into()));
        group.bench_with_input(BenchmarkId::new("index", size), &builder, |b, builder| {
            let build = |builder| {
                let index = index(builder);
                assert_eq!(index.visit_count() + index.link_count(), size as usize);
                index
            };
            b.iter_batched(|| builder.clone(), build, BatchSize::PerIteration);
        });
        let mut random = Random(size.into());
        let keys: Vec<u64> = (0..size).map(|_| random.below(u64::MAX)).collect();
        group.bench_with_input(BenchmarkId::new("sort", size), &keys, |b, keys| {
            let sort = |mut keys: Vec<u64>| {
                keys.par_sort_unstable();
                black_box(keys)
            };
            b.iter_batched(|| keys.clone(), sort, BatchSize::PerIteration);
        });
    }
    group.finish();
}
