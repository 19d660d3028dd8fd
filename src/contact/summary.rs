//! What exposures add up to.

use super::evidence::Exposure;
use crate::id::PersonId;
use crate::interval::Timestamp;

/// The exposures of one person in a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExposureSummary {
    /// Who was exposed.
    pub person: PersonId,
    /// The first second of the first exposure.
    pub first: Timestamp,
    /// The last second of the latest exposure.
    pub last: Timestamp,
    /// The seconds of the union of all exposures: two sources at once count once, an instant is 0.
    pub seconds: u64,
    /// The number of distinct sources.
    pub sources: u32,
    /// The number of exposures.
    pub exposures: u32,
}

impl ExposureSummary {
    /// Sums up a person's exposures, in any order; `None` if there are none.
    ///
    /// # Cost
    ///
    /// O(n log n) for n exposures.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Exposure, ExposureSummary, Reason};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let met = |source, start, end| Exposure {
    ///     start: Timestamp::from_seconds(start),
    ///     end: Timestamp::from_seconds(end),
    ///     source: PersonId::new(source),
    ///     place: None,
    ///     reason: Reason::DirectContact,
    ///     outer_bound: false,
    /// };
    /// let met = [met(1, 0, 600), met(2, 300, 900)];
    /// let summary = ExposureSummary::of(PersonId::new(0), &met);
    /// let said = summary.map(|all| (all.last.seconds(), all.seconds, all.sources));
    /// assert_eq!(said, Some((899, 900, 2)));
    /// ```
    #[must_use]
    pub fn of(person: PersonId, exposures: &[Exposure]) -> Option<Self> {
        let first = exposures.iter().map(|exposure| exposure.start).min()?;
        let last = exposures.iter().map(Exposure::last).max()?;
        let mut stays: Vec<_> = exposures.iter().map(|e| (e.start, e.end)).collect();
        stays.sort_unstable();
        let (mut seconds, mut covered) = (0, first);
        for (start, end) in stays {
            let start = start.max(covered);
            let end = end.max(start);
            seconds += end.seconds().abs_diff(start.seconds());
            covered = end;
        }
        let mut sources: Vec<_> = exposures.iter().map(|exposure| exposure.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let (sources, exposures) = (count(sources.len()), count(exposures.len()));
        Some(Self { person, first, last, seconds, sources, exposures })
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
