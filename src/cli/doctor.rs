//! `credenza doctor`: what keeps things from working. JSON: `{"version", "system", "terminal", "findings": [{"check",
//! "verdict": "good"|"notice"|"bad", "what", "why", "try_this"}]}`, made to be put into a ticket: it holds no secret.

use serde_json::{Value, json};

use super::arguments::Global;
use super::output::Output;
use super::{block_on, existing, input, workspace};
use crate::printable::printable;
use crate::problem::Problem;
use crate::service::doctor::{Finding, examine_credential, examine_machine};
use crate::service::{credentials, unlock};

/// The exit code is that of the first bad finding, 0 where there is none.
pub(super) fn run(name: Option<&str>, global: &Global, output: Output) -> Result<(), Problem> {
    let mut findings = Vec::new();
    match name {
        None => findings.extend(examine_machine(&workspace(global, output)?)),
        Some(name) => {
            let workspace = existing(global, output)?;
            findings.extend(examine_machine(&workspace));
            let session = unlock::unlock(&workspace, &input::passphrase(global)?)?;
            let credential = credentials::find(&session, name)?;
            findings.extend(block_on(async { Ok(examine_credential(&session, &credential).await) })?);
        }
    }
    report(&findings, output)?;
    let bad: Vec<&Problem> = findings.iter().filter_map(Finding::problem).collect();
    match bad.as_slice() {
        [] => Ok(()),
        [only] => Err((*only).clone()),
        [first, rest @ ..] => Err(Problem::new(first.kind, &first.what)
            .why(format!("{} And {} more, see above.", first.why, rest.len()))
            .try_this(&first.try_this)),
    }
}

fn report(findings: &[Finding], output: Output) -> Result<(), Problem> {
    if output.json {
        let findings: Vec<Value> = findings
            .iter()
            .map(|finding| {
                let (verdict, what, why, try_this) = finding.parts();
                json!({ "check": finding.check, "verdict": verdict, "what": what, "why": why, "try_this": try_this })
            })
            .collect();
        let variable = |name: &str| std::env::var(name).ok().map(|value| printable(&value, 80));
        return output.value(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            "terminal": { "TERM": variable("TERM"), "LANG": variable("LANG"), "ssh": std::env::var_os("SSH_CONNECTION").is_some() },
            "findings": findings,
        }));
    }
    for finding in findings {
        let (verdict, what, why, try_this) = finding.parts();
        let mark = match verdict {
            "good" => "ok     ",
            "notice" => "note   ",
            _ => "WRONG  ",
        };
        output.line(&format!("{mark} {:<10} {what}", finding.check))?;
        for more in [why, try_this].into_iter().filter(|text| !text.is_empty()) {
            output.line(&format!("{:19}{more}", ""))?;
        }
    }
    Ok(())
}
