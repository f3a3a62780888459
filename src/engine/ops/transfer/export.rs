//! Exports credentials, encrypted to a recipient, or as a template without secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file_destinations::leave_machine;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::session::Session;
use crate::model::credential::{Credential, Details};
use crate::problem::Problem;
use crate::store::local;

/// Identifies a template.
const FORMAT: &str = "credenza-template";

#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub credentials: &'a [Credential],
    /// Whether to include the tokens. If two programs use the same refresh token, it may end for both.
    pub with_tokens: bool,
}

/// Credentials without secrets.
#[derive(Deserialize, Serialize)]
pub(super) struct Template {
    format: String,
    pub(super) credentials: Vec<Row>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) integration: String,
    #[serde(default)]
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) redirect_uri: String,
    #[serde(default)]
    pub(super) details: Details,
}

/// Exports the credentials, encrypted with age to `recipient`; without history, and without tokens unless requested.
///
/// # Errors
/// `Kind::Usage` if it is not a recipient; `Kind::Storage` if the audit log is required and cannot be written.
pub fn encrypted(session: &Session, export: Export<'_>, recipient: &str) -> Result<Vec<u8>, Problem> {
    let notes = begin_notes(session, export.credentials)?;
    let bare = |credential: &Credential| {
        let mut credential = credential.clone();
        leave_machine(&mut credential.details);
        credential.history.clear();
        if !export.with_tokens {
            (credential.tokens, credential.setback, credential.account) = (None, None, None);
            (credential.not_before, credential.renewals) = (None, Vec::new());
            credential.refused_keys.clear();
            credential.token_sets.clear();
        }
        credential
    };
    let credentials: Vec<Credential> = export.credentials.iter().map(bare).collect();
    let sealed = local::seal_credentials(&credentials, recipient);
    end_notes(notes, sealed)
}

/// Begins a note for each exported credential.
fn begin_notes(session: &Session, credentials: &[Credential]) -> Result<Vec<PendingEntry>, Problem> {
    let about = |credential: &Credential| Some((credential.id, credential.name.to_string()));
    credentials.iter().map(|one| PendingEntry::begin(&session.workspace, Action::Export, about(one))).collect()
}

fn end_notes<T>(notes: Vec<PendingEntry>, result: Result<T, Problem>) -> Result<T, Problem> {
    for note in notes {
        note.end(result.as_ref().map(|_| ()).map_err(Clone::clone))?;
    }
    result
}

/// Exports the credentials as JSON without secrets, to be kept in a repository. Each user who imports it adds their
/// own.
///
/// # Errors
/// `Kind::Internal`; `Kind::Storage` if the audit log is required and cannot be written.
pub fn template(session: &Session, credentials: &[Credential]) -> Result<String, Problem> {
    let notes = begin_notes(session, credentials)?;
    let row = |credential: &Credential| {
        let mut details = credential.details.clone();
        leave_machine(&mut details);
        Row {
            name: credential.name.to_string(),
            integration: credential.provider.clone(),
            client_id: credential.setup.client.id.0.clone(),
            variables: credential.setup.variables.clone(),
            scopes: credential.setup.scopes.clone(),
            redirect_uri: credential.setup.redirect_uri.clone(),
            details,
        }
    };
    let template = Template { format: FORMAT.to_owned(), credentials: credentials.iter().map(row).collect() };
    let text = serde_json::to_string_pretty(&template);
    end_notes(notes, text.map_err(|_| Problem::internal("The template could not be written.")))
}
