//! What is refused, what is answered to a retry, and what a stopped call leaves behind.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use epitier::campaign::{
    Campaign, CampaignError, Cause, Change, Entry, EntryError, EventId, Exemption, Filing,
    NotGrown, Outcome, Reason, Receipt, Round, RoundKind, RoundPlan, Standing, Subject, Target,
    Visit,
};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{
    Cancelled, Day, HouseholdId, PersonId, ResponderId, Stopped, Timestamp, UnitId, Watch,
};

use super::worlds::{OPENS, at, network};

fn population(homes: u32) -> Population {
    let network = network();
    let (here, there) = (network.unit("s0c0gb0").unwrap(), network.unit("s1c0gb0").unwrap());
    let households = (0..homes)
        .map(|id| Household::new(HouseholdId::new(id), if id == 0 { there } else { here }));
    PopulationBuilder::new(&network)
        .households(households)
        .resident(Resident::new(PersonId::new(5), HouseholdId::new(1)))
        .build(&())
        .unwrap()
}

fn home(number: u32) -> Target {
    Target::Household(HouseholdId::new(number))
}

fn plan(population: &Population) -> RoundPlan {
    let unit = population.network().unit("s0").unwrap();
    RoundPlan::new(RoundKind::Survey, at(0)).unit(unit)
}

fn open(population: &Population) -> Round {
    let mut campaign = Campaign::new(Subject::Households);
    campaign.open(population, &plan(population), &()).unwrap().clone()
}

fn visit(event: u64, target: Target, seconds: i64, outcome: Outcome) -> Entry {
    let visit = Visit::new(target, at(seconds), ResponderId::new(7), outcome);
    Entry::visit(EventId::new(event), at(seconds), visit)
}

#[test]
fn every_problem_of_a_plan_is_reported() {
    let population = population(6);
    let (no_unit, person) = (UnitId::new(u32::MAX), Target::Person(PersonId::new(5)));
    let plan = plan(&population)
        .unit(no_unit)
        .deadline(at(0))
        .only([home(1), person, home(0), home(77), home(2), home(1)])
        .exempt(home(3), Reason::Age)
        .exempt(home(1), Reason::Age)
        .exempt(home(1), Reason::Medical)
        .exempt(home(2), Reason::Age)
        .exempt(home(2), Reason::Age)
        .exempt(person, Reason::Other);
    let mut campaign = Campaign::new(Subject::Households);
    let stopped = campaign.open(&population, &plan, &()).unwrap_err();
    let found: Vec<CampaignError> = stopped.problems().unwrap().iter().copied().collect();
    let target = home(1);
    assert_eq!(
        found,
        [
            CampaignError::DeadlineBeforeOpening { opens: at(0), deadline: at(0) },
            CampaignError::UnknownUnit { row: 1, unit: no_unit },
            CampaignError::WrongSubject { row: 1, target: person },
            CampaignError::NotThere { row: 2, target: home(0) },
            CampaignError::NotThere { row: 3, target: home(77) },
            CampaignError::NotListed { row: 0, target: home(3) },
            CampaignError::TwoReasons { row: 1, target, other: 2 },
            CampaignError::TwoReasons { row: 2, target, other: 1 },
            CampaignError::NotListed { row: 5, target: person },
        ]
    );
    assert!(campaign.rounds().is_empty());
    let far = Timestamp::from_seconds(OPENS + (1 << 31));
    let stopped = campaign.open(&population, &plan.deadline(far), &()).unwrap_err();
    assert_eq!(stopped.problems().unwrap().iter().next().unwrap().code(), "deadline-too-far");
}

#[test]
fn a_retry_returns_the_first_outcome_even_when_it_is_another_now() {
    let mut round = open(&population(6));
    let late = visit(1, home(1), 50, Outcome::Done);
    let first = round.record(&late).unwrap();
    assert_eq!(first, Receipt { filing: Filing::Stands, retried: false });
    round.record(&visit(2, home(1), 40, Outcome::Done)).unwrap();
    assert_eq!(round.find(EventId::new(1)).unwrap().filing, Filing::Repeated);
    let again = round.record(&late).unwrap();
    assert_eq!(again, Receipt { filing: Filing::Stands, retried: true });
    let event = EventId::new(1);
    assert_eq!(
        round.record(&visit(1, home(1), 51, Outcome::Done)),
        Err(EntryError::EventReused { event })
    );
    let later = Entry { received: at(51), ..late };
    assert_eq!(round.record(&later), Err(EntryError::EventReused { event }));
    assert_eq!(round.entry_count(), 2);
}

#[test]
fn a_number_that_is_named_before_it_comes_is_taken_once_it_comes() {
    let mut round = open(&population(6));
    // 1 voids 2, 2 voids 3, 3 is a visit: 2 is no visit, so 1 waits for ever.
    let void = |event: u64, of: u64| Entry::void(EventId::new(event), at(9), EventId::new(of));
    assert_eq!(round.record(&void(1, 2)).unwrap().filing, Filing::Pending);
    assert_eq!(round.find(EventId::new(2)), None);
    assert_eq!((round.entry_count(), round.entries().len()), (1, 1));
    assert_eq!(round.record(&void(2, 3)).unwrap().filing, Filing::Pending);
    let answer = round.record(&visit(3, home(1), 5, Outcome::Done)).unwrap();
    assert_eq!(answer.filing, Filing::Superseded);
    assert_eq!(round.find(EventId::new(2)).unwrap().filing, Filing::Stands);
    assert_eq!(round.find(EventId::new(1)).unwrap().filing, Filing::Pending);
    assert_eq!(round.status(home(1)).unwrap().standing, Standing::Gap);
    let event = EventId::new(4);
    assert_eq!(round.record(&void(4, 4)), Err(EntryError::CorrectsItself { event }));
}

#[test]
fn at_most_255_entries_name_one_target_or_correct_one_visit() {
    let mut round = open(&population(6));
    for event in 0..255 {
        let seconds = 255 - i64::try_from(event).unwrap();
        round.record(&visit(event, home(1), seconds, Outcome::Absent)).unwrap();
    }
    // More tries than fit in a cell are counted one by one.
    assert_eq!(round.status(home(1)).unwrap().tries, 255);
    assert_eq!(round.gaps(round.units()[0])[0].tries, 255);
    let (event, target) = (EventId::new(255), home(1));
    let one_more = visit(255, target, 3, Outcome::Done);
    assert_eq!(round.record(&one_more), Err(EntryError::TooManyOfTarget { event, target }));
    assert!(round.record(&visit(0, home(1), 255, Outcome::Absent)).unwrap().retried);
    let of = EventId::new(3);
    for event in 1_000..1_255 {
        round.record(&Entry::void(EventId::new(event), at(9), of)).unwrap();
    }
    let event = EventId::new(1_255);
    let one_more = Entry::void(event, at(9), of);
    assert_eq!(round.record(&one_more), Err(EntryError::TooManyCorrections { event, of }));
    assert_eq!(round.status(home(1)).unwrap().tries, 254);
    // People whom nobody knows are no exception.
    for event in 2_000..2_255 {
        round.record(&visit(event, home(99), 1, Outcome::Absent)).unwrap();
    }
    assert!(round.record(&visit(2_255, home(99), 1, Outcome::Absent)).is_err());
}

#[test]
fn days_and_times_at_the_edges_survive_and_those_beyond_are_refused() {
    let mut round = open(&population(6));
    let first_day = i32::try_from(OPENS.div_euclid(86_400)).unwrap();
    let mut event = 0;
    for (days, fits) in
        [(-32_768, false), (-32_767, true), (0, true), (32_767, true), (32_768, false)]
    {
        let day = Day::from_number(first_day + days).unwrap();
        for (seconds, near) in [
            (i64::from(i32::MIN), true),
            (i64::from(i32::MAX), true),
            (i64::from(i32::MIN) - 1, false),
            (i64::from(i32::MAX) + 1, false),
        ] {
            event += 1;
            let visit =
                Visit::new(home(2), at(seconds), ResponderId::new(u32::MAX), Outcome::Other);
            let entry = Entry::visit(EventId::new(event), at(1), visit.again_on(day));
            let answer = round.record(&entry);
            assert_eq!(answer.is_ok(), fits && near, "{days} {seconds}");
            if answer.is_ok() {
                assert_eq!(round.find(entry.event).unwrap().entry, entry);
            }
        }
    }
    for seconds in [i64::MIN, i64::MAX] {
        let time = Timestamp::from_seconds(seconds);
        let event = EventId::new(1_000);
        let far = EntryError::TooFarAway { event, time };
        assert_eq!(round.record(&Entry::close(event, time)), Err(far));
    }
    let early = Entry::close(EventId::new(1_001), at(-1));
    assert_eq!(round.record(&early).unwrap_err().code(), "closes-before-opening");
    assert_eq!(round.closed(), None);
    round.record(&Entry::close(EventId::new(1_002), at(0))).unwrap();
    assert_eq!(round.closed(), Some(at(0)));
}

#[test]
fn a_population_must_be_the_same_with_more_people() {
    let start = population(6);
    let mut round = open(&start);
    let mut grown = start.clone();
    let tower = start.network().unit("s0c0gb1").unwrap();
    grown.register([Household::new(HouseholdId::new(50), tower)], []).unwrap();
    let mut other = start.clone();
    other.register([Household::new(HouseholdId::new(51), tower)], []).unwrap();
    let (folded, _) = grown.rebuild(start.network(), &()).unwrap();
    let joins = Change { target: home(50), at: at(1), cause: Cause::Newcomer };
    let answer = round.record(&Entry::change(EventId::new(1), at(1), joins)).unwrap();
    assert_eq!(answer.filing, Filing::Orphan);
    assert_eq!(round.status(home(50)), None);
    round.grow(&grown).unwrap();
    assert_eq!(round.status(home(50)).unwrap().standing, Standing::Gap);
    assert_eq!(round.coverage(tower).joined, 1);
    for wrong in [&start, &other, &folded, &population(5)] {
        assert_eq!(round.grow(wrong), Err(NotGrown));
    }
    // Equal people that share nothing are the same people.
    let mut apart = population(6);
    apart.register([Household::new(HouseholdId::new(50), tower)], []).unwrap();
    assert_eq!(round.grow(&apart), Ok(()));
}

/// Cancels at the second look.
struct Second(AtomicU32);
impl Watch for Second {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) > 0
    }
}

#[test]
fn a_cancelled_call_leaves_everything_as_it_was() {
    let people = population(6);
    let cancel = AtomicBool::new(true);
    let mut campaign = Campaign::new(Subject::Households);
    let stopped = campaign.open(&people, &plan(&people), &cancel).unwrap_err();
    assert_eq!(stopped, Stopped::Cancelled(Cancelled));
    assert!(campaign.rounds().is_empty());
    let mut round = open(&people);
    let batch: Vec<Entry> = (0..=1 << 16)
        .map(|event| visit(event, home(u32::try_from(event).unwrap()), 1, Outcome::Absent))
        .collect();
    let before = round.clone();
    assert_eq!(round.record_all(&batch, &Second(0.into())), Err(Cancelled));
    assert_eq!(round, before);
    assert_eq!(round.status(home(1)), before.status(home(1)));
    // A batch that is not long is done before anybody asks.
    assert_eq!(round.record_all(&batch[1..], &cancel).unwrap().len(), 1 << 16);
    assert_eq!(round.entry_count(), 1 << 16);
    assert_eq!(round.record(&batch[9]), Ok(Receipt { filing: Filing::Orphan, retried: true }));
}

/// Long enough for the pages of event ids to be split several times over.
#[test]
fn every_event_of_a_long_journal_is_found_again() {
    let mut round = open(&population(6));
    let one = |event: u64| {
        visit(event << 40 | event, home(u32::try_from(event).unwrap()), 1, Outcome::Absent)
    };
    let mut kept = Vec::new();
    for from in (0..60_000).step_by(7_500) {
        let batch: Vec<Entry> = (from..from + 7_500).map(one).collect();
        let answers = round.record_all(&batch, &()).unwrap();
        assert!(answers.iter().all(|answer| answer.is_ok_and(|receipt| !receipt.retried)));
        kept.push((from + 7_500, round.clone()));
    }
    for (known, round) in &kept {
        for event in (0..60_000).step_by(61) {
            let entry = one(event);
            let found = round.find(entry.event).map(|filed| filed.entry);
            assert_eq!(found, (event < *known).then_some(entry));
        }
    }
    assert_eq!(round.entry_count(), 60_000);
    assert!(round.bytes().event_index < 60_000 * 16);
}

#[test]
fn ids_from_elsewhere_get_no_answer() {
    let round = open(&population(6));
    let nowhere = UnitId::new(u32::MAX);
    assert!(round.gaps(nowhere).is_empty());
    assert_eq!(round.coverage(nowhere), epitier::campaign::Coverage::default());
    for target in [home(u32::MAX), Target::Person(PersonId::new(1))] {
        assert_eq!(round.status(target), None);
        assert!(round.history(target).is_empty());
    }
    assert_eq!(round.find(EventId::new(0)), None);
    let campaign = Campaign::new(Subject::Residents);
    assert_eq!((campaign.round(0), campaign.round(1)), (None, None));
    // Nobody at all.
    let nobody = PopulationBuilder::new(&epitier::network::Network::default()).build(&()).unwrap();
    let mut campaign = Campaign::new(Subject::Residents);
    let plan = RoundPlan::new(RoundKind::Other, at(0));
    let round = campaign.open(&nobody, &plan, &()).unwrap();
    assert!(round.coverage_by_unit().is_empty());
    let exempt = Exemption { target: home(1), reason: Reason::Age };
    assert!(campaign.open(&nobody, &plan.exemptions([exempt]), &()).is_err());
}

#[test]
fn a_round_is_shared_between_threads_and_shows_no_people() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let round = open(&population(6));
    shared(&round);
    assert_eq!(format!("{round:?}"), "Round { number: 1, kind: Survey, entries: 0, .. }");
}
