//! What is measured: wall seconds, CPU seconds and memory of this process.

use std::fs;
use std::time::{Duration, Instant};

use crate::report::Cost;

/// Calls again and again for this long at least, so that short calls can be measured too, and gives the
/// cost of one call with the last answer. Giving back the memory of an answer counts as part of the call.
pub(crate) fn measure<T>(least: Duration, mut call: impl FnMut() -> T) -> (Cost, T) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut calls = 1.0;
    let mut answer = call();
    while start.elapsed() < least {
        answer = call();
        calls += 1.0;
    }
    let cost =
        Cost { wall: start.elapsed().as_secs_f64() / calls, cpu: (cpu_seconds() - cpu) / calls };
    (cost, answer)
}

/// The CPU seconds of this process so far, in the clock ticks (hundredths) that Linux tells; elsewhere
/// not a number.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in parentheses; user and system time are the 14th and 15th.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|t| t.parse().ok()).collect();
    if ticks.len() == 2 { (ticks[0] + ticks[1]) / 100.0 } else { f64::NAN }
}

/// Lets the peak of memory start again from what is used now, where the system can.
pub(crate) fn forget_peak() {
    // Without it the peak is that of the whole process: more, so never better than it is.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory used since then, in bytes; 0 where the system does not tell.
pub(crate) fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().next().and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}
