//! From tables to a dispatch, or to everything that is wrong with them.

use std::sync::Arc;

use super::matching::{Block, Ground};
use super::{
    Availability, CostPolicy, Dispatch, DispatchError, Pairing, Post, Responder, Rules, Table,
};
use crate::error::Problems;
use crate::id::{Claims, UnitId};
use crate::interval::{Interval, Timestamp};
use crate::network::{Location, Network};

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

    /// Leaves each responder only so many of their eligible posts, the cheapest ones (of equal ones
    /// those with the smallest ids), so that memory does not grow with responders times posts.
    ///
    /// The plan is then the best for the pairs that are left: it can be short where a pair that was left
    /// out would have helped. [`Plan::left_out`](super::Plan::left_out) says how many there were.
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
    /// Every problem of every row, by table in the order of [`Table`] and then by row.
    pub fn build(mut self) -> Result<Dispatch, Problems<DispatchError>> {
        self.check()?;
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
        let ground = Ground {
            responder_locations: responders.collect(),
            post_locations: posts.collect(),
            windows: merge_windows(self.availability),
            blocks: merge_blocks(&self.network, &self.pairings),
            network: self.network,
            responders: self.responders,
            posts: self.posts,
        };
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
                found.push(DispatchError::UnknownResponder { row, responder });
            }
            check_times(Table::Availability, row, (Some(start), Some(end)), &mut found);
        }
        self.check_posts(&mut found);
        for (row, pairing) in self.pairings.iter().enumerate() {
            self.check_unit(Table::Pairings, row, pairing.unit, &mut found);
        }
        found.sort_by_key(DispatchError::row);
        Problems::check(found)
    }

    fn check_responders(&self, found: &mut Vec<DispatchError>) -> Claims<crate::id::ResponderId> {
        let table = Table::Responders;
        for (row, responder) in self.responders.iter().enumerate() {
            if let Some(unit) = responder.residence {
                self.check_unit(table, row, unit, found);
            }
            check_location(table, row, (responder.latitude, responder.longitude), found);
            if responder.unplaced_priority.is_some() && responder.unplaced_cost.is_some() {
                found.push(DispatchError::PriorityAndCost { row });
            }
        }
        check_once(table, self.responders.iter().map(|row| row.responder), found)
    }

    fn check_posts(&self, found: &mut Vec<DispatchError>) {
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
        check_once(table, self.posts.iter().map(|row| row.post), found);
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
