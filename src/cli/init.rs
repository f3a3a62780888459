//! `credenza init`: creates the vault. JSON: `{"vault": PATH}`.

use serde_json::json;

use super::arguments::{Global, Strength};
use super::input;
use super::opening::workspace;
use super::output::Output;
use super::passphrase::remark_on;
use crate::engine::ops::unlock::{self, VaultState};
use crate::problem::{Kind, Problem};

pub(super) fn run(global: &Global, strength: Strength, output: Output) -> Result<(), Problem> {
    let workspace = workspace(global, output)?;
    let path = workspace.vault_place();
    match unlock::vault_state(&workspace) {
        VaultState::Absent => {}
        VaultState::Unusable(problem) => return Err(problem),
        VaultState::Locked { .. } => {
            return Err(Problem::new(Kind::Refused, format!("A vault already exists: {path}."))
                .try_this("Use it, or name another folder with --dir."));
        }
    }
    let passphrase = input::new_passphrase(global, strength)?;
    remark_on(&passphrase, output);
    unlock::create(&workspace, &passphrase)?;
    output.note("credenza: keep the passphrase safe; without it or a recovery kit nobody can open the vault");
    output.done(&format!("Created the vault {path}"), &json!({ "vault": path }))
}
