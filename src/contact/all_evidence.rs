//! The evidence of everybody in a trace.

use super::chunks::{append, chunks, joined};
use super::columns::Clock;
use super::encounter::{Encounter, Encounters, Opened, Visitor, exposure};
use super::evidence::{Exposure, Search};
use super::index::{ContactIndex, Venue};
use super::keyed::Keys;
use super::radix;
use super::share::share;
use super::summary::ExposureSummary;
use super::sweep::pairs;
use super::trace::Trace;
use crate::id::PersonId;
use crate::watch::{Cancelled, Watch};

/// Every exposure of everybody, by person, then by (start, end, source, place,
/// reason).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Evidence {
    /// Who has evidence, by id.
    people: Vec<PersonId>,
    /// The exposures of `people[k]` end at `ends[k]`.
    ends: Vec<usize>,
    exposures: Vec<Exposure>,
}

impl Evidence {
    /// Adds the rows of the next person, in their order.
    fn push(&mut self, person: PersonId, exposures: &[Exposure]) {
        self.people.push(person);
        self.exposures.extend_from_slice(exposures);
        self.ends.push(self.exposures.len());
    }

    fn row(&self, at: usize) -> &[Exposure] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.exposures[start..self.ends[at]]
    }

    /// The exposures of a person, the same as [`Trace::evidence`] says. O(log n).
    #[must_use]
    pub fn of(&self, person: PersonId) -> &[Exposure] {
        self.people.binary_search(&person).map_or(&[], |at| self.row(at))
    }

    /// Everybody who was exposed, by person, with their exposures.
    pub fn iter(&self) -> impl Iterator<Item = (PersonId, &[Exposure])> {
        self.people.iter().enumerate().map(|(at, &person)| (person, self.row(at)))
    }

    /// One row for everybody who was exposed, by person.
    pub fn summaries(&self) -> impl Iterator<Item = ExposureSummary> {
        self.iter().filter_map(|(person, exposures)| ExposureSummary::of(person, exposures))
    }

    /// The number of exposures of all people.
    #[must_use]
    pub fn exposure_count(&self) -> usize {
        self.exposures.len()
    }
}

impl Trace {
    /// The evidence of everybody whom the trace reached: for each what [`Trace::evidence`] says.
    ///
    /// `index` is the one that was traced.
    ///
    /// # Cost
    ///
    /// That of [`Trace::exposure_spans`], and time and memory for each exposure; those of one person are
    /// sorted. Every pair is an exposure of its own, so a crowd that one case exposed costs its size,
    /// but a crowd of carriers in a crowd of exposed people has as many exposures as pairs.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the observer says so.
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Link, Protocol};
    /// use epitier::{PersonId, Timestamp};
    ///
    /// let (zero, end) = (Timestamp::from_seconds(0), Timestamp::from_seconds(600));
    /// let talk = |a, b| Link {
    ///     a: PersonId::new(a),
    ///     b: PersonId::new(b),
    ///     start: zero,
    ///     end,
    ///     one_way: false,
    /// };
    /// let index = ContactIndexBuilder::new(3, 0).links([talk(0, 1), talk(1, 2)]).build(&())?;
    /// let case = Case { person: PersonId::new(0), from: zero, until: None };
    /// let trace = index.trace(&Investigation::new(Protocol::new()).with_cases([case]), &())?;
    ///
    /// let evidence = trace.all_evidence(&index, &())?;
    /// assert_eq!(evidence.of(PersonId::new(2))[0].source, PersonId::new(1));
    /// assert!(evidence.summaries().all(|row| row.seconds == 600));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all_evidence(
        &self,
        index: &ContactIndex,
        watch: &dyn Watch,
    ) -> Result<Evidence, Cancelled> {
        if self.investigation().protocol().cumulative().is_some() {
            return one_by_one(self, index, watch);
        }
        gather(&Encounters::new(self, index, |_| true, watch)?, index, watch)
    }
}

/// The evidence of all people of a trace, each looked at alone.
fn one_by_one(
    trace: &Trace,
    index: &ContactIndex,
    watch: &dyn Watch,
) -> Result<Evidence, Cancelled> {
    let search = Search::new(trace, index);
    let reached = trace.people().iter().filter(|traced| traced.tier > 0);
    let mut people: Vec<PersonId> = reached.map(|traced| traced.person).collect();
    people.sort_unstable();
    let found = share(watch, &people, |&person, out| {
        let own = search.evidence(person);
        if !own.is_empty() {
            out.push((person, own));
        }
    })?;
    let mut evidence = Evidence::default();
    for piece in found {
        watch.check()?;
        for (person, own) in piece {
            evidence.push(person, &own);
        }
    }
    Ok(evidence)
}

/// The evidence of all people of some encounters.
pub(super) fn gather(
    encounters: &Encounters<'_>,
    index: &ContactIndex,
    watch: &dyn Watch,
) -> Result<Evidence, Cancelled> {
    let parts = &index.parts;
    let mut found: Vec<Vec<Words>> = Vec::new();
    for wave in encounters.waves() {
        found.append(&mut encounters.links(wave, |slot, shared, source| {
            words(encounters.person(slot), shared, source, Venue::Link, false)
        })?);
        if parts.outer_bounds.is_empty()
            && let Some(mut all) = encounters.pass(wave, |crowd, venue, out| {
                let need = encounters.need(venue);
                crowd.pairs(need, watch, |person, shared, source| {
                    let person = PersonId::new(person);
                    out.push(words(person, shared, source, parts.venue(venue), false));
                });
            })?
        {
            found.append(&mut all);
            continue;
        }
        found.append(&mut encounters.stays(wave, |encounter, out| {
            let &Encounter { rule, venue, openings, visitors } = encounter;
            let (window, target) = (|opened: &Opened| opened.window, |v: &Visitor| v.target);
            pairs((openings, window), (visitors, target), watch, |opened, visitor| {
                let shared = exposure(rule, opened.part, visitor.stay);
                let outer_bound = opened.outer_bound || visitor.outer_bound;
                let person = encounters.person(visitor.slot);
                let venue = parts.venue(venue);
                out.push(words(person, shared, opened.source, venue, outer_bound));
            });
        })?);
    }
    let bounds = radix::up_to(index.people().saturating_sub(1));
    let mut rows = radix::sort(joined(found, watch)?, &bounds, radix::itself, watch)?;
    keep_certain(&mut rows, watch)?;
    let by_person = Keys::new(&rows, watch)?;
    let by_person = by_person.within(0..rows.len());
    let (people, ends) = by_person.map(|(person, rows)| (PersonId::new(person), rows.end)).unzip();
    let mut exposures = Vec::new();
    append(&mut exposures, &rows, watch, |words| unpacked(words, &parts.clock))?;
    Ok(Evidence { people, ends, exposures })
}

/// An exposure of a person, in the order of [`Exposure`]: person, start, end, source, [`rank`] and whether
/// it rests on outer bounds.
type Words = [u32; 6];

fn words(
    person: PersonId,
    (start, end): (i64, i64),
    source: u32,
    venue: Venue,
    outer_bound: bool,
) -> Words {
    // Exposures lie within rows.
    let narrow = |offset: i64| u32::try_from(offset).unwrap_or_default();
    [person.get(), narrow(start), narrow(end), source, rank(venue), outer_bound.into()]
}

fn unpacked(&[_, start, end, source, rank, outer_bound]: &Words, clock: &Clock) -> Exposure {
    let (reason, place) = venue(rank).reason();
    let (start, end) = (clock.moment(start.into()), clock.moment(end.into()));
    let (source, outer_bound) = (PersonId::new(source), outer_bound > 0);
    Exposure { start, end, source, place, reason, outer_bound }
}

/// The number of a venue in the order of exposures: those at no place come first, and which household it
/// is follows from the person. What counts only together is read person by person.
fn rank(venue: Venue) -> u32 {
    match venue {
        Venue::Link | Venue::Together => 0,
        Venue::Household(_) => 1,
        Venue::Place(place) => place + 2,
    }
}

/// The venue of a rank; of a household, any.
fn venue(rank: u32) -> Venue {
    match rank {
        0 => Venue::Link,
        1 => Venue::Household(0),
        rank => Venue::Place(rank - 2),
    }
}

/// Leaves each exposure once; what one contact shows for certain needs no outer bound of another.
fn keep_certain(rows: &mut Vec<Words>, watch: &dyn Watch) -> Result<(), Cancelled> {
    let mut kept = 0;
    for chunk in chunks(rows.len()) {
        watch.check()?;
        for at in chunk {
            if kept == 0 || rows[kept - 1][..5] != rows[at][..5] {
                rows[kept] = rows[at];
                kept += 1;
            }
        }
    }
    rows.truncate(kept);
    Ok(())
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Evidence, Exposure, PersonId};
    use crate::format::Format;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Row {
        person: PersonId,
        exposures: Vec<Exposure>,
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Spec {
        format: Format<1>,
        people: Vec<Row>,
    }

    impl serde::Serialize for Evidence {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let row =
                |(person, rows): (PersonId, &[Exposure])| Row { person, exposures: rows.to_vec() };
            Spec { format: Format, people: self.iter().map(row).collect() }.serialize(serializer)
        }
    }

    impl<'de> serde::Deserialize<'de> for Evidence {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Spec { people, .. } = Spec::deserialize(deserializer)?;
            let ordered = people.is_sorted_by(|a, b| a.person < b.person)
                && people.iter().all(|row| {
                    !row.exposures.is_empty()
                        && row.exposures.is_sorted_by(|a, b| a.as_certain() < b.as_certain())
                });
            if !ordered {
                return Err(serde::de::Error::custom(
                    "people and exposures must be in order, once each",
                ));
            }
            let mut evidence = Self::default();
            for row in people {
                evidence.push(row.person, &row.exposures);
            }
            Ok(evidence)
        }
    }
}
