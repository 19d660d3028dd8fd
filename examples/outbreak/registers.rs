//! What is recorded beside rounds: who passes the checkpoints, what is disinfected, what was done for people and what
//! they need. All of it is constructed but for the nine checkpoints, the documents that are checked, and the person-times
//! of Beimengang (article 2.4, row 62: over 3,000 persuaded to wear a mask, over 800 helped to walk).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use epitier::campaign::checks::{
    BarrierCount, CheckAct, CheckRegister, CheckRules, HealthCode, HoldEnd, HoldOutcome, Purpose,
    Shown, TravelCode, Traveller, Vehicle,
};
use epitier::campaign::disinfection::{
    Disinfected, DisinfectionAct, DisinfectionRegister, DisinfectionRules,
};
use epitier::campaign::needs::{
    Need, NeedAct, NeedKind, NeedRegister, Owner, Repeat, RepeatFrom, Urgency,
};
use epitier::campaign::services::{Delivery, Service, ServiceAct, ServiceKind, ServiceRegister};
use epitier::campaign::{EventId, Outcome as Found, Round, Target};
use epitier::contact::{ContactIndex, ExposedPlace, Trace};
use epitier::network::Tier;
use epitier::{Interval, OriginId, PostId, ResponderId, Timestamp, UnitId};

use super::generate::random;
use super::random::Random;
use super::rounds::{hour, journal};
use super::scenario::{City, Outcome};
use super::tables::Tables;

/// Passages at each checkpoint on 1 August, and the checkpoint whose barrier counted two people more.
const PASSAGES: i64 = 160;
const LEAK: u32 = 6;

/// The area that the travel code must not show.
const RISK_AREA: OriginId = OriginId::new(0);

/// Everything that is read from a journal of its own.
pub(crate) struct Registers {
    pub(crate) checks: CheckRegister,
    /// Which checkpoint a line of a barrier is of.
    pub(crate) barriers: BTreeMap<EventId, PostId>,
    pub(crate) disinfection: DisinfectionRegister,
    pub(crate) disinfected_as_of: Timestamp,
    pub(crate) services: ServiceRegister,
    /// The households of the closed-off compound that should have food, and the compound.
    pub(crate) deliveries: Round,
    pub(crate) closed_off: UnitId,
    pub(crate) needs: NeedRegister,
    pub(crate) needs_as_of: Timestamp,
}

impl Registers {
    pub(crate) fn new(
        tables: &Tables,
        city: &City,
        index: &ContactIndex,
        trace: &Trace,
    ) -> Outcome<Self> {
        let disinfected_as_of = hour(7, 31, 9)?;
        let needs_as_of = hour(8, 2, 20)?;
        let closed_off = city.unit("yjh-old-street")?;
        let services = services(city, closed_off)?;
        let day = Interval::new(hour(8, 1, 8)?, hour(8, 1, 20)?)?;
        let (deliveries, _) = services.deliveries([closed_off], day, &())?;
        let (checks, barriers) = checks(tables, city)?;
        Ok(Self {
            checks,
            barriers,
            disinfection: disinfection(index, trace, disinfected_as_of)?,
            disinfected_as_of,
            services,
            deliveries,
            closed_off,
            needs: needs(city, closed_off, needs_as_of)?,
            needs_as_of,
        })
    }
}

/// The nine checkpoints on 1 August: those who go to Yongjiahe town, which is closed off, must have a reason.
fn checks(tables: &Tables, city: &City) -> Outcome<(CheckRegister, BTreeMap<EventId, PostId>)> {
    let mut random = random(14);
    let (from, until) = (hour(8, 1, 0)?, hour(8, 2, 0)?);
    let town = city.unit("yjh")?;
    let mut acts: Vec<(Timestamp, CheckAct)> = Vec::new();
    let mut barriers = BTreeMap::new();
    for (number, _) in (0..).zip(&tables.checkpoints) {
        let post = PostId::new(number);
        let (mut vehicles, mut people) = (0, 0);
        for passage in 0..PASSAGES {
            let at = from.saturating_add((until.seconds() - from.seconds()) * passage / PASSAGES);
            let in_vehicle = random.below(3_u32) > 0;
            let occupants = if in_vehicle { 1 + random.below(4_u32) } else { 1 };
            let vehicle = in_vehicle.then(|| EventId::new(acts.len() as u64));
            if in_vehicle {
                acts.push((at, CheckAct::Vehicle(Vehicle { post, at, occupants })));
                vehicles += 1;
            }
            let to = (random.below(6_u32) == 0).then_some(town);
            let purpose = purpose(&mut random);
            for _ in 0..occupants {
                let traveller = Traveller::new(post, at, shown(&mut random), purpose);
                acts.push((at, CheckAct::Person(Traveller { vehicle, to, ..traveller })));
                people += 1;
            }
        }
        let counted = if number == LEAK { people + 2 } else { people };
        let during = Interval::new(from, until)?;
        let count = BarrierCount { post, during, vehicles, people: counted };
        barriers.insert(EventId::new(acts.len() as u64), post);
        acts.push((until, CheckAct::Barrier(count)));
    }
    let closed = [Tier::Community, Tier::Compound, Tier::Building].into_iter();
    let closed = closed.flat_map(|tier| city.network().members(town, tier)).copied();
    let rules =
        CheckRules::village_entrance().risk_areas([RISK_AREA]).closed_units(closed.chain([town]));
    let held = CheckRegister::read(&journal(acts.iter().copied())?, &rules, until);
    // Whoever is held is cleared by hand within the hour, but for the last of each post.
    for (check, next) in held.held().zip(held.held().skip(1)) {
        let at = check.traveller.at.saturating_add(3_000);
        if at < until && next.traveller.post.get() % 4 != 3 {
            let end = HoldEnd { of: check.event, at, outcome: HoldOutcome::Admitted };
            acts.push((at, CheckAct::HoldEnd(end)));
        }
    }
    Ok((CheckRegister::read(&journal(acts)?, &rules, until), barriers))
}

fn purpose(random: &mut Random) -> Purpose {
    match random.below(40_u32) {
        0 => Purpose::EmergencyCare,
        1..=4 => Purpose::EssentialSupplies,
        5..=9 => Purpose::Duty,
        10..=19 => Purpose::ResidentReturning,
        20..=21 => Purpose::ThroughTraffic,
        _ => Purpose::Work,
    }
}

fn shown(random: &mut Random) -> Shown {
    let green = Shown::GREEN;
    match random.below(60_u32) {
        0 => Shown { health: HealthCode::Red, ..green },
        1 => Shown { health: HealthCode::Yellow, ..green },
        2 => Shown { travel: TravelCode::Visited(RISK_AREA), ..green },
        3 => Shown { health: HealthCode::NotShown, travel: TravelCode::NoPhone, ..green },
        4 => Shown { identity: false, health: HealthCode::NotShown, ..green },
        _ => green,
    }
}

/// The places where the child and close contacts were, and what was done there by the morning of 31 July.
fn disinfection(
    index: &ContactIndex,
    trace: &Trace,
    as_of: Timestamp,
) -> Outcome<DisinfectionRegister> {
    let of = |tier: u32| -> Outcome<Vec<(u32, ExposedPlace)>> {
        let places = trace.exposed_places(index, tier, &())?;
        Ok(places.into_iter().map(|place| (tier, place)).collect())
    };
    let exposed: Vec<(u32, ExposedPlace)> = of(0)?.into_iter().chain(of(1)?).collect();
    let rules = DisinfectionRules { within_seconds: 24 * 3_600, ..DisinfectionRules::default() };
    let before = DisinfectionRegister::read(&journal([])?, exposed.iter().copied(), rules, as_of);
    // Three places in good time, one too early, while carriers were still there; nobody was at the others yet.
    let mut acts = Vec::new();
    for (number, task) in before.tasks().iter().enumerate().take(4) {
        let after = if number == 2 { -3_600 } else { 7_200 };
        let (place, at) = (task.exposed.place, task.ready.saturating_add(after));
        let responder = ResponderId::new(u32::try_from(number)?);
        acts.push((at, DisinfectionAct::Done(Disinfected { place, at, responder })));
    }
    Ok(DisinfectionRegister::read(&journal(acts)?, exposed, rules, as_of))
}

/// Person-times in Beimengang, and food for the closed-off compound, which misses some doors.
fn services(city: &City, closed_off: UnitId) -> Outcome<ServiceRegister> {
    let mut random = random(15);
    let beimengang = city.unit("beimengang")?;
    let (start, end) = (hour(8, 1, 8)?, hour(8, 1, 20)?);
    let mut acts = Vec::new();
    for (kind, least) in [(ServiceKind::MaskPersuasion, 3_000), (ServiceKind::MobilityHelp, 800)] {
        let mut done = 0;
        while done <= least {
            let times = 1 + random.below(40_u32);
            let responder = ResponderId::new(random.below(50_u32));
            let at = start.saturating_add(random.below(12 * 3_600_u64).try_into()?);
            let service = Service { kind, unit: beimengang, at, responder, times };
            acts.push((at, ServiceAct::Service(service)));
            done += times;
        }
    }
    for (number, household) in (0..).zip(city.population.households(closed_off)) {
        let at = start.saturating_add(300 * number);
        let outcome = if number % 17 == 5 { Found::Absent } else { Found::Done };
        let delivery = Delivery { household, at, responder: ResponderId::new(60), outcome };
        if number % 23 != 7 && at < end {
            acts.push((at, ServiceAct::Delivery(delivery)));
        }
    }
    Ok(ServiceRegister::read(&journal(acts)?, &city.population, end))
}

/// What the people of the closed-off compound need, and who sees to it.
fn needs(city: &City, closed_off: UnitId, as_of: Timestamp) -> Outcome<NeedRegister> {
    let every_other_day = NonZeroU32::new(48 * 3_600).ok_or("never")?;
    let raised = [
        (NeedKind::Dialysis, Urgency::Emergency, 10, Some(every_other_day)),
        (NeedKind::Medicine, Urgency::Urgent, 34, None),
        (NeedKind::LeftAlone, Urgency::Emergency, 4, None),
        (NeedKind::Birth, Urgency::Emergency, 72, None),
        (NeedKind::Food, Urgency::Routine, 24, None),
        (NeedKind::Medicine, Urgency::Routine, 60, None),
    ];
    let start = hour(8, 1, 6)?;
    let mut acts = Vec::new();
    let households: Vec<_> = city.population.households(closed_off).step_by(7).collect();
    for ((kind, urgency, hours, repeat), (&household, number)) in
        raised.into_iter().zip(households.iter().zip(0..))
    {
        let at = start.saturating_add(600 * number);
        let due = at.saturating_add(3_600 * hours);
        let repeat = repeat.map(|every| Repeat { every, from: RepeatFrom::Due });
        let need = Need { of: Target::Household(household), kind, urgency, at, due, repeat };
        acts.push((at, NeedAct::Raised(need)));
    }
    let later = |hours: i64| start.saturating_add(3_600 * hours);
    let owner = |number| Owner::Responder(ResponderId::new(number));
    let take = |need, number, at| {
        (at, NeedAct::TakenOn { need: EventId::new(need), owner: owner(number), at })
    };
    acts.extend([
        take(0, 1, later(1)),
        take(1, 2, later(2)),
        take(2, 3, later(1)),
        take(3, 1, later(3)),
    ]);
    acts.extend([take(5, 2, later(4))]);
    let met = |need, at| (at, NeedAct::Met { need: EventId::new(need), time: 0, at });
    acts.extend([met(0, later(9)), met(2, later(5))]);
    let drop_out = NeedAct::DroppedOut { responder: ResponderId::new(2), at: later(20) };
    acts.push((later(20), drop_out));
    Ok(NeedRegister::read(&journal(acts)?, &city.population, as_of))
}
