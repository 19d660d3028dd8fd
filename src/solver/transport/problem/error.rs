//! What a list of rows can have wrong.

/// What a [`ProblemBuilder`](super::ProblemBuilder) refuses; rows are counted from 0 in each of the three lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum ProblemError {
    /// Sources, sinks (counted twice) and arcs together reach 2^32 - 1.
    #[error("{rows} rows are too many for 32-bit numbers")]
    TooManyRows {
        /// How many there are.
        rows: u64,
    },
    /// A supply below 0.
    #[error("source {row} holds {supply} units")]
    NegativeSupply {
        /// The source.
        row: u32,
        /// Its supply.
        supply: i64,
    },
    /// The supplies up to this one sum to more than `i64::MAX`.
    #[error("the supplies up to source {row} leave the number range")]
    SupplyOutOfRange {
        /// The source.
        row: u32,
    },
    /// A statement of what unplaced units cost, beyond the last source. Only a file can have one.
    #[error("there is no source {row} whose unplaced units could cost anything")]
    UnplacedOfNobody {
        /// The number of the source that there is not.
        row: u32,
    },
    /// A cost of unplaced units with which prices could leave the number range.
    #[error(
        "an unplaced unit of source {row} costs {cost}, beyond the limit of {limit} either way"
    )]
    UnplacedCostOutOfRange {
        /// The source.
        row: u32,
        /// The cost.
        cost: i64,
        /// The largest cost of either sign in a problem of this size.
        limit: i64,
    },
    /// Mandatory demand below 0.
    #[error("sink {row} demands {min} units")]
    NegativeDemand {
        /// The sink.
        row: u32,
        /// Its mandatory demand.
        min: i64,
    },
    /// A sink that takes less than it must have.
    #[error("sink {row} must have {min} units but takes at most {max}")]
    MinAboveMax {
        /// The sink.
        row: u32,
        /// Its mandatory demand.
        min: i64,
        /// What it takes.
        max: i64,
    },
    /// The mandatory demands up to this one sum to more than `i64::MAX`.
    #[error("the mandatory demands up to sink {row} leave the number range")]
    DemandOutOfRange {
        /// The sink.
        row: u32,
    },
    /// An arc from nowhere.
    #[error("arc {row} leaves unknown source {number}")]
    UnknownSource {
        /// The arc.
        row: u32,
        /// The source it names.
        number: u32,
    },
    /// An arc to nowhere.
    #[error("arc {row} enters unknown sink {number}")]
    UnknownSink {
        /// The arc.
        row: u32,
        /// The sink it names.
        number: u32,
    },
    /// An arc that there is none of; only where arcs are changed.
    #[error("row {row} changes unknown arc {number}")]
    UnknownArc {
        /// The row.
        row: u32,
        /// The arc it names.
        number: u32,
    },
    /// A capacity below 0.
    #[error("arc {row} carries at most {cap} units")]
    NegativeCapacity {
        /// The arc.
        row: u32,
        /// Its capacity.
        cap: i64,
    },
    /// A cost with which prices could leave the number range.
    #[error("arc {row} costs {cost}, beyond the limit of {limit} either way")]
    CostOutOfRange {
        /// The arc.
        row: u32,
        /// Its cost.
        cost: i64,
        /// The largest cost of either sign in a problem of this size.
        limit: i64,
    },
}

impl ProblemError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyRows { .. } => "too-many-rows",
            Self::NegativeSupply { .. } => "negative-supply",
            Self::SupplyOutOfRange { .. } => "supply-out-of-range",
            Self::UnplacedOfNobody { .. } => "unplaced-of-nobody",
            Self::UnplacedCostOutOfRange { .. } => "unplaced-cost-out-of-range",
            Self::NegativeDemand { .. } => "negative-demand",
            Self::MinAboveMax { .. } => "min-above-max",
            Self::DemandOutOfRange { .. } => "demand-out-of-range",
            Self::UnknownSource { .. } => "unknown-source",
            Self::UnknownSink { .. } => "unknown-sink",
            Self::UnknownArc { .. } => "unknown-arc",
            Self::NegativeCapacity { .. } => "negative-capacity",
            Self::CostOutOfRange { .. } => "cost-out-of-range",
        }
    }
}
