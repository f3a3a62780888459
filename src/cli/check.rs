//! `credenza check`: lists what is due, for cron and monitoring. Exit code 0: nothing is due; 1: something is due; 2: a
//! user has to act now. JSON: `{"within", "within_seconds", "checked": [{"id", "name", "owner", "status", "standing":
//! "good"|"due_soon"|"needs_person", "due": {"what", "at", "source"} | null, "announced": TEXT | null}], "log":
//! {"broken": TEXT | null}}`; `status` is `unreadable`, and `id` may be `null`, for a record that this version cannot
//! read. An audit log that was modified after it was written needs a user, too.

mod calendar;
pub(super) mod hook;
mod labels;
mod prometheus;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::arguments::Check;
use super::output::Output;
use crate::engine::Session;
use crate::engine::audit;
use crate::engine::ops::due::{CheckedCredential, DueLevel, check};
use crate::engine::ops::unlock::low_work_factor;
use crate::model::credential::{Deadline, DeadlineSource};
use crate::printable::printable;
use crate::problem::Problem;
use labels::{day, word};

/// Reports, runs the hook, and returns the exit code.
pub(super) fn run(session: &Session, arguments: &Check, output: Output) -> Result<u8, Problem> {
    let checked = check(session, arguments.within)?;
    // A log that cannot be read must not hide the state of the credentials.
    let log = audit::fault(session).unwrap_or_else(Some);
    if let Some(text) = low_work_factor(&session.workspace) {
        output.note(&format!("credenza: {text}"));
    }
    let due = || checked.iter().filter(|one| one.standing != DueLevel::Good);
    match (arguments.prometheus, arguments.ics) {
        (true, _) => output.text(&prometheus::text(&checked, log.is_some()))?,
        (_, true) => output.text(&calendar::text(&checked, session.workspace.clock.now()))?,
        _ if output.json => output.value(&value(&checked, arguments.within, log.as_ref()))?,
        _ if arguments.quiet && due().next().is_none() => {}
        _ if arguments.quiet => table(due(), output)?,
        _ => table(checked.iter(), output)?,
    }
    if let Some(command) = &arguments.hook {
        for one in due() {
            if let Err(problem) = hook::run(command, one) {
                output.problem(&problem);
            }
        }
    }
    if let Some(problem) = &log {
        output.problem(problem);
        return Ok(2);
    }
    Ok(match checked.iter().map(|one| one.standing).max() {
        None | Some(DueLevel::Good) => 0,
        Some(DueLevel::DueSoon) => 1,
        Some(DueLevel::NeedsPerson) => 2,
    })
}

fn table<'a>(checked: impl Iterator<Item = &'a CheckedCredential>, output: Output) -> Result<(), Problem> {
    let due = |due: Deadline| format!("{} {}", day(&due), due.words());
    let rows: Vec<Vec<String>> = checked
        .map(|one| {
            let due = one.due.map_or_else(String::new, due);
            [mark(one.standing).to_owned(), one.name.clone(), one.word().to_owned(), due, one.owner.clone()]
                .iter()
                .map(|cell| printable(cell, 80))
                .collect()
        })
        .collect();
    output.table(&["", "NAME", "STATUS", "NEXT", "OWNER"], &rows)
}

fn mark(standing: DueLevel) -> &'static str {
    match standing {
        DueLevel::Good => "ok",
        DueLevel::DueSoon => "DUE",
        DueLevel::NeedsPerson => "NOW",
    }
}

fn value(checked: &[CheckedCredential], within: SignedDuration, log: Option<&Problem>) -> Value {
    let one = |one: &CheckedCredential| {
        json!({
            "id": one.id, "name": one.name, "owner": one.owner, "status": one.code(),
            "standing": word(one.standing), "due": one.due.map(due), "announced": one.announced,
        })
    };
    let log = json!({ "broken": log.map(|problem| &problem.why) });
    json!({ "within": within.to_string(), "within_seconds": within.as_secs(), "checked": checked.iter().map(one).collect::<Vec<_>>(), "log": log })
}

/// `{"what", "at", "source": "provider"|"catalog"|"person", "token_kind"}`; `token_kind` is the kind of an additional
/// token set.
pub(super) fn due(due: Deadline) -> Value {
    let source = match due.source {
        DeadlineSource::Provider => "provider",
        DeadlineSource::Catalog => "catalog",
        DeadlineSource::Person => "person",
    };
    json!({ "what": due.what.code(), "at": due.at, "source": source, "token_kind": due.of })
}
