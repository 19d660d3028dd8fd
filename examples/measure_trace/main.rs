//! Measures tracing on this machine, beside the tools that one would use instead.

#[path = "../support/callgrind.rs"]
mod callgrind;
mod gauge;
mod instance;
mod instructions;
mod live;
mod model;
mod ours;
mod peers;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/report.rs"]
mod report;
mod table;
mod worst;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use instance::Instance;
use instructions::Step;

/// Measures tracing on this machine and writes a table of ratios.
///
/// Generates towns of a million to 60 million visits and 10 million instants, builds and traces, asks
/// `DuckDB`, Polars and tglib the same where Python has them, compares the answers, and only then writes
/// times. Both sides take turns in one run, on as many threads (`RAYON_NUM_THREADS`, or all).
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
EXAMPLES
  cargo run --release --example measure_trace -- table --instances V1
  cargo run --release --example measure_trace -- table --python python3 --out table.md
  cargo run --release --example measure_trace -- instructions

The peers need: pip install numpy duckdb polars; and, on Python 3.10, pip install numpy tglib-python.
V3 needs 6 GB of memory and 1.5 GB of disk, V2 with its peers 6 GB.

EXIT CODE
  0 measured, 1 answers differ, a worst case grows too fast or something could not be measured,
  2 wrong arguments."
)]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Everything, as a Markdown table.
    Table(table::Options),
    /// The worst cases by instructions, with valgrind: twice the rows, less than 2.5 times as many.
    Instructions {
        /// How many rows the smaller half of each pair has.
        #[arg(long, default_value_t = 20_000)]
        rows: u32,
    },
    /// One worst case in this process, for a profiler.
    Worst {
        /// Which one, as `instructions` calls it.
        name: String,
        /// How many rows.
        #[arg(long, default_value_t = 1_000_000)]
        rows: u32,
        /// How far to go.
        #[arg(long, value_enum, default_value_t = Step::Trace)]
        step: Step,
    },
    /// Builds an index and sorts as many numbers, in turn; one line of JSON.
    Build {
        /// V0, V1, V2, V3 or P1S.
        instance: String,
        /// The folder of the instances.
        #[arg(long)]
        data: PathBuf,
        /// How often.
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
}

fn run(action: &Action) -> Result<bool, Box<dyn Error>> {
    match action {
        Action::Table(options) => table::write(options),
        Action::Instructions { rows } => {
            let (table, too_fast) = instructions::table(*rows)?;
            print!("{table}");
            Ok(!too_fast)
        }
        Action::Worst { name, rows, step } => {
            instructions::run(name, *rows, *step)?;
            Ok(true)
        }
        Action::Build { instance, data, runs } => {
            let built = ours::build(&Instance::existing(instance, data)?, *runs)?;
            println!("{}", serde_json::to_string(&built)?);
            Ok(true)
        }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
