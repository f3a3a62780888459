//! `credenza log`: who did what with which credential. JSON: `[{"seq", "at", "uid", "pid", "program", "action",
//! "credential", "name", "result", "prev"}]`, oldest first; of `--verify`: `{"lines", "first", "pinned", "torn": [PLACE],
//! "bad": TEXT | null}`.

use serde_json::json;

use super::arguments::log::Log;
use super::output::Output;
use crate::engine::Session;
use crate::engine::audit::{self, Line};
use crate::engine::ops::credentials;
use crate::problem::{Kind, Problem};

pub(super) fn run(session: &Session, arguments: &Log, output: Output) -> Result<(), Problem> {
    if arguments.verify {
        return verify(session, output);
    }
    let of = match &arguments.name {
        Some(name) => Some(credentials::find(session, name)?.id),
        None => None,
    };
    let lines = audit::lines(&session.workspace, of, arguments.last)?;
    if output.json {
        return output.value(&lines);
    }
    let row = |line: &Line| {
        let at = line.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let who = format!("{} ({})", line.program, line.pid);
        vec![at, line.action.clone(), line.result.clone(), line.name.clone(), who]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    output.table(&["TIME (UTC)", "ACTION", "RESULT", "CREDENTIAL", "BY"], &rows)
}

fn verify(session: &Session, output: Output) -> Result<(), Problem> {
    let verdict = audit::verify(session)?;
    if let Some(bad) = &verdict.bad {
        if output.json {
            output.value(&json!({ "lines": verdict.lines, "first": verdict.first, "pinned": verdict.pinned,
                "torn": verdict.torn, "bad": bad }))?;
        }
        return Err(Problem::new(Kind::Storage, "The audit log is not as it was written.")
            .why(format!("{bad} {} lines before are whole.", verdict.lines))
            .try_this("Find out who changed it. What it tells after that place is not proven."));
    }
    for place in &verdict.torn {
        output.note(&format!("credenza: {place}: half a line, as a crash leaves it"));
    }
    let from = verdict.first.map_or_else(String::new, |first| format!(", from number {first} on"));
    let value = json!({ "lines": verdict.lines, "first": verdict.first, "pinned": verdict.pinned,
        "torn": verdict.torn, "bad": null });
    output.done(&format!("The audit log is whole: {} lines{from}.", verdict.lines), &value)
}
