//! The URL of a record type, with variables, captured values and parameters filled in.

use std::collections::BTreeMap;

use url::Url;

use super::endpoints::percent_encoded;
use super::{Origin, Product, Provider, RecordType};
use crate::problem::{Kind, NextStep, Problem};

impl Provider {
    /// The record type with this id.
    #[must_use]
    pub fn load(&self, id: &str) -> Option<&RecordType> {
        self.loads.iter().find(|load| load.id == id)
    }

    /// The product that a record type belongs to.
    #[must_use]
    pub fn product_of(&self, load: &RecordType) -> Option<&Product> {
        self.products.iter().find(|product| Some(&product.id) == load.product.as_ref())
    }

    /// The label of a record type: "ServiceDesk Plus: Assets".
    #[must_use]
    pub(crate) fn load_label(&self, load: &RecordType) -> String {
        match self.product_of(load) {
            Some(product) => format!("{}: {}", product.name, load.label),
            None => load.label.clone(),
        }
    }

    /// The URL of the first page without the paging parameters, at the provider itself. `values` are variables and
    /// captured values; `parameters` are what the user entered for the integration.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or not allowed.
    pub fn load_url(
        &self,
        load: &RecordType,
        values: &BTreeMap<String, String>,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Url, Problem> {
        let mut template = self.with_host(&load.url, self.product_of(load), values)?;
        for (name, label) in &load.parameters {
            let value = parameters.get(name).map_or("", |value| value.trim());
            // A segment of only dots would lead out of the path.
            if matches!(value, "" | "." | "..") || value.chars().any(char::is_control) {
                return Err(Problem::new(Kind::Usage, format!("{label} is missing."))
                    .why(format!("It is required for {}.", load.label))
                    .step(NextStep::SetParameter { key: name.clone(), label: label.clone() }));
            }
            template = template.replace(&format!("{{{name}}}"), &percent_encoded(value).collect::<String>());
        }
        let mut url = self.url(&template, values, &Origin::Internet)?;
        if !load.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&load.query);
        }
        for (name, _) in &load.filters {
            if let Some(value) = parameters.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()) {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        Ok(url)
    }

    /// Whether the URL needs a value of a response that no response has contained yet.
    #[must_use]
    pub(crate) fn load_lacks_captured_value(&self, load: &RecordType, captured: &BTreeMap<String, String>) -> bool {
        self.waits_for_captured_value(&load.url, captured)
    }

    /// The host of a product in the data center that these variables choose.
    pub(super) fn host_of<'a>(
        &self,
        product: &'a Product,
        values: &BTreeMap<String, String>,
    ) -> Result<&'a str, Problem> {
        let code = self.data_center(values).map(|choice| choice.code.as_str()).unwrap_or_default();
        product.hosts.get(code).map(String::as_str).ok_or_else(|| {
            Problem::new(Kind::Usage, format!("The catalog has no host of {} for this data center.", product.name))
                .why("It depends on the data center.")
        })
    }
}

impl RecordType {
    /// Every name that the user may give a value: what the URL needs, then the filters.
    pub fn named(&self) -> impl Iterator<Item = &(String, String)> {
        self.parameters.iter().chain(&self.filters)
    }
}
