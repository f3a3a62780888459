//! The members of a team's store: the contract, and the data about them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::error::StoreError;
use crate::model::credential::CredentialId;

/// What a member may do.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything, and decides who is a member.
    Admin,
    /// Reads and edits every credential.
    Member,
    /// Reads every credential, and refreshes its tokens.
    Reader,
    /// A machine that reads the credentials assigned to it, and refreshes their tokens.
    Host,
}

impl Role {
    /// The name on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Reader => "reader",
            Self::Host => "host",
        }
    }

    /// Whether the role may change setups.
    #[must_use]
    pub(crate) fn may_edit(self) -> bool {
        matches!(self, Self::Admin | Self::Member)
    }
}

/// An entry in the list of members.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Never changes.
    pub id: String,
    pub name: String,
    pub role: Role,
    /// When the member was added.
    pub since: Timestamp,
    /// The member who added it.
    pub added_by: String,
    /// The credentials that a host can read.
    pub credentials: Vec<CredentialId>,
    /// Whether this is the current user.
    pub is_own: bool,
    /// The time of the newest object the member has signed, by the member's own clock; `None` if none of its objects is
    /// left. Reading leaves no trace.
    pub last_seen: Option<Timestamp>,
}

/// A credential that has to be changed at its provider after a member was removed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RotationItem {
    pub credential: CredentialId,
    /// The name of the credential when the member was removed.
    pub name: String,
    /// What the member knew about it: "client secret", "key", "grant".
    pub what: Vec<String>,
    /// The member who was removed.
    pub because_of: String,
    /// When the member was removed.
    pub since: Timestamp,
}

/// The state of the store itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TeamState {
    /// The location of the store, for the user.
    pub place: String,
    /// Hash of the first list of members, which identifies the vault.
    pub fingerprint: String,
    /// The version of the list of members.
    pub roster: u64,
    /// Number of objects that still have to be encrypted to the current members.
    pub to_encrypt: usize,
    /// Objects in the same place that this program did not write.
    pub foreign: Vec<String>,
    /// When the store was last reached, if it cannot be reached now.
    pub as_of: Option<Timestamp>,
}

/// Who saved a record last, not counting refreshes of its tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authorship {
    /// The member's name.
    pub by: String,
    /// Whether this is the current user.
    pub is_own: bool,
    /// When it was saved, by the author's clock.
    pub at: Timestamp,
    /// Grows with each save that changed something.
    pub revision: u64,
}

/// The data about a team that is available without another request to its store.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TeamSnapshot {
    /// The location of the store, for the user.
    pub place: String,
    pub members: Vec<Member>,
    /// The credentials that are still to be changed at their providers.
    pub rotation: Vec<RotationItem>,
    /// Who saved each record last, by the record's id.
    pub authors: Arc<BTreeMap<String, Authorship>>,
}

impl TeamSnapshot {
    /// The role of the current user.
    #[must_use]
    pub fn own_role(&self) -> Option<Role> {
        self.members.iter().find(|member| member.is_own).map(|member| member.role)
    }
}

/// An object that differs in the store from what this machine has seen, as it does after a restore from a backup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RestoreDifference {
    pub path: String,
    /// The name of the record that the object is part of.
    pub about: Option<String>,
    /// The revision of the object in the store; `None` if it is missing.
    pub stored: Option<u64>,
    /// The revision that this machine has seen.
    pub seen: u64,
    /// Who wrote the object in the store, if it was written after the restore.
    pub by: Option<String>,
    pub remedy: Remedy,
}

/// How a difference is resolved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The newer object of this machine is written back unchanged.
    PutBack,
    /// The object of this machine wins; the one written after the restore is kept in the previous version.
    KeepSeen,
    /// The object written after the restore wins; the one of this machine is kept in the previous version.
    KeepStored,
    /// Both are merged into one object.
    Merge,
    /// The copy on this machine is damaged: another machine has to resolve it, or the older object is valid from now
    /// on.
    Unresolvable,
}

impl Remedy {
    /// The name in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PutBack => "put_back",
            Self::KeepSeen => "keep_seen",
            Self::KeepStored => "keep_stored",
            Self::Merge => "unite",
            Self::Unresolvable => "lacking",
        }
    }
}

/// Called with the number of objects done, and the total.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// Manages the members of a team's store.
pub trait Members: fmt::Debug {
    /// Lists the members.
    ///
    /// # Errors
    /// As [`Store::snapshot`](super::Store::snapshot).
    fn members(&self) -> Result<Vec<Member>, StoreError>;

    /// Reads the state of the store itself.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn team_state(&self) -> Result<TeamState, StoreError>;

    /// Returns the four words of a member, to compare aloud. Takes a moment.
    ///
    /// # Errors
    /// As [`members`](Self::members); [`StoreError::Unusable`] if no member has that name.
    fn words_of(&self, name: &str) -> Result<String, StoreError>;

    /// Returns the name and the four words of the user who created a join code, before the user is added.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a code that is wrong, was used, or is for another vault.
    fn look_at_code(&self, code: &str) -> Result<(String, String), StoreError>;

    /// Adds the user who created a join code, and encrypts every record to them as well.
    ///
    /// # Errors
    /// As [`look_at_code`](Self::look_at_code) and [`Store::commit`](super::Store::commit).
    fn add_member(&self, code: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError>;

    /// Creates an identity for a host that can read these credentials, writes it to a new file (0600) and adds the
    /// host.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the name is already used or the file exists; as
    /// [`Store::commit`](super::Store::commit).
    fn add_team_host(
        &self,
        name: &str,
        credentials: &[CredentialId],
        identity_file: &Path,
        progress: Progress<'_>,
    ) -> Result<Member, StoreError>;

    /// Removes a member or host: first from the list, then every record it could read is re-encrypted. Returns what has
    /// to be changed at the providers.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if no member has that name, or for the last admin; as
    /// [`Store::commit`](super::Store::commit).
    fn remove_member(&self, name: &str, progress: Progress<'_>) -> Result<Vec<RotationItem>, StoreError>;

    /// Changes a member's role, starting with the next version of the list.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if no member has that name, for a host, the current role, or the last admin; as
    /// [`Store::commit`](super::Store::commit).
    fn set_role(&self, name: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError>;

    /// Completes the re-encryption of an interrupted change of the members; returns how many objects were encrypted.
    ///
    /// # Errors
    /// As [`Store::commit`](super::Store::commit).
    fn finish(&self, progress: Progress<'_>) -> Result<usize, StoreError>;

    /// Stops the re-encryption after the batch that is being saved; [`finish`](Self::finish) completes it.
    fn stop_encrypting(&self);

    /// Lists the credentials that still have to be changed at their providers.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn rotation(&self) -> Result<Vec<RotationItem>, StoreError>;

    /// The location of the store, for the user. Does not read the store.
    fn place(&self) -> String;

    /// When the store was last reached, if it cannot be reached now. Does not read the store.
    fn offline_since(&self) -> Option<Timestamp>;

    /// Reads everything a member can read: records and their own undo steps.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn whole(&self) -> Result<Contents, StoreError>;

    /// Fills a vault that has no records.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there are records; as [`Store::commit`](super::Store::commit).
    fn fill(&self, contents: Contents) -> Result<(), StoreError>;

    /// Records that a credential was changed at its provider; returns the remaining ones.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if the credential is not on the list; as [`Store::commit`](super::Store::commit).
    fn rotated(&self, credential: CredentialId) -> Result<Vec<RotationItem>, StoreError>;

    /// Lists the objects that are older in the store than on this machine, missing, or changed on both sides of a
    /// restore.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for anyone but an admin, and if the list of members was changed on both sides;
    /// [`StoreError::Tampered`] for an object that no member wrote.
    fn differences(&self) -> Result<Vec<RestoreDifference>, StoreError>;

    /// Accepts a store that was restored from a backup: objects that are newer on this machine are written back, and
    /// objects that were changed on both sides are merged. `lost` also abandons what only other machines have seen:
    /// everything is signed again, with revisions higher than any that they can have seen. Returns the differences.
    ///
    /// # Errors
    /// As [`differences`](Self::differences); [`StoreError::Unusable`] if this machine lacks a newer object and `lost`
    /// is false.
    fn accept_restored(&self, lost: bool, progress: Progress<'_>) -> Result<Vec<RestoreDifference>, StoreError>;

    /// Lets a recovery kit open the member's identity on this machine, instead of the previous kit.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a host, or text that is not a recipient.
    fn keep_kit(&self, recipient: &str) -> Result<(), StoreError>;
}
