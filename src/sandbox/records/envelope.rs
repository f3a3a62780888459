//! Builds the JSON around the records of a page: the provider's own fields, and the values that the catalog reads from
//! it.

use serde_json::{Map, Value, json};

use super::shape::Shape;
use crate::catalog::{Paging, RecordType};

/// Placeholder for the records.
const RECORDS: &str = "#records";

/// The values that the envelope reports about its page.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) total: u64,
    pub(super) limit: u64,
    pub(super) offset: u64,
    pub(super) count: u64,
    pub(super) more: bool,
    /// Path and value of the reference to the next page: a cursor or a URL. Without it, the path keeps the value from
    /// the shape.
    pub(super) next: Option<(String, String)>,
}

/// The text before and after the array of records.
pub(super) fn around(load: &RecordType, shape: &Shape, facts: &Facts) -> (String, String) {
    let Some(records) = &load.records else { return (String::new(), String::new()) };
    let mut body = match &shape.around {
        Value::Object(_) => shape.around.clone(),
        _ => json!({}),
    };
    fill(&mut body, facts);
    for (path, value) in &load.ok_json {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
        put(&mut body, path, value);
    }
    if let Some(total) = &load.total {
        put(&mut body, total, json!(facts.total));
    }
    if let Paging::Offset(by) | Paging::Number(by) = &load.paging
        && let Some(more) = &by.more
    {
        put(&mut body, more, json!(facts.more));
    }
    match (&facts.next, &shape.next_at) {
        (Some((path, next)), _) => put(&mut body, path, json!(next)),
        (None, Some(path)) => remove(&mut body, path.split('.').next().unwrap_or_default()),
        (None, None) => {}
    }
    put(&mut body, records, json!(RECORDS));
    let text = body.to_string();
    let (before, after) = text.split_once(&format!("\"{RECORDS}\"")).unwrap_or((&text, ""));
    (before.to_owned(), after.to_owned())
}

/// Sets the value at a dotted path. For an array on the path its first element is used. A name that begins with `@` (an
/// OData annotation) keeps its dots.
pub(super) fn put(body: &mut Value, path: &str, value: Value) {
    if let Value::Array(items) = body {
        if let Some(first) = items.first_mut() {
            put(first, path, value);
        }
        return;
    }
    if !body.is_object() {
        *body = Value::Object(Map::new());
    }
    let (name, rest) = split(path);
    let place = &mut body[name];
    match rest {
        Some(rest) => put(place, rest, value),
        None => *place = value,
    }
}

/// Removes the value at a dotted path.
pub(super) fn remove(body: &mut Value, path: &str) {
    let Value::Object(fields) = body else { return };
    match split(path) {
        (name, Some(rest)) => {
            if let Some(inner) = fields.get_mut(name) {
                remove(inner, rest);
            }
        }
        (name, None) => {
            fields.shift_remove(name);
        }
    }
}

/// Whether there is a value at a dotted path.
pub(super) fn has(body: &Value, path: &str) -> bool {
    match split(path) {
        (name, Some(rest)) => body.get(name).is_some_and(|inner| has(inner, rest)),
        (name, None) => body.get(name).is_some(),
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((name, rest)) if !path.starts_with('@') => (name, Some(rest)),
        _ => (path, None),
    }
}

/// Replaces the placeholders by numbers.
fn fill(value: &mut Value, facts: &Facts) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| fill(value, facts)),
        Value::Array(items) => items.iter_mut().for_each(|value| fill(value, facts)),
        Value::String(text) => {
            let number = match text.as_str() {
                "#total" => facts.total,
                "#limit" => facts.limit,
                "#page" => facts.offset / facts.limit + 1,
                "#pages" => facts.total.div_ceil(facts.limit),
                "#start" => facts.offset.saturating_add(1),
                "#count" => facts.count,
                _ => return,
            };
            *value = json!(number);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_where_its_path_says() {
        let mut body = json!({ "list": [{ "a": 1 }, { "a": 2 }] });
        put(&mut body, "list.a", json!(7));
        put(&mut body, "x.y", json!(true));
        put(&mut body, "@odata.nextLink", json!("u"));
        let whole = json!({ "list": [{ "a": 7 }, { "a": 2 }], "x": { "y": true }, "@odata.nextLink": "u" });
        assert_eq!(body, whole);
        assert!(has(&body, "x.y") && !has(&body, "x.z"));
        remove(&mut body, "x.y");
        remove(&mut body, "@odata.nextLink");
        assert_eq!(body, json!({ "list": [{ "a": 7 }, { "a": 2 }], "x": {} }));
    }
}
