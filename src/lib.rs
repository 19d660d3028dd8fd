//! The compute core of an epidemic command headquarters: a four-tier network, contact tracing in time
//! order, and exact staff assignment.
//!
//! It owns no server, no database, no clock, no logger and no thread pool. Times are whole seconds
//! ([`Timestamp`]), intervals are half-open, everybody and everything is a dense integer id behind a
//! [`Directory`], and every answer is the same for any thread count and any order of the input rows.
//!
//! | question | start with |
//! | --- | --- |
//! | Who is where? | [`network::NetworkBuilder`], [`population::PopulationBuilder`] |
//! | Who was exposed? | [`contact::ContactIndexBuilder`], [`contact::Investigation`] |
//! | Who goes where? | [`dispatch::DispatchBuilder`]; on plain integers [`solver::transport`] |
//! | Who has not been reached? | [`campaign::Campaign`] |
//!
//! Builders collect rows and report every problem of them at once ([`Problems`]); what they build is
//! frozen and cheap to clone. Long calls take a [`Watch`], which can cancel them ([`Stopped`]). One
//! [`Error`] takes in all others.

#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

pub mod campaign;
pub mod contact;
pub mod dispatch;
mod error;
#[cfg(feature = "serde")]
mod format;
mod id;
mod interval;
pub mod network;
pub mod population;
pub mod solver;
mod watch;

pub use crate::error::{Problems, Stopped};
pub use crate::id::{
    CommitmentId, DenseId, Directory, DirectoryBuilder, DirectoryError, ExclusionId, HomeUnitId,
    HouseholdId, LaboratoryId, OriginId, PersonId, PlaceId, PostId, ResponderId, TeamId, TubeId,
    UnitId, VaccineId,
};
pub use crate::interval::{DAY_SECONDS, Day, EmptyInterval, Interval, NotATime, Timestamp};
pub use crate::watch::{Cancelled, Progress, Watch};

/// Any error of the crate, for `?` in a host that handles them in one place.
///
/// # Examples
///
/// ```
/// use epitier::network::{Network, NetworkBuilder};
///
/// fn load() -> Result<Network, epitier::Error> {
///     Ok(NetworkBuilder::new().build()?)
/// }
/// assert_eq!(load().map_err(|error| error.code()), Err("network"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "code", content = "problems", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Error {
    /// A directory was refused.
    #[error("directory: {0}")]
    Directory(#[from] DirectoryError),
    /// A text is not a time.
    #[error(transparent)]
    Time(#[from] NotATime),
    /// An interval is empty.
    #[error(transparent)]
    Interval(#[from] EmptyInterval),
    /// The rows of a network have problems.
    #[error("network: {0}")]
    Network(#[from] Problems<network::NetworkError>),
    /// The rows of a population have problems.
    #[error("population: {0}")]
    Population(#[from] Problems<population::PopulationError>),
    /// The rows of a contact index have problems.
    #[error("contact index: {0}")]
    Contact(#[from] Problems<contact::RecordError>),
    /// The cases or isolations of an investigation have problems.
    #[error("investigation: {0}")]
    Investigation(#[from] Problems<contact::InvestigationError>),
    /// The rows of a transportation problem have problems.
    #[error("transportation problem: {0}")]
    Transport(#[from] Problems<solver::transport::ProblemError>),
    /// A solution does not prove what it claims.
    #[error("certificate: {0}")]
    Certificate(#[from] solver::transport::Defect),
    /// The rows of a dispatch have problems.
    #[error("dispatch: {0}")]
    Dispatch(#[from] Problems<dispatch::DispatchError>),
    /// A plan does not prove what it claims.
    #[error("plan: {0}")]
    Plan(#[from] dispatch::PlanDefect),
    /// The plan of a round has problems.
    #[error("round: {0}")]
    Campaign(#[from] Problems<campaign::CampaignError>),
    /// An entry was refused.
    #[error("entry: {0}")]
    Entry(#[from] campaign::EntryError),
    /// The laboratories or arrivals of a forecast have problems.
    #[error("forecast: {0}")]
    Laboratory(#[from] Problems<campaign::samples::LaboratoryError>),
    /// A line of a journal was refused.
    #[error("journal: {0}")]
    Journal(#[from] campaign::JournalError),
    /// The rows of a site plan have problems.
    #[error("site plan: {0}")]
    SitePlan(#[from] Problems<campaign::site_plan::SitePlanError>),
    /// A population is not the one of the round, grown.
    #[error(transparent)]
    NotGrown(#[from] campaign::NotGrown),
    /// The observer cancelled a call.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// The stable code of the boundary that refused; each problem has a code of its own.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::Time(_) => "time",
            Self::Interval(_) => "interval",
            Self::Network(_) => "network",
            Self::Population(_) => "population",
            Self::Contact(_) => "contact",
            Self::Investigation(_) => "investigation",
            Self::Transport(_) => "transport",
            Self::Certificate(_) => "certificate",
            Self::Dispatch(_) => "dispatch",
            Self::Plan(_) => "plan",
            Self::Campaign(_) => "campaign",
            Self::Entry(_) => "entry",
            Self::Laboratory(_) => "laboratory",
            Self::Journal(_) => "journal",
            Self::SitePlan(_) => "site-plan",
            Self::NotGrown(_) => "not-grown",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl<E: std::error::Error> From<Stopped<E>> for Error
where
    Self: From<Problems<E>>,
{
    fn from(stopped: Stopped<E>) -> Self {
        match stopped {
            Stopped::Refused(problems) => problems.into(),
            Stopped::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeDoctests;
