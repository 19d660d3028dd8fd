//! Who is near enough to what: the pairs of two lists of places within so many metres.

use rayon::prelude::*;

use crate::id::dense;
use crate::network::Location;
use crate::watch::{Cancelled, Progress, Watch};

/// Places between two reports of progress.
const PLACES_PER_REPORT: usize = 1 << 12;

/// A way, by the places' numbers in the two lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Great-circle metres.
    pub(super) metres: u32,
}

/// Which ways are thought of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Reach {
    /// The most metres.
    pub(super) farthest: u32,
    /// Of each place only so many of the nearest.
    pub(super) nearest: Option<u32>,
}

/// The ways in reach, by `from` and then by `to`; none from or to nowhere. In parallel.
pub(super) fn ways(
    from: &[Option<Location>],
    to: &[Option<Location>],
    Reach { farthest, nearest }: Reach,
    watch: &dyn Watch,
) -> Result<Vec<Way>, Cancelled> {
    let known = (0..).zip(to).filter_map(|(place, &there)| Some((place, there?)));
    let mut by_latitude: Vec<(u32, Location)> = known.collect();
    by_latitude
        .sort_unstable_by(|a, b| a.1.latitude().total_cmp(&b.1.latitude()).then(a.0.cmp(&b.0)));
    let of_one = |place: usize| {
        let Some(here) = from[place] else { return Vec::new() };
        let middle = by_latitude.partition_point(|(_, there)| there.latitude() < here.latitude());
        let (south, north) = by_latitude.split_at(middle);
        let mut near = Near { ways: Vec::new(), farthest, keep: nearest.map(|keep| keep as usize) };
        near.look(dense(place), here, south.iter().rev());
        near.look(dense(place), here, north.iter());
        near.shorten();
        near.ways.sort_unstable_by_key(|way| way.to);
        near.ways
    };
    let mut all = Vec::new();
    for first in (0..from.len()).step_by(PLACES_PER_REPORT) {
        let (done, total) = (first as u64, from.len() as u64);
        watch.progress(Progress { stage: "measure ways", done, total });
        watch.check()?;
        let some = first..(first + PLACES_PER_REPORT).min(from.len());
        let found: Vec<Vec<Way>> = some.into_par_iter().map(of_one).collect();
        all.extend(found.into_iter().flatten());
    }
    Ok(all)
}

/// The ways found so far from one place.
struct Near {
    ways: Vec<Way>,
    /// No way that is longer counts.
    farthest: u32,
    keep: Option<usize>,
}

impl Near {
    /// Looks at places farther and farther to the south or to the north.
    fn look<'a>(
        &mut self,
        from: u32,
        here: Location,
        places: impl Iterator<Item = &'a (u32, Location)>,
    ) {
        for &(to, there) in places {
            // A degree of latitude is 111,195 m; a little less finds a little too much.
            let at_least = (here.latitude() - there.latitude()).abs() * 111_000.0;
            if at_least > f64::from(self.farthest) + 1.0 {
                break;
            }
            let metres = here.metres_to(there);
            if metres <= self.farthest {
                self.ways.push(Way { from, to, metres });
                if self.keep.is_some_and(|keep| self.ways.len() > 2 * keep) {
                    self.shorten();
                }
            }
        }
    }

    /// Keeps the nearest, of equally near ones the first.
    fn shorten(&mut self) {
        let Some(keep) = self.keep.filter(|&keep| keep < self.ways.len()) else { return };
        if let Some(last) = keep.checked_sub(1) {
            self.ways.select_nth_unstable_by_key(last, |way| (way.metres, way.to));
            self.farthest = self.ways[last].metres;
        }
        self.ways.truncate(keep);
    }
}
