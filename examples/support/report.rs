//! The report of a measurement as Markdown.

use std::fmt::{self, Write as _};
use std::fs;

/// The time that one call took.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Cost {
    /// Seconds on the wall.
    pub(crate) wall: f64,
    /// Seconds of CPU, of all threads together; not a number where the system does not tell.
    #[serde(default = "unknown", deserialize_with = "known")]
    pub(crate) cpu: f64,
}

fn unknown() -> f64 {
    f64::NAN
}

/// JSON has no "not a number": it is written as null.
fn known<'de, D: serde::Deserializer<'de>>(cell: D) -> Result<f64, D::Error> {
    let seconds: Option<f64> = serde::Deserialize::deserialize(cell)?;
    Ok(seconds.unwrap_or(f64::NAN))
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", Seconds(self.wall), Seconds(self.cpu))
    }
}

/// Seconds in a unit that fits.
pub(crate) struct Seconds(pub(crate) f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds.is_nan() => write!(f, "-"),
            seconds if seconds < 1e-3 => write!(f, "{:.1} us", seconds * 1e6),
            seconds if seconds < 1.0 => write!(f, "{:.2} ms", seconds * 1e3),
            seconds => write!(f, "{seconds:.2} s"),
        }
    }
}

/// The median of each kind of time.
pub(crate) fn median(costs: &[Cost]) -> Cost {
    let middle = |time: fn(&Cost) -> f64| {
        let mut times: Vec<f64> = costs.iter().map(time).collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Cost { wall: middle(|cost| cost.wall), cpu: middle(|cost| cost.cpu) }
}

/// Everything measured so far.
pub(crate) struct Report {
    rows: Vec<Row>,
    /// What is unfair to whom.
    unfair: &'static str,
    notes: Vec<String>,
    wrong: Vec<String>,
    checked: usize,
    tables: String,
    too_fast: bool,
    load_before: String,
}

impl Report {
    pub(crate) fn new(unfair: &'static str) -> Self {
        Self {
            rows: Vec::new(),
            unfair,
            notes: Vec::new(),
            wrong: Vec::new(),
            checked: 0,
            tables: String::new(),
            too_fast: false,
            load_before: load(),
        }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a line below the table.
    pub(crate) fn add_note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Adds the table of worst cases.
    pub(crate) fn add_table(&mut self, table: &str, too_fast: bool) {
        self.tables.push_str(table);
        self.too_fast |= too_fast;
    }

    /// Notes whether an answer is that of somebody else.
    pub(crate) fn check(&mut self, what: &str, with: &str, same: bool) {
        self.checked += 1;
        if !same {
            self.wrong.push(format!("{what}: not the answer of {with}"));
        }
    }

    /// Whether every answer was the same and no worst case grew too fast.
    pub(crate) fn is_right(&self) -> bool {
        self.wrong.is_empty() && !self.too_fast
    }

    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{}, {}, {}, epitier {}. Load {} at the start, {} at the end.\n\n",
            said_by("date", &["+%Y-%m-%d"]),
            machine(),
            said_by("rustc", &["--version"]),
            env!("CARGO_PKG_VERSION"),
            self.load_before,
            load()
        );
        for wrong in &self.wrong {
            let _ = writeln!(text, "**DIFFERENT ANSWER** {wrong}\n");
        }
        if self.wrong.is_empty() {
            let _ = writeln!(text, "Answers compared: {}, all equal.\n", self.checked);
        }
        text.push_str("| what | must reach | measured | met | ours | beside it |\n");
        text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for Row { what, must, measured, note, met, ours, theirs } in &self.rows {
            let met = met.map_or("", |met| if met { "yes" } else { "**no**" });
            let _ = writeln!(
                text,
                "| {what} | {must} | {measured}{note} | {met} | {ours} | {theirs} |"
            );
        }
        let _ = write!(text, "\n{}", self.unfair);
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        if !self.tables.is_empty() {
            let _ = write!(text, "\n{}", self.tables);
        }
        text
    }
}

/// One line of the table.
pub(crate) struct Row {
    what: String,
    must: String,
    measured: String,
    note: String,
    met: Option<bool>,
    ours: String,
    theirs: String,
}

impl Row {
    pub(crate) fn new(what: String) -> Self {
        let empty = String::new;
        let (must, measured, note) = (empty(), empty(), empty());
        Self { what, must, measured, note, met: None, ours: empty(), theirs: empty() }
    }

    /// A figure, and if there is one, what it must reach and whether it does.
    pub(crate) fn measured(mut self, figure: String, must: Option<(String, bool)>) -> Self {
        self.measured = figure;
        (self.must, self.met) = must.map_or((String::new(), None), |(must, met)| (must, Some(met)));
        self
    }

    /// A figure that should be large.
    pub(crate) fn at_least(self, ratio: f64, least: Option<f64>) -> Self {
        let bound = least.map(|least| (format!(">= {least} x"), ratio >= least));
        self.measured(format!("{ratio:.1} x"), bound)
    }

    /// A figure that should be small.
    pub(crate) fn at_most(self, figure: f64, most: Option<f64>, unit: &str) -> Self {
        let bound = most.map(|most| (format!("<= {most}{unit}"), figure <= most));
        self.measured(format!("{figure:.2}{unit}"), bound)
    }

    pub(crate) fn note(mut self, note: &str) -> Self {
        self.note = format!(", {note}");
        self
    }

    pub(crate) fn times(mut self, ours: Cost, theirs: Option<Cost>) -> Self {
        self.ours = ours.to_string();
        self.theirs = theirs.map_or_else(String::new, |theirs| theirs.to_string());
        self
    }
}

/// The processor and how many threads there are.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    format!("{}, {} threads used", model.unwrap_or("unknown processor"), threads())
}

/// How many threads both sides use.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// The load averages of 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers: Vec<&str> = text.split_whitespace().take(3).collect();
    if numbers.is_empty() { "unknown".to_owned() } else { numbers.join(" ") }
}

/// What a command prints, for the date and versions.
pub(crate) fn said_by(command: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(command).args(arguments).output();
    let said = output.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.filter(|said| !said.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
