//! Imports: each entry gets its place in the catalog and a name of its own, and all are saved at once.
//!
//! A refresh token that the vault holds or has spent is left out: sent once more it can end the grant that works.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::belonging::{Misplaced, Placed, place};
use super::entry::{Entry, LeftOut, Placing, Reading};
use super::folding::fold;
use super::places;
use crate::catalog::{Provider, VariableKind};
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

/// Reasons that an error repeats.
const MOST_REASONS: usize = 5;

/// What became of a file, or would.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// What is in the vault now.
    pub imported: Vec<Imported>,
    /// What the vault has already: the name in the file, the name of the credential.
    pub known: Vec<(String, String)>,
    /// What is not imported, and why.
    pub left_out: Vec<LeftOut>,
    /// Whether it comes from a whole vault, which may still use the refresh tokens.
    pub of_vault: bool,
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
    /// The host that its secret is sent to.
    pub token_host: Option<String>,
    /// Where a browser brings the answer.
    pub redirect_uri: String,
    /// The endpoints, where they come from the file: name, URL.
    pub endpoints: BTreeMap<String, String>,
    /// Those of its places that the file chose and nobody else: a word, the value. They need a person's consent.
    pub from_file: BTreeMap<String, String>,
    /// Names of values that were not imported.
    pub unread: Vec<String>,
    /// How many entries of the same client were folded into it.
    pub folded: usize,
}

/// Puts the entries of a file into the vault: all that belong, or none. With `dry_run` only tells what it would.
///
/// # Errors
/// `Kind::Usage` for a value that cannot be, or when nothing of the file can be imported; `Kind::NotFound` for an
/// integration that the catalog does not have; `Kind::Storage`.
pub fn import(session: &Session, reading: Reading, placing: &Placing, dry_run: bool) -> Result<Import, Problem> {
    let catalog = &session.workspace.catalog;
    if let Some(id) = placing.integration.as_ref().filter(|id| catalog.by_id(id).is_none()) {
        let problem = Problem::new(Kind::NotFound, format!("The catalog has no integration \"{id}\"."));
        return Err(problem.step(NextStep::ListCatalog));
    }
    let (ours, port) = (reading.ours, session.workspace.settings.redirect_port);
    let (entries, mut left_out) = chosen(reading, placing)?;
    let labels = entries.iter().map(|entry| &entry.label).collect::<HashSet<_>>().len();
    let (mut placed, mut known, mut step) = (Vec::new(), Vec::new(), None);
    for entry in entries {
        if let Some(owner) = owner(session, &entry)? {
            known.push((entry.name, owner));
            continue;
        }
        match place(catalog, entry, placing, labels) {
            Ok(one) => match why_not_taken(&one, placing, ours.then_some(port)) {
                None => fold(&mut placed, one),
                Some((why, next)) => {
                    step = next.or(step);
                    left_out.push(LeftOut { name: one.entry.name, why });
                }
            },
            Err(misplaced) => {
                let (entry, misplaced) = *misplaced;
                let (why, next) = match misplaced {
                    Misplaced::Elsewhere(why) => (why, step),
                    Misplaced::Unplaced(why) => (why, Some(NextStep::NameProvider)),
                    Misplaced::Unchosen(why) => (why, step.or(Some(NextStep::ChooseEntry))),
                };
                step = next;
                left_out.push(LeftOut { name: entry.name, why });
            }
        }
    }
    if placed.is_empty() && known.is_empty() {
        return Err(nothing(&left_out, step));
    }
    if placing.name.is_some() && placed.len() > 1 {
        return Err(Problem::new(
            Kind::Usage,
            format!("The file contains {} credentials, but only one name was given.", placed.len()),
        )
        .step(NextStep::ChooseEntry));
    }
    let told: Vec<_> = placed.iter().map(|(placed, folded)| (placed.entry.unread.clone(), *folded)).collect();
    let credentials =
        placed.into_iter().map(|(placed, _)| credential(session, placed, placing)).collect::<Result<_, _>>()?;
    let mut imported = insert(session, credentials, placing, dry_run)?;
    for (one, (unread, folded)) in imported.iter_mut().zip(told) {
        one.unread.extend(unread);
        one.folded = folded;
    }
    Ok(Import { imported, known, left_out, of_vault: false })
}

/// Why an entry that has its place is not imported all the same; `port` for a file that a Credenza wrote.
fn why_not_taken(
    Placed { entry, provider, .. }: &Placed<'_>,
    placing: &Placing,
    port: Option<u16>,
) -> Option<(String, Option<NextStep>)> {
    let has_client = !entry.client_id.is_empty() || placing.client_id.is_some() || entry.typed_in.is_some();
    // A template of a key has neither.
    if !has_client && !provider.grant.is_typed_in() {
        let why = "It has no client ID: the program it comes from uses its own, whose secret is not in the file.";
        return Some((why.to_owned(), None));
    }
    let redirect = Some(&entry.redirect_uri).filter(|uri| !uri.is_empty() && placing.redirect_uri.is_none())?;
    let is_taken = places::is_received(Some(provider), redirect, placing, port?);
    (!is_taken).then(|| (places::why_not_received(redirect), Some(NextStep::NameRedirectUri)))
}

/// What the person chose of a file.
fn chosen(reading: Reading, placing: &Placing) -> Result<(Vec<Entry>, Vec<LeftOut>), Problem> {
    if reading.choose && placing.only.is_empty() {
        return Err(Problem::new(Kind::Usage, "Choose the entries to import by name.")
            .why(format!("Most entries of such a file belong to no integration: {}.", reading.shape))
            .step(NextStep::ChooseEntry));
    }
    let names = reading.entries.iter().map(|entry| &entry.name).chain(reading.left_out.iter().map(|one| &one.name));
    placing.check_only(&names.map(String::as_str).collect::<Vec<_>>())?;
    let Reading { mut entries, mut left_out, .. } = reading;
    entries.retain(|entry| placing.is_chosen(&entry.name));
    left_out.retain(|one| placing.is_chosen(&one.name));
    Ok((entries, left_out))
}

/// The name of the credential that has the entry's refresh token, or had it.
fn owner(session: &Session, entry: &Entry) -> Result<Option<String>, Problem> {
    let Some(token) = &entry.refresh_token else { return Ok(None) };
    named(session, session.store.refresh_token_owner(token)?)
}

pub(super) fn named(session: &Session, id: Option<CredentialId>) -> Result<Option<String>, Problem> {
    let Some(id) = id else { return Ok(None) };
    Ok(session.store.credential(id)?.map(|credential| credential.name.to_string()))
}

pub(super) fn nothing(left_out: &[LeftOut], step: Option<NextStep>) -> Problem {
    let reason =
        |one: &LeftOut| if one.name.is_empty() { one.why.clone() } else { format!("{}: {}", one.name, one.why) };
    let mut reasons: Vec<String> = left_out.iter().take(MOST_REASONS).map(reason).collect();
    if left_out.len() > MOST_REASONS {
        reasons.push(format!("{} more.", left_out.len() - MOST_REASONS));
    }
    let problem = Problem::new(Kind::Usage, "Nothing in the file can be imported.").why(reasons.join(" "));
    problem.step(step)
}

/// The one way in: what belongs to the machine that wrote the file stays out.
pub(super) fn insert(
    session: &Session,
    mut credentials: Vec<Credential>,
    placing: &Placing,
    dry_run: bool,
) -> Result<Vec<Imported>, Problem> {
    let there = credentials::snapshot(session)?;
    let mut taken: HashSet<String> = there.credentials.list.iter().map(|credential| credential.name.key()).collect();
    let unreadable = there.credentials.unreadable.iter().filter_map(|one| Name::parse(&one.name).ok());
    taken.extend(unreadable.map(|name| name.key()));
    for credential in &mut credentials {
        credential.name = free_name(&credential.name, &taken)?;
        taken.insert(credential.name.key());
    }
    let imported = credentials.iter_mut().map(|credential| report(session, credential, placing)).collect();
    if !dry_run && !credentials.is_empty() {
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

fn report(session: &Session, credential: &mut Credential, placing: &Placing) -> Imported {
    let unread =
        if places::leave_machine(&mut credential.details) { vec![places::BROWSER.to_owned()] } else { Vec::new() };
    let here = (session.workspace.settings.redirect_port, session.workspace.catalog.origin());
    let provider = session.provider(credential).ok();
    let needs = provider.is_some_and(|provider| {
        provider.needs_client_secret && credential.setup.client.secret.is_none()
            || provider.grant.is_typed_in() && !credential.setup.secrets.contains_key(MAIN_SECRET)
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
        from_file: places::of_file(provider, credential, placing, here),
        unread,
        folded: 0,
    }
}

/// Whether the variable is a whole endpoint.
fn is_endpoint(provider: &Provider, name: &str) -> bool {
    provider.variable(name).is_some_and(|variable| variable.kind == VariableKind::Url)
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

fn credential(session: &Session, placed: Placed<'_>, placing: &Placing) -> Result<Credential, Problem> {
    let Placed { entry, provider, variables } = placed;
    let name = placing.name.clone().or_else(|| Some(entry.name.clone()).filter(|name| !name.trim().is_empty()));
    let name = credentials::name(&name.unwrap_or_else(|| provider.name.clone()))?;
    let id = Some(entry.client_id).filter(|id| !id.is_empty()).or_else(|| placing.client_id.clone());
    let secret = entry.client_secret.map(ClientSecret::from).or_else(|| placing.client_secret.clone());
    let scopes = if entry.scopes.is_empty() { provider.scopes.clone() } else { entry.scopes };
    let redirect = placing.redirect_uri.clone().or(Some(entry.redirect_uri)).filter(|uri| !uri.is_empty());
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
    if let Some(token) = entry.refresh_token.filter(|_| !provider.grant.is_typed_in()) {
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
