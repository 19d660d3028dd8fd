//! How one person stands on a day.

use super::CensusPlan;
use crate::campaign::survey::Vaccination;
use crate::interval::Day;
use crate::population::Age;

/// How a resident stands; what each means is in the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum State {
    /// Too young.
    NotEligible,
    /// Must not be vaccinated.
    Exempt {
        /// The last day of it; none where it is for good.
        until: Option<Day>,
    },
    /// Has all doses.
    Complete,
    /// The next dose is due later.
    NotYetDue(NextDose),
    /// The next dose is due.
    Due(NextDose),
    /// The next dose should have been given.
    Overdue(NextDose),
    /// Nobody can say.
    Unknown(Unclear),
}

impl State {
    /// Whether a dose should be given now: due or overdue.
    #[must_use]
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Due(_) | Self::Overdue(_))
    }

    /// Whether somebody must be asked.
    #[must_use]
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// The next dose of somebody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NextDose {
    /// Its number, from 1 on.
    pub number: u8,
    /// The first day on which it is due.
    pub since: Day,
}

/// Why nobody can say how somebody stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Unclear {
    /// Nothing is stated.
    NotStated,
    /// No dose, and perhaps too young.
    Age,
    /// A dose of a vaccine that is unknown or has no schedule.
    Vaccine,
    /// The day of the last dose is unknown.
    LastDay,
}

impl CensusPlan {
    /// How somebody stands on a day, by the last answer and the ages that they can have.
    pub(super) fn state(
        &self,
        status: Option<Vaccination>,
        years: Option<(u8, u8)>,
        today: Day,
    ) -> State {
        let against = status.and_then(|status| status.contraindication);
        if let Some(against) = against.filter(|it| it.until.is_none_or(|until| today <= until)) {
            return State::Exempt { until: against.until };
        }
        let eligible = self.is_eligible(years);
        let Some(status) = status else {
            let too_young = eligible == Some(false);
            return if too_young { State::NotEligible } else { State::Unknown(Unclear::NotStated) };
        };
        if status.doses == 0 {
            let (since, by) = self.first_dose();
            return match eligible {
                Some(true) => next(NextDose { number: 1, since }, by, today),
                Some(false) => State::NotEligible,
                None => State::Unknown(Unclear::Age),
            };
        }
        let Some(schedule) = self.schedule_of(status.vaccine) else {
            return State::Unknown(Unclear::Vaccine);
        };
        if status.doses >= schedule.doses {
            return State::Complete;
        }
        let Some(last) = status.last else { return State::Unknown(Unclear::LastDay) };
        let by = schedule.most_days.map(|days| after(last, days));
        let since = after(last, schedule.least_days);
        next(NextDose { number: status.doses + 1, since }, by, today)
    }
}

/// How somebody stands whose next dose is known, and the last day on which it is not overdue.
fn next(dose: NextDose, by: Option<Day>, today: Day) -> State {
    match by {
        _ if today < dose.since => State::NotYetDue(dose),
        Some(by) if by < today => State::Overdue(dose),
        _ => State::Due(dose),
    }
}

/// So many days later, or the last day of the calendar.
fn after(day: Day, days: u16) -> Day {
    day.plus(days.into()).or_else(|| Day::from_ymd(9999, 12, 31)).unwrap_or(day)
}

/// The ages that somebody can have, both ends included: the one reached in the year, or the band.
pub(super) fn years(age: Age, today: Day) -> Option<(u8, u8)> {
    match age {
        Age::Unknown => None,
        Age::Born(year) => {
            let years = u32::try_from(today.year() - i32::from(year)).ok()?;
            let years = u8::try_from(years).unwrap_or(u8::MAX);
            Some((years, years))
        }
        Age::Band { from, to } => Some((from, to)),
    }
}
