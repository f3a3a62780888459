//! The terminal interface: pure screens on a stack, one message in, effects out.
//!
//! A key or a finished piece of work is a [`message::Message`]. [`app`] turns it into an [`input::Input`] for the
//! screen on top, which answers with [`effect::Effect`]s and does no I/O of its own. `runtime` carries effects out
//! and is the only place that spawns. Each answer comes back tagged with the [`effect::FlowId`] it belongs to, so that
//! a late one cannot land on a newer state.

pub mod app;
mod breadcrumb;
mod burst;
mod clicks;
mod clipboard;
pub mod column;
pub mod configuration;
pub mod context;
mod draw;
pub mod effect;
mod events;
pub mod everywhere;
pub mod first_run;
mod folder_watch;
mod footer;
pub mod input;
mod kept;
pub mod keymap;
mod locking;
pub mod message;
mod messages;
mod navigation;
pub mod overlay;
mod palette;
pub mod places;
pub mod present;
pub mod recover;
pub mod route;
mod running;
mod runtime;
pub mod screen;
mod setting;
pub mod tally;
mod terminal;
pub mod terminal_input;
mod terminal_output;
pub mod theme;
mod tour;
pub mod undoing;
pub mod unlock;
pub mod view;
pub mod welcome;
pub mod widgets;
mod work;

use std::process::ExitCode;

use jiff::tz::TimeZone;

use crate::engine::ops::{credentials, unlock as vault};
use crate::engine::{Session, Workspace};
use crate::problem::Problem;
use crate::process;
use app::App;
use theme::ThemeSource;

/// Whether these are the arguments of the process that clears a copied secret where the interface was killed; then its
/// work is done.
pub fn cleared_clipboard(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    clipboard::ran(arguments)
}

/// Opens the interface: unlock or first run, then the credentials. Gives 0, 128 and the signal that ended it, or 101 after
/// a defect.
///
/// # Errors
/// Usage without a terminal.
pub fn run(workspace: Workspace) -> Result<ExitCode, Problem> {
    let state = vault::vault_state(&workspace);
    let source = ThemeSource::chosen(&workspace.settings);
    let (theme, problem) = source.load();
    let mut app = App::new(workspace, None, state, theme, TimeZone::system());
    app.fail(problem);
    start(app, source)
}

/// Opens the interface over an open vault, with a notice to say first.
///
/// # Errors
/// Usage without a terminal, Storage.
pub fn run_unlocked(session: Session, notice: String) -> Result<ExitCode, Problem> {
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

fn start(app: App, source: ThemeSource) -> Result<ExitCode, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|_| Problem::internal("The runtime could not be started."))?;
    let runtime = Background(Some(runtime));
    let run = |runtime: &tokio::runtime::Runtime| runtime.block_on(runtime::run(app, source));
    let Some(code) = runtime.0.as_ref().map_or(Ok(Some(0)), run)? else {
        let error = process::again(&["--demo"]);
        return Err(Problem::internal("The demo could not be started.").why(format!("The system says: {error}.")));
    };
    Ok(ExitCode::from(code))
}

/// A runtime whose background work (a key waited for, a clipboard to clear, a lock) does not hold up the end, also when
/// that comes by a panic.
struct Background(Option<tokio::runtime::Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
