//! The payload of `vault.age`: versioned JSON that `jq` takes, with unknown keys kept as they stand.
//!
//! ```json
//! { "format": 1, "vault_id": "…", "generation": 7, "parent": "hex SHA-256 of the vault.age before this one",
//!   "lineage": ["6:…", …], "written_at": "2026-11-23T10:00:00Z", "vault_secret": "…",
//!   "recipients": [{ "kind": "x25519", "role": "owner", "recipient": "age1…" }],
//!   "credentials": [ … ], "tombstones": [ … ], "integrations": [ … ], "undo": [ … ],
//!   "redo": { "after": "…", "steps": [ … ] },   "audit_logs": { … }, "audit_keys": [ … ], "refresh_tokens_seen": { … } }
//! ```
//!
//! **I-keep**: what this version does not understand (a key, a whole credential) is written back byte for byte.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::digest::hex_sha256;
use super::key::{self, OpenFailure};
use super::lineage::{Lineage, Place};
use super::stored::{CREDENTIAL_KEYS, StoredCredential, Unknown};
use super::stored_undo::{StoredRedo, StoredUndo};
use crate::audit;
use crate::model::credential::{Credential, CredentialId, Credentials, Tombstone};
use crate::model::integration::{Integration, IntegrationId};
use crate::model::unreadable::Unreadable;
use crate::problem::{Kind, Problem};
use crate::store::contents::Contents;
use crate::store::error::StoreError;
use crate::store::snapshot::Host;
use crate::store::steps::UndoStep;

/// The version this program reads and writes.
pub(super) const FORMAT: u32 = 1;

/// The role of the recipient whose identity lies in `identity.age`.
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
    /// Of a host.
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

/// Hashes by credential: the first one ever, which a file elsewhere may still hold, then the latest, oldest first.
pub(super) type Fingerprints = BTreeMap<CredentialId, Vec<String>>;

/// What is pinned of the audit log by machine, see [`audit::machine`].
pub(super) type LogPins = BTreeMap<String, audit::Pin>;

/// Former keys of the audit log, hex, newest first.
pub(super) type LogKeys = Vec<Zeroizing<String>>;

/// The payload, in memory.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) vault_id: String,
    pub(super) generation: u64,
    pub(super) parent: Option<String>,
    pub(super) lineage: Lineage,
    pub(super) vault_secret: Zeroizing<String>,
    pub(super) recipients: Vec<Recipient>,
    /// The records and steps of undo.
    pub(super) contents: Contents,
    /// Credentials this version cannot read, verbatim.
    pub(super) unreadable: Vec<Box<RawValue>>,
    /// Integrations this version cannot read, verbatim.
    unreadable_integrations: Vec<Box<RawValue>>,
    /// The newest line of the audit log, as versions before its key pinned it.
    pub(super) audit: Option<audit::Head>,
    pub(super) audit_logs: LogPins,
    pub(super) audit_keys: LogKeys,
    pub(super) refresh_tokens_seen: Fingerprints,
    credential_unknown: BTreeMap<CredentialId, Unknown>,
    integration_unknown: BTreeMap<IntegrationId, Unknown>,
    unknown: Unknown,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

const ROOT_KEYS: &[&str] = &[
    "format",
    "vault_id",
    "generation",
    "parent",
    "lineage",
    "written_at",
    "vault_secret",
    "recipients",
    "credentials",
    "tombstones",
    "integrations",
    "undo",
    "redo",
    "audit",
    "audit_logs",
    "audit_keys",
    "refresh_tokens_seen",
];

/// The keys of an integration.
const INTEGRATION_KEYS: &[&str] = &["id", "name", "provider", "setup", "paused", "hosts", "created_at"];

#[derive(Deserialize)]
struct Read<'a> {
    format: u32,
    vault_id: String,
    generation: u64,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    lineage: Lineage,
    vault_secret: Zeroizing<String>,
    recipients: Vec<Recipient>,
    #[serde(borrow, default)]
    credentials: Vec<&'a RawValue>,
    #[serde(default)]
    tombstones: Vec<Tombstone>,
    #[serde(borrow, default)]
    integrations: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    undo: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    redo: Option<&'a RawValue>,
    #[serde(default)]
    audit: Option<audit::Head>,
    #[serde(default)]
    audit_logs: LogPins,
    #[serde(default)]
    audit_keys: LogKeys,
    #[serde(default)]
    refresh_tokens_seen: Fingerprints,
}

#[allow(clippy::struct_field_names, reason = "the names of the JSON keys")]
#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    vault_id: &'a str,
    generation: u64,
    parent: &'a Option<String>,
    #[serde(skip_serializing_if = "Lineage::is_empty")]
    lineage: &'a Lineage,
    written_at: Timestamp,
    vault_secret: &'a Zeroizing<String>,
    recipients: &'a [Recipient],
    credentials: Vec<Row<'a, Box<StoredCredential>>>,
    tombstones: &'a [Tombstone],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    integrations: Vec<Row<'a, &'a Integration>>,
    undo: Vec<StoredUndo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redo: Option<StoredRedo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: &'a Option<audit::Head>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_logs: &'a LogPins,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audit_keys: &'a LogKeys,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refresh_tokens_seen: &'a Fingerprints,
    #[serde(flatten)]
    unknown: &'a Unknown,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a, T> {
    Known {
        #[serde(flatten)]
        known: T,
        #[serde(flatten)]
        unknown: Option<&'a Unknown>,
    },
    Verbatim(&'a RawValue),
}

impl Document {
    /// The payload of a new vault.
    pub(super) fn new(vault_id: String, vault_secret: Zeroizing<String>, owner: String) -> Self {
        Self {
            vault_id,
            generation: 1,
            parent: None,
            lineage: Lineage::default(),
            vault_secret,
            recipients: vec![Recipient::new(OWNER, owner)],
            contents: Contents::default(),
            unreadable: Vec::new(),
            unreadable_integrations: Vec::new(),
            audit: None,
            audit_logs: LogPins::new(),
            audit_keys: LogKeys::new(),
            refresh_tokens_seen: Fingerprints::new(),
            credential_unknown: BTreeMap::new(),
            integration_unknown: BTreeMap::new(),
            unknown: Unknown::new(),
        }
    }

    /// Reads a payload. What the parser says is never repeated: it can quote values.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, Problem> {
        let json = std::str::from_utf8(json).map_err(|_| unreadable("It is not UTF-8 text."))?;
        let read: Read<'_> = match serde_json::from_str(json) {
            Ok(read) => read,
            // Of another format nothing else may be as it is known.
            Err(error) => {
                refuse_format(&serde_json::from_str(json).map_err(|error| no_format(&error))?)?;
                return Err(at("A part of it is not as it must be", &error));
            }
        };
        refuse_format(&Head { format: read.format })?;

        let undo: Vec<UndoStep> = read.undo.iter().filter_map(|raw| StoredUndo::read(raw)).collect();
        let mut document = Self {
            vault_id: read.vault_id,
            generation: read.generation,
            parent: read.parent,
            lineage: read.lineage,
            vault_secret: read.vault_secret,
            recipients: read.recipients,
            contents: Contents {
                credentials: Arc::new(Credentials {
                    list: Vec::with_capacity(read.credentials.len()),
                    tombstones: read.tombstones,
                    unreadable: Vec::new(),
                }),
                integrations: Arc::default(),
                redo: read.redo.map_or_else(Vec::new, |raw| StoredRedo::read(raw, &undo)),
                undo,
            },
            unreadable: Vec::new(),
            unreadable_integrations: Vec::new(),
            audit: read.audit,
            audit_logs: read.audit_logs,
            audit_keys: read.audit_keys,
            refresh_tokens_seen: read.refresh_tokens_seen,
            credential_unknown: BTreeMap::new(),
            integration_unknown: BTreeMap::new(),
            unknown: unknown(json, ROOT_KEYS).map_err(|e| at("It is not a JSON object", &e))?,
        };
        let mut taken = HashSet::with_capacity(read.credentials.len());
        for raw in read.credentials {
            document.take_credential(raw, &mut taken);
        }
        for raw in read.integrations {
            document.take_integration(raw);
        }
        let known = document.unreadable.iter().map(|raw| what_is_known(raw)).collect();
        Arc::make_mut(&mut document.contents.credentials).unreadable = known;
        let known = document.unreadable_integrations.iter().map(|raw| what_is_known(raw)).collect();
        Arc::make_mut(&mut document.contents.integrations).unreadable = known;
        Ok(document)
    }

    /// As a credential is taken.
    fn take_integration(&mut self, raw: &RawValue) {
        let Ok(integration) = serde_json::from_str::<Integration>(raw.get()) else {
            return self.unreadable_integrations.push(raw.to_owned());
        };
        if self.contents.integrations.by_id(integration.id).is_some() {
            return self.unreadable_integrations.push(raw.to_owned());
        }
        let unknown = unknown(raw.get(), INTEGRATION_KEYS).unwrap_or_default();
        if !unknown.is_empty() {
            self.integration_unknown.insert(integration.id, unknown);
        }
        Arc::make_mut(&mut self.contents.integrations).list.push(integration);
    }

    /// One credential: known keys apart from unknown ones, or verbatim when it cannot be read or its id is taken.
    fn take_credential(&mut self, raw: &RawValue, taken: &mut HashSet<CredentialId>) {
        let (mut json, mut surplus) = (serde_json::Deserializer::from_str(raw.get()), false);
        let stored = serde_ignored::deserialize::<_, _, StoredCredential>(&mut json, |_| surplus = true);
        let Ok(stored) = stored else { return self.unreadable.push(raw.to_owned()) };
        if !taken.insert(stored.id) {
            return self.unreadable.push(raw.to_owned());
        }
        if surplus {
            let unknown = unknown(raw.get(), CREDENTIAL_KEYS).unwrap_or_default();
            if !unknown.is_empty() {
                self.credential_unknown.insert(stored.id, unknown);
            }
        }
        Arc::make_mut(&mut self.contents.credentials).list.push(Credential::from(stored));
    }

    /// The payload as JSON.
    pub(super) fn to_json(&self, now: Timestamp) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let credentials = self.contents.credentials.list.iter().map(|credential| Row::Known {
            known: Box::new(credential.into()),
            unknown: self.credential_unknown.get(&credential.id),
        });
        let integrations = self.contents.integrations.list.iter().map(|integration| Row::Known {
            known: integration,
            unknown: self.integration_unknown.get(&integration.id),
        });

        let written = Written {
            format: FORMAT,
            vault_id: &self.vault_id,
            generation: self.generation,
            parent: &self.parent,
            lineage: &self.lineage,
            written_at: now,
            vault_secret: &self.vault_secret,
            recipients: &self.recipients,
            credentials: credentials.chain(self.unreadable.iter().map(|raw| Row::Verbatim(raw))).collect(),
            tombstones: &self.contents.credentials.tombstones,
            integrations: integrations
                .chain(self.unreadable_integrations.iter().map(|raw| Row::Verbatim(raw)))
                .collect(),
            undo: self.contents.undo.iter().filter_map(StoredUndo::of).collect(),
            redo: StoredRedo::of(&self.contents),
            audit: &self.audit,
            audit_logs: &self.audit_logs,
            audit_keys: &self.audit_keys,
            refresh_tokens_seen: &self.refresh_tokens_seen,
            unknown: &self.unknown,
        };
        // Sized ahead, so that growing leaves no copies of secrets behind.
        let mut json = Zeroizing::new(Vec::with_capacity(4_096 + self.contents.credentials.list.len() * 4_096));
        serde_json::to_writer_pretty(&mut *json, &written)
            .map_err(|_| Problem::internal("The vault could not be written as JSON."))?;
        json.push(b'\n');
        Ok(json)
    }

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

    /// Its place among other files, as the content of the file with this hash.
    pub(super) fn place<'a>(&'a self, hash: &'a str) -> Place<'a> {
        Place { generation: self.generation, hash, parent: self.parent.as_deref(), lineage: &self.lineage }
    }

    /// **I-pin**, see `key.rs`.
    pub(super) fn pin(&self) -> String {
        hex_sha256(self.vault_secret.as_bytes())
    }
}

/// Id and name of a record that cannot be read, as far as they can; of a doubled key the last one counts.
fn what_is_known(raw: &RawValue) -> Unreadable {
    let keys: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let text = |key: &str| keys.get(key).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let safe = |text: Option<String>| crate::printable::printable(&text.unwrap_or_default(), 80);
    Unreadable { id: safe(text("id")), name: safe(text("name")) }
}

/// The keys of an object that are none of these, verbatim.
fn unknown(json: &str, known: &[&str]) -> Result<Unknown, serde_json::Error> {
    let keys: BTreeMap<String, &RawValue> = serde_json::from_str(json)?;
    let unknown = keys.into_iter().filter(|(key, _)| !known.contains(&key.as_str()));
    Ok(unknown.map(|(key, raw)| (key, raw.to_owned())).collect())
}

fn refuse_format(head: &Head) -> Result<(), Problem> {
    if head.format == FORMAT {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, format!("The vault has the format {}; this program knows {FORMAT}.", head.format))
        .why("A newer version wrote it. Nothing was changed, so that nothing it holds is lost.")
        .try_this("Use that version."))
}

fn unreadable(why: &str) -> Problem {
    Problem::new(Kind::Storage, "The vault's content cannot be read.").why(why)
}

/// Only a whole object without the number lacks it.
fn no_format(error: &serde_json::Error) -> Problem {
    if error.is_data() { at("It has no format number", error) } else { at("It is not valid JSON", error) }
}

/// Where, and never what: the parser's own message can quote a value.
fn at(what: &str, error: &serde_json::Error) -> Problem {
    unreadable(&format!("{what}: line {}, column {}.", error.line(), error.column()))
}

/// Opens the bytes of a `vault.age`, which `file` holds.
pub(super) fn decrypt(file: &Path, bytes: &[u8], identity: &age::x25519::Identity) -> Result<Document, StoreError> {
    let json = key::open(bytes, identity).map_err(|failure| match failure {
        OpenFailure::Key => StoreError::WrongIdentity { file: file_name(file), way_back: None },
        OpenFailure::Work | OpenFailure::Damaged => StoreError::Damaged { file: file_name(file), way_back: None },
    })?;
    Document::from_json(&json).map_err(|problem| match problem.kind {
        Kind::Storage => StoreError::Unreadable { why: problem.why, way_back: None },
        _ => problem.into(),
    })
}

/// What a person calls a file.
pub(super) fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(|| "vault.age".to_owned(), |name| name.to_string_lossy().into_owned())
}
