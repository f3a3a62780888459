//! `credenza --demo`: the whole program with a temporary vault and the sandbox; no account, no network, nothing left
//! behind.
//!
//! All files are in one temporary folder that only its owner can read. It is removed when the demo ends, also after a
//! panic or a signal that unwinds. The only network in use is 127.0.0.1.

mod browser;
mod integrations;
mod seed;
mod when;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;
use tempfile::TempDir;

use crate::catalog::{Catalog, Origin};
use crate::clock::Clock;
use crate::engine::clock_offset;
use crate::engine::ops::unlock;
use crate::engine::supervisor::Supervisor;
use crate::engine::{Http, LogQueue, Opener, Reading, Session, WarningSink, Workspace};
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::sandbox::{self, Sandbox};
use crate::secret::Passphrase;
use crate::settings::Settings;

/// The passphrase of the demo's vault, needed after `lock now`. Shown on the screen.
pub const PASSPHRASE: &str = "demo";

/// How many times a redirect port is picked before giving up.
const PORT_TRIES: usize = 5;

/// Runs the demo: `show` is the terminal interface for an open vault, and gets a notice to show first.
///
/// ```text
/// demo::run(|session, notice| tui::run_demo(session, notice))
/// ```
///
/// # Errors
/// As [`Demo::start`], and those of `show`.
pub fn run(show: impl FnOnce(Session, String) -> Result<(), Problem>) -> Result<(), Problem> {
    let demo = Demo::start()?;
    show(demo.session.clone(), demo.notice.clone())
    // `demo` is dropped here, or while unwinding if `show` panics. That stops the sandbox and removes the folder.
}

/// A demo that is ready. Dropping it stops the sandbox and removes the folder.
#[derive(Debug)]
pub struct Demo {
    /// The open vault.
    pub session: Session,
    /// The notice to show first.
    pub notice: String,
    // Fields are dropped in this order: nothing may write to the folder after it is removed.
    sandbox: Sandbox,
    home: TempDir,
}

impl Demo {
    /// Creates the folder, the sandbox and the vault, and fills the vault by real authentication against the sandbox.
    ///
    /// # Errors
    /// `Kind::Storage` if the temporary folder cannot be created, `Kind::Temporary` if loopback cannot be used.
    pub fn start() -> Result<Self, Problem> {
        let mut tries = 1;
        loop {
            match Self::with_free_port() {
                // Another process took the port between the check and the first sign-in.
                Err(problem) if problem.kind == Kind::Temporary && tries < PORT_TRIES => tries += 1,
                started => return started,
            }
        }
    }

    fn with_free_port() -> Result<Self, Problem> {
        let home = private_folder()?;
        let (catalog, _) = Catalog::load(Path::new(""), Origin::Internet);
        let options = sandbox::Options { catalog: Arc::new(catalog), ..Default::default() };
        let sandbox = Sandbox::start_apart(options)?;
        let seeding = Clock::settable(Clock::system().now());
        let workspace = workspace(home.path(), &sandbox, seeding)?;
        let passphrase = Passphrase::new(PASSPHRASE.to_owned());
        let session = unlock::create_throwaway(&workspace, &passphrase)?;
        seed::fill(&session, &sandbox, home.path())?;
        // The sandbox used the real time while the vault's clock was set back: that is no clock error of this machine.
        clock_offset::forget(&workspace);
        let workspace = Workspace { clock: Clock::system(), opener: browser::opener(&sandbox), ..workspace };
        let session = unlock::unlock(&workspace, &passphrase)?;
        let notice = format!("Demo (F4: a short tour): nothing is saved. After ctrl-l, unlock with \"{PASSPHRASE}\".");
        Ok(Self { session, notice, sandbox, home })
    }

    /// The folder that contains all files of the demo.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The simulated provider.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}

/// Creates a folder that only its owner can read. Its mode is set while it is still empty.
fn private_folder() -> Result<TempDir, Problem> {
    let home = tempfile::Builder::new().prefix("credenza-demo-").tempdir().map_err(|_| no_room())?;
    #[cfg(unix)]
    rustix::fs::chmod(home.path(), rustix::fs::Mode::RWXU).map_err(|_| no_room())?;
    Ok(home)
}

fn workspace(home: &Path, sandbox: &Sandbox, clock: Clock) -> Result<Workspace, Problem> {
    let paths = Paths::discover(Some(home))?;
    let (catalog, _) = Catalog::load(&paths.catalog(), Origin::Sandbox(sandbox.base()));
    let settings = looks();
    let redirect_port = free_port()?;
    Ok(Workspace {
        paths,
        settings: Arc::new(Settings { redirect_port, lock_after: Some(SignedDuration::from_mins(30)), ..settings }),
        catalog: Arc::new(catalog),
        clock,
        opener: Opener::default(),
        warnings: WarningSink::default(),
        reading: Reading::default(),
        supervisor: Supervisor::default(),
        program: Arc::from("credenza --demo"),
        log_key: None,
        log: LogQueue::default(),
        http: Http::default(),
    })
}

/// The default settings, except for those of the screens, which are the user's own, so that a theme can be tried.
/// Settings that cannot be read are ignored here; the program itself reports them.
fn looks() -> Settings {
    let named = std::env::var_os("CREDENZA_DIR");
    let paths = Paths::discover(named.as_deref().map(Path::new));
    let (own, _) = paths.and_then(|paths| Settings::load(&paths)).unwrap_or_default();
    let Settings { theme, theme_place, folder, ascii, mouse, .. } = own;
    Settings { theme, theme_place, folder, ascii, mouse, ..Settings::default() }
}

/// A free port. The default port may be in use by another demo, or by a real vault that is waiting for its redirect.
fn free_port() -> Result<u16, Problem> {
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|_| {
        Problem::new(Kind::Temporary, "The demo cannot listen on 127.0.0.1.")
            .why("The simulated provider and the sign-in redirect need it.")
            .try_this("Run the demo where loopback connections are allowed.")
    })
}

fn no_room() -> Problem {
    Problem::new(Kind::Storage, "The demo could not create its temporary folder.")
        .why("All files of the demo are kept in one folder that is removed at the end.")
        .try_this("Set TMPDIR to a folder you can write to.")
}
