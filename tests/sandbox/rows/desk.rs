//! An administrator's setup: an empty vault in a private folder, a sandbox, a settable clock, and a simulated browser.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::ops::sign_in::{self, Authenticated, Control};
use credenza::engine::ops::{credentials, token, unlock};
use credenza::engine::{Http, Opener, Session, WarningSink, Workspace};
use credenza::model::credential::{Client, ClientId, Credential, CredentialId, Details, Setup};
use credenza::paths::Paths;
use credenza::problem::Problem;
use credenza::sandbox::{Consent, Options, Registration, Sandbox, visit};
use credenza::secret::ClientSecret;
use credenza::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use url::Url;

use crate::service::until;

pub(super) const CLIENT_ID: &str = super::super::wire::CLIENT_ID;
pub(super) const CLIENT_SECRET: &str = super::super::wire::CLIENT_SECRET;

pub(super) struct Desk {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Clock,
    pub(super) session: Session,
    pub(super) id: CredentialId,
    pub(super) port: u16,
    /// How often the simulated browser visits the authorization URL.
    pub(super) visits: u32,
    dir: tempfile::TempDir,
}

/// The outcome of an authentication.
pub(super) struct Flow {
    pub(super) result: Result<Authenticated, Problem>,
    /// The names of the reports, in order.
    pub(super) progress: Vec<&'static str>,
}

impl Desk {
    /// With a credential in the US data center that is ready to be authenticated.
    pub(super) async fn new() -> Self {
        let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
        let port = free_port();
        let client = Registration {
            id: CLIENT_ID.to_owned(),
            secret: Some(CLIENT_SECRET.to_owned()),
            redirect_uris: vec![redirect_uri(port)],
        };
        let dir = crate::scratch::folder();
        let paths = Paths::discover(Some(dir.path())).unwrap();
        let (catalog, _) = Catalog::load(&paths.catalog(), Origin::Internet);
        let options = Options {
            clock: clock.clone(),
            catalog: Arc::new(catalog),
            consent: Consent::Accept,
            clients: vec![client],
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let session = open(&dir, &sandbox, &clock);
        let id = credentials::add(&session, draft("Zoho", port)).unwrap();
        Self { sandbox, clock, session, id, port, visits: 1, dir }
    }

    /// The same after a successful authentication, with the counters reset.
    pub(super) async fn authenticated() -> Self {
        let desk = Self::new().await;
        desk.authenticate().await.result.unwrap();
        desk.sandbox.forget_seen();
        desk
    }

    /// Authenticates with the simulated browser.
    pub(super) async fn authenticate(&self) -> Flow {
        self.authenticate_within(Duration::from_secs(20)).await
    }

    /// As [`authenticate`](Self::authenticate), for flows that are expected to time out.
    pub(super) async fn authenticate_within(&self, deadline: Duration) -> Flow {
        let visits = self.visits;
        let opener = Opener::stand_in(move |url| {
            let url = url.clone();
            tokio::spawn(async move {
                for _ in 0..visits {
                    // In some rows, the listener is gone by then.
                    let _ = visit(&url).await;
                }
            });
            Ok(())
        });
        self.run(opener, deadline).await
    }

    /// Authenticates; `browse` receives the authorization URL in place of a browser.
    pub(super) async fn authenticate_by<F>(&self, browse: impl Fn(Url) -> F + Send + Sync + 'static) -> Flow
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let opener = Opener::stand_in(move |url| {
            tokio::spawn(browse(url.clone()));
            Ok(())
        });
        self.run(opener, Duration::from_secs(20)).await
    }

    async fn run(&self, opener: Opener, deadline: Duration) -> Flow {
        let (_control, commands) = mpsc::channel::<Control>(4);
        self.run_steered(opener, deadline, commands).await
    }

    /// Authenticates; `commands` are the user's actions meanwhile.
    pub(super) async fn run_steered(
        &self,
        opener: Opener,
        deadline: Duration,
        commands: mpsc::Receiver<Control>,
    ) -> Flow {
        let mut session = self.session.clone();
        session.workspace.opener = opener;
        let (progress, mut reports) = mpsc::channel(64);
        let options = sign_in::Options { deadline, ..Default::default() };
        let seen = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&seen);
        let collector = tokio::spawn(async move {
            while let Some(report) = reports.recv().await {
                collected.lock().unwrap().push(super::bench::name(&report));
            }
        });
        let result = sign_in::authenticate(&session, self.id, options, progress, commands).await;
        collector.await.unwrap();
        let progress = seen.lock().unwrap().clone();
        Flow { result, progress }
    }

    /// The credential as it is stored in the vault.
    pub(super) fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    /// Refreshes even if the stored access token is still valid.
    pub(super) async fn refresh(&self) -> Result<token::Token, Problem> {
        let request = token::Request { force: true, ..Default::default() };
        token::access_token(&self.session, self.id, request).await
    }

    /// As [`refresh`](Self::refresh), even after a response that could not be read.
    pub(super) async fn refresh_again(&self) -> Result<token::Token, Problem> {
        let request = token::Request { force: true, again: true, ..Default::default() };
        token::access_token(&self.session, self.id, request).await
    }

    /// Returns an access token: the stored one if it is valid.
    pub(super) async fn token(&self) -> Result<token::Token, Problem> {
        token::access_token(&self.session, self.id, token::Request::default()).await
    }

    /// A second session for the same vault, in place of another process.
    pub(super) fn another_session(&self) -> Session {
        unlock::unlock(&self.session.workspace, &passphrase()).unwrap()
    }

    /// Advances the clock of the vault and the provider.
    pub(super) fn later(&self, by: SignedDuration) {
        self.clock.set(self.clock.now() + by);
    }

    /// The access token, refresh token and scopes in the vault.
    pub(super) fn stored(&self) -> (String, String, Option<Vec<String>>) {
        let tokens = self.credential().tokens.expect("tokens");
        let refresh = tokens.refresh.expect("a refresh token");
        (tokens.access.expose().to_owned(), refresh.expose().to_owned(), tokens.scopes)
    }

    /// The number of token requests that the provider has received.
    pub(super) fn token_requests(&self) -> usize {
        self.sandbox.seen().iter().filter(|seen| seen.path == "/oauth/v2/token").count()
    }

    /// The private folder of the test.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Waits until the redirect port can be bound again. This may take a moment: a child process that another test is
    /// starting has inherited the socket, and keeps it open until its `exec`.
    pub(super) fn port_is_released(&self) {
        until(|| TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).is_ok());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        assert!(self.dir.path().exists(), "the private folder lasts as long as the desk");
    }
}

pub(super) fn redirect_uri(port: u16) -> String {
    format!("http://localhost:{port}/callback")
}

fn passphrase() -> credenza::secret::Passphrase {
    credenza::secret::Passphrase::new("correct horse battery staple".to_owned())
}

pub(super) fn open(dir: &tempfile::TempDir, sandbox: &Sandbox, clock: &Clock) -> Session {
    let paths = Paths::discover(Some(dir.path())).unwrap();
    let (catalog, problems) = Catalog::load(&paths.catalog(), Origin::Sandbox(sandbox.base()));
    assert!(problems.is_empty(), "{problems:?}");
    let workspace = Workspace {
        paths,
        settings: Arc::new(Settings::default()),
        catalog: Arc::new(catalog),
        clock: clock.clone(),
        opener: Opener::default(),
        warnings: WarningSink::default(),
        reading: credenza::engine::Reading::default(),
        supervisor: credenza::engine::supervisor::Supervisor::default(),
        program: "test".into(),
        log_key: None,
        log: credenza::engine::LogQueue::default(),
        http: Http::default(),
    };
    unlock::create_throwaway(&workspace, &passphrase()).unwrap()
}

fn draft(name: &str, port: u16) -> credentials::Draft {
    let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
    let setup = Setup {
        client: Client {
            id: ClientId(CLIENT_ID.to_owned()),
            secret: Some(ClientSecret::new(CLIENT_SECRET.to_owned())),
        },
        variables: [("accounts_host".to_owned(), "accounts.zoho.com".to_owned())].into(),
        scopes: catalog.by_id("manageengine").unwrap().scopes.clone(),
        redirect_uri: redirect_uri(port),
        ..Setup::default()
    };
    credentials::Draft {
        name: name.to_owned(),
        provider: "manageengine".to_owned(),
        details: Details::default(),
        setup,
    }
}

/// A port that is free in both loopback families, below the range of ephemeral ports.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 8_000).unwrap();
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port));
        let v6_missing = v6.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::AddrNotAvailable);
        if v4.is_ok() && (v6.is_ok() || v6_missing) {
            return port;
        }
    }
}
