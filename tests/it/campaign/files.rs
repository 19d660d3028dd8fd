//! What is written to files: it survives, a forged file is refused, and old files load for ever.

use epitier::campaign::{
    Act, Campaign, CampaignError, Cause, Change, Channel, Entry, EntryError, EventId, NotGrown,
    Outcome, Reason, RoundKind, RoundPlan, Subject, Target, Visit,
};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, PopulationBuilder};
use epitier::{Day, HouseholdId, ResponderId, Timestamp, UnitId};
use serde_json::{Value, json};

use super::worlds::{Mix, at, entry, shuffle, world};
use crate::random::Random;

const GOLDEN: &str = include_str!("../../golden/campaign-1.json");

fn home(number: u32) -> Target {
    Target::Household(HouseholdId::new(number))
}

/// Two rounds with an entry of every kind, a newcomer and a gap that is carried over.
fn small() -> Campaign {
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("h", "County", Tier::Headquarters))
        .unit(UnitRow::new("s", "Town", Tier::Subdistrict).under("h"))
        .unit(UnitRow::new("c", "Village", Tier::Community).under("s"))
        .unit(UnitRow::new("g", "Grid", Tier::Compound).under("c"))
        .unit(UnitRow::new("t", "Tower", Tier::Building).under("g"))
        .build()
        .unwrap();
    let (village, tower) = (network.unit("c").unwrap(), network.unit("t").unwrap());
    let homes = (0..4).map(|id| Household::new(HouseholdId::new(id), tower));
    let population = PopulationBuilder::new(&network).households(homes).build(&()).unwrap();
    let opens: Timestamp = "2021-08-01T08:00:00Z".parse().unwrap();
    let at = |seconds| opens.saturating_add(seconds);
    let event = EventId::new;
    let visit = |number, seconds, outcome| {
        Visit::new(home(number), at(seconds), ResponderId::new(9), outcome)
    };
    let mut campaign = Campaign::new(Subject::Households);
    let plan = RoundPlan::new(RoundKind::Survey, opens)
        .unit(village)
        .deadline(at(3_600))
        .exempt(home(3), Reason::Quarantine);
    let round = campaign.open(&population, &plan, &()).unwrap();
    let mut grown = population.clone();
    grown.register([Household::new(HouseholdId::new(9), tower)], []).unwrap();
    let day: Day = "2021-08-02".parse().unwrap();
    let away = visit(1, 20, Outcome::Absent).by(Channel::Phone).again_on(day);
    let joins = Change { target: home(9), at: at(5), cause: Cause::Newcomer };
    for entry in [
        Entry::void(event(1), at(70), event(2)),
        Entry::visit(event(2), at(60), visit(2, 10, Outcome::Done)),
        Entry::visit(event(u64::MAX), at(61), away),
        Entry::visit(event(4), at(62), visit(0, 30, Outcome::Done)),
        Entry::amend(event(5), at(80), event(4), visit(0, 25, Outcome::Done)),
        Entry::change(event(6), at(90), joins),
        Entry::close(event(7), at(7_200)),
        Entry::visit(event(8), at(7_200), visit(2, 4_000, Outcome::Done)),
    ] {
        round.record(&entry).unwrap();
    }
    round.grow(&grown).unwrap();
    let plan = RoundPlan::new(RoundKind::MassTesting, at(86_400)).unit(village);
    let round = campaign.open(&grown, &plan.only([home(1), home(0)]), &()).unwrap();
    round.record(&Entry::visit(event(1), at(90_000), visit(1, 90_000, Outcome::Done))).unwrap();
    campaign
}

#[test]
fn the_golden_campaign_loads_for_ever() {
    let golden: Campaign = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(golden, small());
    let (again, before) = (serde_json::to_value(small()).unwrap(), GOLDEN);
    assert_eq!(again, serde_json::from_str::<Value>(before).unwrap());
}

#[test]
fn a_campaign_survives_its_file_with_the_answers_that_were_given() {
    for seed in 0..6 {
        let random = &mut Random(4_000 + seed);
        let subject = if seed % 2 == 0 { Subject::Households } else { Subject::Residents };
        let mut drawn = world(random, subject);
        let mut campaign = Campaign::new(subject);
        let area = drawn.round.units().to_vec();
        let plan = RoundPlan::new(RoundKind::Survey, at(0)).units(area);
        let round = campaign.open(&drawn.model.population, &plan, &()).unwrap();
        shuffle(random, &mut drawn.targets);
        drawn.targets.truncate(30);
        let mix = Mix { events: 300, close_one_in: 100 };
        let mut first = Vec::new();
        for step in 0..300 {
            if step == 150 {
                round.grow(&drawn.grown).unwrap();
            }
            let next = entry(random, &drawn.targets, mix);
            if let Ok(receipt) = round.record(&next)
                && !receipt.retried
            {
                first.push((next, receipt.filing));
            }
        }
        let text = serde_json::to_string(&campaign).unwrap();
        let mut back: Campaign = serde_json::from_str(&text).unwrap();
        assert_eq!(back, campaign);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        let (back, round) = (back.round_mut(1).unwrap(), campaign.round_mut(1).unwrap());
        assert_eq!(back.coverage_by_unit(), round.coverage_by_unit());
        for (entry, filing) in first {
            let receipt = back.record(&entry).unwrap();
            assert_eq!((receipt.filing, receipt.retried), (filing, true));
        }
    }
}

#[test]
fn a_forged_file_is_refused() {
    let good: Value = serde_json::from_str(GOLDEN).unwrap();
    let refused = |forged: Value| serde_json::from_value::<Campaign>(forged).is_err();
    assert!(!refused(good.clone()));
    let far = json!("2121-08-01T08:00:00Z");
    for (path, value) in [
        ("/format", json!(2)),
        ("/subject", json!("residents")),
        ("/populations/0/format", json!(2)),
        ("/rounds/0/population", json!(2)),
        ("/rounds/0/units/0", json!(77)),
        ("/rounds/0/deadline", json!("2021-08-01T08:00:00Z")),
        ("/rounds/0/deadline", far.clone()),
        ("/rounds/0/targets/0", json!({ "household": 77 })),
        ("/rounds/0/targets/0", json!({ "person": 1 })),
        ("/rounds/0/exemptions/0/target", json!({ "household": 9 })),
        ("/rounds/1/carried/0/target", json!({ "person": 1 })),
        ("/rounds/0/entries/0/entry/received", far),
        ("/rounds/0/entries/0/entry/event", json!(1)),
        ("/rounds/0/entries/0/answer", json!("lost")),
        ("/rounds/0/entries/6/entry/act", json!({ "void": { "of": 5 } })),
    ] {
        let mut forged = good.clone();
        *forged.pointer_mut(path).unwrap() = value.clone();
        assert!(refused(forged), "{path} = {value}");
    }
    let mut forged = good;
    let entries = forged.pointer_mut("/rounds/0/entries").unwrap().as_array_mut().unwrap();
    entries.push(entries[0].clone());
    assert!(refused(forged), "an entry twice");
}

#[test]
fn the_code_of_an_error_is_its_serialised_tag() {
    let (row, target, unit) = (1, home(2), UnitId::new(3));
    let (opens, deadline) = (at(0), at(1));
    for error in [
        CampaignError::StillOpen { round: 1 },
        CampaignError::DeadlineBeforeOpening { opens, deadline },
        CampaignError::DeadlineTooFar { opens, deadline },
        CampaignError::UnknownUnit { row, unit },
        CampaignError::WrongSubject { row, target },
        CampaignError::NotThere { row, target },
        CampaignError::NotListed { row, target },
        CampaignError::TwoReasons { row, target, other: 0 },
    ] {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<CampaignError>(value).unwrap(), error);
    }
    let (event, of, time) = (EventId::new(4), EventId::new(5), at(6));
    for error in [
        EntryError::EventReused { event },
        EntryError::WrongSubject { event, target },
        EntryError::TooFarAway { event, time },
        EntryError::FollowUpTooFar { event },
        EntryError::ClosesBeforeOpening { event, received: time },
        EntryError::CorrectsItself { event },
        EntryError::TooManyOfTarget { event, target },
        EntryError::TooManyCorrections { event, of },
        EntryError::TooManyEntries { event },
    ] {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<EntryError>(value).unwrap(), error);
    }
    assert_eq!(epitier::Error::from(NotGrown).code(), "not-grown");
    assert_eq!(epitier::Error::from(EntryError::EventReused { event }).code(), "entry");
    let void = serde_json::to_value(Act::Void { of }).unwrap();
    assert_eq!(void, json!({ "void": { "of": 5 } }));
    assert_eq!(serde_json::to_value(Outcome::TeamDidNotCome).unwrap(), "team-did-not-come");
}
