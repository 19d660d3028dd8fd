//! What a trace tells of everybody, beside the trace itself: first and last exposures, and every exposure.

use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{builder, index, question, town, trace};

/// Visits, people exposed by one case in a thousand people within three tiers, and exposures.
const TOWNS: [(u32, [usize; 2]); 3] =
    [(10_000, [995, 12_571]), (100_000, [9_946, 78_288]), (1_000_000, [99_472, 724_874])];

pub(crate) fn of_everybody(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/readings");
    for (size, [people, exposures]) in TOWNS {
        let town = town(size);
        let index = index(builder(town));
        let mut tracer = index.tracer();
        let question = question(3, town.cases(town.people / 1_000));
        group.throughput(Throughput::Elements(people as u64));
        group.bench_function(BenchmarkId::new("trace", size), |b| {
            b.iter(|| trace(&mut tracer, &question, people));
        });
        let trace = trace(&mut tracer, &question, people);
        group.bench_function(BenchmarkId::new("first and last exposures", size), |b| {
            b.iter(|| {
                let spans = trace.exposure_spans(&index, &()).expect("nobody cancels");
                assert_eq!(spans.len(), people);
                spans
            });
        });
        group.throughput(Throughput::Elements(exposures as u64));
        group.bench_function(BenchmarkId::new("all evidence", size), |b| {
            b.iter(|| {
                let evidence = trace.all_evidence(&index, &()).expect("nobody cancels");
                assert_eq!(evidence.exposure_count(), exposures);
                evidence
            });
        });
    }
    group.finish();
}
