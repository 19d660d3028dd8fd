//! Contact tracing on the user's own tables: visits and/or links and cases in, everybody exposed out.

mod read;
mod rules;
mod sheet;
mod write;

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Parser;
use epitier::contact::{ContactIndex, Investigation, NotCumulative, Trace};
use epitier::{Cancelled, Progress, Stopped, Watch};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use read::{Files, Tables};
use rules::Rules;
use sheet::BadRows;

/// Traces contacts from cases over visits, links and households, in tiers and in time order.
///
/// Tables are CSV with a header; columns may stand in any order and others are left alone. Times are
/// whole seconds or RFC 3339, of which fractions of a second are dropped; the output is RFC 3339 in UTC
/// if any time of the tables is, and whole seconds otherwise. Persons and places are any text; numbers
/// from 0 up, without leading zeros, sort as numbers and before all other text. Bad rows stop the
/// program before it traces: cells that cannot be read first, then rows that make no sense, each with
/// file, line and reason (the first 100 of them).
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
EXAMPLE
  cargo run --release --example trace -- --visits visits.csv --cases cases.csv --tiers 2 \\
      --min-overlap 900 --out traced.csv
  cargo run --release --example trace -- --visits visits.csv --households households.csv \\
      --cases cases.csv --protocol us-cdc-2020-10 --out traced.csv

OUTPUT (--out)
  person,tier,first_exposure,earliest,source,place,reason   sorted by tier, first_exposure, person
  first_exposure: at the person's own tier; earliest: over all chains within the tier limit
  (with --backward both are the latest moments from which the person can have carried it);
  source, place and reason: of the contact at first_exposure; no source for a case, a place only for a
  contact at a place; reason: index-case, direct-contact (a link), shared-place, household (living
  together) or cumulative (short contacts that count together).

CTRL-C
  Stops at the next step and leaves the files of --out and --stats as they were before.

EXIT CODE
  0 traced, 1 bad input or a file that cannot be read or written, 2 wrong arguments, 130 stopped by
  Ctrl-C."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    rules: Rules,
    /// Threads to use; all cores unless stated, or with 0.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Where to write the traced people.
    #[arg(long, value_name = "CSV")]
    out: Option<PathBuf>,
    /// Where to write counts, seconds and bytes.
    #[arg(long, value_name = "JSON")]
    stats: Option<PathBuf>,
    /// Read, build and trace so many times and report medians.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

/// Draws a bar on standard error where a person looks, and nothing elsewhere; asks another observer whether
/// to stop.
struct Bar<'a> {
    bar: ProgressBar,
    watch: &'a dyn Watch,
}

impl<'a> Bar<'a> {
    fn new(watch: &'a dyn Watch) -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{prefix:16} {wide_bar} {msg}") {
            bar.set_style(style);
        }
        Self { bar, watch }
    }
}

/// Leaves no half-drawn line behind, whatever comes next.
impl Drop for Bar<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Bar<'_> {
    fn progress(&self, progress: Progress) {
        self.watch.progress(progress);
        let Progress { stage, done, total } = progress;
        self.bar.set_prefix(stage);
        self.bar.set_length(total);
        self.bar.set_position(done);
        let done = HumanCount(done);
        self.bar.set_message(match total {
            0 => done.to_string(),
            total => format!("{done} of {}", HumanCount(total)),
        });
    }

    fn is_cancelled(&self) -> bool {
        self.watch.is_cancelled()
    }
}

/// What shells report for a program that Ctrl-C ended: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// What clap reports for arguments that it refuses.
const WRONG_ARGUMENTS: u8 = 2;

/// Why the program stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    BadRows(#[from] BadRows),
    #[error("cannot write {path}: {reason}")]
    Write { path: String, reason: String },
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error("cannot listen for Ctrl-C: {0}")]
    Signals(#[from] ctrlc::Error),
    #[error("--cumulative, --within: {0}")]
    Sum(#[from] NotCumulative),
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
}

/// Everything from the tables to the answer, with the seconds of each step.
pub(crate) struct Outcome {
    tables: Tables,
    index: ContactIndex,
    trace: Trace,
    seconds: [f64; 3],
}

fn run(arguments: &Arguments, bar: &Bar<'_>) -> Result<Outcome, Failure> {
    let mut clock = Instant::now();
    let mut lap = || {
        let seconds = clock.elapsed().as_secs_f64();
        clock = Instant::now();
        seconds
    };
    let protocol = arguments.rules.protocol(arguments.files.households.is_some())?;
    let (tables, builder) = Tables::read(&arguments.files, bar)?;
    let read = lap();
    let index = builder.build(bar).map_err(|stopped| match stopped {
        Stopped::Refused(problems) => Failure::BadRows(tables.name_records(problems)),
        Stopped::Cancelled(cancelled) => Failure::Cancelled(cancelled),
    })?;
    let built = lap();
    let question = Investigation::new(protocol).with_cases(tables.cases.iter().copied());
    let trace = index.trace(&question, bar).map_err(|stopped| match stopped {
        Stopped::Refused(problems) => Failure::BadRows(tables.name_cases(problems)),
        Stopped::Cancelled(cancelled) => Failure::Cancelled(cancelled),
    })?;
    let seconds = [read, built, lap()];
    Ok(Outcome { tables, index, trace, seconds })
}

/// Does what the arguments ask for, on as many threads as they say, and returns what to tell the user.
pub(crate) fn work(arguments: &Arguments, watch: &dyn Watch) -> Result<String, Failure> {
    let bar = Bar::new(watch);
    match arguments.threads {
        None => repeat(arguments, &bar),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| repeat(arguments, &bar))
        }
    }
}

fn repeat(arguments: &Arguments, bar: &Bar<'_>) -> Result<String, Failure> {
    let mut outcome = run(arguments, bar)?;
    let mut laps = vec![outcome.seconds];
    for _ in 1..arguments.repeat {
        outcome = run(arguments, bar)?;
        laps.push(outcome.seconds);
    }
    let seconds = [0, 1, 2].map(|step| {
        let mut of_step: Vec<f64> = laps.iter().map(|lap| lap[step]).collect();
        of_step.sort_by(f64::total_cmp);
        f64::midpoint(of_step[(laps.len() - 1) / 2], of_step[laps.len() / 2])
    });
    let outcome = Outcome { seconds, ..outcome };
    if let Some(path) = &arguments.out {
        write::people(path, &outcome.tables, &outcome.trace, bar)?;
    }
    if let Some(path) = &arguments.stats {
        write::stats(path, &outcome)?;
    }
    Ok(summary(&outcome))
}

fn summary(outcome: &Outcome) -> String {
    let Outcome { index, trace, seconds: [read, built, traced], .. } = outcome;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{} visits, {} links and {} presences at home of {} people at {} places",
        index.visit_count(),
        index.link_count(),
        index.presence_count(),
        index.people(),
        index.places()
    );
    for (tier, people) in trace.people_by_tier().iter().enumerate() {
        let name = match tier {
            0 => "cases",
            1 => "close contacts",
            2 => "contacts of contacts",
            _ => "farther contacts",
        };
        let _ = writeln!(text, "  tier {tier:<3} {people:>10}  {name}");
    }
    let _ = writeln!(text, "read {read:.3} s, built {built:.3} s, traced {traced:.6} s");
    text
}

/// Works until it is done or the user presses Ctrl-C.
fn interruptible(arguments: &Arguments) -> Result<String, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let pressed = Arc::clone(&stop);
    ctrlc::set_handler(move || pressed.store(true, Ordering::Relaxed))?;
    work(arguments, &*stop)
}

fn main() -> ExitCode {
    let told = interruptible(&Arguments::parse()).and_then(|summary| {
        match std::io::stdout().write_all(summary.as_bytes()) {
            // Nobody reads on: `trace … | head`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| write::failure(Path::new("standard output"), error)),
        }
    });
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            match failure {
                Failure::Cancelled(_) => ExitCode::from(INTERRUPTED),
                Failure::Sum(_) => ExitCode::from(WRONG_ARGUMENTS),
                _ => ExitCode::FAILURE,
            }
        }
    }
}
