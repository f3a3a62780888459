//! The files of a member's identity: `identity.age`, locked by a passphrase or a key, and `team.json`, unencrypted.
//!
//! ```text
//! {"format":1,"store":"postgres://…","key_file":"/home/ana/.ssh/id_ed25519"}
//! ```
//!
//! `key_file` is only a hint at where the key file was last; the header of `identity.age` decides what unlocks the
//! identity. So the hint is written before the identity is locked with the key, and may be stale afterwards.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::identity::{StoreAccess, TeamIdentity};
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::error::StoreError;
use crate::store::file::{Location, disk, key};
use crate::store::key_file::{KeyFile, KeyPrompts};

/// What locks and unlocks a member's identity.
#[derive(Clone, Copy, Debug)]
pub enum Lock<'a> {
    /// A passphrase, and scrypt's log2 N for encryption with it.
    Passphrase(&'a Passphrase, u8),
    /// The keys in a file, and the prompts for what they need (a passphrase, a PIN, a touch).
    KeyFile(&'a Path, &'a dyn KeyPrompts),
}

impl<'a> From<(&'a Passphrase, u8)> for Lock<'a> {
    fn from((passphrase, work_factor): (&'a Passphrase, u8)) -> Self {
        Self::Passphrase(passphrase, work_factor)
    }
}

impl Lock<'_> {
    /// Refuses an empty lock before any prompt is shown.
    pub(super) fn must_lock(&self) -> Result<(), Problem> {
        match self {
            Self::Passphrase(passphrase, _) if passphrase.is_blank() => {
                Err(Problem::new(Kind::Usage, "A passphrase is needed.").why("An empty one would protect nothing."))
            }
            Self::Passphrase(..) => Ok(()),
            Self::KeyFile(path, _) => KeyFile::read(path).map(|_| ()),
        }
    }

    fn seal(&self, text: &[u8]) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Passphrase(passphrase, work_factor) => key::wrap(text, passphrase, *work_factor),
            Self::KeyFile(path, prompts) => KeyFile::read(path)?.seal(text, *prompts),
        }
    }

    fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match self {
            Self::Passphrase(passphrase, _) => key::unwrap(sealed, passphrase),
            Self::KeyFile(path, prompts) => Ok(KeyFile::read(path)?.open(sealed, *prompts)?),
        }
    }

    fn key_file(&self) -> Option<PathBuf> {
        match self {
            Self::Passphrase(..) => None,
            Self::KeyFile(path, _) => Some(std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())),
        }
    }
}

/// The contents of `team.json`: marks this folder as belonging to a team vault, and names its store.
#[derive(Deserialize, Serialize)]
struct Marker {
    format: u32,
    store: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_file: Option<PathBuf>,
}

fn marker_path(at: &Paths) -> PathBuf {
    at.data().join("team.json")
}

fn marker(paths: &Paths) -> Option<Marker> {
    serde_json::from_slice(&disk::read_small(&marker_path(paths))?).ok()
}

/// The store address of the team vault in these folders; `None` if it is not a team vault.
#[must_use]
pub(in crate::store) fn address(paths: &Paths) -> Option<String> {
    marker(paths).map(|marker| marker.store)
}

/// The last known path of the key file; `None` if the team vault in these folders is unlocked by a passphrase.
#[must_use]
pub(super) fn key_file(paths: &Paths) -> Option<PathBuf> {
    let marker = marker(paths)?;
    let sealed = disk::read_small(&paths.identity())?;
    (!key::is_by_passphrase(&sealed)).then(|| marker.key_file.unwrap_or_default())
}

pub(super) fn create(at: &Location, own: &TeamIdentity, lock: Lock<'_>) -> Result<(), StoreError> {
    let sealed = lock.seal(own.plain().as_bytes())?;
    mark(at, own, lock)?;
    let written = disk::create_new(&at.paths.identity(), &sealed);
    if written.is_err() {
        disk::remove(&marker_path(&at.paths));
    }
    Ok(written?)
}

fn mark(at: &Location, own: &TeamIdentity, lock: Lock<'_>) -> Result<(), Problem> {
    let json = serde_json::to_vec(&Marker { format: 1, store: own.store.clone(), key_file: lock.key_file() });
    let json = json.map_err(|_| Problem::internal("The address could not be written."))?;
    disk::replace(&marker_path(&at.paths), &json, None)?;
    Ok(())
}

pub(super) fn read(at: &Location, lock: Lock<'_>) -> Result<TeamIdentity, StoreError> {
    let (sealed, _) = disk::read(&at.paths.identity())?;
    Ok(TeamIdentity::parse(&lock.open(&sealed)?)?)
}

/// Replaces the identity. `lock` may differ from the previous one.
pub(super) fn replace(at: &Location, own: &TeamIdentity, lock: Lock<'_>) -> Result<(), StoreError> {
    let sealed = lock.seal(own.plain().as_bytes())?;
    if lock.key_file().is_some() {
        mark(at, own, lock)?;
    }
    disk::replace(&at.paths.identity(), &sealed, None)?;
    Ok(())
}

/// Deletes the identity of a vault whose creation failed.
pub(super) fn forget(at: &Location) {
    disk::remove(&at.paths.identity());
    disk::remove(&marker_path(&at.paths));
}

/// Saves or removes the store password in the identity. `check` tests the new access first.
pub(in crate::store) fn keep_password(
    at: &Location,
    lock: Lock<'_>,
    password: Option<Secret>,
    check: impl FnOnce(&StoreAccess<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut own = read(at, lock)?;
    own.store_password = password;
    check(&own.access())?;
    replace(at, &own, lock)
}

/// Locks the identity with another passphrase or key.
pub(in crate::store) fn lock_anew(at: &Location, old: Lock<'_>, new: Lock<'_>) -> Result<(), StoreError> {
    new.must_lock()?;
    let own = read(at, old)?;
    replace(at, &own, new)
}
