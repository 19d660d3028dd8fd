//! What a census goes by: who is eligible, which doses at which intervals, bands of ages.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::VaccineId;
use crate::interval::Day;
use crate::population::Age;

/// The least age for a vaccination: 12 years, as in China from late July 2021 on (from memory; 18 before, 3 from
/// October on).
pub const DEFAULT_LEAST_AGE: u8 = 12;

/// The doses of a vaccine and the days between them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Schedule {
    /// How many doses.
    pub doses: u8,
    /// The next dose is due so many days after the last one: given on day 0, due from this day on.
    pub least_days: u16,
    /// The last day on which it is not overdue; none where no dose is ever.
    pub most_days: Option<u16>,
}

/// The three kinds of the Chinese guide of March 2021 (新冠病毒疫苗接种技术指南(第一版), seen in secondary pages).
impl Schedule {
    /// Inactivated (灭活): 2 doses, three weeks apart or more, the second within eight weeks.
    pub const INACTIVATED: Self = Self { doses: 2, least_days: 21, most_days: Some(56) };

    /// Adenovirus vector (腺病毒载体): 1 dose.
    pub const VECTOR: Self = Self { doses: 1, least_days: 0, most_days: None };

    /// Recombinant subunit (重组亚单位): 3 doses, four weeks apart or more, the second within eight weeks. The guide
    /// wants the third within six months of the first; a schedule knows the last dose only, and says eight weeks here
    /// too.
    pub const SUBUNIT: Self = Self { doses: 3, least_days: 28, most_days: Some(56) };
}

/// What a census goes by.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CensusPlan {
    since: Day,
    first_by: Option<Day>,
    least_age: u8,
    bands: AgeBands,
    schedules: BTreeMap<VaccineId, Schedule>,
}

impl CensusPlan {
    /// First doses due from a day on and never overdue, for everybody of [`DEFAULT_LEAST_AGE`] or older, counted in
    /// the default [`AgeBands`]; no vaccine has a schedule yet.
    #[must_use]
    pub fn new(since: Day) -> Self {
        Self {
            since,
            first_by: None,
            least_age: DEFAULT_LEAST_AGE,
            bands: AgeBands::default(),
            schedules: BTreeMap::new(),
        }
    }

    /// Sets the last day on which a first dose is not overdue.
    #[must_use]
    pub fn first_by(mut self, day: Day) -> Self {
        self.first_by = Some(day);
        self
    }

    /// Sets the least age, in years reached in the course of the calendar year: all that is known of most.
    #[must_use]
    pub fn least_age(mut self, years: u8) -> Self {
        self.least_age = years;
        self
    }

    /// Sets the bands of ages to count in.
    #[must_use]
    pub fn age_bands(mut self, bands: AgeBands) -> Self {
        self.bands = bands;
        self
    }

    /// Sets the schedule of a vaccine, in place of one that was set before.
    #[must_use]
    pub fn schedule(mut self, vaccine: VaccineId, schedule: Schedule) -> Self {
        self.schedules.insert(vaccine, schedule);
        self
    }

    /// The day from which on first doses are due.
    #[must_use]
    pub fn since(&self) -> Day {
        self.since
    }

    /// The bands of ages.
    #[must_use]
    pub fn bands(&self) -> &AgeBands {
        &self.bands
    }

    pub(super) fn first_dose(&self) -> (Day, Option<Day>) {
        (self.since, self.first_by)
    }

    /// Whether somebody is old enough; `None` where their age leaves it open.
    pub(super) fn is_eligible(&self, years: Option<(u8, u8)>) -> Option<bool> {
        match years? {
            (from, _) if from >= self.least_age => Some(true),
            (_, to) if to < self.least_age => Some(false),
            _ => None,
        }
    }

    pub(super) fn schedule_of(&self, vaccine: Option<VaccineId>) -> Option<Schedule> {
        self.schedules.get(&vaccine?).copied()
    }
}

/// Bands of ages without gaps, from 0 on.
///
/// # Examples
///
/// ```
/// use epitier::campaign::census::AgeBands;
///
/// let bands = AgeBands::starting_at([60, 18]);
/// let names: Vec<String> = bands.iter().map(|band| band.to_string()).collect();
/// assert_eq!(names, ["0-17", "18-59", "60+"]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "BTreeSet<u8>", into = "BTreeSet<u8>")
)]
pub struct AgeBands {
    /// The least age of each band but the first one.
    starts: BTreeSet<u8>,
}

impl AgeBands {
    /// A band from each age to the next one, and one from 0; in any order, twice is once.
    #[must_use]
    pub fn starting_at(ages: impl IntoIterator<Item = u8>) -> Self {
        Self { starts: ages.into_iter().filter(|&age| age > 0).collect() }
    }

    /// How many there are, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.starts.len() + 1
    }

    /// The bands by number.
    pub fn iter(&self) -> impl Iterator<Item = Age> {
        let froms = std::iter::once(0).chain(self.starts.iter().copied());
        let tos = self.starts.iter().map(|start| start - 1).chain([u8::MAX]);
        froms.zip(tos).map(|(from, to)| Age::Band { from, to })
    }

    /// The number of the band that holds all of some ages, both ends included.
    pub(super) fn holding(&self, (from, to): (u8, u8)) -> Option<usize> {
        let number = |age: u8| self.starts.range(..=age).count();
        (number(from) == number(to)).then(|| number(from))
    }
}

/// 0-11 (not eligible by default), 12-17, 18-59, 60-79 and 80+: those whom vaccination in China came to one after the
/// other in 2021, and the two groups of the elderly; from memory.
impl Default for AgeBands {
    fn default() -> Self {
        Self::starting_at([DEFAULT_LEAST_AGE, 18, 60, 80])
    }
}

impl From<BTreeSet<u8>> for AgeBands {
    fn from(starts: BTreeSet<u8>) -> Self {
        Self::starting_at(starts)
    }
}

impl From<AgeBands> for BTreeSet<u8> {
    fn from(bands: AgeBands) -> Self {
        bands.starts
    }
}
