//! The traced people as CSV, the counts and seconds as JSON.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use epitier::contact::{Reason, Trace};
use epitier::{Progress, Timestamp, Watch};

use super::read::Tables;
use super::{Failure, Outcome};

pub(super) fn failure(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::Write { path: path.display().to_string(), reason: error.to_string() }
}

/// Writes a file that has its name only once it is complete: to another name in the same folder first. What
/// is no regular file, such as a pipe, is written to as it is.
fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let fail = |error: io::Error| failure(path, error);
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let mut file = BufWriter::new(File::create(path).map_err(fail)?);
        write(&mut file)?;
        return file.flush().map_err(fail);
    }
    // A link keeps pointing to the file.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = path.with_file_name(name);
    let file = File::create_new(&unfinished).map_err(fail)?;
    let complete = || {
        if let Some(old) = &old {
            file.set_permissions(old.permissions()).map_err(fail)?;
        }
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush().map_err(fail)?;
        fs::rename(&unfinished, path).map_err(fail)
    };
    complete().inspect_err(|_| {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&unfinished);
    })
}

const COLUMNS: [&str; 7] =
    ["person", "tier", "first_exposure", "earliest", "source", "place", "reason"];

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::IndexCase => "index-case",
        Reason::DirectContact => "direct-contact",
        Reason::SharedPlace => "shared-place",
        Reason::Household => "household",
        Reason::Cumulative => "cumulative",
        _ => "other",
    }
}

/// Writes everybody, by tier, first exposure and person.
pub(crate) fn people(
    path: &Path,
    tables: &Tables,
    trace: &Trace,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let fail = |error: csv::Error| failure(path, error);
    let time = |time: Timestamp| {
        if tables.rfc_3339 { time.to_string() } else { time.seconds().to_string() }
    };
    let total = trace.people().len() as u64;
    replace(path, |file| {
        let mut out = csv::Writer::from_writer(file);
        out.write_record(COLUMNS).map_err(fail)?;
        for (traced, done) in trace.people().iter().zip(0..) {
            if done % 4_096 == 0 {
                watch.progress(Progress { stage: "write people", done, total });
                watch.check()?;
            }
            let key = |person| tables.people.key(person).map(ToString::to_string);
            let place = traced.place.and_then(|place| tables.places.key(place));
            out.write_record([
                key(traced.person).unwrap_or_default(),
                traced.tier.to_string(),
                time(traced.first_exposure),
                time(traced.earliest),
                traced.source.and_then(key).unwrap_or_default(),
                place.map(ToString::to_string).unwrap_or_default(),
                reason(traced.reason).to_owned(),
            ])
            .map_err(fail)?;
        }
        out.flush().map_err(|error| failure(path, error))
    })
}

/// Writes the counts, the seconds of each step and the bytes of the index.
pub(crate) fn stats(path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let Outcome { tables, index, trace, seconds: [read_s, build_s, trace_s] } = outcome;
    let stats = serde_json::json!({
        "rows": index.visit_count() + index.link_count() + index.presence_count() + tables.cases.len(),
        "visits": index.visit_count(),
        "links": index.link_count(),
        "presences": index.presence_count(),
        "cases": tables.cases.len(),
        "people": index.people(),
        "places": index.places(),
        "read_s": read_s,
        "build_s": build_s,
        "trace_s": trace_s,
        "index_bytes": index.bytes(),
        "people_per_tier": trace.people_by_tier(),
    });
    replace(path, |file| {
        serde_json::to_writer_pretty(&mut *file, &stats).map_err(|error| failure(path, error))?;
        writeln!(file).map_err(|error| failure(path, error))
    })
}
