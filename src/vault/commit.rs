//! Changing the vault: one writer at a time, intents over the file as it is now, saved before anybody is told.

use std::sync::Arc;
use std::time::Duration;

use age::x25519;
use jiff::Timestamp;

use super::document::{Document, Recipient, hex_sha256};
use super::key::{self, Key, WORK_FACTOR};
use super::seen::{Pending, Seen};
use super::{Loaded, Presence, Snapshot, Vault, backup, file, picture};
use crate::change::Change;
use crate::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;

/// How long a person waits for another process that is saving.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// What a refresh answer may add to the vault, in bytes: reserved before a refresh token is spent.
const ANSWER_ROOM: u64 = 256 << 10;

/// The vault under its lock. While it lives no other process writes; dropping it lets them.
#[derive(Debug)]
pub struct Exclusive {
    vault: Vault,
    loaded: Loaded,
    seen: Seen,
    _lock: file::Lock,
}

impl Vault {
    /// Takes the lock, waiting at most `wait`, and reads what is there now.
    ///
    /// # Errors
    /// Storage when another process keeps the lock, and as [`Vault::snapshot`].
    pub fn exclusive(&self, wait: Duration) -> Result<Exclusive, Problem> {
        let lock = file::Lock::acquire(&self.0.paths.lock(), wait)?;
        file::sweep(self.0.paths.data());
        file::sweep(self.0.paths.state());
        let loaded = self.load()?;
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        Ok(Exclusive { vault: self.clone(), loaded, seen, _lock: lock })
    }

    /// Applies one intent and saves.
    ///
    /// # Errors
    /// The conflict as NotFound, Usage or Refused; Storage. Nothing is changed then.
    pub fn commit(&self, change: Change) -> Result<Arc<Snapshot>, Problem> {
        self.exclusive(LOCK_WAIT)?.commit(change)
    }

    /// Takes the last edit of a person back and gives its label.
    ///
    /// # Errors
    /// NotFound when there is none, Refused when it no longer fits, Storage.
    pub fn undo(&self) -> Result<String, Problem> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let now = self.0.clock.now();
        let mut document = (*exclusive.loaded.document).clone();
        let label = document.take_back(now)?;
        exclusive.save(document, now)?;
        Ok(label)
    }

    /// Wraps the identity anew; `vault.age` is not touched. Takes about two seconds (scrypt twice).
    ///
    /// # Errors
    /// Locked for a wrong old passphrase, Usage when the new one is empty or the same, Storage.
    pub fn change_passphrase(&self, old: &Passphrase, new: &Passphrase) -> Result<(), Problem> {
        if new.is_blank() {
            return Err(
                Problem::new(Kind::Usage, "A new passphrase is needed.").why("An empty one would protect nothing.")
            );
        }
        if new.matches(old) {
            return Err(Problem::new(Kind::Usage, "The new passphrase is the old one."));
        }
        let exclusive = self.exclusive(LOCK_WAIT)?;
        let path = self.0.paths.identity();
        let (bytes, _) = file::read(&path)?;
        let key = Key::unwrap(&bytes, old)?;
        let wrapped = key.wrap(new, WORK_FACTOR)?;
        file::replace(&path, &wrapped, None)?;
        drop(exclusive);
        Ok(())
    }

    /// Encrypts the vault to a second recipient from now on.
    ///
    /// # Errors
    /// Usage when it is no recipient, Storage.
    pub fn add_recovery_recipient(&self, recipient: &str) -> Result<(), Problem> {
        if recipient.parse::<x25519::Recipient>().is_err() {
            return Err(Problem::new(Kind::Usage, "This is not an age recipient.").why("One starts with age1."));
        }
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let mut document = (*exclusive.loaded.document).clone();
        // A new kit takes the place of the one before, which may be lost.
        document.recipients.retain(|known| known.role != "recovery");
        document.recipients.push(Recipient {
            kind: "x25519".to_owned(),
            role: "recovery".to_owned(),
            recipient: recipient.to_owned(),
        });
        exclusive.save(document, self.0.clock.now()).map(|_| ())
    }
}

impl Exclusive {
    /// What the vault holds, read under the lock.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.loaded.snapshot
    }

    /// Proves that the next save can succeed: room on the disk, and a folder that takes new files.
    ///
    /// # Errors
    /// Storage, before anything was spent.
    pub fn reserve(&mut self) -> Result<(), Problem> {
        file::reserve(self.vault.0.paths.data(), self.loaded.stamp.size() + ANSWER_ROOM)?;
        file::reserve(self.vault.0.paths.state(), 4_096)
    }

    /// Notes that the refresh token is about to be spent.
    ///
    /// # Errors
    /// Storage.
    pub fn mark_refresh(&mut self, id: CredentialId) -> Result<(), Problem> {
        self.seen.pending.retain(|pending| pending.id != id);
        self.seen.pending.push(Pending { id, since: self.vault.0.clock.now() });
        self.seen.write(&self.vault.0.paths)
    }

    /// The note of a refresh whose answer was never saved.
    #[must_use]
    pub fn pending_refresh(&self, id: CredentialId) -> Option<Pending> {
        self.seen.pending.iter().find(|pending| pending.id == id).cloned()
    }

    /// Takes the note back: an answer came, whatever it was.
    pub fn clear_mark(&mut self, id: CredentialId) {
        let before = self.seen.pending.len();
        self.seen.pending.retain(|pending| pending.id != id);
        if self.seen.pending.len() != before {
            // A note too many only makes the next refresh more careful.
            let _ = self.seen.write(&self.vault.0.paths);
        }
    }

    /// Applies one intent and saves; on return it is on the disk.
    ///
    /// # Errors
    /// As [`Vault::commit`].
    pub fn commit(&mut self, change: Change) -> Result<Arc<Snapshot>, Problem> {
        let now = self.vault.0.clock.now();
        let mut document = (*self.loaded.document).clone();
        document.apply(change, now)?;
        self.save(document, now)
    }

    fn save(&mut self, mut document: Document, now: Timestamp) -> Result<Arc<Snapshot>, Problem> {
        let inner = &self.vault.0;
        let kept = backup::path(&inner.paths.backups(), document.generation, now);
        document.generation += 1;
        document.parent = Some(self.loaded.hash.clone());
        let sealed = sealed(&document, &inner.identity, now)?;
        let stamp = file::replace(&inner.paths.vault(), &sealed, Some(&kept))?;
        backup::rotate(&inner.paths.backups());
        let hash = hex_sha256(&sealed);
        self.seen = Seen {
            vault_id: document.vault_id.clone(),
            generation: document.generation,
            hash: hash.clone(),
            pending: std::mem::take(&mut self.seen.pending),
        };
        // The vault is saved. A state that lags behind only weakens the next rollback check.
        let _ = self.seen.write(&inner.paths);
        let snapshot = Arc::new(picture(&document));
        self.loaded = Loaded { stamp, hash, document: Arc::new(document), snapshot: Arc::clone(&snapshot) };
        *self.vault.last() = Some(self.loaded.clone());
        Ok(snapshot)
    }
}

/// Encrypts, and proves that it opens before the old file is touched.
fn sealed(document: &Document, identity: &x25519::Identity, now: Timestamp) -> Result<Vec<u8>, Problem> {
    let json = document.to_json(now)?;
    if json.len() as u64 > file::MAX_SIZE {
        return Err(Problem::new(Kind::Storage, "The vault would be larger than 16 MiB.")
            .why("That is some 15,000 credentials; no larger file is opened.")
            .try_this("Delete credentials that are no longer used, or keep a second vault with --dir."));
    }
    let recipients: Vec<x25519::Recipient> =
        document.recipients.iter().map(|known| known.recipient.parse()).collect::<Result<_, _>>().map_err(|_| {
            Problem::new(Kind::Refused, "The vault names a recipient of a kind this version cannot encrypt to.")
                .why("Saving without it would shut that recipient out.")
                .try_this("Use the version that added it.")
        })?;
    let recipients = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients)
        .map_err(|_| Problem::internal("The vault has no recipient to encrypt to."))?;
    let sealed = key::seal(encryptor, &json)?;
    match key::open(&sealed, identity) {
        Ok(back) if *back == *json => Ok(sealed),
        _ => Err(Problem::new(Kind::Storage, "The encrypted vault did not decrypt to what was put in.")
            .why("The memory or the processor may be faulty, or this identity is no recipient. The file is as it was.")
            .try_this("Check the machine's memory.")),
    }
}

/// First run: both files, or neither. The `founding` mark tells a crash in between from half a vault.
pub(super) fn found(vault: &Vault, document: &Document, wrapped: &[u8]) -> Result<(), Problem> {
    let inner = &vault.0;
    let (mark, now) = (inner.paths.founding(), inner.clock.now());
    let sealed = sealed(document, &inner.identity, now)?;
    file::replace(&mark, b"", None)?;
    file::remove(&inner.paths.vault());
    file::remove(&inner.paths.identity());
    let stamp = file::replace(&inner.paths.vault(), &sealed, None)?;
    file::replace(&inner.paths.identity(), wrapped, None)?;
    file::remove(&mark);
    let hash = hex_sha256(&sealed);
    let seen = Seen {
        vault_id: document.vault_id.clone(),
        generation: document.generation,
        hash: hash.clone(),
        pending: Vec::new(),
    };
    let _ = seen.write(&inner.paths);
    let (document, snapshot) = (Arc::new(document.clone()), Arc::new(picture(document)));
    *vault.last() = Some(Loaded { stamp, hash, document, snapshot });
    Ok(())
}

/// Whether only a crash in the middle of [`found`] explains what lies there.
pub(super) fn was_interrupted(paths: &crate::paths::Paths, half: &Presence) -> bool {
    matches!(half, Presence::Unusable(_)) && matches!(file::look(&paths.founding()), Ok(Some(_)))
}
