//! Findings as JSON for a ticket: `{"version", "system", "terminal": {"TERM", "LANG", "ssh"}, "findings": [{"check",
//! "verdict": "good"|"notice"|"bad", "what", "why", "try_this"}]}`. It holds no secret.

use serde_json::{Value, json};

use super::Finding;
use crate::printable::printable;
use crate::problem::NextStep;

/// The findings, preceded by what support asks for first. `in_words` describes a next step for the command line or the
/// screens.
#[must_use]
pub fn ticket(findings: &[Finding], in_words: impl Fn(&NextStep) -> String) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let (verdict, what, why, try_this) = finding.parts(&in_words);
            json!({ "check": finding.check, "verdict": verdict, "what": what, "why": why, "try_this": try_this })
        })
        .collect();
    let variable = |name: &str| std::env::var(name).ok().map(|value| printable(&value, 80));
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "terminal": {
            "TERM": variable("TERM"),
            "LANG": variable("LANG"),
            "ssh": std::env::var_os("SSH_CONNECTION").is_some(),
        },
        "findings": findings,
    })
}
