//! The recovery kit: a second recipient whose identity is shown once and written down.

use std::path::{Path, PathBuf};

use super::unlock;
use crate::engine::audit::{Action, Note};
use crate::engine::{Session, Workspace};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::local;

/// A kit not yet active.
#[derive(Clone, Debug)]
pub struct RecoveryKit {
    /// `AGE-SECRET-KEY-1...`, shown once.
    pub identity: Secret,
    /// `age1...`, public.
    pub recipient: String,
}

/// How many last characters the person types back.
pub const PROOF_CHARS: usize = 6;

/// Makes a kit; nothing is stored yet.
#[must_use]
pub fn prepare() -> RecoveryKit {
    let (identity, recipient) = local::recovery_kit();
    RecoveryKit { identity, recipient }
}

/// Activates the kit once its last [`PROOF_CHARS`] characters were typed back.
///
/// # Errors
/// Usage when they differ, Storage.
pub fn confirm(session: &Session, kit: &RecoveryKit, typed: &Secret) -> Result<(), Problem> {
    if !kit.identity.ends_with(typed, PROOF_CHARS) {
        return Err(Problem::new(Kind::Usage, format!("These are not the last {PROOF_CHARS} characters of the kit."))
            .why("The kit is activated only after you have written it down.")
            .try_this("Type them from your written copy, not from the screen."));
    }
    put_in_force(session, kit)
}

/// Activates the kit without proof, for anyone who keeps it by other means.
///
/// # Errors
/// Storage.
pub fn put_in_force(session: &Session, kit: &RecoveryKit) -> Result<(), Problem> {
    let note = Note::begin(&session.workspace, Action::Recovery, None)?;
    let set = || Ok(session.keys()?.set_recovery_recipient(&kit.recipient)?);
    note.end(set())
}

/// Opens the vault, or a generation that is kept, by its kit and gives it a new identity under a new passphrase. Takes
/// about a second (scrypt).
///
/// # Errors
/// Usage for an empty passphrase or what is not a kit, Refused for another key than the kit, NotFound for a generation
/// that the kit does not open, Storage.
pub fn recover(
    workspace: &Workspace,
    kit: &Secret,
    passphrase: &Passphrase,
    generation: Option<u64>,
) -> Result<Session, Problem> {
    unlock::logged(workspace, Action::Recovery, || workspace.local().recover(kit, passphrase, generation))
}

/// Puts a copy of a vault in place where there is none, and opens it by its kit under a new passphrase.
///
/// # Errors
/// Usage for an empty passphrase or what is no kit, Refused where a vault is there or for another key than the kit,
/// Storage for a copy that cannot be read.
pub fn recover_from(
    workspace: &Workspace,
    from: &Path,
    kit: &Secret,
    passphrase: &Passphrase,
) -> Result<Session, Problem> {
    workspace.local().adopt(from, kit)?;
    let recovered = recover(workspace, kit, passphrase, None);
    if recovered.is_err() {
        workspace.local().abandon();
    }
    recovered
}

/// Writes the sheet of a kit to a new file in the home folder that only its owner can read.
///
/// # Errors
/// Refused where such a file is there, Storage.
pub fn write_sheet(sheet: &Secret, name: &str) -> Result<PathBuf, Problem> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| Problem::new(Kind::Usage, "There is no home folder to write the sheet to."))?;
    let path = home.join(name);
    local::write_sheet(&path, sheet)?;
    Ok(path)
}
