//! Contact tracing on the user's own tables: visits and/or links and cases in, everybody exposed out.

mod read;
mod write;

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use epitier::contact::{ContactIndex, Direction, Investigation, Protocol, Trace};
use epitier::{Progress, Stopped, Watch};
use indicatif::{ProgressBar, ProgressStyle};

use read::{BadRows, Tables};

/// Traces contacts from cases over visits and links, in tiers and in time order.
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

OUTPUT (--out)
  person,tier,first_exposure,earliest,source,place   sorted by tier, first_exposure, person
  first_exposure: at the person's own tier; earliest: over all chains within the tier limit
  (with --backward both are the latest moments from which the person can have carried it);
  source and place: of the contact at first_exposure, no place for a link, neither for a case.

EXIT CODE
  0 traced, 1 bad input or a file that cannot be read or written, 2 wrong arguments."
)]
pub(crate) struct Arguments {
    /// Visits: person,place,start,end (half-open, never empty).
    #[arg(long, value_name = "CSV", required_unless_present = "links")]
    visits: Option<PathBuf>,
    /// Direct contacts: a,b,start,end and optionally `one_way` (true or false); start = end is an
    /// instant; one way means from a to b only.
    #[arg(long, value_name = "CSV")]
    links: Option<PathBuf>,
    /// Cases: person,from,until; an empty until is still open.
    #[arg(long, value_name = "CSV")]
    cases: PathBuf,
    /// How many tiers: 1 = close contacts, 2 = contacts of contacts; `all` = until nothing changes.
    #[arg(long, value_name = "N", default_value = "2", value_parser = tiers)]
    tiers: u32,
    /// Seconds that a contact must last.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    min_overlap: u32,
    /// Seconds between being exposed and exposing others: 0 lets same-instant chains count, 1 does not.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    latency: u32,
    /// Seconds that a place stays contaminated after a carrier leaves.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lag: u32,
    /// Trace back to those who can have exposed the cases within [from, until).
    #[arg(long)]
    backward: bool,
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

fn tiers(text: &str) -> Result<u32, String> {
    match text {
        "all" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "expected a whole number or `all`".to_owned()),
    }
}

impl Arguments {
    fn protocol(&self) -> Protocol {
        let direction = if self.backward { Direction::Backward } else { Direction::Forward };
        Protocol::new()
            .with_direction(direction)
            .with_tiers(self.tiers)
            .with_min_overlap(self.min_overlap)
            .with_latency(self.latency)
            .with_lag(self.lag)
    }
}

/// Draws a bar on standard error where a person looks, and nothing elsewhere.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {wide_bar} {percent:>3} %") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

/// Leaves no half-drawn line behind, whatever comes next.
impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Watch for Bar {
    fn progress(&self, progress: Progress) {
        self.0.set_message(progress.stage);
        self.0.set_length(progress.total);
        self.0.set_position(progress.done);
    }
}

/// Why the program stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    BadRows(#[from] BadRows),
    #[error("cannot write {path}: {reason}")]
    Write { path: String, reason: String },
    #[error("cannot start the threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    #[error("cancelled")]
    Cancelled,
}

/// Everything from the tables to the answer, with the seconds of each step.
pub(crate) struct Outcome {
    tables: Tables,
    index: ContactIndex,
    trace: Trace,
    seconds: [f64; 3],
}

fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let bar = Bar::new();
    let mut clock = Instant::now();
    let mut lap = || {
        let seconds = clock.elapsed().as_secs_f64();
        clock = Instant::now();
        seconds
    };
    let (visits, links) = (arguments.visits.as_deref(), arguments.links.as_deref());
    let (tables, builder) = Tables::read(visits, links, &arguments.cases, &bar)?;
    let read = lap();
    let index = builder.build(&bar).map_err(|stopped| match stopped {
        Stopped::Refused(problems) => tables.name_records(problems).into(),
        Stopped::Cancelled(_) => Failure::Cancelled,
    })?;
    let built = lap();
    let question =
        Investigation::new(arguments.protocol()).with_cases(tables.cases.iter().copied());
    let trace = index.trace(&question, &bar).map_err(|stopped| match stopped {
        Stopped::Refused(problems) => tables.name_cases(problems).into(),
        Stopped::Cancelled(_) => Failure::Cancelled,
    })?;
    let seconds = [read, built, lap()];
    Ok(Outcome { tables, index, trace, seconds })
}

/// Does what the arguments ask for, on as many threads as they say, and returns what to tell the user.
pub(crate) fn work(arguments: &Arguments) -> Result<String, Failure> {
    match arguments.threads {
        None => repeat(arguments),
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| repeat(arguments))
        }
    }
}

fn repeat(arguments: &Arguments) -> Result<String, Failure> {
    let mut outcome = run(arguments)?;
    let mut laps = vec![outcome.seconds];
    for _ in 1..arguments.repeat {
        outcome = run(arguments)?;
        laps.push(outcome.seconds);
    }
    let seconds = [0, 1, 2].map(|step| {
        let mut of_step: Vec<f64> = laps.iter().map(|lap| lap[step]).collect();
        of_step.sort_by(f64::total_cmp);
        f64::midpoint(of_step[(laps.len() - 1) / 2], of_step[laps.len() / 2])
    });
    let outcome = Outcome { seconds, ..outcome };
    if let Some(path) = &arguments.out {
        write::people(path, &outcome.tables, &outcome.trace)?;
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
        "{} visits and {} links of {} people at {} places",
        index.visit_count(),
        index.link_count(),
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

fn main() -> ExitCode {
    let told = work(&Arguments::parse()).and_then(|summary| {
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
            ExitCode::FAILURE
        }
    }
}
