//! The day after, which is constructed: samplers turn out to be contacts, others do not turn up, and the plan
//! of the sampling sites is mended with as few moves as pay.

use epitier::contact::Trace;
use epitier::dispatch::{
    DropOut, FixedAssignment, ForbiddenPair, Ledger, Plan, Registration, Replan, Span,
};
use epitier::{Interval, PersonId, PostId, ResponderId, Timestamp};

use super::scenario::{City, Outcome};
use super::staff::{self, Task};

/// Two samplers who are people of the trace: one rode the bus, one works with somebody who did.
const SAMPLERS: [(u32, &str); 2] = [(17, "rider-26"), (203, "colleague-10")];

/// The samplers of Luotian whose coach broke down.
const STRANDED: std::ops::Range<u32> = 620..630;

/// Sampling on 1 August from 06:00 to 12:00 in Beijing, and the quarantine of contacts until 14 August.
const SAMPLING: (i64, i64) = (1_627_768_800, 1_627_790_400);
const QUARANTINE: (i64, i64) = (1_627_660_800, 1_628_870_400);

/// What it costs when a sampler who could stay changes sites: as much as two edges of the network.
const STAY: i64 = 500;

/// Who dropped out, and what became of the plan.
pub(crate) struct DayAfter {
    /// Those whom the trace keeps from duty, with the site that they are missing from.
    pub(crate) traced: Vec<(PersonId, DropOut)>,
    /// Who did not turn up.
    pub(crate) absent: Vec<DropOut>,
    pub(crate) replan: Replan,
    pub(crate) plan: Plan,
}

impl DayAfter {
    /// Books the plan of the sites, records what went wrong and plans again.
    pub(crate) fn new(city: &City, sites: &Task, trace: &Trace) -> Outcome<Self> {
        let mut ledger = Ledger::new(city.network());
        let mut persons = Vec::new();
        for (number, key) in SAMPLERS {
            persons.push((ResponderId::new(number), city.person(key)?));
        }
        for row in sites.dispatch.responders() {
            let person = persons.iter().find(|(responder, _)| *responder == row.responder);
            ledger.register(Registration {
                person: person.map(|&(_, person)| person),
                residence: row.residence,
                people: row.supply,
                ..Registration::new(row.responder)
            })?;
        }
        let during = span(SAMPLING)?;
        let booked = ledger.book_plan(&sites.plan, |_| Some(during))?;
        ledger.exclude_traced(trace, span(QUARANTINE)?)?;
        for (row, commitment) in sites.plan.assignments().iter().zip(booked) {
            if STRANDED.contains(&row.responder.get()) {
                ledger.did_not_turn_up(commitment)?;
            }
        }

        let drop_outs = ledger.drop_outs(during);
        let mut live = sites.plan.live(STAY, &())?;
        let replan = live.replan(&live.changes_for(&drop_outs), &())?;
        let plan = live.plan(&())?;
        plan.certify()?;
        let (mut traced, mut absent) = (Vec::new(), Vec::new());
        for row in drop_outs {
            match persons.iter().find(|(responder, _)| *responder == row.responder) {
                Some(&(_, person)) => traced.push((person, row)),
                None => absent.push(row),
            }
        }
        Ok(Self { traced, absent, replan, plan })
    }
}

fn span((start, end): (i64, i64)) -> Outcome<Span> {
    let [start, end] = [start, end].map(Timestamp::from_seconds);
    Ok(Interval::new(start, end)?.into())
}

/// Mutual aid between counties, without orders and with two.
pub(crate) struct MutualAid {
    pub(crate) free: Task,
    pub(crate) ordered: Task,
    /// A sampler of Luotian who stays where she trains others, whoever is short.
    pub(crate) fixed: FixedAssignment,
    /// One of Hong'an who is kept from the site that the plan without orders sends him to.
    pub(crate) forbidden: ForbiddenPair,
}

impl MutualAid {
    /// Plans the sites as mutual aid, then again with both orders.
    pub(crate) fn new(city: &City) -> Outcome<Self> {
        let free = staff::mutual_aid(city, &[], &[])?;
        let own = free.plan.assignments().iter().find(|row| !row.lent).ok_or("nobody is sent")?;
        let forbidden = ForbiddenPair { responder: own.responder, post: own.post };
        let fixed = FixedAssignment::new(ResponderId::new(STRANDED.start), PostId::new(0));
        let ordered = staff::mutual_aid(city, &[fixed], &[forbidden])?;
        Ok(Self { free, ordered, fixed, forbidden })
    }
}
