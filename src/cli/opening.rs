//! The workspace, and the vault in it, as the options of a command name them.

use super::arguments::Global;
use super::input;
use super::output::Output;
use super::present;
use super::signals;
use crate::diagnostics::{self, Level};
use crate::engine::ops::{recipients, unlock};
use crate::engine::supervisor::Supervisor;
use crate::engine::{Remark, Session, Workspace};
use crate::memory;
use crate::problem::{Kind, NextStep, Problem};

pub(super) fn workspace(global: &Global, output: Output) -> Result<Workspace, Problem> {
    // Here, and not at the start: who only asks an agent needs next to none.
    memory::must_have(0)?;
    if let Some(url) = &global.sandbox {
        output.note(&format!("credenza: using the sandbox at {url}, not the real providers"));
    }
    let (mut workspace, warnings) = Workspace::open(global.dir.as_deref(), global.sandbox.clone())?;
    workspace.supervisor = Supervisor::gated(signals::WhileJobsRun);
    workspace.program = global.program();
    let level = if global.verbose > 0 { Level::Debug } else { Level::Info };
    diagnostics::start(workspace.paths.state(), level, global.verbose > 1);
    let (version, sandbox) = (env!("CARGO_PKG_VERSION"), global.sandbox.is_some());
    diagnostics::event(Level::Debug, "started", &[("version", &version), ("sandbox", &sandbox)]);
    workspace.remark =
        Remark::by(move |problem| output.note(&format!("credenza: warning: {}", present::in_full(problem))));
    for warning in warnings {
        output.note(&format!("credenza: {}", present::in_full(&warning)));
    }
    Ok(workspace)
}

/// The workspace, where a vault must be.
pub(super) fn existing(global: &Global, output: Output) -> Result<Workspace, Problem> {
    let workspace = workspace(global, output)?;
    match unlock::vault_state(&workspace) {
        unlock::VaultState::Locked { .. } => Ok(workspace),
        unlock::VaultState::Unusable(problem) => Err(problem),
        unlock::VaultState::Absent => Err(absent(&workspace)),
    }
}

fn absent(workspace: &Workspace) -> Problem {
    let place = workspace.vault_place();
    let problem = match unlock::vanished(workspace) {
        None => Problem::new(Kind::Storage, "There is no vault yet.").why(format!("{place} does not exist.")),
        Some(number) => Problem::new(Kind::Storage, "The vault and its backups are missing.")
            .why(format!("{place} does not exist; version {number} was the last one seen."))
            .try_this("Mount its folder, or restore it from your own backup."),
    };
    problem.step(NextStep::Init)
}

/// The open vault, or what keeps its former generations where it does not open.
pub(super) fn session_or_backups(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = restorable(global, output)?;
    by_key(global, |by| unlock::unlock_unread(&workspace, by))
}

/// Does what takes the key that the options name: a host's identity file, else the passphrase.
pub(super) fn by_key<T>(
    global: &Global,
    act: impl FnOnce(unlock::UnlockBy<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    match &global.identity_file {
        Some(file) => act(unlock::UnlockBy::IdentityFile(file)),
        None => act(unlock::UnlockBy::Passphrase(&input::passphrase(global)?)),
    }
}

/// As [`session`], for a monitor: a vault that is known to be wrong is told also where no key is at hand.
pub(super) fn session_for_check(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = existing(global, output)?;
    opened(&workspace, global).map_err(|problem| match (problem.kind, unlock::examine(&workspace)) {
        (Kind::Locked, Err(damage)) => damage,
        _ => problem,
    })
}

/// The workspace, where a vault can be restored, whatever became of it.
pub(super) fn restorable(global: &Global, output: Output) -> Result<Workspace, Problem> {
    let workspace = workspace(global, output)?;
    unlock::may_restore(&workspace).map(|()| workspace)
}

/// The open vault: by a host's identity file, else by the passphrase.
pub(super) fn session(global: &Global, output: Output) -> Result<Session, Problem> {
    opened(&existing(global, output)?, global)
}

/// As [`session`], for a single operation: see [`unlock::unlock_for_one`].
pub(super) fn session_for_one(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = existing(global, output)?;
    by_key(global, |by| unlock::unlock_for_one(&workspace, by))
}

/// The vault of a workspace, opened as [`session`] does.
pub(super) fn opened(workspace: &Workspace, global: &Global) -> Result<Session, Problem> {
    match &global.identity_file {
        Some(file) => recipients::unlock(workspace, file),
        None => unlock::unlock(workspace, &input::passphrase(global)?),
    }
}
