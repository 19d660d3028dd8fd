//! Hostile inputs by the instructions that their solution takes.

use std::error::Error;
use std::fmt::Write as _;

use epitier::solver::transport::solve;

use crate::callgrind;
use crate::hostile::{HOSTILE, Make, RANDOM};

/// The size of the inputs, unless stated.
pub(crate) const SIZE: u32 = 2_000;

/// What a hostile input may take, against one of random numbers.
const MOST: f64 = 10.0;

/// Makes an input in this process, and solves it.
pub(crate) fn run(name: &str, size: u32, make_only: bool) -> Result<(), Box<dyn Error>> {
    let known = HOSTILE.into_iter().chain([("random", RANDOM)]).find(|(known, _)| *known == name);
    let (_, make): (_, Make) = known.ok_or_else(|| format!("no hostile input is called {name}"))?;
    let problem = make(size);
    println!("{} arcs", problem.arcs().len());
    if !make_only {
        println!("cost {}", solve(&problem, &())?.cost());
    }
    Ok(())
}

/// A table of all hostile inputs, and whether any of them takes too many instructions.
pub(crate) fn table(size: u32) -> Result<(String, bool), Box<dyn Error>> {
    let random = count("random", size)?;
    let mut text = format!(
        "| input of {} arcs | million instructions | against random numbers, at most {MOST} x | met |\n\
         | --- | --- | --- | --- |\n| random | {:.1} | | |\n",
        RANDOM(size).arcs().len(),
        random / 1e6
    );
    let mut too_many = false;
    for (name, _) in HOSTILE {
        let counted = count(name, size)?;
        let ratio = counted / random;
        too_many |= ratio > MOST;
        let met = if ratio > MOST { "**no**" } else { "yes" };
        let _ = writeln!(text, "| {name} | {:.1} | {ratio:.2} x | {met} |", counted / 1e6);
    }
    Ok((text, too_many))
}

/// The instructions of the solution alone.
fn count(name: &str, size: u32) -> Result<f64, Box<dyn Error>> {
    let size = size.to_string();
    let all = ["hostile", name, "--size", &size, "--make-only"];
    Ok(callgrind::count(&all[..4])? - callgrind::count(&all)?)
}
