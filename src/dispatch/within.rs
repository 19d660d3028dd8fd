//! The best plan so far, where there is no time for the best.

use std::sync::Arc;

use super::certificate::PlanDefect;
use super::plan::{Stays, people_at_posts, unplaced_cost};
use super::{Asked, Assignment, Plan, PostStatus};
use crate::id::ResponderId;
use crate::solver::transport::{BestSoFar, Problem, Worth};

/// What [`Dispatch::solve_within`](super::Dispatch::solve_within) found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanWithin {
    /// The best plan, with its proof.
    Best(Plan),
    /// The work was not enough to prove that no plan is better.
    Stopped(PlanSoFar),
}

/// A plan that keeps every rule, and a bound that no plan goes below. A clone shares everything.
///
/// Why somebody is idle or a post is short is left open: of a better plan it would not be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSoFar {
    content: Arc<Content>,
}

#[derive(Debug, PartialEq, Eq)]
struct Content {
    assignments: Vec<Assignment>,
    posts: Vec<PostStatus>,
    without_post: Vec<(ResponderId, u32)>,
    left_out: u64,
    cost: i128,
    problem: Problem,
    solution: BestSoFar,
}

impl PlanSoFar {
    pub(super) fn new(asked: Asked, solution: BestSoFar) -> Self {
        let Asked { problem, responders, posts, closed, fixed, surcharge } = asked;
        let charges = (surcharge, &Stays::default());
        let (assignments, posts) =
            people_at_posts(&problem, solution.flow(), &responders, &posts, fixed, charges);
        let there: i128 = assignments.iter().map(Assignment::total).sum();
        let cost = there + unplaced_cost(&problem, solution.unplaced());
        let unplaced = responders.into_iter().zip(solution.unplaced());
        let unplaced = unplaced.filter(|&(_, &people)| people > 0);
        let without_post = unplaced.map(|(who, &people)| (who, super::plan::narrow(people)));
        let without_post = without_post.collect();
        let left_out = closed.iter().map(|closed| u64::from(closed.left_out)).sum();
        let content =
            Content { assignments, posts, without_post, left_out, cost, problem, solution };
        Self { content: Arc::new(content) }
    }

    /// Who goes where, by post and responder.
    #[must_use]
    pub fn assignments(&self) -> &[Assignment] {
        &self.content.assignments
    }

    /// What each post asked for and got, by id.
    #[must_use]
    pub fn posts(&self) -> &[PostStatus] {
        &self.content.posts
    }

    /// The people without a post, by responder.
    #[must_use]
    pub fn without_post(&self) -> &[(ResponderId, u32)] {
        &self.content.without_post
    }

    /// The pairs that [`DispatchBuilder::keep_cheapest`](super::DispatchBuilder::keep_cheapest) left out; where
    /// there are any, the bound is one for the other pairs.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.content.left_out
    }

    /// The total cost, as that of a [`Plan`](Plan::cost).
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.content.cost
    }

    /// How much better the best plan is at the most.
    ///
    /// No plan fills more than `level` of the places that posts must have filled and here are not, those people
    /// counted in for whom it is urgent to get a post; places and people of more urgent priorities count
    /// more than 1 each. Where `level` is 0, no plan costs less by more than `cost`, in the terms of
    /// [`PlanSoFar::problem`].
    #[must_use]
    pub fn gap(&self) -> Worth {
        self.solution().gap()
    }

    /// The problem that the plan solves, as of [`Plan::problem`].
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.content.problem
    }

    /// The solver's flow so far, with the prices that prove the bound.
    #[must_use]
    pub fn solution(&self) -> &BestSoFar {
        &self.content.solution
    }

    /// Checks that the flow is feasible and its bound proven, from the problem alone.
    ///
    /// # Cost
    ///
    /// O(open pairs).
    ///
    /// # Errors
    ///
    /// [`PlanDefect::Proof`].
    pub fn certify(&self) -> Result<(), PlanDefect> {
        self.solution().certify(self.problem()).map_err(|defect| PlanDefect::Proof { defect })
    }
}
