//! Maps a parsed file to entries, as its shape defines.

use std::collections::BTreeMap;

use serde_json::Value;

use super::environment;
use super::path::{self, Place};
use super::shape::{KindOf, Options, Paths, Shape};
use super::text::{scopes, secret};
use crate::engine::ops::placeholder::why_not_a_value;
use crate::engine::ops::transfer::{Entry, ParsedFile, SkippedPart};
use crate::model::credential::GrantType;
use crate::problem::{Kind, Problem};

/// How many times variables inside the values of variables are resolved.
const ROUNDS: usize = 4;

pub(super) fn read(shape: &Shape, tree: &Value, options: &Options) -> Result<ParsedFile, Problem> {
    if let Some(why) = &shape.refused {
        return Err(Problem::new(Kind::Usage, format!("This file cannot be imported: {}.", shape.name))
            .why(why)
            .try_this(&shape.instead));
    }
    let tree = &resolved(shape, tree);
    let mut reading = ParsedFile { shape: shape.name.clone(), choose: shape.choose, ..ParsedFile::default() };
    if let Some(pairs) = &shape.pairs {
        for place in path::all(tree, pairs) {
            let Some(values) = place.value.as_object() else { continue };
            let (entries, left_out) = environment::entries(values, &place.name);
            for (entry, grant) in entries {
                settle(entry, grant.as_deref(), &mut reading);
            }
            reading.left_out.extend(left_out);
        }
        return Ok(reading);
    }
    for place in path::all(tree, &shape.within) {
        if place.value.is_object() {
            entry(shape, tree, &place, options, &mut reading);
        }
    }
    Ok(reading)
}

fn entry(shape: &Shape, root: &Value, place: &Place<'_>, options: &Options, reading: &mut ParsedFile) {
    let at = |path: &str| match path.strip_prefix('^') {
        Some(path) => path::get(root, path),
        None => path::get(place.value, path),
    };
    let get = |field: &str| {
        let chosen = options.columns.get(field).and_then(|column| place.value.get(column).cloned());
        let of_shape =
            || shape.fields.get(field)?.list().iter().find_map(|path| at(path).filter(|v| path::text(v).is_some()));
        chosen.or_else(of_shape)
    };
    let text = |field: &str| get(field).and_then(|value| path::text(&value));
    let name = text("name").unwrap_or_else(|| place.name.clone());
    let said = shape.unless.iter().find(|(path, _)| at(path).is_some_and(|value| path::text(&value).is_some()));
    if let Some((_, why)) = said {
        return reading.left_out.push(SkippedPart { name, why: why.clone() });
    }
    let kind = text("kind");
    let none = KindOf::default();
    let with_token_set = kind.as_ref().and_then(|kind| shape.kinds.get(&kind.to_lowercase())).unwrap_or(&none);
    let variable = |field: &String| {
        let name = field.strip_prefix("variables.")?;
        let value = text(field)?;
        Some((name.to_owned(), shape.words.get(&value).cloned().unwrap_or(value)))
    };
    let entry = Entry {
        name,
        integrations: [&with_token_set.integrations[..], &shape.integrations].concat(),
        hosts: [&with_token_set.hosts[..], &shape.hosts].concat(),
        authorization_url: text("authorization_url"),
        token_url: text("token_url"),
        refresh_url: text("refresh_url"),
        issuer: text("issuer"),
        client_id: text("client_id").unwrap_or_default(),
        client_secret: text("client_secret").and_then(|text| secret(&text)),
        refresh_token: text("refresh_token").and_then(|text| secret(&text)),
        typed_in: text("secret").and_then(|text| secret(&text)),
        redirect_uri: text("redirect_uri").unwrap_or_default(),
        scopes: match get("scopes") {
            Some(Value::Array(list)) => list.iter().filter_map(path::text).collect(),
            Some(value) => path::text(&value).map(|text| scopes(&text)).unwrap_or_default(),
            None => Vec::new(),
        },
        variables: shape.fields.keys().filter_map(variable).collect(),
        unread: unread(shape, place.value, options),
        kind,
        ..Entry::default()
    };
    settle(entry, text("grant").as_deref().or(shape.grant.as_deref()), reading);
}

/// Keys that have a value and that the shape does not map.
fn unread(shape: &Shape, value: &Value, options: &Options) -> Vec<String> {
    let paths = shape.fields.values().flat_map(Paths::list);
    let known: Vec<&str> = paths.map(|path| path.split('.').next().unwrap_or_default()).collect();
    let is_known = |key: &String| {
        known.contains(&key.as_str()) || shape.ignored.contains(key) || options.columns.values().any(|one| one == key)
    };
    let all = value.as_object().into_iter().flatten();
    let is_filled = |value: &Value| path::text(value).is_some() || value.as_object().is_some_and(|map| !map.is_empty());
    all.filter(|(key, value)| !is_known(key) && is_filled(value)).map(|(key, _)| key.clone()).collect()
}

/// Adds the entry, or the reason to skip it: an unsupported grant, or a placeholder instead of a value.
fn settle(mut entry: Entry, grant: Option<&str>, reading: &mut ParsedFile) {
    let mut leave = |name: &str, why: String| reading.left_out.push(SkippedPart { name: name.to_owned(), why });
    if entry.is_empty() {
        let what = entry.kind.as_ref().map(|kind| format!(" (type {kind})")).unwrap_or_default();
        return leave(&entry.name, format!("It has no client ID, refresh token or key{what}."));
    }
    entry.grant = match grant.map(|word| word.to_lowercase().replace(['-', ' '], "_")) {
        None => None,
        Some(word) if word.starts_with("client_cred") => Some(GrantType::ClientCredentials),
        Some(word) if word.contains("device") => Some(GrantType::DeviceCode),
        Some(word) if word.starts_with("password") || word.starts_with("implicit") || word.contains("jwt") => {
            let why = format!("Its grant type {word} is not supported.");
            return leave(&entry.name, why);
        }
        Some(_) => Some(GrantType::AuthorizationCode),
    };
    if let Some(why) = why_not_a_value(&entry.client_id).filter(|_| !entry.client_id.is_empty()) {
        return leave(&entry.name, format!("Its client ID {why}: {}", entry.client_id));
    }
    if let Some((url, why)) = entry.urls().find_map(|url| Some((url.to_owned(), why_not_a_value(url)?))) {
        return leave(&entry.name, format!("One of its URLs {why}: {url}"));
    }
    for (field, value) in [
        ("client secret", &mut entry.client_secret),
        ("refresh token", &mut entry.refresh_token),
        ("key", &mut entry.typed_in),
    ] {
        let mut why = None;
        if let Some(secret) = value {
            let _ = secret.trimmed(|text| {
                why = why_not_a_value(text);
                true
            });
        }
        if let Some(why) = why {
            *value = None;
            entry.unread.push(format!("{field} ({why})"));
        }
    }
    entry.scopes.retain(|scope| why_not_a_value(scope).is_none());
    reading.entries.push(entry);
}

/// The parsed file with `{{name}}` replaced by the file's own variables.
fn resolved(shape: &Shape, tree: &Value) -> Value {
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for place in shape.variables.iter().flat_map(|path| path::all(tree, path)) {
        let values = place.value.as_object().into_iter().flatten();
        variables.extend(values.filter_map(|(name, value)| Some((name.clone(), path::text(value)?))));
    }
    let mut tree = tree.clone();
    if !variables.is_empty() {
        (0..ROUNDS).for_each(|_| fill(&mut tree, &variables));
    }
    tree
}

fn fill(value: &mut Value, variables: &BTreeMap<String, String>) {
    match value {
        Value::String(text) if text.contains("{{") => {
            let mut filled = String::with_capacity(text.len());
            let mut rest = text.as_str();
            while let Some((before, (name, after))) =
                rest.split_once("{{").and_then(|(a, b)| Some((a, b.split_once("}}")?)))
            {
                filled.push_str(before);
                let name = name.trim();
                match variables.get(name.strip_prefix("_.").unwrap_or(name)) {
                    Some(value) => filled.push_str(value),
                    None => filled.extend(["{{", name, "}}"]),
                }
                rest = after;
            }
            filled.push_str(rest);
            *text = filled;
        }
        Value::Array(list) => list.iter_mut().for_each(|one| fill(one, variables)),
        Value::Object(map) => map.values_mut().for_each(|one| fill(one, variables)),
        _ => {}
    }
}
