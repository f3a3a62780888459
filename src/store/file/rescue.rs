//! `rescue-ID.age` in the state folder: new tokens whose save into the vault failed after the old ones were spent.
//!
//! Encrypted to the vault's recipients and written as the vault is. It holds the vault's secret, so that nobody who
//! merely knows a recipient can slip tokens in (**I-pin**, see `key.rs`), and the fingerprint of the pair it replaces,
//! so that it never takes the place of anything newer.

use std::path::{Path, PathBuf};

use age::x25519;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::document::Document;
use super::stored::{StoredInverse, StoredTokens, fingerprint};
use super::{file, key};
use crate::model::change::{Change, Edit};
use crate::model::credential::{CredentialId, Endpoints};
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    setup: Option<StoredInverse>,
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
    let (tokens, endpoints, setup) = match change {
        Change::Refreshed { tokens, .. } => (tokens, None, None),
        Change::Authenticated { tokens, endpoints, setup, .. } => (tokens, Some((**endpoints).clone()), setup.as_ref()),
        _ => return Err(Problem::internal("There are no tokens to rescue.")),
    };
    let id = change.id();
    let stored = document.credentials.by_id(id).and_then(|credential| credential.tokens.as_ref());
    let setup = setup.and_then(|to| StoredInverse::new(&Change::Configure { id, to: to.clone() }));
    let rescued = Rescued {
        vault_id: document.vault_id.clone(),
        vault_secret: document.vault_secret.clone(),
        id,
        superseded: fingerprint(stored),
        tokens: StoredTokens::from(&**tokens),
        endpoints,
        setup,
    };
    // Sized ahead, so that growing leaves no copies of secrets behind.
    let mut json = Zeroizing::new(Vec::with_capacity(64 << 10));
    serde_json::to_writer(&mut *json, &rescued)
        .map_err(|_| Problem::internal("The tokens could not be written as JSON."))?;
    let recipients = document.recipients.iter().map(|known| known.recipient.as_str());
    let sealed = key::seal_for(recipients, &json, identity)?;
    let path = paths.state().join(format!("{PREFIX}{id}{SUFFIX}"));
    file::replace(&path, &sealed, None)?;
    Ok(path)
}

/// The rescue files there are.
pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    let names = file::names(paths.state());
    let ours = names.iter().filter(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
    ours.map(|name| paths.state().join(name)).collect()
}

/// Reads one and holds it against the vault as it is now.
pub(super) fn read(path: &Path, document: &Document, identity: &x25519::Identity) -> Found {
    let Ok((bytes, _)) = file::read(path) else { return Found::Foreign };
    let Ok(json) = key::open(&bytes, identity) else { return Found::Foreign };
    let Ok(rescued) = serde_json::from_slice::<Rescued>(&json) else { return Found::Foreign };
    if rescued.vault_id != document.vault_id || rescued.vault_secret != document.vault_secret {
        return Found::Foreign;
    }
    let id = rescued.id;
    let Some(credential) = document.credentials.by_id(id) else { return Found::Superseded };
    if fingerprint(credential.tokens.as_ref()) != rescued.superseded {
        return Found::Superseded;
    }
    let tokens = Box::new(rescued.tokens.into());
    let setup = match rescued.setup.map(Edit::from) {
        Some(Edit::Credential(Change::Configure { to, .. })) => Some(to),
        _ => None,
    };
    Found::Newer(Box::new(match rescued.endpoints {
        Some(endpoints) => {
            let by = "by browser, saved later";
            Change::Authenticated { id, tokens, endpoints: Box::new(endpoints), setup, by }
        }
        None => Change::Refreshed { id, tokens },
    }))
}
