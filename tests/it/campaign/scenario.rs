//! The article's figures: 68 responders, 62 buildings, 764 households in three rounds; a town's two rounds of
//! testing; a community by two in the morning.

use epitier::campaign::{
    Campaign, Cause, Change, Entry, EventId, Filing, Outcome, RoundKind, RoundPlan, Standing,
    Subject, Target, Visit,
};
use epitier::network::{Network, NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, Population, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, ResponderId, Timestamp, UnitId};

/// One compound with so many buildings.
pub(super) fn compound(buildings: u32) -> (Network, UnitId, Vec<UnitId>) {
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("hq", "County", Tier::Headquarters))
        .unit(UnitRow::new("town", "Town", Tier::Subdistrict).under("hq"))
        .unit(UnitRow::new("community", "Community", Tier::Community).under("town"))
        .unit(UnitRow::new("compound", "Compound", Tier::Compound).under("community"))
        .units((0..buildings).map(|at| {
            UnitRow::new(format!("b{at:03}"), "Building", Tier::Building).under("compound")
        }))
        .build()
        .unwrap();
    let root = network.unit("hq").unwrap();
    let towers = network.members(root, Tier::Building).to_vec();
    (network, root, towers)
}

/// Households over the buildings in turn, residents over the households in turn.
pub(super) fn settle(network: &Network, towers: &[UnitId], homes: u32, people: u32) -> Population {
    let households = (0..homes).map(|at| Household {
        door: at,
        ..Household::new(HouseholdId::new(at), towers[at as usize % towers.len()])
    });
    let residents =
        (0..people).map(|at| Resident::new(PersonId::new(at), HouseholdId::new(at % homes)));
    PopulationBuilder::new(network).households(households).residents(residents).build(&()).unwrap()
}

fn person(number: u32) -> Target {
    Target::Person(PersonId::new(number))
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn three_rounds_of_a_compound_miss_no_household_and_no_person() {
    let (network, root, towers) = compound(62);
    let opens = time("2021-08-01T08:00:00+08:00");
    for (subject, people_by_round, total) in
        [(Subject::Households, [764; 3], 2_292), (Subject::Residents, [2_714, 2_714, 2_715], 8_143)]
    {
        let mut campaign = Campaign::new(subject);
        let mut visits = 0;
        for (number, targets) in (1..).zip(people_by_round) {
            let people = if subject == Subject::Residents { targets } else { 2_714 };
            let population = settle(&network, &towers, 764, people);
            let start = opens.saturating_add(86_400 * i64::from(number));
            let plan = RoundPlan::new(RoundKind::Survey, start).unit(root);
            let round = campaign.open(&population, &plan, &()).unwrap();
            assert_eq!(round.number(), number);
            let entries: Vec<Entry> = (0..targets)
                .map(|at| {
                    let target = match subject {
                        Subject::Households => Target::Household(HouseholdId::new(at)),
                        Subject::Residents => person(at),
                    };
                    let seen = start.saturating_add(i64::from(at));
                    let responder = ResponderId::new(at % 68);
                    let visit = Visit::new(target, seen, responder, Outcome::Done);
                    Entry::visit(EventId::new(at.into()), seen, visit)
                })
                .collect();
            let answers = round.record_all(&entries, &()).unwrap();
            assert!(answers.iter().flatten().all(|receipt| receipt.filing == Filing::Stands));
            let coverage = round.coverage_by_unit();
            assert_eq!(coverage[root.index()].reached, targets);
            assert!(coverage.iter().all(|of| of.unreached == 0 && of.reached == of.targets));
            let towers_reached: u32 =
                towers.iter().map(|tower| coverage[tower.index()].reached).sum();
            assert_eq!(towers_reached, targets);
            assert!(round.gaps(root).is_empty());
            visits += round.filed(Filing::Stands).len();
            round
                .record(&Entry::close(EventId::new(u64::MAX), start.saturating_add(80_000)))
                .unwrap();
        }
        assert_eq!(visits, total);
        assert_eq!(campaign.rounds().len(), 3);
    }
}

/// Round 1: "over 3,500" on the list, 3,447 sampled. Round 2: all 4,192.
#[test]
fn a_town_misses_some_in_round_one_and_none_in_round_two() {
    let (network, root, towers) = compound(40);
    let first = settle(&network, &towers, 900, 3_520);
    let opens = time("2021-07-31T23:30:00+08:00");
    let mut campaign = Campaign::new(Subject::Residents);
    let plan = RoundPlan::new(RoundKind::MassTesting, opens).unit(root);
    let round = campaign.open(&first, &plan, &()).unwrap();
    let at = |seconds: u32| opens.saturating_add(seconds.into());
    let sample = |number: u32, seconds: u32, outcome| {
        let visit = Visit::new(person(number), at(seconds), ResponderId::new(number % 13), outcome);
        Entry::visit(EventId::new(number.into()), at(seconds), visit)
    };
    for number in 0..3_447 {
        round.record(&sample(number, number, Outcome::Done)).unwrap();
    }
    for number in 3_447..3_500 {
        round.record(&sample(number, number, Outcome::Absent)).unwrap();
    }
    // Twelve of the others had moved, which nobody has to guess from a smaller number.
    for number in 3_500..3_512 {
        let change = Change { target: person(number), at: at(0), cause: Cause::Moved };
        round
            .record(&Entry::change(EventId::new(10_000 + u64::from(number)), at(9), change))
            .unwrap();
    }
    let coverage = round.coverage(root);
    assert_eq!((coverage.frozen, coverage.left, coverage.targets), (3_520, 12, 3_508));
    assert_eq!((coverage.reached, coverage.exempt, coverage.unreached), (3_447, 0, 61));
    let open = campaign.open(&first, &plan, &()).unwrap_err();
    assert_eq!(open.problems().unwrap().iter().next().unwrap().code(), "still-open");
    campaign.round_mut(1).unwrap().record(&Entry::close(EventId::new(99_999), at(36_000))).unwrap();
    let missed: Vec<Target> =
        campaign.round(1).unwrap().gaps(root).iter().map(|gap| gap.target).collect();

    let second = settle(&network, &towers, 1_000, 4_192);
    let opens = time("2021-08-02T06:00:00+08:00");
    let plan = RoundPlan::new(RoundKind::MassTesting, opens).unit(root);
    let round = campaign.open(&second, &plan, &()).unwrap();
    let gaps = round.gaps(root);
    assert_eq!(gaps.len(), 4_192);
    assert!(gaps[..61].iter().all(|gap| gap.carried) && !gaps[61].carried);
    // Households have changed buildings between the two lists, so the walk is another one.
    let mut first_to_visit: Vec<Target> = gaps[..61].iter().map(|gap| gap.target).collect();
    let mut missed_sorted = missed.clone();
    first_to_visit.sort();
    missed_sorted.sort();
    assert_eq!(first_to_visit, missed_sorted);
    let reasons = round.earlier_gaps().filter(|(gap, _)| gap.reason == Some(Outcome::Absent));
    assert_eq!(reasons.count(), 53);
    for (number, seconds) in (0..4_192).zip(0..) {
        let visit = Visit::new(
            person(number),
            opens.saturating_add(seconds),
            ResponderId::new(0),
            Outcome::Done,
        );
        round
            .record(&Entry::visit(
                EventId::new(number.into()),
                opens.saturating_add(seconds),
                visit,
            ))
            .unwrap();
        let recovered = round.earlier_gaps().filter(|(_, now)| *now == Standing::Reached).count();
        let expected = missed_sorted.iter().filter(|&&target| target <= person(number)).count();
        assert!(number % 500 > 0 || recovered == expected);
    }
    assert_eq!(round.coverage(root).reached, 4_192);
    assert!(round.earlier_gaps().all(|(_, now)| now == Standing::Reached));
    assert_eq!(round.earlier_gaps().map(|(gap, _)| gap.target).collect::<Vec<_>>(), missed);
}

/// 11,956 people of one community by 02:00, the deadline of the night.
#[test]
fn a_community_by_two_in_the_morning() {
    let (network, root, towers) = compound(120);
    let population = settle(&network, &towers, 4_000, 12_000);
    let opens = time("2021-07-31T23:30:00+08:00");
    let two = time("2021-08-01T02:00:00+08:00");
    let plan = RoundPlan::new(RoundKind::MassTesting, opens).unit(root).deadline(two);
    let mut campaign = Campaign::new(Subject::Residents);
    let round = campaign.open(&population, &plan, &()).unwrap();
    // In steps of three quarters of a second, each cut to the second before: 11,956 come before two o'clock.
    let entries: Vec<Entry> = (0..12_000_u32)
        .map(|number| {
            let seconds = if number < 11_956 { number * 3 / 4 } else { 9_000 + number };
            let at = opens.saturating_add(seconds.into());
            let visit = Visit::new(person(number), at, ResponderId::new(1), Outcome::Done);
            Entry::visit(EventId::new(number.into()), at, visit)
        })
        .collect();
    round.record_all(&entries, &()).unwrap();
    let coverage = round.coverage(root);
    assert_eq!((coverage.reached - coverage.late, coverage.late), (11_956, 44));
    assert_eq!(round.filed(Filing::Late).len(), 44);
    // Whoever closed at two would have had 44 gaps, and their samples in the ledger.
    round.record(&Entry::close(EventId::new(1 << 40), two)).unwrap();
    let coverage = round.coverage(root);
    assert_eq!((coverage.reached, coverage.unreached, coverage.late), (11_956, 44, 0));
    assert_eq!(round.filed(Filing::Ledger).len(), 44);
    assert_eq!(round.gaps(root).len(), 44);
}
