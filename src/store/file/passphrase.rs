//! Changes the passphrase or recovery kit. The records of `vault.age` are not touched.

use super::commit::LOCK_WAIT;
use super::disk;
use super::document::{RECOVERY, Recipient};
use super::key::Key;
use super::lock::WriteLock;
use super::vault::FileStore;
use super::work_factor::WORK_FACTOR;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::store::contract::Wait;
use crate::store::error::StoreError;

impl FileStore {
    /// As [`VaultAdmin::change_passphrase`](crate::store::VaultAdmin::change_passphrase).
    pub(super) fn rewrap_identity(&self, old: &Passphrase, new: &Passphrase) -> Result<(), StoreError> {
        if new.is_blank() {
            let problem = Problem::new(Kind::Usage, "A new passphrase is needed.");
            return Err(problem.why("An empty one would protect nothing.").into());
        }
        if new.matches(old) {
            return Err(Problem::new(Kind::Usage, "The new passphrase is the same as the old one.").into());
        }
        let path = self.0.paths.identity();
        // scrypt runs before the lock is acquired, so that the lock is held for the write only.
        let (bytes, _) = disk::read(&path)?;
        let wrapped = Key::unwrap(&bytes, old)?.wrap(new, WORK_FACTOR)?;
        let lock = WriteLock::acquire(&self.location(), Wait { longest: LOCK_WAIT, noticed: &mut || () })?;
        disk::is_unchanged(&path, &bytes)?;
        disk::replace(&path, &wrapped, None)?;
        drop(lock);
        Ok(())
    }

    /// As [`VaultAdmin::set_recovery_recipient`](crate::store::VaultAdmin::set_recovery_recipient).
    pub(super) fn recover_by(&self, recipient: &str) -> Result<(), StoreError> {
        if recipient.parse::<age::x25519::Recipient>().is_err() {
            return Err(Problem::new(Kind::Usage, "This is not an age recipient.")
                .why("A recipient starts with age1.")
                .into());
        }
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        // A new kit replaces the former one, which may be lost.
        document.head.recipients.retain(|known| known.role != RECOVERY);
        document.head.recipients.push(Recipient::new(RECOVERY, recipient.to_owned()));
        exclusive.save(document, self.0.clock.now()).map(|_| ())
    }
}
