//! The token endpoint: a code, a refresh token or the client itself in, tokens out (RFC 6749 sections 4.1.3, 4.4, 5, 6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use url::Url;

use super::answer::{TokenResponse, read};
use super::authorization::joined;
pub use super::error::TokenError;
use super::error::is_invalid_client;
use super::http::{Cap, Http};
use super::permit::MustFinish;
use super::request::{Params, Values, depends_on_encoding, post, prove};
use crate::catalog::{ClientAuth, Flow, Provider};
use crate::model::credential::{Account, Endpoints, Setup, TOKEN_TYPE, Tokens};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::secret::{AuthorizationCode, CodeVerifier};

/// Characters of a token type that are shown.
const MAX_TYPE: usize = 40;

/// What an authorization request bound its code to.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// As in the request.
    pub redirect_uri: &'a str,
    /// RFC 7636.
    pub verifier: Option<&'a CodeVerifier>,
}

/// Exchanges an authorization code, once. Without `binding` it is one of the provider's console. `captured` are the redirect's values; they are kept with the tokens.
///
/// # Errors
/// See [`TokenError`]. The code is spent in any case.
#[allow(clippy::too_many_arguments, reason = "each is a different thing of RFC 6749 section 4.1.3")]
pub async fn exchange(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    code: &AuthorizationCode,
    binding: Option<Binding<'_>>,
    captured: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Granted, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let values = Values::new(setup, captured);
    let mut params = Params::default();
    params.set("grant_type", "authorization_code");
    params.set("code", code.expose());
    if let Some(Binding { redirect_uri, verifier }) = binding {
        params.set("redirect_uri", redirect_uri);
        if let Some(verifier) = verifier {
            params.set("code_verifier", verifier.expose());
        }
    }
    let asked = Asked { http, provider, flow: &flow, setup, values: &values, now };
    let response = asked.ask(&endpoints.token, params, &flow.token_params).await?;
    granted(response, &flow, captured, now)
}

/// What a person's consent brought.
#[derive(Debug)]
pub struct Granted {
    /// From one answer.
    pub tokens: Tokens,
    /// Whose consent it is, where an ID token came along.
    pub account: Option<Account>,
}

/// The tokens of a first answer, after a person's consent.
pub(super) fn granted(
    response: TokenResponse,
    flow: &Flow,
    captured: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Granted, TokenError> {
    let Some(access) = response.access else { return Err(half("The response contains no access token.")) };
    if response.refresh.is_none()
        && let Some(hint) = &flow.refresh_token_required
    {
        let problem = Problem::new(Kind::Temporary, "The response contains no refresh token.");
        let problem = problem.why("The access token alone would expire soon.").try_this(hint);
        return Err(TokenError::Unusable { problem });
    }
    let mut kept = captured.clone();
    kept.extend(response.captured);
    let tokens = Tokens {
        access,
        refresh: response.refresh,
        received_at: now,
        expires_at: response.expires_at,
        refresh_expires_at: response.refresh_expires_at,
        scopes: response.scopes,
        captured: kept,
    };
    Ok(Granted { tokens, account: response.account })
}

/// Renews the access token. What the answer leaves out stays as it was.
///
/// An answer with a new refresh token and no usable access token is a success whose access token has already ended:
/// the old refresh token may be dead by now, so the new one must be kept.
///
/// # Errors
/// See [`TokenError`]. `tokens` stay what they are.
pub async fn refresh(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<Tokens, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let Some(refresh) = &tokens.refresh else {
        let problem = Problem::new(Kind::NeedsAuthentication, "There is no refresh token.");
        let problem = problem.why("The provider gave none with the access token.").try_this("Authenticate again.");
        return Err(TokenError::Reauthenticate { code: "no_refresh_token".to_owned(), problem });
    };
    let values = Values::new(setup, &tokens.captured);
    let mut params = Params::default();
    params.set("grant_type", "refresh_token");
    params.set("refresh_token", refresh.expose());
    let url = endpoints.refresh.as_ref().unwrap_or(&endpoints.token);
    let asked = Asked { http, provider, flow: &flow, setup, values: &values, now };
    let response = asked.ask(url, params, &flow.refresh_params).await?;
    Ok(merge(tokens, response, now))
}

/// Asks for an access token for the client itself (RFC 6749 section 4.4.2). `captured` are the values kept from the
/// answer before, where there was one.
///
/// # Errors
/// See [`TokenError`]. Nothing was spent: it can be asked again.
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
    let asked = Asked { http, provider, flow: &flow, setup, values: &values, now };
    let response = asked.ask(&endpoints.token, params, &flow.token_params).await?;
    let Some(access) = response.access else { return Err(half("The response contains no access token.")) };
    let mut kept = captured.clone();
    kept.extend(response.captured);
    Ok(Tokens {
        access,
        // Section 4.4.3: none is due, and the client can ask at any time.
        refresh: None,
        received_at: now,
        expires_at: response.expires_at,
        refresh_expires_at: None,
        scopes: response.scopes,
        captured: kept,
    })
}

/// What every token request needs.
struct Asked<'a> {
    http: &'a Http,
    provider: &'a Provider,
    flow: &'a Flow,
    setup: &'a Setup,
    values: &'a Values,
    now: Timestamp,
}

impl Asked<'_> {
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
        let answer = self.http.send(request, Cap::Token).await?;
        read(&answer, self.flow, self.now).map_err(|error| self.explained(error))
    }

    /// A client that is refused although it may be right: the RFC's encoding of HTTP Basic is not every server's.
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

/// That the token is of a type nobody said how to send, for a person; unless it was `before`.
#[must_use]
pub fn type_note(before: Option<&str>, tokens: &Tokens) -> Option<String> {
    let word = tokens.odd_type().filter(|word| before != Some(word))?;
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
    // The end of an old refresh token says nothing about a new one.
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
