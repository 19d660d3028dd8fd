//! The answer: who goes where, who stays, what is missing and why.

use std::sync::Arc;

use super::certificate::{self, PlanDefect};
use super::matching::ClosedBy;
use crate::id::{PostId, ResponderId};
use crate::solver::transport::{self, Problem, Solution};

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
/// spare: every person to whom a post of T is open is at one. T only grows from priority to priority, so
/// `joining` lists only the posts that were not in it yet; [`Plan::short_posts`] lists a whole T and
/// [`Plan::short_responders`] the people for it. A priority that is itself filled has no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shortage {
    /// The priority.
    pub priority: u32,
    /// The posts that join T here, by id; all are of this or of a more urgent priority.
    pub joining: Vec<PostId>,
    /// The people that all of T must have.
    pub needed: u64,
    /// The people to whom at least one post of T is open.
    pub reach: u64,
    /// The people that posts of this and of more urgent priorities are short of.
    pub missing: u64,
}

/// How many posts are closed to a responder, by the first rule of the [module](super) that closes them.
/// All other posts are open to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Closed {
    /// They lack a required skill.
    pub lacks_skill: u32,
    /// They are not available for the whole duty.
    pub not_available: u32,
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
        let Self { lacks_skill, not_available, distance_unknown, too_far, declined, left_out } =
            *self;
        [lacks_skill, not_available, distance_unknown, too_far, declined, left_out]
            .map(u64::from)
            .iter()
            .sum()
    }

    pub(super) const fn by(&mut self, refusal: ClosedBy) -> &mut u32 {
        match refusal {
            ClosedBy::LacksSkill => &mut self.lacks_skill,
            ClosedBy::NotAvailable => &mut self.not_available,
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
    /// one. This one is the cheapest that could take more; a person there would bring nothing, and cost no
    /// less than one without a post.
    NotNeeded {
        /// The post; of equally cheap ones the one with the smallest id.
        post: PostId,
        /// What a person there would cost: their `unplaced_cost` or more, 0 or more if they state none.
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
    pub(super) assignments: Vec<Assignment>,
    pub(super) posts: Vec<PostStatus>,
    pub(super) shortages: Vec<Shortage>,
    pub(super) idle: Vec<Idle>,
    pub(super) left_out: u64,
    pub(super) cost: i128,
    /// The sources of the problem, as `posts` are its sinks.
    pub(super) responders: Vec<ResponderId>,
    pub(super) problem: Problem,
    pub(super) solution: Solution,
}

impl Plan {
    /// Puts a solution into the words of the domain. Arcs come by source and then by sink.
    pub(super) fn new(
        problem: Problem,
        solution: Solution,
        responders: Vec<ResponderId>,
        posts: &[PostId],
        closed: &[Closed],
    ) -> Self {
        let mut filled = vec![0; posts.len()];
        let mut assignments = Vec::new();
        for (arc, &units) in problem.arcs().iter().zip(solution.flow()) {
            filled[arc.sink as usize] += units;
            if units > 0 {
                assignments.push(Assignment {
                    post: posts[arc.sink as usize],
                    responder: responders[arc.source as usize],
                    people: narrow(units),
                    cost: arc.cost,
                });
            }
        }
        assignments.sort_unstable();
        let posts: Vec<PostStatus> = posts
            .iter()
            .zip(problem.sinks())
            .zip(filled)
            .map(|((&post, sink), filled)| PostStatus {
                post,
                priority: sink.class,
                min: narrow(sink.min),
                max: narrow(sink.max),
                filled: narrow(filled),
            })
            .collect();
        let idle = idle(&problem, &solution, &posts)
            .map(|(source, _, (people, reason))| Idle {
                responder: responders[source],
                people,
                reason,
                closed: closed[source],
            })
            .collect();
        let content = Content {
            #[cfg(feature = "serde")]
            format: crate::format::Format,
            assignments,
            shortages: shortages(&solution, &posts).collect(),
            posts,
            idle,
            left_out: closed.iter().map(|closed| u64::from(closed.left_out)).sum(),
            cost: solution.cost(),
            responders,
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

    /// The total cost: that of the assignments and, where they state one, of people without a post.
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.content.cost
    }

    /// The problem that the plan solves: its sources are the responders and its sinks the posts, both in
    /// id order; an arc is an open pair.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.content.problem
    }

    /// The solver's solution, with the prices that prove it.
    #[must_use]
    pub fn solution(&self) -> &Solution {
        &self.content.solution
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

/// Every source that keeps people: its index, how many posts are open to them, and their number and
/// reason. Arcs come by source.
pub(super) fn idle<'a>(
    problem: &'a Problem,
    solution: &'a Solution,
    posts: &'a [PostStatus],
) -> impl Iterator<Item = (usize, usize, (u32, IdleReason))> + 'a {
    let mut arcs = problem.arcs();
    solution.unplaced().iter().enumerate().filter_map(move |(source, &units)| {
        let len = arcs.iter().take_while(|arc| arc.source as usize == source).count();
        let (open, rest) = arcs.split_at(len);
        arcs = rest;
        (units > 0).then(|| (source, len, (narrow(units), reason(open, posts))))
    })
}

/// Why a source with these arcs keeps people in a best flow.
fn reason(open: &[transport::Arc], posts: &[PostStatus]) -> IdleReason {
    if open.is_empty() {
        return IdleReason::NoOpenPost;
    }
    let with_room = open.iter().filter(|arc| {
        let post = &posts[arc.sink as usize];
        post.filled < post.max
    });
    with_room.min_by_key(|arc| (arc.cost, arc.sink)).map_or(IdleReason::PostsFull, |arc| {
        IdleReason::NotNeeded { post: posts[arc.sink as usize].post, cost: arc.cost }
    })
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
