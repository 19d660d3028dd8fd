//! One or two tiers from one case: what it costs must not grow with the index.

use criterion::{BenchmarkId, Criterion};

use crate::{builder, index, question, town, trace};

/// Visits, and the people reached within one and two tiers.
const TOWNS: [(u32, [usize; 2]); 3] =
    [(100_000, [19, 1_103]), (1_000_000, [17, 1_494]), (10_000_000, [61, 3_147])];

pub(crate) fn of_an_index(c: &mut Criterion) {
    let mut group = c.benchmark_group("contact/one_case");
    for (size, expected) in TOWNS {
        let town = town(size);
        let index = index(builder(town));
        let mut tracer = index.tracer();
        for (tiers, expected) in [1, 2].into_iter().zip(expected) {
            let question = question(tiers, town.cases(1));
            let id = BenchmarkId::new(format!("{tiers} tiers"), size);
            group.bench_with_input(id, &question, |b, question| {
                b.iter(|| trace(&mut tracer, question, expected));
            });
        }
    }
    group.finish();
}
