//! A ledger against a model that looks at every second.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use epitier::dispatch::{
    Broken, Cause, ClosedBy, Commitment, DropOut, Duty, Eligibility, Excluded, Exclusion, Ledger,
    LedgerError, Registration, Responder, Span,
};
use epitier::network::{Network, NetworkBuilder};
use epitier::{CommitmentId, ExclusionId, PersonId, PostId, ResponderId, Timestamp, UnitId};
use proptest::prelude::*;

use super::oracle::{Shut, World, path_in};
use super::worlds::{units, world};
use crate::support::{Seen, for_cases};

/// The seconds of the model; the last one stands for all that follow.
const SECONDS: i64 = 16;

pub(crate) fn network() -> Network {
    NetworkBuilder::new().units(units()).build().unwrap()
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

pub(crate) fn span(start: i64, end: Option<i64>) -> Span {
    Span::new(time(start), end.map(time)).unwrap()
}

fn seconds(start: Timestamp, end: Option<Timestamp>) -> impl Iterator<Item = usize> {
    let inside = move |&s: &i64| start <= time(s) && end.is_none_or(|end| time(s) < end);
    (0..SECONDS).filter(inside).map(|s| usize::try_from(s).unwrap())
}

/// Rows as they were stated.
#[derive(Debug, Clone, Default)]
struct Model {
    registrations: Vec<Registration>,
    commitments: Vec<(CommitmentId, Commitment, bool)>,
    exclusions: Vec<(ExclusionId, Exclusion)>,
    booked: u32,
    excluded: u32,
}

impl Model {
    fn row(&self, responder: ResponderId) -> Option<&Registration> {
        self.registrations.iter().find(|row| row.responder == responder)
    }

    /// How many of a responder's people an exclusion is about.
    fn meant(row: &Registration, who: Excluded) -> Option<i64> {
        let all = i64::from(row.people);
        match who {
            Excluded::People { responder, people } => {
                (responder == row.responder).then_some(people.into())
            }
            Excluded::Person(person) => (row.person == Some(person)).then_some(all),
            Excluded::LivingIn(unit) => {
                let home = row.residence.filter(|&home| path_in(&units(), home).contains(&unit));
                home.map(|_| all)
            }
            _ => None,
        }
    }

    /// The people at each second whom nothing keeps from duty.
    fn eligible(&self, row: &Registration) -> Vec<i64> {
        let mut left = vec![i64::from(row.people); usize::try_from(SECONDS).unwrap()];
        for (_, exclusion) in &self.exclusions {
            for second in seconds(exclusion.start, exclusion.end) {
                left[second] -= Self::meant(row, exclusion.who).unwrap_or(0);
            }
        }
        left
    }

    fn free(&self, row: &Registration) -> Vec<i64> {
        let mut left = self.eligible(row);
        for (_, of, _) in self.commitments.iter().filter(|c| c.1.responder == row.responder) {
            for second in seconds(of.start, of.end) {
                left[second] -= i64::from(of.people);
            }
        }
        left
    }

    fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        for row in &self.registrations {
            let mut left = self.eligible(row);
            for &(commitment, of, missed) in &self.commitments {
                if of.responder != row.responder {
                    continue;
                }
                let served = if missed { 0 } else { least(&left, of.start, of.end).min(of.people) };
                for second in seconds(of.start, of.end) {
                    left[second] -= i64::from(served);
                }
                if served < of.people {
                    broken.push(Broken { commitment, people: of.people - served, missed });
                }
            }
        }
        broken.sort_unstable();
        broken
    }

    fn collisions(&self, of: &Commitment) -> (Vec<CommitmentId>, Vec<ExclusionId>) {
        let row = self.row(of.responder).unwrap();
        let now: BTreeSet<usize> = seconds(of.start, of.end).collect();
        let meets = |start, end| seconds(start, end).any(|second| now.contains(&second));
        let commitments = self.commitments.iter().filter(|(_, other, _)| {
            other.responder == of.responder && meets(other.start, other.end)
        });
        let exclusions = self.exclusions.iter().filter(|(_, exclusion)| {
            Self::meant(row, exclusion.who).is_some() && meets(exclusion.start, exclusion.end)
        });
        (commitments.map(|row| row.0).collect(), exclusions.map(|row| row.0).collect())
    }

    fn book(&mut self, of: Commitment) -> Result<CommitmentId, LedgerError> {
        let Commitment { responder, duty, people, .. } = of;
        let Some(row) = self.row(responder) else {
            return Err(LedgerError::UnknownResponder { responder });
        };
        if people == 0 {
            return Err(LedgerError::Nobody { responder });
        }
        if people > row.people {
            let registered = row.people;
            return Err(LedgerError::BeyondSupply { responder, people, registered });
        }
        if of.end.is_some_and(|end| end <= of.start) {
            return Err(LedgerError::BadTimes);
        }
        let free = least(&self.free(row), of.start, of.end);
        if free < people {
            let (commitments, exclusions) = self.collisions(&of);
            return Err(LedgerError::Taken { responder, duty, free, commitments, exclusions });
        }
        self.booked += 1;
        let id = CommitmentId::new(self.booked - 1);
        self.commitments.push((id, of, false));
        Ok(id)
    }
}

/// The least of the people within a time, not below 0.
fn least(people: &[i64], start: Timestamp, end: Option<Timestamp>) -> u32 {
    let least = seconds(start, end).map(|second| people[second]).min().unwrap();
    u32::try_from(least.max(0)).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Register(Registration),
    Book(Commitment),
    Cancel(u32),
    Miss(u32),
    Exclude(Exclusion),
    Readmit(u32),
}

fn start_end() -> impl Strategy<Value = (Timestamp, Option<Timestamp>)> {
    let length = prop_oneof![5 => (1..7i64).prop_map(Some), 1 => Just(None), 1 => Just(Some(0))];
    (0..SECONDS - 1, length).prop_map(|(start, length)| {
        let end = length.map(|length| (start + length).min(SECONDS - 1));
        (time(start), end.map(time))
    })
}

fn step() -> impl Strategy<Value = Step> {
    let responder = || (0..4u32).prop_map(ResponderId::new);
    let person = || (0..4u32).prop_map(PersonId::new);
    let unit = || (0..9u32).prop_map(UnitId::new);
    let register =
        (responder(), 0..5u32, prop::option::of(person()), prop::option::weighted(0.8, unit()))
            .prop_map(|(responder, people, person, residence)| {
                Step::Register(Registration { responder, people, person, residence })
            });
    let duty = prop_oneof![
        2 => (0..3u32).prop_map(|id| Duty::Post(PostId::new(id))),
        1 => (0..3u32).prop_map(Duty::Shift),
        1 => (0..3u32).prop_map(Duty::Team),
        1 => (0..3u32).prop_map(Duty::Caseload),
    ];
    let book =
        (responder(), duty, 0..4u32, start_end()).prop_map(|(responder, duty, people, t)| {
            Step::Book(Commitment { responder, duty, people, start: t.0, end: t.1 })
        });
    let who = prop_oneof![
        2 => (responder(), 0..3u32).prop_map(|(responder, people)| Excluded::People { responder, people }),
        1 => person().prop_map(Excluded::Person),
        1 => unit().prop_map(Excluded::LivingIn),
    ];
    let cause = prop_oneof![
        (0..3u32).prop_map(|tier| Cause::Traced { tier }),
        Just(Cause::Quarantined),
        Just(Cause::ClosedOff),
        Just(Cause::Ill),
        Just(Cause::Other),
    ];
    let exclude = (who, cause, start_end())
        .prop_map(|(who, cause, t)| Step::Exclude(Exclusion { who, cause, start: t.0, end: t.1 }));
    prop_oneof![
        1 => register,
        9 => book,
        2 => (0..20u32).prop_map(Step::Cancel),
        1 => (0..20u32).prop_map(Step::Miss),
        3 => exclude,
        3 => (0..20u32).prop_map(Step::Readmit),
    ]
}

/// One of the rows, unless the number is a large one.
fn pick<T, Id>(rows: &[T], number: u32, id: impl Fn(&T) -> Id) -> Option<Id> {
    let known = !rows.is_empty() && number < 18;
    known.then(|| id(&rows[number as usize % rows.len()]))
}

/// Does it to both; the refusals are the same.
fn take(
    step: &Step,
    ledger: &mut Ledger,
    model: &mut Model,
    seen: &Seen,
) -> Result<(), TestCaseError> {
    match *step {
        Step::Register(row) => {
            let Registration { responder, people, person, residence } = row;
            let other = model.registrations.iter().find(|other| other.person == person);
            let wanted = match (person, other.filter(|_| person.is_some())) {
                _ if model.row(responder).is_some() => {
                    Err(LedgerError::RegisteredTwice { responder })
                }
                (Some(person), Some(other)) => {
                    Err(LedgerError::PersonTwice { responder, person, other: other.responder })
                }
                (Some(_), None) if people != 1 => {
                    Err(LedgerError::NotOnePerson { responder, people })
                }
                _ => {
                    let unknown = residence.filter(|unit| unit.index() >= units().len());
                    unknown.map_or(Ok(()), |unit| Err(LedgerError::UnknownUnit { unit }))
                }
            };
            model.registrations.extend(wanted.is_ok().then_some(row));
            seen.note("not registered", wanted.is_err());
            prop_assert_eq!(ledger.register(row), wanted);
        }
        Step::Book(row) => {
            let wanted = model.book(row);
            if let Err(LedgerError::Taken { commitments, exclusions, free, .. }) = &wanted {
                seen.note("booked already", exclusions.is_empty());
                seen.note("kept from duty", commitments.is_empty());
                seen.note("both", !commitments.is_empty() && !exclusions.is_empty());
                seen.note("too few are free", *free > 0);
            }
            seen.note("booked", wanted.is_ok());
            prop_assert_eq!(ledger.book(row), wanted);
        }
        Step::Cancel(number) => {
            let commitment =
                pick(&model.commitments, number, |row| row.0).unwrap_or(CommitmentId::new(number));
            let at = model.commitments.iter().position(|row| row.0 == commitment);
            let wanted = at.map(|at| model.commitments.remove(at).1);
            seen.note("cancelled", wanted.is_some());
            let unknown = LedgerError::UnknownCommitment { commitment };
            prop_assert_eq!(ledger.cancel(commitment), wanted.ok_or(unknown));
        }
        Step::Miss(number) => {
            let commitment =
                pick(&model.commitments, number, |row| row.0).unwrap_or(CommitmentId::new(number));
            let row = model.commitments.iter_mut().find(|row| row.0 == commitment);
            let wanted = row.map(|row| row.2 = true);
            let unknown = LedgerError::UnknownCommitment { commitment };
            prop_assert_eq!(ledger.did_not_turn_up(commitment), wanted.ok_or(unknown));
        }
        Step::Exclude(row) => {
            let wanted = match row.who {
                Excluded::People { responder, people } => match model.row(responder) {
                    None => Err(LedgerError::UnknownResponder { responder }),
                    Some(_) if people == 0 => Err(LedgerError::Nobody { responder }),
                    Some(of) if people > of.people => {
                        let registered = of.people;
                        Err(LedgerError::BeyondSupply { responder, people, registered })
                    }
                    Some(_) => Ok(()),
                },
                Excluded::LivingIn(unit) if unit.index() >= units().len() => {
                    Err(LedgerError::UnknownUnit { unit })
                }
                _ => Ok(()),
            };
            let bad_times = row.end.is_some_and(|end| end <= row.start);
            let wanted = wanted.and(if bad_times { Err(LedgerError::BadTimes) } else { Ok(()) });
            let wanted = wanted.map(|()| {
                model.excluded += 1;
                let id = ExclusionId::new(model.excluded - 1);
                model.exclusions.push((id, row));
                id
            });
            prop_assert_eq!(ledger.exclude(row), wanted);
        }
        Step::Readmit(number) => {
            let exclusion =
                pick(&model.exclusions, number, |row| row.0).unwrap_or(ExclusionId::new(number));
            let before = model.broken();
            let at = model.exclusions.iter().position(|row| row.0 == exclusion);
            let wanted = at.map(|at| model.exclusions.remove(at).1);
            seen.note("readmitted", wanted.is_some());
            seen.note("holds again", model.broken() != before);
            let unknown = LedgerError::UnknownExclusion { exclusion };
            prop_assert_eq!(ledger.readmit(exclusion), wanted.ok_or(unknown));
        }
    }
    Ok(())
}

/// Every question has the same answer.
fn compare(ledger: &Ledger, model: &Model, of: Span, seen: &Seen) -> Result<(), TestCaseError> {
    let mut rows = model.registrations.clone();
    rows.sort_unstable();
    prop_assert_eq!(ledger.registrations().collect::<Vec<_>>(), rows);
    let commitments: Vec<_> = model.commitments.iter().map(|row| (row.0, row.1)).collect();
    prop_assert_eq!(ledger.commitments().collect::<Vec<_>>(), commitments);
    prop_assert_eq!(ledger.exclusions().collect::<Vec<_>>(), model.exclusions.clone());
    for responder in (0..5).map(ResponderId::new) {
        let row = model.row(responder);
        let free = row.map(|row| least(&model.free(row), of.start(), of.end()));
        prop_assert_eq!(ledger.free(responder, of), free);
        let eligible = row.map(|row| {
            let of = Commitment {
                responder,
                duty: Duty::Team(0),
                people: 1,
                start: of.start(),
                end: of.end(),
            };
            let (commitments, exclusions) = model.collisions(&of);
            let people = least(&model.eligible(row), of.start, of.end);
            seen.note("several causes", exclusions.len() > 1);
            (Eligibility { people, exclusions }, commitments)
        });
        let found = ledger.eligible(responder, of);
        prop_assert_eq!(found, eligible.clone().map(|(eligible, _)| eligible));
        let (eligible, commitments) =
            eligible.unwrap_or((Eligibility { people: 0, exclusions: vec![] }, vec![]));
        prop_assert_eq!(ledger.exclusions_of(responder, of), eligible.exclusions);
        prop_assert_eq!(ledger.commitments_of(responder, of), commitments);
    }
    let broken = model.broken();
    prop_assert_eq!(ledger.broken(Span::ALWAYS), broken.clone());
    let row = |id| model.commitments.iter().find(|row| row.0 == id).unwrap().1;
    let now: BTreeSet<usize> = seconds(of.start(), of.end()).collect();
    let within: Vec<Broken> = broken
        .iter()
        .filter(|b| {
            let of = row(b.commitment);
            seconds(of.start, of.end).any(|second| now.contains(&second))
        })
        .copied()
        .collect();
    prop_assert_eq!(ledger.broken(of), within.clone());
    let mut missing: BTreeMap<(PostId, ResponderId), BTreeMap<usize, u32>> = BTreeMap::new();
    for broken in &within {
        let Commitment { responder, duty, start, end, .. } = row(broken.commitment);
        if let Duty::Post(post) = duty {
            let at = missing.entry((post, responder)).or_default();
            for second in seconds(start, end).filter(|second| now.contains(second)) {
                *at.entry(second).or_default() += broken.people;
            }
        }
    }
    let drop_outs: Vec<DropOut> = missing
        .iter()
        .map(|(&(post, responder), at)| DropOut {
            post,
            responder,
            people: *at.values().max().unwrap(),
        })
        .collect();
    prop_assert_eq!(ledger.drop_outs(of), drop_outs.clone());
    seen.note("drop outs", !drop_outs.is_empty());
    seen.note("partly broken", broken.iter().any(|b| b.people < row(b.commitment).people));
    seen.note("did not turn up", broken.iter().any(|b| b.missed));
    Ok(())
}

#[test]
fn a_ledger_answers_as_one_that_looks_at_every_second() {
    let (seen, steps) = (Seen::default(), Cell::new(0));
    let people = prop::array::uniform3((1..5u32, prop::option::weighted(0.8, 1..7u32)));
    let sequence = prop::collection::vec((step(), start_end()), 1..120);
    for_cases(&(people, sequence, any::<bool>()), |(people, all, copy)| {
        let mut ledger = Ledger::new(&network());
        let mut model = Model::default();
        for (number, (people, home)) in (0..).zip(people) {
            let row = Registration {
                people,
                person: (people == 1).then_some(PersonId::new(number)),
                residence: home.map(UnitId::new),
                ..Registration::new(ResponderId::new(number))
            };
            take(&Step::Register(row), &mut ledger, &mut model, &Seen::default())?;
        }
        for (step, (start, end)) in &all {
            let before = copy.then(|| (ledger.clone(), model.clone()));
            take(step, &mut ledger, &mut model, &seen)?;
            let of = Span::new(*start, *end).unwrap_or(Span::ALWAYS);
            let of = Span::new(of.start().max(time(0)), of.end()).unwrap();
            compare(&ledger, &model, of, &seen)?;
            if let Some((ledger, model)) = before {
                compare(&ledger, &model, of, &seen)?;
            }
        }
        #[cfg(feature = "serde")]
        {
            let text = serde_json::to_string(&ledger).unwrap();
            let again: Ledger = serde_json::from_str(&text).unwrap();
            prop_assert!(again == ledger);
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        }
        steps.set(steps.get() + all.len());
        Ok(())
    });
    assert!(steps.get() >= 10_000, "{}", steps.get());
    seen.assert_each(steps.get() / 400);
}

/// Times for posts that have none.
fn with_times(mut world: World) -> World {
    for post in &mut world.posts {
        post.start = post.start.or(Some(time(3)));
        post.end = post.end.or(Some(time(7)));
    }
    world.fixed = vec![];
    world
}

#[test]
fn whatever_a_dispatch_plans_with_a_ledger_can_be_booked() {
    let (seen, worlds) = (Seen::default(), Cell::new(0));
    let strategy = (world().prop_map(with_times), prop::collection::vec(step(), 0..25));
    for_cases(&prop::collection::vec(strategy, 8), |cases| {
        for (world, steps) in cases {
            worlds.set(worlds.get() + 1);
            let (mut ledger, mut model) = (Ledger::new(&network()), Model::default());
            for row in &world.responders {
                let Responder { responder, residence, supply: people, .. } = *row;
                let row = Registration { responder, people, residence, person: None };
                take(&Step::Register(row), &mut ledger, &mut model, &Seen::default())?;
            }
            for step in &steps {
                take(step, &mut ledger, &mut model, &Seen::default())?;
            }
            let dispatch = world.builder().ledger(&ledger).build().unwrap();
            for row in &world.responders {
                let of = model.row(row.responder).unwrap();
                for post in &world.posts {
                    let least = |people: &[i64]| least(people, post.start.unwrap(), post.end);
                    let shut = world.shut(row, post);
                    let wanted = match shut {
                        Some(Shut::Forbidden) => Some(ClosedBy::Forbidden),
                        Some(Shut::Skill) => Some(ClosedBy::LacksSkill),
                        Some(Shut::Time) => Some(ClosedBy::NotAvailable),
                        _ if least(&model.eligible(of)) < row.supply => Some(ClosedBy::NotEligible),
                        _ if least(&model.free(of)) < row.supply => Some(ClosedBy::Committed),
                        Some(Shut::Headquarters) => Some(ClosedBy::OtherHeadquarters),
                        Some(Shut::Unknown) => Some(ClosedBy::DistanceUnknown),
                        Some(Shut::Far) => Some(ClosedBy::TooFar),
                        None | Some(Shut::LeftOut) => None,
                    };
                    prop_assert_eq!(dispatch.closed(row.responder, post.post), wanted);
                    seen.note("not eligible", wanted == Some(ClosedBy::NotEligible));
                    seen.note("committed", wanted == Some(ClosedBy::Committed));
                }
            }
            let plan =
                dispatch.solve_by(|of, at| dispatch.cost(of.responder, at.post), &()).unwrap();
            let by_policy = dispatch.solve(&()).unwrap();
            prop_assert_eq!(plan.assignments(), by_policy.assignments());
            let closed = plan.idle().iter().map(|idle| idle.closed);
            let barred = closed.filter(|closed| closed.committed + closed.not_eligible > 0);
            seen.note("under a host's rule", barred.count() > 0);
            let times = |post| {
                let row = world.posts.iter().find(|row| row.post == post)?;
                Span::new(row.start?, row.end).ok()
            };
            let booked = ledger.book_plan(&plan, times).unwrap();
            for (id, row) in booked.iter().zip(plan.assignments()) {
                let span = times(row.post).unwrap();
                let of = Commitment {
                    responder: row.responder,
                    duty: Duty::Post(row.post),
                    people: row.people,
                    start: span.start(),
                    end: span.end(),
                };
                prop_assert_eq!(ledger.commitment(*id), Some(of));
                prop_assert_eq!(model.book(of), Ok(*id));
            }
            seen.note("a plan is booked", !booked.is_empty());
            // Again, nobody is free for it: nobody at all is booked.
            let before = ledger.clone();
            let again = ledger.book_plan(&plan, times);
            let taken = again.as_ref().err().map_or(0, epitier::Problems::len);
            prop_assert!(again.is_err() || booked.is_empty() || taken == 0);
            prop_assert!(again.is_ok() || ledger == before);
        }
        Ok(())
    });
    seen.assert_each(worlds.get() / 50);
}
