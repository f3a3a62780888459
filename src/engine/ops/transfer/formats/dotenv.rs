//! Parses `KEY=VALUE` lines as shells and their libraries do: `export`, quotation marks with escapes and line breaks,
//! comments. A quoted value is read completely, or refused with its line.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::{Map, Value};

use super::text::wrong;
use crate::problem::Problem;

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let mut first = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
    if !named && first.next().is_none_or(|line| key_of(line).is_none()) {
        return Ok(None);
    }
    let mut values = Map::new();
    let mut rest = text;
    let mut number = 0;
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let trimmed = line.trim();
        let mut taken = line.len();
        if !trimmed.is_empty() && !trimmed.starts_with(['#', '!']) {
            // A bare name refers to an environment variable, and has no value here.
            let bare = |c: char| c.is_ascii_alphanumeric() || c == '_';
            match key_of(line) {
                Some((key, at)) => {
                    let (value, end) = value(&rest[at..], number)?;
                    taken = at + end;
                    values.insert(key.to_owned(), Value::from(value));
                }
                None if trimmed.trim_start_matches("export ").chars().all(bare) => {}
                None => return Err(wrong(number, "expected KEY=VALUE.")),
            }
        }
        number += rest[..taken].matches('\n').count() + 1;
        rest = rest.get(taken + 1..).unwrap_or_default();
    }
    Ok(Some(Value::Object(values)))
}

/// The key of a line, and the index of its value.
fn key_of(line: &str) -> Option<(&str, usize)> {
    let at = line.find(['=', ':'])?;
    let key = line[..at].trim();
    let key = key.strip_prefix("export ").or_else(|| key.strip_prefix("set ")).unwrap_or(key).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!key.is_empty() && key.chars().all(plain)).then_some((key, at + 1))
}

/// The value at the start of `text`, and the index where its line ends.
fn value(text: &str, number: usize) -> Result<(String, usize), Problem> {
    let line = text.split('\n').next().unwrap_or_default();
    let blank = line.len() - line.trim_start().len();
    let Some(mark) = line[blank..].chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
        // A comment needs white space before it: "a#b" is a value.
        let comment = line.find(" #").into_iter().chain(line.find("\t#")).min();
        return Ok((line[..comment.unwrap_or(line.len())].trim().to_owned(), line.len()));
    };
    let mut characters = text[blank + 1..].char_indices().peekable();
    let (value, end) =
        quoted(&mut characters, mark).ok_or_else(|| wrong(number, "the quotation mark is not closed."))?;
    let after = blank + 1 + end;
    let tail = text[after..].split('\n').next().unwrap_or_default();
    let last = number + text[..after].matches('\n').count();
    if !tail.trim().is_empty() && !tail.trim().starts_with('#') {
        return Err(wrong(last, "text follows the closing quotation mark."));
    }
    Ok((value, after + tail.len()))
}

/// The text up to `mark`, and the index after it. Only double quotation marks have escapes.
fn quoted(characters: &mut Peekable<CharIndices<'_>>, mark: char) -> Option<(String, usize)> {
    let mut value = String::new();
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == mark => return Some((value, at + c.len_utf8())),
            '\\' if mark == '"' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c @ ('"' | '\\' | '$' | '`' | '\'') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}
