//! The answer: flow, prices that prove it, and what could not be met.

/// A price or a cost: what it is worth in mandatory demand and placed units, and only then in money.
///
/// Compared by level first. Levels count mandatory units, and unplaced ones that have a class, by the weight
/// of their classes; see the [module](super).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Price {
    /// The level.
    pub level: i64,
    /// The cost, within the level.
    pub cost: i64,
}

/// Why mandatory demand of a class and of more urgent ones is not met: a set T of sinks that together need
/// more than the sources can send them.
///
/// No sink of T has a unit to spare, and `missing` is exactly what the classes up to this one are short
/// of: `demand`, the sum of `min` over T, less `reach`, the most that the sources can send into T (for
/// each source its supply, or the capacities of its arcs into T where they are less). Anybody can check it
/// from the problem alone, and so does [`certify`](super::certify).
///
/// T only grows from class to class, so an entry lists only the sinks that the more urgent entries do not;
/// [`Solution::short_sinks`] lists a whole T. A class that is itself filled has no entry: the T of
/// the last more urgent entry is its T too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Shortage {
    /// The class.
    pub class: u32,
    /// The sinks that join T here, in ascending order; all are of this or a more urgent class.
    pub joining: Vec<u32>,
    /// The mandatory units of all of T.
    pub demand: i64,
    /// The most units that the sources can send into T.
    pub reach: i64,
    /// The units that this and the more urgent classes are short of: `demand - reach`.
    pub missing: i64,
}

/// An optimal flow with its proof, as returned by [`solve`](super::solve).
///
/// A solution read from a file is worth as much as its author: ask [`certify`](super::certify).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Solution {
    #[cfg(feature = "serde")]
    pub(super) format: crate::format::Format<1>,
    pub(super) flow: Vec<i64>,
    pub(super) unplaced: Vec<i64>,
    pub(super) unfilled: Vec<i64>,
    pub(super) source_prices: Vec<Price>,
    pub(super) sink_prices: Vec<Price>,
    pub(super) cost: i128,
    pub(super) shortages: Vec<Shortage>,
}

/// What a flow is said to be, whoever says so.
pub(super) struct Stated<'a> {
    pub(super) flow: &'a [i64],
    pub(super) unplaced: &'a [i64],
    pub(super) unfilled: &'a [i64],
    pub(super) cost: i128,
}

impl Solution {
    pub(super) fn stated(&self) -> Stated<'_> {
        let Self { flow, unplaced, unfilled, cost, .. } = self;
        Stated { flow, unplaced, unfilled, cost: *cost }
    }

    /// The units on each arc, in the order of the arcs of the problem.
    #[must_use]
    pub fn flow(&self) -> &[i64] {
        &self.flow
    }

    /// The same prices and other units, with what they cost.
    pub(crate) fn with_flow(&self, flow: Vec<i64>, cost: i128) -> Self {
        Self { flow, cost, ..self.clone() }
    }

    /// The units that each source keeps.
    #[must_use]
    pub fn unplaced(&self) -> &[i64] {
        &self.unplaced
    }

    /// The mandatory units that each sink is short of.
    #[must_use]
    pub fn unfilled(&self) -> &[i64] {
        &self.unfilled
    }

    /// What one more unit at each source would cost, with all the moves that it makes possible.
    ///
    /// Exact as [`solve`](super::solve) returns them, if no arc's capacity equals the source's supply. A
    /// solution from elsewhere may hold any prices that prove its flow.
    #[must_use]
    pub fn source_prices(&self) -> &[Price] {
        &self.source_prices
    }

    /// What one more unit brought to each sink would cost: negative where it is wanted, positive where it
    /// pushes another one out. For a sink that takes nothing, the least price, not
    /// below 0, at which no arc into it pays.
    ///
    /// For an arc from i to j that can carry more, `source price(i) <= cost + sink price(j)`; for one that
    /// carries something, `>=`. So `cost + sink price - source price` is the least extra cost of forcing
    /// one unit over an arc that is not used.
    #[must_use]
    pub fn sink_prices(&self) -> &[Price] {
        &self.sink_prices
    }

    /// The total cost of the flow and of unplaced units.
    #[must_use]
    pub fn cost(&self) -> i128 {
        self.cost
    }

    /// One entry for every class that is short of units, the most urgent first; empty if all mandatory
    /// demand is met.
    #[must_use]
    pub fn shortages(&self) -> &[Shortage] {
        &self.shortages
    }

    /// The mandatory units that a class and the more urgent ones are short of together. O(log classes).
    #[must_use]
    pub fn missing(&self, class: u32) -> i64 {
        self.shortages_up_to(class).last().map_or(0, |shortage| shortage.missing)
    }

    /// Each class that is short of mandatory units, with their number, the most urgent first.
    pub fn unfilled_by_class(&self) -> impl Iterator<Item = (u32, i64)> + '_ {
        self.shortages.iter().scan(0, |before, shortage| {
            let short = shortage.missing - *before;
            *before = shortage.missing;
            Some((shortage.class, short))
        })
    }

    /// The set T that proves the shortage of a class and the more urgent ones, in ascending order; empty
    /// if they lack nothing. O(n log n) for n sinks in it.
    #[must_use]
    pub fn short_sinks(&self, class: u32) -> Vec<u32> {
        let entries = self.shortages_up_to(class).iter();
        let mut sinks: Vec<u32> = entries.flat_map(|shortage| &shortage.joining).copied().collect();
        sinks.sort_unstable();
        sinks
    }

    fn shortages_up_to(&self, class: u32) -> &[Shortage] {
        let entries = self.shortages.partition_point(|shortage| shortage.class <= class);
        &self.shortages[..entries]
    }
}
