//! Worst cases up to a million rows. `cargo run --release --example measure_trace -- instructions` counts
//! what they take.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

use crate::worst::WORST;

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

pub(crate) fn builds(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/worst/build");
    for (name, worst) in WORST {
        for size in SIZES {
            let worst = worst(size);
            group.throughput(Throughput::Elements(size.into()));
            group.bench_with_input(BenchmarkId::new(name, size), &worst, |b, worst| {
                let build = |builders| worst.index(builders);
                b.iter_batched(|| worst.builders(), build, BatchSize::PerIteration);
            });
        }
    }
    group.finish();
}

pub(crate) fn traces(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/worst/trace");
    for (name, worst) in WORST {
        for size in SIZES {
            let worst = worst(size);
            let index = worst.index(worst.builders());
            group.throughput(Throughput::Elements(size.into()));
            group.bench_with_input(BenchmarkId::new(name, size), &worst, |b, worst| {
                b.iter(|| worst.trace(&index));
            });
        }
    }
    group.finish();
}
