//! Keeps JSON unchanged: keys and records that only another program version understands.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::unreadable::Unreadable;
use crate::problem::{Kind, Problem};
use crate::raw_json::compact;
use crate::store::stored::{StoredCredential, Unknown};

/// The credential in a line of the payload; `None` if this program version cannot read it.
pub(in crate::store::file) fn record_in(line: &str) -> Option<StoredCredential> {
    serde_json::from_str(line).ok()
}

/// Id and name of an unreadable record, if it has them; if a key is repeated, the last one wins.
pub(super) fn what_is_known(raw: &RawValue) -> Unreadable {
    let keys: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let text = |key: &str| keys.get(key).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let safe = |text: Option<String>| crate::printable::printable(&text.unwrap_or_default(), 80);
    Unreadable { id: safe(text("id")), name: safe(text("name")) }
}

/// The kind of a record's line; `None` if it has none.
pub(super) fn kind_of(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Kinded {
        kind: String,
    }
    serde_json::from_str::<Kinded>(line).ok().map(|line| line.kind)
}

/// The keys of an object that are not `known`, on one line.
pub(super) fn unknown(json: &str, known: &[&str]) -> Result<Unknown, serde_json::Error> {
    let keys: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
    let unknown = keys.into_iter().filter(|(key, _)| !known.contains(&key.as_str()));
    unknown.map(|(key, raw)| Ok((key, on_one_line(raw)?))).collect()
}

/// The same JSON without line breaks and spaces between its parts.
pub(super) fn on_one_line(raw: &RawValue) -> Result<Box<RawValue>, serde_json::Error> {
    if !raw.get().contains('\n') {
        return Ok(raw.to_owned());
    }
    let mut line = Vec::with_capacity(raw.get().len());
    compact(raw, &mut line);
    // Only ASCII bytes between the parts were removed, so this is still UTF-8.
    RawValue::from_string(String::from_utf8(line).unwrap_or_default())
}

/// The problem with a payload that cannot be read.
pub(super) fn unreadable(why: &str) -> Problem {
    Problem::new(Kind::Storage, "The vault's content cannot be read.").why(why)
}

/// The position of an error. The parser's own message is not used, because it can quote a value.
pub(super) fn at(what: &str, error: &serde_json::Error) -> Problem {
    unreadable(&format!("{what}: line {}, column {}.", error.line(), error.column()))
}
