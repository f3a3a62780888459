//! Our own template: credentials without their secrets, to be filled in by whoever gets it.

use super::text::not_json;
use crate::engine::ops::transfer::Found;
use crate::engine::ops::transfer::export::{Row, Template};
use crate::problem::Problem;

pub(super) fn read(text: &str) -> Result<Vec<Found>, Problem> {
    let template: Template = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let found = |row: Row| Found {
        name: row.name,
        integration: Some(row.integration),
        client_id: row.client_id,
        scopes: row.scopes,
        redirect_uri: row.redirect_uri,
        variables: row.variables,
        details: row.details,
        ..Found::default()
    };
    Ok(template.credentials.into_iter().map(found).collect())
}
