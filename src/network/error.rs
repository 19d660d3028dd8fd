//! What a table of units can have wrong.

use super::Tier;

/// A problem in a table of units. Rows count from 0 in the order in which they were added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum NetworkError {
    /// 2^32 - 1 rows or more: ids are 32 bits wide and the last number is kept free.
    #[error("{rows} units do not fit in 32-bit ids")]
    TooManyUnits {
        /// How many rows there were.
        rows: u64,
    },
    /// No row is a headquarters without a parent.
    #[error("the network has no root: no headquarters without a parent")]
    NoRoot,
    /// A unit without a code.
    #[error("row {row}: the unit has no code")]
    EmptyCode {
        /// The row.
        row: usize,
    },
    /// A unit without a name.
    #[error("row {row}: the unit has no name")]
    EmptyName {
        /// The row.
        row: usize,
    },
    /// Another row has the same code.
    #[error("row {row}: row {other} has the same code")]
    DuplicateCode {
        /// The row.
        row: usize,
        /// The other row: the first one with the code, or the second where `row` is the first.
        other: usize,
    },
    /// Latitude and longitude are out of range or no numbers, or only one of the two is there.
    #[error("row {row}: latitude and longitude are not a point in WGS-84 degrees")]
    BadCoordinates {
        /// The row.
        row: usize,
    },
    /// The parent code is the code of no row.
    #[error("row {row}: no row has the parent's code")]
    UnknownParent {
        /// The row.
        row: usize,
    },
    /// A unit stands under a tier that cannot hold it.
    #[error("row {row}: a {tier} cannot stand under {}", match parent {
        Some(parent) => format!("a {parent}"),
        None => "nothing".to_owned(),
    })]
    WrongTier {
        /// The row.
        row: usize,
        /// The tier of the unit.
        tier: Tier,
        /// The tier of its parent, if it has one.
        parent: Option<Tier>,
    },
    /// Units that stand above each other in a ring, or one that stands above itself.
    #[error(
        "row {}: the unit stands under itself, in a cycle of {} units",
        rows.first().copied().unwrap_or_default(),
        rows.len()
    )]
    Cycle {
        /// The rows of the ring from the smallest on, each followed by its parent; never empty.
        rows: Vec<usize>,
    },
    /// The unit is fine and was rejected with its parent. In the answer of
    /// [`NetworkBuilder::build_partial`](super::NetworkBuilder::build_partial) only.
    #[error("row {row}: the parent in row {parent} was rejected")]
    ParentRejected {
        /// The row.
        row: usize,
        /// The row of its parent.
        parent: usize,
    },
}

impl NetworkError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyUnits { .. } => "too-many-units",
            Self::NoRoot => "no-root",
            Self::EmptyCode { .. } => "empty-code",
            Self::EmptyName { .. } => "empty-name",
            Self::DuplicateCode { .. } => "duplicate-code",
            Self::BadCoordinates { .. } => "bad-coordinates",
            Self::UnknownParent { .. } => "unknown-parent",
            Self::WrongTier { .. } => "wrong-tier",
            Self::Cycle { .. } => "cycle",
            Self::ParentRejected { .. } => "parent-rejected",
        }
    }

    /// The rows at fault, the smallest first: several for a cycle, none where the table as a whole is.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        match self {
            Self::TooManyUnits { .. } | Self::NoRoot => &[],
            Self::EmptyCode { row }
            | Self::EmptyName { row }
            | Self::DuplicateCode { row, .. }
            | Self::BadCoordinates { row }
            | Self::UnknownParent { row }
            | Self::WrongTier { row, .. }
            | Self::ParentRejected { row, .. } => std::slice::from_ref(row),
            Self::Cycle { rows } => rows,
        }
    }
}
