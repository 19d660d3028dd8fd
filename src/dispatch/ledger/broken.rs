//! Which commitments do not hold any more, and whole plans that are booked at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::record::{Commitment, Duty, Excluded, Span};
use super::steps::{Steps, Stock};
use super::{Ledger, LedgerError};
use crate::dispatch::Plan;
use crate::error::Problems;
use crate::id::{CommitmentId, PostId, ResponderId};

/// People who are missing from a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Broken {
    /// The commitment.
    pub commitment: CommitmentId,
    /// How many of its people are missing, at least 1.
    pub people: u32,
    /// Whether they did not turn up; otherwise something keeps them from duty.
    pub missed: bool,
}

/// People of a responder who dropped out of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DropOut {
    /// Where they are missing.
    pub post: PostId,
    /// Who.
    pub responder: ResponderId,
    /// How many of them at the same time, at least 1.
    pub people: u32,
}

impl Ledger {
    /// The commitments within a span that do not hold any more, by id: whose people did not turn up, or that
    /// an exclusion has broken.
    ///
    /// Those of a responder who are not kept from duty serve the commitments in the order of their ids. Those
    /// for which too few are left are broken; where people did not turn up, nobody serves.
    ///
    /// # Cost
    ///
    /// For each responder whom an exclusion or a missed commitment concerns, O(log n + k log k + s) for k
    /// rows and s changes of what others need during each commitment: more than k only for a class of
    /// people whose commitments overlap.
    #[must_use]
    pub fn broken(&self, within: Span) -> Vec<Broken> {
        let mut concerned = BTreeSet::new();
        for exclusion in self.book.exclusions.values() {
            match exclusion.who {
                Excluded::People { responder, .. } => {
                    concerned.insert(responder);
                }
                Excluded::Person(person) => {
                    concerned.extend(self.book.responder_of.get(&person).copied());
                }
                Excluded::LivingIn(unit) => {
                    let units = self.book.network.preorder_range(unit);
                    let first = ResponderId::new(0);
                    let there = self.book.living.range((units.start, first)..(units.end, first));
                    concerned.extend(there.map(|&(_, responder)| responder));
                }
            }
        }
        let missed = self.book.missed.iter().filter_map(|&id| self.commitment(id));
        concerned.extend(missed.map(|commitment| commitment.responder));
        let mut broken = Vec::new();
        for responder in concerned {
            let Some(row) = self.book.registrations.get(&responder) else { continue };
            let away = self.excluded(row).into_iter().map(|(_, span, people)| (span, people));
            let mut stock = Stock::new(row.people, &Steps::new(away));
            for (commitment, booked) in self.booked(responder) {
                let wanted = booked.commitment.people;
                let missed = self.book.missed.contains(&commitment);
                let served = if missed { 0 } else { stock.take(booked.span, wanted) };
                if served < wanted && booked.span.overlaps(within) {
                    broken.push(Broken { commitment, people: wanted - served, missed });
                }
            }
        }
        broken.sort_unstable();
        broken
    }

    /// Who has dropped out of which post within a span, by post and then by responder: what
    /// [`Ledger::broken`] says of posts. O(broken) beyond that.
    #[must_use]
    pub fn drop_outs(&self, within: Span) -> Vec<DropOut> {
        let mut rows = Vec::new();
        for broken in self.broken(within) {
            let Some(booked) = self.book.commitments.get(&broken.commitment) else { continue };
            if let Duty::Post(post) = booked.commitment.duty {
                rows.push((post, booked.commitment.responder, booked.span, broken.people));
            }
        }
        rows.sort_unstable();
        let pairs = rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let drop_outs = pairs.filter_map(|rows| {
            let &(post, responder, ..) = rows.first()?;
            let people = Steps::new(rows.iter().map(|&(_, _, span, people)| (span, people)));
            Some(DropOut { post, responder, people: super::rest(people.peak(within)) })
        });
        drop_outs.collect()
    }

    /// As if no commitment from an id on had been booked.
    fn forget_from(&mut self, first: u32) {
        let book = Arc::make_mut(&mut self.book);
        for (id, booked) in book.commitments.split_off(&CommitmentId::new(first)) {
            book.commitments_of.remove(&(booked.commitment.responder, id));
        }
        book.next_commitment = first;
    }

    /// Books everybody of a plan at the times of their posts, or nobody. Returns the ids in the order of
    /// [`Plan::assignments`].
    ///
    /// # Errors
    ///
    /// For every assignment that cannot be booked what [`Ledger::book`] says, in the order of the
    /// assignments, and [`LedgerError::NoTimes`] where a post has no times. Of posts of the plan itself that
    /// collide, the first ones are booked and the later ones refused, and nothing else is named if
    /// nothing else collides.
    pub fn book_plan(
        &mut self,
        plan: &Plan,
        times: impl Fn(PostId) -> Option<Span>,
    ) -> Result<Vec<CommitmentId>, Problems<LedgerError>> {
        let first = self.book.next_commitment;
        let (mut ids, mut refused) = (Vec::new(), Vec::new());
        for row in plan.assignments() {
            let Some(span) = times(row.post) else {
                refused.push(LedgerError::NoTimes { post: row.post });
                continue;
            };
            let booked = self.book(Commitment {
                responder: row.responder,
                duty: Duty::Post(row.post),
                people: row.people,
                start: span.start(),
                end: span.end(),
            });
            match booked {
                Ok(id) => ids.push(id),
                Err(mut error) => {
                    if let LedgerError::Taken { commitments, .. } = &mut error {
                        commitments.retain(|id| id.get() < first);
                    }
                    refused.push(error);
                }
            }
        }
        if !refused.is_empty() {
            self.forget_from(first);
        }
        Problems::check(refused).map(|()| ids)
    }
}
