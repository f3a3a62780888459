//! The terminal interface: pure screens on a stack, one message in, effects out.
//!
//! A key or a finished piece of work is a [`message::Message`]. [`app`] turns it into an [`input::Input`] for the
//! screen on top, which answers with [`effect::Effect`]s and does no I/O of its own. [`runtime`] carries effects out
//! and is the only place that spawns. Each answer comes back tagged with the [`effect::FlowId`] it belongs to, so that
//! a late one cannot land on a newer state.

pub mod configuration;
pub mod context;
pub mod effect;
pub mod input;
pub mod keymap;
pub mod message;
pub mod route;
pub mod screen;
pub mod theme;
pub mod view;
pub mod widgets;

/// Opens the interface: unlock or first run, then the credentials.
///
/// # Errors
/// Usage without a terminal.
pub fn run(_workspace: crate::service::Workspace) -> Result<(), crate::problem::Problem> {
    Err(crate::problem::Problem::internal("The interface is not built yet."))
}

/// Opens the interface over an open vault.
///
/// # Errors
/// Usage without a terminal.
pub fn run_unlocked(_session: crate::service::Session, _notice: String) -> Result<(), crate::problem::Problem> {
    Err(crate::problem::Problem::internal("The interface is not built yet."))
}
