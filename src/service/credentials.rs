//! Adding, naming, changing and deleting credentials.

use std::sync::Arc;

use super::{Session, Snapshot};
use crate::catalog::Provider;
use crate::change::Change;
use crate::credential::{Credential, CredentialId, Details, FindError, Name, NameError, Setup};
use crate::printable::is_plain;
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Secret};

/// Longest client ID, secret or scope: none seen is over a few hundred.
const MAX_FIELD: usize = 4_096;

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
    snapshot.credentials.find(word).cloned().map_err(|error| match error {
        FindError::Unknown(near) => {
            let problem = Problem::new(Kind::NotFound, format!("There is no credential \"{word}\"."));
            match near.as_slice() {
                [] => problem.try_this("List them with: credenza list"),
                near => problem.try_this(format!("Did you mean {}?", quoted(near))),
            }
        }
        FindError::Ambiguous(fits) => {
            Problem::new(Kind::NotFound, format!("\"{word}\" fits more than one credential."))
                .why(format!("It could be {}.", quoted(&fits)))
                .try_this("Give the whole name, or the id that `credenza list --json` shows.")
        }
    })
}

/// Adds a credential.
///
/// # Errors
/// Usage for a bad field, NotFound for an unknown provider, Storage.
pub fn add(session: &Session, draft: Draft) -> Result<CredentialId, Problem> {
    let name = name(&draft.name)?;
    let provider = provider(session, &draft.provider)?;
    let setup = checked(provider, draft.setup)?;
    let mut credential = Credential::new(name, &provider.id, setup, session.workspace.clock.now());
    credential.details = tidy(draft.details);
    let id = credential.id;
    session.vault.commit(Change::Insert(Box::new(credential)))?;
    Ok(id)
}

/// Replaces details and setup of an existing one, and its name where it differs. A draft without a client secret keeps
/// the stored one. The tokens stay until the next authentication.
///
/// # Errors
/// Usage for a bad field, NotFound when it is gone, Storage. What was saved before an error stays saved.
pub fn edit(session: &Session, id: CredentialId, draft: Draft) -> Result<(), Problem> {
    let before = session.credential(id)?;
    let name = name(&draft.name)?;
    let provider = provider(session, &before.provider)?;
    let mut setup = draft.setup;
    if setup.client.secret.is_none() {
        setup.client.secret.clone_from(&before.setup.client.secret);
    }
    let setup = checked(provider, setup)?;
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
    let from = session.credential(id)?.name;
    session.vault.commit(Change::Rename { id, from, to: name(to)? }).map(|_| ())
}

/// Copies client, domain and scopes under a new name; no tokens.
///
/// # Errors
/// As [`add`].
pub fn duplicate(session: &Session, id: CredentialId, to: &str) -> Result<CredentialId, Problem> {
    let original = session.credential(id)?;
    let mut copy = Credential::new(name(to)?, original.provider, original.setup, session.workspace.clock.now());
    copy.details = original.details;
    let id = copy.id;
    session.vault.commit(Change::Insert(Box::new(copy)))?;
    Ok(id)
}

/// Deletes; [`undo`] brings it back.
///
/// # Errors
/// NotFound, Storage.
pub fn delete(session: &Session, id: CredentialId) -> Result<(), Problem> {
    session.vault.commit(Change::Remove { id }).map(|_| ())
}

/// Takes the last edit back and says which: "delete Zoho EU".
///
/// # Errors
/// NotFound when there is nothing to take back, Refused when it no longer fits, Storage.
pub fn undo(session: &Session) -> Result<String, Problem> {
    session.vault.undo()
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

/// A setup with every field checked and canonical.
fn checked(provider: &Provider, mut setup: Setup) -> Result<Setup, Problem> {
    setup.client.id.0 = field("Client ID", &setup.client.id.0)?;
    if setup.client.id.0.is_empty() {
        return Err(Problem::new(Kind::Usage, "Client ID is empty.").try_this("Copy it from the provider's console."));
    }
    setup.client.secret = match setup.client.secret.take() {
        Some(secret) => pasted_secret(&secret)?,
        None => None,
    };
    if provider.needs_client_secret && setup.client.secret.is_none() {
        return Err(
            Problem::new(Kind::Usage, "Client Secret is empty.").try_this("Copy it from the provider's console.")
        );
    }
    for variable in &provider.variables {
        let typed = setup.variables.get(&variable.name).or(variable.default.as_ref()).map_or("", String::as_str);
        let value = variable.normalize(typed)?.value;
        setup.variables.insert(variable.name.clone(), value);
    }
    setup.scopes = setup.scopes.iter().map(|scope| field("A scope", scope)).collect::<Result<_, _>>()?;
    setup.scopes.retain(|scope| !scope.is_empty());
    setup.redirect_uri = field("The redirect URI", &setup.redirect_uri)?;
    Ok(setup)
}

/// Outer white space goes, as pasting brings it; what cannot be seen inside is refused with its place.
fn field(label: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || !is_plain(c));
    if text.len() > MAX_FIELD {
        return Err(Problem::new(Kind::Usage, format!("{label} is too long.")).why("At most 4,096 bytes fit."));
    }
    // RFC 6749 appendix A; the redirect URI is an RFC 3986 one.
    let Some((at, bad)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_graphic()) else {
        return Ok(text.to_owned());
    };
    let refuse = |what: &str, why: &str| {
        Err(Problem::new(Kind::Usage, format!("{label} has {what} inside."))
            .why(format!("It is character {}, which {why}.", at + 1))
            .try_this("Copy it again, from the console's own copy button."))
    };
    if is_plain(bad) && !bad.is_whitespace() {
        return refuse("a character outside of ASCII", "a mail or a document makes of quotes and hyphens");
    }
    refuse("a blank or an invisible character", "pasting from a page or a mail can bring")
}

fn pasted_secret(secret: &ClientSecret) -> Result<Option<ClientSecret>, Problem> {
    let mut failure = None;
    let trimmed = secret.trimmed(|text| match field("Client Secret", text) {
        Ok(_) => true,
        Err(problem) => {
            failure = Some(problem);
            false
        }
    });
    match failure {
        Some(problem) => Err(problem),
        None => Ok((!trimmed.is_empty()).then(|| ClientSecret::from(trimmed))),
    }
}

fn tidy(mut details: Details) -> Details {
    details.description = details.description.trim().to_owned();
    details.owner = details.owner.trim().to_owned();
    for tag in &mut details.tags {
        *tag = tag.trim().to_owned();
    }
    details.tags.retain(|tag| !tag.is_empty());
    details
}

fn same(one: &Setup, other: &Setup) -> bool {
    let secret = |setup: &Setup| setup.client.secret.as_deref().cloned().unwrap_or_else(Secret::default);
    one.client.id == other.client.id
        && secret(one).matches(&secret(other))
        && one.variables == other.variables
        && one.scopes == other.scopes
        && one.redirect_uri == other.redirect_uri
}

fn quoted(names: &[Name]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
