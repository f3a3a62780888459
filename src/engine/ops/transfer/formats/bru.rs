//! Parses blocks `name { key: value }`, one key per line. Blocks of text and lists are skipped, `'''` opens a value of
//! several lines, `~` disables a line.

use serde_json::{Map, Value};

use super::text::wrong;
use crate::problem::Problem;

pub(super) fn read(text: &str, named: bool) -> Result<Option<Value>, Problem> {
    let opens = |line: &str| {
        let name = line.strip_suffix('{')?.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_');
        (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
    };
    let mut significant = text.lines().filter(|line| !line.trim().is_empty());
    if !named && significant.next().and_then(|line| opens(line.trim_end())).is_none() {
        return Ok(None);
    }
    let mut all = Map::new();
    let mut open: Option<(String, Map<String, Value>)> = None;
    let mut several: Option<(String, String)> = None;
    for line in text.lines() {
        if let Some((key, value)) = &mut several {
            if line.trim() == "'''" {
                let value = Value::from(value.trim_end());
                if let Some((_, values)) = &mut open {
                    values.insert(key.clone(), value);
                }
                several = None;
            } else {
                value.push_str(line.trim());
                value.push('\n');
            }
            continue;
        }
        let Some((_, values)) = &mut open else {
            open = opens(line.trim_end()).map(|name| (name, Map::new()));
            continue;
        };
        if line.starts_with('}') {
            all.extend(open.take().map(|(name, values)| (name, Value::Object(values))));
            continue;
        }
        let Some((key, value)) = line.trim().split_once(':').filter(|(key, _)| !key.starts_with('~')) else { continue };
        match value.trim() {
            "'''" => several = Some((key.trim().to_owned(), String::new())),
            value => drop(values.insert(key.trim().to_owned(), Value::from(value))),
        }
    }
    match open {
        Some((name, _)) => {
            Err(wrong(text.lines().count().saturating_sub(1), &format!("the block {name} is not closed.")))
        }
        None => Ok(Some(Value::Object(all))),
    }
}
