//! Parses this program's own templates: credentials without secrets, which the user who imports them adds.

use super::text::not_json;
use crate::engine::ops::transfer::export::{Row, Template};
use crate::engine::ops::transfer::{Entry, ParsedFile};
use crate::problem::Problem;

pub(super) fn is_one(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"credenza-template\"")
}

pub(super) fn read(text: &str) -> Result<ParsedFile, Problem> {
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
    Ok(ParsedFile { shape: "Credenza template".to_owned(), entries, ours: true, ..ParsedFile::default() })
}
