//! Checks online and without a credential whether the endpoints of catalog entries exist, and compares them with the
//! server's own metadata (RFC 8414, OpenID Connect Discovery).

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;
use url::Url;

use crate::catalog::Provider;
use crate::engine::Workspace;
use crate::oauth::http::{BodyLimit, Request, Response};
use crate::problem::Problem;

/// Well-known paths of a server's metadata.
const DESCRIPTIONS: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The result of checking one endpoint.
#[derive(Clone, Debug)]
pub(crate) struct EndpointCheck {
    /// "token endpoint".
    pub what: &'static str,
    pub url: Url,
    pub verdict: EndpointVerdict,
}

#[derive(Clone, Debug)]
pub(crate) enum EndpointVerdict {
    /// It exists; the response had this status.
    Answers(u16),
    /// It does not exist; the response had this status.
    Missing(u16),
    /// The server's metadata names another address.
    Differs(String),
    /// There was no response.
    Unreachable(Problem),
}

impl EndpointVerdict {
    /// Whether the entry needs attention.
    #[must_use]
    pub(crate) fn is_bad(&self) -> bool {
        !matches!(self, Self::Answers(_))
    }
}

/// The endpoints of an entry that can be checked: those whose variables all have a default.
#[must_use]
pub(crate) fn endpoints(workspace: &Workspace, provider: &Provider) -> Vec<(&'static str, Url)> {
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

/// Checks each endpoint, and the metadata of the token endpoint's host.
pub(crate) async fn verify(workspace: &Workspace, provider: &Provider) -> Vec<EndpointCheck> {
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
                EndpointVerdict::Differs(crate::printable::printable(named, 300))
            }
            _ => match get(workspace, &url).await {
                Ok(response) if matches!(response.status, 404 | 410) => EndpointVerdict::Missing(response.status),
                Ok(response) => EndpointVerdict::Answers(response.status),
                Err(problem) => EndpointVerdict::Unreachable(problem),
            },
        };
        all.push(EndpointCheck { what, url, verdict });
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
        let response = get(workspace, &url).await.ok().filter(|response| response.status == 200);
        let description = response.and_then(|response| serde_json::from_slice::<Value>(&response.body).ok());
        if description.as_ref().is_some_and(|description| description.get("token_endpoint").is_some()) {
            return description;
        }
    }
    None
}

async fn get(workspace: &Workspace, url: &Url) -> Result<Response, Problem> {
    let request = Request { method: Method::GET, url, headers: Vec::new(), body: None, secrets: Vec::new() };
    workspace.http.send(request, BodyLimit::Token).await.map_err(|failure| failure.problem)
}
