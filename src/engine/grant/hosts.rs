//! The hosts a credential signs in at: pinned at its first authentication, and asked about when they change.

use url::Url;

use crate::model::credential::{Credential, Endpoints};
use crate::oauth::http::place;
use crate::problem::next_step::HostUse;
use crate::problem::{Kind, NextStep, Problem};

/// A changed catalog file may send neither the client secret, a token nor the person to a host unknown to the credential.
///
/// # Errors
/// Refused, naming the host.
pub(super) fn must_be_known(credential: &Credential, endpoints: &Endpoints) -> Result<(), Problem> {
    let Some(pinned) = &credential.endpoints else { return Ok(()) };
    let site = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let others = [&pinned.authorization, &pinned.device, &pinned.refresh, &pinned.revocation, &pinned.userinfo];
    let known: Vec<_> = others.into_iter().flatten().chain([&pinned.token]).chain(&pinned.lookups).map(site).collect();
    let wanted = [
        (Some(&endpoints.token), "The client secret would go to a new host"),
        (endpoints.refresh.as_ref(), "The client secret would go to a new host"),
        (endpoints.revocation.as_ref(), "The tokens would go to a new host"),
        (endpoints.userinfo.as_ref(), "The access token would go to a new host"),
        (endpoints.device.as_ref(), "The sign-in would be at a new host"),
        (endpoints.authorization.as_ref(), "The sign-in would be at a new host"),
    ];
    let asked = endpoints.lookups.iter().map(|url| (Some(url), "The access token would go to a new host"));
    let new = wanted
        .into_iter()
        .chain(asked)
        .find_map(|(url, what)| url.filter(|url| !known.contains(&site(url))).zip(Some(what)));
    let Some((new, what)) = new else { return Ok(()) };
    Err(Problem::new(Kind::Refused, format!("{what}: {}.", place(new)))
        .why(format!(
            "So far it was {}. The Customer Domain or a catalog file has changed since the last authentication.",
            place(&pinned.token)
        ))
        .try_this("Check that the change is wanted.")
        .step(NextStep::AcceptNewHost { by: HostUse::SignIn, name: credential.name.to_string() }))
}
