//! Decides which integration an entry belongs to, so that its secret is sent only to hosts that the file refers to.
//!
//! The evidence, in order of weight: an endpoint's host; the format's or the file's own word for the provider; the
//! words around the names of its values. The user's choice must be consistent with all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use url::Url;

use super::entry::{Entry, ImportChoices};
use crate::catalog::{Catalog, Origin, Provider, authority};
use crate::model::credential::GrantType;

/// Catalog entries for providers that the catalog does not know.
const CUSTOM: &str = "custom-oauth2";
const CUSTOM_UNATTENDED: &str = "custom-oauth2-client-credentials";

/// Most ids that are listed if several match.
const MAX_NAMED: usize = 8;

/// An entry with its integration.
pub(super) struct MatchedEntry<'a> {
    pub(super) entry: Entry,
    pub(super) provider: &'a Provider,
    pub(super) variables: BTreeMap<String, String>,
}

/// Why an entry has no integration.
pub(super) enum NoMatch {
    /// It belongs to another integration than the one the user named, or to none.
    Elsewhere(String),
    /// Nothing in the file says where it belongs.
    Unplaced(String),
    /// It may match, but must be chosen by name.
    Unchosen(String),
}

/// Matches an entry; `labels` is the number of different labels among the chosen entries.
pub(super) fn place<'a>(
    catalog: &'a Catalog,
    mut entry: Entry,
    choices: &ImportChoices,
    labels: usize,
) -> Result<MatchedEntry<'a>, Box<(Entry, NoMatch)>> {
    let found = match choices.integration.as_ref().and_then(|id| catalog.by_id(id)) {
        Some(provider) => by_label(catalog, &entry, provider, choices, labels).map(|()| provider),
        None => by_itself(catalog, &entry),
    };
    let hosts = hosts(catalog, &entry, choices);
    let settled = found.and_then(|provider| {
        let variables = variables(&mut entry, provider, choices);
        fits(&entry, &hosts, provider, &variables).map(|()| (provider, variables))
    });
    match settled {
        Ok((provider, variables)) => Ok(MatchedEntry { entry, provider, variables }),
        Err(why) => Err(Box::new((entry, why))),
    }
}

/// Whether everything in the file is consistent with the provider; anything unknown is not.
fn fits(
    entry: &Entry,
    hosts: &BTreeSet<String>,
    provider: &Provider,
    variables: &BTreeMap<String, String>,
) -> Result<(), NoMatch> {
    let id = &provider.id;
    let named = entry.integrations.contains(id);
    let elsewhere = |why: String| Err(NoMatch::Elsewhere(why));
    if provider.grant.is_static_secret() != entry.typed_in.is_some() && !named {
        let is = if entry.typed_in.is_some() { "a key" } else { "an OAuth client" };
        return elsewhere(format!("It is {is}, and {id} signs in with {}.", provider.grant_label));
    }
    let says_where = !entry.integrations.is_empty() || !entry.hosts.is_empty();
    let strange = |kind: &&String| !says_where && !words_of(provider).contains(&kind.to_lowercase());
    if let Some(kind) = entry.kind.as_ref().filter(strange) {
        return elsewhere(format!("Its type is {kind}, which is not known to belong to {id}."));
    }
    if provider.grant.is_static_secret() {
        let other = entry.integrations.first().filter(|_| !named);
        return other.map_or(Ok(()), |other| elsewhere(format!("It belongs to {other}, not to {id}.")));
    }
    let own: BTreeSet<String> = provider.hosts(variables).iter().map(|host| canonical(host)).collect();
    if own.is_empty()
        && (says_where || entry.urls().next().is_some())
        && let Err(problem) = provider.endpoints(variables, &Origin::Internet)
    {
        return elsewhere(format!("{} {}", problem.what, problem.try_this));
    }
    if !named && says_where && !own.iter().any(|host| hosts.contains(host)) {
        let what = entry.kind.as_ref().map_or_else(|| "It".to_owned(), |kind| format!("Its type is {kind}: it"));
        let other = entry.integrations.first().or(entry.hosts.first()).map_or("", String::as_str);
        return elsewhere(format!("{what} belongs to {other}, not to {id}."));
    }
    for url in entry.urls() {
        let host = Url::parse(url).ok().and_then(|url| authority(&url));
        let Some(host) = host else { return elsewhere(format!("This is not a URL: {url}")) };
        if !own.contains(&canonical(&host)) {
            let asked = provider.token_host(variables).unwrap_or_default();
            return elsewhere(format!("It names the host {host}, and {id} would send its secret to {asked}."));
        }
    }
    Ok(())
}

/// The values of the provider's variables: the user's, else the file's, else those in the file's URLs.
fn variables(entry: &mut Entry, provider: &Provider, choices: &ImportChoices) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (name, value) in std::mem::take(&mut entry.variables) {
        match provider.variable(&name).and_then(|variable| variable.normalize(&value).ok()) {
            Some(normalized) => drop(variables.insert(name, normalized.value)),
            None => entry.unread.push(name),
        }
    }
    for (name, value) in &choices.variables {
        let normalized = provider.variable(name).and_then(|variable| variable.normalize(value).ok());
        variables.insert(name.clone(), normalized.map_or_else(|| value.clone(), |normalized| normalized.value));
    }
    let parsed = |url: &Option<String>| url.as_ref().and_then(|url| Url::parse(url).ok());
    let urls = &provider.urls;
    let refresh = urls.refresh.clone().unwrap_or_default();
    for (template, url) in [
        (&urls.token, &entry.token_url),
        (&urls.authorization, &entry.authorization_url),
        (&refresh, &entry.refresh_url),
    ] {
        if let (Some(variable), Some(url)) = (provider.variable_of_url(template), parsed(url)) {
            variables.entry(variable.name.clone()).or_insert_with(|| url.to_string());
        }
    }
    let other = [&entry.refresh_url, &entry.authorization_url, &entry.issuer];
    let recognized = parsed(&entry.token_url)
        .and_then(|url| provider.recognize_token_url(&url, &variables))
        .or_else(|| other.into_iter().filter_map(parsed).find_map(|url| provider.recognize_url(&url, &variables)));
    for (name, value) in recognized.map(|recognized| recognized.variables).unwrap_or_default() {
        variables.entry(name).or_insert(value);
    }
    variables
}

/// Checks that the words around the names of the entry's values match the integration that the user named. An entry
/// that was chosen by name always matches.
fn by_label(
    catalog: &Catalog,
    entry: &Entry,
    provider: &Provider,
    choices: &ImportChoices,
    labels: usize,
) -> Result<(), NoMatch> {
    let Some(label) = entry.label.as_ref().filter(|_| choices.only.is_empty()) else { return Ok(()) };
    let label = label.to_lowercase();
    let words: Vec<&str> = label.split('_').collect();
    let has_word = |provider: &Provider| {
        let own = words_of(provider);
        words.iter().any(|word| own.contains(*word)) || own.contains(&words.concat())
    };
    let host = |provider: &Provider| provider.token_host(&BTreeMap::new());
    let own = host(provider);
    let named: Vec<&Provider> = catalog.iter().filter(|one| has_word(one)).collect();
    let shares_host = || own.is_some() && named.iter().any(|one| host(one) == own);
    if has_word(provider) || shares_host() {
        return Ok(());
    }
    let label = label.to_uppercase();
    if !named.is_empty() {
        let ids: Vec<&str> = named.iter().map(|one| one.id.as_str()).take(MAX_NAMED).collect();
        let why = format!("Its names contain {label}, which belongs to {}, not {}.", ids.join(", "), provider.id);
        return Err(NoMatch::Elsewhere(why));
    }
    if labels > 1 {
        let why = format!(
            "Its variables are named after {label}, unlike other entries of the file, and {label} is not a name of {}.",
            provider.id
        );
        return Err(NoMatch::Unchosen(why));
    }
    Ok(())
}

/// The integration that the file itself names.
fn by_itself<'a>(catalog: &'a Catalog, entry: &Entry) -> Result<&'a Provider, NoMatch> {
    let unplaced = |why: String| Err(NoMatch::Unplaced(why));
    let known = |id: &String| catalog.by_id(id);
    if let [only] = entry.integrations.as_slice() {
        return known(only).map_or_else(|| unplaced(format!("The catalog has no integration {only}.")), Ok);
    }
    let grant = entry.grant.unwrap_or(GrantType::AuthorizationCode);
    let url = entry.token_url.as_ref().and_then(|url| Url::parse(url).ok());
    let is_at = |provider: &&Provider| {
        let recognized = url.as_ref().map(|url| provider.recognize_token_url(url, &BTreeMap::new()));
        match recognized {
            Some(recognized) => recognized.is_some_and(|recognized| recognized.whole && recognized.certain),
            None => provider.token_host(&BTreeMap::new()).is_some_and(|host| entry.hosts.contains(&host)),
        }
    };
    let mut candidates: Vec<&Provider> = match entry.integrations.as_slice() {
        [] => catalog.iter().filter(|one| one.grant == grant && is_at(one)).collect(),
        ids => ids.iter().filter_map(known).collect(),
    };
    let asks =
        |provider: &&Provider| provider.scopes.iter().any(|scope| entry.scopes.contains(scope) && !is_general(scope));
    if candidates.iter().any(asks) {
        candidates.retain(|one| asks(one));
    }
    match (candidates.as_slice(), &url) {
        ([one], _) => Ok(one),
        ([], Some(_)) if grant == GrantType::ClientCredentials => {
            catalog.by_id(CUSTOM_UNATTENDED).map_or_else(|| unplaced(String::new()), Ok)
        }
        ([], Some(_)) if entry.authorization_url.is_some() => {
            catalog.by_id(CUSTOM).map_or_else(|| unplaced(String::new()), Ok)
        }
        ([], Some(_)) => unplaced("It names no authorization URL.".to_owned()),
        ([], None) => unplaced("The file does not say which integration it is for.".to_owned()),
        (several, _) => {
            let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).take(MAX_NAMED).collect();
            unplaced(format!("Several integrations use its host: {}.", ids.join(", ")))
        }
    }
}

/// Whether it is a scope of OpenID Connect, which says nothing about the API.
fn is_general(scope: &str) -> bool {
    matches!(scope, "openid" | "offline_access" | "profile" | "email" | "refresh_token")
}

/// The hosts that belong to the file's format, or to its own word for the provider.
fn hosts(catalog: &Catalog, entry: &Entry, choices: &ImportChoices) -> BTreeSet<String> {
    let of_integrations = entry.integrations.iter().filter_map(|id| catalog.by_id(id)).flat_map(|provider| {
        let said = entry.variables.iter().chain(&choices.variables);
        let known =
            said.filter_map(|(name, value)| Some((name, provider.variable(name)?.normalize(value).ok()?.value)));
        provider.hosts(&known.map(|(name, value)| (name.clone(), value)).collect())
    });
    entry.hosts.iter().cloned().chain(of_integrations).map(|host| canonical(&host)).collect()
}

/// Words that stand for a provider.
fn words_of(provider: &Provider) -> BTreeSet<String> {
    let first = |text: &str| text.split([' ', '-']).next().unwrap_or_default().to_lowercase();
    let aliases = provider.aliases.iter().filter(|alias| !alias.contains(' ')).cloned();
    let own = [provider.id.replace('-', ""), first(&provider.id), first(&provider.name), first(&provider.group)];
    own.into_iter().chain(aliases).filter(|word| word.len() > 1).collect()
}

/// The canonical name of a host that has several names.
fn canonical(host: &str) -> String {
    #[derive(Deserialize)]
    struct Hosts {
        same: BTreeMap<String, String>,
    }
    static SAME: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let load = || toml::from_str(include_str!("../../../../assets/import/hosts.toml")).map(|hosts: Hosts| hosts.same);
    let same = SAME.get_or_init(|| load().unwrap_or_default());
    same.get(host).cloned().unwrap_or_else(|| host.to_owned())
}
