//! Revokes tokens at the provider (RFC 7009, or the provider's own way).

use jiff::Timestamp;
use url::Url;

use super::error::came;
use super::error_table::{ErrorMeaning, meaning};
use super::fields::Value;
use super::http::{BodyLimit, Failure, Http, Response};
use super::permit::MustFinish;
use super::refusal::refusal_of;
use super::request::{Params, Values, post, prove};
use super::token_response::{body, fields};
use crate::catalog::{OAuthProfile, Provider, Revocation};
use crate::model::credential::{Endpoints, Setup, Tokens};
use crate::problem::{Kind, Problem};

/// Longest error message of a server that is shown, in characters.
const MAX_QUOTE: usize = 200;

/// Error codes that mean that the token was already invalid.
const DEAD: [&str; 7] = [
    "invalid_token",
    "token_revoked",
    "invalid_grant",
    "invalid_code",
    "already_revoked",
    "token_not_found",
    "token_expired",
];

/// What happened to the access token after its refresh token was revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AccessTokenOutcome {
    /// It is no longer valid.
    Ended,
    /// The provider has its own way to revoke the refresh token, which says nothing about the access token.
    NotAsked,
    /// It was not revoked, for this reason.
    Refused(String),
}

/// Revokes the refresh token and then the access token: a server need not revoke the second with the first (RFC 7009
/// section 2.1). A token that was already invalid counts as revoked.
///
/// # Errors
/// `Kind::Refused` if the provider has no revocation; `Kind::Usage` or `Kind::Temporary` if the server did not confirm
/// it for the refresh token, or for the only token, which may still be valid then.
pub async fn revoke(
    _permit: &MustFinish,
    http: &Http,
    provider: &Provider,
    endpoints: &Endpoints,
    setup: &Setup,
    tokens: &Tokens,
    now: Timestamp,
) -> Result<AccessTokenOutcome, Problem> {
    let flow = provider.flow_for(&setup.variables)?;
    let Some(url) = &endpoints.revocation else {
        return Err(Problem::new(Kind::Refused, format!("{} has no way to revoke tokens.", provider.name))
            .try_this("Remove the application in the account's settings at the provider."));
    };
    let asked = RevocationRequest { http, provider, flow: &flow, url, setup, tokens };
    let Some(refresh) = &tokens.refresh else {
        asked.end(tokens.access.expose(), "access_token").await?;
        return Ok(AccessTokenOutcome::Ended);
    };
    asked.end(refresh.expose(), "refresh_token").await?;
    if tokens.expires_at.is_some_and(|end| end <= now) {
        return Ok(AccessTokenOutcome::Ended);
    }
    match &flow.revocation {
        Revocation::Params(templates) if templates.iter().any(|(_, value)| value.contains("{access_token}")) => {
            Ok(AccessTokenOutcome::Ended)
        }
        Revocation::Params(_) => Ok(AccessTokenOutcome::NotAsked),
        Revocation::Standard => Ok(match asked.end(tokens.access.expose(), "access_token").await {
            Ok(()) => AccessTokenOutcome::Ended,
            Err(problem) => AccessTokenOutcome::Refused(problem.why),
        }),
    }
}

/// What all revocation requests share.
struct RevocationRequest<'a> {
    http: &'a Http,
    provider: &'a Provider,
    flow: &'a OAuthProfile,
    url: &'a Url,
    setup: &'a Setup,
    tokens: &'a Tokens,
}

impl RevocationRequest<'_> {
    async fn end(&self, token: &str, hint: &str) -> Result<(), Problem> {
        let mut values = Values::new(self.setup, &self.tokens.captured);
        let mut params = Params::default();
        let proof = match &self.flow.revocation {
            Revocation::Standard => {
                params.set("token", token);
                params.set("token_type_hint", hint);
                prove(&mut params, self.flow, self.setup)
            }
            Revocation::Params(templates) => {
                values.set("refresh_token", token);
                values.set("access_token", self.tokens.access.expose());
                params.extend(self.provider, templates, &values)?;
                None
            }
        };
        let request = post(self.url, &params, proof, self.provider, self.flow, &values)?;
        let response = self.http.send(request, BodyLimit::Token).await.map_err(|Failure { problem, .. }| problem)?;
        check_response(&response, self.flow)
    }
}

/// Accepts only the server's own confirmation: a status of RFC 7009 without a refusal in the body, or an error that
/// says that the token is not valid. A web page comes from an intermediary, not from the server.
fn check_response(response: &Response, flow: &OAuthProfile) -> Result<(), Problem> {
    if response.redirect_host.is_some() || (300..400).contains(&response.status) || response.is_page() {
        return Err(not_revoked(response, None));
    }
    let text = body(response);
    let said = fields(&text, flow);
    let denies = |name: &str| {
        said.as_ref().and_then(|top| top.get(name)).and_then(Value::scalar).is_some_and(|said| said.as_str() == "false")
    };
    let refusal = said.as_ref().and_then(|top| refusal_of(top, response.status));
    let is_dead = refusal.as_ref().is_some_and(|(code, description)| {
        DEAD.contains(&code.to_lowercase().as_str()) || meaning(code, description) == Some(ErrorMeaning::Permanent)
    });
    let is_own_way = matches!(flow.revocation, Revocation::Params(_));
    match (response.status, &refusal) {
        _ if is_dead => Ok(()),
        (200 | 204, None) if !denies("revoked") && !denies("result") => Ok(()),
        (400, None) if is_own_way => Ok(()),
        _ => Err(not_revoked(response, refusal.as_ref())),
    }
}

fn not_revoked(response: &Response, refusal: Option<&(String, String)>) -> Problem {
    let means = refusal.and_then(|(code, description)| meaning(code, description));
    let why = match (&response.redirect_host, refusal) {
        (Some(host), _) => format!("The server redirected to {host}; a redirect is never followed with a secret."),
        (None, Some((code, description))) => {
            let said = [code.as_str(), description.as_str()].map(str::trim);
            let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
            format!("The server said: {} (HTTP {}).", response.quote(&said.join(": "), MAX_QUOTE), response.status)
        }
        (None, None) => came(response),
    };
    let (kind, next) = match (response.status, means) {
        (401, _) | (_, Some(ErrorMeaning::Client)) => (Kind::Usage, "Check the client ID and the client secret."),
        (429 | 500..=599, _) | (_, Some(ErrorMeaning::Throttled)) => (Kind::Temporary, "Try again later."),
        (404 | 405 | 410, _) => (Kind::Temporary, "The address in the catalog may be out of date."),
        (200..=399, None) => (
            Kind::Temporary,
            "A proxy or login portal may have answered instead of the provider. Try again on another network.",
        ),
        _ => (Kind::Temporary, "Try again later."),
    };
    Problem::new(kind, "The provider did not confirm that the tokens are revoked.").why(why).try_this(format!(
        "{next} The tokens may still work: they can also be ended in the account's settings at the provider."
    ))
}
