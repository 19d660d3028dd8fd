//! Changing an index while clones of it are read: adding rows, taking rows back, forgetting old ones.

use std::sync::Arc;

use super::chunks::by_chunk;
use super::columns::{FAR, Links, Row, Visits, packed};
use super::index::{ContactIndex, ContactIndexBuilder, Parts};
use super::keyed::Keyed;
use super::outer_bounds::OuterBounds;
use super::record::{Link, RecordError, Table, Visit};
use super::segments::{Part, Segments};
use crate::error::{Problems, Stopped};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Progress, Watch};

impl ContactIndex {
    /// Adds the rows of a builder: the index is then what [`ContactIndexBuilder::build`] makes of all rows
    /// so far, whatever their order. The builder's counts of people and places are those afterwards;
    /// where the index has more, its own hold. Clones taken before stay as they were.
    ///
    /// # Cost
    ///
    /// That of sorting the new rows. They form a segment of their own, beside which a query has to
    /// look too. A segment that has more than an eighth of the rows of the one before it is
    /// merged with that one: n rows stand in at most 1 + log8(n) segments, and over many calls each row
    /// is written again some 8 times for each. [`ContactIndex::compact`] merges them all. A row more than
    /// 8.5 years before the first start that the index was built with renumbers all times, and new places
    /// or members copy what is known of all.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every problem of the builder's rows, [`Stopped::Cancelled`]; the
    /// index is then as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{ContactIndexBuilder, Link};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let met = |a, b, at| {
    ///     let (a, b, at) = (PersonId::new(a), PersonId::new(b), Timestamp::from_seconds(at));
    ///     Link { a, b, start: at, end: at, one_way: false }
    /// };
    /// let mut index = ContactIndexBuilder::new(2, 0).links([met(0, 1, 60)]).build(&())?;
    /// let yesterday = index.clone();
    /// index.extend(ContactIndexBuilder::new(3, 0).links([met(1, 2, 30)]), &())?;
    /// assert_eq!((index.people(), index.link_count(), yesterday.link_count()), (3, 2, 1));
    /// # Ok::<(), epitier::Stopped<epitier::contact::RecordError>>(())
    /// ```
    pub fn extend(
        &mut self,
        rows: ContactIndexBuilder,
        watch: &dyn Watch,
    ) -> Result<(), Stopped<RecordError>> {
        self.parts = Arc::new(self.parts.with(rows, watch)?);
        Ok(())
    }

    /// Takes visits and links back: every row equal to a given one goes, however often it was added and
    /// whether or not its end is known. A mutual link equals the same link with its two people exchanged.
    ///
    /// # Cost
    ///
    /// Linear in the rows of those segments (see [`ContactIndex::extend`]) that hold a given row.
    ///
    /// # Errors
    ///
    /// [`Stopped::Refused`] with every given row that the index does not hold, [`Stopped::Cancelled`];
    /// the index is then as it was.
    pub fn retract(
        &mut self,
        visits: &[Visit],
        links: &[Link],
        watch: &dyn Watch,
    ) -> Result<(), Stopped<RecordError>> {
        let stage = |done| watch.progress(Progress { stage: "retract", done, total: 2 });
        stage(0);
        let parts = &*self.parts;
        let clock = &parts.clock;
        let mut lost: Vec<[u32; 4]> = visits.iter().map(|visit| clock.visit(visit)).collect();
        let mut missing = missing(Table::Visits, &lost, |_| &parts.visits.0);
        let seen_from_a: Vec<[u32; 4]> =
            links.iter().map(|link| clock.touch(link, link.a, link.b)).collect();
        let table = |row: usize| {
            if links[row].one_way { &parts.links.out.0 } else { &parts.links.mutual.0 }
        };
        missing.extend(self::missing(Table::Links, &seen_from_a, table));
        Problems::check(missing)?;
        watch.check()?;
        let visits = Visits(without(&parts.visits.0, &mut lost, watch)?);
        let bounds = &parts.outer_bounds;
        let bounds = bounds.retained(|visit| lost.binary_search(visit).is_err(), watch)?;
        stage(1);
        let [mutual, out, into] = packed(links, clock, watch)?;
        let mut lost = [mutual, out, into].into_iter();
        let links =
            parts.links.map(|table| without(table, &mut lost.next().unwrap_or_default(), watch))?;
        self.replace((visits, bounds), links, self.parts.homes.clone(), watch)?;
        stage(2);
        Ok(())
    }

    /// Drops every visit, link and presence that ended at `moment` or before, so that nothing of it is left
    /// here (clones that hold it keep it). The second at which an instant takes place counts as its
    /// duration: at `moment` itself it stays. Counts and places stay; somebody of
    /// whom no presence is left belongs to no household any more.
    ///
    /// # Cost
    ///
    /// Linear in the rows of those segments (see [`ContactIndex::extend`]) that hold such a row.
    ///
    /// # Errors
    ///
    /// [`Cancelled`]; the index is then as it was.
    pub fn forget_before(&mut self, moment: Timestamp, watch: &dyn Watch) -> Result<(), Cancelled> {
        let stage = |done| watch.progress(Progress { stage: "forget", done, total: 2 });
        stage(0);
        let moment = self.parts.clock.offset(moment);
        let visits = Visits(since(&self.parts.visits.0, moment, watch)?);
        let stays = |visit: &[u32; 4]| stays(&Row::unpacked(*visit), moment);
        let bounds = self.parts.outer_bounds.retained(stays, watch)?;
        stage(1);
        let links = self.parts.links.map(|table| since(table, moment, watch))?;
        let homes = Visits(since(&self.parts.homes.0, moment, watch)?);
        self.replace((visits, bounds), links, homes, watch)?;
        stage(2);
        Ok(())
    }

    /// Merges all segments (see [`ContactIndex::extend`]) into one: the fastest form to query.
    ///
    /// # Cost
    ///
    /// Linear in the rows, unless there is only one segment.
    ///
    /// # Errors
    ///
    /// [`Cancelled`]; the index is then as it was.
    pub fn compact(&mut self, watch: &dyn Watch) -> Result<(), Cancelled> {
        watch.progress(Progress { stage: "merge", done: 0, total: 1 });
        let visits = Visits(self.parts.visits.0.compacted(watch)?);
        let links = self.parts.links.map(|table| table.compacted(watch))?;
        let homes = Visits(self.parts.homes.0.compacted(watch)?);
        self.replace((visits, self.parts.outer_bounds.clone()), links, homes, watch)?;
        watch.progress(Progress { stage: "merge", done: 1, total: 1 });
        Ok(())
    }

    /// The number of segments (see [`ContactIndex::extend`]) among which a query looks for visits.
    #[must_use]
    pub fn segments(&self) -> usize {
        self.parts.visits.segments().len()
    }

    /// Puts fewer rows, or the same in other segments, in the place of all.
    fn replace(
        &mut self,
        (visits, outer_bounds): (Visits, OuterBounds),
        links: Links,
        homes: Visits,
        watch: &dyn Watch,
    ) -> Result<(), Cancelled> {
        let stated = homes.stated(watch)?;
        let known = if homes.0.len() == self.parts.homes.0.len() {
            Arc::clone(&self.parts.known)
        } else {
            // Somebody of whom no presence is left belongs to no household.
            let belongs = |person| homes.of_person(person, -FAR, FAR).next().is_some();
            Arc::new(self.parts.known.with_members(belongs))
        };
        let before = Parts::clone(&self.parts);
        let parts = Parts { visits, outer_bounds, links, homes, stated, known, ..before };
        let extent = parts.extent();
        self.parts = Arc::new(parts.on_clock(extent, watch)?);
        Ok(())
    }
}

/// The rows that stand in no part of their table.
fn missing<'a, P: Part + 'a>(
    table: Table,
    rows: &[[u32; 4]],
    parts: impl Fn(usize) -> &'a Segments<P>,
) -> Vec<RecordError> {
    let held = |at: usize| parts(at).parts().iter().any(|part| part.rows().holds(rows[at]));
    (0..rows.len())
        .filter(|&row| !held(row))
        .map(|row| RecordError::NotThere { table, row })
        .collect()
}

fn without<P: Part>(
    rows: &Segments<P>,
    lost: &mut [[u32; 4]],
    watch: &dyn Watch,
) -> Result<Segments<P>, Cancelled> {
    lost.sort_unstable();
    let loses = |part: &Keyed| Ok(lost.iter().any(|&row| part.holds(row)));
    rows.retained(loses, |key, row| lost.binary_search(&row.packed(key)).is_err(), watch)
}

fn since<P: Part>(
    rows: &Segments<P>,
    moment: i64,
    watch: &dyn Watch,
) -> Result<Segments<P>, Cancelled> {
    let loses = |part: &Keyed| {
        let rows = part.rows();
        let all =
            by_chunk(rows.len(), watch, |chunk| rows[chunk].iter().all(|row| stays(row, moment)))?;
        Ok(!all.into_iter().all(|all| all))
    };
    rows.retained(loses, |_, row| stays(row, moment), watch)
}

/// Whether a row ends after a moment.
fn stays(row: &Row, moment: i64) -> bool {
    i64::from(row.end.max(row.start + 1)) > moment
}
