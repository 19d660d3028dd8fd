//! Catchments, against every way to send people to sites.

use std::cell::Cell;
use std::collections::BTreeMap;

use epitier::dispatch::{
    CatchmentError, CatchmentRules, Catchments, Residents, Site, UnservedReason,
};
use epitier::network::{Location, NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, Mobility, PopulationBuilder, Resident};
use epitier::{HouseholdId, PersonId, PostId, UnitId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::support::{Seen, for_cases};

#[derive(Debug, Clone)]
struct Case {
    homes: Vec<Residents>,
    sites: Vec<Site>,
    farthest: u32,
    nearest: Option<u32>,
}

fn point() -> impl Strategy<Value = Location> {
    let degrees = (0..20_u8, 0..20_u8);
    degrees.prop_filter_map("on the globe", |(north, east)| {
        let (north, east) = (f64::from(north) / 2_000.0, f64::from(east) / 2_000.0);
        Location::from_degrees(31.0 + north, 114.0 + east)
    })
}

fn case() -> impl Strategy<Value = Case> {
    let ids = || Just((0..9_u32).collect::<Vec<_>>()).prop_shuffle();
    let homes = (vec((0..5_u32, option::weighted(0.9, point())), 0..5), ids());
    let sites = (vec((0..7_u32, point()), 0..4), ids());
    let limits = (300..1_600_u32, option::weighted(0.3, 0..3_u32));
    (homes, sites, limits).prop_map(|((homes, home_ids), (sites, site_ids), limits)| Case {
        homes: homes
            .into_iter()
            .zip(home_ids)
            .map(|((people, location), id)| Residents {
                building: UnitId::new(id),
                people,
                location,
            })
            .collect(),
        sites: sites
            .into_iter()
            .zip(site_ids)
            .map(|((capacity, location), id)| Site { site: PostId::new(id), capacity, location })
            .collect(),
        farthest: limits.0,
        nearest: limits.1,
    })
}

impl Case {
    fn rules(&self) -> CatchmentRules {
        let rules = CatchmentRules::new(self.farthest);
        self.nearest.map_or(rules, |sites| rules.with_nearest_sites(sites))
    }

    /// The sites that people of a building may go to, with the metres.
    fn near(&self, home: &Residents) -> Vec<(usize, u64)> {
        let Some(from) = home.location else { return Vec::new() };
        let sites = self.sites.iter().enumerate();
        let mut near: Vec<(u32, PostId, usize)> = sites
            .map(|(at, site)| (from.metres_to(site.location), site.site, at))
            .filter(|&(metres, _, _)| metres <= self.farthest)
            .collect();
        near.sort_unstable();
        near.truncate(self.nearest.map_or(usize::MAX, |keep| keep as usize));
        near.into_iter().map(|(metres, _, at)| (at, u64::from(metres))).collect()
    }

    /// The best (people not served, metres), person by person or building by building.
    fn best(&self, whole: bool) -> (u64, u64) {
        let full: Vec<u32> = self.sites.iter().map(|site| site.capacity).collect();
        let mut ways = BTreeMap::from([(full, (0_u64, 0_u64))]);
        for home in &self.homes {
            let (steps, size) = if whole { (1, home.people) } else { (home.people, 1) };
            for _ in 0..steps {
                let mut next: BTreeMap<Vec<u32>, (u64, u64)> = BTreeMap::new();
                for (room, &(left, metres)) in &ways {
                    let mut offer = |room: Vec<u32>, worth: (u64, u64)| {
                        let known = next.entry(room).or_insert(worth);
                        *known = (*known).min(worth);
                    };
                    offer(room.clone(), (left + u64::from(size), metres));
                    for (at, way) in self.near(home) {
                        if room[at] >= size {
                            let mut room = room.clone();
                            room[at] -= size;
                            offer(room, (left, metres + way * u64::from(size)));
                        }
                    }
                }
                ways = next;
            }
        }
        ways.into_values().min().unwrap()
    }
}

/// What holds of any plan: nobody is lost, no site is overfull, nobody walks too far, reasons are true.
fn check_plan(case: &Case, plan: &Catchments, whole: bool) -> Result<(), TestCaseError> {
    let (mut served, mut metres) = (0, 0);
    for site in &case.sites {
        let here = plan.shares.iter().filter(|share| share.site == site.site);
        prop_assert!(here.map(|share| share.people).sum::<u32>() <= site.capacity);
    }
    for home in &case.homes {
        let near = case.near(home);
        let own: Vec<_> = plan.shares.iter().filter(|s| s.building == home.building).collect();
        for share in &own {
            let at = case.sites.iter().position(|site| site.site == share.site).unwrap();
            prop_assert!(share.people > 0 && near.contains(&(at, share.metres.into())));
            metres += u64::from(share.metres) * u64::from(share.people);
        }
        let sent: u32 = own.iter().map(|share| share.people).sum();
        served += u64::from(sent);
        let left: Vec<_> =
            plan.unserved.iter().filter(|row| row.building == home.building).collect();
        prop_assert_eq!(sent + left.iter().map(|row| row.people).sum::<u32>(), home.people);
        prop_assert!(left.len() <= 1 && left.iter().all(|row| row.people > 0));
        if whole {
            prop_assert!(own.len() <= 1 && (own.is_empty() || left.is_empty()));
        }
        for row in left {
            let room = |&(at, _): &(usize, u64)| {
                let site = &case.sites[at];
                let here = plan.shares.iter().filter(|share| share.site == site.site);
                site.capacity - here.map(|share| share.people).sum::<u32>()
            };
            let most = near.iter().map(room).max().unwrap_or(0);
            let is_true = match row.reason {
                UnservedReason::NoLocation => home.location.is_none(),
                UnservedReason::NoSiteInReach => home.location.is_some() && near.is_empty(),
                UnservedReason::SitesFull => !whole && !near.is_empty() && most == 0,
                UnservedReason::NoRoomForAll => whole && !near.is_empty() && most < home.people,
                _ => false,
            };
            prop_assert!(is_true, "{row:?}");
        }
    }
    prop_assert_eq!((plan.served, plan.metres), (served, metres));
    prop_assert!(plan.shares.is_sorted() && plan.unserved.is_sorted_by_key(|row| row.building));
    Ok(())
}

#[test]
fn the_plan_serves_most_and_walks_least() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    for_cases(&vec(case(), 8), |cases| {
        for case in cases {
            tried.set(tried.get() + 1);
            let all: u64 = case.homes.iter().map(|home| u64::from(home.people)).sum();
            let divided = Catchments::plan(&case.homes, &case.sites, case.rules(), &()).unwrap();
            check_plan(&case, &divided, false)?;
            let (left, metres) = case.best(false);
            prop_assert_eq!((divided.served, divided.metres), (all - left, metres));
            prop_assert_eq!((divided.bound.served, divided.bound.metres), (all - left, metres));
            let parted = case.homes.iter().filter(|home| {
                let own = divided.shares.iter().filter(|share| share.building == home.building);
                own.count() > 1
            });
            prop_assert!(parted.clone().count() <= case.sites.len());

            let rules = case.rules().with_whole_buildings(true);
            let whole = Catchments::plan(&case.homes, &case.sites, rules, &()).unwrap();
            check_plan(&case, &whole, true)?;
            prop_assert_eq!(whole.bound, divided.bound);
            let (whole_left, whole_metres) = case.best(true);
            prop_assert!((all - whole.served, whole.metres) >= (whole_left, whole_metres));
            let mut turned = case.clone();
            turned.homes.reverse();
            turned.sites.reverse();
            prop_assert_eq!(
                &Catchments::plan(&turned.homes, &turned.sites, rules, &()).unwrap(),
                &whole
            );

            seen.note("a building divided", parted.count() > 0);
            seen.note("people left", left > 0 && divided.served > 0);
            seen.note("whole as good as can be", whole.served + whole_left == all);
            seen.note("whole and divided differ", whole.metres != divided.metres);
            let reasons = divided.unserved.iter().chain(&whole.unserved).map(|row| row.reason);
            let reasons: Vec<UnservedReason> = reasons.collect();
            seen.note("no location", reasons.contains(&UnservedReason::NoLocation));
            seen.note("too far", reasons.contains(&UnservedReason::NoSiteInReach));
            seen.note("full", reasons.contains(&UnservedReason::SitesFull));
            seen.note("no room for all", reasons.contains(&UnservedReason::NoRoomForAll));
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(50));
}

#[test]
fn bad_rows_are_named() {
    let location = Location::from_degrees(31.0, 114.0).unwrap();
    let home = |building| Residents {
        building: UnitId::new(building),
        people: 1,
        location: Some(location),
    };
    let site = |site| Site { site: PostId::new(site), capacity: 1, location };
    let rules = CatchmentRules::new(100);
    let (homes, sites) = ([home(2), home(1), home(2)], [site(5), site(5)]);
    let stopped = Catchments::plan(&homes, &sites, rules, &()).unwrap_err();
    let problems: Vec<CatchmentError> = stopped.problems().unwrap().iter().copied().collect();
    assert_eq!(
        problems,
        [
            CatchmentError::BuildingTwice { row: 2, first: 0 },
            CatchmentError::SiteTwice { row: 1, first: 0 },
        ]
    );
    let stop = std::sync::atomic::AtomicBool::new(true);
    let cancelled = Catchments::plan(&homes[..1], &sites[..1], rules, &stop).unwrap_err();
    assert!(cancelled.problems().is_none());
}

#[test]
fn the_residents_of_a_building_are_counted_by_who_has_to_go() {
    let location = Location::from_degrees(31.0, 114.0).unwrap();
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("a", "County", Tier::Headquarters))
        .unit(UnitRow::new("b", "Township", Tier::Subdistrict).under("a"))
        .unit(UnitRow::new("c", "Village", Tier::Community).under("b"))
        .unit(UnitRow::new("d", "Group", Tier::Compound).under("c"))
        .unit(UnitRow::new("e", "Building 1", Tier::Building).under("d").at(location))
        .unit(UnitRow::new("f", "Building 2", Tier::Building).under("d"))
        .unit(UnitRow::new("g", "Building 3", Tier::Building).under("d"))
        .build()
        .unwrap();
    let unit = |code| network.unit(code).unwrap();
    let homes = [(0, "e"), (1, "f"), (2, "g")];
    let households = homes.map(|(id, code)| Household::new(HouseholdId::new(id), unit(code)));
    let person = |id, household, mobility| Resident {
        mobility,
        ..Resident::new(PersonId::new(id), HouseholdId::new(household))
    };
    let residents = [
        person(0, 0, Mobility::Independent),
        person(1, 0, Mobility::Homebound),
        person(2, 0, Mobility::Assisted),
        person(3, 1, Mobility::Independent),
        person(4, 2, Mobility::Homebound),
    ];
    let population = PopulationBuilder::new(&network)
        .households(households)
        .residents(residents)
        .build(&())
        .unwrap();
    let can_go = |resident: &Resident| resident.mobility != Mobility::Homebound;
    let told = Residents::of(&population, unit("b"), can_go);
    let expected = [(unit("e"), 2, Some(location)), (unit("f"), 1, None)];
    assert_eq!(told.len(), expected.len());
    for (told, (building, people, location)) in told.iter().zip(expected) {
        assert_eq!((told.building, told.people, told.location), (building, people, location));
    }
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_serialised_form() {
    let problem = epitier::solver::transport::ProblemError::TooManyRows { rows: 5_000_000_000 };
    let all = [
        CatchmentError::BuildingTwice { row: 1, first: 0 },
        CatchmentError::SiteTwice { row: 1, first: 0 },
        CatchmentError::TooLarge { problem },
    ];
    for error in all {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<CatchmentError>(value).unwrap(), error);
    }
}
