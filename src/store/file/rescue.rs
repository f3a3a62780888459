//! `rescue-ID.age` in the state folder: new tokens that are not in the vault yet, because its save failed or waits for
//! more to be asked.
//!
//! Encrypted to the vault's recipients and written as the vault is. It holds the vault's secret, so that nobody who
//! merely knows a recipient can slip tokens in (**I-pin**, see `key.rs`), and the fingerprint of the pair it replaces,
//! so that it never replaces anything newer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use age::x25519;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::document::Document;
use super::stored::StoredTokens;
use super::{disk, key};
use crate::model::change::Change;
use crate::model::credential::{CredentialId, Endpoints, Tokens};
use crate::paths::Paths;
use crate::problem::Problem;

const PREFIX: &str = "rescue-";
const SUFFIX: &str = ".age";

/// The plaintext, as JSON.
#[derive(Deserialize, Serialize)]
struct Rescued {
    vault_id: String,
    vault_secret: Zeroizing<String>,
    id: CredentialId,
    /// Of the stored pair that is spent.
    superseded: String,
    tokens: StoredTokens,
    /// Where a person consented: what the tokens came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoints: Option<Endpoints>,
    /// Variables that consent moved.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    moved: BTreeMap<String, String>,
    /// The same in files of versions up to 0.1, which kept the whole setup.
    #[serde(default, skip_serializing)]
    setup: Option<OlderSetup>,
}

#[derive(Deserialize)]
struct OlderSetup {
    variables: BTreeMap<String, String>,
}

/// What a rescue file turns out to be.
pub(super) enum Found {
    /// Newer than what is stored: to be applied.
    Newer(Box<Change>),
    /// The stored pair is another one by now, or the credential is gone.
    Superseded,
    /// Not of this vault, not whole, or not written by who knows the vault's secret.
    Foreign,
}

/// Writes the tokens of `change`; gives the file.
pub(super) fn write(
    paths: &Paths,
    document: &Document,
    identity: &x25519::Identity,
    change: &Change,
) -> Result<PathBuf, Problem> {
    let (tokens, endpoints, moved) = match change {
        Change::Refreshed { tokens, .. } => (tokens, None, BTreeMap::new()),
        Change::Authenticated { tokens, endpoints, moved, .. } => (tokens, Some((**endpoints).clone()), moved.clone()),
        _ => return Err(Problem::internal("There are no tokens to rescue.")),
    };
    let id = change.id();
    let stored = document.contents.with_deleted(id).and_then(|credential| credential.tokens.as_ref());
    let rescued = Rescued {
        vault_id: document.head.vault_id.clone(),
        vault_secret: document.head.vault_secret.clone(),
        id,
        superseded: fingerprint(stored),
        tokens: StoredTokens::from(&**tokens),
        endpoints,
        moved,
        setup: None,
    };
    // Sized ahead, so that growing leaves no copies of secrets behind.
    let mut json = Zeroizing::new(Vec::with_capacity(64 << 10));
    serde_json::to_writer(&mut *json, &rescued)
        .map_err(|_| Problem::internal("The tokens could not be written as JSON."))?;
    let recipients = document.head.recipients.iter().map(|known| known.recipient.as_str());
    let sealed = key::seal_for(recipients, &[&json], identity)?;
    let path = path(paths, id);
    disk::replace(&path, &sealed, None)?;
    Ok(path)
}

/// Where the tokens of a credential are kept.
pub(super) fn path(paths: &Paths, id: CredentialId) -> PathBuf {
    paths.state().join(format!("{PREFIX}{id}{SUFFIX}"))
}

/// The rescue files there are.
pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    let names = disk::names(paths.state());
    let ours = names.iter().filter(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
    ours.map(|name| paths.state().join(name)).collect()
}

/// The credential a rescue file is of, by its name.
pub(super) fn id_of(path: &Path) -> Option<CredentialId> {
    path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

/// Reads one and compares it with the vault as it is now.
pub(super) fn read(path: &Path, document: &Document, identity: &x25519::Identity) -> Found {
    let Ok((bytes, _)) = disk::read(path) else { return Found::Foreign };
    let Ok(json) = key::open(&bytes, identity) else { return Found::Foreign };
    let Ok(rescued) = serde_json::from_slice::<Rescued>(&json) else { return Found::Foreign };
    if rescued.vault_id != document.head.vault_id || rescued.vault_secret != document.head.vault_secret {
        return Found::Foreign;
    }
    let id = rescued.id;
    let Some(credential) = document.contents.with_deleted(id) else { return Found::Superseded };
    if fingerprint(credential.tokens.as_ref()) != rescued.superseded {
        return Found::Superseded;
    }
    let tokens = Box::new(rescued.tokens.into());
    let moved = rescued.setup.map_or(rescued.moved, |older| older.variables);
    Found::Newer(Box::new(match rescued.endpoints {
        Some(endpoints) => {
            let by = "by browser, saved later";
            Change::Authenticated { id, tokens, endpoints: Box::new(endpoints), moved, by }
        }
        None => Change::Refreshed { id, tokens, spent: None },
    }))
}

/// What tells one token pair from another: no secret, and different for every pair. Part of the format of these files.
fn fingerprint(tokens: Option<&Tokens>) -> String {
    use sha2::{Digest as _, Sha256};
    let Some(tokens) = tokens else { return String::new() };
    let mut digest = Sha256::new();
    digest.update(tokens.access.expose());
    // No token holds a line break, so the two cannot be cut elsewhere.
    digest.update("\n");
    digest.update(tokens.refresh.as_ref().map_or("", |refresh| refresh.expose()));
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest.finalize())
}
