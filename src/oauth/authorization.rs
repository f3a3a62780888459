//! The authorization request: the URL that the user opens, and what the response must match (RFC 6749 section 4.1.1,
//! RFC 7636).

use std::collections::BTreeMap;

use oauth2::{CsrfToken, PkceCodeChallenge};
use url::Url;

use super::redirect::ExpectedResponse;
use super::request::{Params, Values};
use crate::catalog::Provider;
use crate::model::credential::{Endpoints, Setup};
use crate::problem::{Kind, Problem};
use crate::secret::{CodeVerifier, Secret};

/// Random bytes of a `state`: 256 bits, where RFC 6749 section 10.10 asks for 128.
const STATE_BYTES: u32 = 32;

/// One authorization attempt. Its state and verifier are used only once.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// Opened in the user's browser.
    pub url: Url,
    /// What the redirect must match.
    pub expected: ExpectedResponse,
    /// Sent in the code exchange. `None` if the provider rejects PKCE.
    pub verifier: Option<CodeVerifier>,
}

impl AuthorizationRequest {
    /// Creates an attempt with its own state and verifier.
    ///
    /// # Errors
    /// `Kind::Usage`, naming the field that is missing or not allowed.
    pub fn new(provider: &Provider, endpoints: &Endpoints, setup: &Setup) -> Result<Self, Problem> {
        Self::with_state(provider, endpoints, setup, CsrfToken::new_random_len(STATE_BYTES).into_secret())
    }

    /// As [`new`](Self::new), for a redirect URI that is a hosted page (`assets/redirect/index.html`): the state ends
    /// in `.PORT`, the local port that the page forwards the browser to.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn through_page(
        provider: &Provider,
        endpoints: &Endpoints,
        setup: &Setup,
        port: u16,
    ) -> Result<Self, Problem> {
        let random = CsrfToken::new_random_len(STATE_BYTES).into_secret();
        Self::with_state(provider, endpoints, setup, format!("{random}.{port}"))
    }

    fn with_state(provider: &Provider, endpoints: &Endpoints, setup: &Setup, state: String) -> Result<Self, Problem> {
        let flow = provider.flow_for(&setup.variables)?;
        if setup.client.id.0.is_empty() {
            return Err(Problem::new(Kind::Usage, "The Client ID is missing.")
                .try_this("Add it to the credential, then authenticate again."));
        }
        let state = Secret::new(state);
        let mut params = Params::default();
        params.set("response_type", "code");
        params.set("client_id", &setup.client.id.0);
        params.set("redirect_uri", &setup.redirect_uri);
        if let Some(scope) = joined(&setup.scopes, &flow.scope_separator)? {
            params.set("scope", &scope);
        }
        params.set("state", state.expose());
        let mut verifier = None;
        if flow.pkce {
            let (challenge, secret) = PkceCodeChallenge::new_random_sha256();
            params.set("code_challenge", challenge.as_str());
            params.set("code_challenge_method", challenge.method().as_str());
            verifier = Some(CodeVerifier::new(secret.into_secret()));
        }
        params.adapt(&flow);
        let mut extra = Params::default();
        extra.extend(provider, &flow.authorize_params, &Values::new(setup, &BTreeMap::new()))?;
        for set in &flow.token_sets {
            let scopes = provider.fill(&set.scopes, &setup.variables)?;
            let scopes: Vec<String> = separated(&scopes).map(str::to_owned).collect();
            extra.set(&set.scope_param, &joined(&scopes, &flow.scope_separator)?.unwrap_or_default());
        }
        let Some(mut url) = endpoints.authorization.clone() else {
            let problem = Problem::new(Kind::Usage, format!("{} has no browser sign-in.", provider.name));
            return Err(problem.why(format!("It signs in with {}.", provider.grant_label)));
        };
        url.query_pairs_mut().extend_pairs(params.iter());
        // A parameter of the catalog never replaces a standard one that was set above.
        let ours = |name: &str| params.iter().any(|(known, _)| known == name);
        for (name, value) in extra.iter().filter(|(name, value)| !ours(name) && !value.is_empty()) {
            url.query_pairs_mut().append_pair(name, value);
        }
        let expected = ExpectedResponse {
            redirect_uri: setup.redirect_uri.clone(),
            state,
            issuer: endpoints.issuer.clone(),
            capture: flow.capture_redirect,
            bare_code: flow.bare_code,
        };
        Ok(Self { url, expected, verifier })
    }
}

/// Splits the scopes that were entered in one field.
pub(crate) fn separated(scopes: &str) -> impl Iterator<Item = &str> {
    scopes.split(|c: char| c.is_whitespace() || c == ',').filter(|scope| !scope.is_empty())
}

/// Joins all scopes into one text; `None` instead of empty text.
pub(super) fn joined(scopes: &[String], separator: &str) -> Result<Option<String>, Problem> {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.trim()).filter(|scope| !scope.is_empty()).collect();
    if let Some(bad) = scopes.iter().find(|scope| scope.chars().any(|c| c.is_control() || c.is_whitespace())) {
        let problem = Problem::new(Kind::Usage, format!("{bad} is not a single scope."));
        return Err(problem.why("A scope cannot contain spaces.").try_this("Enter one scope a line."));
    }
    Ok((!scopes.is_empty()).then(|| scopes.join(separator)))
}
