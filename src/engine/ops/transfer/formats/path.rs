//! Paths into a parsed file: names separated by dots, `*` for any key or element, `**` for any depth.

use serde_json::Value;

/// How deep `**` searches.
const DEEPEST: usize = 60;

/// A value that a path leads to.
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    /// The nearest name: a member `name` of an enclosing object, else its key.
    pub(super) name: String,
}

/// Every value that a path leads to, in the order of the file.
pub(super) fn all<'a>(root: &'a Value, path: &str) -> Vec<Place<'a>> {
    let segments: Vec<&str> = path.split('.').filter(|segment| !segment.is_empty()).collect();
    let mut places = Vec::new();
    walk(root, &segments, String::new(), DEEPEST, &mut places);
    places
}

fn walk<'a>(value: &'a Value, segments: &[&str], name: String, depth: usize, places: &mut Vec<Place<'a>>) {
    let own = value.get("name").or_else(|| value.get("info")?.get("name")).and_then(Value::as_str);
    let name = own.filter(|own| !own.trim().is_empty()).map_or(name, str::to_owned);
    let Some((segment, rest)) = segments.split_first() else { return places.push(Place { value, name }) };
    let any_depth = *segment == "**";
    if any_depth {
        walk(value, rest, name.clone(), depth, places);
    }
    if depth == 0 {
        return;
    }
    let next = if any_depth { segments } else { rest };
    match value {
        Value::Object(map) if any_depth || *segment == "*" => {
            for (key, child) in map {
                let name = if *segment == "*" { key.clone() } else { name.clone() };
                walk(child, next, name, depth - 1, places);
            }
        }
        Value::Array(list) if any_depth || *segment == "*" => {
            for child in list {
                walk(child, next, name.clone(), depth - 1, places);
            }
        }
        Value::Object(map) => {
            if let Some(child) = map.get(*segment) {
                walk(child, next, name, depth - 1, places);
            }
        }
        _ => {}
    }
}

/// The value at a path below `value`; text on the way is parsed as JSON.
pub(super) fn get(value: &Value, path: &str) -> Option<Value> {
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    if let Value::String(text) = value {
        return get(&serde_json::from_str::<Value>(text).ok().filter(Value::is_object)?, path);
    }
    let child = value.get(segment)?;
    rest.map_or_else(|| Some(child.clone()), |rest| get(child, rest))
}

/// A scalar as text; the first of a list.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(list) => list.first().and_then(text),
        _ => None,
    }
}
