//! Which places were exposed: the disinfection list.

use super::chunks::{chunks, in_parallel, joined, sort_by_key};
use super::columns::{FAR, Row};
use super::crowd::CHUNK_ROWS;
use super::encounter::{Opened, by_venue, part};
use super::index::{ContactIndex, Venue};
use super::protocol::Direction;
use super::radix;
use super::rule::{Carrier, Target, Window};
use super::scene::Scene;
use super::share::share;
use super::sweep::Near;
use super::trace::Trace;
use crate::error::{Problems, Stopped};
use crate::id::{PlaceId, dense};
use crate::interval::Timestamp;
use crate::watch::{Cancelled, Watch};

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
        let last = self.people().partition_point(|traced| traced.tier <= up_to_tier);
        let first = last.min(self.in_tier(0).len());
        for some in chunks(last - first) {
            watch.check()?;
            let reached = self.people()[first..last][some].iter();
            carriers
                .extend(reached.map(|p| (p.person.get(), scene.carrier(scene.key(p.earliest)))));
        }
        carriers.retain(|(person, _)| *person < index.people());
        let rows = if scene.is_wide(carriers.iter().map(|(person, _)| *person)) {
            all_places(&scene, &carriers, watch)?
        } else {
            places_of(&scene, &carriers, watch)?
        };
        let most = rows.iter().map(|row| row.people).max().unwrap_or(0);
        let urgency = |at: usize, row: &ExposedPlace| {
            [most - row.people, !row.carriers, row.place.get(), dense(at)]
        };
        let order = radix::sort(&rows[..], &radix::up_to(most), urgency, watch)?;
        Ok(order.into_iter().map(|[.., at]| rows[at as usize]).collect())
    }
}

/// A carrier's stay while they shed, with the window that it opens if it is long enough for one.
#[derive(Clone, Copy)]
struct Shed {
    part: (i64, i64),
    source: u32,
    window: Option<Window>,
}

/// The places of some carriers.
fn places_of(
    scene: &Scene<'_>,
    carriers: &[(u32, Carrier)],
    watch: &dyn Watch,
) -> Result<Vec<ExposedPlace>, Cancelled> {
    let shed = share(watch, carriers, |&(person, carrier), out| {
        for (place, row) in scene.parts.visits.of_person(person, carrier.at, FAR) {
            shed(scene, (place, row), carrier, |shed| out.push((place, shed)));
        }
    })?;
    let shed = by_venue(shed, watch)?;
    let places = shed.iter().flat_map(|bucket| bucket.chunk_by(|a, b| a.0 == b.0));
    let places: Vec<&[(u32, Shed)]> = places.collect();
    let rows = share(watch, &places, |of_place, out| {
        let shed: Vec<Shed> = of_place.iter().map(|(_, shed)| *shed).collect();
        out.extend(exposed(scene, of_place[0].0, &shed, watch));
    })?;
    joined(rows, watch)
}

/// The places of so many carriers that a pass over all visits is cheaper than a look at each.
fn all_places(
    scene: &Scene<'_>,
    carriers: &[(u32, Carrier)],
    watch: &dyn Watch,
) -> Result<Vec<ExposedPlace>, Cancelled> {
    let parts = scene.parts;
    // From when on, and until when, everybody sheds.
    let narrow = |offset: i64| u32::try_from(offset.max(0)).unwrap_or(u32::MAX);
    let mut sheds = vec![(u32::MAX, 0); parts.counts.people as usize];
    for chunk in chunks(carriers.len()) {
        watch.check()?;
        for (person, carrier) in &carriers[chunk] {
            sheds[*person as usize] = (narrow(carrier.at), narrow(carrier.until));
        }
    }
    let chunks = parts.visits.chunks(parts.counts.places, CHUNK_ROWS);
    let rows = in_parallel(chunks, watch, |places| {
        let mut rows = Vec::new();
        let mut here = Vec::new();
        for place in places {
            here.clear();
            for row in parts.visits.segments().iter().flat_map(|segment| segment.rows_of(place)) {
                if watch.is_cancelled() {
                    return rows;
                }
                let (at, until) = sheds[row.person as usize];
                if at < row.end.min(until) {
                    let carrier = Carrier { at: at.into(), until: until.into() };
                    shed(scene, (place, *row), carrier, |shed| here.push(shed));
                }
            }
            if !here.is_empty() {
                rows.extend(exposed(scene, place, &here, watch));
            }
        }
        rows
    })?;
    watch.check()?;
    joined(rows, watch)
}

/// Calls back with what a carrier's visit sheds.
fn shed(
    scene: &Scene<'_>,
    (place, row): (u32, Row),
    carrier: Carrier,
    mut found: impl FnMut(Shed),
) {
    let venue = scene.parts.code(Venue::Place(place));
    let (rule, source) = (scene.rule(venue), row.person);
    scene.stays(row, venue, |stay| {
        let part = part(rule, stay, carrier);
        if part.0 < part.1 {
            found(Shed { part, source, window: rule.window(stay, carrier) });
        }
    });
}

/// The row of one place.
fn exposed(
    scene: &Scene<'_>,
    place: u32,
    shed: &[Shed],
    watch: &dyn Watch,
) -> Result<ExposedPlace, Cancelled> {
    let venue = scene.parts.code(Venue::Place(place));
    let rule = scene.rule(venue);
    let sources = shed.iter().map(|shed| shed.source).collect();
    let mut met = Vec::new();
    let openings = shed.iter().filter_map(|&Shed { part, source, window }| {
        // Nobody asks here whether an end is an outer bound.
        Some(Opened { window: window?, part, source, outer_bound: false })
    });
    let all = scene.count_at(venue);
    let window = |opened: &Opened| opened.window;
    Near { rule, all, watch }.clusters(
        openings.collect(),
        window,
        window,
        |(first, last), openings| {
            let latest = Latest::of(openings);
            let mut walked = 0;
            for row in scene.parts.visits.of_place(place, first, last) {
                if watch.is_cancelled() {
                    return walked;
                }
                walked += 1;
                scene.stays(row, venue, |stay| {
                    let target = rule.target(stay);
                    if target.is_some_and(|target| latest.meets(row.person, target)) {
                        met.push(row.person);
                    }
                });
            }
            walked
        },
    )?;
    let parts = || shed.iter().map(|shed| shed.part);
    let moment = |offset: Option<i64>| scene.parts.clock.moment(offset.unwrap_or(0));
    let last = moment(parts().map(|part| part.1).max());
    Ok(ExposedPlace {
        place: PlaceId::new(place),
        from: moment(parts().map(|part| part.0).min()),
        until: last.saturating_add(rule.lag),
        carriers: distinct(sources, watch)?,
        people: distinct(met, watch)?,
    })
}

/// How many people these are.
fn distinct(mut people: Vec<u32>, watch: &dyn Watch) -> Result<u32, Cancelled> {
    sort_by_key(&mut people, watch, |person| *person)?;
    people.dedup();
    watch.check()?;
    Ok(dense(people.len()))
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
