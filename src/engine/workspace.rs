//! What exists before a vault is open: paths, settings, catalog, HTTP client, clock.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::log_queue::LogQueue;
use super::names_file;
use super::opener::Opener;
use super::supervisor::Supervisor;
use super::warning_sink::WarningSink;
use crate::audit::Key;
use crate::catalog::{Catalog, Origin, update};
use crate::clock::Clock;
use crate::oauth::http::{Http, Network};
use crate::oauth::loopback::Certificate;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;
use crate::store::Reading;
use crate::store::local::{Local, Presence};

/// Folders, settings, catalog, clock and services: what a program needs before a vault is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub paths: Paths,
    pub settings: Arc<Settings>,
    /// The catalog. The user's own files are read at once, built-in entries on first use.
    pub catalog: Arc<Catalog>,
    pub clock: Clock,
    /// Opens authorization URLs in a browser.
    pub opener: Opener,
    /// Receives non-fatal warnings.
    pub warnings: WarningSink,
    /// Receives the progress of long reads of a shared vault.
    pub reading: Reading,
    /// Owns the jobs that must finish.
    pub supervisor: Supervisor,
    /// How other processes that wait for this one name it: `credenza token`.
    pub program: Arc<str>,
    /// The key of the audit log; `None` until a vault is open.
    pub log_key: Option<Key>,
    /// Lines of the audit log that are written in the background.
    pub log: LogQueue,
    /// The HTTP client, which reads the CA file and the system's certificates on first use.
    pub http: Http,
}

impl Workspace {
    /// Finds folders, settings and the user's own catalog files. Returns the warnings.
    ///
    /// # Errors
    /// `Kind::Usage` for settings that cannot be read, `Kind::Refused` for folders that others could tamper with.
    pub fn open(dir: Option<&Path>, sandbox: Option<Url>) -> Result<(Self, Vec<Problem>), Problem> {
        Self::open_vault(dir, sandbox, None)
    }

    /// As [`open`](Self::open), for the named vault, else for the one in the settings.
    ///
    /// # Errors
    /// As [`open`](Self::open), and `Kind::Usage` for a name that is not valid.
    pub(crate) fn open_vault(
        dir: Option<&Path>,
        sandbox: Option<Url>,
        vault: Option<&str>,
    ) -> Result<(Self, Vec<Problem>), Problem> {
        let default = Paths::discover(dir)?;
        default.check()?;
        let (settings, warnings) = Settings::load(&default)?;
        let paths = of_vault(&default, vault.or(settings.vault.as_deref()))?;
        paths.check()?;
        names_file::forget(&paths, &settings);
        let origin = sandbox.map_or(Origin::Internet, Origin::Sandbox);
        // An error, not a warning: every secret would be sent there.
        origin.check()?;
        let (mut catalog, mut problems) = Catalog::load(&paths.catalog(), origin);
        match update::read_installed(paths.data(), settings.catalog_key.as_deref()) {
            Ok(Some(bundle)) => catalog = catalog.with_update(bundle),
            Ok(None) => {}
            // The built-in catalog is still used.
            Err(problem) => problems.push(problem),
        }
        problems.extend(warnings.into_iter().map(|warning| Problem::new(Kind::Usage, warning)));
        let network = Network { proxy: settings.proxy.clone(), ca_file: settings.ca_file.clone() };
        let workspace = Self {
            paths,
            settings: Arc::new(settings),
            catalog: Arc::new(catalog),
            clock: Clock::system(),
            opener: Opener::default(),
            warnings: WarningSink::default(),
            reading: Reading::default(),
            supervisor: Supervisor::default(),
            program: Arc::from("credenza"),
            log_key: None,
            log: LogQueue::default(),
            http: Http::new(&network),
        };
        Ok((workspace, problems))
    }

    /// The location of the vault, to show to the user.
    #[must_use]
    pub(crate) fn vault_place(&self) -> String {
        self.local().place()
    }

    /// A workspace for the unnamed vault on this machine, with the same settings.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn of_local_vault(&self, dir: Option<&Path>) -> Result<Self, Problem> {
        Ok(Self { paths: Paths::discover(dir)?, ..self.clone() })
    }

    /// The name of the vault for `--vault`.
    #[must_use]
    pub(crate) fn vault_name(&self) -> &str {
        self.paths.vault_name().unwrap_or(LOCAL)
    }

    /// The vaults on this machine, the unnamed one first.
    #[must_use]
    pub(crate) fn vaults_here(&self) -> Vec<VaultHere> {
        let names = std::iter::once(LOCAL.to_owned()).chain(self.paths.vaults());
        let here = names.filter_map(|name| {
            let local = self.of_vault(&name).ok()?.local();
            let is_there = !matches!(local.presence(), Presence::Absent);
            is_there.then(|| VaultHere { name, place: local.place() })
        });
        here.collect()
    }

    /// A workspace for another vault on this machine.
    ///
    /// # Errors
    /// `Kind::Usage` for a name that is not valid, `Kind::Refused` for folders that others could tamper with.
    pub fn of_vault(&self, name: &str) -> Result<Self, Problem> {
        let paths = self.paths.beside(Some(name).filter(|name| *name != LOCAL))?;
        paths.check()?;
        // Queued lines belong to the log of the previous vault.
        Ok(Self { paths, log: LogQueue::default(), log_key: None, ..self.clone() })
    }

    /// The certificate of `https://localhost`, created on first use.
    ///
    /// # Errors
    /// `Kind::Refused` if others can read its key, `Kind::Storage` if it cannot be stored.
    pub fn certificate(&self) -> Result<Certificate, Problem> {
        let today = self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        Certificate::of(self.paths.state(), today)
    }

    /// The vault on this machine, not yet opened.
    pub(super) fn local(&self) -> Local {
        Local::at(&self.paths, &self.clock, &self.program).reporting(self.reading.clone())
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VaultHere {
    pub name: String,
    /// Its location, to show to the user: a file, or the address of a team's store.
    pub place: String,
}

/// The name that stands for the unnamed vault.
pub(crate) const LOCAL: &str = "local";

/// The folders of the vault with this name; without a name, those of the unnamed vault.
///
/// # Errors
/// `Kind::Usage` for a name that is not valid.
pub fn of_vault(default: &Paths, name: Option<&str>) -> Result<Paths, Problem> {
    match name {
        None | Some(LOCAL) => Ok(default.clone()),
        Some(name) => default.of_vault(name),
    }
}
