//! Continuing a trace when cases, isolations or rows have changed.
//!
//! A label after a round depends on the labels of the contacts after the round before. So the old
//! trace is replayed round by round: a change that it made still holds unless it rests on somebody who
//! was revised or whose label has become worse; whom it rested on so is asked again from all their
//! contacts (pulled), as is everybody whose label is worse than in the old trace, since an offer that
//! was not good enough then may be now. Whoever has become better, or was revised, makes their offers
//! anew (pushes), as in any trace. Everything else is what it was.

use super::columns::FAR;
use super::index::ContactIndex;
use super::investigation::{Case, Investigation, InvestigationError, Isolation};
use super::label::{self, IS_CASE, UNREACHED};
use super::protocol::Direction;
use super::round::{Candidate, Moved, Run, sort};
use super::share::share;
use super::trace::Trace;
use super::tracer::Tracer;
use crate::error::Stopped;
use crate::id::PersonId;
use crate::watch::{Cancelled, Watch};

/// Where more than one of so many people would have to be asked again, a fresh trace is cheaper.
const WORTH_RESUMING: usize = 64;

impl ContactIndex {
    /// Traces an investigation that goes on from an earlier one: more or fewer cases, other isolations,
    /// rows added to the index or taken away. The answer is the same as of [`ContactIndex::trace`].
    ///
    /// `revised` names everybody whose visits, links or household have changed since the old trace: the
    /// people of the rows that the index was extended with or that were retracted. Who became a case or
    /// ceased to be one, and whose isolation changed, is told by comparing the two investigations.
    ///
    /// # Cost
    ///
    /// The size of the old trace, and the contacts of those who changed. Where that is much of the
    /// population, for another protocol, a backward trace or a cumulative rule, a fresh trace.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`].
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let link = |a, b, at| {
    ///     let start = Timestamp::from_seconds(at);
    ///     Link { a: PersonId::new(a), b: PersonId::new(b), start, end: start, one_way: false }
    /// };
    /// let case = |person| {
    ///     let from = Timestamp::from_seconds(0);
    ///     Case { person: PersonId::new(person), from, until: None }
    /// };
    /// let index = ContactIndexBuilder::new(4, 0).links([link(0, 1, 10), link(2, 3, 5)]).build(&())?;
    /// let first = Investigation::new(Protocol::new()).with_cases([case(0)]);
    /// let trace = index.trace(&first, &())?;
    /// assert_eq!(trace.people_by_tier(), [1, 1]);
    ///
    /// let second = first.with_cases([case(2)]);
    /// let trace = index.resume(&trace, &second, [], &())?;
    /// assert_eq!(trace.people_by_tier(), [2, 2]);
    /// assert_eq!(trace, index.trace(&second, &())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resume(
        &self,
        old: &Trace,
        investigation: &Investigation,
        revised: impl IntoIterator<Item = PersonId>,
        watch: &dyn Watch,
    ) -> Result<Trace, Stopped<InvestigationError>> {
        self.tracer().resume(old, investigation, revised, watch)
    }
}

impl Tracer {
    /// The same as [`ContactIndex::resume`], reusing the labels of this tracer.
    ///
    /// # Errors
    ///
    /// As [`ContactIndex::trace`].
    pub fn resume(
        &mut self,
        old: &Trace,
        investigation: &Investigation,
        revised: impl IntoIterator<Item = PersonId>,
        watch: &dyn Watch,
    ) -> Result<Trace, Stopped<InvestigationError>> {
        let revised = revised.into_iter().map(PersonId::get).collect();
        self.trace_from(Some((old, revised)), investigation, watch)
    }
}

/// What an old trace tells the rounds of a new one.
#[derive(Debug)]
pub(super) struct Memory {
    /// The steps of each round as offers, the first round first.
    rounds: Vec<Vec<Candidate>>,
    /// The old labels after the round before.
    labels: Vec<u32>,
    /// Who was revised, sorted.
    revised: Vec<u32>,
    /// Whose label is worse than the old one.
    worse: Vec<u32>,
}

impl Memory {
    /// What is left of an old trace for this run; `None` where a fresh trace is the way.
    pub(super) fn new(
        run: &Run<'_>,
        old: &Trace,
        now: &Investigation,
        revised: Vec<u32>,
        people: usize,
    ) -> Option<Self> {
        let before = old.investigation();
        let backward = run.scene.link_rule.direction == Direction::Backward;
        if before.protocol() != now.protocol() || backward || run.scene.cumulative.is_some() {
            return None;
        }
        let revised = all_revised(revised, before, now);
        let rounds = old.steps_by_round(|change| run.scene.candidate(change))?;
        let mut labels = vec![UNREACHED; people];
        for case in before.cases() {
            *labels.get_mut(case.person.index())? = IS_CASE;
        }
        let known =
            |candidate: &Candidate| (candidate.person.max(candidate.source) as usize) < people;
        rounds.iter().flatten().all(known).then_some(Self {
            rounds,
            labels,
            revised,
            worse: Vec::new(),
        })
    }

    fn is_revised(&self, person: u32) -> bool {
        self.revised.binary_search(&person).is_ok()
    }

    /// The cases that make offers in the first round: new ones and revised ones.
    pub(super) fn seeds(&self, moved: &mut Vec<Moved>) {
        moved.retain(|case| self.is_revised(case.person));
    }

    /// What is known of a round before it is run: old changes that hold, and the best offers to those
    /// who have to be asked again. `None` where they are too many.
    pub(super) fn known(
        &self,
        run: &Run<'_>,
        round: u32,
        labels: &[u32],
    ) -> Result<Option<Vec<Candidate>>, Cancelled> {
        let steps = self.rounds.get(round as usize - 1).map_or(&[][..], Vec::as_slice);
        let mut asked: Vec<u32> = self.worse.iter().chain(&self.revised).copied().collect();
        let mut known = Vec::with_capacity(steps.len());
        for step in steps {
            let source = step.source as usize;
            let broken = self.is_revised(step.person)
                || self.is_revised(step.source)
                || is_worse(labels[source], self.labels[source]);
            if broken {
                asked.push(step.person);
            } else {
                known.push(*step);
            }
        }
        sort(&mut asked);
        asked.dedup();
        if asked.len() > labels.len() / WORTH_RESUMING + 64 {
            return Ok(None);
        }
        let offers = share(run.watch, &asked, |&person, out| run.pull(labels, person, out))?;
        known.extend(offers.into_iter().flatten());
        Ok(Some(known))
    }

    /// Takes note of what a round made of the labels, and leaves those among the moved whose offers the
    /// old trace does not hold.
    pub(super) fn settle(&mut self, round: u32, labels: &[u32], moved: &mut Vec<Moved>) {
        let mut worse = std::mem::take(&mut self.worse);
        if let Some(steps) = self.rounds.get(round as usize - 1) {
            for step in steps {
                self.labels[step.person as usize] = label::label(step.key);
                worse.push(step.person);
            }
        }
        let old = |person: u32| self.labels[person as usize];
        worse.retain(|&person| {
            !self.is_revised(person) && is_worse(labels[person as usize], old(person))
        });
        sort(&mut worse);
        worse.dedup();
        moved.retain(|moved| {
            self.is_revised(moved.person) || is_worse(old(moved.person), moved.now)
        });
        self.worse = worse;
    }
}

/// Whether the first label comes later than the second.
fn is_worse(label: u32, other: u32) -> bool {
    match (label, other) {
        (_, UNREACHED) => false,
        (UNREACHED, _) => true,
        (label, other) => label > other,
    }
}

/// Whoever was named, and whoever is a case or isolated otherwise than before.
fn all_revised(mut revised: Vec<u32>, before: &Investigation, now: &Investigation) -> Vec<u32> {
    let sorted_cases = |of: &Investigation| {
        let mut cases = of.cases().to_vec();
        cases.sort_unstable();
        cases
    };
    let sorted_isolations = |of: &Investigation| {
        let mut isolations = of.isolations().to_vec();
        isolations.sort_unstable();
        isolations.dedup();
        isolations
    };
    let person = |case: &Case| case.person.get();
    revised.extend(not_in_both(&sorted_cases(before), &sorted_cases(now)).map(person));
    let person = |isolation: &Isolation| isolation.person.get();
    let (before, now) = (sorted_isolations(before), sorted_isolations(now));
    revised.extend(not_in_both(&before, &now).map(person));
    sort(&mut revised);
    revised.dedup();
    revised
}

/// The rows that only one of two sorted lists holds.
fn not_in_both<'a, T: Ord>(a: &'a [T], b: &'a [T]) -> impl Iterator<Item = &'a T> {
    let only = |these: &'a [T], others: &'a [T]| {
        these.iter().filter(move |row| others.binary_search(row).is_err())
    };
    only(a, b).chain(only(b, a))
}

impl Run<'_> {
    /// The offers of everybody to one person, as everybody is labelled.
    fn pull(&self, labels: &[u32], person: u32, out: &mut Vec<Candidate>) {
        for (venue, own) in self.scene.stays_of(person, -FAR, FAR) {
            let rule = self.scene.rule(venue);
            let (start, end) = own.stay();
            for near in self.scene.stays_at(venue, start - rule.lag, end) {
                let source = near.person;
                let carrier = self.carrier(source, labels[source as usize]);
                if carrier.at >= FAR {
                    continue;
                }
                self.scene.stays(own, venue, |own| {
                    self.scene.stays(near, venue, |theirs| {
                        let met = rule.meet(theirs, own, carrier);
                        offer(out, person, met, source, venue);
                    });
                });
            }
        }
        for touch in self.scene.parts.links.of(person, false, (-FAR, FAR)) {
            let carrier = self.carrier(touch.other, labels[touch.other as usize]);
            if carrier.at >= FAR {
                continue;
            }
            self.scene.touches((person, touch.other), touch.stay(), |piece| {
                let met = self.scene.link_rule.meet_link(piece, carrier);
                offer(out, person, met, touch.other, 0);
            });
        }
    }
}

fn offer(out: &mut Vec<Candidate>, person: u32, met: Option<i64>, source: u32, venue: u32) {
    let key = met.and_then(|key| u32::try_from(key).ok());
    out.extend(key.map(|key| Candidate { person, key, source, venue }));
}
