//! `credenza doctor`: checks this machine for problems. JSON: [`ticket`], made for a support ticket.

use std::path::Path;

use super::arguments::Global;
use super::bundle;
use super::opening::{existing, session_of, workspace};
use super::output::Output;
use super::present;
use super::runtime::block_on;
use crate::engine::ops::credentials;
use crate::engine::ops::doctor::{Finding, examine_clock, examine_credential, examine_log, examine_machine, ticket};
use crate::problem::Problem;

/// Runs the checks. The exit code is that of the first bad finding, else 0.
pub(super) fn run(name: Option<&str>, bundle: Option<&Path>, global: &Global, output: Output) -> Result<(), Problem> {
    let mut findings = Vec::new();
    let workspace = if name.is_none() { workspace(global, output)? } else { existing(global, output)? };
    findings.extend(examine_machine(&workspace));
    match name {
        None => findings.extend(examine_clock(&workspace)),
        Some(name) => {
            let session = session_of(&workspace, global, output)?;
            findings.push(examine_log(&session));
            let credential = credentials::find(&session, name)?;
            findings.extend(block_on(&session.workspace, output, async {
                Ok(examine_credential(&session, &credential).await)
            })?);
        }
    }
    report(&findings, output)?;
    if let Some(file) = bundle {
        bundle::write(file, &ticket(&findings, present::step), workspace.paths.state(), output)?;
    }
    let bad: Vec<&Problem> = findings.iter().filter_map(Finding::problem).collect();
    match bad.as_slice() {
        [] => Ok(()),
        [only] => Err((*only).clone()),
        [first, rest @ ..] => Err(Problem::new(first.kind, &first.what)
            .why(format!("{} And {} more (see above).", first.why, rest.len()).trim_start())
            .try_this(&first.try_this)
            .step(first.step.as_deref().cloned())),
    }
}

fn report(findings: &[Finding], output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&ticket(findings, present::step));
    }
    for finding in findings {
        let (verdict, what, why, try_this) = finding.parts(present::step);
        let mark = match verdict {
            "good" => "ok     ",
            "notice" => "note   ",
            _ => "WRONG  ",
        };
        output.line(&format!("{mark} {:<10} {what}", finding.check))?;
        for more in [why, try_this.as_str()].into_iter().filter(|text| !text.is_empty()) {
            output.line(&format!("{:19}{more}", ""))?;
        }
    }
    Ok(())
}
