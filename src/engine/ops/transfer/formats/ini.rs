//! Parses INI: `[section]`, `key = value`; an indented line continues the value before it.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::text::wrong;
use crate::problem::Problem;

/// The key whose value is JSON, which must not be cut at a comment sign: it contains the refresh token.
const TOKEN: &str = "token";

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let is_header = |line: &str| line.starts_with('[') && line.ends_with(']');
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    if !named && !lines.next().is_some_and(is_header) {
        return Ok(None);
    }
    let mut all: Map<String, Value> = Map::new();
    let mut section: Option<String> = None;
    let mut key: Option<String> = None;
    let mut tokens = Vec::new();
    for (number, whole) in text.lines().enumerate() {
        let line = whole.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if is_header(line) && !whole.starts_with(char::is_whitespace) {
            let name = line[1..line.len() - 1].trim().to_owned();
            all.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
            (section, key) = (Some(name), None);
            continue;
        }
        let values = section.as_ref().and_then(|name| all.get_mut(name)).and_then(Value::as_object_mut);
        let values = values.ok_or_else(|| wrong(number, "a value comes before the first [section]."))?;
        if let (true, Some(key)) = (whole.starts_with([' ', '\t']), &key) {
            if let Some(Value::String(before)) = values.get_mut(key) {
                before.push('\n');
                before.push_str(line);
            }
            continue;
        }
        let (name, value) = line
            .split_once('=')
            .or_else(|| line.split_once(':'))
            .ok_or_else(|| wrong(number, "expected [section] or key = value."))?;
        let name = name.trim().to_owned();
        if name == TOKEN {
            tokens.push((number, section.clone().unwrap_or_default()));
        }
        values.insert(name.clone(), Value::from(value.trim()));
        key = Some(name);
    }
    for (number, section) in tokens {
        let token = all.get(&section).and_then(|values| values.get(TOKEN)).and_then(Value::as_str).unwrap_or_default();
        if token.starts_with('{') && serde_json::from_str::<IgnoredAny>(token).is_err() {
            return Err(wrong(number, "the token is not valid JSON."));
        }
    }
    Ok(Some(Value::Object(all)))
}
