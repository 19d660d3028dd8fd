//! The numbers of a day, a site and a round, which reconcile.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::{Course, State};
use crate::id::PostId;
use crate::interval::Day;

/// How many people were sampled, and what came of it. Always `sampled = negative + pending + positive + lost`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tally {
    /// Sampled, once each in a round.
    pub sampled: u32,
    /// Clear, the excluded among them.
    pub negative: u32,
    /// Not decided yet: without a result, or on hold.
    pub pending: u32,
    /// Confirmed.
    pub positive: u32,
    /// Of no use: the tube was lost, or nothing can be said of it, and no other one is under way.
    pub lost: u32,
    /// On hold; these are among the pending.
    pub on_hold: u32,
    /// Positive singly and not confirmed yet; these are among those on hold.
    pub preliminary: u32,
    /// Positive first and then found clear; these are among the negative.
    pub excluded: u32,
    /// To be sampled again, singly; these are the lost and some of those on hold.
    pub resample: u32,
}

impl Tally {
    /// Whether the parts make up the sum, and no part has more people than what it is a part of. A tally that was
    /// read here always does; one that a host put together may not.
    #[must_use]
    pub fn reconciles(&self) -> bool {
        let sum = |parts: &[u32]| parts.iter().map(|&part| u64::from(part)).sum::<u64>();
        u64::from(self.sampled) == sum(&[self.negative, self.pending, self.positive, self.lost])
            && self.preliminary <= self.on_hold
            && self.on_hold <= self.pending
            && self.excluded <= self.negative
            && self.lost <= self.resample
            && u64::from(self.resample) <= sum(&[self.lost, self.on_hold])
    }

    fn count(&mut self, course: &Course) {
        let counted = match course.state {
            State::NotSampled => return,
            State::Negative | State::Excluded => &mut self.negative,
            State::Pending | State::PoolPositive | State::Preliminary => &mut self.pending,
            State::Confirmed => &mut self.positive,
            State::ToResample => &mut self.lost,
        };
        *counted += 1;
        self.sampled += 1;
        self.on_hold += u32::from(course.state.is_on_hold());
        self.preliminary += u32::from(course.state == State::Preliminary);
        self.excluded += u32::from(course.state == State::Excluded);
        self.resample += u32::from(course.resample);
    }
}

/// Both together.
impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.sampled += other.sampled;
        self.negative += other.negative;
        self.pending += other.pending;
        self.positive += other.positive;
        self.lost += other.lost;
        self.on_hold += other.on_hold;
        self.preliminary += other.preliminary;
        self.excluded += other.excluded;
        self.resample += other.resample;
    }
}

/// The numbers of those who were sampled first in a round at a site on a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tallied {
    /// The round.
    pub round: u32,
    /// The day of the first sample.
    pub day: Day,
    /// The site of the first sample.
    pub site: PostId,
    /// The numbers.
    pub tally: Tally,
}

/// The numbers by (round, day, site).
pub(super) fn tallies(courses: &[Course], offset: chrono::FixedOffset) -> Vec<Tallied> {
    let mut found: BTreeMap<(u32, Day, PostId), Tally> = BTreeMap::new();
    for course in courses {
        // Every act of a course is on a day of the calendar.
        let Some(day) = Day::of(course.taken, offset) else { continue };
        found.entry((course.round, day, course.site)).or_default().count(course);
    }
    let cell = |((round, day, site), tally)| Tallied { round, day, site, tally };
    found.into_iter().map(cell).collect()
}
