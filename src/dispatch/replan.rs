//! What changes while a plan is carried out, and what that moves.

use super::{Dispatch, LivePlan, Plan};
use crate::error::Stopped;
use crate::id::{PostId, ResponderId};
use crate::solver::transport::{Defect, ProblemError};
use crate::watch::Watch;

/// What has changed since a plan was made.
///
/// A person who drops out is one less of [`Change::People`]. For a new post or a new responder,
/// [`Dispatch::changes_for_post`] and [`Dispatch::changes_for_responder`] say what a dispatch that has it makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Change {
    /// A responder is now so many people, fixed ones among them; 0 for nobody. Where fewer are left than are
    /// fixed, the others are fixed no longer, those at the least urgent posts first (of equally urgent ones those with
    /// the largest ids), and their places are free for anybody. Who comes back is not fixed again.
    People {
        /// Who.
        responder: ResponderId,
        /// How many.
        people: u32,
    },
    /// A post now needs other people; `min` and `max` of 0 for a post that is no more.
    Demand {
        /// The post.
        post: PostId,
        /// The people it must have.
        min: u32,
        /// The people it can take.
        max: u32,
        /// How urgent `min` is; 0 is the most urgent.
        priority: u32,
    },
    /// What each person of a responder costs at a post; `None` closes it to them, and those who are there leave
    /// it for nothing.
    Cost {
        /// Who.
        responder: ResponderId,
        /// Where.
        post: PostId,
        /// The cost of each of them.
        cost: Option<i64>,
        /// Whether they are lent there; it counts where [as few as possible](super::Lending::WhenShort) are to be.
        lent: bool,
    },
    /// A responder whom the plan does not know, to whom no post is open yet.
    NewResponder {
        /// Who.
        responder: ResponderId,
        /// How many.
        people: u32,
    },
    /// A post that the plan does not know, which is open to nobody yet.
    NewPost {
        /// The post.
        post: PostId,
        /// The people it must have.
        min: u32,
        /// The people it can take.
        max: u32,
        /// How urgent `min` is; 0 is the most urgent.
        priority: u32,
    },
}

/// What a list of changes can have wrong; rows are counted from 0 in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum ChangeError {
    /// A responder whom neither the plan nor a row knows.
    #[error("row {row} names unknown {responder:?}")]
    UnknownResponder {
        /// The row.
        row: usize,
        /// Who.
        responder: ResponderId,
    },
    /// A post that neither the plan nor a row knows.
    #[error("row {row} names unknown {post:?}")]
    UnknownPost {
        /// The row.
        row: usize,
        /// The post.
        post: PostId,
    },
    /// A new responder or post that is not new.
    #[error("row {row} adds what is there already")]
    NotNew {
        /// The row.
        row: usize,
    },
    /// A post that takes fewer people than it must have.
    #[error("row {row}: a post must have {min} people but takes at most {max}")]
    MinAboveMax {
        /// The row.
        row: usize,
        /// The people it must have.
        min: u32,
        /// The people it can take.
        max: u32,
    },
    /// A post that takes fewer people than are fixed there and are still there after all changes.
    #[error("row {row}: a post takes at most {people} people but {fixed} are fixed there")]
    BelowFixed {
        /// The row.
        row: usize,
        /// The people it can take.
        people: u32,
        /// The people who are fixed there.
        fixed: u32,
    },
    /// A cost too large to add up, or to tell from lending.
    #[error("row {row} costs {cost}, beyond the limit of {limit} either way")]
    CostOutOfRange {
        /// The row.
        row: usize,
        /// The cost.
        cost: i64,
        /// The largest cost of either sign here.
        limit: i64,
    },
    /// A stay price below 0 or too large to add up; no row is to blame.
    #[error("the price of a change is {price}, not from 0 to {limit}")]
    StayPrice {
        /// The price.
        price: i64,
        /// The largest there can be.
        limit: i64,
    },
    /// The plan is not what its proof says; no row is to blame.
    #[error("the proof of the plan fails: {defect}")]
    Proof {
        /// Where; sources are responders and sinks are posts, both in id order.
        defect: Defect,
    },
    /// More rows or people than the solver can count.
    #[error("too large to solve: {problem}")]
    TooLarge {
        /// What the solver says of its own rows.
        problem: ProblemError,
    },
}

impl ChangeError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownResponder { .. } => "unknown-responder",
            Self::UnknownPost { .. } => "unknown-post",
            Self::NotNew { .. } => "not-new",
            Self::MinAboveMax { .. } => "min-above-max",
            Self::BelowFixed { .. } => "below-fixed",
            Self::CostOutOfRange { .. } => "cost-out-of-range",
            Self::StayPrice { .. } => "stay-price",
            Self::Proof { .. } => "proof",
            Self::TooLarge { .. } => "too-large",
        }
    }

    /// The row of the problem; `None` where it lies in no one row.
    #[must_use]
    pub const fn row(&self) -> Option<usize> {
        match *self {
            Self::UnknownResponder { row, .. }
            | Self::UnknownPost { row, .. }
            | Self::NotNew { row }
            | Self::MinAboveMax { row, .. }
            | Self::BelowFixed { row, .. }
            | Self::CostOutOfRange { row, .. } => Some(row),
            Self::StayPrice { .. } | Self::Proof { .. } | Self::TooLarge { .. } => None,
        }
    }
}

/// People who are elsewhere than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Move {
    /// Who.
    pub responder: ResponderId,
    /// The post they leave; `None` if they had none.
    pub from: Option<PostId>,
    /// The post they go to; `None` if they have none now, or are not there any more.
    pub to: Option<PostId>,
    /// How many of them, at least 1.
    pub people: u32,
}

/// How a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Standing {
    /// The people at posts.
    pub placed: u64,
    /// The people without a post.
    pub idle: u64,
    /// The people whom posts must have and lack, of all priorities.
    pub missing: u64,
    /// What it costs, as [`Plan::cost`] counts: without any price of changes.
    pub cost: i128,
}

/// What a change of plan moved, and what that was good for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replan {
    /// Everybody who is elsewhere than before, by responder. Who dropped out is among them, with no post to go to.
    pub moves: Vec<Move>,
    /// The plan before the changes.
    pub before: Standing,
    /// What would be left of it if nobody moved who does not have to: without those who are not there any
    /// more, and without those whose post has closed to them or takes fewer. Against [`Replan::after`] it says what the
    /// moves were good for.
    pub unmoved: Standing,
    /// The new plan.
    pub after: Standing,
}

impl Replan {
    /// How many people went from one post to another.
    #[must_use]
    pub fn moved(&self) -> u64 {
        let both = self.moves.iter().filter(|step| step.from.is_some() && step.to.is_some());
        both.map(|step| u64::from(step.people)).sum()
    }
}

impl Plan {
    /// The plan as one that goes with events, and what it costs, at the level of cost, when a person leaves a
    /// post that is open to them; 0 to move them whenever it saves anything.
    ///
    /// A plan that was re-made at a higher price is solved again to begin, and so is one where as few people
    /// as possible are lent.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with [`ChangeError::StayPrice`]; [`Stopped::Cancelled`].
    pub fn live(&self, stay: i64, watch: &dyn Watch) -> Result<LivePlan, Stopped<ChangeError>> {
        LivePlan::new(self, stay, watch)
    }

    /// The best plan after some changes, where each person who leaves a post that is open to them costs the stay
    /// price, and what that moves: [`Plan::live`], one [`LivePlan::replan`] and [`LivePlan::plan`].
    ///
    /// # Errors
    ///
    /// As these.
    pub fn replan(
        &self,
        changes: &[Change],
        stay: i64,
        watch: &dyn Watch,
    ) -> Result<(Self, Replan), Stopped<ChangeError>> {
        let mut live = self.live(stay, watch)?;
        let replan = live.replan(changes, watch)?;
        Ok((live.plan(watch)?, replan))
    }
}

impl Dispatch {
    /// What a post of this dispatch changes in a plan that does not know it: the post, and the cost of everybody to
    /// whom it is open by the policy; `None` if it is unknown. [`DispatchBuilder::keep_cheapest`](super::DispatchBuilder::keep_cheapest)
    /// plays no part. O(responders).
    #[must_use]
    pub fn changes_for_post(&self, post: PostId) -> Option<Vec<Change>> {
        let at = self.ground.post(post)?;
        let row = &self.posts()[at];
        let (min, max, priority) = (row.min, row.max, row.priority);
        let new = Change::NewPost { post, min, max, priority };
        let costs =
            (0..self.responders().len()).filter_map(|responder| self.open_pair(responder, at));
        Some(std::iter::once(new).chain(costs).collect())
    }

    /// What a responder of this dispatch changes in a plan that does not know them: the responder, and what they
    /// cost at every post that is open to them by the policy; `None` if they are unknown. O(posts).
    #[must_use]
    pub fn changes_for_responder(&self, responder: ResponderId) -> Option<Vec<Change>> {
        let at = self.ground.responder(responder)?;
        let people = self.responders()[at].supply;
        let new = Change::NewResponder { responder, people };
        let costs = (0..self.posts().len()).filter_map(|post| self.open_pair(at, post));
        Some(std::iter::once(new).chain(costs).collect())
    }

    fn open_pair(&self, responder: usize, post: usize) -> Option<Change> {
        let cost = self.ground.cost(responder, post, &self.rules).ok()?;
        Some(Change::Cost {
            responder: self.responders()[responder].responder,
            post: self.posts()[post].post,
            cost: Some(cost),
            lent: self.ground.is_lent(responder, post),
        })
    }
}
