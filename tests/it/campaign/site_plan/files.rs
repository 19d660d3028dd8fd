//! What is written to files: it survives, a forged file is refused, and old files load for ever.

use epitier::campaign::site_plan::{
    ElderlyFirst, Group, Heat, Rest, SamplingSite, SitePlan, SitePlanBuilder, SitePlanError,
    SitePlanRules, SiteTable, Zone,
};
use epitier::{PostId, UnitId};
use serde_json::{Value, json};

use super::worlds::{between, network, world};
use crate::random::Random;

const GOLDEN: &str = include_str!("../../../golden/site-plan-1.json");

fn small() -> SitePlan {
    let (network, walk) = network(3);
    let school = PostId::new(7);
    let site = SamplingSite {
        tables: 2,
        samplers: 5,
        waiting: 40,
        preparation: 20,
        home_teams: 1,
        ..SamplingSite::new(school, between(0, 7_200))
    };
    let rules = SitePlanRules { elderly_first: ElderlyFirst::AtSite, ..SitePlanRules::default() };
    let groups = walk.iter().zip(1..).map(|(&building, number)| Group {
        elderly: number,
        others: 10 * number,
        homebound: number / 2,
        ..Group::new(school, building)
    });
    SitePlanBuilder::new(rules)
        .site(site)
        .site(SamplingSite { site: PostId::new(2), people_per_hour: 30, ..site })
        .rest(Rest { site: school, during: between(900, 1_800), samplers: 2 })
        .heat(Heat { site: PostId::new(2), during: between(0, 86_400), percent: 80 })
        .groups(groups)
        .build(&network)
        .unwrap()
}

#[test]
fn the_golden_site_plan_loads_for_ever() {
    let again = serde_json::to_value(small()).unwrap();
    let golden: SitePlan = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(golden, small());
    assert_eq!(again, serde_json::from_str::<Value>(GOLDEN).unwrap());
}

#[test]
fn a_site_plan_survives_its_file() {
    for seed in 0..50 {
        let plan = world(&mut Random(seed)).plan();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<SitePlan>(&text).unwrap(), plan);
        for call in plan.sites().iter().flat_map(|site| plan.calls(site.site)) {
            let value = serde_json::to_value(call).unwrap();
            assert_eq!(
                serde_json::from_value::<epitier::campaign::site_plan::Call>(value).unwrap(),
                *call
            );
        }
    }
}

#[test]
fn a_forged_file_is_refused() {
    let good: Value = serde_json::from_str(GOLDEN).unwrap();
    let refused = |forged: Value| serde_json::from_value::<SitePlan>(forged).is_err();
    assert!(!refused(good.clone()));
    for (path, value) in [
        ("/format", json!(2)),
        ("/rules/longest_queue", json!(0)),
        ("/sites/0/site", json!(7)),
        ("/sites/0/tables", json!(0)),
        ("/sites/0/hours/end", json!(0)),
        ("/rests/0/site", json!(8)),
        ("/rests/0/samplers", json!(6)),
        ("/heat/0/percent", json!(101)),
        ("/groups/0/building", good["groups"][1]["building"].clone()),
        ("/groups/0/site", json!(1)),
        ("/groups/0/others", json!(-1)),
    ] {
        let mut forged = good.clone();
        *forged.pointer_mut(path).unwrap() = value;
        assert!(refused(forged), "{path}");
    }
}

#[test]
fn a_code_is_the_tag_of_the_serialised_error() {
    let (row, first, building, site) = (1, 0, UnitId::new(5), PostId::new(6));
    for error in [
        SitePlanError::NoQueue,
        SitePlanError::NoSamplersPerTable,
        SitePlanError::NoVisitTime,
        SitePlanError::TooManyRows { rows: 1 << 40 },
        SitePlanError::SiteTwice { row, first },
        SitePlanError::NoTables { row },
        SitePlanError::TooFewSamplers { row, samplers: 1, needed: 2 },
        SitePlanError::NoRoom { row, zone: Zone::Waiting },
        SitePlanError::RateOutOfRange { row, people_per_hour: 0 },
        SitePlanError::NoSlotLength { row },
        SitePlanError::HoursTooLong { row, seconds: 1 << 40 },
        SitePlanError::TooManySlots { row, slots: 1 << 40 },
        SitePlanError::UnknownSite { table: SiteTable::Heat, row, site },
        SitePlanError::RestOutsideHours { row },
        SitePlanError::RestOutOfRange { row, resting: 3, samplers: 2 },
        SitePlanError::PercentOutOfRange { row, percent: 101 },
        SitePlanError::HeatOverlaps { row, other: 0 },
        SitePlanError::UnknownBuilding { row, building },
        SitePlanError::GroupTwice { row, first },
        SitePlanError::TooManyShared { row, building, listed: 1, shared: 2 },
    ] {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<SitePlanError>(value).unwrap(), error);
        assert!(!error.to_string().is_empty());
    }
}
