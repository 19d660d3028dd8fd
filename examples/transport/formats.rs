//! The texts that the example reads and writes: DIMACS `p min` and `p asn`, and the OR-Library's
//! assignment text. The tests read the shared data sets with it, too.

use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::str::SplitWhitespace;

use epitier::Problems;
use epitier::solver::transport::{Arc, Problem, ProblemBuilder, ProblemError, Sink, Solution};

/// Node numbers in a text may not exceed this; a larger one is a slip rather than a problem.
const MOST_NODES: i64 = 100_000_000;

/// How an OR-Library text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Layout {
    /// Whichever of the two it can be; refused where it can be both.
    Auto,
    /// n, then n x n costs by row, broken into lines anywhere.
    Dense,
    /// n, then one line `i j cost` for each pair that may be matched.
    Sparse,
}

/// Why a text was refused, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(crate) struct Refusal {
    /// The line, counted from 1.
    pub(crate) line: usize,
    pub(crate) reason: String,
}

fn refuse<T>(line: usize, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { line, reason: reason.into() })
}

/// A problem in which every supply must leave and every demand be met exactly, with the node numbers of
/// its text.
pub(crate) struct Instance {
    pub(crate) problem: Problem,
    /// The node of each source.
    pub(crate) sources: Vec<u32>,
    /// The node of each sink.
    pub(crate) sinks: Vec<u32>,
    /// What each arc carries in any case; the problem is about the rest.
    low: Vec<i64>,
}

impl Instance {
    /// Reads a text of any of the three kinds.
    pub(crate) fn read(text: &str, layout: Layout) -> Result<Self, Refusal> {
        let is_dimacs = text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| {
            line.trim_start().starts_with(|first: char| first.is_ascii_alphabetic())
        });
        let table = if is_dimacs { dimacs(text)? } else { or_library(text, layout)? };
        table.instance()
    }

    /// The units that the lower bounds of the text bring to some sinks, in ascending order, in any case.
    pub(crate) fn lower_bounds_into(&self, sinks: &[u32]) -> i128 {
        let arcs = self.problem.arcs().iter().zip(&self.low);
        arcs.filter(|(arc, _)| sinks.binary_search(&arc.sink).is_ok())
            .map(|(_, &low)| i128::from(low))
            .sum()
    }

    /// The total cost of a solution in the terms of the text.
    pub(crate) fn cost(&self, solution: &Solution) -> i128 {
        let fixed = self.problem.arcs().iter().zip(&self.low);
        let fixed = fixed.map(|(arc, &low)| i128::from(arc.cost) * i128::from(low));
        solution.cost() + fixed.sum::<i128>()
    }

    /// Writes the DIMACS solution: `s cost`, then `f tail head flow` for each arc that carries anything.
    ///
    /// Where the demand cannot be met there is no `s` line; the flow is then the best there is.
    pub(crate) fn write_flow(&self, solution: &Solution, out: &mut impl Write) -> io::Result<()> {
        match solution.missing(0) {
            0 => writeln!(out, "c optimal and certified\ns {}", self.cost(solution))?,
            missing => writeln!(out, "c infeasible: {missing} units short")?,
        }
        for ((arc, flow), low) in self.problem.arcs().iter().zip(solution.flow()).zip(&self.low) {
            if flow + low > 0 {
                let tail = self.sources[arc.source as usize];
                let head = self.sinks[arc.sink as usize];
                writeln!(out, "f {tail} {head} {}", flow + low)?;
            }
        }
        Ok(())
    }

    /// Writes one line `v node level cost` for each node.
    pub(crate) fn write_prices(&self, solution: &Solution, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "c v node level cost: what one more unit at the node would cost, where no arc is full"
        )?;
        let sources = self.sources.iter().zip(solution.source_prices());
        let sinks = self.sinks.iter().zip(solution.sink_prices());
        for (node, price) in sources.chain(sinks) {
            writeln!(out, "v {node} {} {}", price.level, price.cost)?;
        }
        Ok(())
    }
}

/// What all three kinds of text say: nodes with what they supply (demand is negative), and arcs.
struct Table {
    /// The line that states the size.
    line: usize,
    /// By node number less 1.
    supplies: Vec<i64>,
    arcs: Vec<Row>,
}

struct Row {
    line: usize,
    tail: u32,
    head: u32,
    low: i64,
    cap: i64,
    cost: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Sink,
}

impl Table {
    fn instance(mut self) -> Result<Instance, Refusal> {
        let sum: i128 = self.supplies.iter().copied().map(i128::from).sum();
        if sum != 0 {
            return refuse(self.line, format!("supplies less demands are {sum}, not 0"));
        }
        let sides = self.sides()?;
        self.take_lower_bounds()?;

        let mut builder = ProblemBuilder::new();
        builder.place_everybody(true);
        let (mut sources, mut sinks) = (Vec::new(), Vec::new());
        let mut numbers = Vec::with_capacity(sides.len());
        for ((node, side), units) in (1..).zip(sides).zip(&self.supplies) {
            numbers.push(match side {
                Some(Side::Source) => {
                    sources.push(node);
                    builder.supply(*units)
                }
                Some(Side::Sink) => {
                    sinks.push(node);
                    builder.sink(Sink { min: -units, max: -units, class: 0 })
                }
                None => 0,
            });
        }
        for row in &self.arcs {
            builder.arc(Arc {
                source: numbers[row.tail as usize - 1],
                sink: numbers[row.head as usize - 1],
                cap: Some(row.cap - row.low),
                cost: row.cost,
            });
        }
        let problem = builder.build().map_err(|problems| self.locate(&problems))?;
        Ok(Instance { problem, sources, sinks, low: self.arcs.iter().map(|row| row.low).collect() })
    }

    /// The side of each node: by the sign of its supply or, where that is 0, by the arcs that touch it.
    fn sides(&self) -> Result<Vec<Option<Side>>, Refusal> {
        let by_sign = |&units: &i64| match units {
            1.. => Some(Side::Source),
            0 => None,
            _ => Some(Side::Sink),
        };
        let mut sides: Vec<Option<Side>> = self.supplies.iter().map(by_sign).collect();
        for row in &self.arcs {
            for (node, side) in [(row.tail, Side::Source), (row.head, Side::Sink)] {
                if *sides[node as usize - 1].get_or_insert(side) != side {
                    let reason = match side {
                        Side::Source => {
                            format!("the arc leaves node {node}, which has demand or is entered")
                        }
                        Side::Sink => {
                            format!("the arc enters node {node}, which has supply or is left")
                        }
                    };
                    return refuse(row.line, reason + "; arcs must run from supply to demand");
                }
            }
        }
        Ok(sides)
    }

    /// Takes what the arcs must carry off the supplies and the demands.
    fn take_lower_bounds(&mut self) -> Result<(), Refusal> {
        for row in &self.arcs {
            let (tail, head) = (row.tail as usize - 1, row.head as usize - 1);
            if row.low > self.supplies[tail] || row.low > -self.supplies[head] {
                return refuse(row.line, "the lower bounds up to here exceed a supply or a demand");
            }
            self.supplies[tail] -= row.low;
            self.supplies[head] += row.low;
        }
        Ok(())
    }

    fn locate(&self, problems: &Problems<ProblemError>) -> Refusal {
        let first = problems.iter().next();
        let line = match first {
            Some(&ProblemError::CostOutOfRange { row, .. }) => self.arcs[row as usize].line,
            _ => self.line,
        };
        Refusal { line, reason: first.map_or_else(String::new, ToString::to_string) }
    }
}

/// The words of one line, taken from the left.
struct Words<'a> {
    line: usize,
    rest: SplitWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn word(&mut self, what: &str) -> Result<&'a str, Refusal> {
        self.rest.next().map_or_else(|| refuse(self.line, format!("{what} is missing")), Ok)
    }

    fn integer(&mut self, what: &str, range: RangeInclusive<i64>) -> Result<i64, Refusal> {
        let (line, word) = (self.line, self.word(what)?);
        match word.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            Ok(number) => {
                let (least, most) = range.into_inner();
                refuse(line, format!("{what} {number} is not in {least}..={most}"))
            }
            Err(_) => refuse(line, format!("{what} {word:?} is not an integer")),
        }
    }

    /// A node from 1 to the last one.
    fn node(&mut self, what: &str, nodes: usize) -> Result<u32, Refusal> {
        let number = self.integer(what, 1..=i64::try_from(nodes).unwrap_or(i64::MAX))?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn end(mut self) -> Result<(), Refusal> {
        match self.rest.next() {
            Some(extra) => refuse(self.line, format!("{extra:?} is one word too many")),
            None => Ok(()),
        }
    }
}

/// The two DIMACS texts: <http://lpsolve.sourceforge.net/5.5/DIMACS_mcf.htm>.
fn dimacs(text: &str) -> Result<Table, Refusal> {
    let mut table: Option<Table> = None;
    let (mut is_assignment, mut stated_arcs) = (false, 0);
    let mut named = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let mut words = Words { line, rest: content.split_whitespace() };
        let Some(kind) = words.rest.next().filter(|&kind| kind != "c") else { continue };
        match (kind, &mut table) {
            ("p", None) => {
                is_assignment = match words.word("the kind of problem")? {
                    "min" => false,
                    "asn" => true,
                    other => return refuse(line, format!("problem {other:?} is not min or asn")),
                };
                let nodes = words.integer("the number of nodes", 0..=MOST_NODES)?;
                stated_arcs = words.integer("the number of arcs", 0..=i64::MAX)?;
                let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
                named = vec![false; nodes];
                let supply = if is_assignment { -1 } else { 0 };
                table = Some(Table { line, supplies: vec![supply; nodes], arcs: Vec::new() });
            }
            ("p", Some(_)) => return refuse(line, "a second problem line"),
            ("n", Some(table)) => {
                if !table.arcs.is_empty() {
                    return refuse(line, "a node line after the first arc");
                }
                let node = words.node("the node", table.supplies.len())? as usize - 1;
                if std::mem::replace(&mut named[node], true) {
                    return refuse(line, format!("node {} stands here twice", node + 1));
                }
                table.supplies[node] = if is_assignment {
                    1
                } else {
                    words.integer("the supply", -i64::MAX..=i64::MAX)?
                };
            }
            ("a", Some(table)) => {
                let nodes = table.supplies.len();
                let (tail, head) = (words.node("the tail", nodes)?, words.node("the head", nodes)?);
                let (low, cap) = if is_assignment {
                    (0, 1)
                } else {
                    let low = words.integer("the lower bound", 0..=i64::MAX)?;
                    (low, words.integer("the capacity", low..=i64::MAX)?)
                };
                let cost = words.integer("the cost", i64::MIN..=i64::MAX)?;
                table.arcs.push(Row { line, tail, head, low, cap, cost });
            }
            ("n" | "a", None) => return refuse(line, "the problem line must come first"),
            _ => return refuse(line, format!("a line cannot begin with {kind:?}")),
        }
        words.end()?;
    }
    let Some(table) = table else { return refuse(1, "there is no problem line") };
    let found = table.arcs.len();
    if i64::try_from(found) != Ok(stated_arcs) {
        return refuse(table.line, format!("{stated_arcs} arcs are stated, {found} follow"));
    }
    Ok(table)
}

/// The assignment text of the OR-Library: <http://people.brunel.ac.uk/~mastjjb/jeb/orlib/assigninfo.html>.
///
/// Sources are the nodes 1..=n, sinks n + 1..=2 n. Line breaks mean nothing in a dense text; in a sparse
/// one, each row is a line of its own.
fn or_library(text: &str, layout: Layout) -> Result<Table, Refusal> {
    let words = (1..).zip(text.lines()).flat_map(|(line, content)| {
        content.split_whitespace().map(move |word| Words { line, rest: word.split_whitespace() })
    });
    let numbers: Vec<(usize, i64)> = words
        .map(|mut word| Ok((word.line, word.integer("the number", i64::MIN..=i64::MAX)?)))
        .collect::<Result<_, _>>()?;
    let Some((&(line, n), numbers)) = numbers.split_first() else {
        return refuse(1, "the file is empty");
    };
    if !(0..=MOST_NODES / 2).contains(&n) {
        return refuse(line, format!("{n} is not a number of sources"));
    }

    let fits_dense = i64::try_from(numbers.len()) == Ok(n * n);
    let dense = match (layout, fits_dense) {
        (Layout::Sparse, _) | (Layout::Auto, false) => None,
        (Layout::Dense, false) => {
            return refuse(line, format!("{} costs must follow, not {}", n * n, numbers.len()));
        }
        (Layout::Dense | Layout::Auto, true) => Some(dense_rows(n, numbers)),
    };
    let arcs = match (dense, sparse_rows(n, numbers)) {
        (Some(_), Ok(_)) if layout == Layout::Auto && n > 0 => {
            return refuse(line, "this can be a dense and a sparse text; say which by --layout");
        }
        (Some(dense), _) => dense,
        (None, sparse) => sparse?,
    };
    let n = usize::try_from(n).unwrap_or_default();
    let supplies = (0..2 * n).map(|node| if node < n { 1 } else { -1 }).collect();
    Ok(Table { line, supplies, arcs })
}

/// The arc from i to j, both counted from 1 on their side.
fn pair(n: i64, line: usize, i: i64, j: i64, cost: i64) -> Row {
    let node = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Row { line, tail: node(i), head: node(n + j), low: 0, cap: 1, cost }
}

fn dense_rows(n: i64, numbers: &[(usize, i64)]) -> Vec<Row> {
    let pairs = (1..=n).flat_map(|i| (1..=n).map(move |j| (i, j)));
    numbers.iter().zip(pairs).map(|(&(line, cost), (i, j))| pair(n, line, i, j, cost)).collect()
}

fn sparse_rows(n: i64, numbers: &[(usize, i64)]) -> Result<Vec<Row>, Refusal> {
    let rows = numbers.chunk_by(|a, b| a.0 == b.0).map(|row| match *row {
        [(line, i), (_, j), (_, cost)] if (1..=n).contains(&i) && (1..=n).contains(&j) => {
            Ok(pair(n, line, i, j, cost))
        }
        [(line, i), (_, j), _] => refuse(line, format!("there is no pair {i}, {j} where n is {n}")),
        _ => {
            refuse(row[0].0, format!("this is no row `i j cost`, nor do {n} x {n} costs follow n"))
        }
    });
    rows.collect()
}
