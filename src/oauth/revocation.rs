//! Ends tokens at the provider (RFC 7009, or the provider's own way).

use super::answer::{body, fields, refused};
use super::error::{TokenError, not_tokens};
use super::http::{Cap, Http};
use super::permit::MustFinish;
use super::refusal::refusal_of;
use super::request::{Params, Values, post, prove};
use crate::catalog::{Provider, Revocation};
use crate::model::credential::{Endpoints, Setup, Tokens};
use crate::problem::{Kind, Problem};

/// What came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revoked {
    /// The tokens are dead now.
    Done,
    /// They were dead before.
    AlreadyDead,
}

/// Ends the refresh token (and with it, at most providers, its access tokens); the access token where there is none.
///
/// # Errors
/// See [`TokenError`]; the tokens may then still be valid at the provider.
pub async fn revoke(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    tokens: &Tokens,
) -> Result<Revoked, TokenError> {
    let flow = provider.flow_for(&setup.variables)?;
    let Some(url) = &endpoints.revocation else {
        let problem = Problem::new(Kind::Refused, format!("{} has no way to revoke tokens.", provider.name));
        let problem = problem.try_this("Remove the application in the account's settings at the provider.");
        return Err(TokenError::Misconfigured { code: "no_revocation".to_owned(), problem });
    };
    let (token, hint) = match &tokens.refresh {
        Some(refresh) => (refresh.expose(), "refresh_token"),
        None => (tokens.access.expose(), "access_token"),
    };
    let mut values = Values::new(setup, &tokens.captured);
    let mut params = Params::default();
    let (own_way, proof) = match &flow.revocation {
        Revocation::Standard => {
            params.set("token", token);
            params.set("token_type_hint", hint);
            (false, prove(&mut params, &flow, setup))
        }
        Revocation::Params(templates) => {
            values.set("refresh_token", token);
            values.set("access_token", tokens.access.expose());
            params.extend(provider, templates, &values)?;
            (true, None)
        }
    };
    let request = post(url, &params, proof, provider, &flow, &values)?;
    let answer = http.send(request, Cap::Token).await?;
    // Nobody waits for a revocation: a throttle's `until` counts from when the tokens came, and is not stored.
    let now = tokens.received_at;
    let text = body(&answer);
    let said = fields(&text, &flow);
    let code = said.as_ref().and_then(|top| refusal_of(top, answer.status)).map(|(code, _)| code.to_lowercase());
    match (answer.status, code.as_deref()) {
        (_, Some("invalid_token" | "token_revoked" | "invalid_grant" | "invalid_code")) => Ok(Revoked::AlreadyDead),
        (200..=299, None) => Ok(Revoked::Done),
        (400, None) if own_way => Ok(Revoked::AlreadyDead),
        _ => {
            let refused = said.as_ref().and_then(|top| refused(top, &answer, &flow, now));
            Err(refused.unwrap_or_else(|| not_tokens(&answer, &flow, now)))
        }
    }
}
