//! `recent.age`: the credentials that changed since a large `vault.age` was written.
//!
//! A refresh changes one record. Writing all other records again would make it slower the larger the vault is, so the
//! record goes into this small file. It is a payload like the vault's, with two differences: it contains only the
//! changed records, and `base` in its head is the nonce of the `vault.age` it belongs to. Together, the two files are
//! one version: the head of this file replaces that of `vault.age`, and its records replace those with the same id.
//!
//! The next save of anything else, or of too many tokens, writes the whole vault and removes this file. A crash in
//! between leaves a file whose base no longer exists, which is ignored.
//!
//! **I-recent**: a file with a `base` is never accepted as a whole vault, nor a file without a `base` as this file.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::x25519;
use serde_json::value::RawValue;

use super::disk;
use super::document::{Document, Head, Unread, file_name};
use super::payload::decrypt;
use crate::model::credential::{Credential, CredentialId};
use crate::store::contents::Contents;
use crate::store::error::StoreError;
use crate::store::stored::Unknown;

/// A vault smaller than this, in bytes, is always saved whole: one file is easier to copy, and costs the same.
pub(super) const FROM: u64 = 256 << 10;

/// Largest size of this file beside a small vault, in bytes.
const LARGEST: u64 = 64 << 10;

/// Beside a large vault, this file may reach this fraction of the vault's size, so that many refreshes share the cost
/// of a whole save.
const SHARE: u64 = 64;

/// Largest size beside a vault of `size` bytes.
pub(super) fn limit(size: u64) -> u64 {
    LARGEST.max(size / SHARE)
}

/// The file that belongs to `vault`: `recent.age` to `vault.age`, `recent-newest.age` to `newest.age`,
/// `recent-000000000007-20261123.age` to `vault-000000000007-20261123.age`.
pub(super) fn path(vault: &Path) -> PathBuf {
    let name = file_name(vault);
    vault.with_file_name(match name.strip_prefix("vault") {
        Some(rest) => format!("recent{rest}"),
        None => format!("recent-{name}"),
    })
}

/// What `recent.age` adds to a vault that was read whole.
#[derive(Clone)]
pub(super) struct Recent {
    pub(super) ids: BTreeSet<CredentialId>,
    /// Data that only a later program version understands: keys of the head, and lines after the records.
    pub(super) unknown: Unknown,
    pub(super) lines: Vec<Box<RawValue>>,
}

/// Applies the file at `path` to the `base`, whose file has this `mark`. Returns `None` if it belongs to another file.
/// After an error the base is unchanged.
///
/// # Errors
/// As [`decrypt`]; `StoreError::Unreadable` if it does not match its base.
pub(super) fn put_over(
    base: &mut Document,
    mark: &str,
    path: &Path,
    bytes: &[u8],
    identity: &x25519::Identity,
) -> Result<Option<Recent>, StoreError> {
    let mut part = decrypt(path, bytes, identity)?;
    let Some(of) = part.head.base.take() else { return Err(unfit("It is a whole vault.")) };
    if of != mark {
        return Ok(None);
    }
    if part.head.vault_id != base.head.vault_id || part.head.pin() != base.head.pin() {
        return Err(StoreError::Forged { file: file_name(path), way_back: None });
    }
    let Unread { credentials, integrations, of_other_kinds, lines } = part.unread;
    let is_known = credentials.is_empty() && integrations.is_empty() && of_other_kinds.is_empty();
    if !is_known || !part.contents.integrations.list.is_empty() {
        return Err(unfit("It holds a record that only a later version can read."));
    }
    let mut changed: HashMap<CredentialId, _> =
        part.contents.credentials.list.iter().map(|one| (one.id, Arc::clone(one))).collect();
    let is_changed = |one: &&Arc<Credential>| changed.contains_key(&one.id);
    if base.contents.credentials.list.iter().filter(is_changed).count() != changed.len() {
        return Err(unfit("It holds a credential that vault.age does not have."));
    }
    let ids = changed.keys().copied().collect();
    let recent = Recent { ids, unknown: std::mem::take(&mut part.head.unknown), lines };
    base.kept_recent = Some(part.kept);
    for one in &mut Arc::make_mut(&mut base.contents.credentials).list {
        if let Some(changed) = changed.remove(&one.id) {
            *one = changed;
        }
    }
    base.refresh_tokens_seen.extend(part.refresh_tokens_seen);
    base.head.follow(part.head);
    base.head.unknown.extend(recent.unknown.clone());
    base.unread.lines.extend(recent.lines.iter().cloned());
    Ok(Some(recent))
}

/// The document of the `recent.age` for `document`, with the credentials `ids` only. `base` identifies the vault file,
/// `before` is the former content of `recent.age`.
pub(super) fn part_of(
    document: &Document,
    ids: &BTreeSet<CredentialId>,
    base: &str,
    before: Option<&Recent>,
) -> Document {
    let is_in = |id: &CredentialId| ids.contains(id);
    let mut contents = Contents::default();
    let list = document.contents.credentials.list.iter().filter(|one| is_in(&one.id)).cloned().collect();
    Arc::make_mut(&mut contents.credentials).list = list;
    let seen = document.refresh_tokens_seen.iter().filter(|(id, _)| is_in(id));
    Document {
        // Data of a later program version is kept.
        head: Head {
            base: Some(base.to_owned()),
            unknown: before.map_or_else(Unknown::new, |recent| recent.unknown.clone()),
            ..document.head.clone()
        },
        contents,
        unread: Unread { lines: before.map_or_else(Vec::new, |recent| recent.lines.clone()), ..Unread::default() },
        refresh_tokens_seen: seen.map(|(id, prints)| (*id, prints.clone())).collect(),
        kept: Arc::new(document.kept_of(ids)),
        kept_recent: None,
    }
}

fn unfit(why: &str) -> StoreError {
    StoreError::Unreadable { why: format!("recent.age does not belong beside it. {why}"), way_back: None }
}

/// Whether the file does not exist.
pub(super) fn is_absent(path: &Path) -> bool {
    matches!(disk::look(path), Ok(None))
}
