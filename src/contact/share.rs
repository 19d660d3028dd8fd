//! Work for many items, shared between threads where it pays, and stopped when the observer says so.

use rayon::prelude::*;

use crate::watch::{Cancelled, Watch};

/// Work of fewer items than this stays on the calling thread.
pub(super) const WORTH_SHARING: usize = 256;

/// Runs a step for every item. What the steps push comes back in the order of the items, in one piece for
/// each run of items that a thread took.
pub(super) fn share<I: Sync, T: Send>(
    watch: &dyn Watch,
    items: &[I],
    step: impl Fn(&I, &mut Vec<T>) + Sync,
) -> Result<Vec<Vec<T>>, Cancelled> {
    let run = |items: &[I]| {
        let mut out = Vec::new();
        for item in items {
            if watch.is_cancelled() {
                break;
            }
            step(item, &mut out);
        }
        out
    };
    let found = if items.len() < WORTH_SHARING {
        vec![run(items)]
    } else {
        items.par_chunks((items.len() / 64).max(WORTH_SHARING / 16)).map(run).collect()
    };
    watch.check()?;
    Ok(found)
}
