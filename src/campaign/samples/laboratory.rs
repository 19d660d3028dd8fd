//! When the laboratories will be through: a queue that anybody can replay.

use super::Arrival;
use crate::error::Problems;
use crate::id::{Claims, LaboratoryId, TubeId};
use crate::interval::Timestamp;

/// What a laboratory can do.
///
/// One that takes each tube as it comes and gives r results an hour, t hours after the start, has `batch` 1 and r * t
/// `machines`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Laboratory {
    /// The laboratory.
    pub laboratory: LaboratoryId,
    /// How many tubes a machine takes at once, at least 1.
    pub batch: u32,
    /// How many machines run side by side, at least 1.
    pub machines: u32,
    /// Seconds from the start of a batch until its results are there and the machine is free.
    pub turnaround: u32,
}

/// When one laboratory will be through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LaboratoryForecast {
    /// The laboratory.
    pub laboratory: LaboratoryId,
    /// How many tubes it tests.
    pub tubes: u32,
    /// In how many batches.
    pub batches: u32,
    /// When its last result is there; `None` without a tube.
    pub last: Option<Timestamp>,
}

/// When the laboratories will be through.
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Forecast {
    /// Each laboratory, by id.
    pub laboratories: Vec<LaboratoryForecast>,
    /// When the last result of all is there; `None` without a tube.
    pub last: Option<Timestamp>,
}

/// Why nothing can be forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum LaboratoryError {
    /// A laboratory without a machine, or whose machines take no tube.
    #[error("laboratory row {row}: {laboratory:?} can test nothing")]
    NoCapacity {
        /// The row among the laboratories.
        row: usize,
        /// The laboratory.
        laboratory: LaboratoryId,
    },
    /// A laboratory is stated twice.
    #[error("laboratory row {row} states {laboratory:?} again, after row {first}")]
    StatedTwice {
        /// The row among the laboratories.
        row: usize,
        /// The laboratory.
        laboratory: LaboratoryId,
        /// The first row.
        first: usize,
    },
    /// A tube comes to a laboratory that is not stated.
    #[error("arrival row {row}: {laboratory:?} is not stated")]
    UnknownLaboratory {
        /// The row among the arrivals.
        row: usize,
        /// The laboratory.
        laboratory: LaboratoryId,
    },
    /// A tube is to be tested twice.
    #[error("arrival row {row}: {tube:?} is in row {first} already")]
    TubeTwice {
        /// The row among the arrivals.
        row: usize,
        /// The tube.
        tube: TubeId,
        /// The first row.
        first: usize,
    },
}

impl LaboratoryError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCapacity { .. } => "no-capacity",
            Self::StatedTwice { .. } => "stated-twice",
            Self::UnknownLaboratory { .. } => "unknown-laboratory",
            Self::TubeTwice { .. } => "tube-twice",
        }
    }
}

/// When the last result will be there, if the tubes come as stated and nothing is started before `from`.
///
/// Each laboratory is a queue of its own. A tube waits from its arrival, or from `from` if that is later; tubes wait
/// in the order of (arrival, tube). As soon as a machine is free and a tube waits, the machine starts with the tubes
/// that wait, up to a batch, and waits for no more. After the turnaround the results are there and the machine is free.
///
/// The arrivals are [those that wait](super::SampleRegister::waiting), and with them those that the host expects of
/// the tubes still [under way](super::SampleRegister::under_way). What is on a machine at `from` is taken to be started anew, so the
/// forecast may be off by a turnaround: late by what they had done, or early where tubes that waited fit beside them. What twice the machines or one more laboratory change is another forecast.
///
/// # Cost
///
/// O(n log n) for n arrivals.
///
/// # Errors
///
/// Every problem of the laboratories, then of the arrivals, each in row order.
///
/// # Examples
///
/// ```
/// use epitier::campaign::samples::{Arrival, Laboratory, forecast};
/// use epitier::{LaboratoryId, Timestamp, TubeId};
///
/// let six: Timestamp = "2021-08-02T06:00:00+08:00".parse()?;
/// let laboratory = LaboratoryId::new(0);
/// let tubes = (0..192).map(|tube| Arrival { tube: TubeId::new(tube), laboratory, at: six });
/// let tubes: Vec<Arrival> = tubes.collect();
/// let one = Laboratory { laboratory, batch: 96, machines: 1, turnaround: 4 * 3_600 };
/// let two = Laboratory { machines: 2, ..one };
/// assert_eq!(forecast(&[one], &tubes, six)?.last, Some(six.saturating_add(8 * 3_600)));
/// assert_eq!(forecast(&[two], &tubes, six)?.last, Some(six.saturating_add(4 * 3_600)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forecast(
    laboratories: &[Laboratory],
    arrivals: &[Arrival],
    from: Timestamp,
) -> Result<Forecast, Problems<LaboratoryError>> {
    let stated = Claims::new(laboratories.iter().map(|row| row.laboratory));
    Problems::check(check(laboratories, arrivals, &stated))?;
    let mut queue: Vec<Arrival> = arrivals.to_vec();
    queue.sort_unstable_by_key(|arrival| (arrival.laboratory, arrival.at, arrival.tube));
    let of_one = |(&laboratory, row): (&LaboratoryId, usize)| {
        let before = queue.partition_point(|arrival| arrival.laboratory < laboratory);
        let until = queue.partition_point(|arrival| arrival.laboratory <= laboratory);
        run(&laboratories[row], &queue[before..until], from)
    };
    let laboratories: Vec<LaboratoryForecast> = stated.firsts().map(of_one).collect();
    let last = laboratories.iter().filter_map(|of| of.last).max();
    Ok(Forecast { laboratories, last })
}

fn check(
    laboratories: &[Laboratory],
    arrivals: &[Arrival],
    stated: &Claims<LaboratoryId>,
) -> Vec<LaboratoryError> {
    let mut found: Vec<(usize, LaboratoryError)> = Vec::new();
    for (row, &Laboratory { laboratory, batch, machines, .. }) in laboratories.iter().enumerate() {
        if batch == 0 || machines == 0 {
            found.push((row, LaboratoryError::NoCapacity { row, laboratory }));
        }
    }
    for (row, first) in stated.repeats() {
        let laboratory = laboratories[row].laboratory;
        found.push((row, LaboratoryError::StatedTwice { row, laboratory, first }));
    }
    let behind = laboratories.len();
    for (row, &Arrival { laboratory, .. }) in arrivals.iter().enumerate() {
        if stated.first(&laboratory).is_none() {
            found.push((behind + row, LaboratoryError::UnknownLaboratory { row, laboratory }));
        }
    }
    for (row, first) in Claims::new(arrivals.iter().map(|arrival| arrival.tube)).repeats() {
        let tube = arrivals[row].tube;
        found.push((behind + row, LaboratoryError::TubeTwice { row, tube, first }));
    }
    found.sort_by_key(|&(place, _)| place);
    found.into_iter().map(|(_, problem)| problem).collect()
}

/// Runs the queue of one laboratory.
fn run(of: &Laboratory, queue: &[Arrival], from: Timestamp) -> LaboratoryForecast {
    // All batches take equally long, so machines become free in the order in which they were started.
    let mut ends: Vec<Timestamp> = Vec::new();
    let mut next = 0;
    while let Some(first) = queue.get(next) {
        let free =
            ends.len().checked_sub(of.machines as usize).map_or(from, |earlier| ends[earlier]);
        let start = first.at.max(free);
        let waiting = queue[next..].iter().take(of.batch as usize);
        next += waiting.take_while(|arrival| arrival.at <= start).count();
        ends.push(start.saturating_add(of.turnaround.into()));
    }
    LaboratoryForecast {
        laboratory: of.laboratory,
        tubes: crate::id::dense(queue.len()),
        batches: crate::id::dense(ends.len()),
        last: ends.last().copied(),
    }
}
