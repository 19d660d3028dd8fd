//! Visits of whose end only an outer bound is known, and what rests on them.

use std::sync::Arc;

use super::chunks::by_chunk;
use super::columns::Row;
use super::cumulative::Cumulative;
use super::evidence::Search;
use super::index::Venue;
use super::order::sort_by_digits;
use super::protocol::Direction;
use super::radix;
use super::rule::Carrier;
use super::share::share;
use super::trace::Step;
use crate::id::{PersonId, dense};
use crate::watch::{Cancelled, Watch};

/// The visits whose ends are outer bounds, mostly none.
#[derive(Clone, Debug, Default)]
pub(super) struct OuterBounds {
    /// Packed by (place, start, person, end), once each.
    visits: Arc<Vec<[u32; 4]>>,
    /// Everybody with such a visit, sorted.
    people: Arc<Vec<u32>>,
}

impl OuterBounds {
    /// Of sorted visits.
    fn new(visits: Vec<[u32; 4]>, watch: &dyn Watch) -> Result<Self, Cancelled> {
        let people = visits.iter().map(|visit| Row::unpacked(*visit).person).collect();
        let mut people = sort_by_digits(people, |&person: &u32| person.into(), watch)?;
        people.dedup();
        people.shrink_to_fit();
        Ok(Self { visits: Arc::new(visits), people: Arc::new(people) })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.visits.is_empty()
    }

    /// Whether the end of a visit to a place is an outer bound.
    pub(super) fn holds(&self, place: u32, visit: Row) -> bool {
        !self.is_empty() && self.visits.binary_search(&visit.packed(place)).is_ok()
    }

    /// Whether a person has no such visit.
    fn knows_all_of(&self, person: u32) -> bool {
        self.people.binary_search(&person).is_err()
    }

    /// The same with more visits, packed.
    pub(super) fn with(
        &self,
        mut visits: Vec<[u32; 4]>,
        places: u32,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        if visits.is_empty() {
            return Ok(self.clone());
        }
        visits.extend(&*self.visits);
        let bounds = radix::up_to(places.saturating_sub(1));
        let mut sorted = radix::sort(visits, &bounds, radix::itself, watch)?;
        sorted.dedup();
        Self::new(sorted, watch)
    }

    /// The same with only the visits that `keep` accepts.
    pub(super) fn retained(
        &self,
        keep: impl Fn(&[u32; 4]) -> bool + Sync,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let kept = by_chunk(self.visits.len(), watch, |chunk| {
            self.visits[chunk].iter().filter(|visit| keep(visit)).copied().collect::<Vec<_>>()
        })?;
        Self::new(kept.concat(), watch)
    }

    /// The same with all times so many seconds later.
    pub(super) fn later(&self, by: i64) -> Self {
        let later = |visit: &[u32; 4]| Row::unpacked(*visit).later(by).packed(visit[0]);
        let visits = Arc::new(self.visits.iter().map(later).collect());
        Self { visits, people: Arc::clone(&self.people) }
    }

    /// The bytes of memory held.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.visits[..]) + size_of_val(&self.people[..])
    }
}

impl Search<'_> {
    /// The steps of the trace that rest on outer bounds, in their order: without the visits whose ends are
    /// outer bounds, the contact of the step would not come at its time, or the source's label rests on one.
    ///
    /// Round by round, for the label of a source is of an earlier round.
    pub(super) fn resting_on_outer_bounds(
        &self,
        watch: &dyn Watch,
    ) -> Result<Vec<Step>, Cancelled> {
        let steps = self.trace.steps();
        let bounds = &self.scene.parts.outer_bounds;
        let mut rests = vec![false; steps.len()];
        let round = |&at: &u32| steps[at as usize].round;
        let key = |at: &u32| round(at).into();
        let by_round = sort_by_digits((0..dense(steps.len())).collect(), key, watch)?;
        for of_round in by_round.chunk_by(|a, b| round(a) == round(b)) {
            let found = share(watch, of_round, |&at, found| {
                let step = &steps[at as usize];
                let source =
                    self.trace.label_at(PersonId::new(step.source), step.group, step.round - 1);
                let known = bounds.knows_all_of(step.person) && bounds.knows_all_of(step.source);
                if source.is_some_and(|at| rests[at]) || !known && !self.is_certain(step) {
                    found.push(at);
                }
            })?;
            for at in found.into_iter().flatten() {
                rests[at as usize] = true;
            }
        }
        let resting = steps.iter().zip(rests).filter(|(_, rests)| *rests);
        Ok(resting.map(|(step, _)| *step).collect())
    }

    /// Whether the contact of a step comes at its time without the visits whose ends are outer bounds.
    fn is_certain(&self, step: &Step) -> bool {
        let source = PersonId::new(step.source);
        let carrier = self.carrier(source, step.group, step.round - 1);
        match (self.scene.parts.venue(step.venue), self.scene.cumulative, carrier) {
            (Venue::Place(place), _, Some(carrier)) => self.is_certain_at(place, step, carrier),
            (Venue::Together, Some(rule), Some(carrier)) => {
                self.is_certain_sum(rule, step, carrier)
            }
            // Links and presences at home have known ends.
            _ => true,
        }
    }

    /// The same at a place: the visit of the person goes on at that time, the source's one lag away at most.
    fn is_certain_at(&self, place: u32, step: &Step, carrier: Carrier) -> bool {
        let (scene, venue) = (&self.scene, step.venue);
        let (rule, time) = (scene.rule(venue), i64::from(step.time));
        let known = |person, lag| {
            let visits = scene.parts.visits.of_person(person, time - lag, time + lag);
            let of_known = |&(at, row): &(u32, Row)| {
                at == place && !scene.parts.outer_bounds.holds(place, row)
            };
            visits.filter(of_known).map(|(_, row)| row)
        };
        known(step.person, 0).any(|own| {
            known(step.source, rule.lag).any(|near| {
                let mut met = false;
                scene.stays(own, venue, |own| {
                    scene.stays(near, venue, |theirs| {
                        met |= rule.meet(theirs, own, carrier) == Some(rule.mirror(time));
                    });
                });
                met
            })
        })
    }

    /// The same of contacts that add up.
    fn is_certain_sum(&self, rule: Cumulative, step: &Step, carrier: Carrier) -> bool {
        let (scene, link_rule, time) = (&self.scene, &self.scene.link_rule, i64::from(step.time));
        // In either direction the window that holds enough begins at that time.
        let reach = (time - link_rule.lag, time + i64::from(rule.within()));
        let sheds = link_rule.direction == Direction::Forward;
        let mut meetings = Vec::new();
        scene.meetings(step.source, sheds, reach, |other, meeting| {
            if other == step.person && !meeting.outer_bound {
                meetings.push(meeting);
            }
        });
        scene.sum_key(&meetings, rule, carrier) == Some(link_rule.mirror(time))
    }
}
