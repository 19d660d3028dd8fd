//! How much work has been done, for the observer.

use crate::watch::{Cancelled, Progress, Watch};

/// Work between two looks at the observer, in arcs and nodes looked at: a few milliseconds.
const WORK_PER_CHECK: u64 = 1 << 20;

/// Counts work, and looks at the observer from time to time.
pub(super) struct Meter<'a> {
    watch: &'a dyn Watch,
    done: u64,
    next: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(watch: &'a dyn Watch) -> Self {
        Self { watch, done: 0, next: 0 }
    }

    /// Counts arcs and nodes that were looked at; reports them and stops when it is time to.
    pub(super) fn spend(&mut self, stage: &'static str, work: usize) -> Result<(), Cancelled> {
        self.done += work as u64;
        if self.done > self.next {
            self.next = self.done + WORK_PER_CHECK;
            self.watch.check()?;
            self.watch.progress(Progress { stage, done: self.done, total: 0 });
        }
        Ok(())
    }
}
