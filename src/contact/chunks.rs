//! Long loops in parallel chunks, between which a call can be stopped.

use std::ops::Range;

use rayon::prelude::*;

use crate::watch::{Cancelled, Watch};

/// Rows of the longest chunk: a few milliseconds of work.
const LONGEST: usize = 1 << 18;

/// Rows of the shortest chunk; fewer rows stay on the calling thread. A multiple of every block in
/// which maxima are kept.
const SHORTEST: usize = 1 << 14;

/// The ranges into which so many rows are cut: all of one length but for the last.
pub(super) fn chunks(rows: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let length = (rows / 64).next_multiple_of(SHORTEST).clamp(SHORTEST, LONGEST);
    (0..rows.div_ceil(length)).map(move |at| at * length..rows.min((at + 1) * length))
}

/// What `work` tells of each chunk, in their order, unless cancelled meanwhile.
pub(super) fn by_chunk<T: Send>(
    rows: usize,
    watch: &dyn Watch,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Result<Vec<T>, Cancelled> {
    in_parallel(chunks(rows).collect(), watch, work)
}

/// What `work` tells of each item, in their order, unless cancelled meanwhile.
pub(super) fn in_parallel<I: Send, T: Send>(
    items: Vec<I>,
    watch: &dyn Watch,
    work: impl Fn(I) -> T + Sync,
) -> Result<Vec<T>, Cancelled> {
    let work = |item| {
        watch.check()?;
        Ok(work(item))
    };
    if items.len() < 2 {
        return items.into_iter().map(work).collect();
    }
    let done: Vec<Result<T, Cancelled>> = items.into_par_iter().map(work).collect();
    done.into_iter().collect()
}

/// The rows of all pieces, in their order, unless cancelled meanwhile.
pub(super) fn joined<T>(pieces: Vec<Vec<T>>, watch: &dyn Watch) -> Result<Vec<T>, Cancelled> {
    let mut rows = Vec::with_capacity(pieces.iter().map(Vec::len).sum());
    for mut piece in pieces {
        watch.check()?;
        rows.append(&mut piece);
    }
    Ok(rows)
}

/// Sorts by a key, unless cancelled meanwhile: stretch by stretch, which are then merged.
pub(super) fn sort_by_key<T, K: Ord>(
    rows: &mut [T],
    watch: &dyn Watch,
    key: impl Fn(&T) -> K + Copy,
) -> Result<(), Cancelled> {
    if rows.len() > LONGEST {
        for stretch in rows.chunks_mut(LONGEST) {
            watch.check()?;
            stretch.sort_by_key(key);
        }
        watch.check()?;
    }
    rows.sort_by_key(key);
    Ok(())
}

/// What `word` makes of each source, written where the source stood (which `collect` does for sources and
/// words of one alignment), unless cancelled meanwhile.
pub(super) fn in_place<S, T>(
    sources: Vec<S>,
    watch: &dyn Watch,
    word: impl Fn(S) -> T,
) -> Result<Vec<T>, Cancelled> {
    let length = sources.len();
    let go_on = |at: usize| !at.is_multiple_of(SHORTEST) || !watch.is_cancelled();
    let sources = sources.into_iter().enumerate();
    let mut words: Vec<T> =
        sources.map_while(|(at, source)| go_on(at).then(|| word(source))).collect();
    if words.len() < length {
        return Err(Cancelled);
    }
    words.shrink_to_fit();
    Ok(words)
}

/// Appends to a vector what `word` makes of each of many sources, unless cancelled meanwhile.
pub(super) fn append<S: Sync, T: Send>(
    to: &mut Vec<T>,
    sources: &[S],
    watch: &dyn Watch,
    word: impl Fn(&S) -> T + Sync + Send,
) -> Result<(), Cancelled> {
    to.reserve_exact(sources.len());
    // Several chunks at a time, so that they are written where they stay.
    for some in sources.chunks(4 * LONGEST) {
        watch.check()?;
        if some.len() <= SHORTEST {
            to.extend(some.iter().map(&word));
        } else {
            to.par_extend(some.par_iter().map(&word));
        }
    }
    watch.check()
}
