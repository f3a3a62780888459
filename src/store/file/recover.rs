//! The way back in when the passphrase is forgotten or `identity.age` is lost: the recovery kit.

use super::commit::LOCK_WAIT;
use super::document::{OWNER, RECOVERY};
use super::key::{Key, WORK_FACTOR};
use super::{Vault, backup, file};
use crate::clock::Clock;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};

impl Vault {
    /// Opens the vault by its recovery kit and gives it a new identity under a new passphrase. Takes about a second.
    ///
    /// The vault is saved first, to the new identity and the kit; then `identity.age` is replaced. A death in between
    /// leaves a vault that the kit still opens, so this can be done again. The old identity opens old backups only.
    ///
    /// # Errors
    /// Usage for an empty passphrase or what is no identity, Refused when it is not the kit, Storage.
    pub fn recover(paths: &Paths, kit: &Secret, passphrase: &Passphrase, clock: &Clock) -> Result<Self, Problem> {
        if passphrase.is_blank() {
            return Err(
                Problem::new(Kind::Usage, "A new passphrase is needed.").why("An empty one would protect nothing.")
            );
        }
        let opened = Self::unlock_with_identity(paths, kit, clock)?;
        let mut exclusive = opened.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        let public = opened.0.identity.to_public().to_string();
        if !document.recipients.iter().any(|known| known.role == RECOVERY && known.recipient == public) {
            return Err(Problem::new(Kind::Refused, "This identity is not the vault's recovery kit.")
                .why("It opens the vault, but as something else; or a newer kit took its place.")
                .try_this("Unlock the vault as usual and make a new kit."));
        }
        let key = Key::generate(document.vault_id.clone(), document.pin());
        for owner in document.recipients.iter_mut().filter(|known| known.role == OWNER) {
            owner.recipient = key.identity.to_public().to_string();
        }
        let wrapped = key.wrap(passphrase, WORK_FACTOR)?;
        let generation = document.generation;
        let now = clock.now();
        exclusive.save(document, now)?;
        let kept = backup::identity_path(&paths.backups(), generation, now);
        file::replace(&paths.identity(), &wrapped, Some(&kept))?;
        drop(exclusive);
        Ok(Self::with(paths, clock, key.identity, key.vault_id, key.pins))
    }
}
