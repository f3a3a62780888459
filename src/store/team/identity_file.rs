//! What a member's machine keeps of itself: `identity.age`, locked by a passphrase or a key, and `team.json`, in the clear.
//!
//! ```text
//! {"format":1,"store":"postgres://…","key_file":"/home/ana/.ssh/id_ed25519"}
//! ```
//!
//! `key_file` says where the key was last; what really locks the identity is in the header of `identity.age`. So the key
//! file is written down before the identity is locked by it, and may stay behind when it is not any more.

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

/// What opens and closes a member's identity.
#[derive(Clone, Copy, Debug)]
pub enum Lock<'a> {
    /// A passphrase, and scrypt's log2 N of what is closed with it.
    Passphrase(&'a Passphrase, u8),
    /// The keys of a file, and the person who can be asked for what they need.
    KeyFile(&'a Path, &'a dyn KeyPrompts),
}

impl<'a> From<(&'a Passphrase, u8)> for Lock<'a> {
    fn from((passphrase, work_factor): (&'a Passphrase, u8)) -> Self {
        Self::Passphrase(passphrase, work_factor)
    }
}

impl Lock<'_> {
    /// Refuses one that locks nothing, before anything is asked of anybody.
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

/// What `team.json` says, in the clear: that this folder is of a team vault, and of which.
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

/// The address of the team vault of these folders; `None` where there is none.
#[must_use]
pub(in crate::store) fn address(paths: &Paths) -> Option<String> {
    marker(paths).map(|marker| marker.store)
}

/// Whether a key file, and no passphrase, opens the team vault of these folders; and where the file was last.
#[must_use]
pub(super) fn key_file(paths: &Paths) -> Option<PathBuf> {
    let marker = marker(paths)?;
    let sealed = disk::read_small(&paths.identity())?;
    (!key::is_by_passphrase(&sealed)).then(|| marker.key_file.unwrap_or_default())
}

/// Writes a new identity.
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

/// Opens the identity.
pub(super) fn read(at: &Location, lock: Lock<'_>) -> Result<TeamIdentity, StoreError> {
    let (sealed, _) = disk::read(&at.paths.identity())?;
    Ok(TeamIdentity::parse(&lock.open(&sealed)?)?)
}

/// Replaces the identity, locked by the same or by another lock.
pub(super) fn replace(at: &Location, own: &TeamIdentity, lock: Lock<'_>) -> Result<(), StoreError> {
    let sealed = lock.seal(own.plain().as_bytes())?;
    if lock.key_file().is_some() {
        mark(at, own, lock)?;
    }
    disk::replace(&at.paths.identity(), &sealed, None)?;
    Ok(())
}

/// Takes back what was written for a vault that came to nothing.
pub(super) fn forget(at: &Location) {
    disk::remove(&at.paths.identity());
    disk::remove(&marker_path(&at.paths));
}

/// Keeps a password of the store in the identity, or none. `check` is shown how the store is reached from now on.
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

/// Locks the identity by another passphrase or key.
pub(in crate::store) fn lock_anew(at: &Location, old: Lock<'_>, new: Lock<'_>) -> Result<(), StoreError> {
    new.must_lock()?;
    let own = read(at, old)?;
    replace(at, &own, new)
}
