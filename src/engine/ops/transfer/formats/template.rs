//! Our own template: credentials without their secrets, to be filled in by the person who gets it.

use super::text::not_json;
use crate::engine::ops::transfer::export::{Row, Template};
use crate::engine::ops::transfer::{Entry, Reading};
use crate::problem::Problem;

pub(super) fn is_one(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"credenza-template\"")
}

pub(super) fn read(text: &str) -> Result<Reading, Problem> {
    let template: Template = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let entry = |row: Row| Entry {
        name: row.name,
        integrations: vec![row.integration],
        client_id: row.client_id,
        scopes: row.scopes,
        redirect_uri: row.redirect_uri,
        variables: row.variables,
        details: row.details,
        ..Entry::default()
    };
    let entries = template.credentials.into_iter().map(entry).collect();
    Ok(Reading { shape: "Credenza template".to_owned(), entries, ours: true, ..Reading::default() })
}
