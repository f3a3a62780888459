//! How a provider's OAuth differs from the RFCs, and what it limits.

use crate::model::credential::TokenKind;

/// How a provider's OAuth differs from RFC 6749, 7009, 7636 and 8628; the default is a provider that follows them.
/// Templates may hold `{variable}`, `{client_id}` and captured values; `Provider::fill` fills them.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each a key of the catalog file")]
pub struct OAuthProfile {
    /// Whether a PKCE S256 challenge is sent (always, unless the provider rejects it).
    pub pkce: bool,
    /// Separates the scopes in the authorization request.
    pub scope_separator: String,
    /// Extra authorization parameters, as templates.
    pub authorize_params: Vec<(String, String)>,
    /// Extra parameters of the code exchange, as templates; may override `grant_type`.
    pub token_params: Vec<(String, String)>,
    /// Extra parameters of a refresh, as templates; may override `grant_type`.
    pub refresh_params: Vec<(String, String)>,
    /// Parameter names that differ, as (standard name, the provider's name).
    pub rename: Vec<(String, String)>,
    /// Standard parameters that are not sent.
    pub drop: Vec<String>,
    /// Types of access tokens other than `bearer` that are sent as the entry says (RFC 6749 section 7.1), in lower
    /// case.
    pub token_types: Vec<String>,
    /// Extra headers of token requests, as templates.
    pub token_headers: Vec<(String, String)>,
    /// How the client authenticates (RFC 6749 section 2.3.1).
    pub client_auth: ClientAuth,
    /// The scheme before the credentials of [`ClientAuth::Basic`], which is nearly always `Basic`.
    pub basic_scheme: String,
    /// How a token request is encoded.
    pub token_body: TokenBody,
    /// Whether the token response may be form-encoded instead of JSON.
    pub form_answer: bool,
    /// Dotted path of the object that contains the tokens, if it is not the top level: `authed_user`.
    pub token_path: Option<String>,
    /// The provider's name for the main token set, if a response may contain others.
    pub token_kind: Option<TokenKind>,
    /// Additional token sets that a response may contain.
    pub token_sets: Vec<TokenSetRule>,
    /// Values of the token response to keep, as (our name, dotted path).
    pub capture_token: Vec<(String, String)>,
    /// Values of the redirect to keep, as (our name, query parameter).
    pub capture_redirect: Vec<(String, String)>,
    /// What happens to the refresh token when the tokens are refreshed.
    pub refresh: Refresh,
    /// If set, an exchange that returns no refresh token counts as failed, with this hint.
    pub refresh_token_required: Option<String>,
    /// Lifetime of an access token whose response does not state it, in seconds.
    pub default_ttl: Option<u32>,
    /// If the response has this key (in seconds), `expires_in` is in milliseconds.
    pub expires_in_seconds_key: Option<String>,
    /// Error codes that the provider uses with a different meaning, or that need an explanation.
    pub errors: Vec<ErrorRule>,
    /// How long to wait after a throttle without Retry-After, in seconds.
    pub throttle_wait: u32,
    /// Key and value that mark a throttle whose `error` is localized: an unknown error beside them is a throttle.
    pub throttle_marker: Option<(String, String)>,
    /// Whether the provider's console generates codes for a client that users paste as they are: no redirect, no state.
    pub bare_code: bool,
    /// How tokens are revoked.
    pub revocation: Revocation,
    /// Extra parameters of the request for a device code, as templates.
    pub device_params: Vec<(String, String)>,
    /// The name of the parameter for the device code in the token request.
    pub device_code_name: String,
    /// Shortest time between two polls for a device code, in seconds.
    pub device_interval: u32,
}

impl Default for OAuthProfile {
    fn default() -> Self {
        Self {
            pkce: true,
            scope_separator: " ".to_owned(),
            authorize_params: Vec::new(),
            token_params: Vec::new(),
            refresh_params: Vec::new(),
            rename: Vec::new(),
            drop: Vec::new(),
            token_types: Vec::new(),
            token_headers: Vec::new(),
            client_auth: ClientAuth::Body,
            basic_scheme: "Basic".to_owned(),
            token_body: TokenBody::Form,
            form_answer: false,
            token_path: None,
            token_kind: None,
            token_sets: Vec::new(),
            capture_token: Vec::new(),
            capture_redirect: Vec::new(),
            refresh: Refresh::Rotating,
            refresh_token_required: None,
            default_ttl: None,
            expires_in_seconds_key: None,
            errors: Vec::new(),
            throttle_wait: 60,
            throttle_marker: None,
            bare_code: false,
            revocation: Revocation::Standard,
            device_params: Vec::new(),
            device_code_name: "device_code".to_owned(),
            device_interval: 5,
        }
    }
}

/// A token set other than the main one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenSetRule {
    /// The provider's name for it.
    pub kind: TokenKind,
    /// Its label: "user token".
    pub label: String,
    /// Dotted path of the object that contains the set in the response to a code. The response to a refresh may contain
    /// it at the top level.
    pub path: String,
    /// The parameter of the authorization request for its scopes.
    pub scope_param: String,
    /// The scopes, as a template over variables; if empty, the set is not requested.
    pub scopes: String,
}

impl OAuthProfile {
    /// The additional token set of this kind.
    #[must_use]
    pub fn token_set(&self, kind: TokenKind) -> Option<&TokenSetRule> {
        self.token_sets.iter().find(|set| set.kind == kind)
    }

    /// The kinds of token sets, the main one first; empty if there is only one set.
    pub fn token_kinds(&self) -> impl Iterator<Item = TokenKind> + '_ {
        self.token_kind.into_iter().chain(self.token_sets.iter().map(|set| set.kind))
    }
}

/// RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    Body,
    /// HTTP Basic, both parts form-encoded first, as the RFC requires.
    Basic,
    /// HTTP Basic without that encoding, for servers that do not decode it.
    BasicRaw,
}

/// How a token request is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as RFC 6749 requires.
    Form,
    Json,
}

/// What happens to the refresh token when the tokens are refreshed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refresh {
    /// Each refresh may return a new refresh token. The safe assumption.
    Rotating,
    /// The refresh token stays.
    Static,
    /// There is no refresh token.
    None,
}

/// What an error code means for the stored tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ErrorRule {
    /// The `error` value, in lower case, spaces as `_`; empty matches any value.
    pub code: String,
    /// Where in the response the value is instead, `one.two`. The elements of a list need no segment of their own.
    pub path: Option<String>,
    /// The HTTP status, if the rule is only for that status.
    pub status: Option<u16>,
    pub class: ErrorClass,
    /// Why the error occurs and what to do, for the user.
    pub hint: String,
}

/// Classes of provider errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorClass {
    /// The grant is dead: only the user can fix it (`invalid_grant`).
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
    /// Only these parameters, as templates over `{refresh_token}` and `{access_token}`, without client authentication.
    Params(Vec<(String, String)>),
}

/// A provider's limits and lifetimes. `None`: unknown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Most access tokens that one refresh token gets within `access_token_window`.
    pub access_tokens: Option<u32>,
    /// In seconds.
    pub access_token_window: Option<u32>,
    /// Most access tokens of one refresh token that are valid at the same time.
    pub live_access_tokens: Option<u32>,
    /// Most refresh tokens of one user; another one silently invalidates the oldest.
    pub refresh_tokens_per_user: Option<u32>,
    /// Most refresh tokens that can be created in a minute.
    pub refresh_tokens_per_minute: Option<u32>,
    /// Lifetime of an authorization code, in seconds.
    pub code_lifetime: Option<u32>,
    /// Lifetime of an access token, in seconds.
    pub access_token_lifetime: Option<u32>,
    /// A refresh token expires if it is not used for this many days.
    pub refresh_idle_days: Option<u32>,
    /// A refresh token expires this many days after consent.
    pub refresh_absolute_days: Option<u32>,
    /// The longest a browser is trusted after a second factor, in days.
    pub mfa_trust_days: Option<u32>,
    /// What the numbers do not say.
    pub notes: Vec<String>,
}

impl ClientAuth {
    /// The words of a catalog file.
    pub(super) const WORDS: [&str; 3] = ["body", "basic", "basic-raw"];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "body" => Some(Self::Body),
            "basic" => Some(Self::Basic),
            "basic-raw" => Some(Self::BasicRaw),
            _ => None,
        }
    }
}

impl TokenBody {
    /// The words of a catalog file.
    pub(super) const WORDS: [&str; 2] = ["form", "json"];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "form" => Some(Self::Form),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Refresh {
    /// The words of a catalog file.
    pub(super) const WORDS: [&str; 3] = ["rotating", "static", "none"];

    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "rotating" => Some(Self::Rotating),
            "static" => Some(Self::Static),
            "none" => Some(Self::None),
            _ => None,
        }
    }
}

/// The words of a catalog file for a scope separator.
pub(super) const SEPARATOR_WORDS: [&str; 3] = ["space", "comma", "plus"];

/// The separator that a word, or the separator itself, stands for.
pub(super) fn separator(word: &str) -> Option<&'static str> {
    match word {
        "space" | " " => Some(" "),
        "comma" | "," => Some(","),
        "plus" | "+" => Some("+"),
        _ => None,
    }
}
