//! Waiting for admission: this machine asked to join, and an admin has to add it. Reads only the rosters of the store.

use std::sync::Arc;

use super::backend::{Backend, ObjectPath};
use super::envelope::{Envelope, malformed};
use super::identity::TeamIdentity;
use super::join_code::{self, JoinCode};
use super::objects::Objects;
use super::roster;
use crate::audit::Key;
use crate::store::error::StoreError;
use crate::store::members::Role;

/// What this machine shows a person who asked to join, to pass on to an admin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JoinTicket {
    /// The join code to send to an admin.
    pub code: String,
    /// Four words that the person and the admin compare by voice.
    pub words: String,
    /// Hash of `roster/0`, which identifies the vault.
    pub fingerprint: String,
    /// The key that authenticates the entries of the audit log on this machine.
    pub log_key: Key,
}

/// A request to join that no admin has approved yet.
#[derive(Debug)]
pub struct JoinRequest {
    own: TeamIdentity,
    backend: Arc<dyn Backend>,
    /// The rosters that were read and verified so far.
    seen: Objects,
}

/// How a request to join was approved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Admitted {
    /// The role of the new member.
    pub role: Role,
    /// The name of the admin who approved it.
    pub by: String,
}

impl JoinRequest {
    pub(super) fn of(own: TeamIdentity, backend: Arc<dyn Backend>) -> Self {
        Self { own, backend, seen: Objects::default() }
    }

    fn fingerprint(&self) -> &str {
        self.own.vault.as_deref().unwrap_or_default()
    }

    /// The join code and the words to compare. Slow on purpose (the words are hashed many times).
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the identity cannot be encoded as a join code.
    pub fn joining(&self) -> Result<JoinTicket, StoreError> {
        let (key, fingerprint) = (&self.own.key, self.fingerprint());
        Ok(JoinTicket {
            code: JoinCode::of(key, &self.own.name, self.own.vault.as_deref()).text()?,
            words: join_code::words(fingerprint, &key.recipient(), &key.signing_key()),
            fingerprint: fingerprint.to_owned(),
            log_key: key.log_key(),
        })
    }

    /// Checks whether an admin has added this member.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`]; [`StoreError::Tampered`] for a roster that no admin signed.
    pub fn look(&mut self) -> Result<Option<Admitted>, StoreError> {
        let known = self.seen.rosters.len() as u64;
        let numbered = |path: ObjectPath| Some((roster::version_at(&path.0)?, path));
        let rows = self.backend.list("roster/")?;
        let mut new: Vec<(u64, ObjectPath)> = rows.into_iter().filter_map(|row| numbered(row.path)).collect();
        new.retain(|(number, _)| *number >= known);
        new.sort_unstable_by_key(|(number, _)| *number);
        let paths: Vec<ObjectPath> = new.into_iter().map(|(_, path)| path).collect();
        for (path, found) in paths.iter().zip(self.backend.read_all(&paths)?) {
            let Some(found) = found else { break };
            let taken = Envelope::parse(found.body).ok_or_else(malformed).and_then(|envelope| {
                let fingerprint = self.own.vault.as_deref().unwrap_or_default();
                self.seen.take_roster(found.version, envelope, fingerprint, &self.own.key)
            });
            let (place, path) = (self.backend.place(), path.0.clone());
            taken.map_err(|what| StoreError::Tampered { place, path, about: None, what })?;
        }
        let Some(roster) = self.seen.roster() else { return Ok(None) };
        let own = roster.member(&self.own.member);
        let own = own.filter(|member| member.signing_key == self.own.key.signing_key());
        Ok(own.map(|member| Admitted { role: member.role, by: roster.name_of(&member.added_by) }))
    }
}
