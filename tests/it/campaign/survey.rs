//! Survey registers against a model that looks at every line for every question.

mod model;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use epitier::campaign::survey::{
    Answer, DEFAULT_RETURN_DAYS, Part, Question, Return, Rule, SurveyAct, SurveyProblem,
    SurveyRegister, Symptom, SymptomSet, Tally, Totals, Vaccination,
};
use epitier::campaign::{
    Campaign, EventId, Filing, Journal, Line, Recorded, Round, RoundKind, RoundPlan, Standing,
    Subject, Target,
};
use epitier::population::{Household, Mobility, Population, Resident};
use epitier::{Cancelled, Day, HouseholdId, OriginId, PersonId, ResponderId, Timestamp, UnitId};

use self::model::{Known, holds};
pub(super) use self::model::{Model, line, people, today};
use super::scenario::{compound, settle};
use super::worlds::{at, shuffle};
use crate::random::Random;
use crate::support::{Seen, on_pools};

pub(super) fn read(
    journal: &Journal<SurveyAct>,
    population: &Population,
    as_of: Timestamp,
) -> SurveyRegister {
    SurveyRegister::read(journal, population, as_of, &()).unwrap()
}

/// So many random lines, on both sides.
pub(super) fn record(
    random: &mut Random,
    lines: usize,
    events: u64,
) -> (Journal<SurveyAct>, Model) {
    let population = people(random);
    let (mut journal, mut known) = (Journal::new(), std::collections::BTreeMap::new());
    for _ in 0..lines {
        let next = line(random, events);
        if journal.record(next) == Ok(Recorded::New) {
            known.insert(next.event, next);
        }
    }
    assert_eq!(journal.len(), known.len());
    (journal, Model { lines: known, population })
}

/// Everybody whom answers may be about.
fn targets() -> impl Iterator<Item = Target> {
    let homes = (0..92).map(|number| Target::Household(HouseholdId::new(number)));
    homes.chain((0..141).map(|number| Target::Person(PersonId::new(number))))
}

fn parts() -> Vec<Part> {
    vec![
        Part::Returned { from: None, days: 5 },
        Part::Returned {
            from: Some([OriginId::new(1), OriginId::new(3)].into()),
            days: DEFAULT_RETURN_DAYS,
        },
        Part::Symptoms([Symptom::Fever, Symptom::Other, Symptom::DryCough].into_iter().collect()),
        Part::FewerDoses(1),
        Part::FewerDoses(2),
        Part::Mobility(Mobility::Assisted),
        Part::Mobility(Mobility::Homebound),
        Part::Suspicious,
        Part::Newcomer,
    ]
}

fn same_lists(model: &Model, register: &SurveyRegister, as_of: Timestamp, seen: &Seen) {
    let last = model.last(as_of);
    let network = model.population.network();
    let units: Vec<UnitId> =
        ["a", "s1", "s2c1", "s0c0g"].iter().map(|code| network.unit(code).unwrap()).collect();
    let all = parts();
    for (least, chosen) in [
        (1, &all[..]),
        (2, &all[..]),
        (1, &all[1..2]),
        (2, &all[5..7]),
        (4, &all[..]),
        (1, &all[..0]),
    ] {
        let rule = Rule::at_least(least, chosen.to_vec());
        for &unit in &units {
            let mut wanted = Vec::new();
            for target in targets().filter(|&target| model.knows(target)) {
                let held: Vec<(usize, EventId, bool)> = (0..)
                    .zip(chosen)
                    .filter_map(|(number, part)| {
                        Question::ALL.iter().find_map(|&question| {
                            let known = last.get(&(target, question))?;
                            let sure = holds(part, known.act.answer, today())?;
                            Some((number, known.event, sure))
                        })
                    })
                    .collect();
                let building = model.building(target);
                if !held.is_empty() && held.len() >= least && network.contains(unit, building) {
                    wanted.push((model.place(target), target, held));
                }
            }
            wanted.sort();
            let got: Vec<_> = register
                .list(unit, &rule, today())
                .into_iter()
                .map(|row| {
                    let place = model.place(row.target);
                    assert_eq!((row.door, row.household), (place.1, place.2));
                    assert_eq!(row.building, model.building(row.target));
                    let held = row.held.iter().map(|held| (held.part, held.event, held.sure));
                    (place, row.target, held.collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(got, wanted, "{least} of {chosen:?}");
            for (.., held) in &wanted {
                seen.note("several parts", held.len() > 1);
                seen.note("not for sure", held.iter().any(|held| !held.2));
            }
        }
    }
}

fn same_totals(model: &Model, register: &SurveyRegister, as_of: Timestamp) {
    let last = model.last(as_of);
    let network = model.population.network();
    let is_home = |target: Target| target.subject() == Subject::Households;
    for unit in network.units() {
        let inside: Vec<Target> = targets()
            .filter(|&target| model.knows(target) && network.contains(unit, model.building(target)))
            .collect();
        let totals = register.totals(unit);
        assert_eq!(register.totals_by_unit()[unit.index()], totals);
        for (homes, counts) in [(true, totals.households), (false, totals.residents)] {
            let those = || inside.iter().filter(move |&&target| is_home(target) == homes);
            let asked = |target: Target| {
                Question::ALL.iter().any(|&question| last.contains_key(&(target, question)))
            };
            assert_eq!(counts.stated as usize, those().filter(|&&target| asked(target)).count());
            for &question in Question::ALL {
                let answers: Vec<Answer> = those()
                    .filter_map(|&target| Some(last.get(&(target, question))?.act.answer))
                    .collect();
                let yes = answers.iter().filter(|answer| answer.is_yes()).count();
                let Tally { answered, yes: said } = counts.of(question);
                assert_eq!((answered as usize, said as usize), (answers.len(), yes));
            }
        }
        let sheets: BTreeSet<HouseholdId> = inside
            .iter()
            .filter(|&&target| last.keys().any(|key| key.0 == target))
            .map(|&target| model.place(target).2)
            .collect();
        assert_eq!(totals.sheets as usize, sheets.len());
        let got: Vec<_> = register
            .sheets(unit)
            .map(|sheet| model.place(Target::Household(sheet.household.id)))
            .collect();
        let mut wanted: Vec<_> =
            sheets.into_iter().map(|home| model.place(Target::Household(home))).collect();
        wanted.sort();
        assert_eq!(got, wanted);
    }
}

fn same_answers(model: &Model, register: &SurveyRegister, as_of: Timestamp, seen: &Seen) {
    let last = model.last(as_of);
    let key = |known: &Known| (known.event, known.received, known.act);
    for target in targets() {
        let wanted: Vec<_> = Question::ALL
            .iter()
            .filter_map(|&question| Some(key(last.get(&(target, question))?)))
            .collect();
        let answers = register.answers(target);
        let got: Vec<_> =
            answers.iter().map(|stated| (stated.event, stated.received, stated.act)).collect();
        assert_eq!(got, wanted);
        for &question in Question::ALL {
            let answer = register.answer(target, question).map(|stated| stated.event);
            assert_eq!(answer, last.get(&(target, question)).map(|known| known.event));
        }
        if let Target::Household(home) = target {
            let sheet = register.sheet(home);
            assert_eq!(sheet.is_some(), model.knows(target));
            let Some(sheet) = sheet else { continue };
            assert_eq!(sheet.answers, answers);
            let members: Vec<PersonId> = sheet.members.iter().map(|line| line.person).collect();
            let mut wanted: Vec<PersonId> = model.population.members(home).collect();
            wanted.sort();
            assert_eq!(members, wanted);
            for line in &sheet.members {
                assert_eq!(line.answers, register.answers(Target::Person(line.person)));
            }
            seen.note("a sheet with lines of several people", sheet.members.len() > 1);
        }
    }
    let mut wanted = model.problems(as_of);
    // Several of one line stand in the order of the checks, which matters to nobody.
    wanted.sort_by_key(|(received, problem)| (*received, problem.event(), problem.code()));
    let mut got = register.problems().to_vec();
    let order: Vec<_> = got.iter().map(SurveyProblem::event).collect();
    assert_eq!(order, wanted.iter().map(|(_, problem)| problem.event()).collect::<Vec<_>>());
    got.sort_by_key(|problem| {
        (model.lines[&problem.event()].received, problem.event(), problem.code())
    });
    assert_eq!(got, wanted.into_iter().map(|(_, problem)| problem).collect::<Vec<_>>());
    for problem in &got {
        seen.note(problem.code(), true);
    }
}

#[test]
fn registers_are_those_of_a_model() {
    let seen = Seen::default();
    for seed in 0..40 {
        let mut random = Random(seed);
        let (journal, model) = record(&mut random, 400, 600);
        for hours in [0, 7, 26, 45, 61] {
            let as_of = at(hours * 3_600);
            let register = read(&journal, &model.population, as_of);
            assert_eq!(register.as_of(), as_of);
            same_answers(&model, &register, as_of, &seen);
            same_totals(&model, &register, as_of);
            same_lists(&model, &register, as_of, &seen);
        }
    }
    assert_eq!(seen.kinds(), 10);
    seen.assert_each(50);
}

#[test]
fn ten_thousand_lines_in_any_order_and_on_any_pool_give_one_register() {
    let mut random = Random(77);
    let (journal, model) = record(&mut random, 10_000, 12_000);
    let end = at(216_000);
    let register = read(&journal, &model.population, end);
    let seen = Seen::default();
    same_answers(&model, &register, end, &seen);
    same_totals(&model, &register, end);
    same_lists(&model, &register, end, &seen);
    seen.assert_each(20);
    for _ in 0..5 {
        let mut lines = journal.lines();
        shuffle(&mut random, &mut lines);
        let mut again = Journal::new();
        assert!(again.record_all(&lines).iter().all(|answer| *answer == Ok(Recorded::New)));
        assert!(read(&again, &model.population, end) == register);
    }
    for other in on_pools(|| read(&journal, &model.population, end)) {
        assert!(other == register);
    }
}

#[test]
fn children_sum_to_parents_and_nobody_is_in_two_places() {
    let mut random = Random(5);
    let (journal, model) = record(&mut random, 2_000, 3_000);
    let register = read(&journal, &model.population, at(216_000));
    let network = model.population.network();
    let totals = register.totals_by_unit();
    let mut parents = 0;
    for unit in network.units().filter(|&unit| network.children(unit).next().is_some()) {
        let mut sum = Totals::default();
        for child in network.children(unit) {
            sum += totals[child.index()];
        }
        assert_eq!(sum, totals[unit.index()]);
        parents += usize::from(sum.sheets > 0);
    }
    assert!(parents > 10);
    let rule = Rule::any(parts());
    let roots: Vec<_> =
        network.roots().flat_map(|root| register.list(root, &rule, today())).collect();
    let people: BTreeSet<Target> = roots.iter().map(|row| row.target).collect();
    assert_eq!(people.len(), roots.len());
    // A longer window, a larger set of origins or fewer parts to hold lists nobody less.
    let root = network.unit("a").unwrap();
    let returned = |origins: &[u32], days| {
        let from = Some(origins.iter().map(|&origin| OriginId::new(origin)).collect());
        let rows = register.list(root, &Rule::any([Part::Returned { from, days }]), today());
        rows.into_iter().map(|row| row.target).collect::<BTreeSet<Target>>()
    };
    let mut sizes = BTreeSet::new();
    for days in 0..20 {
        assert!(returned(&[1], days).is_subset(&returned(&[1], days + 1)));
        assert!(returned(&[1], days).is_subset(&returned(&[0, 1], days)));
        sizes.insert(returned(&[1], days).len());
    }
    assert!(sizes.len() > 5, "{sizes:?}");
    for least in 1..5 {
        let some = register.list(root, &Rule::at_least(least, parts()), today());
        let fewer = register.list(root, &Rule::at_least(least + 1, parts()), today());
        assert!(fewer.iter().all(|row| some.contains(row)) && fewer.len() < some.len());
    }
    assert!(register.list(root, &Rule::all([]), today()).is_empty());
}

/// Day 0 is the day of return, and the last one is so many days later; the clock of the network cuts the days.
#[test]
fn the_window_of_a_return_has_exact_ends() {
    let (network, root, towers) = compound(1);
    let population = settle(&network, &towers, 1, 1);
    let person = Target::Person(PersonId::new(0));
    let returned: Day = "2021-07-20".parse().unwrap();
    let back = |from, on| Answer::Return(Some(Return { from, on }));
    let risk = OriginId::new(7);
    let list = |answer, days, today: &str| {
        let mut journal = Journal::new();
        let act = SurveyAct::new(person, at(0), ResponderId::new(0), 1, answer);
        journal.record(Line::act(EventId::new(1), at(0), act)).unwrap();
        let rule = Rule::any([Part::Returned { from: Some([risk].into()), days }]);
        let rows = read(&journal, &population, at(0)).list(root, &rule, today.parse().unwrap());
        rows.first().map(|row| row.held[0].sure)
    };
    let known = back(Some(risk), Some(returned));
    for (today, listed) in [
        ("2021-07-19", None),
        ("2021-07-20", Some(true)),
        ("2021-08-03", Some(true)),
        ("2021-08-04", None),
    ] {
        assert_eq!(list(known, DEFAULT_RETURN_DAYS, today), listed, "{today}");
    }
    assert_eq!(list(known, 0, "2021-07-20"), Some(true));
    assert_eq!(list(known, 0, "2021-07-21"), None);
    assert_eq!(list(known, u16::MAX, "2021-08-30"), Some(true));
    // Nobody is missed for what they did not say, and nobody is listed for sure.
    assert_eq!(list(back(None, Some(returned)), 14, "2021-08-03"), Some(false));
    assert_eq!(list(back(None, Some(returned)), 14, "2021-08-04"), None);
    assert_eq!(list(back(Some(risk), None), 14, "2022-08-03"), Some(false));
    assert_eq!(list(back(Some(OriginId::new(8)), None), 14, "2021-08-03"), None);
    assert_eq!(list(back(None, None), 14, "2021-08-03"), Some(false));
    assert_eq!(list(Answer::Return(None), 14, "2021-08-03"), None);
    for edge in ["0001-01-01", "9999-12-31"] {
        assert_eq!(list(back(Some(risk), Some(edge.parse().unwrap())), 14, edge), Some(true));
        assert_eq!(list(known, 14, edge), None);
    }
}

#[test]
fn what_cannot_be_right_is_named_and_counted_all_the_same() {
    let (network, root, towers) = compound(1);
    let population = settle(&network, &towers, 2, 4);
    let person = |number| Target::Person(PersonId::new(number));
    let doses = |doses| Answer::Vaccination(Vaccination { doses, ..Vaccination::default() });
    let mut journal = Journal::new();
    let mut event = 0;
    let mut say = |about, said: Timestamp, received, answer| {
        event += 1;
        let act = SurveyAct::new(about, said, ResponderId::new(0), 1, answer);
        journal.record(Line::act(EventId::new(event), received, act)).unwrap();
    };
    // The offset is UTC here: 14:00, 23:59:59 of the same day, and midnight.
    let (day, end, midnight) = (at(-28_800), at(7_199), at(7_200));
    say(person(0), day, midnight, doses(2));
    say(person(0), end, midnight, doses(1));
    say(person(0), midnight, midnight, doses(0));
    say(person(1), at(400_000), midnight, doses(1));
    say(person(9), day, midnight, doses(1));
    let tomorrow = Day::of(midnight, network.offset()).unwrap();
    say(person(1), day, midnight, Answer::Newcomer { since: Some(tomorrow) });
    say(person(1), midnight, midnight, Answer::Newcomer { since: Some(tomorrow) });
    say(
        person(2),
        day,
        midnight,
        Answer::Vaccination(Vaccination {
            last: Some(tomorrow.plus(-40).unwrap()),
            ..Vaccination::default()
        }),
    );
    journal.record(Line::void(EventId::new(50), midnight, EventId::new(99))).unwrap();
    journal.record(Line::void(EventId::new(51), midnight, EventId::new(50))).unwrap();
    let register = read(&journal, &population, midnight);
    let id = EventId::new;
    assert_eq!(
        register.problems(),
        [
            SurveyProblem::Contradicted { event: id(1), by: id(2) },
            SurveyProblem::FewerDoses { event: id(3), than: id(2) },
            SurveyProblem::AfterReceipt { event: id(4) },
            SurveyProblem::UnknownTarget { event: id(5), target: person(9) },
            SurveyProblem::DayAhead { event: id(6), day: tomorrow },
            SurveyProblem::NoDose { event: id(8) },
            SurveyProblem::Pending { event: id(50), of: id(99) },
            SurveyProblem::Pending { event: id(51), of: id(50) },
        ]
    );
    assert_eq!(register.totals(root).residents.of(Question::Vaccination).answered, 3);
    assert_eq!(register.answers(person(0)).len(), 1);
    assert_eq!(register.answers(person(0))[0].event, id(3));
    assert!(register.answers(person(9)).is_empty());
    // What is dated after its receipt does not stand in the way of what is said later.
    say_later(&mut journal, person(1), midnight.saturating_add(60), doses(2));
    let later = read(&journal, &population, midnight.saturating_add(60));
    let now = later.answer(person(1), Question::Vaccination).unwrap();
    assert_eq!(now.act.answer, doses(2));
}

fn say_later(journal: &mut Journal<SurveyAct>, about: Target, time: Timestamp, answer: Answer) {
    let act = SurveyAct::new(about, time, ResponderId::new(0), 1, answer);
    journal.record(Line::act(EventId::new(1_000), time, act)).unwrap();
}

#[test]
fn newcomers_join_the_round_by_one_way() {
    let (network, root, towers) = compound(2);
    let mut population = settle(&network, &towers, 4, 8);
    let start = population.clone();
    let open = |subject| {
        let mut campaign = Campaign::new(subject);
        let plan = RoundPlan::new(RoundKind::Survey, at(0)).unit(root);
        campaign.open(&start, &plan, &()).unwrap().clone()
    };
    let (mut homes, mut people) = (open(Subject::Households), open(Subject::Residents));
    let new_home = HouseholdId::new(9);
    let [first, second, third] = [90, 91, 92].map(PersonId::new);
    let mut journal = Journal::new();
    let mut say = |event, round, about| {
        let answer = Answer::Newcomer { since: None };
        let act = SurveyAct::new(about, at(100), ResponderId::new(1), round, answer);
        let received = at(200 - i64::from(u32::try_from(event).unwrap()));
        journal.record(Line::act(EventId::new(event), received, act)).unwrap();
    };
    say(1, 1, Target::Household(new_home));
    say(2, 1, Target::Person(first));
    say(3, 1, Target::Person(second));
    // On the list already, of another round, and known to nobody.
    say(4, 1, Target::Person(PersonId::new(0)));
    say(5, 2, Target::Person(third));
    say(6, 1, Target::Household(HouseholdId::new(77)));
    let joining =
        |round: &Round, population: &Population| read(&journal, population, at(300)).joining(round);
    assert!(joining(&homes, &population).is_empty());
    let residents = [first, second, third].map(|person| Resident::new(person, new_home));
    population.register([Household::new(new_home, towers[0])], residents).unwrap();
    // The round must have grown.
    assert!(joining(&homes, &population).is_empty());
    for (round, wanted) in [(&mut homes, vec![1]), (&mut people, vec![3, 2])] {
        round.grow(&population).unwrap();
        let entries = joining(round, &population);
        let events: Vec<u64> = entries.iter().map(|entry| entry.event.get()).collect();
        assert_eq!(events, wanted);
        let before = round.coverage(root);
        for entry in &entries {
            assert_eq!(round.record(entry).unwrap().filing, Filing::Stands);
        }
        let after = round.coverage(root);
        assert_eq!(after.joined as usize, wanted.len());
        assert_eq!(after.targets, before.targets + after.joined);
        assert!(joining(round, &population).is_empty());
        for entry in &entries {
            assert!(round.record(entry).unwrap().retried);
        }
    }
    let status = people.status(Target::Person(first)).unwrap();
    assert_eq!(status.standing, Standing::Gap);
}

/// 68 responders, 62 buildings, 764 households in three rounds; 2,714, 2,714 and 2,715 people, the last one found in
/// mid-round: 2,292 sheets and 8,143 people asked.
#[test]
fn the_sheets_of_three_rounds_in_the_compound() {
    let (network, root, towers) = compound(62);
    let mut population = settle(&network, &towers, 764, 2_714);
    let mut journal = Journal::new();
    let (mut sheets, mut asked, mut event) = (0, 0, 0);
    let mut campaign = Campaign::new(Subject::Residents);
    for round in 1..=3 {
        let start = at(86_400 * i64::from(round));
        let plan = RoundPlan::new(RoundKind::Survey, start).unit(root);
        let open = campaign.open(&population, &plan, &()).unwrap();
        let newcomer = PersonId::new(2_714);
        if round == 3 {
            population.register([], [Resident::new(newcomer, HouseholdId::new(5))]).unwrap();
            open.grow(&population).unwrap();
        }
        let mut say = |about, answer| {
            event += 1;
            let act = SurveyAct::new(about, start, ResponderId::new(event % 68), round, answer);
            journal.record(Line::act(EventId::new(event.into()), start, act)).unwrap();
        };
        for home in population.households(root) {
            say(Target::Household(home), Answer::Return(None));
        }
        for person in population.residents(root) {
            let doses = u8::try_from(person.get() % 3).unwrap();
            say(
                Target::Person(person),
                Answer::Vaccination(Vaccination { doses, ..Vaccination::default() }),
            );
            if person == newcomer {
                say(Target::Person(person), Answer::Newcomer { since: None });
            }
        }
        let register = read(&journal, &population, start);
        for entry in register.joining(open) {
            open.record(&entry).unwrap();
        }
        let totals = register.totals(root);
        let doses = totals.residents.of(Question::Vaccination);
        assert_eq!(totals.residents.stated, open.coverage(root).targets);
        assert_eq!((doses.answered, totals.households.stated), (totals.residents.stated, 764));
        let unvaccinated = register.list(root, &Rule::any([Part::FewerDoses(1)]), today());
        assert_eq!(unvaccinated.len(), (doses.answered - doses.yes) as usize);
        // Every answer is of this round: the register holds the last ones.
        assert!(register.sheets(root).all(|sheet| {
            let members = sheet.members.iter().flat_map(|line| line.answers);
            members.chain(sheet.answers).all(|stated| stated.act.round == round)
        }));
        let of_towers: u32 = towers.iter().map(|&tower| register.totals(tower).sheets).sum();
        assert_eq!((register.problems().len(), of_towers), (0, totals.sheets));
        sheets += totals.sheets;
        asked += totals.residents.stated;
        let close = EventId::new(1 << 40);
        open.record(&epitier::campaign::Entry::close(close, start.saturating_add(9))).unwrap();
    }
    assert_eq!((sheets, asked), (2_292, 8_143));
}

#[test]
fn a_cancelled_reading_says_so_and_ids_from_elsewhere_get_nothing() {
    let mut random = Random(3);
    let (journal, model) = record(&mut random, 100, 100);
    let cancel = AtomicBool::new(true);
    let cancelled = SurveyRegister::read(&journal, &model.population, at(0), &cancel);
    assert_eq!(cancelled.unwrap_err(), Cancelled);
    let register = read(&journal, &model.population, at(0));
    assert_eq!(register.totals(UnitId::new(u32::MAX)), Totals::default());
    assert!(register.answers(Target::Person(PersonId::new(u32::MAX))).is_empty());
    assert!(register.sheet(HouseholdId::new(u32::MAX)).is_none());
    assert_eq!(register.sheets(UnitId::new(u32::MAX)).count(), 0);
    let nobody = Population::clone(&model.population);
    assert_eq!(read(&Journal::new(), &nobody, at(0)).problems(), []);
}

#[test]
fn symptoms_are_sets() {
    let two: SymptomSet = [Symptom::Other, Symptom::Fever, Symptom::Fever].into_iter().collect();
    assert_eq!(two.iter().collect::<Vec<_>>(), [Symptom::Fever, Symptom::Other]);
    assert_eq!(two, SymptomSet::EMPTY.with(Symptom::Fever).with(Symptom::Other));
    for &symptom in Symptom::ALL {
        let alone = SymptomSet::EMPTY.with(symptom);
        assert_eq!(alone.iter().collect::<Vec<_>>(), [symptom]);
        assert_eq!(two.contains(symptom), alone.meets(two));
    }
    assert!(SymptomSet::EMPTY.is_empty() && !two.is_empty() && !two.meets(SymptomSet::EMPTY));
}

#[cfg(feature = "serde")]
#[test]
fn journals_and_rules_are_read_back_and_codes_are_those_of_the_files() {
    let mut random = Random(9);
    let (journal, _) = record(&mut random, 500, 600);
    let file = serde_json::to_string(&journal).unwrap();
    assert_eq!(serde_json::from_str::<Journal<SurveyAct>>(&file).unwrap(), journal);
    let rule = Rule::at_least(2, parts());
    let file = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<Rule>(&file).unwrap(), rule);
    let file = serde_json::to_string(&model::answer(&mut random)).unwrap();
    assert!(serde_json::from_str::<Answer>(&file).is_ok(), "{file}");
    let (event, other) = (EventId::new(1), EventId::new(2));
    let target = Target::Person(PersonId::new(1));
    for problem in [
        SurveyProblem::Pending { event, of: other },
        SurveyProblem::UnknownTarget { event, target },
        SurveyProblem::AfterReceipt { event },
        SurveyProblem::DayAhead { event, day: today() },
        SurveyProblem::NoDose { event },
        SurveyProblem::Contradicted { event, by: other },
        SurveyProblem::FewerDoses { event, than: other },
    ] {
        assert_eq!(serde_json::to_value(problem).unwrap()["code"], problem.code());
        assert_eq!(problem.event(), event);
    }
}
