//! The proof of a plan.

use super::FixedAssignment;
use super::plan::{Content, idle, shortages, unplaced_cost};
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
    /// Responders, posts or pairs are not those of the problem, each once and in order, or the problem
    /// does not leave out the people who are fixed.
    #[error("the responders, posts or pairs of the plan are not those of its problem")]
    Rows,
    /// What a lent person costs more is too little to come before all cost, or charged twice.
    #[error("the plan does not lend as few people as possible")]
    Lending,
    /// The assignments are not the flow.
    #[error("the assignments of the plan are not those of its solution")]
    Assignments,
    /// The people who are fixed are not at their posts.
    #[error("the fixed people of the plan are not those of its assignments")]
    Fixed,
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
            Self::Lending => "lending",
            Self::Assignments => "assignments",
            Self::Fixed => "fixed",
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

    let right = plan.surcharge.is_right(&plan.problem);
    ensure(right, PlanDefect::Lending)?;

    // The rest of the assignments are fixed people, whom the problem leaves out.
    let used = plan.solution.flow().iter().filter(|&&units| units > 0).count();
    let sorted =
        plan.assignments.is_sorted_by(|a, b| (a.post, a.responder) < (b.post, b.responder));
    let free = plan.assignments.iter().filter(|row| row.people > row.fixed).count();
    ensure(sorted && free == used, PlanDefect::Assignments)?;
    let mut filled = vec![0_u64; plan.posts.len()];
    let mut fixed = vec![0_u64; plan.posts.len()];
    let mut cost = unplaced_cost(&plan.problem, &plan.solution);
    for row in &plan.assignments {
        let (source, sink) = nodes_of(plan, row).ok_or(PlanDefect::Assignments)?;
        let (arcs, flow) = (plan.problem.arcs(), plan.solution.flow());
        let number = arcs
            .binary_search_by_key(&(source, sink), |arc| (arc.source as usize, arc.sink as usize))
            .ok();
        let right = row.people > 0
            && i64::from(row.people) - i64::from(row.fixed) == number.map_or(0, |at| flow[at])
            && number.is_none_or(|at| {
                let arc = &arcs[at];
                (plan.surcharge.cost_of(arc), plan.surcharge.is_lent(arc)) == (row.cost, row.lent)
            });
        ensure(right, PlanDefect::Assignments)?;
        filled[sink] += u64::from(row.people);
        fixed[sink] += u64::from(row.fixed);
        cost += row.total();
    }
    let mut sinks = plan.problem.sinks().iter().zip(&plan.posts).zip(fixed);
    let right = sinks.all(|((sink, post), fixed)| {
        sink.class == post.priority
            && sink.min.unsigned_abs() == u64::from(post.min).saturating_sub(fixed)
            && Some(sink.max.unsigned_abs()) == u64::from(post.max).checked_sub(fixed)
    });
    ensure(right, PlanDefect::Rows)?;
    let stated = plan.posts.iter().map(|post| u64::from(post.filled));
    ensure(stated.eq(filled), PlanDefect::Posts)?;
    let mut fixed: Vec<FixedAssignment> = plan
        .assignments
        .iter()
        .filter(|row| row.fixed > 0)
        .map(|row| FixedAssignment { responder: row.responder, post: row.post, people: row.fixed })
        .collect();
    fixed.sort_unstable();
    ensure(fixed == plan.fixed, PlanDefect::Fixed)?;
    ensure(plan.cost == cost, PlanDefect::Cost)?;

    let right = idle(&plan.problem, &plan.solution, &plan.posts, plan.surcharge)
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
    plan.responders.len() == plan.problem.supplies().len()
        && plan.problem.supplies().iter().all(|&supply| u32::try_from(supply).is_ok())
        && plan.responders.is_sorted_by(|a, b| a < b)
        && plan.posts.len() == plan.problem.sinks().len()
        && plan.posts.is_sorted_by(|a, b| a.post < b.post)
        && plan.problem.arcs().iter().all(|arc| arc.cap.is_none())
        && plan.problem.arcs().is_sorted_by(|a, b| (a.source, a.sink) < (b.source, b.sink))
}

/// The numbers of the source and the sink of an assignment.
fn nodes_of(plan: &Content, row: &super::Assignment) -> Option<(usize, usize)> {
    let source = plan.responders.binary_search(&row.responder).ok()?;
    let sink = plan.posts.binary_search_by_key(&row.post, |post| post.post).ok()?;
    Some((source, sink))
}
