//! Finds the load of the catalog at an address, and caches the result for each address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::impersonation::{address_fits, endpoint_length};
use crate::catalog::{Catalog, Provider, RecordType};

/// Addresses in the cache.
const MAX_PLACES: usize = 1_000;

/// The cache of results by address.
#[derive(Debug, Default)]
pub(super) struct LoadAddresses(Mutex<HashMap<String, Arc<LoadAddress>>>);

#[derive(Debug, Default)]
pub(super) struct LoadAddress {
    /// Ids of provider and load.
    loads: Vec<(String, String)>,
    /// Whether the address could also be meant for a test call.
    pub(super) is_tested: bool,
}

impl LoadAddresses {
    pub(super) fn at(&self, catalog: &Catalog, address: &str) -> Arc<LoadAddress> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.get(address) {
            return Arc::clone(place);
        }
        if known.len() >= MAX_PLACES {
            known.clear();
        }
        let place = Arc::new(LoadAddress::find(catalog, address));
        known.insert(address.to_owned(), Arc::clone(&place));
        place
    }
}

impl LoadAddress {
    /// The loads with the most specific matching template; none if an endpoint or a test call is more specific.
    fn find(catalog: &Catalog, address: &str) -> Self {
        let mut most = 0;
        let mut loads = Vec::new();
        let mut tested = 0;
        for provider in catalog.iter() {
            for load in &provider.loads {
                let length = fits(provider, load, address);
                if length > most {
                    most = length;
                    loads.clear();
                }
                if length > 0 && length == most {
                    loads.push((provider.id.clone(), load.id.clone()));
                }
            }
            let calls = provider.tests.iter().filter(|call| call.method == "GET");
            tested = calls.filter_map(|call| address_fits(&call.url, address)).max().unwrap_or(0).max(tested);
        }
        if most == 0 || tested > most || endpoint_length(catalog, address) >= most {
            return Self::default();
        }
        Self { loads, is_tested: tested > 0 }
    }

    pub(super) fn loads<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = (&'a Provider, &'a RecordType)> {
        self.loads.iter().filter_map(|(provider, load)| {
            let provider = catalog.by_id(provider)?;
            Some((provider, provider.loads.iter().find(|known| known.id == *load)?))
        })
    }
}

/// Length of the literal parts of a load's template that matches an address; 0 if it does not match. A product is found
/// only at its own hosts.
fn fits(provider: &Provider, load: &RecordType, address: &str) -> usize {
    let Some(id) = &load.product else { return address_fits(&load.url, address).unwrap_or(0) };
    let hosts = provider.products.iter().filter(|product| product.id == *id).flat_map(|product| product.hosts.values());
    hosts.filter_map(|host| address_fits(&load.url.replace("{host}", host), address)).max().unwrap_or(0)
}
