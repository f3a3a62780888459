//! The first line of a payload: everything but the records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::index::Row;
use super::raw::{at, unknown, unreadable};
use crate::audit;
use crate::problem::Problem;
use crate::store::file::document::{Head, LogKeys, LogPins, Recipient};
use crate::store::file::lineage::Lineage;
use crate::store::stored::Unknown;

/// The format this program writes.
pub(in crate::store::file) const FORMAT: u32 = 2;

/// The first bytes of a payload of this format.
pub(in crate::store::file) const PREFIX: &[u8] = b"{\"format\":2,\"head\":";

/// The line after the head.
pub(in crate::store::file) const RECORDS: &str = "\"records\":[\n";

pub(super) const KEYS: &[&str] = &[
    "vault_id",
    "generation",
    "parent",
    "nonce",
    "base",
    "lineage",
    "written_at",
    "vault_secret",
    "recipients",
    "audit",
    "audit_logs",
    "audit_keys",
    "index",
];

/// The head, with the index unparsed.
#[derive(Deserialize)]
pub(in crate::store::file) struct Line<'a> {
    vault_id: String,
    generation: u64,
    #[serde(default)]
    parent: Option<String>,
    nonce: String,
    #[serde(default)]
    base: Option<String>,
    #[serde(default)]
    lineage: Lineage,
    vault_secret: Zeroizing<String>,
    recipients: Vec<Recipient>,
    #[serde(default)]
    audit: Option<audit::Head>,
    #[serde(default)]
    audit_logs: LogPins,
    #[serde(default)]
    audit_keys: LogKeys,
    #[serde(borrow)]
    index: &'a RawValue,
}

/// The head as it is written.
#[derive(Serialize)]
struct WrittenLine<'a> {
    vault_id: &'a str,
    generation: u64,
    parent: &'a Option<String>,
    nonce: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: &'a Option<String>,
    #[serde(skip_serializing_if = "Lineage::is_empty")]
    lineage: &'a Lineage,
    written_at: Timestamp,
    vault_secret: &'a Zeroizing<String>,
    recipients: &'a [Recipient],
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: &'a Option<audit::Head>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    audit_logs: &'a LogPins,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audit_keys: &'a LogKeys,
    index: &'a [Row<'a>],
    #[serde(flatten)]
    unknown: &'a Unknown,
}

impl<'a> Line<'a> {
    /// Reads the first line, without its line break.
    ///
    /// # Errors
    /// `Kind::Storage`, with the column.
    pub(in crate::store::file) fn read(line: &'a str) -> Result<Self, Problem> {
        serde_json::from_str(inner(line)?).map_err(|error| at("A part of the head is malformed", &error))
    }

    /// The rows of the index.
    ///
    /// # Errors
    /// `Kind::Storage`, with the column.
    pub(in crate::store::file) fn index(&self) -> Result<Vec<Row<'a>>, Problem> {
        serde_json::from_str(self.index.get()).map_err(|error| at("The index is malformed", &error))
    }

    pub(in crate::store::file) fn raw_index(&self) -> &'a str {
        self.index.get()
    }

    /// The head, without the keys that this program version does not know.
    pub(in crate::store::file) fn into_head(self) -> Head {
        Head {
            vault_id: self.vault_id,
            generation: self.generation,
            parent: self.parent,
            nonce: Some(self.nonce),
            base: self.base,
            lineage: self.lineage,
            vault_secret: self.vault_secret,
            recipients: self.recipients,
            audit: self.audit,
            audit_logs: self.audit_logs,
            audit_keys: self.audit_keys,
            unknown: BTreeMap::new(),
        }
    }
}

/// Adds the unknown keys of the line to the head that was read from it by [`Line::read`].
///
/// # Errors
/// `Kind::Storage`.
pub(super) fn with_unknown(head: Head, line: &str) -> Result<Head, Problem> {
    let unknown = unknown(inner(line)?, KEYS).map_err(|error| at("The head is not a JSON object", &error))?;
    Ok(Head { unknown, ..head })
}

/// Writes the line, with its line break.
///
/// # Errors
/// `Kind::Internal`.
pub(super) fn write(head: &Head, index: &[Row<'_>], now: Timestamp) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let line = WrittenLine {
        vault_id: &head.vault_id,
        generation: head.generation,
        parent: &head.parent,
        nonce: head.nonce.as_deref().unwrap_or_default(),
        base: &head.base,
        lineage: &head.lineage,
        written_at: now,
        vault_secret: &head.vault_secret,
        recipients: &head.recipients,
        audit: &head.audit,
        audit_logs: &head.audit_logs,
        audit_keys: &head.audit_keys,
        index,
        unknown: &head.unknown,
    };
    // Allocated large enough, so that growing leaves no copies of the vault's secret in memory.
    let mut json = Zeroizing::new(Vec::with_capacity(PREFIX.len() + 64 * 1_024 + index.len() * 160));
    json.extend_from_slice(PREFIX);
    serde_json::to_writer(&mut *json, &line)
        .map_err(|_| Problem::internal("The head could not be written as JSON."))?;
    json.extend_from_slice(b",\n");
    Ok(json)
}

/// The text of the `head` object in the first line.
fn inner(line: &str) -> Result<&str, Problem> {
    let prefix = std::str::from_utf8(PREFIX).unwrap_or_default();
    line.strip_prefix(prefix)
        .and_then(|rest| rest.strip_suffix(','))
        .ok_or_else(|| unreadable("Its first line is not the head: line 1."))
}
