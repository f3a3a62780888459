//! Imports credentials: each entry is matched to the catalog and gets a free name, and all are saved at once.
//!
//! An entry is skipped if the vault has its refresh token, or has spent it: sending a spent one again can end the grant
//! that works.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::duplicates::fold;
use super::entry::{Entry, ImportChoices, ParsedFile, SkippedPart};
use super::file_destinations;
use super::provider_match::{MatchedEntry, NoMatch, place};
use crate::catalog::{Provider, VariableKind};
use crate::engine::audit::{Action, PendingEntry};
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

/// Most reasons that an error lists.
const MAX_REASONS: usize = 5;

/// The result of an import, or of a preview.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The credentials that were added to the vault.
    pub imported: Vec<Imported>,
    /// The entries that the vault has already: the name in the file, the name of the credential.
    pub known: Vec<(String, String)>,
    /// The parts that were not imported, and why.
    pub left_out: Vec<SkippedPart>,
    /// Whether the file is a whole vault, which may still use the refresh tokens.
    pub of_vault: bool,
}

/// A credential that was, or would be, imported.
#[derive(Clone, Debug)]
pub struct Imported {
    pub id: CredentialId,
    /// Its name in this vault.
    pub name: String,
    /// Its catalog id.
    pub integration: String,
    /// Whether it has a refresh token, which was not tried yet.
    pub has_refresh_token: bool,
    /// Whether a secret still has to be entered.
    pub lacks_secret: bool,
    /// The host that its secret is sent to.
    pub token_host: Option<String>,
    pub redirect_uri: String,
    /// The endpoints that come from the file, as name and URL.
    pub endpoints: BTreeMap<String, String>,
    /// The destinations that only the file chose, as label and value. The user must confirm them.
    pub from_file: BTreeMap<String, String>,
    /// Names of values that were not imported.
    pub unread: Vec<String>,
    /// Number of entries of the same client that were merged into it.
    pub folded: usize,
}

/// Adds the entries of a file to the vault: all that match, or none. With `dry_run`, only returns what it would do.
///
/// # Errors
/// `Kind::Usage` for a value that is not allowed, or if nothing in the file can be imported; `Kind::NotFound` for an
/// integration that the catalog does not have; `Kind::Storage`.
pub fn import(
    session: &Session,
    reading: ParsedFile,
    choices: &ImportChoices,
    dry_run: bool,
) -> Result<Import, Problem> {
    let catalog = &session.workspace.catalog;
    if let Some(id) = choices.integration.as_ref().filter(|id| catalog.by_id(id).is_none()) {
        let problem = Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."));
        return Err(problem.step(NextStep::ListCatalog));
    }
    let (ours, port) = (reading.ours, session.workspace.settings.redirect_port);
    let (entries, mut left_out) = chosen(reading, choices)?;
    let labels = entries.iter().map(|entry| &entry.label).collect::<HashSet<_>>().len();
    let (mut placed, mut known, mut step) = (Vec::new(), Vec::new(), None);
    for entry in entries {
        if let Some(owner) = owner(session, &entry)? {
            known.push((entry.name, owner));
            continue;
        }
        match place(catalog, entry, choices, labels) {
            Ok(one) => match why_not_taken(&one, choices, ours.then_some(port)) {
                None => left_out.extend(fold(&mut placed, one)),
                Some((why, next)) => {
                    step = next.or(step);
                    left_out.push(SkippedPart { name: one.entry.name, why });
                }
            },
            Err(misplaced) => {
                let (entry, misplaced) = *misplaced;
                let (why, next) = match misplaced {
                    NoMatch::Elsewhere(why) => (why, step),
                    NoMatch::Unplaced(why) => (why, Some(NextStep::NameProvider)),
                    NoMatch::Unchosen(why) => (why, step.or(Some(NextStep::ChooseEntry))),
                };
                step = next;
                left_out.push(SkippedPart { name: entry.name, why });
            }
        }
    }
    if placed.is_empty() && known.is_empty() {
        return Err(nothing(&left_out, step));
    }
    if choices.name.is_some() && placed.len() > 1 {
        return Err(one_name_for(placed.len()));
    }
    let told: Vec<_> = placed.iter().map(|(placed, folded)| (placed.entry.unread.clone(), *folded)).collect();
    let credentials =
        placed.into_iter().map(|(placed, _)| credential(session, placed, choices)).collect::<Result<_, _>>()?;
    let mut imported = insert(session, credentials, choices, dry_run)?;
    for (one, (unread, folded)) in imported.iter_mut().zip(told) {
        one.unread.extend(unread);
        one.folded = folded;
    }
    Ok(Import { imported, known, left_out, of_vault: false })
}

fn one_name_for(credentials: usize) -> Problem {
    let what = format!("The file contains {credentials} credentials, but only one name was given.");
    Problem::new(Kind::Usage, what).step(NextStep::ChooseEntry)
}

/// Why a matched entry is not imported; `port` for a file that this program wrote.
fn why_not_taken(
    MatchedEntry { entry, provider, .. }: &MatchedEntry<'_>,
    choices: &ImportChoices,
    port: Option<u16>,
) -> Option<(String, Option<NextStep>)> {
    let has_client = !entry.client_id.is_empty() || choices.client_id.is_some() || entry.typed_in.is_some();
    // A template of a typed-in secret has neither.
    if !has_client && !provider.grant.is_static_secret() {
        let why = "It has no client ID: the program it comes from uses its own, whose secret is not in the file.";
        return Some((why.to_owned(), None));
    }
    let redirect = Some(&entry.redirect_uri).filter(|uri| !uri.is_empty() && choices.redirect_uri.is_none())?;
    let is_taken = file_destinations::is_received(Some(provider), redirect, choices, port?);
    (!is_taken).then(|| (file_destinations::why_not_received(redirect), Some(NextStep::NameRedirectUri)))
}

/// Applies the user's choices to a file.
fn chosen(reading: ParsedFile, choices: &ImportChoices) -> Result<(Vec<Entry>, Vec<SkippedPart>), Problem> {
    if reading.choose && choices.only.is_empty() {
        return Err(Problem::new(Kind::Usage, "Choose the entries to import by name.")
            .why(format!("Most entries of such a file belong to no integration: {}.", reading.shape))
            .step(NextStep::ChooseEntry));
    }
    let names = reading.entries.iter().map(|entry| &entry.name).chain(reading.left_out.iter().map(|one| &one.name));
    choices.check_only(&names.map(String::as_str).collect::<Vec<_>>())?;
    let ParsedFile { mut entries, mut left_out, .. } = reading;
    entries.retain(|entry| choices.is_chosen(&entry.name));
    left_out.retain(|one| choices.is_chosen(&one.name));
    Ok((entries, left_out))
}

/// The name of the credential that has, or had, the entry's refresh token.
fn owner(session: &Session, entry: &Entry) -> Result<Option<String>, Problem> {
    let Some(token) = &entry.refresh_token else { return Ok(None) };
    named(session, session.store.refresh_token_owner(token)?)
}

pub(super) fn named(session: &Session, id: Option<CredentialId>) -> Result<Option<String>, Problem> {
    let Some(id) = id else { return Ok(None) };
    Ok(session.store.credential(id)?.map(|credential| credential.name.to_string()))
}

pub(super) fn nothing(left_out: &[SkippedPart], step: Option<NextStep>) -> Problem {
    let reason =
        |one: &SkippedPart| if one.name.is_empty() { one.why.clone() } else { format!("{}: {}", one.name, one.why) };
    let mut reasons: Vec<String> = left_out.iter().take(MAX_REASONS).map(reason).collect();
    if left_out.len() > MAX_REASONS {
        reasons.push(format!("{} more.", left_out.len() - MAX_REASONS));
    }
    let problem = Problem::new(Kind::Usage, "Nothing in the file can be imported.").why(reasons.join(" "));
    problem.step(step)
}

/// Saves imported credentials; no other function does. Removes settings that belong to the machine that wrote the file.
pub(super) fn insert(
    session: &Session,
    mut credentials: Vec<Credential>,
    choices: &ImportChoices,
    dry_run: bool,
) -> Result<Vec<Imported>, Problem> {
    let there = credentials::snapshot(session)?;
    let mut taken: HashSet<String> = there.credentials.list.iter().map(|credential| credential.name.key()).collect();
    let unreadable = there.credentials.unreadable.iter().filter_map(|one| Name::parse(&one.name).ok());
    taken.extend(unreadable.map(|name| name.key()));
    for credential in &mut credentials {
        credential.name = Name::first_free(credential.name.as_str(), |name| !taken.contains(&name.key()))
            .map_err(credentials::unusable_name)?;
        taken.insert(credential.name.key());
    }
    let imported = credentials.iter_mut().map(|credential| report(session, credential, choices)).collect();
    if !dry_run && !credentials.is_empty() {
        let note = PendingEntry::begin(&session.workspace, Action::Import, None)?;
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

fn report(session: &Session, credential: &mut Credential, choices: &ImportChoices) -> Imported {
    let unread = if file_destinations::leave_machine(&mut credential.details) {
        vec![file_destinations::BROWSER.to_owned()]
    } else {
        Vec::new()
    };
    let here = (session.workspace.settings.redirect_port, session.workspace.catalog.origin());
    let provider = session.provider(credential).ok();
    let needs = provider.is_some_and(|provider| {
        provider.needs_client_secret && credential.setup.client.secret.is_none()
            || provider.grant.is_static_secret() && !credential.setup.secrets.contains_key(MAIN_SECRET)
    });
    Imported {
        id: credential.id,
        name: credential.name.to_string(),
        integration: credential.provider.clone(),
        has_refresh_token: credential.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some()),
        lacks_secret: needs,
        token_host: provider.and_then(|provider| provider.token_host(&credential.setup.variables)),
        redirect_uri: credential.setup.redirect_uri.clone(),
        endpoints: credential
            .setup
            .variables
            .iter()
            .filter(|(name, value)| provider.is_some_and(|provider| is_endpoint(provider, name)) && !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        from_file: file_destinations::of_file(provider, credential, choices, here),
        unread,
        folded: 0,
    }
}

/// Whether the variable is a whole endpoint.
fn is_endpoint(provider: &Provider, name: &str) -> bool {
    provider.variable(name).is_some_and(|variable| variable.kind == VariableKind::Url)
}

fn credential(session: &Session, placed: MatchedEntry<'_>, choices: &ImportChoices) -> Result<Credential, Problem> {
    let MatchedEntry { entry, provider, variables } = placed;
    let name = choices.name.clone().or_else(|| Some(entry.name.clone()).filter(|name| !name.trim().is_empty()));
    let name = credentials::name(&name.unwrap_or_else(|| provider.name.clone()))?;
    let id = Some(entry.client_id).filter(|id| !id.is_empty()).or_else(|| choices.client_id.clone());
    let secret = entry.client_secret.map(ClientSecret::from).or_else(|| choices.client_secret.clone());
    let scopes = if entry.scopes.is_empty() { provider.scopes.clone() } else { entry.scopes };
    let redirect = choices.redirect_uri.clone().or(Some(entry.redirect_uri)).filter(|uri| !uri.is_empty());
    let setup = Setup {
        client: Client { id: ClientId(id.unwrap_or_default()), secret },
        variables,
        secrets: entry.typed_in.map(|secret| (MAIN_SECRET.to_owned(), secret)).into_iter().collect(),
        scopes,
        redirect_uri: redirect.unwrap_or_else(|| provider.redirect_uri(session.workspace.settings.redirect_port)),
    };
    let setup = checked_without_secret(provider, setup)?;
    let now = session.workspace.clock.now();
    let mut credential = Credential::new(name, &provider.id, setup, now);
    credential.details = entry.details;
    credential.record(Event::new(now, EventKind::Created, "imported"));
    if let Some(token) = entry.refresh_token.filter(|_| !provider.grant.is_static_secret()) {
        let origin = session.workspace.catalog.origin();
        credential.endpoints = Some(provider.endpoints(&credential.setup.variables, origin)?);
        credential.tokens = Some(unproven(token, now));
    }
    Ok(credential)
}

/// Tokens that consist of a refresh token only; the first request for an access token is a refresh.
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
