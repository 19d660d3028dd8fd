//! Changes checked, in the words of the solver, and what they leave of a plan without a move.

use std::collections::{BTreeMap, BTreeSet};

use super::LivePlan;
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
                    let number = dense(self.responders.ids.len() + sources.len());
                    self.responders.get(responder).is_none()
                        && sources.insert(responder, number).is_none()
                }
                Change::NewPost { post, .. } => {
                    let number = dense(self.posts.ids.len() + sinks.len());
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
        for (row, change) in changes.iter().enumerate() {
            let done = match *change {
                Change::People { responder, people }
                | Change::NewResponder { responder, people } => {
                    let is_new = matches!(change, Change::NewResponder { .. });
                    source(row, responder).and_then(|source| {
                        self.order_people(
                            row,
                            source,
                            people,
                            is_new.then_some(responder),
                            &mut order,
                        )
                    })
                }
                Change::Demand { post, min, max, priority }
                | Change::NewPost { post, min, max, priority } => {
                    let is_new = matches!(change, Change::NewPost { .. });
                    sink(row, post).and_then(|sink| {
                        let demand = (priority, min, max);
                        self.order_demand(row, sink, demand, is_new.then_some(post), &mut order)
                    })
                }
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
        Problems::check(found)?;
        for (&arc, &open) in &order.pairs {
            let known = self.core.arcs().get(arc as usize);
            let was_open = known.is_some_and(|arc| arc.cap != Some(0));
            let (source, _) = order.ends(&self.core, arc);
            let opened = i64::from(open.is_some()) - i64::from(was_open);
            *order.opened.entry(source).or_default() += opened;
        }
        Ok(order)
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

    fn order_people(
        &self,
        row: usize,
        source: u32,
        people: u32,
        new: Option<ResponderId>,
        order: &mut Order,
    ) -> Result<(), ChangeError> {
        let fixed = self.fixed_of.get(source as usize).copied().unwrap_or(0);
        if people < fixed {
            return Err(ChangeError::BelowFixed { row, people, fixed });
        }
        let units = i64::from(people - fixed);
        order.people.insert(source, units);
        order.new_responders.extend(new);
        order.edits.push(match new {
            Some(_) => Edit::NewSource { units },
            None => Edit::Supply { source, units },
        });
        Ok(())
    }

    fn order_demand(
        &self,
        row: usize,
        sink: u32,
        (class, min, max): (u32, u32, u32),
        new: Option<PostId>,
        order: &mut Order,
    ) -> Result<(), ChangeError> {
        let fixed = self.fixed_at.get(sink as usize).copied().unwrap_or(0);
        if min > max {
            return Err(ChangeError::MinAboveMax { row, min, max });
        }
        if max < fixed {
            return Err(ChangeError::BelowFixed { row, people: max, fixed });
        }
        let (least, most) = (min.saturating_sub(fixed), max - fixed);
        let limits = Sink { min: least.into(), max: most.into(), class };
        order.demands.insert(sink, (class, min, max));
        order.new_posts.extend(new);
        order.edits.push(match new {
            Some(_) => Edit::NewSink { limits },
            None => Edit::Sink { sink, limits },
        });
        Ok(())
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
        order.pairs.insert(number, cost);
        if lent {
            order.lent.insert(number);
        } else {
            order.lent.remove(&number);
        }
    }

    /// The fixed people of pairs that change, with what each of them costs then, and whether they are lent.
    pub(super) fn fixed_again(&self, order: &Order) -> Vec<(usize, i64, bool)> {
        let of_pair = |(row, fixed): (usize, &Assignment)| {
            let pair = (self.responders.get(fixed.responder)?, self.posts.get(fixed.post)?);
            let arc = self.arc(pair.0, pair.1).or_else(|| order.new_arcs.get(&pair).copied())?;
            let cost = *order.pairs.get(&arc)?;
            let lent = order.lent.contains(&arc) && self.surcharge != Surcharge::default();
            Some((row, cost.unwrap_or(0), lent))
        };
        self.fixed.iter().enumerate().filter_map(of_pair).collect()
    }

    /// What is left of the plan if nobody moves who does not have to: of people of one responder the costliest
    /// are the first to go.
    pub(super) fn unmoved(&self, order: &Order) -> Unmoved {
        let known = dense(self.core.supplies().len());
        let pairs = order.pairs.keys().map(|&arc| order.ends(&self.core, arc).0);
        let sources: BTreeSet<u32> =
            order.people.keys().copied().chain(pairs).filter(|&source| source < known).collect();
        let mut cost = self.now.cost;
        for (row, each, _) in self.fixed_again(order) {
            let row = &self.fixed[row];
            cost += i128::from(row.people) * i128::from(each) - row.total();
        }
        let (mut flow, mut unplaced) = (BTreeMap::new(), BTreeMap::new());
        let mut less: BTreeMap<u32, i64> = BTreeMap::new();
        for source in sources {
            let supply = self.core.supplies()[source as usize];
            let mut left = order.people.get(&source).copied().unwrap_or(supply);
            let mut rows: Vec<(i64, u32, i64)> = Vec::new();
            for (number, units) in self.core.used_by(source) {
                let arc = &self.core.arcs()[number as usize];
                let old = self.surcharge.cost_of(arc);
                cost -= i128::from(units) * i128::from(old);
                *less.entry(arc.sink).or_default() += units;
                match order.pairs.get(&number) {
                    Some(None) => drop(flow.insert(number, 0)),
                    changed => {
                        rows.push((changed.copied().flatten().unwrap_or(old), number, units));
                    }
                }
            }
            rows.sort_unstable();
            for (each, number, units) in rows {
                let stay = units.min(left);
                left -= stay;
                cost += i128::from(stay) * i128::from(each);
                *less.entry(self.core.arcs()[number as usize].sink).or_default() -= stay;
                flow.insert(number, stay);
            }
            cost += i128::from(left - self.core.unplaced()[source as usize])
                * i128::from(self.core.unplaced_cost(source));
            unplaced.insert(source, left);
        }
        Unmoved { standing: self.stand(cost, order, &less), flow, unplaced }
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
    /// People who are not fixed, priority, `min` and `max`, and the cost of a pair that is open, as they will be.
    pub(super) people: BTreeMap<u32, i64>,
    pub(super) demands: BTreeMap<u32, (u32, u32, u32)>,
    pairs: BTreeMap<u32, Option<i64>>,
    /// Those of these pairs in which people are lent.
    lent: BTreeSet<u32>,
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
    /// The units on the arcs of the responders who are changed.
    pub(super) flow: BTreeMap<u32, i64>,
    /// The people of each of them without a post.
    pub(super) unplaced: BTreeMap<u32, i64>,
}
