//! `rescue-ID.age` in the state folder: new tokens that are not in the vault yet, because the save failed or waits for
//! further requests.
//!
//! It is encrypted to the vault's recipients and written like the vault. It contains the vault's secret, so that
//! someone who only knows a recipient cannot inject tokens (**I-pin**, see `key.rs`), and the fingerprint of the token
//! pair it replaces, so that it never replaces newer tokens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use age::x25519;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::document::Document;
use super::{disk, key};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Endpoints, TokenKind, Tokens};
use crate::paths::Paths;
use crate::problem::Problem;
use crate::store::stored::StoredTokens;
use crate::store::token_response::UnsavedTokens;

const PREFIX: &str = "rescue-";
const SUFFIX: &str = ".age";

/// The plaintext, as JSON.
#[derive(Deserialize, Serialize)]
struct RescueRecord {
    vault_id: String,
    vault_secret: Zeroizing<String>,
    id: CredentialId,
    /// The fingerprint of the stored token pair that is spent.
    #[serde(default)]
    superseded: String,
    /// The main tokens. Absent if the response had only other sets; an older program then ignores the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<StoredTokens>,
    /// The additional sets in the response.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sets: BTreeMap<TokenKind, ReplacedTokens>,
    /// The endpoints, after the user's consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoints: Option<Endpoints>,
    /// Variables that the consent changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    moved: BTreeMap<String, String>,
    /// The changed variables in files of version 0.1, which stored the whole setup.
    #[serde(default, skip_serializing)]
    setup: Option<OlderSetup>,
}

/// New tokens, and the fingerprint of those they replace.
#[derive(Deserialize, Serialize)]
struct ReplacedTokens {
    /// The fingerprint of the stored token pair that is spent.
    superseded: String,
    tokens: StoredTokens,
}

#[derive(Deserialize)]
struct OlderSetup {
    variables: BTreeMap<String, String>,
}

/// The content of a rescue file.
pub(super) enum RescueContent {
    /// Newer than the stored tokens; these changes have to be applied.
    Newer(Vec<Change>),
    /// The stored token pair was replaced in the meantime, or the credential was deleted.
    Superseded,
    /// From another vault, incomplete, or not written by a holder of the vault's secret.
    Foreign,
}

/// Writes the tokens in `changes`, which come from one response; returns the path.
pub(super) fn write(
    paths: &Paths,
    document: &Document,
    identity: &x25519::Identity,
    changes: &[Change],
) -> Result<PathBuf, Problem> {
    let id = changes.first().map(Change::id).ok_or_else(no_tokens)?;
    let mut rescued = RescueRecord {
        vault_id: document.head.vault_id.clone(),
        vault_secret: document.head.vault_secret.clone(),
        id,
        superseded: String::new(),
        tokens: None,
        sets: BTreeMap::new(),
        endpoints: None,
        moved: BTreeMap::new(),
        setup: None,
    };
    let stored = document.contents.with_deleted(id);
    let response = UnsavedTokens::of(changes);
    (rescued.endpoints, rescued.moved) = (response.endpoints, response.moved);
    for (kind, tokens) in &response.tokens {
        rescued.put(stored, *kind, tokens);
    }
    if rescued.tokens.is_none() && rescued.sets.is_empty() {
        return Err(no_tokens());
    }
    // Allocated large enough, so that growing leaves no copies of secrets in memory.
    let mut json = Zeroizing::new(Vec::with_capacity(64 << 10));
    serde_json::to_writer(&mut *json, &rescued)
        .map_err(|_| Problem::internal("The tokens could not be written as JSON."))?;
    let recipients = document.head.recipients.iter().map(|known| known.recipient.as_str());
    let sealed = key::seal_for(recipients, &[&json], identity)?;
    let path = path(paths, id);
    disk::replace(&path, &sealed, None)?;
    Ok(path)
}

fn no_tokens() -> Problem {
    Problem::internal("There are no tokens to rescue.")
}

impl RescueRecord {
    fn put(&mut self, stored: Option<&Credential>, kind: Option<TokenKind>, tokens: &Tokens) {
        let superseded = fingerprint(stored.and_then(|credential| credential.tokens_of(kind)));
        let tokens = StoredTokens::from(tokens);
        if let Some(kind) = kind {
            self.sets.insert(kind, ReplacedTokens { superseded, tokens });
        } else {
            (self.superseded, self.tokens) = (superseded, Some(tokens));
        }
    }

    /// The changes for the tokens that are newer than those in the vault.
    fn newer(self, credential: &Credential) -> Vec<Change> {
        let Self { id, superseded, tokens, sets, endpoints, moved, setup, .. } = self;
        let main = tokens.map(|tokens| (None, ReplacedTokens { superseded, tokens }));
        let all = main.into_iter().chain(sets.into_iter().map(|(kind, pair)| (Some(kind), pair)));
        let newer = all.filter(|(kind, pair)| fingerprint(credential.tokens_of(*kind)) == pair.superseded);
        let tokens = newer.map(|(kind, pair)| (kind, pair.tokens.into())).collect();
        UnsavedTokens { tokens, endpoints, moved: setup.map_or(moved, |older| older.variables) }.into_changes(id)
    }
}

/// The path of a credential's rescue file.
pub(super) fn path(paths: &Paths, id: CredentialId) -> PathBuf {
    paths.state().join(format!("{PREFIX}{id}{SUFFIX}"))
}

pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    let names = disk::names(paths.state());
    let ours = names.iter().filter(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
    ours.map(|name| paths.state().join(name)).collect()
}

/// The credential of a rescue file, according to the file name.
pub(super) fn id_of(path: &Path) -> Option<CredentialId> {
    path.file_name()?.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

/// Reads a rescue file and compares it with the vault.
pub(super) fn read(path: &Path, document: &Document, identity: &x25519::Identity) -> RescueContent {
    let Ok((bytes, _)) = disk::read(path) else { return RescueContent::Foreign };
    let Ok(json) = key::open(&bytes, identity) else { return RescueContent::Foreign };
    let Ok(rescued) = serde_json::from_slice::<RescueRecord>(&json) else { return RescueContent::Foreign };
    if rescued.vault_id != document.head.vault_id || rescued.vault_secret != document.head.vault_secret {
        return RescueContent::Foreign;
    }
    let Some(credential) = document.contents.with_deleted(rescued.id) else { return RescueContent::Superseded };
    match rescued.newer(credential) {
        changes if changes.is_empty() => RescueContent::Superseded,
        changes => RescueContent::Newer(changes),
    }
}

/// Identifies a token pair: not secret, and different for every pair. Part of the file format.
fn fingerprint(tokens: Option<&Tokens>) -> String {
    use sha2::{Digest as _, Sha256};
    let Some(tokens) = tokens else { return String::new() };
    let mut digest = Sha256::new();
    digest.update(tokens.access.expose());
    // No token contains a line break, so the boundary is unambiguous.
    digest.update("\n");
    digest.update(tokens.refresh.as_ref().map_or("", |refresh| refresh.expose()));
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest.finalize())
}
