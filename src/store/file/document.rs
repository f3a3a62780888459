//! The decrypted content of `vault.age`, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::lineage::{FileVersion, Lineage};
use super::token_hashes::Fingerprints;
use crate::audit;
use crate::model::credential::{Credential, CredentialId};
use crate::model::integration::{Integration, IntegrationId};
use crate::store::contents::Contents;
use crate::store::digest::hex_sha256;
use crate::store::snapshot::Host;
use crate::store::stored::Unknown;

/// The role of the recipient whose identity is in `identity.age`.
pub(super) const OWNER: &str = "owner";

/// The role of the recovery kit's recipient.
pub(super) const RECOVERY: &str = "recovery";

/// The role of a host that opens the vault without the passphrase.
pub(super) const HOST: &str = "host";

/// A recipient of the vault.
#[allow(clippy::struct_field_names, reason = "the names of the JSON keys")]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Recipient {
    pub(super) kind: String,
    /// [`OWNER`], [`RECOVERY`] or [`HOST`].
    pub(super) role: String,
    pub(super) recipient: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// When the host was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
}

impl Recipient {
    pub(super) fn new(role: &str, recipient: String) -> Self {
        Self { kind: "x25519".to_owned(), role: role.to_owned(), recipient, name: None, since: None }
    }
}

/// The pins of the audit log by machine, see [`audit::machine`].
pub(super) type LogPins = BTreeMap<String, audit::Pin>;

/// Former keys of the audit log, hex, newest first.
pub(super) type LogKeys = Vec<Zeroizing<String>>;

/// Everything in the payload except the records.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) vault_id: String,
    /// The number of the version. Grows by one with every save.
    pub(super) generation: u64,
    /// The [`mark`](Self::mark) of the version before this one.
    pub(super) parent: Option<String>,
    /// 32 random hex digits per save; `None` in format 1.
    pub(super) nonce: Option<String>,
    /// In `recent.age` only: the nonce of the `vault.age` it belongs to.
    pub(super) base: Option<String>,
    pub(super) lineage: Lineage,
    pub(super) vault_secret: Zeroizing<String>,
    pub(super) recipients: Vec<Recipient>,
    /// The newest line of the audit log, as pinned by programs from before the log had a key.
    pub(super) audit: Option<audit::Head>,
    pub(super) audit_logs: LogPins,
    pub(super) audit_keys: LogKeys,
    /// Keys of a later program version.
    pub(super) unknown: Unknown,
}

/// The decrypted payload.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) head: Head,
    /// The records and undo steps.
    pub(super) contents: Contents,
    pub(super) unread: Unread,
    pub(super) refresh_tokens_seen: Fingerprints,
    /// The JSON of the records as they were last read or written.
    pub(super) kept: Arc<Kept>,
    /// The same for the records of `recent.age`, which replace those of `vault.age`.
    pub(super) kept_recent: Option<Arc<Kept>>,
}

/// Lines that this program version cannot read, kept unchanged.
#[derive(Clone, Default)]
pub(super) struct Unread {
    pub(super) credentials: Vec<Box<RawValue>>,
    pub(super) integrations: Vec<Box<RawValue>>,
    /// Records of unknown kinds that the index lists.
    pub(super) of_other_kinds: Vec<Box<RawValue>>,
    /// Lines that the index does not list.
    pub(super) lines: Vec<Box<RawValue>>,
}

/// The JSON of records, from which the next save copies the records that did not change.
#[derive(Default)]
pub(super) struct Kept {
    /// The text that the ranges point into.
    pub(super) json: Zeroizing<Vec<u8>>,
    /// Whether each record is a line of format 2.
    pub(super) is_format_2: bool,
    pub(super) credentials: HashMap<CredentialId, (Arc<Credential>, Range<usize>)>,
    pub(super) integrations: HashMap<IntegrationId, (Arc<Integration>, Range<usize>)>,
}

pub(super) struct Before<'a, T> {
    pub(super) record: &'a Arc<T>,
    pub(super) json: &'a str,
    /// Whether the JSON can be written unchanged.
    pub(super) is_line: bool,
}

impl Kept {
    pub(super) fn credential(&self, id: CredentialId) -> Option<Before<'_, Credential>> {
        self.before(self.credentials.get(&id)?)
    }

    pub(super) fn integration(&self, id: IntegrationId) -> Option<Before<'_, Integration>> {
        self.before(self.integrations.get(&id)?)
    }

    fn before<'a, T>(&'a self, (record, at): &'a (Arc<T>, Range<usize>)) -> Option<Before<'a, T>> {
        let json = std::str::from_utf8(self.json.get(at.clone())?).ok()?;
        Some(Before { record, json, is_line: self.is_format_2 })
    }
}

impl Document {
    /// A credential as it was last read or written.
    pub(super) fn credential_before(&self, id: CredentialId) -> Option<Before<'_, Credential>> {
        self.kept_recent.as_ref().and_then(|recent| recent.credential(id)).or_else(|| self.kept.credential(id))
    }

    /// The credential with this id, if `line` is the line it was last read from or written to.
    pub(super) fn credential_of_line(&self, id: &str, line: &str) -> Option<&Arc<Credential>> {
        let id = id.parse().ok()?;
        let known = std::iter::once(&self.kept).chain(&self.kept_recent).filter_map(|kept| kept.credential(id));
        known.filter(|known| known.is_line && known.json == line).map(|known| known.record).next()
    }

    /// The JSON of only the credentials `ids`, as they were last read or written.
    pub(super) fn kept_of(&self, ids: &BTreeSet<CredentialId>) -> Kept {
        let lines = || ids.iter().filter_map(|id| Some((*id, self.credential_before(*id)?)));
        // Allocated at its final size, so that growing leaves no copies of secrets in memory.
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
    /// The hosts, which open the vault without the passphrase.
    pub(super) fn drop_host(&mut self, name: &str) {
        self.recipients.retain(|known| known.role != HOST || known.name.as_deref() != Some(name));
    }

    pub(super) fn hosts(&self) -> Vec<Host> {
        let hosts = self.recipients.iter().filter(|known| known.role == HOST);
        let host = |known: &Recipient| Host {
            name: known.name.clone().unwrap_or_default(),
            recipient: known.recipient.clone(),
            since: known.since,
        };
        hosts.map(host).collect()
    }

    /// Identifies the file: the nonce, or in format 1 the SHA-256 of the file in hex.
    pub(super) fn mark(&self, file: &[u8]) -> String {
        self.nonce.clone().unwrap_or_else(|| hex_sha256(file))
    }

    /// Its position in the lineage, for a file whose [`mark`](Self::mark) is `mark`.
    pub(super) fn place<'a>(&'a self, mark: &'a str) -> FileVersion<'a> {
        FileVersion { generation: self.generation, mark, parent: self.parent.as_deref(), lineage: &self.lineage }
    }

    /// Takes over the position in the lineage and the audit log of a newer head of the same vault.
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

/// A random UUID (122 random bits) as 32 hex digits.
pub(super) fn new_nonce() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The name of a file in messages.
pub(super) fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(|| "vault.age".to_owned(), |name| name.to_string_lossy().into_owned())
}
