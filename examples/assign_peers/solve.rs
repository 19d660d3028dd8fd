//! Solves an instance of the assignment harness, and says what that took.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::Instant;

use clap::Args;
use epitier::solver::transport::{Arc, Problem, ProblemBuilder, Sink, Solution, certify, solve};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The instance, as `gen.py` writes it.
    file: std::path::PathBuf,

    /// Threads to solve independent parts on; by default one for each core.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,

    /// Solve so many times and report the mean, so that an instance of milliseconds can be measured.
    #[arg(long, default_value_t = 1)]
    repeat: u32,
}

/// The line of JSON about one instance.
pub(crate) fn line(options: &Options) -> Result<String, Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    Ok(pool.install(|| run(options).map_err(|error| error.to_string()))?)
}

fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let start = Instant::now();
    let instance = Instance::read(&options.file)?;
    let read = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let problem = instance.problem()?;
    let built = start.elapsed().as_secs_f64();
    let before = mebibytes("VmRSS:");

    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut solution = solve(&problem, &())?;
    let peak = mebibytes("VmHWM:");
    for _ in 1..options.repeat {
        solution = solve(&problem, &())?;
    }
    let calls = f64::from(options.repeat);
    let (wall, cpu) = (start.elapsed().as_secs_f64() / calls, (cpu_seconds() - cpu) / calls);

    certify(&problem, &solution)?;
    let unassigned: i64 = solution.unplaced().iter().sum();
    let objective = instance.objective(&solution);
    Ok(format!(
        "{{\"status\": \"optimal\", \"objective\": {objective}, \"unassigned\": {unassigned}, \
         \"io_s\": {read:.4}, \"build_s\": {built:.4}, \"solve_s\": {wall:.5}, \
         \"solve_cpu_s\": {cpu:.5}, \"rss_mib\": {peak:.0}, \"rss_before_mib\": {before:.0}}}"
    ))
}

/// What marks a file of the harness.
pub(crate) const MAGIC: i64 = 0x4449_5350_4154_4348;

/// The arrays of an instance.
pub(crate) struct Instance {
    /// What one unassigned unit costs.
    unassigned: i64,
    /// What one unit below the minimum costs, by level.
    shortfall: Vec<i64>,
    supply: Vec<i64>,
    sinks: Vec<Sink>,
    /// The first pair of each worker, and the end.
    first: Vec<i64>,
    post: Vec<i64>,
    cost: Vec<i64>,
}

impl Instance {
    pub(crate) fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let mut from = BufReader::with_capacity(1 << 20, File::open(file)?);
        let header = numbers::<8>(&mut from, 8)?;
        let [magic, workers, posts, pairs, unassigned, levels, ..] = header[..] else {
            return Err("no header".into());
        };
        if magic != MAGIC {
            return Err("not an instance of the harness".into());
        }
        let [workers, posts, pairs, levels] =
            [workers, posts, pairs, levels].map(|count| usize::try_from(count).unwrap_or(0));
        let shortfall = numbers::<8>(&mut from, levels)?;
        let supply = numbers::<4>(&mut from, workers)?;
        let min = numbers::<4>(&mut from, posts)?;
        let max = numbers::<4>(&mut from, posts)?;
        let level = numbers::<4>(&mut from, posts)?;
        let limits = min.into_iter().zip(max).zip(level);
        let sinks = limits
            .map(|((min, max), level)| Ok(Sink { min, max, class: u32::try_from(level)? }))
            .collect::<Result<_, std::num::TryFromIntError>>()?;
        let first = numbers::<8>(&mut from, workers + 1)?;
        let post = numbers::<4>(&mut from, pairs)?;
        let cost = numbers::<4>(&mut from, pairs)?;
        Ok(Self { unassigned, shortfall, supply, sinks, first, post, cost })
    }

    pub(crate) fn problem(&self) -> Result<Problem, Box<dyn Error>> {
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(true);
        for &units in &self.supply {
            builder.supply(units);
        }
        for &sink in &self.sinks {
            builder.sink(sink);
        }
        for (source, pairs) in (0..).zip(self.first.windows(2)) {
            for pair in usize::try_from(pairs[0])?..usize::try_from(pairs[1])? {
                let (sink, cost) = (u32::try_from(self.post[pair])?, self.cost[pair]);
                builder.arc(Arc { source, sink, cap: None, cost });
            }
        }
        Ok(builder.build()?)
    }

    /// The value of a solution by the harness's weights.
    fn objective(&self, solution: &Solution) -> i128 {
        let unplaced = solution.unplaced().iter().map(|&units| (units, self.unassigned));
        let short = self.sinks.iter().zip(solution.unfilled());
        let short = short.map(|(sink, &units)| (units, self.shortfall[sink.class as usize]));
        let weighted =
            unplaced.chain(short).map(|(units, each)| i128::from(units) * i128::from(each));
        weighted.sum::<i128>() + solution.cost()
    }
}

/// The next numbers of the file, of so many bytes each, the lowest byte first.
fn numbers<const BYTES: usize>(
    from: &mut impl Read,
    count: usize,
) -> Result<Vec<i64>, Box<dyn Error>> {
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        let mut bytes = [0; BYTES];
        from.read_exact(&mut bytes)?;
        let sign = if bytes[BYTES - 1] < 0x80 { 0 } else { 0xff };
        let mut long = [sign; 8];
        long[..BYTES].copy_from_slice(&bytes);
        found.push(i64::from_le_bytes(long));
    }
    Ok(found)
}

/// The CPU seconds of all threads of this process so far; not a number where the system does not tell.
fn cpu_seconds() -> f64 {
    let nanoseconds = |task: fs::DirEntry| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    fs::read_dir("/proc/self/task").map_or(f64::NAN, |tasks| {
        tasks.filter_map(|task| nanoseconds(task.ok()?)).sum::<f64>() / 1e9
    })
}

/// A line of the system's account of this process, in MiB; 0 where the system does not tell.
fn mebibytes(line: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or_default();
    let kibibytes = line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) / 1_024.0
}
