//! Every provider in the catalog: consent, code exchange, refresh and revocation, end to end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use credenza::catalog::{Catalog, Origin, Provider};
use credenza::clock::Clock;
use credenza::engine::ops::sign_in::{self, Control, Progress, RedirectReturn};
use credenza::engine::ops::{credentials, revoke, token, verify};
use credenza::engine::{Opener, Session};
use credenza::model::credential::{Client, ClientId, Details, GrantType, Status};
use credenza::sandbox::{Consent, Options, Sandbox};
use credenza::secret::{ClientSecret, Secret};
use tokio::sync::mpsc;

use super::desk::{free_port, open};
use crate::sandbox::wire::get;

#[tokio::test]
async fn every_provider_can_be_authenticated_refreshed_and_revoked() {
    let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
    let catalog = Arc::new(catalog);
    let options = Options { catalog: Arc::clone(&catalog), consent: Consent::Accept, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let can_run = |provider: &&Provider| provider.grant == GrantType::AuthorizationCode;
    let providers: Vec<&Provider> = catalog.iter().filter(can_run).collect();
    assert!(providers.len() >= 100, "{}", providers.len());
    // Most of the time is spent waiting, so four lists are processed concurrently.
    let quarter = |n: usize| whole_lives(&sandbox, providers.iter().copied().skip(n).step_by(4));
    let (a, b, c, d) = tokio::join!(quarter(0), quarter(1), quarter(2), quarter(3));
    assert!(a + b + c + d >= 60, "{} of them had a test call", a + b + c + d);
}

/// Runs all steps for these providers; returns how many of them had a test call.
async fn whole_lives<'a>(sandbox: &Sandbox, providers: impl Iterator<Item = &'a Provider>) -> usize {
    let dir = crate::scratch::folder();
    let session = open(&dir, sandbox, &Clock::system());
    let mut tested = 0;
    for provider in providers {
        tested += usize::from(whole_life(&session, provider).await);
    }
    tested
}

async fn whole_life(session: &Session, provider: &Provider) -> bool {
    let id = credentials::add(session, draft(provider)).unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
    let status = || {
        let snapshot = credentials::snapshot(session).unwrap();
        let credential = snapshot.credentials.by_id(id).unwrap();
        let refresh = credential.tokens.as_ref().is_some_and(|tokens| tokens.refresh.is_some());
        (credential.status(session.workspace.clock.now()), refresh)
    };
    // The simulated browser does not speak TLS.
    let by_listener = provider.redirect_uri(1).starts_with("http:");
    let redirect_return = if by_listener { RedirectReturn::Listener } else { RedirectReturn::Paste };
    let done = sign_in(session, id, sign_in::Options { redirect_return, ..Default::default() }).await;
    done.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
    let (first, has_refresh) = status();
    assert!(matches!(first, Status::Authenticated | Status::ExpiringSoon), "{}: {first:?}", provider.id);
    if has_refresh {
        for _ in 0..2 {
            let request = token::Request { force: true, ..Default::default() };
            let token = token::access_token(session, id, request).await;
            token.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        }
    }
    let tested = test_call(session, id, provider).await;
    let snapshot = credentials::snapshot(session).unwrap();
    let endpoints = snapshot.credentials.by_id(id).unwrap().endpoints.clone().unwrap();
    if endpoints.revocation.is_some() {
        let revoked = revoke::revoke(session, id, || ()).await;
        revoked.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        assert_eq!(status().0, Status::Revoked, "{}", provider.id);
    }
    tested
}

/// Makes the provider's test call. Returns false if it has none that works with the known values.
pub(super) async fn test_call(
    session: &Session,
    id: credenza::model::credential::CredentialId,
    provider: &Provider,
) -> bool {
    let snapshot = credentials::snapshot(session).unwrap();
    if verify::call_of(provider, snapshot.credentials.by_id(id).unwrap()).is_none() {
        return false;
    }
    let tested = verify::test(session, id, false, async |_| ()).await;
    tested.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
    true
}

/// Signs in with the listener, or by pasting the URL where the provider accepts no loopback address.
pub(super) async fn sign_in(
    session: &Session,
    id: credenza::model::credential::CredentialId,
    options: sign_in::Options,
) -> Result<sign_in::Authenticated, credenza::problem::Problem> {
    let loopback = options.redirect_return != RedirectReturn::Paste;
    let mut session = session.clone();
    session.workspace.opener = Opener::stand_in(move |url| {
        let url = url.clone();
        if loopback {
            tokio::spawn(async move { credenza::sandbox::visit(&url).await });
        }
        Ok(())
    });
    let (progress, mut reports) = mpsc::channel(16);
    let (control, commands) = mpsc::channel(4);
    let paste = tokio::spawn(async move {
        while let Some(report) = reports.recv().await {
            if let (Progress::Waiting(invitation), false) = (report, loopback) {
                let address = get(invitation.url.as_str()).await.location().to_owned();
                control.send(Control::Paste(Secret::new(address))).await.unwrap();
            }
        }
    });
    let options = sign_in::Options { deadline: Duration::from_secs(20), ..options };
    let result = sign_in::authenticate(&session, id, options, progress, commands).await;
    paste.await.unwrap();
    result
}

pub(super) fn draft(provider: &Provider) -> credentials::Draft {
    let example = |variable: &credenza::catalog::Variable| {
        let value = variable.default.clone().unwrap_or_else(|| variable.example.clone());
        (variable.name.clone(), value)
    };
    let variables: BTreeMap<String, String> =
        provider.variables.iter().filter(|variable| !variable.optional).map(example).collect();
    credentials::Draft {
        name: provider.name.clone(),
        provider: provider.id.clone(),
        setup: credenza::model::credential::Setup {
            client: Client { id: ClientId("client".to_owned()), secret: Some(ClientSecret::new("secret".to_owned())) },
            variables,
            scopes: provider.scopes.clone(),
            redirect_uri: provider.redirect_uri(free_port()),
            ..credenza::model::credential::Setup::default()
        },
        details: Details::default(),
    }
}
