//! `credenza log`: who did what with which credential. JSON: `[{"seq", "at", "uid", "pid", "program", "action",
//! "credential", "name", "result", "prev", "user", "mac"}]`, oldest first; of `--verify`: `{"lines", "first", "pinned",
//! "torn": [PLACE], "bad": TEXT | null, "kind": "rewritten"|"removed"|"cut"|"deleted"|"replaced" | null, "broken":
//! {"since", "seq", "kind"} | null, "unkeyed_until": N | null, "acknowledged": N | null}`; of `--acknowledge`:
//! `{"acknowledged": TEXT}`.

use serde_json::{Value, json};

use super::arguments::Global;
use super::arguments::log::Log;
use super::output::Output;
use super::prompt;
use crate::engine::Session;
use crate::engine::audit::{self, Line, Verdict};
use crate::engine::ops::credentials;
use crate::problem::{Kind, Problem};

pub(super) fn run(session: &Session, arguments: &Log, global: &Global, output: Output) -> Result<(), Problem> {
    if arguments.verify {
        return verify(session, output);
    }
    if arguments.acknowledge {
        return acknowledge(session, arguments.yes, global, output);
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
        let who = format!("{}, {} ({})", line.actor(), line.program, line.pid);
        vec![at, line.action.clone(), line.outcome(), line.name.clone(), who]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    output.table(&["TIME (UTC)", "ACTION", "RESULT", "CREDENTIAL", "BY"], &rows)
}

fn verify(session: &Session, output: Output) -> Result<(), Problem> {
    let verdict = audit::verify(session)?;
    let broken = audit::broken(&verdict);
    if broken.is_none() || output.json {
        let from = verdict.first.map_or_else(String::new, |first| format!(", from number {first} on"));
        output.done(&format!("The audit log is intact: {} entries{from}.", verdict.lines), &value(&verdict))?;
    }
    for place in &verdict.torn {
        output.note(&format!("credenza: {place}: incomplete entry after a crash"));
    }
    if let Some(until) = verdict.unkeyed_until {
        output.note(&format!(
            "credenza: up to entry {until}, an older version wrote the log without a key: that part proves less"
        ));
    }
    if let Some(until) = verdict.acknowledged {
        output.note(&format!("credenza: the log up to entry {until} was acknowledged and is not verified"));
    }
    broken.map_or(Ok(()), Err)
}

fn value(verdict: &Verdict) -> Value {
    json!({
        "lines": verdict.lines, "first": verdict.first, "pinned": verdict.pinned, "torn": verdict.torn,
        "bad": verdict.bad.as_ref().map(ToString::to_string), "kind": verdict.bad.as_ref().map(|bad| bad.kind.word()),
        "broken": verdict.broken, "unkeyed_until": verdict.unkeyed_until, "acknowledged": verdict.acknowledged,
    })
}

fn acknowledge(session: &Session, is_sure: bool, global: &Global, output: Output) -> Result<(), Problem> {
    let fault = audit::verify(session)?.fault().ok_or_else(audit::nothing_to_acknowledge)?;
    if !is_sure && !prompt::confirm(global, &format!("{fault}\nAcknowledge this and trust the log from here on?"))? {
        return Err(Problem::new(Kind::Refused, "Nothing was acknowledged."));
    }
    audit::acknowledge(session)?;
    output.done("Acknowledged. The log is verified from here on.", &json!({ "acknowledged": fault }))
}
