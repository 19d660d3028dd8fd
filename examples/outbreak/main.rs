//! The outbreak of August 2021 in Huanggang, at the scale of the article that the library was written
//! for: build the four-tier network, find the index child and his contacts, send the responders, run the rounds,
//! read what is recorded beside them, report.
//!
//! `cargo run --release --example outbreak` needs nothing else; the README in `examples/data/outbreak`
//! says which figures are the article's, which are constructed and which are generated.

mod catchments;
mod coordinates;
mod day_after;
mod generate;
mod groups;
mod investigation;
mod investigators;
mod places;
mod pools;
#[path = "../support/random.rs"]
mod random;
mod registers;
mod report;
mod rounds;
mod scenario;
mod second_case;
mod site;
mod staff;
mod survey;
mod tables;
mod testing;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::catchments::Walks;
use crate::coordinates::Coordinates;
use crate::day_after::{DayAfter, MutualAid};
use crate::groups::Groups;
use crate::investigation::{Inquiry, Readings, protocol, same_train, source, variants};
use crate::investigators::investigators;
use crate::pools::Pools;
use crate::registers::Registers;
use crate::report::Report;
use crate::scenario::{City, Outcome, Records};
use crate::second_case::SecondCase;
use crate::site::SitePlans;
use crate::staff::{HomeUnits, Staffing};
use crate::survey::Survey;
use crate::tables::Tables;
use crate::testing::{Seat, Town};

/// Traces the contacts of the index child of 2021, sends the responders and runs the rounds, at the article's scale.
///
/// Prints a situation report. It is the same in every run, but for the seconds at the end.
#[derive(Parser)]
struct Arguments {
    /// Threads to work on; as many as the machine has where not stated.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    threads: usize,
    /// Writes the report to a file instead of the screen.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("outbreak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build()?;
    // Only the text of an error leaves the pool: what may be in one cannot change threads.
    let report = pool.install(|| tell().map_err(|error| error.to_string()))?;
    if let Some(file) = &arguments.out {
        std::fs::write(file, report).map_err(|error| format!("{}: {error}", file.display()))?;
    } else {
        std::io::stdout().write_all(report.as_bytes())?;
    }
    Ok(())
}

/// The story in order, and the report of it.
fn tell() -> Outcome<String> {
    let mut clock = Stopwatch::default();
    let tables = clock.time("read the tables", Tables::read)?;
    let city = clock.time("build the network, settle residents", || City::new(&tables))?;
    let records = clock.time("generate nights and workdays", || Records::new(&tables, &city))?;
    let index = clock.time("index all visits", || records.index(records.visits()))?;

    let found = clock.time("search the passenger list", || same_train(&tables, &city, &records))?;
    let source = clock.time("trace back to the source", || source(&tables, &city, &index))?;
    let inquiry = Inquiry::new(&tables, &city, &index, &source)?;
    let trace = clock.time("trace both tiers of contacts", || inquiry.trace(protocol(), true))?;
    let variants = clock.time("trace by five other rules", || variants(&inquiry))?;
    let readings = clock.time("read places and last exposures off the trace", || {
        Readings::new(inquiry.index, &trace)
    })?;
    let second = clock.time("late visits: extend the index", || {
        SecondCase::new(&tables, &city, &records, &index, &trace)
    })?;
    let resumed = clock.time("second case: continue the trace", || second.resume(&trace))?;
    let fresh = clock.time("second case: trace afresh, to compare", || second.afresh())?;
    if resumed != fresh {
        return Err("the continued trace is not the fresh one".into());
    }
    let staffing = send(&mut clock, &tables, &city)?;
    let coordinates = Coordinates::new(&city);
    let walks = clock.time("divide the county seat among sites", || {
        Walks::new(&city, &coordinates, &staffing.sites)
    })?;
    let groups =
        clock.time("form working groups, commando teams", || Groups::new(&city, &coordinates))?;
    let teams = clock.time("form investigation teams", || investigators(&city, true))?;
    let reduced = clock.time("form them without two", || investigators(&city, false))?;
    let day_after = clock
        .time("book the sites, mend the plan", || DayAfter::new(&city, &staffing.sites, &trace))?;
    let aid = clock.time("mutual aid, free and ordered", || MutualAid::new(&city))?;

    let survey =
        clock.time("survey Meiyuan in 3 rounds", || Survey::new(&city, &staffing.caseloads))?;
    let town = clock.time("test the town in 3 rounds", || Town::new(&city))?;
    let seat = clock.time("test the county seat in a night", || Seat::new(&city, &walks))?;
    let plans =
        clock.time("plan the sampling sites", || SitePlans::new(&city, &staffing.sites, &walks))?;
    let pools = clock.time("read tubes three times", || Pools::new(&town, &protocol()))?;
    let registers = clock.time("checkpoints, disinfection, needs", || {
        Registers::new(&tables, &city, &index, &trace)
    })?;

    let mut report = Report::new(&tables, &city, &records);
    report.preface();
    report.network()?;
    report.found(&found, &source);
    report.contacts(&inquiry, &trace, &readings, &variants)?;
    report.places(&readings);
    report.last_exposures(&trace, &readings)?;
    report.second_case(&second, &trace, &resumed);
    report.posts(&staffing);
    report.walks(&staffing.sites, &walks);
    report.investigators(&teams, &reduced);
    report.groups(&groups);
    report.day_after(&staffing.sites, &day_after);
    report.mutual_aid(&aid);
    report.survey(&survey);
    report.town(&town);
    report.seat(&seat);
    report.site_plans(&plans, &staffing.sites);
    report.pools(&pools);
    report.checks(&registers);
    report.disinfection(&registers);
    report.needs(&registers);
    report.seconds(&clock.steps);
    Ok(report.finish())
}

/// Everybody to their posts.
fn send(clock: &mut Stopwatch, tables: &Tables, city: &City) -> Outcome<Staffing> {
    let home_units = HomeUnits::new(tables, city)?;
    let compound = clock.time("send responders to the compound", || staff::compound(city))?;
    Ok(Staffing {
        linked: clock.time("assign to linked communities", || {
            staff::linked_communities(city, &home_units)
        })?,
        sites: clock.time("assign samplers to sites", || staff::sampling_sites(city))?,
        checkpoints: clock.time("staff the checkpoints", || staff::checkpoints(tables, city))?,
        caseloads: clock
            .time("divide the compound door by door", || staff::caseloads(city, &compound))?,
        compound,
        home_units,
    })
}

/// The seconds that each step took.
#[derive(Default)]
struct Stopwatch {
    steps: Vec<(&'static str, f64)>,
}

impl Stopwatch {
    fn time<T>(&mut self, label: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = work();
        self.steps.push((label, start.elapsed().as_secs_f64()));
        value
    }
}
