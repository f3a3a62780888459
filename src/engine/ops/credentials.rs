//! Adds, renames, changes and deletes credentials.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::setup::checked;
use super::token::LOCK_WAIT;
use crate::catalog::Provider;
use crate::engine::audit::{Action, PendingEntry, about, noted};
use crate::engine::edit_error::EditError;
use crate::engine::{Direction, Session, Snapshot, Step, names_file};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialField, CredentialId, Details, FindError, Name, NameError, Setup};
use crate::model::record::Base;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::StoreError;

/// The content of a form, before it is checked and normalized.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The name as typed.
    pub name: String,
    /// Catalog id.
    pub provider: String,
    /// Description, owner, tags.
    pub details: Details,
    /// Client, variables as typed, scopes, redirect URI.
    pub setup: Setup,
}

/// The current content of the vault; read again only if the file changed.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub fn snapshot(session: &Session) -> Result<Arc<Snapshot>, Problem> {
    let snapshot = session.store.snapshot()?;
    names_file::keep(&session.workspace.paths, &session.workspace.settings, &snapshot);
    Ok(snapshot)
}

/// As [`snapshot`], but returns the local copy of a shared vault, so that a slow store does not delay the caller.
///
/// # Errors
/// `Kind::Storage` if the vault cannot be read.
pub fn shown(session: &Session) -> Result<Arc<Snapshot>, Problem> {
    session.store.cached_snapshot().map_or_else(|| snapshot(session), Ok)
}

/// Resolves an id, a name in any case, or an unambiguous prefix of one.
///
/// # Errors
/// `Kind::NotFound`, with similar or matching names.
pub fn find(session: &Session, word: &str) -> Result<Credential, Problem> {
    session.store.find(word)?.map_err(|error| not_one(&error, word))
}

/// As [`find`], for several words; reads all records once.
///
/// # Errors
/// As `find`.
pub fn find_all(session: &Session, words: &[String]) -> Result<Vec<Credential>, Problem> {
    if let [word] = words {
        return Ok(vec![find(session, word)?]);
    }
    let snapshot = snapshot(session)?;
    let found = |word: &String| snapshot.credentials.find(word).cloned().map_err(|error| not_one(&error, word));
    words.iter().map(found).collect()
}

fn not_one(error: &FindError, word: &str) -> Problem {
    unresolved(error, word, "credential", |ids| NextStep::ListCredentials { ids })
}

/// The problem of a word that does not identify one `noun`; `list` is the next step, which lists them with or without
/// their ids.
pub(crate) fn unresolved(error: &FindError, word: &str, noun: &str, list: impl Fn(bool) -> NextStep) -> Problem {
    match error {
        FindError::Unknown(near) => {
            let problem = Problem::new(Kind::NotFound, format!("There is no {noun} \"{word}\"."));
            match near.as_slice() {
                [] => problem.step(list(false)),
                near => problem.try_this(format!("Did you mean {}?", quoted(near))),
            }
        }
        FindError::Ambiguous(fits) => Problem::new(Kind::NotFound, format!("\"{word}\" fits more than one {noun}."))
            .why(format!("It could be {}.", quoted(fits)))
            .try_this("Use the full name or the id.")
            .step(list(true)),
        FindError::Unreadable(name) => unreadable(noun, name),
    }
}

/// The problem of a record that only another version of the program can read.
fn unreadable(noun: &str, name: &str) -> Problem {
    Problem::new(Kind::Storage, format!("The {noun} \"{name}\" cannot be read by this version."))
        .why("A newer version wrote it, or its record is damaged. It is kept as it is.")
        .try_this("Use the version that wrote it, or restore an earlier version of the vault.")
        .step(NextStep::ListVersions)
}

/// Adds a credential.
///
/// # Errors
/// `Kind::Usage` for a bad field, `Kind::NotFound` for an unknown provider, `Kind::Storage`.
pub fn add(session: &Session, draft: Draft) -> Result<CredentialId, Problem> {
    let name = name(&draft.name)?;
    let provider = provider(session, &draft.provider)?;
    if let Some(retired) = &provider.retired {
        let ended = provider.end_dates.first().map(|end| end.note.clone()).unwrap_or_default();
        let problem = Problem::new(Kind::Refused, format!("{} can no longer be added.", provider.name));
        return Err(problem.why(ended).try_this(retired.clone()));
    }
    let setup = checked(provider, draft.setup, None)?;
    let mut credential = Credential::new(name, &provider.id, setup, session.workspace.clock.now());
    credential.details = tidy(draft.details);
    insert(session, Action::Add, credential)
}

/// What an edit of a credential is based on: the revision of each field when it was begun.
pub type CredentialBase = Base<Credential>;

/// Saves the fields in which the draft differs from `base`, as one version and one undo step. If the draft leaves a
/// secret out, the stored one is kept, even if it has changed since. The tokens stay until the next authentication.
///
/// # Errors
/// The conflict, if others have changed the same fields since; `Kind::Usage` for a bad field, `Kind::NotFound` if the
/// credential was deleted, `Kind::Storage`.
pub fn edit(session: &Session, base: &CredentialBase, draft: Draft) -> Result<(), EditError> {
    let note = PendingEntry::begin(&session.workspace, Action::Edit, Some(about(session, base.id)))?;
    note.end_edit(edited(session, base, draft))
}

/// As [`edit`], but holds the lease, so that no token request is in progress: for a new client secret.
///
/// # Errors
/// As [`edit`]; `Kind::Temporary` while another process sends a token request for the credential.
pub fn rotate(session: &Session, base: &CredentialBase, draft: Draft) -> Result<(), EditError> {
    let lease = session.lease(&session.credential(base.id)?, LOCK_WAIT, &mut || ())?;
    let rotated = edit(session, base, draft);
    drop(lease);
    rotated
}

fn edited(session: &Session, base: &CredentialBase, draft: Draft) -> Result<(), EditError> {
    let before = session.credential(base.id)?;
    let provider = provider(session, &before.provider)?;
    let given: BTreeSet<String> = draft.setup.secrets.keys().cloned().collect();
    let has_client_secret = draft.setup.client.secret.as_ref().is_some_and(|secret| !secret.is_blank());
    let variables: BTreeSet<String> = draft.setup.variables.keys().cloned().collect();
    let keeps_redirect = draft.setup.redirect_uri.trim().is_empty();
    let setup = checked(provider, draft.setup, Some(&before.setup))?;
    let wanted = Credential { name: name(&draft.name)?, details: tidy(draft.details), setup, ..before };
    // Fields left out of a draft are not changed.
    let fields = base.edits(&wanted, |field| match field {
        CredentialField::ClientSecret => !has_client_secret,
        CredentialField::Secret(name) => !given.contains(name),
        CredentialField::Variable(name) => !variables.contains(name) && !wanted.setup.variables.contains_key(name),
        CredentialField::RedirectUri => keeps_redirect,
        _ => false,
    });
    if fields.is_empty() {
        return Ok(());
    }
    session.store.commit(Change::Edit { id: base.id, fields }.into())?;
    Ok(())
}

/// Renames a credential.
///
/// # Errors
/// `Kind::Usage` for a bad or taken name, `Kind::NotFound`, `Kind::Storage`.
pub fn rename(session: &Session, id: CredentialId, to: &str) -> Result<(), Problem> {
    noted(session, Action::Rename, id, || {
        let from = session.credential(id)?.name;
        session.store.commit(Change::rename(id, &from, &name(to)?).into())?;
        Ok(())
    })
}

/// Copies a credential under a new name, without its tokens.
///
/// # Errors
/// As [`add`].
pub fn duplicate(session: &Session, id: CredentialId, to: &str) -> Result<CredentialId, Problem> {
    let original = session.credential(id)?;
    let mut copy = Credential::new(name(to)?, original.provider, original.setup, session.workspace.clock.now());
    copy.details = original.details;
    insert(session, Action::Duplicate, copy)
}

/// Deletes a credential; [`undo`] restores it.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Storage`.
pub fn delete(session: &Session, id: CredentialId) -> Result<(), Problem> {
    noted(session, Action::Delete, id, || {
        session.store.commit(Change::Remove { id }.into())?;
        Ok(())
    })
}

/// Undoes the last edit and returns its label: "delete Zoho EU".
///
/// # Errors
/// `Kind::NotFound` if there is nothing to undo, `Kind::Refused` if it no longer applies, `Kind::Storage`.
pub fn undo(session: &Session) -> Result<String, Problem> {
    undo_or_redo(session, Direction::Undo, None)
}

/// Undoes or redoes the next step and returns its label. With `only`, that must still be the step that the user was
/// shown.
///
/// # Errors
/// `Kind::NotFound` if there is none, `Kind::Refused` if it is another step or no longer applies, `Kind::Storage`.
pub fn undo_or_redo(session: &Session, direction: Direction, only: Option<&Step>) -> Result<String, Problem> {
    let action = match direction {
        Direction::Undo => Action::Undo,
        Direction::Redo => Action::Redo,
    };
    let note = PendingEntry::begin(&session.workspace, action, None)?;
    let taken = session.store.undo_or_redo(direction, only);
    note.end(taken.map_err(|error| {
        let is_none = matches!(error, StoreError::NothingToUndo);
        let problem = Problem::from(error);
        if is_none && session.store.team().is_some() {
            return problem.why("Each member of a team undoes their own changes only.");
        }
        problem
    }))
}

/// Parses a name that the user typed.
///
/// # Errors
/// `Kind::Usage`, saying what is wrong with it.
pub fn name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(unusable_name)
}

pub(super) fn unusable_name(error: NameError) -> Problem {
    Problem::new(Kind::Usage, error.to_string()).try_this("Name it after the integration and what it may do.")
}

fn insert(session: &Session, action: Action, credential: Credential) -> Result<CredentialId, Problem> {
    let (id, name) = (credential.id, credential.name.to_string());
    let note = PendingEntry::begin(&session.workspace, action, Some((id, name)))?;
    let saved = session.store.commit(Change::Insert(Box::new(credential)).into());
    note.end(saved.map(|_| id).map_err(Problem::from))
}

fn provider<'a>(session: &'a Session, id: &str) -> Result<&'a Provider, Problem> {
    let catalog = &session.workspace.catalog;
    catalog.by_id(id).ok_or_else(|| {
        let near: Vec<&str> = catalog.search(id).into_iter().take(3).map(|hit| hit.provider.id.as_str()).collect();
        let problem = Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."));
        if near.is_empty() {
            problem.step(NextStep::ListCatalog)
        } else {
            problem.try_this(format!("Did you mean {}?", near.join(", ")))
        }
    })
}

fn tidy(mut details: Details) -> Details {
    details.description = details.description.trim().to_owned();
    details.owner = details.owner.trim().to_owned();
    details.browser = details.browser.trim().to_owned();
    for tag in &mut details.tags {
        *tag = tag.trim().to_owned();
    }
    details.tags.retain(|tag| !tag.is_empty());
    details
}

fn quoted(names: &[Name]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
