//! Measures assignment on this machine, beside the tools that one would use instead.

#[path = "../support/callgrind.rs"]
mod callgrind;
#[path = "../transport/formats.rs"]
#[expect(dead_code, reason = "the example `transport` writes, this one only reads")]
mod formats;
#[path = "../support/hostile.rs"]
mod hostile;
mod instance;
mod instructions;
mod nearest;
mod peers;
#[path = "../support/random.rs"]
mod random;
mod replan;
#[path = "../support/report.rs"]
mod report;
mod shapes;
#[path = "../assign_peers/solve.rs"]
mod solve;
mod table;

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures assignment on this machine and writes a table of ratios.
///
/// Generates instances of 700 by 77 to a million by 20,000, solves them on one thread and on two, has the peers
/// that are installed solve the same, compares the optima, and only then writes times. Every call is a
/// process of its own, in turn.
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
EXAMPLES
  cargo run --release --example measure_assign -- table --instances D1,S1
  cargo run --release --example measure_assign -- table --python python3 --lemon ./mcf_lemon --out table.md
  cargo run --release --example measure_assign -- instructions

The peers need: pip install numpy ortools scipy POT lapx. `mcf_lemon` is the developers' driver of LEMON:
it takes FILE.bin and `ns` or `cos`, and prints a line of JSON.
S2 and S2C need 140 MB of disk each; their peers need up to 3 GB of memory and minutes.

EXIT CODE
  0 measured, 1 optima differ, a hostile input takes too long or something could not be measured,
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
    /// Hostile inputs by instructions, with valgrind: at most 10 times those of random numbers.
    Instructions {
        /// How large they are: the sources of the random one, with 20 arcs each.
        #[arg(long, default_value_t = instructions::SIZE)]
        size: u32,
    },
    /// Makes one hostile input and perhaps solves it, for a profiler.
    Hostile {
        /// Which one, as `instructions` calls it; or `random`.
        name: String,
        /// How large it is.
        #[arg(long, default_value_t = instructions::SIZE)]
        size: u32,
        /// Only make it.
        #[arg(long)]
        make_only: bool,
    },
    /// Solves one instance; prints one line of JSON.
    Solve(solve::Options),
}

fn run(action: &Action) -> Result<bool, Box<dyn Error>> {
    match action {
        Action::Table(options) => table::write(options),
        Action::Instructions { size } => {
            let (table, too_many) = instructions::table(*size)?;
            print!("{table}");
            Ok(!too_many)
        }
        Action::Hostile { name, size, make_only } => {
            instructions::run(name, *size, *make_only)?;
            Ok(true)
        }
        Action::Solve(options) => {
            println!("{}", solve::line(options)?);
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
