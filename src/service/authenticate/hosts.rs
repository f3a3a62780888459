//! The hosts a credential signs in at: pinned at its first authentication, and asked about when they change.

use url::Url;

use crate::credential::{Credential, Endpoints};
use crate::problem::{Kind, Problem};

/// A changed catalog file may send neither the client secret nor the person to a host unknown to the credential.
pub(super) fn same_hosts(credential: &Credential, endpoints: &Endpoints) -> Result<(), Problem> {
    let Some(pinned) = &credential.endpoints else { return Ok(()) };
    let site = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let known: Vec<_> =
        [&pinned.authorization, &pinned.device, &Some(pinned.token.clone()), &pinned.refresh, &pinned.revocation]
            .into_iter()
            .flatten()
            .map(site)
            .collect();
    let wanted = [
        (Some(&endpoints.token), "The client secret would go to a new host"),
        (endpoints.refresh.as_ref(), "The client secret would go to a new host"),
        (endpoints.device.as_ref(), "The sign-in would be at a new host"),
        (endpoints.authorization.as_ref(), "The sign-in would be at a new host"),
    ];
    let new = wanted.into_iter().find_map(|(url, what)| url.filter(|url| !known.contains(&site(url))).zip(Some(what)));
    let Some((new, what)) = new else { return Ok(()) };
    let host = |url: &Url| url.host_str().unwrap_or("?").to_owned();
    Err(Problem::new(Kind::Refused, format!("{what}: {}.", host(new)))
        .why(format!(
            "So far it was {}. The Customer Domain or a catalog file has changed since the last authentication.",
            host(&pinned.token)
        ))
        .try_this("If that is what you want: credenza authenticate NAME --accept-new-host"))
}
