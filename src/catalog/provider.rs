//! One parsed catalog file: a provider, as the rest of the program sees it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::api_error::ApiError;
use super::evidence::{EndDate, Evidence, RedirectAcceptance, Verification};
use super::flow::{ClientAuth, Limits, OAuthProfile, Refresh, TokenBody};
use super::load::RecordType;
use super::origin::Origin;
use super::product::{Basic, KeyPlacement, Lookup, Product, ScopeGroup, Signature, TestCall};
use super::urls::Urls;
use super::variable::{Choice, Variable};
use crate::model::credential::{Credential, GrantType, Quota};
use crate::problem::Problem;

/// A provider as described by its catalog file: how to sign in, and how to call its APIs.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// Stable id, `[a-z0-9-]`.
    pub id: String,
    /// The name that users search for.
    pub name: String,
    /// The vendor its variants are grouped under.
    pub group: String,
    /// The category, such as `itsm`.
    pub category: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// How reliable the facts are.
    pub verification: Verification,
    /// The names of all sources, with those of `evidence`.
    pub sources: Vec<String>,
    /// The sources with the date each was read and what it states; empty in catalog files of earlier versions.
    pub evidence: Vec<Evidence>,
    /// What the provider has announced to end.
    pub end_dates: Vec<EndDate>,
    /// Set for an entry that is kept only for existing credentials: what to do with such a credential.
    pub retired: Option<String>,
    /// Where the file came from.
    pub source: Source,
    /// How a credential gets its access token.
    pub grant: GrantType,
    /// The grant, as shown to the user, such as "OAuth 2.0 (authorization code + PKCE)".
    pub grant_label: String,
    /// Additional form fields, in order.
    pub variables: Vec<Variable>,
    /// Pre-filled scopes.
    pub scopes: Vec<String>,
    /// Scopes with descriptions.
    pub scope_help: Vec<(String, String)>,
    /// Further scope parameters; already part of `flow.authorize_params`.
    pub scope_groups: Vec<ScopeGroup>,
    /// The scope without which no refresh token is issued.
    pub needs_scope: Option<String>,
    /// Where the user creates the client.
    pub console: Console,
    /// Help panels: MFA and the like.
    pub panels: Vec<Panel>,
    /// Whether the provider requires a client secret.
    pub needs_client_secret: bool,
    /// How its OAuth differs from the RFCs, before variables are applied: for a credential, use
    /// [`flow_for`](Self::flow_for).
    pub flow: OAuthProfile,
    /// The parts of `flow` that variables decide.
    pub switches: ProfileOverrides,
    /// The endpoints, as templates.
    pub urls: Urls,
    /// Which redirect URI is used.
    pub redirect: Redirect,
    /// Which redirect URIs the provider is known to accept.
    pub accepts: RedirectAcceptance,
    /// How the redirect may move a credential to another choice of a variable.
    pub relocation: Option<RelocationRule>,
    /// Header of API calls: name, value template.
    pub header: (String, String),
    /// Constant headers of API calls, as templates.
    pub headers: Vec<(String, String)>,
    /// Harmless calls that prove the credential works.
    pub tests: Vec<TestCall>,
    /// Products behind the credential.
    pub products: Vec<Product>,
    /// The record types that can be loaded.
    pub loads: Vec<RecordType>,
    /// What the responses of its APIs mean.
    pub api_errors: Vec<ApiError>,
    /// Calls right after login.
    pub lookups: Vec<Lookup>,
    /// Where keys go ([`GrantType::ApiKey`] and [`GrantType::Bearer`]).
    pub keys: Vec<KeyPlacement>,
    /// How user name and password are sent ([`GrantType::Basic`]).
    pub basic: Option<Basic>,
    /// How requests are signed ([`GrantType::SignatureV4`]).
    pub signature: Option<Signature>,
    /// Limits and lifetimes at the provider.
    pub limits: Limits,
}

/// The parts of [`OAuthProfile`] that a variable decides; each field is the name of its variable.
#[derive(Clone, Debug, Default)]
pub struct ProfileOverrides {
    /// `body`, `basic` or `basic-raw`.
    pub client_auth: Option<String>,
    /// `form` or `json`.
    pub token_body: Option<String>,
    /// `S256` or `none`.
    pub pkce: Option<String>,
    /// `space`, `comma` or `plus`.
    pub scope_separator: Option<String>,
    /// `rotating`, `static` or `none`.
    pub refresh: Option<String>,
}

/// The redirect URI that is registered and used, and whether its port may vary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Redirect {
    /// A loopback URI with `{port}`; the provider accepts any port (RFC 8252 section 7.3).
    AnyPort(String),
    /// A loopback URI with `{port}`, compared byte for byte, including the port. The safe assumption.
    FixedPort(String),
    /// A loopback URI with `{port}` that is https, compared byte for byte: for a provider that accepts nothing else.
    HttpsLoopback(String),
    /// An https URI that nothing listens on: the user pastes the redirected address.
    HttpsPaste(String),
}

impl Default for Redirect {
    fn default() -> Self {
        Self::FixedPort("http://localhost:{port}/callback".to_owned())
    }
}

/// How the redirect may move a credential to another choice: names of the variable and of the captured values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelocationRule {
    /// The variable that changes.
    pub variable: String,
    /// The captured value that is `https://` followed by the variable's new value.
    pub server: Option<String>,
    /// The captured value that is the code of the choice.
    pub location: Option<String>,
}

/// Where a provider's file came from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Source {
    /// Shipped.
    #[default]
    BuiltIn,
    /// A signed update with this number.
    Update(u64),
    /// The user's own file; "custom" on the screen.
    User(PathBuf),
}

/// How to create a client at the provider.
#[derive(Clone, Debug, Default)]
pub struct Console {
    /// Its URL with variables filled in by `Provider::console_url`.
    pub url: Option<String>,
    /// Numbered steps.
    pub steps: Vec<String>,
}

/// One panel of help.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub title: String,
    /// Paragraphs or numbered steps.
    pub lines: Vec<String>,
}

impl Provider {
    /// Header name and value template for API calls: `("Authorization", "Bearer {access_token}")`, or `{secret}` for a
    /// token that the user enters.
    #[must_use]
    pub fn request_header(&self) -> (&str, &str) {
        if self.header.0.is_empty() {
            let typed_in = self.grant.is_static_secret();
            return ("Authorization", if typed_in { "Bearer {secret}" } else { "Bearer {access_token}" });
        }
        (&self.header.0, &self.header.1)
    }

    /// The redirect URI to register, with the given loopback port where the provider allows one; empty for a grant
    /// without a redirect.
    #[must_use]
    pub fn redirect_uri(&self, port: u16) -> String {
        match &self.redirect {
            _ if self.grant != GrantType::AuthorizationCode => String::new(),
            Redirect::AnyPort(uri) | Redirect::FixedPort(uri) | Redirect::HttpsLoopback(uri) => {
                uri.replace("{port}", &port.to_string())
            }
            Redirect::HttpsPaste(uri) => uri.clone(),
        }
    }

    /// Whether users with these variables can sign in with a device code.
    #[must_use]
    pub fn gives_device_codes(&self, variables: &BTreeMap<String, String>) -> bool {
        self.endpoints(variables, &Origin::Internet).is_ok_and(|endpoints| endpoints.device.is_some())
    }

    /// Whether the redirect can reach our listener; otherwise the user pastes the address.
    #[must_use]
    pub fn redirects_to_loopback(&self) -> bool {
        !matches!(self.redirect, Redirect::HttpsPaste(_))
    }

    /// How much of the provider's limit on access tokens a credential has used; `None` if there is no known limit.
    #[must_use]
    pub(crate) fn quota(&self, credential: &Credential, now: Timestamp) -> Option<Quota> {
        let window = SignedDuration::from_secs(self.limits.access_token_window?.into());
        Some(credential.quota(self.limits.access_tokens?, window, now))
    }

    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The choice with a code that these variables contain: the data center.
    #[must_use]
    pub fn data_center(&self, variables: &BTreeMap<String, String>) -> Option<&Choice> {
        self.variables.iter().find_map(|variable| {
            let choice = variable.choice(variables.get(&variable.name).or(variable.default.as_ref())?)?;
            (!choice.code.is_empty()).then_some(choice)
        })
    }

    /// [`flow`](Self::flow) with the parts that these variables decide: use this one for a credential.
    ///
    /// # Errors
    /// `Kind::Usage`, naming the variable whose value is not one of the words.
    pub fn flow_for(&self, variables: &BTreeMap<String, String>) -> Result<OAuthProfile, Problem> {
        let mut flow = self.flow.clone();
        let word = |switch: &Option<String>| -> Result<Option<String>, Problem> {
            switch.as_ref().map(|name| self.value_of(name, variables)).transpose()
        };
        if let Some(word) = word(&self.switches.client_auth)? {
            flow.client_auth = ClientAuth::from_word(&word).unwrap_or(flow.client_auth);
        }
        if let Some(word) = word(&self.switches.token_body)? {
            flow.token_body = TokenBody::from_word(&word).unwrap_or(flow.token_body);
        }
        if let Some(word) = word(&self.switches.refresh)? {
            flow.refresh = Refresh::from_word(&word).unwrap_or(flow.refresh);
        }
        if let Some(word) = word(&self.switches.pkce)? {
            flow.pkce = word != "none";
        }
        if let Some(separator) = word(&self.switches.scope_separator)? {
            super::flow::separator(&separator).unwrap_or(" ").clone_into(&mut flow.scope_separator);
        }
        Ok(flow)
    }
}
