//! Seconds, half-open intervals and calendar days. The only module that names `chrono`.
//!
//! Inside the crate a time is a [`Timestamp`]: whole seconds since the Unix epoch, in UTC. What is
//! known by date only is a [`Day`]; it becomes an interval of seconds through a fixed offset from UTC,
//! so no local time is ever ambiguous or missing. Nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeZone, Utc};

/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;

/// A moment: whole seconds since 1970-01-01T00:00:00Z.
///
/// In human-readable formats it is written as RFC 3339 in UTC (or as an integer where the year leaves
/// the calendar) and read as RFC 3339 with any offset or as an integer; in binary formats it is an `i64`.
///
/// # Examples
///
/// ```
/// use epitier::Timestamp;
///
/// let noon: Timestamp = "2021-07-30T12:00:00+08:00".parse()?;
/// assert_eq!(noon.seconds(), 1_627_617_600);
/// assert_eq!(noon.to_string(), "2021-07-30T04:00:00Z");
/// # Ok::<(), epitier::NotATime>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Wraps seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The moment as a date and time at an offset; `None` where the year leaves chrono's calendar.
    #[must_use]
    pub fn to_datetime(self, offset: FixedOffset) -> Option<DateTime<FixedOffset>> {
        let utc = DateTime::from_timestamp(self.0, 0)?;
        // chrono's own conversion panics when the offset leaves its calendar.
        utc.naive_utc().checked_add_offset(offset)?;
        Some(utc.with_timezone(&offset))
    }

    /// The moment `seconds` later (earlier if negative), held at the ends of the `i64` range.
    #[must_use]
    pub const fn saturating_add(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// Drops fractions of a second, towards the past.
impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(moment: DateTime<Tz>) -> Self {
        Self(moment.timestamp())
    }
}

/// RFC 3339 in UTC; the bare number of seconds where the year leaves the calendar.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp(self.0, 0) {
            Some(utc) if (0..=9999).contains(&utc.year()) => {
                write!(f, "{}", utc.format("%Y-%m-%dT%H:%M:%SZ"))
            }
            _ => write!(f, "{}", self.0),
        }
    }
}

/// A text that is neither an integer nor an RFC 3339 time, or a date that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("not a time: expected whole seconds or RFC 3339")]
pub struct NotATime;

/// Reads whole seconds since the Unix epoch, or RFC 3339 with any offset.
impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        text.parse()
            .map(Self)
            .or_else(|_| DateTime::parse_from_rfc3339(text).map(Self::from).map_err(|_| NotATime))
    }
}

/// A stay that ends before it starts, or at the same second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("the interval from {start} to {end} is empty")]
pub struct EmptyInterval {
    /// The refused start.
    pub start: Timestamp,
    /// The refused end.
    pub end: Timestamp,
}

/// A half-open interval of time, `start <= t < end`, never empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "IntervalSpec", into = "IntervalSpec")
)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// Makes an interval.
    ///
    /// # Errors
    ///
    /// [`EmptyInterval`] if `end <= start`.
    pub const fn new(start: Timestamp, end: Timestamp) -> Result<Self, EmptyInterval> {
        if start.0 < end.0 { Ok(Self { start, end }) } else { Err(EmptyInterval { start, end }) }
    }

    /// The first second inside.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first second after it.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// Length in seconds, at least 1.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.end.0.abs_diff(self.start.0)
    }

    /// Whether a moment lies inside.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.start <= moment && moment < self.end
    }

    /// What two intervals share; `None` if they only touch.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

/// A calendar day, for what is known by date only.
///
/// Written as `2021-07-30` in human-readable formats, as days since 1970-01-01 in binary ones.
///
/// # Examples
///
/// ```
/// use chrono::FixedOffset;
/// use epitier::{Day, Timestamp};
///
/// let beijing = FixedOffset::east_opt(8 * 3600).ok_or("no such offset")?;
/// let day: Day = "2021-07-30".parse()?;
/// assert_eq!(day.start(beijing).to_string(), "2021-07-29T16:00:00Z");
/// assert_eq!(Day::of(Timestamp::from_seconds(1_627_574_400), beijing), Some(day));
/// assert_eq!(day.plus(14).map(|d| d.to_string()), Some("2021-08-13".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(NaiveDate);

impl Day {
    /// The day of a year (1 to 9999), month and day of the month; `None` if there is no such day.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).and_then(Self::within_years)
    }

    /// The day on which a moment falls at an offset from UTC; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn of(moment: Timestamp, offset: FixedOffset) -> Option<Self> {
        moment.to_datetime(offset).and_then(|at| Self::within_years(at.date_naive()))
    }

    /// The first second of the day at an offset from UTC.
    #[must_use]
    pub fn start(self, offset: FixedOffset) -> Timestamp {
        let seconds = i64::from(self.number()) * DAY_SECONDS - i64::from(offset.local_minus_utc());
        Timestamp(seconds)
    }

    /// The 86,400 seconds of the day at an offset from UTC.
    #[must_use]
    pub fn interval(self, offset: FixedOffset) -> Interval {
        let start = self.start(offset);
        Interval { start, end: start.saturating_add(DAY_SECONDS) }
    }

    /// The day so many days later (earlier if negative); `None` outside the years 1 to 9999.
    #[must_use]
    pub fn plus(self, days: i32) -> Option<Self> {
        Self::from_number(self.number().checked_add(days)?)
    }

    /// The calendar year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i32 {
        self.0.num_days_from_ce() - UNIX_EPOCH_FROM_CE
    }

    /// The day that is so many days after 1970-01-01; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_number(days: i32) -> Option<Self> {
        let days = days.checked_add(UNIX_EPOCH_FROM_CE)?;
        NaiveDate::from_num_days_from_ce_opt(days).and_then(Self::within_years)
    }

    fn within_years(date: NaiveDate) -> Option<Self> {
        (1..=9999).contains(&date.year()).then_some(Self(date))
    }
}

/// 1970-01-01 counted from 0001-01-01, which chrono calls day 1.
const UNIX_EPOCH_FROM_CE: i32 = 719_163;

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.trim().parse().ok().and_then(Self::within_years).ok_or(NotATime)
    }
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Day, EmptyInterval, Interval, Timestamp, fmt};
    use serde::de::{Error, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    pub(super) struct IntervalSpec {
        start: Timestamp,
        end: Timestamp,
    }

    impl TryFrom<IntervalSpec> for Interval {
        type Error = EmptyInterval;

        fn try_from(spec: IntervalSpec) -> Result<Self, EmptyInterval> {
            Self::new(spec.start, spec.end)
        }
    }

    impl From<Interval> for IntervalSpec {
        fn from(interval: Interval) -> Self {
            Self { start: interval.start, end: interval.end }
        }
    }

    impl Serialize for Timestamp {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                serializer.serialize_i64(self.0)
            }
        }
    }

    impl<'de> Deserialize<'de> for Timestamp {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                deserializer.deserialize_any(SecondsOrText)
            } else {
                i64::deserialize(deserializer).map(Timestamp)
            }
        }
    }

    struct SecondsOrText;

    impl Visitor<'_> for SecondsOrText {
        type Value = Timestamp;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("whole seconds since 1970 or an RFC 3339 time")
        }

        fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
            Ok(Timestamp(seconds))
        }

        fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
            i64::try_from(seconds).map(Timestamp).map_err(E::custom)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
            text.parse().map_err(E::custom)
        }
    }

    impl Serialize for Day {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if serializer.is_human_readable() {
                serializer.collect_str(self)
            } else {
                serializer.serialize_i32(self.number())
            }
        }
    }

    impl<'de> Deserialize<'de> for Day {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            if deserializer.is_human_readable() {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            } else {
                let days = i32::deserialize(deserializer)?;
                Self::from_number(days).ok_or_else(|| D::Error::custom("no such day"))
            }
        }
    }
}

#[cfg(feature = "serde")]
use spec::IntervalSpec;
