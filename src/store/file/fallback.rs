//! Finds the newest available version that can be opened when the vault file cannot.

use std::path::{Path, PathBuf};

use age::x25519;

use super::document::{Document, RECOVERY};
use super::high_water_mark::Seen;
use super::payload::decrypt;
use super::vault::FileStore;
use super::{backup, disk, newest, recent};
use crate::paths::Paths;
use crate::store::error::StoreError;

/// An available file that the identity opens.
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) document: Document,
}

/// The copies and backups of `vault.age`, newest first.
pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    let backups = backup::kept(&paths.backups()).into_iter().map(|(_, path)| path).rev();
    std::iter::once(newest::path(paths)).chain(backups).collect()
}

/// Opens a file together with the recent file beside it, if the two belong together.
pub(super) fn open(path: PathBuf, identity: &x25519::Identity) -> Result<Kept, StoreError> {
    let (bytes, _) = disk::read(&path)?;
    let mut document = decrypt(&path, &bytes, identity)?;
    let beside = recent::path(&path);
    if let Ok((recent, _)) = disk::read(&beside) {
        let mark = document.head.mark(&bytes);
        let _ = recent::put_over(&mut document, &mark, &beside, &recent, identity);
    }
    Ok(Kept { path, bytes, document })
}

/// The newest file that the identity opens as a recovery kit: a copy, a backup or `vault.age` itself.
pub(super) fn newest_for_kit(paths: &Paths, kit: &x25519::Identity) -> Option<Kept> {
    let opened = std::iter::once(paths.vault()).chain(files(paths)).filter_map(|path| open(path, kit).ok());
    opened.filter(|kept| is_kit(&kept.document, kit)).max_by_key(|kept| kept.document.head.generation)
}

/// Whether the identity is the recovery kit of a document.
pub(super) fn is_kit(document: &Document, identity: &x25519::Identity) -> bool {
    let public = identity.to_public().to_string();
    document.head.recipients.iter().any(|known| known.role == RECOVERY && known.recipient == public)
}

impl FileStore {
    /// The number of the newest version that opens and belongs to this vault.
    pub(super) fn newest_that_opens(&self) -> Option<u64> {
        let paths = &self.0.paths;
        let seen = Seen::read(paths, &self.0.vault_id);
        let copy = newest::is_there(paths, &seen).then(|| (seen.generation, newest::path(paths)));
        let backups = backup::kept(&paths.backups()).into_iter().rev();
        copy.into_iter().chain(backups).find(|(_, path)| self.opens(path)).map(|(number, _)| number)
    }

    /// The copy of the newest version seen, if it opens.
    pub(super) fn newest_seen(&self, seen: &Seen) -> Option<Document> {
        let paths = &self.0.paths;
        let kept = newest::is_there(paths, seen).then(|| open(newest::path(paths), &self.0.identity).ok())??;
        self.check_belongs_to_vault(&kept.path, &kept.document.head).ok()?;
        Some(kept.document)
    }

    /// Whether a file opens and belongs to this vault.
    pub(super) fn opens(&self, path: &Path) -> bool {
        let kept = open(path.to_owned(), &self.0.identity);
        kept.is_ok_and(|kept| self.check_belongs_to_vault(path, &kept.document.head).is_ok())
    }

    /// Adds the version that can be restored to the error of a file that does not open. With `is_newest`, the file is
    /// the one that was seen last, so it is the identity that does not belong to this vault.
    pub(super) fn with_way_back(&self, mut error: StoreError, is_newest: bool) -> StoreError {
        let is_ours = !(is_newest && matches!(error, StoreError::WrongIdentity { .. }));
        match &mut error {
            StoreError::Forged { way_back, .. }
            | StoreError::Damaged { way_back, .. }
            | StoreError::Unreadable { way_back, .. }
            | StoreError::WrongIdentity { way_back, .. }
                if is_ours =>
            {
                *way_back = self.newest_that_opens();
            }
            _ => {}
        }
        error
    }
}
