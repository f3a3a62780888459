//! Writes to standard output, which scripts read, and standard error, which people read.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;
use zeroize::Zeroizing;

use super::present;
use crate::printable::{is_plain, printable};
use crate::problem::{Kind, Problem};

/// Longer than any path.
const MAX_LINE: usize = 8_192;

/// How results are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    pub(super) json: bool,
    pub(super) verbose: bool,
    /// Whether a closed standard output is an error. Otherwise a reader that has enough (`| head -1`) ends the command
    /// silently.
    pub(super) must_arrive: bool,
}

impl Output {
    /// One line of result on standard output.
    pub(super) fn line(self, text: &str) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        self.written(writeln!(out, "{text}").and_then(|()| out.flush()))
    }

    /// Text of several lines that ends with a line break.
    pub(super) fn text(self, text: &str) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        self.written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Result<(), Problem> {
        let mut out = io::stdout().lock();
        self.written(out.write_all(bytes).and_then(|()| out.flush()))
    }

    /// For a result that is useless unless it is read: a reader that has gone away is then an error. But a standard
    /// output that was closed from the start (`>&-`) is not an error: the standard library replaces it by /dev/null,
    /// which scripts use, too.
    pub(super) fn that_must_arrive(self) -> Self {
        Self { must_arrive: true, ..self }
    }

    fn written(self, result: io::Result<()>) -> Result<(), Problem> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !self.must_arrive => Ok(()),
            result => result.map_err(|error| not_written(&error)),
        }
    }

    /// A result as indented JSON.
    pub(super) fn value(self, value: &impl Serialize) -> Result<(), Problem> {
        let json = serde_json::to_string_pretty(value).map_err(|_| Problem::internal("The result is not JSON."))?;
        self.line(&visible(&json))
    }

    /// Prints `value` with --json, else one line, escaped: a path may contain anything.
    pub(super) fn done(self, text: &str, value: &impl Serialize) -> Result<(), Problem> {
        if self.json { self.value(value) } else { self.line(&printable(text, MAX_LINE)) }
    }

    /// Prints rows under headings, padded to the widest cell.
    pub(super) fn table(self, headings: &[&str], rows: &[Vec<String>]) -> Result<(), Problem> {
        self.painted_table(headings, rows, |_, _, cell| cell.to_owned())
    }

    /// The same with colors: `paint` gets the row (`None` for the headings), the column and the cell.
    pub(super) fn painted_table(
        self,
        headings: &[&str],
        rows: &[Vec<String>],
        paint: impl Fn(Option<usize>, usize, &str) -> String,
    ) -> Result<(), Problem> {
        let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
        let widths: Vec<usize> =
            headings.iter().enumerate().map(|(column, heading)| heading.width().max(widest(column))).collect();
        let line = |row: Option<usize>, cells: &[&str]| {
            // No spaces are written after the last cell with text.
            let used = cells.iter().rposition(|cell| !cell.trim_end().is_empty()).map_or(0, |last| last + 1);
            let cells = cells.iter().zip(&widths).take(used).enumerate();
            let padded = cells.map(|(column, (cell, width))| {
                let blank = if column + 1 == used { 0 } else { width - cell.width() };
                paint(row, column, cell.trim_end()) + &" ".repeat(blank + cell.width() - cell.trim_end().width())
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.line(&line(None, headings))?;
        for (at, row) in rows.iter().enumerate() {
            self.line(&line(Some(at), &row.iter().map(String::as_str).collect::<Vec<_>>()))?;
        }
        Ok(())
    }

    /// A note on standard error; never a secret.
    #[allow(clippy::unused_self, reason = "all output goes through this type")]
    pub(super) fn note(self, text: &str) {
        // In one write, since standard error has no buffer. If it is closed, there is nowhere to report that.
        let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    }

    /// A line on standard error that the next one overwrites.
    #[allow(clippy::unused_self, reason = "all output goes through this type")]
    pub(super) fn progress(self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// A note for --verbose.
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
                "what": problem.what, "why": problem.why, "try_this": present::advice(problem),
            }});
            self.note(&visible(&value.to_string()));
            return;
        }
        self.note(&format!("credenza: {}", problem.what));
        for part in [&problem.why, &present::advice(problem)] {
            if !part.is_empty() {
                self.note(&format!("  {part}"));
            }
        }
    }
}

/// The same JSON with every character that a terminal could interpret written as `\u....`; JSON itself requires that
/// only below U+0020.
fn visible(json: &str) -> Zeroizing<String> {
    // Allocated once, since it may contain a token.
    let mut safe = Zeroizing::new(String::with_capacity(json.len() * 6));
    for c in json.chars() {
        if c == '\n' || is_plain(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

/// Whether a person reads standard output.
pub(super) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads standard error.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

fn not_written(error: &io::Error) -> Problem {
    Problem::new(Kind::Storage, "Standard output could not be written.")
        .why(format!("The system says: {error}."))
        .try_this("The work was saved; only its output was lost.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tt_10_json_is_the_same_and_shows_no_control_character() {
        let value = json!({ "a": "\u{9b}6n\u{7f}\u{202e}\u{e0001}\u{1b}日本\n" });
        let text = visible(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| c == '\n' || is_plain(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
