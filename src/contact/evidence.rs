//! Why a person is in a trace: every contact that put them there.

use super::columns::FAR;
use super::encounter::{exposure, part};
use super::index::{ContactIndex, Parts, Venue};
use super::investigation::Case;
use super::protocol::Direction;
use super::round::{groups, last_key};
use super::rule::Carrier;
use super::scene::Scene;
use super::trace::{Reason, Trace};
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
    /// Whether it rests on a visit of either of the two whose end is an outer bound (see
    /// [`ContactIndexBuilder::visits_with_unknown_end`](super::ContactIndexBuilder::visits_with_unknown_end)),
    /// its own or, by [`Reason::Cumulative`], another one that it counts with: it may have been shorter,
    /// or not have been.
    #[cfg_attr(feature = "serde", serde(default))]
    pub outer_bound: bool,
}

impl Exposure {
    /// The last second of the exposure.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.start.max(self.end.saturating_add(-1))
    }

    /// The same without regard to outer bounds.
    pub(super) fn as_certain(&self) -> Self {
        Self { outer_bound: false, ..*self }
    }
}

impl Parts {
    /// An exposure in moments.
    pub(super) fn exposure(
        &self,
        (start, end): (i64, i64),
        source: u32,
        venue: u32,
        outer_bound: bool,
    ) -> Exposure {
        let (reason, place) = self.venue(venue).reason();
        let (start, end) = (self.clock.moment(start), self.clock.moment(end));
        Exposure { start, end, source: PersonId::new(source), place, reason, outer_bound }
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
        Search::new(self, index).evidence(person)
    }

    /// Contacts of a traced person that count by the last labels of everybody in the trace, of any tier,
    /// but are no evidence: two contacts of one case who live together, say. They put nobody on a list
    /// and start no clock. By (start, end, source, place, reason).
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
        let search = Search::new(self, index);
        let before = match traced.tier {
            0 => Vec::new(),
            tier => search.contacts(person, tier - 1),
        };
        let known = sorted(before.iter().map(|found| found.exposure));
        let mut contacts: Vec<Contact> = before.into_iter().map(|found| found.contact).collect();
        contacts.sort_unstable();
        let mut found = search.contacts(person, u32::MAX);
        found.retain(|found| {
            let evidence = contacts.binary_search(&found.contact).is_ok();
            let shown = found.exposure.as_certain();
            !evidence && known.binary_search_by_key(&shown, Exposure::as_certain).is_err()
        });
        sorted(found.into_iter().map(|found| found.exposure))
    }
}

/// Exposures in order, once each: what one contact shows for certain needs no outer bound of another.
pub(super) fn sorted(exposures: impl Iterator<Item = Exposure>) -> Vec<Exposure> {
    let mut exposures: Vec<Exposure> = exposures.collect();
    exposures.sort_unstable();
    exposures.dedup_by_key(|exposure| exposure.as_certain());
    exposures
}

/// What tells a contact of a person from all others: the other person, the venue, the stay of each.
type Contact = (u32, u32, [(i64, i64); 2]);

/// A contact that counts by some labels.
struct Found {
    contact: Contact,
    exposure: Exposure,
}

/// Looks for the contacts of people of a trace.
pub(super) struct Search<'a> {
    pub(super) trace: &'a Trace,
    pub(super) scene: Scene<'a>,
    groups: Vec<Vec<Case>>,
    people: u32,
}

impl<'a> Search<'a> {
    pub(super) fn new(trace: &'a Trace, index: &'a ContactIndex) -> Self {
        let scene = Scene::new(&index.parts, trace.investigation());
        Self { trace, scene, groups: groups(trace.investigation()), people: index.people() }
    }

    /// What [`Trace::evidence`] says.
    pub(super) fn evidence(&self, person: PersonId) -> Vec<Exposure> {
        match self.trace.get(person) {
            Some(traced) if traced.tier > 0 => {
                let found = self.contacts(person, traced.tier - 1);
                sorted(found.into_iter().map(|found| found.exposure))
            }
            _ => Vec::new(),
        }
    }

    /// Every contact of a person that counts by the labels after a round.
    fn contacts(&self, person: PersonId, round: u32) -> Vec<Found> {
        let mut found = Vec::new();
        if person.get() >= self.people {
            return found;
        }
        for (cases, group) in self.groups.iter().zip(0..) {
            let (scene, last_key) = (&self.scene, last_key(&self.scene, cases));
            let person = person.get();
            let within = Within { search: self, scene, group, round, person, last_key };
            within.visits(&mut found);
            within.links(&mut found);
            within.together(&mut found);
        }
        found
    }

    /// A person as a carrier after a round, in one group of windows, if they carry.
    pub(super) fn carrier(&self, person: PersonId, group: u32, round: u32) -> Option<Carrier> {
        let cases = &self.groups[group as usize];
        if let Ok(at) = cases.binary_search_by_key(&person, |case| case.person) {
            return Some(self.scene.case(&cases[at]));
        }
        let label = self.trace.label(person, group, round)?;
        Some(self.scene.carrier(self.scene.key(label.time)))
    }
}

/// The contacts of one person by the labels after one round, in one group of windows.
struct Within<'a> {
    search: &'a Search<'a>,
    scene: &'a Scene<'a>,
    group: u32,
    round: u32,
    person: u32,
    last_key: i64,
}

impl Within<'_> {
    /// Another person as a carrier, if they carry.
    fn carrier(&self, other: u32) -> Option<Carrier> {
        if other == self.person {
            return None;
        }
        self.search.carrier(PersonId::new(other), self.group, self.round)
    }

    fn visits(&self, found: &mut Vec<Found>) {
        for (venue, row) in self.scene.stays_of(self.person, -FAR, FAR) {
            let rule = self.scene.rule(venue);
            let (start, end) = row.stay();
            let bound = self.scene.is_outer_bound(venue, row);
            for near in self.scene.stays_at(venue, start - rule.lag, end + rule.lag) {
                let Some(carrier) = self.carrier(near.person) else { continue };
                let bound = bound || self.scene.is_outer_bound(venue, near);
                self.scene.stays(row, venue, |own| {
                    self.scene.stays(near, venue, |theirs| {
                        let met = rule.meet(theirs, own, carrier);
                        if met.is_some_and(|key| key <= self.last_key) {
                            let shared = exposure(rule, part(rule, theirs, carrier), own);
                            let contact = (near.person, venue, [own, theirs]);
                            found.push(self.found(contact, shared, bound));
                        }
                    });
                });
            }
        }
    }

    fn links(&self, found: &mut Vec<Found>) {
        let rule = &self.scene.link_rule;
        let link = self.scene.parts.code(Venue::Link);
        let sheds = rule.direction == Direction::Backward;
        for touch in self.scene.parts.links.of(self.person, sheds, (-FAR, FAR)) {
            let Some(carrier) = self.carrier(touch.other) else { continue };
            self.scene.touches((self.person, touch.other), touch.stay(), |piece| {
                if rule.meet_link(piece, carrier).is_some_and(|key| key <= self.last_key) {
                    let shared = part(rule, piece, carrier);
                    found.push(self.found((touch.other, link, [piece; 2]), shared, false));
                }
            });
        }
    }

    /// The contacts that count together and not by themselves.
    fn together(&self, found: &mut Vec<Found>) {
        let rule = &self.scene.link_rule;
        let from = rule.mirror(self.last_key);
        let carrier = |other| self.carrier(other);
        let scene = self.scene;
        scene.cumulative_evidence(self.person, from, carrier, |other, shared, meeting, bound| {
            let stays = match rule.direction {
                Direction::Forward => [meeting.taken, meeting.shed],
                Direction::Backward => [meeting.shed, meeting.taken],
            };
            let contact = (other, meeting.venue, stays);
            let Found { contact, exposure } = self.found(contact, shared, bound);
            found.push(Found {
                contact,
                exposure: Exposure { reason: Reason::Cumulative, ..exposure },
            });
        });
    }

    fn found(&self, contact: Contact, shared: (i64, i64), outer_bound: bool) -> Found {
        let exposure = self.scene.parts.exposure(shared, contact.0, contact.1, outer_bound);
        Found { contact, exposure }
    }
}
