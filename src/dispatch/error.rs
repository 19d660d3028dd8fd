//! What the tables of a dispatch can have wrong.

use super::matching::ClosedBy;
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
    /// Who is at which post in every plan.
    Fixed,
    /// Who is at which post in none.
    Forbidden,
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Responders => "responder",
            Self::Availability => "availability",
            Self::Posts => "post",
            Self::Pairings => "pairing",
            Self::Fixed => "fixed assignment",
            Self::Forbidden => "forbidden pair",
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
    /// An earlier row has the same responder, post, or pair of the two.
    #[error("{table} row {row}: row {first} has the same key")]
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
    /// Somebody who is no responder.
    #[error("{table} row {row}: {responder:?} is unknown")]
    UnknownResponder {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The unknown responder.
        responder: ResponderId,
    },
    /// A post that there is not.
    #[error("{table} row {row}: {post:?} is unknown")]
    UnknownPost {
        /// The table.
        table: Table,
        /// The row in it.
        row: usize,
        /// The unknown post.
        post: PostId,
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
    /// More people than the ledger knows of.
    #[error(
        "responder row {row}: {supply} people of {responder:?}, but the ledger has {registered}"
    )]
    BeyondLedger {
        /// The row among the responders.
        row: usize,
        /// Who.
        responder: ResponderId,
        /// How many people the row states.
        supply: u32,
        /// How many people the ledger knows, 0 of those who are not registered.
        registered: u32,
    },
    /// A pair is fixed and forbidden.
    #[error("fixed assignment row {row}: forbidden pair row {forbidden} forbids it")]
    FixedForbidden {
        /// The row among the fixed assignments.
        row: usize,
        /// The row among the forbidden pairs.
        forbidden: usize,
    },
    /// Fixed people who lack a required skill, are not available, or by the ledger not free.
    #[error("fixed assignment row {row}: {post:?} is closed to {responder:?} ({by})")]
    FixedClosed {
        /// The row among the fixed assignments.
        row: usize,
        /// Who.
        responder: ResponderId,
        /// Where.
        post: PostId,
        /// The first rule that closes the post to them.
        by: ClosedBy,
    },
    /// The rows up to this one fix more people than the responder has.
    #[error("fixed assignment row {row}: {people} of {supply} people of {responder:?} are fixed")]
    FixedBeyondSupply {
        /// The row among the fixed assignments.
        row: usize,
        /// Who.
        responder: ResponderId,
        /// How many are fixed up to this row.
        people: u64,
        /// How many there are.
        supply: u32,
    },
    /// The rows up to this one fix more people at a post than it can take.
    #[error("fixed assignment row {row}: {people} people are fixed at {post:?}, which takes {max}")]
    FixedBeyondMax {
        /// The row among the fixed assignments.
        row: usize,
        /// Where.
        post: PostId,
        /// How many are fixed there up to this row.
        people: u64,
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
    /// Costs too large to tell one lent person more from any cost.
    #[error("costs up to {largest} either way are too large beside lending; the limit is {limit}")]
    LendingOutOfRange {
        /// The largest cost of either sign, of a person at a post or without one.
        largest: u64,
        /// The largest that a dispatch of this size can have.
        limit: u64,
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
            Self::UnknownPost { .. } => "unknown-post",
            Self::BadCoordinates { .. } => "bad-coordinates",
            Self::BadTimes { .. } => "bad-times",
            Self::PriorityAndCost { .. } => "priority-and-cost",
            Self::MinAboveMax { .. } => "min-above-max",
            Self::BeyondLedger { .. } => "beyond-ledger",
            Self::FixedForbidden { .. } => "fixed-forbidden",
            Self::FixedClosed { .. } => "fixed-closed",
            Self::FixedBeyondSupply { .. } => "fixed-beyond-supply",
            Self::FixedBeyondMax { .. } => "fixed-beyond-max",
            Self::CostOutOfRange { .. } => "cost-out-of-range",
            Self::LendingOutOfRange { .. } => "lending-out-of-range",
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
            | Self::UnknownResponder { table, row, .. }
            | Self::UnknownPost { table, row, .. }
            | Self::BadCoordinates { table, row }
            | Self::BadTimes { table, row } => Some((table, row)),
            Self::PriorityAndCost { row } | Self::BeyondLedger { row, .. } => {
                Some((Table::Responders, row))
            }
            Self::MinAboveMax { row, .. } => Some((Table::Posts, row)),
            Self::FixedForbidden { row, .. }
            | Self::FixedClosed { row, .. }
            | Self::FixedBeyondSupply { row, .. }
            | Self::FixedBeyondMax { row, .. } => Some((Table::Fixed, row)),
            Self::TooManyRows { .. }
            | Self::CostOutOfRange { .. }
            | Self::LendingOutOfRange { .. }
            | Self::UnplacedCostOutOfRange { .. }
            | Self::TooLarge { .. } => None,
        }
    }
}
