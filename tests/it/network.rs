//! The network against slow walks over the table it was built from.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;

use epitier::network::{Location, Network, NetworkBuilder, NetworkError, Tier, UnitRow};
use epitier::{PersonId, UnitId};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::for_cases;

/// A table of a valid network, in any order. The tree is drawn first: every unit picks its parent among
/// those before it; then codes and rows are shuffled.
pub(crate) fn tables(units: usize) -> impl Strategy<Value = Vec<UnitRow>> {
    let unit = (any::<Index>(), 0..8u32, any::<bool>(), any::<bool>());
    let codes: Vec<usize> = (0..units).collect();
    (prop::collection::vec(unit, 1..units), Just(codes).prop_shuffle())
        .prop_map(|(drawn, codes)| {
            let mut rows: Vec<UnitRow> = Vec::new();
            for ((pick, kind, located, led), code) in drawn.into_iter().zip(codes) {
                let parents: Vec<&UnitRow> =
                    rows.iter().filter(|row| row.tier != Tier::Building).collect();
                let parent =
                    if parents.is_empty() || kind == 0 { None } else { Some(pick.get(&parents)) };
                let tier = match parent {
                    None => Tier::Headquarters,
                    Some(above) if above.tier == Tier::Headquarters && kind < 3 => above.tier,
                    Some(above) => Tier::ALL[above.tier as usize + 1],
                };
                let mut row = UnitRow::new(format!("u{code}"), format!("name of {code}"), tier);
                row.parent = parent.map(|above| above.code.clone());
                if located {
                    let degrees = f64::from(u32::try_from(code).unwrap()) / 7.0;
                    row = row.at(Location::from_degrees(degrees, -degrees).unwrap());
                }
                if led {
                    row = row.led_by(PersonId::new(kind));
                }
                rows.push(row);
            }
            rows
        })
        .prop_shuffle()
}

/// The table by code, and answers by walking it.
struct Slow {
    rows: BTreeMap<String, UnitRow>,
}

impl Slow {
    fn new(rows: &[UnitRow]) -> Self {
        Self { rows: rows.iter().map(|row| (row.code.clone(), row.clone())).collect() }
    }

    /// The codes from a root down to a unit.
    fn path(&self, code: &str) -> Vec<String> {
        let mut path = vec![code.to_owned()];
        while let Some(parent) = &self.rows[path.last().unwrap()].parent {
            path.push(parent.clone());
        }
        path.reverse();
        path
    }

    /// Preorder is the order of the paths.
    fn preorder(&self) -> Vec<String> {
        let mut codes: Vec<String> = self.rows.keys().cloned().collect();
        codes.sort_by_key(|code| self.path(code));
        codes
    }

    /// Codes that a unit contains, in preorder.
    fn within(&self, code: &str) -> Vec<String> {
        let mut codes = self.preorder();
        codes.retain(|inner| self.path(inner).contains(&code.to_owned()));
        codes
    }
}

fn codes(network: &Network, units: impl IntoIterator<Item = UnitId>) -> Vec<String> {
    units.into_iter().map(|unit| network.code(unit).unwrap().to_owned()).collect()
}

proptest! {
    #[test]
    fn every_query_agrees_with_walks_over_the_table(rows in tables(40)) {
        let slow = Slow::new(&rows);
        let network = NetworkBuilder::new().units(rows.clone()).build().unwrap();
        prop_assert_eq!(network.len(), rows.len());
        prop_assert_eq!(codes(&network, network.units()), slow.rows.keys().cloned().collect::<Vec<_>>());
        prop_assert_eq!(codes(&network, network.preorder().to_vec()), slow.preorder());
        prop_assert_eq!(network.rows().collect::<Vec<_>>(), slow.rows.values().cloned().collect::<Vec<_>>());
        let children = |of: Option<&String>| -> Vec<String> {
            slow.rows.values().filter(|row| row.parent.as_ref() == of).map(|row| row.code.clone()).collect()
        };
        prop_assert_eq!(codes(&network, network.roots()), children(None));

        for (code, row) in &slow.rows {
            let unit = network.unit(code).unwrap();
            let path = slow.path(code);
            prop_assert_eq!(network.name(unit), Some(row.name.as_str()));
            prop_assert_eq!(network.tier(unit), Some(row.tier));
            prop_assert_eq!(network.lead(unit), row.lead);
            prop_assert_eq!(network.location(unit).map(Location::latitude), row.latitude);
            prop_assert_eq!(network.location(unit).map(Location::longitude), row.longitude);
            prop_assert_eq!(codes(&network, network.parent(unit)), Vec::from_iter(row.parent.clone()));
            prop_assert_eq!(codes(&network, network.children(unit)), children(Some(code)));
            prop_assert_eq!(network.depth(unit).map(|depth| depth as usize), Some(path.len() - 1));
            let mut up = codes(&network, network.path_to_root(unit));
            up.reverse();
            prop_assert_eq!(&up, &path);

            let within = slow.within(code);
            let range = network.preorder_range(unit);
            prop_assert_eq!(network.position(unit), Some(range.start));
            prop_assert_eq!(codes(&network, network.preorder()[range].to_vec()), within.clone());
            for tier in Tier::ALL {
                let of_tier = |code: &&String| slow.rows[*code].tier == tier;
                let members: Vec<String> = within.iter().filter(of_tier).cloned().collect();
                let alone: Vec<String> =
                    members.iter().filter(|code| slow.rows[*code].lead.is_none()).cloned().collect();
                prop_assert_eq!(codes(&network, network.members(unit, tier).to_vec()), members);
                prop_assert_eq!(codes(&network, network.units_without_lead(unit, tier)), alone);
                let above: Vec<String> = path.iter().rev().filter(of_tier).take(1).cloned().collect();
                prop_assert_eq!(codes(&network, network.ancestor_at(unit, tier)), above);
            }
            for other in slow.rows.keys() {
                let there = network.unit(other).unwrap();
                let other_path = slow.path(other);
                let shared: Vec<&String> =
                    path.iter().zip(&other_path).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
                let common = shared.last().map(|code| network.unit(code).unwrap());
                prop_assert_eq!(network.contains(unit, there), other_path.contains(code));
                prop_assert_eq!(network.lowest_common_unit(unit, there), common);
                let edges = common.map(|_| path.len() + other_path.len() - 2 * shared.len());
                prop_assert_eq!(network.tree_distance(unit, there).map(|edges| edges as usize), edges);
            }
        }
    }

    #[test]
    fn a_network_is_a_function_of_the_set_of_its_rows(rows in tables(60), by in any::<Index>()) {
        let network = NetworkBuilder::new().units(rows.clone()).build().unwrap();
        let mut turned = rows.clone();
        turned.rotate_left(by.index(rows.len()));
        let again = NetworkBuilder::new().units(turned).build().unwrap();
        prop_assert_eq!(&network, &again);
        prop_assert_eq!(network.preorder(), again.preorder());
        let (partial, problems) = NetworkBuilder::new().units(rows).build_partial();
        prop_assert_eq!((&partial, &problems[..]), (&network, &[][..]));
        #[cfg(feature = "serde")]
        {
        let text = serde_json::to_string(&network).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Network>(&text).unwrap(), &network);
        }
    }

    #[test]
    fn totals_roll_up(rows in tables(60), drawn in prop::collection::vec(0..1000u64, 60)) {
        let network = NetworkBuilder::new().units(rows).build().unwrap();
        let values = &drawn[..network.len()];
        let sums = network.roll_up(values).unwrap();
        for unit in network.units() {
            let inside = network.units().filter(|&inner| network.contains(unit, inner));
            let slow: u64 = inside.map(|inner| values[inner.index()]).sum();
            prop_assert_eq!(sums[unit.index()], slow);
        }
        let roots: u64 = network.roots().map(|root| sums[root.index()]).sum();
        prop_assert_eq!(roots, values.iter().sum::<u64>());
        prop_assert_eq!(network.roll_up(&drawn), (network.len() == 60).then(|| sums.clone()));
        prop_assert_eq!(network.roll_up(&values[1..]), None);
    }
}

/// Rows over few codes, so that they clash, dangle and go round in every way.
fn messy() -> impl Strategy<Value = Vec<UnitRow>> {
    let letter = || prop_oneof![1 => Just(String::new()), 12 => "[a-g]"];
    let degrees = || {
        prop_oneof![
            20 => Just(None),
            1 => Just(Some(200.0)),
            1 => Just(Some(f64::NAN)),
            4 => Just(Some(30.5)),
        ]
    };
    let tier = prop_oneof![3 => Just(Tier::Headquarters), 2 => Just(Tier::Subdistrict), 1 => Just(Tier::Community)];
    let row = (
        letter(),
        prop_oneof![1 => Just(""), 20 => Just("n")],
        tier,
        prop::option::of(letter()),
        degrees(),
        degrees(),
    )
        .prop_map(|(code, name, tier, parent, latitude, longitude)| {
            let mut row = UnitRow::new(code, name, tier);
            (row.parent, row.latitude, row.longitude) = (parent, latitude, longitude);
            row
        });
    let messy = prop::collection::vec(row.clone(), 0..7);
    // The same row twice, and good tables with a bad row among them.
    let repeated = (messy.clone(), any::<Index>()).prop_map(|(mut rows, at)| {
        if !rows.is_empty() {
            rows.push(at.get(&rows).clone());
        }
        rows
    });
    let spoilt = (tables(12), row, any::<Index>()).prop_map(|(mut rows, mut row, at)| {
        row.parent = Some(at.get(&rows).code.clone());
        rows.push(row);
        rows
    });
    // Everybody under somebody: rings, and rows that lead into them.
    let rings = prop::collection::vec(any::<Index>(), 1..9).prop_map(|parents| {
        let units = parents.len();
        let under = |(at, parent): (usize, Index)| {
            let row = UnitRow::new(code(at), "n", Tier::Headquarters);
            row.under(code(parent.index(units)))
        };
        parents.into_iter().enumerate().map(under).collect()
    });
    prop_oneof![messy, repeated, spoilt, rings]
}

/// Every problem of a table, by the letter of the documentation, and the rows that stand.
fn judge(rows: &[UnitRow]) -> (Vec<NetworkError>, Vec<NetworkError>, BTreeSet<usize>) {
    let all = 0..rows.len();
    let same_code = |row: usize| all.clone().filter(move |&x| rows[x].code == rows[row].code);
    // What is no number is not equal even to itself, but that alone is no dispute.
    let disputed =
        |row: usize| same_code(row).count() > 1 && same_code(row).any(|x| rows[x] != rows[row]);
    let parent = |row: usize| {
        let code = rows[row].parent.as_ref()?;
        all.clone().find(|&x| rows[x].code == *code)
    };
    // A row's place in the table decides nothing where rows that differ share its code.
    let above = |row: usize| if disputed(row) { None } else { parent(row) };
    let ring = |row: usize| {
        let mut ring = vec![row];
        for _ in all.clone() {
            match above(*ring.last().unwrap()) {
                Some(next) if next == row => return Some(ring),
                Some(next) => ring.push(next),
                None => return None,
            }
        }
        None
    };

    let mut problems = Vec::new();
    if !rows.iter().any(|row| row.tier == Tier::Headquarters && row.parent.is_none()) {
        problems.push(NetworkError::NoRoot);
    }
    for row in all.clone() {
        let unit = &rows[row];
        let first = same_code(row).next().unwrap();
        if first != row {
            problems.push(NetworkError::DuplicateCode { row, other: first });
        } else if disputed(row) {
            let other = same_code(row).nth(1).unwrap();
            problems.push(NetworkError::DuplicateCode { row, other });
        }
        if unit.code.is_empty() {
            problems.push(NetworkError::EmptyCode { row });
        }
        if unit.name.is_empty() {
            problems.push(NetworkError::EmptyName { row });
        }
        let fine = match (unit.latitude, unit.longitude) {
            (None, None) => true,
            (Some(a), Some(b)) => a.abs() <= 90.0 && b.abs() <= 180.0,
            _ => false,
        };
        if !fine {
            problems.push(NetworkError::BadCoordinates { row });
        }
        let wrong = |parent| NetworkError::WrongTier { row, tier: unit.tier, parent };
        match (&unit.parent, parent(row)) {
            (None, _) if unit.tier == Tier::Headquarters => {}
            (None, _) => problems.push(wrong(None)),
            (_, None) => problems.push(NetworkError::UnknownParent { row }),
            (_, Some(parent)) if disputed(parent) => {}
            (_, Some(parent)) => {
                let fits = match unit.tier {
                    Tier::Headquarters | Tier::Subdistrict => Tier::Headquarters,
                    Tier::Community => Tier::Subdistrict,
                    Tier::Compound => Tier::Community,
                    Tier::Building => Tier::Compound,
                };
                if rows[parent].tier != fits {
                    problems.push(wrong(Some(rows[parent].tier)));
                }
            }
        }
        if let Some(ring) = ring(row).filter(|ring| ring.iter().min() == Some(&row)) {
            problems.push(NetworkError::Cycle { rows: ring });
        }
    }

    let bad: BTreeSet<usize> = problems.iter().flat_map(NetworkError::rows).copied().collect();
    let mut rejected = bad.clone();
    for _ in all.clone() {
        let hangs = |&row: &usize| parent(row).is_some_and(|up| rejected.contains(&up));
        let hanging: Vec<usize> = all.clone().filter(hangs).collect();
        rejected.extend(hanging);
    }
    let mut partial = problems.clone();
    for &row in rejected.difference(&bad) {
        let parent_rejected = NetworkError::ParentRejected { row, parent: parent(row).unwrap() };
        let at = partial.partition_point(|problem| problem.rows().first() < Some(&row));
        partial.insert(at, parent_rejected);
    }
    (problems, partial, all.filter(|row| !rejected.contains(row)).collect())
}

#[test]
fn every_problem_of_a_table_is_reported_and_the_rest_stands() {
    let seen: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    for_cases(&messy(), |rows| {
        let (problems, of_partial, standing) = judge(&rows);
        for problem in &of_partial {
            *seen.borrow_mut().entry(problem.code()).or_default() += 1;
        }
        let built = NetworkBuilder::new().units(rows.clone()).build();
        match &built {
            Ok(_) => prop_assert_eq!(&problems, &[]),
            Err(found) => prop_assert_eq!(found.iter().cloned().collect::<Vec<_>>(), problems),
        }
        let (network, found) = NetworkBuilder::new().units(rows.clone()).build_partial();
        prop_assert_eq!(found, of_partial);
        let slow = Slow::new(&standing.iter().map(|&row| rows[row].clone()).collect::<Vec<_>>());
        prop_assert_eq!(
            network.rows().collect::<Vec<_>>(),
            slow.rows.values().cloned().collect::<Vec<_>>()
        );

        let turned = rows.into_iter().rev();
        prop_assert_eq!(network, NetworkBuilder::new().units(turned).build_partial().0);
        let fine = if standing.is_empty() { "nothing-left" } else { "something-left" };
        *seen.borrow_mut().entry(fine).or_default() += 1;
        if built.is_ok() {
            *seen.borrow_mut().entry("valid").or_default() += 1;
        }
        Ok(())
    });
    let seen = seen.into_inner();
    for of_interest in
        every_error().iter().map(NetworkError::code).chain(["something-left", "valid"])
    {
        let times = seen.get(of_interest).copied().unwrap_or_default();
        assert!(times >= 5 || of_interest == "too-many-units", "{of_interest}: {times} times");
    }
}

fn every_error() -> [NetworkError; 10] {
    let (row, other, parent) = (3, 1, 2);
    [
        NetworkError::TooManyUnits { rows: 1 << 32 },
        NetworkError::NoRoot,
        NetworkError::EmptyCode { row },
        NetworkError::EmptyName { row },
        NetworkError::DuplicateCode { row, other },
        NetworkError::BadCoordinates { row },
        NetworkError::UnknownParent { row },
        NetworkError::WrongTier { row, tier: Tier::Building, parent: None },
        NetworkError::Cycle { rows: vec![row, other] },
        NetworkError::ParentRejected { row, parent },
    ]
}

#[cfg(feature = "serde")]
#[test]
fn the_code_of_an_error_is_its_serialised_tag() {
    for error in every_error() {
        let value = serde_json::to_value(&error).unwrap();
        assert_eq!(value["code"], error.code());
        assert_eq!(serde_json::from_value::<NetworkError>(value).unwrap(), error);
    }
    let empty = serde_json::from_str::<NetworkError>(r#"{"code":"cycle","rows":[]}"#).unwrap();
    assert!(empty.to_string().contains("0 units"));
}

/// A code whose order is that of its number.
fn code(number: usize) -> String {
    format!("{number:07}")
}

#[test]
fn a_chain_of_200_000_headquarters_is_no_trouble() {
    const LONG: usize = 200_000;
    let link = |at: usize| {
        let row = UnitRow::new(code(at * 7919 % LONG), "HQ", Tier::Headquarters);
        if at == 0 { row } else { row.under(code((at - 1) * 7919 % LONG)) }
    };
    let network = NetworkBuilder::new().units((0..LONG).rev().map(link)).build().unwrap();
    let by_depth = network.preorder().to_vec();
    let (top, bottom) = (by_depth[0], by_depth[LONG - 1]);
    assert_eq!(network.tree_distance(top, bottom), Some(199_999));
    assert_eq!(network.roll_up(&vec![1u32; LONG]).unwrap()[top.index()], 200_000);
    assert_eq!(network.path_to_root(bottom).count(), LONG);
    // As many questions as units: each must be answered without walking the chain.
    for (depth, &unit) in by_depth.iter().enumerate() {
        assert_eq!(network.lowest_common_unit(bottom, unit), Some(unit));
        assert_eq!(
            network.lowest_common_unit(unit, by_depth[LONG / 2]),
            Some(by_depth[depth.min(LONG / 2)])
        );
        assert_eq!(network.ancestor_at(unit, Tier::Headquarters), Some(unit));
        assert_eq!(network.ancestor_at(unit, Tier::Subdistrict), None);
    }
    let hanging = (0..LONG).map(link).map(|mut row| {
        row.parent.get_or_insert("nobody".to_owned());
        row
    });
    let (none, problems) = NetworkBuilder::new().units(hanging).build_partial();
    assert!(none.is_empty());
    assert_eq!(problems.len(), LONG + 1);
}

#[test]
fn a_cycle_of_100_000_units_is_one_problem() {
    const LONG: usize = 100_000;
    let ring = (0..LONG)
        .map(|at| UnitRow::new(code(at), "HQ", Tier::Headquarters).under(code((at + 1) % LONG)));
    let leading_in = (LONG..2 * LONG)
        .map(|at| UnitRow::new(code(at), "HQ", Tier::Headquarters).under(code(at - 1)));
    let root = UnitRow::new("root", "Root", Tier::Headquarters);
    let table = NetworkBuilder::new().units(ring).units(leading_in).unit(root);
    let problems = table.clone().build().unwrap_err();
    let whole = NetworkError::Cycle { rows: (0..LONG).collect() };
    assert_eq!(problems.into_iter().collect::<Vec<_>>(), [whole]);
    let (network, problems) = table.build_partial();
    assert_eq!((network.len(), problems.len()), (1, 1 + LONG));
}

#[test]
fn ids_from_elsewhere_get_no_answer() {
    let root = UnitRow::new("a", "A", Tier::Headquarters);
    let network = NetworkBuilder::new().unit(root).build().unwrap();
    let here = network.unit("a").unwrap();
    for stranger in [UnitId::new(1), UnitId::new(u32::MAX)] {
        assert_eq!(network.code(stranger), None);
        assert_eq!(network.name(stranger), None);
        assert_eq!(network.tier(stranger), None);
        assert_eq!(network.location(stranger), None);
        assert_eq!(network.lead(stranger), None);
        assert_eq!(network.parent(stranger), None);
        assert_eq!(network.children(stranger).count(), 0);
        assert_eq!(network.path_to_root(stranger).count(), 0);
        assert_eq!(network.ancestor_at(stranger, Tier::Building), None);
        assert_eq!(network.depth(stranger), None);
        assert_eq!(network.position(stranger), None);
        assert!(network.preorder_range(stranger).is_empty());
        assert!(network.members(stranger, Tier::Headquarters).is_empty());
        assert_eq!(network.units_without_lead(stranger, Tier::Headquarters).count(), 0);
        for (a, b) in [(here, stranger), (stranger, here), (stranger, stranger)] {
            assert!(!network.contains(a, b));
            assert_eq!(network.lowest_common_unit(a, b), None);
            assert_eq!(network.tree_distance(a, b), None);
        }
    }
    let empty = Network::default();
    assert!(empty.is_empty() && empty.preorder().is_empty() && empty.roots().next().is_none());
    assert_eq!(empty.roll_up::<u64>(&[]), Some(vec![]));
}

#[test]
fn distances_are_those_of_the_sphere() {
    let at = |latitude, longitude| Location::from_degrees(latitude, longitude).unwrap();
    let radius = 6_371_008.8;
    let quarter = at(0.0, 0.0).metres_to(at(0.0, 90.0));
    assert!((f64::from(quarter) - radius * PI / 2.0).abs() <= 0.5);
    assert_eq!(at(90.0, 12.0).metres_to(at(-90.0, 77.0)), 20_015_114);
    assert_eq!(at(10.0, 180.0).metres_to(at(10.0, -180.0)), 0);
    for wrong in [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
        assert_eq!(Location::from_degrees(wrong.0, wrong.1), None);
    }
}

proptest! {
    /// The angle between two vectors from the centre, instead of the haversine.
    #[test]
    fn the_haversine_is_the_angle_at_the_centre(
        a in -90.0..90.0f64, b in -180.0..180.0f64, c in -90.0..90.0f64, d in -180.0..180.0f64, near in any::<bool>(),
    ) {
        let (c, d) = if near { (a + c / 1e5, b + d / 1e5) } else { (c, d) };
        let (Some(here), Some(there)) = (Location::from_degrees(a, b), Location::from_degrees(c, d)) else {
            return Ok(());
        };
        let vector = |place: Location| {
            let (p, l) = (place.latitude().to_radians(), place.longitude().to_radians());
            [p.cos() * l.cos(), p.cos() * l.sin(), p.sin()]
        };
        let ([x, y, z], [u, v, w]) = (vector(here), vector(there));
        let cross = [y * w - z * v, z * u - x * w, x * v - y * u];
        let angle = cross.iter().map(|t| t * t).sum::<f64>().sqrt().atan2(x * u + y * v + z * w);
        prop_assert!((f64::from(here.metres_to(there)) - 6_371_008.8 * angle).abs() < 0.6);
        prop_assert_eq!(here.metres_to(there), there.metres_to(here));
        prop_assert_eq!(Location::from_degrees(here.latitude(), here.longitude()), Some(here));
    }
}

#[cfg(feature = "serde")]
const CSV: &str = "code,name,tier,parent,latitude,longitude,lead
421122,Hong'an,headquarters,,31.288,114.618,7
yjh,Yongjiahe,township,421122,,,
yjh-1,Village 1,village,yjh,,,12
yjh-1-a,Grid A,grid,yjh-1,,,
yjh-1-a-1,Tower 1,building,yjh-1-a,31.4,114.7,
";

#[cfg(feature = "serde")]
fn from_csv() -> Network {
    let rows: Result<Vec<UnitRow>, _> =
        csv::Reader::from_reader(CSV.as_bytes()).deserialize().collect();
    let beijing = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
    NetworkBuilder::new().offset(beijing).units(rows.unwrap()).build().unwrap()
}

#[cfg(feature = "serde")]
#[test]
fn csv_fills_the_rows() {
    let network = from_csv();
    let grid = network.unit("yjh-1-a").unwrap();
    assert_eq!(network.tier(grid), Some(Tier::Compound));
    assert_eq!(network.lead(network.unit("yjh-1").unwrap()), Some(PersonId::new(12)));
    assert_eq!(network.lead(grid), None);
    let tower = network.unit("yjh-1-a-1").unwrap();
    assert_eq!(network.location(tower), Location::from_degrees(31.4, 114.7));
    let few = "code,name,tier\na,A,headquarters\n";
    let row: UnitRow =
        csv::Reader::from_reader(few.as_bytes()).deserialize().next().unwrap().unwrap();
    assert_eq!(row, UnitRow::new("a", "A", Tier::Headquarters));
}

#[cfg(feature = "serde")]
#[test]
fn files_of_every_format_load() {
    let golden = include_str!("../golden/network-1.json");
    assert_eq!(serde_json::from_str::<Network>(golden).unwrap(), from_csv());
    assert_eq!(
        serde_json::to_value(from_csv()).unwrap(),
        serde_json::from_str::<serde_json::Value>(golden).unwrap()
    );
    let read = |text: &str| serde_json::from_str::<Network>(text).map_err(|e| e.to_string());
    assert!(
        read(&golden.replace("\"format\": 1", "\"format\": 2")).unwrap_err().contains("format 2")
    );
    assert!(read(&golden.replace("28800", "86400")).unwrap_err().contains("offset"));
    let dangling = golden.replace("\"parent\": \"yjh\"", "\"parent\": \"gone\"");
    assert!(
        read(&dangling).unwrap_err().contains(&NetworkError::UnknownParent { row: 2 }.to_string())
    );
    assert_eq!(read(r#"{"format":1,"offset":0,"units":[]}"#).unwrap(), Network::default());
    for tier in Tier::ALL {
        assert_eq!(serde_json::to_value(tier).unwrap(), tier.to_string());
    }
}

#[test]
fn a_network_is_shared_between_threads_and_shows_no_names() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let county = UnitRow::new("421122", "Hong'an", Tier::Headquarters);
    let network = NetworkBuilder::new().unit(county).build().unwrap();
    shared(&network);
    assert_eq!(format!("{network:?}"), "Network { units: 1, .. }");
}
