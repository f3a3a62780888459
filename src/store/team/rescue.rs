//! `rescue-ID.age`, next to the local cache: new tokens that could not be saved to the store, encrypted to this member.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::draft;
use super::handle::Team;
use super::identity::MemberSecrets;
use super::record::Content;
use super::sealing;
use super::view::View;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Endpoints, TokenKind, Tokens};
use crate::model::field::Revision;
use crate::problem::Problem;
use crate::store::error::StoreError;
use crate::store::file::disk;
use crate::store::stored::StoredTokens;
use crate::store::token_response::UnsavedTokens;

const PREFIX: &str = "rescue-";
const SUFFIX: &str = ".age";

#[derive(Deserialize, Serialize)]
pub(super) struct Rescued {
    id: CredentialId,
    /// The token sets of one response.
    sets: Vec<RescuedSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoints: Option<Endpoints>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    moved: BTreeMap<String, String>,
    /// The lease's note of the refresh that brought them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noted: Option<Timestamp>,
}

#[derive(Deserialize, Serialize)]
struct RescuedSet {
    /// `None` for the main tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<TokenKind>,
    /// The revision of the tokens that were spent to get these; empty if there were none.
    superseded: String,
    tokens: StoredTokens,
}

fn path(folder: &Path, id: CredentialId) -> PathBuf {
    folder.join(format!("{PREFIX}{id}{SUFFIX}"))
}

/// The credentials with rescued tokens.
pub(super) fn ids(folder: &Path) -> Vec<CredentialId> {
    let names = disk::names(folder);
    names.iter().filter_map(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()).collect()
}

/// Moves this member's rescued tokens from another folder.
pub(super) fn take_from(other: &Path, folder: &Path, key: &MemberSecrets) -> Result<(), Problem> {
    for id in ids(other) {
        let Some(sealed) = disk::read_small(&path(other, id)) else { continue };
        if sealing::open(&sealed, key).is_some() {
            disk::replace(&path(folder, id), &sealed, None)?;
            remove(other, id);
        }
    }
    Ok(())
}

/// Writes the tokens in `changes`, which come from one response, with the lease's note of their refresh. Returns the
/// path of the file.
pub(super) fn write(team: &Team, changes: &[Change], noted: Option<Timestamp>) -> Result<String, StoreError> {
    let nothing = || Problem::internal("There are no tokens to keep.");
    let id = changes.first().map(Change::id).ok_or_else(nothing)?;
    let stored = stored(team, id);
    let UnsavedTokens { tokens, endpoints, moved } = UnsavedTokens::of(changes);
    let kept = |(kind, tokens): &(Option<TokenKind>, Tokens)| RescuedSet {
        kind: *kind,
        // Not what is stored now, if another machine has refreshed it since.
        superseded: spent(changes, *kind).map_or_else(|| revision(stored.as_deref(), *kind), |spent| spent.to_string()),
        tokens: StoredTokens::from(tokens),
    };
    let rescued = Rescued { id, sets: tokens.iter().map(kept).collect(), endpoints, moved, noted };
    if rescued.sets.is_empty() {
        return Err(nothing().into());
    }
    let sealed = sealing::seal_for_own(&draft::bytes(&rescued)?, &team.0.own.key)?;
    let path = path(&team.0.folder, id);
    disk::replace(&path, &sealed, None)?;
    Ok(path.display().to_string())
}

/// The rescued tokens of a credential, if there are any.
pub(super) fn read(team: &Team, id: CredentialId) -> Option<Rescued> {
    let sealed = disk::read_small(&path(&team.0.folder, id))?;
    let json = sealing::open(&sealed, &team.0.own.key)?;
    serde_json::from_slice::<Rescued>(&json).ok().filter(|rescued| rescued.id == id)
}

/// Rescued tokens, compared with the stored ones.
pub(super) enum RescueStatus {
    /// The changes for the token sets whose stored tokens are still those that were spent.
    Newer(Vec<Change>),
    /// The stored tokens are these: a save whose answer was lost has arrived.
    Stored,
    /// All stored tokens are newer, or a user has purged the credential.
    Superseded,
    /// This member or this version cannot read the credential now.
    Unknown,
}

impl Rescued {
    /// The lease's note of the refresh that brought these tokens.
    pub(super) fn noted(&self) -> Option<Timestamp> {
        self.noted
    }

    pub(super) fn against(&self, view: &View) -> RescueStatus {
        let Some(record) = view.records.get(&self.id.to_string()) else { return RescueStatus::Unknown };
        let stored = match &record.content {
            Content::Credential(credential) => credential,
            Content::Deleted { last: Some(last), .. } => last,
            Content::Deleted { last: None, .. } => return RescueStatus::Superseded,
            Content::Integration(_) | Content::Unreadable(_) | Content::NotEncryptedToUs => {
                return RescueStatus::Unknown;
            }
        };
        let newer = self.sets.iter().filter(|set| revision(Some(stored), set.kind) == set.superseded);
        let tokens: Vec<_> = newer.map(|set| (set.kind, set.tokens.clone().into())).collect();
        if tokens.is_empty() {
            let is_stored = |set: &RescuedSet| {
                let tokens = Tokens::from(set.tokens.clone());
                revision(Some(stored), set.kind) == tokens.revision().to_string()
            };
            return if self.sets.iter().all(is_stored) { RescueStatus::Stored } else { RescueStatus::Superseded };
        }
        let (endpoints, moved) = (self.endpoints.clone(), self.moved.clone());
        RescueStatus::Newer(UnsavedTokens { tokens, endpoints, moved }.into_changes(self.id))
    }
}

/// The revision of the tokens that were spent for the set `kind`, if `changes` says so.
fn spent(changes: &[Change], kind: Option<TokenKind>) -> Option<Revision> {
    changes.iter().find_map(|change| match (change, kind) {
        (Change::Refreshed { spent, .. }, None) => *spent,
        (Change::ForTokenSet { kind: of, change }, Some(kind)) if *of == kind => {
            spent(std::slice::from_ref(&**change), None)
        }
        _ => None,
    })
}

/// Called after the rescued tokens were saved.
pub(super) fn remove(folder: &Path, id: CredentialId) {
    disk::remove(&path(folder, id));
}

/// The stored credential, also if it was deleted.
fn stored(team: &Team, id: CredentialId) -> Option<Arc<Credential>> {
    let mut state = team.state();
    // If the store cannot be reached, the state that was last read decides.
    let _ = team.read_some(&mut state, &super::record::record_paths(&id.to_string()));
    match &state.view.records.get(&id.to_string())?.content {
        Content::Credential(credential) => Some(Arc::clone(credential)),
        Content::Deleted { last, .. } => last.clone(),
        _ => None,
    }
}

fn revision(stored: Option<&Credential>, kind: Option<TokenKind>) -> String {
    let tokens = stored.and_then(|credential| credential.tokens_of(kind));
    tokens.map_or_else(String::new, |tokens| tokens.revision().to_string())
}
