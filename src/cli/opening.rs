//! The workspace, and the vault in it, as the options of a command name them.

use super::arguments::Global;
use super::input;
use super::output::Output;
use super::present;
use super::signals;
use crate::engine::ops::{recipients, unlock};
use crate::engine::supervisor::Supervisor;
use crate::engine::{Remark, Session, Workspace};
use crate::problem::{Kind, Problem};

pub(super) fn workspace(global: &Global, output: Output) -> Result<Workspace, Problem> {
    if let Some(url) = &global.sandbox {
        output.note(&format!("credenza: using the sandbox at {url}, not the real providers"));
    }
    let (mut workspace, warnings) = Workspace::open(global.dir.as_deref(), global.sandbox.clone())?;
    workspace.supervisor = Supervisor::gated(signals::WhileJobsRun);
    workspace.program = global.program();
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
        unlock::VaultState::Absent => Err(Problem::new(Kind::Storage, "There is no vault yet.")
            .why(format!("{} does not exist.", workspace.vault_place()))
            .try_this("Make one with: credenza init")),
    }
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

/// The vault of a workspace, opened as [`session`] does.
pub(super) fn opened(workspace: &Workspace, global: &Global) -> Result<Session, Problem> {
    match &global.identity_file {
        Some(file) => recipients::unlock(workspace, file),
        None => unlock::unlock(workspace, &input::passphrase(global)?),
    }
}
