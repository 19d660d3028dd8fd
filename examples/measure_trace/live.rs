//! Visits that arrive later: adding them beside building everything again.

use std::error::Error;
use std::time::Duration;

use epitier::contact::{ContactIndex, ContactIndexBuilder};

use crate::gauge::measure;
use crate::instance::Instance;
use crate::model::Town;
use crate::ours::{self, Answer, Question, SAMPLE};
use crate::report::{Cost, median};

/// How many visits arrive.
pub(crate) const LATER: u32 = 10_000;

/// Medians of what adding and building again cost, and a trace after each.
pub(crate) struct Live {
    pub(crate) extend: Cost,
    pub(crate) rebuild: Cost,
    pub(crate) trace_extended: Cost,
    pub(crate) trace_rebuilt: Cost,
    /// Whether both traces said the same.
    pub(crate) same: bool,
}

/// Adds visits to clones of an index, and builds the index of all visits, in turn.
pub(crate) fn extension(
    instance: &Instance,
    index: &ContactIndex,
    runs: usize,
) -> Result<Live, Box<dyn Error>> {
    let (people, places) = (index.people(), index.places());
    let later = Town { people, visits: LATER, places, seed: 7 }.visits();
    let question = Question::new(instance, 100, 3);
    let investigation = question.investigation(instance.cases(question.cases)?);
    let (mut extensions, mut builds) = (Vec::new(), Vec::new());
    let (mut after_extension, mut after_build) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let (cost, extended) = measure(SAMPLE, || {
            let mut extended = index.clone();
            let rows = ContactIndexBuilder::new(people, places).visits(later.iter().copied());
            extended.extend(rows, &()).map(|()| extended)
        });
        extensions.push(cost);
        let mut rows = Some(instance.builder()?.visits(later.iter().copied()));
        let (cost, again) = measure(Duration::ZERO, || rows.take().map(|rows| rows.build(&())));
        builds.push(cost);
        let (extended, again) = (extended?, again.ok_or("one build a run")??);
        let ask = |index: &ContactIndex| {
            ours::trace((index, &mut index.tracer()), &investigation, question.tiers)
        };
        after_extension.push(ask(&extended)?);
        after_build.push(ask(&again)?);
    }
    let answers = |traces: &[(Cost, Answer)]| -> Vec<Answer> {
        traces.iter().map(|(_, answer)| answer.clone()).collect()
    };
    let cost = |traces: &[(Cost, Answer)]| median(&traces.iter().map(|t| t.0).collect::<Vec<_>>());
    Ok(Live {
        extend: median(&extensions),
        rebuild: median(&builds),
        trace_extended: cost(&after_extension),
        trace_rebuilt: cost(&after_build),
        same: answers(&after_extension) == answers(&after_build),
    })
}
