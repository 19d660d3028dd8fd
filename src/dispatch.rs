//! Who goes where: responders to posts, at least cost, with proof, and with names where it cannot be done.
//!
//! Collect [`Responder`]s, [`Post`]s, [`Availability`] and [`Pairing`]s in a [`DispatchBuilder`], freeze
//! them into a [`Dispatch`], and ask for a [`Plan`]. This module is the only translator between the
//! domain and [`crate::solver`]; all numbers of people are people, whether a row stands for one or for a
//! class of interchangeable ones.
//!
//! # Who may go where
//!
//! A post is *open* to a responder unless, asked in this order,
//!
//! 1. the pair is forbidden ([`DispatchBuilder::forbidden`]);
//! 2. they lack a skill that it requires;
//! 3. it has a start and an end, and no stretch of their availability holds all of it;
//! 4. by the [`Ledger`], too many of them are kept from duty for a part of it;
//! 5. or too many of them are booked or kept from duty;
//! 6. they belong to another headquarters, and nobody is lent ([`Lending::Never`]);
//! 7. the policy limits the metres or the edges, and the distance is not known;
//! 8. or it is greater than the limit (7 and 8 first for the metres, then for the edges);
//! 9. under [`DispatchBuilder::keep_cheapest`], enough cheaper posts are open to them.
//!
//! What a person at an open post costs is said at [`CostPolicy`]. A host with a rule of its own gives it
//! to [`Dispatch::solve_by`]; it then stands in the place of 2, 3, 7 and 8, of the policy and of the price of
//! lending.
//!
//! People whom [`DispatchBuilder::fixed`] names are at their post in every plan. The order of a headquarters
//! goes beyond 6 to 9, but not beyond 1 to 5: that is an error of the tables. They cost what the rule
//! charges at an open post, and nothing at a closed one.
//!
//! # Which plan
//!
//! Among all plans that send nobody to a post that is not open to them, and to no post more than `max`:
//! first as much of every post's `min` as possible, priority by priority from the most urgent; then as many
//! of the people as possible for whom it is urgent to get a post, again priority by priority (all others
//! come last among them under [`DispatchBuilder::place_everybody`]); then, under [`Lending::WhenShort`], as
//! few lent people as possible; then the least total cost, in which leaving people without a post counts
//! what they state. The order is exact. People beyond `min` are otherwise sent only where that lowers the
//! cost, or the number of the lent; where it makes no difference, they may be.
//!
//! Many plans can be equal in all of this. [`DispatchBuilder::spread_evenly`] takes one of them in which
//! posts fare alike.
//!
//! Where there is no time for the best, [`Dispatch::solve_within`] gives the best so far, and says how far from the
//! best it is at most.
//!
//! Responders and posts go to the solver in the order of their ids. So among plans of equal worth the ids
//! decide, and neither the order of the rows nor the number of threads does.
//!
//! Not enough people is a result: see [`Shortage`], and [`Surplus`] for too few places. [`Plan::why`] and its
//! neighbours say what another choice would cost.
//!
//! # When something changes
//!
//! People drop out, posts come, demand and costs change: [`Plan::replan`] makes the best of it where each person who
//! moves has a price, and says who moves and what that was good for; a [`LivePlan`] does so again and again, in
//! a millisecond as a rule.
//!
//! # Who is booked
//!
//! A [`Ledger`] spans posts, caseloads, teams and shifts: it books nobody twice and nobody who is kept from
//! duty, closes posts by [`DispatchBuilder::ledger`], books a plan whole, and names who dropped out of it.
//!
//! # Households, residents and teams
//!
//! [`Caseloads`] divides the households of a walk among responders, [`Catchments`] sends the residents of
//! buildings to sampling sites, [`Teams`] says who works together. None of them needs a [`Dispatch`].

mod builder;
mod caseload;
mod catchment;
mod certificate;
mod error;
mod explain;
mod fixed;
mod ledger;
mod lending;
mod live_plan;
mod matching;
mod plan;
mod policy;
mod record;
mod replan;
mod skill;
mod team;
mod ways;
mod within;

use std::fmt;
use std::sync::Arc;

pub use builder::DispatchBuilder;
pub use caseload::{Caseload, CaseloadBand, CaseloadError, Caseloads, Stop};
pub use catchment::{
    CatchmentBound, CatchmentError, CatchmentRules, Catchments, Residents, Share, Site, Unserved,
    UnservedReason,
};
pub use certificate::PlanDefect;
pub use error::{DispatchError, Table};
pub use explain::{Gain, Gap, NextBest, OneMore, Surplus, Why, WhyNot};
pub use ledger::{
    Broken, Cause, Commitment, DropOut, Duty, Eligibility, Excluded, Exclusion, Ledger,
    LedgerError, Registration, Span,
};
pub use lending::Lending;
pub use live_plan::LivePlan;
pub use matching::ClosedBy;
pub use plan::{Assignment, Closed, Idle, IdleReason, Plan, PostStatus, Shortage};
pub use policy::{CostPolicy, DistanceRule};
pub use record::{
    Availability, FixedAssignment, ForbiddenPair, Pairing, Post, PostKind, Responder,
};
pub use replan::{Change, ChangeError, Move, Replan, Standing};
pub use skill::{Skill, SkillSet};
pub use team::{
    Candidate, Headcount, MemberClass, Team, TeamError, TeamLeader, TeamMember, TeamRules,
    TeamShortage, Teams, TeamsDefect, Unplaced, UnplacedReason,
};
pub use within::{PlanSoFar, PlanWithin};

use self::lending::Surcharge;
use self::matching::{Ground, Matching};
use crate::error::{Problems, Stopped};
use crate::id::{PostId, ResponderId};
use crate::solver::transport::{
    self, Problem, ProblemBuilder, ProblemError, Sink, Solution, Source, Within,
};
use crate::watch::Watch;

/// How to plan.
#[derive(Debug, Clone, Copy, Default)]
struct Rules {
    policy: CostPolicy,
    place_everybody: bool,
    keep_cheapest: Option<u32>,
    lending: Lending,
    spread_evenly: bool,
}

/// Checked responders and posts. Frozen; a clone shares them.
///
/// # Examples
///
/// A sampler and a driver, and a sampling site that needs two samplers:
///
/// ```
/// use epitier::dispatch::{DispatchBuilder, Post, Responder, Skill};
/// use epitier::network::{NetworkBuilder, Tier, UnitRow};
/// use epitier::{PostId, ResponderId};
///
/// let network = NetworkBuilder::new()
///     .unit(UnitRow::new("421122", "Hong'an county", Tier::Headquarters))
///     .build()?;
/// let county = network.unit("421122").ok_or("no such unit")?;
/// let sampling = Skill::new(0).ok_or("no such skill")?;
/// let (sampler, driver) = (ResponderId::new(0), ResponderId::new(1));
/// let site = PostId::new(0);
///
/// let plan = DispatchBuilder::new(&network)
///     .responders([
///         Responder { skills: sampling.into(), ..Responder::new(sampler) },
///         Responder::new(driver),
///     ])
///     .posts([Post { requires: sampling.into(), ..Post::new(site, county, 2, 4) }])
///     .build()?
///     .solve(&())?;
///
/// assert_eq!((plan.assignments()[0].responder, plan.posts()[0].unfilled()), (sampler, 1));
/// assert_eq!((plan.shortages()[0].needed, plan.shortages()[0].reach), (2, 1));
/// assert_eq!((plan.idle()[0].responder, plan.idle()[0].closed.lacks_skill), (driver, 1));
/// plan.certify()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Dispatch {
    ground: Arc<Ground>,
    rules: Rules,
}

impl Dispatch {
    /// The responders, by id.
    #[must_use]
    pub fn responders(&self) -> &[Responder] {
        &self.ground.responders
    }

    /// The posts, by id.
    #[must_use]
    pub fn posts(&self) -> &[Post] {
        &self.ground.posts
    }

    /// What the policy and the rule of lending charge for each person of a responder at a post, held at the
    /// ends of the `i64` range; `None` where one of the rules 1 to 8 of the [module](self) closes the post to
    /// them, and where one of the two is unknown. O(log n) for n rows, and what the [`Ledger`] takes.
    #[must_use]
    pub fn cost(&self, responder: ResponderId, post: PostId) -> Option<i64> {
        self.judge(responder, post)?.ok()
    }

    /// Which of the rules 1 to 8 of the [module](self) closes a post to a responder; `None` where none does,
    /// and where one of the two is unknown. O(log n) for n rows.
    #[must_use]
    pub fn closed(&self, responder: ResponderId, post: PostId) -> Option<ClosedBy> {
        self.judge(responder, post)?.err()
    }

    fn judge(&self, responder: ResponderId, post: PostId) -> Option<Result<i64, ClosedBy>> {
        let (responder, post) = (self.ground.responder(responder)?, self.ground.post(post)?);
        Some(self.ground.cost(responder, post, &self.rules))
    }

    /// The best plan by the policy.
    ///
    /// # Cost
    ///
    /// Time for every pair of a responder and a post, in parallel, and for the
    /// [solver](transport::solve); memory for every open pair (about 140 bytes each), whose number a
    /// limit of distance or [`DispatchBuilder::keep_cheapest`] keeps down.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every [`DispatchError::CostOutOfRange`] and
    /// [`DispatchError::UnplacedCostOutOfRange`], or with [`DispatchError::LendingOutOfRange`] or
    /// [`DispatchError::TooLarge`]; [`Stopped::Cancelled`].
    pub fn solve(&self, watch: &dyn Watch) -> Result<Plan, Stopped<DispatchError>> {
        self.plan(self.ground.by_policy(self.rules, watch)?, watch)
    }

    /// The best plan by a rule of the host's own: the cost of each person of a responder at a post, or
    /// `None` where they must not be matched.
    ///
    /// The rule may ask [`Dispatch::cost`] to change the policy in some cases only. It is called from
    /// several threads, once for each pair, and should depend on nothing else but the pair.
    ///
    /// # Errors
    ///
    /// As [`Dispatch::solve`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use epitier::dispatch::DispatchBuilder;
    /// # use epitier::network::Network;
    /// # let dispatch = DispatchBuilder::new(&Network::default()).build()?;
    /// use epitier::ResponderId;
    ///
    /// // Responder 7 is ill; everybody else as the policy says.
    /// let plan = dispatch.solve_by(
    ///     |responder, post| {
    ///         let ill = responder.responder == ResponderId::new(7);
    ///         if ill { None } else { dispatch.cost(responder.responder, post.post) }
    ///     },
    ///     &(),
    /// )?;
    /// # assert_eq!(plan.cost(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_by(
        &self,
        rule: impl Fn(&Responder, &Post) -> Option<i64> + Sync,
        watch: &dyn Watch,
    ) -> Result<Plan, Stopped<DispatchError>> {
        self.plan(self.ground.by_rule(self.rules, rule, watch)?, watch)
    }

    /// The best plan by the policy, or the best one so far when a stated amount of work is done, with a bound.
    ///
    /// [`transport::solve_within`] says what work is. Judging the pairs is not part of it; neither is spreading
    /// evenly, for which only a best plan qualifies.
    ///
    /// # Cost
    ///
    /// That of [`Dispatch::solve`] at the most.
    ///
    /// # Errors
    ///
    /// As [`Dispatch::solve`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use epitier::dispatch::DispatchBuilder;
    /// # use epitier::network::Network;
    /// # let dispatch = DispatchBuilder::new(&Network::default()).build()?;
    /// use epitier::dispatch::PlanWithin;
    ///
    /// match dispatch.solve_within(100_000_000, &())? {
    ///     PlanWithin::Best(plan) => plan.certify()?,
    ///     PlanWithin::Stopped(plan) => {
    ///         plan.certify()?;
    ///         println!("at most {} people more could get a post that is urgent", plan.gap().level);
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn solve_within(
        &self,
        work: u64,
        watch: &dyn Watch,
    ) -> Result<PlanWithin, Stopped<DispatchError>> {
        let asked = self.ask(self.ground.by_policy(self.rules, watch)?)?;
        Ok(
            match transport::solve_with(
                &asked.problem,
                Some(work),
                self.rules.spread_evenly,
                watch,
            )? {
                Within::Best(solution) => PlanWithin::Best(asked.plan(solution)),
                Within::Stopped(so_far) => PlanWithin::Stopped(PlanSoFar::new(asked, so_far)),
            },
        )
    }

    fn plan(&self, found: Matching, watch: &dyn Watch) -> Result<Plan, Stopped<DispatchError>> {
        let asked = self.ask(found)?;
        let solution = if self.rules.spread_evenly {
            transport::solve_evenly(&asked.problem, watch)?
        } else {
            transport::solve(&asked.problem, watch)?
        };
        Ok(asked.plan(solution))
    }

    /// The problem for the solver.
    fn ask(&self, found: Matching) -> Result<Asked, Problems<DispatchError>> {
        let Matching { mut arcs, closed, fixed } = found;
        let surcharge = self.surcharge(&arcs)?;
        for arc in arcs.iter_mut().filter(|_| surcharge != Surcharge::default()) {
            if self.ground.is_lent(arc.source as usize, arc.sink as usize) {
                surcharge.put_on(arc);
            }
        }
        let mut builder = ProblemBuilder::new();
        builder.place_everybody(self.rules.place_everybody);
        let (fixed_of, fixed_at) = self.ground.fixed_people();
        for (row, fixed) in self.responders().iter().zip(fixed_of) {
            let supply = i64::from(row.supply) - fixed;
            let stated = match (row.unplaced_priority, row.unplaced_cost) {
                (Some(priority), _) => Some(transport::Unplaced::Class(priority)),
                (None, cost) => cost.map(transport::Unplaced::Cost),
            };
            match stated {
                Some(unplaced) => builder.source(Source { supply, unplaced }),
                None => builder.supply(supply),
            };
        }
        for (&Post { min, max, priority: class, .. }, fixed) in self.posts().iter().zip(fixed_at) {
            let (min, max) = ((i64::from(min) - fixed).max(0), i64::from(max) - fixed);
            builder.sink(Sink { min, max, class });
        }
        for &arc in &arcs {
            builder.arc(arc);
        }
        let problem = builder.build().map_err(|problems| self.explain(problems, &arcs))?;
        let responders = self.responders().iter().map(|row| row.responder).collect();
        let posts = self.posts().iter();
        let posts = posts.map(|row| (row.post, row.priority, row.min, row.max)).collect();
        Ok(Asked { problem, responders, posts, closed, fixed, surcharge })
    }

    /// What a lent pair costs more, where as few people as possible are to be lent. None where a cost is
    /// beyond the limit even without it, which the solver refuses.
    fn surcharge(&self, arcs: &[transport::Arc]) -> Result<Surcharge, Problems<DispatchError>> {
        let Lending::WhenShort { .. } = self.rules.lending else {
            return Ok(Surcharge::default());
        };
        let (sources, sinks) = (self.responders().len(), self.posts().len());
        let unplaced = self.responders().iter().filter_map(|row| row.unplaced_cost);
        let costs = arcs.iter().map(|arc| arc.cost).chain(unplaced);
        let largest = costs.map(i64::unsigned_abs).max().unwrap_or(0);
        if largest > transport::cost_limit(sources, sinks).unsigned_abs() {
            return Ok(Surcharge::default());
        }
        Surcharge::new(sources, sinks, largest)
            .map_err(|limit| DispatchError::LendingOutOfRange { largest, limit }.into())
    }

    /// What the solver refuses, in the words of the domain.
    fn explain(
        &self,
        problems: Problems<ProblemError>,
        arcs: &[transport::Arc],
    ) -> Problems<DispatchError> {
        problems.map(|problem| match problem {
            ProblemError::CostOutOfRange { row, cost, limit } => {
                let arc = &arcs[row as usize];
                DispatchError::CostOutOfRange {
                    responder: self.ground.responders[arc.source as usize].responder,
                    post: self.ground.posts[arc.sink as usize].post,
                    cost,
                    limit,
                }
            }
            ProblemError::UnplacedCostOutOfRange { row, cost, limit } => {
                let responder = self.ground.responders[row as usize].responder;
                DispatchError::UnplacedCostOutOfRange { responder, cost, limit }
            }
            problem => DispatchError::TooLarge { problem },
        })
    }
}

/// What is asked of the solver, and what its answer is put into words with.
struct Asked {
    problem: Problem,
    responders: Vec<ResponderId>,
    /// With priority, `min` and `max`.
    posts: Vec<(PostId, u32, u32, u32)>,
    closed: Vec<Closed>,
    fixed: Vec<Assignment>,
    surcharge: Surcharge,
}

impl Asked {
    fn plan(self, solution: Solution) -> Plan {
        let Self { problem, responders, posts, closed, fixed, surcharge } = self;
        let stays = plan::Stays::default();
        Plan::new(problem, solution, responders, &posts, closed, fixed, surcharge, stays)
    }
}

/// Shows how many there are.
impl fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatch")
            .field("responders", &self.responders().len())
            .field("posts", &self.posts().len())
            .finish_non_exhaustive()
    }
}
