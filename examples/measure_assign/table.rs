//! The table: what is measured on which instance, beside what it must reach.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use crate::formats;
use crate::instance::{self, Instance};
use crate::peers::{self, Said, Solver};
use crate::report::{Cost, Report, Row, Seconds, median};
use crate::shapes::{self, SHAPES};
use crate::{callgrind, instructions, replan};

/// What is unfair to whom.
const UNFAIR: &str = "\
Times are medians of the solver call on the wall, with CPU seconds of all threads in parentheses; ratios against
peers are of CPU seconds on one thread, against the fastest peer that was run. Ours splits the problem into its
components and checks nothing afterwards; a peer that is given our components one by one is several times
faster on S2. Calls of milliseconds are repeated in one process and averaged, ours and those from Python, but
not those of `mcf_lemon`. Peers know no levels: they get weights that say the same. Instances are made up,
alike to those of the developers' harness but not equal, unless --data names a folder of its own.
";

/// From the data sets no peer may be faster by more than this.
const MOST_SLOWER: f64 = 1.5;

/// A short call is repeated until so many pairs have been looked at.
const PAIRS: u32 = 4_000_000;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which instances, in this order; `none` for none.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "D1,D2,S1,S1km,S1zero,S1sq,S1loose,S1tight,S1X,T1,S2,S2C"
    )]
    instances: Vec<String>,
    /// So many hundredths of the workers and posts; nothing has to be reached below 100.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    percent: u32,
    /// The folder of instances that `gen.py` made.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A folder with `orlib/*.txt` and `transport/*.min`, to be measured too.
    #[arg(long, value_name = "DIR")]
    shared: Option<PathBuf>,
    /// Where instances are written without --data; they stay there for the next run.
    #[arg(long, value_name = "DIR", default_value = "target/measure_assign")]
    work: PathBuf,
    /// How often everything is measured; the table has medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// An interpreter that may have the peers' packages; may be given several times.
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: Vec<PathBuf>,
    /// The developers' driver of LEMON.
    #[arg(long, value_name = "PATH")]
    lemon: Option<PathBuf>,
    /// Without peers.
    #[arg(long)]
    alone: bool,
    /// A solver that took so many seconds is not run again.
    #[arg(long, value_name = "SECONDS", default_value_t = 20.0)]
    patience: f64,
    /// A solver that takes so many seconds is stopped.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    limit: u64,
    /// The size of the hostile inputs, of which valgrind counts the instructions; 0 leaves them out.
    #[arg(long, value_name = "SIZE", default_value_t = instructions::SIZE)]
    hostile: u32,
    /// Where to write the table; standard output if not stated.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Measures and writes everything; whether all optima were the same and no hostile input took too long.
pub(crate) fn write(options: &Options) -> Result<bool, Box<dyn Error>> {
    let mut report = Report::new(UNFAIR);
    fs::create_dir_all(&options.work)?;
    let peers = if options.alone {
        Vec::new()
    } else {
        peers::all(&options.python, options.lemon.as_deref())
    };
    for name in options.instances.iter().filter(|name| *name != "none") {
        let file = file_of(name, options)?;
        let measured = Measured::new(name, &file, &peers, options, &mut report)?;
        let shape = SHAPES.iter().find(|(known, _)| known == name);
        let whole = options.percent == 100;
        let must = shape.filter(|_| whole).map(|&(_, must)| must);
        measured.report_ratio(|ratio, row| row.at_least(ratio, must), &mut report);
        measured.report_rest(whole && name == "S2", &mut report);
        if name == "S1" {
            replan::report(name, &file, whole, &mut report)?;
        }
    }
    if let Some(shared) = &options.shared {
        for (name, text) in data_sets(shared)? {
            let file = options.work.join(&name).with_extension("bin");
            let read = formats::Instance::read(&text, formats::Layout::Auto)?;
            Instance::of(&read.problem).write(&file)?;
            let measured = Measured::new(&name, &file, &peers, options, &mut report)?;
            let slower =
                |ratio: f64, row: Row| row.at_most(1.0 / ratio, Some(MOST_SLOWER), " x its time");
            measured.report_ratio(slower, &mut report);
        }
    }
    if options.hostile > 0 && callgrind::can_count() {
        eprintln!("hostile inputs");
        let (table, too_many) = instructions::table(options.hostile)?;
        report.add_table(&table, too_many);
    }
    let text = report.text();
    match &options.out {
        Some(path) => fs::write(path, text)?,
        None => print!("{text}"),
    }
    Ok(report.is_right())
}

/// The file of an instance, generated if there is none.
fn file_of(name: &str, options: &Options) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(data) = &options.data {
        return Ok(data.join(name).with_extension("bin"));
    }
    let percent = options.percent;
    let file = options.work.join(format!("{name}-{percent}.bin"));
    if !file.is_file() {
        eprintln!("{name}: generate");
        let drawn =
            shapes::named(name, percent).ok_or_else(|| format!("no instance is called {name}"))?;
        // Under another name until it is whole.
        let part = file.with_extension("part");
        drawn.write(&part)?;
        fs::rename(part, &file)?;
    }
    Ok(file)
}

/// The texts of the data sets with their names.
fn data_sets(shared: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for (folder, extension) in [("orlib", "txt"), ("transport", "min")] {
        for entry in fs::read_dir(shared.join(folder))? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|found| found == extension) && name != "SOURCE" {
                found.push((name, fs::read_to_string(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What everybody says of one instance.
struct Measured {
    what: String,
    pairs: u32,
    /// On one thread, and on two.
    ours: [Vec<Said>; 2],
    /// Those who solved it, the fastest first.
    peers: Vec<(String, Vec<Said>)>,
}

impl Measured {
    /// Runs all solvers in turn and compares their optima.
    fn new(
        name: &str,
        file: &Path,
        peers: &[Solver],
        options: &Options,
        report: &mut Report,
    ) -> Result<Self, Box<dyn Error>> {
        let [workers, posts, pairs] = instance::size(file)?;
        let what = format!("{name}: {workers} x {posts}, {pairs} pairs");
        eprintln!("{what}");
        let ours = [1, 2].map(Solver::Ours);
        let solvers: Vec<&Solver> = ours.iter().chain(peers).collect();
        let mut said: Vec<Vec<Said>> = vec![Vec::new(); solvers.len()];
        let mut gone = vec![false; solvers.len()];
        let calls = (PAIRS / pairs.max(1)).clamp(1, 200);
        for _ in 0..options.runs {
            for ((solver, said), gone) in solvers.iter().zip(&mut said).zip(&mut gone) {
                if *gone {
                    continue;
                }
                let answer = solver.solve(file, calls, Duration::from_secs(options.limit))?;
                *gone = answer.as_ref().is_none_or(|said| said.cost().wall > options.patience);
                said.extend(answer);
            }
        }
        let mut said = said.into_iter();
        let ours = [said.next().unwrap_or_default(), said.next().unwrap_or_default()];
        let first = ours[0].first().ok_or_else(|| format!("{what}: not solved"))?.objective;
        let mut peers: Vec<(String, Vec<Said>)> =
            solvers[2..].iter().map(|solver| solver.name()).zip(said).collect();
        peers.retain(|(_, said)| !said.is_empty());
        let mut check = |with: &str, said: &[Said]| {
            report.check(&what, with, said.iter().all(|said| said.objective == first));
        };
        check("two threads", &ours[1]);
        for (name, said) in &peers {
            check(name, said);
        }
        peers.sort_by(|a, b| cost(&a.1).cpu.total_cmp(&cost(&b.1).cpu));
        Ok(Self { what, pairs, ours, peers })
    }

    /// A row about the fastest peer, of the ratio of its time to ours; and a note about all.
    fn report_ratio(&self, judged: impl FnOnce(f64, Row) -> Row, report: &mut Report) {
        let ours = cost(&self.ours[0]);
        let row = Row::new(self.what.clone());
        report.add(match self.peers.first() {
            Some((name, said)) => {
                let theirs = cost(said);
                judged(theirs.cpu / ours.cpu, row)
                    .note(&format!("against `{name}`"))
                    .times(ours, Some(theirs))
            }
            None => row.times(ours, None),
        });
        let mut note = format!("{}:", self.what);
        for (name, said) in &self.peers {
            let version = &said[0].version;
            let _ = write!(
                note,
                " `{name}` {version} {} CPU, {:.0} MiB;",
                Seconds(cost(said).cpu),
                said[0].rss_mib
            );
        }
        if !self.peers.is_empty() {
            report.add_note(note);
        }
    }

    /// Memory and threads, of which something must be reached on one instance.
    fn report_rest(&self, held: bool, report: &mut Report) {
        let peak = |said: &Said| {
            (said.rss_mib - said.rss_before_mib) * 1_048_576.0 / f64::from(self.pairs)
        };
        let peak = self.ours[0].iter().map(peak).fold(0.0, f64::max);
        report.add(Row::new(format!("{}, memory beyond the problem", self.what)).at_most(
            peak,
            held.then_some(20.0),
            " bytes a pair",
        ));
        let [one, two] = [cost(&self.ours[0]), cost(&self.ours[1])];
        report.add(
            Row::new(format!("{}, two threads against one", self.what))
                .at_least(one.wall / two.wall, held.then_some(1.7))
                .times(two, Some(one)),
        );
    }
}

fn cost(said: &[Said]) -> Cost {
    median(&said.iter().map(Said::cost).collect::<Vec<_>>())
}
