//! How a provider's OAuth differs from the RFCs, and what it limits.

use crate::model::credential::TokenKind;

/// How a provider's OAuth differs from RFC 6749, 7009, 7636 and 8628; the default is a provider that follows them.
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
    /// Types of access tokens beside `bearer` that are sent as the entry says (RFC 6749 section 7.1), lower case.
    pub token_types: Vec<String>,
    /// Extra headers of token requests, as templates.
    pub token_headers: Vec<(String, String)>,
    /// How the client proves itself (RFC 6749 section 2.3.1).
    pub client_auth: ClientAuth,
    /// The word before the credentials of [`ClientAuth::Basic`], `Basic` nearly everywhere.
    pub basic_scheme: String,
    /// How a token request is encoded.
    pub token_body: TokenBody,
    /// Whether the token response may be form-encoded instead of JSON.
    pub form_answer: bool,
    /// Dotted path of the object that holds the tokens, when not the top: `authed_user`.
    pub token_path: Option<String>,
    /// What the provider calls the main set of tokens, where a response may bring others beside it.
    pub token_kind: Option<TokenKind>,
    /// Additional sets of tokens that a response may bring.
    pub token_sets: Vec<TokenSetRule>,
    /// Values of the token answer to keep: our name, dotted path.
    pub capture_token: Vec<(String, String)>,
    /// Values of the redirect to keep: our name, query parameter.
    pub capture_redirect: Vec<(String, String)>,
    /// What a refresh does.
    pub refresh: Refresh,
    /// An exchange without refresh token counts as failed, with this hint.
    pub refresh_token_required: Option<String>,
    /// Life of an access token whose response does not say, in seconds.
    pub default_ttl: Option<u32>,
    /// When the response has this key (in seconds), `expires_in` is in milliseconds.
    pub expires_in_seconds_key: Option<String>,
    /// Error codes the provider means differently, or explains.
    pub errors: Vec<ErrorRule>,
    /// How long to wait after a throttle without Retry-After, in seconds.
    pub throttle_wait: u32,
    /// Key and value that mark a throttle whose `error` is localized: an unknown error beside them is one.
    pub throttle_marker: Option<(String, String)>,
    /// Whether the provider's console makes codes for a client, to be pasted as they are: no redirect, no state.
    pub bare_code: bool,
    /// How tokens are revoked.
    pub revocation: Revocation,
    /// Extra parameters of the request for a device code, as templates.
    pub device_params: Vec<(String, String)>,
    /// What the token request calls the device code.
    pub device_code_name: String,
    /// Seconds between two questions for a device code, at least.
    pub device_interval: u32,
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

/// A set of tokens beside the main one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenSetRule {
    /// What the provider calls it.
    pub kind: TokenKind,
    /// Its label: "user token".
    pub label: String,
    /// Dotted path of the object that holds it in the response to a code. A refresh may answer with it at the top.
    pub path: String,
    /// The parameter of the authorization request that asks for its scopes.
    pub scope_param: String,
    /// The scopes, as a template over variables; empty: the set is not asked for.
    pub scopes: String,
}

impl Flow {
    /// The additional set with this kind.
    #[must_use]
    pub fn token_set(&self, kind: TokenKind) -> Option<&TokenSetRule> {
        self.token_sets.iter().find(|set| set.kind == kind)
    }

    /// The kinds of tokens there are, the main one first; empty where there is only one.
    pub fn token_kinds(&self) -> impl Iterator<Item = TokenKind> + '_ {
        self.token_kind.into_iter().chain(self.token_sets.iter().map(|set| set.kind))
    }
}

/// RFC 6749 section 2.3.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body.
    Body,
    /// HTTP Basic, both parts form-encoded first as the RFC asks.
    Basic,
    /// HTTP Basic with the parts as they are, for servers that do not decode them.
    BasicRaw,
}

/// How a token request is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, as RFC 6749 asks.
    Form,
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
    /// The `error` value, lower case, spaces as `_`; empty: whatever it is.
    pub code: String,
    /// Where in the answer the value is instead, `one.two`: an element of a list needs no word of its own.
    pub path: Option<String>,
    /// The HTTP status, where only that one is meant.
    pub status: Option<u16>,
    pub class: ErrorClass,
    /// Why it comes and what to do, for the person.
    pub hint: String,
}

/// Classes of provider errors.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorClass {
    /// The grant is dead: only a person can fix it (`invalid_grant`).
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

/// A provider's limits and lifetimes. `None`: unknown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// Access tokens one refresh token gives within `access_token_window`.
    pub access_tokens: Option<u32>,
    /// Seconds.
    pub access_token_window: Option<u32>,
    /// Access tokens of one refresh token that live at once.
    pub live_access_tokens: Option<u32>,
    /// Refresh tokens of one user; one more silently ends the oldest.
    pub refresh_tokens_per_user: Option<u32>,
    /// Refresh tokens that can be made in a minute.
    pub refresh_tokens_per_minute: Option<u32>,
    /// Life of an authorization code, in seconds.
    pub code_lifetime: Option<u32>,
    /// Life of an access token, in seconds.
    pub access_token_lifetime: Option<u32>,
    /// A refresh token dies when unused for so many days.
    pub refresh_idle_days: Option<u32>,
    /// A refresh token dies so many days after consent.
    pub refresh_absolute_days: Option<u32>,
    /// The longest a browser is trusted after a second factor, in days.
    pub mfa_trust_days: Option<u32>,
    /// What numbers do not say.
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

/// The separator a word, or the separator itself, means.
pub(super) fn separator(word: &str) -> Option<&'static str> {
    match word {
        "space" | " " => Some(" "),
        "comma" | "," => Some(","),
        "plus" | "+" => Some("+"),
        _ => None,
    }
}
