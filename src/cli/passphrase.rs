//! `credenza passphrase`: wraps the vault's identity in another passphrase. JSON: `{"vault": PATH, "changed": true}`.

use std::path::PathBuf;

use serde_json::json;

use super::arguments::{Global, Strength};
use super::input;
use super::output::Output;
use crate::engine::Workspace;
use crate::engine::ops::{passphrase, unlock};
use crate::problem::Problem;

pub(super) fn run(
    workspace: &Workspace,
    new: Option<&PathBuf>,
    strength: Strength,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let old = input::passphrase(global)?;
    let session = unlock::unlock(workspace, &old)?;
    let new = input::chosen_passphrase(global, new, strength)?;
    remark_on(&new, output);
    passphrase::change(&session, &old, &new)?;
    output.note("credenza: earlier backups of identity.age still open with the old passphrase");
    let path = workspace.vault_place();
    output.done("Changed the passphrase.", &json!({ "vault": path, "changed": true }))
}

/// What to know about a passphrase that was taken.
pub(super) fn remark_on(new: &crate::secret::Passphrase, output: Output) {
    let strength = passphrase::strength(new);
    if strength.score < 3 {
        output.note(&format!("credenza: the passphrase is {}", strength.words));
    }
}
