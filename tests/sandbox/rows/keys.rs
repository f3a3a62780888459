//! Keys, tokens and passwords end to end: what is sent where, what a test proves, and what a refusal changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credenza::catalog::{Catalog, KeyPlace, Origin, Provider};
use credenza::clock::Clock;
use credenza::engine::Session;
use credenza::engine::ops::credentials::{self, Draft};
use credenza::engine::ops::setup::secret_fields;
use credenza::engine::ops::sign_in::{self, Authenticated, Control, Progress};
use credenza::engine::ops::token::{Request, Token};
use credenza::engine::ops::token_by_name;
use credenza::engine::ops::verify::{self, VerifyReport};
use credenza::model::credential::{Credential, CredentialId, MAIN_SECRET, Setup, Status};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::sandbox::{Options, RecordedRequest, Response, Sandbox};
use credenza::secret::Secret;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc;

use super::desk::open;

const KEY: &str = "CNRY-key-0123456789";

/// A vault, a sandbox, and one credential of a provider that uses a key.
struct Bench {
    sandbox: Sandbox,
    clock: Clock,
    session: Session,
    id: CredentialId,
    _dir: tempfile::TempDir,
}

impl Bench {
    async fn of(provider: &str, variables: &[(&str, &str)], secrets: &[(&str, &str)]) -> Self {
        let (sandbox, clock, dir) = start().await;
        let session = open(&dir, &sandbox, &clock);
        let id = credentials::add(&session, draft(provider, "Key", variables, secrets)).unwrap();
        Self { sandbox, clock, session, id, _dir: dir }
    }

    /// The key in a provider-specific scheme: `Authorization: Token token=KEY`.
    async fn pagerduty() -> Self {
        Self::of("pagerduty-key", &[], &[(MAIN_SECRET, KEY)]).await
    }

    async fn test(&self) -> Result<VerifyReport, Problem> {
        verify::test(&self.session, self.id, false, async |_| ()).await
    }

    async fn authenticate(&self) -> (Result<Authenticated, Problem>, Vec<String>) {
        authenticate(&self.session, self.id).await
    }

    fn token(&self) -> Result<Token, Problem> {
        token_by_name::find(&self.session, &self.id.to_string(), Request::default())?.1.map(Option::unwrap)
    }

    fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    fn status(&self) -> Status {
        self.credential().status(self.clock.now())
    }

    fn last(&self) -> RecordedRequest {
        self.sandbox.seen().pop().unwrap()
    }

    /// Replaces the key of the credential, as the form does.
    fn rotate(&self, key: &str) {
        let before = self.credential();
        let draft = Draft {
            name: before.name.to_string(),
            provider: before.provider.clone(),
            details: before.details.clone(),
            setup: Setup {
                variables: before.setup.variables.clone(),
                secrets: [(MAIN_SECRET.to_owned(), Secret::new(key.to_owned()))].into(),
                ..Setup::default()
            },
        };
        credentials::edit(&self.session, &credentials::CredentialBase::of(&before), draft).unwrap();
    }
}

async fn start() -> (Sandbox, Clock, tempfile::TempDir) {
    let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
    let catalog = Arc::new(catalog());
    let sandbox = Sandbox::start(Options { clock: clock.clone(), catalog, ..Options::default() }).await.unwrap();
    (sandbox, clock, crate::scratch::folder())
}

fn catalog() -> Catalog {
    Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet).0
}

async fn authenticate(session: &Session, id: CredentialId) -> (Result<Authenticated, Problem>, Vec<String>) {
    let (progress, mut reports) = mpsc::channel(16);
    let (_control, commands) = mpsc::channel::<Control>(1);
    let options = sign_in::Options { deadline: Duration::from_secs(20), ..Default::default() };
    let flow = sign_in::authenticate(session, id, options, progress, commands);
    let listen = async {
        let mut steps = Vec::new();
        while let Some(report) = reports.recv().await {
            match report {
                Progress::Testing(asked) => steps.push(asked),
                other => panic!("{other:?}"),
            }
        }
        steps
    };
    futures_util::future::join(flow, listen).await
}

fn draft(provider: &str, name: &str, variables: &[(&str, &str)], secrets: &[(&str, &str)]) -> Draft {
    let owned = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let setup = Setup {
        variables: variables.iter().map(|(name, value)| owned(name, value)).collect(),
        secrets: secrets.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned()))).collect(),
        ..Setup::default()
    };
    Draft { name: name.into(), provider: provider.into(), setup, ..Draft::default() }
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[tokio::test]
async fn keys_a_key_goes_where_its_provider_wants_it_and_nowhere_else() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)]);
    let freshservice = basic("k-1:X");
    let devops = basic(":k-1");
    let zendesk = basic("a@b.example/token:k-1");
    let rows: &[Row<'_>] = &[
        ("pagerduty-key", &[], &[(MAIN_SECRET, "k-1")], &[("authorization", "Token token=k-1")]),
        ("freshservice", &[("subdomain", "acme")], &[(MAIN_SECRET, "k-1")], &[("authorization", &freshservice)]),
        ("azure-devops", &[("organization", "acme")], &[(MAIN_SECRET, "k-1")], &[("authorization", &devops)]),
        (
            "zendesk-token",
            &[("subdomain", "acme"), ("email", "a@b.example")],
            &[(MAIN_SECRET, "k-1")],
            &[("authorization", &zendesk)],
        ),
        (
            "datadog-keys",
            &[],
            &[(MAIN_SECRET, "k-1"), ("app_key", "k2")],
            &[("dd-api-key", "k-1"), ("dd-application-key", "k2")],
        ),
        ("prtg", &[("host", "prtg.acme.example")], &[(MAIN_SECRET, "k-1")], &[("?apitoken", "k-1")]),
    ];
    for (provider, variables, secrets, wanted) in rows {
        let bench = Bench::of(provider, variables, secrets).await;
        assert_eq!(bench.status(), Status::NotAuthenticated, "{provider}");
        let tested = bench.test().await.unwrap_or_else(|problem| panic!("{provider}: {problem}"));
        assert!(tested.status == 200 && !tested.asked.contains("k-1"), "{tested:?}");
        let seen = bench.last();
        for (name, value) in *wanted {
            let came = match name.strip_prefix('?') {
                Some(name) => seen.query(name),
                None => seen.header(name),
            };
            assert_eq!(came, Some(*value), "{provider}: {name}");
        }
        let elsewhere = seen.headers.iter().filter(|(name, value)| {
            let placed = wanted.iter().any(|(wanted, _)| *wanted == name.as_str());
            !placed && value.to_str().is_ok_and(|value| value.contains("k-1"))
        });
        assert_eq!(elsewhere.count(), 0, "{provider}");
        assert_eq!(bench.status(), Status::Authenticated, "{provider}");
        assert_eq!(bench.token().unwrap().access.expose(), "k-1", "{provider}");
    }
}

/// Every provider in the catalog that uses a key, token or password, with its test call.
#[tokio::test]
async fn keys_every_key_of_the_catalog_runs() {
    let (sandbox, clock, dir) = start().await;
    let session = open(&dir, &sandbox, &clock);
    let (mut run, mut untested, mut failed) = (BTreeMap::new(), 0, Vec::new());
    for provider in catalog().iter().filter(|provider| provider.grant.is_static_secret()) {
        let id = credentials::add(&session, made_up(provider)).unwrap_or_else(|e| panic!("{}: {e}", provider.id));
        let (result, asked) = authenticate(&session, id).await;
        let done = match result {
            Ok(done) => done,
            Err(problem) => {
                failed.push(format!("{}: {problem}", provider.id));
                continue;
            }
        };
        if asked.is_empty() {
            assert!(
                provider.trials_with(&BTreeMap::new()).is_empty() && done.notes[0].contains("without a test"),
                "{}",
                provider.id
            );
            untested += 1;
        } else {
            *run.entry(provider.grant.code()).or_insert(0) += 1;
        }
        let sent = token_by_name::find(&session, &id.to_string(), Request::default()).unwrap().1.unwrap().unwrap().sent;
        let query = sent.iter().any(|sent| sent.place == KeyPlace::Query);
        assert_eq!(query, provider.keys.iter().any(|key| key.place == KeyPlace::Query), "{}", provider.id);
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(run["api_key"] >= 30 && run["basic"] >= 20 && run["bearer"] >= 35, "{run:?}");
    assert!(untested >= 10, "{untested}");
}

/// A draft with the examples in the catalog, and keys that match the patterns of providers with two keys.
fn made_up(provider: &Provider) -> Draft {
    let variables: Vec<(String, String)> = provider
        .variables
        .iter()
        .filter(|variable| !variable.optional && !variable.secret)
        .map(|one| (one.name.clone(), one.default.clone().unwrap_or_else(|| one.example.clone())))
        .collect();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let key = "0123456789abcdef".repeat(4);
    let secrets: Vec<_> = secret_fields(provider).into_iter().map(|(name, _)| (name, key.as_str())).collect();
    draft(&provider.id, &provider.name, &variables, &secrets)
}

#[tokio::test]
async fn keys_a_refusal_is_kept_with_its_words_and_a_script_is_told() {
    for (answer, code) in [
        (Response::json(&json!({ "error": { "message": format!("bad key {KEY}") } })).with_status(401), "HTTP 401"),
        (Response::status(403), "HTTP 403"),
    ] {
        let bench = Bench::pagerduty().await;
        bench.authenticate().await.0.unwrap();
        bench.sandbox.script().call(answer);
        let problem = bench.test().await.unwrap_err();
        assert_eq!(problem.kind, Kind::NeedsAuthentication);
        assert!(problem.why.contains(code) && !problem.to_string().contains("CNRY"), "{problem}");
        assert_eq!(bench.status(), Status::NeedsReauthentication);
        let told = bench.token().unwrap_err();
        assert!(told.kind == Kind::NeedsAuthentication && told.why.contains(code), "{told}");
        assert!(!format!("{:?}", bench.credential().history).contains("CNRY"));
        bench.test().await.unwrap();
        assert_eq!(bench.status(), Status::Authenticated, "a test that passes takes the refusal back");
    }
}

#[tokio::test]
async fn keys_what_tells_nothing_of_the_key_changes_nothing() {
    let page = || Response::html("<title>Sign in</title>");
    for (answer, kind) in [
        (Response::status(429).header("retry-after", "120"), Kind::Temporary),
        (Response::status(500), Kind::Temporary),
        (Response::hang_up(), Kind::Temporary),
        (page(), Kind::Temporary),
        (Response::status(404), Kind::Usage),
        (Response::redirect("https://login.evil.invalid/"), Kind::Usage),
    ] {
        let bench = Bench::pagerduty().await;
        bench.test().await.unwrap();
        let before = bench.credential();
        bench.sandbox.script().call(answer.clone());
        let problem = bench.test().await.unwrap_err();
        assert_eq!(problem.kind, kind, "{answer:?}: {problem}");
        assert!(!problem.to_string().contains("CNRY"), "{problem}");
        let after = bench.credential();
        assert_eq!((after.proof, after.setback, after.history), (before.proof, before.setback, before.history));
        assert_eq!(bench.sandbox.seen().len(), 2, "{answer:?}: nothing is followed, nothing is sent again");
    }
}

#[tokio::test]
async fn keys_a_success_whose_body_says_otherwise_is_a_refusal() {
    let catalog = catalog();
    let strict = |provider: &&Provider| {
        provider.grant.is_static_secret() && provider.tests.first().is_some_and(|call| !call.ok_json.is_empty())
    };
    let (mut run, (sandbox, clock, dir)) = (0, start().await);
    let session = open(&dir, &sandbox, &clock);
    for provider in catalog.iter().filter(strict) {
        let id = credentials::add(&session, made_up(provider)).unwrap();
        sandbox.script().call(Response::json(&json!({ "error": "invalid_auth" })));
        let problem = authenticate(&session, id).await.0.unwrap_err();
        assert!(problem.kind == Kind::NeedsAuthentication && problem.why.contains("invalid_auth"), "{problem}");
        authenticate(&session, id).await.0.unwrap();
        run += 1;
    }
    assert!(run > 0);
}

#[tokio::test]
async fn keys_a_new_key_keeps_name_and_history_and_asks_for_a_new_test() {
    let bench = Bench::pagerduty().await;
    bench.test().await.unwrap();
    let before = bench.credential();
    bench.rotate("CNRY-new-key");
    let after = bench.credential();
    assert_eq!((&after.name, after.id), (&before.name, before.id));
    assert!(after.history.len() > before.history.len() && bench.status() == Status::NotAuthenticated);
    assert_eq!(bench.token().unwrap().notes, ["It has not been tested yet."]);
    bench.sandbox.script().end_key(KEY);
    bench.test().await.unwrap();
    assert_eq!(bench.last().header("authorization"), Some("Token token=CNRY-new-key"));
    credentials::undo(&bench.session).unwrap();
    assert_eq!(bench.status(), Status::NotAuthenticated, "the old key is back, and proves itself anew");
    assert_eq!(bench.test().await.unwrap_err().kind, Kind::NeedsAuthentication);
}

#[tokio::test]
async fn keys_a_verdict_of_a_key_that_was_replaced_meanwhile_is_not_kept() {
    let bench = Arc::new(Bench::pagerduty().await);
    bench.sandbox.script().call(Response::status(401).after(Duration::from_millis(300)));
    let asking = {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { bench.test().await })
    };
    while bench.sandbox.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    bench.rotate("CNRY-new-key");
    assert_eq!(asking.await.unwrap().unwrap_err().kind, Kind::Temporary);
    assert_eq!(bench.status(), Status::NotAuthenticated, "the new key was neither proven nor refused");
}

#[tokio::test]
async fn keys_a_canceled_test_changes_nothing() {
    let bench = Bench::pagerduty().await;
    bench.test().await.unwrap();
    let before = bench.credential();
    bench.sandbox.script().call(Response::status(401).after(Duration::from_secs(60)));
    let (progress, mut reports) = mpsc::channel(16);
    let (control, commands) = mpsc::channel(1);
    let flow = sign_in::authenticate(&bench.session, bench.id, sign_in::Options::default(), progress, commands);
    let cancel = async {
        assert!(matches!(reports.recv().await, Some(Progress::Testing(_))));
        control.send(Control::Cancel).await.unwrap();
    };
    let (result, ()) = futures_util::future::join(flow, cancel).await;
    assert!(result.unwrap_err().what.contains("canceled"));
    let after = bench.credential();
    assert_eq!((after.proof, after.setback, after.history), (before.proof, before.setback, before.history));
}

#[tokio::test]
async fn keys_a_catalog_file_that_moves_the_call_to_another_host_is_asked_about() {
    let (sandbox, clock, dir) = start().await;
    let mut session = open(&dir, &sandbox, &clock);
    let own = session.workspace.paths.catalog();
    std::fs::create_dir_all(&own).unwrap();
    let write = |session: &mut Session, base: &str| {
        let text = format!(
            "schema = 1\nid = \"own\"\nname = \"Own\"\ncategory = \"own\"\nverification = \"unverified\"\n[auth]\n\
             kind = \"api-key\"\n[[key]]\nin = \"header\"\nname = \"Authorization\"\n\
             template = \"Token token={{secret}}\"\n[[test]]\nurl = \"{base}api.pagerduty.com/abilities\"\n"
        );
        std::fs::write(own.join("own.toml"), text).unwrap();
        let (catalog, problems) = Catalog::load(&own, Origin::Sandbox(sandbox.base()));
        assert!(problems.is_empty(), "{problems:?}");
        session.workspace.catalog = Arc::new(catalog);
    };
    let base = sandbox.base().to_string();
    write(&mut session, &base);
    let id = credentials::add(&session, draft("own", "Own", &[], &[(MAIN_SECRET, KEY)])).unwrap();
    let test = async |session: &Session, accept| verify::test(session, id, accept, async |_| ()).await;
    test(&session, false).await.unwrap();
    assert_eq!(sandbox.seen().len(), 1);
    let (other, ..) = start().await;
    write(&mut session, other.base().as_str());
    let problem = test(&session, false).await.unwrap_err();
    assert!(problem.kind == Kind::Refused && problem.what.contains("127.0.0.1:"), "{problem}");
    assert_eq!(authenticate(&session, id).await.0.unwrap_err().kind, Kind::Refused);
    assert_eq!((sandbox.seen().len(), other.seen().len()), (1, 0), "nothing was sent there");
    test(&session, true).await.unwrap();
    test(&session, false).await.unwrap();
    assert_eq!(other.seen().len(), 2);
}

#[tokio::test]
async fn keys_a_token_of_oauth_is_tested_too_and_nothing_lasts_of_it() {
    let desk = super::desk::Desk::authenticated().await;
    let asked = verify::test(&desk.session, desk.id, false, async |_| ()).await.unwrap();
    assert!(asked.status == 200 && asked.asked.starts_with("GET http"), "{asked:?}");
    desk.sandbox.script().call(Response::status(401));
    // The token from the refresh is refused as well.
    desk.sandbox.script().call(Response::status(401));
    let problem = verify::test(&desk.session, desk.id, false, async |_| ()).await.unwrap_err();
    assert_eq!(problem.kind, Kind::NeedsAuthentication);
    assert!(matches!(problem.step.as_deref(), Some(NextStep::Authenticate { .. })), "{problem:?}");
    let snapshot = credentials::snapshot(&desk.session).unwrap();
    let credential = snapshot.credentials.by_id(desk.id).unwrap();
    assert_eq!(credential.status(desk.clock.now()), Status::Authenticated, "only the token endpoint ends a grant");
}

#[test]
fn keys_a_call_that_waits_for_a_site_nobody_named_is_not_made() {
    let catalog = catalog();
    let provider = catalog.by_id("sage-people").unwrap();
    let name = credenza::model::credential::Name::parse("Sage").unwrap();
    let mut credential = Credential::new(name, "sage-people", Setup::default(), Timestamp::UNIX_EPOCH);
    assert!(verify::call_of(provider, &credential).is_none());
    let site = ("instance_url".to_owned(), "https://acme.my.salesforce.com".to_owned());
    credential.tokens = Some(credenza::model::credential::Tokens {
        access: credenza::secret::AccessToken::new("a".into()),
        refresh: None,
        received_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: [site.clone()].into(),
    });
    let trial = verify::call_of(provider, &credential).unwrap();
    let url = provider.test_call_url(trial, &[site].into(), &Origin::Internet).unwrap();
    assert_eq!(url.as_str(), "https://acme.my.salesforce.com/services/oauth2/userinfo");
    let evil = [("instance_url".to_owned(), "http://acme.my.salesforce.com".to_owned())].into();
    assert_eq!(provider.test_call_url(trial, &evil, &Origin::Internet).unwrap_err().kind, Kind::Usage);
}
