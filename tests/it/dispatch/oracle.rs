//! What the documentation of `dispatch` says, written naively: each rule on its own, and all assignments.

use std::collections::{BTreeMap, BTreeSet};

use epitier::dispatch::{
    Availability, Closed, CostPolicy, Dispatch, DispatchBuilder, DistanceRule, Pairing, Post,
    Responder,
};
use epitier::network::{Location, Network, NetworkBuilder, UnitRow};
use epitier::solver::transport::Unplaced;
use epitier::{PostId, ResponderId, UnitId};

/// The weights of a policy, in the open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    pub(crate) metres: DistanceRule,
    pub(crate) edges: DistanceRule,
    pub(crate) inside: i64,
    pub(crate) outside: i64,
    pub(crate) leaving: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) units: Vec<UnitRow>,
    pub(crate) responders: Vec<Responder>,
    pub(crate) availability: Vec<Availability>,
    pub(crate) posts: Vec<Post>,
    pub(crate) pairings: Vec<Pairing>,
    pub(crate) weights: Weights,
    pub(crate) place_everybody: bool,
    pub(crate) keep_cheapest: Option<u32>,
}

/// Why a pair may not be matched: the number of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shut {
    Skill,
    Time,
    Unknown,
    Far,
    LeftOut,
}

/// What a plan is worth; smaller is better: people short in each priority of posts from the most urgent on,
/// people without a post in each priority of people, and the cost.
pub(crate) type Worth = (Vec<u64>, Vec<u64>, i128);

impl World {
    pub(crate) fn network(&self) -> Network {
        NetworkBuilder::new().units(self.units.clone()).build().unwrap()
    }

    pub(crate) fn builder(&self) -> DispatchBuilder {
        let Weights { metres, edges, inside, outside, leaving } = self.weights;
        let policy = CostPolicy::new()
            .with_metres(metres)
            .with_edges(edges)
            .with_pairing(inside, outside)
            .with_leaving(leaving);
        let mut builder = DispatchBuilder::new(&self.network())
            .responders(self.responders.iter().copied())
            .availability(self.availability.iter().copied())
            .posts(self.posts.iter().copied())
            .pairings(self.pairings.iter().copied())
            .policy(policy)
            .place_everybody(self.place_everybody);
        if let Some(posts) = self.keep_cheapest {
            builder = builder.keep_cheapest(posts);
        }
        builder
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        self.builder().build().unwrap()
    }

    /// The unit and all above it, from the root down. Ids are ranks of codes, and the units of these
    /// worlds are listed in code order.
    pub(crate) fn path(&self, unit: UnitId) -> Vec<UnitId> {
        let mut path = vec![unit];
        while let Some(parent) = &self.units[path[path.len() - 1].index()].parent {
            let above = self.units.iter().position(|row| row.code == *parent).unwrap();
            path.push(UnitId::new(u32::try_from(above).unwrap()));
        }
        path.reverse();
        path
    }

    fn edges(&self, a: UnitId, b: UnitId) -> Option<u32> {
        let (a, b) = (self.path(a), self.path(b));
        let shared = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        (shared > 0).then(|| u32::try_from(a.len() + b.len() - 2 * shared).unwrap())
    }

    fn location(&self, own: (Option<f64>, Option<f64>), unit: Option<UnitId>) -> Option<Location> {
        if let (Some(latitude), Some(longitude)) = own {
            return Location::from_degrees(latitude, longitude);
        }
        let row = &self.units[unit?.index()];
        Location::from_degrees(row.latitude?, row.longitude?)
    }

    fn metres(&self, responder: &Responder, post: &Post) -> Option<u32> {
        let from = self.location((responder.latitude, responder.longitude), responder.residence)?;
        let to = self.location((post.latitude, post.longitude), Some(post.unit))?;
        Some(from.metres_to(to))
    }

    fn is_free(&self, responder: &Responder, post: &Post) -> bool {
        let (Some(start), Some(end)) = (post.start, post.end) else { return true };
        let theirs: Vec<&Availability> =
            self.availability.iter().filter(|row| row.responder == responder.responder).collect();
        theirs.is_empty()
            || (start.seconds()..end.seconds()).all(|second| {
                theirs.iter().any(|w| (w.start.seconds()..w.end.seconds()).contains(&second))
            })
    }

    /// Rules 1 to 4.
    pub(crate) fn shut(&self, responder: &Responder, post: &Post) -> Option<Shut> {
        let skills: BTreeSet<_> = responder.skills.iter().collect();
        if !post.requires.iter().all(|skill| skills.contains(&skill)) {
            return Some(Shut::Skill);
        }
        if !self.is_free(responder, post) {
            return Some(Shut::Time);
        }
        let edges = responder.residence.and_then(|residence| self.edges(residence, post.unit));
        let metres = self.metres(responder, post);
        for (limit, distance) in
            [(self.weights.metres.limit, metres), (self.weights.edges.limit, edges)]
        {
            match (limit, distance) {
                (Some(_), None) => return Some(Shut::Unknown),
                (Some(limit), Some(distance)) if distance > limit => return Some(Shut::Far),
                _ => {}
            }
        }
        None
    }

    /// What the policy charges.
    pub(crate) fn cost(&self, responder: &Responder, post: &Post) -> i128 {
        let Weights { metres, edges, inside, outside, leaving } = self.weights;
        let edge_count = responder.residence.and_then(|residence| self.edges(residence, post.unit));
        let metre_count = self.metres(responder, post);
        let mut cost = i128::from(edges.cost) * i128::from(edge_count.unwrap_or(edges.unknown))
            + i128::from(metres.cost) * i128::from(metre_count.unwrap_or(metres.unknown));
        let paired: Vec<UnitId> = self
            .pairings
            .iter()
            .filter(|pairing| Some(pairing.home_unit) == responder.home_unit)
            .map(|pairing| pairing.unit)
            .collect();
        if !paired.is_empty() {
            let path = self.path(post.unit);
            let in_one = paired.iter().any(|unit| path.contains(unit));
            cost += i128::from(if in_one { inside } else { outside });
        }
        let previous = self
            .posts
            .iter()
            .find(|other| Some(other.post) == responder.previous)
            .filter(|other| self.shut(responder, other).is_none());
        if previous.is_some_and(|previous| previous.post != post.post) {
            cost += i128::from(leaving);
        }
        cost
    }

    /// Every pair with its cost, or the rule that shuts it.
    pub(crate) fn pairs(&self) -> BTreeMap<(ResponderId, PostId), Result<i128, Shut>> {
        let mut pairs = BTreeMap::new();
        for responder in &self.responders {
            let mut open: Vec<(i128, PostId)> = Vec::new();
            for post in &self.posts {
                let key = (responder.responder, post.post);
                if let Some(shut) = self.shut(responder, post) {
                    pairs.insert(key, Err(shut));
                } else {
                    open.push((self.cost(responder, post), post.post));
                }
            }
            open.sort_unstable();
            for (rank, (cost, post)) in open.into_iter().enumerate() {
                let kept = self.keep_cheapest.is_none_or(|keep| rank < keep as usize);
                let pair = if kept { Ok(cost) } else { Err(Shut::LeftOut) };
                pairs.insert((responder.responder, post), pair);
            }
        }
        pairs
    }

    /// The posts closed to a responder, rule by rule.
    pub(crate) fn closed(&self, responder: ResponderId) -> Closed {
        let mut closed = Closed::default();
        for ((who, _), pair) in self.pairs() {
            if who == responder
                && let Err(shut) = pair
            {
                *match shut {
                    Shut::Skill => &mut closed.lacks_skill,
                    Shut::Time => &mut closed.not_available,
                    Shut::Unknown => &mut closed.distance_unknown,
                    Shut::Far => &mut closed.too_far,
                    Shut::LeftOut => &mut closed.left_out,
                } += 1;
            }
        }
        closed
    }

    /// What it costs to leave one of a responder without a post.
    pub(crate) fn unplaced(&self, responder: &Responder) -> Unplaced {
        match (responder.unplaced_priority, responder.unplaced_cost) {
            (Some(priority), _) => Unplaced::Class(priority),
            (None, Some(cost)) => Unplaced::Cost(cost),
            (None, None) if self.place_everybody => Unplaced::Class(u32::MAX),
            (None, None) => Unplaced::Cost(0),
        }
    }

    /// The priorities of people, from the most urgent.
    fn priorities(&self) -> Vec<u32> {
        let priorities: BTreeSet<u32> = self
            .responders
            .iter()
            .filter_map(|row| match self.unplaced(row) {
                Unplaced::Class(priority) => Some(priority),
                Unplaced::Cost(_) => None,
            })
            .collect();
        priorities.into_iter().collect()
    }

    /// What it is worth that the posts, in row order, have so many people, and that so many of each row have
    /// none, at this cost.
    pub(crate) fn worth(&self, filled: &[u32], idle: &[u32], cost: i128) -> Worth {
        let mut short: BTreeMap<u32, u64> = BTreeMap::new();
        for (post, &people) in self.posts.iter().zip(filled) {
            *short.entry(post.priority).or_default() += u64::from(post.min.saturating_sub(people));
        }
        let priorities = self.priorities();
        let mut left = vec![0; priorities.len()];
        for (row, &people) in self.responders.iter().zip(idle) {
            if let Unplaced::Class(priority) = self.unplaced(row) {
                left[priorities.binary_search(&priority).unwrap()] += u64::from(people);
            }
        }
        (short.into_values().collect(), left, cost)
    }

    /// The best worth of all assignments.
    pub(crate) fn best(&self) -> Worth {
        let max: Vec<u32> = self.posts.iter().map(|post| post.max).collect();
        self.best_of(&self.choices(), &max).unwrap()
    }

    /// Where each person may go, in row order: to posts, each with its cost, or nowhere.
    pub(crate) fn choices(&self) -> Vec<(ResponderId, Choices)> {
        let pairs = self.pairs();
        let choices = self.responders.iter().enumerate().flat_map(|(row, responder)| {
            let posts = self.posts.iter().enumerate();
            let open = posts.filter_map(|(at, post)| {
                Some((at, pairs[&(responder.responder, post.post)].ok()?))
            });
            let choices = Choices { posts: open.collect(), stay: Some(row) };
            (0..responder.supply).map(move |_| (responder.responder, choices.clone()))
        });
        choices.collect()
    }

    /// The best worth of all assignments with these choices and so many places, if there is any: person by
    /// person, keeping for each way of filling the posts and of leaving people out the least cost.
    pub(crate) fn best_of(&self, choices: &[(ResponderId, Choices)], max: &[u32]) -> Option<Worth> {
        let nobody = (vec![0_u32; self.posts.len()], vec![0_u32; self.responders.len()]);
        let mut ways = BTreeMap::from([(nobody, 0_i128)]);
        for (_, choices) in choices {
            let mut next = BTreeMap::new();
            let mut offer = |way: (Vec<u32>, Vec<u32>), cost: i128| {
                let least = next.entry(way).or_insert(i128::MAX);
                *least = (*least).min(cost);
            };
            for ((filled, idle), cost) in &ways {
                if let Some(row) = choices.stay {
                    match self.unplaced(&self.responders[row]) {
                        Unplaced::Cost(extra) => {
                            offer((filled.clone(), idle.clone()), cost + i128::from(extra));
                        }
                        Unplaced::Class(_) => {
                            let mut idle = idle.clone();
                            idle[row] += 1;
                            offer((filled.clone(), idle), *cost);
                        }
                    }
                }
                for &(at, extra) in &choices.posts {
                    if filled[at] == max[at] {
                        continue;
                    }
                    let mut filled = filled.clone();
                    filled[at] += 1;
                    offer((filled, idle.clone()), cost + extra);
                }
            }
            ways = next;
        }
        ways.into_iter().map(|((filled, idle), cost)| self.worth(&filled, &idle, cost)).min()
    }
}

/// Where one person may go.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    /// The rows of the posts and what each costs.
    pub(crate) posts: Vec<(usize, i128)>,
    /// The row of the responder whom they may count as one of without a post.
    pub(crate) stay: Option<usize>,
}
