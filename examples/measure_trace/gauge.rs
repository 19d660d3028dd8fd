//! What is measured: wall seconds, CPU seconds and memory of this process, and what the machine is.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

/// The time that one call took.
#[derive(Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Cost {
    /// Seconds on the wall.
    pub(crate) wall: f64,
    /// Seconds of CPU, of all threads together; not a number where the system does not tell.
    #[serde(default = "unknown", deserialize_with = "known")]
    pub(crate) cpu: f64,
}

fn unknown() -> f64 {
    f64::NAN
}

/// JSON has no "not a number": it is written as null.
fn known<'de, D: serde::Deserializer<'de>>(cell: D) -> Result<f64, D::Error> {
    let seconds: Option<f64> = serde::Deserialize::deserialize(cell)?;
    Ok(seconds.unwrap_or(f64::NAN))
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", Seconds(self.wall), Seconds(self.cpu))
    }
}

/// Seconds in a unit that fits.
pub(crate) struct Seconds(pub(crate) f64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds.is_nan() => write!(f, "-"),
            seconds if seconds < 1e-3 => write!(f, "{:.1} us", seconds * 1e6),
            seconds if seconds < 1.0 => write!(f, "{:.2} ms", seconds * 1e3),
            seconds => write!(f, "{seconds:.2} s"),
        }
    }
}

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

/// The median of each kind of time.
pub(crate) fn median(costs: &[Cost]) -> Cost {
    let middle = |time: fn(&Cost) -> f64| {
        let mut times: Vec<f64> = costs.iter().map(time).collect();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Cost { wall: middle(|cost| cost.wall), cpu: middle(|cost| cost.cpu) }
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

/// The processor and how many threads there are.
pub(crate) fn machine() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    format!("{}, {} threads used", model.unwrap_or("unknown processor"), threads())
}

/// How many threads both sides use.
pub(crate) fn threads() -> usize {
    rayon::current_num_threads()
}

/// The load averages of 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let numbers: Vec<&str> = text.split_whitespace().take(3).collect();
    if numbers.is_empty() { "unknown".to_owned() } else { numbers.join(" ") }
}

/// What a command prints, for the date and versions.
pub(crate) fn said_by(command: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(command).args(arguments).output();
    let said = output.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.filter(|said| !said.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
