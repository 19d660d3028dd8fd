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

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::board::Board;
use super::columns::{FAR, Row, Segment, Touches};
use super::index::{ContactIndex, Parts};
use super::investigation::{Case, Investigation, InvestigationError};
use super::label::{self, IS_CASE, UNREACHED, bound};
use super::order::sort_by_key;
use super::protocol::Direction;
use super::rule::Carrier;
use super::scene::{Plain, Scene};
use super::sweep::{OpenNow, Opening, Stay, sweep};
use super::trace::{Step, Trace};
use crate::error::Stopped;
use crate::id::{PersonId, dense};
use crate::watch::{Cancelled, Progress, Watch};

/// Work of fewer items than this stays on the calling thread.
const WORTH_SHARING: usize = 256;

/// A round works on the whole index where the visits of those who moved are more than one in so many.
const WIDE: usize = 20;

/// A round keeps its offers on a board where the windows are more than one for so many people.
const CROWDED: usize = 16;

/// Rows of a chunk of a pass over the whole index.
const CHUNK_ROWS: usize = 1 << 13;

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
        let mut rounds = Vec::new();
        for case in investigation.cases() {
            self.labels[case.person.index()] = IS_CASE;
        }
        let outcome = groups(investigation).into_iter().zip(0..).try_for_each(|(seeds, group)| {
            let run = Run { scene: &scene, seeds, group, tiers, watch };
            let outcome = self.run(&run, &mut rounds);
            self.forget(investigation.cases());
            outcome
        });
        for case in investigation.cases() {
            self.labels[case.person.index()] = UNREACHED;
        }
        outcome?;
        Ok(Trace::new(investigation.clone(), parts.clock.base, &rounds))
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

    fn run(&mut self, run: &Run<'_>, rounds: &mut Vec<Vec<Step>>) -> Result<(), Cancelled> {
        let seed =
            |case: &Case| Moved { person: case.person.get(), before: UNREACHED, now: IS_CASE };
        let mut moved: Vec<Moved> = run.seeds.iter().map(seed).collect();
        let mut board = Board::default();
        for round in 1..=run.tiers {
            let total = if run.tiers == u32::MAX { 0 } else { u64::from(run.tiers) };
            run.watch.progress(Progress { stage: "trace", done: u64::from(round - 1), total });
            let found = run.round(&self.labels, &moved, &mut board)?;
            let (steps, next) = match found {
                Some(found) => self.settle_few(run, round, found),
                None => self.settle_many(run, round, &board),
            };
            if steps.is_empty() {
                break;
            }
            rounds.push(steps);
            moved = next;
        }
        Ok(())
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
    fn settle_many(&mut self, run: &Run<'_>, round: u32, board: &Board) -> (Vec<Step>, Vec<Moved>) {
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
        (steps.concat(), moved.concat())
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

/// A person whose label changed, with both labels. A case moves before the first round.
#[derive(Clone, Copy, Debug)]
struct Moved {
    person: u32,
    before: u32,
    now: u32,
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

/// One run of rounds.
struct Run<'a> {
    scene: &'a Scene<'a>,
    seeds: Vec<Case>,
    group: u32,
    tiers: u32,
    watch: &'a dyn Watch,
}

impl Run<'_> {
    fn step(&self, candidate: &Candidate, round: u32) -> Step {
        let Candidate { person, key, source, venue } = *candidate;
        let time = self.scene.link_rule.mirror(key.into());
        // Only rows give rise to keys, so the time is one that a row can have.
        let time = u32::try_from(time).unwrap_or_default();
        Step { person, round, group: self.group, time, source, venue }
    }

    /// What a person carries with a label: a case by its window, nobody without a label.
    fn carrier(&self, person: u32, label: u32) -> Carrier {
        match label {
            UNREACHED => Carrier { at: FAR, until: FAR },
            IS_CASE => {
                let person = PersonId::new(person);
                let at = self.seeds.binary_search_by_key(&person, |case| case.person);
                at.map_or(Carrier { at: FAR, until: FAR }, |at| self.scene.case(&self.seeds[at]))
            }
            label => self.scene.carrier(label::key(label).into()),
        }
    }

    /// All offers of those who moved that better a label: in the answer where they are few, on the
    /// board where they may be many.
    fn round(
        &self,
        labels: &[u32],
        moved: &[Moved],
        board: &mut Board,
    ) -> Result<Option<Vec<Candidate>>, Cancelled> {
        let wide = self.is_wide(moved);
        let mut spots = Vec::new();
        if !wide {
            spots = self.share(moved, |moved, out| self.open_windows(moved, out))?.concat();
        }
        let crowded = wide || spots.len() > labels.len() / CROWDED;
        if crowded {
            board.set(labels);
        }
        let board = crowded.then_some(&*board);
        let offers = Offers { labels, board, last_key: last_key(self.scene, &self.seeds) };
        let mut found = self.share(moved, |moved, out| self.offer_links(&offers, moved, out))?;
        if wide {
            found.append(&mut self.pass(&offers, moved)?);
        } else {
            let spots = sort_by_key(spots, |spot| spot.place);
            let places: Vec<&[Spot]> = spots.chunk_by(|a, b| a.place == b.place).collect();
            found.append(&mut self.share(&places, |place, out| self.meet(&offers, place, out))?);
        }
        let Some(board) = board else { return Ok(Some(found.concat())) };
        found.par_iter().flatten_iter().for_each(|&Candidate { person, key, source, venue }| {
            board.name(person, key, source, venue);
        });
        Ok(None)
    }

    /// Whether those who moved made so many visits that a pass over all of them is cheaper. Cases are
    /// never passed: their windows end.
    fn is_wide(&self, moved: &[Moved]) -> bool {
        if moved.first().is_none_or(|moved| moved.now == IS_CASE) {
            return false;
        }
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
        let now = self.carrier(moved.person, moved.now);
        let (first, last) = rule.changed(now.at, self.carrier(moved.person, moved.before).at);
        for touch in touches.of(moved.person, first, last) {
            let stay = (i64::from(touch.start), i64::from(touch.end));
            self.scene.touches((moved.person, touch.other), stay, |piece| {
                if let Some(key) = rule.meet_link(piece, now)
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
        let now = self.carrier(moved.person, moved.now);
        let before = self.carrier(moved.person, moved.before);
        let before = Carrier { until: now.until, ..before };
        let (first, last) = self.scene.link_rule.changed(now.at, before.at);
        for (place, row) in visits.of_person(moved.person, first, last) {
            let rule = self.scene.rule(place);
            self.scene.stays(row, place, |stay| {
                let window = rule.window(stay, now);
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
            crowd.clear();
            crowd.openings.extend(together.iter().map(|(_, opening)| *opening));
            let visits = self.scene.parts.visits.segments().iter();
            for row in visits.flat_map(|segment| segment.near(place, first, last)).flatten() {
                if i64::from(row.end) < first {
                    continue;
                }
                let bound = offers.bound(row.person);
                self.scene.stays(*row, place, |stay| {
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
            if let Ok(key) = u32::try_from(self.carrier(moved.person, moved.now).at) {
                board.carry(moved.person, key);
            }
        });
        let found = self.scene.parts.chunks_of_places(CHUNK_ROWS);
        let found = found.into_par_iter().map(|places| self.pass_chunk(offers, board, places));
        let found = found.collect();
        self.watch.check()?;
        Ok(found)
    }

    fn pass_chunk(&self, offers: &Offers<'_>, board: &Board, places: Range<u32>) -> Vec<Candidate> {
        let (mut out, mut crowd) = (Vec::new(), Crowd::default());
        let segments = self.scene.parts.visits.segments();
        // All at once, so that the memory answers many requests at a time.
        let words = |segment: &Segment| -> Vec<(u32, u32)> {
            let rows = segment.rows_in(places.clone()).iter();
            rows.map(|row| board.get(row.person)).collect()
        };
        let mut words: Vec<(&Segment, Vec<(u32, u32)>, usize)> =
            segments.iter().map(|segment| (segment, words(segment), 0)).collect();
        for place in places {
            if self.watch.is_cancelled() {
                break;
            }
            let rule = self.scene.rule(place);
            let plain = self.scene.plain(rule);
            crowd.clear();
            for (segment, words, used) in &mut words {
                let rows = segment.rows_of(place);
                let words = &words[*used..*used + rows.len()];
                *used += rows.len();
                match plain {
                    Some(plain) => crowd.gather_plain(rows, words, plain),
                    None => self.gather(place, rows, words, &mut crowd),
                }
            }
            crowd.sweep(offers, place + 1, &mut out);
        }
        out
    }

    /// All windows of a place, and all stays there that might be bettered.
    fn gather(&self, place: u32, rows: &[Row], words: &[(u32, u32)], crowd: &mut Crowd) {
        let rule = self.scene.rule(place);
        for (row, &(carry, bound)) in rows.iter().zip(words) {
            self.scene.stays(*row, place, |stay| {
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

/// The windows and stays of one place that are swept together.
#[derive(Default)]
struct Crowd {
    openings: Vec<Opening>,
    stays: Vec<Stay>,
    open_now: OpenNow,
}

impl Crowd {
    fn clear(&mut self) {
        self.openings.clear();
        self.stays.clear();
    }

    /// The same as rule by rule, for forward traces without isolation: most of the time of a pass is
    /// spent here, so it runs without a branch that the processor would have to guess.
    fn gather_plain(&mut self, rows: &[Row], words: &[(u32, u32)], Plain { need, lag }: Plain) {
        let (wide_need, wide_lag) = (u64::from(need), u64::from(lag));
        let mut next = self.openings.len();
        self.openings.resize(next + rows.len(), Opening::default());
        for (row, &(carry, _)) in rows.iter().zip(words) {
            let open = row.start.max(carry);
            let close = u64::from(row.end) + wide_lag;
            let narrow = u32::try_from(close.saturating_sub(wide_need)).unwrap_or(u32::MAX);
            self.openings[next] = Opening { open, source: row.person, close: narrow };
            next += usize::from(open < row.end && u64::from(open) + wide_need <= close);
        }
        self.openings.truncate(next);
        let mut next = self.stays.len();
        self.stays.resize(next + rows.len(), Stay::default());
        for (row, &(_, bound)) in rows.iter().zip(words) {
            let (key, end) = (row.start, u64::from(row.end));
            let limit = row.end.saturating_sub(need);
            self.stays[next] = Stay { key, person: row.person, limit };
            next += usize::from(key < bound && u64::from(key) + wide_need <= end);
        }
        self.stays.truncate(next);
    }

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
