//! Which places were exposed: the disinfection list.

use super::columns::FAR;
use super::encounter::{Opened, clusters, part};
use super::index::{ContactIndex, Venue};
use super::protocol::Direction;
use super::rule::{Carrier, Target};
use super::scene::Scene;
use super::share::share;
use super::trace::Trace;
use crate::error::{Problems, Stopped};
use crate::id::{PlaceId, dense};
use crate::interval::Timestamp;
use crate::watch::Watch;

/// A place where carriers were.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ExposedPlace {
    /// Where.
    pub place: PlaceId,
    /// The first second at which a carrier was there.
    pub from: Timestamp,
    /// The first second after the last contamination: the last carrier left, and the lag went by.
    pub until: Timestamp,
    /// How many carriers were there.
    pub carriers: u32,
    /// How many people have a contact there that qualifies with a carrier other than themselves.
    pub people: u32,
}

/// Why a list of exposed places is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum PlacesError {
    /// The trace runs backward: its people can have been sources, and nobody knows that they were.
    #[error("a backward trace says of no place that it was exposed")]
    Backward,
}

impl PlacesError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Backward => "backward",
        }
    }
}

impl Trace {
    /// The places where carriers were, the most urgent first: by (people, carriers) descending, then by
    /// place.
    ///
    /// Carriers are the people of the trace up to a tier: with 0 the cases, each in its window; those of
    /// a higher tier from the earliest time at which they can have carried on. Isolation cuts their stays
    /// as everywhere. A place counts even if nobody was there in time to be exposed. The people are
    /// counted whether or not the trace lists them; cases among them too. A contact counts by itself here:
    /// households are no places, and short contacts do not add up. `index` is the one traced.
    ///
    /// # Cost
    ///
    /// The visits of the carriers, and at each place those near them, times the logarithm of their number;
    /// never the square of a crowd.
    ///
    /// # Determinism
    ///
    /// The same for any number of threads.
    ///
    /// # Errors
    ///
    /// [`PlacesError::Backward`] for a backward trace; [`Stopped::Cancelled`].
    ///
    /// # Examples
    ///
    /// ```
    /// use epitier::contact::{Case, ContactIndexBuilder, Investigation, Protocol, Visit};
    /// use epitier::{PersonId, PlaceId, Timestamp};
    ///
    /// let stay = |person, place, start, end| Visit {
    ///     person: PersonId::new(person),
    ///     place: PlaceId::new(place),
    ///     start: Timestamp::from_seconds(start),
    ///     end: Timestamp::from_seconds(end),
    /// };
    /// let stays = [stay(0, 0, 0, 600), stay(0, 1, 700, 900), stay(1, 1, 800, 1_000)];
    /// let index = ContactIndexBuilder::new(2, 2).visits(stays).build(&())?;
    /// let case = Case { person: PersonId::new(0), from: Timestamp::from_seconds(0), until: None };
    /// let protocol = Protocol::new().with_lag(3_600);
    /// let trace = index.trace(&Investigation::new(protocol).with_cases([case]), &())?;
    ///
    /// let places = trace.exposed_places(&index, 0, &())?;
    /// assert_eq!((places[0].place, places[0].people), (PlaceId::new(1), 1));
    /// assert_eq!(places[0].until, Timestamp::from_seconds(4_500));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exposed_places(
        &self,
        index: &ContactIndex,
        up_to_tier: u32,
        watch: &dyn Watch,
    ) -> Result<Vec<ExposedPlace>, Stopped<PlacesError>> {
        if self.investigation().protocol().direction() == Direction::Backward {
            return Err(Problems::from(PlacesError::Backward).into());
        }
        let scene = Scene::new(&index.parts, self.investigation());
        let mut carriers: Vec<(u32, Carrier)> = Vec::new();
        let cases = self.investigation().cases().iter();
        carriers.extend(cases.map(|case| (case.person.get(), scene.case(case))));
        let reached = self.people().iter().filter(|p| (1..=up_to_tier).contains(&p.tier));
        carriers.extend(reached.map(|p| (p.person.get(), scene.carrier(scene.key(p.earliest)))));
        carriers.retain(|(person, _)| *person < index.people());

        let shed = share(watch, &carriers, |&(person, carrier), out| {
            for (place, row) in index.parts.visits.of_person(person, carrier.at, FAR) {
                let venue = scene.parts.code(Venue::Place(place));
                let rule = scene.rule(venue);
                let outer_bound = scene.is_outer_bound(venue, row);
                scene.stays(row, venue, |stay| {
                    let part = part(rule, stay, carrier);
                    if part.0 < part.1 {
                        let opened = rule.window(stay, carrier);
                        let source = person;
                        let opened =
                            opened.map(|window| Opened { window, part, source, outer_bound });
                        out.push((place, Shed { part, source, opened }));
                    }
                });
            }
        })?;
        // Dealt out by place, so that no step takes long.
        let many = shed.iter().map(Vec::len).sum::<usize>() > MANY;
        let buckets = if many { BUCKETS } else { 1 };
        let mut dealt: Vec<Vec<(u32, Shed)>> = vec![Vec::new(); buckets];
        for piece in shed {
            watch.check()?;
            for row in piece {
                let bucket = u64::from(row.0) * buckets as u64 / u64::from(index.places());
                dealt[usize::try_from(bucket).unwrap_or_default()].push(row);
            }
        }
        let rows = share(watch, &dealt, |bucket, out| {
            let mut bucket = bucket.clone();
            bucket.sort_unstable_by_key(|shed| shed.0);
            for place in bucket.chunk_by(|a, b| a.0 == b.0) {
                out.push(exposed(&scene, place, watch));
            }
        })?;
        let mut rows: Vec<ExposedPlace> = rows.into_iter().flatten().collect();
        rows.sort_unstable_by(|a, b| {
            (b.people, b.carriers, a.place).cmp(&(a.people, a.carriers, b.place))
        });
        Ok(rows)
    }
}

/// Stays from which on they are dealt out by place.
const MANY: usize = 1 << 14;

/// Into so many parts.
const BUCKETS: usize = 512;

/// A carrier's stay while they shed, with the window that it opens if it is long enough for one.
#[derive(Clone, Copy)]
struct Shed {
    part: (i64, i64),
    source: u32,
    opened: Option<Opened>,
}

/// The row of one place.
fn exposed(scene: &Scene<'_>, shed: &[(u32, Shed)], watch: &dyn Watch) -> ExposedPlace {
    let place = shed[0].0;
    let venue = scene.parts.code(Venue::Place(place));
    let rule = scene.rule(venue);
    let mut sources: Vec<u32> = shed.iter().map(|(_, shed)| shed.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let mut met = Vec::new();
    clusters(rule, shed.iter().filter_map(|(_, shed)| shed.opened), |(first, last), openings| {
        if watch.is_cancelled() {
            return;
        }
        let latest = Latest::of(openings);
        for row in scene.parts.visits.of_place(place, first, last) {
            scene.stays(row, venue, |stay| {
                let target = rule.target(stay);
                if target.is_some_and(|target| latest.meets(row.person, target)) {
                    met.push(row.person);
                }
            });
        }
    });
    met.sort_unstable();
    met.dedup();
    let parts = || shed.iter().map(|(_, shed)| shed.part);
    let moment = |offset: Option<i64>| scene.parts.clock.moment(offset.unwrap_or(0));
    let last = moment(parts().map(|part| part.1).max());
    ExposedPlace {
        place: PlaceId::new(place),
        from: moment(parts().map(|part| part.0).min()),
        until: last.saturating_add(rule.lag),
        carriers: dense(sources.len()),
        people: dense(met.len()),
    }
}

/// For any number of windows in the order of opening, which closes last, and which closes last among those
/// of other sources.
struct Latest {
    opens: Vec<i64>,
    /// (close, source) of both.
    closes: Vec<[(i64, u32); 2]>,
}

impl Latest {
    fn of(openings: &[Opened]) -> Self {
        let mut best = [(-FAR, u32::MAX); 2];
        let closes = openings.iter().map(|opened| {
            let (close, source) = (opened.window.close, opened.source);
            if source == best[0].1 {
                best[0].0 = best[0].0.max(close);
            } else if close > best[0].0 {
                best = [(close, source), best[0]];
            } else if close > best[1].0 {
                best[1] = (close, source);
            }
            best
        });
        let closes = closes.collect();
        Self { opens: openings.iter().map(|opened| opened.window.open).collect(), closes }
    }

    /// Whether a window of somebody else meets a person's visit.
    fn meets(&self, person: u32, target: Target) -> bool {
        let in_time = self.opens.partition_point(|&open| open <= target.limit);
        in_time.checked_sub(1).is_some_and(|last| {
            let [first, second] = self.closes[last];
            let (close, _) = if first.1 == person { second } else { first };
            target.key <= close
        })
    }
}
