//! The vault's data about the audit log: its key, and the last pinned line of each machine that shares the vault.
//!
//! ```json
//! "audit_logs": { "hash of a machine's id": { "head": { "seq": 41, "hash": "…", "at": "…" },
//! "accepted": { … }, "broken": { "since": "…", "seq": 12, "kind": "cut" } } },
//! "audit_keys": ["former keys, hex, newest first"]
//! ```
//!
//! The active key is derived from the vault's secret; a former one is kept when the secret changes.

use jiff::Timestamp;

use super::commit::LOCK_WAIT;
use super::derived::derived;
use super::document::Head;
use super::vault::FileStore;
use crate::audit::{self, Key, Pin, Proof};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::store::error::StoreError;

/// Domain separation: derives the key of the audit log from the vault's secret.
const PURPOSE: &[u8] = b"audit log v1";

/// Maximum number of former keys; each removed host adds one.
const MAX_KEYS: usize = 32;

/// Maximum number of machines; each run of a container may be a new one.
const MAX_MACHINES: usize = 64;

impl Head {
    /// What the audit log on this machine is checked against.
    pub(super) fn log_proof(&self) -> Result<Proof, Problem> {
        let former = self.audit_keys.iter().filter_map(|hex| Key::from_hex(hex));
        let keys = std::iter::once(self.log_key()?).chain(former).collect();
        // Programs from before the log had a key pinned one log for all machines.
        let older = || Pin { head: self.audit.clone(), ..Pin::default() };
        Ok(Proof { keys, pin: self.audit_logs.get(&audit::machine()).cloned().unwrap_or_else(older) })
    }

    /// Pins the newest line, or records that the log is broken.
    pub(super) fn move_log_pin(&mut self, paths: &Paths, now: Timestamp) -> Result<(), Problem> {
        let pin = audit::advance(paths, &self.log_proof()?, now);
        self.set_log_pin(pin);
        Ok(())
    }

    /// Accepts the log in its current state: for a new vault, or after the user has acknowledged a fault.
    pub(super) fn accept_log(&mut self, head: Option<audit::Head>) {
        self.set_log_pin(Pin { head: head.clone(), accepted: head, broken: None });
    }

    fn set_log_pin(&mut self, pin: Pin) {
        self.audit = None;
        let machine = audit::machine();
        if pin == Pin::default() {
            self.audit_logs.remove(&machine);
            return;
        }
        self.audit_logs.insert(machine.clone(), pin);
        while self.audit_logs.len() > MAX_MACHINES {
            let others = self.audit_logs.iter().filter(|(name, _)| **name != machine);
            let oldest = others.min_by_key(|(_, pin)| pin.head.as_ref().and_then(|head| head.at));
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { return };
            self.audit_logs.remove(&oldest);
        }
    }

    /// Keeps the key of the lines written so far, before the vault's secret is changed.
    pub(super) fn retire_log_key(&mut self) -> Result<(), Problem> {
        self.audit_keys.insert(0, self.log_key()?.to_hex());
        self.audit_keys.truncate(MAX_KEYS);
        Ok(())
    }

    /// Takes over what the replaced version knows about the log, because a restored version knows less.
    pub(super) fn keep_log_of(&mut self, newer: &Self) {
        self.audit.clone_from(&newer.audit);
        self.audit_logs.clone_from(&newer.audit_logs);
        self.audit_keys.clone_from(&newer.audit_keys);
    }

    fn log_key(&self) -> Result<Key, Problem> {
        Ok(Key::new(derived(&self.vault_secret, PURPOSE)?))
    }
}

impl FileStore {
    /// As [`Store::acknowledge_log`](crate::store::Store::acknowledge_log).
    pub(super) fn accept_log(&self) -> Result<(), StoreError> {
        let mut exclusive = self.exclusive(LOCK_WAIT)?;
        let mut document = exclusive.document().clone();
        document.head.accept_log(audit::head(&self.0.paths)?);
        exclusive.save(document, self.0.clock.now())?;
        Ok(())
    }
}
