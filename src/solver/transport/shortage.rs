//! The reasons for unmet demand, read off the final flow.

use super::grouped::Grouped;
use super::{Problem, Shortage};
use crate::watch::{Cancelled, Watch};

/// Arcs into a sink between two looks at the observer; each may lead to a source with arcs of its own.
const ARCS_PER_CHECK: usize = 1 << 14;

/// The shortage of every class that is short.
///
/// In the graph of what could still be moved, the set T of a class is every sink that could pass units on
/// to a short sink of this or a more urgent class: a source that could send more into T must send all it
/// has into T already, or the flow would not fill as much as possible, so each of its other sinks is in T.
/// What the sources send into T is then the most they can. One search serves all classes. O(arcs).
pub(super) fn explain(
    problem: &Problem,
    flow: &[i64],
    unfilled: &[i64],
    watch: &dyn Watch,
) -> Result<Vec<Shortage>, Cancelled> {
    let sinks = problem.sinks();
    let mut short: Vec<u32> =
        (0..).zip(unfilled).filter(|&(_, &u)| u > 0).map(|(j, _)| j).collect();
    if short.is_empty() {
        return Ok(Vec::new());
    }
    short.sort_by_key(|&sink| sinks[sink as usize].class);
    let arcs = problem.arcs();
    let check = || watch.check();
    let (sources, of_source) = (problem.supplies().len(), arcs.iter().map(|arc| arc.source));
    let by_source = Grouped::checked(of_source, sources, check)?;
    let by_sink = Grouped::checked(arcs.iter().map(|arc| arc.sink), sinks.len(), check)?;
    let mut source_seen = vec![false; by_source.len()];
    let mut sink_seen = vec![false; by_sink.len()];

    let mut shortages: Vec<Shortage> = Vec::new();
    let (mut demand, mut missing) = (0, 0);
    for same_class in short.chunk_by(|&a, &b| sinks[a as usize].class == sinks[b as usize].class) {
        let mut joining = Vec::new();
        let mut join = |sink: u32, joining: &mut Vec<u32>| {
            if !std::mem::replace(&mut sink_seen[sink as usize], true) {
                joining.push(sink);
            }
        };
        for &sink in same_class {
            join(sink, &mut joining);
        }
        let mut done = 0;
        while let Some(&sink) = joining.get(done) {
            done += 1;
            for (place, &into) in by_sink.group(sink as usize).iter().enumerate() {
                if place.is_multiple_of(ARCS_PER_CHECK) {
                    watch.check()?;
                }
                let arc = &arcs[into as usize];
                let has_room = flow[into as usize] < problem.capacity(arc);
                if !has_room || std::mem::replace(&mut source_seen[arc.source as usize], true) {
                    continue;
                }
                for &used in by_source.group(arc.source as usize) {
                    if flow[used as usize] > 0 {
                        join(arcs[used as usize].sink, &mut joining);
                    }
                }
            }
        }
        joining.sort_unstable();
        demand += joining.iter().map(|&sink| sinks[sink as usize].min).sum::<i64>();
        missing += joining.iter().map(|&sink| unfilled[sink as usize]).sum::<i64>();
        shortages.push(Shortage {
            class: sinks[same_class[0] as usize].class,
            joining,
            demand,
            reach: demand - missing,
            missing,
        });
    }
    Ok(shortages)
}
