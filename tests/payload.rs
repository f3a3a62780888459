//! Changes the payload of a vault, as another version or a faulty one would.

use serde_json::{Map, Value, json};

/// The same contents in format 1: a single pretty-printed object.
pub(crate) fn as_format_1(json: &str) -> String {
    let payload: Value = serde_json::from_str(json).unwrap();
    if payload["format"] == 1 {
        return json.to_owned();
    }
    let mut root = Map::new();
    root.insert("format".into(), json!(1));
    for (key, value) in payload["head"].as_object().unwrap() {
        if key != "nonce" && key != "index" {
            root.insert(key.clone(), value.clone());
        }
    }
    let with_token_set = |kind: &str| -> Vec<Value> {
        let records = payload["records"].as_array().unwrap().iter().filter(|record| record["kind"] == kind);
        let without_kind = |record: &Value| {
            let mut record = record.clone();
            record.as_object_mut().unwrap().shift_remove("kind");
            record
        };
        records.map(without_kind).collect()
    };
    root.insert("credentials".into(), with_token_set("credential").into());
    root.insert("tombstones".into(), with_token_set("tombstone").into());
    let integrations = with_token_set("integration");
    if !integrations.is_empty() {
        root.insert("integrations".into(), integrations.into());
    }
    root.insert("undo".into(), with_token_set("undo").into());
    if let Some(seen) = with_token_set("refresh_tokens_seen").first() {
        root.insert("refresh_tokens_seen".into(), seen["of"].clone());
    }
    serde_json::to_string_pretty(&root).unwrap() + "\n"
}

/// A payload of format 2 whose lines were changed, with a matching index. Its rows are generated from the lines of
/// credentials and integrations, in order.
pub(crate) fn reindexed(json: &str) -> String {
    let (head, records) = json.split_once("\n\"records\":[\n").unwrap();
    let prefix = "{\"format\":2,\"head\":";
    let mut head: Value = serde_json::from_str(head.strip_prefix(prefix).unwrap().strip_suffix(',').unwrap()).unwrap();
    let (mut at, mut index) = (0, Vec::new());
    for line in records.strip_suffix("]}\n").unwrap().lines() {
        let record = line.strip_suffix(',').unwrap_or(line);
        let read: Value = serde_json::from_str(record).unwrap();
        if read["kind"] == "credential" || read["kind"] == "integration" {
            index.push(json!([read["kind"], read["id"], read["name"], at, record.len()]));
        }
        at += line.len() + 1;
    }
    head["index"] = index.into();
    format!("{prefix}{},\n\"records\":[\n{records}", serde_json::to_string(&head).unwrap())
}
