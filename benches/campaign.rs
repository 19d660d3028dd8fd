//! Rounds over millions of residents: recording in walking order and in none, coverage, gap lists, clones; and
//! reading the register of their samples.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use epitier::campaign::samples::{
    Arrival, Finding, Sample, SampleAct, SampleRegister, SampleRules, TubeKind,
};
use epitier::campaign::{Entry, EventId, Journal, Line, Outcome, Target, Visit};
use epitier::{LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId};
use town::{OPENS, mixed, open, outcome, people, visits};

#[path = "../examples/support/random.rs"]
mod random;
#[path = "../examples/support/town.rs"]
mod town;

fn is_missed(person: PersonId) -> bool {
    outcome(person.get()) != Outcome::Done
}

fn rounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("campaign");
    group.sample_size(10);
    // The last is Huanggang: 5.88 million.
    for communities in [1, 10, 100, 490] {
        let population = people(communities);
        let network = population.network();
        let city = network.unit("city").unwrap();
        let residents = population.resident_total();
        let walking = visits(&population);
        let mut shuffled = walking.clone();
        shuffled.sort_unstable_by_key(|entry| mixed(entry.event.get()));
        let empty = open(&population);
        let missed = population.residents(city).filter(|&one| is_missed(one)).count();

        group.throughput(Throughput::Elements(residents as u64));
        for (order, entries) in [("walking order", &walking), ("any order", &shuffled)] {
            let name = format!("record in {order}");
            group.bench_function(BenchmarkId::new(name, residents), |bencher| {
                bencher.iter_batched(
                    || empty.clone(),
                    |mut round| {
                        let answers = round.record_all(entries, &()).unwrap();
                        assert!(answers.iter().all(Result::is_ok));
                        assert_eq!(round.coverage(city).unreached as usize, missed);
                        round
                    },
                    BatchSize::PerIteration,
                );
            });
        }

        let mut round = empty.clone();
        let answers = round.record_all(&walking, &()).unwrap();
        assert!(answers.iter().all(|answer| answer.is_ok_and(|receipt| !receipt.retried)));
        println!("{residents} residents and as many entries: {:?}", round.bytes());
        group.bench_function(BenchmarkId::new("retry in any order", residents), |bencher| {
            bencher.iter(|| {
                let answers = round.record_all(&shuffled, &()).unwrap();
                assert!(answers.iter().flatten().all(|receipt| receipt.retried));
            });
        });
        group.bench_function(BenchmarkId::new("coverage of all units", residents), |bencher| {
            bencher.iter(|| {
                let coverage = black_box(&round).coverage_by_unit();
                let of = &coverage[city.index()];
                assert_eq!(of.targets as usize, residents);
                assert_eq!(of.reached + of.unreached, of.targets);
                coverage
            });
        });
        group.throughput(Throughput::Elements(12_000));
        let community = network.unit("c0").unwrap();
        let expected = population.residents(community).filter(|&one| is_missed(one)).count();
        for (name, round, expected) in
            [("gaps of a community", &round, expected), ("all are gaps", &empty, 12_000)]
        {
            group.bench_function(BenchmarkId::new(name, residents), |bencher| {
                bencher.iter(|| {
                    let gaps = black_box(round).gaps(community);
                    assert_eq!(gaps.len(), expected);
                    gaps
                });
            });
        }
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::new("clone and record one", residents), |bencher| {
            let change = |event: u64| {
                let target = Target::Person(PersonId::new(0));
                let visit = Visit::new(target, OPENS, ResponderId::new(0), Outcome::Absent);
                Entry::visit(EventId::new(event), OPENS, visit)
            };
            bencher.iter(|| {
                let mut writer = black_box(&round).clone();
                writer.record(&change(u64::MAX)).unwrap();
                assert_eq!(writer.entry_count(), residents + 1);
                writer
            });
        });
    }
    group.finish();
}

/// One in so many tubes is positive.
const POSITIVE: u32 = 500;

/// Everybody in a tube of ten, which is sealed, arrives and is found negative, but for some.
fn tubes(residents: u32) -> Vec<Line<SampleAct>> {
    let at =
        |person: u32, hours: i64| OPENS.saturating_add(i64::from(person) / 100 + 3_600 * hours);
    let taken = |person: u32| {
        SampleAct::Taken(Sample {
            person: PersonId::new(person),
            tube: TubeId::new(person / 10),
            kind: TubeKind::TenInOne,
            site: PostId::new(person / 2_000),
            round: 1,
            sampler: ResponderId::new(person / 200),
            at: at(person, 0),
        })
    };
    let laboratory = LaboratoryId::new(0);
    let of_tube = |number: u32| {
        let (tube, last) = (TubeId::new(number), number * 10 + 9);
        let finding =
            if number.is_multiple_of(POSITIVE) { Finding::Positive } else { Finding::Negative };
        [
            SampleAct::Sealed { tube, count: 10, at: at(last, 1) },
            SampleAct::Arrived(Arrival { tube, laboratory, at: at(last, 3) }),
            SampleAct::Result { tube, laboratory, finding, at: at(last, 7) },
        ]
    };
    let acts = (0..residents).map(taken).chain((0..residents / 10).flat_map(of_tube));
    let line = |(number, act): (u64, SampleAct)| {
        Line::act(EventId::new(mixed(number)), act.at().saturating_add(30), act)
    };
    (0..).zip(acts).map(line).collect()
}

fn samples(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("samples");
    group.sample_size(10);
    let rules = SampleRules::new();
    for communities in [1, 10, 100, 490] {
        let population = people(communities);
        let residents = u32::try_from(population.resident_total()).unwrap();
        let held = (residents / 10).div_ceil(POSITIVE) * 10;
        let mut lines = tubes(residents);
        group.throughput(Throughput::Elements(residents.into()));
        for order in ["walking order", "any order"] {
            let mut journal = Journal::new();
            assert!(journal.record_all(&lines).iter().all(Result::is_ok));
            let name = format!("read in {order}");
            group.bench_function(BenchmarkId::new(name, residents), |bencher| {
                bencher.iter(|| {
                    let as_of = Timestamp::from_seconds(i64::MAX);
                    let register =
                        SampleRegister::read(&journal, &population, rules, as_of, &()).unwrap();
                    let tally = register.tally(|_| true);
                    assert_eq!((tally.sampled, tally.on_hold), (residents, held));
                    assert!(tally.reconciles() && register.problems().is_empty());
                    register
                });
            });
            lines.sort_unstable_by_key(|line| mixed(line.event.get()));
        }
    }
    group.finish();
}

criterion_group!(benches, rounds, samples);
criterion_main!(benches);
