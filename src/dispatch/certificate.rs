//! The proof of a plan.

use super::plan::{Content, idle, shortages};
use crate::solver::transport::{self, Defect};

/// What is wrong with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum PlanDefect {
    /// The solution is not a best one of the problem.
    #[error("the proof of the plan fails: {defect}")]
    Proof {
        /// Where; sources are responders and sinks are posts, both in id order.
        defect: Defect,
    },
    /// Responders, posts or pairs are not those of the problem, each once and in order.
    #[error("the responders, posts or pairs of the plan are not those of its problem")]
    Rows,
    /// The assignments are not the flow.
    #[error("the assignments of the plan are not those of its solution")]
    Assignments,
    /// A post got another number of people than the assignments say.
    #[error("the posts of the plan do not have the people of its assignments")]
    Posts,
    /// The total cost is not that of the solution.
    #[error("the cost of the plan is not that of its solution")]
    Cost,
    /// Idle people are missing, too many, or idle for another reason.
    #[error("the idle responders of the plan are not those of its solution")]
    Idle,
    /// The shortages are not those of the solution.
    #[error("the shortages of the plan are not those of its solution")]
    Shortages,
}

impl PlanDefect {
    /// The stable code of the defect, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Proof { .. } => "proof",
            Self::Rows => "rows",
            Self::Assignments => "assignments",
            Self::Posts => "posts",
            Self::Cost => "cost",
            Self::Idle => "idle",
            Self::Shortages => "shortages",
        }
    }
}

/// Every check passes, or the first defect.
pub(super) fn certify(plan: &Content) -> Result<(), PlanDefect> {
    transport::certify(&plan.problem, &plan.solution)
        .map_err(|defect| PlanDefect::Proof { defect })?;
    ensure(has_right_rows(plan), PlanDefect::Rows)?;

    let used = plan.solution.flow().iter().filter(|&&units| units > 0).count();
    let sorted =
        plan.assignments.is_sorted_by(|a, b| (a.post, a.responder) < (b.post, b.responder));
    ensure(sorted && plan.assignments.len() == used, PlanDefect::Assignments)?;
    let mut filled = vec![0_u64; plan.posts.len()];
    for row in &plan.assignments {
        let number = arc_of(plan, row).ok_or(PlanDefect::Assignments)?;
        let (arc, units) = (&plan.problem.arcs()[number], plan.solution.flow()[number]);
        let right = row.people > 0 && units == i64::from(row.people) && arc.cost == row.cost;
        ensure(right, PlanDefect::Assignments)?;
        filled[arc.sink as usize] += u64::from(row.people);
    }
    let stated = plan.posts.iter().map(|post| u64::from(post.filled));
    ensure(stated.eq(filled), PlanDefect::Posts)?;
    ensure(plan.cost == plan.solution.cost(), PlanDefect::Cost)?;

    let right = idle(&plan.problem, &plan.solution, &plan.posts)
        .map(|(source, open, idle)| (plan.responders[source], Some(open as u64), idle));
    let all = plan.posts.len() as u64;
    let stated = plan
        .idle
        .iter()
        .map(|row| (row.responder, all.checked_sub(row.closed.posts()), (row.people, row.reason)));
    ensure(stated.eq(right), PlanDefect::Idle)?;
    let right = shortages(&plan.solution, &plan.posts);
    ensure(right.eq(plan.shortages.iter().cloned()), PlanDefect::Shortages)
}

fn ensure(right: bool, defect: PlanDefect) -> Result<(), PlanDefect> {
    if right { Ok(()) } else { Err(defect) }
}

/// The responders, posts and pairs are those of the problem, each once and in order.
fn has_right_rows(plan: &Content) -> bool {
    let sinks = plan.problem.sinks();
    plan.responders.len() == plan.problem.supplies().len()
        && plan.problem.supplies().iter().all(|&supply| u32::try_from(supply).is_ok())
        && plan.responders.is_sorted_by(|a, b| a < b)
        && plan.posts.len() == sinks.len()
        && plan.posts.is_sorted_by(|a, b| a.post < b.post)
        && plan.posts.iter().zip(sinks).all(|(post, sink)| {
            (i64::from(post.min), i64::from(post.max), post.priority)
                == (sink.min, sink.max, sink.class)
        })
        && plan.problem.arcs().iter().all(|arc| arc.cap.is_none())
        && plan.problem.arcs().is_sorted_by(|a, b| (a.source, a.sink) < (b.source, b.sink))
}

/// The number of the arc of an assignment.
fn arc_of(plan: &Content, row: &super::Assignment) -> Option<usize> {
    let source = plan.responders.binary_search(&row.responder).ok()?;
    let sink = plan.posts.binary_search_by_key(&row.post, |post| post.post).ok()?;
    let arcs = plan.problem.arcs();
    arcs.binary_search_by_key(&(source, sink), |arc| (arc.source as usize, arc.sink as usize)).ok()
}
