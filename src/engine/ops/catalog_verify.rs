//! Asks the hosts of catalog entries, online and without a credential, whether their endpoints are still there, and
//! compares them with what the server says of itself (RFC 8414, OpenID Connect Discovery).

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;
use url::Url;

use crate::catalog::Provider;
use crate::engine::Workspace;
use crate::oauth::http::{Answer, Cap, Request};
use crate::problem::Problem;

/// Where a server describes itself, at its own host.
const DESCRIPTIONS: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// What one look at an endpoint came to.
#[derive(Clone, Debug)]
pub struct Checked {
    /// "token endpoint".
    pub what: &'static str,
    /// The address.
    pub url: Url,
    /// What was seen.
    pub verdict: Verdict,
}

/// What was seen at an endpoint.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It answers, with this status.
    Answers(u16),
    /// The server says there is nothing there.
    Missing(u16),
    /// The server's own description names another address.
    Differs(String),
    /// Nobody answered.
    Unreachable(Problem),
}

impl Verdict {
    /// Whether somebody should look at the entry.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        !matches!(self, Self::Answers(_))
    }
}

/// The endpoints of an entry that can be asked: those whose variables all have a value of their own.
#[must_use]
pub fn endpoints(workspace: &Workspace, provider: &Provider) -> Vec<(&'static str, Url)> {
    let variables = provider.variables.iter().filter_map(|known| Some((known.name.clone(), known.default.clone()?)));
    let variables: BTreeMap<String, String> = variables.collect();
    let Ok(endpoints) = provider.endpoints(&variables, workspace.catalog.origin()) else { return Vec::new() };
    let all = [
        ("authorization endpoint", endpoints.authorization),
        ("token endpoint", Some(endpoints.token)),
        ("refresh endpoint", endpoints.refresh),
        ("revocation endpoint", endpoints.revocation),
        ("device endpoint", endpoints.device),
    ];
    all.into_iter().filter_map(|(what, url)| Some((what, url?))).collect()
}

/// Looks at each endpoint, and at the description of the host of the token endpoint.
pub async fn verify(workspace: &Workspace, provider: &Provider) -> Vec<Checked> {
    let endpoints = endpoints(workspace, provider);
    let token = endpoints.iter().find(|(what, _)| *what == "token endpoint").map(|(_, url)| url);
    let description = match token {
        Some(token) => described(workspace, token).await,
        None => None,
    };
    let mut all = Vec::new();
    for (what, url) in endpoints {
        let named = description.as_ref().and_then(|description| description.get(key(what)?)?.as_str());
        let verdict = match named {
            Some(named) if named.trim_end_matches('/') != url.as_str().trim_end_matches('/') => {
                Verdict::Differs(crate::printable::printable(named, 300))
            }
            _ => match get(workspace, &url).await {
                Ok(answer) if matches!(answer.status, 404 | 410) => Verdict::Missing(answer.status),
                Ok(answer) => Verdict::Answers(answer.status),
                Err(problem) => Verdict::Unreachable(problem),
            },
        };
        all.push(Checked { what, url, verdict });
    }
    all
}

/// The metadata name of an endpoint (RFC 8414 section 2).
fn key(what: &str) -> Option<&'static str> {
    match what {
        "authorization endpoint" => Some("authorization_endpoint"),
        "token endpoint" => Some("token_endpoint"),
        "revocation endpoint" => Some("revocation_endpoint"),
        "device endpoint" => Some("device_authorization_endpoint"),
        _ => None,
    }
}

async fn described(workspace: &Workspace, token: &Url) -> Option<Value> {
    for path in DESCRIPTIONS {
        let url = token.join(path).ok()?;
        let answer = get(workspace, &url).await.ok().filter(|answer| answer.status == 200);
        let description = answer.and_then(|answer| serde_json::from_slice::<Value>(&answer.body).ok());
        if description.as_ref().is_some_and(|description| description.get("token_endpoint").is_some()) {
            return description;
        }
    }
    None
}

async fn get(workspace: &Workspace, url: &Url) -> Result<Answer, Problem> {
    let request = Request { method: Method::GET, url, headers: Vec::new(), body: None, secrets: Vec::new() };
    workspace.http.send(request, Cap::Token).await.map_err(|failure| failure.problem)
}
