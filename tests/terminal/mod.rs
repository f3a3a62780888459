//! The real program in a real (pseudo) terminal: signals, modes, sizes, pastes, floods, hostile text, prompts.

mod adding;
mod clipboard;
mod device;
mod forms;
mod input;
mod integrations;
mod keys;
mod kinds;
mod leaving;
mod locking;
mod memory;
mod prompt;
pub(crate) mod pty;
mod refreshing;
mod sequences;
mod start;
mod tables;
mod text;
mod themes;
mod undoing;
mod wiped;

use crate::cli::Cli;

/// A vault with one credential.
fn vault() -> Cli {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli
}
