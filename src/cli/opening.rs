//! Opens the workspace and its vault with a command's options.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use super::arguments::Global;
use super::input;
use super::key_prompts::AtTerminal;
use super::output::{Output, is_watched};
use super::present;
use super::signals;
use crate::clock::SuspendAwareInstant;
use crate::diagnostics::{self, Level};
use crate::engine::ops::unlock::{self, UnlockBy};
use crate::engine::ops::{member_key, team};
use crate::engine::supervisor::Supervisor;
use crate::engine::{Reading, Session, WarningSink, Workspace, of_vault};
use crate::memory;
use crate::paths::Paths;
use crate::problem::{Kind, NextStep, Problem};
use crate::settings::Settings;

/// Reads that take less time are not reported.
const NOTICEABLE: Duration = Duration::from_millis(500);

pub(super) fn workspace(global: &Global, output: Output) -> Result<Workspace, Problem> {
    // Checked here and not at startup, because a request to the agent needs almost no memory.
    memory::must_have(0)?;
    if let Some(url) = &global.sandbox {
        output.note(&format!("credenza: using the sandbox at {url}, not the real providers"));
    }
    let (mut workspace, warnings) =
        Workspace::open_vault(global.dir.as_deref(), global.sandbox.clone(), global.vault.as_deref())?;
    if let Some(file) = &global.identity_file {
        team::log_as_host(&mut workspace, file)?;
    }
    workspace.supervisor = Supervisor::gated(signals::WhileJobsRun);
    workspace.program = global.program();
    let level = if global.verbose > 0 { Level::Debug } else { Level::Info };
    diagnostics::start(workspace.paths.state(), level, global.verbose > 1);
    let (version, sandbox) = (env!("CARGO_PKG_VERSION"), global.sandbox.is_some());
    diagnostics::event(Level::Debug, "started", &[("version", &version), ("sandbox", &sandbox)]);
    workspace.warnings =
        WarningSink::by(move |problem| output.note(&format!("credenza: warning: {}", present::in_full(problem))));
    workspace.reading = reading(output);
    for warning in warnings {
        output.note(&format!("credenza: {}", present::in_full(&warning)));
    }
    Ok(workspace)
}

/// Shows the progress of the first read of a large shared vault.
fn reading(output: Output) -> Reading {
    if output.json || !is_watched() {
        return Reading::default();
    }
    let begun = OnceLock::new();
    Reading::by(move |done, total| {
        if begun.get_or_init(SuspendAwareInstant::now).elapsed() > NOTICEABLE {
            let end = if done == total { "\n" } else { "" };
            output.progress(&format!("\rcredenza: reading the team vault: {done} of {total} objects{end}"));
        }
        true
    })
}

/// The workspace, if there is a vault.
pub(super) fn existing(global: &Global, output: Output) -> Result<Workspace, Problem> {
    let workspace = workspace(global, output)?;
    // A host of a team needs nothing on its machine but its identity file.
    if global.identity_file.as_deref().is_some_and(team::is_identity) {
        return Ok(workspace);
    }
    match unlock::vault_state(&workspace) {
        unlock::VaultState::Locked { .. } => Ok(workspace),
        unlock::VaultState::Unusable(problem) => Err(problem),
        unlock::VaultState::Absent => Err(absent(&workspace)),
    }
}

fn absent(workspace: &Workspace) -> Problem {
    let place = workspace.vault_place();
    let vaults: Vec<String> = workspace.vaults_here().into_iter().map(|here| here.name).collect();
    let problem = match unlock::vanished(workspace) {
        None if !vaults.is_empty() => Problem::new(Kind::Storage, "No vault has this name.")
            .why(format!("{place} does not exist. Vaults on this machine: {}.", vaults.join(", ")))
            .try_this("Name one of them with --vault."),
        None => Problem::new(Kind::Storage, "There is no vault yet.").why(format!("{place} does not exist.")),
        Some(number) => Problem::new(Kind::Storage, "The vault and its backups are missing.")
            .why(format!("{place} does not exist; version {number} was the last one seen."))
            .try_this("Mount its folder, or restore it from your own backup."),
    };
    problem.step(NextStep::Init)
}

/// The open vault, or only its backups if it does not open.
pub(super) fn session_or_backups(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = restorable(global, output)?;
    by_key(&workspace, global, output, |by| unlock::unlock_unread(&workspace, by))
}

/// Calls `act` with the key in the options: a host's identity file, or a member's key file; else with the default:
/// the key file that was used last, or the passphrase.
pub(super) fn by_key<T>(
    workspace: &Workspace,
    global: &Global,
    output: Output,
    act: impl FnOnce(UnlockBy<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    match &global.identity_file {
        Some(file) if !member_key::is_meant(workspace, file) => act(UnlockBy::IdentityFile(file)),
        _ => match key_file(workspace, global)? {
            Some(file) => act(UnlockBy::KeyFile(&file, &AtTerminal::new(global, output))),
            None => act(UnlockBy::Passphrase(&input::passphrase(global)?)),
        },
    }
}

/// The key file that opens the team vault of the workspace; `None` if a passphrase does.
pub(super) fn key_file(workspace: &Workspace, global: &Global) -> Result<Option<PathBuf>, Problem> {
    let Some(key) = member_key::of(workspace) else { return Ok(None) };
    match &global.identity_file {
        Some(file) => Ok(Some(file.clone())),
        None if key.file.as_os_str().is_empty() => {
            let problem = Problem::new(Kind::Locked, "The vault is opened by a key, and its file is not known.");
            Err(problem.try_this("Name it with --identity-file FILE."))
        }
        None => Ok(Some(key.file)),
    }
}

/// As [`session`], for monitoring: a vault that is known to be damaged is reported even without a key.
pub(super) fn session_for_check(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = existing(global, output)?;
    opened(&workspace, global, output).map_err(|problem| match (problem.kind, unlock::examine(&workspace)) {
        (Kind::Locked, Err(damage)) => damage,
        _ => problem,
    })
}

/// The workspace, provided that its vault can be restored, even if the vault is damaged or missing.
pub(super) fn restorable(global: &Global, output: Output) -> Result<Workspace, Problem> {
    let workspace = workspace(global, output)?;
    unlock::may_restore(&workspace).map(|()| workspace)
}

/// The open vault: see [`by_key`].
pub(super) fn session(global: &Global, output: Output) -> Result<Session, Problem> {
    session_of(&existing(global, output)?, global, output)
}

/// As [`session`], for a workspace that was opened before.
pub(super) fn session_of(workspace: &Workspace, global: &Global, output: Output) -> Result<Session, Problem> {
    opened(workspace, global, output).map(|session| with_note(session, output))
}

/// Adds a note if the data is from a copy, not from the store.
fn with_note(session: Session, output: Output) -> Session {
    if let Some(note) = team::offline(&session) {
        output.note(&format!("credenza: {note}"));
    }
    session
}

/// The folders of the vault that the options or the settings name. Reads no more than necessary.
pub(super) fn paths(global: &Global) -> Result<Paths, Problem> {
    let default = Paths::discover(global.dir.as_deref())?;
    let named = global.vault.clone().or_else(|| Settings::vault_in(&default));
    of_vault(&default, named.as_deref())
}

/// As [`session`], for a single operation: see [`unlock::unlock_for_one`].
pub(super) fn session_for_one(global: &Global, output: Output) -> Result<Session, Problem> {
    let workspace = existing(global, output)?;
    by_key(&workspace, global, output, |by| unlock::unlock_for_one(&workspace, by))
}

/// As [`session`], for a token: the caller prints its own note about a store that cannot be reached.
pub(super) fn session_for_token(global: &Global, output: Output) -> Result<Session, Problem> {
    opened(&existing(global, output)?, global, output)
}

/// The vault of a workspace, opened as [`session`] does.
pub(super) fn opened(workspace: &Workspace, global: &Global, output: Output) -> Result<Session, Problem> {
    by_key(workspace, global, output, |by| unlock::unlock_by(workspace, by))
}
