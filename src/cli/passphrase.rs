//! `credenza passphrase`: encrypts the vault's identity with another passphrase. JSON: `{"vault": PATH, "changed":
//! true}`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::{Global, Strength};
use super::input;
use super::key_prompts::AtTerminal;
use super::opening::key_file;
use super::output::Output;
use crate::engine::Workspace;
use crate::engine::ops::member_key::{self, Lock, WORK_FACTOR};
use crate::engine::ops::{passphrase, unlock};
use crate::problem::Problem;

pub(super) fn run(
    workspace: &Workspace,
    new: Option<&PathBuf>,
    strength: Strength,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    if let Some(key) = key_file(workspace, global)? {
        return in_place_of_key(workspace, &key, (new, strength), global, output);
    }
    let old = input::passphrase(global)?;
    let session = unlock::unlock(workspace, &old)?;
    let new = input::chosen_passphrase(global, new, strength)?;
    remark_on(&new, output);
    passphrase::change(&session, &old, &new)?;
    output.note("credenza: earlier backups of identity.age still open with the old passphrase");
    let path = workspace.vault_place();
    output.done("Changed the passphrase.", &json!({ "vault": path, "changed": true }))
}

/// Replaces a member's key file by a passphrase.
fn in_place_of_key(
    workspace: &Workspace,
    key: &Path,
    (new, strength): (Option<&PathBuf>, Strength),
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let new = input::chosen_passphrase(global, new, strength)?;
    remark_on(&new, output);
    let old = Lock::KeyFile(key, &AtTerminal::new(global, output));
    member_key::change_lock(workspace, old, (&new, WORK_FACTOR))?;
    output.note("credenza: your own backups of identity.age still open with the key");
    let path = workspace.vault_place();
    output.done("A passphrase opens the vault instead of the key.", &json!({ "vault": path, "changed": true }))
}

/// Prints a note about the strength of an accepted passphrase.
pub(super) fn remark_on(new: &crate::secret::Passphrase, output: Output) {
    let strength = passphrase::strength(new);
    if strength.score < 3 {
        output.note(&format!("credenza: the passphrase is {}", strength.words));
    }
}
