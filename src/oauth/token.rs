//! Requests to the token endpoint: with a code, a refresh token or client credentials (RFC 6749 sections 4.1.3, 4.4,
//! 5, 6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::authorization::joined;
pub use super::error::TokenError;
use super::error::is_invalid_client;
use super::http::{BodyLimit, Http};
use super::permit::MustFinish;
use super::request::{Params, Values, depends_on_encoding, post, prove};
use super::token_response::{TokenResponse, read};
use crate::catalog::{ClientAuth, OAuthProfile, Provider};
use crate::model::credential::{Account, Endpoints, Setup, TOKEN_TYPE, TokenKind, Tokens};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::secret::{AuthorizationCode, CodeVerifier};

/// Longest token type that is shown, in characters.
const MAX_TYPE: usize = 40;

/// What the authorization request bound the code to.
#[derive(Clone, Copy, Debug)]
pub struct CodeBinding<'a> {
    /// As in the request.
    pub redirect_uri: &'a str,
    /// RFC 7636.
    pub verifier: Option<&'a CodeVerifier>,
}

/// Exchanges an authorization code, once. Without `binding`, the code was generated in the provider's console.
/// `captured` are the values of the redirect, which are kept with the tokens.
///
/// # Errors
/// See [`TokenError`]. Do not send the code again after an error: it may have been spent.
#[allow(clippy::too_many_arguments, reason = "each is a different thing of RFC 6749 section 4.1.3")]
pub async fn exchange(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    code: &AuthorizationCode,
    binding: Option<CodeBinding<'_>>,
    captured: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<GrantedTokens, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let values = Values::new(setup, captured);
    let mut params = Params::default();
    params.set("grant_type", "authorization_code");
    params.set("code", code.expose());
    if let Some(CodeBinding { redirect_uri, verifier }) = binding {
        params.set("redirect_uri", redirect_uri);
        if let Some(verifier) = verifier {
            params.set("code_verifier", verifier.expose());
        }
    }
    let asked = TokenRequest { http, provider, flow: &flow, kind: None, setup, values: &values, now };
    let response = asked.ask(&endpoints.token, params, &flow.token_params).await?;
    granted(response, &flow, captured, now)
}

/// The tokens granted by the user's consent.
#[derive(Debug)]
pub struct GrantedTokens {
    /// The main token set.
    pub tokens: Tokens,
    /// Additional token sets in the same response.
    pub sets: BTreeMap<TokenKind, Tokens>,
    /// The account that consented, if the response has an ID token.
    pub account: Option<Account>,
}

/// The tokens of the first response after the user's consent.
pub(super) fn granted(
    mut response: TokenResponse,
    flow: &OAuthProfile,
    captured: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<GrantedTokens, TokenError> {
    if response.access.is_some()
        && response.refresh.is_none()
        && let Some(hint) = &flow.refresh_token_required
    {
        let problem = Problem::new(Kind::Temporary, "The response contains no refresh token.");
        let problem = problem.why("The access token alone would expire soon.").try_this(hint);
        return Err(TokenError::Unusable { problem });
    }
    let (account, beside) = (response.account.take(), std::mem::take(&mut response.beside));
    let with_redirect = |tokens: Tokens| {
        let mut kept = captured.clone();
        kept.extend(tokens.captured);
        Tokens { captured: kept, ..tokens }
    };
    let sets = beside.into_iter().filter_map(|(kind, set)| Some((kind?, with_redirect(set.into_tokens(now)?))));
    let sets = sets.collect();
    match response.into_tokens(now) {
        Some(tokens) => Ok(GrantedTokens { tokens: with_redirect(tokens), sets, account }),
        None => Err(half("The response contains no access token.")),
    }
}

impl TokenResponse {
    /// Converts to stored tokens; `None` if there is no access token.
    fn into_tokens(self, now: Timestamp) -> Option<Tokens> {
        Some(Tokens {
            access: self.access?,
            refresh: self.refresh,
            received_at: now,
            expires_at: self.expires_at,
            refresh_expires_at: self.refresh_expires_at,
            scopes: self.scopes,
            captured: self.captured,
        })
    }
}

/// The token set to refresh.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRequest<'a> {
    /// The stored tokens.
    pub tokens: &'a Tokens,
    /// Their kind; `None` for the main token set.
    pub kind: Option<TokenKind>,
}

/// The result of a refresh.
#[derive(Debug)]
pub struct RefreshedTokens {
    /// Merged over the stored tokens.
    pub tokens: Tokens,
    /// Other token sets in the same response, not merged; `None` is the main set.
    pub beside: Vec<(Option<TokenKind>, Tokens)>,
}

/// Renews the access token of a token set. Keeps whatever the response leaves out, and the other sets.
///
/// A response with a new refresh token and no usable access token is a success whose access token has already expired:
/// the old refresh token may be dead by now, so the new one must be kept.
///
/// # Errors
/// See [`TokenError`]. `tokens` are not changed.
pub async fn refresh(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    RefreshRequest { tokens, kind }: RefreshRequest<'_>,
    now: Timestamp,
) -> Result<RefreshedTokens, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let Some(refresh) = &tokens.refresh else {
        let problem = Problem::new(Kind::NeedsAuthentication, "There is no refresh token.");
        let problem = problem.why("The provider returned none with the access token.").try_this("Authenticate again.");
        return Err(TokenError::Reauthenticate { code: "no_refresh_token".to_owned(), problem });
    };
    let values = Values::new(setup, &tokens.captured);
    let mut params = Params::default();
    params.set("grant_type", "refresh_token");
    params.set("refresh_token", refresh.expose());
    let url = endpoints.refresh.as_ref().unwrap_or(&endpoints.token);
    let asked = TokenRequest { http, provider, flow: &flow, kind, setup, values: &values, now };
    let mut response = asked.ask(url, params, &flow.refresh_params).await?;
    let beside = std::mem::take(&mut response.beside).into_iter();
    let beside = beside.filter_map(|(kind, set)| Some((kind, set.into_tokens(now)?))).collect();
    Ok(RefreshedTokens { tokens: merge(tokens, response, now), beside })
}

/// Requests an access token for the client itself (RFC 6749 section 4.4.2). `captured` are the values kept from the
/// previous response, if there was one.
///
/// # Errors
/// See [`TokenError`]. Nothing was spent: the request can be repeated.
pub async fn client_credentials(
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    captured: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Tokens, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let values = Values::new(setup, captured);
    let mut params = Params::default();
    params.set("grant_type", "client_credentials");
    if let Some(scope) = joined(&setup.scopes, &flow.scope_separator)? {
        params.set("scope", &scope);
    }
    let asked = TokenRequest { http, provider, flow: &flow, kind: None, setup, values: &values, now };
    let response = asked.ask(&endpoints.token, params, &flow.token_params).await?;
    let Some(access) = response.access else { return Err(half("The response contains no access token.")) };
    let mut kept = captured.clone();
    kept.extend(response.captured);
    Ok(Tokens {
        access,
        // Section 4.4.3: no refresh token is expected, and the client can request again at any time.
        refresh: None,
        received_at: now,
        expires_at: response.expires_at,
        refresh_expires_at: None,
        scopes: response.scopes,
        captured: kept,
    })
}

/// The parts common to all token requests.
struct TokenRequest<'a> {
    http: &'a Http,
    provider: &'a Provider,
    flow: &'a OAuthProfile,
    kind: Option<TokenKind>,
    setup: &'a Setup,
    values: &'a Values,
    now: Timestamp,
}

impl TokenRequest<'_> {
    async fn ask(
        &self,
        url: &Url,
        mut params: Params,
        extra: &[(String, String)],
    ) -> Result<TokenResponse, TokenError> {
        let proof = prove(&mut params, self.flow, self.setup);
        params.adapt(self.flow);
        params.extend(self.provider, extra, self.values)?;
        let request = post(url, &params, proof, self.provider, self.flow, self.values)?;
        let response = self.http.send(request, BodyLimit::Token).await?;
        read(&response, self.flow, self.kind, self.now).map_err(|error| self.explained(error))
    }

    /// Adds a hint if the server refused the client: some servers do not decode HTTP Basic as the RFC says.
    fn explained(&self, error: TokenError) -> TokenError {
        match error {
            TokenError::Misconfigured { code, problem }
                if is_invalid_client(&code) && depends_on_encoding(self.flow, self.setup) =>
            {
                let (now, other) = match self.flow.client_auth {
                    ClientAuth::BasicRaw => ("as they are", "basic"),
                    _ => ("form-encoded", "basic-raw"),
                };
                let field = self.provider.switches.client_auth.as_ref().and_then(|name| self.provider.variable(name));
                let place = field.map_or("client_auth of the catalog file", |field| field.label.as_str());
                let why = format!(
                    "{} Its ID or secret has characters such as / + = %, which were sent {now} (RFC 6749 section 2.3.1).",
                    problem.why
                );
                let next = format!("Check ID and secret. If both are right, set {place} to {other}, or to body.");
                TokenError::Misconfigured { code, problem: problem.why(why).try_this(next) }
            }
            error => error,
        }
    }
}

/// Returns a note if the token type is unknown; `None` if it was the same `before`.
#[must_use]
pub fn type_note(before: Option<&str>, tokens: &Tokens) -> Option<String> {
    let word = tokens.unknown_type().filter(|word| before != Some(word))?;
    let used = if tokens.needs_proof() {
        "It needs a proof that Credenza does not support."
    } else {
        "It is sent as a bearer token."
    };
    let word = printable(word, MAX_TYPE);
    Some(format!("The provider says that the token is of type {word}, not bearer (RFC 6749 section 7.1). {used}"))
}

fn merge(old: &Tokens, response: TokenResponse, now: Timestamp) -> Tokens {
    let mut captured = old.captured.clone();
    if response.access.is_some() {
        captured.remove(TOKEN_TYPE);
    }
    captured.extend(response.captured);
    let (access, expires_at) = match response.access {
        Some(access) => (access, response.expires_at),
        None => (old.access.clone(), Some(now)),
    };
    // The expiry of the old refresh token says nothing about the new one.
    let old_end = if response.refresh.is_none() { old.refresh_expires_at } else { None };
    Tokens {
        access,
        refresh: response.refresh.or_else(|| old.refresh.clone()),
        received_at: now,
        expires_at,
        refresh_expires_at: response.refresh_expires_at.or(old_end),
        scopes: response.scopes.or_else(|| old.scopes.clone()),
        captured,
    }
}

fn half(what: &str) -> TokenError {
    let problem = Problem::new(Kind::Temporary, what);
    TokenError::Unusable { problem: problem.try_this("Authenticate again; if it repeats, ask the provider.") }
}
