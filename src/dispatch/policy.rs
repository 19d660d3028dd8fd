//! What it costs to send a person to a post, and how far is too far.

/// How one kind of distance counts: in edges of the network or in metres.
///
/// Where the distance of a pair is not known, a `limit` keeps the two apart, for nobody can say that it
/// holds; without a limit the pair is charged for the distance `unknown`. An unknown distance never
/// passes for zero by accident.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DistanceRule {
    /// The cost of each edge or metre.
    pub cost: i64,
    /// The most edges or metres that anybody is sent.
    pub limit: Option<u32>,
    /// The edges or metres that an unknown distance is charged for.
    pub unknown: u32,
}

impl DistanceRule {
    /// The distance plays no part.
    pub const IGNORED: Self = Self { cost: 0, limit: None, unknown: 0 };

    /// Whether anybody has to measure.
    pub(super) const fn is_ignored(self) -> bool {
        self.cost == 0 && self.limit.is_none()
    }
}

/// What each person at a post costs: a sum of whole numbers with no unit but what the weights give it.
///
/// | part | charged | default |
/// | --- | --- | --- |
/// | metres | great-circle metres between the locations of responder and post | 1 each; unknown: 20,000 |
/// | edges | tree distance between the responder's residence and the post's unit | 250 each; unknown: 8 |
/// | pairing | `inside` where the post's unit lies in a unit paired with the responder's home unit, `outside` where the home unit has pairings and it lies in none of them; nothing where it has none | 0 and 20,000 |
/// | leaving | at every post but the previous one, as long as that one is still there and open to them | 3,000 |
///
/// The defaults are ours and come from no protocol. They count in metres of way: the wrong community is
/// worth 20 km, a change of post 3 km, and a tier of the network a quarter of a kilometre, which decides
/// where locations are not known. No default cost is negative, so nobody is sent beyond what posts must
/// have where that costs anything.
///
/// # Examples
///
/// ```
/// use epitier::dispatch::{CostPolicy, DistanceRule};
///
/// // By the network alone, and never out of the township (compound to community to township and back).
/// let policy = CostPolicy::new()
///     .with_metres(DistanceRule::IGNORED)
///     .with_edges(DistanceRule { cost: 1, limit: Some(4), unknown: 0 })
///     .with_leaving(2);
/// # let _ = policy;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct CostPolicy {
    pub(super) metres: DistanceRule,
    pub(super) edges: DistanceRule,
    pub(super) inside: i64,
    pub(super) outside: i64,
    pub(super) leaving: i64,
}

impl Default for CostPolicy {
    fn default() -> Self {
        Self {
            metres: DistanceRule { cost: 1, limit: None, unknown: 20_000 },
            edges: DistanceRule { cost: 250, limit: None, unknown: 8 },
            inside: 0,
            outside: 20_000,
            leaving: 3_000,
        }
    }
}

impl CostPolicy {
    /// The default policy.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same policy with this rule for great-circle metres.
    #[must_use]
    pub fn with_metres(self, metres: DistanceRule) -> Self {
        Self { metres, ..self }
    }

    /// The same policy with this rule for edges of the network.
    #[must_use]
    pub fn with_edges(self, edges: DistanceRule) -> Self {
        Self { edges, ..self }
    }

    /// The same policy with these costs inside and outside the units paired with the home unit.
    #[must_use]
    pub fn with_pairing(self, inside: i64, outside: i64) -> Self {
        Self { inside, outside, ..self }
    }

    /// The same policy with this cost of leaving the previous post.
    #[must_use]
    pub fn with_leaving(self, leaving: i64) -> Self {
        Self { leaving, ..self }
    }
}
