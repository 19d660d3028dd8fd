//! The scenario of the example `outbreak`: its numbers come out of the tables, the trace and the plans.

mod campaigns;
#[path = "../../examples/outbreak/catchments.rs"]
mod catchments;
#[path = "../../examples/outbreak/coordinates.rs"]
mod coordinates;
#[path = "../../examples/outbreak/day_after.rs"]
mod day_after;
#[path = "../../examples/outbreak/generate.rs"]
mod generate;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/groups.rs"]
mod groups;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/investigation.rs"]
mod investigation;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/investigators.rs"]
mod investigators;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/places.rs"]
mod places;
#[path = "../../examples/outbreak/pools.rs"]
mod pools;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/registers.rs"]
mod registers;
#[path = "../../examples/outbreak/rounds.rs"]
mod rounds;
#[path = "../../examples/outbreak/scenario.rs"]
mod scenario;
#[path = "../../examples/outbreak/second_case.rs"]
mod second_case;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/site.rs"]
mod site;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/staff.rs"]
mod staff;
#[path = "../../examples/outbreak/survey.rs"]
mod survey;
#[path = "../../examples/outbreak/tables.rs"]
mod tables;
#[expect(dead_code, reason = "the report shows the rest")]
#[path = "../../examples/outbreak/testing.rs"]
mod testing;

use std::collections::{BTreeMap, BTreeSet};

use day_after::{DayAfter, MutualAid};
use epitier::PersonId;
use epitier::contact::{Cause, ContactIndex, Reason, Trace, Visit, last_exposure};
use epitier::dispatch::Replan;
use epitier::network::Tier;
use investigation::{Inquiry, Readings, protocol};
use scenario::{City, Records};
use second_case::SecondCase;
use tables::Tables;

use crate::random;

/// The named people alone: what they did decides, and the other residents never meet them.
struct Named {
    tables: Tables,
    city: City,
    records: Records,
}

impl Named {
    fn new() -> Self {
        let tables = Tables { settlements: Vec::new(), ..Tables::read().unwrap() };
        let city = City::new(&tables).unwrap();
        let records = Records::new(&tables, &city).unwrap();
        Self { tables, city, records }
    }

    /// The trace of the example, of these visits.
    fn trace(&self, visits: impl IntoIterator<Item = Visit>, quarantine: bool) -> Trace {
        self.inquire(visits, |inquiry| inquiry.trace(protocol(), quarantine).unwrap())
    }

    fn inquire<T>(
        &self,
        visits: impl IntoIterator<Item = Visit>,
        ask: impl FnOnce(&Inquiry<'_>) -> T,
    ) -> T {
        let index = self.records.index(visits).unwrap();
        let all = self.records.index(self.records.visits()).unwrap();
        let source = investigation::source(&self.tables, &self.city, &all).unwrap();
        ask(&Inquiry::new(&self.tables, &self.city, &index, &source).unwrap())
    }
}

#[test]
fn the_full_scenario_has_the_figures_of_the_article() {
    let tables = Tables::read().unwrap();
    let city = City::new(&tables).unwrap();
    let count = |code, tier| city.network().members(city.unit(code).unwrap(), tier).len();
    let people = |code| city.population.resident_count(city.unit(code).unwrap());
    let households = |code| city.population.household_count(city.unit(code).unwrap());
    assert_eq!(city.linked.iter().collect::<BTreeSet<_>>().len(), 185);
    assert_eq!(
        (people("421122-seat"), people("beimengang"), people("yjh")),
        (160_000, 11_956, 4_192)
    );
    assert_eq!((count("meiyuan", Tier::Building), households("meiyuan")), (62, 764));
    assert_eq!(count("songbu", Tier::Community), 6);

    let records = Records::new(&tables, &city).unwrap();
    let index = records.index(records.visits()).unwrap();
    let train = investigation::same_train(&tables, &city, &records).unwrap();
    let child = city.person("child").unwrap();
    assert!(!train.contacts.contains(&child) && train.households.contains(&child));
    let source = investigation::source(&tables, &city, &index).unwrap();
    let minutes = source.exposures.iter().map(|at| (at.end.seconds() - at.start.seconds()) / 60);
    assert_eq!(minutes.collect::<Vec<_>>(), [39]);
    let inquiry = Inquiry::new(&tables, &city, &index, &source).unwrap();
    let trace = inquiry.trace(protocol(), true).unwrap();
    assert_eq!(trace.people_by_tier(), [1, 62, 115]);
    let role = |person| {
        let key = city.people.key(person).unwrap();
        tables.people.iter().find(|row| row.person == *key).unwrap().role.as_str()
    };
    let roles = investigation::tally(trace.in_tier(1), |traced| role(traced.person));
    assert_eq!(roles, [("rider", 47), ("child", 13), ("driver", 2)]);
    let named = |visit: &Visit| city.people.key(visit.person).is_some();
    assert!(!records.generated_visits.iter().any(named), "a night on record");
    check_second_case(&tables, &city, &records, &index, &trace);
}

/// The trace continued, the trace afresh and the trace of an index built from all visits are one, and
/// differ from the first.
fn check_second_case(
    tables: &Tables,
    city: &City,
    records: &Records,
    index: &ContactIndex,
    old: &Trace,
) {
    let second = SecondCase::new(tables, city, records, index, old).unwrap();
    let new = second.resume(old).unwrap();
    assert_eq!(new, second.afresh().unwrap());
    let all = records.index(records.visits().chain(records.late_visits.iter().copied())).unwrap();
    assert_eq!(new, all.trace(new.investigation(), &()).unwrap());
    assert_eq!(index.visit_count() + records.late_visits.len(), second.index.visit_count());
    assert_eq!(new.people_by_tier(), [2, 74, 113]);

    let mut causes = BTreeMap::new();
    for change in Trace::diff(old, &new) {
        *causes.entry(change.cause).or_insert(0) += 1;
    }
    let expected = [
        (Cause::BecameCase, 1),
        (Cause::SourceCame, 1),
        (Cause::SourceCarriesMore, 9),
        (Cause::NewContact, 1),
        (Cause::NearerTier, 6),
    ];
    assert_eq!(causes, BTreeMap::from(expected));
    for &late in second.revised.iter().filter(|&&person| person != second.case.person) {
        assert!(old.get(late).is_none() && new.get(late).is_some(), "{late:?}");
    }
}

#[test]
fn who_lives_together_is_a_contact_without_a_visit() {
    let named = Named::new();
    let visits = || named.records.visits();
    named.inquire(visits(), |inquiry| {
        let trace = inquiry.trace(protocol(), true).unwrap();
        let by_rule = |tier| -> Vec<PersonId> {
            let found = trace.in_tier(tier).iter().filter(|row| row.reason == Reason::Household);
            found.map(|row| row.person).collect()
        };
        let (close, secondary) = (by_rule(1), by_rule(2));
        let family = ["mother", "kid-01"].map(|key| named.city.person(key).unwrap());
        assert_eq!(close.iter().collect::<BTreeSet<_>>(), family.iter().collect());
        assert_eq!(secondary.len(), 75);
        let visitors: BTreeSet<PersonId> = visits().map(|visit| visit.person).collect();
        assert!(secondary.iter().chain(&family[1..]).all(|person| !visitors.contains(person)));
        let without = protocol().with_household_contacts(false);
        assert_eq!(inquiry.trace(without, true).unwrap().people_by_tier(), [1, 61, 40]);
    });
}

#[test]
fn places_and_last_exposures_are_those_of_the_trace() {
    let named = Named::new();
    named.inquire(named.records.visits(), |inquiry| {
        let trace = inquiry.trace(protocol(), true).unwrap();
        let readings = Readings::new(inquiry.index, &trace).unwrap();
        let general: Vec<PersonId> = readings.general.iter().map(|row| row.person).collect();
        let short = (1..=5).map(|number| named.city.person(&format!("short-{number}")).unwrap());
        assert_eq!(general, short.collect::<Vec<_>>());

        let most = readings.places[0];
        assert_eq!(most.place, named.records.places.id("town-bus").unwrap());
        assert_eq!((most.carriers, most.people), (50, 50));

        assert_eq!(readings.spans.len(), 177);
        let mother = named.city.person("mother").unwrap();
        for span in &readings.spans {
            let evidence = trace.evidence(inquiry.index, span.person);
            let first = evidence.iter().map(|exposure| exposure.start).min();
            let last = last_exposure(&evidence);
            assert_eq!((Some(span.first), Some(span.last)), (first, last), "{:?}", span.person);
            if span.person == mother {
                let isolated = inquiry.child.until.unwrap();
                assert_eq!(span.last.saturating_add(1), isolated);
            }
        }
    });
}

#[test]
fn every_person_is_in_the_table_for_the_reason_that_it_gives() {
    #[derive(serde::Deserialize)]
    struct Noted {
        person: String,
        household: Option<String>,
        note: String,
    }

    let named = Named::new();
    let trace = named.trace(named.records.visits(), true);
    let table = include_str!("../../examples/data/outbreak/people.csv");
    let mut kept_out = 0;
    for row in csv::Reader::from_reader(table.as_bytes()).deserialize() {
        let Noted { person, household, note } = row.unwrap();
        let traced = trace.get(named.city.person(&person).unwrap()).is_some();
        // The passengers of the train are contacts of another case.
        let expected = household.is_some() && !note.starts_with("not a contact");
        assert_eq!(traced, expected, "{person}: {note}");
        kept_out += usize::from(!expected);
    }
    assert_eq!((trace.people().len(), kept_out), (178, 50));
}

#[test]
fn taking_one_ride_away_takes_its_rider_away() {
    let named = Named::new();
    let tiers = named.trace(named.records.visits(), true).people_by_tier();
    let visits = &named.records.named_visits;
    let rides_of = |key: &str| named.tables.visits.iter().filter(|row| row.person == key).count();
    let mut taken = 0;
    for (at, row) in named.tables.visits.iter().enumerate() {
        let only_ride = row.person.starts_with("rider") && rides_of(&row.person) == 1;
        let own_visits =
            row.person == "child" && row.place != "coach-5" && row.place != "village-shop";
        // The first ride of the child, on 27 July, lies before the look-back.
        let early = row.start.seconds() < 1_627_401_600;
        if !(only_ride || own_visits && !early) {
            continue;
        }
        let rest =
            visits.iter().enumerate().filter(|&(other, _)| other != at).map(|(_, visit)| *visit);
        let fewer = named.trace(rest.chain(named.records.generated_visits.iter().copied()), true);
        assert!(fewer.in_tier(1).len() < tiers[1], "{} at {}", row.person, row.place);
        if only_ride {
            assert_eq!(fewer.in_tier(1).len(), 61, "{}", row.person);
        }
        taken += 1;
    }
    assert!(taken > 40, "only {taken}");
}

#[test]
fn every_rule_of_the_trace_keeps_somebody_out() {
    let named = Named::new();
    let visits = || named.records.visits();
    named.inquire(visits(), |inquiry| {
        for variant in investigation::variants(inquiry).unwrap() {
            assert_ne!(variant.tiers, [62, 115], "{}", variant.rule);
        }
    });
    // Visits that touch: a second more, and they are contacts.
    let longer = visits().map(|visit| Visit { end: visit.end.saturating_add(1), ..visit });
    assert!(named.trace(longer, true).in_tier(1).len() > 62);
    // The order of time: everybody at their places all the time, quarantine or not.
    let (first, last) =
        (visits().map(|v| v.start).min().unwrap(), visits().map(|v| v.end).max().unwrap());
    let always = visits().map(|visit| Visit { start: first, end: last, ..visit });
    assert!(named.trace(always, true).in_tier(2).len() > 115);
}

#[test]
fn the_plans_have_the_figures_of_the_article() {
    let tables = Tables::read().unwrap();
    let city = City::new(&tables).unwrap();
    let home_units = staff::HomeUnits::new(&tables, &city).unwrap();
    assert_eq!(home_units.community.len(), 891);
    let linked = staff::linked_communities(&city, &home_units).unwrap();
    assert_eq!((linked.available(), linked.sent()), (9_780, 9_780));
    assert!(
        linked.missing() > 0 && linked.plan.posts().iter().step_by(2).all(|p| p.unfilled() == 0)
    );
    let (sent, inside) = home_units.in_own_community(&linked, None);
    assert!(sent == 9_780 && inside > 9_000, "{inside} of {sent}");

    let sites = staff::sampling_sites(&city).unwrap();
    assert_eq!((sites.plan.posts().len(), sites.sent(), sites.missing()), (77, 700, 0));
    assert!(sites.plan.posts().iter().all(|site| site.filled >= 9));
    let checkpoints = staff::checkpoints(&tables, &city).unwrap();
    assert_eq!((checkpoints.plan.posts().len(), checkpoints.missing()), (18, 6));
    assert!(checkpoints.short().all(|(name, _)| name.ends_with("police")));

    let compound = staff::compound(&city).unwrap();
    let divided = staff::caseloads(&city, &compound).unwrap();
    let loads = divided.caseloads.iter().map(|caseload| caseload.households.len());
    assert!(loads.clone().all(|load| (10..=15).contains(&load)));
    assert_eq!((loads.sum::<usize>(), divided.left_over.len()), (764, 0));
    assert_eq!((divided.caseloads.len(), divided.free.len()), (62, 6));
    assert_eq!((divided.parted_entrances, divided.parted_buildings), (0, 0));
}

#[test]
fn what_happens_after_the_plan_is_mended() {
    let complete = Named::new();
    let trace = complete.trace(complete.records.visits(), true);
    let city = City::new(&Tables::read().unwrap()).unwrap();

    let teams = investigators::investigators(&city, true).unwrap().teams;
    assert_eq!(
        (teams.members().len(), teams.unplaced().len(), teams.shortages().len()),
        (140, 0, 0)
    );
    for leader in teams.leaders() {
        let of =
            |class| teams.of(leader.team).iter().filter(|row| row.class == Some(class)).count();
        assert_eq!([0, 1, 2].map(of), [10, 6, 4]);
    }
    let reduced = investigators::investigators(&city, false).unwrap().teams;
    assert!(reduced.shortages().iter().all(|row| row.class == Some(1)));
    assert_eq!(reduced.shortages().iter().map(|row| row.missing).sum::<u32>(), 2);

    let sites = staff::sampling_sites(&city).unwrap();
    let day = DayAfter::new(&city, &sites, &trace).unwrap();
    let traced = day.traced.iter().map(|&(person, row)| (city.person_name(person), row.people));
    let expected = [("rider-26".to_owned(), 1), ("colleague-10".to_owned(), 1)];
    assert_eq!(traced.collect::<Vec<_>>(), expected);
    assert_eq!(day.absent.len(), 10);
    // 12 of 700 are gone, and 693 must be there: 7 sites have one to spare.
    let Replan { before, unmoved, after, .. } = &day.replan;
    assert_eq!([before, unmoved, after].map(|standing| standing.missing), [0, 12, 5]);
    assert_eq!((day.replan.moved(), after.placed, after.idle), (7, 688, 0));
    assert_eq!(day.plan.shortages().iter().map(|row| row.missing).sum::<u64>(), 5);

    let aid = MutualAid::new(&city).unwrap();
    for task in [&aid.free, &aid.ordered] {
        assert_eq!((task.plan.lent(), task.sent(), task.missing()), (193, 693, 0));
    }
    let at =
        |task: &staff::Task, who, post| task.plan.at(post).iter().any(|row| row.responder == who);
    let (kept, barred) = (aid.fixed, aid.forbidden);
    assert!(
        at(&aid.ordered, kept.responder, kept.post) && !at(&aid.free, kept.responder, kept.post)
    );
    assert!(at(&aid.free, barred.responder, barred.post));
    assert!(!at(&aid.ordered, barred.responder, barred.post));
}
