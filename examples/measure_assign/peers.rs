//! Whoever solves an instance: a process that prints one line of JSON about it.

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::report::Cost;

const SCRIPT: &str = include_str!("peers.py");

/// The peers that Python packages give.
const PACKAGES: [&str; 5] = ["ortools_mcf", "pot_emd", "pot_emd_sparse", "scipy_lsa", "lapx_lapjv"];

/// The algorithms of LEMON that `mcf_lemon` is asked for.
const LEMON: [(&str, &str); 2] = [("lemon_ns", "ns"), ("lemon_cos", "cos")];

/// Who solves.
#[derive(Clone)]
pub(crate) enum Solver {
    /// This program, on so many threads.
    Ours(usize),
    /// A function of the script, in an interpreter.
    Package(&'static str, PathBuf),
    /// An algorithm of the developers' driver of LEMON.
    Lemon(&'static str, &'static str, PathBuf),
}

/// What a solver says of an instance.
#[derive(Deserialize, Clone)]
pub(crate) struct Said {
    pub(crate) objective: i128,
    solve_s: f64,
    solve_cpu_s: f64,
    /// The peak of the process, and what it had before it began to solve; in MiB.
    pub(crate) rss_mib: f64,
    #[serde(default)]
    pub(crate) rss_before_mib: f64,
    #[serde(default)]
    pub(crate) version: String,
}

impl Said {
    pub(crate) fn cost(&self) -> Cost {
        Cost { wall: self.solve_s, cpu: self.solve_cpu_s }
    }
}

/// Every peer that there may be.
pub(crate) fn all(pythons: &[PathBuf], lemon: Option<&Path>) -> Vec<Solver> {
    let packages = PACKAGES.iter().filter_map(|name| {
        let python = pythons.iter().find(|python| has(python, name))?;
        Some(Solver::Package(name, python.clone()))
    });
    let lemon = lemon.into_iter().flat_map(|path| {
        LEMON.map(|(name, algorithm)| Solver::Lemon(name, algorithm, path.to_owned()))
    });
    packages.chain(lemon).collect()
}

/// Whether an interpreter has the package of a peer.
fn has(python: &Path, name: &str) -> bool {
    let package = match name.split('_').next() {
        Some("pot") => "ot",
        Some("lapx") => "lap",
        Some(package) => package,
        None => return false,
    };
    let status = Command::new(python)
        .args(["-c", &format!("import numpy, {package}")])
        .stderr(Stdio::null())
        .status();
    let has = status.is_ok_and(|status| status.success());
    if !has {
        eprintln!("{name}: {} does not have its package", python.display());
    }
    has
}

impl Solver {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Ours(threads) => format!("ours on {threads} threads"),
            Self::Package(name, _) | Self::Lemon(name, ..) => (*name).to_owned(),
        }
    }

    /// Solves a file, many times where a call is short; `None` if it will not or takes longer than `limit`.
    pub(crate) fn solve(
        &self,
        file: &Path,
        calls: u32,
        limit: Duration,
    ) -> Result<Option<Said>, Box<dyn Error>> {
        let calls = calls.to_string();
        let mut command = match self {
            Self::Ours(threads) => {
                let mut command = Command::new(std::env::current_exe()?);
                command
                    .args(["solve", "--repeat", &calls, "--threads", &threads.to_string()])
                    .arg(file);
                command
            }
            Self::Package(name, python) => {
                let mut command = Command::new(python);
                command.args(["-c", SCRIPT, name]).arg(file).arg(&calls);
                command
            }
            Self::Lemon(_, algorithm, path) => {
                let mut command = Command::new(path);
                command.arg(file).arg(algorithm);
                command
            }
        };
        let start = Instant::now();
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // Both say less than a pipe holds.
        while process.try_wait()?.is_none() {
            if start.elapsed() > limit {
                process.kill()?;
                process.wait()?;
                eprintln!("{}: stopped after {} s", self.name(), limit.as_secs());
                return Ok(None);
            }
            sleep(Duration::from_millis(2));
        }
        let (mut said, mut complaint) = (String::new(), String::new());
        if let (Some(mut out), Some(mut err)) = (process.stdout.take(), process.stderr.take()) {
            out.read_to_string(&mut said)?;
            err.read_to_string(&mut complaint)?;
        }
        if !process.wait()?.success() {
            let last = complaint.lines().last().unwrap_or("no reason given");
            eprintln!("{}: {last}", self.name());
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&said)?))
    }
}
