//! INI: `[section]`, `key = value`; an indented line continues the value before it.

use serde_json::{Map, Value};

use super::text::wrong;
use crate::problem::Problem;

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let is_header = |line: &str| line.starts_with('[') && line.ends_with(']');
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    if !named && !lines.next().is_some_and(is_header) {
        return Ok(None);
    }
    let mut all: Map<String, Value> = Map::new();
    let mut section: Option<String> = None;
    let mut key: Option<String> = None;
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
        values.insert(name.clone(), Value::from(value.trim()));
        key = Some(name);
    }
    Ok(Some(Value::Object(all)))
}
