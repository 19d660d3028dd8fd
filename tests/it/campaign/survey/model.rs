//! Random answers about a small town, and a model that looks at every line for every question.

use std::collections::{BTreeMap, BTreeSet};

use chrono::FixedOffset;
use epitier::campaign::survey::{
    Answer, Contraindication, Part, Question, Return, SurveyAct, SurveyProblem, Suspicion, Symptom,
    Vaccination,
};
use epitier::campaign::{EventId, Line, Says, Target};
use epitier::network::{NetworkBuilder, Tier};
use epitier::population::{Age, Household, Mobility, Population, PopulationBuilder, Resident};
use epitier::{Day, HouseholdId, OriginId, PersonId, ResponderId, Timestamp, UnitId, VaccineId};

use crate::campaign::worlds::{at, network, shuffle};
use crate::random::Random;

/// The first day: `at(0)` is six o'clock in the morning of it, at the offset of the network.
pub(in crate::campaign) fn today() -> Day {
    Day::from_ymd(2021, 8, 5).unwrap()
}

fn offset() -> FixedOffset {
    FixedOffset::east_opt(8 * 3_600).unwrap()
}

fn age(random: &mut Random) -> Age {
    match random.below(8) {
        0 => Age::Unknown,
        1 => Age::Band { from: 60, to: 69 },
        2 => Age::Band { from: 10, to: 19 },
        3 => Age::Band { from: 80, to: u8::MAX },
        4 => Age::Born(2_022),
        5 => Age::Born(1_700),
        _ => Age::Born(1_930 + random.below::<u16>(91)),
    }
}

/// 30 households and 70 residents, the last ones of whom are newcomers; numbers have gaps, doors are shared.
pub(in crate::campaign) fn people(random: &mut Random) -> Population {
    let network = NetworkBuilder::new().offset(offset()).units(network().rows()).build().unwrap();
    let buildings: Vec<UnitId> =
        network.units().filter(|&unit| network.tier(unit) == Some(Tier::Building)).collect();
    let mut homes: Vec<u32> = (0..30).map(|number| number * 3 + 1).collect();
    let mut persons: Vec<u32> = (0..70).map(|number| number * 2).collect();
    shuffle(random, &mut homes);
    shuffle(random, &mut persons);
    let households: Vec<Household> = homes
        .iter()
        .map(|&number| {
            let building = buildings[random.below(buildings.len())];
            Household {
                door: random.below(3),
                ..Household::new(HouseholdId::new(number), building)
            }
        })
        .collect();
    let residents: Vec<Resident> = persons
        .iter()
        .enumerate()
        .map(|(row, &number)| {
            let home = if row < 45 { random.below(20) } else { random.below(homes.len()) };
            let home = HouseholdId::new(homes[home]);
            Resident { age: age(random), ..Resident::new(PersonId::new(number), home) }
        })
        .collect();
    let mut population = PopulationBuilder::new(&network)
        .households(households[..20].to_vec())
        .residents(residents[..45].to_vec())
        .build(&())
        .unwrap();
    population.register(households[20..].to_vec(), residents[45..].to_vec()).unwrap();
    population
}

fn day(random: &mut Random) -> Option<Day> {
    (random.below(4) > 0).then(|| today().plus(random.below(70) - 65).unwrap())
}

fn one<T: Copy>(random: &mut Random, all: &[T]) -> T {
    all[random.below(all.len())]
}

pub(in crate::campaign) fn answer(random: &mut Random) -> Answer {
    match random.below(8) {
        0 => {
            let from = (random.below(4) > 0).then(|| OriginId::new(random.below(4)));
            let on = (random.below(4) > 0).then(|| today().plus(random.below(20) - 17).unwrap());
            Answer::Return((random.below(3) > 0).then_some(Return { from, on }))
        }
        1 => {
            let shown = (0..random.below(3)).map(|_| one(random, Symptom::ALL)).collect();
            Answer::Symptoms { shown, since: day(random) }
        }
        2 => Answer::Mobility(one(
            random,
            &[Mobility::Independent, Mobility::Assisted, Mobility::Homebound],
        )),
        3 => Answer::Suspicion((random.below(2) > 0).then(|| one(random, Suspicion::ALL))),
        4 => Answer::Newcomer { since: day(random) },
        _ => {
            let doses = random.below(4);
            let until = (random.below(4) > 0).then(|| today().plus(random.below(5) - 2).unwrap());
            Answer::Vaccination(Vaccination {
                doses,
                vaccine: (doses > 0 && random.below(6) > 0 || random.below(20) == 0)
                    .then(|| VaccineId::new(random.below(4))),
                last: if doses > 0 || random.below(20) == 0 { day(random) } else { None },
                contraindication: (random.below(8) == 0).then_some(Contraindication { until }),
            })
        }
    }
}

/// About anybody, known or not.
fn about(random: &mut Random) -> Target {
    if random.below(3) == 0 {
        Target::Household(HouseholdId::new(random.below(92)))
    } else {
        Target::Person(PersonId::new(random.below(141)))
    }
}

/// Any line: an answer, a correction, a retraction, or one with a number that is taken. Two days and a half.
pub(in crate::campaign) fn line(random: &mut Random, events: u64) -> Line<SurveyAct> {
    let event = EventId::new(random.below(events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let of = EventId::new(random.below(events).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let received = at(random.below::<u64>(216_000).cast_signed());
    let late = random.below::<u64>(30_000).cast_signed();
    let ahead = if random.below(20) == 0 { 40_000 } else { 0 };
    let act = SurveyAct::new(
        about(random),
        // Many of the same second, so that event ids decide.
        Timestamp::from_seconds((received.seconds() - late + ahead) / 7_200 * 7_200),
        ResponderId::new(random.below(68)),
        random.below(4),
        answer(random),
    );
    match random.below(10) {
        0 => Line::amend(event, received, of, act),
        1 => Line::void(event, received, of),
        _ => Line::act(event, received, act),
    }
}

/// An answer that stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::campaign) struct Known {
    pub(in crate::campaign) event: EventId,
    pub(in crate::campaign) received: Timestamp,
    pub(in crate::campaign) act: SurveyAct,
}

impl Known {
    pub(in crate::campaign) fn said(&self) -> (i64, EventId) {
        (self.act.at.seconds().min(self.received.seconds()), self.event)
    }

    /// The number of the calendar day.
    fn day(&self) -> i64 {
        (self.said().0 + 8 * 3_600).div_euclid(86_400)
    }

    fn same_question(&self, other: &Self) -> bool {
        self.act.about == other.act.about
            && self.act.answer.question() == other.act.answer.question()
    }
}

pub(in crate::campaign) struct Model {
    pub(in crate::campaign) lines: BTreeMap<EventId, Line<SurveyAct>>,
    pub(in crate::campaign) population: Population,
}

impl Model {
    fn correction(&self, of: EventId, as_of: Timestamp) -> Option<Says<SurveyAct>> {
        let corrections = self.lines.values().filter(|line| match line.says {
            Says::Amend { of: named, .. } | Says::Void { of: named } => {
                named == of && line.received <= as_of
            }
            Says::Act(_) => false,
        });
        corrections.max_by_key(|line| (line.received, line.event)).map(|line| line.says)
    }

    pub(in crate::campaign) fn knows(&self, target: Target) -> bool {
        match target {
            Target::Household(home) => self.population.household(home).is_some(),
            Target::Person(person) => self.population.resident(person).is_some(),
        }
    }

    /// What stands, about anybody.
    pub(in crate::campaign) fn standing(&self, as_of: Timestamp) -> Vec<Known> {
        let known = self.lines.values().filter(|line| line.received <= as_of);
        let standing = known.filter_map(|line| {
            let Says::Act(first) = line.says else { return None };
            let act = match self.correction(line.event, as_of) {
                Some(Says::Void { .. }) => return None,
                Some(Says::Amend { act, .. }) => act,
                _ => first,
            };
            Some(Known { event: line.event, received: line.received, act })
        });
        standing.collect()
    }

    /// The problems that the whole journal has.
    pub(in crate::campaign) fn problems(
        &self,
        as_of: Timestamp,
    ) -> Vec<(Timestamp, SurveyProblem)> {
        let standing = self.standing(as_of);
        let mut found = Vec::new();
        for line in self.lines.values().filter(|line| line.received <= as_of) {
            let (Says::Amend { of, .. } | Says::Void { of }) = line.says else { continue };
            let corrected = self.lines.get(&of).filter(|line| line.received <= as_of);
            if !corrected.is_some_and(|line| matches!(line.says, Says::Act(_))) {
                found.push((line.received, SurveyProblem::Pending { event: line.event, of }));
            }
        }
        for known in &standing {
            let &Known { event, received, act } = known;
            let mut name = |problem| found.push((received, problem));
            if act.at > received {
                name(SurveyProblem::AfterReceipt { event });
            }
            if let Some(day) = act.answer.day().filter(|day| i64::from(day.number()) > known.day())
            {
                name(SurveyProblem::DayAhead { event, day });
            }
            if let Answer::Vaccination(Vaccination { doses: 0, vaccine, last, .. }) = act.answer
                && (vaccine, last) != (None, None)
            {
                name(SurveyProblem::NoDose { event });
            }
            if !self.knows(act.about) {
                name(SurveyProblem::UnknownTarget { event, target: act.about });
                continue;
            }
            let others = || standing.iter().filter(|other| other.same_question(known));
            let of_day = others().filter(|other| other.day() == known.day());
            let by = of_day.max_by_key(|other| other.said()).unwrap();
            if by.act.answer != act.answer {
                name(SurveyProblem::Contradicted { event, by: by.event });
            }
            let earlier = others().filter(|other| other.said() < known.said());
            if let Some(before) = earlier.max_by_key(|other| other.said())
                && let (Answer::Vaccination(had), Answer::Vaccination(has)) =
                    (before.act.answer, act.answer)
                && before.day() < known.day()
                && had.doses > has.doses
            {
                name(SurveyProblem::FewerDoses { event, than: before.event });
            }
        }
        found
    }

    /// The last answers by target and question, of those whom the population has.
    pub(in crate::campaign) fn last(
        &self,
        as_of: Timestamp,
    ) -> BTreeMap<(Target, Question), Known> {
        let mut last: BTreeMap<(Target, Question), Known> = BTreeMap::new();
        for known in self.standing(as_of) {
            if self.knows(known.act.about) {
                let key = (known.act.about, known.act.answer.question());
                let entry = last.entry(key).or_insert(known);
                if known.said() > entry.said() {
                    *entry = known;
                }
            }
        }
        last
    }

    /// Where a target lives, for a walk: the place of the building among all units in preorder, door, household.
    pub(in crate::campaign) fn place(&self, target: Target) -> (usize, u32, HouseholdId) {
        let home = match target {
            Target::Household(home) => home,
            Target::Person(person) => self.population.household_of(person).unwrap(),
        };
        let row = self.population.household(home).unwrap();
        let preorder = self.population.network().preorder();
        let place = preorder.iter().position(|&unit| unit == row.building).unwrap();
        (place, row.door, home)
    }

    pub(in crate::campaign) fn building(&self, target: Target) -> UnitId {
        self.population.network().preorder()[self.place(target).0]
    }
}

/// Whether a part holds for sure, or perhaps: worked out from sets of days, one by one.
pub(in crate::campaign) fn holds(part: &Part, answer: Answer, today: Day) -> Option<bool> {
    let yes = |yes: bool| yes.then_some(true);
    match (part, answer) {
        (Part::Returned { from, days }, Answer::Return(Some(back))) => {
            let window: BTreeSet<Day> =
                (0..=i32::from(*days)).map(|ago| today.plus(-ago).unwrap()).collect();
            let wrong_day = back.on.is_some_and(|day| !window.contains(&day));
            let wrong_place = match (from, back.from) {
                (Some(from), Some(origin)) => !from.contains(&origin),
                _ => false,
            };
            let sure = back.on.is_some() && (from.is_none() || back.from.is_some());
            (!wrong_day && !wrong_place).then_some(sure)
        }
        (Part::Symptoms(any), Answer::Symptoms { shown, .. }) => {
            yes(any.iter().any(|symptom| shown.contains(symptom)))
        }
        (Part::FewerDoses(than), Answer::Vaccination(status)) => yes(status.doses < *than),
        (Part::Mobility(Mobility::Homebound), Answer::Mobility(need)) => {
            yes(need == Mobility::Homebound)
        }
        (Part::Mobility(_), Answer::Mobility(need)) => yes(need != Mobility::Independent),
        (Part::Suspicious, Answer::Suspicion(reason)) => yes(reason.is_some()),
        (Part::Newcomer, Answer::Newcomer { .. }) => yes(true),
        _ => None,
    }
}
