//! The result of a Test Run as plain text, for a ticket: without secrets and without values of records.

use std::fmt::Write as _;

use super::kind::{Kind, KindResult};
use super::sample::answer;
use crate::engine::ops::integrations::test::RedactedRequest;
use crate::tui::configuration::integrations::results::took;
use crate::tui::present::advice;

/// The report about all record types.
pub(super) fn report(heading: &str, kinds: &[Kind]) -> String {
    let mut text = format!("{heading}\n");
    for kind in kinds {
        write_kind(&mut text, kind);
    }
    text
}

fn write_kind(text: &mut String, kind: &Kind) {
    let word = match &kind.tested {
        Some(tested) if tested.not_available => "not available",
        Some(tested) if tested.failed.is_some() => "failed",
        Some(_) => "passed",
        None => "not tested",
    };
    let _ = writeln!(text, "\n{} ({}): {word}", kind.label, kind.load);
    for row in kind.rows() {
        let how = match row.how {
            KindResult::Passed => "passed",
            KindResult::Failed => "FAILED",
            KindResult::NotAvailable => "not available",
            KindResult::Running | KindResult::Ahead => "not done",
        };
        let time = row.took.map_or_else(String::new, |time| format!(" ({})", took(time)));
        let _ = writeln!(text, "  {how}: {}{time}", row.text);
    }
    if let Some(problem) = kind.problem() {
        for (heading, part) in
            [("What happened", &problem.what), ("Why", &problem.why), ("What to do", &advice(problem))]
        {
            if !part.is_empty() {
                let _ = writeln!(text, "  {heading}: {part}");
            }
        }
    }
    if let Some(RedactedRequest { line, headers }) = kind.tested.as_ref().and_then(|tested| tested.request.as_ref()) {
        let _ = writeln!(text, "  Request: {line}");
        for (name, value) in headers {
            let _ = writeln!(text, "    {name}: {value}");
        }
    }
    let Some(sample) = kind.sample() else { return };
    let _ = writeln!(text, "  Response: {}", answer(sample));
    if !sample.missing.is_empty() {
        let _ = writeln!(text, "  No record has: {}", sample.missing.join(", "));
    }
    for error in sample.notes.iter().chain(&sample.errors) {
        let _ = writeln!(text, "  {error}");
    }
    let _ = writeln!(text, "  Fields (their values are left out):");
    for field in &sample.fields {
        let _ = writeln!(text, "    {}: {}", field.path, field.kind);
    }
}
