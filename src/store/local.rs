//! The vault of this machine: finds, creates, opens and restores it. The only module that knows whether the vault is a
//! file, or shared by a team.

use std::path::Path;
use std::sync::Arc;

use super::contents::Contents;
use super::contract::Store;
use super::error::StoreError;
pub(crate) use super::file::is_payload;
pub(crate) use super::file::open_credentials;
pub(crate) use super::file::open_payload;
pub(crate) use super::file::recent_beside;
use super::file::{self, FileStore, Location};
pub use super::file::{KeyDescription, OpenedExport, Presence, WORK_FACTOR, seal_credentials};
use super::key_file::KeyFile;
pub use super::key_file::{KeyKind, KeyPrompts};
use super::reading::Reading;
use super::team;
use super::team::backend::address::Address;
use super::team::backend::platform::Platform;
pub(crate) use super::team::backend::self_test::ProgressCheck;
use super::team::backend::{Backend, self_test};
pub use super::team::{Admitted, JoinRequest, JoinTicket, Lock, MemberKey, StoreAccess};
use crate::clock::Clock;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};

/// The location of this machine's vault, and the program that uses it.
#[derive(Clone, Debug)]
pub struct Local(Location, Reading);

/// What opens the vault.
#[derive(Clone, Copy, Debug)]
pub enum UnlockBy<'a> {
    /// The passphrase: takes about a second (scrypt).
    Passphrase(&'a Passphrase),
    /// A host's identity file.
    IdentityFile(&'a Path),
    /// The key file of a team member, and the prompts for its passphrase or PIN.
    KeyFile(&'a Path, &'a dyn KeyPrompts),
}

/// The location of the vault in these folders.
#[must_use]
pub fn place(paths: &Paths) -> String {
    // Checked first, so that `credenza token` with the agent of the default vault makes as few system calls as
    // possible.
    let shared = if paths.is_beside_default() { team::address(paths) } else { None };
    shared.unwrap_or_else(|| paths.vault().display().to_string())
}

impl Local {
    /// The vault in these folders; `program`, such as `credenza token`, is shown to processes that wait for this one.
    #[must_use]
    pub fn at(paths: &Paths, clock: &Clock, program: &str) -> Self {
        Self(Location { paths: paths.clone(), clock: clock.clone(), program: program.to_owned() }, Reading::default())
    }

    /// Reports the progress of long reads of a shared store.
    #[must_use]
    pub fn reporting(self, reading: Reading) -> Self {
        Self(self.0, reading)
    }

    /// The location of the vault, for the user, and to compare whether two processes use the same vault.
    #[must_use]
    pub fn place(&self) -> String {
        place(&self.0.paths)
    }

    /// Determines what exists there, without opening anything.
    #[must_use]
    pub fn presence(&self) -> Presence {
        if self.is_team() { team::look(&self.0.paths) } else { file::look(&self.0.paths) }
    }

    /// Whether a team shares the vault.
    #[must_use]
    pub fn is_team(&self) -> bool {
        team::address(&self.0.paths).is_some()
    }

    /// Number of new token sets that are stored outside the vault because their save failed.
    #[must_use]
    pub fn rescued(&self) -> usize {
        file::rescued(&self.0.paths)
    }

    /// Copies of the vault that a sync tool or the user may have made beside it.
    #[must_use]
    pub fn copies(&self) -> Vec<String> {
        file::copies(&self.0.paths)
    }

    /// scrypt's work factor of the identity file, if it is too low.
    #[must_use]
    pub(crate) fn low_work_factor(&self) -> Option<u8> {
        file::low_work_factor(&self.0.paths)
    }

    /// Checks that a save could replace the vault.
    ///
    /// # Errors
    /// `Kind::Storage` if the file is a mount point.
    pub(crate) fn is_replaceable(&self) -> Result<(), Problem> {
        file::is_replaceable(&self.0.paths)
    }

    /// Creates a vault; `work_factor` is scrypt's log2 N, [`WORK_FACTOR`] for a vault that is meant to last.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the passphrase is empty, a vault exists, or nothing can be written.
    pub fn create(&self, passphrase: &Passphrase, work_factor: u8) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(file::create(&self.0, passphrase, work_factor)?))
    }

    /// Opens the vault.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::RolledBack`], [`StoreError::Forked`], [`StoreError::Forged`],
    /// [`StoreError::Unusable`].
    pub fn unlock(&self, by: UnlockBy<'_>) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match by {
            UnlockBy::IdentityFile(file) if team::is_identity(file) => self.unlock_team(by, connect)?,
            UnlockBy::Passphrase(_) | UnlockBy::KeyFile(..) if self.is_team() => self.unlock_team(by, connect)?,
            UnlockBy::Passphrase(passphrase) => Arc::new(FileStore::unlock(&self.0, passphrase)?),
            UnlockBy::IdentityFile(file) => Arc::new(FileStore::unlock_as_host(&self.0, file)?),
            UnlockBy::KeyFile(..) => return Err(no_member().into()),
        })
    }

    /// Opens the team vault of this machine; `connect` opens the store at the address in the identity.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock), and [`StoreError::Tampered`]; [`StoreError::Unreachable`] if this machine has no
    /// copy yet.
    pub fn unlock_team(
        &self,
        by: UnlockBy<'_>,
        connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(match by {
            UnlockBy::Passphrase(passphrase) => {
                team::open((&self.0, &self.1), Lock::Passphrase(passphrase, WORK_FACTOR), connect)?
            }
            UnlockBy::KeyFile(file, prompts) => team::open((&self.0, &self.1), Lock::KeyFile(file, prompts), connect)?,
            UnlockBy::IdentityFile(file) => team::open_as_host((&self.0, &self.1), file, connect)?,
        }))
    }

    /// Creates a team vault at an address, with the caller as its first admin.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if a vault already exists at the address or on this machine;
    /// [`StoreError::Unreachable`].
    pub fn found_team<'a>(
        &self,
        backend: Arc<dyn Backend>,
        access: impl Into<StoreAccess<'a>>,
        name: &str,
        lock: impl Into<Lock<'a>>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(team::found(&self.0, backend, access.into(), name, lock.into())?))
    }

    /// Creates an identity to request access to the team vault at an address.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there is no vault at the address, or one on this machine;
    /// [`StoreError::Unreachable`].
    pub fn join_team<'a>(
        &self,
        backend: Arc<dyn Backend>,
        access: impl Into<StoreAccess<'a>>,
        name: &str,
        lock: impl Into<Lock<'a>>,
    ) -> Result<JoinRequest, StoreError> {
        team::join(&self.0, backend, access.into(), name, lock.into())
    }

    /// Opens the identity that was created on this machine to request access to a team vault.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], and as [`connect`].
    pub(crate) fn asked_to_join(&self, by: UnlockBy<'_>) -> Result<JoinRequest, StoreError> {
        match by {
            UnlockBy::Passphrase(passphrase) => {
                team::asked(&self.0, Lock::Passphrase(passphrase, WORK_FACTOR), connect)
            }
            UnlockBy::KeyFile(file, prompts) => team::asked(&self.0, Lock::KeyFile(file, prompts), connect),
            UnlockBy::IdentityFile(_) => Err(no_member().into()),
        }
    }

    /// Locks a member's identity with another passphrase or key. Takes a second for each passphrase (scrypt).
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::Unusable`].
    pub fn change_member_lock<'a>(&self, old: impl Into<Lock<'a>>, new: impl Into<Lock<'a>>) -> Result<(), StoreError> {
        team::lock_anew(&self.0, old.into(), new.into())
    }

    /// Saves the store's password in the member's identity, or removes it, after connecting with it (or without it)
    /// succeeded.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock) and [`connect`]; nothing is changed in that case.
    pub(crate) fn keep_store_password<'a>(
        &self,
        lock: impl Into<Lock<'a>>,
        password: Option<Secret>,
    ) -> Result<(), StoreError> {
        team::keep_password(&self.0, lock.into(), password, reach)
    }

    /// Reads the whole content of the vault in the file.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock); [`StoreError::Unusable`] if only another program version can read some records.
    pub fn whole(&self, passphrase: &Passphrase) -> Result<Contents, StoreError> {
        FileStore::unlock(&self.0, passphrase)?.whole()
    }

    /// Creates a vault in a file with the content of another store.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(&self, passphrase: (&Passphrase, u8), contents: Contents) -> Result<Arc<dyn Store>, StoreError> {
        Ok(Arc::new(file::create_with(&self.0, passphrase, contents)?))
    }

    /// Whether a file is the identity of a host of a team vault.
    #[must_use]
    pub(crate) fn is_team_identity(file: &Path) -> bool {
        team::is_identity(file)
    }

    /// Opens the vault with an age identity it is encrypted to, such as a recovery kit's.
    ///
    /// # Errors
    /// [`StoreError::WrongIdentity`], and as [`unlock`](Self::unlock).
    pub fn unlock_with_identity(&self, identity: &Secret) -> Result<Arc<dyn Store>, StoreError> {
        self.must_be_a_file()?;
        Ok(Arc::new(FileStore::unlock_with_identity(&self.0, identity)?))
    }

    /// Installs a copy of a vault where none exists, if `kit` is its recovery kit.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if `kit` is not the recovery kit, or a vault exists; as [`unlock`](Self::unlock).
    pub fn adopt(&self, from: &Path, kit: &Secret) -> Result<(), StoreError> {
        file::adopt(&self.0, from, kit)
    }

    /// Removes the installed copy again, unless an identity was created for it.
    pub fn abandon(&self) {
        file::abandon(&self.0);
    }

    /// Opens the vault, or an older version of it, with its recovery kit and gives it a new identity under a new
    /// passphrase. Takes about a second.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if `kit` is not the recovery kit; [`StoreError::NoVersion`]; as
    /// [`unlock`](Self::unlock).
    pub fn recover(
        &self,
        kit: &Secret,
        passphrase: &Passphrase,
        generation: Option<u64>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        if self.is_team() && generation.is_none() {
            return self.recover_member((kit, WORK_FACTOR), passphrase, connect);
        }
        self.must_be_a_file()?;
        Ok(Arc::new(FileStore::recover(&self.0, kit, passphrase, generation)?))
    }

    /// Opens a member's identity with its recovery kit, and locks it with a new passphrase.
    ///
    /// # Errors
    /// As [`recover`](Self::recover) and [`unlock_team`](Self::unlock_team).
    pub fn recover_member(
        &self,
        (kit, work_factor): (&Secret, u8),
        passphrase: &Passphrase,
        connect: impl FnOnce(&StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        team::recover(&self.0, kit, Lock::Passphrase(passphrase, work_factor))?;
        self.unlock_team(UnlockBy::Passphrase(passphrase), connect)
    }

    /// Opens only the identity and the backups, whatever happened to the vault itself.
    ///
    /// # Errors
    /// [`StoreError::WrongPassphrase`], [`StoreError::Unusable`].
    pub fn open_unread(&self, by: UnlockBy<'_>) -> Result<Arc<dyn Store>, StoreError> {
        if self.is_team() {
            return self.unlock(by);
        }
        Ok(Arc::new(self.unread(by)?))
    }

    /// Checks, without opening it, that `vault.age` is the file that was seen last.
    ///
    /// # Errors
    /// `Kind::Storage`, `Kind::RolledBack`.
    pub(crate) fn examine(&self) -> Result<(), Problem> {
        if self.is_team() {
            return Ok(());
        }
        file::examine(&self.0.paths)
    }

    /// The last version of a vault whose files are missing, if the state folder knows one.
    #[must_use]
    pub fn vanished(&self) -> Option<u64> {
        file::vanished(&self.0.paths)
    }

    /// Checks that an identity exists, so that a restore can be tried whatever happened to the vault.
    ///
    /// # Errors
    /// `Kind::Storage` if there is none.
    pub(crate) fn may_restore(&self) -> Result<(), Problem> {
        file::may_restore(&self.0.paths)
    }

    /// Saves a file (by default the current `vault.age`) as the newest version of the vault; works even if the vault
    /// does not open.
    ///
    /// # Errors
    /// As [`unlock`](Self::unlock).
    pub fn restore(&self, by: UnlockBy<'_>, from: Option<&Path>) -> Result<Arc<dyn Store>, StoreError> {
        self.must_be_a_file()?;
        let vault = self.unread(by)?;
        vault.restore_from(from)?;
        Ok(Arc::new(vault))
    }

    /// As [`restore`](Self::restore), for an available version.
    ///
    /// # Errors
    /// [`StoreError::NoVersion`], and as [`restore`](Self::restore).
    pub(crate) fn restore_version(&self, by: UnlockBy<'_>, number: u64) -> Result<Arc<dyn Store>, StoreError> {
        if self.is_team() {
            let store = self.unlock(by)?;
            store.restore(number)?;
            return Ok(store);
        }
        let vault = self.unread(by)?;
        vault.restore(number)?;
        Ok(Arc::new(vault))
    }

    fn must_be_a_file(&self) -> Result<(), Problem> {
        if !self.is_team() {
            return Ok(());
        }
        Err(Problem::new(Kind::Refused, "A team vault cannot be restored from a file.")
            .why(format!("It is in {}.", self.place()))
            .try_this("Restore one of its versions by its number instead."))
    }

    fn unread(&self, by: UnlockBy<'_>) -> Result<FileStore, StoreError> {
        match by {
            UnlockBy::Passphrase(passphrase) => FileStore::unlock_unread(&self.0, passphrase),
            UnlockBy::IdentityFile(file) => FileStore::unlock_as_host_unread(&self.0, file),
            UnlockBy::KeyFile(..) => Err(no_member().into()),
        }
    }
}

/// The problem with a key file for a vault that is not a team's.
fn no_member() -> Problem {
    Problem::new(Kind::Usage, "A key file opens team vaults only.")
        .why("This vault is opened by its passphrase, or by a host's identity file.")
}

/// The folders for a command with the identity file of a team vault's host, whose audit log is its own; `None` for any
/// other file.
///
/// # Errors
/// `Kind::Storage` if the log that an earlier version kept elsewhere cannot be moved.
pub(crate) fn paths_of_host(paths: &Paths, identity_file: &Path) -> Result<Option<Paths>, Problem> {
    team::paths_of_host(paths, identity_file)
}

/// The key that opens the team vault in these folders, if one does.
#[must_use]
pub fn member_key(paths: &Paths) -> Option<MemberKey> {
    MemberKey::of(paths)
}

/// The kind of key in a file.
///
/// # Errors
/// `Kind::Usage` for a file without a key that can decrypt; `Kind::Refused` for a private key that others can read.
pub(crate) fn key_kind(file: &Path) -> Result<KeyKind, Problem> {
    Ok(KeyFile::read(file)?.kind())
}

/// Opens the store at an address. Does not use the network yet.
///
/// # Errors
/// [`StoreError::Unusable`] if the address is invalid, or credentials are missing.
pub fn connect(access: &StoreAccess<'_>) -> Result<Arc<dyn Backend>, StoreError> {
    let platform = Platform::of_process();
    let platform = match access.password {
        Some(password) => platform.with_password(password.clone()),
        None => platform,
    };
    Ok(team::backend::open(&Address::parse(access.address)?, &platform)?)
}

/// Signs in to a store, without reading its content.
///
/// # Errors
/// As [`connect`]; [`StoreError::Unreachable`], or [`StoreError::Unusable`] if the store refuses.
pub fn reach(access: &StoreAccess<'_>) -> Result<(), StoreError> {
    connect(access)?.get(&team::first_roster())?;
    Ok(())
}

/// As [`connect`], for a new vault: creates its table, and tests that the store keeps every write.
///
/// # Errors
/// As [`connect`]; [`StoreError::Unusable`] with the counts if the store loses writes.
pub(crate) fn connect_new(
    access: &StoreAccess<'_>,
    goes_on: ProgressCheck<'_>,
) -> Result<Arc<dyn Backend>, StoreError> {
    let backend = connect(access)?;
    backend.prepare()?;
    self_test::check(&*backend, goes_on)?;
    Ok(backend)
}

/// As [`connect`], for a vault that is to be joined: tests that the store keeps every write.
///
/// # Errors
/// As [`connect_new`].
pub(crate) fn connect_to_join(
    access: &StoreAccess<'_>,
    goes_on: ProgressCheck<'_>,
) -> Result<Arc<dyn Backend>, StoreError> {
    let backend = connect(access)?;
    self_test::check(&*backend, goes_on)?;
    Ok(backend)
}

/// A random age identity and its recipient (`age1...`), for a recovery kit.
#[must_use]
pub fn recovery_kit() -> (Secret, String) {
    file::recovery_kit()
}

/// Writes the sheet of a recovery kit to a new file that only its owner can read.
///
/// # Errors
/// `Kind::Refused` if the file exists, `Kind::Storage`.
pub(crate) fn write_sheet(path: &Path, sheet: &Secret) -> Result<(), Problem> {
    file::write_sheet(path, sheet)
}
