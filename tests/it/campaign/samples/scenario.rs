//! The article's figures, and what follows from one positive tube.

use epitier::campaign::samples::{
    Arrival, Certainty, Course, Finding, Laboratory, Sample, SampleAct, SampleProblem,
    SampleRegister, SampleRules, State, TubeKind, forecast, round_entries,
};
use epitier::campaign::{Campaign, EventId, Journal, Line, RoundKind, RoundPlan, Subject};
use epitier::contact::{
    Cause, ContactIndex, ContactIndexBuilder, Investigation, Link, Protocol, Trace,
};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{Day, HouseholdId, LaboratoryId, PersonId, PostId, ResponderId, Timestamp, TubeId};

/// A town in which people 0.. live, three to a door.
fn town(people: u32) -> Population {
    let beijing = chrono::FixedOffset::east_opt(8 * 3_600).unwrap();
    let network = NetworkBuilder::new()
        .offset(beijing)
        .unit(UnitRow::new("hq", "County", Tier::Headquarters))
        .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
        .unit(UnitRow::new("community", "Community", Tier::Community).under("town"))
        .unit(UnitRow::new("compound", "Compound", Tier::Compound).under("community"))
        .unit(UnitRow::new("tower", "Tower", Tier::Building).under("compound"))
        .build()
        .unwrap();
    let tower = network.unit("tower").unwrap();
    let homes = (0..people.div_ceil(3))
        .map(|home| Household { door: home, ..Household::new(HouseholdId::new(home), tower) });
    let residents = (0..people)
        .map(|number| Resident::new(PersonId::new(number), HouseholdId::new(number / 3)));
    PopulationBuilder::new(&network).households(homes).residents(residents).build(&()).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A journal that numbers its lines; each is received when it happens.
#[derive(Default)]
struct Desk(Journal<SampleAct>);

impl Desk {
    fn tell(&mut self, act: SampleAct) -> EventId {
        let event = EventId::new(self.0.len() as u64);
        self.0.record(Line::act(event, act.at(), act)).unwrap();
        event
    }

    fn sample(&mut self, round: u32, person: u32, tube: u32, kind: TubeKind, at: Timestamp) {
        let (person, tube) = (PersonId::new(person), TubeId::new(tube));
        let (site, sampler) = (PostId::new(7), ResponderId::new(9));
        self.tell(SampleAct::Taken(Sample { person, tube, kind, site, round, sampler, at }));
    }

    fn result(&mut self, tube: u32, finding: Finding, at: Timestamp) -> EventId {
        let (tube, laboratory) = (TubeId::new(tube), LaboratoryId::new(0));
        self.tell(SampleAct::Result { tube, laboratory, finding, at })
    }

    fn read(&self, people: &Population, as_of: Timestamp) -> SampleRegister {
        SampleRegister::read(&self.0, people, SampleRules::new(), as_of, &()).unwrap()
    }
}

fn persons(courses: &[Course]) -> Vec<u32> {
    courses.iter().map(|course| course.person.get()).collect()
}

/// Round 1: 3,447 of 3,500 sampled. Round 2: 4,192 sampled, all negative.
#[test]
fn two_rounds_of_a_town() {
    let (first, second) = (town(3_500), town(4_192));
    let opens = time("2021-07-31T06:00:00+08:00");
    let evening = time("2021-08-02T23:00:00+08:00");
    let mut desk = Desk::default();
    for person in 0..3_447 {
        let at = opens.saturating_add(i64::from(person));
        desk.sample(1, person, person / 10, TubeKind::TenInOne, at);
    }
    for tube in 0..345 {
        desk.result(tube, Finding::Negative, time("2021-08-01T02:00:00+08:00"));
    }
    let again = time("2021-08-02T06:00:00+08:00");
    for person in 0..4_192 {
        let at = again.saturating_add(i64::from(person));
        desk.sample(2, person, 1_000 + person / 10, TubeKind::TenInOne, at);
    }
    for tube in 0..420 {
        desk.result(1_000 + tube, Finding::Negative, evening);
    }
    let register = desk.read(&second, evening);
    assert!(register.problems().is_empty() && register.positives().is_empty());
    for (round, sampled) in [(1, 3_447), (2, 4_192)] {
        let tally = register.tally(|of| of.round == round);
        assert_eq!((tally.sampled, tally.negative, tally.pending), (sampled, sampled, 0));
        assert!(tally.reconciles());
    }
    // At noon of the second day of testing nothing is decided yet.
    let noon = desk.read(&second, time("2021-08-02T12:00:00+08:00"));
    assert_eq!(noon.tally(|of| of.round == 2).pending, 4_192);
    assert_eq!(noon.tally(|of| of.round == 1).negative, 3_447);

    let mut campaign = Campaign::new(Subject::Residents);
    for (number, people, gaps) in [(1, &first, 53), (2, &second, 0)] {
        let starts = if number == 1 { opens } else { again };
        let root = people.network().unit("hq").unwrap();
        let plan = RoundPlan::new(RoundKind::MassTesting, starts).unit(root);
        let round = campaign.open(people, &plan, &()).unwrap();
        let entries = round_entries(&desk.0, round);
        round.record_all(&entries, &()).unwrap();
        assert_eq!(round.gaps(root).len(), gaps);
        let sampled = register.tally(|of| of.round == number).sampled;
        assert_eq!(round.coverage(root).reached, sampled);
        let close = epitier::campaign::Entry::close(EventId::new(1 << 40), evening);
        round.record(&close).unwrap();
    }
    assert_eq!(campaign.round(2).unwrap().earlier_gaps().count(), 53);
}

/// 31 July: 177 people tested so far, 150 negative and 27 pending.
#[test]
fn a_day_reconciles() {
    let people = town(177);
    let mut desk = Desk::default();
    for person in 0..177 {
        let at = time("2021-07-31T09:00:00+08:00").saturating_add(i64::from(person) * 60);
        desk.sample(1, person, person, TubeKind::Single, at);
    }
    let laboratory = LaboratoryId::new(0);
    for tube in (0..177).map(TubeId::new) {
        let at = time("2021-07-31T19:00:00+08:00");
        desk.tell(SampleAct::Arrived(Arrival { tube, laboratory, at }));
    }
    for tube in 0..150 {
        desk.result(tube, Finding::Negative, time("2021-07-31T22:00:00+08:00"));
    }
    for person in 0..5 {
        desk.sample(2, person, 500 + person, TubeKind::Single, time("2021-08-01T00:30:00+08:00"));
    }
    let register = desk.read(&people, time("2021-08-01T01:00:00+08:00"));
    let day = |text: &str| {
        let day: Day = text.parse().unwrap();
        register.tally(|of| of.day == day)
    };
    let first = day("2021-07-31");
    assert_eq!((first.negative, first.pending, first.sampled), (150, 27, 177));
    assert_eq!((day("2021-08-01").pending, day("2021-08-01").sampled), (5, 5));
    assert_eq!(register.tally(|of| of.site == PostId::new(7)).sampled, 182);
    assert_eq!(register.tallies().len(), 2);
    assert!(register.tallies().iter().all(|of| of.tally.reconciles()));

    // The 27 are there at seven: two batches of three hours. The five of the night are still under way.
    let of = Laboratory { laboratory, batch: 24, machines: 1, turnaround: 3 * 3_600 };
    let hour = forecast(&[of], register.waiting(), register.as_of()).unwrap();
    assert_eq!((register.waiting().len(), register.under_way().count()), (27, 5));
    assert_eq!(hour.last, Some(time("2021-08-01T07:00:00+08:00")));
}

/// Ten in one tube: nine are released and one is a case, at once.
#[test]
fn a_positive_pool_of_ten() {
    let people = town(30);
    let six = time("2021-08-02T06:00:00+08:00");
    let at = |hours: i64| six.saturating_add(3_600 * hours);
    let mut desk = Desk::default();
    // Others, who do not take part.
    for person in 20..30 {
        desk.sample(2, person, 2, TubeKind::TenInOne, at(0));
    }
    for person in [5, 3, 9, 8, 7, 4, 6, 2, 1, 0] {
        desk.sample(2, person, 1, TubeKind::TenInOne, at(0));
    }
    desk.result(2, Finding::Negative, at(5));
    desk.result(1, Finding::Positive, at(6));
    let held = desk.read(&people, at(6));
    // In walking order: door by door.
    let ten: Vec<u32> = (0..10).collect();
    assert_eq!(persons(&held.on_hold()), ten);
    assert_eq!(persons(&held.to_resample()), ten);
    assert!(held.positives().is_empty());
    let tally = held.tally(|_| true);
    assert_eq!((tally.sampled, tally.negative, tally.pending, tally.on_hold), (20, 10, 10, 10));

    for person in 0..10 {
        desk.sample(2, person, 100 + person, TubeKind::Single, at(8));
    }
    let waits = desk.read(&people, at(8));
    assert_eq!((waits.on_hold().len(), waits.to_resample().len()), (10, 0));
    for person in 0..10 {
        let finding = if person == 4 { Finding::Positive } else { Finding::Negative };
        desk.result(100 + person, finding, at(14));
    }
    let decided = desk.read(&people, at(14));
    assert!(decided.problems().is_empty());
    assert!(decided.on_hold().is_empty() && decided.to_resample().is_empty());
    let states = (0..10).map(|person| decided.state(2, PersonId::new(person)));
    assert!(states.zip(0..).all(|(state, person)| {
        state == if person == 4 { State::Confirmed } else { State::Negative }
    }));
    let tally = decided.tally(|_| true);
    assert_eq!((tally.sampled, tally.negative, tally.positive), (20, 19, 1));
    // From the second day before the pool was taken: not the re-sample.
    let cases = decided.cases(&Protocol::new(), Certainty::Confirmed);
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].person, PersonId::new(4));
    assert_eq!(cases[0].from, time("2021-07-31T00:00:00+08:00"));
    assert_eq!(cases[0].until, None);
    // With a rule of three positives it is a provisional case, and tested once more.
    let three = SampleRules::new().with_positives(3.try_into().unwrap());
    let strict = SampleRegister::read(&desk.0, &people, three, at(14), &()).unwrap();
    assert_eq!(persons(&strict.to_resample()), [4]);
    assert_eq!(strict.positives()[0].certainty, Certainty::Provisional);
    assert!(strict.cases(&Protocol::new(), Certainty::Confirmed).is_empty());
}

/// Everybody meets the next one an hour before the samples.
fn contacts() -> ContactIndex {
    let noon = time("2021-08-01T12:00:00+08:00");
    let links = (0..29_u32).map(|number| Link {
        a: PersonId::new(number),
        b: PersonId::new(number + 1),
        start: noon,
        end: noon.saturating_add(900),
        one_way: false,
    });
    ContactIndexBuilder::new(30, 0).links(links).build(&()).unwrap()
}

/// Two first positives are traced provisionally. One is excluded, and with them goes whoever was in the trace because
/// of them; the other is confirmed, and nothing changes.
#[test]
fn an_exclusion_withdraws_what_hung_on_it() {
    let people = town(30);
    let index = contacts();
    let six = time("2021-08-02T06:00:00+08:00");
    let at = |hours: i64| six.saturating_add(3_600 * hours);
    let mut desk = Desk::default();
    for person in [2, 20] {
        desk.sample(1, person, person, TubeKind::Single, at(0));
        desk.result(person, Finding::Positive, at(6));
    }
    let rules = Protocol::new().with_tiers(1);
    let trace = |register: &SampleRegister, least| -> Trace {
        let cases = register.cases(&rules, least);
        let question = Investigation::new(rules).with_cases(cases).with_as_of(register.as_of());
        index.trace(&question, &()).unwrap()
    };
    let first = desk.read(&people, at(6));
    assert_eq!(persons(&first.on_hold()), [2, 20]);
    assert_eq!(persons(&first.to_resample()), [2, 20]);
    assert!(first.cases(&rules, Certainty::Confirmed).is_empty());
    let provisional = trace(&first, Certainty::Provisional);
    let reached = |trace: &Trace, person| trace.get(PersonId::new(person)).is_some();
    assert!([1, 2, 3, 19, 20, 21].into_iter().all(|person| reached(&provisional, person)));

    for (person, finding) in [(2, Finding::Negative), (20, Finding::Positive)] {
        desk.sample(1, person, 100 + person, TubeKind::Single, at(8));
        desk.result(100 + person, finding, at(12));
    }
    let second = desk.read(&people, at(12));
    assert!(second.problems().is_empty());
    assert!(second.on_hold().is_empty() && second.to_resample().is_empty());
    assert_eq!(second.state(1, PersonId::new(2)), State::Excluded);
    assert_eq!(second.state(1, PersonId::new(20)), State::Confirmed);
    let tally = second.tally(|_| true);
    assert_eq!((tally.negative, tally.excluded, tally.positive), (1, 1, 1));
    let decided = trace(&second, Certainty::Provisional);
    assert_eq!(second.cases(&rules, Certainty::Confirmed).len(), 1);
    let gone: Vec<(u32, Cause)> = Trace::diff(&provisional, &decided)
        .iter()
        .map(|row| (row.person.get(), row.cause))
        .collect();
    let source = Cause::SourceWent;
    assert_eq!(gone, [(1, source), (2, Cause::CaseWithdrawn), (3, source)]);
}

/// A lost tube is sampled anew, and the first line that says it was lost turns out wrong.
#[test]
fn lost_and_found() {
    let people = town(6);
    let six = time("2021-08-02T06:00:00+08:00");
    let at = |hours: i64| six.saturating_add(3_600 * hours);
    let mut desk = Desk::default();
    for person in 0..3 {
        desk.sample(1, person, 1, TubeKind::Household, at(0));
    }
    let tube = TubeId::new(1);
    let lost = desk.tell(SampleAct::Lost { tube, at: at(2) });
    let waits = desk.read(&people, at(2));
    assert_eq!(persons(&waits.to_resample()), [0, 1, 2]);
    assert_eq!((waits.tally(|_| true).lost, waits.tally(|_| true).sampled), (3, 3));

    let event = desk.result(1, Finding::Negative, at(5));
    let found = desk.read(&people, at(5));
    assert_eq!(found.problems(), [SampleProblem::ResultOfLost { event, tube, lost }]);
    assert!(found.tube(tube).unwrap().doubtful);
    assert_eq!(found.tally(|_| true).lost, 3);

    desk.0.record(Line::void(EventId::new(99), at(6), lost)).unwrap();
    let mended = desk.read(&people, at(6));
    assert!(mended.problems().is_empty() && mended.to_resample().is_empty());
    assert_eq!(mended.tally(|_| true).negative, 3);
    // What was known before stays what it was.
    assert_eq!(desk.read(&people, at(5)), found);
}
