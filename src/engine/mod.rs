//! What one can do, without printing and drawing: used by the command line and the TUI alike.

pub mod agent;
pub mod audit;
pub mod browser;
pub mod event;
pub mod opener;
pub mod operation;
pub mod ops;
mod steering;
pub mod submit;
pub mod supervisor;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

pub use audit::Remark;
pub use opener::Opener;

use crate::catalog::{Catalog, Origin, Provider};
use crate::clock::Clock;
use crate::model::credential::{Credential, CredentialId};
pub use crate::oauth::http::Http;
use crate::oauth::http::Network;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;
pub use crate::store::Snapshot;
use crate::store::local::Local;
use crate::store::{Held, Lease, Store, StoreError, Wait};
use supervisor::Supervisor;

/// What is known before a vault is open. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Files and folders.
    pub paths: Paths,
    /// Settings in force.
    pub settings: Arc<Settings>,
    /// The catalog: the user's own files are read, the built-in ones when they are asked for.
    pub catalog: Arc<Catalog>,
    /// Time.
    pub clock: Clock,
    /// Who opens authorization URLs.
    pub opener: Opener,
    /// Who is told of what stops nothing.
    pub remark: Remark,
    /// Owns what must finish.
    pub supervisor: Supervisor,
    /// What this process is called where others wait for it: `credenza token`.
    pub program: Arc<str>,
    /// The one HTTP client. It reads the CA file and the system's certificates when they are first needed.
    pub http: Http,
}

/// An open vault. Cheap to clone; the key is wiped with the last clone.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it is.
    pub workspace: Workspace,
    store: Arc<dyn Store>,
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
        let origin = sandbox.map_or(Origin::Internet, Origin::Sandbox);
        // No warning will do: every secret would go there.
        origin.check()?;
        let (catalog, mut problems) = Catalog::load(&paths.catalog(), origin);
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
            http: Http::new(&network),
        };
        Ok((workspace, problems))
    }

    /// The vault of this machine, not opened.
    fn local(&self) -> Local {
        Local::at(&self.paths, &self.clock, &self.program)
    }
}

impl Session {
    /// The credential as the vault has it now.
    fn credential(&self, id: CredentialId) -> Result<Credential, Problem> {
        self.store.credential(id)?.ok_or_else(gone)
    }

    /// The lease of a credential: the right to spend what it holds. Blocks at most `longest`; `noticed` is called once
    /// when the wait becomes noticeable.
    fn lease(
        &self,
        credential: &Credential,
        longest: Duration,
        noticed: &mut dyn FnMut(),
    ) -> Result<Box<dyn Lease>, Problem> {
        self.store.lease(credential.id, Wait { longest, noticed }).map_err(|error| match error {
            StoreError::Busy { held: Held::Lease, .. } => {
                let problem = Problem::from(error);
                let what = format!("\"{}\" is in use. {}", credential.name, problem.what);
                Problem::new(problem.kind, what).why(problem.why).try_this(problem.try_this)
            }
            error => error.into(),
        })
    }

    /// The keys of the store on this machine.
    ///
    /// # Errors
    /// Refused where somebody else administers them.
    fn keys(&self) -> Result<&dyn crate::store::Keys, Problem> {
        self.store.keys().ok_or_else(|| {
            Problem::new(Kind::Refused, "The keys of this vault are not administered from this machine.")
        })
    }

    /// Keeps the page of the vault's key out of the swap from now on. False where the system refuses (`ulimit -l`).
    fn holds_key_in_memory(&self) -> bool {
        self.store.keys().is_some_and(crate::store::Keys::lock_in_memory)
    }

    /// The catalog's facts about the credential's provider.
    ///
    /// # Errors
    /// NotFound when the catalog has it no more.
    pub fn provider(&self, credential: &Credential) -> Result<&Provider, Problem> {
        self.workspace.catalog.by_id(&credential.provider).ok_or_else(|| {
            Problem::new(Kind::NotFound, format!("The catalog has no integration {}.", credential.provider))
                .why("The credential was made with a catalog file that is no longer there, or no longer valid.")
                .try_this(format!("Put the file back into {}.", self.workspace.paths.catalog().display()))
        })
    }
}

pub(crate) fn gone() -> Problem {
    Problem::new(Kind::NotFound, "The credential is no longer there.")
        .why("It was deleted meanwhile.")
        .try_this("Undo brings a deleted credential back.")
}
