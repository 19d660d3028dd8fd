//! What several test modules need: the shared data sets and pools of stated sizes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};

/// The path of a shared data file such as `orlib/assign100.txt`.
///
/// `None`, said on standard error, where the folder is missing (a user's clone). With `CI=true` a
/// missing folder is a failure.
pub(crate) fn shared_data(file: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if folder.is_dir() {
        return Some(folder.join(file));
    }
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!ci, "CI needs the shared data sets in {}", folder.display());
    // Written past the test harness, which keeps what a passing test prints to itself.
    let _ = writeln!(std::io::stderr(), "skipped: no shared data sets in {}", folder.display());
    None
}

/// Runs `work` on pools of 1, 2, 3 and 8 threads and returns the answers.
pub(crate) fn on_pools<T: Send>(work: impl Fn() -> T + Sync) -> Vec<T> {
    [1, 2, 3, 8]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(&work)
        })
        .collect()
}

/// Runs `check` on cases of a strategy (as many as `PROPTEST_CASES` says) from a fixed seed; the check
/// may count how many were interesting.
pub(crate) fn for_cases<S: Strategy>(
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let seed = TestRng::deterministic_rng(config.rng_algorithm);
    let outcome = TestRunner::new_with_rng(config, seed).run(strategy, check);
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// How often something of interest happened among generated cases: a check that saw nothing proves nothing.
#[derive(Debug, Default)]
pub(crate) struct Seen(RefCell<BTreeMap<&'static str, usize>>);

impl Seen {
    pub(crate) fn note(&self, what: &'static str, holds: bool) {
        *self.0.borrow_mut().entry(what).or_default() += usize::from(holds);
    }

    /// How many things were looked for.
    pub(crate) fn kinds(&self) -> usize {
        self.0.borrow().len()
    }

    /// Panics unless each of them happened so many times.
    pub(crate) fn assert_each(&self, least: usize) {
        for (what, &count) in self.0.borrow().iter() {
            assert!(count >= least, "{what}: only {count} times, not {least}; {self:?}");
        }
    }
}
