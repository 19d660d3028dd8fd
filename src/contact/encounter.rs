//! Everybody's exposures at once: the rounds of a trace run again, from what it found.
//!
//! Whoever is in tier `t` met nobody who carried in round `t - 2` or before in the same way: the contact
//! would have put them into a lower tier. So their evidence comes from those whose label changed in round
//! `t - 1`, and from them alone. A *wave* is the people whose label changed in one round of one group of
//! windows; it opens the windows that it opened in the trace, and everybody of the next tier near them is
//! looked at. Nothing costs more than the trace itself did.

use std::collections::BTreeMap;
use std::ops::Range;

use super::chunks::{by_chunk, chunks, in_parallel, sort_by_key};
use super::columns::FAR;
use super::crowd::{Crowd, pass};
use super::index::ContactIndex;
use super::investigation::Case;
use super::protocol::Direction;
use super::round::{groups, last_key};
use super::rule::{Carrier, Rule, Target, Window};
use super::scene::Scene;
use super::share::share;
use super::sweep::Near;
use super::trace::{Step, Trace, Traced};
use crate::id::{PersonId, dense};
use crate::watch::{Cancelled, Watch};

/// Rows of a bucket that is sorted at once.
const BUCKET_ROWS: usize = 1 << 14;

/// A window with the part of a stay that stands behind it (see [`part`]), and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) window: Window,
    pub(super) part: (i64, i64),
    pub(super) source: u32,
    /// Whether the end of the stay is an outer bound.
    pub(super) outer_bound: bool,
}

/// The part of a carrier's stay that counts: forward while they shed, backward all of it. Of a link that
/// qualifies, it is the exposure.
pub(super) fn part(rule: &Rule, (start, end): (i64, i64), carrier: Carrier) -> (i64, i64) {
    match rule.direction {
        Direction::Forward => (start.max(carrier.at), end.min(carrier.until)),
        Direction::Backward => (start, end),
    }
}

/// The exposure of somebody who stayed near such a part of a stay; of the hull of several parts, the hull
/// of the exposures.
pub(super) fn exposure(rule: &Rule, part: (i64, i64), own: (i64, i64)) -> (i64, i64) {
    match rule.direction {
        Direction::Forward => rule.shared(part, own, Carrier::ALWAYS),
        Direction::Backward => rule.shared(own, part, Carrier::ALWAYS),
    }
}

/// Somebody who may have been exposed near some windows, by their slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitor {
    pub(super) target: Target,
    pub(super) stay: (i64, i64),
    pub(super) slot: u32,
    /// Whether the end of the stay is an outer bound.
    pub(super) outer_bound: bool,
}

/// Windows at one venue whose reaches overlap, by opening, and everybody near them, by key.
pub(super) struct Encounter<'a> {
    pub(super) rule: &'a Rule,
    pub(super) venue: u32,
    pub(super) openings: &'a [Opened],
    pub(super) visitors: &'a [Visitor],
}

/// A person whose label changed: what they open now, and the key from which they carried before.
#[derive(Clone, Copy)]
struct Moved {
    person: u32,
    now: Carrier,
    before: i64,
}

/// Those who changed in one round of one group, and what decides whom they exposed.
pub(super) struct Wave {
    moved: Vec<Moved>,
    from_cases: bool,
    last_key: i64,
    /// The slots of the tier after that round.
    slots: Range<u32>,
}

/// The exposures of chosen people of a trace.
pub(super) struct Encounters<'a> {
    scene: Scene<'a>,
    watch: &'a dyn Watch,
    /// The slot of every person, 0 for those who do not matter; see [`Encounters::person`].
    slot_of: Vec<u32>,
    people: &'a [Traced],
    waves: Vec<Wave>,
}

impl<'a> Encounters<'a> {
    /// Of the people of a trace who are wanted.
    pub(super) fn new(
        trace: &'a Trace,
        index: &'a ContactIndex,
        wanted: impl Fn(PersonId) -> bool,
        watch: &'a dyn Watch,
    ) -> Result<Self, Cancelled> {
        let scene = Scene::new(&index.parts, trace.investigation());
        // Fresh zero pages: what nobody touches costs nothing.
        let mut slot_of = vec![0; index.people() as usize];
        let people = trace.people();
        for chunk in chunks(people.len()) {
            watch.check()?;
            for (traced, slot) in people[chunk.clone()].iter().zip(dense(chunk.start) + 1..) {
                if traced.tier > 0
                    && wanted(traced.person)
                    && let Some(entry) = slot_of.get_mut(traced.person.index())
                {
                    *entry = slot;
                }
            }
        }
        let waves = waves(trace, &scene, index.people(), watch)?;
        Ok(Self { scene, watch, slot_of, people, waves })
    }

    /// The number of slots: one more than people, as slot 0 is nobody's.
    pub(super) fn slots(&self) -> usize {
        self.people.len() + 1
    }

    /// The slot of a person.
    pub(super) fn slot(&self, person: u32) -> u32 {
        self.slot_of[person as usize]
    }

    /// The person of a slot.
    pub(super) fn person(&self, slot: u32) -> PersonId {
        self.people[slot as usize - 1].person
    }

    /// The seconds that a contact at a venue takes.
    pub(super) fn need(&self, venue: u32) -> i64 {
        self.scene.rule(venue).need()
    }

    /// Reads the links of one wave.
    pub(super) fn links<T: Send>(
        &self,
        wave: &Wave,
        link: impl Fn(u32, (i64, i64), u32) -> T + Sync,
    ) -> Result<Vec<Vec<T>>, Cancelled> {
        share(self.watch, &wave.moved, |moved, out| {
            self.touch(wave, moved, |slot, shared, source| out.push(link(slot, shared, source)));
        })
    }

    /// Reads the encounters of one wave.
    pub(super) fn stays<T: Send>(
        &self,
        wave: &Wave,
        meet: impl Fn(&Encounter<'_>, &mut Vec<T>) + Sync,
    ) -> Result<Vec<Vec<T>>, Cancelled> {
        let opened = share(self.watch, &wave.moved, |moved, out| self.open(moved, out))?;
        let opened = by_venue(opened, self.watch)?;
        let chunks = opened.iter().flat_map(|bucket| bucket.chunk_by(|a, b| a.0 == b.0));
        let venues: Vec<&[(u32, Opened)]> = chunks.collect();
        share(self.watch, &venues, |venue, out| {
            self.gather(wave, venue, |encounter| meet(encounter, out));
        })
    }

    /// All waves.
    pub(super) fn waves(&self) -> &[Wave] {
        &self.waves
    }

    /// Calls back, in a pass over all rows, with everybody at each venue whom a wave of a forward trace may
    /// have met there, by person; `None` where that does not pay.
    pub(super) fn pass<T: Send>(
        &self,
        wave: &Wave,
        meet: impl Fn(&mut Crowd, u32, &mut Vec<T>) + Sync,
    ) -> Result<Option<Vec<Vec<T>>>, Cancelled> {
        let forward = self.scene.link_rule.direction == Direction::Forward;
        let people = || wave.moved.iter().map(|moved| moved.person);
        if !forward || wave.from_cases || !self.scene.is_wide(people()) {
            return Ok(None);
        }
        let mut words = vec![(u32::MAX, 0); self.slot_of.len()];
        for chunk in chunks(wave.moved.len()) {
            self.watch.check()?;
            for moved in &wave.moved[chunk] {
                let key = u32::try_from(moved.now.at).unwrap_or(u32::MAX);
                words[moved.person as usize].0 = key;
            }
        }
        for chunk in chunks(wave.slots.len()) {
            self.watch.check()?;
            for slot in wave.slots.start + dense(chunk.start)..wave.slots.start + dense(chunk.end) {
                let person = self.person(slot);
                if self.slot_of.get(person.index()) == Some(&slot) {
                    words[person.index()].1 = u32::MAX;
                }
            }
        }
        let word = |person: u32| words[person as usize];
        pass(&self.scene, self.watch, word, meet).map(Some)
    }

    /// The other ends of a person's links who are exposed by them.
    fn touch(&self, wave: &Wave, moved: &Moved, mut met: impl FnMut(u32, (i64, i64), u32)) {
        let rule = &self.scene.link_rule;
        let reach = rule.changed(moved.now.at, moved.before);
        let sheds = rule.direction == Direction::Forward;
        for touch in self.scene.parts.links.of(moved.person, sheds, reach) {
            let slot = self.slot_of[touch.other as usize];
            if !wave.slots.contains(&slot) {
                continue;
            }
            self.scene.touches((moved.person, touch.other), touch.stay(), |piece| {
                if rule.meet_link(piece, moved.now).is_some_and(|key| key <= wave.last_key) {
                    met(slot, part(rule, piece, moved.now), moved.person);
                }
            });
        }
    }

    /// The windows that a person opens where they stayed, as far as the label before did not.
    fn open(&self, moved: &Moved, out: &mut Vec<(u32, Opened)>) {
        let (first, last) = self.scene.link_rule.changed(moved.now.at, moved.before);
        for (venue, row) in self.scene.stays_of(moved.person, first, last) {
            let rule = self.scene.rule(venue);
            let outer_bound = self.scene.is_outer_bound(venue, row);
            self.scene.stays(row, venue, |stay| {
                if let Some(window) = rule.window(stay, moved.now) {
                    let part = part(rule, stay, moved.now);
                    let source = moved.person;
                    out.push((venue, Opened { window, part, source, outer_bound }));
                }
            });
        }
    }

    /// The encounters at one venue.
    fn gather(&self, wave: &Wave, at: &[(u32, Opened)], mut meet: impl FnMut(&Encounter<'_>)) {
        let venue = at[0].0;
        let rule = self.scene.rule(venue);
        let mut visitors = Vec::new();
        let openings = at.iter().map(|(_, opened)| *opened).collect();
        let all = self.scene.count_at(venue);
        let window = |opened: &Opened| opened.window;
        let near = Near { rule, all, watch: self.watch };
        let gathered = near.clusters(openings, window, window, |(first, last), openings| {
            visitors.clear();
            let mut walked = 0;
            for row in self.scene.stays_at(venue, first, last) {
                if self.watch.is_cancelled() {
                    return walked;
                }
                walked += 1;
                let slot = self.slot_of[row.person as usize];
                if !wave.slots.contains(&slot) {
                    continue;
                }
                let outer_bound = self.scene.is_outer_bound(venue, row);
                self.scene.stays(row, venue, |stay| {
                    let target = rule
                        .target(stay)
                        .map(|target| Target { limit: target.limit.min(wave.last_key), ..target });
                    let target = target.filter(|target| target.key <= target.limit);
                    let visitor = |target| Visitor { target, stay, slot, outer_bound };
                    visitors.extend(target.map(visitor));
                });
            }
            if !visitors.is_empty()
                && sort_by_key(&mut visitors, self.watch, |visitor| visitor.target.key).is_ok()
            {
                meet(&Encounter { rule, venue, openings, visitors: &visitors });
            }
            walked
        });
        // Whoever cancelled is asked again by the caller.
        gathered.unwrap_or_default();
    }
}

/// Rows of each venue together, in buckets that are sorted one by one so that no step is long.
pub(super) fn by_venue<T: Copy + Send>(
    found: Vec<Vec<(u32, T)>>,
    watch: &dyn Watch,
) -> Result<Vec<Vec<(u32, T)>>, Cancelled> {
    let rows: usize = found.iter().map(Vec::len).sum();
    let count = (rows / BUCKET_ROWS).next_power_of_two();
    let mut buckets = vec![Vec::new(); count];
    for piece in found {
        for some in piece.chunks(BUCKET_ROWS) {
            watch.check()?;
            for &row in some {
                buckets[row.0 as usize & (count - 1)].push(row);
            }
        }
    }
    in_parallel(buckets, watch, |mut bucket| {
        bucket.sort_unstable_by_key(|row| row.0);
        bucket
    })
}

/// The waves of a trace that reach a tier, by (tier, group).
fn waves(
    trace: &Trace,
    scene: &Scene<'_>,
    people: u32,
    watch: &dyn Watch,
) -> Result<Vec<Wave>, Cancelled> {
    let tiers = dense(trace.people_by_tier().len());
    let groups = groups(trace.investigation());
    let known = |person: u32| person < people;
    let mut moved: BTreeMap<(u32, u32), Vec<Moved>> = BTreeMap::new();
    for (cases, group) in groups.iter().zip(0..) {
        let cases = cases.iter().filter(|case| known(case.person.get()));
        let seed =
            |case: &Case| Moved { person: case.person.get(), now: scene.case(case), before: FAR };
        moved.insert((1, group), cases.map(seed).collect());
    }
    let steps = trace.steps();
    // The first step of another person than the step before.
    let next_person = |at: usize| {
        let before = at.checked_sub(1).map(|before| steps[before].person);
        at + steps[at..].iter().take_while(|step| Some(step.person) == before).count()
    };
    let found = by_chunk(steps.len(), watch, |chunk| {
        let steps = &steps[next_person(chunk.start)..next_person(chunk.end)];
        let steps = steps.iter().filter(|step| {
            step.round + 1 < tiers && (step.group as usize) < groups.len() && known(step.person)
        });
        let mut steps: Vec<Step> = steps.copied().collect();
        if groups.len() > 1 {
            steps.sort_by_key(|step| (step.person, step.group));
        }
        let mut moved = Vec::with_capacity(steps.len());
        for of_one in steps.chunk_by(|a, b| (a.person, a.group) == (b.person, b.group)) {
            let mut before = FAR;
            for &Step { person, group, round, time, .. } in of_one {
                let now = scene.carrier(scene.key(trace.moment(time)));
                moved.push(((round + 1, group), Moved { person, now, before }));
                before = now.at;
            }
        }
        moved.sort_by_key(|(wave, _)| *wave);
        moved
    })?;
    for piece in found {
        watch.check()?;
        for of_wave in piece.chunk_by(|a, b| a.0 == b.0) {
            let wave = moved.entry(of_wave[0].0).or_default();
            wave.extend(of_wave.iter().map(|(_, moved)| *moved));
        }
    }
    let last_keys: Vec<i64> = groups.iter().map(|cases| last_key(scene, cases)).collect();
    let wave = |((tier, group), moved): ((u32, u32), Vec<Moved>)| {
        let first = trace.people().partition_point(|traced| traced.tier < tier);
        let slots = dense(first) + 1..dense(first + trace.in_tier(tier).len()) + 1;
        let last_key = last_keys[group as usize];
        Wave { moved, from_cases: tier == 1, last_key, slots }
    };
    let waves = moved.into_iter().map(wave);
    Ok(waves.filter(|wave| !wave.slots.is_empty() && !wave.moved.is_empty()).collect())
}
