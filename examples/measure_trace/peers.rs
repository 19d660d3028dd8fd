//! The other side: Python packages in processes of their own, which load an instance once and then
//! answer a question whenever they are asked.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::instance::Instance;
use crate::ours::{Answer, Question};
use crate::report::{Cost, threads};

const SCRIPT: &str = include_str!("peers.py");

/// A peer that has loaded an instance.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) loaded: Loaded,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a peer says once it is ready.
#[derive(Deserialize)]
pub(crate) struct Loaded {
    pub(crate) version: String,
    /// Loading and sorting.
    pub(crate) seconds: f64,
    pub(crate) peak_bytes: u64,
}

#[derive(Deserialize)]
struct Reply {
    #[serde(flatten)]
    cost: Cost,
    #[serde(flatten)]
    answer: Answer,
}

impl Peer {
    /// Starts a peer in the first interpreter that has its packages; `None` where none has.
    pub(crate) fn start(
        name: &'static str,
        pythons: &[PathBuf],
        instance: &Instance,
    ) -> Option<Self> {
        let started = pythons.iter().find_map(|python| Self::start_in(python, name, instance).ok());
        if started.is_none() {
            eprintln!("{name}: no interpreter has its packages (see --python)");
        }
        started
    }

    fn start_in(
        python: &Path,
        name: &'static str,
        instance: &Instance,
    ) -> Result<Self, Box<dyn Error>> {
        let threads = threads().to_string();
        let mut process = Command::new(python)
            .args(["-c", SCRIPT, name])
            .arg(instance.rows())
            .arg(&threads)
            .env("POLARS_MAX_THREADS", &threads)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (questions, answers) = (process.stdin.take(), process.stdout.take());
        let questions = questions.ok_or("no standard input")?;
        let mut answers = BufReader::new(answers.ok_or("no standard output")?);
        let loaded = line(&mut answers);
        if loaded.is_err() {
            process.kill()?;
            process.wait()?;
        }
        Ok(Self { name, loaded: loaded?, process, questions, answers })
    }

    /// Asks once.
    pub(crate) fn ask(
        &mut self,
        instance: &Instance,
        question: &Question,
    ) -> Result<(Cost, Answer), Box<dyn Error>> {
        let mut request = serde_json::to_value(question)?;
        request["file"] = instance.cases_file(question.cases).display().to_string().into();
        writeln!(self.questions, "{request}")?;
        let Reply { cost, answer } = line(&mut self.answers)?;
        Ok((cost, answer))
    }
}

/// A peer ends with the program, whatever happens.
impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn line<T: DeserializeOwned>(answers: &mut impl BufRead) -> Result<T, Box<dyn Error>> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}
