//! Checking the rows of a builder, alone or on top of an index.

use super::chunks::by_chunk;
use super::columns::WIDEST;
use super::index::{ContactIndexBuilder, Parts};
use super::known::NO_HOUSEHOLD;
use super::record::{Link, Member, RecordError, Table, Visit};
use crate::error::{Problems, Stopped};
use crate::id::{HouseholdId, PersonId, PlaceId};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Watch};

/// The earliest start and the latest end of some rows.
type Extent = Option<(Timestamp, Timestamp)>;

fn both(a: Extent, b: Extent) -> Extent {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    }
}

fn too_far((earliest, latest): (Timestamp, Timestamp)) -> bool {
    let apart = u64::try_from(WIDEST).unwrap_or(u64::MAX);
    latest > earliest && latest.seconds().abs_diff(earliest.seconds()) > apart
}

/// Finds every problem of the rows that a builder adds to an index; tells the earliest start and the
/// latest end of all, or nothing if no time is stated.
pub(super) fn check(
    rows: &ContactIndexBuilder,
    before: &Parts,
    watch: &dyn Watch,
) -> Result<Extent, Stopped<RecordError>> {
    let ContactIndexBuilder { visits, links, places, members, .. } = rows;
    let counts = before.counts_with(rows);
    let mut found = Vec::new();
    let of_visits = check_rows(visits, counts, &mut found, watch)?;
    let of_links = check_rows(links, counts, &mut found, watch)?;
    let of_members = check_rows(members, counts, &mut found, watch)?;
    let extent = both(before.extent(), both(of_members, both(of_visits, of_links)));
    if let Some(extent) = extent.filter(|&extent| too_far(extent)) {
        check_spans(rows, extent, &mut found, watch)?;
    }
    for (row, place) in places.iter().enumerate() {
        counts.check_place(Table::Places, row, place.place, &mut found);
        check_household(Table::Places, row, place.household, &mut found);
    }
    let ids = places.iter().map(|row| row.place.index());
    check_once(Table::Places, ids, |place| before.known.has_place(place), &mut found, |_, _| false);
    for (row, member) in members.iter().enumerate() {
        let known = before.known.household_of(member.person.get());
        if known.is_some_and(|known| known != before.known.number_of(member.household)) {
            found.push(RecordError::StatedBefore { table: Table::Households, row });
        }
    }
    // Several presences of a person are well, in one household.
    let homes = members.iter().map(|row| row.person.index());
    check_once(
        Table::Households,
        homes,
        |_| false,
        &mut found,
        |row, first| members[row].household == members[first].household,
    );
    // Two more venues are none of either: a link, and contacts that count together.
    let households = before.known.households() as usize + members.len() + places.len();
    if households.saturating_add(counts.places as usize) >= u32::MAX as usize - 1 {
        found.push(RecordError::TooManyVenues { places: counts.places, members: members.len() });
    }
    let visit_rows = before.visits.0.len() + visits.len();
    let link_rows = 2 * (before.links.len() + links.len());
    for (table, rows) in [(Table::Visits, visit_rows), (Table::Links, link_rows)] {
        if rows >= u32::MAX as usize {
            found.push(RecordError::TooManyRows { table, rows });
        }
    }
    found.sort_by_key(RecordError::position);
    Problems::check(found)?;
    Ok(extent)
}

/// People and places are numbered below these.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) people: u32,
    pub(super) places: u32,
}

impl Counts {
    fn check_person(
        self,
        table: Table,
        row: usize,
        person: PersonId,
        found: &mut Vec<RecordError>,
    ) {
        if person.get() >= self.people {
            found.push(RecordError::UnknownPerson { table, row, person });
        }
    }

    fn check_place(self, table: Table, row: usize, place: PlaceId, found: &mut Vec<RecordError>) {
        if place.get() >= self.places {
            found.push(RecordError::UnknownPlace { table, row, place });
        }
    }
}

/// A row with a start and an end.
trait Timed: Sync {
    const TABLE: Table;

    /// The start and the end; nothing if neither is stated.
    fn times(&self) -> Extent;

    /// Finds the problems of the row by itself.
    fn check(&self, row: usize, counts: Counts, found: &mut Vec<RecordError>);
}

impl Timed for Visit {
    const TABLE: Table = Table::Visits;

    fn times(&self) -> Extent {
        Some((self.start, self.end))
    }

    fn check(&self, row: usize, counts: Counts, found: &mut Vec<RecordError>) {
        let Visit { person, place, start, end } = *self;
        if end <= start {
            found.push(RecordError::EmptyVisit { row, start, end });
        }
        counts.check_person(Table::Visits, row, person, found);
        counts.check_place(Table::Visits, row, place, found);
    }
}

impl Timed for Link {
    const TABLE: Table = Table::Links;

    fn times(&self) -> Extent {
        Some((self.start, self.end))
    }

    fn check(&self, row: usize, counts: Counts, found: &mut Vec<RecordError>) {
        let Link { a, b, start, end, .. } = *self;
        if end < start {
            found.push(RecordError::InvertedLink { row, start, end });
        }
        if a == b {
            found.push(RecordError::SelfContact { row, person: a });
        }
        for person in [a, b] {
            counts.check_person(Table::Links, row, person, found);
        }
    }
}

impl Timed for Member {
    const TABLE: Table = Table::Households;

    /// The second beside the other end where only one is stated.
    fn times(&self) -> Extent {
        let from = self.from.or(self.until.map(|until| until.saturating_add(-1)))?;
        Some((from, self.until.unwrap_or(from.saturating_add(1))))
    }

    fn check(&self, row: usize, counts: Counts, found: &mut Vec<RecordError>) {
        let Self { person, household, from, until } = *self;
        counts.check_person(Self::TABLE, row, person, found);
        check_household(Self::TABLE, row, Some(household), found);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            found.push(RecordError::EmptyPresence { row, from, until });
        }
    }
}

/// Finds the problems of rows by themselves, and between which times they lie.
fn check_rows<R: Timed>(
    rows: &[R],
    counts: Counts,
    found: &mut Vec<RecordError>,
    watch: &dyn Watch,
) -> Result<Extent, Cancelled> {
    let mut extent = None;
    let chunks = by_chunk(rows.len(), watch, |chunk| {
        let mut found = Vec::new();
        let mut extent = None;
        for (row, at) in rows[chunk.clone()].iter().zip(chunk) {
            row.check(at, counts, &mut found);
            extent = both(extent, row.times());
        }
        (extent, found)
    })?;
    for (of_chunk, mut problems) in chunks {
        extent = both(extent, of_chunk);
        found.append(&mut problems);
    }
    Ok(extent)
}

/// Finds the rows that lie too far from others: those that end too late after the earliest start of all;
/// if there are none, those that start too early before the latest end.
fn check_spans(
    rows: &ContactIndexBuilder,
    (earliest, latest): (Timestamp, Timestamp),
    found: &mut Vec<RecordError>,
    watch: &dyn Watch,
) -> Result<(), Cancelled> {
    let late = |table, row, (_, end)| {
        too_far((earliest, end)).then_some(RecordError::TooFarApart { table, row, end, earliest })
    };
    let early = |table, row, (start, _)| {
        too_far((start, latest)).then_some(RecordError::TooEarly { table, row, start, latest })
    };
    let before = found.len();
    collect(&rows.visits, late, found, watch)?;
    collect(&rows.links, late, found, watch)?;
    collect(&rows.members, late, found, watch)?;
    if found.len() == before {
        // The index holds the late ones.
        collect(&rows.visits, early, found, watch)?;
        collect(&rows.links, early, found, watch)?;
        collect(&rows.members, early, found, watch)?;
    }
    Ok(())
}

fn collect<R: Timed>(
    rows: &[R],
    problem: impl Fn(Table, usize, (Timestamp, Timestamp)) -> Option<RecordError> + Sync,
    found: &mut Vec<RecordError>,
    watch: &dyn Watch,
) -> Result<(), Cancelled> {
    let chunks = by_chunk(rows.len(), watch, |chunk| {
        let problems = chunk.filter_map(|at| problem(R::TABLE, at, rows[at].times()?));
        problems.collect::<Vec<_>>()
    })?;
    found.extend(chunks.into_iter().flatten());
    Ok(())
}

fn check_household(
    table: Table,
    row: usize,
    household: Option<HouseholdId>,
    found: &mut Vec<RecordError>,
) {
    if household.is_some_and(|household| household.get() == NO_HOUSEHOLD) {
        found.push(RecordError::HouseholdOutOfRange { table, row });
    }
}

/// Finds the rows that state again what an earlier row or the index states.
fn check_once(
    table: Table,
    ids: impl Iterator<Item = usize>,
    known: impl Fn(usize) -> bool,
    found: &mut Vec<RecordError>,
    agree: impl Fn(usize, usize) -> bool,
) {
    let mut rows: Vec<(usize, usize)> = ids.enumerate().map(|(row, id)| (id, row)).collect();
    rows.sort_unstable();
    for group in rows.chunk_by(|x, y| x.0 == y.0) {
        let (id, first) = group[0];
        if known(id) {
            found.extend(group.iter().map(|&(_, row)| RecordError::StatedBefore { table, row }));
        } else {
            let again = group[1..].iter().filter(|&&(_, row)| !agree(row, first));
            found.extend(again.map(|&(_, row)| RecordError::StatedTwice { table, row, first }));
        }
    }
}
