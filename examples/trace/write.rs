//! The traced people as CSV, the counts and seconds as JSON.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use epitier::Timestamp;
use epitier::contact::Trace;

use super::read::Tables;
use super::{Failure, Outcome};

pub(super) fn failure(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::Write { path: path.display().to_string(), reason: error.to_string() }
}

/// Writes everybody, by tier, first exposure and person.
pub(crate) fn people(path: &Path, tables: &Tables, trace: &Trace) -> Result<(), Failure> {
    let time = |time: Timestamp| {
        if tables.rfc_3339 { time.to_string() } else { time.seconds().to_string() }
    };
    let write = || -> Result<(), csv::Error> {
        let mut out = csv::Writer::from_path(path)?;
        out.write_record(["person", "tier", "first_exposure", "earliest", "source", "place"])?;
        for traced in trace.people() {
            let key = |person| tables.people.key(person).map(ToString::to_string);
            out.write_record([
                key(traced.person).unwrap_or_default(),
                traced.tier.to_string(),
                time(traced.first_exposure),
                time(traced.earliest),
                traced.source.and_then(key).unwrap_or_default(),
                traced
                    .place
                    .and_then(|place| tables.places.key(place))
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ])?;
        }
        out.flush()?;
        Ok(())
    };
    write().map_err(|error| failure(path, error))
}

/// Writes the counts, the seconds of each step and the bytes of the index.
pub(crate) fn stats(path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let Outcome { tables, index, trace, seconds: [read_s, build_s, trace_s] } = outcome;
    let stats = serde_json::json!({
        "rows": index.visit_count() + index.link_count() + tables.cases.len(),
        "visits": index.visit_count(),
        "links": index.link_count(),
        "cases": tables.cases.len(),
        "people": index.people(),
        "places": index.places(),
        "read_s": read_s,
        "build_s": build_s,
        "trace_s": trace_s,
        "index_bytes": index.bytes(),
        "people_per_tier": trace.people_by_tier(),
    });
    let write = || -> Result<(), std::io::Error> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut file, &stats)?;
        writeln!(file)?;
        file.flush()
    };
    write().map_err(|error| failure(path, error))
}
