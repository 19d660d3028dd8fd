//! The door-to-door survey of Meiyuan compound: three rounds, 68 responders with the caseloads of the plan
//! (article 2.5, rows 64 to 70).
//!
//! Who was at home, who refused and how each was sought again is constructed. The published 8,143 people are no
//! multiple of three, the 2,292 households are: so one person more joins a known household before the third round.

use std::collections::BTreeMap;

use epitier::campaign::{
    Act, Campaign, Channel, Filing, Gap, Outcome as Found, Receipt, Round, RoundKind, RoundPlan,
    Standing, Subject, Target, Visit,
};
use epitier::dispatch::Caseloads;
use epitier::population::Resident;
use epitier::{Day, HouseholdId, PersonId, ResponderId, Timestamp, UnitId};

use super::generate::random;
use super::random::Random;
use super::rounds::{Entries, hour};
use super::scenario::{City, Outcome};

/// The days of August on which the rounds are.
const DAYS: [u32; 3] = [1, 3, 5];

/// Hours: the walk begins, the free responders telephone, messages go out, the round is closed.
const WALK: i64 = 8;
const CALLS: i64 = 14;
const MESSAGES: i64 = 18;
const CLOSE: i64 = 21;

/// Seconds for a household at the door, and for one that is called or written to.
const AT_THE_DOOR: i64 = 600;
const ON_THE_PHONE: i64 = 180;

/// Of so many households one is not at home in a round, one refuses; and one is closed in all rounds.
const ABSENT: u64 = 18;
const REFUSING: u64 = 150;
const CLOSED: u64 = 250;

/// The caseload whose responder falls ill in round 1, and how many of its households she still reaches.
const ILL: (usize, usize) = (30, 8);

/// How a round ended.
pub(crate) struct Surveyed {
    /// The people who live behind the doors of the list, and of those reached.
    pub(crate) people: (usize, usize),
    /// Visits that reached somebody, by channel: door, phone, message.
    pub(crate) reached_by: [usize; 3],
    /// Gaps of the round before, those recovered and those missed again.
    pub(crate) earlier: [usize; 3],
    /// Entries that came twice from a device, visits to whom had been reached, and what came after the closing.
    pub(crate) retried: usize,
    pub(crate) repeated: usize,
    pub(crate) ledger: usize,
}

/// The campaign, and the households of each responder.
pub(crate) struct Survey {
    pub(crate) campaign: Campaign,
    pub(crate) compound: UnitId,
    pub(crate) rounds: Vec<Surveyed>,
    responders: BTreeMap<HouseholdId, ResponderId>,
}

impl Survey {
    /// Surveys the compound three times.
    pub(crate) fn new(city: &City, divided: &Caseloads) -> Outcome<Self> {
        let compound = city.unit("meiyuan")?;
        let mut random = random(12);
        let closed: Vec<HouseholdId> =
            city.population.households(compound).filter(|_| random.below(CLOSED) == 0).collect();
        let mut population = city.population.clone();
        let mut campaign = Campaign::new(Subject::Households);
        let mut rounds = Vec::new();
        for (number, day) in DAYS.into_iter().enumerate() {
            if number == 2 {
                let home = population.households(compound).next().ok_or("an empty compound")?;
                let returnee = Resident::new(PersonId::new(city.person_total), home);
                population.register([], [returnee])?;
            }
            let plan = RoundPlan::new(RoundKind::Survey, hour(8, day, WALK)?).unit(compound);
            let plan = plan.deadline(hour(8, day, CLOSE)?);
            let round = campaign.open(&population, &plan, &())?;
            let entries = walk(&mut random, divided, &closed, day)?;
            let mut receipts = entries.record(round)?;
            // A device without a network sends its last hundred entries again.
            let again = &entries.entries[entries.entries.len().saturating_sub(100)..];
            receipts
                .extend(round.record_all(again, &())?.into_iter().collect::<Result<Vec<_>, _>>()?);
            rounds.push(Surveyed::new(round, compound, &receipts));
        }
        let responders = divided.caseloads.iter().flat_map(|caseload| {
            caseload.households.iter().map(|&household| (household, caseload.responder))
        });
        Ok(Self { campaign, compound, rounds, responders: responders.collect() })
    }

    /// Who still has to be reached after the last round, in walking order, each with their responder.
    pub(crate) fn gaps(&self) -> Vec<(Gap, Option<ResponderId>)> {
        let gaps = self.campaign.rounds().last().map(|round| round.gaps(self.compound));
        let own = |gap: Gap| (gap, self.responders.get(&gap.household).copied());
        gaps.unwrap_or_default().into_iter().map(own).collect()
    }
}

impl Surveyed {
    fn new(round: &Round, compound: UnitId, receipts: &[Receipt]) -> Self {
        let population = round.population();
        let mut people = (0, 0);
        for home in population.households(compound) {
            let members = population.members(home).count();
            match round.status(Target::Household(home)).map(|status| status.standing) {
                None | Some(Standing::NotListed) => {}
                Some(standing) => {
                    people.0 += members;
                    people.1 += if standing == Standing::Reached { members } else { 0 };
                }
            }
        }
        let mut reached_by = [0; 3];
        for entry in round.filed(Filing::Stands) {
            let Act::Visit(Visit { channel, outcome: Found::Done, .. }) = entry.act else {
                continue;
            };
            reached_by[match channel {
                Channel::Phone => 1,
                Channel::Message => 2,
                Channel::Door | Channel::Site => 0,
            }] += 1;
        }
        let mut earlier = [0; 3];
        for (_, standing) in round.earlier_gaps() {
            earlier[0] += 1;
            earlier[1] += usize::from(standing == Standing::Reached);
            earlier[2] += usize::from(standing == Standing::Gap);
        }
        let count = |filing| round.filed(filing).len();
        Self {
            people,
            reached_by,
            earlier,
            retried: receipts.iter().filter(|receipt| receipt.retried).count(),
            repeated: count(Filing::Repeated),
            ledger: count(Filing::Ledger),
        }
    }
}

/// One day: every caseload at the door; whom that missed by telephone, and then by message.
fn walk(
    random: &mut Random,
    divided: &Caseloads,
    closed: &[HouseholdId],
    day: u32,
) -> Outcome<Entries> {
    let mut entries = Entries::default();
    let tomorrow = Day::from_ymd(2021, 8, day + 1).ok_or("no such day")?;
    let (start, calls, messages) =
        (hour(8, day, WALK)?, hour(8, day, CALLS)?, hour(8, day, MESSAGES)?);
    let mut missed = Vec::new();
    for (number, caseload) in divided.caseloads.iter().enumerate() {
        for (at, &household) in caseload.households.iter().enumerate() {
            let found = if day == DAYS[0] && number == ILL.0 && at >= ILL.1 {
                Found::TeamDidNotCome
            } else if closed.contains(&household) {
                Found::ClosedHouse
            } else {
                at_the_door(random)
            };
            let target = Target::Household(household);
            let visit =
                Visit::new(target, after(start, at, AT_THE_DOOR), caseload.responder, found);
            entries.visit(visit);
            if matches!(found, Found::Absent | Found::Refused) {
                missed.push((target, found));
            }
        }
    }
    for (channel, from) in [(Channel::Phone, calls), (Channel::Message, messages)] {
        let mut still = Vec::new();
        for (at, &(target, before)) in missed.iter().enumerate() {
            let caller = divided.free[at % divided.free.len().max(1)];
            let reached = random.below(5_u32) < 3;
            let found = if reached { Found::Done } else { before };
            let visit =
                Visit::new(target, after(from, at, ON_THE_PHONE), caller, found).by(channel);
            entries.visit(if reached { visit } else { visit.again_on(tomorrow) });
            if !reached {
                still.push((target, before));
            }
        }
        missed = still;
    }
    // One household is visited by two, and one answers when the round is closed.
    let close = hour(8, day, CLOSE)?;
    if let (Some(&home), Some(&who)) =
        (divided.caseloads[0].households.first(), divided.free.first())
    {
        entries.visit(Visit::new(Target::Household(home), calls, who, Found::Done));
        entries.add(close, 0, Act::Close);
        if let Some(&(target, _)) = missed.first() {
            entries.visit(Visit::new(target, close.saturating_add(900), who, Found::Done));
        }
    }
    Ok(entries)
}

fn at_the_door(random: &mut Random) -> Found {
    if random.below(ABSENT) == 0 {
        Found::Absent
    } else if random.below(REFUSING) == 0 {
        Found::Refused
    } else {
        Found::Done
    }
}

fn after(start: Timestamp, steps: usize, seconds: i64) -> Timestamp {
    start.saturating_add(i64::try_from(steps).unwrap_or(i64::MAX).saturating_mul(seconds))
}
