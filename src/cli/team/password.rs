//! The password of a team's store, for platforms that have no standard place for it.

use std::path::Path;

use serde_json::json;

use super::super::arguments::Global;
use super::super::key_prompts::AtTerminal;
use super::super::opening::key_file;
use super::super::output::Output;
use super::super::prompt::{self, PromptSubject};
use super::super::{input, opening};
use super::choosing::of_team;
use crate::engine::ops::member_key::{Lock, WORK_FACTOR};
use crate::engine::ops::team::{self, StoreAccess, entry};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// A store, as given by the options.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) url: &'a str,
    pub(super) password_file: Option<&'a Path>,
}

impl Place<'_> {
    /// The password: from the file, or from a prompt if the store demands one and a user can be prompted. Fails if the
    /// store cannot be reached, before the user is asked anything else.
    pub(super) fn password(&self, global: &Global) -> Result<Option<Secret>, Problem> {
        if let Some(file) = self.password_file {
            return of_file(file).map(Some);
        }
        match entry::reach(&StoreAccess { address: self.url, password: None }) {
            Err(problem) if problem.step.as_deref() == Some(&NextStep::GiveStorePassword) => {
                if prompt::has_person(global) { asked(global).map(Some) } else { Err(problem) }
            }
            // Other errors are expected for a vault that is about to be created: its objects do not exist yet.
            Err(problem) if matches!(problem.kind, Kind::Usage | Kind::Temporary) => Err(problem),
            _ => Ok(None),
        }
    }
}

fn of_file(file: &Path) -> Result<Secret, Problem> {
    let password = input::secret_file(file, "The store password file")?;
    if password.is_blank() {
        return Err(Problem::new(Kind::Usage, "The store password file is empty."));
    }
    Ok(password)
}

fn asked(global: &Global) -> Result<Secret, Problem> {
    let missing = PromptSubject::Option { label: "The password of the store", option: "--store-password-file FILE" };
    prompt::secret(global, "Password of the store (kept in your identity): ", &missing)
}

/// Runs `credenza team store-password`.
pub(super) fn change(file: Option<&Path>, remove: bool, global: &Global, output: Output) -> Result<(), Problem> {
    let global = of_team(global, output)?;
    let workspace = opening::existing(&global, output)?;
    let password = match file {
        _ if remove => None,
        Some(file) => Some(of_file(file)?),
        None => Some(asked(&global)?),
    };
    let kept = password.is_some();
    if let Some(key) = key_file(&workspace, &global)? {
        let lock = Lock::KeyFile(&key, &AtTerminal::new(&global, output));
        team::keep_store_password(&workspace, lock, password)?;
    } else {
        let passphrase = input::passphrase(&global)?;
        team::keep_store_password(&workspace, Lock::Passphrase(&passphrase, WORK_FACTOR), password)?;
    }
    let said = if kept { "Your identity keeps the password of the store." } else { "Your identity keeps no password." };
    output.done(said, &json!({ "vault": workspace.vault_place(), "kept": kept }))
}
