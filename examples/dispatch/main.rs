//! Sends responders to posts: tables in, a plan out, and the names of whatever is missing.

mod input;
mod output;
#[path = "../support/table.rs"]
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use epitier::dispatch::{Assignment, CostPolicy, DistanceRule, Lending, PlanWithin};

use input::{Files, Input};

const COLUMNS: &str = "\
Tables are CSV files with a header; columns in [brackets] may be empty or missing.

  units.csv         code,name,tier,[parent],[latitude],[longitude]
                    tier: headquarters, subdistrict, community, compound or building
  responders.csv    responder,[supply],[skills],[home_unit],[residence],[headquarters],[latitude],
                    [longitude],[previous],[unplaced_priority],[unplaced_cost]
                    supply: people in the row, 1 if empty; skills: names with semicolons between them;
                    residence: the code of a unit; previous: the post they are at now;
                    headquarters: a unit of the one they belong to, where that is not the residence's;
                    unplaced_priority: how urgent it is that they get a post, 0 is the most urgent;
                    unplaced_cost: or what it costs to leave each of them without one
  posts.csv         post,unit,min,max,[kind],[requires],[priority],[start],[end],[latitude],[longitude]
                    unit: a code; kind: checkpoint, closed-off-duty, sampling-site, caseload,
                    investigation-team, survey, vaccination, disinfection, life-support, publicity,
                    rapid-response-team or other; requires: skills that everybody must have;
                    priority: 0 (the default) is the most urgent; start, end: seconds or RFC 3339
  pairings.csv      home_unit,unit
  availability.csv  responder,start,end
                    a responder without a row is always available
  fixed.csv         responder,post,[people]
                    who is where in every plan, however far that is; people: 1 if empty
  forbidden.csv     responder,post
                    who is at a post in no plan
  drop_outs.csv     responder,[people]
                    who drops out once the plan is made; people: 1 if empty. The plan is made again with
                    as few moves as pay: each person who leaves a post costs the stay price

Distances are great-circle metres (WGS-84) and edges of the network; the plan costs what the default
policy of the library says. plan.csv has the columns post,responder,people,cost (of each person).
Exit code 1: a table has problems; each is printed with its file and line, and nothing is planned.";

/// Send responders to posts at least cost, with proof.
///
/// Without tables of your own it plans for the small ones in examples/data/dispatch.
#[derive(Parser)]
#[command(name = "dispatch", after_help = COLUMNS)]
struct Arguments {
    /// The units of the network.
    #[arg(long, value_name = "FILE", requires = "responders")]
    units: Option<PathBuf>,
    /// The people who can be sent.
    #[arg(long, value_name = "FILE", requires = "posts")]
    responders: Option<PathBuf>,
    /// The posts that need people.
    #[arg(long, value_name = "FILE", requires = "units")]
    posts: Option<PathBuf>,
    /// Which home unit is paired with which unit of the network.
    #[arg(long, value_name = "FILE", requires = "units")]
    pairings: Option<PathBuf>,
    /// When responders are available.
    #[arg(long, value_name = "FILE", requires = "units")]
    availability: Option<PathBuf>,
    /// Who is at which post in every plan.
    #[arg(long, value_name = "FILE")]
    fixed: Option<PathBuf>,
    /// Who is at which post in no plan.
    #[arg(long, value_name = "FILE")]
    forbidden: Option<PathBuf>,
    /// Who drops out once the plan is made: says who moves, and what that is good for.
    #[arg(long, value_name = "FILE")]
    drop_outs: Option<PathBuf>,
    /// What it costs, beside the policy, when a person leaves a post for those who dropped out.
    #[arg(long, value_name = "COST", requires = "drop_outs", default_value_t = 0)]
    stay_price: i64,
    /// Who goes to another headquarters: unrestricted, never, when-short or when-short:COST.
    #[arg(long, value_name = "WHO", default_value = "unrestricted", value_parser = lending)]
    lending: Lending,
    /// Where to write the plan; with drop-outs the one that is made again.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Send nobody farther than so many metres.
    #[arg(long, value_name = "METRES")]
    max_metres: Option<u32>,
    /// Send nobody farther than so many edges of the network.
    #[arg(long, value_name = "EDGES")]
    max_edges: Option<u32>,
    /// Look at no more than so many of the cheapest posts of each responder.
    #[arg(long, value_name = "POSTS")]
    keep_cheapest: Option<u32>,
    /// Place as many people as possible, before cost is looked at.
    #[arg(long)]
    place_everybody: bool,
    /// Stop after so much work of the solver: the best plan so far, and how far from the best it is at most.
    #[arg(long, value_name = "WORK", conflicts_with = "drop_outs")]
    work: Option<u64>,
}

impl Arguments {
    fn files(&self) -> Files {
        let (fixed, forbidden) = (self.fixed.clone(), self.forbidden.clone());
        let drop_outs = self.drop_outs.clone();
        if let (Some(units), Some(responders), Some(posts)) =
            (&self.units, &self.responders, &self.posts)
        {
            let (pairings, availability) = (self.pairings.clone(), self.availability.clone());
            let [units, responders, posts] = [units, responders, posts].map(PathBuf::clone);
            return Files {
                units,
                responders,
                posts,
                pairings,
                availability,
                fixed,
                forbidden,
                drop_outs,
            };
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/dispatch");
        Files {
            units: folder.join("units.csv"),
            responders: folder.join("responders.csv"),
            posts: folder.join("posts.csv"),
            pairings: Some(folder.join("pairings.csv")),
            availability: Some(folder.join("availability.csv")),
            fixed,
            forbidden,
            drop_outs,
        }
    }

    fn policy(&self) -> CostPolicy {
        let metres = DistanceRule { cost: 1, limit: self.max_metres, unknown: 20_000 };
        let edges = DistanceRule { cost: 250, limit: self.max_edges, unknown: 8 };
        CostPolicy::new().with_metres(metres).with_edges(edges)
    }
}

/// The words of `--lending`.
fn lending(words: &str) -> Result<Lending, String> {
    let cost = match words {
        "unrestricted" => return Ok(Lending::Unrestricted),
        "never" => return Ok(Lending::Never),
        "when-short" => Some(0),
        _ => words.strip_prefix("when-short:").and_then(|cost| cost.parse().ok()),
    };
    let words = "unrestricted, never, when-short or when-short:COST";
    cost.map(|cost| Lending::WhenShort { cost }).ok_or_else(|| format!("not {words}"))
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    let input = match input::read(&arguments.files()) {
        Ok(input) => input,
        Err(problems) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            eprintln!("{} problems; nothing was planned", problems.len());
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut builder = input
        .builder
        .clone()
        .policy(arguments.policy())
        .place_everybody(arguments.place_everybody)
        .lending(arguments.lending);
    if let Some(posts) = arguments.keep_cheapest {
        builder = builder.keep_cheapest(posts);
    }
    let dispatch = builder.build()?;
    let found = match arguments.work {
        None => PlanWithin::Best(dispatch.solve(&())?),
        Some(work) => dispatch.solve_within(work, &())?,
    };
    let mut plan = match found {
        PlanWithin::Best(plan) => plan,
        PlanWithin::Stopped(plan) => {
            output::print_so_far(&input, &dispatch, &plan);
            plan.certify()?;
            println!("certified: the plan keeps every rule, and the bound is proven");
            return Ok(save(&arguments, &input, plan.assignments()));
        }
    };
    output::print(&input, &dispatch, &plan);
    plan.certify()?;
    let among = if plan.left_out() == 0 { "" } else { " of the pairs that were kept" };
    println!("certified: no other plan{among} fills more, and none that fills as much costs less");
    if !input.changes.is_empty() {
        let (again, replan) = plan.replan(&input.changes, arguments.stay_price, &())?;
        output::print_replan(&input, &replan);
        output::print_shortages(&input, &again);
        again.certify()?;
        println!("certified: where a move costs {}, no other plan is better", arguments.stay_price);
        plan = again;
    }
    Ok(save(&arguments, &input, plan.assignments()))
}

/// Writes the plan where that was asked for.
fn save(arguments: &Arguments, input: &Input, assignments: &[Assignment]) -> ExitCode {
    let Some(file) = &arguments.out else { return ExitCode::SUCCESS };
    if let Err(error) = output::write(input, assignments, file) {
        eprintln!("cannot write {}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    println!("{} assignments written to {}", assignments.len(), file.display());
    ExitCode::SUCCESS
}
