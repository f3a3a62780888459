//! In: each found credential gets its place in the catalog and a name of its own, and all are saved at once.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::Found;
use crate::catalog::Provider;
use crate::engine::audit::{Action, Note};
use crate::engine::ops::credentials;
use crate::engine::ops::setup::checked_without_secret;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{
    Client, ClientId, Credential, CredentialId, Event, EventKind, MAIN_SECRET, Name, Setup, Tokens,
};
use crate::model::transaction::Transaction;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::{AccessToken, ClientSecret, RefreshToken, Secret};
use crate::store::local;

/// The entry of the catalog for what it does not know.
const CUSTOM: &str = "custom-oauth2";

/// What a person says beside the file.
#[derive(Clone, Debug, Default)]
pub struct Placing {
    /// A catalog id, for all of them.
    pub integration: Option<String>,
    /// A name, where it is one.
    pub name: Option<String>,
    /// The client, where the file has none.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<ClientSecret>,
    /// Variables of the integration.
    pub variables: BTreeMap<String, String>,
}

/// One that came in, or would.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its id.
    pub id: CredentialId,
    /// Its name here.
    pub name: String,
    /// Its catalog id.
    pub integration: String,
    /// Whether it came with a refresh token, which has yet to prove that it works.
    pub has_refresh_token: bool,
    /// Whether it still lacks a secret that somebody has to enter.
    pub lacks_secret: bool,
}

/// Puts what was found into the vault: all, or none. With `dry_run` only tells what it would.
///
/// # Errors
/// Usage for a value that cannot be, or an integration that cannot be told; NotFound; Storage.
pub fn import(
    session: &Session,
    found: Vec<Found>,
    placing: &Placing,
    dry_run: bool,
) -> Result<Vec<Imported>, Problem> {
    if placing.name.is_some() && found.len() > 1 {
        return Err(Problem::new(
            Kind::Usage,
            format!("The file holds {} credentials, and one name was given.", found.len()),
        ));
    }
    let credentials = found.into_iter().map(|found| credential(session, found, placing)).collect::<Result<_, _>>()?;
    insert(session, credentials, dry_run)
}

/// As [`import`], of a file that [`super::encrypted`] wrote, opened by an age identity.
///
/// # Errors
/// As `import`; Locked when the identity does not fit.
pub fn import_sealed(
    session: &Session,
    sealed: &[u8],
    identity: &Secret,
    dry_run: bool,
) -> Result<Vec<Imported>, Problem> {
    let mut credentials = local::open_credentials(sealed, identity)?;
    let now = session.workspace.clock.now();
    for credential in &mut credentials {
        // A name for this vault alone; an id of our own, so that two imports of one file are two credentials.
        let mut own = Credential::new(credential.name.clone(), credential.provider.clone(), Setup::default(), now);
        std::mem::swap(&mut own.id, &mut credential.id);
        credential.record(Event::new(now, EventKind::Created, "imported"));
    }
    insert(session, credentials, dry_run)
}

fn insert(session: &Session, mut credentials: Vec<Credential>, dry_run: bool) -> Result<Vec<Imported>, Problem> {
    let there = credentials::snapshot(session)?;
    let mut taken: HashSet<String> = there.credentials.list.iter().map(|credential| credential.name.key()).collect();
    for credential in &mut credentials {
        credential.name = free_name(&credential.name, &taken)?;
        taken.insert(credential.name.key());
    }
    let imported = credentials.iter().map(|credential| told(session, credential)).collect();
    if !dry_run {
        let note = Note::begin(&session.workspace, Action::Import, None)?;
        let label = match credentials.as_slice() {
            [one] => format!("add {}", one.name),
            several => format!("import {} credentials", several.len()),
        };
        let changes = credentials.into_iter().map(|credential| Change::Insert(Box::new(credential)));
        let saved = session.store.commit(Transaction::of(changes).labeled(label));
        note.end(saved.map(drop).map_err(Problem::from))?;
    }
    Ok(imported)
}

fn told(session: &Session, credential: &Credential) -> Imported {
    let needs = session.provider(credential).is_ok_and(|provider| {
        provider.needs_client_secret && credential.setup.client.secret.is_none()
            || provider.grant.is_typed_in() && !credential.setup.secrets.contains_key(MAIN_SECRET)
    });
    Imported {
        id: credential.id,
        name: credential.name.to_string(),
        integration: credential.provider.clone(),
        has_refresh_token: credential.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some()),
        lacks_secret: needs,
    }
}

/// "Zoho EU", or "Zoho EU (2)" where that is taken.
fn free_name(name: &Name, taken: &HashSet<String>) -> Result<Name, Problem> {
    let is_free = |name: &Name| !taken.contains(&name.key());
    if is_free(name) {
        return Ok(name.clone());
    }
    let numbered = (2..10_000).map(|number| credentials::name(&format!("{name} ({number})")));
    numbered.into_iter().find(|name| name.as_ref().map_or(true, is_free)).unwrap_or_else(|| Ok(name.clone()))
}

fn credential(session: &Session, found: Found, placing: &Placing) -> Result<Credential, Problem> {
    let name = placing.name.clone().or_else(|| Some(found.name.clone()).filter(|name| !name.trim().is_empty()));
    let (provider, mut variables) = place(session, &found, placing)?;
    let name = credentials::name(&name.unwrap_or_else(|| provider.name.clone()))?;
    variables.extend(found.variables);
    variables.extend(placing.variables.clone());
    let id = Some(found.client_id).filter(|id| !id.is_empty()).or_else(|| placing.client_id.clone());
    let secret = found.client_secret.map(ClientSecret::from).or_else(|| placing.client_secret.clone());
    let scopes = if found.scopes.is_empty() { provider.scopes.clone() } else { found.scopes };
    let redirect = Some(found.redirect_uri).filter(|uri| !uri.is_empty());
    let setup = Setup {
        client: Client { id: ClientId(id.unwrap_or_default()), secret },
        variables,
        secrets: found.typed_in.map(|secret| (MAIN_SECRET.to_owned(), secret)).into_iter().collect(),
        scopes,
        redirect_uri: redirect.unwrap_or_else(|| provider.redirect_uri(session.workspace.settings.redirect_port)),
    };
    let setup = checked_without_secret(provider, setup)?;
    let now = session.workspace.clock.now();
    let mut credential = Credential::new(name, &provider.id, setup, now);
    credential.details = found.details;
    credential.record(Event::new(now, EventKind::Created, "imported"));
    if let Some(token) = found.refresh_token.filter(|_| !provider.grant.is_typed_in()) {
        let origin = session.workspace.catalog.origin();
        credential.endpoints = Some(provider.endpoints(&credential.setup.variables, origin)?);
        credential.tokens = Some(unproven(token, now));
    }
    Ok(credential)
}

/// A refresh token without an access token: the first that is asked for is a refresh.
fn unproven(refresh: Secret, now: Timestamp) -> Tokens {
    Tokens {
        access: AccessToken::default(),
        refresh: Some(RefreshToken::from(refresh)),
        received_at: now,
        expires_at: Some(Timestamp::UNIX_EPOCH),
        refresh_expires_at: None,
        scopes: None,
        captured: BTreeMap::new(),
    }
}

/// The entry of the catalog it belongs to: as the person or the file says, by its token endpoint, else the one that
/// takes any endpoints.
fn place<'a>(
    session: &'a Session,
    found: &Found,
    placing: &Placing,
) -> Result<(&'a Provider, BTreeMap<String, String>), Problem> {
    let catalog = &session.workspace.catalog;
    let known = |id: &str| {
        catalog.by_id(id).ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."))
                .step(NextStep::ListCatalog)
        })
    };
    if let Some(id) = placing.integration.as_ref().or(found.integration.as_ref()) {
        return Ok((known(id)?, BTreeMap::new()));
    }
    let Some(token_url) = &found.token_url else {
        let which = if found.name.is_empty() { "It".to_owned() } else { format!("\"{}\"", found.name) };
        return Err(Problem::new(Kind::Usage, format!("{which} does not say which integration it is for."))
            .step(NextStep::NameProvider));
    };
    let same = |provider: &&Provider| {
        let defaults = provider.variables.iter().filter_map(|one| Some((one.name.clone(), one.default.clone()?)));
        let endpoints = provider.endpoints(&defaults.collect(), catalog.origin());
        endpoints.is_ok_and(|endpoints| endpoints.token.as_str() == token_url && endpoints.authorization.is_some())
    };
    if let Some(provider) = catalog.iter().find(same) {
        return Ok((provider, BTreeMap::new()));
    }
    let urls = [("authorization_url", &found.authorization_url), ("token_url", &found.token_url)];
    let variables = urls.into_iter().filter_map(|(name, url)| Some((name.to_owned(), url.clone()?)));
    Ok((known(CUSTOM)?, variables.collect()))
}
