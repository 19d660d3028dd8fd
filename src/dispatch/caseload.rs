//! Caseloads (包保户): the households of a unit divided among its responders.
//!
//! A caseload is a stretch of one walk past all doors, so its households are neighbours. Dividing a walk is
//! no transportation problem (who is in one caseload decides who can be in the next), but it has an exact
//! answer all the same, found stretch by stretch (R. Bellman, *Dynamic Programming*, 1957). Who gets which
//! caseload is one, and goes to the [solver](crate::solver::transport).
//!
//! # Which division
//!
//! With h households, r responders and a band from `min` to `max`:
//!
//! 1. Nobody gets more than `max`. Where h > r · max, everybody gets `max`, and h - r · max households are
//!    left over, for staff and volunteers. Otherwise none is.
//! 2. All caseloads are within the band, unless no number of caseloads within it holds all households: then
//!    some are below it.
//! 3. The fewest entrances are parted, then the fewest buildings between entrances.
//! 4. As many responders take part as can; where some caseloads are below the band, as few.
//! 5. The sum of the squares of the sizes is the least: the caseloads are as equal as they can be.
//!
//! Of equal divisions the one whose last caseload ends last, and of those the one where it is the smallest;
//! then likewise the caseload before it, and so on.

mod division;

use std::ops::Range;

use self::division::Division;
use crate::error::{Problems, Stopped};
use crate::id::{Claims, HouseholdId, ResponderId, UnitId, dense};
use crate::population::{Household, Population};
use crate::solver::transport::{self, Arc, ProblemBuilder, ProblemError, Sink};
use crate::watch::Watch;

/// So many steps of the walk, times caseloads, are divided at once.
const MOST_STATES: u64 = 1 << 26;

/// A household on a walk past all doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stop {
    /// The household.
    pub household: HouseholdId,
    /// Its building.
    pub building: UnitId,
    /// Its entrance (单元) within the building.
    #[cfg_attr(feature = "serde", serde(default))]
    pub entrance: u32,
}

impl Stop {
    /// The walk past all doors of a unit: by building, door and household. `entrance` tells the entrance of
    /// a household, mostly from its door; doors of one entrance should follow one another. O(n log n).
    #[must_use]
    pub fn walk(
        population: &Population,
        unit: UnitId,
        entrance: impl Fn(&Household) -> u32,
    ) -> Vec<Self> {
        let positions = population.household_positions(unit).iter();
        let mut rows: Vec<Household> =
            positions.filter_map(|position| population.household_at(position)).collect();
        let place = |row: &Household| population.network().position(row.building);
        rows.sort_by_cached_key(|row| (place(row), row.door, row.id));
        let stop = |row: &Household| Self {
            household: row.id,
            building: row.building,
            entrance: entrance(row),
        };
        rows.iter().map(stop).collect()
    }
}

/// How many households one responder looks after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CaseloadBand {
    /// The fewest, at least 1.
    pub min: u32,
    /// The most, at least `min`.
    pub max: u32,
}

/// 10 to 15 households, as in Huanggang in 2021.
impl Default for CaseloadBand {
    fn default() -> Self {
        Self { min: 10, max: 15 }
    }
}

/// The households of one responder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Caseload {
    /// Who looks after them.
    pub responder: ResponderId,
    /// The households, in walking order.
    pub households: Vec<HouseholdId>,
}

/// A walk divided among responders; see the [module](super) for which way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Caseloads {
    /// The caseloads, in walking order.
    pub caseloads: Vec<Caseload>,
    /// The households of nobody, in walking order: for staff and volunteers.
    pub left_over: Vec<HouseholdId>,
    /// The responders without a caseload, by id.
    pub free: Vec<ResponderId>,
    /// How many times two neighbours behind one entrance were parted.
    pub parted_entrances: u32,
    /// How many times two neighbouring entrances of one building were parted.
    pub parted_buildings: u32,
}

/// What a division refuses. Rows count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum CaseloadError {
    /// No size lies within the band, or it begins at 0.
    #[error("no caseload has {min} to {max} households")]
    EmptyBand {
        /// The fewest.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A household that the walk passed before.
    #[error("stop {row}: stop {first} is the same household")]
    HouseholdTwice {
        /// The stop.
        row: usize,
        /// The earlier stop.
        first: usize,
    },
    /// A responder that was named before.
    #[error("responder {row}: responder {first} is the same")]
    ResponderTwice {
        /// The row.
        row: usize,
        /// The earlier row.
        first: usize,
    },
    /// A cost with which prices could leave the number range of the solver.
    #[error(
        "{responder:?} at caseload {caseload} costs {cost}, beyond the limit of {limit} either way"
    )]
    CostOutOfRange {
        /// The responder.
        responder: ResponderId,
        /// The caseload, counted in walking order.
        caseload: u32,
        /// The cost.
        cost: i64,
        /// The largest cost of either sign for so many caseloads.
        limit: i64,
    },
    /// The walk is too long, or the band too wide, to be divided at once: divide its compounds one by one.
    #[error("a walk of {stops} households among {responders} responders is too much at once")]
    TooLarge {
        /// The households.
        stops: usize,
        /// The responders.
        responders: usize,
    },
}

impl CaseloadError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::EmptyBand { .. } => "empty-band",
            Self::HouseholdTwice { .. } => "household-twice",
            Self::ResponderTwice { .. } => "responder-twice",
            Self::CostOutOfRange { .. } => "cost-out-of-range",
            Self::TooLarge { .. } => "too-large",
        }
    }
}

impl Caseloads {
    /// Divides a walk among responders. `way` tells what it costs that a responder looks after some stops,
    /// mostly the way there; among all ways to give out the caseloads, the total cost is the least.
    ///
    /// # Cost
    ///
    /// O(h · n · (max - min + 1)) for h stops and n caseloads where the band leaves a choice at all, and
    /// n · r calls of `way`. Measured on a busy machine: 764 households and 68 responders 0.7 ms, 4,000 and 300 20 ms, 20,000
    /// and 1,700 2 s (divide those compound by compound).
    ///
    /// # Determinism
    ///
    /// The same for any number of threads and any order of the responders.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every [`CaseloadError`], [`Stopped::Cancelled`].
    ///
    /// # Examples
    ///
    /// Two buildings of twelve households, and two responders:
    ///
    /// ```
    /// use epitier::dispatch::{CaseloadBand, Caseloads, Stop};
    /// use epitier::{HouseholdId, ResponderId, UnitId};
    ///
    /// let stop = |number: u32| Stop {
    ///     household: HouseholdId::new(number),
    ///     building: UnitId::new(number / 12),
    ///     entrance: number % 12 / 6,
    /// };
    /// let walk: Vec<Stop> = (0..24).map(stop).collect();
    /// let (first, second) = (ResponderId::new(1), ResponderId::new(2));
    /// // The second one lives in building 0.
    /// let way = |who: ResponderId, stops: &[Stop]| {
    ///     i64::from((who == second) != (stops[0].building == UnitId::new(0)))
    /// };
    /// let divided =
    ///     Caseloads::divide(&walk, &[first, second], CaseloadBand::default(), way, &())?;
    ///
    /// let of = |at: usize| (divided.caseloads[at].responder, divided.caseloads[at].households.len());
    /// assert_eq!((of(0), of(1)), ((second, 12), (first, 12)));
    /// assert_eq!((divided.parted_entrances, divided.parted_buildings), (0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn divide(
        walk: &[Stop],
        responders: &[ResponderId],
        band: CaseloadBand,
        way: impl Fn(ResponderId, &[Stop]) -> i64,
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<CaseloadError>> {
        check(walk, responders, band)?;
        let mut responders = responders.to_vec();
        responders.sort_unstable();
        let division = Division::new(walk, responders.len(), band);
        if division.states() > MOST_STATES {
            let (stops, responders) = (walk.len(), responders.len());
            return Err(Problems::from(CaseloadError::TooLarge { stops, responders }).into());
        }
        let stretches = division.best(watch)?;
        let owners = owners(walk, &stretches, &responders, way, watch)?;
        let households = |stops: &[Stop]| stops.iter().map(|stop| stop.household).collect();
        let mut divided = Self::default();
        let mut at = 0;
        for (stretch, &owner) in stretches.iter().zip(&owners) {
            divided.left_over.extend(walk[at..stretch.start].iter().map(|stop| stop.household));
            let (responder, households) = (responders[owner], households(&walk[stretch.clone()]));
            divided.caseloads.push(Caseload { responder, households });
            at = stretch.end;
        }
        divided.left_over.extend(walk[at..].iter().map(|stop| stop.household));
        let taken = divided.caseloads.iter().map(|caseload| caseload.responder);
        let mut taken: Vec<ResponderId> = taken.collect();
        taken.sort_unstable();
        divided.free =
            responders.into_iter().filter(|who| taken.binary_search(who).is_err()).collect();
        let mut cuts: Vec<usize> = stretches.iter().flat_map(|s| [s.start, s.end]).collect();
        cuts.dedup();
        let cuts = cuts.into_iter().map(|at| division.cut(at));
        (divided.parted_entrances, divided.parted_buildings) =
            cuts.fold((0, 0), |sum, cut| (sum.0 + cut.0, sum.1 + cut.1));
        Ok(divided)
    }
}

fn check(
    walk: &[Stop],
    responders: &[ResponderId],
    CaseloadBand { min, max }: CaseloadBand,
) -> Result<(), Problems<CaseloadError>> {
    let too_many = |rows: usize| rows >= u32::MAX as usize;
    if too_many(walk.len()) || too_many(responders.len()) {
        let (stops, responders) = (walk.len(), responders.len());
        return Err(CaseloadError::TooLarge { stops, responders }.into());
    }
    let mut found = Vec::new();
    if min == 0 || min > max {
        found.push(CaseloadError::EmptyBand { min, max });
    }
    let households = Claims::new(walk.iter().map(|stop| stop.household));
    let error = |(row, first)| CaseloadError::HouseholdTwice { row, first };
    found.extend(households.repeats().into_iter().map(error));
    let responders = Claims::new(responders.iter().copied());
    let error = |(row, first)| CaseloadError::ResponderTwice { row, first };
    found.extend(responders.repeats().into_iter().map(error));
    Problems::check(found)
}

/// Who looks after each stretch, as indexes of responders in order: every stretch gets one, at the least
/// total cost.
fn owners(
    walk: &[Stop],
    stretches: &[Range<usize>],
    responders: &[ResponderId],
    way: impl Fn(ResponderId, &[Stop]) -> i64,
    watch: &dyn Watch,
) -> Result<Vec<usize>, Stopped<CaseloadError>> {
    let mut builder = ProblemBuilder::new();
    for _ in stretches {
        builder.sink(Sink { min: 1, max: 1, class: 0 });
    }
    for &responder in responders {
        watch.check()?;
        let source = builder.supply(1);
        for (stretch, sink) in stretches.iter().zip(0..) {
            let cost = way(responder, &walk[stretch.clone()]);
            builder.arc(Arc { source, sink, cap: None, cost });
        }
    }
    let problem = builder.build().map_err(|problems| {
        problems.map(|problem| match problem {
            ProblemError::CostOutOfRange { row, cost, limit } => CaseloadError::CostOutOfRange {
                responder: responders[row as usize / stretches.len()],
                caseload: dense(row as usize % stretches.len()),
                cost,
                limit,
            },
            _ => CaseloadError::TooLarge { stops: walk.len(), responders: responders.len() },
        })
    })?;
    let solution = transport::solve(&problem, watch)?;
    let mut owners = vec![0; stretches.len()];
    for (arc, &units) in problem.arcs().iter().zip(solution.flow()) {
        if units > 0 {
            owners[arc.sink as usize] = arc.source as usize;
        }
    }
    Ok(owners)
}
