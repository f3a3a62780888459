//! Client credentials end to end: the first token, expiry, renewal, refusals, throttling, concurrent requests.

use std::sync::Arc;

use credenza::catalog::{Catalog, Origin, Provider};
use credenza::clock::Clock;
use credenza::engine::ops::credentials;
use credenza::engine::ops::token::{Request, access_token};
use credenza::engine::ops::token_by_name;
use credenza::model::credential::{AuthFailure, GrantType, Status};
use credenza::problem::Kind;
use credenza::sandbox::{Options, Response, Sandbox};
use credenza::secret::Secret;
use jiff::SignedDuration;
use serde_json::json;

use super::bench::{Bench, authenticate, draft};
use super::desk::open;

async fn zoom() -> Bench {
    Bench::of("zoom-s2s", &[("account_id", "acc-1")]).await
}

#[tokio::test]
async fn client_credentials_a_first_token_takes_one_request_and_no_browser() {
    let bench = zoom().await;
    assert_eq!(bench.status(), Status::NotAuthenticated);
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::NeedsAuthentication);
    let (done, seen) = bench.authenticate().await;
    let done = done.unwrap();
    assert_eq!(seen, ["exchanging", "saving"]);
    assert_eq!(done.expires_at, Some(bench.clock.now() + SignedDuration::from_secs(3_600)));
    let [asked] = bench.sandbox.seen().try_into().unwrap();
    // The grant name and the extra parameter from the catalog; the client authenticates in the header.
    assert_eq!(asked.param("grant_type"), Some("account_credentials"));
    assert_eq!(asked.param("account_id"), Some("acc-1"));
    assert!(asked.header("authorization").unwrap().starts_with("Basic "));
    assert!(asked.param("client_secret").is_none() && asked.param("redirect_uri").is_none());
    let stored = bench.credential();
    let endpoints = stored.endpoints.as_ref().unwrap();
    assert!(stored.uses_client_credentials() && endpoints.authorization.is_none() && endpoints.device.is_none());
    assert!(stored.tokens.unwrap().refresh.is_none());
}

#[tokio::test]
async fn client_credentials_an_ended_token_is_asked_for_again_and_the_status_stays() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    let first = bench.token().await.unwrap();
    assert_eq!(bench.sandbox.count("/oauth/token"), 1, "a good token costs nothing");
    bench.later(3_590);
    assert_eq!(bench.status(), Status::Authenticated);
    let second = bench.token().await.unwrap();
    assert_ne!(first.access.expose(), second.access.expose());
    assert_eq!(bench.sandbox.count("/oauth/token"), 2);
    bench.later(10 * 86_400);
    assert_eq!(bench.status(), Status::Authenticated, "nobody is needed, however long it rests");
    bench.token().await.unwrap();
    assert_eq!(bench.sandbox.count("/oauth/token"), 3);
}

#[tokio::test]
async fn client_credentials_a_refresh_token_nobody_asked_for_is_not_kept() {
    let bench = zoom().await;
    let odd = json!({"access_token": "at-1", "refresh_token": "rt-1", "token_type": "Bearer", "expires_in": 60});
    bench.sandbox.script().token(Response::json(&odd));
    bench.authenticate().await.0.unwrap();
    assert!(bench.credential().tokens.unwrap().refresh.is_none());
    bench.later(61);
    bench.token().await.unwrap();
    assert!(bench.sandbox.seen().iter().all(|asked| asked.param("refresh_token").is_none()));
}

#[tokio::test]
async fn client_credentials_invalid_client_needs_a_person_and_is_not_sent_again() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    bench.sandbox.script().token(Response::error("invalid_client").with_status(401));
    let problem = bench.token().await.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication, "{problem}");
    let setback = bench.credential().setback;
    assert!(matches!(&setback, Some(AuthFailure::Refused { code, .. }) if code == "invalid_client"), "{setback:?}");
    assert_eq!(bench.status(), Status::NeedsReauthentication);
    let asked = bench.sandbox.count("/oauth/token");
    let problem = bench.token().await.unwrap_err();
    assert!(problem.why.contains("client") && problem.why.contains("invalid_client"), "{problem}");
    assert_eq!(bench.sandbox.count("/oauth/token"), asked, "a refused client is not tried again by scripts");
    bench.authenticate().await.0.unwrap();
    assert_eq!(bench.status(), Status::Authenticated);
    bench.token().await.unwrap();
}

#[tokio::test]
async fn client_credentials_network_failures_change_no_status() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let page = || Response::html("<h1>down</h1>").with_status(500);
    for answer in
        [page(), page().with_status(404), Response::hang_up(), Response::json_text("{"), Response::json_text("")]
    {
        bench.sandbox.script().token(answer);
        assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
        assert_eq!(bench.status(), Status::Authenticated);
    }
    bench.token().await.unwrap();
}

#[tokio::test]
async fn client_credentials_a_throttle_holds_for_every_process() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let throttle = Response::error("slow_down").with_status(429).header("retry-after", "120");
    bench.sandbox.script().token(throttle);
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
    let asked = bench.sandbox.count("/oauth/token");
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
    assert_eq!(bench.sandbox.count("/oauth/token"), asked, "nothing is sent before the time has come");
    assert_eq!(bench.status(), Status::Authenticated);
    bench.later(121);
    bench.token().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn client_credentials_twenty_askers_cost_one_request() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let before = bench.sandbox.count("/oauth/token");
    let ask = || {
        let (session, id) = (bench.session.clone(), bench.id);
        tokio::spawn(async move { access_token(&session, id, Request::default()).await.unwrap().access })
    };
    let asking: Vec<_> = (0..20).map(|_| ask()).collect();
    let mut tokens = std::collections::BTreeSet::new();
    for asked in asking {
        tokens.insert(asked.await.unwrap().expose().to_owned());
    }
    assert_eq!(tokens.len(), 1);
    assert_eq!(bench.sandbox.count("/oauth/token"), before + 1);
}

#[tokio::test]
async fn client_credentials_scopes_and_json_go_as_the_catalog_says() {
    let bench = Bench::of("pax8", &[]).await;
    bench.authenticate().await.0.unwrap();
    let [asked] = bench.sandbox.seen().try_into().unwrap();
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.param("grant_type"), Some("client_credentials"));
    assert!(asked.param("audience").is_some_and(|audience| !audience.is_empty()));
    assert!(asked.param("scope").is_none(), "an empty scope is never sent");
    let bench = Bench::of("microsoft-intune-app", &[("tenant", "contoso.example")]).await;
    bench.authenticate().await.0.unwrap();
    let [asked] = bench.sandbox.seen().try_into().unwrap();
    assert_eq!(asked.param("scope"), Some("https://graph.microsoft.com/.default"));
}

#[tokio::test]
async fn client_credentials_the_header_is_the_catalogs() {
    let bench = zoom().await;
    bench.authenticate().await.0.unwrap();
    let (_, token) = token_by_name::find(&bench.session, &bench.id.to_string(), Request::default()).unwrap();
    let token = token.unwrap().unwrap();
    let [sent] = token.sent.as_slice() else { panic!("{:?}", token.sent) };
    let whole = format!("Bearer {}", token.access.expose());
    assert_eq!((sent.name.as_str(), sent.value.expose()), ("Authorization", whole.as_str()));
}

/// Every provider with this grant: a first token, and another one on demand.
#[tokio::test]
async fn client_credentials_every_provider_gives_tokens() {
    let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
    let catalog = Arc::new(catalog);
    let options = Options { catalog: Arc::clone(&catalog), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let dir = crate::scratch::folder();
    let session = open(&dir, &sandbox, &Clock::system());
    let can_run = |provider: &&Provider| provider.grant == GrantType::ClientCredentials;
    let (mut run, mut tested) = (0, 0);
    for provider in catalog.iter().filter(can_run) {
        let example = |variable: &'_ credenza::catalog::Variable| {
            (variable.name.clone(), variable.default.clone().unwrap_or_else(|| variable.example.clone()))
        };
        let variables: Vec<_> =
            provider.variables.iter().filter(|one| !one.optional && !one.secret).map(example).collect();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut draft = draft(&provider.id, &provider.name, &provider.scopes, &variables);
        let secrets = provider.variables.iter().filter(|one| one.secret);
        draft.setup.secrets = secrets.map(|one| (one.name.clone(), Secret::new("k-2".into()))).collect();
        let id = credentials::add(&session, draft).unwrap();
        authenticate(&session, id).await.0.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        let again = access_token(&session, id, Request { force: true, ..Request::default() }).await;
        again.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        tested += usize::from(super::providers::test_call(&session, id, provider).await);
        run += 1;
    }
    assert!(run >= 50 && tested >= 30, "{run}, {tested} of them tested");
}
