//! Visits that arrive later: one in a hundred added beside building all again, and what a trace costs then.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};

use crate::model::Town;
use crate::{builder, index, question, town, trace};

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

pub(crate) fn later(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/extend");
    for size in SIZES {
        let town = town(size);
        let later = Town { visits: size / 100, seed: 7, ..town };
        let before = index(builder(town));
        let (new, all) = (builder(later), builder(town).visits(later.visits()));
        group.throughput(Throughput::Elements(later.visits.into()));
        group.bench_function(BenchmarkId::new("extend", size), |b| {
            let extend = |rows| {
                let mut index = before.clone();
                index.extend(rows, &()).expect("generated rows are valid");
                assert_eq!(index.visit_count(), (size + later.visits) as usize);
                index
            };
            b.iter_batched(|| new.clone(), extend, BatchSize::PerIteration);
        });
        group.bench_function(BenchmarkId::new("rebuild", size), |b| {
            b.iter_batched(|| all.clone(), index, BatchSize::PerIteration);
        });

        let mut extended = before.clone();
        extended.extend(new, &()).expect("generated rows are valid");
        let rebuilt = index(all);
        let question = question(3, town.cases(town.people / 1_000));
        let (mut extended, mut rebuilt) = (extended.tracer(), rebuilt.tracer());
        let answer = rebuilt.trace(&question, &()).expect("generated cases are valid");
        let reached = answer.people().len() - question.cases().len();
        let told = trace(&mut extended, &question, reached);
        assert_eq!(told.people(), answer.people());
        for (name, tracer) in [("trace extended", &mut extended), ("trace rebuilt", &mut rebuilt)] {
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| trace(tracer, &question, reached));
            });
        }
    }
    group.finish();
}
