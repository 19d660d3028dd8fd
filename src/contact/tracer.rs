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
use super::columns::{FAR, Touches};
use super::index::{ContactIndex, Parts};
use super::investigation::{Case, Investigation, InvestigationError};
use super::protocol::Direction;
use super::rule::Carrier;
use super::scene::Scene;
use super::sweep::{OpenNow, Opening, Stay, sweep};
use super::trace::{Change, Trace};
use crate::error::Stopped;
use crate::id::{PersonId, PlaceId, dense};
use crate::watch::{Cancelled, Progress, Watch};

/// Work of fewer items than this stays on the calling thread.
const WORTH_SHARING: usize = 256;

/// A round works on the whole index where the visits of those who moved are more than one in so many.
const WIDE: usize = 20;

/// A round keeps its offers on a board where the windows are more than one for so many people.
const CROWDED: usize = 16;

/// Rows of a chunk of a pass over the whole index.
const CHUNK_ROWS: usize = 1 << 15;

/// Nobody has reached the person so far. Zero, so that fresh labels are untouched zero pages.
const UNREACHED: u32 = 0;

/// The person is a case: never relabelled, as if there were no earlier time.
const IS_CASE: u32 = 1;

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
            self.forget(investigation.cases());
            outcome
        });
        for case in investigation.cases() {
            self.labels[case.person.index()] = UNREACHED;
        }
        outcome?;
        Ok(Trace::new(investigation.clone(), changes))
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

    fn run(&mut self, run: &Run<'_>, changes: &mut Vec<Change>) -> Result<(), Cancelled> {
        let mut moved: Vec<Moved> = run
            .seeds
            .iter()
            .map(|case| Moved {
                person: case.person.get(),
                before: UNREACHED,
                now: run.scene.case(case),
            })
            .collect();
        for round in 1..=run.tiers {
            let total = if run.tiers == u32::MAX { 0 } else { u64::from(run.tiers) };
            run.watch.progress(Progress { stage: "trace", done: u64::from(round - 1), total });
            moved = match run.round(round, &self.labels, &moved)? {
                Found::Few(found) => self.settle_few(run, round, found, changes),
                Found::Many(board) => self.settle_many(run, round, &board, changes),
            };
            if moved.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Gives the people of a few offers their new labels.
    fn settle_few(
        &mut self,
        run: &Run<'_>,
        round: u32,
        mut found: Vec<Candidate>,
        changes: &mut Vec<Change>,
    ) -> Vec<Moved> {
        sort(&mut found);
        found.dedup_by_key(|candidate| candidate.person);
        let mut moved = Vec::with_capacity(found.len());
        changes.reserve(found.len());
        for candidate in found {
            let label = &mut self.labels[candidate.person as usize];
            let before = std::mem::replace(label, candidate.key + 1);
            if before == UNREACHED {
                self.touched.push(candidate.person);
            }
            moved.push(run.moved(&candidate, before));
            changes.push(run.change(&candidate, round));
        }
        moved
    }

    /// Gives everybody whom a board found a better offer for their new labels.
    fn settle_many(
        &mut self,
        run: &Run<'_>,
        round: u32,
        board: &Board,
        changes: &mut Vec<Change>,
    ) -> Vec<Moved> {
        self.all_touched = true;
        let chunk = (self.labels.len() / 64).max(1 << 12);
        let found: Vec<(Vec<Change>, Vec<Moved>)> = self
            .labels
            .par_chunks_mut(chunk)
            .enumerate()
            .map(|(at, labels)| {
                let (mut changes, mut moved) = (Vec::new(), Vec::new());
                for (label, person) in labels.iter_mut().zip(dense(at * chunk)..) {
                    if let Some((key, source, venue)) = board.best(person) {
                        let candidate = Candidate { person, key, source, venue };
                        moved.push(run.moved(&candidate, *label));
                        changes.push(run.change(&candidate, round));
                        *label = key + 1;
                    }
                }
                (changes, moved)
            })
            .collect();
        let mut moved = Vec::with_capacity(found.iter().map(|(_, moved)| moved.len()).sum());
        changes.reserve(moved.capacity());
        for (mut more, mut people) in found {
            changes.append(&mut more);
            moved.append(&mut people);
        }
        moved
    }
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

/// A person whose label changed: what they open now, and their label before.
#[derive(Clone, Copy, Debug)]
struct Moved {
    person: u32,
    before: u32,
    now: Carrier,
}

/// An offer of a label; the smallest wins. Venue 0 is a link, a place is one higher than its id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Candidate {
    person: u32,
    key: u32,
    source: u32,
    venue: u32,
}

/// A window at a place, in the order of a pass over places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Spot {
    place: u32,
    opening: Opening,
}

/// What a round found.
enum Found {
    /// Offers that better a label.
    Few(Vec<Candidate>),
    /// A board with the best offers to everybody.
    Many(Board),
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
    /// Somebody who took an offer, as who moves in the next round.
    fn moved(&self, candidate: &Candidate, before: u32) -> Moved {
        let now = self.scene.carrier(candidate.key.into());
        Moved { person: candidate.person, before, now }
    }

    fn change(&self, candidate: &Candidate, round: u32) -> Change {
        Change {
            person: PersonId::new(candidate.person),
            round,
            group: self.group,
            time: self.scene.moment(candidate.key.into()),
            source: PersonId::new(candidate.source),
            place: candidate.venue.checked_sub(1).map(PlaceId::new),
        }
    }

    /// What a person carried before they moved.
    fn before(&self, moved: &Moved) -> Carrier {
        match moved.before {
            UNREACHED => Carrier { at: FAR, ..moved.now },
            label => self.scene.carrier(i64::from(label) - 1),
        }
    }

    /// All offers of those who moved that better a label.
    fn round(&self, round: u32, labels: &[u32], moved: &[Moved]) -> Result<Found, Cancelled> {
        let wide = round > 1 && self.is_wide(moved);
        let mut spots = Vec::new();
        if !wide {
            spots = self.share(moved, |moved, out| self.open_windows(moved, out))?.concat();
        }
        let crowded = wide || spots.len() > labels.len() / CROWDED;
        let bounds = labels.par_iter().map(|&label| bound(label));
        let board = crowded.then(|| Board::new(bounds));
        let last_key = last_key(self.scene, &self.seeds);
        let offers = Offers { labels, board: board.as_ref(), last_key };
        let mut found = self.share(moved, |moved, out| self.offer_links(&offers, moved, out))?;
        if wide {
            found.append(&mut self.pass(&offers, moved)?);
        } else {
            sort(&mut spots);
            let places: Vec<&[Spot]> = spots.chunk_by(|a, b| a.place == b.place).collect();
            found.append(&mut self.share(&places, |place, out| self.meet(&offers, place, out))?);
        }
        Ok(match board {
            None => Found::Few(found.concat()),
            Some(board) => {
                found.par_iter().flatten_iter().for_each(
                    |&Candidate { person, key, source, venue }| {
                        board.name(person, key, source, venue);
                    },
                );
                Found::Many(board)
            }
        })
    }

    /// Whether those who moved made so many visits that a pass over all of them is cheaper.
    fn is_wide(&self, moved: &[Moved]) -> bool {
        let segments = self.scene.parts.visits.segments();
        let limit = self.scene.parts.visits.len() / WIDE;
        let mut rows = 0;
        moved.iter().any(|moved| {
            rows += segments.iter().map(|segment| segment.count_of(moved.person)).sum::<usize>();
            rows > limit
        })
    }

    /// Runs a step for every item and collects what the steps push, on the pool where it pays.
    fn share<I: Sync, T: Send>(
        &self,
        items: &[I],
        step: impl Fn(&I, &mut Vec<T>) + Sync,
    ) -> Result<Vec<Vec<T>>, Cancelled> {
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
            vec![run(items)]
        } else {
            items.par_chunks((items.len() / 64).max(WORTH_SHARING / 16)).map(run).collect()
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
        let (first, last) = rule.changed(moved.now.at, self.before(moved).at);
        for touch in touches.of(moved.person, first, last) {
            let stay = (i64::from(touch.start), i64::from(touch.end));
            self.scene.touches((moved.person, touch.other), stay, |piece| {
                if let Some(key) = rule.meet_link(piece, moved.now)
                    && let Ok(key) = u32::try_from(key)
                {
                    offers.push(
                        out,
                        Candidate { person: touch.other, key, source: moved.person, venue: 0 },
                    );
                }
            });
        }
    }

    /// The windows that a person opens at the places they visited, as far as they differ from before.
    fn open_windows(&self, moved: &Moved, out: &mut Vec<Spot>) {
        let visits = &self.scene.parts.visits;
        let before = self.before(moved);
        let (first, last) = self.scene.link_rule.changed(moved.now.at, before.at);
        for (place, row) in visits.of_person(moved.person, first, last) {
            let rule = self.scene.rule(place);
            self.scene.stays(row, place, |stay| {
                let window = rule.window(stay, moved.now);
                let changed = window.filter(|_| window != rule.window(stay, before));
                let opening = changed.and_then(|window| Opening::new(window, moved.person));
                out.extend(opening.map(|opening| Spot { place, opening }));
            });
        }
    }

    /// Everybody who meets the windows of one place.
    fn meet(&self, offers: &Offers<'_>, spots: &[Spot], out: &mut Vec<Candidate>) {
        let place = spots[0].place;
        let rule = self.scene.rule(place);
        // Windows whose reaches overlap are swept together.
        let mut near: Vec<((i64, i64), Opening)> =
            spots.iter().map(|spot| (rule.reach(spot.opening.window()), spot.opening)).collect();
        if !near.is_sorted() {
            near.sort_unstable();
        }
        let mut rest = &near[..];
        let mut crowd = Crowd::default();
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
            crowd.openings.clear();
            crowd.openings.extend(together.iter().map(|(_, opening)| *opening));
            crowd.stays.clear();
            for row in self.scene.parts.visits.of_place(place, first, last) {
                let bound = offers.bound(row.person);
                self.scene.stays(row, place, |stay| {
                    let target = rule.target(stay).filter(|target| target.key < i64::from(bound));
                    crowd.stays.extend(target.and_then(|target| Stay::new(target, row.person)));
                });
            }
            crowd.sweep(offers, place + 1, out);
            rest = later;
        }
    }

    /// Everybody who meets anybody who moved, in one pass over all visits.
    fn pass(&self, offers: &Offers<'_>, moved: &[Moved]) -> Result<Vec<Vec<Candidate>>, Cancelled> {
        let Some(board) = offers.board else { return Ok(Vec::new()) };
        moved.par_iter().with_min_len(1 << 12).for_each(|moved| {
            if let Ok(key) = u32::try_from(moved.now.at) {
                board.carry(moved.person, key);
            }
        });
        let places = self.scene.parts.chunks_of_places(CHUNK_ROWS);
        let found = places
            .into_par_iter()
            .map(|places| {
                let (mut out, mut crowd) = (Vec::new(), Crowd::default());
                for place in places {
                    if self.watch.is_cancelled() {
                        break;
                    }
                    self.gather(board, place, &mut crowd);
                    crowd.sweep(offers, place + 1, &mut out);
                }
                out
            })
            .collect();
        self.watch.check()?;
        Ok(found)
    }

    /// All windows of a place, and all stays there that might be bettered.
    fn gather(&self, board: &Board, place: u32, crowd: &mut Crowd) {
        let rule = self.scene.rule(place);
        crowd.openings.clear();
        crowd.stays.clear();
        for segment in self.scene.parts.visits.segments() {
            for &row in segment.rows_of(place) {
                let (carry, bound) = board.get(row.person);
                self.scene.stays(row, place, |stay| {
                    if carry != u32::MAX {
                        let window = rule.window(stay, Carrier { at: carry.into(), until: FAR });
                        let opening = window.and_then(|window| Opening::new(window, row.person));
                        crowd.openings.extend(opening);
                    }
                    let target = rule.target(stay).filter(|target| target.key < i64::from(bound));
                    crowd.stays.extend(target.and_then(|target| Stay::new(target, row.person)));
                });
            }
        }
    }
}

/// The windows and stays of one place that are swept together.
#[derive(Default)]
struct Crowd {
    openings: Vec<Opening>,
    stays: Vec<Stay>,
    open_now: OpenNow,
}

impl Crowd {
    fn sweep(&mut self, offers: &Offers<'_>, venue: u32, out: &mut Vec<Candidate>) {
        if self.openings.is_empty() || self.stays.is_empty() {
            return;
        }
        if !self.openings.is_sorted() {
            self.openings.sort_unstable();
        }
        if !self.stays.is_sorted() {
            self.stays.sort_unstable();
        }
        sweep(&self.openings, &self.stays, &mut self.open_now, |person, key, source| {
            offers.push(out, Candidate { person, key, source, venue });
        });
    }
}

/// Sorts on the pool where it pays.
fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() < WORTH_SHARING {
        items.sort_unstable();
    } else {
        items.par_sort_unstable();
    }
}

/// What a key must stay below to better a label.
fn bound(label: u32) -> u32 {
    label.wrapping_sub(1)
}

/// What decides whether an offer counts.
struct Offers<'a> {
    labels: &'a [u32],
    board: Option<&'a Board>,
    last_key: i64,
}

impl Offers<'_> {
    /// What an offer to a person must stay below.
    fn bound(&self, person: u32) -> u32 {
        match self.board {
            None => bound(self.labels[person as usize]),
            Some(board) => board.get(person).1,
        }
    }

    fn push(&self, out: &mut Vec<Candidate>, candidate: Candidate) {
        let Candidate { person, key, .. } = candidate;
        let bound = self.bound(person);
        if key < bound && i64::from(key) <= self.last_key {
            if let Some(board) = self.board
                && key + 1 < bound
            {
                board.lower(person, key);
            }
            out.push(candidate);
        }
    }
}
