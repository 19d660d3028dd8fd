//! How much work has been done, for the observer.

use crate::watch::{Cancelled, Progress, Watch};

/// Work between two looks at the observer, in arcs and nodes looked at: a few milliseconds.
const WORK_PER_CHECK: u64 = 1 << 20;

/// Counts work, and looks at the observer from time to time.
pub(super) struct Meter<'a> {
    watch: &'a dyn Watch,
    stage: &'static str,
    done: u64,
    reported: u64,
    next: u64,
    /// The work at which to make do with what there is.
    limit: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(watch: &'a dyn Watch) -> Self {
        Self { watch, stage: "", done: 0, reported: 0, next: 0, limit: u64::MAX }
    }

    /// Begins a stage; its first work is reported at once.
    pub(super) fn begin(&mut self, stage: &'static str) {
        self.stage = stage;
        self.next = self.reported;
    }

    /// Allows so much work from here on, or any.
    pub(super) fn allow(&mut self, work: Option<u64>) {
        self.limit = work.map_or(u64::MAX, |work| self.done.saturating_add(work));
    }

    /// Whether the work that was allowed is done.
    pub(super) fn is_spent(&self) -> bool {
        self.done >= self.limit
    }

    /// Counts arcs and nodes that were looked at; reports them and stops when it is time to.
    pub(super) fn spend(&mut self, work: usize) -> Result<(), Cancelled> {
        self.done += work as u64;
        if self.done > self.next {
            self.reported = self.done;
            self.next = self.done + WORK_PER_CHECK;
            self.watch.check()?;
            let Self { stage, done, .. } = *self;
            self.watch.progress(Progress { stage, done, total: 0 });
        }
        Ok(())
    }
}
