//! From tables to a dispatch, or to everything that is wrong with them.

use std::sync::Arc;

use super::lending::headquarters_of;
use super::matching::{Block, Ground};
use super::{
    Availability, CostPolicy, Dispatch, DispatchError, FixedAssignment, ForbiddenPair, Ledger,
    Lending, Pairing, Post, Responder, Rules, Table,
};
use crate::error::Problems;
use crate::id::{Claims, PostId, ResponderId, UnitId};
use crate::interval::{Interval, Timestamp};
use crate::network::{Location, Network, Tier};

/// Collects the tables of a [`Dispatch`], each in any order; nothing is refused before
/// [`DispatchBuilder::build`].
///
/// # Examples
///
/// Every problem of all tables at once:
///
/// ```
/// use epitier::dispatch::{DispatchBuilder, DispatchError, Post, Responder, Table};
/// use epitier::network::Network;
/// use epitier::{PostId, ResponderId, UnitId};
///
/// let twice = Responder::new(ResponderId::new(4));
/// let problems = DispatchBuilder::new(&Network::default())
///     .responders([twice, twice])
///     .posts([Post::new(PostId::new(0), UnitId::new(9), 3, 2)])
///     .build()
///     .unwrap_err();
/// assert_eq!(
///     problems.into_iter().collect::<Vec<_>>(),
///     [
///         DispatchError::StatedTwice { table: Table::Responders, row: 1, first: 0 },
///         DispatchError::UnknownUnit { table: Table::Posts, row: 0, unit: UnitId::new(9) },
///         DispatchError::MinAboveMax { row: 0, min: 3, max: 2 },
///     ],
/// );
/// ```
#[derive(Debug, Clone)]
pub struct DispatchBuilder {
    network: Network,
    responders: Vec<Responder>,
    availability: Vec<Availability>,
    posts: Vec<Post>,
    pairings: Vec<Pairing>,
    fixed: Vec<FixedAssignment>,
    forbidden: Vec<ForbiddenPair>,
    ledger: Option<Ledger>,
    rules: Rules,
}

impl DispatchBuilder {
    /// No responder and no post in a network, the default policy, and nobody who has to be placed.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        Self {
            network: network.clone(),
            responders: Vec::new(),
            availability: Vec::new(),
            posts: Vec::new(),
            pairings: Vec::new(),
            fixed: Vec::new(),
            forbidden: Vec::new(),
            ledger: None,
            rules: Rules::default(),
        }
    }

    /// Adds responders.
    #[must_use]
    pub fn responders(mut self, rows: impl IntoIterator<Item = Responder>) -> Self {
        self.responders.extend(rows);
        self
    }

    /// Adds times in which responders are available.
    #[must_use]
    pub fn availability(mut self, rows: impl IntoIterator<Item = Availability>) -> Self {
        self.availability.extend(rows);
        self
    }

    /// Adds posts.
    #[must_use]
    pub fn posts(mut self, rows: impl IntoIterator<Item = Post>) -> Self {
        self.posts.extend(rows);
        self
    }

    /// Adds pairings of home units with units of the network; repeating one changes nothing.
    #[must_use]
    pub fn pairings(mut self, rows: impl IntoIterator<Item = Pairing>) -> Self {
        self.pairings.extend(rows);
        self
    }

    /// Adds people who are at a post in every plan.
    ///
    /// # Examples
    ///
    /// The leader stays where they were sent, however far that is; the plan is the best one around them:
    ///
    /// ```
    /// use epitier::dispatch::{DispatchBuilder, FixedAssignment, ForbiddenPair, Post, Responder};
    /// use epitier::network::{NetworkBuilder, Tier, UnitRow};
    /// use epitier::{PostId, ResponderId};
    ///
    /// let network = NetworkBuilder::new()
    ///     .unit(UnitRow::new("a", "County", Tier::Headquarters))
    ///     .build()?;
    /// let county = network.unit("a").ok_or("no such unit")?;
    /// let [leader, deputy, driver] = [0, 1, 2].map(ResponderId::new);
    /// let [checkpoint, clinic] = [0, 1].map(PostId::new);
    /// let plan = DispatchBuilder::new(&network)
    ///     .responders([leader, deputy, driver].map(Responder::new))
    ///     .posts([checkpoint, clinic].map(|post| Post::new(post, county, 1, 2)))
    ///     .fixed([FixedAssignment::new(leader, clinic)])
    ///     .forbidden([ForbiddenPair { responder: deputy, post: checkpoint }])
    ///     .build()?
    ///     .solve(&())?;
    ///
    /// assert_eq!((plan.at(clinic)[0].responder, plan.at(clinic)[0].fixed), (leader, 1));
    /// assert_eq!(plan.at(checkpoint)[0].responder, driver);
    /// plan.certify()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fixed(mut self, rows: impl IntoIterator<Item = FixedAssignment>) -> Self {
        self.fixed.extend(rows);
        self
    }

    /// Adds pairs of a responder and a post that are in no plan, not even in one by a host's own rule.
    #[must_use]
    pub fn forbidden(mut self, rows: impl IntoIterator<Item = ForbiddenPair>) -> Self {
        self.forbidden.extend(rows);
        self
    }

    /// Sets the ledger that says who is free.
    ///
    /// A post with times is closed to a responder unless as many people as their supply are free for all of
    /// it, so that the ledger can [book](Ledger::book_plan) any plan. Of a class of which some are not, the
    /// supply to state is the number of those who are ([`Ledger::free`]). A post without times is closed
    /// only where something keeps people from duty without an end. What was booked for a plan that is
    /// to be made afresh is cancelled before, on a clone.
    #[must_use]
    pub fn ledger(mut self, ledger: &Ledger) -> Self {
        self.ledger = Some(ledger.clone());
        self
    }

    /// Sets the cost policy.
    #[must_use]
    pub fn policy(mut self, policy: CostPolicy) -> Self {
        self.rules.policy = policy;
        self
    }

    /// What holds for responders who state neither an `unplaced_priority` nor an `unplaced_cost`: whether as
    /// many of them as possible are to be placed before cost is looked at, less urgently than those who
    /// state a priority, or none of them for its own sake; `false` at first.
    #[must_use]
    pub fn place_everybody(mut self, wanted: bool) -> Self {
        self.rules.place_everybody = wanted;
        self
    }

    /// Sets whether people are lent to other headquarters; [`Lending::Unrestricted`] at first.
    ///
    /// # Examples
    ///
    /// The neighbour is nearer, but the county's own people can fill the post:
    ///
    /// ```
    /// use epitier::dispatch::{DispatchBuilder, Lending, Post, Responder};
    /// use epitier::network::{NetworkBuilder, Tier, UnitRow};
    /// use epitier::{PostId, ResponderId};
    ///
    /// let network = NetworkBuilder::new()
    ///     .unit(UnitRow::new("a", "County", Tier::Headquarters))
    ///     .unit(UnitRow::new("b", "Neighbour", Tier::Headquarters))
    ///     .build()?;
    /// let [own, other] = [0, 1].map(ResponderId::new);
    /// let post = PostId::new(0);
    /// let plan = |places| {
    ///     DispatchBuilder::new(&network)
    ///         .responders([
    ///             Responder { headquarters: network.unit("a"), ..Responder::new(own) },
    ///             Responder { headquarters: network.unit("b"), ..Responder::new(other) },
    ///         ])
    ///         .posts([Post::new(post, network.unit("a")?, places, places)])
    ///         .lending(Lending::WhenShort { cost: 0 })
    ///         .build()
    ///         .ok()?
    ///         .solve_by(|row, _| Some(if row.responder == own { 9_000 } else { 0 }), &())
    ///         .ok()
    /// };
    ///
    /// let one = plan(1).ok_or("refused")?;
    /// assert_eq!((one.at(post)[0].responder, one.lent(), one.cost()), (own, 0, 9_000));
    /// // Two are needed, and there is only one.
    /// let two = plan(2).ok_or("refused")?;
    /// assert_eq!((two.lent(), two.cost()), (1, 9_000));
    /// two.certify()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lending(mut self, lending: Lending) -> Self {
        self.rules.lending = lending;
        self
    }

    /// Whether, of the plans that are best in all else, one is taken in which posts fare as alike as possible;
    /// `false` at first.
    ///
    /// The sum of `(filled - min)²` over all posts is then the least of all best plans; where more people are fixed
    /// than `min`, their number stands in its place. This spreads the people beyond
    /// `min`, and those whom the posts of a priority are short of; and nobody is sent who could as well stay.
    /// It costs nothing, so it can do nothing where posts differ in cost: it bounds no difference. For a bound on
    /// what posts get beyond `min`, lower `max`. (That no post gets more than so many above the one that gets least
    /// is not offered: a post that is full or out of reach would hold back all others.)
    #[must_use]
    pub fn spread_evenly(mut self, wanted: bool) -> Self {
        self.rules.spread_evenly = wanted;
        self
    }

    /// Leaves each responder only so many of their eligible posts, the cheapest ones (of equal ones
    /// those with the smallest ids), so that memory does not grow with responders times posts.
    ///
    /// The plan is then the best for the pairs that are left: it can be short where a pair that was left
    /// out would have helped. [`Plan::left_out`](super::Plan::left_out) says how many there were. What is
    /// cheapest does not depend on how many are lent, only on the price of lending.
    #[must_use]
    pub fn keep_cheapest(mut self, posts: u32) -> Self {
        self.rules.keep_cheapest = Some(posts);
        self
    }

    /// Checks everything and freezes the dispatch.
    ///
    /// # Cost
    ///
    /// O(n log n) for n rows in all.
    ///
    /// # Errors
    ///
    /// Every problem of every row, by table in the order of [`Table`] and then by row. If there is none,
    /// everything that contradicts the fixed assignments, by row.
    pub fn build(mut self) -> Result<Dispatch, Problems<DispatchError>> {
        self.check()?;
        let forbidden = Claims::new(self.forbidden.iter().map(|row| (row.responder, row.post)));
        let fixed = self.fixed.clone();
        self.fixed.sort_unstable();
        self.forbidden.sort_unstable();
        self.responders.sort_unstable_by_key(|row| row.responder);
        self.posts.sort_unstable_by_key(|row| row.post);
        let responders = self.responders.iter().map(|row| {
            let own = Location::from_columns(row.latitude, row.longitude).ok().flatten();
            own.or_else(|| self.network.location(row.residence?))
        });
        let posts = self.posts.iter().map(|row| {
            let own = Location::from_columns(row.latitude, row.longitude).ok().flatten();
            own.or_else(|| self.network.location(row.unit))
        });
        let own = self.responders.iter().map(|row| headquarters_of(row, &self.network));
        let posted = self.posts.iter();
        let posted =
            posted.map(|row| self.network.ancestor_at(row.unit, Tier::Headquarters)).collect();
        let ground = Ground {
            responder_headquarters: own.collect(),
            post_headquarters: posted,
            responder_locations: responders.collect(),
            post_locations: posts.collect(),
            windows: merge_windows(self.availability),
            blocks: merge_blocks(&self.network, &self.pairings),
            network: self.network,
            responders: self.responders,
            posts: self.posts,
            fixed: self.fixed,
            forbidden: self.forbidden,
            ledger: self.ledger,
        };
        Problems::check(ground.contradictions(&fixed, &forbidden))?;
        Ok(Dispatch { ground: Arc::new(ground), rules: self.rules })
    }

    fn check(&self) -> Result<(), Problems<DispatchError>> {
        for (table, rows) in
            [(Table::Responders, self.responders.len()), (Table::Posts, self.posts.len())]
        {
            if rows >= u32::MAX as usize {
                return Err(DispatchError::TooManyRows { table, rows }.into());
            }
        }
        let mut found = Vec::new();
        let known = self.check_responders(&mut found);
        for (row, &Availability { responder, start, end }) in self.availability.iter().enumerate() {
            if known.first(&responder).is_none() {
                let table = Table::Availability;
                found.push(DispatchError::UnknownResponder { table, row, responder });
            }
            check_times(Table::Availability, row, (Some(start), Some(end)), &mut found);
        }
        let posts = self.check_posts(&mut found);
        let fixed = self.fixed.iter().map(|row| (row.responder, row.post));
        check_pairs(Table::Fixed, fixed, (&known, &posts), &mut found);
        let forbidden = self.forbidden.iter().map(|row| (row.responder, row.post));
        check_pairs(Table::Forbidden, forbidden, (&known, &posts), &mut found);
        for (row, pairing) in self.pairings.iter().enumerate() {
            self.check_unit(Table::Pairings, row, pairing.unit, &mut found);
        }
        found.sort_by_key(DispatchError::row);
        Problems::check(found)
    }

    fn check_responders(&self, found: &mut Vec<DispatchError>) -> Claims<ResponderId> {
        let table = Table::Responders;
        for (row, responder) in self.responders.iter().enumerate() {
            for unit in responder.residence.into_iter().chain(responder.headquarters) {
                self.check_unit(table, row, unit, found);
            }
            check_location(table, row, (responder.latitude, responder.longitude), found);
            if responder.unplaced_priority.is_some() && responder.unplaced_cost.is_some() {
                found.push(DispatchError::PriorityAndCost { row });
            }
            let &Responder { responder, supply, .. } = responder;
            let known = |ledger: &Ledger| ledger.people_of(responder).unwrap_or(0);
            let registered = self.ledger.as_ref().map_or(supply, known);
            if supply > registered {
                found.push(DispatchError::BeyondLedger { row, responder, supply, registered });
            }
        }
        check_once(table, self.responders.iter().map(|row| row.responder), found)
    }

    fn check_posts(&self, found: &mut Vec<DispatchError>) -> Claims<PostId> {
        let table = Table::Posts;
        for (row, post) in self.posts.iter().enumerate() {
            let Post { min, max, .. } = *post;
            self.check_unit(table, row, post.unit, found);
            if min > max {
                found.push(DispatchError::MinAboveMax { row, min, max });
            }
            check_times(table, row, (post.start, post.end), found);
            check_location(table, row, (post.latitude, post.longitude), found);
        }
        check_once(table, self.posts.iter().map(|row| row.post), found)
    }

    fn check_unit(&self, table: Table, row: usize, unit: UnitId, found: &mut Vec<DispatchError>) {
        if self.network.position(unit).is_none() {
            found.push(DispatchError::UnknownUnit { table, row, unit });
        }
    }
}

fn check_once<Id: Ord + Send>(
    table: Table,
    ids: impl Iterator<Item = Id>,
    found: &mut Vec<DispatchError>,
) -> Claims<Id> {
    let claims = Claims::new(ids);
    found.extend(claims.repeats().into_iter().map(|(row, first)| DispatchError::StatedTwice {
        table,
        row,
        first,
    }));
    claims
}

fn check_pairs(
    table: Table,
    pairs: impl Iterator<Item = (ResponderId, PostId)> + Clone,
    (responders, posts): (&Claims<ResponderId>, &Claims<PostId>),
    found: &mut Vec<DispatchError>,
) {
    for (row, (responder, post)) in pairs.clone().enumerate() {
        if responders.first(&responder).is_none() {
            found.push(DispatchError::UnknownResponder { table, row, responder });
        }
        if posts.first(&post).is_none() {
            found.push(DispatchError::UnknownPost { table, row, post });
        }
    }
    check_once(table, pairs, found);
}

fn check_times(
    table: Table,
    row: usize,
    times: (Option<Timestamp>, Option<Timestamp>),
    found: &mut Vec<DispatchError>,
) {
    let fine = match times {
        (None, None) => true,
        (Some(start), Some(end)) => Interval::new(start, end).is_ok(),
        _ => false,
    };
    if !fine {
        found.push(DispatchError::BadTimes { table, row });
    }
}

fn check_location(
    table: Table,
    row: usize,
    (latitude, longitude): (Option<f64>, Option<f64>),
    found: &mut Vec<DispatchError>,
) {
    if Location::from_columns(latitude, longitude).is_err() {
        found.push(DispatchError::BadCoordinates { table, row });
    }
}

/// Sorted by responder and time, disjoint and not touching.
fn merge_windows(mut rows: Vec<Availability>) -> Vec<Availability> {
    rows.sort_unstable();
    rows.dedup_by(|next, last| {
        let joins = next.responder == last.responder && next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
    rows
}

/// Sorted by home unit and position, disjoint: of two units one of which contains the other the outer one.
fn merge_blocks(network: &Network, pairings: &[Pairing]) -> Vec<Block> {
    let mut blocks: Vec<Block> = pairings
        .iter()
        .map(|&Pairing { home_unit, unit }| {
            let range = network.preorder_range(unit);
            Block { home_unit, start: range.start, end: range.end }
        })
        .collect();
    blocks.sort_unstable_by_key(|block| (block.home_unit, block.start));
    // Positions of units are disjoint or nested, and an outer unit comes first.
    blocks.dedup_by(|next, last| next.home_unit == last.home_unit && next.start < last.end);
    blocks
}
