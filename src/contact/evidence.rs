//! Why a person is in a trace: every contact that put them there.

use super::columns::FAR;
use super::encounter::{exposure, part};
use super::index::ContactIndex;
use super::investigation::Case;
use super::protocol::Direction;
use super::rule::Carrier;
use super::scene::Scene;
use super::trace::Trace;
use super::tracer::{groups, last_key};
use crate::id::{PersonId, PlaceId};
use crate::interval::Timestamp;

/// A contact that counts: who exposed whom (backward: who was exposed by whom), where and when.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exposure {
    /// The first second of the exposure.
    pub start: Timestamp,
    /// The first second after it; `start` for an instant.
    pub end: Timestamp,
    /// The other person: of a lower tier.
    pub source: PersonId,
    /// Where; `None` for a link.
    pub place: Option<PlaceId>,
}

impl Exposure {
    /// The last second of the exposure.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.start.max(self.end.saturating_add(-1))
    }

    /// How many seconds it lasted; 0 for an instant.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        self.end.seconds().abs_diff(self.start.seconds())
    }
}

/// The last second of the latest exposure, where the day count of a quarantine starts.
///
/// # Examples
///
/// See [`Trace::evidence`].
#[must_use]
pub fn last_exposure(evidence: &[Exposure]) -> Option<Timestamp> {
    evidence.iter().map(Exposure::last).max()
}

impl Trace {
    /// Every contact that qualifies in the round of a person's tier, by (start, end, source, place):
    /// their sources have a lower tier. Empty for a case and for somebody not reached.
    ///
    /// `index` is the one that was traced.
    ///
    /// # Cost
    ///
    /// The visits of the person and, at each of their places, those near theirs; and the cases and
    /// isolations of the investigation, which each call sorts anew.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{
    ///     Case, ContactIndexBuilder, Investigation, Protocol, Visit, last_exposure,
    /// };
    /// use epitier::{PersonId, PlaceId, Timestamp};
    ///
    /// let stay = |person, start, end| Visit {
    ///     person: PersonId::new(person),
    ///     place: PlaceId::new(0),
    ///     start: Timestamp::from_seconds(start),
    ///     end: Timestamp::from_seconds(end),
    /// };
    /// let stays = [stay(0, 0, 600), stay(1, 300, 900), stay(0, 700, 800)];
    /// let index = ContactIndexBuilder::new(2, 1).visits(stays).build(&())?;
    /// let case = Case { person: PersonId::new(0), from: Timestamp::from_seconds(0), until: None };
    /// let trace = index.trace(&Investigation::new(Protocol::new()).with_cases([case]), &())?;
    ///
    /// let evidence = trace.evidence(&index, PersonId::new(1));
    /// assert_eq!(evidence.len(), 2);
    /// assert_eq!(last_exposure(&evidence), Some(Timestamp::from_seconds(799)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn evidence(&self, index: &ContactIndex, person: PersonId) -> Vec<Exposure> {
        match self.get(person) {
            Some(traced) if traced.tier > 0 => {
                self.search(index, person, Labels { counting: traced.tier - 1, not_by: None })
            }
            _ => Vec::new(),
        }
    }

    /// Contacts of a traced person that qualify by the last labels of everybody in the trace, of any
    /// tier, but are no evidence: two contacts of one case who live together, say. They put nobody on
    /// a list and start no clock. By (start, end, source, place).
    ///
    /// For a case these are its contacts with others of the trace who carried (backward: with those who
    /// must have been exposed by then), for it has no evidence. Empty for somebody not reached. `index` is
    /// the one that was traced.
    ///
    /// # Cost
    ///
    /// As [`Trace::evidence`], twice.
    #[must_use]
    pub fn weaker_evidence(&self, index: &ContactIndex, person: PersonId) -> Vec<Exposure> {
        let Some(traced) = self.get(person) else { return Vec::new() };
        let labels = Labels { counting: u32::MAX, not_by: traced.tier.checked_sub(1) };
        let mut found = self.search(index, person, labels);
        let evidence = self.evidence(index, person);
        // A contact that one group of windows knows as evidence is weaker in no other.
        found.retain(|exposure| evidence.binary_search(exposure).is_err());
        found
    }

    /// Every contact of a person that qualifies by some labels, sorted.
    fn search(&self, index: &ContactIndex, person: PersonId, labels: Labels) -> Vec<Exposure> {
        if person.get() >= index.people() {
            return Vec::new();
        }
        let scene = Scene::new(&index.parts, self.investigation());
        let mut found = Vec::new();
        for (cases, group) in groups(self.investigation()).iter().zip(0..) {
            let last_key = last_key(&scene, cases);
            let person = person.get();
            let search =
                Search { trace: self, cases, group, scene: &scene, person, labels, last_key };
            search.visits(&mut found);
            search.links(&mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Which labels a search goes by.
#[derive(Clone, Copy)]
struct Labels {
    /// Those after this round.
    counting: u32,
    /// Not contacts that qualify by the labels after this round already.
    not_by: Option<u32>,
}

/// The contacts of one person in one group of windows.
struct Search<'a> {
    trace: &'a Trace,
    cases: &'a [Case],
    group: u32,
    scene: &'a Scene<'a>,
    person: u32,
    labels: Labels,
    last_key: i64,
}

impl Search<'_> {
    /// Another person as a carrier after a round, if they carry then.
    fn carrier(&self, other: u32, round: u32) -> Option<Carrier> {
        let other = PersonId::new(other);
        if let Ok(at) = self.cases.binary_search_by_key(&other, |case| case.person) {
            return Some(self.scene.case(&self.cases[at]));
        }
        let label = self.trace.label(other, self.group, round)?;
        Some(self.scene.carrier(self.scene.key(label.time)))
    }

    /// Another person as a carrier, and how they carried in a round that must not count.
    fn carriers(&self, other: u32) -> Option<(Carrier, Option<Carrier>)> {
        let now = self.carrier(other, self.labels.counting).filter(|_| other != self.person)?;
        Some((now, self.labels.not_by.and_then(|round| self.carrier(other, round))))
    }

    /// Whether a contact qualifies, given when a carrier makes it.
    fn counts(
        &self,
        (now, earlier): (Carrier, Option<Carrier>),
        met: impl Fn(Carrier) -> Option<i64>,
    ) -> bool {
        let met = |carrier| met(carrier).is_some_and(|key| key <= self.last_key);
        met(now) && !earlier.is_some_and(met)
    }

    fn visits(&self, found: &mut Vec<Exposure>) {
        let visits = &self.scene.parts.visits;
        for (place, row) in visits.of_person(self.person, -FAR, FAR) {
            let rule = self.scene.rule(place);
            let (start, end) = row.stay();
            for near in visits.of_place(place, start - rule.lag, end + rule.lag) {
                let Some(carriers) = self.carriers(near.person) else { continue };
                self.scene.stays(row, place, |own| {
                    self.scene.stays(near, place, |theirs| {
                        let met = |by| rule.target(own)?.met_by(rule.window(theirs, by)?);
                        if self.counts(carriers, met) {
                            let shared = exposure(rule, part(rule, theirs, carriers.0), own);
                            found.push(self.exposure(shared, near.person, Some(place)));
                        }
                    });
                });
            }
        }
    }

    fn links(&self, found: &mut Vec<Exposure>) {
        let (links, rule) = (&self.scene.parts.links, &self.scene.link_rule);
        let directed = match rule.direction {
            Direction::Forward => &links.into,
            Direction::Backward => &links.out,
        };
        let touches = [&links.mutual, directed].into_iter();
        for touch in touches.flat_map(|touches| touches.of(self.person, -FAR, FAR)) {
            let Some(carriers) = self.carriers(touch.other) else { continue };
            let whole = (i64::from(touch.start), i64::from(touch.end));
            self.scene.touches((self.person, touch.other), whole, |piece| {
                if self.counts(carriers, |by| rule.meet_link(piece, by)) {
                    let shared = part(rule, piece, carriers.0);
                    found.push(self.exposure(shared, touch.other, None));
                }
            });
        }
    }

    fn exposure(&self, (start, end): (i64, i64), source: u32, place: Option<u32>) -> Exposure {
        let moment = |offset| self.scene.parts.clock.moment(offset);
        Exposure {
            start: moment(start),
            end: moment(end),
            source: PersonId::new(source),
            place: place.map(PlaceId::new),
        }
    }
}
