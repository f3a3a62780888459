//! Determines which variable chooses the provider's servers.

use super::provider::Provider;
use super::variable::{Variable, VariableKind};

impl Provider {
    /// Whether this variable chooses the servers from a list: a data center, a region, production or sandbox. The
    /// account exists at only one of them, so the user has to say which.
    #[must_use]
    pub(crate) fn is_data_center(&self, variable: &Variable) -> bool {
        let in_host = || {
            let name = format!("{{{}}}", variable.name);
            self.addresses().any(|template| host(template).contains(&name))
        };
        variable.choices.len() > 1 && !variable.optional && (variable.kind == VariableKind::Host || in_host())
    }

    /// Templates of the addresses that a sign-in or a test call requests.
    fn addresses(&self) -> impl Iterator<Item = &str> {
        let tests = self.tests.iter().chain(self.products.iter().flat_map(|product| &product.tests));
        [self.urls.authorization.as_str(), self.urls.token.as_str()]
            .into_iter()
            .chain(tests.map(|test| test.url.as_str()))
    }
}

/// The part of an address before its path.
fn host(template: &str) -> &str {
    let rest = template.split_once("://").map_or(template, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Catalog, Origin};

    #[test]
    fn what_decides_the_servers_is_told_from_other_choices() {
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let is = |provider: &str, name: &str| {
            let provider = catalog.by_id(provider).unwrap();
            provider.is_data_center(provider.variable(name).unwrap())
        };
        for (provider, name) in [("manageengine", "accounts_host"), ("pingone", "tld"), ("nexthink", "region")] {
            assert!(is(provider, name), "{provider} {name}");
        }
        for (provider, name) in [("custom-oauth2", "client_auth"), ("custom-oauth2", "pkce")] {
            assert!(!is(provider, name), "{provider} {name}");
        }
    }
}
