//! What the documentation of `dispatch` says, written naively: each rule on its own, and all assignments.

use std::collections::{BTreeMap, BTreeSet};

use epitier::dispatch::{
    Availability, Closed, CostPolicy, Dispatch, DispatchBuilder, DistanceRule, FixedAssignment,
    ForbiddenPair, Lending, Pairing, Post, Responder,
};
use epitier::network::{Location, Network, NetworkBuilder, Tier, UnitRow};
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
    pub(crate) fixed: Vec<FixedAssignment>,
    pub(crate) forbidden: Vec<ForbiddenPair>,
    pub(crate) weights: Weights,
    pub(crate) lending: Lending,
    pub(crate) place_everybody: bool,
    pub(crate) keep_cheapest: Option<u32>,
}

/// Why a pair may not be matched: the number of the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shut {
    Forbidden,
    Skill,
    Time,
    Headquarters,
    Unknown,
    Far,
    LeftOut,
}

/// What a plan is worth; smaller is better: people short in each priority of posts from the most urgent on,
/// people without a post in each priority of people, people lent if that matters, and the cost.
pub(crate) type Worth = (Vec<u64>, Vec<u32>, u64, i128);

/// How many people the posts have, in row order, and how many people of each priority have none.
pub(crate) type Way = (Vec<u32>, Vec<u32>);

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
            .fixed(self.fixed.iter().copied())
            .forbidden(self.forbidden.iter().copied())
            .policy(policy)
            .lending(self.lending)
            .place_everybody(self.place_everybody);
        if let Some(posts) = self.keep_cheapest {
            builder = builder.keep_cheapest(posts);
        }
        builder
    }

    pub(crate) fn dispatch(&self) -> Dispatch {
        self.builder().build().unwrap()
    }

    /// The unit and all above it, from the root down.
    pub(crate) fn path(&self, unit: UnitId) -> Vec<UnitId> {
        path_in(&self.units, unit)
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

    /// How many people of a responder are fixed at a post.
    pub(crate) fn fixed(&self, responder: ResponderId, post: PostId) -> u32 {
        let rows = self.fixed.iter().filter(|row| (row.responder, row.post) == (responder, post));
        rows.map(|row| row.people).sum()
    }

    /// The people who are not fixed.
    pub(crate) fn free(&self, responder: &Responder) -> u32 {
        let fixed = |post: &Post| self.fixed(responder.responder, post.post);
        responder.supply - self.posts.iter().map(fixed).sum::<u32>()
    }

    /// The people that a post must have and can take beside fixed ones.
    pub(crate) fn room(&self, post: &Post) -> (u32, u32) {
        let fixed = |row: &Responder| self.fixed(row.responder, post.post);
        let fixed: u32 = self.responders.iter().map(fixed).sum();
        (post.min.saturating_sub(fixed), post.max - fixed)
    }

    /// What a fixed person costs.
    pub(crate) fn fixed_cost(&self, responder: &Responder, post: &Post) -> i128 {
        if self.shut(responder, post).is_some() { 0 } else { self.cost(responder, post) }
    }

    /// Whether a person is lent there, wherever that counts or not.
    fn is_lent(&self, responder: &Responder, post: &Post) -> bool {
        let headquarters = |unit| {
            let mut path = self.path(unit);
            path.retain(|above| self.units[above.index()].tier == Tier::Headquarters);
            path.last().copied().unwrap()
        };
        let stated = responder.headquarters.or(responder.residence);
        stated.is_none_or(|unit| headquarters(unit) != headquarters(post.unit))
    }

    /// How many people of one person are lent there, if that counts.
    pub(crate) fn lent(&self, responder: &Responder, post: &Post) -> u64 {
        let counts = matches!(self.lending, Lending::WhenShort { .. });
        u64::from(counts && self.is_lent(responder, post))
    }

    /// Rules 1 to 8, without a ledger.
    pub(crate) fn shut(&self, responder: &Responder, post: &Post) -> Option<Shut> {
        let pair = ForbiddenPair { responder: responder.responder, post: post.post };
        if self.forbidden.contains(&pair) {
            return Some(Shut::Forbidden);
        }
        let skills: BTreeSet<_> = responder.skills.iter().collect();
        if !post.requires.iter().all(|skill| skills.contains(&skill)) {
            return Some(Shut::Skill);
        }
        if !self.is_free(responder, post) {
            return Some(Shut::Time);
        }
        if self.lending == Lending::Never && self.is_lent(responder, post) {
            return Some(Shut::Headquarters);
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
        if let Lending::WhenShort { cost: price } = self.lending
            && self.is_lent(responder, post)
        {
            cost += i128::from(price);
        }
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
                    Shut::Forbidden => &mut closed.forbidden,
                    Shut::Skill => &mut closed.lacks_skill,
                    Shut::Time => &mut closed.not_available,
                    Shut::Headquarters => &mut closed.other_headquarters,
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

    /// The people without a post of each priority, if so many of each row have none.
    pub(crate) fn left(&self, idle: &[u32]) -> Vec<u32> {
        let priorities = self.priorities();
        let mut left = vec![0; priorities.len()];
        for (row, &people) in self.responders.iter().zip(idle) {
            if let Unplaced::Class(priority) = self.unplaced(row) {
                left[priorities.binary_search(&priority).unwrap()] += people;
            }
        }
        left
    }

    /// What it is worth that the posts, in row order, have so many people and so many of each priority have
    /// none, so many lent at this cost.
    pub(crate) fn worth(&self, (filled, idle): &Way, (lent, cost): (u64, i128)) -> Worth {
        let mut short: BTreeMap<u32, u64> = BTreeMap::new();
        for (post, &people) in self.posts.iter().zip(filled) {
            *short.entry(post.priority).or_default() += u64::from(post.min.saturating_sub(people));
        }
        (short.into_values().collect(), idle.clone(), lent, cost)
    }

    /// The best worth of all assignments.
    pub(crate) fn best(&self) -> Worth {
        let max: Vec<u32> = self.posts.iter().map(|post| post.max).collect();
        self.best_of(&self.choices(), &max).unwrap()
    }

    /// Where each person may go, in row order: to posts, each with its cost, or nowhere; last those who are
    /// fixed.
    pub(crate) fn choices(&self) -> Vec<(ResponderId, Choices)> {
        let pairs = self.pairs();
        let choices = self.responders.iter().enumerate().flat_map(|(row, responder)| {
            let posts = self.posts.iter().enumerate();
            let open = posts.filter_map(|(at, post)| {
                let cost = pairs[&(responder.responder, post.post)].ok()?;
                Some((at, (self.lent(responder, post), cost)))
            });
            let choices = Choices { posts: open.collect(), stay: Some(row) };
            (0..self.free(responder)).map(move |_| (responder.responder, choices.clone()))
        });
        let fixed = self.responders.iter().flat_map(|responder| {
            self.posts.iter().enumerate().flat_map(move |(at, post)| {
                let lent = self.lent(responder, post);
                let posts = vec![(at, (lent, self.fixed_cost(responder, post)))];
                let choices = Choices { posts, stay: None };
                let people = 0..self.fixed(responder.responder, post.post);
                people.map(move |_| (responder.responder, choices.clone()))
            })
        });
        choices.chain(fixed).collect()
    }

    /// The fewest lent and then the least cost of every way to fill the posts and to leave people out, person
    /// by person.
    pub(crate) fn ways(
        &self,
        choices: &[(ResponderId, Choices)],
        max: &[u32],
    ) -> BTreeMap<Way, (u64, i128)> {
        let priorities = self.priorities();
        let nobody = (vec![0_u32; self.posts.len()], vec![0_u32; priorities.len()]);
        let mut ways = BTreeMap::from([(nobody, (0_u64, 0_i128))]);
        for (_, choices) in choices {
            let mut next = BTreeMap::new();
            let mut offer = |way: Way, cost: (u64, i128)| {
                let least = next.entry(way).or_insert((u64::MAX, i128::MAX));
                *least = (*least).min(cost);
            };
            for ((filled, left), cost) in &ways {
                if let Some(row) = choices.stay {
                    match self.unplaced(&self.responders[row]) {
                        Unplaced::Cost(extra) => {
                            let cost = (cost.0, cost.1 + i128::from(extra));
                            offer((filled.clone(), left.clone()), cost);
                        }
                        Unplaced::Class(priority) => {
                            let mut left = left.clone();
                            left[priorities.binary_search(&priority).unwrap()] += 1;
                            offer((filled.clone(), left), *cost);
                        }
                    }
                }
                for &(at, extra) in &choices.posts {
                    if filled[at] == max[at] {
                        continue;
                    }
                    let mut filled = filled.clone();
                    filled[at] += 1;
                    offer((filled, left.clone()), (cost.0 + extra.0, cost.1 + extra.1));
                }
            }
            ways = next;
        }
        ways
    }

    /// The best worth of all assignments with these choices and so many places, if there is any.
    pub(crate) fn best_of(&self, choices: &[(ResponderId, Choices)], max: &[u32]) -> Option<Worth> {
        let ways = self.ways(choices, max).into_iter();
        ways.map(|(way, cost)| self.worth(&way, cost)).min()
    }
}

/// The unit and all above it, from the root down. Ids are ranks of codes, and the units of these worlds are
/// listed in code order.
pub(crate) fn path_in(units: &[UnitRow], unit: UnitId) -> Vec<UnitId> {
    let mut path = vec![unit];
    while let Some(parent) = &units[path[path.len() - 1].index()].parent {
        let above = units.iter().position(|row| row.code == *parent).unwrap();
        path.push(UnitId::new(u32::try_from(above).unwrap()));
    }
    path.reverse();
    path
}

/// Where one person may go.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    /// The rows of the posts, how many people are lent there and what each costs.
    pub(crate) posts: Vec<(usize, (u64, i128))>,
    /// The row of the responder whom they may count as one of without a post.
    pub(crate) stay: Option<usize>,
}
