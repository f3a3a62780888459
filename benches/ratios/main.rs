//! Measures the program against other programs, alternating between the two within one loop: `cargo bench [-- WORDS]
//! [--quick] [--most=N] [--write]`.
//!
//! Everything is measured from outside: the built program is started as a user starts it, with its own allocator, and
//! screens are measured in a pseudo-terminal. `docs/benchmarks.md` explains the rows.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark reports on standard output and fails by stopping; its numbers are far below 2^52"
)]

mod bench;
mod measure;
mod options;
mod peers;
mod provider;
mod report;
mod rows;
mod team;
mod terminal;
mod vault;

use bench::Bench;
use options::Options;
use report::Report;

fn main() {
    let Some(options) = Options::read(std::env::args().skip(1)) else { return };
    let groups: Vec<_> = rows::all().into_iter().filter(|group| options.wants(&group.name())).collect();
    if groups.is_empty() {
        println!("No row has one of these words. The rows:");
        for group in rows::all() {
            println!("  {}", group.name());
        }
        return;
    }
    let (bench, mut report) = (Bench::new(options), Report::begin());
    for group in groups {
        report.heading(&group.name());
        for line in (group.measure)(&bench) {
            report.add(&line);
        }
    }
    report.end(&bench);
}
