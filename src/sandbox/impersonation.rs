//! Which provider of the catalog lives at an address of the sandbox.

use std::collections::BTreeMap;

use url::Url;

use crate::catalog::{Origin, Provider};
use crate::credential::Endpoints;

/// Whether one of the provider's endpoints is `https://HOST/PATH` for some choice of its variables.
pub(super) fn serves(provider: &Provider, host: &str, path: &str) -> bool {
    settings_of(provider).any(|variables| {
        let endpoints = provider.endpoints(&variables, &Origin::Internet);
        endpoints.is_ok_and(|endpoints| all(&endpoints).any(|url| url.host_str() == Some(host) && url.path() == path))
    })
}

/// Every choice of one variable, the others at their default or example.
fn settings_of(provider: &Provider) -> impl Iterator<Item = BTreeMap<String, String>> + '_ {
    let usual: BTreeMap<String, String> = provider
        .variables
        .iter()
        .map(|variable| (variable.name.clone(), variable.default.clone().unwrap_or_else(|| variable.example.clone())))
        .collect();
    let others = provider
        .variables
        .iter()
        .flat_map(|variable| variable.choices.iter().map(|choice| (variable.name.clone(), choice.value.clone())));
    let changed = others.map({
        let usual = usual.clone();
        move |(name, value)| {
            let mut variables = usual.clone();
            variables.insert(name, value);
            variables
        }
    });
    std::iter::once(usual).chain(changed)
}

fn all(endpoints: &Endpoints) -> impl Iterator<Item = &Url> {
    [Some(&endpoints.authorization), Some(&endpoints.token)]
        .into_iter()
        .chain([&endpoints.refresh, &endpoints.revocation, &endpoints.userinfo].map(Option::as_ref))
        .flatten()
}
