//! Hosts: machines that open the vault with their own identity file, without the passphrase.
//!
//! A host's file is an age identity file that contains the vault's pin, as `identity.age` does (`key.rs`). It is not
//! encrypted and has mode 0600: anyone who has it can read the vault and write to it.
//!
//! Removing a host removes its recipient *and* changes the vault's secret: an old copy of the vault contains the former
//! secret, with which the host could forge a vault. The secret is in `vault.age` and its hash in `identity.age`, two
//! files that cannot be replaced at once. So `identity.age` first accepts both hashes, then the vault is saved, then
//! only the new hash remains: a crash in between leaves a vault that opens. The files of other hosts contain the old
//! hash and must be recreated.

use std::path::Path;

use zeroize::Zeroizing;

use super::commit::LOCK_WAIT;
use super::create::new_secret;
use super::disk;
use super::document::{Document, HOST, Recipient};
use super::key::Key;
use super::location::Location;
use super::presence::{Presence, look};
use super::vault::FileStore;
use super::work_factor::WORK_FACTOR;
use crate::paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Passphrase;
use crate::store::digest::hex_sha256;
use crate::store::error::StoreError;
use crate::store::snapshot::Host;

/// Largest identity file, in bytes.
const MAX_FILE: u64 = 64 << 10;

impl FileStore {
    /// Opens the vault with a host's identity file, without passphrase and scrypt. The file must belong to the user,
    /// and must not be accessible to others.
    ///
    /// # Errors
    /// `Kind::Refused` for a file that others can read; `Kind::Usage` if it is not an identity file written by
    /// Credenza; `Kind::Locked` if it does not, or no longer, open the vault.
    pub(in crate::store) fn unlock_as_host(at: &Location, identity_file: &Path) -> Result<Self, StoreError> {
        if let Presence::Unusable(problem) = look(&at.paths) {
            return Err(problem.into());
        }
        let vault = Self::unlock_as_host_unread(at, identity_file)?;
        match vault.current_head() {
            Err(StoreError::WrongIdentity { .. }) => Err(shut_out(identity_file).into()),
            head => head.map(|_| vault),
        }
    }

    /// As [`unlock_as_host`](Self::unlock_as_host), without reading the vault.
    pub(in crate::store) fn unlock_as_host_unread(at: &Location, identity_file: &Path) -> Result<Self, StoreError> {
        let unusable = |why: String| {
            Problem::new(Kind::Usage, format!("The identity file {} cannot be used.", identity_file.display()))
                .why(why)
                .try_this("Create a new one on a machine that can open the vault.")
                .step(NextStep::AddHost)
        };
        paths::only_ours(identity_file)?;
        let text = paths::read_bounded(identity_file, MAX_FILE).map_err(|error| unusable(format!("{error}.")))?;
        let text = Zeroizing::new(text);
        let key = Key::parse(&text)
            .map_err(|problem| if problem.why.is_empty() { problem } else { unusable(problem.why) })?;
        Ok(Self::with(at, key.identity, key.vault_id, key.pins))
    }

    /// Creates an identity for a host, writes it to `identity_file` (a new file, 0600) and adds the host, or replaces
    /// the identity of the host with this name.
    ///
    /// # Errors
    /// `Kind::Usage` if the name is taken or invalid, `Kind::NotFound` if there is no host to replace, `Kind::Refused`
    /// if the file exists, `Kind::Storage`.
    pub(super) fn create_host(&self, name: &str, identity_file: &Path, replaces: bool) -> Result<Host, StoreError> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        let is_known = document.head.hosts().iter().any(|host| host.name == name);
        match (is_known, replaces) {
            (true, false) => return Err(name_taken(name).into()),
            (false, true) => return Err(unknown(name).into()),
            (true, true) => document.head.drop_host(name),
            (false, false) => {}
        }
        let key = Key::generate(document.head.vault_id.clone(), document.head.pin());
        let now = self.0.clock.now();
        let recipient = key.identity.to_public().to_string();
        let host =
            Recipient { name: Some(name.to_owned()), since: Some(now), ..Recipient::new(HOST, recipient.clone()) };
        document.head.recipients.push(host);
        // The key file is written first, so that no recipient is added whose key nobody has.
        disk::create_new(identity_file, key.plain().as_bytes())?;
        if let Err(problem) = exclusive.save(document, now) {
            disk::remove(identity_file);
            return Err(problem);
        }
        Ok(Host { name: name.to_owned(), recipient, since: Some(now) })
    }

    /// Removes a host: it cannot open anything that is saved from now on, and the vault's secret is changed. Takes
    /// three seconds (scrypt). This handle stays unlocked; other processes have to unlock the vault again. Returns the
    /// remaining hosts, whose files must be recreated.
    ///
    /// # Errors
    /// `Kind::NotFound`, `Kind::Locked` for a wrong passphrase, `Kind::Storage`.
    pub(super) fn revoke_host(&self, name: &str, passphrase: &Passphrase) -> Result<Vec<Host>, StoreError> {
        let is_known = |document: &Document| document.head.hosts().iter().any(|host| host.name == name);
        // Acquiring the lock removes the temporary files of a killed removal, even if the host is already gone.
        if !is_known(self.exclusive(LOCK_WAIT)?.document()) {
            return Err(unknown(name).into());
        }
        let path = self.0.paths.identity();
        // scrypt runs before the lock is acquired, so that the lock is held for the writes only.
        let (bytes, _) = disk::read(&path)?;
        let mut key = Key::unwrap(&bytes, passphrase)?;
        let secret = new_secret();
        let new = hex_sha256(secret.as_bytes());
        key.pins.push(new.clone());
        let both_pins = key.pins.clone();
        let both = key.wrap(passphrase, WORK_FACTOR)?;
        key.pins = vec![new.clone()];
        let only_new = key.wrap(passphrase, WORK_FACTOR)?;

        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        if !is_known(&document) {
            return Err(unknown(name).into());
        }
        disk::is_unchanged(&path, &bytes)?;
        document.head.drop_host(name);
        document.head.retire_log_key()?;
        document.head.vault_secret = secret;
        disk::replace(&path, &both, None)?;
        // Accept both secrets already, because another thread may read before the last line.
        *self.pins() = both_pins;
        exclusive.save(document, self.0.clock.now())?;
        disk::replace(&path, &only_new, None)?;
        *self.pins() = vec![new];
        Ok(exclusive.document().head.hosts())
    }
}

fn name_taken(name: &str) -> Problem {
    Problem::new(Kind::Usage, format!("A host named {name} already exists."))
        .try_this("Choose another name, or replace that host's identity.")
        .step(NextStep::ReplaceHost { name: name.to_owned() })
}

fn unknown(name: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("There is no host named {name}.")).step(NextStep::ListHosts)
}

/// Replaces the usual message for a key that does not open the vault, which is about `identity.age`.
fn shut_out(identity_file: &Path) -> Problem {
    Problem::new(Kind::Locked, format!("The identity file {} does not open this vault.", identity_file.display()))
        .why("Its host was removed, or it belongs to another vault.")
        .try_this("Create a new one on a machine that can open the vault.")
        .step(NextStep::AddHost)
}
