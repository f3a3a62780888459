//! One admin's desk: an empty vault in a private folder, a sandbox, a clock to set, and a pretend browser.

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

/// Everything one row needs.
pub(super) struct Desk {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Clock,
    pub(super) session: Session,
    pub(super) id: CredentialId,
    pub(super) port: u16,
    /// How often the pretend browser visits the authorization URL.
    pub(super) visits: u32,
    dir: tempfile::TempDir,
}

/// How an authentication went.
pub(super) struct Flow {
    pub(super) result: Result<Authenticated, Problem>,
    /// Names of what was reported, in order.
    pub(super) progress: Vec<&'static str>,
}

impl Desk {
    /// A US credential, ready to be authenticated.
    pub(super) async fn new() -> Self {
        let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
        let port = free_port();
        let client = Registration {
            id: CLIENT_ID.to_owned(),
            secret: Some(CLIENT_SECRET.to_owned()),
            redirect_uris: vec![redirect_uri(port)],
        };
        let dir = tempfile::tempdir().unwrap();
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

    /// The same after a first successful authentication, with the counters at zero.
    pub(super) async fn authenticated() -> Self {
        let desk = Self::new().await;
        desk.authenticate().await.result.unwrap();
        desk.sandbox.forget_seen();
        desk
    }

    /// Runs the flow with the pretend browser.
    pub(super) async fn authenticate(&self) -> Flow {
        self.authenticate_within(Duration::from_secs(20)).await
    }

    /// As `authenticate`, for flows that are to time out.
    pub(super) async fn authenticate_within(&self, deadline: Duration) -> Flow {
        let visits = self.visits;
        let opener = Opener::stand_in(move |url| {
            let url = url.clone();
            tokio::spawn(async move {
                for _ in 0..visits {
                    // The listener may be gone: that is what some rows are about.
                    let _ = visit(&url).await;
                }
            });
            Ok(())
        });
        self.run(opener, deadline).await
    }

    /// Runs the flow; `browse` is given the authorization URL instead of a browser.
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

    /// Runs the flow; `commands` is what a person does meanwhile.
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

    /// The credential as the vault has it now.
    pub(super) fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    /// Refreshes even though the stored token is good.
    pub(super) async fn refresh(&self) -> Result<token::Token, Problem> {
        let request = token::Request { force: true, ..Default::default() };
        token::access_token(&self.session, self.id, request).await
    }

    /// As [`refresh`](Self::refresh), also after an answer that could not be read.
    pub(super) async fn refresh_again(&self) -> Result<token::Token, Problem> {
        let request = token::Request { force: true, again: true, ..Default::default() };
        token::access_token(&self.session, self.id, request).await
    }

    /// A token, the stored one if it is good.
    pub(super) async fn token(&self) -> Result<token::Token, Problem> {
        token::access_token(&self.session, self.id, token::Request::default()).await
    }

    /// Another process with the same vault, as far as one process can be two.
    pub(super) fn another_session(&self) -> Session {
        unlock::unlock(&self.session.workspace, &passphrase()).unwrap()
    }

    /// Moves the clock of vault and provider.
    pub(super) fn later(&self, by: SignedDuration) {
        self.clock.set(self.clock.now() + by);
    }

    /// Access token, refresh token and scopes in the vault.
    pub(super) fn stored(&self) -> (String, String, Option<Vec<String>>) {
        let tokens = self.credential().tokens.expect("tokens");
        let refresh = tokens.refresh.expect("a refresh token");
        (tokens.access.expose().to_owned(), refresh.expose().to_owned(), tokens.scopes)
    }

    /// Token requests the provider was sent.
    pub(super) fn token_requests(&self) -> usize {
        self.sandbox.seen().iter().filter(|seen| seen.path == "/oauth/v2/token").count()
    }

    /// The private folder.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Waits until somebody else can have the redirect port. Not at once: a process that another test starts at this moment
    /// has it open until it becomes its own program.
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
        remark: WarningSink::default(),
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

/// A port nobody has on either loopback family, below the range the system hands out for outgoing connections.
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
