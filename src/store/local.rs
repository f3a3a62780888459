//! The vault on this machine: found, made, opened, restored. The only place that knows it is a file.

use std::path::Path;
use std::sync::Arc;

use super::contract::Store;
use super::error::StoreError;
use super::file::{self, FileStore, Location};
pub use super::file::{
    Opened, Presence, WORK_FACTOR, is_payload, open_credentials, open_payload, recent_beside, seal_credentials,
};
use crate::clock::Clock;
use crate::paths::Paths;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};

/// Where the vault of this machine is, and in whose name it is used.
#[derive(Clone, Debug)]
pub struct Local(Location);

/// What opens the vault.
#[derive(Clone, Copy, Debug)]
pub enum UnlockBy<'a> {
    /// The passphrase: takes about a second (scrypt).
    Passphrase(&'a Passphrase),
    /// A host's identity file.
    IdentityFile(&'a Path),
}

/// Where the vault of these folders is.
#[must_use]
pub fn place(paths: &Paths) -> String {
    paths.vault().display().to_string()
}

impl Local {
    /// In these folders; `program` is what others are told while they wait for this process: `credenza token`.
    #[must_use]
    pub fn at(paths: &Paths, clock: &Clock, program: &str) -> Self {
        Self(Location { paths: paths.clone(), clock: clock.clone(), program: program.to_owned() })
    }

    /// Where the vault is, for a person, and to tell whether two processes mean the same one.
    #[must_use]
    pub fn place(&self) -> String {
        place(&self.0.paths)
    }

    /// What is found there, without opening anything.
    #[must_use]
    pub fn presence(&self) -> Presence {
        file::look(&self.0.paths)
    }

    /// How many new tokens wait beside the vault because their save failed.
    #[must_use]
    pub fn rescued(&self) -> usize {
        file::rescued(&self.0.paths)
    }

    /// Files beside the vault that a sync tool or a person may have made of it.
    #[must_use]
    pub fn copies(&self) -> Vec<String> {
        file::copies(&self.0.paths)
    }

    /// scrypt's work factor of the identity file, where it protects less than it should.
    #[must_use]
    pub fn low_work_factor(&self) -> Option<u8> {
        file::low_work_factor(&self.0.paths)
    }

    /// Whether a save could replace the vault.
    ///
    /// # Errors
    /// Storage: the file is mounted by itself.
    pub fn is_replaceable(&self) -> Result<(), Problem> {
        file::is_replaceable(&self.0.paths)
    }

    /// Makes a vault; `work_factor` is scrypt's log2 N, [`WORK_FACTOR`] for one that is to last.
    ///
    /// # Errors
    /// [`StoreError::Unusable`]: the passphrase is empty, a vault exists, nothing can be written.
    pub fn create(&self, passphrase: &Passphrase, work_factor: u8) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(file::create(&self.0, passphrase, work_factor)?))
    }

    /// Opens the vault.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::RolledBack`], [`StoreError::Forked`], [`StoreError::Forged`],
    /// [`StoreError::Unusable`].
    pub fn unlock(&self, by: UnlockBy<'_>) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(match by {
            UnlockBy::Passphrase(passphrase) => FileStore::unlock(&self.0, passphrase)?,
            UnlockBy::IdentityFile(file) => FileStore::unlock_as_host(&self.0, file)?,
        }))
    }

    /// Opens the vault by an age identity it is encrypted to, such as a recovery kit's.
    ///
    /// # Errors
    /// [`StoreError::WrongIdentity`], and as [`unlock`](Self::unlock).
    pub fn unlock_with_identity(&self, identity: &Secret) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(FileStore::unlock_with_identity(&self.0, identity)?))
    }

    /// Puts a copy of a vault in place where there is none, if this is its recovery kit.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if it is not the kit, or a vault is there; as [`unlock`](Self::unlock).
    pub fn adopt(&self, from: &Path, kit: &Secret) -> Result<(), StoreError> {
        file::adopt(&self.0, from, kit)
    }

    /// Takes the copy away again, as long as nothing opens it here.
    pub fn abandon(&self) {
        file::abandon(&self.0);
    }

    /// Opens the vault, or a generation that is kept, by its recovery kit and gives it a new identity under a new
    /// passphrase. Takes about a second.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if it is not the kit; [`StoreError::NoGeneration`]; as [`unlock`](Self::unlock).
    pub fn recover(
        &self,
        kit: &Secret,
        passphrase: &Passphrase,
        generation: Option<u64>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(FileStore::recover(&self.0, kit, passphrase, generation)?))
    }

    /// Opens what keeps the former generations, whatever became of the vault itself.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::Unusable`].
    pub fn open_unread(&self, by: UnlockBy<'_>) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(self.unread(by)?))
    }

    /// Whether `vault.age` is the file that was seen last, without opening it.
    ///
    /// # Errors
    /// Storage, `RolledBack`.
    pub fn examine(&self) -> Result<(), Problem> {
        file::examine(&self.0.paths)
    }

    /// The generation of a vault that was here, where the state knows one.
    #[must_use]
    pub fn vanished(&self) -> Option<u64> {
        file::vanished(&self.0.paths)
    }

    /// Whether there is an identity, so that a restore can be tried over whatever became of the vault.
    ///
    /// # Errors
    /// Storage: there is none.
    pub fn may_restore(&self) -> Result<(), Problem> {
        file::may_restore(&self.0.paths)
    }

    /// Makes a file (by default the `vault.age` that is there) the vault's newest generation; works over a vault that
    /// does not open.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub fn restore(&self, by: UnlockBy<'_>, from: Option<&Path>) -> Result<Arc<dyn Store>, StoreError> {
        let vault = self.unread(by)?;
        vault.go_back_to(from)?;
        Ok(Arc::new(vault))
    }

    /// As [`restore`](Self::restore), of a generation that is kept.
    ///
    /// # Errors
    /// [`StoreError::NoGeneration`], and as [`restore`](Self::restore).
    pub fn restore_generation(&self, by: UnlockBy<'_>, number: u64) -> Result<Arc<dyn Store>, StoreError> {
        let vault = self.unread(by)?;
        vault.restore(number)?;
        Ok(Arc::new(vault))
    }

    fn unread(&self, by: UnlockBy<'_>) -> Result<FileStore, StoreError> {
        match by {
            UnlockBy::Passphrase(passphrase) => FileStore::unlock_unread(&self.0, passphrase),
            UnlockBy::IdentityFile(file) => FileStore::unlock_as_host_unread(&self.0, file),
        }
    }
}

/// A random age identity and its recipient (`age1...`), for a recovery kit.
#[must_use]
pub fn recovery_kit() -> (Secret, String) {
    file::recovery_kit()
}

/// Writes the sheet of a recovery kit to a new file that only its owner can read.
///
/// # Errors
/// Refused where such a file is there, Storage.
pub fn write_sheet(path: &Path, sheet: &Secret) -> Result<(), Problem> {
    file::write_sheet(path, sheet)
}
