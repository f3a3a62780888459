//! The encrypted file: lock, read, commit. Nothing above this module knows that a vault is one local file.
//!
//! ```text
//! <data>/identity.age   age, scrypt(passphrase) -> an age identity and the vault's pin      (key.rs)
//! <data>/vault.age      age, X25519 recipients  -> JSON                                      (document.rs)
//! <data>/lock           flock target, never replaced                                         (file.rs)
//! <data>/backups/       former generations                                                   (backup.rs)
//! <state>/seen.json     highest generation seen, refreshes under way                         (seen.rs)
//! <state>/rescue-*.age  new tokens whose save failed, until the next writer takes them over  (rescue.rs)
//! ```
//!
//! A commit takes the lock, re-reads if the file changed, applies the *intent*, encrypts in memory, decrypts that back,
//! and replaces the file. A save costs no scrypt: the passphrase wraps the identity, the identity opens the vault.

mod backup;
mod commit;
mod document;
mod export;
mod file;
mod generations;
mod key;
mod recipients;
mod recover;
mod rescue;
mod restore;
mod seen;
mod snapshot;
mod stored;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use age::x25519;
use jiff::Timestamp;
use zeroize::Zeroizing;

pub use commit::Exclusive;
pub use export::{open_credentials, seal_credentials};
pub use generations::{Generation, Purged};
pub use key::WORK_FACTOR;
pub use seen::Pending;
pub use snapshot::{Host, Snapshot};

use crate::clock::Clock;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};
use document::Document;
use file::Stamp;
use key::{Key, OpenFailure};
use seen::{Lineage, Seen};

/// An unlocked vault. Clones share one key, which is wiped with the last of them.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    paths: Paths,
    clock: Clock,
    identity: x25519::Identity,
    vault_id: String,
    /// Any of them will do.
    pins: Vec<String>,
    last: Mutex<Option<Loaded>>,
    /// Keeps the page of the identity out of the swap; dropped after the identity was wiped.
    in_memory: OnceLock<Option<region::LockGuard>>,
}

/// The file as it was last read or written.
#[derive(Clone)]
struct Loaded {
    stamp: Stamp,
    hash: String,
    document: Arc<Document>,
    snapshot: Arc<Snapshot>,
}

/// What lies on disk.
#[derive(Clone, Debug)]
pub enum Presence {
    /// Nothing: first run.
    Absent,
    /// A vault to unlock.
    Locked {
        /// `vault.age`.
        path: PathBuf,
        /// Its last change.
        modified: Option<Timestamp>,
        /// Its size in bytes.
        size: u64,
    },
    /// Half a vault, or no files we use.
    Unusable(Problem),
}

/// Looks, without opening anything.
#[must_use]
pub fn look(paths: &Paths) -> Presence {
    let (identity, vault) = match (file::look(&paths.identity()), file::look(&paths.vault())) {
        (Err(problem), _) | (_, Err(problem)) => return Presence::Unusable(problem),
        (Ok(identity), Ok(vault)) => (identity, vault),
    };
    let presence = match (identity, vault) {
        (None, None) => Presence::Absent,
        (Some(_), Some((_, modified, size))) => Presence::Locked { path: paths.vault(), modified, size },
        (None, Some(_)) => half(&paths.identity(), "the vault is there, but the identity that opens it is missing"),
        (Some(_), None) => half(&paths.vault(), "the identity is there, but the vault it opens is missing"),
    };
    if commit::was_interrupted(paths, &presence) { Presence::Absent } else { presence }
}

fn half(missing: &std::path::Path, what: &str) -> Presence {
    Presence::Unusable(
        Problem::new(Kind::Storage, format!("Half of the vault is there: {what}."))
            .why(format!("{} does not exist. Nothing new is made over what is left.", missing.display()))
            .try_this("Restore it: from backups/ beside it, or from your own backup of the folder."),
    )
}

/// How many rescue files wait for the next save.
#[must_use]
pub fn rescued(paths: &Paths) -> usize {
    rescue::files(paths).len()
}

/// Files beside `vault.age` and `identity.age` that look like copies of them: "vault (conflicted copy).age".
#[must_use]
pub fn copies(paths: &Paths) -> Vec<String> {
    let ours = ["vault.age", "identity.age"];
    let is_copy = |name: &String| {
        !ours.contains(&name.as_str()) && !name.starts_with('.') && (name.contains(".age") || name.contains("conflict"))
    };
    let names = file::names(paths.data()).into_iter().filter(is_copy);
    names.map(|name| paths.data().join(name).display().to_string()).collect()
}

/// A random X25519 identity and its recipient, for a recovery kit.
#[must_use]
pub fn recovery_kit() -> (Secret, String) {
    use age::secrecy::ExposeSecret as _;
    let identity = x25519::Identity::generate();
    (Secret::new(identity.to_string().expose_secret().to_owned()), identity.to_public().to_string())
}

/// As [`Vault::create`] with a cheap scrypt, for tests and for vaults that are thrown away.
///
/// # Errors
/// As [`Vault::create`].
#[doc(hidden)]
pub fn create_throwaway(
    paths: &Paths,
    passphrase: &Passphrase,
    clock: &Clock,
    work_factor: u8,
) -> Result<Vault, Problem> {
    create(paths, passphrase, clock, work_factor)
}

impl Vault {
    /// Makes a vault. Takes about a second (scrypt).
    ///
    /// # Errors
    /// Usage for an empty passphrase, Refused when a vault is there, Storage.
    pub fn create(paths: &Paths, passphrase: &Passphrase, clock: &Clock) -> Result<Self, Problem> {
        create(paths, passphrase, clock, WORK_FACTOR)
    }

    /// Opens the vault. Takes about a second (scrypt).
    ///
    /// # Errors
    /// Locked for a wrong passphrase; Storage for missing or damaged files; RolledBack for an older or forked one; Refused for a forged one.
    pub fn unlock(paths: &Paths, passphrase: &Passphrase, clock: &Clock) -> Result<Self, Problem> {
        if let Presence::Unusable(problem) = look(paths) {
            return Err(problem);
        }
        let (bytes, _) = file::read(&paths.identity())?;
        let key = Key::unwrap(&bytes, passphrase)?;
        let vault = Self::with(paths, clock, key.identity, key.vault_id, key.pins);
        vault.snapshot()?;
        Ok(vault)
    }

    /// Opens the vault by an age identity it is encrypted to, without the passphrase and without scrypt.
    ///
    /// The pin lies in `identity.age` and cannot be checked here: use it on files you trust.
    ///
    /// # Errors
    /// Usage when it is no identity, Locked when it does not fit, Storage.
    pub fn unlock_with_identity(paths: &Paths, identity: &Secret, clock: &Clock) -> Result<Self, Problem> {
        let identity = Key::from_identity(identity)?;
        let (bytes, _) = file::read(&paths.vault())?;
        let document = decrypt(&bytes, &identity)?;
        let vault = Self::with(paths, clock, identity, document.vault_id.clone(), vec![document.pin()]);
        vault.snapshot()?;
        Ok(vault)
    }

    /// What the vault holds now. Reads the file only when it changed.
    ///
    /// # Errors
    /// Storage for damage, RolledBack for an older file and for forks, Refused for forgery.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, Problem> {
        self.load().map(|loaded| loaded.snapshot)
    }

    /// Locks the page the identity lies in into memory (mlock), for as long as the vault is open. False where the
    /// system refuses: that is no reason to stop.
    #[must_use]
    pub fn holds_key_in_memory(&self) -> bool {
        let lock = || region::lock(std::ptr::from_ref(&self.0.identity), size_of::<x25519::Identity>()).ok();
        self.0.in_memory.get_or_init(lock).is_some()
    }

    fn with(paths: &Paths, clock: &Clock, identity: x25519::Identity, vault_id: String, pins: Vec<String>) -> Self {
        let (paths, clock) = (paths.clone(), clock.clone());
        Self(Arc::new(Inner {
            paths,
            clock,
            identity,
            vault_id,
            pins,
            last: Mutex::new(None),
            in_memory: OnceLock::new(),
        }))
    }

    fn last(&self) -> MutexGuard<'_, Option<Loaded>> {
        self.0.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file as it is now, checked against pin and lineage.
    fn load(&self) -> Result<Loaded, Problem> {
        let path = self.0.paths.vault();
        let stamp = file::look(&path)?.map(|(stamp, ..)| stamp);
        if let Some(last) = self.last().as_ref().filter(|last| Some(last.stamp) == stamp) {
            return Ok(last.clone());
        }
        // State first: a save writes it after the file, so what is seen here is never newer than what is read next.
        let seen = Seen::read(&self.0.paths, &self.0.vault_id);
        let (bytes, stamp) = file::read(&path)?;
        let document = decrypt(&bytes, &self.0.identity)?;
        let loaded = self.checked(document, stamp, document::hex_sha256(&bytes), &seen)?;
        *self.last() = Some(loaded.clone());
        Ok(loaded)
    }

    fn checked(&self, document: Document, stamp: Stamp, hash: String, seen: &Seen) -> Result<Loaded, Problem> {
        self.is_ours(&document)?;
        match seen.lineage(document.generation, &hash, document.parent.as_deref()) {
            Lineage::Forward => {}
            Lineage::RolledBack => return Err(rolled_back(document.generation, seen.generation)),
            Lineage::Forked => return Err(forked(document.generation)),
        }
        Ok(Loaded { stamp, hash, snapshot: Arc::new(picture(&document)), document: Arc::new(document) })
    }
}

impl Vault {
    /// **I-pin**, see `key.rs`.
    fn is_ours(&self, document: &Document) -> Result<(), Problem> {
        if document.vault_id == self.0.vault_id && self.0.pins.contains(&document.pin()) {
            return Ok(());
        }
        Err(Problem::new(Kind::Refused, "This vault.age was not written by your Credenza.")
            .why("It opens, but lacks the secret that only the real vault holds: somebody may have forged it.")
            .try_this(
                "If a host's key was removed lately, unlock again, or make this host's identity file anew. Otherwise \
                 restore the newest file from backups/, and find out who can write to the folder.",
            ))
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("generation", &self.document.generation).finish_non_exhaustive()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Vault").field(&self.0.paths.vault()).finish()
    }
}

fn create(paths: &Paths, passphrase: &Passphrase, clock: &Clock, work_factor: u8) -> Result<Vault, Problem> {
    if passphrase.is_blank() {
        return Err(Problem::new(Kind::Usage, "A passphrase is needed.").why("An empty one would protect nothing."));
    }
    paths.create()?;
    let lock = file::Lock::acquire(&paths.lock(), commit::LOCK_WAIT, &mut || ())?
        .ok_or_else(|| file::busy(&paths.lock(), commit::LOCK_WAIT))?;
    file::sweep(paths.data());
    match look(paths) {
        Presence::Absent => {}
        Presence::Unusable(problem) => return Err(problem),
        Presence::Locked { path, .. } => {
            return Err(Problem::new(Kind::Refused, format!("A vault is already there: {}.", path.display()))
                .try_this("Unlock it, or name another folder with --dir."));
        }
    }
    let vault_secret = new_secret();
    let vault_id = uuid::Uuid::new_v4().to_string();
    let key = Key::generate(vault_id.clone(), document::hex_sha256(vault_secret.as_bytes()));
    let document = Document::new(vault_id, vault_secret, key.identity.to_public().to_string());
    let wrapped = key.wrap(passphrase, work_factor)?;
    let vault = Vault::with(paths, clock, key.identity, key.vault_id, key.pins);
    commit::found(&vault, &document, &wrapped)?;
    drop(lock);
    Ok(vault)
}

/// What only the real vault holds: 244 random bits.
fn new_secret() -> Zeroizing<String> {
    let half = || uuid::Uuid::new_v4().simple();
    Zeroizing::new(format!("{}{}", half(), half()))
}

fn picture(document: &Document) -> Snapshot {
    Snapshot {
        credentials: Arc::clone(&document.credentials),
        integrations: Arc::clone(&document.integrations),
        generation: document.generation,
        undo: document.undo.iter().map(|step| step.label.clone()).collect(),
        recovery_kit: document.recipients.iter().any(|recipient| recipient.role == document::RECOVERY),
        hosts: recipients::hosts(document),
        audit: document.audit.clone(),
        unreadable: document.unreadable_names(),
    }
}

fn decrypt(bytes: &[u8], identity: &x25519::Identity) -> Result<Document, Problem> {
    let json = key::open(bytes, identity).map_err(|failure| match failure {
        OpenFailure::Key => Problem::new(Kind::Storage, "The identity does not open this vault.")
            .why("vault.age and identity.age belong to different vaults.")
            .try_this("Put the two files of one vault together again, from a backup of the folder."),
        OpenFailure::Work | OpenFailure::Damaged => {
            Problem::new(Kind::Storage, "vault.age is damaged: it is cut, changed, or followed by extra data.")
                .why("Every byte of it is authenticated, and some are not as they were written.")
                .try_this("Copy the newest file from backups/ over it.")
        }
    })?;
    Document::from_json(&json)
}

fn rolled_back(found: u64, seen: u64) -> Problem {
    Problem::new(Kind::RolledBack, format!("The vault is older than it was: generation {found}, but {seen} was seen."))
        .why("Somebody restored or synced an old file. Its refresh tokens may be spent, so none is used.")
        .try_this("Put the newer file back, or go on with this one: credenza restore")
}

fn forked(generation: u64) -> Problem {
    Problem::new(
        Kind::RolledBack,
        format!("The vault was changed in two places: there are two generations {generation}."),
    )
    .why("Another copy of it was written to, on another machine perhaps.")
    .try_this("Put the copy you want to keep here and in every other place, and then: credenza restore")
}
