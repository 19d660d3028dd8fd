//! Our side: builds and traces, and what they answer.

use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::time::Duration;

use epitier::contact::{Case, ContactIndex, Investigation, Protocol, Trace, Tracer};
use epitier::{PersonId, Timestamp};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::gauge::{forget_peak, measure, peak_bytes};
use crate::instance::{Instance, MEETINGS};
use crate::random::Random;
use crate::report::{Cost, median};

/// A sample of a short call lasts so long: the system counts CPU in hundredths of a second.
pub(crate) const SAMPLE: Duration = Duration::from_millis(500);

/// What both sides answer, to be compared before any time counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) people: Vec<usize>,
    /// Of every (person, tier, earliest exposure), in no order.
    pub(crate) digest: String,
}

impl Answer {
    /// Tiers above the last one count as the last one.
    fn of(trace: &Trace, last_tier: u32) -> Self {
        let rows = trace.people().iter();
        let rows = rows.map(|t| (t.person, t.tier.min(last_tier), t.earliest));
        Self::of_rows(rows)
    }

    /// Of first exposures alone: whoever is no case counts as tier 1.
    fn of_first(first: &[(PersonId, Timestamp)], cases: &[Case]) -> Self {
        let is_case = |person| cases.iter().any(|case| case.person == person);
        Self::of_rows(
            first.iter().map(|&(person, time)| (person, u32::from(!is_case(person)), time)),
        )
    }

    fn of_rows(rows: impl Iterator<Item = (PersonId, u32, Timestamp)>) -> Self {
        let (mut people, mut digest) = (Vec::new(), 0_u64);
        for (person, tier, time) in rows {
            let time = time.seconds().cast_unsigned();
            let mut hash = (u64::from(person.get()) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= time.wrapping_add(1).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
            hash = hash.wrapping_add(u64::from(tier).wrapping_mul(0x1656_67b1_9e37_79f9));
            hash ^= hash >> 29;
            hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
            digest = digest.wrapping_add(hash ^ (hash >> 32));
            let tier = tier as usize;
            people.resize(people.len().max(tier + 1), 0);
            people[tier] += 1;
        }
        Self { people, digest: format!("{digest:016x}") }
    }
}

/// A question about an instance, put to both sides.
#[derive(Clone, Serialize)]
pub(crate) struct Question {
    pub(crate) cases: u32,
    pub(crate) tiers: u32,
    pub(crate) min_overlap: u32,
    pub(crate) latency: u32,
}

impl Question {
    /// So many cases and tiers; contacts last 15 minutes, or are instants.
    pub(crate) fn new(instance: &Instance, cases: u32, tiers: u32) -> Self {
        let min_overlap = if instance.name == MEETINGS.0 { 0 } else { 15 };
        Self { cases, tiers, min_overlap, latency: 0 }
    }

    /// Beyond how many tiers both sides no longer tell them apart.
    pub(crate) fn last_tier(&self) -> u32 {
        if self.tiers == u32::MAX { 1 } else { self.tiers }
    }

    pub(crate) fn investigation(&self, cases: Vec<Case>) -> Investigation {
        let protocol = Protocol::new()
            .with_tiers(self.tiers)
            .with_min_overlap(self.min_overlap)
            .with_latency(self.latency);
        Investigation::new(protocol).with_cases(cases)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cases, tiers, .. } = self;
        let cases = if *cases == 1 { "1 case".to_owned() } else { format!("{cases} cases") };
        match *tiers {
            u32::MAX => write!(f, "{cases}, all tiers"),
            1 => write!(f, "{cases}, 1 tier"),
            tiers => write!(f, "{cases}, {tiers} tiers"),
        }
    }
}

/// One sample of a trace; without a limit of tiers, of the first exposures alone.
pub(crate) fn trace(
    (index, tracer): (&ContactIndex, &mut Tracer),
    investigation: &Investigation,
    last_tier: u32,
) -> Result<(Cost, Answer), Box<dyn Error>> {
    if investigation.protocol().tiers() == u32::MAX {
        // The first call sorts the contacts by time, which the index keeps.
        index.earliest_exposures(investigation, &())?;
        let (cost, first) = measure(SAMPLE, || index.earliest_exposures(investigation, &()));
        return Ok((cost, Answer::of_first(&first?, investigation.cases())));
    }
    let (cost, trace) = measure(SAMPLE, || tracer.trace(investigation, &()));
    Ok((cost, Answer::of(&trace?, last_tier)))
}

/// What the process that only builds tells the one that writes the table.
#[derive(Serialize, Deserialize)]
pub(crate) struct Built {
    pub(crate) build: Cost,
    /// `par_sort_unstable` of as many random `u64`.
    pub(crate) sort: Cost,
    pub(crate) rows: u64,
    pub(crate) index_bytes: u64,
    /// The most memory of the process while it built, the rows to build from included.
    pub(crate) peak_bytes: u64,
}

/// Builds and sorts in turn. The rows are read before the clock starts.
pub(crate) fn build(instance: &Instance, runs: usize) -> Result<Built, Box<dyn Error>> {
    let (mut builds, mut sorts) = (Vec::new(), Vec::new());
    let (mut rows, mut index_bytes, mut peak) = (0, 0, 0);
    for run in 0..runs {
        let builder = instance.builder()?;
        forget_peak();
        let mut builder = Some(builder);
        let (cost, index) = measure(Duration::ZERO, || builder.take().map(|b| b.build(&())));
        if run == 0 {
            peak = peak_bytes();
        }
        builds.push(cost);
        let index = index.ok_or("one build a run")??;
        let count = index.visit_count() + index.link_count();
        (rows, index_bytes) = (count as u64, index.bytes() as u64);
        drop(index);

        let mut random = Random(rows);
        let mut keys: Vec<u64> = (0..count).map(|_| random.below(u64::MAX)).collect();
        sorts.push(measure(Duration::ZERO, || keys.par_sort_unstable()).0);
        black_box(keys);
    }
    let (build, sort) = (median(&builds), median(&sorts));
    Ok(Built { build, sort, rows, index_bytes, peak_bytes: peak })
}
