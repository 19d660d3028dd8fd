//! The answer: who goes where, who stays, what is missing and why.

mod idle;

use std::sync::Arc;

use super::FixedAssignment;
use super::certificate::{self, PlanDefect};
use super::lending::Surcharge;
use crate::id::{PostId, ResponderId};
use crate::solver::transport::{Problem, Solution};

pub use self::idle::{Closed, Idle, IdleReason};
pub(super) use self::idle::{idle, pairs};

/// People of one responder at one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assignment {
    /// Where.
    pub post: PostId,
    /// Who.
    pub responder: ResponderId,
    /// How many of them, at least 1.
    pub people: u32,
    /// The cost of each.
    pub cost: i64,
    /// How many of them are [fixed](super::FixedAssignment) there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fixed: u32,
    /// Whether they are lent to another headquarters, where [that counts](super::Lending::WhenShort).
    #[cfg_attr(feature = "serde", serde(default))]
    pub lent: bool,
}

impl Assignment {
    /// The cost of all of them.
    pub(super) fn total(&self) -> i128 {
        i128::from(self.people) * i128::from(self.cost)
    }
}

/// What a post asked for and what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PostStatus {
    /// The post.
    pub post: PostId,
    /// How urgent `min` is; 0 is the most urgent.
    pub priority: u32,
    /// The people it must have.
    pub min: u32,
    /// The people it can take.
    pub max: u32,
    /// The people sent to it.
    pub filled: u32,
}

impl PostStatus {
    /// The people it is short of.
    #[must_use]
    pub const fn unfilled(&self) -> u32 {
        self.min.saturating_sub(self.filled)
    }
}

/// Why posts of a priority and of more urgent ones are short of people: a set T of posts that together
/// must have more people than there are for them.
///
/// `missing = needed - reach` is exactly what these priorities lack, and no post of T has a person to
/// spare: every person to whom a post of T is open is at one. People who are [fixed](super::FixedAssignment)
/// anywhere, and the places that they fill, count on neither side. T only grows from priority to priority, so
/// `joining` lists only the posts that were not in it yet; [`Plan::short_posts`] lists a whole T and
/// [`Plan::short_responders`] the people for it. A priority that is itself filled has no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shortage {
    /// The priority.
    pub priority: u32,
    /// The posts that join T here, by id; all are of this or of a more urgent priority.
    pub joining: Vec<PostId>,
    /// The people that all of T must have beside fixed ones.
    pub needed: u64,
    /// The people to whom at least one post of T is open and who are not fixed.
    pub reach: u64,
    /// The people that posts of this and of more urgent priorities are short of.
    pub missing: u64,
}

/// The best assignment, with its proof. A clone shares everything.
///
/// Its serialised form holds all that is shown here and the proof: the solver's problem and solution.
/// Reading refuses a plan that does not pass [`Plan::certify`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "Content"))]
pub struct Plan {
    content: Arc<Content>,
}

#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Content {
    #[cfg(feature = "serde")]
    pub(super) format: crate::format::Format<1>,
    /// By responder and post. Files of before had nobody fixed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) fixed: Vec<FixedAssignment>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) posts: Vec<PostStatus>,
    pub(super) shortages: Vec<Shortage>,
    pub(super) idle: Vec<Idle>,
    pub(super) left_out: u64,
    pub(super) cost: i128,
    /// The sources of the problem, as `posts` are its sinks.
    pub(super) responders: Vec<ResponderId>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) surcharge: Surcharge,
    /// The posts closed to each responder. Files of before have those of idle ones only.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) closed: Vec<Closed>,
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) stays: Stays,
    pub(super) problem: Problem,
    pub(super) solution: Solution,
}

/// The arcs of a re-made plan that are for people who stay, and what they cost less.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Stays {
    pub(super) price: i64,
    /// Their numbers, in ascending order.
    pub(super) arcs: Vec<u32>,
}

impl Stays {
    /// What an arc costs less.
    pub(super) fn off(&self, arc: usize) -> i64 {
        let known = u32::try_from(arc).is_ok_and(|arc| self.arcs.binary_search(&arc).is_ok());
        if known { self.price } else { 0 }
    }
}

impl Plan {
    /// Puts a solution into the words of the domain, beside the people who are fixed. Those come by
    /// responder and post, arcs by source and sink, and posts are ids with priority, `min` and `max`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a plan, put together in two places"
    )]
    pub(super) fn new(
        problem: Problem,
        solution: Solution,
        responders: Vec<ResponderId>,
        posts: &[(PostId, u32, u32, u32)],
        closed: Vec<Closed>,
        fixed: Vec<Assignment>,
        surcharge: Surcharge,
        stays: Stays,
    ) -> Self {
        let orders = fixed.iter().map(|&Assignment { responder, post, people, .. }| {
            FixedAssignment { responder, post, people }
        });
        let orders = orders.collect();
        let charges = (surcharge, &stays);
        let (assignments, posts) =
            people_at_posts(&problem, solution.flow(), &responders, posts, fixed, charges);
        let idle = idle(&problem, &solution, &posts, (surcharge, &stays))
            .map(|(source, _, (people, reason))| Idle {
                responder: responders[source],
                people,
                reason,
                closed: closed[source],
            })
            .collect();
        let there: i128 = assignments.iter().map(Assignment::total).sum();
        let cost = there + unplaced_cost(&problem, solution.unplaced());
        let content = Content {
            #[cfg(feature = "serde")]
            format: crate::format::Format,
            fixed: orders,
            assignments,
            shortages: shortages(&solution, &posts).collect(),
            posts,
            idle,
            left_out: closed.iter().map(|closed| u64::from(closed.left_out)).sum(),
            cost,
            responders,
            surcharge,
            closed,
            stays,
            problem,
            solution,
        };
        Self { content: Arc::new(content) }
    }

    /// Who goes where, by post and then by responder.
    #[must_use]
    pub fn assignments(&self) -> &[Assignment] {
        &self.content.assignments
    }

    /// The people sent to one post, by responder. O(log n).
    #[must_use]
    pub fn at(&self, post: PostId) -> &[Assignment] {
        let all = self.assignments();
        let start = all.partition_point(|row| row.post < post);
        let end = all.partition_point(|row| row.post <= post);
        &all[start..end]
    }

    /// Who had to be where, by responder and then by post.
    #[must_use]
    pub fn fixed(&self) -> &[FixedAssignment] {
        &self.content.fixed
    }

    /// What every post got, by post.
    #[must_use]
    pub fn posts(&self) -> &[PostStatus] {
        &self.content.posts
    }

    /// The reason for what is missing: an entry for every priority that is short of people, the most
    /// urgent first; empty if every post has the people it must have.
    #[must_use]
    pub fn shortages(&self) -> &[Shortage] {
        &self.content.shortages
    }

    /// The set T of posts that proves what a priority and the more urgent ones lack, by id; empty if they
    /// lack nothing. See [`Shortage`]. O(n log n) for n posts in it.
    #[must_use]
    pub fn short_posts(&self, priority: u32) -> Vec<PostId> {
        let sinks = self.content.solution.short_sinks(priority);
        sinks.into_iter().map(|sink| self.posts()[sink as usize].post).collect()
    }

    /// The responders to whom a post of [`Plan::short_posts`] is open, by id: all there are for them, and
    /// too few. O(open pairs).
    #[must_use]
    pub fn short_responders(&self, priority: u32) -> Vec<ResponderId> {
        let mut short = vec![false; self.posts().len()];
        for sink in self.content.solution.short_sinks(priority) {
            short[sink as usize] = true;
        }
        let arcs = self.content.problem.arcs().iter().filter(|arc| short[arc.sink as usize]);
        let mut sources: Vec<u32> = arcs.map(|arc| arc.source).collect();
        sources.dedup();
        sources.into_iter().map(|source| self.content.responders[source as usize]).collect()
    }

    /// The people without a post, by responder.
    #[must_use]
    pub fn idle(&self) -> &[Idle] {
        &self.content.idle
    }

    /// The pairs that [`DispatchBuilder::keep_cheapest`](super::DispatchBuilder::keep_cheapest) left out;
    /// where there are any, the plan is the best for the other pairs, and so are its reasons.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.content.left_out
    }

    /// The responders that the plan knows, by id.
    #[must_use]
    pub fn responders(&self) -> &[ResponderId] {
        &self.content.responders
    }

    /// The total cost: that of the assignments, fixed people included, and, where they state one, of people
    /// without a post.
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.content.cost
    }

    /// How many people are lent to another headquarters, where [that counts](super::Lending::WhenShort).
    /// O(assignments).
    #[must_use]
    pub fn lent(&self) -> u64 {
        let lent = self.assignments().iter().filter(|row| row.lent);
        lent.map(|row| u64::from(row.people)).sum()
    }

    /// The problem that the plan solves: its sources are the responders and its sinks the posts, both in
    /// id order, without the people who are fixed and the places that they fill; an arc is an open pair.
    ///
    /// Under [`Lending::WhenShort`](super::Lending::WhenShort) an arc that lends costs a large number
    /// more, so that one lent person fewer is worth any cost. Only the problem and the solution show it.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.content.problem
    }

    pub(super) fn surcharge(&self) -> Surcharge {
        self.content.surcharge
    }

    /// The solver's solution, with the prices that prove it.
    #[must_use]
    pub fn solution(&self) -> &Solution {
        &self.content.solution
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    /// Checks the proof of the solution and everything that the plan says against it.
    ///
    /// That the open pairs and their costs are those of the domain is not part of it: they stand in
    /// [`Plan::problem`], and [`Dispatch::cost`](super::Dispatch::cost) says what they must be.
    ///
    /// # Cost
    ///
    /// O(p + n log n) for p open pairs and n responders and posts.
    ///
    /// # Errors
    ///
    /// The first [`PlanDefect`] found.
    pub fn certify(&self) -> Result<(), PlanDefect> {
        certificate::certify(&self.content)
    }
}

/// Who a flow sends to each post, beside those who are fixed, and what every post gets so.
pub(super) fn people_at_posts(
    problem: &Problem,
    flow: &[i64],
    responders: &[ResponderId],
    posts: &[(PostId, u32, u32, u32)],
    fixed: Vec<Assignment>,
    (surcharge, stays): (Surcharge, &Stays),
) -> (Vec<Assignment>, Vec<PostStatus>) {
    let mut assignments = fixed;
    for (number, (arc, &units)) in problem.arcs().iter().zip(flow).enumerate() {
        if units > 0 {
            assignments.push(Assignment {
                post: posts[arc.sink as usize].0,
                responder: responders[arc.source as usize],
                people: narrow(units),
                cost: surcharge.cost_of(arc) + stays.off(number),
                fixed: 0,
                lent: surcharge.is_lent(arc),
            });
        }
    }
    // Stable: of one pair, the fixed people come first and take in the others.
    assignments.sort_by_key(|row| (row.post, row.responder));
    assignments.dedup_by(|next, last| {
        let same = (next.post, next.responder) == (last.post, last.responder);
        last.people += if same { next.people } else { 0 };
        same
    });
    let mut posts: Vec<PostStatus> = posts
        .iter()
        .map(|&(post, priority, min, max)| PostStatus { post, priority, min, max, filled: 0 })
        .collect();
    let mut there = &assignments[..];
    for post in &mut posts {
        let (here, rest) = there.split_at(there.partition_point(|row| row.post <= post.post));
        post.filled = here.iter().map(|row| row.people).sum();
        there = rest;
    }
    (assignments, posts)
}

/// What people without a post cost.
pub(super) fn unplaced_cost(problem: &Problem, unplaced: &[i64]) -> i128 {
    let unplaced = (0..).zip(unplaced);
    let costs = unplaced.map(|(source, &people)| {
        i128::from(people) * i128::from(problem.unplaced_price(source).cost)
    });
    costs.sum()
}

/// The shortages of a solution in the words of the domain.
pub(super) fn shortages<'a>(
    solution: &'a Solution,
    posts: &'a [PostStatus],
) -> impl Iterator<Item = Shortage> + 'a {
    solution.shortages().iter().map(|shortage| Shortage {
        priority: shortage.class,
        joining: shortage.joining.iter().map(|&sink| posts[sink as usize].post).collect(),
        needed: shortage.demand.unsigned_abs(),
        reach: shortage.reach.unsigned_abs(),
        missing: shortage.missing.unsigned_abs(),
    })
}

/// A number of the solver that came from, or is bounded by, a number of people in one row.
pub(super) fn narrow(units: i64) -> u32 {
    debug_assert!(u32::try_from(units).is_ok());
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Arc, Content, Plan, PlanDefect};

    impl TryFrom<Content> for Plan {
        type Error = PlanDefect;

        fn try_from(content: Content) -> Result<Self, PlanDefect> {
            let plan = Self { content: Arc::new(content) };
            plan.certify().map(|()| plan)
        }
    }

    impl serde::Serialize for Plan {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.content.serialize(serializer)
        }
    }
}
