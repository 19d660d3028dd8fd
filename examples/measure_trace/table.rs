//! The table: what is measured on which instance, beside what it must reach.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use epitier::contact::ContactIndex;

use crate::instance::{Instance, MEETINGS, PUBLISHED};
use crate::live::{self, LATER};
use crate::ours::{self, Answer, Built, Question};
use crate::peers::Peer;
use crate::report::{Cost, Report, Row, Seconds, median};
use crate::{callgrind, instructions};

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

/// A peer that took so many seconds for an answer is not asked a second time.
const PATIENCE: f64 = 20.0;

/// Somebody who answers the same question, and how many times faster we must be.
struct Rival {
    peer: &'static str,
    least: Option<f64>,
}

const fn rival(peer: &'static str, least: Option<f64>) -> Rival {
    Rival { peer, least }
}

/// What is asked of the towns: cases, tiers, whom else; the factors are for V2.
const QUESTIONS: [(u32, u32, &[Rival]); 5] = [
    (1, 1, &[]),
    (1, 2, &[]),
    (1, 3, &[rival("polars_asof", Some(15.0)), rival("duck_join", None)]),
    (100, 3, &[rival("polars_asof", Some(25.0)), rival("duck_join", Some(60.0))]),
    (10_000, 3, &[rival("polars_asof", Some(40.0))]),
];

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which instances, in this order.
    #[arg(long, value_delimiter = ',', default_value = "V1,V2,V3,P1S")]
    instances: Vec<String>,
    /// The folder of instances that `gen.py` made; their published answers are checked.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where instances are generated without --data; they stay there for the next run.
    #[arg(long, value_name = "DIR", default_value = "target/measure_trace")]
    work: PathBuf,
    /// How often everything is measured; the table has medians.
    #[arg(long, default_value_t = 3, value_parser = runs)]
    runs: usize,
    /// Rows of the worst cases, of which valgrind counts the instructions; 0 leaves them out.
    #[arg(long, value_name = "ROWS", default_value_t = 20_000)]
    worst: u32,
    /// An interpreter that may have the peers' packages; may be given several times.
    #[arg(long, value_name = "PATH", default_value = "python3")]
    python: Vec<PathBuf>,
    /// Where to write the table; standard output if not stated.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn runs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&runs| runs > 0).ok_or_else(|| "expected 1 or more".to_owned())
}

/// Measures and writes everything; whether all answers were the same and no worst case grew too fast.
pub(crate) fn write(options: &Options) -> Result<bool, Box<dyn Error>> {
    let mut report = Report::new(UNFAIR);
    for name in &options.instances {
        let instance = match &options.data {
            Some(data) => Instance::existing(name, data)?,
            None => Instance::generated(name, &options.work)?,
        };
        measure(&instance, options, &mut report)?;
    }
    if options.worst > 0 && callgrind::can_count() {
        eprintln!("worst cases");
        let (table, too_fast) = instructions::table(options.worst)?;
        report.add_table(&table, too_fast);
    }
    let text = report.text();
    match &options.out {
        Some(path) => std::fs::write(path, text)?,
        None => print!("{text}"),
    }
    Ok(report.is_right())
}

fn measure(
    instance: &Instance,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let name = &instance.name;
    eprintln!("{name}: build");
    build(instance, options, report)?;
    let index = instance.builder()?.build(&())?;
    if *name == MEETINGS.0 {
        let mut tglib = start(&["tglib"], instance, options, report);
        let all = Question { latency: 1, ..Question::new(instance, 1, u32::MAX) };
        compare(instance, &index, &all, &mut tglib, &[rival("tglib", Some(3.0))], options, report)?;
        let three = Question::new(instance, 1, 3);
        return compare(instance, &index, &three, &mut [], &[], options, report);
    }
    let rivals: &[&str] = if name == "V3" { &[] } else { &["polars_asof", "duck_join"] };
    let mut peers = start(rivals, instance, options, report);
    for (cases, tiers, rivals) in QUESTIONS {
        if instance.cases_file(cases).is_file() {
            let question = Question::new(instance, cases, tiers);
            compare(instance, &index, &question, &mut peers, rivals, options, report)?;
        }
    }
    drop(peers);
    if instance.cases_file(100).is_file() {
        extension(instance, &index, options, report)?;
    }
    threads(instance, &index, options, report)
}

/// Adding later visits beside building again, and a trace after each.
fn extension(
    instance: &Instance,
    index: &ContactIndex,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let what = format!("{}: {LATER} visits added", instance.name);
    eprintln!("{what}");
    let live = live::extension(instance, index, options.runs)?;
    report.check(&what, "a rebuilt index", live.same);
    let held = instance.name == "V2";
    report.add(
        Row::new(format!("{what}, against building again"))
            .at_least(live.rebuild.wall / live.extend.wall, held.then_some(50.0))
            .note(&format!("by CPU {:.1} x", live.rebuild.cpu / live.extend.cpu))
            .times(live.extend, Some(live.rebuild)),
    );
    report.add(
        Row::new(format!("{what}, 100 cases, 3 tiers, against a rebuilt index"))
            .at_most(live.trace_extended.wall / live.trace_rebuilt.wall, held.then_some(1.3), " x")
            .note(&format!("by CPU {:.2} x", live.trace_extended.cpu / live.trace_rebuilt.cpu))
            .times(live.trace_extended, Some(live.trace_rebuilt)),
    );
    Ok(())
}

/// The build in a process of its own, so that its peak of memory is its own.
fn build(
    instance: &Instance,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let folder = options.data.as_ref().unwrap_or(&options.work);
    let output = Command::new(std::env::current_exe()?)
        .args(["build", &instance.name, "--runs", &options.runs.to_string(), "--data"])
        .arg(folder)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let built: Built = serde_json::from_slice(&output.stdout)?;
    let name = &instance.name;
    report.add(
        Row::new(format!("{name}: build beside `par_sort_unstable` of as many u64"))
            .at_most(built.build.wall / built.sort.wall, (name == "V2").then_some(1.3), " x")
            .note(&format!("by CPU {:.2} x", built.build.cpu / built.sort.cpu))
            .times(built.build, Some(built.sort)),
    );
    // In hundredths, which 32 bits hold.
    let a_row = |bytes: u64| {
        f64::from(u32::try_from(bytes * 100 / built.rows.max(1)).unwrap_or(u32::MAX)) / 100.0
    };
    let visits = matches!(name.as_str(), "V2" | "V3");
    report.add(
        Row::new(format!("{name}: index, bytes a row"))
            .at_most(a_row(built.index_bytes), visits.then_some(20.0), "")
            .note(&format!("{} MB", built.index_bytes / 1_000_000)),
    );
    report.add(
        Row::new(format!("{name}: peak while building, bytes a row"))
            .at_most(a_row(built.peak_bytes), visits.then_some(60.0), "")
            .note(&format!("{} MB, the rows included", built.peak_bytes / 1_000_000)),
    );
    Ok(())
}

fn start(
    names: &[&'static str],
    instance: &Instance,
    options: &Options,
    report: &mut Report,
) -> Vec<Peer> {
    eprintln!("{}: peers load", instance.name);
    let peers = names.iter().filter_map(|name| Peer::start(name, &options.python, instance));
    let noted = peers.inspect(|peer| {
        let loaded = &peer.loaded;
        report.add_note(format!(
            "{}: `{}` ({}) loaded and sorted in {}, peak {} MB.",
            instance.name,
            peer.name,
            loaded.version,
            Seconds(loaded.seconds),
            loaded.peak_bytes / 1_000_000
        ));
    });
    noted.collect()
}

/// A peer that is asked, and what it answered so far.
struct Other<'a> {
    peer: &'a mut Peer,
    least: Option<f64>,
    samples: Vec<(Cost, Answer)>,
}

/// Puts one question to both sides in turn.
fn compare(
    instance: &Instance,
    index: &ContactIndex,
    question: &Question,
    peers: &mut [Peer],
    rivals: &[Rival],
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let name = &instance.name;
    let what = format!("{name}: {question}");
    eprintln!("{what}");
    let investigation = question.investigation(instance.cases(question.cases)?);
    let mut tracer = index.tracer();
    let mut others: Vec<Other<'_>> = peers
        .iter_mut()
        .filter_map(|peer| {
            let rival = rivals.iter().find(|rival| rival.peer == peer.name)?;
            Some(Other { peer, least: rival.least, samples: Vec::new() })
        })
        .collect();
    let mut mine = Vec::new();
    for _ in 0..options.runs {
        mine.push(ours::trace((index, &mut tracer), &investigation, question.last_tier())?);
        for Other { peer, samples, .. } in &mut others {
            if samples.last().is_none_or(|(cost, _)| cost.wall < PATIENCE) {
                samples.push(peer.ask(instance, question)?);
            }
        }
    }
    let answer = &mine[0].1;
    if options.data.is_some() {
        let asked = |&&(of, cases, tiers, _): &&(&str, u32, u32, &str)| {
            of == name && (cases, tiers) == (question.cases, question.tiers)
        };
        if let Some((.., digest)) = PUBLISHED.iter().find(asked) {
            report.check(&what, "the published digest", answer.digest == *digest);
        }
    }
    let ours = cost(&mine);
    let most = match (name.as_str(), question.tiers) {
        ("V3", 1) => Some(20e-6),
        ("V3", 2) => Some(1e-3),
        ("P1S", 3) => Some(2e-3),
        _ => None,
    };
    let bound = most.map(|most| (format!("< {} CPU", Seconds(most)), ours.cpu < most));
    report.add(
        Row::new(format!("{what}: {:?} people", answer.people))
            .measured(format!("{} CPU", Seconds(ours.cpu)), bound)
            .times(ours, None),
    );
    for Other { peer, least, samples } in others {
        let same = samples.iter().all(|(_, theirs)| theirs == answer);
        report.check(&what, peer.name, same);
        let theirs = cost(&samples);
        let least = least.filter(|_| name == "V2" || name == "P1S");
        report.add(
            Row::new(format!("{what}, against `{}`", peer.name))
                .at_least(theirs.wall / ours.wall, least)
                .note(&format!("by CPU {:.1} x", theirs.cpu / ours.cpu))
                .times(ours, Some(theirs)),
        );
    }
    Ok(())
}

fn cost(samples: &[(Cost, Answer)]) -> Cost {
    median(&samples.iter().map(|sample| sample.0).collect::<Vec<_>>())
}

/// One thread beside two, on large questions.
fn threads(
    instance: &Instance,
    index: &ContactIndex,
    options: &Options,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pools = [pool(1)?, pool(2)?];
    for cases in [100, 10_000] {
        if !instance.cases_file(cases).is_file() {
            continue;
        }
        let question = Question::new(instance, cases, 3);
        let what = format!("{}: {question}, two threads against one", instance.name);
        eprintln!("{what}");
        let investigation = question.investigation(instance.cases(cases)?);
        let mut tracer = index.tracer();
        let mut samples = [Vec::new(), Vec::new()];
        for _ in 0..options.runs {
            for (pool, samples) in pools.iter().zip(&mut samples) {
                let sample = pool.install(|| {
                    ours::trace((index, &mut tracer), &investigation, question.last_tier())
                        .map_err(|error| error.to_string())
                });
                samples.push(sample?);
            }
        }
        report.check(&what, "one thread", samples[0][0].1 == samples[1][0].1);
        let [one, two] = [cost(&samples[0]), cost(&samples[1])];
        let least = matches!(instance.name.as_str(), "V2" | "V3").then_some(1.7);
        report.add(Row::new(what).at_least(one.wall / two.wall, least).times(two, Some(one)));
    }
    Ok(())
}
