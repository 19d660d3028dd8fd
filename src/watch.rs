//! Watching and stopping long work.
//!
//! A call that may run longer than a second takes a [`Watch`]: `&()` watches nothing and costs
//! nothing, an [`AtomicBool`] cancels when another thread sets it, and a type of the host's own can
//! draw a progress bar.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a long call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The stage, such as `"sort visits"`: for people to read, not for programs.
    pub stage: &'static str,
    /// Units of work done in this stage.
    pub done: u64,
    /// Units of work in this stage; 0 where nobody can know.
    pub total: u64,
}

/// An observer of long work.
///
/// Progress is reported from the thread that made the call, never from two threads at once;
/// [`Watch::is_cancelled`] may be asked from any thread.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use epitier::{Cancelled, Watch};
///
/// let stop = AtomicBool::new(true);
/// assert_eq!(stop.check(), Err(Cancelled));
/// assert_eq!(().check(), Ok(()));
/// ```
pub trait Watch: Sync {
    /// Receives progress.
    fn progress(&self, progress: Progress) {
        let _ = progress;
    }

    /// Whether the call should stop and return [`Cancelled`]. Once it should, it must go on saying so until the
    /// call has returned; it is asked often, and from several threads.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Stops the caller by `?` when cancelled.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when [`Watch::is_cancelled`] says so.
    fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// Watches nothing and never cancels.
impl Watch for () {}

/// Cancels when set.
impl Watch for AtomicBool {
    fn is_cancelled(&self) -> bool {
        self.load(Ordering::Relaxed)
    }
}

/// The observer cancelled the call; whatever it worked on is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[error("cancelled by the observer")]
pub struct Cancelled;
