//! What is known before a vault is open.

use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::log_queue::LogQueue;
use super::names_file;
use super::opener::Opener;
use super::remark::Remark;
use super::supervisor::Supervisor;
use crate::audit::Key;
use crate::catalog::{Catalog, Origin, update};
use crate::clock::Clock;
use crate::oauth::http::{Http, Network};
use crate::oauth::loopback::Certificate;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;
use crate::store::local::Local;

/// What is known before a vault is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Files and folders.
    pub paths: Paths,
    /// The active settings.
    pub settings: Arc<Settings>,
    /// The catalog: the user's own files are read, the built-in ones when they are asked for.
    pub catalog: Arc<Catalog>,
    /// Time.
    pub clock: Clock,
    /// Who opens authorization URLs.
    pub opener: Opener,
    /// Sink for non-fatal warnings.
    pub remark: Remark,
    /// Owns what must finish.
    pub supervisor: Supervisor,
    /// What this process is called where others wait for it: `credenza token`.
    pub program: Arc<str>,
    /// The key of the audit log: a session's workspace has it, no other.
    pub log_key: Option<Key>,
    /// Lines of the audit log that are written a little later.
    pub log: LogQueue,
    /// The one HTTP client. It reads the CA file and the system's certificates when they are first needed.
    pub http: Http,
}

impl Workspace {
    /// Finds folders, settings and the user's own catalog files. Gives what is worth a warning beside.
    ///
    /// # Errors
    /// Usage for settings that cannot be read, Refused for folders others could tamper with.
    pub fn open(dir: Option<&Path>, sandbox: Option<Url>) -> Result<(Self, Vec<Problem>), Problem> {
        let paths = Paths::discover(dir)?;
        paths.check()?;
        let (settings, warnings) = Settings::load(&paths)?;
        names_file::forget(&paths, &settings);
        let origin = sandbox.map_or(Origin::Internet, Origin::Sandbox);
        // No warning will do: every secret would go there.
        origin.check()?;
        let (mut catalog, mut problems) = Catalog::load(&paths.catalog(), origin);
        match update::read_installed(paths.data(), settings.catalog_key.as_deref()) {
            Ok(Some(bundle)) => catalog = catalog.with_update(bundle),
            Ok(None) => {}
            // What is shipped serves on.
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
            remark: Remark::default(),
            supervisor: Supervisor::default(),
            program: Arc::from("credenza"),
            log_key: None,
            log: LogQueue::default(),
            http: Http::new(&network),
        };
        Ok((workspace, problems))
    }

    /// Where the vault is, for a person.
    #[must_use]
    pub fn vault_place(&self) -> String {
        self.local().place()
    }

    /// The certificate of `https://localhost`, made when it is first asked for.
    ///
    /// # Errors
    /// Refused where others can read its key, Storage where it cannot be kept.
    pub fn certificate(&self) -> Result<Certificate, Problem> {
        let today = self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        Certificate::of(self.paths.state(), today)
    }

    /// The vault of this machine, not opened.
    pub(super) fn local(&self) -> Local {
        Local::at(&self.paths, &self.clock, &self.program)
    }
}
