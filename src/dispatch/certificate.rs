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
    let (arcs, flow) = (plan.problem.arcs(), plan.solution.flow());
    let mut used =
        (0..arcs.len()).filter(|&at| flow[at] > 0).map(|at| (arcs[at].source, arcs[at].sink));
    let used = used.by_ref().fold((0, None), |(count, last), pair| {
        (count + usize::from(last != Some(pair)), Some(pair))
    });
    let sorted =
        plan.assignments.is_sorted_by(|a, b| (a.post, a.responder) < (b.post, b.responder));
    let free = plan.assignments.iter().filter(|row| row.people > row.fixed).count();
    ensure(sorted && free == used.0, PlanDefect::Assignments)?;
    let mut filled = vec![0_u64; plan.posts.len()];
    let mut fixed = vec![0_u64; plan.posts.len()];
    let mut cost = unplaced_cost(&plan.problem, plan.solution.unplaced());
    for row in &plan.assignments {
        let (source, sink) = nodes_of(plan, row).ok_or(PlanDefect::Assignments)?;
        let pair = |arc: &transport::Arc| (arc.source as usize, arc.sink as usize);
        let first = arcs.partition_point(|arc| pair(arc) < (source, sink));
        let len = arcs[first..].partition_point(|arc| pair(arc) == (source, sink));
        let of_pair = first..first + len;
        let free: i64 = flow[of_pair.clone()].iter().sum();
        let right = row.people > 0
            && i64::from(row.people) - i64::from(row.fixed) == free
            && of_pair.into_iter().all(|at| {
                let cost = plan.surcharge.cost_of(&arcs[at]) + plan.stays.off(at);
                (cost, plan.surcharge.is_lent(&arcs[at])) == (row.cost, row.lent)
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

    let right = idle(&plan.problem, &plan.solution, &plan.posts, (plan.surcharge, &plan.stays))
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
        && has_right_arcs(plan)
}

/// Every pair is one arc without a limit, or before it another one for the people who stay; those who stay cost
/// less by the price that the plan states.
fn has_right_arcs(plan: &Content) -> bool {
    let (arcs, stays) = (plan.problem.arcs(), &plan.stays);
    let known = stays.arcs.iter().all(|&arc| (arc as usize) < arcs.len());
    let pairs = arcs.chunk_by(|a, b| (a.source, a.sink) == (b.source, b.sink));
    let mut first = 0;
    let right = pairs.into_iter().all(|pair| {
        let at = first;
        first += pair.len();
        match pair {
            [arc] => arc.cap.is_none(),
            [some, rest] => {
                some.cap.is_some()
                    && rest.cap.is_none()
                    && stays.off(at) > 0
                    && stays.off(at + 1) == 0
            }
            _ => false,
        }
    });
    let sorted = arcs.is_sorted_by(|a, b| (a.source, a.sink) <= (b.source, b.sink));
    known && right && sorted && stays.price >= 0 && stays.arcs.is_sorted_by(|a, b| a < b)
}

/// The numbers of the source and the sink of an assignment.
fn nodes_of(plan: &Content, row: &super::Assignment) -> Option<(usize, usize)> {
    let source = plan.responders.binary_search(&row.responder).ok()?;
    let sink = plan.posts.binary_search_by_key(&row.post, |post| post.post).ok()?;
    Some((source, sink))
}
