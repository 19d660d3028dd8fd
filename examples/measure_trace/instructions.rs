//! Worst cases by the instructions they take, which valgrind counts alike on a busy machine.

use std::error::Error;
use std::fmt::Write as _;

use clap::ValueEnum;

use crate::callgrind;
use crate::worst::{Make, WORST};

/// Twice the rows may take so many times the instructions.
const MOST: f64 = 2.5;

/// How far a worst case is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum Step {
    /// Make the rows.
    Rows,
    /// And build the index.
    Index,
    /// And trace forward and backward.
    Trace,
}

/// Takes one worst case so far, in this process.
pub(crate) fn run(name: &str, rows: u32, step: Step) -> Result<(), Box<dyn Error>> {
    let worst = known(name)?(rows);
    let builders = worst.builders();
    if step >= Step::Index {
        let index = worst.index(builders);
        println!("{} bytes in {} segments", index.bytes(), index.segments());
        if step >= Step::Trace {
            let [forward, backward] = worst.trace(&index);
            println!("forward {:?}", forward.people_by_tier().iter().take(8).collect::<Vec<_>>());
            println!("backward {:?}", backward.people_by_tier().iter().take(8).collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn known(name: &str) -> Result<Make, Box<dyn Error>> {
    let found = WORST.iter().find(|(worst, _)| *worst == name);
    Ok(found.ok_or_else(|| format!("no worst case is called {name}"))?.1)
}

/// A table of all worst cases with `rows` and twice as many, and whether any of them grows too fast.
pub(crate) fn table(rows: u32) -> Result<(String, bool), Box<dyn Error>> {
    let mut text = format!(
        "| worst case, {rows} and {} rows | build, instructions a row | ratio | \
         trace, instructions a row | ratio |\n| --- | --- | --- | --- | --- |\n",
        2 * rows
    );
    let mut too_fast = false;
    for (name, _) in WORST {
        let once = counts(name, rows)?;
        let twice = counts(name, 2 * rows)?;
        let _ = write!(text, "| {name} ");
        for (once, twice) in once.into_iter().zip(twice) {
            let ratio = twice / once;
            too_fast |= ratio > MOST;
            let _ = write!(text, "| {:.0} | {ratio:.2} ", once / f64::from(rows));
        }
        text.push_str("|\n");
    }
    Ok((text, too_fast))
}

/// The instructions of the build and of the traces, in processes of their own on one thread.
fn counts(name: &str, rows: u32) -> Result<[f64; 2], Box<dyn Error>> {
    let [made, built, traced] = [
        count(name, rows, Step::Rows)?,
        count(name, rows, Step::Index)?,
        count(name, rows, Step::Trace)?,
    ];
    Ok([built - made, traced - built])
}

fn count(name: &str, rows: u32, step: Step) -> Result<f64, Box<dyn Error>> {
    let step = step.to_possible_value().ok_or("every step has a name")?;
    let rows = rows.to_string();
    callgrind::count(&["worst", name, "--rows", &rows, "--step", step.get_name()])
}
