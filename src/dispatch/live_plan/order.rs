//! Changes checked, in the words of the solver, and what they leave of a plan without a move.

use std::collections::{BTreeMap, BTreeSet};

use super::{Demand, LivePlan};
use crate::dispatch::lending::Surcharge;
use crate::dispatch::{Assignment, Change, ChangeError, Standing};
use crate::error::Problems;
use crate::id::{PostId, ResponderId, dense};
use crate::solver::transport::{Arc, Edit, ProblemError, Reoptimizer, Sink};

impl LivePlan {
    /// The arc of a pair.
    fn arc(&self, source: u32, sink: u32) -> Option<u32> {
        let sorted = &self.core.arcs()[..self.sorted_arcs];
        let known = sorted.binary_search_by_key(&(source, sink), |arc| (arc.source, arc.sink));
        known.ok().map(dense).or_else(|| self.later_arcs.get(&(source, sink)).copied())
    }

    /// Checks the changes, and puts them into the words of the solver.
    pub(super) fn order(&self, changes: &[Change]) -> Result<Order, Problems<ChangeError>> {
        let mut order = Order::default();
        let mut found = Vec::new();
        let (mut sources, mut sinks) = (BTreeMap::new(), BTreeMap::new());
        for (row, change) in changes.iter().enumerate() {
            let is_new = match *change {
                Change::NewResponder { responder, .. } => {
                    let number = dense(self.responders.ids.len() + order.new_responders.len());
                    order.new_responders.push(responder);
                    self.responders.get(responder).is_none()
                        && sources.insert(responder, number).is_none()
                }
                Change::NewPost { post, .. } => {
                    let number = dense(self.posts.ids.len() + order.new_posts.len());
                    order.new_posts.push(post);
                    self.posts.get(post).is_none() && sinks.insert(post, number).is_none()
                }
                _ => true,
            };
            if !is_new {
                found.push(ChangeError::NotNew { row });
            }
        }
        let limit = self.cost_limit(sources.len(), sinks.len())?;
        let source = |row, responder| {
            let known = self.responders.get(responder);
            let known = known.or_else(|| sources.get(&responder).copied());
            known.ok_or(ChangeError::UnknownResponder { row, responder })
        };
        let sink = |row, post| {
            let known = self.posts.get(post).or_else(|| sinks.get(&post).copied());
            known.ok_or(ChangeError::UnknownPost { row, post })
        };
        let mut demand_rows = BTreeMap::new();
        for (row, change) in changes.iter().enumerate() {
            let done = match *change {
                Change::People { responder, people }
                | Change::NewResponder { responder, people } => {
                    source(row, responder).map(|source| {
                        order.people.insert(source, people);
                    })
                }
                Change::Demand { min, max, .. } | Change::NewPost { min, max, .. } if min > max => {
                    Err(ChangeError::MinAboveMax { row, min, max })
                }
                Change::Demand { post, min, max, priority }
                | Change::NewPost { post, min, max, priority } => sink(row, post).map(|sink| {
                    order.demands.insert(sink, (priority, min, max));
                    demand_rows.insert(sink, row);
                }),
                Change::Cost { responder, post, cost, lent } => {
                    let ends = source(row, responder).and_then(|from| Ok((from, sink(row, post)?)));
                    match cost.filter(|cost| cost.unsigned_abs() > limit.max(0).unsigned_abs()) {
                        Some(cost) => Err(ChangeError::CostOutOfRange { row, cost, limit }),
                        None => ends.map(|ends| self.order_cost(ends, cost, lent, &mut order)),
                    }
                }
            };
            found.extend(done.err());
        }
        self.order_pairs(&mut order);
        self.order_people(&mut order);
        for (sink, people, fixed) in self.order_demands(&mut order) {
            let row = demand_rows.get(&sink);
            found.extend(row.map(|&row| ChangeError::BelowFixed { row, people, fixed }));
        }
        found.sort_by_key(ChangeError::row);
        Problems::check(found).map(|()| order)
    }

    /// The largest cost of either sign beside the stay price and lending, with so many more responders and posts.
    fn cost_limit(&self, responders: usize, posts: usize) -> Result<i64, Problems<ChangeError>> {
        let (sources, sinks) =
            (self.responders.ids.len() + responders, self.posts.ids.len() + posts);
        let room = self.surcharge.room(sources, sinks, self.stay);
        if room < self.largest {
            let rows = sources as u64 + sinks as u64;
            let problem = ProblemError::TooManyRows { rows };
            return Err(ChangeError::TooLarge { problem }.into());
        }
        Ok(room)
    }

    fn order_cost(
        &self,
        (source, sink): (u32, u32),
        cost: Option<i64>,
        lent: bool,
        order: &mut Order,
    ) {
        let mut arc = Arc { source, sink, cap: None, cost: cost.unwrap_or(0) };
        if lent {
            self.surcharge.put_on(&mut arc);
        }
        arc.cap = if cost.is_some() { None } else { Some(0) };
        let known = self.arc(source, sink).or_else(|| order.new_arcs.get(&(source, sink)).copied());
        order.largest = order.largest.max(cost.unwrap_or(0).saturating_abs());
        let number = if let Some(number) = known {
            order.edits.push(Edit::Arc { arc: number, cap: arc.cap, cost: arc.cost });
            number
        } else {
            let number = dense(self.core.arcs().len() + order.new_arcs.len());
            order.new_arcs.insert((source, sink), number);
            order.new_ends.push((source, sink));
            order.edits.push(Edit::NewArc { arc });
            number
        };
        order.pairs.insert(number, (cost, lent));
    }

    /// What the changes of pairs open and close, and what fixed people cost there.
    fn order_pairs(&self, order: &mut Order) {
        for (&arc, &(open, lent)) in &order.pairs {
            let known = self.core.arcs().get(arc as usize);
            let was_open = known.is_some_and(|arc| arc.cap != Some(0));
            let pair = order.ends(&self.core, arc);
            let opened = i64::from(open.is_some()) - i64::from(was_open);
            *order.opened.entry(pair.0).or_default() += opened;
            if let Some(&fixed) = self.fixed.get(&pair) {
                let lent = lent && self.surcharge != Surcharge::default();
                order.fixed.insert(pair, Assignment { cost: open.unwrap_or(0), lent, ..fixed });
            }
        }
    }

    /// How many people there are. Of fixed ones beyond those, who is at the most urgent posts stays.
    fn order_people(&self, order: &mut Order) {
        order.edits.extend(order.new_responders.iter().map(|_| Edit::NewSource { units: 0 }));
        for (&source, &people) in &order.people {
            order.edits.push(Edit::Supply { source, units: self.free(source, people) });
            let of = self.fixed.range((source, 0)..=(source, u32::MAX));
            let urgency = |sink| (self.demand(sink, &order.demands).0, sink);
            let mut rows: Vec<_> = of.map(|(&(_, sink), &row)| (urgency(sink), row)).collect();
            rows.sort_unstable();
            let mut left = people;
            for ((_, sink), row) in rows {
                let row = order.fixed.entry((source, sink)).or_insert(row);
                row.people = row.people.min(left);
                row.fixed = row.people;
                left -= row.people;
            }
        }
    }

    /// How many of so many people of a responder are not fixed.
    fn free(&self, source: u32, people: u32) -> i64 {
        let fixed = self.fixed_of.get(source as usize).copied().unwrap_or(0);
        i64::from(people).saturating_sub_unsigned(fixed).max(0)
    }

    /// What posts need beside fixed people. Returns the posts that can take fewer than these, with both numbers.
    fn order_demands(&self, order: &mut Order) -> Vec<(u32, u32, u32)> {
        let nobody = Sink { min: 0, max: 0, class: 0 };
        order.edits.extend(order.new_posts.iter().map(|_| Edit::NewSink { limits: nobody }));
        let mut gone: BTreeMap<u32, u32> = BTreeMap::new();
        for ((_, sink), people) in self.ended(order) {
            *gone.entry(sink).or_default() += people;
        }
        for &sink in gone.keys() {
            let demand = self.demand(sink, &order.demands);
            order.demands.insert(sink, demand);
        }
        let mut below = Vec::new();
        for (&sink, &(class, min, max)) in &order.demands {
            let fixed = self.fixed_at.get(sink as usize).copied().unwrap_or(0);
            let fixed = fixed - gone.get(&sink).copied().unwrap_or(0);
            if max < fixed {
                below.push((sink, max, fixed));
                continue;
            }
            let (least, most) = (min.saturating_sub(fixed), max - fixed);
            let limits = Sink { min: least.into(), max: most.into(), class };
            order.edits.push(Edit::Sink { sink, limits });
        }
        below
    }

    /// How many people of which pairs are fixed no longer.
    pub(super) fn ended(&self, order: &Order) -> Vec<((u32, u32), u32)> {
        let ended = order.fixed.iter().filter_map(|(&pair, after)| {
            let people = self.fixed.get(&pair)?.people - after.people;
            (people > 0).then_some((pair, people))
        });
        ended.collect()
    }

    /// What is left of the plan if nobody moves who does not have to: of people of one responder the costliest
    /// are the first to go, and then of those at a post that takes fewer.
    pub(super) fn unmoved(&self, order: &Order) -> Unmoved {
        let core = &self.core;
        let known = dense(core.supplies().len());
        let pairs = order.pairs.keys().map(|&arc| order.ends(core, arc).0);
        let sources: BTreeSet<u32> =
            order.people.keys().copied().chain(pairs).filter(|&source| source < known).collect();
        let mut less: BTreeMap<u32, i64> = BTreeMap::new();
        for ((_, sink), people) in self.ended(order) {
            *less.entry(sink).or_default() += i64::from(people);
        }
        let old_cost = |number: u32| self.surcharge.cost_of(&core.arcs()[number as usize]);
        let cost = |number: u32| match order.pairs.get(&number) {
            Some(&(changed, _)) => changed,
            None => Some(old_cost(number)),
        };
        let mut flow: BTreeMap<u32, i64> = BTreeMap::new();
        let mut unplaced: BTreeMap<u32, i64> = BTreeMap::new();
        for source in sources {
            let supply = core.supplies()[source as usize];
            let people = order.people.get(&source);
            let people = people.map_or(supply, |&people| self.free(source, people));
            unplaced.insert(source, core.unplaced()[source as usize] + people - supply);
            let used = core.used_by(source).map(|(number, units)| {
                let post = self.posts.ids[core.arcs()[number as usize].sink as usize];
                (cost(number), post, number, units)
            });
            keep_cheapest(used.collect(), people, &mut flow);
        }
        for (&sink, &(_, _, max)) in &order.demands {
            let fixed = self.fixed_at.get(sink as usize).copied().unwrap_or(0);
            let places = i64::from(max) - i64::from(fixed) + less.get(&sink).copied().unwrap_or(0);
            let used = core.used_into(sink).map(|(number, units)| {
                let who = self.responders.ids[core.arcs()[number as usize].source as usize];
                (cost(number), who, number, flow.get(&number).copied().unwrap_or(units))
            });
            keep_cheapest(used.collect(), places, &mut flow);
        }
        let mut total = self.now.cost;
        for (pair, after) in &order.fixed {
            total += after.total() - self.fixed.get(pair).map_or(0, Assignment::total);
        }
        for (&number, &stay) in &flow {
            let units = core.flow()[number as usize];
            let Arc { source, sink, .. } = core.arcs()[number as usize];
            *less.entry(sink).or_default() += units - stay;
            *unplaced.entry(source).or_insert(core.unplaced()[source as usize]) += units - stay;
            total += i128::from(stay) * i128::from(cost(number).unwrap_or(0))
                - i128::from(units) * i128::from(old_cost(number));
        }
        for (&source, &units) in &unplaced {
            total += i128::from(units - core.unplaced()[source as usize])
                * i128::from(core.unplaced_cost(source));
        }
        Unmoved { standing: self.stand(total, order, &less), flow, unplaced }
    }
}

/// Notes how many units stay on each arc if there is room for so many: those on the cheapest arcs, of equally cheap
/// ones by id, and nobody on one that closes.
fn keep_cheapest<Id: Ord>(
    mut used: Vec<(Option<i64>, Id, u32, i64)>,
    mut room: i64,
    flow: &mut BTreeMap<u32, i64>,
) {
    used.sort_unstable();
    for (cost, _, number, units) in used {
        let stay = if cost.is_some() { units.min(room) } else { 0 };
        room -= stay;
        flow.insert(number, stay);
    }
}

/// A list of changes in the words of the solver.
#[derive(Default)]
pub(super) struct Order {
    pub(super) edits: Vec<Edit>,
    pub(super) new_responders: Vec<ResponderId>,
    pub(super) new_posts: Vec<PostId>,
    pub(super) new_arcs: BTreeMap<(u32, u32), u32>,
    /// The ends of the new arcs, in the order of their numbers.
    new_ends: Vec<(u32, u32)>,
    /// The people of responders, priority, `min` and `max` of posts, the cost of a pair that is open and whether
    /// people are lent there, as they will be; all with those who are fixed.
    pub(super) people: BTreeMap<u32, u32>,
    pub(super) demands: BTreeMap<u32, Demand>,
    pairs: BTreeMap<u32, (Option<i64>, bool)>,
    /// The fixed people who change, as they will be.
    pub(super) fixed: BTreeMap<(u32, u32), Assignment>,
    /// How many posts open to each responder, less those that close.
    pub(super) opened: BTreeMap<u32, i64>,
    pub(super) largest: i64,
}

impl Order {
    /// The source and the sink of an arc.
    fn ends(&self, core: &Reoptimizer, arc: u32) -> (u32, u32) {
        let (arcs, arc) = (core.arcs(), arc as usize);
        let known = arcs.get(arc).map(|arc| (arc.source, arc.sink));
        known.unwrap_or_else(|| self.new_ends[arc - arcs.len()])
    }
}

/// What is left of a plan without a move.
pub(super) struct Unmoved {
    pub(super) standing: Standing,
    /// The units on the arcs of the responders and posts that are changed.
    pub(super) flow: BTreeMap<u32, i64>,
    /// The people of each of those responders without a post, fixed ones apart.
    pub(super) unplaced: BTreeMap<u32, i64>,
}
