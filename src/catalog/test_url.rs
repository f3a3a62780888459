//! The URL of a test call, with variables and captured values filled in.

use std::collections::BTreeMap;

use url::Url;

use super::product::{Lookup, TestCall};
use super::provider::Provider;
use super::template::names;
use super::{Origin, Product};
use crate::problem::Problem;

/// A harmless call, and the product whose host it uses.
#[derive(Clone, Copy, Debug)]
pub struct TestTarget<'a> {
    pub call: &'a TestCall,
    /// `None` if the URL contains its own host.
    pub product: Option<&'a Product>,
}

impl Provider {
    /// Every harmless call: the provider's own, then its products'.
    pub fn test_calls(&self) -> impl Iterator<Item = TestTarget<'_>> {
        let own = self.tests.iter().map(|call| TestTarget { call, product: None });
        let products = self.products.iter();
        own.chain(
            products
                .flat_map(|product| product.tests.iter().map(move |call| TestTarget { call, product: Some(product) })),
        )
    }

    /// The calls that are possible with these variables: without those that depend on a variable left empty.
    #[must_use]
    pub fn trials_with(&self, variables: &BTreeMap<String, String>) -> Vec<TestTarget<'_>> {
        let left_out = |trial: &TestTarget<'_>| self.is_left_out(&trial.call.url, variables).unwrap_or(false);
        self.test_calls().filter(|call| !left_out(call)).collect()
    }

    /// The URL of a call, with its literal query. `values` are variables and captured values.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or not allowed.
    pub fn test_call_url(
        &self,
        trial: TestTarget<'_>,
        values: &BTreeMap<String, String>,
        origin: &Origin,
    ) -> Result<Url, Problem> {
        let template = self.with_host(&trial.call.url, trial.product, values)?;
        let mut url = self.url(&template, values, origin)?;
        if !trial.call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&trial.call.query);
        }
        Ok(url)
    }

    /// Whether a call needs a value of a response that no response has contained yet.
    #[must_use]
    pub(crate) fn lacks_captured_value(&self, trial: TestTarget<'_>, captured: &BTreeMap<String, String>) -> bool {
        self.waits_for_captured_value(&trial.call.url, captured)
    }

    /// Whether a template needs a value of a response that no response has contained yet.
    #[must_use]
    pub(crate) fn waits_for_captured_value(&self, template: &str, known: &BTreeMap<String, String>) -> bool {
        let waits = |name: &&str| self.variable(name).is_none() && self.is_captured(name) && !known.contains_key(*name);
        names(template).iter().any(waits)
    }

    /// The URL of a call right after login.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or not allowed.
    pub(crate) fn lookup_url(
        &self,
        lookup: &Lookup,
        variables: &BTreeMap<String, String>,
        origin: &Origin,
    ) -> Result<Url, Problem> {
        self.url(&lookup.url, variables, origin)
    }

    /// A URL template with `{host}` replaced by the product's host.
    ///
    /// # Errors
    /// As `host_of`.
    pub(super) fn with_host(
        &self,
        template: &str,
        product: Option<&Product>,
        values: &BTreeMap<String, String>,
    ) -> Result<String, Problem> {
        match product {
            None => Ok(template.to_owned()),
            Some(product) => Ok(template.replace("{host}", self.host_of(product, values)?)),
        }
    }

    /// Whether the name is that of a value that a response of the provider contains.
    pub(super) fn is_captured(&self, name: &str) -> bool {
        let flow = &self.flow;
        let picked = self.lookups.iter().flat_map(|lookup| &lookup.pick);
        flow.capture_token.iter().chain(&flow.capture_redirect).chain(picked).any(|(known, _)| known == name)
    }
}
