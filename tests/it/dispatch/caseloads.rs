//! Caseloads, against every way to divide a walk.

use std::cell::Cell;
use std::collections::BTreeSet;

use epitier::dispatch::{CaseloadBand, CaseloadError, Caseloads, Stop};
use epitier::network::{NetworkBuilder, Tier, UnitRow};
use epitier::population::{Household, PopulationBuilder};
use epitier::{HouseholdId, ResponderId, UnitId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Seen, for_cases};

/// A walk, responders, a band, and what it costs that a responder gets the caseload with a first household.
#[derive(Debug, Clone)]
struct Case {
    walk: Vec<Stop>,
    responders: Vec<ResponderId>,
    band: CaseloadBand,
    costs: Vec<i64>,
}

impl Case {
    fn way(&self, who: ResponderId, stops: &[Stop]) -> i64 {
        let at = who.index() * 7 + stops[0].household.index() * 3 + stops.len();
        self.costs[at % self.costs.len()]
    }

    fn divide(&self) -> Caseloads {
        let way = |who, stops: &[Stop]| self.way(who, stops);
        Caseloads::divide(&self.walk, &self.responders, self.band, way, &()).unwrap()
    }

    /// Every way to cut the walk into stretches of at most `max` stops and stops that are left over: a list
    /// of stretches (start, end).
    fn divisions(&self, from: usize) -> Vec<Vec<(usize, usize)>> {
        if from == self.walk.len() {
            return vec![Vec::new()];
        }
        let mut all = self.divisions(from + 1);
        for end in from + 1..=self.walk.len().min(from + self.band.max as usize) {
            all.extend(self.divisions(end).into_iter().map(|mut rest| {
                rest.insert(0, (from, end));
                rest
            }));
        }
        all
    }

    /// What rules 1 to 5 and the last word say of a division; smaller is better.
    fn rank(&self, stretches: &[(usize, usize)]) -> impl Ord + use<> {
        let size = |&(start, end): &(usize, usize)| end - start;
        let taken: usize = stretches.iter().map(size).sum();
        let in_band = stretches.iter().all(|s| size(s) >= self.band.min as usize);
        let count = i64::try_from(stretches.len()).unwrap();
        let owner = |at: usize| stretches.iter().position(|&(start, end)| start <= at && at < end);
        let mut parted = (0, 0);
        for (at, two) in self.walk.windows(2).enumerate() {
            let apart = owner(at) != owner(at + 1);
            let building = two[0].building == two[1].building;
            let entrance = building && two[0].entrance == two[1].entrance;
            parted.0 += u32::from(apart && entrance);
            parted.1 += u32::from(apart && building && !entrance);
        }
        let squares: usize = stretches.iter().map(|s| size(s) * size(s)).sum();
        let from_behind: Vec<_> =
            stretches.iter().rev().map(|s| (std::cmp::Reverse(s.1), size(s))).collect();
        let participation = if in_band { -count } else { count };
        (self.walk.len() - taken, !in_band, parted, participation, squares, from_behind)
    }

    fn best(&self) -> Vec<(usize, usize)> {
        let mut all = self.divisions(0);
        all.retain(|stretches| stretches.len() <= self.responders.len());
        all.into_iter().min_by_key(|stretches| self.rank(stretches)).unwrap()
    }

    /// The least total cost of giving out stretches, one after another to anybody who has none.
    fn least_cost(&self, stretches: &[(usize, usize)], free: &BTreeSet<ResponderId>) -> i64 {
        let Some((&(start, end), rest)) = stretches.split_first() else { return 0 };
        let costs = free.iter().map(|&who| {
            let mut others = free.clone();
            others.remove(&who);
            self.way(who, &self.walk[start..end]) + self.least_cost(rest, &others)
        });
        costs.min().unwrap()
    }
}

fn case() -> impl Strategy<Value = Case> {
    let houses = vec((1..5_u32, 1..4_u32), 0..4);
    let band = (1..4_u32, 0..3_u32);
    let ids = Just((0..4_u32).collect::<Vec<_>>()).prop_shuffle();
    (houses, band, ids, 0..5_usize, vec(-5..20_i64, 1..12)).prop_map(
        |(houses, (min, more), ids, responders, costs)| {
            let mut walk = Vec::new();
            for ((households, entrances), building) in houses.into_iter().zip(0..) {
                for number in 0..households {
                    let household = HouseholdId::new(u32::try_from(walk.len()).unwrap() * 5 % 23);
                    let entrance = number % entrances;
                    walk.push(Stop { household, building: UnitId::new(building), entrance });
                }
                let first = walk.len() - households as usize;
                walk[first..].sort_by_key(|stop| stop.entrance);
            }
            walk.truncate(10);
            let responders = ids.into_iter().map(ResponderId::new).take(responders).collect();
            let band = CaseloadBand { min, max: min + more };
            Case { walk, responders, band, costs }
        },
    )
}

#[test]
fn the_division_is_the_best_of_all_and_given_out_at_least_cost() {
    let seen = Seen::default();
    let tried = Cell::new(0_usize);
    for_cases(&vec(case(), 8), |cases| {
        for case in cases {
            tried.set(tried.get() + 1);
            let (divided, best) = (case.divide(), case.best());
            let mut expected: Vec<Vec<HouseholdId>> = Vec::new();
            for &(start, end) in &best {
                expected.push(case.walk[start..end].iter().map(|stop| stop.household).collect());
            }
            let got: Vec<Vec<HouseholdId>> =
                divided.caseloads.iter().map(|caseload| caseload.households.clone()).collect();
            prop_assert_eq!(&got, &expected);
            let taken: BTreeSet<HouseholdId> = got.iter().flatten().copied().collect();
            let left: Vec<HouseholdId> =
                case.walk.iter().map(|s| s.household).filter(|id| !taken.contains(id)).collect();
            prop_assert_eq!(&divided.left_over, &left);
            let parted = (divided.parted_entrances, divided.parted_buildings);
            let all: BTreeSet<ResponderId> = case.responders.iter().copied().collect();
            let busy: BTreeSet<ResponderId> =
                divided.caseloads.iter().map(|caseload| caseload.responder).collect();
            prop_assert_eq!(busy.len(), divided.caseloads.len(), "somebody has two caseloads");
            let free: Vec<ResponderId> = all.difference(&busy).copied().collect();
            prop_assert_eq!(&divided.free, &free);
            let cost: i64 = divided
                .caseloads
                .iter()
                .zip(&best)
                .map(|(caseload, &(start, end))| {
                    case.way(caseload.responder, &case.walk[start..end])
                })
                .sum();
            prop_assert_eq!(cost, case.least_cost(&best, &all));
            let mut again = case.clone();
            again.responders.reverse();
            prop_assert_eq!(&again.divide(), &divided);

            seen.note("left over", !left.is_empty() && !got.is_empty());
            seen.note("left over in the middle", best.windows(2).any(|two| two[0].1 < two[1].0));
            seen.note("below the band", got.iter().any(|c| c.len() < case.band.min as usize));
            seen.note("somebody free", !free.is_empty() && !got.is_empty());
            seen.note("an entrance parted", parted.0 > 0);
            seen.note("a building parted", parted.1 > 0);
            seen.note("two or more", got.len() > 1);
        }
        Ok(())
    });
    seen.assert_each(tried.get().div_ceil(50));
}

/// 62 buildings, 764 households and 68 responders, as in the article; entrances of 6 or 7 households.
#[test]
fn the_case_of_the_article_is_divided_within_the_band() {
    let mut walk = Vec::new();
    for building in 0..62_u32 {
        let households = if building < 20 { 13 } else { 12 };
        walk.extend((0..households).map(|number| Stop {
            household: HouseholdId::new(building * 100 + number),
            building: UnitId::new(building),
            entrance: number / 7,
        }));
    }
    assert_eq!(walk.len(), 764);
    let responders: Vec<ResponderId> = (0..68).map(ResponderId::new).collect();
    let divided =
        Caseloads::divide(&walk, &responders, CaseloadBand::default(), |_, _| 0, &()).unwrap();
    assert!(divided.caseloads.iter().all(|c| (10..=15).contains(&c.households.len())));
    // A building is a caseload, and six responders are free for the remainder elsewhere.
    assert_eq!((divided.parted_entrances, divided.parted_buildings), (0, 0));
    assert_eq!((divided.left_over.len(), divided.free.len()), (0, 6));
}

#[test]
fn bad_input_is_named_row_by_row() {
    let stop = |household| Stop {
        household: HouseholdId::new(household),
        building: UnitId::new(0),
        entrance: 0,
    };
    let who = ResponderId::new;
    let refused = |walk: &[Stop], responders: &[ResponderId], min, max, cost| {
        let band = CaseloadBand { min, max };
        let stopped = Caseloads::divide(walk, responders, band, |_, _| cost, &()).unwrap_err();
        stopped.problems().unwrap().iter().copied().collect::<Vec<CaseloadError>>()
    };
    assert_eq!(
        refused(&[stop(4), stop(2), stop(4), stop(2)], &[who(1), who(1)], 3, 2, 0),
        [
            CaseloadError::EmptyBand { min: 3, max: 2 },
            CaseloadError::HouseholdTwice { row: 2, first: 0 },
            CaseloadError::HouseholdTwice { row: 3, first: 1 },
            CaseloadError::ResponderTwice { row: 1, first: 0 },
        ]
    );
    assert_eq!(refused(&[stop(4)], &[], 0, 2, 0), [CaseloadError::EmptyBand { min: 0, max: 2 }]);
    let limit = i64::MAX / 3;
    let (responder, caseload, cost) = (who(1), 0, i64::MIN);
    assert_eq!(
        refused(&[stop(4)], &[responder], 1, 2, cost),
        [CaseloadError::CostOutOfRange { responder, caseload, cost, limit }]
    );
    let long: Vec<Stop> = (0..200_000).map(stop).collect();
    let many: Vec<ResponderId> = (0..20_000).map(who).collect();
    let (stops, responders) = (long.len(), many.len());
    assert_eq!(refused(&long, &many, 1, 30, 0), [CaseloadError::TooLarge { stops, responders }]);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let band = CaseloadBand::default();
    let cancelled = Caseloads::divide(&long[..100], &many[..9], band, |_, _| 0, &stop);
    assert!(cancelled.unwrap_err().problems().is_none());
}

#[test]
fn a_walk_passes_every_door_once_newcomers_included() {
    let network = NetworkBuilder::new()
        .unit(UnitRow::new("a", "County", Tier::Headquarters))
        .unit(UnitRow::new("b", "Township", Tier::Subdistrict).under("a"))
        .unit(UnitRow::new("c", "Village", Tier::Community).under("b"))
        .unit(UnitRow::new("d", "Group", Tier::Compound).under("c"))
        .unit(UnitRow::new("e", "Building 1", Tier::Building).under("d"))
        .unit(UnitRow::new("f", "Building 2", Tier::Building).under("d"))
        .build()
        .unwrap();
    let unit = |code| network.unit(code).unwrap();
    let row =
        |id, code, door| Household { door, ..Household::new(HouseholdId::new(id), unit(code)) };
    let rows = [row(1, "f", 101), row(2, "e", 201), row(3, "e", 101), row(4, "e", 101)];
    let mut population = PopulationBuilder::new(&network).households(rows).build(&()).unwrap();
    population.register([row(9, "e", 102)], []).unwrap();
    let walk = Stop::walk(&population, unit("c"), |household| household.door / 100);
    let told: Vec<(u32, UnitId, u32)> =
        walk.iter().map(|stop| (stop.household.get(), stop.building, stop.entrance)).collect();
    let (e, f) = (unit("e"), unit("f"));
    assert_eq!(told, [(3, e, 1), (4, e, 1), (9, e, 1), (2, e, 2), (1, f, 1)]);
}

#[cfg(feature = "serde")]
#[test]
fn codes_are_those_of_the_serialised_form() {
    let all = [
        CaseloadError::EmptyBand { min: 2, max: 1 },
        CaseloadError::HouseholdTwice { row: 1, first: 0 },
        CaseloadError::ResponderTwice { row: 1, first: 0 },
        CaseloadError::CostOutOfRange {
            responder: ResponderId::new(3),
            caseload: 4,
            cost: i64::MIN,
            limit: 9,
        },
        CaseloadError::TooLarge { stops: 5, responders: 4 },
    ];
    for error in all {
        let value = serde_json::to_value(error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<CaseloadError>(value).unwrap(), error);
    }
}
