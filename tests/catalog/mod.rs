//! The catalog: strict parsing, validation of domains, search, and the overlay of the user's own files.

mod deviations;
mod domain;
mod evidence;
mod files;
mod manageengine;
mod overlay;
mod providers;
mod reference;
mod refusals;
mod relocation;
mod search;
mod shipped;

use std::collections::BTreeMap;

use credenza::catalog::{Catalog, Origin, Provider};

/// The catalog without any files of the user.
fn shipped() -> Catalog {
    let empty = crate::scratch::folder();
    let (catalog, problems) = Catalog::load(empty.path(), Origin::Internet);
    assert_eq!(problems, []);
    catalog
}

fn provider(id: &str) -> Provider {
    shipped().by_id(id).unwrap_or_else(|| panic!("{id} is not shipped")).clone()
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
