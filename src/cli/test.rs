//! `credenza test`: makes the provider's harmless test call and prints its result. JSON: `{"tested": NAME, "label":
//! "Signed-in user", "asked": "GET https://…", "status": 200, "milliseconds": 120, "credential_status":
//! "authenticated", "notes": []}`; a failed test is an error.

use serde_json::json;

use super::arguments::Test;
use super::output::Output;
use super::runtime::block_on;
use crate::engine::Session;
use crate::engine::ops::{credentials, verify};
use crate::printable::printable;
use crate::problem::Problem;

pub(super) fn run(session: &Session, arguments: &Test, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &arguments.name)?;
    let asking = async |asked: &str| output.note(&format!("Sending {}", printable(asked, 400)));
    let tested =
        block_on(&session.workspace, output, verify::test(session, credential.id, arguments.accept_new_host, asking))?;
    for note in &tested.notes {
        output.note(&format!("credenza: {note}"));
    }
    let now = credentials::find(session, &credential.id.to_string())?;
    let what = if tested.label.is_empty() { String::new() } else { format!(" ({})", tested.label) };
    output.done(
        &format!("{} works{what}: {}", credential.name, tested.in_words()),
        &json!({
            "tested": credential.name, "label": tested.label, "asked": tested.asked, "status": tested.status,
            "milliseconds": u64::try_from(tested.took.as_millis()).unwrap_or(u64::MAX),
            "credential_status": now.status(session.workspace.clock.now()).code(), "notes": tested.notes,
        }),
    )
}
