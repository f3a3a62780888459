//! The payload of `vault.age`: one JSON document that `jq` accepts, with one record per line.
//!
//! ```text
//! {"format":2,"head":{"vault_id":"…","generation":7,"parent":"…","nonce":"…","lineage":["6:…"],"written_at":"…",
//!  "vault_secret":"…","recipients":[{"kind":"x25519","role":"owner","recipient":"age1…"}],"audit_logs":{…},
//!  "audit_keys":[…],"index":[["credential","<id>","Zoho MDM",0,812],["integration","<id>","Devices",814,310]]},
//! "records":[
//! {"kind":"credential","id":"…","name":"Zoho MDM",…},
//! {"kind":"integration","id":"…","name":"Devices",…},
//! {"kind":"tombstone",…},
//! {"kind":"refresh_tokens_seen","of":{…}},
//! {"kind":"undo",…}
//! {"kind":"redo","after":"…","steps":[…]}
//! ]}
//! ```
//!
//! The head is the first line. A row of the index is kind, id, name, offset and length in bytes; an offset counts from
//! the byte after the line `"records":[`. So one record is read by seeking, and a save copies the records that did not
//! change byte for byte.
//!
//! The payload is one document, not one JSON document per line, for the sake of versions that know only format 1: they
//! read `format` and report that a newer version wrote the vault.
//!
//! Format 1 (`format1.rs`) was one pretty-printed object; it can always be read, but is never written.
//!
//! **I-keep**: what this version does not understand (a key, a record, a kind of record) is written back unchanged.

mod format1;
mod format2;
mod head_line;
mod index;
mod raw;
mod tail;
mod write;

use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::document::{Document, file_name};
use super::key::{self, OpenFailure};
use crate::problem::{Kind, Problem};
use crate::store::error::StoreError;

pub(super) use format1::FORMAT as FORMAT_1;
pub(super) use head_line::{FORMAT, Line, PREFIX, RECORDS};
pub(super) use index::{Row, each_row};
pub(super) use raw::record_in;
pub(super) use write::write;

#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// Reads a payload of any known format. Records that are the same in a `known` document are shared with it.
///
/// # Errors
/// `Kind::Storage` if the payload cannot be read, with the position; the parser's message is never repeated, because it
/// can quote values. `Kind::Refused` for a later format.
pub(super) fn read(json: Zeroizing<Vec<u8>>, known: Option<&Document>) -> Result<Document, Problem> {
    if json.starts_with(head_line::PREFIX) {
        return format2::read(json, known);
    }
    let text = std::str::from_utf8(&json).map_err(|_| raw::unreadable("It is not UTF-8 text."))?;
    match serde_json::from_str::<Head>(text) {
        Ok(Head { format: FORMAT_1 }) => format1::read(json),
        Ok(Head { format: FORMAT }) => {
            Err(raw::unreadable("Its head is not the first line: another program rewrote it."))
        }
        Ok(Head { format }) => Err(newer(format)),
        // Only a complete object without the number fails this way.
        Err(error) if error.is_data() => Err(raw::at("It has no format number", &error)),
        Err(error) => Err(raw::at("It is not valid JSON", &error)),
    }
}

/// Decrypts the bytes of a `vault.age`; `file` is named in errors.
pub(super) fn decrypt(file: &Path, bytes: &[u8], identity: &age::x25519::Identity) -> Result<Document, StoreError> {
    decrypt_after(None, file, bytes, identity)
}

/// As [`decrypt`], for a vault that was read or written before as `known`: records that did not change are neither
/// parsed again nor stored twice.
pub(super) fn decrypt_after(
    known: Option<&Document>,
    file: &Path,
    bytes: &[u8],
    identity: &age::x25519::Identity,
) -> Result<Document, StoreError> {
    let json = key::open(bytes, identity).map_err(|failure| match failure {
        OpenFailure::Key => StoreError::WrongIdentity { file: file_name(file), way_back: None },
        OpenFailure::Work | OpenFailure::Damaged => StoreError::Damaged { file: file_name(file), way_back: None },
    })?;
    read(json, known).map_err(|problem| match problem.kind {
        Kind::Storage => StoreError::Unreadable { why: problem.why, way_back: None },
        _ => problem.into(),
    })
}

/// Whether bytes are the decrypted payload of a vault, in any format.
pub(super) fn is_payload(json: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(rename = "format")]
        _format: u32,
        #[serde(rename = "vault_id")]
        _vault_id: String,
        #[serde(rename = "generation")]
        _generation: u64,
    }
    json.starts_with(head_line::PREFIX) || serde_json::from_slice::<Marks>(json).is_ok()
}

/// The problem with a payload in a later format.
fn newer(format: u32) -> Problem {
    Problem::new(Kind::Refused, format!("The vault has format {format}; this version supports 1 to {FORMAT}."))
        .why("A newer version wrote it. Nothing was changed, so nothing is lost.")
        .try_this("Use that version.")
}

/// Reads a payload and writes it again; `None` if it cannot be read.
#[cfg(fuzzing)]
pub(in crate::store) fn rewritten(json: &[u8]) -> Option<Vec<u8>> {
    let document = read(Zeroizing::new(json.to_vec()), None).ok()?;
    Some(write(&document, jiff::Timestamp::UNIX_EPOCH).ok()?.parts().concat())
}
