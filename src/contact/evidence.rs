//! Why a person is in a trace: every contact that put them there.

use super::columns::FAR;
use super::index::{ContactIndex, Venue};
use super::investigation::Case;
use super::protocol::Direction;
use super::round::{groups, last_key};
use super::rule::Carrier;
use super::scene::Scene;
use super::trace::{Change, Reason, Trace};
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
    /// Where; `None` for a link and at home.
    pub place: Option<PlaceId>,
    /// Which rule counts it; [`Reason::Cumulative`] where it counts with others only.
    pub reason: Reason,
}

impl Exposure {
    /// The last second of the exposure.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.start.max(self.end.saturating_add(-1))
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
    /// Every contact that qualifies in the round of a person's tier, by (start, end, source, place, reason):
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
        let known = self.get(person).is_some_and(|traced| traced.tier > 0);
        if !known || person.get() >= index.people() {
            return Vec::new();
        }
        let scene = Scene::new(&index.parts, self.investigation());
        let groups = groups(self.investigation());
        let mut found = Vec::new();
        for reached in self.first_changes(person) {
            let Some(cases) = groups.get(reached.group as usize) else { continue };
            let last_key = last_key(&scene, cases);
            let search = Search { trace: self, cases, scene: &scene, reached, last_key };
            search.visits(&mut found);
            search.links(&mut found);
            search.together(&mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The evidence of one person in one group of windows.
struct Search<'a> {
    trace: &'a Trace,
    cases: &'a [Case],
    scene: &'a Scene<'a>,
    reached: Change,
    last_key: i64,
}

impl Search<'_> {
    /// Another person as a carrier in the round before, if they carry then.
    fn carrier(&self, other: u32) -> Option<Carrier> {
        let other = PersonId::new(other);
        if let Ok(at) = self.cases.binary_search_by_key(&other, |case| case.person) {
            return Some(self.scene.case(&self.cases[at]));
        }
        let label = self.trace.label(other, self.reached.group, self.reached.round - 1)?;
        Some(self.scene.carrier(self.scene.key(label.time)))
    }

    fn visits(&self, found: &mut Vec<Exposure>) {
        let person = self.reached.person.get();
        for (venue, row) in self.scene.stays_of(person, -FAR, FAR) {
            let rule = self.scene.rule(venue);
            let (start, end) = row.stay();
            for near in self.scene.stays_at(venue, start - rule.lag, end + rule.lag) {
                // Nobody carries before the round in which they are reached: never the person themselves.
                let Some(carrier) = self.carrier(near.person) else { continue };
                self.scene.stays(row, venue, |own| {
                    self.scene.stays(near, venue, |theirs| {
                        let met = rule
                            .window(theirs, carrier)
                            .and_then(|window| rule.target(own)?.met_by(window));
                        if met.is_some_and(|key| key <= self.last_key) {
                            let shared = match rule.direction {
                                Direction::Forward => rule.shared(theirs, own, carrier),
                                Direction::Backward => rule.shared(own, theirs, Carrier::ALWAYS),
                            };
                            found.push(self.exposure(shared, near.person, venue));
                        }
                    });
                });
            }
        }
    }

    fn links(&self, found: &mut Vec<Exposure>) {
        let (links, person) = (&self.scene.parts.links, self.reached.person.get());
        let rule = &self.scene.link_rule;
        let directed = match rule.direction {
            Direction::Forward => &links.into,
            Direction::Backward => &links.out,
        };
        let touches = [&links.mutual, directed].into_iter();
        for touch in touches.flat_map(|touches| touches.of(person, -FAR, FAR)) {
            let Some(carrier) = self.carrier(touch.other) else { continue };
            let whole = (i64::from(touch.start), i64::from(touch.end));
            self.scene.touches((person, touch.other), whole, |piece| {
                if rule.meet_link(piece, carrier).is_some_and(|key| key <= self.last_key) {
                    let (start, end) = match rule.direction {
                        Direction::Forward => {
                            (piece.0.max(carrier.at), piece.1.min(carrier.until).max(piece.0))
                        }
                        Direction::Backward => piece,
                    };
                    let link = self.scene.parts.code(Venue::Link);
                    found.push(self.exposure((start, end), touch.other, link));
                }
            });
        }
    }

    /// The contacts that count together and not by themselves.
    fn together(&self, found: &mut Vec<Exposure>) {
        let person = self.reached.person.get();
        let from = self.scene.link_rule.mirror(self.last_key);
        self.scene.cumulative_evidence(
            person,
            from,
            |other| self.carrier(other),
            |other, shared, venue| {
                let exposure = self.exposure(shared, other, venue);
                found.push(Exposure { reason: Reason::Cumulative, ..exposure });
            },
        );
    }

    fn exposure(&self, (start, end): (i64, i64), source: u32, venue: u32) -> Exposure {
        let moment = |offset| self.scene.parts.clock.moment(offset);
        let (reason, place) = self.scene.parts.venue(venue).reason();
        Exposure {
            start: moment(start),
            end: moment(end),
            source: PersonId::new(source),
            place,
            reason,
        }
    }
}
