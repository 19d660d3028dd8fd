//! Measures rounds of a campaign on this machine, beside plain tables in SQL databases.

#[expect(dead_code, reason = "the other measurements use the rest")]
#[path = "../measure_trace/gauge.rs"]
mod gauge;
#[path = "../support/random.rs"]
mod random;
#[expect(dead_code, reason = "the other measurements use the rest")]
#[path = "../support/report.rs"]
mod report;
#[path = "../support/town.rs"]
mod town;

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use clap::Parser;
use epitier::campaign::{Act, Campaign, Entry, EventId, Outcome, Round, Target};
use epitier::campaign::{RoundKind, RoundPlan, Subject};
use epitier::network::Tier;
use epitier::population::Population;
use epitier::{PersonId, UnitId};
use gauge::measure;
use report::{Cost, Report, Row, Seconds};
use serde::Deserialize;

/// Residents of a community.
const COMMUNITY: usize = 12_000;

const SCRIPT: &str = include_str!("peers.py");

/// Measures rounds of a campaign on this machine and writes a table of ratios.
///
/// Makes a city and one visit to each of its residents, records them, asks for the coverage of every unit and the
/// gap list of a community, then asks `DuckDB` and `SQLite` the same of plain tables where Python has them. All
/// on one thread; the answers are compared.
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
EXAMPLES
  cargo run --release --example measure_campaign -- --communities 20
  cargo run --release --example measure_campaign -- --python python3 --out table.md

The peers need: pip install duckdb; SQLite comes with Python. In full it needs 6 GB of memory, with the peers.

EXIT CODE
  0 measured, 1 answers differ or something could not be measured, 2 wrong arguments."
)]
struct Arguments {
    /// So many communities of 12,000 people; 490 are Huanggang.
    #[arg(long, default_value_t = 490)]
    communities: u32,
    /// The interpreter of the peers; without it, nothing stands beside the figures.
    #[arg(long)]
    python: Option<PathBuf>,
    /// A folder for the tables of the peers.
    #[arg(long, default_value = "target/measure_campaign")]
    work: PathBuf,
    /// Writes the table to a file instead of the screen.
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("measure_campaign: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a side answers to one question.
#[derive(Deserialize)]
struct Answer {
    question: String,
    #[serde(default)]
    version: String,
    seconds: f64,
    found: Vec<u64>,
}

fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let report = pool.install(|| measured(arguments).map_err(|error| error.to_string()))?;
    let text = pool.install(|| report.text());
    match &arguments.out {
        Some(file) => fs::write(file, text)?,
        None => println!("{text}"),
    }
    Ok(report.is_right())
}

fn measured(arguments: &Arguments) -> Result<Report, Box<dyn Error>> {
    let population = town::people(arguments.communities);
    let entries = town::visits(&population);
    let mut shuffled = entries.clone();
    shuffled.sort_unstable_by_key(|entry| town::mixed(entry.event.get()));
    let mut report = Report::new(
        "Unfair to us: the databases get all visits in one statement, already in their memory, and answer nobody \
         row by row. Unfair to them: they keep more than a round needs, on disk if asked to, and any question can \
         be put to them; here each runs on one thread, with an index on the community and on the person.",
    );
    let community = population.network().unit("c0").ok_or("no community")?;
    let ours = ours(&population, [&shuffled, &entries], community, &mut report)?;

    let Some(python) = &arguments.python else { return Ok(report) };
    write_tables(&arguments.work, &population, &shuffled)?;
    for name in ["duckdb", "sqlite"] {
        for theirs in peer(python, name, &arguments.work, community)? {
            let known = ours.iter().find(|own| own.question == theirs.question);
            let own = known.ok_or("a question that nobody asked")?;
            report.check(&own.question, name, own.found == theirs.found);
            let cost = |seconds| Cost { wall: seconds, cpu: f64::NAN };
            let row = Row::new(format!("{}, beside {name} {}", own.question, theirs.version));
            let row = row.at_least(theirs.seconds / own.seconds, None);
            report.add(row.times(cost(own.seconds), Some(cost(theirs.seconds))));
        }
    }
    Ok(report)
}

/// Our side: the rows of the table that need nobody beside them, and the answers to compare.
fn ours(
    population: &Population,
    [shuffled, walking]: [&[Entry]; 2],
    community: UnitId,
    report: &mut Report,
) -> Result<[Answer; 3], Box<dyn Error>> {
    let residents = shuffled.len();
    let empty = town::open(population);
    let once = Duration::ZERO;
    let mut record = |entries: &[Entry], order: &str| {
        let mut round = empty.clone();
        let (cost, answers) = measure(once, || round.record_all(entries, &()));
        let new = answers?.iter().flatten().filter(|receipt| !receipt.retried).count();
        let rate = number(new) / cost.wall / 1e6;
        let row = Row::new(format!("{residents} visits recorded, {order}"));
        let must = (">= 5 million a second".to_owned(), rate >= 5.0);
        report
            .add(row.measured(format!("{rate:.1} million a second"), Some(must)).times(cost, None));
        Ok::<_, epitier::Cancelled>((round, cost.wall, new as u64))
    };
    record(walking, "in walking order")?;
    let (round, recording, new) = record(shuffled, "in no order")?;

    let least = Duration::from_millis(500);
    let (cost, coverage) = measure(least, || round.coverage_by_unit());
    let limit = |name: String, cost: Cost, most: f64| {
        let must = (format!("< {}", Seconds(most)), cost.wall < most);
        Row::new(name).measured(Seconds(cost.wall).to_string(), Some(must)).times(cost, None)
    };
    let units = coverage.len();
    report.add(limit(format!("coverage of {units} units, {residents} people"), cost, 0.05));
    let reached = (0_u64..).zip(&coverage).map(|(unit, of)| (unit, u64::from(of.reached)));
    let sums = reached.fold((0, 0), |(all, by_unit), (unit, of)| (all + of, by_unit + unit * of));
    let covered = Answer {
        question: "coverage".into(),
        version: String::new(),
        seconds: cost.wall,
        found: vec![units as u64, sums.0, sums.1],
    };

    let (cost, gaps) = measure(least, || round.gaps(community));
    report.add(limit(format!("gap list of {COMMUNITY} people, {} gaps", gaps.len()), cost, 1e-3));
    let people = gaps.iter().map(|gap| match gap.target {
        Target::Person(person) => u64::from(person.get()),
        Target::Household(home) => u64::from(home.get()),
    });
    let walked = (1..).zip(people).map(|(at, person): (u64, u64)| at * person).sum();
    let missed = Answer {
        question: "gaps".into(),
        version: String::new(),
        seconds: cost.wall,
        found: vec![gaps.len() as u64, walked],
    };
    report.add(memory(population, walking)?);
    let recorded = Answer {
        question: "record".into(),
        version: String::new(),
        seconds: recording,
        found: vec![new],
    };
    Ok([recorded, covered, missed])
}

/// The memory of three rounds.
fn memory(population: &Population, visits: &[Entry]) -> Result<Row, Box<dyn Error>> {
    let city = population.network().unit("city").ok_or("no city")?;
    let mut campaign = Campaign::new(Subject::Residents);
    for _ in 0..3 {
        let plan = RoundPlan::new(RoundKind::MassTesting, town::OPENS).unit(city);
        let round = campaign.open(population, &plan, &())?;
        round.record_all(visits, &())?;
        round.record(&Entry::close(
            EventId::new(u64::MAX),
            town::OPENS.saturating_add(86_400 * 9),
        ))?;
    }
    let bytes = campaign.rounds().iter().map(Round::bytes);
    let (standings, journal, index) = bytes.fold((0, 0, 0), |sum, of| {
        (sum.0 + of.standings, sum.1 + of.journal, sum.2 + of.event_index)
    });
    let each = |bytes: usize| number(bytes) / number(3 * visits.len());
    let mut figure = format!("{:.1} bytes a person and round", each(standings));
    let _ = write!(figure, ", {:.1} more for each visit recorded", each(journal + index));
    Ok(Row::new(format!("three rounds of {} people", visits.len())).measured(figure, None))
}

/// A number of people or bytes; all that there can be here are exact.
fn number(count: usize) -> f64 {
    count.to_string().parse().unwrap_or(f64::NAN)
}

/// The tables of the peers: the target list with all tiers, and the visits in the order of recording.
fn write_tables(
    folder: &Path,
    population: &Population,
    visits: &[Entry],
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let network = population.network();
    let mut targets = BufWriter::new(File::create(folder.join("targets.csv"))?);
    writeln!(targets, "person,household,door,city,town,community,compound,building")?;
    for row in population.resident_rows() {
        let home = population.household(row.household).ok_or("no household")?;
        let tier = |tier| network.ancestor_at(home.building, tier).map_or(0, UnitId::get);
        writeln!(
            targets,
            "{},{},{},{},{},{},{},{}",
            row.person.get(),
            home.id.get(),
            home.door,
            tier(Tier::Headquarters),
            tier(Tier::Subdistrict),
            tier(Tier::Community),
            tier(Tier::Compound),
            home.building.get()
        )?;
    }
    targets.flush()?;
    let mut sent = BufWriter::new(File::create(folder.join("sent.csv"))?);
    writeln!(sent, "event,person,moment,responder,outcome")?;
    for entry in visits {
        if let Act::Visit(visit) = entry.act
            && let Target::Person(person) = visit.target
        {
            // Databases have signed numbers.
            let event = entry.event.get() >> 1;
            let (at, responder) = (visit.at.seconds(), visit.responder.get());
            let outcome = Outcome::ALL.iter().position(|&of| of == visit.outcome).unwrap_or(0);
            writeln!(sent, "{event},{},{at},{responder},{outcome}", PersonId::get(person))?;
        }
    }
    Ok(sent.flush()?)
}

/// What a peer answers; nothing where the interpreter does not have it.
fn peer(
    python: &Path,
    name: &str,
    folder: &Path,
    community: UnitId,
) -> Result<Vec<Answer>, Box<dyn Error>> {
    let community = community.get().to_string();
    let folder = folder.to_str().ok_or("the name of the folder is no text")?;
    let output = Command::new(python)
        .args(["-c", SCRIPT, name, folder, &community])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        eprintln!("{name}: {} does not have it", python.display());
        return Ok(Vec::new());
    }
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}
