//! Opens a vault with the passphrase, or with an identity it is encrypted to.

use super::disk;
use super::key::Key;
use super::location::Location;
use super::payload::decrypt;
use super::presence::{Presence, look};
use super::vault::FileStore;
use crate::secret::{Passphrase, Secret};
use crate::store::error::StoreError;

impl FileStore {
    /// Opens the vault. Takes about a second (scrypt).
    pub(in crate::store) fn unlock(at: &Location, passphrase: &Passphrase) -> Result<Self, StoreError> {
        if let Presence::Unusable(problem) = look(&at.paths) {
            return Err(problem.into());
        }
        let vault = Self::unlock_unread(at, passphrase)?;
        vault.load()?;
        Ok(vault)
    }

    /// Opens only the identity, for a restore when `vault.age` cannot be opened.
    pub(in crate::store) fn unlock_unread(at: &Location, passphrase: &Passphrase) -> Result<Self, StoreError> {
        let (bytes, _) = disk::read(&at.paths.identity())?;
        let key = Key::unwrap(&bytes, passphrase)?;
        Ok(Self::with(at, key.identity, key.vault_id, key.pins))
    }

    /// Opens the vault with an age identity it is encrypted to, without the passphrase and without scrypt.
    ///
    /// The pin is in `identity.age` and cannot be checked here, so this is for trusted files only.
    pub(in crate::store) fn unlock_with_identity(at: &Location, identity: &Secret) -> Result<Self, StoreError> {
        let identity = Key::from_identity(identity)?;
        let path = at.paths.vault();
        let (bytes, _) = disk::read(&path)?;
        let document = decrypt(&path, &bytes, &identity)?;
        let vault = Self::without_pin(at, identity, &document);
        vault.load()?;
        Ok(vault)
    }
}
