//! Changing the vault: one writer at a time, intents over the file as it is now, saved before anybody is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use age::x25519;
use jiff::Timestamp;

use super::document::{Document, RECOVERY, Recipient, hex_sha256};
use super::key::{self, Key, WORK_FACTOR};
use super::seen::{Pending, Seen};
use super::{Loaded, Presence, Snapshot, Vault, backup, file, picture, rescue};
use crate::audit;
use crate::model::change::{Change, Edit};
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;

/// How long a person waits for another process that is saving.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// What a refresh answer may add to the vault, in bytes: reserved before a refresh token is spent.
const ANSWER_ROOM: u64 = 256 << 10;

/// A refresh that went out longer ago is not under way: the provider has 30 seconds, and the saves a few.
const REFRESH_LASTS: Duration = Duration::from_secs(90);

/// The vault under its lock. While it lives no other process writes; dropping it lets them.
#[derive(Debug)]
pub struct Exclusive {
    vault: Vault,
    loaded: Loaded,
    seen: Seen,
    lock: file::Lock,
}

impl Vault {
    /// Takes the lock, waiting at most `wait`, and reads what is there now. Tokens that a failed save left beside the
    /// vault are put into it first.
    ///
    /// # Errors
    /// When another process keeps the lock: Temporary while it renews a token, Storage otherwise. And as
    /// [`Vault::snapshot`].
    pub fn exclusive(&self, wait: Duration) -> Result<Exclusive, Problem> {
        self.exclusive_telling(wait, &mut || ())
    }

    /// As [`Vault::exclusive`]; `told` is called once when it takes longer than a person would not notice.
    ///
    /// # Errors
    /// As [`Vault::exclusive`].
    pub fn exclusive_telling(&self, wait: Duration, told: &mut dyn FnMut()) -> Result<Exclusive, Problem> {
        let lock = file::Lock::acquire(&self.0.paths.lock(), wait, told)?.ok_or_else(|| self.busy(wait))?;
        file::sweep(self.0.paths.data());
        file::sweep(self.0.paths.state());
        let loaded = self.load()?;
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let mut exclusive = Exclusive { vault: self.clone(), loaded, seen, lock };
        exclusive.adopt()?;
        Ok(exclusive)
    }

    fn busy(&self, wait: Duration) -> Problem {
        let now = self.0.clock.now();
        let recent = |pending: &Pending| now.duration_since(pending.since).unsigned_abs() <= REFRESH_LASTS;
        if !Seen::read(&self.0.paths, &self.0.vault_id).pending.iter().any(recent) {
            return file::busy(&self.0.paths.lock(), wait);
        }
        Problem::new(Kind::Temporary, "Another process is renewing a token, and the vault is locked until it is saved.")
            .why(format!("It, or several one after the other, took longer than {} seconds.", wait.as_secs()))
            .try_this("Try again. If it repeats, look whether the provider answers.")
    }

    /// Applies one intent and saves.
    ///
    /// # Errors
    /// The conflict as NotFound, Usage or Refused; Storage. Nothing is changed then.
    pub fn commit(&self, edit: impl Into<Edit>) -> Result<Arc<Snapshot>, Problem> {
        self.exclusive(LOCK_WAIT)?.commit(edit)
    }

    /// Applies several intents and saves once: all, or none.
    ///
    /// # Errors
    /// As [`Vault::commit`].
    pub fn commit_all(&self, changes: Vec<Change>) -> Result<(), Problem> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let now = self.0.clock.now();
        let mut document = (*exclusive.loaded.document).clone();
        for change in changes {
            document.apply(change.into(), now)?;
        }
        exclusive.save(document, now).map(|_| ())
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
        document.recipients.retain(|known| known.role != RECOVERY);
        document.recipients.push(Recipient::new(RECOVERY, recipient.to_owned()));
        exclusive.save(document, self.0.clock.now()).map(|_| ())
    }
}

impl Exclusive {
    pub(super) fn over(vault: &Vault, loaded: Loaded, seen: Seen, lock: file::Lock) -> Self {
        Self { vault: vault.clone(), loaded, seen, lock }
    }

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
    pub fn commit(&mut self, edit: impl Into<Edit>) -> Result<Arc<Snapshot>, Problem> {
        let now = self.vault.0.clock.now();
        let mut document = (*self.loaded.document).clone();
        document.apply(edit.into(), now)?;
        self.save(document, now)
    }

    /// Keeps new tokens beside a vault that cannot be saved, encrypted as it is; the next one to take the lock puts
    /// them into it. Gives the file.
    ///
    /// # Errors
    /// Storage; Internal for a change without tokens.
    pub fn rescue(&self, change: &Change) -> Result<PathBuf, Problem> {
        rescue::write(&self.vault.0.paths, &self.loaded.document, &self.vault.0.identity, change)
    }

    /// Puts in what [`Exclusive::rescue`] kept, where it is newer than what is stored.
    fn adopt(&mut self) -> Result<(), Problem> {
        for path in rescue::files(&self.vault.0.paths) {
            match rescue::read(&path, &self.loaded.document, &self.vault.0.identity) {
                rescue::Found::Newer(change) => {
                    let id = change.id();
                    self.commit(*change).map_err(|problem| not_adopted(&path, &problem))?;
                    self.clear_mark(id);
                    file::remove(&path);
                }
                rescue::Found::Superseded => file::remove(&path),
                // Of another vault, damaged or forged: not ours to use or to delete.
                rescue::Found::Foreign => {}
            }
        }
        Ok(())
    }

    pub(super) fn document(&self) -> &Document {
        &self.loaded.document
    }

    /// Seals `document` as the next generation. On return it is on the disk.
    pub(super) fn save(&mut self, mut document: Document, now: Timestamp) -> Result<Arc<Snapshot>, Problem> {
        let inner = &self.vault.0;
        if !self.lock.is_held(&inner.paths.lock()) {
            return Err(Problem::new(Kind::Storage, "The lock file was deleted while the vault was in use.")
                .why("Another process may be writing by now, so nothing was saved.")
                .try_this("Try again, and leave the file named lock in the vault's folder alone."));
        }
        let kept = backup::path(&inner.paths.backups(), document.generation, now);
        // The log goes on behind the pin; one that is shorter than it was is not taken for the truth.
        if let Some(head) = audit::head(&inner.paths) {
            document.audit = document.audit.filter(|pinned| pinned.seq > head.seq).or(Some(head));
        }
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

fn not_adopted(path: &Path, problem: &Problem) -> Problem {
    Problem::new(problem.kind, "Tokens of an earlier save that failed cannot be put into the vault yet.")
        .why(format!("{} {} They are kept in {}.", problem.what, problem.why, path.display()))
        .try_this("Mend that first; then the next command takes them over. Do not delete the file.")
}

/// Encrypts, and proves that it opens before the old file is touched.
fn sealed(document: &Document, identity: &x25519::Identity, now: Timestamp) -> Result<Vec<u8>, Problem> {
    let json = document.to_json(now)?;
    if json.len() as u64 > file::MAX_SIZE {
        return Err(Problem::new(Kind::Storage, "The vault would be larger than 16 MiB.")
            .why("That is some 15,000 credentials; no larger file is opened.")
            .try_this("Delete credentials that are no longer used, or keep a second vault with --dir."));
    }
    key::seal_for(document.recipients.iter().map(|known| known.recipient.as_str()), &json, identity)
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
