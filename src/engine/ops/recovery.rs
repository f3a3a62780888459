//! Recovery kits: a second recipient of the vault, whose identity is shown once and written down.

use std::path::{Path, PathBuf};

use super::unlock;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::{Session, Workspace};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::local;

/// A recovery kit that is not active yet.
#[derive(Clone, Debug)]
pub struct RecoveryKit {
    /// `AGE-SECRET-KEY-1...`, shown once.
    pub identity: Secret,
    /// `age1...`, public.
    pub recipient: String,
}

/// Number of last characters that the user types as proof.
pub(crate) const PROOF_CHARS: usize = 6;

/// Generates a kit; nothing is stored yet.
#[must_use]
pub fn prepare() -> RecoveryKit {
    let (identity, recipient) = local::recovery_kit();
    RecoveryKit { identity, recipient }
}

/// Activates the kit if `typed` is its last `PROOF_CHARS` characters.
///
/// # Errors
/// `Kind::Usage` if they differ, `Kind::Storage`.
pub fn confirm(session: &Session, kit: &RecoveryKit, typed: &Secret) -> Result<(), Problem> {
    if !kit.identity.ends_with(typed, PROOF_CHARS) {
        return Err(Problem::new(Kind::Usage, format!("These are not the last {PROOF_CHARS} characters of the kit."))
            .why("The kit is activated only after you have written it down.")
            .try_this("Type them from your written copy, not from the screen."));
    }
    activate_unproven(session, kit)
}

/// Activates the kit without that proof, for callers that have another proof.
///
/// # Errors
/// `Kind::Storage` if it cannot be saved.
pub(crate) fn activate_unproven(session: &Session, kit: &RecoveryKit) -> Result<(), Problem> {
    let note = PendingEntry::begin(&session.workspace, Action::Recovery, None)?;
    let set = || match session.store.team() {
        Some(team) => Ok(team.keep_kit(&kit.recipient)?),
        None => Ok(session.vault_admin()?.set_recovery_recipient(&kit.recipient)?),
    };
    note.end(set())
}

/// Opens the vault, or an older version of it, with its kit and gives it a new identity under a new passphrase. Takes
/// about a second (scrypt).
///
/// # Errors
/// `Kind::Usage` for an empty passphrase or text that is not a kit, `Kind::Refused` for a kit of another vault,
/// `Kind::NotFound` for a version that the kit does not open, `Kind::Storage`.
pub fn recover(
    workspace: &Workspace,
    kit: &Secret,
    passphrase: &Passphrase,
    generation: Option<u64>,
) -> Result<Session, Problem> {
    unlock::logged(workspace, Action::Recovery, || workspace.local().recover(kit, passphrase, generation))
}

/// Installs a copy of a vault on a machine without one, and opens it with its kit under a new passphrase.
///
/// # Errors
/// `Kind::Usage` for an empty passphrase or text that is not a kit, `Kind::Refused` if there is a vault or the kit is
/// of another one, `Kind::Storage` for a copy that cannot be read.
pub(crate) fn recover_from(
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
/// `Kind::Refused` if the file exists, `Kind::Storage`.
pub(crate) fn write_sheet(sheet: &Secret, name: &str) -> Result<PathBuf, Problem> {
    write_sheet_in(std::env::home_dir(), sheet, name)
}

fn write_sheet_in(home: Option<PathBuf>, sheet: &Secret, name: &str) -> Result<PathBuf, Problem> {
    let home = home.filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| {
        Problem::new(Kind::Usage, "There is no home folder to write the sheet to.").try_this("Set HOME.")
    })?;
    let path = home.join(name);
    local::write_sheet(&path, sheet)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_needs_a_home_folder() {
        for home in [None, Some(PathBuf::new())] {
            let problem = write_sheet_in(home, &Secret::new("CNRY-kit".to_owned()), "sheet.txt").unwrap_err();
            let words = (problem.kind, problem.what.as_str(), problem.try_this.as_str());
            assert_eq!(words, (Kind::Usage, "There is no home folder to write the sheet to.", "Set HOME."));
        }
    }
}
