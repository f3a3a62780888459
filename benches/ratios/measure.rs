//! Takes samples and computes their median, their spread, and the ratios of paired samples.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The unit of a sample.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unit {
    Milliseconds,
    MiB,
    Bytes,
    PerSecond,
    Files,
}

impl Unit {
    /// Formats a value with its unit.
    pub(crate) fn write(self, value: f64) -> String {
        match self {
            Self::Milliseconds if value < 10.0 => format!("{value:.2} ms"),
            Self::Milliseconds if value < 1_000.0 => format!("{value:.1} ms"),
            Self::Milliseconds => format!("{:.2} s", value / 1_000.0),
            Self::MiB => format!("{value:.1} MiB"),
            Self::Bytes => format!("{value:.0} B"),
            Self::PerSecond => format!("{value:.2}/s"),
            Self::Files => format!("{value:.0}"),
        }
    }
}

/// A median with the lower and the upper quartile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

pub(crate) fn spread(samples: &[f64]) -> Spread {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |quarter: usize| sorted[(sorted.len() - 1) * quarter / 4];
    Spread { median: at(2), low: at(1), high: at(3) }
}

/// Ours divided by theirs, round by round, so that whatever slows a whole round cancels out.
pub(crate) fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}

/// Ours minus theirs, round by round.
pub(crate) fn differences(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours - theirs).collect()
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Returns how many milliseconds `work` takes.
pub(crate) fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    ms(start.elapsed())
}

/// Runs a program and returns how many milliseconds it takes from start to exit.
pub(crate) fn run(command: &mut Command) -> f64 {
    timed(|| {
        output(command);
    })
}

/// Runs a program, which must succeed, and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Returns the milliseconds and the peak memory in MiB of a program that prints little. Memory is sampled every
/// millisecond.
pub(crate) fn run_with_peak(command: &mut Command) -> (f64, f64) {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut peak = 0.0_f64;
    let status = loop {
        peak = peak.max(memory(child.id(), "VmHWM").unwrap_or(0.0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(status.success(), "{command:?}: {status}");
    (ms(start.elapsed()), peak)
}

/// Reads a line of `/proc/PID/status` (`VmRSS`, `VmHWM`) in MiB.
pub(crate) fn memory(pid: u32, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1_024.0)
}

/// The number of context switches of all threads of a process so far.
pub(crate) fn switches(pid: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of_task = |path: std::path::PathBuf| {
        let status = std::fs::read_to_string(path.join("status")).unwrap_or_default();
        let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
        lines.filter_map(|line| line.split_whitespace().last()?.parse::<f64>().ok()).sum::<f64>()
    };
    tasks.map(|task| of_task(task.unwrap().path())).sum()
}
