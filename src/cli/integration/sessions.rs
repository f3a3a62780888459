//! `credenza integration sessions`: the history. JSON: an array of sessions, oldest first; of one number: that session;
//! of `--with`: `{"from": N, "to": N, "counts": {"records": [FROM, TO], …}}`. A session:
//! `{"number", "integration", "name", "trigger": "hand"|"schedule"|"agent", "started_at", "ended_at", "error_count", "result": "completed"|
//! "completed_with_errors"|"failed"|"cancelled" (missing while it runs), "parts": [{"load", "result", "counts": {"records",
//! "added", "updated", "skipped", "gone", "errors"}, "pages", "resumed", "problem", "remarks", "errors": [{"page",
//! "place", "id", "why"}], "file"}]}`.

use serde_json::json;

use super::{row, sync};
use crate::cli::arguments::integration::Sessions;
use crate::cli::output::Output;
use crate::cli::present;
use crate::engine::Session;
use crate::engine::ops::integrations::{self, find};
use crate::model::integration::{Counts, SyncResult, SyncSession};
use crate::problem::{Kind, Problem};

pub(super) fn run(session: &Session, arguments: &Sessions, output: Output) -> Result<(), Problem> {
    let one = find(session, &arguments.name)?;
    let mut sessions = integrations::sessions(session, one.id)?;
    if let Some(number) = arguments.number {
        let found = numbered(&sessions, number)?;
        return match arguments.with {
            Some(with) => compare(found, numbered(&sessions, with)?, output),
            None => show(found, output),
        };
    }
    if let Some(word) = &arguments.result {
        let word = word.trim().to_lowercase();
        sessions.retain(|one| result(one).to_lowercase().starts_with(&word) || result_in_json(one).starts_with(&word));
    }
    sessions.drain(..sessions.len().saturating_sub(arguments.last));
    if output.json {
        return output.value(&sessions.iter().map(present::session).collect::<Vec<_>>());
    }
    if sessions.is_empty() {
        output.note(&format!("No sessions yet. To run one: credenza integration sync '{}'", one.name));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = sessions.iter().map(cells).collect();
    let headings = [
        "NUMBER",
        "STARTED (UTC)",
        "TOOK",
        "BY",
        "RESULT",
        "RECORDS",
        "ADDED",
        "UPDATED",
        "UNCHANGED",
        "GONE",
        "ERRORS",
    ];
    output.table(&headings, &rows)
}

fn cells(one: &SyncSession) -> Vec<String> {
    let counts = one.counts();
    let took = one.ended.map_or_else(String::new, |end| format!("{} s", one.started.duration_until(end).as_secs()));
    let mut cells = vec![
        one.number.to_string(),
        row::short(one.started),
        took,
        one.trigger.word().to_owned(),
        result(one).to_owned(),
    ];
    let numbers = [counts.records, counts.added, counts.updated, counts.skipped, counts.gone, one.error_count()];
    cells.extend(numbers.map(|number| number.to_string()));
    cells
}

fn result_in_json(one: &SyncSession) -> String {
    serde_json::to_value(one.result).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}

fn result(one: &SyncSession) -> &'static str {
    one.result.map_or("Running", SyncResult::word)
}

fn numbered(sessions: &[SyncSession], number: u64) -> Result<&SyncSession, Problem> {
    sessions.iter().find(|one| one.number == number).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("There is no session {number}."))
            .why("Only the last 200 are kept.")
            .try_this("Leave out the number to list them.")
    })
}

fn show(one: &SyncSession, output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&present::session(one));
    }
    sync::lines(one).iter().try_for_each(|line| output.line(line))?;
    for part in &one.parts {
        for error in &part.errors {
            let id = if error.id.is_empty() { "-" } else { &error.id };
            output.line(&format!("  {} page {} record {} {id}: {}", part.load, error.page, error.place, error.why))?;
        }
    }
    Ok(())
}

fn compare(from: &SyncSession, to: &SyncSession, output: Output) -> Result<(), Problem> {
    let (a, b) = (numbers(from.counts()), numbers(to.counts()));
    if output.json {
        let counts: serde_json::Map<_, _> =
            a.iter().zip(&b).map(|((name, one), (_, other))| ((*name).to_owned(), json!([one, other]))).collect();
        return output.value(&json!({ "from": from.number, "to": to.number, "counts": counts }));
    }
    let rows: Vec<Vec<String>> = a
        .iter()
        .zip(&b)
        .map(|((name, one), (_, other))| {
            let difference = i128::from(*other) - i128::from(*one);
            vec![(*name).to_owned(), one.to_string(), other.to_string(), format!("{difference:+}")]
        })
        .collect();
    let (one, other) = (format!("SESSION {}", from.number), format!("SESSION {}", to.number));
    output.table(&["", &one, &other, "DIFFERENCE"], &rows)
}

fn numbers(counts: Counts) -> [(&'static str, u64); 6] {
    [
        ("records", counts.records),
        ("added", counts.added),
        ("updated", counts.updated),
        ("skipped", counts.skipped),
        ("gone", counts.gone),
        ("errors", counts.errors),
    ]
}
