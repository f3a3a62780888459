//! The content of an import file, before its entries are matched to integrations.

use std::collections::BTreeMap;

use crate::model::credential::{Details, GrantType};
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Secret};

/// A file that was read.
#[derive(Clone, Debug, Default)]
pub struct ParsedFile {
    /// The file format: "rclone configuration".
    pub shape: String,
    /// The entries that can be imported.
    pub entries: Vec<Entry>,
    /// The parts that cannot be imported, and why.
    pub left_out: Vec<SkippedPart>,
    /// Whether this program wrote the file.
    pub ours: bool,
    /// Whether it may hold secrets that have nothing to do with integrations, so that entries must be chosen by name.
    pub choose: bool,
}

/// The user's choices, which take precedence over the file.
#[derive(Clone, Debug, Default)]
pub struct ImportChoices {
    /// A catalog id, for all entries that match it.
    pub integration: Option<String>,
    /// Names in the file to import; empty for all.
    pub only: Vec<String>,
    /// A name for the credential, if there is only one.
    pub name: Option<String>,
    /// The client ID, if the file has none.
    pub client_id: Option<String>,
    pub client_secret: Option<ClientSecret>,
    /// The redirect URI, instead of the file's.
    pub redirect_uri: Option<String>,
    /// Variables of the integration.
    pub variables: BTreeMap<String, String>,
}

impl ImportChoices {
    /// Whether the entry with this name in the file is to be imported.
    pub(super) fn is_chosen(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| same(only, name))
    }

    /// Checks that the file has every name that was chosen.
    ///
    /// # Errors
    /// `Kind::NotFound`, naming one that is missing.
    pub(super) fn check_only(&self, names: &[&str]) -> Result<(), Problem> {
        let Some(missing) = self.only.iter().find(|only| !names.iter().any(|name| same(name, only))) else {
            return Ok(());
        };
        Err(Problem::new(Kind::NotFound, format!("The file has no entry named \"{missing}\"."))
            .why(format!("Its entries: {}.", names.join(", "))))
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// A part of a file that is not imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SkippedPart {
    /// Its name in the file.
    pub name: String,
    /// The reason, in whole sentences.
    pub why: String,
}

/// One credential in a file.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name in the file.
    pub name: String,
    /// Catalog ids that the file's format, or its own word for the provider, stands for.
    pub integrations: Vec<String>,
    /// The file's own word for the provider.
    pub kind: Option<String>,
    /// Hosts that this word stands for, if the catalog has no such integration.
    pub hosts: Vec<String>,
    /// The common part of the names of its values: `ACME` in `ACME_CLIENT_ID`.
    pub label: Option<String>,
    /// The grant type; `None` if the file does not name it.
    pub grant: Option<GrantType>,
    /// The authorization endpoint.
    pub authorization_url: Option<String>,
    /// The token endpoint.
    pub token_url: Option<String>,
    /// The endpoint for refreshes, if it is not the token endpoint.
    pub refresh_url: Option<String>,
    /// Any URL of the authorization server.
    pub issuer: Option<String>,
    pub client_id: String,
    pub client_secret: Option<Secret>,
    pub scopes: Vec<String>,
    /// The redirect URI; empty for the catalog's.
    pub redirect_uri: String,
    pub refresh_token: Option<Secret>,
    /// Values for the catalog's variables, by name.
    pub variables: BTreeMap<String, String>,
    /// What the user wrote about it.
    pub details: Details,
    /// The secret, if it is a key, token or password.
    pub typed_in: Option<Secret>,
    /// Names of its values that are not imported.
    pub unread: Vec<String>,
}

impl Entry {
    /// Whether it contains nothing to sign in with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.client_id.is_empty()
            && self.client_secret.is_none()
            && self.refresh_token.is_none()
            && self.typed_in.is_none()
    }

    /// Every URL of the provider that the file names.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        let all = [&self.token_url, &self.refresh_url, &self.authorization_url, &self.issuer];
        all.into_iter().filter_map(|url| url.as_deref())
    }
}
