//! Prints each result as soon as it is measured, and can write them all to `docs/benchmarks.md`.

use std::fmt::Write as _;
use std::path::Path;

use crate::bench::Bench;
use crate::measure::{Unit, differences, ratios, spread};
use crate::peers::Peers;
use crate::vault::program;

/// The goal that a result is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// The largest ratio of ours to theirs.
    Ratio(f64),
    /// The largest difference of ours to theirs, in the unit of the line.
    Beyond(f64),
    /// The largest value of ours, in the unit of the line.
    AtMost(f64),
    /// No goal; the line is only for comparison.
    None,
}

pub(crate) enum Outcome {
    /// Measured in alternation with another program.
    Pair { peer: String, ours: Vec<f64>, theirs: Vec<f64> },
    /// Measured alone.
    Alone(Vec<f64>),
    /// Not measured, and why.
    Missing(String),
}

pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) goal: Goal,
    pub(crate) outcome: Outcome,
}

impl Line {
    pub(crate) fn pair(
        what: impl Into<String>,
        peer: &str,
        unit: Unit,
        goal: Goal,
        pairs: (Vec<f64>, Vec<f64>),
    ) -> Self {
        let outcome = Outcome::Pair { peer: peer.to_owned(), ours: pairs.0, theirs: pairs.1 };
        Self { what: what.into(), unit, goal, outcome }
    }

    pub(crate) fn alone(what: impl Into<String>, unit: Unit, goal: Goal, samples: Vec<f64>) -> Self {
        Self { what: what.into(), unit, goal, outcome: Outcome::Alone(samples) }
    }

    pub(crate) fn missing(what: impl Into<String>, why: &str) -> Self {
        let outcome = Outcome::Missing(why.to_owned());
        Self { what: what.into(), unit: Unit::Milliseconds, goal: Goal::None, outcome }
    }

    /// The table cells: what was measured, the peer, the ratio or value with its spread, ours / theirs, n, the goal,
    /// and the verdict.
    fn cells(&self) -> [String; 7] {
        let unit = self.unit;
        match &self.outcome {
            Outcome::Missing(why) => {
                let empty = String::new;
                [self.what.clone(), why.clone(), "not measured".to_owned(), empty(), empty(), empty(), empty()]
            }
            Outcome::Alone(samples) => {
                let middle = spread(samples);
                let range = format!("{} to {}", unit.write(middle.low), unit.write(middle.high));
                let value = unit.write(middle.median);
                let (goal, verdict) = self.verdict(middle.median, f64::NAN, f64::NAN);
                [self.what.clone(), "–".to_owned(), value, range, samples.len().to_string(), goal, verdict]
            }
            Outcome::Pair { peer, ours, theirs } => {
                let ratio = spread(&ratios(ours, theirs));
                let (own, other) = (spread(ours).median, spread(theirs).median);
                let value = format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.low, ratio.high);
                let values = format!("{} / {}", unit.write(own), unit.write(other));
                let beyond = spread(&differences(ours, theirs)).median;
                let (goal, verdict) = self.verdict(own, ratio.median, beyond);
                [self.what.clone(), peer.clone(), value, values, ours.len().to_string(), goal, verdict]
            }
        }
    }

    fn verdict(&self, own: f64, ratio: f64, beyond: f64) -> (String, String) {
        let (goal, is_met) = match self.goal {
            Goal::Ratio(most) => (format!("at most {most}"), ratio <= most),
            Goal::Beyond(most) => (format!("peer + {}", self.unit.write(most)), beyond <= most),
            Goal::AtMost(most) => (format!("at most {}", self.unit.write(most)), own <= most),
            Goal::None => return ("–".to_owned(), "–".to_owned()),
        };
        (goal, if is_met { "met" } else { "**missed**" }.to_owned())
    }
}

pub(crate) struct Report {
    table: String,
}

const HEAD: &str = "| measured | beside | ratio or value | ours / theirs, or quartiles | n | goal | |\n\
                    |---|---|---|---|--:|---|---|\n";

impl Report {
    pub(crate) fn begin() -> Self {
        println!("Medians; in brackets and after \"to\" the quartiles. A ratio is that of the two runs of one round.");
        Self { table: String::new() }
    }

    pub(crate) fn heading(&mut self, name: &str) {
        println!("\n{name}");
        let _ = write!(self.table, "\n## {name}\n\n{HEAD}");
    }

    pub(crate) fn add(&mut self, line: &Line) {
        let cells = line.cells();
        let [what, peer, value, values, n, goal, verdict] = &cells;
        match &line.outcome {
            Outcome::Missing(why) => println!("  {what}: not measured: {why}"),
            Outcome::Alone(_) => println!("  {what}: {value} ({values}, n = {n}); goal {goal}: {verdict}"),
            Outcome::Pair { .. } => {
                println!("  {what} / {peer}: {value}; {values}, n = {n}; goal {goal}: {verdict}");
            }
        }
        let _ = writeln!(self.table, "| {} |", cells.join(" | "));
    }

    /// Names the missing peers, and writes the page with `--write`.
    pub(crate) fn end(self, bench: &Bench) {
        let missing = Peers::missing();
        if !missing.is_empty() {
            println!("\nNot installed, so not measured beside: {}.", missing.join(", "));
        }
        if bench.options.write {
            let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/benchmarks.md");
            std::fs::write(&page, self.page(&missing)).unwrap();
            println!("\nWritten: {}", page.display());
        }
    }

    fn page(&self, missing: &[String]) -> String {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map(|(_, name)| name);
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let version = String::from_utf8(crate::measure::output(std::process::Command::new(program()).arg("--version")));
        let absent =
            if missing.is_empty() { String::new() } else { format!(" Not installed: {}.", missing.join(", ")) };
        format!(
            "# Benchmarks\n\n\
             `cargo bench -- --write` writes this page. It starts the program as a person does, by turns with another one in \
             the same loop, so that a busy machine slows both; screens are measured in a pseudo terminal. A credential has \
             ten scopes, tokens and a history, 2.3 KB in all, and was imported by the program itself.\n\n\
             A ratio is that of the two runs of one round: the median, and in brackets the quartiles. `cargo bench -- WORDS` \
             measures the sections whose heading contains one of the words, `--quick` takes a fifth of the rounds, and \
             `CREDENZA=FILE` measures another build.\n\n\
             Measured: {} on {cores} cores of {}.{absent}\n{}",
            version.unwrap_or_default().trim(),
            model.unwrap_or(" an unknown processor").trim(),
            self.table,
        )
    }
}
