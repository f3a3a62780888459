//! The way back in when the passphrase is forgotten or `identity.age` is lost: the recovery kit.

use super::commit::LOCK_WAIT;
use super::document::{Document, OWNER, RECOVERY};
use super::key::Key;
use super::location::Location;
use super::vault::FileStore;
use super::work_factor::WORK_FACTOR;
use super::{backup, disk};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use crate::store::error::StoreError;

impl FileStore {
    /// Opens the vault by its recovery kit and gives it a new identity under a new passphrase. Takes about a second.
    ///
    /// The vault is saved first, to the new identity and the kit; then `identity.age` is replaced. A death in between
    /// leaves a vault that the kit still opens, so this can be done again. The old identity opens old backups only.
    ///
    /// # Errors
    /// Usage for an empty passphrase or what is no identity, Refused when it is not the kit, Storage.
    pub(in crate::store) fn recover(at: &Location, kit: &Secret, passphrase: &Passphrase) -> Result<Self, StoreError> {
        let paths = &at.paths;
        if passphrase.is_blank() {
            let problem = Problem::new(Kind::Usage, "A new passphrase is needed.");
            return Err(problem.why("An empty one would protect nothing.").into());
        }
        let opened = Self::unlock_with_identity(at, kit)?;
        let wrapping = |document: &Document| {
            let key = Key::generate(document.vault_id.clone(), document.pin());
            let wrapped = key.wrap(passphrase, WORK_FACTOR)?;
            Ok::<_, StoreError>((key, wrapped))
        };
        // scrypt before the lock: the lock is held for the writes only.
        let (key, wrapped) = wrapping(&opened.load()?.document)?;
        let mut exclusive = opened.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        let public = opened.0.identity.to_public().to_string();
        if !document.recipients.iter().any(|known| known.role == RECOVERY && known.recipient == public) {
            let problem = Problem::new(Kind::Refused, "This identity is not the vault's recovery kit.")
                .why("It opens the vault, but as something else; or a newer kit took its place.")
                .try_this("Unlock the vault as usual and make a new kit.");
            return Err(problem.into());
        }
        if !key.pins.contains(&document.pin()) {
            let problem = Problem::new(Kind::Temporary, "The vault's secret was changed meanwhile.");
            return Err(problem.try_this("Try again.").into());
        }
        for owner in document.recipients.iter_mut().filter(|known| known.role == OWNER) {
            owner.recipient = key.identity.to_public().to_string();
        }
        let generation = document.generation;
        let now = at.clock.now();
        exclusive.save(document, now)?;
        let kept = backup::identity_path(&paths.backups(), generation, now);
        disk::replace(&paths.identity(), &wrapped, Some(&kept))?;
        drop(exclusive);
        Ok(Self::with(at, key.identity, key.vault_id, key.pins))
    }
}
