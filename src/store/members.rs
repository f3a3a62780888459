//! The members of a team's store: the contract, and what is known of them.

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
    /// A machine that reads the credentials it was given, and refreshes their tokens.
    Host,
}

impl Role {
    /// Its word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Reader => "reader",
            Self::Host => "host",
        }
    }

    /// Whether it may change setups.
    #[must_use]
    pub(crate) fn may_edit(self) -> bool {
        matches!(self, Self::Admin | Self::Member)
    }
}

/// Somebody on the list of members.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Never changes.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was added.
    pub since: Timestamp,
    /// Who added it.
    pub added_by: String,
    /// The credentials that a host can read.
    pub credentials: Vec<CredentialId>,
    /// Whether it is the present user.
    pub is_own: bool,
    /// The time of the newest object it has signed, by its own clock; `None` if none of its objects is left. Reading
    /// leaves no trace.
    pub last_seen: Option<Timestamp>,
}

/// A credential to change at its provider after a member was removed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rotate {
    pub credential: CredentialId,
    /// Its name when the member was removed.
    pub name: String,
    /// What the member knew of it: "client secret", "key", "grant".
    pub what: Vec<String>,
    /// The member who was removed.
    pub because_of: String,
    /// When.
    pub since: Timestamp,
}

/// The state of the store itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TeamState {
    /// Where it is, for a person.
    pub place: String,
    /// Hash of the first list of members, which identifies the vault.
    pub fingerprint: String,
    /// The version of the list of members.
    pub roster: u64,
    /// Objects that still have to be encrypted to the current members.
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
    /// Whether it is the present user.
    pub is_own: bool,
    /// When, by the author's clock.
    pub at: Timestamp,
    /// Grows with each save that changed something.
    pub revision: u64,
}

/// What is known of a team without another request to its store.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TeamSnapshot {
    /// Where the store is, for a person.
    pub place: String,
    pub members: Vec<Member>,
    /// The credentials that are still to be changed at their providers.
    pub rotation: Vec<Rotate>,
    /// Who saved each record last, by the record's id.
    pub authors: Arc<BTreeMap<String, Authorship>>,
}

impl TeamSnapshot {
    /// The role of the present user.
    #[must_use]
    pub fn own_role(&self) -> Option<Role> {
        self.members.iter().find(|member| member.is_own).map(|member| member.role)
    }
}

/// An object that differs in the store from what this machine has seen, as it does after a backup was restored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Which object.
    pub path: String,
    /// The name of the record it is a part of.
    pub about: Option<String>,
    /// Its revision in the store; `None` where it is missing.
    pub stored: Option<u64>,
    /// The revision that this machine has seen.
    pub seen: u64,
    /// Who wrote the one in the store, where that was after the restore.
    pub by: Option<String>,
    /// What becomes of it.
    pub remedy: Remedy,
}

/// What is done about a difference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Remedy {
    /// The newer one of this machine goes back unchanged.
    PutBack,
    /// The one of this machine counts; the one that was written after the restore is kept in the version before.
    KeepSeen,
    /// The one that was written after the restore counts; the one of this machine is kept in the version before.
    KeepStored,
    /// Both are made one.
    Unite,
    /// The copy on this machine is damaged: another machine has to do it, or the older one counts from now on.
    Lacking,
}

impl Remedy {
    /// Its word in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::PutBack => "put_back",
            Self::KeepSeen => "keep_seen",
            Self::KeepStored => "keep_stored",
            Self::Unite => "unite",
            Self::Lacking => "lacking",
        }
    }
}

/// Called with the number of objects done, and of all objects.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize);

/// Manages the members of a team's store.
pub trait Members: fmt::Debug {
    /// The members.
    ///
    /// # Errors
    /// As [`Store::snapshot`](super::Store::snapshot).
    fn members(&self) -> Result<Vec<Member>, StoreError>;

    /// The state of the store itself.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn team_state(&self) -> Result<TeamState, StoreError>;

    /// The four words of a member, to compare by voice. Takes a moment.
    ///
    /// # Errors
    /// As [`members`](Self::members); [`StoreError::Unusable`] if nobody has that name.
    fn words_of(&self, name: &str) -> Result<String, StoreError>;

    /// Name and four words of the person who made a join code, before they are added.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a code that is wrong, was used, or is for another vault.
    fn look_at_code(&self, code: &str) -> Result<(String, String), StoreError>;

    /// Adds the person who made a join code, and encrypts every record to them as well.
    ///
    /// # Errors
    /// As [`look_at_code`](Self::look_at_code) and [`Store::commit`](super::Store::commit).
    fn add_member(&self, code: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError>;

    /// Creates an identity for a host that can read these credentials, writes it to a new file (0600) and adds the
    /// host.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a name that is taken or a file that exists; as
    /// [`Store::commit`](super::Store::commit).
    fn add_team_host(
        &self,
        name: &str,
        credentials: &[CredentialId],
        identity_file: &Path,
        progress: Progress<'_>,
    ) -> Result<Member, StoreError>;

    /// Removes a member or host: from the list first, then every record it could read is re-encrypted. Returns what to
    /// change at the providers.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if nobody has that name, or for the last admin; as
    /// [`Store::commit`](super::Store::commit).
    fn remove_member(&self, name: &str, progress: Progress<'_>) -> Result<Vec<Rotate>, StoreError>;

    /// Changes a member's role, from the next version of the list on.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if nobody has that name, for a host, the present role, or the last admin; as
    /// [`Store::commit`](super::Store::commit).
    fn set_role(&self, name: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError>;

    /// Completes the re-encryption of an interrupted change of the members; returns how many objects were encrypted.
    ///
    /// # Errors
    /// As [`Store::commit`](super::Store::commit).
    fn finish(&self, progress: Progress<'_>) -> Result<usize, StoreError>;

    /// Stops the re-encryption after the batch that is being saved; [`finish`](Self::finish) does the rest.
    fn stop_encrypting(&self);

    /// The credentials that are still to be changed at their providers.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn rotation(&self) -> Result<Vec<Rotate>, StoreError>;

    /// Where the store is, for a person. Nothing is read.
    fn place(&self) -> String;

    /// When the store was last reached, if it cannot be reached now. Nothing is read.
    fn offline_since(&self) -> Option<Timestamp>;

    /// Everything a member can read: records and their own undo steps.
    ///
    /// # Errors
    /// As [`members`](Self::members).
    fn whole(&self) -> Result<Contents, StoreError>;

    /// Fills a vault without records.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if there are records; as [`Store::commit`](super::Store::commit).
    fn fill(&self, contents: Contents) -> Result<(), StoreError>;

    /// Records that a credential was changed at its provider; returns what is left.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] if it is not on the list; as [`Store::commit`](super::Store::commit).
    fn rotated(&self, credential: CredentialId) -> Result<Vec<Rotate>, StoreError>;

    /// What of the store is older than what this machine has seen, missing, or changed on both sides of a restore.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for anybody but an admin, and where the list of members was changed on both sides;
    /// [`StoreError::Tampered`] for what no member wrote.
    fn differences(&self) -> Result<Vec<Difference>, StoreError>;

    /// Accepts a store that was restored from a backup: what this machine has newer goes back, and what was changed on
    /// both sides is made one. `lost` also gives up what only other machines have seen: everything is signed anew, above
    /// any revision that they can have seen. Returns what differed.
    ///
    /// # Errors
    /// As [`differences`](Self::differences); [`StoreError::Unusable`] where this machine lacks a newer object, and
    /// `lost` is not given.
    fn accept_restored(&self, lost: bool, progress: Progress<'_>) -> Result<Vec<Difference>, StoreError>;

    /// Lets a recovery kit open the member's identity on this machine, instead of the former kit.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] for a host, or text that is not a recipient.
    fn keep_kit(&self, recipient: &str) -> Result<(), StoreError>;
}
