//! One round of a trace: the offers of those who moved.

use rayon::prelude::*;

use super::board::Board;
use super::chunks::joined;
use super::columns::FAR;
use super::crowd::{Crowd, pass};
use super::index::Venue;
use super::investigation::{Case, Investigation};
use super::label::{self, IS_CASE, UNREACHED, bound};
use super::order::sort_by_digits;
use super::protocol::Direction;
use super::rule::Carrier;
use super::scene::Scene;
use super::share::{WORTH_SHARING, share};
use super::sweep::{Near, Opening, Stay};
use super::trace::Step;
use crate::id::PersonId;
use crate::watch::{Cancelled, Watch};

/// A round keeps its offers on a board where the windows are more than one for so many people.
const CROWDED: usize = 16;

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
pub(super) struct Moved {
    pub(super) person: u32,
    pub(super) before: u32,
    pub(super) now: u32,
}

/// An offer of a label; the smallest wins. Venues are numbered so that ties break as they should.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Candidate {
    pub(super) person: u32,
    pub(super) key: u32,
    pub(super) source: u32,
    pub(super) venue: u32,
}

/// A window at a venue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Spot {
    venue: u32,
    opening: Opening,
}

/// One run of rounds.
pub(super) struct Run<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) seeds: Vec<Case>,
    pub(super) group: u32,
    pub(super) tiers: u32,
    pub(super) watch: &'a dyn Watch,
}

impl Run<'_> {
    pub(super) fn step(&self, candidate: &Candidate, round: u32) -> Step {
        let Candidate { person, key, source, venue } = *candidate;
        let time = self.scene.link_rule.mirror(key.into());
        // Only rows give rise to keys, so the time is one that a row can have.
        let time = u32::try_from(time).unwrap_or_default();
        Step { person, round, group: self.group, time, source, venue }
    }

    /// What a person carries with a label: a case by its window, nobody without a label.
    pub(super) fn carrier(&self, person: u32, label: u32) -> Carrier {
        match label {
            UNREACHED => Carrier::NEVER,
            IS_CASE => {
                let person = PersonId::new(person);
                let at = self.seeds.binary_search_by_key(&person, |case| case.person);
                at.map_or(Carrier::NEVER, |at| self.scene.case(&self.seeds[at]))
            }
            label => self.scene.carrier(label::key(label).into()),
        }
    }

    /// All offers of those who moved, and the known ones, that better a label: in the answer where they
    /// are few, on the board where they may be many.
    pub(super) fn round(
        &self,
        labels: &[u32],
        moved: &[Moved],
        known: &[Candidate],
        board: &mut Board,
    ) -> Result<Option<Vec<Candidate>>, Cancelled> {
        let wide = self.is_wide(moved);
        let mut spots = Vec::new();
        if !wide {
            let opened = share(self.watch, moved, |moved, out| self.open_windows(moved, out))?;
            spots = joined(opened, self.watch)?;
        }
        let crowded = wide || spots.len() + known.len() > labels.len() / CROWDED;
        if crowded {
            board.set(labels);
        }
        let board = crowded.then_some(&*board);
        let offers = Offers { labels, board, last_key: last_key(self.scene, &self.seeds) };
        let linked = if self.scene.parts.links.len() == 0 { &[] } else { moved };
        let mut found =
            share(self.watch, linked, |moved, out| self.offer_links(&offers, moved, out))?;
        found.append(&mut share(self.watch, known, |&known, out| offers.push(out, known))?);
        if self.scene.cumulative.is_some() {
            let together = |moved: &Moved, out: &mut _| self.offer_together(&offers, moved, out);
            found.append(&mut share(self.watch, moved, together)?);
        }
        if wide {
            found.append(&mut self.pass(&offers, moved)?);
        } else {
            let spots = sort_by_digits(spots, |spot| spot.venue.into(), self.watch)?;
            let venues: Vec<&[Spot]> = spots.chunk_by(|a, b| a.venue == b.venue).collect();
            found.append(&mut share(self.watch, &venues, |spots, out| {
                self.meet(&offers, spots, out);
            })?);
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
        self.scene.is_wide(moved.iter().map(|moved| moved.person))
    }

    /// Meets the other ends of a person's links.
    fn offer_links(&self, offers: &Offers<'_>, moved: &Moved, out: &mut Vec<Candidate>) {
        let (rule, source) = (self.scene.link_rule, moved.person);
        let now = self.carrier(source, moved.now);
        let reach = rule.changed(now.at, self.carrier(source, moved.before).at);
        let sheds = rule.direction == Direction::Forward;
        self.scene.parts.links.of(source, sheds, reach).for_each(|touch| {
            self.scene.touches((source, touch.other), touch.stay(), |piece| {
                if let Some(key) = rule.meet_link(piece, now)
                    && let Ok(key) = u32::try_from(key)
                {
                    offers.push(out, Candidate { person: touch.other, key, source, venue: 0 });
                }
            });
        });
    }

    /// Meets those with whom a person had contacts that count together.
    fn offer_together(&self, offers: &Offers<'_>, moved: &Moved, out: &mut Vec<Candidate>) {
        let venue = self.scene.parts.code(Venue::Together);
        let now = self.carrier(moved.person, moved.now);
        let before = self.carrier(moved.person, moved.before).at;
        let worth = |person| now.at < i64::from(offers.bound(person));
        self.scene.offer_cumulative(moved.person, (now, before), worth, |person, key| {
            if let Ok(key) = u32::try_from(key) {
                offers.push(out, Candidate { person, key, source: moved.person, venue });
            }
        });
    }

    /// The windows that a person opens where they stayed, as far as they differ from before.
    fn open_windows(&self, moved: &Moved, out: &mut Vec<Spot>) {
        let now = self.carrier(moved.person, moved.now);
        let before = self.carrier(moved.person, moved.before);
        let before = Carrier { until: now.until, ..before };
        let (first, last) = self.scene.link_rule.changed(now.at, before.at);
        self.scene.stays_of(moved.person, first, last).for_each(|(venue, row)| {
            let rule = self.scene.rule(venue);
            self.scene.stays(row, venue, |stay| {
                let window = rule.window(stay, now);
                let changed = window.filter(|_| window != rule.window(stay, before));
                let opening = changed.and_then(|window| Opening::new(window, moved.person));
                out.extend(opening.map(|opening| Spot { venue, opening }));
            });
        });
    }

    /// Everybody who meets the windows of one venue.
    fn meet(&self, offers: &Offers<'_>, spots: &[Spot], out: &mut Vec<Candidate>) {
        if let [alone] = spots {
            return self.meet_one(offers, alone, out);
        }
        let venue = spots[0].venue;
        let rule = self.scene.rule(venue);
        let openings = spots.iter().map(|spot| spot.opening).collect();
        let near = Near { rule, all: self.scene.count_at(venue), watch: self.watch };
        let mut crowd = Crowd::default();
        let order = |opening: &Opening| *opening;
        let met = near.clusters(openings, Opening::window, order, |(first, last), openings| {
            crowd.clear();
            crowd.openings.extend_from_slice(openings);
            let mut walked = 0;
            self.scene.stays_at(venue, first, last).for_each(|row| {
                walked += 1;
                let bound = offers.bound(row.person);
                self.scene.stays(row, venue, |stay| {
                    walked += 1;
                    let target = rule.target(stay).filter(|target| target.key < i64::from(bound));
                    crowd.stays.extend(target.and_then(|target| Stay::new(target, row.person)));
                });
            });
            crowd.sweep(offers, venue, out);
            walked
        });
        // Whoever cancelled is asked again by the caller.
        met.unwrap_or_default();
    }

    /// Everybody who meets the only window of a venue.
    fn meet_one(
        &self,
        offers: &Offers<'_>,
        &Spot { venue, opening }: &Spot,
        out: &mut Vec<Candidate>,
    ) {
        let (rule, window) = (self.scene.rule(venue), opening.window());
        let (first, last) = rule.reach(window);
        self.scene.stays_at(venue, first, last).for_each(|row| {
            self.scene.stays(row, venue, |stay| {
                let key = rule.target(stay).and_then(|target| target.met_by(window));
                if let Some(key) = key.and_then(|key| u32::try_from(key).ok()) {
                    let source = opening.source;
                    offers.push(out, Candidate { person: row.person, key, source, venue });
                }
            });
        });
    }

    /// Everybody who meets anybody who moved, in one pass over all visits.
    fn pass(&self, offers: &Offers<'_>, moved: &[Moved]) -> Result<Vec<Vec<Candidate>>, Cancelled> {
        let Some(board) = offers.board else { return Ok(Vec::new()) };
        moved.par_iter().with_min_len(1 << 12).for_each(|moved| {
            if let Ok(key) = u32::try_from(self.carrier(moved.person, moved.now).at) {
                board.carry(moved.person, key);
            }
        });
        let word = |person| board.get(person);
        pass(self.scene, self.watch, word, |crowd, venue, out| crowd.sweep(offers, venue, out))
    }
}

/// Sorts on the pool where it pays.
pub(super) fn sort<T: Ord + Send>(items: &mut [T]) {
    if items.len() < WORTH_SHARING {
        items.sort_unstable();
    } else {
        items.par_sort_unstable();
    }
}

/// What decides whether an offer counts.
pub(super) struct Offers<'a> {
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

    pub(super) fn push(&self, out: &mut Vec<Candidate>, candidate: Candidate) {
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
