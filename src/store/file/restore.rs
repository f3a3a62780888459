//! Going back on purpose: an older file, or one of two that grew apart, becomes the newest generation.

use std::path::Path;
use std::sync::Arc;

use super::commit::LOCK_WAIT;
use super::key::Key;
use super::seen::Seen;
use super::{Exclusive, Loaded, Vault, decrypt, document, file, picture};
use crate::clock::Clock;
use crate::model::credential::{Event, EventKind};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::secret::Passphrase;

impl Vault {
    /// Makes `from` (a backup; by default the `vault.age` that lies there) the vault's newest generation, above every
    /// one seen. The file it replaces is kept in `backups/`. Takes about a second (scrypt).
    ///
    /// Only a person may ask for it: refresh tokens in the older file may be spent by now. Each credential with
    /// tokens says so in its history.
    ///
    /// # Errors
    /// Locked for a wrong passphrase, Refused for a file that is not of this vault, Storage.
    pub fn restore(
        paths: &Paths,
        passphrase: &Passphrase,
        from: Option<&Path>,
        clock: &Clock,
    ) -> Result<Self, Problem> {
        let (bytes, _) = file::read(&paths.identity())?;
        let key = Key::unwrap(&bytes, passphrase)?;
        let vault = Self::with(paths, clock, key.identity, key.vault_id, key.pins);
        let current = paths.vault();
        vault.go_back_to(from.unwrap_or(&current))?;
        Ok(vault)
    }

    /// As [`restore`](Self::restore), of a vault that is open.
    ///
    /// # Errors
    /// Refused for a file that is not of this vault, Storage.
    pub fn go_back_to(&self, from: &Path) -> Result<(), Problem> {
        let paths = &self.0.paths;
        let lock = file::Lock::acquire(&paths.lock(), LOCK_WAIT, &mut || ())?
            .ok_or_else(|| file::busy(&paths.lock(), LOCK_WAIT))?;
        let (bytes, stamp) = file::read(from)?;
        let mut restored = decrypt(&bytes, &self.0.identity)?;
        self.is_ours(&restored)?;
        let seen = Seen::read(paths, &self.0.vault_id);
        let now = self.0.clock.now();
        let note = format!("from generation {}", restored.generation);
        let credentials = Arc::make_mut(&mut restored.credentials);
        for credential in credentials.list.iter_mut().filter(|credential| credential.tokens.is_some()) {
            credential.record(Event::new(now, EventKind::Restored, &note));
        }
        // One above what was seen, so that the file being replaced gets a backup name of its own.
        restored.generation = restored.generation.max(seen.generation) + 1;
        let loaded = Loaded {
            stamp,
            hash: document::hex_sha256(&bytes),
            snapshot: Arc::new(picture(&restored)),
            document: Arc::new(restored.clone()),
        };
        Exclusive::over(self, loaded, seen, lock).save(restored, now).map(|_| ())
    }
}
