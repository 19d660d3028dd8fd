//! Forecasts against a laboratory that is watched second by second.

use std::collections::BTreeSet;

use epitier::campaign::samples::{
    Arrival, Forecast, Laboratory, LaboratoryError, LaboratoryForecast, forecast,
};
use epitier::{LaboratoryId, Timestamp, TubeId};

use crate::campaign::worlds::shuffle;
use crate::random::Random;
use crate::support::Seen;

fn time(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn arrival(tube: u32, laboratory: u32, second: i64) -> Arrival {
    let laboratory = LaboratoryId::new(laboratory);
    Arrival { tube: TubeId::new(tube), laboratory, at: time(second) }
}

/// Second by second: who comes waits; whoever is free takes a batch.
fn watched(of: &Laboratory, arrivals: &[Arrival], from: i64) -> LaboratoryForecast {
    let mut coming: BTreeSet<(i64, TubeId)> = arrivals
        .iter()
        .filter(|arrival| arrival.laboratory == of.laboratory)
        .map(|arrival| (arrival.at.seconds(), arrival.tube))
        .collect();
    let tubes = u32::try_from(coming.len()).unwrap();
    let mut machines = vec![i64::MIN; of.machines as usize];
    let (mut batches, mut last) = (0, None);
    let mut second = from;
    while !coming.is_empty() {
        for machine in &mut machines {
            let waiting: Vec<_> =
                coming.iter().copied().filter(|&(came, _)| came <= second).collect();
            if *machine <= second && !waiting.is_empty() {
                for tube in waiting.iter().take(of.batch as usize) {
                    coming.remove(tube);
                }
                *machine = second + i64::from(of.turnaround);
                batches += 1;
                last = last.max(Some(time(*machine)));
            }
        }
        second += 1;
    }
    LaboratoryForecast { laboratory: of.laboratory, tubes, batches, last }
}

#[test]
fn a_forecast_is_what_would_be_watched() {
    let seen = Seen::default();
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let mut laboratories: Vec<Laboratory> = (0..=random.below(3_u32))
            .map(|number| Laboratory {
                laboratory: LaboratoryId::new(number * 5),
                batch: 1 + random.below(5_u32),
                machines: 1 + random.below(3_u32),
                // A batch that takes no time could be started twice in one second.
                turnaround: 1 + random.below(30_u32),
            })
            .collect();
        let count = random.below(40_u32);
        let mut arrivals: Vec<Arrival> = (0..count)
            .map(|tube| {
                let laboratory = laboratories[random.below(laboratories.len())].laboratory.get();
                arrival(tube, laboratory, i64::from(random.below::<u8>(60)))
            })
            .collect();
        let from = i64::from(random.below::<u8>(90));
        let wanted: Vec<_> = laboratories.iter().map(|of| watched(of, &arrivals, from)).collect();
        let last = wanted.iter().filter_map(|of| of.last).max();
        let wanted = Forecast { laboratories: wanted, last };
        assert_eq!(forecast(&laboratories, &arrivals, time(from)).unwrap(), wanted, "seed {seed}");
        shuffle(&mut random, &mut laboratories);
        shuffle(&mut random, &mut arrivals);
        assert_eq!(forecast(&laboratories, &arrivals, time(from)).unwrap(), wanted);
        seen.note("idle laboratory", wanted.laboratories.iter().any(|of| of.last.is_none()));
        let part = |(of, found): (&Laboratory, &LaboratoryForecast)| {
            of.batch > 1 && found.tubes > 0 && found.batches * of.batch > found.tubes
        };
        laboratories.sort_unstable();
        seen.note("batch in part", laboratories.iter().zip(&wanted.laboratories).any(part));
        let later = arrivals.iter().any(|arrival| arrival.at > time(from));
        seen.note("comes later", later);

        // One more laboratory changes nothing as long as no tube goes there.
        let idle = Laboratory { laboratory: LaboratoryId::new(99), ..laboratories[0] };
        laboratories.push(idle);
        assert_eq!(forecast(&laboratories, &arrivals, time(from)).unwrap().last, wanted.last);
    }
    assert_eq!(seen.kinds(), 3);
    seen.assert_each(200);
}

/// 588 thousand tubes of 5.88 million people: 20 laboratories of 96 wells and 24 machines, four hours each.
#[test]
fn a_city_knows_the_hour_of_its_last_result() {
    let laboratories: Vec<Laboratory> = (0..20)
        .map(|number| Laboratory {
            laboratory: LaboratoryId::new(number),
            batch: 94,
            machines: 24,
            turnaround: 4 * 3_600,
        })
        .collect();
    let arrivals: Vec<Arrival> = (0..588_000).map(|tube| arrival(tube, tube % 20, 0)).collect();
    let found = forecast(&laboratories, &arrivals, time(3_600)).unwrap();
    // 29,400 tubes each are 313 batches on 24 machines: 14 turns.
    assert!(found.laboratories.iter().all(|of| (of.tubes, of.batches) == (29_400, 313)));
    assert_eq!(found.last, Some(time(3_600 + 14 * 4 * 3_600)));
    let twice: Vec<Laboratory> =
        laboratories.iter().map(|of| Laboratory { machines: 48, ..*of }).collect();
    let found = forecast(&twice, &arrivals, time(3_600)).unwrap();
    assert_eq!(found.last, Some(time(3_600 + 7 * 4 * 3_600)));
}

#[test]
fn every_problem_of_a_forecast_is_named() {
    let good = Laboratory {
        laboratory: LaboratoryId::new(0),
        batch: 1,
        machines: u32::MAX,
        turnaround: u32::MAX,
    };
    let (first, second) = (good.laboratory, LaboratoryId::new(1));
    let empty = Laboratory { batch: 0, laboratory: second, ..good };
    let idle = Laboratory { machines: 0, ..good };
    let tubes = [arrival(4, 0, 0), arrival(4, 7, 0), arrival(5, 1, 0), arrival(4, 1, i64::MAX)];
    let problems = forecast(&[good, empty, idle], &tubes, time(0)).unwrap_err();
    let (unknown, tube) = (LaboratoryId::new(7), TubeId::new(4));
    let wanted = [
        LaboratoryError::NoCapacity { row: 1, laboratory: second },
        LaboratoryError::NoCapacity { row: 2, laboratory: first },
        LaboratoryError::StatedTwice { row: 2, laboratory: first, first: 0 },
        LaboratoryError::UnknownLaboratory { row: 1, laboratory: unknown },
        LaboratoryError::TubeTwice { row: 1, tube, first: 0 },
        LaboratoryError::TubeTwice { row: 3, tube, first: 0 },
    ];
    assert_eq!(problems.iter().copied().collect::<Vec<_>>(), wanted);
    assert_eq!(epitier::Error::from(problems).code(), "laboratory");
    #[cfg(feature = "serde")]
    for problem in wanted {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
    }

    // The end of time is no reason to panic.
    let found = forecast(&[good], &[arrival(0, 0, i64::MAX - 5)], time(i64::MIN)).unwrap();
    assert_eq!(found.last, Some(time(i64::MAX)));
    let nothing = Forecast { laboratories: Vec::new(), last: None };
    assert_eq!(forecast(&[], &[], time(0)).unwrap(), nothing);
}
