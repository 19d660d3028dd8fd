//! The rules of a trace: how far, how long, how late.

use super::record::Setting;
use crate::interval::{DAY_SECONDS, Day, Interval, Timestamp};

/// Which way a trace runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Direction {
    /// From cases to those whom they exposed.
    #[default]
    Forward,
    /// From cases to those who can have exposed them.
    Backward,
}

/// How far before onset a case's window opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum LookBack {
    /// From the first second of the calendar day so many days before the day of onset.
    Days(u16),
    /// So many hours before the first second of the day of onset.
    Hours(u16),
}

/// The rules of a trace. All durations are whole seconds.
///
/// The default is two tiers forward, a look-back of two calendar days and a source window of 14 days,
/// and no minimum overlap, latency or lag: two days and 14 days stand in the Chinese guideline of May
/// 2020 and in WHO's of the same month; the rest is the widest reading.
///
/// # Examples
///
/// ```
/// use epitier::contact::{Protocol, Setting};
///
/// let protocol = Protocol::new().with_min_overlap(900).with_min_overlap_in(Setting::Household, 0);
/// assert_eq!(protocol.min_overlap_in(Setting::Vehicle), 900);
/// assert_eq!(protocol.min_overlap_in(Setting::Household), 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Protocol {
    direction: Direction,
    tiers: u32,
    min_overlap: u32,
    #[cfg_attr(feature = "serde", serde(with = "by_setting"))]
    min_overlap_in: [Option<u32>; Setting::ALL.len()],
    latency: u32,
    lag: u32,
    look_back: LookBack,
    source_window: u16,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            direction: Direction::Forward,
            tiers: 2,
            min_overlap: 0,
            min_overlap_in: [None; Setting::ALL.len()],
            latency: 0,
            lag: 0,
            look_back: LookBack::Days(2),
            source_window: 14,
        }
    }
}

impl Protocol {
    /// The default rules.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same rules in this direction.
    #[must_use]
    pub fn with_direction(self, direction: Direction) -> Self {
        Self { direction, ..self }
    }

    /// The same rules with so many tiers: 1 = close contacts, 2 = contacts of contacts, `u32::MAX` =
    /// until nothing changes.
    #[must_use]
    pub fn with_tiers(self, tiers: u32) -> Self {
        Self { tiers, ..self }
    }

    /// The same rules with so many seconds that a contact must last. With 0 an instant counts; two
    /// visits that only touch are no contact in any case.
    #[must_use]
    pub fn with_min_overlap(self, seconds: u32) -> Self {
        Self { min_overlap: seconds, ..self }
    }

    /// The same rules with so many seconds that a contact must last at places of one setting, whatever
    /// [`Protocol::with_min_overlap`] says.
    #[must_use]
    pub fn with_min_overlap_in(mut self, setting: Setting, seconds: u32) -> Self {
        self.min_overlap_in[setting as usize] = Some(seconds);
        self
    }

    /// The same rules with so many seconds after an exposure before the exposed person may expose
    /// others: 0 lets same-instant chains count, 1 makes them strict. Cases carry from the first second
    /// of their window.
    #[must_use]
    pub fn with_latency(self, seconds: u32) -> Self {
        Self { latency: seconds, ..self }
    }

    /// The same rules with so many seconds that a place stays contaminated after a carrier leaves.
    #[must_use]
    pub fn with_lag(self, seconds: u32) -> Self {
        Self { lag: seconds, ..self }
    }

    /// The same rules with this look-back, which [`Protocol::case_window`] applies.
    #[must_use]
    pub fn with_look_back(self, look_back: LookBack) -> Self {
        Self { look_back, ..self }
    }

    /// The same rules with so many calendar days before onset from which [`Protocol::source_window`]
    /// opens.
    #[must_use]
    pub fn with_source_window(self, days: u16) -> Self {
        Self { source_window: days, ..self }
    }

    /// Which way the trace runs.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// How many tiers.
    #[must_use]
    pub fn tiers(&self) -> u32 {
        self.tiers
    }

    /// The seconds that a link must last, and a contact at a place whose setting has no rule of its own.
    #[must_use]
    pub fn min_overlap(&self) -> u32 {
        self.min_overlap
    }

    /// The seconds that a contact at a place of this setting must last.
    #[must_use]
    pub fn min_overlap_in(&self, setting: Setting) -> u32 {
        self.min_overlap_in[setting as usize].unwrap_or(self.min_overlap)
    }

    /// The seconds between an exposure and the first moment at which the exposed person may expose others.
    #[must_use]
    pub fn latency(&self) -> u32 {
        self.latency
    }

    /// The seconds that a place stays contaminated after a carrier leaves.
    #[must_use]
    pub fn lag(&self) -> u32 {
        self.lag
    }

    /// From when a person with this day of onset (or of first positive sample) may expose others.
    #[must_use]
    pub fn case_window(&self, onset: Day, offset: chrono::FixedOffset) -> Timestamp {
        let back = match self.look_back {
            LookBack::Days(days) => i64::from(days) * DAY_SECONDS,
            LookBack::Hours(hours) => i64::from(hours) * 3_600,
        };
        onset.start(offset).saturating_add(-back)
    }

    /// When a person with this day of onset can have been exposed: from the stated number of calendar
    /// days before that day to the end of it. The window of a backward trace.
    #[must_use]
    pub fn source_window(&self, onset: Day, offset: chrono::FixedOffset) -> Interval {
        let day = onset.interval(offset);
        let back = i64::from(self.source_window) * DAY_SECONDS;
        Interval::new(day.start().saturating_add(-back), day.end()).unwrap_or(day)
    }
}

/// The settings that have a rule of their own, by name, so that a new setting breaks no file.
#[cfg(feature = "serde")]
mod by_setting {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Setting;

    type Rules = [Option<u32>; Setting::ALL.len()];

    pub(super) fn serialize<S: Serializer>(rules: &Rules, to: S) -> Result<S::Ok, S::Error> {
        let stated = Setting::ALL.into_iter().zip(rules);
        let stated: BTreeMap<Setting, u32> =
            stated.filter_map(|(setting, rule)| Some((setting, (*rule)?))).collect();
        stated.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Rules, D::Error> {
        let stated = BTreeMap::<Setting, u32>::deserialize(from)?;
        Ok(Setting::ALL.map(|setting| stated.get(&setting).copied()))
    }
}
