//! One parsed catalog file. SKELETON (owner: catalog helper): more fields come, these stay.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Origin;
use crate::credential::Endpoints;
use crate::problem::Problem;

/// A provider: authorization server and resource server, as data.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// Stable id, `[a-z0-9-]`.
    pub id: String,
    /// What the person searches.
    pub name: String,
    /// The vendor its variants are grouped under.
    pub group: String,
    /// Category word.
    pub category: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// How sure the facts are.
    pub verification: Verification,
    /// Where the file came from.
    pub source: Source,
    /// "OAuth 2.0 (authorization code + PKCE)".
    pub grant_label: String,
    /// What the form asks beside client id and secret, in order.
    pub variables: Vec<Variable>,
    /// Pre-filled scopes.
    pub scopes: Vec<String>,
    /// Where a person makes the client.
    pub console: Console,
    /// Help panels: MFA and the like.
    pub panels: Vec<Panel>,
    /// Whether the provider wants a client secret.
    pub needs_client_secret: bool,
    /// How its OAuth differs from the RFCs.
    pub flow: Flow,
}

/// How a provider's OAuth differs from RFC 6749, 7009 and 7636; the default is a provider that follows them.
/// Templates may hold `{variable}`, `{client_id}` and captured values; `Provider::fill` fills them.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each a key of the catalog file")]
pub struct Flow {
    /// Send a PKCE S256 challenge (always, unless the provider rejects it).
    pub pkce: bool,
    /// Between scopes in the authorization request.
    pub scope_separator: String,
    /// Extra authorization parameters, as templates.
    pub authorize_params: Vec<(String, String)>,
    /// Extra parameters of the code exchange, as templates; may override `grant_type`.
    pub token_params: Vec<(String, String)>,
    /// Extra parameters of a refresh, as templates; may override `grant_type`.
    pub refresh_params: Vec<(String, String)>,
    /// Parameter names that differ: standard name, theirs.
    pub rename: Vec<(String, String)>,
    /// Standard parameters not to send.
    pub drop: Vec<String>,
    /// Extra headers of token requests, as templates.
    pub token_headers: Vec<(String, String)>,
    /// How the client proves itself (RFC 6749 section 2.3.1).
    pub client_auth: ClientAuth,
    /// How a token request is encoded.
    pub token_body: TokenBody,
    /// Whether the token answer may be form-encoded instead of JSON.
    pub form_answer: bool,
    /// Dotted path of the object that holds the tokens, when not the top: `authed_user`.
    pub token_path: Option<String>,
    /// Values of the token answer to keep: our name, dotted path.
    pub capture_token: Vec<(String, String)>,
    /// Values of the redirect to keep: our name, query parameter.
    pub capture_redirect: Vec<(String, String)>,
    /// What a refresh does.
    pub refresh: Refresh,
    /// An exchange without refresh token counts as failed, with this hint.
    pub refresh_token_required: Option<String>,
    /// Life of an access token whose answer does not say, in seconds.
    pub default_ttl: Option<u32>,
    /// When the answer has this key (in seconds), `expires_in` is in milliseconds.
    pub expires_in_seconds_key: Option<String>,
    /// Error codes the provider means differently, or explains.
    pub errors: Vec<ErrorRule>,
    /// How long to wait after a throttle without Retry-After, in seconds.
    pub throttle_wait: u32,
    /// Whether a bare code may be pasted (no state to check).
    pub bare_code: bool,
    /// How tokens are revoked.
    pub revocation: Revocation,
}

impl Default for Flow {
    fn default() -> Self {
        Self {
            pkce: true,
            scope_separator: " ".to_owned(),
            authorize_params: Vec::new(),
            token_params: Vec::new(),
            refresh_params: Vec::new(),
            rename: Vec::new(),
            drop: Vec::new(),
            token_headers: Vec::new(),
            client_auth: ClientAuth::Body,
            token_body: TokenBody::Form,
            form_answer: false,
            token_path: None,
            capture_token: Vec::new(),
            capture_redirect: Vec::new(),
            refresh: Refresh::Rotating,
            refresh_token_required: None,
            default_ttl: None,
            expires_in_seconds_key: None,
            errors: Vec::new(),
            throttle_wait: 60,
            bare_code: false,
            revocation: Revocation::Standard,
        }
    }
}

/// RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    Body,
    /// HTTP Basic.
    Basic,
}

/// How a token request is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as RFC 6749 asks.
    Form,
    /// JSON.
    Json,
}

/// What a refresh does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refresh {
    /// Each may give a new refresh token. The safe assumption.
    Rotating,
    /// The refresh token stays.
    Static,
    /// There is none.
    None,
}

/// What an error code means for the tokens we hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorRule {
    /// The `error` value, lower case, blanks as `_`.
    pub code: String,
    /// Its class.
    pub class: ErrorClass,
    /// Why it comes and what to do, for the person.
    pub hint: String,
}

/// Classes of provider errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorClass {
    /// The grant is dead: only a person can mend it (`invalid_grant`).
    Reauthenticate,
    /// Client id, secret, redirect URI, scope or data center is wrong.
    Misconfigured,
    /// Too many requests: wait.
    Throttled,
    /// May work later.
    Temporary,
}

/// How tokens are revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Revocation {
    /// RFC 7009: `token`, `token_type_hint`, client authentication.
    Standard,
    /// Only these parameters, as templates over `{refresh_token}` and `{access_token}`, no client authentication.
    Params(Vec<(String, String)>),
}

/// What the redirect said about where the account lives.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Relocation {
    /// The variables from now on.
    pub variables: BTreeMap<String, String>,
    /// "Your account lives in Europe: Customer Domain is now accounts.zoho.eu".
    pub note: Option<String>,
}

/// How sure the facts of a file are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Verification {
    /// Two independent sources.
    #[default]
    TwoSources,
    /// One source; the screen says "unverified".
    Unverified,
}

/// Where a provider's file came from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Source {
    /// Shipped.
    #[default]
    BuiltIn,
    /// The user's own file.
    User(PathBuf),
}

/// A field the form asks for.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    /// The key in templates and in `Setup::variables`.
    pub name: String,
    /// The field's label: "Customer Domain".
    pub label: String,
    /// One or two sentences of help.
    pub help: String,
    /// An example value.
    pub example: String,
    /// The value a new form starts with.
    pub default: Option<String>,
    /// Offered as a list.
    pub choices: Vec<Choice>,
    /// Whether it may stay empty.
    pub optional: bool,
}

/// One value of a list.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// "Europe".
    pub label: String,
    /// "accounts.zoho.eu".
    pub value: String,
}

/// A value made canonical.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Normalized {
    /// The canonical value.
    pub value: String,
    /// The label of the choice it is.
    pub label: Option<String>,
    /// What was mended, for the person: "https:// was removed".
    pub note: Option<String>,
}

/// How to make a client at the provider.
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
    /// Its title.
    pub title: String,
    /// Paragraphs or numbered steps.
    pub lines: Vec<String>,
}

impl Provider {
    /// The endpoints with every variable filled in.
    ///
    /// # Errors
    /// Usage, naming the variable that is missing or not allowed.
    pub fn endpoints(&self, _variables: &BTreeMap<String, String>, _origin: &Origin) -> Result<Endpoints, Problem> {
        Err(Problem::internal("skeleton"))
    }

    /// Fills `{name}` in a template from the variables, captured values and `client_id`; no recursion.
    ///
    /// # Errors
    /// Usage, naming what is missing.
    pub fn fill(&self, _template: &str, _values: &BTreeMap<String, String>) -> Result<String, Problem> {
        Err(Problem::internal("skeleton"))
    }

    /// Takes what the redirect captured (a data center, say), checked against the allowed choices.
    ///
    /// # Errors
    /// Refused when a value is not among the choices or two values disagree. The code must then not be sent anywhere.
    pub fn relocate(
        &self,
        variables: &BTreeMap<String, String>,
        _captured: &BTreeMap<String, String>,
        _origin: &Origin,
    ) -> Result<Relocation, Problem> {
        Ok(Relocation { variables: variables.clone(), note: None })
    }

    /// Header name and value template for API calls: `("Authorization", "Zoho-oauthtoken {access_token}")`.
    #[must_use]
    pub fn request_header(&self) -> (&str, &str) {
        ("Authorization", "Bearer {access_token}")
    }

    /// The redirect URI to register, with the given loopback port where the provider allows one.
    #[must_use]
    pub fn redirect_uri(&self, port: u16) -> String {
        format!("http://localhost:{port}/callback")
    }
}

impl Variable {
    /// Accepts any paste, mends what is known, refuses the rest with the list.
    ///
    /// # Errors
    /// Usage, with the choices.
    pub fn normalize(&self, _input: &str) -> Result<Normalized, Problem> {
        Err(Problem::internal("skeleton"))
    }
}
