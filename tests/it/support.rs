//! What several test modules need: the shared data sets and pools of stated sizes.

use std::path::PathBuf;

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
    eprintln!("skipped: no shared data sets in {}", folder.display());
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
