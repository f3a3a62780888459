//! The content of `vault.age`, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::digest::hex_sha256;
use super::lineage::{Lineage, Place};
use super::prints::Fingerprints;
use super::stored::Unknown;
use crate::audit;
use crate::model::credential::{Credential, CredentialId};
use crate::model::integration::{Integration, IntegrationId};
use crate::store::contents::Contents;
use crate::store::snapshot::Host;

/// The role of the recipient whose identity is in `identity.age`.
pub(super) const OWNER: &str = "owner";

/// The role of the recovery kit's recipient.
pub(super) const RECOVERY: &str = "recovery";

/// The role of a host that opens the vault without the passphrase.
pub(super) const HOST: &str = "host";

/// Whom the vault is encrypted to.
#[allow(clippy::struct_field_names, reason = "the names of the JSON keys")]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Recipient {
    pub(super) kind: String,
    /// [`OWNER`], [`RECOVERY`] or [`HOST`].
    pub(super) role: String,
    pub(super) recipient: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Of a host: when it was let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
}

impl Recipient {
    pub(super) fn new(role: &str, recipient: String) -> Self {
        Self { kind: "x25519".to_owned(), role: role.to_owned(), recipient, name: None, since: None }
    }
}

/// What is pinned of the audit log by machine, see [`audit::machine`].
pub(super) type LogPins = BTreeMap<String, audit::Pin>;

/// Former keys of the audit log, hex, newest first.
pub(super) type LogKeys = Vec<Zeroizing<String>>;

/// Everything but the records.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) vault_id: String,
    /// Grows by one with every save.
    pub(super) generation: u64,
    /// What [`mark`](Self::mark) gave for the file before this one.
    pub(super) parent: Option<String>,
    /// 32 hex digits, others with every save; none in format 1.
    pub(super) nonce: Option<String>,
    /// Of `recent.age` only: the nonce of the `vault.age` it belongs to.
    pub(super) base: Option<String>,
    pub(super) lineage: Lineage,
    pub(super) vault_secret: Zeroizing<String>,
    pub(super) recipients: Vec<Recipient>,
    /// The newest line of the audit log, as versions before its key pinned it.
    pub(super) audit: Option<audit::Head>,
    pub(super) audit_logs: LogPins,
    pub(super) audit_keys: LogKeys,
    /// Keys of a later version.
    pub(super) unknown: Unknown,
}

/// The payload, in memory.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) head: Head,
    /// The records and steps of undo.
    pub(super) contents: Contents,
    pub(super) unread: Unread,
    pub(super) refresh_tokens_seen: Fingerprints,
    /// The records as they were read or written last.
    pub(super) kept: Arc<Kept>,
    /// The same of `recent.age`, which takes their place.
    pub(super) kept_recent: Option<Arc<Kept>>,
}

/// What this version cannot read, each on one line unchanged.
#[derive(Clone, Default)]
pub(super) struct Unread {
    pub(super) credentials: Vec<Box<RawValue>>,
    pub(super) integrations: Vec<Box<RawValue>>,
    /// Records of other kinds, which the index names.
    pub(super) of_other_kinds: Vec<Box<RawValue>>,
    /// Lines that the index does not name.
    pub(super) lines: Vec<Box<RawValue>>,
}

/// The JSON of records, to be written unchanged while the record is the same one.
#[derive(Default)]
pub(super) struct Kept {
    /// What the ranges are of.
    pub(super) json: Zeroizing<Vec<u8>>,
    /// Each record is a line of format 2.
    pub(super) is_format_2: bool,
    pub(super) credentials: HashMap<CredentialId, (Arc<Credential>, Range<usize>)>,
    pub(super) integrations: HashMap<IntegrationId, (Arc<Integration>, Range<usize>)>,
}

pub(super) struct Before<'a, T> {
    pub(super) record: &'a Arc<T>,
    pub(super) json: &'a str,
    /// It can be written unchanged.
    pub(super) is_line: bool,
}

impl Kept {
    /// A credential as it was.
    pub(super) fn credential(&self, id: CredentialId) -> Option<Before<'_, Credential>> {
        self.before(self.credentials.get(&id)?)
    }

    /// An integration as it was.
    pub(super) fn integration(&self, id: IntegrationId) -> Option<Before<'_, Integration>> {
        self.before(self.integrations.get(&id)?)
    }

    fn before<'a, T>(&'a self, (record, at): &'a (Arc<T>, Range<usize>)) -> Option<Before<'a, T>> {
        let json = std::str::from_utf8(self.json.get(at.clone())?).ok()?;
        Some(Before { record, json, is_line: self.is_format_2 })
    }
}

impl Document {
    /// A credential as it was read or written last.
    pub(super) fn credential_before(&self, id: CredentialId) -> Option<Before<'_, Credential>> {
        self.kept_recent.as_ref().and_then(|recent| recent.credential(id)).or_else(|| self.kept.credential(id))
    }

    /// The credentials `ids` alone, as they were read or written last.
    pub(super) fn kept_of(&self, ids: &BTreeSet<CredentialId>) -> Kept {
        let lines = || ids.iter().filter_map(|id| Some((*id, self.credential_before(*id)?)));
        // Sized ahead, so that growing leaves no copies of secrets behind.
        let mut json = Zeroizing::new(Vec::with_capacity(lines().map(|(_, before)| before.json.len()).sum()));
        let mut credentials = HashMap::new();
        for (id, before) in lines() {
            let from = json.len();
            json.extend_from_slice(before.json.as_bytes());
            credentials.insert(id, (Arc::clone(before.record), from..json.len()));
        }
        Kept { json, is_format_2: self.kept.is_format_2, credentials, ..Kept::default() }
    }

    /// The payload of a new vault.
    pub(super) fn new(vault_id: String, vault_secret: Zeroizing<String>, owner: String) -> Self {
        Self {
            head: Head {
                vault_id,
                generation: 1,
                parent: None,
                nonce: Some(new_nonce()),
                base: None,
                lineage: Lineage::default(),
                vault_secret,
                recipients: vec![Recipient::new(OWNER, owner)],
                audit: None,
                audit_logs: LogPins::new(),
                audit_keys: LogKeys::new(),
                unknown: Unknown::new(),
            },
            contents: Contents::default(),
            unread: Unread::default(),
            refresh_tokens_seen: Fingerprints::new(),
            kept: Arc::default(),
            kept_recent: None,
        }
    }
}

impl Head {
    /// Who opens the vault without the passphrase.
    pub(super) fn hosts(&self) -> Vec<Host> {
        let hosts = self.recipients.iter().filter(|known| known.role == HOST);
        let host = |known: &Recipient| Host {
            name: known.name.clone().unwrap_or_default(),
            recipient: known.recipient.clone(),
            since: known.since,
        };
        hosts.map(host).collect()
    }

    /// What tells its file from every other: the nonce; in format 1, which has none, the SHA-256 of the file, hex.
    pub(super) fn mark(&self, file: &[u8]) -> String {
        self.nonce.clone().unwrap_or_else(|| hex_sha256(file))
    }

    /// Its place among other files, where [`mark`](Self::mark) gave `mark`.
    pub(super) fn place<'a>(&'a self, mark: &'a str) -> Place<'a> {
        Place { generation: self.generation, mark, parent: self.parent.as_deref(), lineage: &self.lineage }
    }

    /// Takes the place among other files, and the audit log, of a newer head of the same vault.
    pub(super) fn follow(&mut self, newer: Self) {
        self.generation = newer.generation;
        self.parent = newer.parent;
        self.nonce = newer.nonce;
        self.lineage = newer.lineage;
        self.audit = newer.audit;
        self.audit_logs = newer.audit_logs;
    }

    /// **I-pin**, see `key.rs`.
    pub(super) fn pin(&self) -> String {
        hex_sha256(self.vault_secret.as_bytes())
    }
}

/// 128 random bits less the six that mark a UUID, as 32 hex digits.
pub(super) fn new_nonce() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// What a person calls a file.
pub(super) fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(|| "vault.age".to_owned(), |name| name.to_string_lossy().into_owned())
}
