//! The best division of a walk, stretch by stretch.

use std::ops::{Range, RangeInclusive};

use super::{CaseloadBand, Stop};
use crate::id::dense;
use crate::watch::{Cancelled, Progress, Watch};

/// How a walk is to be divided.
pub(super) struct Division<'a> {
    walk: &'a [Stop],
    /// How many stretches may be made.
    counts: RangeInclusive<usize>,
    /// Whether, of two numbers of stretches, the larger is better.
    more_is_better: bool,
    /// The fewest and the most stops of one.
    sizes: Range<usize>,
    /// How many stops are left over.
    left_over: usize,
}

/// What a division of the first stops costs: parted entrances and parted buildings, each in one half, and
/// the squares of the sizes.
type Cost = (u64, u64);

/// A cost that no division has.
const NEVER: Cost = (u64::MAX, u64::MAX);

/// How the best division of the first stops into so many stretches ends.
#[derive(Clone, Copy, Default)]
struct Last {
    /// The size of the last stretch, where the last stop is in one.
    size: u32,
    /// Whether the stop before that stretch is left over.
    after_gap: bool,
    /// Where the last stop is left over: whether the one before it is, too.
    long_gap: bool,
}

/// The best divisions of the first stops into so many stretches, by the number of stops from `first` on.
struct Layer {
    first: usize,
    /// The last stop is in a stretch.
    taken: Vec<Cost>,
    /// The last stop is left over.
    gap: Vec<Cost>,
}

impl<'a> Division<'a> {
    /// Follows rules 1 and 2 of the [module](super).
    pub(super) fn new(walk: &'a [Stop], responders: usize, band: CaseloadBand) -> Self {
        let (min, max) = (band.min as usize, band.max as usize);
        let capacity = responders.saturating_mul(max);
        if walk.len() > capacity {
            let left_over = walk.len() - capacity;
            let counts = responders..=responders;
            return Self { walk, counts, more_is_better: true, sizes: max..max + 1, left_over };
        }
        let (most, fewest) = (responders.min(walk.len() / min), walk.len().div_ceil(max));
        let in_band = most >= fewest;
        Self {
            walk,
            counts: if in_band { fewest..=most } else { fewest..=responders },
            more_is_better: in_band,
            sizes: if in_band { min } else { 1 }..max.min(walk.len()) + 1,
            left_over: 0,
        }
    }

    /// The stops that the first stretches can have passed.
    fn reach(&self, stretches: usize) -> Range<usize> {
        let (least, most) = (self.sizes.start, self.sizes.end - 1);
        let to_come = (self.counts.end() - stretches).saturating_mul(most);
        let to_come = to_come.saturating_add(self.left_over);
        let first = stretches.saturating_mul(least).max(self.walk.len().saturating_sub(to_come));
        let passed = stretches.saturating_mul(most).saturating_add(self.left_over);
        first..passed.min(self.walk.len()) + 1
    }

    /// How many steps there are to think of, at the most.
    pub(super) fn states(&self) -> u64 {
        let most = *self.counts.end() as u64;
        let widest = most.saturating_mul(self.sizes.len().saturating_sub(1) as u64);
        let widest = widest.saturating_add(self.left_over as u64).min(self.walk.len() as u64) + 1;
        widest.saturating_mul(most + 1)
    }

    /// Whether an entrance, and whether a building, is parted before a stop: one of the two, or none.
    pub(super) fn cut(&self, at: usize) -> (u32, u32) {
        let (Some(before), Some(after)) = (self.walk[..at].last(), self.walk.get(at)) else {
            return (0, 0);
        };
        let one_building = before.building == after.building;
        let one_entrance = one_building && before.entrance == after.entrance;
        (one_entrance.into(), (one_building && !one_entrance).into())
    }

    /// A cost with one more cut and stretch.
    fn plus(&self, (cuts, squares): Cost, at: usize, size: usize) -> Cost {
        let (entrance, building) = self.cut(at);
        let size = size as u64;
        (cuts + (u64::from(entrance) << 32 | u64::from(building)), squares + size * size)
    }

    /// The best stretches, in walking order.
    pub(super) fn best(&self, watch: &dyn Watch) -> Result<Vec<Range<usize>>, Cancelled> {
        let most = *self.counts.end();
        let mut layers: Vec<(usize, Vec<Last>)> = Vec::with_capacity(most + 1);
        let mut best = None;
        let mut before = Layer { first: 0, taken: Vec::new(), gap: Vec::new() };
        for stretches in 0..=most {
            let (done, total) = (stretches as u64, most as u64);
            watch.progress(Progress { stage: "divide the walk", done, total });
            let reach = self.reach(stretches);
            let mut lasts = vec![Last::default(); reach.len()];
            let mut layer = Layer {
                first: reach.start,
                taken: vec![NEVER; reach.len()],
                gap: vec![NEVER; reach.len()],
            };
            for stop in reach {
                watch.check()?;
                let at = stop - layer.first;
                let last = &mut lasts[at];
                if stretches == 0 && stop == 0 {
                    layer.taken[0] = (0, 0);
                }
                for size in self.sizes.clone().take_while(|&size| stretches > 0 && size <= stop) {
                    let start = stop - size;
                    for (after_gap, cost) in
                        [(false, before.taken(start)), (true, before.gap(start))]
                    {
                        if cost != NEVER && self.plus(cost, start, size) < layer.taken[at] {
                            layer.taken[at] = self.plus(cost, start, size);
                            (last.size, last.after_gap) = (dense(size), after_gap);
                        }
                    }
                }
                if self.left_over > 0 && at > 0 {
                    let (taken, gap) = (layer.taken[at - 1], layer.gap[at - 1]);
                    let opened = if taken == NEVER { NEVER } else { self.plus(taken, stop - 1, 0) };
                    last.long_gap = gap < opened;
                    layer.gap[at] = gap.min(opened);
                }
            }
            layers.push((layer.first, lasts));
            let (taken, gap) = (layer.taken(self.walk.len()), layer.gap(self.walk.len()));
            if self.counts.contains(&stretches) && taken.min(gap) != NEVER {
                let (cuts, squares) = taken.min(gap);
                let count = i64::from(dense(stretches));
                let found = (cuts, if self.more_is_better { -count } else { count }, squares);
                if best.is_none_or(|(known, _, _)| found < known) {
                    best = Some((found, stretches, gap < taken));
                }
            }
            before = layer;
        }
        let Some((_, stretches, in_gap)) = best else { return Ok(Vec::new()) };
        Ok(self.trace_back(&layers[..=stretches], in_gap))
    }

    /// The stretches of the best division of all stops, whose last one is left over or not.
    fn trace_back(&self, layers: &[(usize, Vec<Last>)], mut in_gap: bool) -> Vec<Range<usize>> {
        let mut stretches = Vec::with_capacity(layers.len());
        let mut stop = self.walk.len();
        while stop > 0 {
            let (first, lasts) = &layers[layers.len() - 1 - stretches.len()];
            let last = lasts[stop - first];
            if in_gap {
                in_gap = last.long_gap;
                stop -= 1;
            } else {
                stretches.push(stop - last.size as usize..stop);
                stop -= last.size as usize;
                in_gap = last.after_gap;
            }
        }
        stretches.reverse();
        stretches
    }
}

impl Layer {
    fn taken(&self, stop: usize) -> Cost {
        let at = stop.checked_sub(self.first);
        at.and_then(|at| self.taken.get(at)).copied().unwrap_or(NEVER)
    }

    fn gap(&self, stop: usize) -> Cost {
        let at = stop.checked_sub(self.first);
        at.and_then(|at| self.gap.get(at)).copied().unwrap_or(NEVER)
    }
}
