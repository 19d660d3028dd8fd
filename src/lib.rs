//! The compute core of an epidemic command headquarters: a four-tier network, contact tracing in time
//! order, and exact staff assignment.
//!
//! It owns no server, no database, no clock, no logger and no thread pool. Times are whole seconds
//! ([`Timestamp`]), intervals are half-open, everybody and everything is a dense integer id behind a
//! [`Directory`], and every answer is the same for any thread count and any order of the input rows.

#![forbid(unsafe_code)]
#![doc(test(attr(deny(warnings))))]

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
    DenseId, Directory, DirectoryBuilder, DirectoryError, HomeUnitId, HouseholdId, OriginId,
    PersonId, PlaceId, PostId, ResponderId, UnitId,
};
pub use crate::interval::{DAY_SECONDS, Day, EmptyInterval, Interval, NotATime, Timestamp};
pub use crate::watch::{Cancelled, Progress, Watch};

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeDoctests;
