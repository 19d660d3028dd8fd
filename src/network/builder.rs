//! From a table of units to a network, or to everything that is wrong with the table.

use chrono::FixedOffset;
use rayon::prelude::*;

use super::location::BadCoordinates;
use super::{Location, Network, NetworkError, Tier};
use crate::error::Problems;
use crate::id::{Claims, PersonId, dense};

/// One unit, as a row of the host's table.
///
/// With the feature `serde` a CSV file with the columns `code,name,tier,parent,latitude,longitude,lead`
/// fills it directly; the last four may be empty or missing.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnitRow {
    /// The host's own code of the unit, unique in the table.
    pub code: String,
    /// The name of the place.
    pub name: String,
    /// The tier.
    pub tier: Tier,
    /// The code of the unit above; none for the root.
    #[cfg_attr(feature = "serde", serde(default))]
    pub parent: Option<String>,
    /// Degrees north, WGS-84; see [`Location`].
    #[cfg_attr(feature = "serde", serde(default))]
    pub latitude: Option<f64>,
    /// Degrees east, WGS-84.
    #[cfg_attr(feature = "serde", serde(default))]
    pub longitude: Option<f64>,
    /// Who answers for the unit.
    #[cfg_attr(feature = "serde", serde(default))]
    pub lead: Option<PersonId>,
}

impl UnitRow {
    /// A unit without parent, location and lead.
    pub fn new(code: impl Into<String>, name: impl Into<String>, tier: Tier) -> Self {
        Self {
            code: code.into(),
            name: name.into(),
            tier,
            parent: None,
            latitude: None,
            longitude: None,
            lead: None,
        }
    }

    /// Puts the unit under the unit with a code.
    #[must_use]
    pub fn under(mut self, parent: impl Into<String>) -> Self {
        self.parent = Some(parent.into());
        self
    }

    /// Sets where the unit is.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.latitude = Some(location.latitude());
        self.longitude = Some(location.longitude());
        self
    }

    /// Sets who answers for the unit.
    #[must_use]
    pub fn led_by(mut self, lead: PersonId) -> Self {
        self.lead = Some(lead);
        self
    }

    /// The location, if there is one; an error if the two numbers are not a point.
    pub(super) fn location(&self) -> Result<Option<Location>, BadCoordinates> {
        Location::from_columns(self.latitude, self.longitude)
    }
}

/// Civil days begin at midnight UTC unless the builder is told otherwise.
pub(super) const UTC: FixedOffset = FixedOffset::east_opt(0).unwrap();

/// Collects the rows of a network, in any order.
///
/// # Examples
///
/// Every problem of a table at once:
///
/// ```
/// use epitier::network::{NetworkBuilder, NetworkError, Tier, UnitRow};
///
/// let table = NetworkBuilder::new()
///     .unit(UnitRow::new("b1", "Tower 1", Tier::Building).under("g1"))
///     .unit(UnitRow::new("421122", "", Tier::Headquarters));
/// let problems = table.build().unwrap_err();
/// assert_eq!(
///     problems.into_iter().collect::<Vec<_>>(),
///     [NetworkError::UnknownParent { row: 0 }, NetworkError::EmptyName { row: 1 }],
/// );
/// ```
#[derive(Debug, Clone)]
pub struct NetworkBuilder {
    offset: FixedOffset,
    rows: Vec<UnitRow>,
}

impl NetworkBuilder {
    /// An empty table, with civil days in UTC.
    #[must_use]
    pub const fn new() -> Self {
        Self { offset: UTC, rows: Vec::new() }
    }

    /// Sets the offset from UTC at which the civil days of the network begin.
    #[must_use]
    pub const fn offset(mut self, offset: FixedOffset) -> Self {
        self.offset = offset;
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn unit(mut self, row: UnitRow) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds rows.
    #[must_use]
    pub fn units(mut self, rows: impl IntoIterator<Item = UnitRow>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Checks everything and freezes the network.
    ///
    /// # Cost
    ///
    /// O(n log n) for n rows, whatever the shape of the tree.
    ///
    /// # Errors
    ///
    /// Every problem of every row, in row order, after those of the table as a whole. A unit below one
    /// with a problem has none for that reason alone.
    pub fn build(self) -> Result<Network, Problems<NetworkError>> {
        let check = Check::new(&self.rows);
        Problems::check(check.problems)?;
        Ok(Network::freeze(self.offset, self.rows, &check.by_code, &check.parents))
    }

    /// Freezes the rows that are fine, and returns the problems of the others.
    ///
    /// Rejected are the rows with a problem and every unit below one, with
    /// [`NetworkError::ParentRejected`] as its reason. Where several equal rows have one code, the first
    /// one stands; where they differ, all of them are rejected, so that the network does not depend on
    /// the order of the rows. A table of which nothing is left gives the empty network.
    ///
    /// # Cost
    ///
    /// O(n log n) for n rows, whatever the shape of the tree.
    #[must_use]
    pub fn build_partial(self) -> (Network, Vec<NetworkError>) {
        let mut check = Check::new(&self.rows);
        let rejected = check.reject();
        check.by_code.retain(|&row| !rejected[row]);
        (Network::freeze(self.offset, self.rows, &check.by_code, &check.parents), check.problems)
    }
}

impl Default for NetworkBuilder {
    fn default() -> Self {
        Self::new()
    }
}

/// What one look at the table finds.
#[derive(Default)]
struct Check {
    /// All rows in the order of their codes.
    by_code: Vec<usize>,
    /// The row of each row's parent.
    parents: Vec<Option<u32>>,
    /// In row order; first those without a row.
    problems: Vec<NetworkError>,
}

impl Check {
    fn new(rows: &[UnitRow]) -> Self {
        if rows.len() >= u32::MAX as usize {
            let rows = rows.len() as u64;
            return Self { problems: vec![NetworkError::TooManyUnits { rows }], ..Self::default() };
        }
        let claims = Claims::new(rows.iter().map(|row| row.code.as_str()));
        let mut problems = Vec::new();
        if !rows.iter().any(|row| row.tier.may_stand_under(None) && row.parent.is_none()) {
            problems.push(NetworkError::NoRoot);
        }
        let mut disputed = vec![false; rows.len()];
        for (row, other) in claims.disputes(|a, b| rows[a] == rows[b]) {
            disputed[row] = true;
            problems.push(NetworkError::DuplicateCode { row, other });
        }

        let parent = |unit: &UnitRow| claims.first(&unit.parent.as_deref()?).map(dense);
        let parents: Vec<Option<u32>> = rows.par_iter().map(parent).collect();
        for (row, (unit, parent)) in rows.iter().zip(&parents).enumerate() {
            if unit.code.is_empty() {
                problems.push(NetworkError::EmptyCode { row });
            }
            if unit.name.is_empty() {
                problems.push(NetworkError::EmptyName { row });
            }
            if unit.location().is_err() {
                problems.push(NetworkError::BadCoordinates { row });
            }
            let parent = parent.map(|parent| parent as usize);
            if unit.parent.is_some() && parent.is_none() {
                problems.push(NetworkError::UnknownParent { row });
            // Rows that differ may differ in tier too, so nothing is said of the units below them.
            } else if parent.is_none_or(|parent| !disputed[parent]) {
                let (tier, parent) = (unit.tier, parent.map(|parent| rows[parent].tier));
                if !tier.may_stand_under(parent) {
                    problems.push(NetworkError::WrongTier { row, tier, parent });
                }
            }
        }
        problems.extend(cycles(&parents, &disputed));
        problems.sort_by_key(|problem| problem.rows().first().copied());
        Self { by_code: claims.rows().collect(), parents, problems }
    }

    /// Marks the rows with a problem and those below them, and adds the problems of the latter.
    fn reject(&mut self) -> Vec<bool> {
        let mut rejected = vec![false; self.parents.len()];
        for &row in self.problems.iter().flat_map(NetworkError::rows) {
            rejected[row] = true;
        }
        let mut settled = rejected.clone();
        let mut path = Vec::new();
        for start in 0..self.parents.len() {
            // Up to a row whose fate is known (every cycle has one), and down again.
            let mut at = Some(start);
            while let Some(row) = at.filter(|&row| !settled[row]) {
                settled[row] = true;
                path.push(row);
                at = self.parents[row].map(|parent| parent as usize);
            }
            while let Some(row) = path.pop() {
                if let Some(parent) = at.filter(|&parent| rejected[parent]) {
                    rejected[row] = true;
                    self.problems.push(NetworkError::ParentRejected { row, parent });
                }
                at = Some(row);
            }
        }
        self.problems.sort_by_key(|problem| problem.rows().first().copied());
        rejected
    }
}

/// The cycles among the parents of rows whose code is not disputed. O(n).
fn cycles(parents: &[Option<u32>], disputed: &[bool]) -> Vec<NetworkError> {
    let above = |row: usize| parents[row].filter(|_| !disputed[row]).map(|parent| parent as usize);
    let mut found = Vec::new();
    // The walk, named by its start, that came by each row first.
    let mut walk = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(row) = at.filter(|&row| walk[row] == usize::MAX) {
            walk[row] = start;
            at = above(row);
        }
        // The walk met itself: from here on, round and back.
        if let Some(meeting) = at.filter(|&row| walk[row] == start) {
            let ring = std::iter::successors(Some(meeting), |&row| {
                above(row).filter(|&row| row != meeting)
            });
            let mut rows: Vec<usize> = ring.collect();
            let smallest = rows.iter().enumerate().min_by_key(|&(_, row)| row);
            let smallest = smallest.map_or(0, |(at, _)| at);
            rows.rotate_left(smallest);
            found.push(NetworkError::Cycle { rows });
        }
    }
    found
}
