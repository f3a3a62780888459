//! Determines what locks a member's identity: a passphrase, or the key in a file.

use std::path::Path;

use serde_json::json;

use super::super::arguments::{Global, Strength};
use super::super::key_prompts::AtTerminal;
use super::super::opening::key_file;
use super::super::output::Output;
use super::super::passphrase::remark_on;
use super::super::{input, opening};
use super::choosing::of_team;
use crate::engine::ops::member_key::{self, KeyKind, Lock, WORK_FACTOR};
use crate::problem::Problem;
use crate::secret::Passphrase;

/// The lock that the options of a new member choose.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) key_file: Option<&'a Path>,
    pub(super) strength: Strength,
}

impl Chosen<'_> {
    /// Refuses a key file that cannot be used, before the store is contacted.
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.key_file.map_or(Ok(()), |file| member_key::kind(file).map(|_| ()))
    }

    /// Calls `act` with the lock: the key file if the options name one, else `passphrase`, else a new passphrase.
    pub(super) fn with_lock<T>(
        &self,
        passphrase: Option<Passphrase>,
        global: &Global,
        output: Output,
        act: impl FnOnce(Lock<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        if let Some(file) = self.key_file {
            remark_on_key(file, output)?;
            return act(Lock::KeyFile(file, &AtTerminal::new(global, output)));
        }
        let passphrase = if let Some(passphrase) = passphrase {
            passphrase
        } else {
            let passphrase = input::new_passphrase(global, self.strength)?;
            remark_on(&passphrase, output);
            passphrase
        };
        act(Lock::Passphrase(&passphrase, WORK_FACTOR))
    }
}

/// Prints a warning if the key that is about to lock an identity has no passphrase.
fn remark_on_key(file: &Path, output: Output) -> Result<(), Problem> {
    match member_key::kind(file)? {
        KeyKind::Ssh { has_passphrase: false } | KeyKind::Age => {
            output.note("credenza: this key has no passphrase; anyone who can read its file can open the vault");
        }
        KeyKind::Ssh { has_passphrase: true } | KeyKind::Plugin { .. } => {}
    }
    Ok(())
}

/// Runs `credenza team unlock-with`.
pub(super) fn unlock_with(file: &Path, global: &Global, output: Output) -> Result<(), Problem> {
    let global = of_team(global, output)?;
    let workspace = opening::existing(&global, output)?;
    remark_on_key(file, output)?;
    let prompts = AtTerminal::new(&global, output);
    let new = Lock::KeyFile(file, &prompts);
    if let Some(old) = key_file(&workspace, &global)? {
        member_key::change_lock(&workspace, Lock::KeyFile(&old, &prompts), new)?;
    } else {
        let old = input::passphrase(&global)?;
        // The passphrase options gave the old passphrase; they must not answer the questions of the key.
        let global = Global { passphrase_file: None, passphrase_command: None, passphrase_fd: None, ..global.clone() };
        let prompts = AtTerminal::new(&global, output);
        member_key::change_lock(&workspace, (&old, WORK_FACTOR), Lock::KeyFile(file, &prompts))?;
    }
    output.note("credenza: your own backups of identity.age still open as before");
    let path = file.display().to_string();
    output.done(
        &format!("Your identity opens with {path}."),
        &json!({ "vault": workspace.vault_place(), "key_file": path }),
    )
}
