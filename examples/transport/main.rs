//! Solves a transportation or assignment problem from a text file, and certifies the answer.
//!
//! ```text
//! cargo run --release --example transport -- FILE [--out FLOW] [--prices FILE] [--threads N]
//! ```

mod formats;

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use epitier::solver::transport::{Solution, certify, solve};
use epitier::{Progress, Watch};
use indicatif::ProgressBar;

use formats::{Instance, Layout};

/// Solves a transportation or assignment problem to proven optimality.
///
/// FILE is DIMACS text (`p min`, in which every arc must run from a node with supply to a node with
/// demand, or `p asn`) or OR-Library assignment text (dense or sparse). All supplies must leave and all
/// demands must be met, at the least total cost.
///
/// Exit codes: 0 solved; 1 the file was refused, or cannot be read or written; 2 the demand cannot be
/// met. In the last case the reason is printed, and --out and --prices still get the best partial flow
/// (without an `s` line) and its prices.
#[derive(Parser)]
struct Options {
    /// The problem.
    file: PathBuf,

    /// Write the flow here, as DIMACS solution lines: `s COST`, `f TAIL HEAD FLOW`.
    ///
    /// In OR-Library text row i is node i, and column j is node n + j.
    #[arg(long)]
    out: Option<PathBuf>,

    /// Write the prices here: `v NODE LEVEL COST`, what one more unit at the node would cost, where no arc is full.
    ///
    /// The level counts units that would find no place or no longer be lacking; it comes before the cost.
    #[arg(long)]
    prices: Option<PathBuf>,

    /// Threads to solve independent parts on; by default one for each core.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,

    /// How an OR-Library text is laid out; by default whichever fits its numbers.
    #[arg(long, value_enum, default_value_t = Layout::Auto)]
    layout: Layout,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}: {error}", options.file.display());
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let start = Instant::now();
    let instance = Instance::read(&fs::read_to_string(&options.file)?, options.layout)?;
    let read = start.elapsed();

    let problem = &instance.problem;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    let spinner = Spinner(ProgressBar::new_spinner());
    let start = Instant::now();
    let solution = pool.install(|| solve(problem, &spinner))?;
    let solved = start.elapsed();
    spinner.0.finish_and_clear();
    certify(problem, &solution)?;

    let missing = solution.missing(0);
    if missing == 0 {
        println!("optimum   {}", instance.cost(&solution));
    } else {
        println!("infeasible: {missing} units of demand cannot be met");
        print_shortage(&instance, &solution);
    }
    println!("sources   {}", problem.supplies().len());
    println!("sinks     {}", problem.sinks().len());
    println!("arcs      {}", problem.arcs().len());
    println!("read      {:.3} s", read.as_secs_f64());
    println!("solved    {:.3} s", solved.as_secs_f64());
    println!("certified: flow, prices and totals were checked without trusting the solver");

    if let Some(path) = &options.out {
        write(path, |out| instance.write_flow(&solution, out))?;
    }
    if let Some(path) = &options.prices {
        write(path, |out| instance.write_prices(&solution, out))?;
    }
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Names the nodes that prove that the demand cannot be met.
fn print_shortage(instance: &Instance, solution: &Solution) {
    for shortage in solution.shortages() {
        let nodes = shortage.joining.iter().map(|&sink| instance.sinks[sink as usize].to_string());
        let fixed = instance.lower_bounds_into(&shortage.joining);
        println!("  these nodes need   {}", i128::from(shortage.demand) + fixed);
        println!("  but can get only   {}", i128::from(shortage.reach) + fixed);
        println!("  nodes: {}", nodes.collect::<Vec<_>>().join(" "));
    }
}

fn write(
    path: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), String> {
    let written = File::create(path).map(BufWriter::new).and_then(|mut out| {
        content(&mut out)?;
        out.flush()
    });
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Shows the progress where a person looks on.
struct Spinner(ProgressBar);

impl Watch for Spinner {
    fn progress(&self, Progress { stage, done, .. }: Progress) {
        self.0.set_message(format!("{stage}: {done}"));
        self.0.tick();
    }
}
