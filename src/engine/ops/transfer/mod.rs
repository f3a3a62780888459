//! Credentials from elsewhere, and to elsewhere: other programs' files, another vault, a template without secrets.
//!
//! Import and export go through the vault's own types: what is imported is checked as what a person types, and is in
//! the vault in one save or not at all.

mod export;
mod formats;
mod import;

use std::collections::BTreeMap;

use crate::model::credential::Details;
use crate::secret::Secret;

pub use export::{Export, encrypted, template};
pub use formats::{Format, read};
pub use import::{Imported, Placing, import, import_sealed};

/// What a file said of one credential. Text is as it stood there.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Its name there.
    pub name: String,
    /// A catalog id, where the file names one.
    pub integration: Option<String>,
    /// Where the browser is sent.
    pub authorization_url: Option<String>,
    /// Where the code is exchanged.
    pub token_url: Option<String>,
    /// The client's public name.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// Where the answer went; empty: the catalog's.
    pub redirect_uri: String,
    /// What renews its tokens.
    pub refresh_token: Option<Secret>,
    /// The catalog's variables, by name.
    pub variables: BTreeMap<String, String>,
    /// What a person wrote about it.
    pub details: Details,
    /// A key, token or password, where it is one.
    pub typed_in: Option<Secret>,
}
