//! Mass testing: three rounds of Yongjiahe town, and the county seat's in one night (article 2.4; 2.8).
//!
//! How many were sampled is published; whom the first list lacked, who was not there and who came to which table
//! when is constructed.

use epitier::campaign::{
    Act, Campaign, Cause, Change, Channel, Outcome as Found, Reason, RoundKind, RoundPlan, Subject,
    Target, Visit,
};
use epitier::dispatch::Share;
use epitier::population::{Population, Resident};
use epitier::{PersonId, ResponderId, Timestamp, UnitId};

use super::catchments::Walks;
use super::generate::random;
use super::rounds::{Entries, hour};
use super::scenario::{City, Outcome};

/// The list of the town's first round ("3,500+") and those sampled in it.
const FIRST_LIST: usize = 3_520;
const FIRST_SAMPLED: usize = 3_447;

/// Newcomers whom the second round registers, and those of the first list who have moved or died by then.
const REGISTERED: u32 = 3;
const GONE: [Cause; 2] = [Cause::Moved, Cause::Died];

/// Tables of the town's site and the people whom each takes in an hour; 13 responders guide them (published).
pub(crate) const TABLES: i64 = 8;
const PEOPLE_AN_HOUR: i64 = 60;
const GUIDES: u32 = 13;

/// Seconds that the county seat's round lasts: from 31 July 17:00 until 1 August 02:00.
pub(crate) const NIGHT: i64 = 9 * 3_600;

/// Of so many people of the county seat one is not at home, outside Beimengang.
const ABSENT: u64 = 400;

/// The three rounds of the town.
pub(crate) struct Town {
    pub(crate) campaign: Campaign,
    pub(crate) unit: UnitId,
    /// Up to when the third round is told.
    pub(crate) told: Timestamp,
}

impl Town {
    pub(crate) fn new(city: &City) -> Outcome<Self> {
        let (unit, child) = (city.unit("yjh")?, city.person("child")?);
        let mut campaign = Campaign::new(Subject::Residents);
        let everybody: Vec<PersonId> = city.population.residents(unit).collect();
        let (listed, unlisted) = first_list(&everybody, child);
        // Whoever is on the list but the child, who is in a hospital.
        let plan = |opens, people: &[PersonId]| {
            RoundPlan::new(RoundKind::MassTesting, opens)
                .unit(unit)
                .only(people.iter().copied().map(Target::Person))
                .exempt(Target::Person(child), Reason::Hospital)
        };
        let others = |people: &[PersonId]| -> Vec<PersonId> {
            people.iter().copied().filter(|&person| person != child).collect()
        };

        let opens = hour(7, 31, 6)?;
        let round = campaign.open(&city.population, &plan(opens, &listed), &())?;
        let mut entries = some_are_missed(opens, &others(&listed));
        entries.add(hour(7, 31, 22)?, 0, Act::Close);
        entries.record(round)?;

        // The same list, and everybody who was found since.
        let opens = hour(8, 2, 6)?;
        let round = campaign.open(&city.population, &plan(opens, &listed), &())?;
        let (population, newcomers) = register(city, unit)?;
        round.grow(&population)?;
        let gone = &listed[listed.len().saturating_sub(GONE.len())..];
        let mut entries = changes(opens, &unlisted, &newcomers, gone);
        let mut people: Vec<PersonId> = population.residents(unit).collect();
        people.retain(|person| !gone.contains(person));
        let mut queue = Queue::new(opens.saturating_add(3_600));
        for person in others(&people) {
            entries.visit(queue.next(person, Found::Done));
        }
        entries.add(hour(8, 2, 22)?, 0, Act::Close);
        entries.record(round)?;

        // From 06:00 on, as far as it is by 10:00.
        let (opens, told) = (hour(8, 5, 6)?, hour(8, 5, 10)?);
        let round = campaign.open(&population, &plan(opens, &people), &())?;
        let mut entries = Entries::default();
        let mut queue = Queue::new(opens);
        let visits = others(&people).into_iter().map(|person| queue.next(person, Found::Done));
        visits.take_while(|visit| visit.at < told).for_each(|visit| entries.visit(visit));
        entries.record(round)?;
        Ok(Self { campaign, unit, told })
    }
}

/// Round 1: all are sampled but those beyond the published number, who live here and there.
fn some_are_missed(opens: Timestamp, people: &[PersonId]) -> Entries {
    let mut entries = Entries::default();
    let mut queue = Queue::new(opens);
    let mut missed = people.len().saturating_sub(FIRST_SAMPLED);
    let every = FIRST_SAMPLED / missed.max(1);
    for (at, &person) in people.iter().enumerate() {
        let absent = missed > 0 && at % every == every - 1;
        missed -= usize::from(absent);
        let found = match at / every % 6 {
            _ if !absent => Found::Done,
            0..=3 => Found::Absent,
            4 => Found::Refused,
            _ => Found::NotFound,
        };
        entries.visit(queue.next(person, found));
    }
    entries
}

/// Round 2: who joins the list and who leaves it, within the first hour.
fn changes(
    opens: Timestamp,
    unlisted: &[PersonId],
    newcomers: &[PersonId],
    gone: &[PersonId],
) -> Entries {
    let at = opens.saturating_add(3_600);
    let mut entries = Entries::default();
    let found = unlisted.iter().zip([Cause::Omitted, Cause::Returned].into_iter().cycle());
    let newcomers = newcomers.iter().map(|person| (person, Cause::Newcomer));
    for (&person, cause) in found.chain(newcomers).chain(gone.iter().zip(GONE)) {
        let target = Target::Person(person);
        entries.add(at, 60, Act::Change(Change { target, at, cause }));
    }
    entries
}

/// Who is on the list of the first round, evenly over the town, and who is not yet.
fn first_list(everybody: &[PersonId], child: PersonId) -> (Vec<PersonId>, Vec<PersonId>) {
    let others = everybody.iter().copied().filter(|&person| person != child);
    let total = everybody.len().saturating_sub(1).max(1);
    let wanted = |at: usize| at * (FIRST_LIST - 1) / total;
    let (mut listed, mut unlisted) = (vec![child], Vec::new());
    for (at, person) in others.enumerate() {
        if wanted(at + 1) > wanted(at) { &mut listed } else { &mut unlisted }.push(person);
    }
    (listed, unlisted)
}

/// The people with those who came to live in the town since.
fn register(city: &City, unit: UnitId) -> Outcome<(Population, Vec<PersonId>)> {
    let mut population = city.population.clone();
    let home = population.households(unit).last().ok_or("an empty town")?;
    let newcomers: Vec<PersonId> =
        (0..REGISTERED).map(|number| PersonId::new(city.person_total + number)).collect();
    population.register([], newcomers.iter().map(|&person| Resident::new(person, home)))?;
    Ok((population, newcomers))
}

/// Who comes to the tables of the town when.
struct Queue {
    opens: Timestamp,
    served: u32,
}

impl Queue {
    const fn new(opens: Timestamp) -> Self {
        Self { opens, served: 0 }
    }

    fn next(&mut self, person: PersonId, found: Found) -> Visit {
        let at =
            self.opens.saturating_add(i64::from(self.served) * 3_600 / (TABLES * PEOPLE_AN_HOUR));
        let guide = ResponderId::new(self.served % GUIDES);
        self.served += 1;
        Visit::new(Target::Person(person), at, guide, found).by(Channel::Site)
    }
}

/// The night in the county seat.
pub(crate) struct Seat {
    pub(crate) campaign: Campaign,
    pub(crate) unit: UnitId,
    pub(crate) beimengang: UnitId,
    /// When the last person of Beimengang was sampled.
    pub(crate) last: Timestamp,
}

impl Seat {
    /// Everybody goes to the site of their building; teams go to those who have none, as far as they come.
    pub(crate) fn new(city: &City, walks: &Walks) -> Outcome<Self> {
        let (unit, beimengang) = (city.unit("421122-seat")?, city.unit("beimengang")?);
        let opens = hour(7, 31, 17)?;
        let closes = opens.saturating_add(NIGHT);
        let mut campaign = Campaign::new(Subject::Residents);
        let plan = RoundPlan::new(RoundKind::MassTesting, opens).unit(unit).deadline(closes);
        let round = campaign.open(&city.population, &plan, &())?;
        let mut random = random(13);
        let mut entries = Entries::default();
        let mut last = opens;
        let mut seek = |building, who: PersonId, at, team| {
            let own = city.network().contains(beimengang, building);
            let absent = !own && random.below(ABSENT) == 0;
            let found = if absent { Found::Absent } else { Found::Done };
            if own {
                last = last.max(at);
            }
            Visit::new(Target::Person(who), at, team, found)
        };
        let Walks { catchments, .. } = walks;
        for of_site in catchments.shares.chunk_by(|a, b| a.site == b.site) {
            let total: i64 = of_site.iter().map(|share| i64::from(share.people)).sum();
            let mut before = 0;
            for &Share { site, building, .. } in of_site {
                for person in city.population.residents(building) {
                    let at = opens.saturating_add(NIGHT * before / total);
                    let team = ResponderId::new(site.get());
                    entries.visit(seek(building, person, at, team).by(Channel::Site));
                    before += 1;
                }
            }
        }
        let team = ResponderId::new(u32::try_from(walks.sites.len())?);
        for (row, number) in catchments.unserved.iter().zip(1..) {
            // One team, half an hour for each building, and not to all of them before the end.
            let at = closes.saturating_add(-1_800 * number);
            for person in city.population.residents(row.building) {
                entries.visit(if number > 2 {
                    Visit::new(Target::Person(person), at, team, Found::TeamDidNotCome)
                } else {
                    seek(row.building, person, at, team)
                });
            }
        }
        entries.record(round)?;
        Ok(Self { campaign, unit, beimengang, last })
    }
}
