//! The problem: rows in, every mistake out.

mod error;

use std::sync::Arc as Shared;

use super::{Price, index};
use crate::error::Problems;

pub use self::error::ProblemError;

/// A source: what it holds, and what it costs to leave units of it unplaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Source {
    /// Units it holds, 0 or more.
    pub supply: i64,
    /// What each unit costs that stays unplaced.
    pub unplaced: Unplaced,
}

/// What a unit costs that stays unplaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Unplaced {
    /// So much, in the money of the arcs; negative where leaving it earns.
    Cost(i64),
    /// More than any money: as many units of this class are placed as can be. 0 is the most urgent; only the
    /// order of classes matters, and the classes of sinks have nothing to do with it.
    Class(u32),
}

impl Unplaced {
    /// The least urgent class.
    pub const LAST: Self = Self::Class(u32::MAX);
}

/// A sink: what it takes, and how urgent the mandatory part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Sink {
    /// Units it must have, 0 or more.
    pub min: i64,
    /// Units it can take, at least `min`; `i64::MAX` where there is no limit.
    pub max: i64,
    /// The class of the mandatory units; 0 is the most urgent. Only the order of classes matters.
    pub class: u32,
}

/// A way from a source to a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Arc {
    /// The number of the source, counted from 0.
    pub source: u32,
    /// The number of the sink, counted from 0.
    pub sink: u32,
    /// Units it can carry, 0 or more; `None` for as many as the source holds.
    pub cap: Option<i64>,
    /// What each unit costs; negative where it earns.
    pub cost: i64,
}

/// Collects the rows of a [`Problem`]; nothing is refused before [`ProblemBuilder::build`].
#[derive(Debug, Clone, Default)]
pub struct ProblemBuilder {
    rows: Rows,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Rows {
    #[cfg(feature = "serde")]
    format: crate::format::Format<1>,
    supplies: Vec<i64>,
    sinks: Vec<Sink>,
    arcs: Vec<Arc>,
    place_everybody: bool,
    /// What sources state; those beyond its end state nothing.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    unplaced: Vec<Option<Unplaced>>,
}

impl Rows {
    /// What a unit of a source costs that stays unplaced, stated or not.
    fn unplaced(&self, source: usize) -> Unplaced {
        unplaced_of(&self.unplaced, self.place_everybody, source)
    }

    /// The classes of unplaced units, the least urgent first.
    fn unplaced_classes(&self) -> Shared<[u32]> {
        // Of those beyond the last statement one speaks for all.
        let speaking = self.supplies.len().min(self.unplaced.len() + 1);
        let class = |source| match self.unplaced(source) {
            Unplaced::Class(class) => Some(class),
            Unplaced::Cost(_) => None,
        };
        let mut classes: Vec<u32> = (0..speaking).filter_map(class).collect();
        classes.sort_unstable_by(|a, b| b.cmp(a));
        classes.dedup();
        classes.into()
    }
}

/// What a unit of a source costs that stays unplaced: what the source states, or else what holds for all that
/// state nothing. Sources beyond the end of the list state nothing.
pub(super) fn unplaced_of(
    stated: &[Option<Unplaced>],
    place_everybody: bool,
    source: usize,
) -> Unplaced {
    let unstated = if place_everybody { Unplaced::LAST } else { Unplaced::Cost(0) };
    stated.get(source).copied().flatten().unwrap_or(unstated)
}

impl ProblemBuilder {
    /// No source, no sink, and nobody who has to be placed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source that states nothing but its supply, and returns its number. What its unplaced units
    /// cost is for [`ProblemBuilder::place_everybody`] to say.
    pub fn supply(&mut self, units: i64) -> u32 {
        self.rows.supplies.push(units);
        index(self.rows.supplies.len() - 1)
    }

    /// Adds a source and returns its number.
    pub fn source(&mut self, source: Source) -> u32 {
        let number = self.supply(source.supply);
        self.rows.unplaced.resize(number as usize, None);
        self.rows.unplaced.push(Some(source.unplaced));
        number
    }

    /// Adds a sink and returns its number.
    pub fn sink(&mut self, sink: Sink) -> u32 {
        self.rows.sinks.push(sink);
        index(self.rows.sinks.len() - 1)
    }

    /// Adds an arc. Its nodes may come later.
    pub fn arc(&mut self, arc: Arc) -> &mut Self {
        self.rows.arcs.push(arc);
        self
    }

    /// What an unplaced unit costs of a source that does not state it, one of [`ProblemBuilder::supply`]:
    /// `true` for [`Unplaced::LAST`], `false`, as at first, for `Unplaced::Cost(0)`. So where no source
    /// states anything, `true` says to place as many units as possible before cost is looked at.
    pub fn place_everybody(&mut self, wanted: bool) -> &mut Self {
        self.rows.place_everybody = wanted;
        self
    }

    /// Freezes rows that are known to be right.
    pub(super) fn frozen(self) -> Problem {
        let unplaced_classes = self.rows.unplaced_classes();
        Problem { rows: Shared::new(self.rows), unplaced_classes }
    }

    /// Checks everything and freezes the problem. O(rows).
    ///
    /// # Errors
    ///
    /// Every [`ProblemError`]: first of the sources, then of the sinks, then of the arcs, each in the
    /// order in which they were added.
    pub fn build(self) -> Result<Problem, Problems<ProblemError>> {
        let Rows { supplies, sinks, arcs, .. } = &self.rows;
        let rows = supplies.len() as u64 + 2 * sinks.len() as u64 + arcs.len() as u64;
        if rows >= u64::from(u32::MAX) {
            return Err(ProblemError::TooManyRows { rows }.into());
        }
        let mut found = Vec::new();
        check_supplies(supplies, &mut found);
        check_unplaced(&self.rows, &mut found);
        check_sinks(sinks, &mut found);
        check_arcs(&self.rows, &mut found);
        Problems::check(found)?;
        Ok(self.frozen())
    }
}

fn check_supplies(supplies: &[i64], found: &mut Vec<ProblemError>) {
    let mut sum = Some(0_i64);
    for (row, &supply) in (0..).zip(supplies) {
        if supply < 0 {
            found.push(ProblemError::NegativeSupply { row, supply });
        } else if !adds_up(&mut sum, supply) {
            found.push(ProblemError::SupplyOutOfRange { row });
        }
    }
}

fn check_unplaced(rows: &Rows, found: &mut Vec<ProblemError>) {
    let limit = cost_limit(rows.supplies.len(), rows.sinks.len());
    for (row, unplaced) in (0..).zip(&rows.unplaced) {
        if row as usize >= rows.supplies.len() {
            found.push(ProblemError::UnplacedOfNobody { row });
        }
        if let Some(Unplaced::Cost(cost)) = *unplaced
            && cost.unsigned_abs() > limit.unsigned_abs()
        {
            found.push(ProblemError::UnplacedCostOutOfRange { row, cost, limit });
        }
    }
}

fn check_sinks(sinks: &[Sink], found: &mut Vec<ProblemError>) {
    let mut sum = Some(0_i64);
    for (row, &Sink { min, max, .. }) in (0..).zip(sinks) {
        if min < 0 {
            found.push(ProblemError::NegativeDemand { row, min });
        } else if min > max {
            found.push(ProblemError::MinAboveMax { row, min, max });
        } else if !adds_up(&mut sum, min) {
            found.push(ProblemError::DemandOutOfRange { row });
        }
    }
}

/// Adds to a sum; `false` at the one row with which it leaves the number range.
fn adds_up(sum: &mut Option<i64>, units: i64) -> bool {
    let before = *sum;
    *sum = before.and_then(|sum| sum.checked_add(units));
    before.is_none() || sum.is_some()
}

fn check_arcs(rows: &Rows, found: &mut Vec<ProblemError>) {
    let limit = cost_limit(rows.supplies.len(), rows.sinks.len());
    for (row, &Arc { source, sink, cap, cost }) in (0..).zip(&rows.arcs) {
        if source as usize >= rows.supplies.len() {
            found.push(ProblemError::UnknownSource { row, number: source });
        }
        if sink as usize >= rows.sinks.len() {
            found.push(ProblemError::UnknownSink { row, number: sink });
        }
        if let Some(cap) = cap.filter(|&cap| cap < 0) {
            found.push(ProblemError::NegativeCapacity { row, cap });
        }
        if cost.unsigned_abs() > limit.unsigned_abs() {
            found.push(ProblemError::CostOutOfRange { row, cost, limit });
        }
    }
}

/// The largest cost of either sign; see the number range in the module's documentation.
pub(crate) fn cost_limit(sources: usize, sinks: usize) -> i64 {
    // Both counts are below 2^32 wherever there are rows of them, so the divisor is below 2^34.
    #[expect(clippy::cast_possible_wrap, reason = "below 2^34")]
    let divisor = 2 * sources.min(sinks) as i64 + 1;
    i64::MAX / divisor
}

/// A checked transportation problem. Frozen; a clone shares the rows.
///
/// # Examples
///
/// ```
/// use epitier::solver::transport::{Arc, ProblemBuilder, Sink, certify, solve};
///
/// let mut builder = ProblemBuilder::new();
/// let team = builder.supply(5);
/// let clinic = builder.sink(Sink { min: 3, max: 3, class: 0 });
/// let road = builder.sink(Sink { min: 4, max: 6, class: 1 });
/// builder.arc(Arc { source: team, sink: clinic, cap: None, cost: 700 });
/// builder.arc(Arc { source: team, sink: road, cap: None, cost: 10 });
/// let problem = builder.build()?;
///
/// let solution = solve(&problem, &())?;
/// assert_eq!(solution.flow(), [3, 2]);
/// assert_eq!(solution.cost(), 2_120);
/// assert_eq!(solution.missing(1), 2);
/// certify(&problem, &solution)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "Rows"))]
pub struct Problem {
    rows: Shared<Rows>,
    /// The least urgent first.
    unplaced_classes: Shared<[u32]>,
}

impl Problem {
    /// The same sources and sinks, and no arc yet.
    pub(crate) fn nodes(&self) -> ProblemBuilder {
        ProblemBuilder { rows: Rows { arcs: Vec::new(), ..(*self.rows).clone() } }
    }

    /// The supply of each source.
    #[must_use]
    pub fn supplies(&self) -> &[i64] {
        &self.rows.supplies
    }

    /// The sinks.
    #[must_use]
    pub fn sinks(&self) -> &[Sink] {
        &self.rows.sinks
    }

    /// The arcs, in the order in which they were added.
    #[must_use]
    pub fn arcs(&self) -> &[Arc] {
        &self.rows.arcs
    }

    /// What a unit of a source costs that stays unplaced, whether the source states it or not. Of a number
    /// beyond the last source, as if it stated nothing.
    #[must_use]
    pub fn unplaced(&self, source: u32) -> Unplaced {
        self.rows.unplaced(source as usize)
    }

    /// The same in the terms of the prices of a [`Solution`](super::Solution). The level of a class is the
    /// number of those that sources have and that are no more urgent, itself among them. O(log classes).
    #[must_use]
    pub fn unplaced_price(&self, source: u32) -> Price {
        match self.unplaced(source) {
            Unplaced::Cost(cost) => Price { level: 0, cost },
            #[expect(clippy::cast_possible_wrap, reason = "fewer than 2^32 classes")]
            Unplaced::Class(class) => {
                let level = self.unplaced_classes.partition_point(|&known| known >= class);
                Price { level: level as i64, cost: 0 }
            }
        }
    }

    /// The classes of unplaced units, the least urgent first, which has level 1.
    pub(super) fn unplaced_classes(&self) -> &[u32] {
        &self.unplaced_classes
    }

    /// What sources state; those beyond its end state nothing.
    pub(super) fn stated_unplaced(&self) -> &[Option<Unplaced>] {
        &self.rows.unplaced
    }

    /// What holds for sources that do not state what their unplaced units cost.
    #[must_use]
    pub fn place_everybody(&self) -> bool {
        self.rows.place_everybody
    }

    /// The most that an arc can carry: its capacity, but no more than its source holds.
    pub(super) fn capacity(&self, arc: &Arc) -> i64 {
        let supply = self.rows.supplies[arc.source as usize];
        arc.cap.map_or(supply, |cap| cap.min(supply))
    }

    /// The level that one mandatory unit takes off, for each sink: 1 in its least urgent class, 2 in the
    /// next, and so on.
    pub(super) fn demand_levels(&self) -> Vec<i64> {
        let mut classes: Vec<u32> = self.rows.sinks.iter().map(|sink| sink.class).collect();
        classes.sort_unstable_by(|a, b| b.cmp(a));
        classes.dedup();
        let level = |sink: &Sink| classes.partition_point(|&class| class >= sink.class);
        #[expect(clippy::cast_possible_wrap, reason = "fewer than 2^32 classes")]
        self.rows.sinks.iter().map(|sink| level(sink) as i64).collect()
    }
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Problem, ProblemBuilder, ProblemError, Problems, Rows};

    impl TryFrom<Rows> for Problem {
        type Error = Problems<ProblemError>;

        fn try_from(rows: Rows) -> Result<Self, Problems<ProblemError>> {
            ProblemBuilder { rows }.build()
        }
    }

    impl serde::Serialize for Problem {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.rows.serialize(serializer)
        }
    }
}
