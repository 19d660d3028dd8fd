//! Who has no post, and why.

use super::{PostStatus, Stays, narrow};
use crate::dispatch::lending::Surcharge;
use crate::dispatch::matching::ClosedBy;
use crate::id::{PostId, ResponderId};
use crate::solver::transport::{Arc, Problem, Solution};

/// How many posts are closed to a responder, by the first rule of the [module](crate::dispatch) that closes them.
/// All other posts are open to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Closed {
    /// The pair is forbidden.
    pub forbidden: u32,
    /// They lack a required skill.
    pub lacks_skill: u32,
    /// They are not available for the whole duty.
    pub not_available: u32,
    /// Something in the ledger keeps too many of them from duty.
    pub not_eligible: u32,
    /// By the ledger, too few of them are free for the duty.
    pub committed: u32,
    /// They belong to another headquarters, and nobody is lent.
    pub other_headquarters: u32,
    /// There is a limit, and the distance is not known.
    pub distance_unknown: u32,
    /// The distance is greater than the limit.
    pub too_far: u32,
    /// The host's own rule said no.
    pub declined: u32,
    /// Enough cheaper posts are open to them.
    pub left_out: u32,
}

impl Closed {
    /// The sum: how many posts are closed to them in all.
    #[must_use]
    pub fn posts(&self) -> u64 {
        let Self { forbidden, lacks_skill, not_available, not_eligible, committed, .. } = *self;
        let Self { other_headquarters, distance_unknown, too_far, declined, left_out, .. } = *self;
        let who = [forbidden, lacks_skill, not_available, not_eligible, committed];
        let other = [other_headquarters, distance_unknown, too_far, declined, left_out];
        who.into_iter().chain(other).map(u64::from).sum()
    }

    /// So many posts more open, or close if it is below 0: what closes, a change of the host's has closed, and what opens,
    /// the last rule did that closes any.
    pub(in crate::dispatch) fn open(&mut self, posts: i64) {
        let mut posts = posts;
        if let Ok(closed) = u32::try_from(-posts) {
            self.declined += closed;
            return;
        }
        let Self { forbidden, lacks_skill, not_available, not_eligible, committed, .. } = self;
        let Self { other_headquarters, distance_unknown, too_far, declined, left_out, .. } = self;
        let who = [forbidden, lacks_skill, not_available, not_eligible, committed];
        let other = [other_headquarters, distance_unknown, too_far, left_out, declined];
        for rule in who.into_iter().chain(other).rev() {
            let opened = posts.min(i64::from(*rule));
            *rule -= narrow(opened);
            posts -= opened;
        }
    }

    pub(in crate::dispatch) const fn by(&mut self, refusal: ClosedBy) -> &mut u32 {
        match refusal {
            ClosedBy::Forbidden => &mut self.forbidden,
            ClosedBy::LacksSkill => &mut self.lacks_skill,
            ClosedBy::NotAvailable => &mut self.not_available,
            ClosedBy::NotEligible => &mut self.not_eligible,
            ClosedBy::Committed => &mut self.committed,
            ClosedBy::OtherHeadquarters => &mut self.other_headquarters,
            ClosedBy::DistanceUnknown => &mut self.distance_unknown,
            ClosedBy::TooFar => &mut self.too_far,
            ClosedBy::Declined => &mut self.declined,
        }
    }
}

/// Why people have no post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum IdleReason {
    /// No post is open to them; [`Idle::closed`] says why.
    NoOpenPost,
    /// Every post that is open to them has all the people it can take.
    PostsFull,
    /// Every post that is open to them has the people it must have, and for them it is not urgent to get
    /// one. This one is the cheapest that could take more; a person there would bring nothing, and be lent
    /// or cost no less than one without a post. Posts to which they are not lent count as cheaper.
    NotNeeded {
        /// The post; of equally cheap ones the one with the smallest id.
        post: PostId,
        /// What a person there would cost: their `unplaced_cost` or more, 0 or more if they state none;
        /// where they would be lent, anything.
        cost: i64,
    },
}

/// People without a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Idle {
    /// Who.
    pub responder: ResponderId,
    /// How many of them, at least 1.
    pub people: u32,
    /// Why.
    pub reason: IdleReason,
    /// The posts that are closed to them.
    pub closed: Closed,
}

/// Every source that keeps people: its index, how many posts are open to them, and their number and
/// reason. Arcs come by source.
pub(in crate::dispatch) fn idle<'a>(
    problem: &'a Problem,
    solution: &'a Solution,
    posts: &'a [PostStatus],
    charges: (Surcharge, &'a Stays),
) -> impl Iterator<Item = (usize, usize, (u32, IdleReason))> + 'a {
    let mut arcs = problem.arcs();
    let mut first = 0;
    solution.unplaced().iter().enumerate().filter_map(move |(source, &units)| {
        let len = arcs.iter().take_while(|arc| arc.source as usize == source).count();
        let (open, rest) = arcs.split_at(len);
        let number = first;
        first += len;
        arcs = rest;
        (units > 0).then(|| {
            let reason = reason(number, open, posts, charges);
            (source, pairs(open), (narrow(units), reason))
        })
    })
}

/// How many pairs these arcs are; those of one pair come together.
pub(in crate::dispatch) fn pairs(arcs: &[Arc]) -> usize {
    arcs.chunk_by(|a, b| a.sink == b.sink).count()
}

/// Why a source keeps people in a best flow, with these arcs from a number on.
fn reason(
    first: usize,
    open: &[Arc],
    posts: &[PostStatus],
    (surcharge, stays): (Surcharge, &Stays),
) -> IdleReason {
    if open.is_empty() {
        return IdleReason::NoOpenPost;
    }
    let with_room = (first..).zip(open).filter(|(_, arc)| {
        let post = &posts[arc.sink as usize];
        post.filled < post.max
    });
    let cheapest = with_room.min_by_key(|(_, arc)| (arc.cost, arc.sink));
    cheapest.map_or(IdleReason::PostsFull, |(number, arc)| {
        let cost = surcharge.cost_of(arc) + stays.off(number);
        IdleReason::NotNeeded { post: posts[arc.sink as usize].post, cost }
    })
}
