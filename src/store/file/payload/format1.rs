//! Reads a payload of format 1: one pretty-printed object.
//!
//! ```json
//! { "format": 1, "vault_id": "…", "generation": 7, "parent": "hex SHA-256 of the vault.age before this one",
//!   "lineage": ["6:…", …], "written_at": "2026-11-23T10:00:00Z", "vault_secret": "…",
//!   "recipients": [{ "kind": "x25519", "role": "owner", "recipient": "age1…" }],
//!   "credentials": [ … ], "tombstones": [ … ], "integrations": [ … ], "undo": [ … ],
//!   "audit_logs": { … }, "audit_keys": [ … ], "refresh_tokens_seen": { … } }
//! ```

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::head_line::KEYS;
use super::raw::{at, on_one_line, record_in, unknown, unreadable, what_is_known};
use crate::audit;
use crate::model::credential::{Credential, Credentials, Tombstone};
use crate::model::integration::{Integration, Integrations};
use crate::problem::Problem;
use crate::store::contents::Contents;
use crate::store::file::document::{Document, Head, Kept, LogKeys, LogPins, Recipient, Unread};
use crate::store::file::lineage::Lineage;
use crate::store::file::token_hashes::Fingerprints;
use crate::store::stored_undo::StoredUndo;

/// The format before the one this program writes.
pub(in crate::store::file) const FORMAT: u32 = 1;

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
    "audit",
    "audit_logs",
    "audit_keys",
    "refresh_tokens_seen",
];

#[derive(Deserialize)]
struct Root<'a> {
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
    #[serde(default)]
    audit: Option<audit::Head>,
    #[serde(default)]
    audit_logs: LogPins,
    #[serde(default)]
    audit_keys: LogKeys,
    #[serde(default)]
    refresh_tokens_seen: Fingerprints,
}

/// Reads a payload whose `format` is 1.
///
/// # Errors
/// `Kind::Storage`, with the position.
pub(super) fn read(json: Zeroizing<Vec<u8>>) -> Result<Document, Problem> {
    let text = std::str::from_utf8(&json).map_err(|_| unreadable("It is not UTF-8 text."))?;
    let root: Root<'_> = serde_json::from_str(text).map_err(|error| at("A part of it is malformed", &error))?;
    let mut kept = Kept::default();
    let mut unread = Unread::default();
    let mut credentials = Credentials { tombstones: root.tombstones, ..Credentials::default() };
    for raw in root.credentials {
        // A second record with the same id is from another program, or damage: it is kept as unreadable, unchanged.
        let credential =
            record_in(raw.get()).map(Credential::from).filter(|one| !kept.credentials.contains_key(&one.id));
        let Some(credential) = credential.map(Arc::new) else {
            credentials.unreadable.push(what_is_known(raw));
            unread.credentials.push(one_line(raw)?);
            continue;
        };
        kept.credentials.insert(credential.id, (Arc::clone(&credential), range(text, raw)));
        credentials.list.push(credential);
    }
    let mut integrations = Integrations::default();
    for raw in root.integrations {
        let integration = serde_json::from_str::<Integration>(raw.get()).ok();
        let integration = integration.filter(|one| !kept.integrations.contains_key(&one.id));
        let Some(integration) = integration.map(Arc::new) else {
            integrations.unreadable.push(what_is_known(raw));
            unread.integrations.push(one_line(raw)?);
            continue;
        };
        kept.integrations.insert(integration.id, (Arc::clone(&integration), range(text, raw)));
        integrations.list.push(integration);
    }
    Ok(Document {
        head: Head {
            vault_id: root.vault_id,
            generation: root.generation,
            parent: root.parent,
            nonce: None,
            base: None,
            lineage: root.lineage,
            vault_secret: root.vault_secret,
            recipients: root.recipients,
            audit: root.audit,
            audit_logs: root.audit_logs,
            audit_keys: root.audit_keys,
            // The keys of format 2 are excluded as well, because they would be written twice.
            unknown: unknown(text, &[ROOT_KEYS, KEYS].concat())
                .map_err(|error| at("It is not a JSON object", &error))?,
        },
        contents: Contents {
            credentials: Arc::new(credentials),
            integrations: Arc::new(integrations),
            undo: root.undo.iter().filter_map(|raw| StoredUndo::read(raw)).collect(),
            redo: Vec::new(),
        },
        unread,
        refresh_tokens_seen: root.refresh_tokens_seen,
        kept: Arc::new(Kept { json, ..kept }),
        kept_recent: None,
    })
}

fn one_line(raw: &RawValue) -> Result<Box<RawValue>, Problem> {
    on_one_line(raw).map_err(|error| at("A record is not valid JSON", &error))
}

fn range(text: &str, part: &RawValue) -> Range<usize> {
    let from = part.get().as_ptr().addr() - text.as_ptr().addr();
    from..from + part.get().len()
}
