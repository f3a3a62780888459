//! `credenza integration`: manages integrations, which load records. JSON of one: see [`row`]; of `list`: an array of
//! them.

mod edits;
mod row;
mod sessions;
mod sync;
mod test;
mod units;

use super::arguments::Global;
use super::arguments::integration::Integration;
use super::output::Output;
use crate::engine::{Session, Workspace};
use crate::problem::Problem;

pub(super) fn loads(workspace: &Workspace, provider: Option<&str>, output: Output) -> Result<(), Problem> {
    row::loads(workspace, provider, output)
}

/// Writes systemd unit files; like `loads`, it needs no vault.
pub(super) fn units(folder: &std::path::Path, global: &Global, output: Output) -> Result<(), Problem> {
    units::write(folder, global, output)
}

/// Runs a subcommand. Returns the exit code of a success.
pub(super) fn run(session: &Session, command: Integration, global: &Global, output: Output) -> Result<u8, Problem> {
    match command {
        Integration::List => row::list(session, output)?,
        Integration::Show { name } => row::show(session, &name, output)?,
        Integration::Add(arguments) => edits::add(session, arguments, output)?,
        Integration::Edit(arguments) => edits::edit(session, arguments, output)?,
        Integration::Rename { old, new } => edits::rename(session, &old, &new, output)?,
        Integration::Duplicate { name, new } => edits::duplicate(session, &name, &new, output)?,
        Integration::Delete { name, yes } => edits::delete(session, &name, yes, global, output)?,
        Integration::Pause { name } => edits::pause(session, &name, true, output)?,
        Integration::Resume { name } => edits::pause(session, &name, false, output)?,
        Integration::Test(arguments) => test::run(session, &arguments, output)?,
        Integration::Sync(arguments) => return sync::run(session, &arguments, output),
        Integration::Sessions(arguments) => sessions::run(session, &arguments, output)?,
        // Handled before a vault is opened.
        Integration::Loads { .. } | Integration::Units { .. } => {}
    }
    Ok(0)
}
