//! `credenza integration test`: step by step. JSON: `{"tested": NAME, "passed": BOOL, "loads": [{"load", "label",
//! "result": "passed"|"failed"|"not_available", "steps": [{"step", "about", "milliseconds"}], "status", "bytes",
//! "total", "records", "fields": [{"path", "type", "values"}], "missing": [], "errors": [], "notes": [], "request":
//! {"line", "headers"}, "problem": {"kind", "what", "why", "try_this"} | null}]}`; a test that did not pass ends with
//! its problem's exit code.

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::cli::arguments::integration::Test;
use crate::cli::output::Output;
use crate::cli::present;
use crate::cli::runtime::block_on;
use crate::engine::Session;
use crate::engine::ops::integrations::find;
use crate::engine::ops::integrations::test::{self, LoadTestReport, Report, Step};
use crate::printable::printable;
use crate::problem::Problem;

/// Most fields that are shown on a terminal.
const SHOWN: usize = 12;

pub(super) fn run(session: &Session, arguments: &Test, output: Output) -> Result<(), Problem> {
    let one = find(session, &arguments.name)?;
    let (reports, mut told) = mpsc::channel(16);
    let (_never, cancel) = watch::channel(false);
    let tested = block_on(&session.workspace, output, async {
        let only = arguments.load.as_deref();
        let run = test::test(session, one.id, only, arguments.accept_new_host, reports, cancel);
        let telling = async {
            while let Some(report) = told.recv().await {
                if let Report::Begun(step @ (Step::Token | Step::Call), about) = report {
                    output.detail(&format!("{}: {}", step.word(), printable(&about, 400)));
                }
            }
        };
        let (tested, ()) = futures_util::future::join(Box::pin(run), telling).await;
        tested
    })?;
    if output.json {
        let loads: Vec<Value> = tested.loads.iter().map(value).collect();
        output.value(&json!({ "tested": tested.name, "passed": tested.passed(), "loads": loads }))?;
    } else {
        tested.loads.iter().try_for_each(|load| in_words(load, output))?;
    }
    tested.problem().cloned().map_or(Ok(()), Err)
}

fn result(load: &LoadTestReport) -> &'static str {
    match (&load.failed, load.not_available) {
        (None, _) => "passed",
        (Some(_), true) => "not_available",
        (Some(_), false) => "failed",
    }
}

fn value(load: &LoadTestReport) -> Value {
    let sample = load.sample.clone().unwrap_or_default();
    let steps = load.steps.iter().map(|(step, about, took)| {
        json!({ "step": step.word(), "about": about, "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX) })
    });
    let fields =
        sample.fields.iter().map(|field| json!({ "path": field.path, "type": field.kind, "values": field.values }));
    let problem = load.failed.as_ref().map(|(_, _, problem)| {
        json!({ "kind": problem.kind.word(), "what": problem.what, "why": problem.why, "try_this": present::advice(problem) })
    });
    json!({
        "load": load.load, "label": load.label, "result": result(load), "steps": steps.collect::<Vec<_>>(),
        "status": load.sample.as_ref().map(|sample| sample.status), "bytes": sample.bytes, "total": sample.total,
        "records": sample.count, "fields": fields.collect::<Vec<_>>(), "missing": sample.missing,
        "errors": sample.errors, "notes": sample.notes, "problem": problem,
        "request": load.request.as_ref().map(|shown| json!({ "line": shown.line, "headers": shown.headers })),
    })
}

fn in_words(load: &LoadTestReport, output: Output) -> Result<(), Problem> {
    output.line(&load.label)?;
    for (step, about, took) in &load.steps {
        output.line(&format!("  ok    {}: {} ({:.2} s)", step.word(), printable(about, 400), took.as_secs_f64()))?;
    }
    if let Some((step, about, problem)) = &load.failed {
        let word = if load.not_available { "-    " } else { "FAIL " };
        output.line(&format!("  {word} {} {}", step.word(), printable(about, 400)))?;
        for part in [&problem.what, &problem.why, &present::advice(problem)] {
            if !part.is_empty() {
                output.line(&format!("        {part}"))?;
            }
        }
    }
    let Some(sample) = &load.sample else { return Ok(()) };
    let missing = sample.missing.iter().map(|field| format!("No record has {field}."));
    for remark in sample.notes.iter().chain(&sample.errors).cloned().chain(missing) {
        output.line(&format!("  note  {remark}"))?;
    }
    for field in sample.fields.iter().take(SHOWN) {
        let first = field.values.first().map_or("", String::as_str);
        output.line(&format!("        {} ({}): {}", field.path, field.kind, printable(first, 80)))?;
    }
    if sample.fields.len() > SHOWN {
        output.line(&format!("        and {} more fields (--json shows them)", sample.fields.len() - SHOWN))?;
    }
    Ok(())
}
