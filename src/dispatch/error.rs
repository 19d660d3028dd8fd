//! What the tables of a dispatch can have wrong.

use crate::id::{PostId, ResponderId, UnitId};
use crate::solver::transport::ProblemError;

/// Which table of a [`DispatchBuilder`](super::DispatchBuilder) a problem stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Table {
    /// The responders.
    Responders,
    /// When responders are available.
    Availability,
    /// The posts.
    Posts,
    /// Which home unit is paired with which unit of the network.
    Pairings,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Responders => "responder",
            Self::Availability => "availability",
            Self::Posts => "post",
            Self::Pairings => "pairing",
        })
    }
}

/// What a dispatch refuses. Rows count from 0 in each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum DispatchError {
    /// Row numbers are 32 bits wide.
    #[error("{rows} rows of the {table} table do not fit in 32-bit row numbers")]
    TooManyRows {
        /// The table.
        table: Table,
        /// How many rows it has.
        rows: usize,
    },
    /// An earlier row has the same responder or post.
    #[error("{table} row {row}: row {first} has the same id")]
    StatedTwice {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A unit that the network never issued.
    #[error("{table} row {row}: {unit:?} is unknown")]
    UnknownUnit {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The unknown unit.
        unit: UnitId,
    },
    /// Availability of somebody who is no responder.
    #[error("availability row {row}: {responder:?} is unknown")]
    UnknownResponder {
        /// The row among the availabilities.
        row: usize,
        /// The unknown responder.
        responder: ResponderId,
    },
    /// Latitude and longitude are out of range or no numbers, or only one of the two is there.
    #[error("{table} row {row}: latitude and longitude are not a point in WGS-84 degrees")]
    BadCoordinates {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
    },
    /// An end at or before the start, or only one of the two is there.
    #[error("{table} row {row}: start and end are not an interval")]
    BadTimes {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
    },
    /// A responder for whom it is both urgent to get a post and a matter of cost.
    #[error("responder row {row}: both a priority and a cost of having no post are stated")]
    PriorityAndCost {
        /// The row among the responders.
        row: usize,
    },
    /// A post that takes fewer people than it must have.
    #[error("post row {row}: it must have {min} people but takes at most {max}")]
    MinAboveMax {
        /// The row among the posts.
        row: usize,
        /// The people it must have.
        min: u32,
        /// The people it can take.
        max: u32,
    },
    /// A pair whose cost is too large to add up, by the policy or by the host's own rule.
    #[error("{responder:?} at {post:?} costs {cost}, beyond the limit of {limit} either way")]
    CostOutOfRange {
        /// The responder.
        responder: ResponderId,
        /// The post.
        post: PostId,
        /// The cost, held at the ends of the `i64` range.
        cost: i64,
        /// The largest cost of either sign in a dispatch of this size.
        limit: i64,
    },
    /// A cost of having no post that is too large to add up.
    #[error("{responder:?} without a post costs {cost}, beyond the limit of {limit} either way")]
    UnplacedCostOutOfRange {
        /// The responder.
        responder: ResponderId,
        /// The cost.
        cost: i64,
        /// The largest cost of either sign in a dispatch of this size.
        limit: i64,
    },
    /// More pairs or people than the solver can count. Its sources are the responders and its sinks the
    /// posts, both in id order.
    #[error("too large to solve: {problem}")]
    TooLarge {
        /// What the solver says.
        problem: ProblemError,
    },
}

impl DispatchError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyRows { .. } => "too-many-rows",
            Self::StatedTwice { .. } => "stated-twice",
            Self::UnknownUnit { .. } => "unknown-unit",
            Self::UnknownResponder { .. } => "unknown-responder",
            Self::BadCoordinates { .. } => "bad-coordinates",
            Self::BadTimes { .. } => "bad-times",
            Self::PriorityAndCost { .. } => "priority-and-cost",
            Self::MinAboveMax { .. } => "min-above-max",
            Self::CostOutOfRange { .. } => "cost-out-of-range",
            Self::UnplacedCostOutOfRange { .. } => "unplaced-cost-out-of-range",
            Self::TooLarge { .. } => "too-large",
        }
    }

    /// The table and row of the problem; `None` where it lies between two rows or in a whole table.
    #[must_use]
    pub const fn row(&self) -> Option<(Table, usize)> {
        match *self {
            Self::StatedTwice { table, row, .. }
            | Self::UnknownUnit { table, row, .. }
            | Self::BadCoordinates { table, row }
            | Self::BadTimes { table, row } => Some((table, row)),
            Self::UnknownResponder { row, .. } => Some((Table::Availability, row)),
            Self::PriorityAndCost { row } => Some((Table::Responders, row)),
            Self::MinAboveMax { row, .. } => Some((Table::Posts, row)),
            Self::TooManyRows { .. }
            | Self::CostOutOfRange { .. }
            | Self::UnplacedCostOutOfRange { .. }
            | Self::TooLarge { .. } => None,
        }
    }
}
