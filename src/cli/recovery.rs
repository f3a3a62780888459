//! `credenza recovery-kit`, `recover` and `restore`: a spare key for the vault, and how to get back into or restore
//! it.

use std::path::Path;

use serde_json::json;

use super::arguments::Global;
use super::arguments::history::Recover;
use super::output::Output;
use super::{input, opening, passphrase};
use crate::engine::ops::{credentials, recovery, team, unlock};
use crate::engine::{Session, Workspace};
use crate::problem::Problem;

/// Prints a kit and activates it. JSON: `{"identity": KEY, "recipient": AGE1}`.
///
/// Printed before it is activated: otherwise a kit that was never shown could replace one that is written down.
pub(super) fn make(session: &Session, output: Output) -> Result<(), Problem> {
    let output = output.that_must_arrive();
    let kit = recovery::prepare();
    let identity = kit.identity.expose();
    if output.json {
        output.value(&json!({ "identity": identity, "recipient": kit.recipient }))?;
    } else {
        output.line(identity)?;
    }
    recovery::activate_unproven(session, &kit)?;
    output.note("credenza: this key opens the vault without the passphrase; keep it where only you can get it");
    if team::is_team(&session.workspace) {
        output.note(
            "credenza: it is not stored anywhere, and works on this machine only; an earlier kit opens nothing now",
        );
        return Ok(());
    }
    output.note("credenza: it is not stored anywhere; an earlier kit opens nothing that is saved from now on");
    output.note(
        "credenza: an earlier kit still opens earlier backups (up to ten versions, and one per day for thirty days); \
         to remove them: credenza purge --all",
    );
    Ok(())
}

/// Opens the vault with the kit and sets a new passphrase. JSON: `{"vault": PATH, "recovered": true}`.
pub(super) fn recover(
    workspace: &Workspace,
    arguments: &Recover,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let kit = input::secret_file(&arguments.kit_file, "The recovery kit")?;
    let new = input::chosen_passphrase(global, arguments.new_passphrase_file.as_ref(), arguments.strength)?;
    passphrase::remark_on(&new, output);
    recovery::recover(workspace, &kit, &new, arguments.generation)?;
    if arguments.generation.is_some() {
        output.note("credenza: its refresh tokens may be used up; authenticate again if one is rejected");
    }
    if !team::is_team(workspace) {
        output.note("credenza: the previous identity.age is kept in backups/; it opens old backups only");
    }
    let path = workspace.vault_place();
    output.done("The vault opens with the new passphrase.", &json!({ "vault": path, "recovered": true }))
}

/// Restores a file or a version as the newest; works even if the vault does not open. JSON: `{"vault": PATH,
/// "restored": true, "credentials": COUNT}`.
pub(super) fn restore(
    workspace: &Workspace,
    from: Option<&Path>,
    generation: Option<u64>,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let session = opening::by_key(workspace, global, output, |by| match generation {
        Some(number) => unlock::restore_version(workspace, by, number),
        None => unlock::restore(workspace, by, from),
    })?;
    told(&session, output)
}

fn told(session: &Session, output: Output) -> Result<(), Problem> {
    let count = credentials::snapshot(session)?.credentials.list.len();
    output.note("credenza: its refresh tokens may be used up; authenticate again if one is rejected");
    let path = session.workspace.vault_place();
    let text = format!("Restored the vault with {count} credentials; the file it replaced is in backups/.");
    output.done(&text, &json!({ "vault": path, "restored": true, "credentials": count }))
}
