//! Who may go where, and what it costs: from the domain to the rows of the solver.

use rayon::prelude::*;

use super::ledger::{Bars, Span};
use super::{
    Assignment, Availability, Closed, DistanceRule, FixedAssignment, ForbiddenPair, Ledger,
    Lending, Post, Responder, Rules,
};
use crate::id::{HomeUnitId, PostId, ResponderId, UnitId, dense};
use crate::network::{Location, Network};
use crate::solver::transport::Arc;
use crate::watch::{Cancelled, Progress, Watch};

/// Responders between two reports of progress.
const RESPONDERS_PER_REPORT: usize = 1 << 10;

/// The checked tables. Responders and posts are sorted by id; an index counts along them.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) network: Network,
    pub(super) responders: Vec<Responder>,
    pub(super) responder_locations: Vec<Option<Location>>,
    pub(super) responder_headquarters: Vec<Option<UnitId>>,
    /// Sorted by responder and time, disjoint and not touching.
    pub(super) windows: Vec<Availability>,
    pub(super) posts: Vec<Post>,
    pub(super) post_locations: Vec<Option<Location>>,
    pub(super) post_headquarters: Vec<Option<UnitId>>,
    /// Sorted by home unit and position, disjoint.
    pub(super) blocks: Vec<Block>,
    /// Sorted by responder and post, each pair once.
    pub(super) fixed: Vec<FixedAssignment>,
    /// Sorted by responder and post, each pair once.
    pub(super) forbidden: Vec<ForbiddenPair>,
    pub(super) ledger: Option<Ledger>,
}

/// Positions of the network that a home unit is paired with.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) home_unit: HomeUnitId,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Why a post is closed to a responder: the first rule of the [module](super) that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum ClosedBy {
    /// The pair is forbidden.
    Forbidden,
    /// They lack a required skill.
    LacksSkill,
    /// They are not available for the whole duty.
    NotAvailable,
    /// Something in the ledger keeps too many of them from duty.
    NotEligible,
    /// By the ledger, too few of them are free for the duty.
    Committed,
    /// They belong to another headquarters, and nobody is lent.
    OtherHeadquarters,
    /// There is a limit, and the distance is not known.
    DistanceUnknown,
    /// The distance is greater than the limit.
    TooFar,
    /// The host's own rule said no.
    Declined,
}

impl std::fmt::Display for ClosedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Forbidden => "forbidden",
            Self::LacksSkill => "lacks a skill",
            Self::NotAvailable => "not available",
            Self::NotEligible => "not eligible",
            Self::Committed => "committed",
            Self::OtherHeadquarters => "other headquarters",
            Self::DistanceUnknown => "unknown distance",
            Self::TooFar => "too far",
            Self::Declined => "declined",
        })
    }
}

/// A responder and what belongs to them.
struct Candidate<'a> {
    index: usize,
    row: &'a Responder,
    location: Option<Location>,
    windows: &'a [Availability],
    forbidden: &'a [ForbiddenPair],
    /// What the ledger says of them.
    bars: Option<Bars>,
    paired: &'a [Block],
    /// The index of the previous post, if it is open to them.
    previous: Option<usize>,
}

/// The pairs that the solver may use.
pub(super) struct Matching {
    /// By responder, then by post.
    pub(super) arcs: Vec<Arc>,
    /// The posts closed to each responder.
    pub(super) closed: Vec<Closed>,
    /// Who is fixed where and what each of them costs, 0 at a closed post.
    pub(super) fixed: Vec<Assignment>,
}

impl Ground {
    pub(super) fn responder(&self, id: ResponderId) -> Option<usize> {
        self.responders.binary_search_by_key(&id, |row| row.responder).ok()
    }

    pub(super) fn post(&self, id: PostId) -> Option<usize> {
        self.posts.binary_search_by_key(&id, |row| row.post).ok()
    }

    /// Matches by the policy.
    pub(super) fn by_policy(&self, rules: Rules, watch: &dyn Watch) -> Result<Matching, Cancelled> {
        self.matching(rules, watch, |responder| {
            let candidate = self.candidate(responder, &rules);
            move |post| self.judge(&candidate, post, &rules)
        })
    }

    /// Matches by the host's own rule.
    pub(super) fn by_rule(
        &self,
        rules: Rules,
        rule: impl Fn(&Responder, &Post) -> Option<i64> + Sync,
        watch: &dyn Watch,
    ) -> Result<Matching, Cancelled> {
        let rule = &rule;
        self.matching(rules, watch, |responder| {
            let candidate = self.row_of(responder);
            move |at| {
                let post = &self.posts[at];
                candidate.is_allowed(post)?;
                candidate.is_free(post)?;
                self.lend(responder, at, rules.lending)?;
                rule(candidate.row, post).ok_or(ClosedBy::Declined)
            }
        })
    }

    /// What the policy charges for a pair of indices, if they may be matched.
    pub(super) fn cost(
        &self,
        responder: usize,
        post: usize,
        rules: &Rules,
    ) -> Result<i64, ClosedBy> {
        self.judge(&self.candidate(responder, rules), post, rules)
    }

    /// Whether a pair of indices keeps the rules that not even an order breaks.
    pub(super) fn can_go(&self, responder: usize, post: usize) -> Result<(), ClosedBy> {
        self.row_of(responder).can_go(&self.posts[post])
    }

    /// Asks about every pair, in parallel over the responders.
    fn matching<J: Fn(usize) -> Result<i64, ClosedBy>>(
        &self,
        rules: Rules,
        watch: &dyn Watch,
        judge_of: impl Fn(usize) -> J + Sync,
    ) -> Result<Matching, Cancelled> {
        let total = self.responders.len();
        let fixed = self.fixed.iter().filter(|row| row.people > 0).filter_map(|row| {
            let (responder, post) = (self.responder(row.responder)?, self.post(row.post)?);
            Some(Assignment {
                post: row.post,
                responder: row.responder,
                people: row.people,
                fixed: row.people,
                cost: judge_of(responder)(post).unwrap_or(0),
                lent: matches!(rules.lending, Lending::WhenShort { .. })
                    && self.is_lent(responder, post),
            })
        });
        let mut matching = Matching {
            arcs: Vec::new(),
            closed: Vec::with_capacity(total),
            fixed: fixed.collect(),
        };
        for first in (0..total).step_by(RESPONDERS_PER_REPORT) {
            let stage = "match responders with posts";
            watch.progress(Progress { stage, done: first as u64, total: total as u64 });
            let some = first..(first + RESPONDERS_PER_REPORT).min(total);
            let found: Vec<(Vec<Arc>, Closed)> = some
                .into_par_iter()
                .map(|responder| {
                    watch.check()?;
                    Ok(self.open_posts(responder, rules.keep_cheapest, judge_of(responder)))
                })
                .collect::<Result<_, Cancelled>>()?;
            for (mut open, closed) in found {
                matching.arcs.append(&mut open);
                matching.closed.push(closed);
            }
        }
        Ok(matching)
    }

    fn open_posts(
        &self,
        responder: usize,
        keep: Option<u32>,
        judge: impl Fn(usize) -> Result<i64, ClosedBy>,
    ) -> (Vec<Arc>, Closed) {
        let source = dense(responder);
        let mut open = Vec::new();
        let mut closed = Closed::default();
        for post in 0..self.posts.len() {
            match judge(post) {
                Ok(cost) => open.push(Arc { source, sink: dense(post), cap: None, cost }),
                Err(refusal) => *closed.by(refusal) += 1,
            }
        }
        if let Some(keep) = keep.map(|keep| keep as usize).filter(|&keep| keep < open.len()) {
            open.select_nth_unstable_by_key(keep, |arc| (arc.cost, arc.sink));
            closed.left_out = dense(open.len() - keep);
            open.truncate(keep);
            open.sort_unstable_by_key(|arc| arc.sink);
        }
        (open, closed)
    }

    fn candidate(&self, responder: usize, rules: &Rules) -> Candidate<'_> {
        let mut candidate = self.row_of(responder);
        let previous = candidate.row.previous.and_then(|previous| self.post(previous));
        candidate.previous = previous.filter(|&post| self.judge(&candidate, post, rules).is_ok());
        candidate
    }

    /// A responder whose previous post is not looked at.
    fn row_of(&self, responder: usize) -> Candidate<'_> {
        let row = &self.responders[responder];
        Candidate {
            index: responder,
            row,
            location: self.responder_locations[responder],
            windows: rows_of(&self.windows, |window| window.responder.cmp(&row.responder)),
            forbidden: rows_of(&self.forbidden, |pair| pair.responder.cmp(&row.responder)),
            bars: self.ledger.as_ref().and_then(|ledger| ledger.bars(row.responder)),
            paired: row.home_unit.map_or(&[], |home_unit| {
                rows_of(&self.blocks, |block| block.home_unit.cmp(&home_unit))
            }),
            previous: None,
        }
    }

    /// The cost of a pair, held at the ends of the `i64` range.
    fn judge(&self, of: &Candidate<'_>, at: usize, rules: &Rules) -> Result<i64, ClosedBy> {
        let (post, policy) = (&self.posts[at], &rules.policy);
        of.can_go(post)?;
        let lending = self.lend(of.index, at, rules.lending)?;
        let metres = charge(policy.metres, || {
            Some(metres(of.location?, self.post_locations[at]?, policy.metres.limit))
        })?;
        let edges =
            charge(policy.edges, || self.network.tree_distance(of.row.residence?, post.unit))?;
        let pairing = if of.paired.is_empty() {
            0
        } else if self.is_within(of.paired, post) {
            policy.inside
        } else {
            policy.outside
        };
        let leaving =
            if of.previous.is_none_or(|previous| previous == at) { 0 } else { policy.leaving };
        let cost = metres + edges + i128::from(pairing) + i128::from(leaving) + i128::from(lending);
        Ok(i64::try_from(cost).unwrap_or(if cost < 0 { i64::MIN } else { i64::MAX }))
    }

    fn is_within(&self, blocks: &[Block], post: &Post) -> bool {
        self.network.position(post.unit).is_some_and(|position| {
            let before = blocks.partition_point(|block| block.start <= position);
            blocks[..before].last().is_some_and(|block| position < block.end)
        })
    }
}

impl Candidate<'_> {
    fn is_allowed(&self, post: &Post) -> Result<(), ClosedBy> {
        let forbidden = self.forbidden.binary_search_by_key(&post.post, |pair| pair.post).is_ok();
        if forbidden { Err(ClosedBy::Forbidden) } else { Ok(()) }
    }

    /// Whether all of them are, by the ledger: so whatever a plan does with them can be booked.
    fn is_free(&self, post: &Post) -> Result<(), ClosedBy> {
        let Some(bars) = &self.bars else { return Ok(()) };
        let duty = post.start.and_then(|start| Span::new(start, post.end).ok());
        if !bars.are_eligible(self.row.supply, duty) {
            return Err(ClosedBy::NotEligible);
        }
        let free = duty.is_none_or(|duty| bars.are_free(self.row.supply, duty));
        if free { Ok(()) } else { Err(ClosedBy::Committed) }
    }

    /// The rules that not even an order breaks.
    fn can_go(&self, post: &Post) -> Result<(), ClosedBy> {
        self.is_allowed(post)?;
        if !self.row.skills.covers(post.requires) {
            return Err(ClosedBy::LacksSkill);
        }
        if !is_available(self.windows, post) {
            return Err(ClosedBy::NotAvailable);
        }
        self.is_free(post)
    }
}

/// What a distance costs under a rule.
fn charge(rule: DistanceRule, measure: impl FnOnce() -> Option<u32>) -> Result<i128, ClosedBy> {
    if rule.is_ignored() {
        return Ok(0);
    }
    let distance = match (measure(), rule.limit) {
        (Some(distance), Some(limit)) if distance > limit => return Err(ClosedBy::TooFar),
        (None, Some(_)) => return Err(ClosedBy::DistanceUnknown),
        (distance, _) => distance.unwrap_or(rule.unknown),
    };
    Ok(i128::from(rule.cost) * i128::from(distance))
}

/// Great-circle metres; `u32::MAX` where the latitudes alone say that it is beyond the limit, which is far
/// cheaper to see. A degree of latitude is 111,195 m.
fn metres(from: Location, to: Location, limit: Option<u32>) -> u32 {
    let at_least = (from.latitude() - to.latitude()).abs() * 111_000.0;
    if limit.is_some_and(|limit| at_least > f64::from(limit) + 1.0) {
        u32::MAX
    } else {
        from.metres_to(to)
    }
}

/// Whether one of the windows holds the whole duty.
fn is_available(windows: &[Availability], post: &Post) -> bool {
    let (Some(start), Some(end)) = (post.start, post.end) else { return true };
    let before = windows.partition_point(|window| window.start <= start);
    windows.is_empty() || windows[..before].last().is_some_and(|window| end <= window.end)
}

/// The rows that compare equal to what is asked, among sorted rows.
pub(super) fn rows_of<T>(sorted: &[T], compare: impl Fn(&T) -> std::cmp::Ordering) -> &[T] {
    let start = sorted.partition_point(|row| compare(row).is_lt());
    let end = sorted.partition_point(|row| compare(row).is_le());
    &sorted[start..end]
}
