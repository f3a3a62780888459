//! What a file says, before anything of it is placed.

use std::collections::BTreeMap;

use crate::model::credential::{Details, GrantType};
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Secret};

/// A file as it was read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What kind of file it is: "rclone configuration".
    pub shape: String,
    /// What can be imported.
    pub entries: Vec<Entry>,
    /// What cannot, and why.
    pub left_out: Vec<LeftOut>,
    /// Whether a Credenza wrote it.
    pub ours: bool,
    /// Whether it may hold secrets that have nothing to do with integrations, so that entries must be chosen by name.
    pub choose: bool,
}

/// What a person says beside the file.
#[derive(Clone, Debug, Default)]
pub struct Placing {
    /// A catalog id, for all that fit it.
    pub integration: Option<String>,
    /// Names in the file of what is taken; empty: everything.
    pub only: Vec<String>,
    /// A name, where it is one.
    pub name: Option<String>,
    /// The client, where the file has none.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<ClientSecret>,
    /// Where the browser comes back to, instead of what the file says.
    pub redirect_uri: Option<String>,
    /// Variables of the integration.
    pub variables: BTreeMap<String, String>,
}

impl Placing {
    /// Whether the person wants what has this name in the file.
    pub(super) fn is_chosen(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| same(only, name))
    }

    /// Each name that was chosen must be one of the file's.
    ///
    /// # Errors
    /// `Kind::NotFound`.
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
pub struct LeftOut {
    /// Its name in the file.
    pub name: String,
    /// The reason, in whole sentences.
    pub why: String,
}

/// One credential as a file has it.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Its name there.
    pub name: String,
    /// Catalog ids that the file's format or its own word for the provider means.
    pub integrations: Vec<String>,
    /// The file's own word for the provider.
    pub kind: Option<String>,
    /// Hosts that word means, where the catalog has no such integration.
    pub hosts: Vec<String>,
    /// What the names of its values have in common: `ACME` of `ACME_CLIENT_ID`.
    pub label: Option<String>,
    /// How it signs in; `None` where the file does not tell.
    pub grant: Option<GrantType>,
    /// Where the browser is sent.
    pub authorization_url: Option<String>,
    /// Where the code is exchanged.
    pub token_url: Option<String>,
    /// Where tokens are renewed, if elsewhere.
    pub refresh_url: Option<String>,
    /// The authorization server, by any URL of its own.
    pub issuer: Option<String>,
    /// The client's public name.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Option<Secret>,
    /// What was asked for.
    pub scopes: Vec<String>,
    /// Where the answer went; empty: the catalog's.
    pub redirect_uri: String,
    /// What renews its tokens.
    pub refresh_token: Option<Secret>,
    /// Values for the catalog's variables, by name.
    pub variables: BTreeMap<String, String>,
    /// What a person wrote about it.
    pub details: Details,
    /// A key, token or password, where it is one.
    pub typed_in: Option<Secret>,
    /// Names of values of it that are not imported.
    pub unread: Vec<String>,
}

impl Entry {
    /// Whether there is anything to sign in with.
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
