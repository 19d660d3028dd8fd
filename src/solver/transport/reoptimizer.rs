//! A best flow that stays one while the problem changes.

mod edit;
mod frozen;
mod mend;
mod search;
mod ways;

use self::search::Labels;
use self::ways::Ways;
use super::certificate::{check_flow, check_lengths};
use super::problem::{cost_limit, unplaced_of};
use super::{Arc, Defect, Problem, Sink, Solution, Unplaced, index, solve};
use crate::error::{Problems, Stopped};
use crate::watch::{Cancelled, Watch};

pub use self::edit::{Edit, Shift};
pub use self::frozen::{Frozen, Twin};

/// A best flow of a problem that changes, mended instead of solved again.
///
/// Every source, sink and arc of the problem can change, and new ones can come; what is gone has no supply,
/// takes nothing, or carries nothing. After each [`Reoptimizer::apply`] the flow is a best one of the changed problem,
/// where each unit that leaves an arc costs a stated price, the *stay price*, on top: so that a small change of the
/// problem gives a small change of the flow. The price is at the level of costs, and no reason to leave mandatory
/// demand unmet. What counts is the flow before the call, unit by unit: an arc that carried 3 units and
/// now carries 1 has lost 2.
///
/// # Method
///
/// Prices of the sinks prove the flow at any time. A change breaks the proof at one sink, or at one source
/// that is taken out and put in again; shortest paths over reduced costs (Dijkstra's algorithm, looking back from a
/// sink in want of units and ahead from a node with too many) then restore it unit by unit, and move the
/// prices of what they passed (successive shortest paths; Ahuja, Magnanti, Orlin, *Network Flows*, 1993, 9.7).
/// A source that stands on one arc is passed over at once and has no label of its own.
///
/// # Cost
///
/// About 60 bytes for each arc, and O(arcs) to begin. An [`Edit`] then costs what its paths touch: all arcs into the
/// sinks that are nearer than the path's end. The stay price keeps that few.
///
/// # Examples
///
/// ```
/// use epitier::solver::transport::{Arc, Edit, ProblemBuilder, Reoptimizer, Sink, certify, solve};
///
/// let mut builder = ProblemBuilder::new();
/// let (near, far) = (builder.supply(1), builder.supply(1));
/// let post = builder.sink(Sink { min: 1, max: 1, class: 0 });
/// builder.arc(Arc { source: near, sink: post, cap: None, cost: 3 });
/// builder.arc(Arc { source: far, sink: post, cap: None, cost: 8 });
/// let problem = builder.build()?;
/// let solution = solve(&problem, &())?;
///
/// let mut flow = Reoptimizer::new(&problem, &solution, 4, &())?;
/// // The near one falls ill, and the far one steps in.
/// let shifts = flow.apply(&[Edit::Supply { source: near, units: 0 }], &())?;
/// assert_eq!(shifts.iter().map(|shift| (shift.arc, shift.before, shift.after)).collect::<Vec<_>>(), [(0, 1, 0), (1, 0, 1)]);
/// // The near one is back, but 5 saved are more than 4 for the change.
/// assert_eq!(flow.apply(&[Edit::Supply { source: near, units: 1 }], &())?.len(), 2);
///
/// let frozen = flow.freeze(&())?;
/// certify(&frozen.problem, &frozen.solution)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reoptimizer {
    ways: Ways,
    supplies: Vec<i64>,
    sinks: Vec<Sink>,
    /// What sources state about unplaced units; those beyond its end state nothing.
    stated: Vec<Option<Unplaced>>,
    /// What holds for sources that state nothing.
    place_everybody: bool,
    /// What each unit that leaves its arc costs.
    stay: i64,
    /// No cost, of either sign, was ever larger.
    largest_cost: i64,
    /// The units on each arc before the last call: so many cost less by the stay price.
    kept: Vec<i64>,
    flow: Vec<i64>,
    unplaced: Vec<i64>,
    got: Vec<i64>,
    stands: Vec<Stand>,
    /// What one more unit at each sink costs on its way to the root: a price that proves the flow.
    prices: Vec<i128>,
    /// What was written since the last call began, with what stood there before.
    journal: Vec<Undo>,
    labels: Labels,
}

/// Where the units of a source are: on one arc, with what the last of them costs there.
#[derive(Debug, Clone, Copy)]
struct Stand {
    arc: u32,
    sink: u32,
    cost: i64,
}

/// Instead of the arc of a [`Stand`]: all units are unplaced.
const UNPLACED: u32 = u32::MAX;

/// Instead of the arc of a [`Stand`]: on several arcs, or on one and unplaced.
const SPLIT: u32 = u32::MAX - 1;

/// Instead of the arc of a [`Stand`]: there are no units.
const EMPTY: u32 = u32::MAX - 2;

/// A number that was written over.
#[derive(Debug, Clone, Copy)]
enum Undo {
    Units(Slot, i64),
    Price(u32, i128),
    Supply(u32, i64),
    Sink(u32, Sink),
    Arc(u32, Arc),
}

/// A place with units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// On an arc.
    Arc(u32),
    /// Kept by a source.
    Unplaced(u32),
    /// At a sink.
    Got(u32),
}

/// A level in a price: above every sum of costs on a path, which the limit of costs keeps below 2^64.
const LEVEL: i128 = 1 << 66;

/// The price of a mandatory unit of a class.
const fn mandatory(class: u32) -> i128 {
    // Any strictly decreasing weights of the classes do; these depend on no other sink.
    (class as i128 - (1 << 32)) * LEVEL
}

/// The price of an unplaced unit of a class: above 0, that of the least urgent one is one level.
const fn unplaced_class(class: u32) -> i128 {
    ((1 << 32) - class as i128) * LEVEL
}

/// What a unit on an arc costs that stays there, or comes.
const fn cost(arc: &Arc, stays: bool, stay: i64) -> i64 {
    if stays { arc.cost - stay } else { arc.cost }
}

/// What the first unit costs; [`ways::CLOSED`] if the arc can carry none.
fn entry_cost(arc: &Arc, stays: bool, stay: i64) -> i64 {
    if arc.cap == Some(0) { ways::CLOSED } else { cost(arc, stays, stay) }
}

impl Reoptimizer {
    /// Begins with a flow that is best, or is made so here: where the prices of the solution do not prove its
    /// flow at this stay price, the problem is solved again, each unit that leaves its arc for the price.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with the [`Defect`] if the flow is none of the problem, or with
    /// [`Defect::StayPrice`] if the price is below 0 or would take a cost out of the number range;
    /// [`Stopped::Cancelled`].
    pub fn new(
        problem: &Problem,
        solution: &Solution,
        stay: i64,
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<Defect>> {
        let got =
            check_lengths(problem, solution).and_then(|()| check_flow(problem, &solution.stated()));
        let got = got.map_err(Problems::from)?;
        let (sources, sinks) = (problem.supplies().len(), problem.sinks().len());
        let costs = problem.arcs().iter().map(|arc| arc.cost.saturating_abs());
        let unplaced = (0..index(sources)).map(|source| problem.unplaced_price(source).cost.abs());
        let largest_cost = costs.chain(unplaced).max().unwrap_or(0);
        let limit = cost_limit(sources, sinks) - largest_cost;
        if !(0..=limit).contains(&stay) {
            return Err(Problems::from(Defect::StayPrice { limit }).into());
        }
        let entry_cost = |arc: u32| {
            let stays = solution.flow()[arc as usize] > 0;
            entry_cost(&problem.arcs()[arc as usize], stays, stay)
        };
        let mut state = Self {
            ways: Ways::new(problem, entry_cost, watch)?,
            supplies: problem.supplies().to_vec(),
            sinks: problem.sinks().to_vec(),
            stated: problem.stated_unplaced().to_vec(),
            place_everybody: problem.place_everybody(),
            stay,
            largest_cost,
            kept: solution.flow().to_vec(),
            flow: solution.flow().to_vec(),
            unplaced: solution.unplaced().to_vec(),
            got,
            stands: vec![Stand { arc: EMPTY, sink: 0, cost: 0 }; sources],
            prices: frozen::prices(problem, solution),
            journal: Vec::new(),
            labels: Labels::new(sinks),
        };
        for source in 0..index(sources) {
            state.restand(source);
        }
        watch.check()?;
        if !state.is_best() {
            state.solve_again(watch)?;
        }
        Ok(state)
    }

    /// Whether the prices prove the flow.
    fn is_best(&self) -> bool {
        (0..index(self.supplies.len())).all(|source| self.is_balanced(source))
            && (0..index(self.sinks.len())).all(|sink| {
                let (price, got) = (self.prices[sink as usize], self.got[sink as usize]);
                let full = got >= self.sinks[sink as usize].max;
                (full || price <= self.next_worth(sink))
                    && (got == 0 || price >= self.last_worth(sink))
            })
    }

    /// Solves the problem from nothing.
    fn solve_again(&mut self, watch: &dyn Watch) -> Result<(), Cancelled> {
        let stated = self.state(watch)?;
        let solution = solve(&stated.problem, watch)?;
        self.prices = frozen::prices(&stated.problem, &solution);
        self.flow.fill(0);
        for (twin, &units) in stated.arcs.iter().zip(solution.flow()) {
            self.flow[twin.arc as usize] += units;
        }
        self.unplaced.copy_from_slice(solution.unplaced());
        self.got.fill(0);
        for (arc, &units) in self.ways.arcs.iter().zip(&self.flow) {
            self.got[arc.sink as usize] += units;
        }
        for source in 0..index(self.supplies.len()) {
            self.restand(source);
        }
        Ok(())
    }

    /// The units on each arc, in the order of the arcs of the problem and then of those that came.
    #[must_use]
    pub fn flow(&self) -> &[i64] {
        &self.flow
    }

    /// The arcs: those of the problem, then those that came, each as it is now.
    #[must_use]
    pub fn arcs(&self) -> &[Arc] {
        &self.ways.arcs
    }

    /// The supply of each source as it is now.
    #[must_use]
    pub fn supplies(&self) -> &[i64] {
        &self.supplies
    }

    /// The sinks as they are now.
    #[must_use]
    pub fn sinks(&self) -> &[Sink] {
        &self.sinks
    }

    /// The units that each source keeps.
    #[must_use]
    pub fn unplaced(&self) -> &[i64] {
        &self.unplaced
    }

    /// The units that each sink gets.
    #[must_use]
    pub fn got(&self) -> &[i64] {
        &self.got
    }

    /// The arcs on which a source has units, with their number.
    pub fn used_by(&self, source: u32) -> impl Iterator<Item = (u32, i64)> + '_ {
        let units = |arc: u32| (arc, self.flow[arc as usize]);
        self.ways.row(source).map(units).filter(|&(_, units)| units > 0)
    }

    /// The arcs on which a sink gets units, with their number.
    pub(crate) fn used_into(&self, sink: u32) -> impl Iterator<Item = (u32, i64)> + '_ {
        let into = self.ways.arcs_into(sink).into_iter().flatten();
        let units = |into: &ways::Into| (into.arc, self.flow[into.arc as usize]);
        into.map(units).filter(|&(_, units)| units > 0)
    }

    /// What each unplaced unit of a source costs, beside its class.
    pub(crate) fn unplaced_cost(&self, source: u32) -> i64 {
        match unplaced_of(&self.stated, self.place_everybody, source as usize) {
            Unplaced::Cost(cost) => cost,
            Unplaced::Class(_) => 0,
        }
    }

    fn arc(&self, arc: u32) -> &Arc {
        &self.ways.arcs[arc as usize]
    }

    fn cap(&self, arc: u32) -> i64 {
        self.arc(arc).cap.unwrap_or(i64::MAX)
    }

    /// What the first unit on an arc costs; [`ways::CLOSED`] if it can carry none.
    fn entry_cost(&self, arc: u32) -> i64 {
        entry_cost(self.arc(arc), 0 < self.kept[arc as usize], self.stay)
    }

    /// What the next unit on an arc costs.
    fn next_cost(&self, arc: u32) -> i64 {
        self.cost(arc, self.flow[arc as usize] < self.kept[arc as usize])
    }

    /// What the last unit on an arc costs.
    fn last_cost(&self, arc: u32) -> i64 {
        self.cost(arc, self.flow[arc as usize] <= self.kept[arc as usize])
    }

    fn cost(&self, arc: u32, stays: bool) -> i64 {
        cost(self.arc(arc), stays, self.stay)
    }

    /// What the next unit at a sink is worth.
    fn next_worth(&self, sink: u32) -> i128 {
        let limits = &self.sinks[sink as usize];
        if self.got[sink as usize] < limits.min { mandatory(limits.class) } else { 0 }
    }

    /// What the last unit at a sink is worth.
    fn last_worth(&self, sink: u32) -> i128 {
        let limits = &self.sinks[sink as usize];
        if self.got[sink as usize] <= limits.min { mandatory(limits.class) } else { 0 }
    }

    /// What a unit costs that its source keeps.
    fn unplaced_price(&self, source: u32) -> i128 {
        match unplaced_of(&self.stated, self.place_everybody, source as usize) {
            Unplaced::Cost(cost) => cost.into(),
            Unplaced::Class(class) => unplaced_class(class),
        }
    }

    /// What one unit less at a source would save: the price of its costliest unit; `None` if it has none.
    fn worth(&self, source: u32) -> Option<i128> {
        let Stand { arc, sink, cost } = self.stands[source as usize];
        match arc {
            EMPTY => None,
            UNPLACED => Some(self.unplaced_price(source)),
            SPLIT => self.costliest(source),
            _ => Some(i128::from(cost) + self.prices[sink as usize]),
        }
    }

    /// The price of the costliest unit of a source.
    fn costliest(&self, source: u32) -> Option<i128> {
        let unplaced = (self.unplaced[source as usize] > 0).then(|| self.unplaced_price(source));
        let used = self.ways.row(source).filter(|&arc| self.flow[arc as usize] > 0);
        let used = used.map(|arc| {
            let price = self.prices[self.arc(arc).sink as usize];
            i128::from(self.last_cost(arc)) + price
        });
        unplaced.into_iter().chain(used).max()
    }

    /// What one more unit at a source would cost.
    fn cheapest(&self, source: u32) -> i128 {
        let open = self.ways.row(source).filter(|&arc| self.flow[arc as usize] < self.cap(arc));
        let costs = open
            .map(|arc| i128::from(self.next_cost(arc)) + self.prices[self.arc(arc).sink as usize]);
        costs.fold(self.unplaced_price(source), i128::min)
    }

    /// Whether no unit of a source would be better off elsewhere, and no arc carries more than it can.
    fn is_balanced(&self, source: u32) -> bool {
        let fits = |arc| self.flow[arc as usize] <= self.cap(arc);
        self.ways.row(source).all(fits)
            && self.costliest(source).is_none_or(|worth| worth <= self.cheapest(source))
    }

    /// Notes anew where the units of a source are.
    fn restand(&mut self, source: u32) {
        let mut stand = Stand { arc: EMPTY, sink: 0, cost: 0 };
        if self.unplaced[source as usize] > 0 {
            stand.arc = UNPLACED;
        }
        for arc in self.ways.row(source).filter(|&arc| self.flow[arc as usize] > 0) {
            let sink = self.arc(arc).sink;
            let arc = if stand.arc == EMPTY { arc } else { SPLIT };
            stand = Stand { arc, sink, cost: 0 };
        }
        if stand.arc < EMPTY {
            stand.cost = self.last_cost(stand.arc);
        }
        self.stands[source as usize] = stand;
    }
}
