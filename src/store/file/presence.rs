//! What is found on disk, without opening anything.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{disk, rescue};
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};

/// What is found on disk.
#[derive(Clone, Debug)]
pub enum Presence {
    /// Nothing: first run.
    Absent,
    /// A vault to unlock.
    Locked {
        /// `vault.age`.
        path: PathBuf,
        /// Its last change.
        modified: Option<Timestamp>,
        /// Its size in bytes.
        size: u64,
    },
    /// Half a vault, or files that no save of ours wrote.
    Unusable(Problem),
}

/// Looks, without opening anything.
pub(in crate::store) fn look(paths: &Paths) -> Presence {
    let (identity, vault) = match (disk::look(&paths.identity()), disk::look(&paths.vault())) {
        (Err(problem), _) | (_, Err(problem)) => return Presence::Unusable(problem),
        (Ok(identity), Ok(vault)) => (identity, vault),
    };
    let presence = match (identity, vault) {
        (None, None) => Presence::Absent,
        (Some(_), Some((_, modified, size))) => Presence::Locked { path: paths.vault(), modified, size },
        (None, Some(_)) => half(&paths.identity(), "the vault is there, but the identity that opens it is missing"),
        (Some(_), None) => half(&paths.vault(), "the identity is there, but the vault it opens is missing"),
    };
    if was_interrupted(paths, &presence) { Presence::Absent } else { presence }
}

/// Whether a save could replace the vault.
pub(in crate::store) fn is_replaceable(paths: &Paths) -> Result<(), Problem> {
    disk::is_replaceable(&paths.vault())
}

/// Whether a restore has what it needs: an identity, whatever became of the vault it opens.
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

fn half(missing: &std::path::Path, what: &str) -> Presence {
    Presence::Unusable(
        Problem::new(Kind::Storage, format!("Half of the vault is there: {what}."))
            .why(format!("{} does not exist. Nothing new is made over what is left.", missing.display()))
            .try_this("Restore it: from backups/ beside it, or from your own backup of the folder."),
    )
}

/// How many rescue files wait for the next save.
pub(in crate::store) fn rescued(paths: &Paths) -> usize {
    rescue::files(paths).len()
}

/// Files beside `vault.age` and `identity.age` that look like copies of them: "vault (conflicted copy).age".
pub(in crate::store) fn copies(paths: &Paths) -> Vec<String> {
    let own = ["vault.age", "identity.age"];
    let is_copy = |name: &String| {
        !own.contains(&name.as_str()) && !name.starts_with('.') && (name.contains(".age") || name.contains("conflict"))
    };
    let names = disk::names(paths.data()).into_iter().filter(is_copy);
    names.map(|name| paths.data().join(name).display().to_string()).collect()
}

/// Whether only a crash in the middle of making both files explains what is there.
fn was_interrupted(paths: &Paths, half: &Presence) -> bool {
    matches!(half, Presence::Unusable(_)) && matches!(disk::look(&paths.founding()), Ok(Some(_)))
}
