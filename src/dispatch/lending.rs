//! Who belongs to which headquarters, and how few go to another one.
//!
//! The order "as few lent people as possible, and then the least cost" goes into one number for each pair:
//! a lent pair costs a *surcharge* M more. Two plans that fill and place the same differ by exchanges along
//! cycles; a simple one alternates between responders and posts over at most 2 n pairs, n being the
//! smaller number of the two, and leaves at most one person out for another, so it changes the cost by at
//! most (2 n + 2) C where no pair and nobody without a post costs more than C either way. A price is the cost
//! of a simple path, at most (2 n + 1) C without surcharges, and a gap is one price less another and one
//! pair more, at most (4 n + 3) C. M is more than twice that: so every exchange that lends fewer people lowers
//! the sum, and every price and gap tells how many surcharges it holds.

use super::Responder;
use super::matching::{ClosedBy, Ground};
use crate::id::UnitId;
use crate::network::{Network, Tier};
use crate::solver::transport::{self, Arc, Problem};

/// Whether people of one headquarters go to posts of another one.
///
/// A responder belongs to the innermost headquarters above the unit that they state or else live in, a
/// post to the one above its unit. A responder who states neither is lent wherever they go: nobody
/// can say that they are at home.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Lending {
    /// It makes no difference.
    #[default]
    Unrestricted,
    /// Nobody is lent.
    Never,
    /// Mutual aid: as few people are lent as the people that posts must have, and the people for whom it is
    /// urgent to get a post, allow; only then the cost counts. An `unplaced_cost`, however high, is a cost like
    /// any other and lends nobody.
    WhenShort {
        /// What each lent person costs beside the policy. A host's own rule charges what it will.
        cost: i64,
    },
}

/// What a lent pair costs more in the solver's problem; 0 where it makes no difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub(super) struct Surcharge(i64);

impl Surcharge {
    /// How often a price or gap of a problem of this size can hold the largest cost, twice and a bit.
    fn factor(sources: usize, sinks: usize) -> u128 {
        8 * sources.min(sinks) as u128 + 6
    }

    /// The one for a problem of this size whose costs without it are at most so large; otherwise the
    /// largest cost for which there is one.
    pub(super) fn new(sources: usize, sinks: usize, largest: u64) -> Result<Self, u64> {
        let limit = u128::from(transport::cost_limit(sources, sinks).unsigned_abs());
        let factor = Self::factor(sources, sinks);
        let surcharge = factor * u128::from(largest) + 1;
        if surcharge + u128::from(largest) <= limit {
            i64::try_from(surcharge).map(Self).map_err(|_| 0)
        } else {
            Err(u64::try_from((limit - 1) / (factor + 1)).unwrap_or(0))
        }
    }

    /// How many surcharges a price, a gap or the cost of a pair holds, and the rest of it.
    pub(super) fn split(self, cost: i128) -> (i128, i128) {
        let surcharge = i128::from(self.0);
        if surcharge == 0 {
            return (0, cost);
        }
        let lent = (cost + surcharge / 2).div_euclid(surcharge);
        (lent, cost - lent * surcharge)
    }

    /// The cost of a pair without it.
    pub(super) fn cost_of(self, arc: &Arc) -> i64 {
        arc.cost - if self.is_lent(arc) { self.0 } else { 0 }
    }

    pub(super) fn is_lent(self, arc: &Arc) -> bool {
        self.split(arc.cost.into()).0 > 0
    }

    /// The largest cost of either sign for which it is large enough in a problem of this size, where another cost
    /// may come on top of each.
    pub(super) fn room(self, sources: usize, sinks: usize, beside: i64) -> i64 {
        let limit = transport::cost_limit(sources, sinks) - self.0 - beside;
        if self.0 == 0 {
            return limit;
        }
        let room = u128::from((self.0 - 1).unsigned_abs()) / Self::factor(sources, sinks);
        limit.min(i64::try_from(room).map_or(limit, |room| room - beside))
    }

    /// Puts it on a pair.
    pub(super) fn put_on(self, arc: &mut Arc) {
        arc.cost = arc.cost.saturating_add(self.0);
    }

    /// Whether it is large enough for a problem with these pairs and these costs of having no post, and on no
    /// pair more than once.
    pub(super) fn is_right(self, problem: &Problem) -> bool {
        let factor = Self::factor(problem.supplies().len(), problem.sinks().len());
        let is_small =
            |cost: i128| factor * cost.unsigned_abs() < u128::from(self.0.unsigned_abs());
        let fits = |arc: &Arc| {
            let (lent, cost) = self.split(arc.cost.into());
            (0..=1).contains(&lent) && is_small(cost)
        };
        let mut unplaced = (0..).zip(problem.supplies());
        self.0 == 0
            || self.0 > 0
                && problem.arcs().iter().all(fits)
                && unplaced.all(|(source, _)| is_small(problem.unplaced_price(source).cost.into()))
    }
}

/// The headquarters that a responder belongs to.
pub(super) fn headquarters_of(row: &Responder, network: &Network) -> Option<UnitId> {
    network.ancestor_at(row.headquarters.or(row.residence)?, Tier::Headquarters)
}

impl Ground {
    /// Whether a responder at a post is lent; both are indices.
    pub(super) fn is_lent(&self, responder: usize, post: usize) -> bool {
        // Every post has one.
        self.responder_headquarters[responder] != self.post_headquarters[post]
    }

    /// What lending adds to the cost of a pair by the policy.
    pub(super) fn lend(
        &self,
        responder: usize,
        post: usize,
        lending: Lending,
    ) -> Result<i64, ClosedBy> {
        match lending {
            Lending::Unrestricted => Ok(0),
            _ if !self.is_lent(responder, post) => Ok(0),
            Lending::Never => Err(ClosedBy::OtherHeadquarters),
            Lending::WhenShort { cost } => Ok(cost),
        }
    }
}
