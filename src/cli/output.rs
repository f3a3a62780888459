//! Standard output and standard error: what a script reads, and what a person does.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::json;

use crate::problem::{Kind, Problem};

/// How results are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) json: bool,
    pub(super) verbose: bool,
}

impl Output {
    /// One line of result on standard output.
    #[allow(clippy::unused_self, reason = "all output goes through this type")]
    pub(super) fn line(self, text: &str) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| not_written(&error))
    }

    /// A result as indented JSON.
    pub(super) fn value(self, value: &impl Serialize) -> Result<(), Problem> {
        let json = serde_json::to_string_pretty(value).map_err(|_| Problem::internal("The result is no JSON."))?;
        self.line(&json)
    }

    /// `value` with --json, else one line.
    pub(super) fn done(self, text: &str, value: &impl Serialize) -> Result<(), Problem> {
        if self.json { self.value(value) } else { self.line(text) }
    }

    /// Rows under headings, padded to the widest cell.
    pub(super) fn table(self, headings: &[&str], rows: &[Vec<String>]) -> Result<(), Problem> {
        use unicode_width::UnicodeWidthStr as _;
        let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: Vec<usize> =
            headings.iter().enumerate().map(|(column, heading)| heading.width().max(widest(column))).collect();
        let line = |cells: &[&str]| {
            let padded =
                cells.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.line(&line(headings))?;
        for row in rows {
            self.line(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()))?;
        }
        Ok(())
    }

    /// A remark on standard error; never a secret.
    #[allow(clippy::unused_self, reason = "all output goes through this type")]
    pub(super) fn note(self, text: &str) {
        // There is nowhere left to say that standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// A remark for --verbose.
    pub(super) fn detail(self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// A problem on standard error: JSON with --json, else three short lines.
    pub(super) fn problem(self, problem: &Problem) {
        if self.json {
            let value = json!({ "error": {
                "kind": problem.kind.word(), "exit_code": problem.kind.exit_code(),
                "what": problem.what, "why": problem.why, "try_this": problem.try_this,
            }});
            self.note(&value.to_string());
            return;
        }
        self.note(&format!("credenza: {}", problem.what));
        for part in [&problem.why, &problem.try_this] {
            if !part.is_empty() {
                self.note(&format!("  {part}"));
            }
        }
    }
}

/// Whether a person reads standard output.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn not_written(error: &io::Error) -> Problem {
    Problem::new(Kind::Storage, "Standard output could not be written.")
        .why(format!("The system says: {error}."))
        .try_this("What was done is saved; only its report is lost.")
}
