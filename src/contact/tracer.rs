//! The rounds of a trace.
//!
//! Round `h` offers every contact of those whose label changed in round `h - 1` and keeps, for each
//! person, the smallest (key, source, place). Labels are corrected, not set once: a person reached
//! early and earlier still along a longer path spreads the earlier time in the next round. Whoever did
//! not change in a round has offered everything before, so a round costs what it touches.
//!
//! Reference: H. Wu, J. Cheng, S. Huang, Y. Ke, Y. Lu, Y. Xu, *Path Problems in Temporal Graphs*, PVLDB
//! 7(9), 2014, for earliest arrival; the limit on the number of contacts makes it a search by rounds
//! (R. Bellman, *On a Routing Problem*, 1958).

use std::sync::Arc;

use rayon::prelude::*;

use super::board::Board;
use super::chunks::joined;
use super::evidence::Search;
use super::index::{ContactIndex, Parts};
use super::investigation::{Case, Investigation, InvestigationError};
use super::label::{self, IS_CASE, UNREACHED};
use super::resume::Memory;
use super::round::{Candidate, Moved, Run, groups, sort};
use super::scene::Scene;
use super::trace::{Step, Trace};
use crate::error::Stopped;
use crate::id::dense;
use crate::watch::{Cancelled, Progress, Watch};

/// Answers one investigation after another on one index, with labels that it owns and reuses: a small
/// question touches little memory, whatever the size of the index.
///
/// # Examples
///
/// ```
/// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol};
/// use epitier::{PersonId, Timestamp};
///
/// let (first, second) = (PersonId::new(0), PersonId::new(1));
/// let noon = Timestamp::from_seconds(43_200);
/// let link = Link { a: first, b: second, start: noon, end: noon, one_way: false };
/// let index = ContactIndexBuilder::new(2, 0).links([link]).build(&())?;
///
/// let mut tracer = index.tracer();
/// for (case, other) in [(first, second), (second, first)] {
///     let case = Case { person: case, from: Timestamp::from_seconds(0), until: None };
///     let trace = tracer.trace(&Investigation::new(Protocol::new()).with_cases([case]), &())?;
///     assert_eq!(trace.get(other).map(|traced| traced.first_exposure), Some(noon));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tracer {
    parts: Arc<Parts>,
    /// Per person [`UNREACHED`], [`IS_CASE`], or the best key so far plus one.
    labels: Vec<u32>,
    /// Whose labels hold a key, while they are few.
    touched: Vec<u32>,
    /// Whether more labels hold a key than `touched` tells.
    all_touched: bool,
}

/// How the rounds ended.
enum Ended {
    Complete,
    /// Too little of the old trace still holds: a fresh one is cheaper.
    WorthNothing,
}

impl ContactIndex {
    /// A tracer for many investigations on this index.
    #[must_use]
    pub fn tracer(&self) -> Tracer {
        Tracer {
            parts: Arc::clone(&self.parts),
            labels: vec![UNREACHED; self.people() as usize],
            touched: Vec::new(),
            all_touched: false,
        }
    }

    /// Traces an investigation by the exact meaning that the module states.
    ///
    /// # Cost
    ///
    /// Per round, the visits of those who changed, and at each place touched the visits near theirs,
    /// times the logarithm of their number; never the square of a crowd. A backward trace makes one
    /// run for each distinct start of a case's window. Runs on the current rayon pool where it pays.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads and any order of rows, cases and isolations.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem of the investigation, [`Stopped::Cancelled`].
    pub fn trace(
        &self,
        investigation: &Investigation,
        watch: &dyn Watch,
    ) -> Result<Trace, Stopped<InvestigationError>> {
        self.tracer().trace(investigation, watch)
    }
}

impl Tracer {
    /// The same as [`ContactIndex::trace`], reusing the labels of this tracer.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`].
    pub fn trace(
        &mut self,
        investigation: &Investigation,
        watch: &dyn Watch,
    ) -> Result<Trace, Stopped<InvestigationError>> {
        self.trace_from(None, investigation, watch)
    }

    /// Traces an investigation, on top of an old trace if there is one; people who were revised since
    /// are named with it.
    pub(super) fn trace_from(
        &mut self,
        mut old: Option<(&Trace, Vec<u32>)>,
        investigation: &Investigation,
        watch: &dyn Watch,
    ) -> Result<Trace, Stopped<InvestigationError>> {
        investigation.check(dense(self.labels.len()))?;
        let parts = Arc::clone(&self.parts);
        let scene = Scene::new(&parts, investigation);
        let tiers = investigation.protocol().tiers();
        let mut rounds = Vec::new();
        for case in investigation.cases() {
            self.labels[case.person.index()] = IS_CASE;
        }
        let outcome = groups(investigation).into_iter().zip(0..).try_for_each(|(seeds, group)| {
            let run = Run { scene: &scene, seeds, group, tiers, watch };
            let memory = old.take().and_then(|(old, revised)| {
                Memory::new(&run, old, investigation, revised, self.labels.len())
            });
            let mut outcome = self.run(&run, memory, &mut rounds);
            self.forget(investigation.cases());
            if let Ok(Ended::WorthNothing) = outcome {
                rounds.clear();
                outcome = self.run(&run, None, &mut rounds);
                self.forget(investigation.cases());
            }
            outcome.map(|_| ())
        });
        for case in investigation.cases() {
            self.labels[case.person.index()] = UNREACHED;
        }
        outcome?;
        let venues = (parts.clock.base, parts.counts.places);
        let trace = Trace::new(investigation.clone(), venues, rounds, watch)?;
        if parts.outer_bounds.is_empty() {
            return Ok(trace);
        }
        let index = ContactIndex { parts };
        let resting = Search::new(&trace, &index).resting_on_outer_bounds(watch)?;
        Ok(trace.with_outer_bounds(resting))
    }

    /// Takes back all labels but those of the cases.
    fn forget(&mut self, cases: &[Case]) {
        if std::mem::take(&mut self.all_touched) {
            self.touched.clear();
            self.labels.par_iter_mut().for_each(|label| *label = UNREACHED);
            for case in cases {
                self.labels[case.person.index()] = IS_CASE;
            }
        }
        for person in self.touched.drain(..) {
            self.labels[person as usize] = UNREACHED;
        }
    }

    fn run(
        &mut self,
        run: &Run<'_>,
        mut memory: Option<Memory>,
        rounds: &mut Vec<Vec<Step>>,
    ) -> Result<Ended, Cancelled> {
        let seed =
            |case: &Case| Moved { person: case.person.get(), before: UNREACHED, now: IS_CASE };
        let mut moved: Vec<Moved> = run.seeds.iter().map(seed).collect();
        if let Some(memory) = &memory {
            memory.seeds(&mut moved);
        }
        let mut board = Board::default();
        for round in 1..=run.tiers {
            let total = if run.tiers == u32::MAX { 0 } else { u64::from(run.tiers) };
            run.watch.progress(Progress { stage: "trace", done: u64::from(round - 1), total });
            let known = match &memory {
                None => Some(Vec::new()),
                Some(memory) => memory.known(run, round, &self.labels)?,
            };
            let Some(known) = known else { return Ok(Ended::WorthNothing) };
            let found = run.round(&self.labels, &moved, &known, &mut board)?;
            let (steps, mut next) = match found {
                Some(found) => self.settle_few(run, round, found),
                None => self.settle_many(run, round, &board)?,
            };
            if steps.is_empty() {
                break;
            }
            if let Some(memory) = &mut memory {
                memory.settle(round, &self.labels, &mut next);
            }
            rounds.push(steps);
            moved = next;
        }
        Ok(Ended::Complete)
    }

    /// Gives the people of a few offers their new labels.
    fn settle_few(
        &mut self,
        run: &Run<'_>,
        round: u32,
        mut found: Vec<Candidate>,
    ) -> (Vec<Step>, Vec<Moved>) {
        sort(&mut found);
        found.dedup_by_key(|candidate| candidate.person);
        let taken = found.iter().map(|candidate| {
            let now = label::label(candidate.key);
            let before = std::mem::replace(&mut self.labels[candidate.person as usize], now);
            if before == UNREACHED {
                self.touched.push(candidate.person);
            }
            (run.step(candidate, round), Moved { person: candidate.person, before, now })
        });
        taken.unzip()
    }

    /// Gives everybody whom a board found a better offer for their new labels.
    fn settle_many(
        &mut self,
        run: &Run<'_>,
        round: u32,
        board: &Board,
    ) -> Result<(Vec<Step>, Vec<Moved>), Cancelled> {
        self.all_touched = true;
        let chunk = (self.labels.len() / 64).max(1 << 12);
        let found: Vec<(Vec<Step>, Vec<Moved>)> = self
            .labels
            .par_chunks_mut(chunk)
            .enumerate()
            .map(|(at, labels)| {
                let first = dense(at * chunk);
                let people = first..first + dense(labels.len());
                let count = people.clone().filter(|&person| board.best(person).is_some()).count();
                let (mut steps, mut moved) = (Vec::with_capacity(count), Vec::with_capacity(count));
                for (label, person) in labels.iter_mut().zip(people) {
                    if let Some((key, source, venue)) = board.best(person) {
                        let now = label::label(key);
                        let before = std::mem::replace(label, now);
                        moved.push(Moved { person, before, now });
                        steps.push(run.step(&Candidate { person, key, source, venue }, round));
                    }
                }
                (steps, moved)
            })
            .collect();
        let (steps, moved): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok((joined(steps, run.watch)?, joined(moved, run.watch)?))
    }
}
