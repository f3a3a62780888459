//! Reads values from valid JSON without building a tree and without changing their digits.
//!
//! A number of 17 digits or a decimal of 30 keeps its digits; nothing here recurses by the nesting of a text. The
//! responses of token endpoints are read by `oauth::fields`, which also accepts malformed ones.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The value at a dotted path. An array on the path is read as its first element. The rest of a path may be a single
/// key that contains dots.
#[must_use]
pub fn at<'a>(json: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let json = first_of(json)?;
    if path.is_empty() {
        return Some(json);
    }
    if let Some(whole) = member(json, path) {
        return Some(whole);
    }
    let (key, rest) = path.split_once('.')?;
    at(member(json, key)?, rest)
}

/// A string, number, boolean or null, as text; `None` for objects and arrays.
#[must_use]
pub(crate) fn text_of(json: &RawValue) -> Option<String> {
    let text = json.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'{' | b'[' => None,
        _ => Some(text.to_owned()),
    }
}

/// The elements of an array; `None` for other values.
#[must_use]
pub(crate) fn elements(json: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json.get()).ok()
}

/// The members of an object in their order, including repeated keys; `None` for other values.
#[must_use]
pub fn members(json: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    if !json.get().starts_with('{') {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    deserializer.deserialize_map(Members).ok()
}

/// Calls `take` with each value of a record and its dotted path. Descends `levels` deep into nested objects; a deeper
/// object is a value, and so is an empty one. A record without members has no values.
pub fn flatten(record: &RawValue, levels: usize, take: &mut impl FnMut(&str, &RawValue)) {
    match members(record) {
        Some(members) => {
            for (key, value) in members {
                descend(value, &key, levels.saturating_sub(1), take);
            }
        }
        None => take("", record),
    }
}

fn descend(value: &RawValue, path: &str, levels: usize, take: &mut impl FnMut(&str, &RawValue)) {
    let inner = if levels > 0 { members(value) } else { None };
    match inner.filter(|members| !members.is_empty()) {
        Some(members) => {
            for (key, value) in members {
                let path = if path.is_empty() { key } else { format!("{path}.{key}") };
                descend(value, &path, levels - 1, take);
            }
        }
        None => take(path, value),
    }
}

/// The same JSON on one line, without spaces between its parts.
pub fn compact(json: &RawValue, into: &mut Vec<u8>) {
    let (mut in_text, mut escaped) = (false, false);
    for byte in json.get().bytes() {
        if in_text {
            into.push(byte);
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if !byte.is_ascii_whitespace() {
            into.push(byte);
            in_text = byte == b'"';
        }
    }
}

/// The type of a value, in words: `text`, `number`, `true or false`, `null`, `list`, `object`.
#[must_use]
pub(crate) fn kind_of(json: &RawValue) -> &'static str {
    match json.get().as_bytes().first() {
        Some(b'"') => "text",
        Some(b'{') => "object",
        Some(b'[') => "list",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        _ => "number",
    }
}

fn first_of(json: &RawValue) -> Option<&RawValue> {
    if !json.get().starts_with('[') {
        return Some(json);
    }
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    deserializer.deserialize_seq(First).ok().flatten()
}

fn member<'a>(json: &'a RawValue, key: &str) -> Option<&'a RawValue> {
    if !json.get().starts_with('{') {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    deserializer.deserialize_map(Find(key)).ok().flatten()
}

/// Reads the first element of an array.
struct First;

impl<'de> Visitor<'de> for First {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let first = items.next_element()?;
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

/// Reads the value of one key; the last one, if the key is repeated (RFC 8259 section 4 says that most readers do so).
struct Find<'k>(&'k str);

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(same) = map.next_key_seed(Same(self.0))? {
            if same {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Compares a key without storing it.
struct Same<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Same<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(0));
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_path_goes_through_objects_first_elements_and_keys_with_dots() {
        let json = raw(r#"{"a":{"b":[{"c":52549000000197007},{"c":2}]},"x":{"z.w":"v"},"e":[]}"#);
        let found = |path| at(&json, path).and_then(text_of);
        assert_eq!(found("a.b.c").as_deref(), Some("52549000000197007"));
        assert_eq!(found("x.z.w").as_deref(), Some("v"));
        assert!(found("a.b").is_none() && found("a.c").is_none() && found("e.f").is_none());
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in ["52549000000197007", "0.1234567890123456789012345", "1e400", "-0"] {
            assert_eq!(text_of(&raw(text)).as_deref(), Some(text));
        }
        assert_eq!(text_of(&raw(r#""a\u0041""#)).as_deref(), Some("aA"));
    }

    #[test]
    fn compact_drops_blanks_between_parts_only() {
        let mut line = Vec::new();
        compact(&raw("{ \"a b\" :\n [ 1 , \"x\\\" y\\\\\" , \"\\\\\" ] }"), &mut line);
        assert_eq!(String::from_utf8(line).unwrap(), r#"{"a b":[1,"x\" y\\","\\"]}"#);
    }

    #[test]
    fn a_record_is_flattened_as_deep_as_is_asked_and_without_members_has_no_values() {
        let flat = |json: &str, levels| {
            let mut values = Vec::new();
            flatten(&raw(json), levels, &mut |path, value| values.push(format!("{path}={}", value.get())));
            values
        };
        let json = r#"{"a":{"b":{"c":1}},"e":{},"l":[{"x":1}]}"#;
        assert_eq!(flat(json, 2), [r#"a.b={"c":1}"#, "e={}", r#"l=[{"x":1}]"#]);
        assert_eq!(flat(json, 3), ["a.b.c=1", "e={}", r#"l=[{"x":1}]"#]);
        assert!(flat("{}", 4).is_empty());
        assert_eq!(flat("7", 4), ["=7"]);
    }

    #[test]
    fn pr_05_a_deep_nesting_is_looked_into_without_recursion() {
        let deep = format!("{{\"deep\":{}{},\"id\":7}}", "[".repeat(100_000), "]".repeat(100_000));
        let json = raw(&deep);
        assert_eq!(at(&json, "id").and_then(text_of).as_deref(), Some("7"));
        assert_eq!(members(&json).unwrap().len(), 2);
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_one_counts() {
        assert_eq!(at(&raw(r#"{"id":1,"id":2}"#), "id").and_then(text_of).as_deref(), Some("2"));
    }
}
