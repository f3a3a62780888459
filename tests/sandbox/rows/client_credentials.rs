//! Client credentials end to end: first token, expiry, asking again, refusals, throttles, many askers.

use std::sync::Arc;
use std::time::Duration;

use credenza::catalog::{Catalog, Grant, Origin, Provider};
use credenza::clock::Clock;
use credenza::credential::{Client, ClientId, Credential, CredentialId, Details, Setback, Setup, Status};
use credenza::problem::{Kind, Problem};
use credenza::sandbox::{Answer, Options, Registration, Sandbox};
use credenza::secret::ClientSecret;
use credenza::service::access_token::{Request, Token, access_token, stored_token};
use credenza::service::authenticate::{self, Authenticated, Control, Progress};
use credenza::service::{Session, credentials};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::mpsc;

use super::desk::open;

const SECRET: &str = "CNRY-client-secret";

/// One credential of a provider whose client speaks for itself, a sandbox and a clock to set.
struct Bench {
    sandbox: Sandbox,
    clock: Clock,
    session: Session,
    id: CredentialId,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn of(provider: &str, variables: &[(&str, &str)]) -> Self {
        let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
        let dir = tempfile::tempdir().unwrap();
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let client = Registration { id: "client".into(), secret: Some(SECRET.into()), redirect_uris: Vec::new() };
        let catalog = Arc::new(catalog);
        let scopes = catalog.by_id(provider).unwrap().scopes.clone();
        let options = Options { clock: clock.clone(), catalog, clients: vec![client], ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let session = open(&dir, &sandbox, &clock);
        let draft = draft(provider, "Machine", &scopes, variables);
        let id = credentials::add(&session, draft).unwrap();
        Self { sandbox, clock, session, id, _dir: dir }
    }

    async fn zoom() -> Self {
        Self::of("zoom-s2s", &[("account_id", "acc-1")]).await
    }

    async fn authenticate(&self) -> (Result<Authenticated, Problem>, Vec<&'static str>) {
        authenticate(&self.session, self.id).await
    }

    async fn token(&self) -> Result<Token, Problem> {
        access_token(&self.session, self.id, Request::default()).await
    }

    fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    fn status(&self) -> Status {
        self.credential().status(self.clock.now())
    }

    fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    fn requests(&self) -> usize {
        self.sandbox.count("/oauth/token")
    }
}

async fn authenticate(session: &Session, id: CredentialId) -> (Result<Authenticated, Problem>, Vec<&'static str>) {
    let (progress, mut reports) = mpsc::channel(16);
    let (_control, commands) = mpsc::channel::<Control>(1);
    let options = authenticate::Options { deadline: Duration::from_secs(20), ..Default::default() };
    let done = authenticate::authenticate(session, id, options, progress, commands).await;
    let mut seen = Vec::new();
    while let Some(report) = reports.recv().await {
        seen.push(match report {
            Progress::Exchanging => "exchanging",
            Progress::Saving => "saving",
            _ => "something a person would have to do",
        });
    }
    (done, seen)
}

fn draft(provider: &str, name: &str, scopes: &[String], variables: &[(&str, &str)]) -> credentials::Draft {
    let setup = Setup {
        client: Client { id: ClientId("client".into()), secret: Some(ClientSecret::new(SECRET.into())) },
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        scopes: scopes.to_vec(),
        redirect_uri: String::new(),
    };
    credentials::Draft { name: name.into(), provider: provider.into(), details: Details::default(), setup }
}

#[tokio::test]
async fn client_credentials_a_first_token_takes_one_request_and_no_browser() {
    let bench = Bench::zoom().await;
    assert_eq!(bench.status(), Status::NotAuthenticated);
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::NeedsAuthentication);
    let (done, seen) = bench.authenticate().await;
    let done = done.unwrap();
    assert_eq!(seen, ["exchanging", "saving"]);
    assert_eq!(done.expires_at, Some(bench.clock.now() + SignedDuration::from_secs(3_600)));
    let [asked] = bench.sandbox.seen().try_into().unwrap();
    // The catalog's own name for the grant, its further parameter, and the proof in the header.
    assert_eq!(asked.param("grant_type"), Some("account_credentials"));
    assert_eq!(asked.param("account_id"), Some("acc-1"));
    assert!(asked.header("authorization").unwrap().starts_with("Basic "));
    assert!(asked.param("client_secret").is_none() && asked.param("redirect_uri").is_none());
    let stored = bench.credential();
    let endpoints = stored.endpoints.as_ref().unwrap();
    assert!(stored.is_unattended() && endpoints.authorization.is_none() && endpoints.device.is_none());
    assert!(stored.tokens.unwrap().refresh.is_none());
}

#[tokio::test]
async fn client_credentials_an_ended_token_is_asked_for_again_and_the_status_stays() {
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    let first = bench.token().await.unwrap();
    assert_eq!(bench.requests(), 1, "a good token costs nothing");
    bench.later(3_590);
    assert_eq!(bench.status(), Status::Authenticated);
    let second = bench.token().await.unwrap();
    assert_ne!(first.access.expose(), second.access.expose());
    assert_eq!(bench.requests(), 2);
    bench.later(10 * 86_400);
    assert_eq!(bench.status(), Status::Authenticated, "nobody is needed, however long it rests");
    bench.token().await.unwrap();
    assert_eq!(bench.requests(), 3);
}

#[tokio::test]
async fn client_credentials_a_refresh_token_nobody_asked_for_is_not_kept() {
    let bench = Bench::zoom().await;
    let odd = json!({"access_token": "at-1", "refresh_token": "rt-1", "token_type": "Bearer", "expires_in": 60});
    bench.sandbox.script().token(Answer::json(&odd));
    bench.authenticate().await.0.unwrap();
    assert!(bench.credential().tokens.unwrap().refresh.is_none());
    bench.later(61);
    bench.token().await.unwrap();
    assert!(bench.sandbox.seen().iter().all(|asked| asked.param("refresh_token").is_none()));
}

#[tokio::test]
async fn client_credentials_invalid_client_needs_a_person_and_is_not_sent_again() {
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    bench.sandbox.script().token(Answer::error("invalid_client").with_status(401));
    let problem = bench.token().await.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication, "{problem}");
    let setback = bench.credential().setback;
    assert!(matches!(&setback, Some(Setback::Refused { code, .. }) if code == "invalid_client"), "{setback:?}");
    assert_eq!(bench.status(), Status::NeedsReauthentication);
    let asked = bench.requests();
    let problem = bench.token().await.unwrap_err();
    assert!(problem.why.contains("client") && problem.why.contains("invalid_client"), "{problem}");
    assert_eq!(bench.requests(), asked, "a refused client is not tried again by scripts");
    bench.authenticate().await.0.unwrap();
    assert_eq!(bench.status(), Status::Authenticated);
    bench.token().await.unwrap();
}

#[tokio::test]
async fn client_credentials_network_failures_change_no_status() {
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let page = || Answer::html("<h1>down</h1>").with_status(500);
    for answer in [page(), page().with_status(404), Answer::hang_up(), Answer::json_text("{"), Answer::json_text("")] {
        bench.sandbox.script().token(answer);
        assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
        assert_eq!(bench.status(), Status::Authenticated);
    }
    bench.token().await.unwrap();
}

#[tokio::test]
async fn client_credentials_a_throttle_holds_for_every_process() {
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let throttle = Answer::error("slow_down").with_status(429).header("retry-after", "120");
    bench.sandbox.script().token(throttle);
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
    let asked = bench.requests();
    assert_eq!(bench.token().await.unwrap_err().kind, Kind::Temporary);
    assert_eq!(bench.requests(), asked, "nothing is sent before the time has come");
    assert_eq!(bench.status(), Status::Authenticated);
    bench.later(121);
    bench.token().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn client_credentials_twenty_askers_cost_one_request() {
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    bench.later(4_000);
    let before = bench.requests();
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
    assert_eq!(bench.requests(), before + 1);
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
    let bench = Bench::zoom().await;
    bench.authenticate().await.0.unwrap();
    let token = stored_token(&bench.session, bench.id, Request::default()).unwrap().unwrap();
    assert_eq!((token.header.as_str(), token.template.as_str()), ("Authorization", "Bearer {access_token}"));
}

/// Every provider of this grant: a first token, and another on demand.
#[tokio::test]
async fn client_credentials_every_provider_gives_tokens() {
    let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
    let catalog = Arc::new(catalog);
    let options = Options { catalog: Arc::clone(&catalog), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let session = open(&dir, &sandbox, &Clock::system());
    let can_run = |provider: &&Provider| provider.supported && provider.grant == Grant::ClientCredentials;
    let mut run = 0;
    for provider in catalog.iter().filter(can_run) {
        let example = |variable: &'_ credenza::catalog::Variable| {
            (variable.name.clone(), variable.default.clone().unwrap_or_else(|| variable.example.clone()))
        };
        let variables: Vec<_> = provider.variables.iter().filter(|one| !one.optional).map(example).collect();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let id = credentials::add(&session, draft(&provider.id, &provider.name, &provider.scopes, &variables)).unwrap();
        authenticate(&session, id).await.0.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        let again = access_token(&session, id, Request { force: true, ..Request::default() }).await;
        again.unwrap_or_else(|problem| panic!("{}: {problem}", provider.id));
        run += 1;
    }
    assert!(run >= 50, "{run}");
}
