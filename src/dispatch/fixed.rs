//! Who is at a post in every plan, and what contradicts that.

use super::matching::Ground;
use super::{DispatchError, FixedAssignment};
use crate::id::{Claims, PostId, ResponderId};

impl Ground {
    /// How many people of each responder and at each post are fixed.
    pub(super) fn fixed_people(&self) -> (Vec<i64>, Vec<i64>) {
        let mut of = vec![0; self.responders.len()];
        let mut at = vec![0; self.posts.len()];
        for row in &self.fixed {
            if let (Some(responder), Some(post)) =
                (self.responder(row.responder), self.post(row.post))
            {
                of[responder] += i64::from(row.people);
                at[post] += i64::from(row.people);
            }
        }
        (of, at)
    }

    /// What contradicts the fixed assignments, which come in the order of their rows. Every responder and
    /// post is known. O(n log n) for n rows in all.
    pub(super) fn contradictions(
        &self,
        fixed: &[FixedAssignment],
        forbidden: &Claims<(ResponderId, PostId)>,
    ) -> Vec<DispatchError> {
        let mut found = Vec::new();
        let mut of = vec![0_u64; self.responders.len()];
        let mut at = vec![0_u64; self.posts.len()];
        for (row, order) in fixed.iter().enumerate() {
            let (Some(source), Some(sink)) =
                (self.responder(order.responder), self.post(order.post))
            else {
                continue;
            };
            let &FixedAssignment { responder, post, people } = order;
            if let Some(forbidden) = forbidden.first(&(order.responder, order.post)) {
                found.push(DispatchError::FixedForbidden { row, forbidden });
            } else if let Err(by) = self.can_go(source, sink) {
                found.push(DispatchError::FixedClosed { row, responder, post, by });
            }
            let (supply, max) = (self.responders[source].supply, self.posts[sink].max);
            if let Some(people) = passes(&mut of[source], people, supply) {
                found.push(DispatchError::FixedBeyondSupply { row, responder, people, supply });
            }
            if let Some(people) = passes(&mut at[sink], people, max) {
                found.push(DispatchError::FixedBeyondMax { row, post, people, max });
            }
        }
        found
    }
}

/// Adds to a sum; says it at the one row with which it passes the limit.
fn passes(sum: &mut u64, people: u32, limit: u32) -> Option<u64> {
    let before = *sum;
    *sum += u64::from(people);
    (before <= u64::from(limit) && *sum > u64::from(limit)).then_some(*sum)
}
