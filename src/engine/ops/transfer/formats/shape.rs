//! The table of known files (`assets/import/shapes.toml`), and how they are recognized.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::path;
use crate::problem::Problem;

/// Bytes of a file that are searched for a mark of encryption.
const HEAD: usize = 4_096;

/// What the user says about the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// One of `format_words`; `None` to recognize it from the file.
    pub format: Option<String>,
    /// For a table: the column of each field.
    pub columns: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shapes {
    sealed: Vec<Sealed>,
    pub(super) shape: Vec<Shape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) name: String,
    #[serde(default)]
    starts: String,
    #[serde(default)]
    hex: String,
    #[serde(default)]
    within: String,
    pub(super) open: String,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "lowercase")]
pub(super) enum Syntax {
    Json,
    Ini,
    Env,
    Csv,
    Braces,
    Bru,
    Text,
}

/// One path or several; the first one that has a value is used.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Paths {
    One(String),
    Several(Vec<String>),
}

impl Paths {
    pub(super) fn list(&self) -> &[String] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Several(paths) => paths,
        }
    }
}

/// What the file's own word for a provider stands for.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct KindOf {
    pub(super) integrations: Vec<String>,
    pub(super) hosts: Vec<String>,
}

/// One kind of file; the head of the table explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shape {
    #[serde(default)]
    pub(super) format: String,
    pub(super) name: String,
    pub(super) syntax: Syntax,
    #[serde(default)]
    has: Vec<String>,
    matches: Option<String>,
    #[serde(default)]
    pub(super) within: String,
    pub(super) pairs: Option<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, Paths>,
    #[serde(default)]
    pub(super) words: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) variables: Vec<String>,
    #[serde(default)]
    pub(super) ignored: Vec<String>,
    #[serde(default)]
    pub(super) unless: BTreeMap<String, String>,
    pub(super) grant: Option<String>,
    #[serde(default)]
    pub(super) integrations: Vec<String>,
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    #[serde(default)]
    pub(super) kinds: BTreeMap<String, KindOf>,
    #[serde(default)]
    pub(super) choose: bool,
    #[serde(default)]
    pub(super) columns: bool,
    pub(super) refused: Option<String>,
    #[serde(default)]
    pub(super) instead: String,
}

impl Shapes {
    pub(super) fn load() -> Result<&'static Self, Problem> {
        static SHAPES: OnceLock<Option<Shapes>> = OnceLock::new();
        let parse = || toml::from_str(include_str!("../../../../../assets/import/shapes.toml")).ok();
        SHAPES.get_or_init(parse).as_ref().ok_or_else(|| Problem::internal("The table of file formats cannot be read."))
    }

    /// The kind of encryption the file has, if it has one.
    pub(super) fn sealed(&self, bytes: &[u8]) -> Option<&Sealed> {
        let head = &bytes[..bytes.len().min(HEAD)];
        // Hexadecimal in lower case, as in the table.
        let digit = |digit: u8| char::from_digit(digit.into(), 16);
        let hex =
            |bytes: &[u8]| bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit).collect::<String>();
        self.sealed.iter().find(|sealed| {
            let (starts, within) = (sealed.starts.as_bytes(), sealed.within.as_bytes());
            let is_at_start = !starts.is_empty() && head.trim_ascii_start().starts_with(starts);
            let is_within = !within.is_empty() && head.windows(within.len()).any(|part| part == within);
            let magic = head.get(..sealed.hex.len() / 2).filter(|_| !sealed.hex.is_empty());
            is_at_start || is_within || magic.is_some_and(|start| hex(start) == sealed.hex)
        })
    }
}

impl Shape {
    /// Whether the text matches this shape's pattern, if it has one.
    pub(super) fn matches_text(&self, text: &str) -> Result<bool, Problem> {
        let Some(pattern) = &self.matches else { return Ok(true) };
        let regex =
            Regex::new(pattern).map_err(|_| Problem::internal("A built-in import format has an invalid pattern."))?;
        Ok(regex.is_match(text))
    }

    /// Whether every required value exists.
    pub(super) fn fits(&self, tree: &Value) -> bool {
        self.has.iter().all(|condition| {
            let (at, values) = condition.split_once('=').map_or((condition.as_str(), None), |(at, v)| (at, Some(v)));
            let found = path::all(tree, at);
            found.iter().any(|found| match values {
                Some(values) => values.split('|').any(|value| found.value.as_str() == Some(value)),
                None => !found.value.is_null(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_with_its_patterns_and_every_refusal_says_what_to_do() {
        let shapes: Shapes = toml::from_str(include_str!("../../../../../assets/import/shapes.toml")).unwrap();
        for shape in &shapes.shape {
            shape.matches_text("").unwrap();
            assert!(shape.refused.is_none() || !shape.instead.is_empty(), "{}", shape.name);
            assert!(shape.refused.is_some() || !shape.format.is_empty(), "{}", shape.name);
        }
    }
}
