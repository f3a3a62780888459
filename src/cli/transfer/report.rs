//! The result of an import, for a person and as JSON.

use serde_json::{Value, json};

use crate::cli::output::Output;
use crate::engine::ops::transfer::{Import, Imported, place_label};
use crate::printable::{printable, shell_word};
use crate::problem::Problem;

/// Most characters of a reason on one line; names and URLs in it come from the file.
const MAX_LINE: usize = 400;

/// An imported credential, with the result of trying its refresh token.
pub(super) struct Row<'a> {
    pub(super) one: &'a Imported,
    pub(super) proven: Option<&'static str>,
}

/// Prints on standard error what is not imported, also with --json.
pub(super) fn notes(import: &Import, output: Output) {
    let note = |text: &str| output.note(&format!("credenza: {}", printable(text, MAX_LINE)));
    for (name, holder) in &import.known {
        note(&format!("already in the vault as {holder}: {name}; its refresh token was not sent"));
    }
    for one in &import.left_out {
        let name = if one.name.is_empty() { String::new() } else { format!(" {}", one.name) };
        note(&format!("not imported{name}: {}", one.why));
    }
    for one in &import.imported {
        if one.folded > 0 {
            note(&format!("{}: {} more entries of the same client were merged into it", one.name, one.folded));
        }
        if !one.unread.is_empty() {
            note(&format!("{}: not imported: {}", one.name, one.unread.join(", ")));
        }
        if one.unread.iter().any(|name| name == "browser") {
            note(&format!("{}: a browser is a command of the machine it was set on; choose one here", one.name));
        }
    }
}

pub(super) fn line(row: &Row<'_>, dry_run: bool) -> String {
    let one = row.one;
    let done = if dry_run { "Would import" } else { "Imported" };
    let host = one.token_host.as_ref().map(|host| format!("; its secret is sent to {host}")).unwrap_or_default();
    let name = shell_word(&one.name);
    let next = match (one.lacks_secret, row.proven) {
        (true, _) => format!("its secret is missing: credenza rotate {name}"),
        (false, Some("works")) => "its refresh token works".to_owned(),
        (false, Some("refused")) => format!("its refresh token was rejected: credenza authenticate {name}"),
        (false, Some(_)) => "its refresh token was not tested yet".to_owned(),
        (false, None) if one.token_host.is_none() => format!("next: credenza test {name}"),
        (false, None) => format!("next: credenza authenticate {name}"),
    };
    let mut text = format!("{done} {} ({}){host}; {next}", one.name, one.integration);
    if dry_run {
        let endpoints = one.endpoints.iter().map(|(name, url)| format!("\n  {}: {url}", place_label(name)));
        text.extend(endpoints);
        let others =
            one.from_file.iter().filter(|(name, _)| !one.endpoints.contains_key(*name) && *name != "redirect_uri");
        text.extend(others.map(|(name, value)| format!("\n  {}: {value}", place_label(name))));
        if !one.redirect_uri.is_empty() {
            text.extend(["\n  redirect URI: ", &one.redirect_uri]);
        }
    }
    text
}

/// The question about the destinations.
pub(super) fn question(places: &[String]) -> String {
    format!("The file sends secrets, codes or tokens to:\n  {}\nType yes to import: ", places.join("\n  "))
}

/// What was imported, then what the vault has already, then what was skipped.
pub(super) fn json(import: &Import, rows: &[Row<'_>]) -> Vec<Value> {
    let imported = rows.iter().map(|Row { one, proven }| {
        json!({ "name": one.name, "integration": one.integration, "refresh_token": proven,
            "lacks_secret": one.lacks_secret, "token_host": one.token_host, "redirect_uri": one.redirect_uri,
            "endpoints": one.endpoints, "from_file": one.from_file, "not_read": one.unread, "folded": one.folded })
    });
    let known = import.known.iter().map(|(name, holder)| json!({ "name": name, "already_in_vault_as": holder }));
    let left_out = import.left_out.iter().map(|one| json!({ "name": one.name, "left_out": one.why }));
    imported.chain(known).chain(left_out).collect()
}

pub(super) fn lines(rows: &[Row<'_>], import: &Import, dry_run: bool, output: Output) -> Result<(), Problem> {
    for row in rows {
        output.line(&line(row, dry_run))?;
    }
    for (name, holder) in &import.known {
        output.line(&printable(&format!("Already in the vault as {holder}: {name}"), MAX_LINE))?;
    }
    Ok(())
}
