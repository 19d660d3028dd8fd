//! The report as Markdown.

use std::fmt::Write as _;

use crate::gauge::{Cost, Seconds, load, machine, said_by};
use crate::peers::Peer;

/// What is unfair to whom.
const UNFAIR: &str = "\
Times are medians on the wall, with CPU seconds of all threads in parentheses; ratios are of wall times. Our
build takes rows in memory; so do the peers, whose loading and sorting (below) is in no ratio. The peers are
called from Python, which costs them about a millisecond a question and more where a round is small; that is
how one would use them. They return a person, a tier and a time; ours returns the source, the place and every
improvement as well. `polars_asof` is our own idea of a sweep written as a relational plan, the strongest that
we know; `duck_join` is what one writes first. `tglib` counts an arrival one unit after the instant: ours
has a latency of 1 there, and no limit of tiers. Instances are made up, and what they hold is in the source.
";

/// Everything measured so far.
pub(crate) struct Report {
    rows: Vec<Row>,
    peers: Vec<String>,
    wrong: Vec<String>,
    checked: usize,
    tables: String,
    too_fast: bool,
    load_before: String,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            peers: Vec::new(),
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

    pub(crate) fn add_peer(&mut self, instance: &str, peer: &Peer) {
        let loaded = &peer.loaded;
        self.peers.push(format!(
            "{instance}: `{}` ({}) loaded and sorted in {}, peak {} MB.",
            peer.name,
            loaded.version,
            Seconds(loaded.seconds),
            loaded.peak_bytes / 1_000_000
        ));
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
        let _ = write!(text, "\n{UNFAIR}");
        for peer in &self.peers {
            let _ = write!(text, "\n{peer}\n");
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

    /// A figure that should be large.
    pub(crate) fn at_least(mut self, ratio: f64, least: Option<f64>) -> Self {
        self.measured = format!("{ratio:.1} x");
        self.must = least.map_or_else(String::new, |least| format!(">= {least} x"));
        self.met = least.map(|least| ratio >= least);
        self
    }

    /// A figure that should be small.
    pub(crate) fn at_most(mut self, figure: f64, most: Option<f64>, unit: &str) -> Self {
        self.measured = format!("{figure:.2}{unit}");
        self.must = most.map_or_else(String::new, |most| format!("<= {most}{unit}"));
        self.met = most.map(|most| figure <= most);
        self
    }

    /// CPU seconds that should be few.
    pub(crate) fn at_most_seconds(mut self, seconds: f64, most: Option<f64>) -> Self {
        self.measured = format!("{} CPU", Seconds(seconds));
        self.must = most.map_or_else(String::new, |most| format!("< {} CPU", Seconds(most)));
        self.met = most.map(|most| seconds < most);
        self
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
