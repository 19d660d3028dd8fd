//! Instructions of a call of this program, which valgrind counts alike on a busy machine.

use std::error::Error;
use std::process::Command;

/// Whether valgrind can be run here.
pub(crate) fn can_count() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}

/// The instructions of this program with these arguments, in a process of its own on one thread.
pub(crate) fn count(arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(arguments)
        .env("RAYON_NUM_THREADS", "1")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split("Collected :").nth(1));
    let collected = collected.and_then(|number| number.trim().parse().ok());
    let collected = collected.filter(|_| output.status.success());
    collected.ok_or_else(|| format!("{arguments:?}: {said}").into())
}
