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

use super::columns::{FAR, Touches};
use super::index::{ContactIndex, Parts, Venue};
use super::investigation::{Case, Investigation, InvestigationError};
use super::protocol::Direction;
use super::rule::{Carrier, Target};
use super::scene::Scene;
use super::sweep::{Opening, sweep};
use super::trace::{Change, Trace};
use crate::error::Stopped;
use crate::id::{PersonId, dense};
use crate::watch::{Cancelled, Progress, Watch};

/// Work of fewer items than this stays on the calling thread.
const WORTH_SHARING: usize = 256;

/// Nobody has reached the person so far. Zero, so that fresh labels are untouched zero pages.
const UNREACHED: u32 = 0;

/// The person is a case: known, never relabelled.
const IS_CASE: u32 = u32::MAX;

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
    /// Whose labels hold a key.
    touched: Vec<u32>,
}

impl ContactIndex {
    /// A tracer for many investigations on this index.
    #[must_use]
    pub fn tracer(&self) -> Tracer {
        Tracer {
            parts: Arc::clone(&self.parts),
            labels: vec![UNREACHED; self.people() as usize],
            touched: Vec::new(),
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
        investigation.check(dense(self.labels.len()))?;
        let parts = Arc::clone(&self.parts);
        let scene = Scene::new(&parts, investigation);
        let tiers = investigation.protocol().tiers();
        let mut changes = Vec::new();
        for case in investigation.cases() {
            self.labels[case.person.index()] = IS_CASE;
        }
        let outcome = groups(investigation).into_iter().zip(0..).try_for_each(|(seeds, group)| {
            let run = Run { scene: &scene, seeds, group, tiers, watch };
            let outcome = self.run(&run, &mut changes);
            for person in self.touched.drain(..) {
                self.labels[person as usize] = UNREACHED;
            }
            outcome
        });
        for case in investigation.cases() {
            self.labels[case.person.index()] = UNREACHED;
        }
        outcome?;
        Ok(Trace::new(investigation.clone(), changes))
    }

    fn run(&mut self, run: &Run<'_>, changes: &mut Vec<Change>) -> Result<(), Cancelled> {
        let mut moved: Vec<Moved> = run
            .seeds
            .iter()
            .map(|case| Moved { person: case.person.get(), now: run.scene.case(case), before: FAR })
            .collect();
        for round in 1..=run.tiers {
            let total = if run.tiers == u32::MAX { 0 } else { u64::from(run.tiers) };
            run.watch.progress(Progress { stage: "trace", done: u64::from(round - 1), total });
            let mut found = run.round(&self.labels, &moved)?;
            if found.len() < WORTH_SHARING {
                found.sort_unstable();
            } else {
                found.par_sort_unstable();
            }
            found.dedup_by_key(|candidate| candidate.person);
            moved.clear();
            for candidate in found {
                let label = &mut self.labels[candidate.person as usize];
                let before = std::mem::replace(label, candidate.key + 1);
                if before == UNREACHED {
                    self.touched.push(candidate.person);
                }
                let key = i64::from(candidate.key);
                let (reason, place) = run.scene.parts.reason(candidate.venue);
                moved.push(Moved {
                    person: candidate.person,
                    now: run.scene.carrier(key),
                    before: best(before).map_or(FAR, |key| run.scene.carrier(key).at),
                });
                changes.push(Change {
                    person: PersonId::new(candidate.person),
                    round,
                    group: run.group,
                    time: run.scene.moment(key),
                    source: PersonId::new(candidate.source),
                    place,
                    reason,
                });
            }
            if moved.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

/// The key in a label, if it holds one.
fn best(label: u32) -> Option<i64> {
    (label != UNREACHED && label != IS_CASE).then(|| i64::from(label) - 1)
}

/// The cases that are traced together, by person. Forward, all of them. Backward, those whose windows
/// start at the same second: a later label of one case must not hide an earlier label that only the
/// window of another allows.
pub(super) fn groups(investigation: &Investigation) -> Vec<Vec<Case>> {
    let start = |case: &Case| match investigation.protocol().direction() {
        Direction::Forward => None,
        Direction::Backward => Some(case.from),
    };
    let mut cases = investigation.cases().to_vec();
    cases.sort_unstable_by_key(|case| (start(case), case.person));
    cases.chunk_by(|a, b| start(a) == start(b)).map(<[Case]>::to_vec).collect()
}

/// The key beyond which a label is dropped: backward, the start of the window of the cases.
pub(super) fn last_key(scene: &Scene<'_>, seeds: &[Case]) -> i64 {
    match (scene.link_rule.direction, seeds.first()) {
        (Direction::Backward, Some(case)) => scene.key(case.from),
        _ => FAR,
    }
}

/// A person whose label changed: what they open now, and the key from which they carried before.
#[derive(Clone, Copy, Debug)]
struct Moved {
    person: u32,
    now: Carrier,
    before: i64,
}

/// An offer of a label; the smallest wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Candidate {
    person: u32,
    key: u32,
    source: u32,
    venue: u32,
}

/// One run of rounds.
struct Run<'a> {
    scene: &'a Scene<'a>,
    seeds: Vec<Case>,
    group: u32,
    tiers: u32,
    watch: &'a dyn Watch,
}

impl Run<'_> {
    /// All offers of those who moved that better a label.
    fn round(&self, labels: &[u32], moved: &[Moved]) -> Result<Vec<Candidate>, Cancelled> {
        let offers = Offers { labels, last_key: last_key(self.scene, &self.seeds) };
        let mut found = self.share(moved, |moved, out| self.offer_links(&offers, moved, out))?;
        if self.scene.cumulative.is_some() {
            let together = |moved: &Moved, out: &mut _| self.offer_together(&offers, moved, out);
            found.append(&mut self.share(moved, together)?);
        }
        let mut openings = self.share(moved, |moved, out| self.open_windows(moved, out))?;
        if openings.len() < WORTH_SHARING {
            openings.sort_unstable();
        } else {
            openings.par_sort_unstable();
        }
        let venues: Vec<&[(u32, Opening)]> = openings.chunk_by(|a, b| a.0 == b.0).collect();
        found.append(&mut self.share(&venues, |venue, out| self.meet(&offers, venue, out))?);
        Ok(found)
    }

    /// Runs a step for every item and collects what the steps push, on the pool where it pays.
    fn share<I: Sync, T: Send>(
        &self,
        items: &[I],
        step: impl Fn(&I, &mut Vec<T>) + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        let run = |items: &[I]| {
            let mut out = Vec::new();
            for item in items {
                if self.watch.is_cancelled() {
                    break;
                }
                step(item, &mut out);
            }
            out
        };
        let found = if items.len() < WORTH_SHARING {
            run(items)
        } else {
            items
                .par_chunks((items.len() / 64).max(WORTH_SHARING / 16))
                .flat_map_iter(run)
                .collect()
        };
        self.watch.check()?;
        Ok(found)
    }

    /// Meets the other ends of a person's links.
    fn offer_links(&self, offers: &Offers<'_>, moved: &Moved, out: &mut Vec<Candidate>) {
        let (links, rule) = (&self.scene.parts.links, self.scene.link_rule);
        let directed = match rule.direction {
            Direction::Forward => &links.out,
            Direction::Backward => &links.into,
        };
        for touches in [&links.mutual, directed] {
            self.offer_touches(offers, moved, touches, out);
        }
    }

    fn offer_touches(
        &self,
        offers: &Offers<'_>,
        moved: &Moved,
        touches: &Touches,
        out: &mut Vec<Candidate>,
    ) {
        let rule = self.scene.link_rule;
        let (first, last) = rule.changed(moved.now.at, moved.before);
        for touch in touches.of(moved.person, first, last) {
            let stay = (i64::from(touch.start), i64::from(touch.end));
            self.scene.touches((moved.person, touch.other), stay, |piece| {
                if let Some(key) = rule.meet_link(piece, moved.now) {
                    offers.push(out, touch.other, key, moved.person, 0);
                }
            });
        }
    }

    /// Meets those with whom a person had contacts that count together.
    fn offer_together(&self, offers: &Offers<'_>, moved: &Moved, out: &mut Vec<Candidate>) {
        let together = self.scene.parts.code(Venue::Together);
        let worth = |person| offers.betters(person, moved.now.at);
        let change = (moved.now, moved.before);
        self.scene.offer_cumulative(moved.person, change, worth, |person, key| {
            offers.push(out, person, key, moved.person, together);
        });
    }

    /// The windows that a person opens where they stayed, as far as they differ from before.
    fn open_windows(&self, moved: &Moved, out: &mut Vec<(u32, Opening)>) {
        let (first, last) = self.scene.link_rule.changed(moved.now.at, moved.before);
        for (venue, row) in self.scene.stays_of(moved.person, first, last) {
            let rule = self.scene.rule(venue);
            self.scene.stays(row, venue, |stay| {
                let window = rule.window(stay, moved.now);
                let before = rule.window(stay, Carrier { at: moved.before, ..moved.now });
                if let Some(window) = window.filter(|_| window != before) {
                    let (open, close) = (window.open, window.close);
                    out.push((venue, Opening { open, source: moved.person, close }));
                }
            });
        }
    }

    /// Everybody who meets the windows of one venue.
    fn meet(&self, offers: &Offers<'_>, venue: &[(u32, Opening)], out: &mut Vec<Candidate>) {
        let at = venue[0].0;
        let rule = self.scene.rule(at);
        // Windows whose reaches overlap are swept together.
        let mut near: Vec<((i64, i64), Opening)> =
            venue.iter().map(|&(_, opening)| (rule.reach(opening.window()), opening)).collect();
        near.sort_unstable();
        let mut rest = &near[..];
        let (mut targets, mut openings) = (Vec::new(), Vec::new());
        while let Some(&((first, mut last), _)) = rest.first() {
            // The reach of a short window can end before it begins: it still is a point in time.
            last = last.max(first);
            let mut count = 1;
            while let Some(&((next, end), _)) = rest.get(count)
                && next <= last
            {
                last = last.max(end);
                count += 1;
            }
            let (together, later) = rest.split_at(count);
            openings.clear();
            openings.extend(together.iter().map(|(_, opening)| *opening));
            openings.sort_unstable();
            self.find_targets(offers, at, (first, last), &mut targets);
            sweep(&openings, &targets, |person, key, source| {
                offers.push(out, person, key, source, at);
            });
            rest = later;
        }
    }

    /// The stays at a venue that end at the first offset or later, start at the second or before, and
    /// might be bettered, by key.
    fn find_targets(
        &self,
        offers: &Offers<'_>,
        venue: u32,
        (first, last): (i64, i64),
        targets: &mut Vec<(Target, u32)>,
    ) {
        let rule = self.scene.rule(venue);
        targets.clear();
        for row in self.scene.stays_at(venue, first, last) {
            let person = row.person;
            if offers.labels[person as usize] == IS_CASE {
                continue;
            }
            self.scene.stays(row, venue, |stay| {
                let target = rule.target(stay);
                targets
                    .extend(target.filter(|t| offers.betters(person, t.key)).map(|t| (t, person)));
            });
        }
        if !targets.is_sorted_by_key(|(target, _)| target.key) {
            targets.sort_unstable_by_key(|(target, person)| (target.key, *person));
        }
    }
}

/// What decides whether an offer counts.
struct Offers<'a> {
    labels: &'a [u32],
    last_key: i64,
}

impl Offers<'_> {
    /// Whether a key would better a person's label.
    fn betters(&self, person: u32, key: i64) -> bool {
        let label = self.labels[person as usize];
        label == UNREACHED || best(label).is_some_and(|best| key < best)
    }

    fn push(&self, out: &mut Vec<Candidate>, person: u32, key: i64, source: u32, venue: u32) {
        // Keys of rows lie in 0..=span, which the builder holds below 2^32 - 1.
        if let Ok(narrow) = u32::try_from(key)
            && key <= self.last_key
            && self.betters(person, key)
        {
            out.push(Candidate { person, key: narrow, source, venue });
        }
    }
}
