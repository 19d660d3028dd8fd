//! The rules of a trace: how far, how long, how late.

mod presets;

use super::cumulative::Cumulative;
use super::investigation::Case;
use super::record::Setting;
use crate::id::PersonId;
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

/// A case by the day of its onset, or of its first positive sample: [`Protocol::case`] says in which window it
/// exposed others, or was exposed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Onset {
    /// Who.
    pub person: PersonId,
    /// The calendar day.
    pub day: Day,
    /// From when on the person was isolated from everybody; `None` if not yet. Of an isolation known by its
    /// day only, the careful moment is the end of that day. Isolation at home, where contacts go on, is
    /// none here: state it as an [`Isolation`](super::Isolation).
    pub isolated: Option<Timestamp>,
}

/// The rules of a trace. All durations are whole seconds.
///
/// The default is two tiers forward, a look-back of two calendar days and a source window of 14 days,
/// and no minimum overlap, latency or lag: two days and 14 days stand in the Chinese guideline of May
/// 2020 and in WHO's of the same month; the rest is the widest reading. Households count as contacts, and
/// short contacts add up, only where the rules say so.
///
/// The presets hold the numbers of published protocols: [`Protocol::cn_8th_2021_05`],
/// [`Protocol::cn_9th_2022_06`], [`Protocol::who_2021_02`], [`Protocol::us_cdc_2020_10`]. Rules of one's own
/// start from any of them or from [`Protocol::new`].
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
    infectious_days: Option<u16>,
    household_contacts: bool,
    cumulative: Option<Cumulative>,
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
            infectious_days: None,
            household_contacts: false,
            cumulative: None,
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

    /// The same rules with so many calendar days after the day of onset at whose end
    /// [`Protocol::case`] closes the window of a case; `None` leaves it open until isolation.
    #[must_use]
    pub fn with_infectious_days(self, days: Option<u16>) -> Self {
        Self { infectious_days: days, ..self }
    }

    /// The same rules, where members of one household who are present at the same time are contacts
    /// without any recorded visit, or are not.
    ///
    /// Presence counts as a visit to the household, at a place of [`Setting::Household`]. The lag does
    /// not apply, and home isolation does not cut it.
    #[must_use]
    pub fn with_household_contacts(self, count: bool) -> Self {
        Self { household_contacts: count, ..self }
    }

    /// The same rules, where short contacts of a pair add up like this, or do not.
    #[must_use]
    pub fn with_cumulative(self, cumulative: Option<Cumulative>) -> Self {
        Self { cumulative, ..self }
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

    /// The calendar days after onset at whose end a case's window closes, if the rules say so.
    #[must_use]
    pub fn infectious_days(&self) -> Option<u16> {
        self.infectious_days
    }

    /// Whether members of one household are contacts without any recorded visit.
    #[must_use]
    pub fn household_contacts(&self) -> bool {
        self.household_contacts
    }

    /// How short contacts of a pair add up, if they do.
    #[must_use]
    pub fn cumulative(&self) -> Option<Cumulative> {
        self.cumulative
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

    /// The case of an onset in the direction of these rules.
    ///
    /// - Forward: from [`Protocol::case_window`] until the isolation, and no longer than the end of the
    ///   last infectious day, if the rules state one.
    /// - Backward: the [`Protocol::source_window`], no longer than until the isolation: nobody is exposed in it.
    ///
    /// `None` if nothing of the window is left: the case was isolated before it opened, and neither
    /// exposed anybody nor was exposed in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::FixedOffset;
    /// use epitier::contact::{Direction, Onset, Protocol};
    /// use epitier::{Day, PersonId};
    ///
    /// let beijing = FixedOffset::east_opt(8 * 3_600).ok_or("no such offset")?;
    /// let isolated = Some("2021-08-03".parse::<Day>()?.interval(beijing).end());
    /// let onset = Onset { person: PersonId::new(0), day: "2021-08-01".parse()?, isolated };
    ///
    /// let rules = Protocol::cn_8th_2021_05();
    /// let case = rules.case(&onset, beijing).ok_or("no window")?;
    /// assert_eq!(case.from.to_string(), "2021-07-29T16:00:00Z");
    /// assert_eq!(case.until, isolated);
    ///
    /// let backward = rules.with_direction(Direction::Backward);
    /// let case = backward.case(&onset, beijing).ok_or("no window")?;
    /// assert_eq!(case.from.to_string(), "2021-07-17T16:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn case(&self, onset: &Onset, offset: chrono::FixedOffset) -> Option<Case> {
        let &Onset { person, day, isolated } = onset;
        let (from, last) = match self.direction {
            Direction::Forward => {
                let after = |days| i64::from(days) * DAY_SECONDS;
                let end = day.interval(offset).end();
                let last = self.infectious_days.map(|days| end.saturating_add(after(days)));
                (self.case_window(day, offset), last)
            }
            Direction::Backward => {
                let window = self.source_window(day, offset);
                (window.start(), Some(window.end()))
            }
        };
        let until = [last, isolated].into_iter().flatten().min();
        until.is_none_or(|until| from < until).then_some(Case { person, from, until })
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
