//! Parses JSON, with lists of name and value turned into objects: API clients write one or the other, depending on
//! their version.

use serde_json::{Map, Value};

use super::text::not_json;
use crate::problem::Problem;

/// Keys of the name in such a list.
const NAMES: [&str; 3] = ["key", "name", "label"];

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let start = text.trim_start();
    if !named && !start.starts_with(['{', '[']) {
        return Ok(None);
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Ok(Some(as_objects(value))),
        // "[section]" is INI, not a JSON list.
        Err(_) if !named && start.starts_with('[') && !start[1..].trim_start().starts_with(['{', '"', '[']) => Ok(None),
        Err(error) => Err(not_json(&error)),
    }
}

fn as_objects(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, as_objects(value))).collect()),
        Value::Array(list) => match pairs(&list) {
            Some(map) => Value::Object(map),
            None => Value::Array(list.into_iter().map(as_objects).collect()),
        },
        other => other,
    }
}

/// Turns `[{"key": "a", "value": 1}]` into `{"a": 1}`, without disabled elements.
fn pairs(list: &[Value]) -> Option<Map<String, Value>> {
    let name = NAMES.into_iter().find(|name| list.iter().all(|one| one.get(name).is_some_and(Value::is_string)))?;
    if list.is_empty() || !list.iter().any(|one| one.get("value").is_some()) {
        return None;
    }
    let off = |one: &Value| one.get("enabled") == Some(&false.into()) || one.get("disabled") == Some(&true.into());
    let mut map = Map::new();
    for one in list.iter().filter(|one| !off(one)) {
        let key = one.get(name).and_then(Value::as_str).unwrap_or_default();
        map.insert(key.to_owned(), as_objects(one.get("value").cloned().unwrap_or_default()));
    }
    Some(map)
}
