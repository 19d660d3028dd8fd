//! Needs against a model that lives through all that happened, moment by moment.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use epitier::campaign::needs::{
    CancelReason, Escalation, MetLate, Need, NeedAct, NeedKind, NeedProblem, NeedRegister,
    NeedState, NeedStatus, Owner, Repeat, RepeatFrom, Urgency,
};
use epitier::campaign::{EventId, Journal, Line, Stated, Target};
use epitier::network::Tier;
use epitier::population::{Population, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, ResponderId, Timestamp, UnitId};

use super::lines::{SPAN, any_event, assert_reads_the_set, in_order, journal, lines, waiting};
use super::worlds::{at, buildings, household, network};
use crate::random::Random;
use crate::support::Seen;

const KINDS: [NeedKind; 7] = [
    NeedKind::Dialysis,
    NeedKind::Medicine,
    NeedKind::Birth,
    NeedKind::Care,
    NeedKind::Food,
    NeedKind::LeftAlone,
    NeedKind::Other,
];
const URGENCIES: [Urgency; 3] = [Urgency::Emergency, Urgency::Urgent, Urgency::Routine];

fn population(random: &mut Random) -> Population {
    let network = network();
    let buildings = buildings(&network);
    let homes = (0..30).map(|number| household(random, &buildings, number));
    let people = (0..60).map(|id| Resident::new(PersonId::new(id), HouseholdId::new(id / 2)));
    PopulationBuilder::new(&network).households(homes).residents(people).build(&()).unwrap()
}

fn moment(random: &mut Random) -> Timestamp {
    at(random.below::<i64>(200))
}

fn owner(random: &mut Random) -> Owner {
    if random.below(4) == 0 {
        Owner::Unit(UnitId::new(random.below(60)))
    } else {
        Owner::Responder(ResponderId::new(random.below(6)))
    }
}

fn act(random: &mut Random, count: u64) -> NeedAct {
    let (need, when) = (any_event(random, count), moment(random));
    let later = when.saturating_add(random.below::<i64>(100));
    match random.below(14) {
        0..6 => {
            let of = match random.below(2) {
                0 => Target::Household(HouseholdId::new(random.below(31))),
                _ => Target::Person(PersonId::new(random.below(62))),
            };
            let repeat = (random.below(2) == 0).then(|| Repeat {
                every: NonZeroU32::new(1 + random.below::<u32>(60)).unwrap(),
                from: if random.below(2) == 0 { RepeatFrom::Due } else { RepeatFrom::Met },
            });
            NeedAct::Raised(Need {
                of,
                kind: KINDS[random.below(KINDS.len())],
                urgency: URGENCIES[random.below(3)],
                at: at(random.below::<i64>(60)),
                due: at(random.below::<i64>(300)),
                repeat,
            })
        }
        6..8 => NeedAct::TakenOn { need, owner: owner(random), at: when },
        8 => NeedAct::HandedOver { need, to: owner(random), at: later },
        9 | 10 => NeedAct::Met { need, time: random.below(2), at: later },
        11 => {
            let reason = CancelReason::NoLonger;
            NeedAct::Cancelled { need, reason, at: later }
        }
        _ => NeedAct::DroppedOut { responder: ResponderId::new(random.below(6)), at: later },
    }
}

/// (event, state, time, due, owner, since) of a need.
type Fate = (EventId, NeedState, u32, Timestamp, Option<Owner>, Timestamp);

struct Model {
    fates: Vec<Fate>,
    late: Vec<MetLate>,
    problems: Vec<NeedProblem>,
}

fn when(act: NeedAct) -> Timestamp {
    match act {
        NeedAct::Raised(need) => need.at,
        NeedAct::TakenOn { at, .. }
        | NeedAct::HandedOver { at, .. }
        | NeedAct::Met { at, .. }
        | NeedAct::Cancelled { at, .. }
        | NeedAct::DroppedOut { at, .. } => at,
    }
}

fn subject(act: NeedAct) -> Option<EventId> {
    match act {
        NeedAct::Raised(_) | NeedAct::DroppedOut { .. } => None,
        NeedAct::TakenOn { need, .. }
        | NeedAct::HandedOver { need, .. }
        | NeedAct::Met { need, .. }
        | NeedAct::Cancelled { need, .. } => Some(need),
    }
}

fn lives_here(population: &Population, of: Target) -> bool {
    match of {
        Target::Household(id) => population.household_rows().iter().any(|row| row.id == id),
        Target::Person(id) => population.resident_rows().iter().any(|row| row.person == id),
    }
}

fn model(read: &Journal<NeedAct>, population: &Population, now: Timestamp) -> Model {
    let standing = read.standing(now);
    let mut moments: Vec<Stated<NeedAct>> = standing.clone();
    moments.sort_by_key(|line| (when(line.act), line.received, line.event));
    let mut problems: Vec<_> = waiting(read, now)
        .into_iter()
        .map(|(received, event, of)| (received, event, NeedProblem::Pending { event, of }))
        .collect();
    let mut model = Model { fates: Vec::new(), late: Vec::new(), problems: Vec::new() };
    let mut raised = BTreeSet::new();
    for line in &standing {
        let NeedAct::Raised(need) = line.act else { continue };
        raised.insert(line.event);
        if !lives_here(population, need.of) {
            let problem = NeedProblem::UnknownTarget { event: line.event, of: need.of };
            problems.push((line.received, line.event, problem));
        }
        let name = line.event;
        let (mut state, mut due) = (NeedState::Open, need.due);
        let (mut owned, mut since): (Option<Owner>, _) = (None, need.at);
        let mut met: Vec<EventId> = Vec::new();
        let knows = |owner| match owner {
            Owner::Unit(unit) => population.network().units().any(|other| other == unit),
            Owner::Responder(_) => true,
        };
        for line in &moments {
            let (event, at) = (line.event, when(line.act));
            if let NeedAct::DroppedOut { responder, .. } = line.act {
                if state == NeedState::Open && owned == Some(Owner::Responder(responder)) {
                    (owned, since) = (None, at);
                }
                continue;
            }
            if subject(line.act) != Some(name) {
                continue;
            }
            let mut add = |problem| problems.push((line.received, event, problem));
            let n = u32::try_from(met.len()).unwrap();
            match line.act {
                _ if at < need.at => add(NeedProblem::BeforeRaised { event, need: name }),
                NeedAct::Met { time, .. } if time < n => {
                    let first = met[time as usize];
                    add(NeedProblem::MetTwice { event, need: name, first });
                }
                _ if state != NeedState::Open => add(NeedProblem::AfterEnd { event, need: name }),
                NeedAct::TakenOn { .. } if owned.is_some() => {
                    add(NeedProblem::AlreadyOwned { event, need: name });
                }
                NeedAct::HandedOver { .. } if owned.is_none() => {
                    add(NeedProblem::NoOwner { event, need: name });
                }
                NeedAct::TakenOn { owner, .. } | NeedAct::HandedOver { to: owner, .. } => {
                    match owner {
                        Owner::Unit(unit) if !knows(owner) => {
                            add(NeedProblem::UnknownUnit { event, unit });
                        }
                        _ => (owned, since) = (Some(owner), at),
                    }
                }
                NeedAct::Met { time, .. } if time > n => {
                    add(NeedProblem::OutOfTurn { event, need: name, time });
                }
                NeedAct::Met { time, .. } => {
                    if at >= due {
                        let of = need.of;
                        model.late.push(MetLate { event, need: name, of, time, due, at });
                    }
                    met.push(event);
                    match need.repeat {
                        None => state = NeedState::Met,
                        Some(Repeat { every, from }) => {
                            let from = if from == RepeatFrom::Due { due } else { at };
                            due = from.saturating_add(i64::from(every.get()));
                        }
                    }
                }
                NeedAct::Cancelled { reason, .. } => state = NeedState::Cancelled(reason),
                NeedAct::Raised(_) | NeedAct::DroppedOut { .. } => unreachable!("of no need"),
            }
        }
        model.fates.push((name, state, u32::try_from(met.len()).unwrap(), due, owned, since));
    }
    for line in &standing {
        if let Some(need) = subject(line.act).filter(|need| !raised.contains(need)) {
            let problem = NeedProblem::UnknownNeed { event: line.event, need };
            problems.push((line.received, line.event, problem));
        }
    }
    model.late.sort_by_key(|met| (met.at, met.event));
    model.problems = in_order(problems);
    model
}

/// The place of a target on a walk through everything, or none.
fn walk(population: &Population, of: Target) -> Option<(usize, u32, HouseholdId)> {
    let home = match of {
        Target::Household(id) => id,
        Target::Person(id) => {
            population.resident_rows().iter().find(|row| row.person == id)?.household
        }
    };
    let row = *population.household_rows().iter().find(|row| row.id == home)?;
    let preorder = population.network().preorder();
    let building = preorder.iter().position(|&unit| unit == row.building).unwrap();
    Some((building, row.door, home))
}

fn events<'a>(found: impl Iterator<Item = &'a NeedStatus>) -> Vec<EventId> {
    found.map(|status| status.event).collect()
}

fn assert_lists(register: &NeedRegister, population: &Population, now: Timestamp) {
    let network = population.network();
    let needs = register.needs();
    let place = |status: &NeedStatus| {
        let walk = walk(population, status.need.of).unwrap_or((usize::MAX, 0, HouseholdId::new(0)));
        (status.need.urgency, status.due, walk, status.need.of, status.event)
    };
    assert!(needs.is_sorted_by(|a, b| place(a) < place(b)));
    let list = |keep: &dyn Fn(&NeedStatus) -> bool| -> Vec<EventId> {
        let open = needs.iter().filter(|status| status.state == NeedState::Open);
        open.filter(|status| keep(status)).map(|status| status.event).collect()
    };
    assert_eq!(events(register.open()), list(&|_| true));
    assert_eq!(events(register.overdue()), list(&|status| now >= status.due));
    assert_eq!(events(register.without_owner()), list(&|status| status.owner.is_none()));
    let building = |status: &NeedStatus| {
        walk(population, status.need.of).map(|(position, ..)| network.preorder()[position])
    };
    for unit in network.units() {
        let below = |inner: UnitId| network.path_to_root(inner).any(|above| above == unit);
        let inside = list(&|status| building(status).is_some_and(below));
        assert_eq!(events(register.of_unit(unit)), inside);
    }
    for owner in (0..6).map(|id| Owner::Responder(ResponderId::new(id))) {
        let theirs = list(&|status| status.owner == Some(owner));
        assert_eq!(events(register.of_owner(owner)), theirs);
    }
    for every in [7_u32, 30, 1_000] {
        let mut wanted = Vec::new();
        for status in needs.iter().filter(|status| status.state == NeedState::Open) {
            let mut troubles = Vec::new();
            if status.owner.is_none() {
                troubles.push(status.since);
            }
            if now >= status.due {
                troubles.push(status.due);
            }
            let Some(&since) = troubles.iter().min() else { continue };
            let mut unit = match status.owner {
                Some(Owner::Unit(unit)) => Some(unit),
                _ => building(status),
            };
            let mut moment = since.saturating_add(every.into());
            let mut steps = 0;
            while moment <= now {
                steps += 1;
                unit = unit.map(|unit| network.parent(unit).unwrap_or(unit));
                moment = moment.saturating_add(every.into());
            }
            if steps > 0 {
                wanted.push(Escalation { need: status.event, since, unit });
            }
        }
        assert_eq!(register.escalations(NonZeroU32::new(every).unwrap()), wanted);
    }
}

#[test]
fn any_journal_is_read_like_the_model() {
    let seen = Seen::default();
    // Long ones name few needs, so that much happens to each.
    let sizes = (0..2_000).map(|_| (45, 12)).chain([(2_000, 60), (10_000, 400)]);
    for (seed, (count, named)) in (0..).zip(sizes) {
        let mut random = Random(seed);
        let population = population(&mut random);
        let drawn = lines(&mut random, count, |random| act(random, named));
        let read = journal(&drawn);
        let now = at(random.below(SPAN + 50));
        let register = NeedRegister::read(&read, &population, now);
        let model = model(&read, &population, now);
        assert_eq!(register.problems(), model.problems, "seed {seed}");
        assert_eq!(register.met_late(), model.late, "seed {seed}");
        let mut fates: Vec<Fate> = register
            .needs()
            .iter()
            .map(|is| (is.event, is.state, is.time, is.due, is.owner, is.since))
            .collect();
        fates.sort_by_key(|fate| fate.0);
        let mut wanted = model.fates.clone();
        wanted.sort_by_key(|fate| fate.0);
        assert_eq!(fates, wanted, "seed {seed}");
        if count < 100 {
            assert_lists(&register, &population, now);
            assert_reads_the_set(&mut random, &drawn, |journal, now| {
                NeedRegister::read(journal, &population, now)
            });
        }
        let codes: BTreeSet<&str> = register.problems().iter().map(NeedProblem::code).collect();
        for code in codes {
            seen.note(code, true);
        }
        seen.note("met late", !model.late.is_empty());
        seen.note("repeated", wanted.iter().any(|fate| fate.1 == NeedState::Open && fate.2 > 0));
        seen.note("owned", register.open().any(|status| status.owner.is_some()));
        let dropped = |status: &NeedStatus| status.owner.is_none() && status.since > status.need.at;
        seen.note("dropped", register.open().any(dropped));
    }
    assert_eq!(seen.kinds(), 10 + 4);
    seen.assert_each(30);
}

/// Law: a need that nobody met or cancelled is on the open list, and when its owner drops out on the list of those
/// without an owner, whoever owned it before.
#[test]
fn no_need_is_lost_when_its_owner_drops_out() {
    let mut freed = 0;
    for seed in 0..1_000 {
        let mut random = Random(70_000 + seed);
        let population = population(&mut random);
        let drawn = lines(&mut random, 45, |random| act(random, 45));
        let mut read = journal(&drawn);
        let now = at(SPAN);
        let before = NeedRegister::read(&read, &population, now);
        for (event, responder) in (1_000..).zip((0..6).map(ResponderId::new)) {
            let act = NeedAct::DroppedOut { responder, at: now };
            read.record(Line::act(EventId::new(event), now, act)).unwrap();
        }
        let after = NeedRegister::read(&read, &population, now);
        assert_eq!(events(after.open()), events(before.open()), "seed {seed}");
        let free = events(after.without_owner());
        for status in before.open() {
            let of_unit = matches!(status.owner, Some(Owner::Unit(_)));
            assert_eq!(free.contains(&status.event), !of_unit, "seed {seed}");
            freed += usize::from(matches!(status.owner, Some(Owner::Responder(_))));
        }
        let fate = |status: &NeedStatus| (status.event, status.state, status.time, status.due);
        assert!(after.needs().iter().map(fate).eq(before.needs().iter().map(fate)));
    }
    assert!(freed > 300, "only {freed}");
}

/// A patient on dialysis every second day, with a deadline at which it is too late.
#[test]
fn dialysis_comes_again_whoever_brings_the_patient() {
    let mut random = Random(4);
    let population = population(&mut random);
    let hour = |hours: i64| at(hours * 3_600);
    let need = |from| Need {
        of: Target::Person(PersonId::new(3)),
        kind: NeedKind::Dialysis,
        urgency: Urgency::Emergency,
        at: hour(0),
        due: hour(8),
        repeat: NonZeroU32::new(48 * 3_600).map(|every| Repeat { every, from }),
    };
    let (first, second) = (EventId::new(1), EventId::new(2));
    let [anna, ben] = [5, 6].map(|id| Owner::Responder(ResponderId::new(id)));
    let mut journal = Journal::new();
    let mut event = 0;
    let mut record = |act| {
        event += 1;
        journal.record(Line::act(EventId::new(event), hour(event.cast_signed()), act)).unwrap();
    };
    record(NeedAct::Raised(need(RepeatFrom::Due)));
    record(NeedAct::Raised(need(RepeatFrom::Met)));
    for need in [first, second] {
        record(NeedAct::TakenOn { need, owner: anna, at: hour(1) });
        record(NeedAct::Met { need, time: 0, at: hour(8) });
        record(NeedAct::HandedOver { need, to: ben, at: hour(9) });
        // The hospital reports it too.
        record(NeedAct::Met { need, time: 0, at: hour(7) });
    }
    let read = |now| NeedRegister::read(&journal, &population, now);
    let register = read(hour(10));
    let due: Vec<_> = register.needs().iter().map(|is| (is.event, is.time, is.due)).collect();
    // The report of an earlier hour is the one that counts, so neither was late.
    assert_eq!(due, [(second, 1, hour(55)), (first, 1, hour(56))]);
    assert_eq!(register.met_late(), []);
    let codes: Vec<_> = register.problems().iter().map(NeedProblem::code).collect();
    assert_eq!(codes, ["met-twice"; 2]);
    assert_eq!(register.of_owner(ben).count(), 2);
    assert_eq!(register.of_owner(anna).count(), 0);
    // Before that report was there, it was at its deadline, which is too late.
    let register = read(hour(4));
    assert_eq!(register.met_late().len(), 1);
    // The second deadline has come for one of the two.
    assert_eq!(read(hour(55)).overdue().count(), 1);
    assert_eq!(read(hour(55).saturating_add(-1)).overdue().count(), 0);
    // Nobody met it: seven hours later the compound, and hours after that the village, must look after it.
    let every = NonZeroU32::new(7 * 3_600).unwrap();
    let tier = |now: Timestamp| {
        let escalations = read(now).escalations(every);
        let first = escalations.iter().find(|escalation| escalation.need == first)?;
        population.network().tier(first.unit.unwrap())
    };
    assert_eq!(tier(hour(63).saturating_add(-1)), None);
    assert_eq!(tier(hour(63)), Some(Tier::Compound));
    assert_eq!(tier(hour(70)), Some(Tier::Community));
    assert_eq!(tier(hour(10_000)), Some(Tier::Headquarters));
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let population = population(&mut Random(1));
    let [low, high] = [i64::MIN, i64::MAX].map(Timestamp::from_seconds);
    let mut journal = Journal::new();
    let repeat = Some(Repeat { every: NonZeroU32::MAX, from: RepeatFrom::Met });
    let (of, kind) = (Target::Household(HouseholdId::new(1)), NeedKind::Food);
    let need = Need { of, kind, urgency: Urgency::Routine, at: low, due: low, repeat };
    journal.record(Line::act(EventId::new(1), low, NeedAct::Raised(need))).unwrap();
    let register = NeedRegister::read(&journal, &population, high);
    assert_eq!(register.escalations(NonZeroU32::MIN).len(), 1);
    let met = NeedAct::Met { need: EventId::new(1), time: 0, at: high };
    journal.record(Line::act(EventId::new(2), low, met)).unwrap();
    assert_eq!(NeedRegister::read(&journal, &population, high).needs()[0].due, high);
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_files_and_journals_survive() {
    let (event, of, need) = (EventId::new(1), EventId::new(2), EventId::new(2));
    let who = Target::Person(PersonId::new(3));
    for problem in [
        NeedProblem::Pending { event, of },
        NeedProblem::UnknownTarget { event, of: who },
        NeedProblem::UnknownUnit { event, unit: UnitId::new(1) },
        NeedProblem::UnknownNeed { event, need },
        NeedProblem::BeforeRaised { event, need },
        NeedProblem::AlreadyOwned { event, need },
        NeedProblem::NoOwner { event, need },
        NeedProblem::MetTwice { event, need, first: of },
        NeedProblem::OutOfTurn { event, need, time: 2 },
        NeedProblem::AfterEnd { event, need },
    ] {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
    }
    let read = journal(&lines(&mut Random(3), 60, |random| act(random, 60)));
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Journal<NeedAct>>(&text).unwrap(), read);
    let register = NeedRegister::read(&read, &population(&mut Random(1)), at(SPAN));
    assert!(serde_json::to_value(&register).unwrap()["needs"].is_array());
}
