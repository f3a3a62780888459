//! `credenza check`: what is due, for cron and monitoring. Exit code 0: all good, 1: something is due, 2: a person is
//! needed now. JSON: `{"within", "within_seconds", "checked": [{"id", "name", "owner", "status", "standing": "good"|"due_soon"|
//! "needs_person", "due": {"what", "at", "source"} | null, "announced": TEXT | null}], "log": {"broken": TEXT | null}}`; `status` is `unreadable`,
//! and `id` may be `null`, for a record that this version cannot read. An audit log that is not as it was written needs a
//! person, too.

mod calendar;
pub(super) mod hook;
mod prometheus;
mod words;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::arguments::Check;
use super::output::Output;
use crate::engine::Session;
use crate::engine::audit;
use crate::engine::ops::due::{Checked, Standing, check};
use crate::engine::ops::unlock::low_work_factor;
use crate::model::credential::{Due, Source};
use crate::printable::printable;
use crate::problem::Problem;
use words::{day, word};

/// Reports, runs the hook, and gives the exit code.
pub(super) fn run(session: &Session, arguments: &Check, output: Output) -> Result<u8, Problem> {
    let checked = check(session, arguments.within)?;
    // A log that cannot be read is not a reason to say nothing of the credentials.
    let log = audit::fault(session).unwrap_or_else(Some);
    if let Some(text) = low_work_factor(&session.workspace) {
        output.note(&format!("credenza: {text}"));
    }
    match (arguments.prometheus, arguments.ics) {
        (true, _) => output.text(&prometheus::text(&checked, log.is_some()))?,
        (_, true) => output.text(&calendar::text(&checked, session.workspace.clock.now()))?,
        _ if output.json => output.value(&value(&checked, arguments.within, log.as_ref()))?,
        _ => table(&checked, output)?,
    }
    if let Some(command) = &arguments.hook {
        for one in checked.iter().filter(|one| one.standing != Standing::Good) {
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
        None | Some(Standing::Good) => 0,
        Some(Standing::DueSoon) => 1,
        Some(Standing::NeedsPerson) => 2,
    })
}

fn table(checked: &[Checked], output: Output) -> Result<(), Problem> {
    let due = |due: Due| format!("{} {}", day(&due), due.what.word());
    let rows: Vec<Vec<String>> = checked
        .iter()
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

fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Good => "ok",
        Standing::DueSoon => "DUE",
        Standing::NeedsPerson => "NOW",
    }
}

fn value(checked: &[Checked], within: SignedDuration, log: Option<&Problem>) -> Value {
    let one = |one: &Checked| {
        json!({
            "id": one.id, "name": one.name, "owner": one.owner, "status": one.code(),
            "standing": word(one.standing), "due": one.due.map(due), "announced": one.announced,
        })
    };
    let log = json!({ "broken": log.map(|problem| &problem.why) });
    json!({ "within": within.to_string(), "within_seconds": within.as_secs(), "checked": checked.iter().map(one).collect::<Vec<_>>(), "log": log })
}

/// `{"what", "at", "source": "provider"|"catalog"|"person"}`.
pub(super) fn due(due: Due) -> Value {
    let source = match due.source {
        Source::Provider => "provider",
        Source::Catalog => "catalog",
        Source::Person => "person",
    };
    json!({ "what": due.what.code(), "at": due.at, "source": source })
}
