//! Contact tracing on generated towns, instants and worst cases, sizes a decade apart; fixed seeds, and
//! every answer is asserted.
//!
//! `cargo run --release --example measure_trace -- table` measures the same beside other tools.

mod build;
mod extend;
#[path = "../../examples/measure_trace/model.rs"]
mod model;
mod one_case;
#[path = "../../examples/support/random.rs"]
mod random;
mod readings;
mod trace;
#[path = "../../examples/measure_trace/worst.rs"]
mod worst;
mod worst_cases;

use criterion::{Criterion, criterion_group, criterion_main};
use epitier::contact::{
    Case, ContactIndex, ContactIndexBuilder, Investigation, Protocol, Trace, Tracer,
};

use model::{Meetings, Town};

/// A town of so many visits, with ten for each person and fifty for each place.
fn town(visits: u32) -> Town {
    Town { people: visits / 10, visits, places: visits / 50, seed: 20_210_730 }
}

/// So many instants, of which each person has forty on average.
fn meetings(events: u32) -> Meetings {
    Meetings { people: events / 20, events, seed: 20_210_730 }
}

fn builder(town: Town) -> ContactIndexBuilder {
    ContactIndexBuilder::new(town.people, town.places).visits(town.visits())
}

fn index(builder: ContactIndexBuilder) -> ContactIndex {
    builder.build(&()).expect("generated rows are valid")
}

/// Contacts of 15 minutes (the towns count in minutes), over so many tiers.
fn question(tiers: u32, cases: Vec<Case>) -> Investigation {
    Investigation::new(Protocol::new().with_tiers(tiers).with_min_overlap(15)).with_cases(cases)
}

/// Traces and asserts how many people were reached beside the cases.
fn trace(tracer: &mut Tracer, question: &Investigation, reached: usize) -> Trace {
    let trace = tracer.trace(question, &()).expect("generated cases are valid");
    assert_eq!(trace.people().len() - question.cases().len(), reached);
    trace
}

fn configured() -> Criterion {
    Criterion::default().sample_size(10)
}

criterion_group! {
    name = benches;
    config = configured();
    targets = build::towns, build::instants, trace::cases, trace::threads, trace::instants,
        one_case::of_an_index, extend::later, readings::of_everybody, worst_cases::builds,
        worst_cases::traces
}
criterion_main!(benches);
