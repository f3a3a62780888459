//! `credenza log`: who did what with which credential. JSON: `[{"seq", "at", "uid", "pid", "program", "action",
//! "credential", "name", "result", "prev", "user", "mac"}]`, oldest first; of `--verify`: `{"lines", "first", "pinned",
//! "torn": [PLACE], "bad": TEXT | null, "kind": "rewritten"|"removed"|"cut"|"deleted"|"replaced" | null, "broken":
//! {"since", "seq", "kind"} | null, "unkeyed_until": N | null, "acknowledged": N | null}`; of `--acknowledge`:
//! `{"acknowledged": TEXT}`. In a team vault each line has `"member"` and `"machine"`, and `--verify` has `"members":
//! [{"member", "objects", "lines", "hidden", "dropped", "newest", "faults": [{"kind", "place", "why"}]}]`.

use serde_json::{Value, json};

use super::arguments::Global;
use super::arguments::log::Log;
use super::output::Output;
use super::prompt;
use crate::engine::Session;
use crate::engine::audit::{self, Line, LogVerification};
use crate::engine::member_logs::{self, Collected, MachineLine, MachineLog, TeamLog};
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
    if let Some(log) = member_logs::lines(session, of, arguments.last)? {
        return of_team(&log, output);
    }
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

fn of_team(log: &TeamLog, output: Output) -> Result<(), Problem> {
    if let Some(limit) = &log.limit {
        output.note(&format!("credenza: {limit}"));
    }
    if output.json {
        let value = |one: &MachineLine| {
            let mut value = json!(one.line);
            (value["member"], value["machine"]) = (one.member.as_str().into(), one.machine.as_str().into());
            value
        };
        return output.value(&log.lines.iter().map(value).collect::<Vec<_>>());
    }
    let row = |one: &MachineLine| {
        let line = &one.line;
        let at = line.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let by = format!("{}, {} ({})", line.actor(), line.program, line.pid);
        let machine = one.machine.chars().take(8).collect();
        vec![at, line.action.clone(), line.outcome(), line.name.clone(), one.member.clone(), machine, by]
    };
    let rows: Vec<Vec<String>> = log.lines.iter().map(row).collect();
    output.table(&["TIME (UTC)", "ACTION", "RESULT", "CREDENTIAL", "MEMBER", "MACHINE", "BY"], &rows)
}

fn verify(session: &Session, output: Output) -> Result<(), Problem> {
    let verdict = audit::verify(session)?;
    let collected = member_logs::verify(session)?;
    let local = verify_local(&verdict, collected.as_ref(), output);
    let Some(collected) = collected else { return local };
    let broken = member_logs::broken(&collected);
    if !output.json {
        for log in &collected.logs {
            output.line(&summary(log))?;
            for fault in &log.faults {
                output.line(&format!("  {}: {} ({})", fault.place, fault.why, fault.kind.word()))?;
            }
        }
    }
    if !collected.is_of_all {
        output.note("credenza: only an admin verifies what other members did");
    }
    local?;
    broken.map_or(Ok(()), Err)
}

fn summary(log: &MachineLog) -> String {
    let state = if log.faults.is_empty() { "intact" } else { "broken" };
    let entries = if log.lines == 1 { "entry" } else { "entries" };
    let objects = if log.objects == 1 { "object" } else { "objects" };
    let mut text = format!("{}: {state}, {} {entries} in {} {objects}", log.member, log.lines, log.objects);
    if log.dropped > 0 {
        text = format!("{text}, {} older objects were dropped", log.dropped);
    }
    if log.hidden > 0 {
        text = format!("{text}, {} are not encrypted to you", log.hidden);
    }
    text
}

fn of_member(log: &MachineLog) -> Value {
    let faults: Vec<Value> = log
        .faults
        .iter()
        .map(|fault| json!({ "kind": fault.kind.word(), "place": fault.place, "why": fault.why }))
        .collect();
    json!({
        "member": log.member, "objects": log.objects, "lines": log.lines, "hidden": log.hidden, "dropped": log.dropped,
        "newest": log.newest, "faults": faults,
    })
}

fn verify_local(verdict: &LogVerification, team: Option<&Collected>, output: Output) -> Result<(), Problem> {
    let broken = audit::broken(verdict);
    if broken.is_none() || output.json {
        let from = verdict.first.map_or_else(String::new, |first| format!(", starting with entry {first}"));
        output.done(&format!("The audit log is intact: {} entries{from}.", verdict.lines), &value(verdict, team))?;
    }
    for place in &verdict.torn {
        output.note(&format!("credenza: {place}: incomplete entry after a crash"));
    }
    if let Some(until) = verdict.unkeyed_until {
        output.note(&format!(
            "credenza: entries up to {until} were written by an older version, without a key that protects them"
        ));
    }
    if let Some(until) = verdict.acknowledged {
        output.note(&format!("credenza: the log up to entry {until} was acknowledged and is not verified"));
    }
    broken.map_or(Ok(()), Err)
}

fn value(verdict: &LogVerification, team: Option<&Collected>) -> Value {
    let mut value = json!({
        "lines": verdict.lines, "first": verdict.first, "pinned": verdict.pinned, "torn": verdict.torn,
        "bad": verdict.bad.as_ref().map(ToString::to_string), "kind": verdict.bad.as_ref().map(|bad| bad.kind.word()),
        "broken": verdict.broken, "unkeyed_until": verdict.unkeyed_until, "acknowledged": verdict.acknowledged,
    });
    if let Some(team) = team {
        value["members"] = team.logs.iter().map(of_member).collect();
    }
    value
}

fn acknowledge(session: &Session, is_sure: bool, global: &Global, output: Output) -> Result<(), Problem> {
    let fault = match audit::verify(session)?.fault() {
        Some(fault) => fault,
        None => member_logs::verify(session)?
            .and_then(|collected| member_logs::broken(&collected)?.why.into())
            .ok_or_else(audit::nothing_to_acknowledge)?,
    };
    if !is_sure && !prompt::confirm(global, &format!("{fault}\nAcknowledge this and trust the log from here on?"))? {
        return Err(Problem::new(Kind::Refused, "Nothing was acknowledged."));
    }
    member_logs::acknowledge(session)?;
    output.done("Acknowledged. The log is verified from here on.", &json!({ "acknowledged": fault }))
}
