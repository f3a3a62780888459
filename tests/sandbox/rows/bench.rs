//! A credential of any provider, a sandbox, and a settable clock, for grants that need no browser.

use std::sync::Arc;

use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::Session;
use credenza::engine::ops::credentials;
use credenza::engine::ops::sign_in::{self, Authenticated, Control, Options, Progress};
use credenza::engine::ops::token::{Request, Token, access_token};
use credenza::model::credential::{Client, ClientId, Credential, CredentialId, Details, Setup, Status};
use credenza::problem::Problem;
use credenza::sandbox::{self, Registration, Sandbox};
use credenza::secret::ClientSecret;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::desk::open;

const SECRET: &str = "CNRY-client-secret";

/// A credential of a provider whose client signs in without a user, a sandbox, and a settable clock.
pub(super) struct Bench {
    pub(super) sandbox: Sandbox,
    pub(super) clock: Clock,
    pub(super) session: Session,
    pub(super) id: CredentialId,
    _dir: tempfile::TempDir,
}

impl Bench {
    pub(super) async fn of(provider: &str, variables: &[(&str, &str)]) -> Self {
        let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
        let dir = crate::scratch::folder();
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let client = Registration { id: "client".into(), secret: Some(SECRET.into()), redirect_uris: Vec::new() };
        let catalog = Arc::new(catalog);
        let scopes = catalog.by_id(provider).unwrap().scopes.clone();
        let options =
            sandbox::Options { clock: clock.clone(), catalog, clients: vec![client], ..sandbox::Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let session = open(&dir, &sandbox, &clock);
        let draft = draft(provider, "Machine", &scopes, variables);
        let id = credentials::add(&session, draft).unwrap();
        Self { sandbox, clock, session, id, _dir: dir }
    }

    pub(super) async fn authenticate(&self) -> (Result<Authenticated, Problem>, Vec<&'static str>) {
        authenticate(&self.session, self.id).await
    }

    pub(super) async fn token(&self) -> Result<Token, Problem> {
        access_token(&self.session, self.id, Request::default()).await
    }

    pub(super) fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    pub(super) fn status(&self) -> Status {
        self.credential().status(self.clock.now())
    }

    pub(super) fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(seconds));
    }
}

/// Authenticates without sending any commands; also returns the names of the reports.
pub(super) async fn authenticate(
    session: &Session,
    id: CredentialId,
) -> (Result<Authenticated, Problem>, Vec<&'static str>) {
    let (done, reports) = steered(session, id, |_, _| ()).await;
    (done, reports.iter().map(name).collect())
}

/// Authenticates 200 times faster than the provider demands; `steer` receives each report and may send commands.
pub(super) async fn steered(
    session: &Session,
    id: CredentialId,
    mut steer: impl FnMut(&Progress, &mpsc::Sender<Control>),
) -> (Result<Authenticated, Problem>, Vec<Progress>) {
    let (progress, mut reports) = mpsc::channel(16);
    let (control, commands) = mpsc::channel::<Control>(4);
    // A code that is valid for five minutes lasts a second and a half: enough for a busy machine.
    let options = Options { time_scale: 200, ..Options::by_device() };
    let mut seen = Vec::new();
    let watch = async {
        while let Some(report) = reports.recv().await {
            steer(&report, &control);
            seen.push(report);
        }
    };
    let run = sign_in::authenticate(session, id, options, progress, commands);
    let (done, ()) = futures_util::future::join(run, watch).await;
    (done, seen)
}

/// The name of a report.
pub(super) fn name(report: &Progress) -> &'static str {
    match report {
        Progress::Waiting(_) => "waiting",
        Progress::Device(_) => "device",
        Progress::Undecided { .. } => "undecided",
        Progress::BrowserOpened => "browser opened",
        Progress::NoBrowser(_) => "no browser",
        Progress::Ignored(_) => "ignored",
        Progress::Testing(_) => "testing",
        Progress::Exchanging => "exchanging",
        Progress::Saving => "saving",
    }
}

pub(super) fn draft(provider: &str, name: &str, scopes: &[String], variables: &[(&str, &str)]) -> credentials::Draft {
    let setup = Setup {
        client: Client { id: ClientId("client".into()), secret: Some(ClientSecret::new(SECRET.into())) },
        variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        scopes: scopes.to_vec(),
        ..Setup::default()
    };
    credentials::Draft { name: name.into(), provider: provider.into(), details: Details::default(), setup }
}
