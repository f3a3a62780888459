//! An integration with its variables replaced by a credential's values: a standalone catalog file. It contains no
//! secret.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Catalog;
use super::file::check;
use super::provider::Provider;
use crate::loopback::is_loopback;
use crate::problem::{Kind, Problem};

/// What the new file contains.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub id: &'a str,
    /// The name that users search for.
    pub name: &'a str,
    /// The credential's values.
    pub variables: &'a BTreeMap<String, String>,
    /// The credential's scopes.
    pub scopes: &'a [String],
    /// The credential's redirect URI; kept if it is a page that the user chose.
    pub redirect_uri: &'a str,
}

impl Catalog {
    /// Returns the text of the new file, which [`check`] accepts.
    ///
    /// # Errors
    /// `Kind::Usage` if the id is not valid, or if values cannot replace the variables of the provider's file; as
    /// [`Catalog::check_file`] if a file of the user cannot be read any more.
    pub fn export(&self, provider: &Provider, export: &Export<'_>) -> Result<String, Problem> {
        let text = self.text_of(provider)?;
        let mut table: Table = text.parse().map_err(|_| Problem::internal("A built-in catalog file is not valid."))?;
        let values = values(provider, export.variables)?;
        if let Some(Value::Array(variables)) = table.get_mut("variable") {
            variables.retain(|variable| {
                !variable.get("name").and_then(Value::as_str).is_some_and(|name| values.contains_key(name))
            });
        }
        if table.get("variable").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            table.remove("variable");
        }
        table.retain(|_, value| fill(value, &values));
        if let Some(Value::Array(tests)) = table.get_mut("test") {
            // The address of these tests was left empty.
            tests.retain(|test| test.get("url").is_some());
        }
        head(&mut table, export);
        let text = toml::to_string_pretty(&table).map_err(|_| Problem::internal("The file could not be written."))?;
        check(&text, export.id).map_err(|defects| {
            let why = defects.first().map(|defect| defect.message.clone()).unwrap_or_default();
            Problem::new(Kind::Usage, format!("{} cannot be written with these values in it.", provider.name))
                .why(format!("The file would not be valid: {why}."))
                .try_this("Choose another id. An integration that the built-in catalog has needs no file of your own.")
        })?;
        Ok(text)
    }
}

/// The values that replace the names: checked values of variables that are not secret, and what their choices set. A
/// required variable that was left empty remains a variable of the new file.
fn values(provider: &Provider, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    let mut values = BTreeMap::new();
    for variable in provider.variables.iter().filter(|variable| !variable.secret) {
        let text = given.get(&variable.name).or(variable.default.as_ref()).map_or("", String::as_str);
        if text.is_empty() && !variable.optional {
            continue;
        }
        let value = variable.normalize(text)?.value;
        let sets = variable.choice(&value).map(|choice| choice.sets.as_slice()).unwrap_or_default();
        values.extend(sets.iter().cloned());
        values.insert(variable.name.clone(), value);
    }
    Ok(values)
}

/// Inserts the values. Returns false for a text that was only a placeholder and is now empty: its key is removed.
fn fill(value: &mut Value, values: &BTreeMap<String, String>) -> bool {
    match value {
        Value::String(text) => {
            let left_out = values.iter().any(|(name, value)| value.is_empty() && *text == format!("{{{name}}}"));
            for (name, value) in values {
                // A value cannot add a placeholder, because no value may contain braces (`normalize`).
                *text = text.replace(&format!("{{{name}}}"), value);
            }
            if text.starts_with(' ') {
                // The space that followed an empty value.
                *text = text.trim_start().to_owned();
            }
            !left_out
        }
        Value::Array(array) => {
            array.retain_mut(|value| fill(value, values));
            true
        }
        Value::Table(table) => {
            table.retain(|_, value| fill(value, values));
            true
        }
        _ => true,
    }
}

/// Sets the file's identity, and removes what no longer applies.
fn head(table: &mut Table, export: &Export<'_>) {
    for (key, value) in
        [("id", export.id), ("name", export.name), ("group", export.name), ("verification", "unverified")]
    {
        table.insert(key.to_owned(), value.into());
    }
    table.insert("sources".to_owned(), Value::Array(vec!["exported from a credential".into()]));
    for gone in ["aliases", "console", "evidence", "retired", "redirect_accepts"] {
        table.remove(gone);
    }
    if export.redirect_uri.starts_with("https://")
        && url::Url::parse(export.redirect_uri).is_ok_and(|url| !is_loopback(&url))
    {
        table.insert("redirect".to_owned(), "https-paste".into());
        table.insert("redirect_uri".to_owned(), export.redirect_uri.into());
    }
    if let Some(Value::Table(auth)) = table.get_mut("auth")
        && !export.scopes.is_empty()
    {
        auth.insert(
            "scopes".to_owned(),
            Value::Array(export.scopes.iter().map(|scope| scope.as_str().into()).collect()),
        );
    }
}
