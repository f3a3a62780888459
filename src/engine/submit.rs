//! Runs a submitted operation in a task, which sends its events and ends with its outcome.

use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;

use super::agent::{client, command};
use super::audit::{self, Action, PendingEntry};
use super::edit_error::EditError;
use super::event::{JobEvent, Outcome};
use super::member_logs;
use super::operation::Operation;
use super::ops::sign_in::{Control, Options, authenticate};
use super::ops::team::entry;
use super::ops::{
    bulk, catalog_files, credentials, doctor, history, hosts, integrations, member_key, passphrase, recovery, revoke,
    settings, token, transfer, unlock, verify,
};
use super::session::Session;
use super::steering::{self, import_run, log_run, pass_on, sync_run, team_run, test_run};
use super::team_setup;
use super::workspace::Workspace;
use crate::engine::Direction;
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::sync::Options as SyncOptions;
use crate::model::credential::{Credential, CredentialId};
use crate::model::integration::Trigger;
use crate::model::record::Conflict;
use crate::problem::{Kind, Problem};
use crate::store::Reading;

/// Most lines of the audit log that are returned.
const MAX_LINES: usize = 5_000;

/// Events and controls that are buffered.
const AHEAD: usize = 64;

/// A running operation.
#[derive(Debug)]
pub struct Submitted {
    /// Its events; the last one is [`JobEvent::Finished`].
    pub events: mpsc::Receiver<JobEvent>,
    /// Sends controls to it. Dropping this does not cancel the operation.
    pub control: mpsc::Sender<Control>,
}

/// Runs an operation in its own task. The workspace's supervisor completes whatever the operation spends.
#[must_use]
pub fn submit(workspace: &Workspace, session: Option<&Session>, operation: Operation) -> Submitted {
    let ((reports, events), (control, orders)) = (mpsc::channel(AHEAD), mpsc::channel(AHEAD));
    let (workspace, session) = (workspace.clone(), session.cloned());
    tokio::spawn(async move {
        let result = match (operation, &session) {
            (Operation::CreateTeam(entry), _) => team_setup::create(workspace, *entry, &reports, orders).await,
            (Operation::JoinTeam(entry), _) => team_setup::join(workspace, *entry, &reports, orders).await,
            (operation, Some(session)) => with_open_vault(session, operation, &reports, orders).await,
            (operation, None) => without_a_vault(workspace, operation, &reports, orders).await,
        };
        // The receiver is gone only when the program ends.
        let _ = reports.send(JobEvent::Finished(result)).await;
        if let Some(session) = session.filter(member_logs::has_member_logs) {
            // Comes last, after everything that a caller waits for.
            spawn_blocking(move || member_logs::send_entries(&session, member_logs::SEND_INTERVAL));
        }
    });
    Submitted { events, control }
}

async fn without_a_vault(
    workspace: Workspace,
    operation: Operation,
    events: &mpsc::Sender<JobEvent>,
    mut orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    match operation {
        Operation::PrepareRecovery => Ok(Outcome::Recovery(Box::new(recovery::prepare()))),
        Operation::FindFiles => blocking(|| transfer::discovery::find().map(Outcome::FoundFiles)).await,
        Operation::Create(passphrase) => open(workspace, move |at| unlock::create(at, &passphrase)).await,
        Operation::Recover { from, kit, new } => {
            open(workspace, move |at| recovery::recover_from(at, &from, &kit, &new)).await
        }
        Operation::Restore(passphrase) => {
            open(workspace, move |at| unlock::restore(at, unlock::UnlockBy::Passphrase(&passphrase), None)).await
        }
        Operation::Unlock(passphrase) => {
            let (workspace, cancel) = reporting(workspace, events);
            let (again, typed) = (workspace.clone(), passphrase.clone());
            let opened = open(workspace, move |at| {
                let session = unlock::unlock(at, &passphrase)?;
                let at = at.clone();
                // In a separate task, since nothing here depends on the agent. The user is not asked twice to touch a
                // key.
                if !member_key::asks_a_person(&at) {
                    spawn_blocking(move || client::unlock_too(&at, &passphrase));
                }
                Ok(session)
            });
            match steering::to_the_end(opened, &mut orders, cancel).await {
                Err(problem) if entry::is_waiting(&problem) => {
                    team_setup::open_later(again, typed, events, orders).await
                }
                opened => opened,
            }
        }
        _ => Err(Problem::new(Kind::Locked, "The vault is locked.")),
    }
}

/// Reports the first read of a shared vault, and stops it when the flag is set.
fn reporting(workspace: Workspace, events: &mpsc::Sender<JobEvent>) -> (Workspace, watch::Sender<bool>) {
    let (cancel, canceled) = watch::channel(false);
    let reports = events.downgrade();
    let reading = Reading::by(move |done, total| {
        // A lost report is replaced by the next one.
        let Some(reports) = reports.upgrade() else { return true };
        let _ = reports.try_send(JobEvent::Reading { done, total });
        !*canceled.borrow()
    });
    (Workspace { reading, ..workspace }, cancel)
}

async fn open(
    workspace: Workspace,
    open: impl FnOnce(&Workspace) -> Result<Session, Problem> + Send + 'static,
) -> Result<Outcome, Problem> {
    blocking(move || {
        let session = open(&workspace)?;
        let snapshot = credentials::shown(&session)?;
        Ok(Outcome::Opened(Box::new(session), snapshot))
    })
    .await
}

async fn with_open_vault(
    session: &Session,
    operation: Operation,
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let own = session.clone();
    match operation {
        Operation::Authenticate(id, options) => sign_in(session, id, options, events, orders).await,
        Operation::Revoke(id) => revoke::revoke(session, id, || ()).await.map(Outcome::Revoked),
        Operation::Test(id) => {
            let tested = verify::test(session, id, false, async |_| ()).await;
            tested.map(|tested| Outcome::Tested(format!("It works: {}", tested.in_words())))
        }
        Operation::Examine(about) => examine(session, about).await,
        Operation::CopyToken(id) => token_to_copy(session, id).await,
        Operation::TestIntegration(of, only) => test_run(session, (of, only), events, orders).await,
        Operation::SyncIntegration { id, accept_gone } => {
            let options = SyncOptions { accept_gone, ..SyncOptions::whole(Trigger::Hand) };
            sync_run(session, id, options, events, orders).await
        }
        Operation::Import(file) => import_run(session, *file, events, orders).await,
        Operation::ReadLog(of) if member_logs::has_member_logs(session) => {
            log_run(session, of, MAX_LINES, events).await
        }
        Operation::Team(operation) => team_run(session, operation, events, orders).await,
        Operation::Agent(request) => {
            let asked = blocking(move || command::request(&own.workspace, request)).await;
            asked.map(|status| Outcome::Agent(status.map(Box::new)))
        }
        edit_of if edit_of.is_edit() => {
            let job = session.workspace.supervisor.begin("saving", "")?;
            let saved = job.run(|_permit| blocking(move || edit(&own, edit_of)));
            steering::edit_run(session, saved, events, orders).await
        }
        reading => blocking(move || read(&own, &reading)).await,
    }
}

async fn sign_in(
    session: &Session,
    id: CredentialId,
    options: Options,
    events: &mpsc::Sender<JobEvent>,
    orders: mpsc::Receiver<Control>,
) -> Result<Outcome, Problem> {
    let (progress, reports) = mpsc::channel(16);
    let run = authenticate(session, id, options, progress, orders);
    let (done, ()) = futures_util::future::join(run, pass_on(events, reports, JobEvent::Progress)).await;
    done.map(|done| Outcome::Authenticated(Box::new(done)))
}

async fn token_to_copy(session: &Session, id: CredentialId) -> Result<Outcome, Problem> {
    let own = session.clone();
    let (note, what) = blocking(move || {
        let known = credentials::shown(&own)?.credentials.by_id(id).cloned();
        let typed_in = known.as_ref().is_some_and(Credential::is_static_secret);
        let about = known.map(|credential| (id, credential.name.to_string()));
        let note = PendingEntry::begin(&own.workspace, Action::Copy, about)?;
        Ok((note, if typed_in { "the secret" } else { "the access token" }))
    })
    .await?;
    let token = token::access_token(session, id, token::Request::default()).await;
    let token = blocking(move || note.end(token)).await?;
    Ok(Outcome::Token { what, token: (*token.access).clone() })
}

/// Checks the machine, then the credential unless it was deleted meanwhile.
async fn examine(session: &Session, about: Option<CredentialId>) -> Result<Outcome, Problem> {
    let own = session.clone();
    let (mut found, credential) = blocking(move || {
        let mut found = doctor::examine_machine(&own.workspace);
        if about.is_none() {
            found.extend(doctor::examine_clock(&own.workspace));
        }
        found.push(doctor::examine_log(&own));
        let snapshot = credentials::shown(&own)?;
        Ok((found, about.and_then(|id| snapshot.credentials.by_id(id).cloned())))
    })
    .await?;
    if let Some(credential) = credential {
        found.extend(doctor::examine_credential(session, &credential).await);
    }
    Ok(Outcome::Examined(found))
}

/// Edits the store. Blocks.
///
/// # Errors
/// Those of the operation.
pub fn edit(session: &Session, operation: Operation) -> Result<Outcome, Problem> {
    let saved = |()| Outcome::Saved;
    match operation {
        Operation::Add(draft) => credentials::add(session, *draft).map(Outcome::Added),
        Operation::Edit(base, draft) => edited(credentials::edit(session, &base, *draft)),
        Operation::Rename(id, name) => credentials::rename(session, id, &name).map(saved),
        Operation::Duplicate(id, name) => credentials::duplicate(session, id, &name).map(Outcome::Added),
        Operation::Delete(id) => credentials::delete(session, id).map(saved),
        Operation::Bulk(edit) => bulk::bulk(session, edit).map(|report| Outcome::Bulk(Box::new(report))),
        Operation::RestoreVersion(number) => history::go_back(session, number).map(saved),
        Operation::Undo(step) => credentials::undo_or_redo(session, Direction::Undo, Some(&step)).map(Outcome::Undone),
        Operation::Redo(step) => credentials::undo_or_redo(session, Direction::Redo, Some(&step)).map(Outcome::Redone),
        Operation::ChangePassphrase { old, new } => passphrase::change(session, &old, &new).map(saved),
        Operation::ConfirmRecovery { kit, typed } => recovery::confirm(session, &kit, &typed).map(saved),
        Operation::AddIntegration(draft) => integrations::add(session, *draft).map(Outcome::IntegrationAdded),
        Operation::EditIntegration(base, draft) => edited(integrations::edit(session, &base, *draft)),
        Operation::RenameIntegration(id, name) => integrations::rename(session, id, &name).map(saved),
        Operation::DuplicateIntegration(id, name) => {
            integrations::duplicate(session, id, &name).map(Outcome::IntegrationAdded)
        }
        Operation::PauseIntegration(id, paused) => integrations::pause(session, id, paused).map(saved),
        Operation::DeleteIntegration(id) => integrations::delete(session, id).map(saved),
        Operation::ChooseCredential(id, with) => integrations::choose_credential(session, id, with).map(saved),
        Operation::AddHost { name, key_file } => {
            let added = hosts::add_with_note(session, &name, key_file);
            added.map(|added| Outcome::HostAdded(Box::new(added)))
        }
        Operation::RemoveHost { name, passphrase } => {
            let left = hosts::remove(session, &name, &passphrase)?;
            Ok(Outcome::HostRemoved(left.into_iter().map(|host| host.name).collect()))
        }
        Operation::SetSetting(key, value) => settings::set(&session.workspace, key, value.as_deref())
            .map(|file| Outcome::SettingSaved(key, Box::new(file))),
        _ => Err(Problem::internal("This operation edits nothing.")),
    }
}

/// Reads from the store, or from files beside it. Blocks.
///
/// # Errors
/// Those of the operation.
pub fn read(session: &Session, operation: &Operation) -> Result<Outcome, Problem> {
    match operation {
        Operation::PrepareRecovery => Ok(Outcome::Recovery(Box::new(recovery::prepare()))),
        Operation::WriteSheet { sheet, name } => recovery::write_sheet(sheet, name).map(Outcome::Written),
        Operation::ReadLog(of) => audit::read(session, *of, MAX_LINES).map(|log| Outcome::Log(Box::new(log))),
        Operation::ReadVersions => history::list(session).map(Outcome::Versions),
        Operation::Reveal(id) => audit::revealed(session, *id).map(|()| Outcome::Revealed),
        Operation::CopySecret(id) => secret_to_copy(session, *id),
        Operation::CopyTemplate(ids) => template(session, ids).map(Outcome::Template),
        Operation::ReadTestAddress(id) => {
            let credential = session.credential(*id)?;
            let url = verify::address_of(session, &credential).ok().flatten();
            Ok(Outcome::TestAddress(url.map(String::from)))
        }
        Operation::UsedBy(of) => audit::used_by(&session.workspace, *of).map(Outcome::UsedBy),
        Operation::ReadLastUses => audit::last_uses(&session.workspace).map(Outcome::LastUses),
        Operation::ReadIntegrationHealth => integrations::all_health(session).map(Outcome::IntegrationHealth),
        Operation::ReadSessions(id) => integrations::sessions(session, *id).map(Outcome::Sessions),
        Operation::FindFiles => transfer::discovery::find().map(Outcome::FoundFiles),
        Operation::PreviewImport(file) => {
            transfer::file::preview(session, file).map(|import| Outcome::ImportPreview(Box::new(import)))
        }
        Operation::Export(file) => transfer::file::export_file(session, file).map(Outcome::Exported),
        Operation::ReadSettings => Ok(Outcome::Settings(Box::new(settings::read(&session.workspace)))),
        Operation::ReadCatalogFiles => Ok(Outcome::CatalogFiles(Box::new(catalog_files::read(&session.workspace)))),
        _ => Err(Problem::internal("This operation reads nothing.")),
    }
}

/// The stored secret, without a request to the provider.
fn secret_to_copy(session: &Session, id: CredentialId) -> Result<Outcome, Problem> {
    let credential = session.credential(id)?;
    let about = Some((id, credential.name.to_string()));
    let note = PendingEntry::begin(&session.workspace, Action::Copy, about)?;
    let what = if credential.is_static_secret() { "the secret" } else { "the client secret" };
    let secret = credential.main_secret().cloned();
    let secret = secret.ok_or_else(|| Problem::new(Kind::NotFound, format!("\"{}\" has no secret.", credential.name)));
    note.end(secret).map(|token| Outcome::Token { what, token })
}

fn template(session: &Session, ids: &[CredentialId]) -> Result<String, Problem> {
    let snapshot = credentials::shown(session)?;
    let wanted: Vec<Credential> = ids.iter().filter_map(|id| snapshot.credentials.by_id(*id).cloned()).collect();
    transfer::template(session, &wanted)
}

/// Returns a conflict as an outcome, which the form shows.
fn edited(result: Result<(), EditError>) -> Result<Outcome, Problem> {
    match result {
        Ok(()) => Ok(Outcome::Saved),
        Err(EditError::Conflict(Conflict::Changed { fields, .. })) if !fields.is_empty() => {
            Ok(Outcome::Conflict(fields))
        }
        Err(error) => Err(error.into()),
    }
}
