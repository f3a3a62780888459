//! Collects the defects of a file, with line and column.

use std::ops::Range;

use crate::printable::printable;

/// One thing wrong with a catalog file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Defect {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The message, without a full stop.
    pub message: String,
}

/// Longest word for which a similar one is searched.
const MAX_WORD: usize = 60;
/// Most defects that are collected.
const MAX_DEFECTS: usize = 50;

/// The defects of a text so far.
pub(super) struct Report<'a> {
    text: &'a str,
    found: Vec<(usize, String)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// Adds a defect at the start of `span`.
    pub(super) fn add(&mut self, span: &Range<usize>, message: impl AsRef<str>) {
        if self.found.len() < MAX_DEFECTS {
            self.found.push((span.start, printable(message.as_ref(), 300)));
        }
    }

    /// Adds an error of the TOML parser, without the values and the line that it may quote.
    pub(super) fn toml(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        self.add(&span, reworded(error.message()));
    }

    /// All defects in the order of the file; empty if there are none.
    pub(super) fn finish(mut self) -> Vec<Defect> {
        self.found.sort();
        self.found.dedup();
        let text = self.text;
        let place = |(offset, message): (usize, String)| {
            let before = text.get(..offset).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let line = before.matches('\n').count() + 1;
            let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
            Defect { line, column, message }
        };
        self.found.into_iter().map(place).collect()
    }
}

/// The nearest of `known`, if it is near enough to be meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The time to compute the distance grows with the product of both lengths.
    if word.len() > MAX_WORD {
        return None;
    }
    let scored = known.into_iter().map(|name| (strsim::damerau_levenshtein(word, name), name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + word.chars().count() / 3).then_some(name)
}

/// ", did you mean ...?", or nothing.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// Rewrites serde's messages, because they quote values, and a value may be a whole line.
fn reworded(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let first_line = message.lines().next().unwrap_or_default();
    let unquoted = first_line.starts_with("string values must be quoted") || first_line.ends_with("expected `inf`");
    if unquoted {
        return "this is not a TOML value; a text needs quotes".to_owned();
    }
    if let (true, Some((word, known))) = (message.starts_with("unknown field"), quoted.split_first()) {
        return format!("unknown key {}{}", printable(word, 40), did_you_mean(word, known.iter().copied()));
    }
    if let (true, Some((word, known))) = (message.starts_with("unknown variant"), quoted.split_first()) {
        return format!("{} is not one of {}", printable(word, 40), known.join(", "));
    }
    if let (true, Some(key)) = (message.starts_with("missing field"), quoted.first()) {
        return format!("the key {key} is missing");
    }
    if let Some((_, expected)) = first_line.rsplit_once(", expected ").filter(|_| first_line.starts_with("invalid ")) {
        return format!("expected {expected}");
    }
    if first_line.contains('"') || first_line.is_empty() {
        return "this is not TOML".to_owned();
    }
    first_line.to_owned()
}
