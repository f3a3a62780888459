//! The terminal interface: pure screens on a stack; one message in, effects out.
//!
//! A key or an event of an operation is a [`message::Message`]. [`app`] turns a key into an `input::Input` for the top
//! screen, and an event into one for the screens that wait for it. They return [`effect::Effect`]s and do no I/O
//! themselves: `app` carries out navigation, `runtime` and the modules it starts (`work`, `store_watch`, `clipboard`)
//! everything else. Each event of an operation has the [`effect::OperationId`] of its operation, so that a late one
//! cannot reach a newer state.

pub mod app;
pub(crate) mod attention_counts;
mod breadcrumb;
mod burst;
mod changes;
mod clicks;
mod clipboard;
pub(crate) mod column;
pub(crate) mod configuration;
pub(crate) mod context;
mod draw;
pub mod effect;
mod events;
pub(crate) mod first_run;
mod folder_watch;
mod footer;
pub(crate) mod global_keys;
pub(crate) mod input;
mod kept_screens;
pub mod keymap;
mod locking;
pub(crate) mod main_screens;
pub mod message;
mod messages;
mod navigation;
pub(crate) mod overlay;
mod palette;
pub(crate) mod present;
pub(crate) mod recover;
pub mod route;
mod running;
mod runtime;
pub(crate) mod screen;
mod setting;
mod store_watch;
mod terminal;
pub mod terminal_input;
mod terminal_output;
pub mod theme;
mod timers;
mod tour;
pub(crate) mod undoing;
pub(crate) mod unlock;
mod vaults;
pub(crate) mod view;
pub(crate) mod welcome;
pub(crate) mod widgets;
mod work;

use std::process::ExitCode;
use std::time::Duration;

use jiff::tz::TimeZone;

use crate::engine::ops::{credentials, unlock as vault};
use crate::engine::{Session, Workspace};
use crate::memory;
use crate::problem::Problem;
use crate::process;
use app::App;
use theme::ThemeSource;

/// If these are the arguments of the process that clears a copied secret when the interface is killed, runs that
/// process and returns true.
pub fn run_clipboard_guard(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    clipboard::run_guard(arguments)
}

/// Runs the interface: unlock or first run, then the credentials. Returns the exit code: 0, 128 plus the number of the
/// signal that ended it, or 101 after a panic.
/// # Errors
/// `Kind::Usage` without a terminal, `Kind::Temporary` without enough memory or if a job did not end in time,
/// `Kind::Internal` if the terminal fails.
pub fn run(workspace: Workspace) -> Result<ExitCode, Problem> {
    let (state, vaults) = (vault::vault_state(&workspace), workspace.vaults_here());
    let source = ThemeSource::chosen(&workspace.settings);
    let (theme, problem) = source.load();
    let mut app = App::new(workspace, None, state, theme, TimeZone::system());
    app.set_vaults(vaults);
    app.fail(problem);
    start(app, source)
}

/// Runs the interface on an open vault, with a notice to begin with.
/// # Errors
/// As [`run`]; `Kind::Storage` if the vault cannot be read.
pub fn run_demo(session: Session, notice: String) -> Result<ExitCode, Problem> {
    let workspace = session.workspace.clone();
    let snapshot = credentials::snapshot(&session)?;
    let state = vault::vault_state(&workspace);
    let source = ThemeSource::chosen(&workspace.settings);
    let (theme, problem) = source.load();
    let mut app = App::new(workspace, Some((session, snapshot)), state, theme, TimeZone::system());
    app.announce("DEMO", notice);
    app.fail(problem);
    start(app, source)
}

/// How long an idle thread for blocking work is kept: for the whole life of the program.
const FOREVER: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

fn start(app: App, source: ThemeSource) -> Result<ExitCode, Problem> {
    memory::must_have_screens()?;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().thread_keep_alive(FOREVER).build();
    let runtime = runtime.map_err(|_| Problem::internal("The runtime could not be started."))?;
    // If the system refuses further threads, blocking work waits for an existing one, so at least one has to exist.
    memory::must_have_a_thread()?;
    runtime.spawn_blocking(|| ());
    let runtime = Background(Some(runtime));
    let run = |runtime: &tokio::runtime::Runtime| runtime.block_on(runtime::run(app, source));
    let Some(code) = runtime.0.as_ref().map_or(Ok(Some(0)), run)? else {
        let error = process::again(&["--demo"]);
        return Err(Problem::internal("The demo could not be started.").why(format!("The system says: {error}.")));
    };
    Ok(ExitCode::from(code))
}

/// A runtime whose background work (waiting for a key, clearing the clipboard, locking) does not delay the end of the
/// program, not even after a panic.
struct Background(Option<tokio::runtime::Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
