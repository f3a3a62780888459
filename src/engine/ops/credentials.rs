//! Adding, naming, changing and deleting credentials.

use std::sync::Arc;

use super::setup::{checked, same};
use crate::catalog::Provider;
use crate::engine::audit::{Action, Note, noted};
use crate::engine::{Session, Snapshot};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Details, FindError, Name, NameError, Setup};
use crate::problem::{Kind, Problem};

/// What the form holds. Text is checked and made canonical by the functions below.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Name as typed.
    pub name: String,
    /// Catalog id.
    pub provider: String,
    /// Description, owner, tags.
    pub details: Details,
    /// Client, variables as typed, scopes, redirect URI.
    pub setup: Setup,
}

/// What the vault holds now; re-read only when the file changed.
///
/// # Errors
/// Storage.
pub fn snapshot(session: &Session) -> Result<Arc<Snapshot>, Problem> {
    session.vault.snapshot()
}

/// Resolves an id, a name in any case, or an unambiguous prefix of one.
///
/// # Errors
/// NotFound, with the names that are near or that fit.
pub fn find(session: &Session, word: &str) -> Result<Credential, Problem> {
    let snapshot = session.vault.snapshot()?;
    snapshot.credentials.find(word).cloned().map_err(|error| unresolved(&error, word, "credential", "credenza list"))
}

/// A word that names no one `noun`; the command `list` shows them all.
pub(crate) fn unresolved(error: &FindError, word: &str, noun: &str, list: &str) -> Problem {
    match error {
        FindError::Unknown(near) => {
            let problem = Problem::new(Kind::NotFound, format!("There is no {noun} \"{word}\"."));
            match near.as_slice() {
                [] => problem.try_this(format!("List them with: {list}")),
                near => problem.try_this(format!("Did you mean {}?", quoted(near))),
            }
        }
        FindError::Ambiguous(fits) => Problem::new(Kind::NotFound, format!("\"{word}\" fits more than one {noun}."))
            .why(format!("It could be {}.", quoted(fits)))
            .try_this(format!("Give the whole name, or the id that `{list} --json` shows.")),
    }
}

/// Adds a credential.
///
/// # Errors
/// Usage for a bad field, NotFound for an unknown provider, Storage.
pub fn add(session: &Session, draft: Draft) -> Result<CredentialId, Problem> {
    let name = name(&draft.name)?;
    let provider = provider(session, &draft.provider)?;
    let setup = checked(provider, draft.setup, None)?;
    let mut credential = Credential::new(name, &provider.id, setup, session.workspace.clock.now());
    credential.details = tidy(draft.details);
    insert(session, Action::Add, credential)
}

/// Replaces details and setup of an existing one, and its name where it differs. A secret the draft leaves
/// out stays as it is stored. The tokens stay until the next authentication.
///
/// # Errors
/// Usage for a bad field, NotFound when it is gone, Storage. What was saved before an error stays saved.
pub fn edit(session: &Session, id: CredentialId, draft: Draft) -> Result<(), Problem> {
    noted(session, Action::Edit, id, || edited(session, id, draft))
}

fn edited(session: &Session, id: CredentialId, draft: Draft) -> Result<(), Problem> {
    let before = session.credential(id)?;
    let name = name(&draft.name)?;
    let provider = provider(session, &before.provider)?;
    let setup = checked(provider, draft.setup, Some(&before.setup))?;
    let details = tidy(draft.details);
    if name != before.name {
        session.vault.commit(Change::Rename { id, from: before.name.clone(), to: name })?;
    }
    if details != before.details {
        session.vault.commit(Change::Describe { id, from: before.details.clone(), to: details })?;
    }
    if !same(&before.setup, &setup) {
        session.vault.commit(Change::Configure { id, to: Box::new(setup) })?;
    }
    Ok(())
}

/// Renames.
///
/// # Errors
/// Usage for a bad or taken name, NotFound, Storage.
pub fn rename(session: &Session, id: CredentialId, to: &str) -> Result<(), Problem> {
    noted(session, Action::Rename, id, || {
        let from = session.credential(id)?.name;
        session.vault.commit(Change::Rename { id, from, to: name(to)? }).map(|_| ())
    })
}

/// Copies client, domain and scopes under a new name; no tokens.
///
/// # Errors
/// As [`add`].
pub fn duplicate(session: &Session, id: CredentialId, to: &str) -> Result<CredentialId, Problem> {
    let original = session.credential(id)?;
    let mut copy = Credential::new(name(to)?, original.provider, original.setup, session.workspace.clock.now());
    copy.details = original.details;
    insert(session, Action::Duplicate, copy)
}

/// Deletes; [`undo`] brings it back.
///
/// # Errors
/// NotFound, Storage.
pub fn delete(session: &Session, id: CredentialId) -> Result<(), Problem> {
    noted(session, Action::Delete, id, || session.vault.commit(Change::Remove { id }).map(|_| ()))
}

/// Takes the last edit back and says which: "delete Zoho EU".
///
/// # Errors
/// NotFound when there is nothing to take back, Refused when it no longer fits, Storage.
pub fn undo(session: &Session) -> Result<String, Problem> {
    let note = Note::begin(&session.workspace, Action::Undo, None)?;
    note.end(session.vault.undo())
}

/// Checks a name as typed.
///
/// # Errors
/// Usage, saying what is wrong with it.
pub fn name(text: &str) -> Result<Name, Problem> {
    Name::parse(text).map_err(|error: NameError| {
        Problem::new(Kind::Usage, error.to_string()).try_this("Name it after the integration and what it may do.")
    })
}

fn insert(session: &Session, action: Action, credential: Credential) -> Result<CredentialId, Problem> {
    let (id, name) = (credential.id, credential.name.to_string());
    let note = Note::begin(&session.workspace, action, Some((id, name)))?;
    note.end(session.vault.commit(Change::Insert(Box::new(credential))).map(|_| id))
}

fn provider<'a>(session: &'a Session, id: &str) -> Result<&'a Provider, Problem> {
    let catalog = &session.workspace.catalog;
    catalog.by_id(id).ok_or_else(|| {
        let near: Vec<&str> = catalog.search(id).into_iter().take(3).map(|hit| hit.provider.id.as_str()).collect();
        let problem = Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."));
        if near.is_empty() {
            problem.try_this("List them with: credenza catalog list")
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
