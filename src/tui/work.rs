//! One piece of work: a call of the service layer in the background, and its answer as a message.

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::clipboard::{Clipboard, Way};
use super::integration_work;
use crate::engine::agent::client;
use crate::engine::audit::{self, Action, Note};
use crate::engine::ops::sign_in::{Control, Options, authenticate};
use crate::engine::ops::{credentials, doctor, history, passphrase, recovery, revoke, token, unlock, verify};
use crate::engine::{Session, Workspace};
use crate::model::credential::{Credential, CredentialId};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::tui::effect::{Copyable, FlowId, Notice, Work};
use crate::tui::input::{FlowEvent, Outcome};
use crate::tui::message::Message;

/// Lines of the audit log that are shown.
const MAX_LINES: usize = 5_000;

/// What a piece of work needs.
pub(super) struct Worker {
    pub(super) workspace: Workspace,
    pub(super) session: Option<Session>,
    pub(super) sender: mpsc::Sender<Message>,
    pub(super) clipboard: Clipboard,
}

impl Worker {
    /// Does it and sends the answer: first the vault as it then is, so that the screen that waits sees it.
    pub(super) async fn work(self, id: FlowId, work: Work, orders: mpsc::Receiver<Control>) {
        let mut copy = None;
        let result = match (work, self.session.clone()) {
            (Work::Create(passphrase), _) => self.open(move |workspace| unlock::create(workspace, &passphrase)).await,
            (Work::Unlock(passphrase), _) => {
                self.open(move |workspace| {
                    let session = unlock::unlock(workspace, &passphrase)?;
                    let workspace = workspace.clone();
                    // Beside: nobody here waits for the agent.
                    spawn_blocking(move || client::unlock_too(&workspace, &passphrase));
                    Ok(session)
                })
                .await
            }
            (Work::Restore(passphrase), _) => {
                self.open(move |workspace| unlock::restore(workspace, &passphrase, None)).await
            }
            (Work::PrepareRecovery, _) => Ok(Outcome::Recovery(Box::new(recovery::prepare()))),
            (_, None) => Err(Problem::new(Kind::Locked, "The vault is locked.")),
            (Work::Authenticate(credential, options), Some(session)) => {
                self.authenticate(&session, id, credential, options, orders).await
            }
            (Work::Revoke(credential), Some(session)) => {
                revoke::revoke(&session, credential).await.map(|()| Outcome::Saved)
            }
            (Work::Test(credential), Some(session)) => {
                let tested = verify::test(&session, credential, false, async |_| ()).await;
                tested.map(|tested| Outcome::Tested(format!("It works: {}", tested.in_words())))
            }
            (Work::Examine(about), Some(session)) => examine(&session, about).await,
            (Work::CopyToken(credential), Some(session)) => self.copy_token(&session, credential, &mut copy).await,
            (Work::ReadLog(of), Some(session)) => {
                blocking(move || audit::read(&session, of, MAX_LINES).map(|log| Outcome::Log(Box::new(log)))).await
            }
            (Work::ReadGenerations, Some(session)) => {
                blocking(move || history::list(&session).map(Outcome::Generations)).await
            }
            (Work::UsedBy(of), Some(session)) => {
                blocking(move || audit::used_by(&session.workspace, of).map(Outcome::UsedBy)).await
            }
            (Work::TestIntegration(of, only), Some(session)) => self.test_run(&session, id, (of, only), orders).await,
            (Work::SyncIntegration(of), Some(session)) => self.sync(&session, id, of, orders).await,
            (work, Some(session)) => blocking(move || edit(&session, work)).await,
        };
        if let Some(session) = self.session.clone() {
            let snapshot = blocking(move || credentials::snapshot(&session)).await;
            let _ = self.sender.send(Message::Snapshot(snapshot)).await;
        }
        // The receiver is gone only when the program ends.
        let _ = self.sender.send(Message::Flow(id, FlowEvent::Finished(result))).await;
        self.clear_later(copy).await;
    }

    /// Copies, and takes a secret out again later.
    pub(super) async fn copy(self, copyable: Copyable) {
        let mut copy = None;
        let notice = match copyable {
            Copyable::Plain { what, text } => {
                let clipboard = self.clipboard.clone();
                copied(what, spawn_blocking(move || clipboard.put(&Secret::new(text))).await.unwrap_or_default(), "")
            }
            Copyable::Secret { what, text } => self.put_secret(what, text, &mut copy).await,
        };
        let _ = self.sender.send(Message::Notice(notice)).await;
        self.clear_later(copy).await;
    }

    /// Notes the number of the copy that is to be cleared.
    async fn put_secret(&self, what: &'static str, text: Secret, copy: &mut Option<u64>) -> Notice {
        let (clipboard, clear_after) = (self.clipboard.clone(), self.workspace.settings.clear_clipboard_after);
        let put = spawn_blocking(move || clipboard.put_secret(text)).await.unwrap_or_default();
        *copy = put.map(|(_, copy)| copy);
        let stays = match clear_after {
            Some(after) => format!(", for {after:#} or until you quit"),
            None => ", until you quit".to_owned(),
        };
        copied(what, put.map(|(way, _)| way), &stays)
    }

    /// When the program ends earlier, the clipboard is cleared then.
    async fn clear_later(self, copy: Option<u64>) {
        if let (Some(copy), Some(after)) = (copy, self.workspace.settings.clear_clipboard_after) {
            tokio::time::sleep(after.unsigned_abs()).await;
            let _ = spawn_blocking(move || self.clipboard.clear(Some(copy))).await;
        }
    }

    async fn open(
        &self,
        open: impl FnOnce(&Workspace) -> Result<Session, Problem> + Send + 'static,
    ) -> Result<Outcome, Problem> {
        let workspace = self.workspace.clone();
        let (session, snapshot) = blocking(move || {
            let session = open(&workspace)?;
            let snapshot = credentials::snapshot(&session)?;
            Ok((session, snapshot))
        })
        .await?;
        let _ = self.sender.send(Message::Session(Box::new(session), snapshot)).await;
        Ok(Outcome::Unlocked)
    }

    async fn authenticate(
        &self,
        session: &Session,
        id: FlowId,
        credential: CredentialId,
        options: Options,
        orders: mpsc::Receiver<Control>,
    ) -> Result<Outcome, Problem> {
        let (progress, mut reports) = mpsc::channel(16);
        let tell = async {
            while let Some(report) = reports.recv().await {
                let _ = self.sender.send(Message::Flow(id, FlowEvent::Progress(report))).await;
            }
        };
        let run = authenticate(session, credential, options, progress, orders);
        let (done, ()) = futures_util::future::join(run, tell).await;
        done.map(|done| Outcome::Authenticated(Box::new(done)))
    }

    async fn copy_token(
        &self,
        session: &Session,
        id: CredentialId,
        copy: &mut Option<u64>,
    ) -> Result<Outcome, Problem> {
        let known = credentials::snapshot(session)?.credentials.by_id(id).cloned();
        let typed_in = known.as_ref().is_some_and(Credential::is_typed_in);
        let about = known.map(|credential| (id, credential.name.to_string()));
        let note = Note::begin(&session.workspace, Action::Copy, about)?;
        let token = note.end(token::access_token(session, id, token::Request::default()).await)?;
        let what = if typed_in { "the secret" } else { "the access token" };
        match self.put_secret(what, (*token.access).clone(), copy).await {
            Notice::Done(text) | Notice::Refused(text) => Ok(Outcome::Copied(text)),
            Notice::Failed(problem) => Err(problem),
        }
    }
}

/// Edits of the vault.
fn edit(session: &Session, work: Work) -> Result<Outcome, Problem> {
    match work {
        Work::Add(draft) => credentials::add(session, *draft).map(Outcome::Added),
        Work::Edit(id, draft) => credentials::edit(session, id, *draft).map(|()| Outcome::Saved),
        Work::Rename(id, name) => credentials::rename(session, id, &name).map(|()| Outcome::Saved),
        Work::Duplicate(id, name) => credentials::duplicate(session, id, &name).map(Outcome::Added),
        Work::Delete(id) => credentials::delete(session, id).map(|()| Outcome::Saved),
        Work::GoBack(number) => history::go_back(session, number).map(|()| Outcome::Saved),
        Work::Undo => credentials::undo(session).map(Outcome::Undone),
        Work::ChangePassphrase { old, new } => passphrase::change(session, &old, &new).map(|()| Outcome::Saved),
        Work::ConfirmRecovery { kit, typed } => recovery::confirm(session, &kit, &typed).map(|()| Outcome::Saved),
        work => integration_work::carry_out(session, work),
    }
}

/// The machine first; a credential that is gone meanwhile has nothing to be looked at.
async fn examine(session: &Session, about: Option<CredentialId>) -> Result<Outcome, Problem> {
    let workspace = session.workspace.clone();
    let mut found = blocking(move || Ok(doctor::examine_machine(&workspace))).await?;
    if let Some(id) = about {
        let reading = session.clone();
        let snapshot = blocking(move || credentials::snapshot(&reading)).await?;
        if let Some(credential) = snapshot.credentials.by_id(id) {
            found.extend(doctor::examine_credential(session, credential).await);
        }
    }
    Ok(Outcome::Examined(found))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    spawn_blocking(work).await.map_err(|_| Problem::internal("A task ended before its time."))?
}

/// What a copy led to, in words.
fn copied(what: &str, way: Option<Way>, stays: &str) -> Notice {
    match way {
        Some(Way::Tool(_)) => Notice::Done(format!("Copied {what}{stays}.")),
        Some(Way::Terminal) => Notice::Done(format!("Copied {what} by the terminal (OSC 52){stays}.")),
        None => Notice::Refused(format!("No clipboard took {what}.")),
    }
}
