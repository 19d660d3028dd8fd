//! The census against sums worked out person by person.

use std::sync::atomic::AtomicBool;

use chrono::{Datelike, NaiveDate};
use epitier::campaign::census::{
    AgeBands, Census, CensusPlan, DEFAULT_LEAST_AGE, DoseCounts, NextDose, Schedule, State, Unclear,
};
use epitier::campaign::survey::{Answer, Question, SurveyAct, Vaccination};
use epitier::campaign::{EventId, Journal, Line, Target};
use epitier::population::{Age, Population, Resident};
use epitier::{Cancelled, Day, PersonId, ResponderId, UnitId, VaccineId};

use super::scenario::{compound, settle};
use super::survey::{Model, read, record, today};
use super::worlds::at;
use crate::random::Random;
use crate::support::Seen;

fn plan() -> CensusPlan {
    CensusPlan::new(today().plus(-30).unwrap())
        .first_by(today().plus(2).unwrap())
        .schedule(VaccineId::new(0), Schedule::INACTIVATED)
        .schedule(VaccineId::new(1), Schedule::VECTOR)
        .schedule(VaccineId::new(2), Schedule::SUBUNIT)
}

/// Ages from 0 to 300 that somebody can have.
fn possible(age: Age, today: Day) -> Vec<i32> {
    let year = NaiveDate::from(today).year();
    (0..=400)
        .filter(|&years| match age {
            Age::Unknown => false,
            Age::Born(born) => year - i32::from(born) == years,
            Age::Band { from, to } => (i32::from(from)..=i32::from(to)).contains(&years),
        })
        .collect()
}

/// How somebody stands by `plan()`, by counting days.
fn state(status: Option<Vaccination>, age: Age, today: Day) -> State {
    let ages = possible(age, today);
    let old = ages.iter().filter(|&&years| years >= 12).count();
    let Some(status) = status else {
        let too_young = !ages.is_empty() && old == 0;
        return if too_young { State::NotEligible } else { State::Unknown(Unclear::NotStated) };
    };
    if let Some(against) = status.contraindication
        && against.until.is_none_or(|until| until.number() >= today.number())
    {
        return State::Exempt { until: against.until };
    }
    let (doses, wait, latest) = match (status.doses, status.vaccine.map(VaccineId::get)) {
        (0, _) if ages.is_empty() || (old > 0 && old < ages.len()) => {
            return State::Unknown(Unclear::Age);
        }
        (0, _) if old == 0 => return State::NotEligible,
        (0, _) => (1, 0, None),
        (_, Some(0)) => (2, 21, Some(56)),
        (_, Some(1)) => return State::Complete,
        (_, Some(2)) => (3, 28, Some(56)),
        _ => return State::Unknown(Unclear::Vaccine),
    };
    if status.doses >= doses {
        return State::Complete;
    }
    let (since, late) = match (status.doses, status.last) {
        (0, _) => (first_day(), first_day() + 32),
        (_, None) => return State::Unknown(Unclear::LastDay),
        (_, Some(last)) => (last.number() + wait, last.number() + latest.unwrap_or(i32::MAX / 2)),
    };
    let dose = NextDose { number: status.doses + 1, since: Day::from_number(since).unwrap() };
    if today.number() < since {
        State::NotYetDue(dose)
    } else if today.number() > late {
        State::Overdue(dose)
    } else {
        State::Due(dose)
    }
}

/// The first day of `plan()`; the last one on which a first dose is not overdue is 32 days later.
fn first_day() -> i32 {
    today().number() - 30
}

fn band(age: Age, day: Day) -> Option<usize> {
    let of = |years: i32| [12, 18, 60, 80].iter().filter(|&&start| years >= start).count();
    let mut bands: Vec<usize> = possible(age, day).into_iter().map(of).collect();
    bands.dedup();
    (bands.len() == 1).then(|| bands[0])
}

fn name(state: State) -> &'static str {
    match state {
        State::NotEligible => "not eligible",
        State::Exempt { .. } => "exempt",
        State::Complete => "complete",
        State::NotYetDue(_) => "not yet due",
        State::Due(_) => "due",
        State::Overdue(_) => "overdue",
        State::Unknown(Unclear::NotStated) => "not stated",
        State::Unknown(Unclear::Age) => "age unclear",
        State::Unknown(Unclear::Vaccine) => "vaccine unclear",
        State::Unknown(Unclear::LastDay) => "last day unknown",
    }
}

fn same(model: &Model, census: &Census, day: Day, as_of: i64, seen: &Seen) {
    let last = model.last(at(as_of));
    let mut rows: Vec<_> = model
        .population
        .resident_rows()
        .into_iter()
        .map(|row| {
            let target = Target::Person(row.person);
            let known = last.get(&(target, Question::Vaccination));
            let status = known.and_then(|known| known.act.answer.vaccination());
            let state = state(status, row.age, day);
            seen.note(name(state), true);
            (model.place(target), row, state, status, known.map(|known| known.event))
        })
        .collect();
    rows.sort_by_key(|(place, row, ..)| (*place, row.person));
    for (_, row, state, _, event) in &rows {
        let got = census.of(row.person).unwrap();
        assert_eq!((got.state, got.event), (*state, *event), "{row:?}");
        assert_eq!((got.household, got.band), (row.household, band(row.age, day)), "{row:?}");
    }
    let network = model.population.network();
    for unit in network.units() {
        let inside = || {
            let here = |row: &Resident| model.building(Target::Person(row.person));
            rows.iter().filter(move |(_, row, ..)| network.contains(unit, here(row)))
        };
        let mut sum = DoseCounts::default();
        for number in (0..5).map(Some).chain([None]) {
            let those = || inside().filter(|(_, row, ..)| band(row.age, day) == number);
            let how_many = |kept: &dyn Fn(State) -> bool| {
                u32::try_from(those().filter(|(_, _, state, ..)| kept(*state)).count()).unwrap()
            };
            let doses = |row: &Option<Vaccination>| row.map_or(0, |status| u64::from(status.doses));
            let wanted = DoseCounts {
                residents: how_many(&|_| true),
                not_eligible: how_many(&|state| state == State::NotEligible),
                exempt: how_many(&|state| matches!(state, State::Exempt { .. })),
                complete: how_many(&|state| state == State::Complete),
                not_yet_due: how_many(&|state| matches!(state, State::NotYetDue(_))),
                due: how_many(&|state| matches!(state, State::Due(_))),
                overdue: how_many(&|state| matches!(state, State::Overdue(_))),
                unknown: how_many(&|state| matches!(state, State::Unknown(_))),
                begun: u32::try_from(those().filter(|row| doses(&row.3) > 0).count()).unwrap(),
                doses_given: those().map(|row| doses(&row.3)).sum(),
            };
            assert_eq!(census.counts_of(unit, number), wanted);
            sum += wanted;
        }
        assert_eq!(census.counts(unit), sum);
        for keep in [State::is_due, State::is_unknown] {
            let wanted: Vec<PersonId> =
                inside().filter(|row| keep(row.2)).map(|(_, row, ..)| row.person).collect();
            let got: Vec<PersonId> =
                census.list(unit, keep).into_iter().map(|row| row.person).collect();
            assert_eq!(got, wanted);
        }
        let due = u64::try_from(census.list(unit, State::is_due).len()).unwrap();
        assert_eq!(due, sum.doses_due());
    }
}

#[test]
fn the_census_is_that_of_a_model() {
    let seen = Seen::default();
    for seed in 0..30 {
        let mut random = Random(1_000 + seed);
        let (journal, model) = record(&mut random, 600, 900);
        for (as_of, days) in [(90_000, 0), (216_000, 0), (216_000, 3), (216_000, -31)] {
            let register = read(&journal, &model.population, at(as_of));
            let day = today().plus(days).unwrap();
            let census = Census::read(&register, &plan(), day, &()).unwrap();
            assert_eq!((census.today(), census.plan()), (day, &plan()));
            same(&model, &census, day, as_of, &seen);
        }
    }
    assert_eq!(seen.kinds(), 10);
    seen.assert_each(30);
}

#[test]
fn ten_thousand_lines_and_the_laws_of_the_counts() {
    let mut random = Random(4);
    let (journal, model) = record(&mut random, 10_000, 12_000);
    let register = read(&journal, &model.population, at(216_000));
    let census = Census::read(&register, &plan(), today(), &()).unwrap();
    same(&model, &census, today(), 216_000, &Seen::default());
    let network = model.population.network();
    for unit in network.units() {
        let all = census.counts(unit);
        let DoseCounts {
            not_eligible, exempt, complete, not_yet_due, due, overdue, unknown, ..
        } = all;
        let parts = [not_eligible, exempt, complete, not_yet_due, due, overdue, unknown];
        assert_eq!(parts.iter().sum::<u32>(), all.residents);
        assert_eq!(all.residents as usize, model.population.resident_count(unit));
        let mut children = DoseCounts::default();
        for child in network.children(unit) {
            children += census.counts(child);
        }
        assert!(network.children(unit).next().is_none() || children == all);
        // What is known of households is no dose of anybody.
        let known = register.totals(unit).residents.of(Question::Vaccination);
        assert_eq!(all.begun, known.yes);
    }
}

/// Somebody born in 1990 with one answer, on a day.
fn on(status: Option<Vaccination>, age: Age, plan: &CensusPlan, day: &str) -> State {
    let (network, _, towers) = compound(1);
    let population: Population = settle(&network, &towers, 1, 1);
    let mut rows = population.resident_rows();
    rows[0].age = age;
    let population = epitier::population::PopulationBuilder::new(&network)
        .households(population.household_rows())
        .residents(rows)
        .build(&())
        .unwrap();
    let person = PersonId::new(0);
    let mut journal = Journal::new();
    if let Some(status) = status {
        let answer = Answer::Vaccination(status);
        let act = SurveyAct::new(Target::Person(person), at(0), ResponderId::new(0), 1, answer);
        journal.record(Line::act(EventId::new(1), at(0), act)).unwrap();
    }
    let register = read(&journal, &population, at(0));
    let census = Census::read(&register, plan, day.parse().unwrap(), &()).unwrap();
    census.of(person).unwrap().state
}

#[test]
fn a_dose_is_due_from_the_day_on_and_overdue_after_the_last_one() {
    let plan = CensusPlan::new("2021-03-29".parse().unwrap())
        .first_by("2021-06-30".parse().unwrap())
        .schedule(VaccineId::new(0), Schedule::INACTIVATED);
    let adult = Age::Born(1990);
    let last: Day = "2021-06-01".parse().unwrap();
    let one = Vaccination {
        doses: 1,
        vaccine: Some(VaccineId::new(0)),
        last: Some(last),
        contraindication: None,
    };
    for (day, wanted) in [
        ("2021-06-01", "not yet due"),
        ("2021-06-21", "not yet due"),
        ("2021-06-22", "due"),
        ("2021-07-27", "due"),
        ("2021-07-28", "overdue"),
    ] {
        let state = on(Some(one), adult, &plan, day);
        assert_eq!(name(state), wanted, "{day}");
        let since = "2021-06-22".parse().unwrap();
        let dose = NextDose { number: 2, since };
        assert!([State::NotYetDue(dose), State::Due(dose), State::Overdue(dose)].contains(&state));
    }
    let none = Some(Vaccination::default());
    for (day, wanted) in [
        ("2021-03-28", "not yet due"),
        ("2021-03-29", "due"),
        ("2021-06-30", "due"),
        ("2021-07-01", "overdue"),
    ] {
        assert_eq!(name(on(none, adult, &plan, day)), wanted, "{day}");
    }
    // The year decides, as no birthday is known: 12 in 2021, 11 in 2020.
    let child = Age::Born(2021 - u16::from(DEFAULT_LEAST_AGE));
    assert_eq!(name(on(none, child, &plan, "2020-12-31")), "not eligible");
    assert_eq!(name(on(none, child, &plan, "2021-05-01")), "due");
    assert_eq!(name(on(None, child, &plan, "2021-05-01")), "not stated");
    assert_eq!(name(on(None, Age::Born(2020), &plan, "2021-05-01")), "not eligible");
    assert_eq!(name(on(none, Age::Born(2022), &plan, "2021-05-01")), "age unclear");
    // Who has begun goes on, however young.
    assert_eq!(name(on(Some(one), Age::Born(2020), &plan, "2021-07-01")), "due");
    let any_age = plan.clone().least_age(0);
    assert_eq!(name(on(none, Age::Unknown, &any_age, "2021-05-01")), "age unclear");
    assert_eq!(name(on(none, Age::Born(2021), &any_age, "2021-05-01")), "due");
    let far = Vaccination { last: Some("9999-12-30".parse().unwrap()), ..one };
    assert_eq!(name(on(Some(far), adult, &plan, "9999-12-30")), "not yet due");
}

#[test]
fn bands_have_no_gaps() {
    let names = |bands: AgeBands| bands.iter().map(|band| band.to_string()).collect::<Vec<_>>();
    assert_eq!(names(AgeBands::default()), ["0-11", "12-17", "18-59", "60-79", "80+"]);
    assert_eq!(names(AgeBands::starting_at([])), ["0+"]);
    assert_eq!(names(AgeBands::starting_at([0, 3, 3, 255])), ["0-2", "3-254", "255+"]);
    assert_eq!(AgeBands::starting_at([0]).len(), 1);
}

#[test]
fn a_cancelled_census_says_so_and_ids_from_elsewhere_get_nothing() {
    let mut random = Random(1);
    let (journal, model) = record(&mut random, 100, 100);
    let register = read(&journal, &model.population, at(216_000));
    let cancel = AtomicBool::new(true);
    assert_eq!(Census::read(&register, &plan(), today(), &cancel).unwrap_err(), Cancelled);
    let census = Census::read(&register, &plan(), today(), &()).unwrap();
    let nowhere = UnitId::new(u32::MAX);
    assert_eq!(census.counts(nowhere), DoseCounts::default());
    assert_eq!(census.counts_of(nowhere, Some(99)), DoseCounts::default());
    assert_eq!(
        census.counts_of(model.population.network().units().next().unwrap(), Some(99)),
        DoseCounts::default()
    );
    assert_eq!(census.of(PersonId::new(u32::MAX)), None);
    assert!(census.list(nowhere, |_| true).is_empty());
}

#[cfg(feature = "serde")]
#[test]
fn plans_are_read_back() {
    let plan = plan().age_bands(AgeBands::starting_at([3, 12, 18])).least_age(3);
    let file = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<CensusPlan>(&file).unwrap(), plan);
}
