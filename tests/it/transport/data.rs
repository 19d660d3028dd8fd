//! Real and generated data sets with known optima, and the texts they come in.

use std::collections::BTreeMap;
use std::fs;

use epitier::solver::transport::{Solution, certify, solve};

use super::formats::{Instance, Layout};
use crate::support::shared_data;

const OR_LIBRARY: [(&str, i128); 6] = [
    ("assign100", 305),
    ("assign200", 475),
    ("assign300", 626),
    ("assign400", 804),
    ("assignp800", 2_239),
    ("assignp1500", 5_839),
];

fn certified(instance: &Instance) -> Solution {
    let solution = solve(&instance.problem, &()).unwrap();
    certify(&instance.problem, &solution).unwrap();
    solution
}

fn optimum(text: &str) -> i128 {
    let instance = Instance::read(text, Layout::Auto).unwrap_or_else(|refusal| panic!("{refusal}"));
    let solution = certified(&instance);
    assert_eq!(solution.missing(0), 0);
    instance.cost(&solution)
}

#[test]
fn the_or_library_assignments_reach_their_optima() {
    let Some(folder) = shared_data("orlib") else { return };
    for (name, known) in OR_LIBRARY {
        let text = fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
        assert_eq!(optimum(&text), known, "{name}");
    }
}

#[test]
fn the_dimacs_problems_reach_their_optima() {
    let Some(folder) = shared_data("transport") else { return };
    let known = fs::read_to_string(folder.join("optima.json")).unwrap();
    let known: BTreeMap<String, i128> = serde_json::from_str(&known).unwrap();
    assert_eq!(known.len(), 9);
    for (name, known) in known {
        let text = fs::read_to_string(folder.join(&name).with_extension("min")).unwrap();
        assert_eq!(optimum(&text), known, "{name}");
    }
}

fn written(instance: &Instance, solution: &Solution) -> (String, String) {
    let (mut flow, mut prices) = (Vec::new(), Vec::new());
    instance.write_flow(solution, &mut flow).unwrap();
    instance.write_prices(solution, &mut prices).unwrap();
    (String::from_utf8(flow).unwrap(), String::from_utf8(prices).unwrap())
}

#[test]
fn lower_bounds_are_carried_and_paid() {
    let text = "c a comment\np min 5 4\nn 1 4\n\nn 2 1\nn 3 -3\nn 4 -2\n\
                a 1 3 0 4 1\na 1 4 1 2 10\na 2 3 0 9 -2\na 2 4 0 9 3\n";
    let instance = Instance::read(text, Layout::Auto).unwrap();
    let solution = certified(&instance);
    let (flow, prices) = written(&instance, &solution);
    assert_eq!(flow, "c optimal and certified\ns 16\nf 1 3 3\nf 1 4 1\nf 2 4 1\n");
    assert_eq!(prices.lines().filter(|line| line.starts_with("v ")).count(), 4);
}

#[test]
fn demand_that_cannot_be_met_is_named_by_node() {
    let text = "p asn 6 4\nn 2\nn 4\nn 6\na 2 1 5\na 4 1 6\na 6 3 0\na 6 5 0\n";
    let instance = Instance::read(text, Layout::Auto).unwrap();
    let solution = certified(&instance);
    let nodes: Vec<u32> =
        solution.short_sinks(0).iter().map(|&sink| instance.sinks[sink as usize]).collect();
    assert_eq!(solution.missing(0), 1);
    assert_eq!(nodes, [3, 5]);
    assert!(written(&instance, &solution).0.starts_with("c infeasible: 1 units short\nf 2 1 1\n"));
}

#[test]
fn both_layouts_of_an_assignment_are_told_apart() {
    let (dense, sparse) = (Layout::Dense, Layout::Sparse);
    let read = |text: &str, layout| Instance::read(text, layout).map(|i| i.problem.arcs().len());
    assert_eq!(read("3\n4 1 3 2\n0 5\n3 2 2\n", Layout::Auto), Ok(9));
    assert_eq!(read("3\n1 1 9\n2 3 9\n\n", Layout::Auto), Ok(2));
    assert_eq!(optimum("3\n4 1 3\n2 0 5\n3 2 2\n"), 5);
    assert_eq!(optimum("0\n"), 0);
    let either = "3\n1 2 3\n2 3 1\n3 1 2\n";
    assert!(read(either, Layout::Auto).unwrap_err().reason.contains("--layout"));
    assert_eq!((read(either, dense), read(either, sparse)), (Ok(9), Ok(3)));
    for (text, layout, line) in [
        ("", Layout::Auto, 1),
        ("\n-1", Layout::Auto, 2),
        ("9000000000", Layout::Auto, 1),
        ("2\n1 2\n3 x", Layout::Auto, 3),
        ("2\n1 2\n3", Layout::Auto, 2),
        ("2\n1 2 5\n1 3 5\n", Layout::Auto, 3),
        ("2\n1 2 5\n1 1 5 7\n", sparse, 3),
        ("2\n1 2 5\n", dense, 1),
    ] {
        assert_eq!(read(text, layout).unwrap_err().line, line, "{text:?}");
    }
}

#[test]
fn bad_lines_are_refused_with_line_and_reason() {
    let p = "p min 3 1\n";
    for (text, line, reason) in [
        ("c nothing\n".to_owned(), 1, "no problem line"),
        ("a 1 2 0 1 1\n".to_owned(), 1, "must come first"),
        ("p max 3 1\n".to_owned(), 1, "not min or asn"),
        ("p min 3\n".to_owned(), 1, "arcs is missing"),
        ("p min 99999999999 1\n".to_owned(), 1, "not in"),
        ("p min 3 1 1\n".to_owned(), 1, "too many"),
        (format!("{p}{p}"), 2, "second problem line"),
        (format!("{p}q\n"), 2, "cannot begin"),
        (format!("{p}n 4 1\n"), 2, "not in 1..=3"),
        (format!("{p}n 1 one\n"), 2, "not an integer"),
        (format!("{p}n 1 1\nn 1 1\n"), 3, "twice"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 0 1 1\nn 3 0\n"), 5, "after the first arc"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 0 -1 1\n"), 4, "capacity -1"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 3 2 1\n"), 4, "capacity 2 is not in 3"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 -1 2 1\n"), 4, "lower bound"),
        (format!("{p}n 1 1\nn 2 -1\na 2 1 0 1 1\n"), 4, "from supply to demand"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 2 2 1\n"), 4, "exceed"),
        (format!("{p}n 1 1\nn 2 -2\na 1 2 0 1 1\n"), 1, "-1, not 0"),
        (format!("{p}n 1 1\nn 2 -1\na 1 2 0 1 {}\n", i64::MAX), 4, "beyond the limit"),
        ("p min 3 2\nn 1 1\nn 2 -1\na 1 2 0 1 1\n".to_owned(), 1, "2 arcs are stated, 1 follow"),
        ("p min 3 2\nn 1 1\nn 2 -1\na 1 3 0 1 1\na 3 2 0 1 1\n".to_owned(), 5, "node 3"),
        ("p asn 3 0\nn 1\n".to_owned(), 1, "-1, not 0"),
    ] {
        let refusal = Instance::read(&text, Layout::Auto).err().unwrap();
        assert_eq!(refusal.line, line, "{text:?}: {refusal}");
        assert!(refusal.reason.contains(reason), "{text:?}: {refusal}");
    }
}

#[test]
fn a_shortage_counts_what_lower_bounds_bring() {
    // Node 4 needs 3 units and can get the one of node 1; the unit that must go from 2 to 5 is counted there.
    let text = "p min 6 4\nn 1 1\nn 2 3\nn 3 4\nn 4 -3\nn 5 -3\nn 6 -2\n\
                a 1 4 0 1 1\na 2 5 1 3 1\na 3 6 0 4 1\na 3 6 0 1 1\n";
    let instance = Instance::read(text, Layout::Auto).unwrap_or_else(|refusal| panic!("{refusal}"));
    let solution = certified(&instance);
    let [shortage] = solution.shortages() else { panic!("one shortage") };
    let fixed = instance.lower_bounds_into(&shortage.joining);
    let nodes: Vec<u32> = shortage.joining.iter().map(|&at| instance.sinks[at as usize]).collect();
    assert_eq!(nodes, [4]);
    assert_eq!((i128::from(shortage.demand) + fixed, i128::from(shortage.reach) + fixed), (3, 1));
    let of_five = instance.sinks.iter().position(|&node| node == 5).unwrap();
    assert_eq!(instance.lower_bounds_into(&[u32::try_from(of_five).unwrap()]), 1);
}
