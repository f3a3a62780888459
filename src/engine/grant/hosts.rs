//! The hosts that a credential signs in at: pinned at its first authentication, and confirmed by the user when they
//! change.

use url::Url;

use crate::model::credential::{Credential, Endpoints};
use crate::oauth::http::place;
use crate::problem::next_step::HostUse;
use crate::problem::{Kind, NextStep, Problem};

/// Refuses a host that is new to the credential: a changed catalog file must not send the client secret, a token or the
/// user there.
///
/// # Errors
/// `Kind::Refused`, naming the host.
pub(super) fn must_be_known(credential: &Credential, endpoints: &Endpoints) -> Result<(), Problem> {
    let Some(pinned) = &credential.endpoints else { return Ok(()) };
    let site = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    let others = [&pinned.authorization, &pinned.device, &pinned.refresh, &pinned.revocation, &pinned.userinfo];
    let known: Vec<_> = others.into_iter().flatten().chain([&pinned.token]).chain(&pinned.lookups).map(site).collect();
    let wanted = [
        (Some(&endpoints.token), "The client secret would be sent to a new host"),
        (endpoints.refresh.as_ref(), "The client secret would be sent to a new host"),
        (endpoints.revocation.as_ref(), "The tokens would be sent to a new host"),
        (endpoints.userinfo.as_ref(), "The access token would be sent to a new host"),
        (endpoints.device.as_ref(), "The sign-in would use a new host"),
        (endpoints.authorization.as_ref(), "The sign-in would use a new host"),
    ];
    let asked = endpoints.lookups.iter().map(|url| (Some(url), "The access token would be sent to a new host"));
    let new = wanted
        .into_iter()
        .chain(asked)
        .find_map(|(url, what)| url.filter(|url| !known.contains(&site(url))).zip(Some(what)));
    let Some((new, what)) = new else { return Ok(()) };
    Err(Problem::new(Kind::Refused, format!("{what}: {}.", place(new)))
        .why(format!(
            "Until now it was {}. The Customer Domain or a catalog file has changed since the last authentication.",
            place(&pinned.token)
        ))
        .try_this("Check that the change is wanted.")
        .step(NextStep::AcceptNewHost { by: HostUse::SignIn, name: credential.name.to_string() }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::catalog::{Catalog, Origin};
    use crate::model::credential::{Name, Setup};

    /// A credential as an earlier version pinned it.
    fn pinned(provider: &str, authorization: &str, token: &str) -> Credential {
        let name = Name::parse(provider).unwrap();
        let mut credential = Credential::new(name, provider, Setup::default(), "2026-01-01T00:00:00Z".parse().unwrap());
        credential.endpoints = Some(Endpoints {
            grant_type: None,
            authorization: Some(authorization.parse().unwrap()),
            token: token.parse().unwrap(),
            refresh: None,
            revocation: None,
            userinfo: None,
            issuer: None,
            device: None,
            lookups: Vec::new(),
        });
        credential
    }

    #[test]
    fn corrected_endpoints_on_known_hosts_need_no_question() {
        let catalog = Catalog::load(Path::new("/nonexistent"), Origin::Internet).0;
        for (provider, authorization, token) in [
            ("monday", "https://auth.monday.com/oauth2/authorize", "https://auth.monday.com/oauth2/token"),
            ("hubspot", "https://app.hubspot.com/oauth/authorize", "https://api.hubapi.com/oauth/v1/token"),
        ] {
            let credential = pinned(provider, authorization, token);
            let now = catalog.by_id(provider).unwrap().endpoints(&BTreeMap::new(), &Origin::Internet).unwrap();
            assert_ne!(now.token.as_str(), token, "{provider} has a new token endpoint");
            must_be_known(&credential, &now).unwrap();
            // A token endpoint on another host needs confirmation.
            let elsewhere = Endpoints { token: "https://login.example.com/token".parse().unwrap(), ..now };
            assert_eq!(must_be_known(&credential, &elsewhere).unwrap_err().kind, Kind::Refused, "{provider}");
        }
    }
}
