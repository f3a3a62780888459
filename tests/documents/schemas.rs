//! The schemas in `docs/reference/json/` match the output of the program, and contain every key of it.

use std::fs;
use std::sync::Arc;

use credenza::clock::Clock;
use credenza::engine::ops::team;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, Name, Setup};
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use credenza::store::local::Local;
use serde_json::{Value, json};

use super::examples::{outputs, real_error};
use super::repository;
use crate::backends::Memory;

/// Whether a value has this type of JSON Schema.
fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known"),
    }
}

/// The keywords that the check below implements. Other keywords are not allowed in the schemas, because nothing would
/// check them.
const KNOWN: [&str; 10] = [
    "$schema",
    "title",
    "description",
    "type",
    "enum",
    "format",
    "items",
    "properties",
    "required",
    "additionalProperties",
];

/// All differences between a value and a schema, each with its location.
fn differences(value: &Value, schema: &Value, place: &str) -> Vec<String> {
    let schema = schema.as_object().unwrap_or_else(|| panic!("{place}: no schema"));
    let unknown: Vec<&String> = schema.keys().filter(|key| !KNOWN.contains(&key.as_str())).collect();
    assert!(unknown.is_empty() || place.ends_with("deprecated"), "{place}: {unknown:?} are not checked");
    let mut found = Vec::new();
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        many => many.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect(),
    };
    if !types.iter().any(|name| is_of_type(value, name)) {
        return vec![format!("{place}: {value} is not {}", types.join(" or "))];
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        found.push(format!("{place}: {value} is none of {allowed:?}"));
    }
    match (schema.get("format").and_then(Value::as_str), value.as_str()) {
        (Some("date-time"), Some(text)) if text.parse::<jiff::Timestamp>().is_err() => {
            found.push(format!("{place}: {text} is not a time"));
        }
        (Some("date"), Some(text)) if text.parse::<jiff::civil::Date>().is_err() => {
            found.push(format!("{place}: {text} is not a day"));
        }
        _ => {}
    }
    if let (Some(all), Some(items)) = (value.as_array(), schema.get("items")) {
        found.extend(all.iter().enumerate().flat_map(|(at, one)| differences(one, items, &format!("{place}[{at}]"))));
    }
    let Some(object) = value.as_object() else { return found };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let missing = required.filter(|key| !object.contains_key(key.as_str().unwrap()));
    found.extend(missing.map(|key| format!("{place}: {key} is missing")));
    for (key, value) in object {
        let place = format!("{place}.{key}");
        match (schema.get("properties").and_then(|known| known.get(key)), schema.get("additionalProperties")) {
            (Some(schema), _) | (None, Some(schema)) => found.extend(differences(value, schema, &place)),
            // A schema without `properties` accepts any keys.
            (None, None) if schema.contains_key("properties") => found.push(format!("{place}: not in the schema")),
            (None, None) => {}
        }
    }
    found
}

fn schema(name: &str) -> Value {
    let path = repository().join(format!("docs/reference/json/{name}.schema.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The output for a team with a founder and a host.
fn team_list() -> Value {
    let (folder, clock) = (crate::scratch::folder(), Clock::settable("2026-11-23T10:00:00Z".parse().unwrap()));
    let local = Local::at(&Paths::discover(Some(folder.path())).unwrap(), &clock, "credenza team");
    let passphrase = (&Passphrase::new("team".to_owned()), 1);
    let store = local.found_team(Arc::new(Memory::new(&clock)), "memory:team", "Ana", passphrase).unwrap();
    let one = Credential::new(Name::parse("CMDB sync").unwrap(), "manageengine", Setup::default(), clock.now());
    let id = one.id;
    store.commit(Change::Insert(Box::new(one)).into()).unwrap();
    let team = store.team().unwrap();
    team.add_team_host("ci", &[id], &folder.path().join("ci.key"), &mut |_, _| ()).unwrap();
    let list = team::list_as_json(&team.members().unwrap(), &team.team_state().unwrap());
    let seen = |at: usize| list["members"][at]["last_seen"].as_str();
    assert_eq!((seen(0), seen(1)), (Some("2026-11-23T10:00:00Z"), None));
    list
}

#[test]
fn what_the_program_prints_fits_the_schemas() {
    let (desk, outputs) = outputs();
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    let others = [("error".to_owned(), real_error(&desk)), ("team-list".to_owned(), team_list())];
    for (name, value) in outputs.into_iter().chain(others) {
        wrong.extend(differences(&value, &schema(&name), &name));
        names.push(format!("{name}.schema.json"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for entry in fs::read_dir(repository().join("docs/reference/json")).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&file), "{file} is held against no output");
    }
}

#[test]
fn a_value_that_does_not_fit_is_found() {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string" },
            "at": { "type": ["string", "null"], "format": "date-time" },
            "state": { "type": "string", "enum": ["good"] },
            "tags": { "type": "array", "items": { "type": "string" } },
        },
    });
    let found = |value: Value| differences(&value, &schema, "x");
    assert!(found(json!({ "name": "a", "at": null, "state": "good", "tags": ["b"] })).is_empty());
    for (value, said) in [
        (json!({}), "x: \"name\" is missing"),
        (json!({ "name": 3 }), "x.name: 3 is not string"),
        (json!({ "name": "a", "at": "soon" }), "x.at: soon is not a time"),
        (json!({ "name": "a", "state": "bad" }), "none of"),
        (json!({ "name": "a", "tags": [1] }), "x.tags[0]: 1 is not string"),
        (json!({ "name": "a", "new": 1 }), "x.new: not in the schema"),
    ] {
        assert!(found(value)[0].contains(said), "{said}");
    }
}
