//! Finds the destinations of an imported credential that only its file chose, which the user must confirm.
//!
//! Destinations that the catalog, the settings or the user chose need no confirmation, nor does a redirect to this
//! machine, where only this program listens. A browser is a command line: it belongs to one machine, and is neither
//! imported nor exported.

use std::collections::BTreeMap;

use url::Url;

use super::entry::ImportChoices;
use crate::catalog::{Origin, Provider, Variable, VariableKind};
use crate::loopback::is_loopback;
use crate::model::credential::{Credential, Details, Endpoints, TOKEN_TYPE};

/// The label of the browser among values that are not imported.
pub(super) const BROWSER: &str = "browser";

/// Removes the settings that belong to the machine that wrote the file. Returns whether there were any.
pub(super) fn leave_machine(details: &mut Details) -> bool {
    !std::mem::take(&mut details.browser).is_empty()
}

/// Every destination that the file chose, as label and value.
pub(super) fn of_file(
    provider: Option<&Provider>,
    credential: &Credential,
    choices: &ImportChoices,
    (port, origin): (u16, &Origin),
) -> BTreeMap<String, String> {
    let setup = &credential.setup;
    let is_given = |name: &str| choices.variables.contains_key(name);
    let by_file = |name: &str, value: &str| match provider {
        Some(provider) => provider.variable(name).is_some_and(|variable| leads_to(variable, value)),
        None => true,
    };
    let variables = setup.variables.iter().filter(|(name, value)| !is_given(name) && by_file(name, value));
    let mut places: BTreeMap<String, String> =
        variables.map(|(name, value)| (name.clone(), value.clone())).filter(|(_, value)| !value.is_empty()).collect();
    let redirect = &setup.redirect_uri;
    if !redirect.is_empty() && !is_received(provider, redirect, choices, port) {
        places.insert("redirect_uri".to_owned(), redirect.clone());
    }
    // Captured values may be part of a test call's or load's URL: `https://{api_domain}/…`.
    let captured = credential.all_tokens().flat_map(|tokens| &tokens.captured);
    for (name, value) in captured.filter(|(name, value)| *name != TOKEN_TYPE && !value.is_empty()) {
        places.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let site = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let known = provider.and_then(|provider| provider.endpoints(&setup.variables, origin).ok());
    let known: Vec<_> = known.iter().flat_map(Endpoints::urls).map(|(_, url)| site(url)).collect();
    let pinned = credential.endpoints.iter().flat_map(Endpoints::urls);
    for (name, url) in pinned.filter(|(_, url)| !known.contains(&site(url))) {
        places.entry(format!("{name}_endpoint")).or_insert_with(|| url.to_string());
    }
    places
}

/// Whether a variable's value is a host or address that neither the catalog nor a default names.
fn leads_to(variable: &Variable, value: &str) -> bool {
    let leads = matches!(variable.kind, VariableKind::Host | VariableKind::Url);
    let is_choice = variable.choices.iter().any(|choice| choice.value == value);
    leads && !is_choice && variable.default.as_deref() != Some(value)
}

/// Whether the redirect goes to this program, or to a redirect URI of the catalog or the user.
pub(super) fn is_received(provider: Option<&Provider>, redirect: &str, choices: &ImportChoices, port: u16) -> bool {
    choices.redirect_uri.as_deref() == Some(redirect)
        || provider.is_some_and(|provider| provider.redirect_uri(port) == redirect)
        || Url::parse(redirect).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url))
}

/// Why a redirect URI in a file of this program is refused.
pub(super) fn why_not_received(redirect: &str) -> String {
    format!(
        "Its redirect URI is {redirect}, where this program cannot listen: authorization codes would be sent there. \
         If it is right, name the redirect URI yourself."
    )
}
