//! Helpers of the parsers.

use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// The problem of text that is not JSON, with the position only: the parser's message can quote a value.
pub(super) fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::Usage, "The file is not valid JSON.").why(format!(
        "Line {}, column {}.",
        error.line(),
        error.column()
    ))
}

/// The problem of a syntax error in `line`, which counts from 0.
pub(super) fn wrong(line: usize, what: &str) -> Problem {
    Problem::new(Kind::Usage, "The file has a syntax error.").why(format!("Line {}: {what}", line + 1))
}

/// Splits scopes in one text: a JSON list, or separated by white space, commas or plus signs.
pub(super) fn scopes(text: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str::<Vec<String>>(text) {
        return list;
    }
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | '+');
    text.split(apart).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

pub(super) fn filled(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn secret(text: &str) -> Option<Secret> {
    filled(text).map(Secret::new)
}
