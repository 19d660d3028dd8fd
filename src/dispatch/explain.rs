//! Why a plan is as it is: what another choice would cost at least, and what one more would bring.
//!
//! All answers are read off the prices that prove the plan, without solving anything again. A price says
//! what one more unit at a responder or a post would cost with all the moves that it sets off, so the
//! price at a post plus the cost of going there, less the price at the responder, is the least by which
//! any plan with that choice is worse (the reduced cost of the pair; Ahuja, Magnanti, Orlin, *Network
//! Flows*, 1993, 9.3).
//!
//! These are bounds: a gap of 0 does not say that there is an equally good plan. Where one person could
//! only be replaced by one other, prices show the difference between the two with one of them.

use std::cmp::Ordering;

use super::matching::rows_of;
use super::plan::narrow;
use super::{Dispatch, Plan, SkillSet};
use crate::id::{PostId, ResponderId, UnitId, dense};
use crate::solver::transport::{Arc, Price};

/// By how much one plan is worse than another: first by the people whom posts must have or who have to be
/// placed, then by those who are lent, and only then by cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Gap {
    /// As many people are where they must be, at a cost higher by this; 0 where it makes no difference.
    Cost {
        /// In the units of the policy, 0 or more.
        cost: i128,
    },
    /// As many people are where they must be, but more of them are lent to another headquarters, where
    /// [that counts](super::Lending::WhenShort).
    Lent {
        /// How many more, at least 1.
        people: u64,
    },
    /// Somewhere a person is missing who need not be: a post of some priority has fewer of those it must
    /// have while the more urgent ones have no more, or fewer people of some priority have a post while the
    /// more urgent ones have no more.
    People,
}

impl Gap {
    const NONE: Self = Self::Cost { cost: 0 };

    /// The part of a difference of prices that is above nothing.
    fn of(level: i128, lent: i128, cost: i128) -> Self {
        match (level, lent).cmp(&(0, 0)) {
            Ordering::Less => Self::NONE,
            Ordering::Equal => Self::Cost { cost: cost.max(0) },
            Ordering::Greater if level > 0 => Self::People,
            Ordering::Greater => Self::Lent { people: u64::try_from(lent).unwrap_or(u64::MAX) },
        }
    }
}

/// Why people are where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Why {
    /// Where they are; `None` for those without a post.
    pub post: Option<PostId>,
    /// How many of them, at least 1.
    pub people: u32,
    /// The choice that comes next: another post that is open to them, or none at all. `None` where there is
    /// no other choice. Of equally good ones a post before none, and the smallest id.
    pub next: Option<NextBest>,
}

/// The choice that comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NextBest {
    /// The other post; `None` for no post.
    pub post: Option<PostId>,
    /// How much worse, at the least, the best plan is in which one of these people is anywhere else.
    pub gap: Gap,
}

/// Why a responder is not at a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum WhyNot {
    /// One of them is.
    IsThere {
        /// How many of them.
        people: u32,
    },
    /// The post is closed to them: [`Dispatch::closed`] says by which rule.
    Closed,
    /// The best plan with one of them there is worse, at the least by this.
    Worse {
        /// By how much.
        gap: Gap,
    },
}

/// What there could be one more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum OneMore {
    /// A person who can go to this post and comes there at no cost.
    PersonFor {
        /// The post.
        post: PostId,
    },
    /// A person with these skills who comes to any post at no cost and at any time.
    PersonWith {
        /// The skills.
        skills: SkillSet,
    },
    /// A person with every skill who comes at no cost and at any time to any post that serves this unit or one
    /// within it.
    PersonIn {
        /// The unit.
        unit: UnitId,
    },
    /// A place at this post, beyond the people it can take now.
    PlaceAt {
        /// The post.
        post: PostId,
    },
}

/// What one more would bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gain {
    /// Where it brings most, the most urgent priority first; of equally good posts the one with the
    /// smallest id.
    pub post: PostId,
    /// How much better the best plan would be: exactly for a person, and at the most for a place.
    pub gap: Gap,
}

/// People who cannot all be placed because the posts that are open to them are full, although it is urgent
/// for some of them to get one, and for none of them less urgent than for those.
///
/// `people - places = unplaced`, whatever the plan: no other post is open to any of them, and `places` is
/// all that these posts can take. No part of it would explain as many: each post of it has somebody who
/// would have to make room, and one more place at any of them places one more person. People who are
/// [fixed](super::FixedAssignment) anywhere, and the places that they fill, count on neither side.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Surplus {
    /// Those without a post, and those at these posts, by id.
    pub responders: Vec<ResponderId>,
    /// Every post that is open to any of them, by id; each has all the people it can take.
    pub posts: Vec<PostId>,
    /// How many people the responders are.
    pub people: u64,
    /// How many people the posts can take.
    pub places: u64,
    /// How many of the people have no post.
    pub unplaced: u64,
}

/// A pair that is open.
struct Open {
    sink: usize,
    people: i64,
    /// By how much one unit more makes the plan worse at the least.
    reduced: (i128, i128),
    /// Whether its first arc can carry no more.
    is_full: bool,
}

impl Plan {
    /// Who cannot be placed because which posts are full: groups that have no post in common, by their
    /// first responder. They explain everybody without a post who has an open one and should not be left
    /// out, by an `unplaced_priority` or by
    /// [`DispatchBuilder::place_everybody`](super::DispatchBuilder::place_everybody); for others see
    /// [`IdleReason`](super::IdleReason).
    ///
    /// # Cost
    ///
    /// O(p log n) for p open pairs of the people named, and n responders and posts.
    ///
    /// # Examples
    ///
    /// Five people, and a place for one driver and for one sampler:
    ///
    /// ```
    /// use epitier::dispatch::{DispatchBuilder, Post, Responder, Skill};
    /// use epitier::network::{NetworkBuilder, Tier, UnitRow};
    /// use epitier::{PostId, ResponderId};
    ///
    /// let network = NetworkBuilder::new()
    ///     .unit(UnitRow::new("a", "County", Tier::Headquarters))
    ///     .build()?;
    /// let county = network.unit("a").ok_or("no such unit")?;
    /// let skill = |number: u8| Skill::new(number).ok_or("no such skill");
    /// let (driving, sampling) = (skill(0)?, skill(1)?);
    /// let people = [driving, sampling, sampling, driving, sampling].into_iter().zip(0..);
    /// let post = |number, skill: Skill| Post {
    ///     requires: skill.into(),
    ///     ..Post::new(PostId::new(number), county, 1, 1)
    /// };
    /// let plan = DispatchBuilder::new(&network)
    ///     .responders(people.map(|(skill, number)| Responder {
    ///         skills: skill.into(),
    ///         ..Responder::new(ResponderId::new(number))
    ///     }))
    ///     .posts([post(0, sampling), post(1, driving)])
    ///     .place_everybody(true)
    ///     .build()?
    ///     .solve(&())?;
    ///
    /// let [drivers, samplers] = &plan.surpluses()[..] else { return Err("two groups".into()) };
    /// assert_eq!((drivers.people, drivers.places, drivers.unplaced), (2, 1, 1));
    /// assert_eq!((samplers.people, samplers.places, samplers.unplaced), (3, 1, 2));
    /// assert_eq!((&drivers.posts[..], &samplers.posts[..]), (&[PostId::new(1)][..], &[PostId::new(0)][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn surpluses(&self) -> Vec<Surplus> {
        let mut source_seen = vec![false; self.responders().len()];
        // Of each post that was reached another one of its group, or itself.
        let mut group: Vec<Option<usize>> = vec![None; self.posts().len()];
        let unplaced = self.solution().unplaced();
        let mut named: Vec<(usize, usize)> = Vec::new();
        let is_urgent = |source: u32| self.problem().unplaced_price(source).level > 0;
        let idle = (0..).zip(unplaced).filter(|&(source, &people)| people > 0 && is_urgent(source));
        for (idle, _) in idle {
            let mut next = vec![idle as usize];
            while let Some(source) = next.pop() {
                if std::mem::replace(&mut source_seen[source], true) {
                    continue;
                }
                let mut posts = self.arcs_of(source).map(|(_, arc)| arc.sink as usize);
                let Some(first) = posts.next() else { continue };
                named.push((source, first));
                for post in std::iter::once(first).chain(posts) {
                    if group[post].is_none() {
                        let there = self.at(self.posts()[post].post).iter();
                        let free = there.filter(|row| row.people > row.fixed);
                        let free = free.map(|row| self.responders().binary_search(&row.responder));
                        next.extend(free.flatten());
                    }
                    let (one, other) = (root(&mut group, first), root(&mut group, post));
                    group[one.max(other)] = Some(one.min(other));
                }
            }
        }
        named.sort_unstable();
        let mut surpluses: Vec<Surplus> = Vec::new();
        let mut number_of = vec![usize::MAX; group.len()];
        for (source, post) in named {
            let number = &mut number_of[root(&mut group, post)];
            if *number == usize::MAX {
                *number = surpluses.len();
                surpluses.push(Surplus::default());
            }
            let surplus = &mut surpluses[*number];
            surplus.responders.push(self.responders()[source]);
            surplus.people += self.problem().supplies()[source].unsigned_abs();
            surplus.unplaced += unplaced[source].unsigned_abs();
        }
        for post in 0..group.len() {
            if group[post].is_some() {
                let surplus = &mut surpluses[number_of[root(&mut group, post)]];
                surplus.posts.push(self.posts()[post].post);
                surplus.places += self.problem().sinks()[post].max.unsigned_abs();
            }
        }
        surpluses
    }

    /// Why the people of a responder are where they are: a row for each post they are at, by post, and one
    /// for those without a post. Empty for an unknown responder and for one of nobody. People who are
    /// [fixed](super::FixedAssignment) have no other choice. O(open posts · log n).
    ///
    /// # Examples
    ///
    /// See [`Plan::why_not`].
    #[must_use]
    pub fn why(&self, responder: ResponderId) -> Vec<Why> {
        let Some((source, arcs)) = self.open_to(responder) else { return Vec::new() };
        let solution = self.solution();
        let staying = self.reduced_staying(source);
        let choice = |open: &Open| (Some(self.posts()[open.sink].post), open.people, open.reduced);
        let mut choices: Vec<_> = arcs.iter().map(choice).collect();
        choices.push((None, solution.unplaced()[source], staying));
        let taken = choices.iter().filter(|(_, people, _)| *people > 0);
        let free = taken.map(|&(post, people, _)| {
            let others = choices.iter().filter(|other| other.0 != post);
            let next = others.min_by_key(|other| (other.2, other.0.is_none(), other.0));
            Why {
                post,
                people: narrow(people),
                next: next
                    .map(|&(post, _, (level, cost))| NextBest { post, gap: self.gap(level, cost) }),
            }
        });
        let fixed = rows_of(self.fixed(), |row| row.responder.cmp(&responder)).iter();
        let fixed = fixed.map(|row| Why { post: Some(row.post), people: row.people, next: None });
        let mut why: Vec<Why> = free.chain(fixed).collect();
        // Stable: those who have another choice come first, and it stands.
        why.sort_by_key(|why| (why.post.is_none(), why.post));
        why.dedup_by(|next, last| {
            let same = next.post == last.post;
            last.people += if same { next.people } else { 0 };
            same
        });
        why
    }

    /// Why a responder is not at a post; `None` if one of the two is not in the plan. O(log n) for n open
    /// pairs.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::dispatch::{DispatchBuilder, Gap, OneMore, Post, Responder, WhyNot};
    /// use epitier::network::{NetworkBuilder, Tier, UnitRow};
    /// use epitier::{PostId, ResponderId};
    ///
    /// let network = NetworkBuilder::new()
    ///     .unit(UnitRow::new("a", "County", Tier::Headquarters))
    ///     .unit(UnitRow::new("b", "Township", Tier::Subdistrict).under("a"))
    ///     .build()?;
    /// let at = |code: &str| network.unit(code).ok_or("no such unit");
    /// let (near, far) = (ResponderId::new(0), ResponderId::new(1));
    /// let post = PostId::new(0);
    /// let dispatch = DispatchBuilder::new(&network)
    ///     .responders([
    ///         Responder { residence: Some(at("b")?), ..Responder::new(near) },
    ///         Responder { residence: Some(at("a")?), ..Responder::new(far) },
    ///     ])
    ///     .posts([Post::new(post, at("b")?, 1, 1)])
    ///     .build()?;
    /// let plan = dispatch.solve(&())?;
    ///
    /// // One edge of the network more, at 250 each.
    /// let worse = WhyNot::Worse { gap: Gap::Cost { cost: 250 } };
    /// assert_eq!(plan.why_not(far, post), Some(worse));
    /// assert_eq!(plan.why_not(near, post), Some(WhyNot::IsThere { people: 1 }));
    /// assert_eq!(plan.why(near)[0].post, Some(post));
    /// // A second place is of no use: the post must have one person, and has one.
    /// let gain = plan.value_of_one_more(&dispatch, OneMore::PlaceAt { post });
    /// assert_eq!(gain.map(|gain| gain.gap), Some(Gap::Cost { cost: 0 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn why_not(&self, responder: ResponderId, post: PostId) -> Option<WhyNot> {
        let sink = self.posts().binary_search_by_key(&post, |row| row.post).ok()?;
        let (_, arcs) = self.open_to(responder)?;
        let there = self.at(post);
        if let Ok(at) = there.binary_search_by_key(&responder, |row| row.responder) {
            return Some(WhyNot::IsThere { people: there[at].people });
        }
        let Ok(at) = arcs.binary_search_by_key(&sink, |open| open.sink) else {
            return Some(WhyNot::Closed);
        };
        let (level, cost) = arcs[at].reduced;
        Some(WhyNot::Worse { gap: self.gap(level, cost) })
    }

    /// What one more would bring, at the post where it brings most; `None` where no post of the plan is
    /// meant. The dispatch is the one that the plan was made by. O(posts).
    #[must_use]
    pub fn value_of_one_more(&self, dispatch: &Dispatch, of: OneMore) -> Option<Gain> {
        let meant = |sink: &usize| {
            let post = dispatch.ground.post(self.posts()[*sink].post);
            post.map(|post| &dispatch.posts()[post]).is_some_and(|post| match of {
                OneMore::PersonFor { post: one } | OneMore::PlaceAt { post: one } => {
                    post.post == one
                }
                OneMore::PersonWith { skills } => skills.covers(post.requires),
                OneMore::PersonIn { unit } => dispatch.ground.network.contains(unit, post.unit),
            })
        };
        let worth = |sink: usize| {
            let Price { level, cost } = self.solution().sink_prices()[sink];
            let (level, cost) = (i128::from(level), i128::from(cost));
            let worth = match of {
                OneMore::PlaceAt { .. } => (level, cost),
                _ => (-level, -cost),
            };
            (worth.max((0, 0)), sink)
        };
        let worths = (0..self.posts().len()).filter(meant).map(worth);
        let best = worths.reduce(|best, other| if other.0 > best.0 { other } else { best });
        let ((level, cost), sink) = best?;
        Some(Gain { post: self.posts()[sink].post, gap: self.gap(level, cost) })
    }

    fn gap(&self, level: i128, cost: i128) -> Gap {
        let (lent, cost) = self.surcharge().split(cost);
        Gap::of(level, lent, cost)
    }

    /// The number of a responder and the pairs open to them, by post.
    fn open_to(&self, responder: ResponderId) -> Option<(usize, Vec<Open>)> {
        let source = self.responders().binary_search(&responder).ok()?;
        let mut open: Vec<Open> = Vec::new();
        for (number, arc) in self.arcs_of(source) {
            let (sink, people) = (arc.sink as usize, self.solution().flow()[number]);
            match open.last_mut().filter(|pair| pair.sink == sink) {
                // One more comes to the rest of the pair where as many stay as were there.
                Some(pair) => {
                    if arc.cap.is_none_or(|cap| people < cap) && pair.is_full {
                        pair.reduced = self.reduced_cost(arc);
                    }
                    pair.people += people;
                }
                None => open.push(Open {
                    sink,
                    people,
                    reduced: self.reduced_cost(arc),
                    is_full: arc.cap == Some(people),
                }),
            }
        }
        Some((source, open))
    }

    /// The pairs open to a responder, by post, each with its number.
    fn arcs_of(&self, source: usize) -> impl Iterator<Item = (usize, &Arc)> {
        let arcs = self.problem().arcs();
        let first = arcs.partition_point(|arc| (arc.source as usize) < source);
        (first..).zip(&arcs[first..]).take_while(move |(_, arc)| arc.source as usize == source)
    }

    /// By how much one unit over a pair makes the plan worse at the least: level and cost, not below zero
    /// where the pair can carry more.
    fn reduced_cost(&self, arc: &Arc) -> (i128, i128) {
        let worth = self.solution().source_prices()[arc.source as usize];
        let price = self.solution().sink_prices()[arc.sink as usize];
        (
            i128::from(price.level) - i128::from(worth.level),
            i128::from(price.cost) + i128::from(arc.cost) - i128::from(worth.cost),
        )
    }

    /// The same of one unit without a post.
    fn reduced_staying(&self, source: usize) -> (i128, i128) {
        let worth = self.solution().source_prices()[source];
        let staying = self.problem().unplaced_price(dense(source));
        (
            i128::from(staying.level) - i128::from(worth.level),
            i128::from(staying.cost) - i128::from(worth.cost),
        )
    }
}

/// The smallest post known of the group of a post, which founds a group if it has none.
fn root(group: &mut [Option<usize>], mut post: usize) -> usize {
    while let Some(above) = group[post].filter(|&above| above != post) {
        // Halves the way for those who ask again.
        group[post] = group[above].or(group[post]);
        post = above;
    }
    group[post] = Some(post);
    post
}
