//! Finds out what exists on disk, without opening it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::high_water_mark::Seen;
use super::{disk, newest, rescue};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};

#[derive(Clone, Debug)]
pub enum Presence {
    /// No vault: the first run.
    Absent,
    /// A vault to unlock.
    Locked {
        /// The path of `vault.age`.
        path: PathBuf,
        /// When it was last modified.
        modified: Option<Timestamp>,
        /// Its size in bytes.
        size: u64,
        /// The key that opens it instead of a passphrase.
        key: Option<KeyDescription>,
    },
    /// A damaged vault, or files that no version of this program wrote.
    Unusable(Problem),
}

/// Describes to the user the key of a team member that opens a vault instead of a passphrase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyDescription {
    /// The label of the input field, if something has to be typed.
    pub label: Option<&'static str>,
    /// Which key it is, and what else the user has to do.
    pub about: String,
}

/// Determines what exists on disk, without opening anything.
pub(in crate::store) fn look(paths: &Paths) -> Presence {
    let (identity, vault) = match (disk::look(&paths.identity()), disk::look(&paths.vault())) {
        (Err(problem), _) | (_, Err(problem)) => return Presence::Unusable(problem),
        (Ok(identity), Ok(vault)) => (identity, vault),
    };
    let presence = match (identity, vault) {
        (None, None) => match newest::newest_kept(paths) {
            Some(number) => Presence::Unusable(without_both(paths, number)),
            None => Presence::Absent,
        },
        (Some(_), Some((_, modified, size))) => Presence::Locked { path: paths.vault(), modified, size, key: None },
        (None, Some(_)) => Presence::Unusable(without_identity(paths)),
        (Some(_), None) => Presence::Unusable(without_vault(paths, newest::newest_kept(paths))),
    };
    if was_interrupted(paths, &presence) { Presence::Absent } else { presence }
}

/// The last version seen of a vault whose files and backups are all missing.
pub(in crate::store) fn vanished(paths: &Paths) -> Option<u64> {
    Seen::of_any(paths).map(|seen| seen.generation)
}

/// Checks that a save could replace the vault.
pub(in crate::store) fn is_replaceable(paths: &Paths) -> Result<(), Problem> {
    disk::is_replaceable(&paths.vault())
}

/// Checks that a restore is possible: there must be an identity, whatever happened to the vault.
pub(in crate::store) fn may_restore(paths: &Paths) -> Result<(), Problem> {
    match disk::look(&paths.identity())? {
        Some(_) => Ok(()),
        None => match look(paths) {
            Presence::Unusable(problem) => Err(problem),
            _ => Err(Problem::new(Kind::Storage, "There is no vault yet.")
                .why(format!("{} does not exist.", paths.identity().display()))
                .step(NextStep::Init)),
        },
    }
}

/// The problem with a missing `vault.age`; `kept` is the newest version that can be restored.
pub(super) fn without_vault(paths: &Paths, kept: Option<u64>) -> Problem {
    let problem = missing(&paths.vault(), "Half of the vault is missing: vault.age is gone.");
    let problem = if kept.is_some() {
        problem
    } else {
        problem.try_this("There is no backup beside it: restore vault.age from your own backup of the folder.")
    };
    problem.step(NextStep::RestoreBackup { generation: kept })
}

fn without_identity(paths: &Paths) -> Problem {
    missing(&paths.identity(), "Half of the vault is missing: identity.age is gone.")
        .try_this("Restore identity.age from your own backup of the folder, or use the recovery kit.")
        .step(NextStep::Recover { generation: None })
}

fn without_both(paths: &Paths, number: u64) -> Problem {
    let (backups, copy) = (paths.backups(), newest::path(paths));
    let start_over = format!("To start over, move {} and {} away.", backups.display(), copy.display());
    missing(&paths.vault(), "Both files of the vault are gone; only backups are left.")
        .try_this(format!(
            "{start_over} Otherwise restore both files from your own backup of the folder, or use the kit."
        ))
        .step(NextStep::Recover { generation: Some(number) })
}

fn missing(file: &Path, what: &str) -> Problem {
    Problem::new(Kind::Storage, what)
        .why(format!("{} does not exist. Nothing is created over the remaining files.", file.display()))
}

/// Number of rescue files that wait for the next save.
pub(in crate::store) fn rescued(paths: &Paths) -> usize {
    rescue::files(paths).len()
}

/// Files beside the vault's that look like copies of them: "vault (conflicted copy).age".
pub(in crate::store) fn copies(paths: &Paths) -> Vec<String> {
    let own = ["vault.age", "recent.age", "identity.age"];
    let is_copy = |name: &String| {
        !own.contains(&name.as_str()) && !name.starts_with('.') && (name.contains(".age") || name.contains("conflict"))
    };
    let names = disk::names(paths.data()).into_iter().filter(is_copy);
    names.map(|name| paths.data().join(name).display().to_string()).collect()
}

/// Whether only a crash during the creation of both files explains what exists on disk.
fn was_interrupted(paths: &Paths, half: &Presence) -> bool {
    matches!(half, Presence::Unusable(_)) && matches!(disk::look(&paths.founding()), Ok(Some(_)))
}
