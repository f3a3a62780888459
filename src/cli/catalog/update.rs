//! `credenza catalog update|diff|verify`.
//!
//! JSON of `update` and `diff`: `{"number": N | null, "made": DATE | null, "installed": BOOL, "entries": [{"id", "new",
//! "new_hosts": [HOST], "changes": [{"key", "before", "after"}]}]}`; of `verify`: `[{"id", "endpoint", "url", "verdict":
//! "answers"|"missing"|"differs"|"unreachable", "detail"}]`.

use serde_json::{Value, json};

use crate::catalog::Provider;
use crate::cli::arguments::Global;
use crate::cli::opening::workspace;
use crate::cli::output::Output;
use crate::cli::prompt;
use crate::cli::runtime::block_on;
use crate::engine::Workspace;
use crate::engine::ops::catalog_update::{self, EntryChange, PreparedUpdate};
use crate::engine::ops::catalog_verify::{self, EndpointCheck, EndpointVerdict};
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Characters of a value that are shown.
const MAX_VALUE: usize = 120;
/// Changed keys of an entry that are shown; JSON has all.
const MAX_KEYS: usize = 12;

pub(super) fn update(
    place: Option<&str>,
    accept_new_hosts: bool,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let prepared = block_on(&workspace, output, catalog_update::prepare(&workspace, place))?;
    if !output.json {
        show(&prepared.changes, output)?;
    }
    if !accept_new_hosts {
        ask_about_new_hosts(&prepared, global)?;
    }
    catalog_update::install(&workspace, &prepared)?;
    let (number, count) = (prepared.bundle.number, prepared.changes.len());
    let text = format!("Catalog update {number} of {} is active: {count} entries changed.", prepared.bundle.made);
    output.done(&text, &json_of(Some(&prepared), true, &prepared.changes))
}

/// Installs nothing without a confirmation if secrets would be sent to new hosts.
fn ask_about_new_hosts(prepared: &PreparedUpdate, global: &Global) -> Result<(), Problem> {
    let moving: Vec<String> = prepared
        .moving()
        .map(|change| format!("{}: {}", change.id, printable(&change.difference.new_hosts.join(", "), 300)))
        .collect();
    if moving.is_empty() {
        return Ok(());
    }
    let refused = || {
        Problem::new(Kind::Refused, "The catalog update sends secrets to new hosts. It was not installed.")
            .why(format!("New hosts of {}.", moving.join("; ")))
            .try_this("Compare them with the vendors' pages, then add --accept-new-hosts.")
    };
    if !prompt::has_person(global) {
        return Err(refused());
    }
    let question = format!(
        "This update sends secrets to hosts these integrations do not use today:\n  {}\nInstall it? (yes/no) ",
        moving.join("\n  ")
    );
    if prompt::agrees(global, &question)? { Ok(()) } else { Err(refused()) }
}

pub(super) fn diff(place: Option<&str>, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let (prepared, changes) = match place {
        Some(_) => {
            let prepared = block_on(&workspace, output, catalog_update::prepare(&workspace, place))?;
            let changes = prepared.changes.clone();
            (Some(prepared), changes)
        }
        None => (None, catalog_update::own_changes(&workspace)?),
    };
    if output.json {
        return output.value(&json_of(prepared.as_ref(), false, &changes));
    }
    if changes.is_empty() {
        return output.line(match place {
            Some(_) => "The update changes nothing.",
            None => "No catalog file of your own hides a shipped one.",
        });
    }
    show(&changes, output)
}

fn show(changes: &[EntryChange], output: Output) -> Result<(), Problem> {
    for change in changes {
        if change.is_new {
            output.line(&format!("{} (new)", change.id))?;
            continue;
        }
        output.line(&change.id)?;
        for key in change.difference.changes.iter().take(MAX_KEYS) {
            let value = |value: &Option<String>| {
                value.as_ref().map_or_else(|| "(none)".to_owned(), |value| printable(value, MAX_VALUE))
            };
            output.line(&format!("  {}: {} -> {}", printable(&key.key, 60), value(&key.before), value(&key.after)))?;
        }
        let more = change.difference.changes.len().saturating_sub(MAX_KEYS);
        if more > 0 {
            output.line(&format!("  and {more} more keys"))?;
        }
        if !change.difference.new_hosts.is_empty() {
            output.line(&format!("  NEW HOSTS: {}", printable(&change.difference.new_hosts.join(", "), 300)))?;
        }
    }
    Ok(())
}

fn json_of(prepared: Option<&PreparedUpdate>, installed: bool, changes: &[EntryChange]) -> Value {
    let entry = |change: &EntryChange| {
        let keys = change.difference.changes.iter();
        let keys = keys.map(|key| json!({ "key": key.key, "before": key.before, "after": key.after }));
        json!({
            "id": change.id, "new": change.is_new, "new_hosts": change.difference.new_hosts,
            "changes": keys.collect::<Vec<_>>(),
        })
    };
    json!({
        "number": prepared.map(|prepared| prepared.bundle.number),
        "made": prepared.map(|prepared| prepared.bundle.made),
        "installed": installed,
        "entries": changes.iter().map(entry).collect::<Vec<_>>(),
    })
}

pub(super) fn verify(ids: &[String], global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let providers = chosen(&workspace, ids)?;
    let rows = block_on(&workspace, output, async {
        let mut rows = Vec::new();
        for provider in providers {
            let checked = catalog_verify::verify(&workspace, provider).await;
            rows.extend(checked.into_iter().map(|checked| (provider.id.clone(), checked)));
        }
        Ok(rows)
    })?;
    if output.json {
        output.value(&rows.iter().map(|(id, checked)| json_of_check(id, checked)).collect::<Vec<_>>())?;
    } else {
        for (id, checked) in &rows {
            let (verdict, detail) = verdict_label(&checked.verdict);
            output.line(&format!("{verdict:<12} {id}: {} {} {detail}", checked.what, checked.url))?;
        }
    }
    let bad = rows.iter().filter(|(_, checked)| checked.verdict.is_bad()).count();
    if bad == 0 {
        return Ok(());
    }
    Err(Problem::new(Kind::Temporary, format!("{bad} of {} endpoints differ from the catalog.", rows.len()))
        .why("They are listed above.")
        .try_this("Compare them with the vendor's page; a catalog file of your own corrects an entry."))
}

fn chosen<'a>(workspace: &'a Workspace, ids: &[String]) -> Result<Vec<&'a Provider>, Problem> {
    if ids.is_empty() {
        return Ok(workspace.catalog.iter().collect());
    }
    let one = |id: &String| {
        workspace.catalog.by_id(id).ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("The catalog has no integration \"{}\".", printable(id, 60)))
        })
    };
    ids.iter().map(one).collect()
}

fn verdict_label(verdict: &EndpointVerdict) -> (&'static str, String) {
    match verdict {
        EndpointVerdict::Answers(status) => ("answers", format!("({status})")),
        EndpointVerdict::Missing(status) => ("missing", format!("({status})")),
        EndpointVerdict::Differs(named) => ("differs", format!("(the server names {named})")),
        EndpointVerdict::Unreachable(problem) => ("unreachable", format!("({} {})", problem.what, problem.why)),
    }
}

fn json_of_check(id: &str, checked: &EndpointCheck) -> Value {
    let (verdict, detail) = verdict_label(&checked.verdict);
    let detail = detail.trim_matches(['(', ')']);
    json!({ "id": id, "endpoint": checked.what, "url": checked.url, "verdict": verdict, "detail": detail })
}
