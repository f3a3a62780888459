//! The real program in a pseudo-terminal: signals, modes, sizes, pastes, floods, hostile text, prompts.

mod adding;
mod clipboard;
mod device;
mod first_hours;
mod forms;
mod input;
mod integrations;
mod keys;
mod kinds;
mod leaving;
mod locking;
mod memory;
mod moving;
mod prompt;
pub(crate) mod pty;
mod refreshing;
mod refusals;
mod selecting;
mod sequences;
mod start;
mod tables;
mod team;
mod team_entry;
mod team_slow;
mod text;
mod themes;
mod tools;
mod undoing;
mod walkthrough;
mod wiped;

use crate::cli::Cli;

fn vault() -> Cli {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    cli
}
