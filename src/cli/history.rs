//! `credenza history` and `purge`. JSON of `history`: `[{"generation", "written_at", "size", "file", "credentials",
//! "changes": [{"kind": "credential"|"integration", "name", "change": "added"|"removed"|"changed", "fields": [NAMES]}]} |
//! {..., "problem"}]`, oldest first, the vault itself last; of a comparison: such a list of changes; of `purge`:
//! `{"purged": BOOL, "found": [TEXTS], "files": [PATHS], "unreadable": [PATHS], "undo_steps": COUNT}`.

use std::path::Path;

use serde_json::{Value, json};

use super::arguments::history::{History, Purge};
use super::output::Output;
use super::present;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::history::{self, KeptVersion, RecordDifference};
use crate::problem::Problem;

pub(super) fn run(session: &Session, arguments: &History, output: Output) -> Result<(), Problem> {
    if let Some(with) = &arguments.with {
        return compare(session, with, output);
    }
    if let Err(problem) = credentials::snapshot(session) {
        output.note(&format!("credenza: the vault does not open: {}", present::in_full(&problem)));
    }
    list(&history::list(session)?, output)
}

fn list(kept: &[KeptVersion], output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&kept.iter().map(row).collect::<Vec<_>>());
    }
    let cells = |kept: &KeptVersion| {
        let at = kept.written_at.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string());
        let (count, changes) = match &kept.content {
            Ok(content) => (content.credentials.to_string(), in_words(&content.changes)),
            Err(problem) => ("?".to_owned(), problem.what.clone()),
        };
        vec![kept.number.to_string(), at, count, changes]
    };
    let rows: Vec<Vec<String>> = kept.iter().map(cells).collect();
    output.table(&["VERSION", "WRITTEN (UTC)", "CREDENTIALS", "CHANGES"], &rows)
}

fn row(kept: &KeptVersion) -> Value {
    let mut row = json!({ "generation": kept.number, "written_at": kept.written_at, "size": kept.size,
        "file": kept.place });
    match &kept.content {
        Ok(content) => {
            row["credentials"] = content.credentials.into();
            row["changes"] = json!(content.changes);
        }
        Err(problem) => row["problem"] = problem.what.as_str().into(),
    }
    row
}

fn in_words(changes: &[RecordDifference]) -> String {
    if changes.is_empty() {
        "-".to_owned()
    } else {
        changes.iter().map(RecordDifference::in_words).collect::<Vec<_>>().join("; ")
    }
}

fn compare(session: &Session, with: &Path, output: Output) -> Result<(), Problem> {
    let number = with.to_str().and_then(|text| text.parse().ok());
    let changes = match number {
        Some(number) => history::compare_version(session, number)?,
        None => history::compare(session, with)?,
    };
    if output.json {
        return output.value(&changes);
    }
    if changes.is_empty() {
        return output.line("Same as the current vault.");
    }
    output.note("credenza: restoring it would:");
    changes.iter().try_for_each(|change| output.line(&change.in_words()))
}

pub(super) fn purge(session: &Session, arguments: &Purge, output: Output) -> Result<(), Problem> {
    if arguments.all {
        return purge_all(session, arguments.yes, output);
    }
    let purged = history::purge(session, arguments.yes)?;
    for place in &purged.unreadable {
        output.note(&format!("credenza: {place} does not open with this vault's key; it is kept"));
    }
    let files = &purged.files;
    let value = json!({ "purged": arguments.yes, "found": purged.found, "files": files,
        "unreadable": purged.unreadable,
        "undo_steps": purged.undo });
    if purged.files.is_empty() && purged.undo == 0 {
        return output.done("No backup holds a credential that was deleted.", &value);
    }
    let names: Vec<&str> = purged.found.iter().map(String::as_str).collect();
    let what = format!("{} backups that hold {}, and {} undo steps", files.len(), names.join(", "), purged.undo);
    if arguments.yes {
        output.note("credenza: copies of the folder made elsewhere are not cleaned");
        return output.done(&format!("Removed {what}."), &value);
    }
    output.note("credenza: nothing was removed yet; to remove them permanently: credenza purge --yes");
    output.done(&format!("Would remove {what}."), &value)
}

fn purge_all(session: &Session, for_good: bool, output: Output) -> Result<(), Problem> {
    let files = history::purge_all(session, for_good)?.files;
    let value = json!({ "purged": for_good, "found": [], "files": files, "unreadable": [], "undo_steps": 0 });
    if for_good {
        output.note("credenza: copies of the folder made elsewhere are not cleaned");
        return output.done(&format!("Removed all {} backups.", files.len()), &value);
    }
    output.note("credenza: nothing was removed yet; to remove them permanently: credenza purge --all --yes");
    output.done(&format!("Would remove all {} backups.", files.len()), &value)
}
