//! The evidence of everybody in a trace.

use super::encounter::{Encounter, Encounters, Opened, Visitor, exposure};
use super::evidence::{Exposure, Search, sorted};
use super::index::ContactIndex;
use super::share::share;
use super::summary::ExposureSummary;
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
    /// From the rows of all people, in their order.
    fn of_all(
        pieces: Vec<Vec<(PersonId, Vec<Exposure>)>>,
        watch: &dyn Watch,
    ) -> Result<Self, Cancelled> {
        let mut evidence = Self::default();
        for piece in pieces {
            watch.check()?;
            for (person, own) in piece {
                evidence.push(person, &own);
            }
        }
        Ok(evidence)
    }

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
        gather(&Encounters::new(self, index, |_| true, watch), watch)
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
    Evidence::of_all(found, watch)
}

/// The evidence of all people of some encounters.
pub(super) fn gather(
    encounters: &Encounters<'_>,
    watch: &dyn Watch,
) -> Result<Evidence, Cancelled> {
    let found = encounters.read(
        |encounter, out| {
            let Encounter { rule, venue, .. } = *encounter;
            pairs(encounter, watch, |visitor, opened| {
                let shared = exposure(rule, opened.part, visitor.stay);
                let outer_bound = opened.outer_bound || visitor.outer_bound;
                let exposure = encounters.moments(shared, opened.source, venue, outer_bound);
                out.push((visitor.slot, exposure));
            });
        },
        |slot, shared, source| (slot, encounters.moments(shared, source, encounters.link(), false)),
    )?;
    // Sorted by counting, so that no step is long: rows of a slot, then each slot on its own.
    let mut starts = vec![0; encounters.slots() + 1];
    for piece in &found {
        watch.check()?;
        for (slot, _) in piece {
            starts[*slot as usize + 1] += 1;
        }
    }
    for slot in 1..starts.len() {
        starts[slot] += starts[slot - 1];
    }
    let Some(&(_, any)) = found.iter().flatten().next() else { return Ok(Evidence::default()) };
    let mut next = starts.clone();
    let mut rows = vec![any; starts[encounters.slots()]];
    for piece in found {
        watch.check()?;
        for (slot, exposure) in piece {
            rows[next[slot as usize]] = exposure;
            next[slot as usize] += 1;
        }
    }
    let mut people: Vec<(PersonId, usize)> = (1..)
        .zip(1..encounters.slots())
        .filter(|&(_, slot)| starts[slot] < starts[slot + 1])
        .map(|(slot, row)| (encounters.person(slot), row))
        .collect();
    people.sort_unstable();
    let found = share(watch, &people, |&(person, slot), out| {
        out.push((person, sorted(rows[starts[slot]..starts[slot + 1]].iter().copied())));
    })?;
    Evidence::of_all(found, watch)
}

/// Tells every window that meets a visitor.
///
/// The windows open at a visitor's key wait in a list and leave it once closed, those that open later
/// follow in order: O(o + v + pairs), apart from finding where the later ones start.
fn pairs(encounter: &Encounter<'_>, watch: &dyn Watch, mut met: impl FnMut(&Visitor, &Opened)) {
    let Encounter { openings, visitors, .. } = *encounter;
    let mut waiting = Vec::new();
    let mut next = 0;
    for visitor in visitors {
        if watch.is_cancelled() {
            return;
        }
        let target = visitor.target;
        while let Some(opened) = openings.get(next).filter(|o| o.window.open <= target.key) {
            waiting.push(opened);
            next += 1;
        }
        waiting.retain(|opened| opened.window.close >= target.key);
        let later = openings[next..].iter().take_while(|o| o.window.open <= target.limit);
        for opened in waiting.iter().copied().chain(later) {
            met(visitor, opened);
        }
    }
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
