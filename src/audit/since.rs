//! The lines after a known one, as they are sent to the place where the logs of several machines are collected, and how
//! they are read there.

use std::path::PathBuf;

use super::file::{self, files, hash, newest, texts};
use super::key::Key;
use super::line::{Head, Line};
use crate::paths::Paths;
use crate::printable::printable;
use crate::problem::Problem;

/// Longest text in a line that another machine wrote, in characters.
const MAX_TEXT: usize = 120;

/// A line as it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentLine {
    /// Number, hash and time.
    pub head: Head,
    /// The line. For a line under the key of another vault, only its hash, which keeps the chain intact.
    pub text: String,
}

/// The lines after a known one.
#[derive(Clone, Debug, Default)]
pub struct NewLines {
    /// Whether the known line is in the log.
    pub is_found: bool,
    /// Oldest first; all that are kept if the known line was not found.
    pub lines: Vec<SentLine>,
}

/// Reads the lines after `known`, or all; `keys` are the keys of this vault.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn since(paths: &Paths, known: Option<&Head>, keys: &[Key]) -> Result<NewLines, Problem> {
    // The lock keeps the log from being rotated meanwhile; without permission to lock, read anyway.
    let _lock = file::lock(paths);
    let read = |path: &PathBuf| texts(path).map_err(|failure| failure.problem("The audit log cannot be read."));
    let mut lines = read(&newest(paths))?;
    let mut at = known.and_then(|known| position(&lines, known));
    if at.is_none() {
        lines = files(paths).iter().map(read).collect::<Result<Vec<_>, _>>()?.concat();
        at = known.and_then(|known| position(&lines, known));
    }
    let behind = lines.iter().skip(at.map_or(0, |at| at + 1));
    Ok(NewLines { is_found: at.is_some(), lines: behind.filter_map(|text| extract(text, keys)).collect() })
}

fn position(lines: &[String], known: &Head) -> Option<usize> {
    let start = format!("{{\"seq\":{},", known.seq);
    lines.iter().rposition(|text| text.starts_with(&start) && hash(text) == known.hash)
}

/// `None` for a line that a crash truncated: no line is chained to it.
fn extract(text: &str, keys: &[Key]) -> Option<SentLine> {
    let line: Line = serde_json::from_str(text).ok()?;
    let hash = hash(text);
    // A line written while the vault is locked has no MAC and names no credential.
    let is_own = line.mac.as_deref().is_none_or(str::is_empty) || line.code(text, keys).is_some();
    let text = if is_own { text.to_owned() } else { hash.clone() };
    Some(SentLine { head: Head { seq: line.seq, hash, at: Some(line.at) }, text })
}

/// How a received line follows the previous one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link {
    Next,
    /// Lines are missing between the two.
    Gap,
    /// One of the two was changed.
    Broken,
}

/// A received line, parsed.
#[derive(Clone, Debug)]
pub struct ReceivedLine {
    /// Number, hash and time.
    pub head: Head,
    /// How it follows the previous line; [`Link::Next`] for the first one.
    pub link: Link,
    /// Its texts are escaped. `None` for a line of another vault or of a later version.
    pub line: Option<Line>,
}

/// Reads a line that follows `before`; `None` if it is not a line.
#[must_use]
pub(crate) fn receive(text: &str, before: Option<&Head>) -> Option<ReceivedLine> {
    let next = before.map_or(1, |before| before.seq.saturating_add(1));
    if !text.starts_with('{') {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let head = Head { seq: next, hash: text.to_owned(), at: None };
        return is_hash.then_some(ReceivedLine { head, link: Link::Next, line: None });
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let (seq, prev) = (value.get("seq")?.as_u64()?, value.get("prev")?.as_str()?);
    let link = match before {
        None => Link::Next,
        Some(before) if seq == next && prev == before.hash => Link::Next,
        Some(_) if seq > next => Link::Gap,
        Some(_) => Link::Broken,
    };
    let entry = serde_json::from_str::<Line>(text).ok().map(Line::escaped);
    let at = entry.as_ref().map(|line| line.at);
    Some(ReceivedLine { head: Head { seq, hash: hash(text), at }, link, line: entry })
}

impl Line {
    fn escaped(mut self) -> Self {
        let texts = [&mut self.user, &mut self.program, &mut self.action, &mut self.name, &mut self.result];
        for text in texts {
            *text = printable(text, MAX_TEXT);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::{Action, Entry, Queued, append};
    use super::*;

    fn write(paths: &Paths, key: Option<&Key>, action: Action) {
        let entry = Entry {
            at: Timestamp::UNIX_EPOCH,
            action,
            about: None,
            name: None,
            result: "ok",
            asker: None,
            program: None,
        };
        append(paths, &[Queued { key: key.cloned(), entry }]).unwrap();
    }

    #[test]
    fn the_lines_behind_a_known_one_are_given_and_those_of_another_vault_as_hashes() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let (own, other) = (Key::new([1; 32]), Key::new([2; 32]));
        for key in [Some(&own), Some(&other), None, Some(&own)] {
            write(&paths, key, Action::Token);
        }
        let all = since(&paths, None, std::slice::from_ref(&own)).unwrap();
        assert!(!all.is_found);
        let is_whole: Vec<bool> = all.lines.iter().map(|line| line.text.starts_with('{')).collect();
        assert_eq!(is_whole, [true, false, true, true]);
        // Where they are read they are one chain.
        let mut before: Option<Head> = None;
        for line in &all.lines {
            let received = receive(&line.text, before.as_ref()).unwrap();
            assert_eq!((received.link, received.head.seq), (Link::Next, line.head.seq));
            assert_eq!(received.head.hash, line.head.hash);
            before = Some(received.head);
        }
        let rest = since(&paths, Some(&all.lines[1].head), std::slice::from_ref(&own)).unwrap();
        assert!(rest.is_found && rest.lines == all.lines[2..]);
        let unknown = Head { hash: "0".repeat(64), ..all.lines[1].head.clone() };
        assert!(!since(&paths, Some(&unknown), &[own]).unwrap().is_found);
        let first = receive(&all.lines[0].text, None).unwrap().head;
        assert_eq!(receive(&all.lines[2].text, Some(&first)).unwrap().link, Link::Gap);
        assert_eq!(receive(&all.lines[0].text, Some(&first)).unwrap().link, Link::Broken);
        assert!(receive("not a line", None).is_none());
    }

    #[test]
    fn a_line_of_another_machine_cannot_draw_on_the_terminal() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        write(&paths, None, Action::Token);
        let text = since(&paths, None, &[]).unwrap().lines.remove(0).text;
        let text = text.replace("\"token\"", "\"\\u001b[31mtoken\"");
        let line = receive(&text, None).unwrap().line.unwrap();
        assert!(!line.action.contains('\u{1b}') && line.action.contains("token"), "{}", line.action);
    }
}
