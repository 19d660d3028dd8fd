//! Solves an instance of the assignment harness and prints the one line of JSON that it wants.
//!
//! ```text
//! cargo build --release --example assign_peers
//! ASSIGN_EXTRA='mine=target/release/examples/assign_peers {bin}' python run_peers.py bench --inst S1 --peers mine,lemon_ns
//! ```
//!
//! `FILE.bin` is what the harness's `gen.py` writes: workers with supplies, posts with a minimum, a maximum
//! and a level, and the cost of every eligible pair. The harness adds weights for a worker without a post and
//! for a post below its minimum. They are so large that they say "first the minima by level, then everybody,
//! then the cost"; here that order is part of the problem, and the weights serve only to state the value of
//! the answer in the harness's terms. Only the call of the solver is timed; the answer is certified afterwards.

mod solve;

use std::error::Error;

use clap::Parser;

/// Solves NAME.bin of the assignment harness; prints one line of JSON.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: solve::Options,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", solve::line(&Arguments::parse().options)?);
    Ok(())
}
