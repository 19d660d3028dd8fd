//! The plan that goes with events.

mod order;

use std::collections::BTreeMap;
use std::fmt;

use self::order::Order;
use super::lending::Surcharge;
use super::plan::{Content, Stays, narrow, pairs, unplaced_cost};
use super::{Assignment, Change, ChangeError, Closed, DropOut, Move, Plan, Replan, Standing};
use crate::error::{Problems, Stopped};
use crate::id::{PostId, ResponderId, dense};
use crate::solver::transport::{Arc, Defect, Problem, Reoptimizer, Shift, Solution};
use crate::watch::{Cancelled, Watch};

/// A plan that goes with events.
///
/// [`LivePlan::replan`] takes what has changed and gives back who moves. The plan is then the best one for
/// the changed rows, where each person who leaves a post that is still open to them costs the *stay price*, at the
/// level of cost: people move only where somebody would be missing otherwise, or where it saves more than that.
/// Before counts as it was before the call. [`LivePlan::plan`] is the plan as a frozen value with its proof.
///
/// Not for several writers: a service keeps one, and gives readers frozen plans.
///
/// # Cost
///
/// About 60 bytes for each open pair, and time linear in them to begin. Then a call costs what its changes touch: 58,000
/// responders and 1.4 million open pairs, a stay price of 3 km: a drop-out takes 0.2 ms as a rule, 1 of 10 more than
/// 1.3 ms, the worst seen 6 ms; it is less the higher the price. [`LivePlan::plan`] is linear in the pairs.
///
/// # Examples
///
/// ```
/// use epitier::dispatch::{Change, DispatchBuilder, Post, Responder};
/// use epitier::network::{NetworkBuilder, Tier, UnitRow};
/// use epitier::{PostId, ResponderId};
///
/// let network = NetworkBuilder::new()
///     .unit(UnitRow::new("a", "County", Tier::Headquarters))
///     .build()?;
/// let county = network.unit("a").ok_or("no such unit")?;
/// let [one, two] = [0, 1].map(ResponderId::new);
/// let post = PostId::new(0);
/// let plan = DispatchBuilder::new(&network)
///     .responders([one, two].map(Responder::new))
///     .posts([Post::new(post, county, 1, 1)])
///     .build()?
///     .solve(&())?;
///
/// let mut live = plan.live(3_000, &())?;
/// let there = plan.at(post)[0].responder;
/// let replan = live.replan(&[Change::People { responder: there, people: 0 }], &())?;
/// assert_eq!((replan.unmoved.missing, replan.after.missing), (1, 0));
/// assert_eq!((replan.moves.len(), replan.moved()), (2, 0));
/// live.plan(&())?.certify()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LivePlan {
    core: Reoptimizer,
    responders: Numbers<ResponderId>,
    posts: Numbers<PostId>,
    /// What each post asks for, fixed people included.
    demands: Vec<Demand>,
    /// How many arcs come by source and sink, and the numbers of the others.
    sorted_arcs: usize,
    later_arcs: BTreeMap<(u32, u32), u32>,
    closed: Vec<Closed>,
    /// The fixed people of each pair that has some.
    fixed: BTreeMap<(u32, u32), Assignment>,
    fixed_of: Vec<u64>,
    fixed_at: Vec<u32>,
    surcharge: Surcharge,
    stay: i64,
    /// No cost, of either sign, was ever larger.
    largest: i64,
    now: Standing,
}

/// Priority, `min` and `max` of a post.
type Demand = (u32, u32, u32);

/// The rows of a problem by the ids of the host: those of the plan in order, then those that came.
#[derive(Clone)]
struct Numbers<Id> {
    ids: Vec<Id>,
    /// How many of them come in order.
    sorted: usize,
    later: BTreeMap<Id, u32>,
}

impl<Id: Copy + Ord> Numbers<Id> {
    fn new(ids: Vec<Id>) -> Self {
        Self { sorted: ids.len(), ids, later: BTreeMap::new() }
    }

    fn get(&self, id: Id) -> Option<u32> {
        let known = self.ids[..self.sorted].binary_search(&id).ok().map(dense);
        known.or_else(|| self.later.get(&id).copied())
    }

    fn push(&mut self, id: Id) {
        self.later.insert(id, dense(self.ids.len()));
        self.ids.push(id);
    }

    /// The numbers in the order of the ids.
    fn in_order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..dense(self.ids.len())).collect();
        order.sort_by_key(|&number| self.ids[number as usize]);
        order
    }
}

/// The largest cost that a live plan leaves room for beside lending, unless its own are larger.
const ROOM_FOR_COSTS: u64 = 1_000_000;

impl LivePlan {
    pub(super) fn new(
        plan: &Plan,
        stay: i64,
        watch: &dyn Watch,
    ) -> Result<Self, Stopped<ChangeError>> {
        let content = plan.content();
        let (sources, sinks) = (content.responders.len(), content.posts.len());
        let cost_of =
            |number: usize, arc: &Arc| content.surcharge.cost_of(arc) + content.stays.off(number);
        let arcs = content.problem.arcs();
        let costs = arcs.iter().enumerate().map(|(at, arc)| cost_of(at, arc));
        let unplaced = (0..dense(sources)).map(|at| content.problem.unplaced_price(at).cost);
        let largest = costs.chain(unplaced).map(i64::saturating_abs).max().unwrap_or(0);
        let mut surcharge = Surcharge::default();
        if content.surcharge != surcharge {
            let room = (2 * largest.unsigned_abs()).max(ROOM_FOR_COSTS);
            let largest = room.saturating_add(stay.unsigned_abs());
            surcharge =
                Surcharge::new(2 * sources + 16, 2 * sinks + 16, largest).map_err(|limit| {
                    let limit = i64::try_from(limit.saturating_sub(room)).unwrap_or(i64::MAX);
                    Problems::from(ChangeError::StayPrice { price: stay, limit })
                })?;
        }
        let refused = |defects: Problems<Defect>| {
            defects.map(|defect| match defect {
                Defect::StayPrice { limit } => ChangeError::StayPrice { price: stay, limit },
                defect => ChangeError::Proof { defect },
            })
        };
        let begin = |problem: &Problem, solution: &Solution| {
            Reoptimizer::new(problem, solution, stay, watch).map_err(|stopped| match stopped {
                Stopped::Refused(defects) => Stopped::Refused(refused(defects)),
                Stopped::Cancelled(cancelled) => Stopped::Cancelled(cancelled),
            })
        };
        let core = if surcharge == Surcharge::default() && content.stays.arcs.is_empty() {
            begin(&content.problem, &content.solution)?
        } else {
            // One arc for each pair, at its own cost.
            let mut builder = content.problem.nodes();
            let unplaced = unplaced_cost(&content.problem, content.solution.unplaced());
            let (mut flow, mut cost, mut first) = (Vec::new(), unplaced, 0);
            for pair in arcs.chunk_by(|a, b| (a.source, a.sink) == (b.source, b.sink)) {
                let mut arc = Arc { cap: None, cost: cost_of(first, &pair[0]), ..pair[0] };
                if content.surcharge.is_lent(&pair[0]) {
                    surcharge.put_on(&mut arc);
                }
                builder.arc(arc);
                let units = content.solution.flow()[first..first + pair.len()].iter().sum();
                flow.push(units);
                cost += i128::from(units) * i128::from(arc.cost);
                first += pair.len();
            }
            let problem = builder
                .build()
                .map_err(|problems| problems.map(|problem| ChangeError::TooLarge { problem }))?;
            begin(&problem, &content.solution.with_flow(flow, cost))?
        };
        let (responders, posts) = (
            Numbers::new(content.responders.clone()),
            Numbers::new(content.posts.iter().map(|post| post.post).collect()),
        );
        let (mut fixed_of, mut fixed_at) = (vec![0; sources], vec![0; sinks]);
        let mut fixed = BTreeMap::new();
        for row in content.assignments.iter().filter(|row| row.fixed > 0) {
            if let (Some(source), Some(sink)) = (responders.get(row.responder), posts.get(row.post))
            {
                fixed_of[source as usize] += u64::from(row.fixed);
                fixed_at[sink as usize] += row.fixed;
                fixed.insert((source, sink), Assignment { people: row.fixed, ..*row });
            }
        }
        let demands = content.posts.iter().map(|post| (post.priority, post.min, post.max));
        let mut live = Self {
            sorted_arcs: core.arcs().len(),
            core,
            responders,
            posts,
            demands: demands.collect(),
            later_arcs: BTreeMap::new(),
            closed: closed(content),
            fixed,
            fixed_of,
            fixed_at,
            surcharge,
            stay,
            largest,
            now: Standing::default(),
        };
        let costs = live.core.arcs().iter().zip(live.core.flow());
        let costs = costs.map(|(arc, &units)| (units, live.surcharge.cost_of(arc)));
        let unplaced = (0..).zip(live.core.unplaced());
        let unplaced = unplaced.map(|(source, &units)| (units, live.core.unplaced_cost(source)));
        let free: i128 =
            costs.chain(unplaced).map(|(units, cost)| i128::from(units) * i128::from(cost)).sum();
        live.now.cost = free + live.fixed.values().map(Assignment::total).sum::<i128>();
        live.now = live.stand(live.now.cost, &Order::default(), &BTreeMap::new());
        Ok(live)
    }

    /// How the plan stands at a cost with the people, posts and demands of an order, if each post got so many
    /// less.
    fn stand(&self, cost: i128, order: &Order, less: &BTreeMap<u32, i64>) -> Standing {
        let mut standing = Standing { cost, ..Standing::default() };
        for sink in 0..dense(self.demands.len() + order.new_posts.len()) {
            let (_, min, _) = self.demand(sink, &order.demands);
            let got = self.core.got().get(sink as usize).copied().unwrap_or(0);
            let fixed = self.fixed_at.get(sink as usize).copied().unwrap_or(0);
            let got = got + i64::from(fixed) - less.get(&sink).copied().unwrap_or(0);
            let filled = u64::from(narrow(got));
            standing.placed += filled;
            standing.missing += u64::from(min).saturating_sub(filled);
        }
        let mut people: u64 = (0..dense(self.fixed_of.len())).map(|at| self.people(at)).sum();
        for (&source, &after) in &order.people {
            people = people + u64::from(after) - self.people(source);
        }
        standing.idle = people.saturating_sub(standing.placed);
        standing
    }

    /// How many people a responder is, nobody for one who is not known.
    fn people(&self, source: u32) -> u64 {
        let free = self.core.supplies().get(source as usize).copied().unwrap_or(0);
        free.unsigned_abs() + self.fixed_of.get(source as usize).copied().unwrap_or(0)
    }

    /// What a post asks for after some changes, nobody for one that is not known.
    fn demand(&self, sink: u32, changed: &BTreeMap<u32, Demand>) -> Demand {
        let known = changed.get(&sink).or_else(|| self.demands.get(sink as usize));
        known.copied().unwrap_or_default()
    }

    /// What drop-outs change: of each responder so many people are left.
    ///
    /// A person has one post in a plan, so those missing from one post are others than those missing from
    /// another, whenever that is, and count together. Of several rows of one post and responder the largest counts;
    /// rows of posts or responders that the plan does not know are of another plan, and none counts.
    ///
    /// The rows are those of what the plan says now: who has been replaced counts again if they are given again. Who has no
    /// post drops out of none; [`Ledger::eligible`](super::Ledger::eligible) says whether they can be sent to one.
    #[must_use]
    pub fn changes_for(&self, drop_outs: &[DropOut]) -> Vec<Change> {
        let mut missing: BTreeMap<(ResponderId, PostId), u32> = BTreeMap::new();
        for row in drop_outs.iter().filter(|row| self.posts.get(row.post).is_some()) {
            let people = missing.entry((row.responder, row.post)).or_default();
            *people = row.people.max(*people);
        }
        let mut left: BTreeMap<ResponderId, u64> = BTreeMap::new();
        for ((responder, _), people) in missing {
            if let Some(source) = self.responders.get(responder) {
                let left = left.entry(responder).or_insert_with(|| self.people(source));
                *left = left.saturating_sub(people.into());
            }
        }
        let left = left.into_iter().map(|(responder, people)| Change::People {
            responder,
            people: u32::try_from(people).unwrap_or(u32::MAX),
        });
        left.collect()
    }

    /// How the plan stands now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.now
    }

    /// Makes the best of some changes, with as few moves as pay. Of several changes of one thing the last
    /// holds.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every [`ChangeError`]; [`Stopped::Cancelled`]. The plan is then as it was.
    pub fn replan(
        &mut self,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Result<Replan, Stopped<ChangeError>> {
        let order = self.order(changes)?;
        let unmoved = self.unmoved(&order);
        let before = self.now;
        let too_large =
            |problems: Problems<_>| problems.map(|problem| ChangeError::TooLarge { problem });
        let shifts = self.core.apply(&order.edits, watch).map_err(|stopped| match stopped {
            Stopped::Refused(problems) => Stopped::Refused(too_large(problems)),
            Stopped::Cancelled(cancelled) => Stopped::Cancelled(cancelled),
        })?;
        let ended = self.ended(&order);
        for &((source, sink), people) in &ended {
            self.fixed_of[source as usize] -= u64::from(people);
            self.fixed_at[sink as usize] -= people;
        }
        let Order { new_responders, new_posts, new_arcs, demands, .. } = order;
        let Order { fixed, opened, largest, .. } = order;
        for (pair, row) in fixed {
            if row.people > 0 {
                self.fixed.insert(pair, row);
            } else {
                self.fixed.remove(&pair);
            }
        }
        self.largest = self.largest.max(largest);
        let posts_before = dense(self.posts.ids.len());
        for closed in &mut self.closed {
            closed.declined += dense(new_posts.len());
        }
        for responder in new_responders {
            self.responders.push(responder);
            self.fixed_of.push(0);
            let declined = posts_before + dense(new_posts.len());
            self.closed.push(Closed { declined, ..Closed::default() });
        }
        for post in new_posts {
            self.posts.push(post);
            self.fixed_at.push(0);
            self.demands.push((0, 0, 0));
        }
        for (sink, demand) in demands {
            self.demands[sink as usize] = demand;
        }
        self.later_arcs.extend(new_arcs);
        for (source, opened) in opened {
            self.closed[source as usize].open(opened);
        }

        let mut kept: BTreeMap<u32, i64> =
            shifts.iter().map(|shift| (shift.arc, shift.before)).collect();
        kept.extend(unmoved.flow);
        let cost = kept.into_iter().map(|(arc, units)| {
            let cost = self.surcharge.cost_of(&self.core.arcs()[arc as usize]);
            i128::from(self.core.flow()[arc as usize] - units) * i128::from(cost)
        });
        let touched = unmoved
            .unplaced
            .iter()
            .map(|(&source, &units)| (source, self.core.unplaced()[source as usize] - units));
        let others = shifts
            .iter()
            .map(|shift| (self.core.arcs()[shift.arc as usize].source, shift.before - shift.after));
        let others = others.filter(|(source, _)| !unmoved.unplaced.contains_key(source));
        let unplaced = touched
            .chain(others)
            .map(|(source, units)| i128::from(units) * i128::from(self.core.unplaced_cost(source)));
        let cost = unmoved.standing.cost + cost.sum::<i128>() + unplaced.sum::<i128>();
        self.now = self.stand(cost, &Order::default(), &BTreeMap::new());
        Ok(Replan {
            moves: self.moves(&shifts, &ended),
            before,
            unmoved: unmoved.standing,
            after: self.now,
        })
    }

    /// Who left what for what, fixed people among them: of each responder the posts in the order of their ids.
    fn moves(&self, shifts: &[Shift], ended: &[((u32, u32), u32)]) -> Vec<Move> {
        type Rows = BTreeMap<PostId, u32>;
        let mut of: BTreeMap<ResponderId, (Rows, Rows)> = BTreeMap::new();
        let shifts = shifts.iter().map(|&Shift { arc, before, after }| {
            let arc = &self.core.arcs()[arc as usize];
            ((arc.source, arc.sink), after - before)
        });
        let ended = ended.iter().map(|&(pair, people)| (pair, -i64::from(people)));
        for ((source, sink), more) in shifts.chain(ended) {
            let (left, came) = of.entry(self.responders.ids[source as usize]).or_default();
            let rows = if more < 0 { left } else { came };
            *rows.entry(self.posts.ids[sink as usize]).or_default() += narrow(more.abs());
        }
        let mut moves = Vec::new();
        for (responder, (mut left, mut came)) in of {
            while !(left.is_empty() && came.is_empty()) {
                let first = |rows: &Rows| rows.values().next().copied().unwrap_or(u32::MAX);
                let people = first(&left).min(first(&came));
                let take = |rows: &mut Rows| {
                    let mut row = rows.first_entry()?;
                    *row.get_mut() -= people;
                    let post = *row.key();
                    if *row.get() == 0 {
                        row.remove();
                    }
                    Some(post)
                };
                let (from, to) = (take(&mut left), take(&mut came));
                moves.push(Move { responder, from, to, people });
            }
        }
        moves
    }

    /// The plan as it is, frozen, with its proof: the best one for its rows, where those who stayed in the last
    /// [`LivePlan::replan`] cost less by the stay price. Its costs and totals are without that.
    ///
    /// # Cost
    ///
    /// O(p log p) for p open pairs.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the observer says so.
    pub fn plan(&self, watch: &dyn Watch) -> Result<Plan, Cancelled> {
        let (sources, sinks) = (self.responders.in_order(), self.posts.in_order());
        let frozen = self.core.freeze(watch)?.in_order(&sources, &sinks);
        watch.check()?;
        let posts = sinks.iter().map(|&sink| {
            let (priority, min, max) = self.demands[sink as usize];
            (self.posts.ids[sink as usize], priority, min, max)
        });
        let posts: Vec<_> = posts.collect();
        let stays = (0..).zip(&frozen.arcs).filter(|(_, twin)| twin.stays);
        let stays = Stays { price: self.stay, arcs: stays.map(|(arc, _)| arc).collect() };
        Ok(Plan::new(
            frozen.problem,
            frozen.solution,
            sources.iter().map(|&source| self.responders.ids[source as usize]).collect(),
            &posts,
            sources.iter().map(|&source| self.closed[source as usize]).collect(),
            self.fixed.values().copied().collect(),
            self.surcharge,
            stays,
        ))
    }
}

/// The posts closed to each responder; where a plan does not say, as if its host had.
fn closed(content: &Content) -> Vec<Closed> {
    if content.closed.len() == content.responders.len() {
        return content.closed.clone();
    }
    let mut arcs = content.problem.arcs();
    let posts = dense(content.posts.len());
    let mut idle = content.idle.iter().peekable();
    let of = content.responders.iter().enumerate().map(|(source, &responder)| {
        let open = arcs.partition_point(|arc| arc.source as usize == source);
        let (open, rest) = arcs.split_at(open);
        arcs = rest;
        let known = idle.next_if(|row| row.responder == responder).map(|row| row.closed);
        let declined = posts - dense(pairs(open));
        known.unwrap_or(Closed { declined, ..Closed::default() })
    });
    of.collect()
}

/// Shows how it stands.
impl fmt::Debug for LivePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePlan")
            .field("responders", &self.responders.ids.len())
            .field("posts", &self.posts.ids.len())
            .field("standing", &self.now)
            .finish_non_exhaustive()
    }
}
