//! The four-tier network: headquarters, subdistricts, communities, compounds and buildings.
//!
//! Under a [`Tier::Headquarters`] (which may nest: city, county) come exactly subdistrict or township,
//! community or village, compound or grid, and building. A [`NetworkBuilder`] takes a table of
//! [`UnitRow`]s in any order and reports everything that is wrong with it; a [`Network`] is frozen.
//!
//! # Ids and positions
//!
//! A [`UnitId`] is the rank of the unit's code among all codes, so it does not depend on the order of the
//! rows. Beside it every unit has a *position*: its place in the preorder of the tree, children in the
//! order of their codes. The units within a unit are one range of positions, which makes containment and
//! totals cheap.
//!
//! # Ids from elsewhere
//!
//! An id is only meaningful with the network that issued it. No query panics for one that the network
//! never issued: there it returns `None`, `false`, or nothing at all (an empty slice, range or iterator).
//!
//! # Examples
//!
//! ```
//! use epitier::network::{NetworkBuilder, Tier, UnitRow};
//!
//! let network = NetworkBuilder::new()
//!     .unit(UnitRow::new("421122", "Hong'an county", Tier::Headquarters))
//!     .unit(UnitRow::new("yjh", "Yongjiahe", Tier::Subdistrict).under("421122"))
//!     .unit(UnitRow::new("yjh-1", "Community 1", Tier::Community).under("yjh"))
//!     .unit(UnitRow::new("yjh-1-a", "Compound A", Tier::Compound).under("yjh-1"))
//!     .unit(UnitRow::new("yjh-1-a-1", "Tower 1", Tier::Building).under("yjh-1-a"))
//!     .unit(UnitRow::new("yjh-1-a-2", "Tower 2", Tier::Building).under("yjh-1-a"))
//!     .build()?;
//! let town = network.unit("yjh").ok_or("no such unit")?;
//! let towers = network.members(town, Tier::Building);
//! assert_eq!(towers.len(), 2);
//! assert!(network.contains(town, towers[0]));
//! assert_eq!(network.tree_distance(towers[0], towers[1]), Some(2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod error;
mod layout;
mod location;
#[cfg(feature = "serde")]
mod spec;
mod tier;

use std::fmt;
use std::ops::{AddAssign, Range};
use std::sync::Arc;

use chrono::FixedOffset;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

pub use self::builder::{NetworkBuilder, UnitRow};
pub use self::error::NetworkError;
use self::layout::Layout;
pub use self::location::Location;
pub use self::tier::Tier;
use crate::id::{Directory, PersonId, UnitId, dense};

/// A checked, frozen network; see the [module](self). A clone shares everything.
#[derive(Clone)]
pub struct Network {
    shared: Arc<Tree>,
}

struct Tree {
    offset: FixedOffset,
    codes: Directory<String, UnitId>,
    /// Node i is unit i; an edge leads from a parent to a child.
    graph: DiGraph<Unit, ()>,
    layout: Layout,
}

struct Unit {
    name: String,
    tier: Tier,
    location: Option<Location>,
    lead: Option<PersonId>,
}

impl Network {
    /// Freezes the rows listed in `by_code`: codes sorted and unique, parents checked.
    fn freeze(
        offset: FixedOffset,
        mut rows: Vec<UnitRow>,
        by_code: &[usize],
        parents: &[Option<u32>],
    ) -> Self {
        let mut ids = vec![None; rows.len()];
        for (id, &row) in by_code.iter().enumerate() {
            ids[row] = Some(NodeIndex::new(id));
        }
        let mut graph = DiGraph::with_capacity(by_code.len(), by_code.len());
        let mut codes = Vec::with_capacity(by_code.len());
        for &row in by_code {
            let row = &mut rows[row];
            graph.add_node(Unit {
                tier: row.tier,
                location: row.location().ok().flatten(),
                lead: row.lead,
                name: std::mem::take(&mut row.name),
            });
            codes.push(std::mem::take(&mut row.code));
        }
        for &row in by_code {
            let parent = parents[row].and_then(|parent| ids[parent as usize]);
            if let (Some(parent), Some(unit)) = (parent, ids[row]) {
                graph.add_edge(parent, unit, ());
            }
        }
        let layout = Layout::new(&graph);
        // Refused only for too many keys, which the builder has ruled out.
        let codes = Directory::from_keys(codes).unwrap_or_default();
        Self { shared: Arc::new(Tree { offset, codes, graph, layout }) }
    }

    /// The offset from UTC at which the civil days of the network begin.
    #[must_use]
    pub fn offset(&self) -> FixedOffset {
        self.shared.offset
    }

    /// How many units there are; every id is below this.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.graph.node_count()
    }

    /// Whether there is no unit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All units in id order, which is code order.
    #[must_use]
    pub fn units(&self) -> impl ExactSizeIterator<Item = UnitId> + use<> {
        (0..dense(self.len())).map(UnitId::new)
    }

    /// All units by position.
    #[must_use]
    pub fn preorder(&self) -> &[UnitId] {
        &self.shared.layout.preorder
    }

    /// The rows that the network was built from, in code order: to change some and build it anew.
    pub fn rows(&self) -> impl Iterator<Item = UnitRow> {
        let tree = &*self.shared;
        tree.codes.iter().zip(tree.graph.node_weights()).map(|((id, code), unit)| UnitRow {
            code: code.clone(),
            name: unit.name.clone(),
            tier: unit.tier,
            parent: self.parent(id).and_then(|parent| self.code(parent)).map(str::to_owned),
            latitude: unit.location.map(Location::latitude),
            longitude: unit.location.map(Location::longitude),
            lead: unit.lead,
        })
    }

    /// The unit with a code. O(log n).
    #[must_use]
    pub fn unit(&self, code: &str) -> Option<UnitId> {
        self.shared.codes.id(code)
    }

    /// The host's code of a unit.
    #[must_use]
    pub fn code(&self, unit: UnitId) -> Option<&str> {
        self.shared.codes.key(unit).map(String::as_str)
    }

    /// The name of a unit.
    #[must_use]
    pub fn name(&self, unit: UnitId) -> Option<&str> {
        self.get(unit).map(|unit| unit.name.as_str())
    }

    /// The tier of a unit.
    #[must_use]
    pub fn tier(&self, unit: UnitId) -> Option<Tier> {
        self.get(unit).map(|unit| unit.tier)
    }

    /// Where a unit is, if that is known.
    #[must_use]
    pub fn location(&self, unit: UnitId) -> Option<Location> {
        self.get(unit)?.location
    }

    /// Who answers for a unit, if anybody does.
    #[must_use]
    pub fn lead(&self, unit: UnitId) -> Option<PersonId> {
        self.get(unit)?.lead
    }

    /// The unit directly above; `None` for a root. O(1).
    #[must_use]
    pub fn parent(&self, unit: UnitId) -> Option<UnitId> {
        parent(&self.shared.graph, unit)
    }

    /// The units directly below, in code order. O(1) each.
    pub fn children(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let range = self.preorder_range(unit);
        self.siblings(range.start.saturating_add(1)..range.end)
    }

    /// The units without a parent, in code order. O(1) each.
    pub fn roots(&self) -> impl Iterator<Item = UnitId> {
        self.siblings(0..self.len())
    }

    /// The unit and those above it, ending with a root. O(1) each.
    pub fn path_to_root(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let first = Some(unit).filter(|&unit| self.get(unit).is_some());
        std::iter::successors(first, |&unit| self.parent(unit))
    }

    /// The nearest unit of a tier on the path from a unit to its root, which can be the unit itself.
    /// O(1): the tiers below the innermost headquarters do not nest.
    #[must_use]
    pub fn ancestor_at(&self, unit: UnitId, tier: Tier) -> Option<UnitId> {
        let nearest = self.path_to_root(unit).find(|&above| self.tier(above) <= Some(tier))?;
        (self.tier(nearest) == Some(tier)).then_some(nearest)
    }

    /// Edges between a unit and its root. O(1).
    #[must_use]
    pub fn depth(&self, unit: UnitId) -> Option<u32> {
        self.shared.layout.depth.get(unit.index()).copied()
    }

    /// The place of a unit in [`Network::preorder`]. O(1).
    #[must_use]
    pub fn position(&self, unit: UnitId) -> Option<usize> {
        self.shared.layout.position.get(unit.index()).map(|&position| position as usize)
    }

    /// The positions of a unit and of all below it, the unit first. O(1).
    #[must_use]
    pub fn preorder_range(&self, unit: UnitId) -> Range<usize> {
        let layout = &self.shared.layout;
        self.position(unit).map_or(0..0, |start| start..layout.end[unit.index()] as usize)
    }

    /// Whether `inner` is `outer` or stands anywhere below it. O(1).
    #[must_use]
    pub fn contains(&self, outer: UnitId, inner: UnitId) -> bool {
        self.position(inner).is_some_and(|position| self.preorder_range(outer).contains(&position))
    }

    /// The units of a tier that are a unit or stand below it, by position. O(log n).
    #[must_use]
    pub fn members(&self, unit: UnitId, tier: Tier) -> &[UnitId] {
        let layout = &self.shared.layout;
        let of_tier = &layout.by_tier[tier as usize];
        let before = |bound: usize| {
            of_tier.partition_point(|member| (layout.position[member.index()] as usize) < bound)
        };
        let range = self.preorder_range(unit);
        &of_tier[before(range.start)..before(range.end)]
    }

    /// The [`members`](Self::members) for whom nobody answers, by position. O(members).
    pub fn units_without_lead(&self, unit: UnitId, tier: Tier) -> impl Iterator<Item = UnitId> {
        let members = self.members(unit, tier).iter().copied();
        members.filter(|&member| self.lead(member).is_none())
    }

    /// The innermost unit that contains both, which can be one of the two; `None` between two roots.
    /// O(log depth).
    #[must_use]
    pub fn lowest_common_unit(&self, a: UnitId, b: UnitId) -> Option<UnitId> {
        let mut at = a;
        // All above a unit that contains b contain it too, so a jump to one that does not misses nothing.
        while !self.contains(at, b) {
            let jump = *self.shared.layout.jump.get(at.index()).filter(|&&jump| jump != at)?;
            at = if self.contains(jump, b) { self.parent(at)? } else { jump };
        }
        Some(at)
    }

    /// Edges on the way from one unit to another; `None` between two roots. O(log depth).
    #[must_use]
    pub fn tree_distance(&self, a: UnitId, b: UnitId) -> Option<u32> {
        let common = self.depth(self.lowest_common_unit(a, b)?)?;
        Some(self.depth(a)? - common + (self.depth(b)? - common))
    }

    /// Adds the number of every unit to all units above it, in one pass: `values` and the answer are
    /// indexed by unit; `None` if there is not one value for each unit.
    ///
    /// Numbers that are known per building only are zero elsewhere. Sums are those of `T`: choose one
    /// that holds the total (`u64` for people).
    ///
    /// # Cost
    ///
    /// O(n) for n units.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::network::{NetworkBuilder, Tier, UnitRow};
    ///
    /// let network = NetworkBuilder::new()
    ///     .unit(UnitRow::new("city", "City", Tier::Headquarters))
    ///     .unit(UnitRow::new("east", "East", Tier::Subdistrict).under("city"))
    ///     .unit(UnitRow::new("west", "West", Tier::Subdistrict).under("city"))
    ///     .build()?;
    /// assert_eq!(network.roll_up(&[1, 20, 300]), Some(vec![321, 20, 300]));
    /// # Ok::<(), epitier::Problems<epitier::network::NetworkError>>(())
    /// ```
    #[must_use]
    pub fn roll_up<T: Copy + AddAssign>(&self, values: &[T]) -> Option<Vec<T>> {
        if values.len() != self.len() {
            return None;
        }
        let mut sums = values.to_vec();
        for &unit in self.preorder().iter().rev() {
            if let Some(parent) = self.parent(unit) {
                let sum = sums[unit.index()];
                sums[parent.index()] += sum;
            }
        }
        Some(sums)
    }

    fn get(&self, unit: UnitId) -> Option<&Unit> {
        self.shared.graph.node_weight(node(unit))
    }

    /// The units that a range of positions consists of, each with all below it.
    fn siblings(&self, range: Range<usize>) -> impl Iterator<Item = UnitId> {
        let layout = &self.shared.layout;
        let first = layout.preorder[..range.end].get(range.start).copied();
        std::iter::successors(first, move |unit| {
            let next = layout.end[unit.index()] as usize;
            layout.preorder[..range.end].get(next).copied()
        })
    }
}

fn node(unit: UnitId) -> NodeIndex {
    NodeIndex::new(unit.index())
}

fn parent(graph: &DiGraph<Unit, ()>, unit: UnitId) -> Option<UnitId> {
    let parent = graph.neighbors_directed(node(unit), Direction::Incoming).next()?;
    Some(UnitId::new(dense(parent.index())))
}

/// The empty network, with civil days in UTC.
impl Default for Network {
    fn default() -> Self {
        NetworkBuilder::new().build_partial().0
    }
}

/// Equal rows and equal offset.
impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
            || (self.offset() == other.offset() && self.rows().eq(other.rows()))
    }
}

impl Eq for Network {}

/// Shows the number of units.
impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("units", &self.len()).finish_non_exhaustive()
    }
}
