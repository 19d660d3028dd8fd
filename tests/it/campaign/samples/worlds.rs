//! Small worlds in which samples go wrong in every way.

use epitier::campaign::samples::{Arrival, Finding, Sample, SampleAct, TubeKind};
use epitier::campaign::{EventId, Journal, Line};
use epitier::network::{Network, Tier};
use epitier::population::{Household, Population, PopulationBuilder, Presence, Resident};
use epitier::{
    HouseholdId, Interval, LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId, UnitId,
};

use crate::campaign::worlds::{network, shuffle};
use crate::random::Random;

const MORNING: i64 = 1_627_689_600;

/// A time so many minutes after 08:00 on 31 July in China, which is midnight in UTC.
pub(super) fn at(minute: i64) -> Timestamp {
    Timestamp::from_seconds(MORNING + 60 * minute)
}

/// Residents 0 to `people`, three to a household on average, some newcomers, some away; whoever has a higher
/// number is an outsider.
pub(super) fn population(random: &mut Random, people: u32) -> Population {
    let network: Network = network();
    let towers: Vec<UnitId> =
        network.units().filter(|&unit| network.tier(unit) == Some(Tier::Building)).collect();
    let homes = people / 3 + 1;
    let households: Vec<Household> = (0..homes)
        .map(|home| {
            let building = towers[random.below(towers.len())];
            Household { door: random.below(3), ..Household::new(HouseholdId::new(home), building) }
        })
        .collect();
    let mut numbers: Vec<u32> = (0..people).collect();
    shuffle(random, &mut numbers);
    let residents: Vec<Resident> = numbers
        .iter()
        .map(|&number| {
            let mut resident = Resident::new(PersonId::new(number), HouseholdId::new(number / 3));
            if random.below(8) == 0 {
                let later = Interval::new(at(60), at(10_000)).unwrap();
                resident.present = Presence::from_iter([later]);
            }
            resident
        })
        .collect();
    let old = residents.len() * 3 / 4;
    let mut population = PopulationBuilder::new(&network)
        .households(households)
        .residents(residents[..old].to_vec())
        .build(&())
        .unwrap();
    population.register([], residents[old..].to_vec()).unwrap();
    population
}

/// How many there are of what acts name.
#[derive(Clone, Copy)]
pub(super) struct Mix {
    pub(super) people: u32,
    pub(super) tubes: u32,
    pub(super) events: u64,
    /// One in so many acts is out of order.
    pub(super) slip: u32,
}

/// A third of the tubes are pools in the morning, the others single ones in the afternoon. What a tube should be
/// follows from its number, and now and then it is something else.
pub(super) fn act(random: &mut Random, mix: Mix) -> SampleAct {
    let tube = random.below(mix.tubes);
    let mut slip = |usual: u32, other: u32| {
        if random.below(mix.slip) == 0 { other } else { usual }
    };
    let kinds = [TubeKind::Household, TubeKind::FiveInOne, TubeKind::TenInOne];
    let kind = match slip(tube, tube + 1) {
        tube if tube.is_multiple_of(3) => kinds[tube as usize / 3 % 3],
        _ => TubeKind::Single,
    };
    let start = if tube.is_multiple_of(3) { 0 } else { 400 + 40 * (tube % 5) };
    let first = if kind == TubeKind::Household { tube / 9 * 3 } else { tube / 3 * 2 };
    let size = kind.capacity().unwrap_or(3);
    let place = PostId::new(slip(tube % 2, 2));
    let round = slip(1 + tube / 3 % 2, 1 + tube % 2);
    let laboratory = LaboratoryId::new(slip(0, 1));
    let size = size + u32::from(random.below(mix.slip) == 0);
    let person = first + random.below(size);
    let person = PersonId::new(person % mix.people);
    let tube = TubeId::new(tube);
    let early = random.below(mix.slip) == 0;
    let mut time = |from: u32, long: u32| {
        let minute = if early { random.below(1_500) } else { start + from + random.below(long) };
        at(minute.into())
    };
    let moments = [time(0, 60), time(60, 20), time(120, 60), time(200, 300)];
    let far = random.below(40 * mix.slip) == 0;
    match random.below(20_u32) {
        0..9 => {
            let at = if far { Timestamp::from_seconds(i64::MAX / 2) } else { moments[0] };
            let sampler = ResponderId::new(3);
            SampleAct::Taken(Sample { person, tube, kind, site: place, round, sampler, at })
        }
        9..11 => SampleAct::Sealed { tube, count: random.below(size + 2), at: moments[1] },
        11..14 => SampleAct::Arrived(Arrival { tube, laboratory, at: moments[2] }),
        14..19 => {
            let findings = [Finding::Negative, Finding::Positive, Finding::Invalid];
            let finding = findings[[0, 0, 1, 1, 2][random.below(5_usize)]];
            SampleAct::Result { tube, laboratory, finding, at: moments[3] }
        }
        _ => SampleAct::Lost { tube, at: moments[2] },
    }
}

/// A line of any kind: an act, a correction, one that was there, one that must be refused.
pub(super) fn line(random: &mut Random, journal: &Journal<SampleAct>, mix: Mix) -> Line<SampleAct> {
    let event = EventId::new(random.below(mix.events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let of = EventId::new(random.below(mix.events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let received = at(random.below::<u64>(1_500).cast_signed());
    let act = act(random, mix);
    match random.below(20) {
        0..2 => Line::amend(event, received, of, act),
        2 => Line::void(event, received, of),
        3 => journal.find(event).unwrap_or(Line::act(event, received, act)),
        _ => Line::act(event, received, act),
    }
}
