//! A vault, the sandbox, a working credential, and integrations that use it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::local_vault::{self, Vault};
use credenza::catalog::{Catalog, Origin, Provider};
use credenza::clock::Clock;
use credenza::engine::ops::integrations::sync::{self, Report};
use credenza::engine::ops::integrations::test::{self, TestReport};
use credenza::engine::ops::integrations::{self, Draft};
use credenza::engine::ops::unlock;
use credenza::engine::{Http, Opener, Session, WarningSink, Workspace};
use credenza::model::change::Change;
use credenza::model::credential::{Client, ClientId, Credential, CredentialId, Endpoints, Name, Setup, Tokens};
use credenza::model::integration::{Format, IntegrationId, IntegrationSetup, SyncSession, Trigger};
use credenza::paths::Paths;
use credenza::problem::Problem;
use credenza::sandbox::{Consent, Mode, Options, Sandbox};
use credenza::secret::{AccessToken, ClientSecret, Passphrase, RefreshToken, Secret};
use credenza::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use crate::sandbox::wire;

/// The loads of the three products.
pub(crate) const ALL: [&str; 3] = ["mdm-devices", "sdp-assets", "ec-computers"];

pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    pub(crate) sandbox: Sandbox,
    pub(crate) session: Session,
    pub(crate) clock: Clock,
    pub(crate) folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let clock = Clock::settable(Timestamp::from_second(1_800_000_000).unwrap());
        let options = Options {
            clock: clock.clone(),
            catalog: Arc::new(Catalog::default()),
            consent: Consent::Accept,
            ..Options::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let folder = crate::scratch::folder();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        local_vault::create_throwaway(&paths, &passphrase(), &clock, 1).unwrap();
        let workspace = Workspace {
            catalog: Arc::new(Catalog::load(&paths.catalog(), Origin::Sandbox(sandbox.base())).0),
            paths,
            settings: Arc::new(Settings::default()),
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
        let session = unlock::unlock(&workspace, &passphrase()).unwrap();
        Self { runtime, sandbox, session, clock, folder }
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::unlock(&self.session.workspace.paths, &passphrase(), &self.clock).unwrap()
    }

    /// Adds a credential with tokens of the sandbox, or with a key.
    pub(crate) fn credential(&self, provider: &str, name: &str) -> CredentialId {
        let provider = self.session.workspace.catalog.by_id(provider).unwrap();
        let credential = Credential::new(Name::parse(name).unwrap(), &provider.id, setup(provider), self.clock.now());
        let (id, variables) = (credential.id, credential.setup.variables.clone());
        let vault = self.vault();
        let typed_in = credential.is_static_secret();
        vault.commit(Change::Insert(Box::new(credential))).unwrap();
        if !typed_in {
            let endpoints = provider.endpoints(&variables, self.session.workspace.catalog.origin()).unwrap();
            self.sign_in(id, endpoints);
        }
        id
    }

    /// Stores the tokens of a new grant in a credential, as after the user's consent.
    pub(crate) fn sign_in(&self, id: CredentialId, endpoints: Endpoints) {
        let (access, refresh) = self.runtime.block_on(wire::tokens(&self.sandbox, wire::US, wire::SCOPES));
        let now = self.clock.now();
        let captured = ["cloud_id", "instance_url", "api_domain"];
        let tokens = Tokens {
            access: AccessToken::new(access),
            refresh: Some(RefreshToken::new(refresh)),
            received_at: now,
            expires_at: Some(now + SignedDuration::from_hours(1)),
            refresh_expires_at: None,
            scopes: None,
            captured: captured.iter().map(|name| ((*name).to_owned(), format!("{name}-1"))).collect(),
        };
        let change = Change::Authenticated {
            id,
            tokens: Box::new(tokens),
            endpoints: Box::new(endpoints),
            moved: BTreeMap::new(),
            by: "by browser",
            sets: BTreeMap::new(),
        };
        self.vault().commit(change).unwrap();
    }

    /// Signs in again with a stored credential.
    pub(crate) fn sign_in_again(&self, id: CredentialId) {
        let snapshot = self.vault().snapshot().unwrap();
        self.sign_in(id, snapshot.credentials.by_id(id).unwrap().endpoints.clone().unwrap());
    }

    /// Adds an integration and a credential for it.
    pub(crate) fn integration(&self, provider: &str, loads: &[&str]) -> IntegrationId {
        let credential = self.credential(provider, provider);
        self.integration_with(provider, loads, |setup| setup.credential = Some(credential))
    }

    pub(crate) fn integration_with(
        &self,
        provider: &str,
        loads: &[&str],
        more: impl FnOnce(&mut IntegrationSetup),
    ) -> IntegrationId {
        let mut setup = IntegrationSetup {
            loads: loads.iter().map(|load| (*load).to_owned()).collect(),
            folder: self.out().to_str().unwrap().to_owned(),
            format: Format::Ndjson,
            ..IntegrationSetup::default()
        };
        let catalog = &self.session.workspace.catalog;
        for load in loads {
            for (name, _) in &catalog.by_id(provider).unwrap().load(load).unwrap().parameters {
                setup.parameters.insert(name.clone(), "acme".to_owned());
            }
        }
        more(&mut setup);
        let name = format!("{provider} {}", loads.join(" "));
        integrations::add(&self.session, Draft { name, provider: provider.to_owned(), setup }).unwrap()
    }

    /// Edits the settings of an integration.
    pub(crate) fn edit(&self, id: IntegrationId, change: impl FnOnce(&mut IntegrationSetup)) {
        let one = integrations::find(&self.session, &id.to_string()).unwrap();
        let mut setup = one.setup.clone();
        change(&mut setup);
        let draft = Draft { name: one.name.to_string(), provider: one.provider.clone(), setup };
        integrations::edit(&self.session, &integrations::IntegrationBase::of(&one), draft).unwrap();
    }

    pub(crate) fn mode(&self, mode: &str) {
        self.sandbox.script().mode(mode.parse::<Mode>().unwrap());
    }

    pub(crate) fn test(&self, id: IntegrationId) -> TestReport {
        self.test_accepting(id, false).unwrap()
    }

    pub(crate) fn test_accepting(&self, id: IntegrationId, accept_new_host: bool) -> Result<TestReport, Problem> {
        let (reports, mut told) = mpsc::channel(64);
        let (_never, cancel) = watch::channel(false);
        self.runtime.block_on(async {
            let run = test::test(&self.session, id, None, accept_new_host, reports, cancel);
            let drain = async { while told.recv().await.is_some() {} };
            futures_util::future::join(Box::pin(run), drain).await.0
        })
    }

    /// Syncs into the folder, and waits for the end.
    pub(crate) fn sync(&self, id: IntegrationId) -> SyncSession {
        self.sync_as(id, options()).unwrap()
    }

    pub(crate) fn sync_as(&self, id: IntegrationId, options: sync::Options) -> Result<SyncSession, Problem> {
        self.sync_watched(id, options, |_, _| ())
    }

    /// Syncs; `see` receives each report, and can cancel the run.
    pub(crate) fn sync_watched(
        &self,
        id: IntegrationId,
        options: sync::Options,
        mut see: impl FnMut(&Report, &watch::Sender<bool>),
    ) -> Result<SyncSession, Problem> {
        let (reports, mut told) = mpsc::channel(64);
        let (canceling, cancel) = watch::channel(false);
        self.runtime.block_on(async {
            let run = sync::sync(&self.session, id, options, reports, cancel);
            let seeing = async {
                while let Some(report) = told.recv().await {
                    see(&report, &canceling);
                }
            };
            futures_util::future::join(Box::pin(run), seeing).await.0
        })
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The contents of an output file.
    pub(crate) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.out().join(file)).unwrap()
    }

    pub(crate) fn records(&self, load: &str) -> Vec<Value> {
        let text = self.text(&format!("{load}.ndjson"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The number of token requests so far.
    pub(crate) fn token_requests(&self) -> usize {
        self.sandbox.count("/oauth/v2/token")
    }

    /// The number of API calls so far.
    pub(crate) fn calls(&self) -> usize {
        self.sandbox.seen().iter().filter(|seen| !seen.path.contains("/oauth/")).count()
    }
}

pub(crate) fn options() -> sync::Options {
    sync::Options::whole(Trigger::Hand)
}

fn passphrase() -> Passphrase {
    Passphrase::new("test".to_owned())
}

fn setup(provider: &Provider) -> Setup {
    let wanted = provider.variables.iter().filter(|variable| !variable.optional && !variable.secret);
    let variables: BTreeMap<String, String> = wanted
        .map(|variable| {
            let value = variable.default.clone().unwrap_or_else(|| variable.example.clone());
            (variable.name.clone(), value)
        })
        .collect();
    let secrets = credenza::engine::ops::setup::secret_fields(provider);
    let secrets = secrets.into_iter().map(|(name, _)| (name.to_owned(), Secret::new("made-up-key".to_owned())));
    Setup {
        client: Client {
            id: ClientId(wire::CLIENT_ID.to_owned()),
            secret: Some(ClientSecret::new(wire::CLIENT_SECRET.to_owned())),
        },
        variables,
        secrets: secrets.collect(),
        scopes: provider.scopes.clone(),
        redirect_uri: provider.redirect_uri(53_682),
    }
}
