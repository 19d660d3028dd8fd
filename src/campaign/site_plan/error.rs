//! What a site plan refuses.

use crate::id::{PostId, UnitId};

/// Which table of a [`SitePlanBuilder`](super::SitePlanBuilder) a row stands in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum SiteTable {
    /// The rests.
    Rests,
    /// The hours of heat.
    Heat,
    /// The groups.
    Groups,
}

impl std::fmt::Display for SiteTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Rests => "rest",
            Self::Heat => "heat",
            Self::Groups => "group",
        })
    }
}

/// A zone in which people stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Zone {
    /// The waiting zone (等待区).
    Waiting,
    /// The preparation zone (准备区).
    Preparation,
}

/// What a site plan refuses. Rows count from 0 in each table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum SitePlanError {
    /// The rules allow no queue at all.
    #[error("nobody may stand in line")]
    NoQueue,
    /// The rules say that tables work without samplers.
    #[error("no sampler works at a table")]
    NoSamplersPerTable,
    /// The rules say that a visit takes no time.
    #[error("a visit takes no time")]
    NoVisitTime,
    /// There are 2^32 - 1 rows or more.
    #[error("{rows} rows are too many")]
    TooManyRows {
        /// How many rows all tables have.
        rows: u64,
    },
    /// A site that stood in an earlier row.
    #[error("site row {row}: row {first} has the same site")]
    SiteTwice {
        /// The row.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A site without a table.
    #[error("site row {row}: no table")]
    NoTables {
        /// The row.
        row: usize,
    },
    /// Fewer samplers than work at one table.
    #[error("site row {row}: {samplers} samplers, but {needed} work at one table")]
    TooFewSamplers {
        /// The row.
        row: usize,
        /// How many there are.
        samplers: u32,
        /// How many work at one table.
        needed: u32,
    },
    /// A zone without room for anybody.
    #[error("site row {row}: no room in the zone {zone:?}")]
    NoRoom {
        /// The row.
        row: usize,
        /// The zone.
        zone: Zone,
    },
    /// A table that samples nobody, or more than one person a second.
    #[error("site row {row}: a table samples {people_per_hour} people an hour")]
    RateOutOfRange {
        /// The row.
        row: usize,
        /// What the row says.
        people_per_hour: u32,
    },
    /// Slots without length.
    #[error("site row {row}: slots have no length")]
    NoSlotLength {
        /// The row.
        row: usize,
    },
    /// Hours of more than 31 days.
    #[error("site row {row}: the hours are {seconds} seconds long, more than 31 days")]
    HoursTooLong {
        /// The row.
        row: usize,
        /// How long they are.
        seconds: u64,
    },
    /// More than 10,000 slots.
    #[error("site row {row}: {slots} slots are too many")]
    TooManySlots {
        /// The row.
        row: usize,
        /// How many there are.
        slots: u64,
    },
    /// No row of the sites has this site.
    #[error("{table} row {row}: no row has {site:?}")]
    UnknownSite {
        /// The table.
        table: SiteTable,
        /// The row.
        row: usize,
        /// The site.
        site: PostId,
    },
    /// A rest that does not lie within the hours of its site.
    #[error("rest row {row}: not within the hours of the site")]
    RestOutsideHours {
        /// The row.
        row: usize,
    },
    /// A rest of nobody, or of more samplers than the site has.
    #[error("rest row {row}: {resting} of {samplers} samplers rest")]
    RestOutOfRange {
        /// The row.
        row: usize,
        /// How many rest.
        resting: u32,
        /// How many there are.
        samplers: u32,
    },
    /// More than 100 percent.
    #[error("heat row {row}: {percent} percent")]
    PercentOutOfRange {
        /// The row.
        row: usize,
        /// What the row says.
        percent: u32,
    },
    /// Two rows say how fast work goes at the same time.
    #[error("heat row {row}: row {other} is about a part of the same time")]
    HeatOverlaps {
        /// The row that begins later, or the later one of the two.
        row: usize,
        /// The other row.
        other: usize,
    },
    /// The network has no such building.
    #[error("group row {row}: the network has no building {building:?}")]
    UnknownBuilding {
        /// The row.
        row: usize,
        /// The building.
        building: UnitId,
    },
    /// The same building at the same site as in an earlier row.
    #[error("group row {row}: row {first} has the same building and site")]
    GroupTwice {
        /// The row.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A catchment sends more people of a building to sites than there are to be sampled.
    #[error(
        "share row {row}: {shared} people go to sites, but {listed} of {building:?} are listed"
    )]
    TooManyShared {
        /// The row of the share that goes beyond.
        row: usize,
        /// The building.
        building: UnitId,
        /// How many of its people are to be sampled.
        listed: u64,
        /// How many go to sites, up to and with this row.
        shared: u64,
    },
}

impl SitePlanError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoQueue => "no-queue",
            Self::NoSamplersPerTable => "no-samplers-per-table",
            Self::NoVisitTime => "no-visit-time",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::SiteTwice { .. } => "site-twice",
            Self::NoTables { .. } => "no-tables",
            Self::TooFewSamplers { .. } => "too-few-samplers",
            Self::NoRoom { .. } => "no-room",
            Self::RateOutOfRange { .. } => "rate-out-of-range",
            Self::NoSlotLength { .. } => "no-slot-length",
            Self::HoursTooLong { .. } => "hours-too-long",
            Self::TooManySlots { .. } => "too-many-slots",
            Self::UnknownSite { .. } => "unknown-site",
            Self::RestOutsideHours { .. } => "rest-outside-hours",
            Self::RestOutOfRange { .. } => "rest-out-of-range",
            Self::PercentOutOfRange { .. } => "percent-out-of-range",
            Self::HeatOverlaps { .. } => "heat-overlaps",
            Self::UnknownBuilding { .. } => "unknown-building",
            Self::GroupTwice { .. } => "group-twice",
            Self::TooManyShared { .. } => "too-many-shared",
        }
    }
}
