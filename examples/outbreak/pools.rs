//! The tubes of the town's second round: all negative in the end, as published; that one pool was positive first
//! and one tube was lost is constructed.

use epitier::campaign::samples::{
    Arrival, Certainty, Finding, Forecast, Laboratory, Sample, SampleAct, SampleRegister,
    SampleRules, TubeKind, forecast,
};
use epitier::campaign::{Act, Filing, Target, Visit};
use epitier::contact::Protocol;
use epitier::{LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId};

use super::rounds::{hour, journal};
use super::scenario::Outcome;
use super::site::TOWN;
use super::testing::Town;

/// The tube that is found positive, and the one that breaks.
const POSITIVE: usize = 137;
const BROKEN: usize = 300;

/// Whose single sample is positive once, among the ten who are sampled singly from the start.
const PRELIMINARY: usize = 3;

/// Seconds from the last sample of a tube until it is at the laboratory, and from there to its result.
const WAY: i64 = 2 * 3_600;
const TURNAROUND: u32 = 5 * 3_600;

const LABORATORY: LaboratoryId = LaboratoryId::new(0);

/// What was known at one time.
pub(crate) struct Known {
    pub(crate) register: SampleRegister,
    /// Those who are traced provisionally, and for good.
    pub(crate) cases: [usize; 2],
}

/// The tubes of a round as they were told.
pub(crate) struct Pools {
    pub(crate) known: Vec<Known>,
    /// When the laboratory is through, as of the first of those times: with its machines, and with one more.
    pub(crate) through: [Forecast; 2],
}

impl Pools {
    pub(crate) fn new(town: &Town, protocol: &Protocol) -> Outcome<Self> {
        let round = &town.campaign.rounds()[1];
        let mut record = Record { acts: Vec::new(), tubes: 0, round: round.number() };
        let visits = round.filed(Filing::Stands).into_iter();
        let sampled: Vec<(PersonId, Timestamp)> = visits
            .filter_map(|entry| match entry.act {
                Act::Visit(Visit { target: Target::Person(person), at, .. }) => Some((person, at)),
                _ => None,
            })
            .collect();
        let (singly, pooled) = sampled.split_at(10.min(sampled.len()));
        for (number, &(person, at)) in singly.iter().enumerate() {
            record.single(person, at, number == PRELIMINARY)?;
            if number == PRELIMINARY {
                record.single(person, hour(8, 2, 20)?, false)?;
            }
        }
        for (number, people) in pooled.chunks(10).enumerate() {
            let sealed = people[people.len() - 1].1;
            let tube = record.take(people, TubeKind::TenInOne, sealed)?;
            match number {
                POSITIVE => record.find(tube, Finding::Positive, sealed),
                BROKEN => record.acts.push((sealed, SampleAct::Lost { tube, at: sealed })),
                _ => record.find(tube, Finding::Negative, sealed),
            }
            if matches!(number, POSITIVE | BROKEN) {
                // Whoever is on hold or whose tube is lost is sampled singly.
                for &(person, _) in people {
                    record.single(person, hour(8, 2, 19)?, false)?;
                }
            }
        }
        let journal = journal(record.acts)?;
        let mut known = Vec::new();
        for as_of in [hour(8, 2, 18)?, hour(8, 3, 0)?, hour(8, 3, 6)?] {
            let people = round.population();
            let register = SampleRegister::read(&journal, people, SampleRules::new(), as_of, &())?;
            let cases = [Certainty::Provisional, Certainty::Confirmed]
                .map(|certainty| register.cases(protocol, certainty).len());
            known.push(Known { register, cases });
        }
        let through = |machines| {
            let machine =
                Laboratory { laboratory: LABORATORY, batch: 96, machines, turnaround: TURNAROUND };
            forecast(&[machine], known[0].register.waiting(), known[0].register.as_of())
        };
        Ok(Self { through: [through(1)?, through(2)?], known })
    }
}

/// What happens to tubes, in the order in which it is told.
struct Record {
    acts: Vec<(Timestamp, SampleAct)>,
    tubes: u32,
    round: u32,
}

impl Record {
    /// Samples people into one new tube, which is then sealed.
    fn take(
        &mut self,
        people: &[(PersonId, Timestamp)],
        kind: TubeKind,
        sealed: Timestamp,
    ) -> Outcome<TubeId> {
        let (tube, site): (TubeId, PostId) = (TubeId::new(self.tubes), TOWN);
        self.tubes += 1;
        for &(person, at) in people {
            let sampler = ResponderId::new(tube.get() % 8);
            let round = self.round;
            let sample = Sample { person, tube, kind, site, round, sampler, at };
            self.acts.push((at, SampleAct::Taken(sample)));
        }
        let count = u32::try_from(people.len())?;
        self.acts.push((sealed, SampleAct::Sealed { tube, count, at: sealed }));
        Ok(tube)
    }

    /// Samples a person alone.
    fn single(&mut self, person: PersonId, at: Timestamp, positive: bool) -> Outcome<()> {
        let tube = self.take(&[(person, at)], TubeKind::Single, at)?;
        self.find(tube, if positive { Finding::Positive } else { Finding::Negative }, at);
        Ok(())
    }

    /// A tube comes to the laboratory, and has a result.
    fn find(&mut self, tube: TubeId, finding: Finding, sealed: Timestamp) {
        let there = sealed.saturating_add(WAY);
        let arrival = Arrival { tube, laboratory: LABORATORY, at: there };
        self.acts.push((there, SampleAct::Arrived(arrival)));
        let at = there.saturating_add(TURNAROUND.into());
        let result = SampleAct::Result { tube, laboratory: LABORATORY, finding, at };
        self.acts.push((at, result));
    }
}
