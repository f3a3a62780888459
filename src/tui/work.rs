//! Operations of the interface: their events as messages, and copies to the clipboard.

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use url::Url;

use super::clipboard::{Clipboard, CopyTarget};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::ops::credentials;
use crate::engine::ops::unlock::vault_state;
use crate::engine::{Session, WarningSink, Workspace};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::effect::{Copyable, Notice, OperationId};
use crate::tui::message::Message;

/// The state that an operation of the interface needs.
pub(super) struct Worker {
    pub(super) workspace: Workspace,
    pub(super) session: Option<Session>,
    pub(super) sender: mpsc::Sender<Message>,
    pub(super) clipboard: Clipboard,
}

impl Worker {
    /// Forwards the events. Sends a new snapshot before the last event, so that the waiting screen sees the changed
    /// vault.
    pub(super) async fn follow(self, id: OperationId, mut events: mpsc::Receiver<JobEvent>) {
        let mut copy = None;
        while let Some(event) = events.recv().await {
            let event = match event {
                JobEvent::Finished(result) => JobEvent::Finished(self.finished(result, &mut copy).await),
                event => event,
            };
            // Fails only if the receiver is gone, which means that the program ends.
            let _ = self.sender.send(Message::Job(id, event)).await;
        }
        self.clear_later(copy).await;
    }

    async fn finished(&self, result: Result<Outcome, Problem>, copy: &mut Option<u64>) -> Result<Outcome, Problem> {
        let result = match result {
            Ok(Outcome::Opened(session, snapshot)) => {
                let _ = self.sender.send(Message::Session(session, snapshot)).await;
                return Ok(Outcome::Unlocked);
            }
            Ok(Outcome::Token { what, token }) => match self.put_secret(what, token, copy).await {
                Notice::Done(text) | Notice::Refused(text) => Ok(Outcome::Copied(text)),
                Notice::Failed(problem) => Err(problem),
            },
            other => other,
        };
        if let Some(session) = self.session.clone() {
            let snapshot = spawn_blocking(move || credentials::shown(&session)).await;
            let snapshot = snapshot.unwrap_or_else(|_| Err(Problem::panicked()));
            let _ = self.sender.send(Message::Snapshot(snapshot)).await;
        }
        result
    }

    /// Copies text, and clears a secret from the clipboard later.
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

    /// Opens a page in the browser, and shows whether that worked.
    pub(super) async fn open_page(self, url: Url) {
        let (opener, address) = (self.workspace.opener.clone(), url.to_string());
        let result = spawn_blocking(move || opener.open(&url, None)).await;
        let result = result.unwrap_or_else(|_| Err(Problem::panicked()));
        let notice = match result {
            Ok(_) => Notice::Done(format!("Opened {address} in the browser.")),
            Err(problem) => Notice::Failed(problem.try_this(format!("Open it yourself: {address}"))),
        };
        let _ = self.sender.send(Message::Notice(notice)).await;
    }

    /// Copies a secret, and sets `copy` to the number of the copy that has to be cleared.
    async fn put_secret(&self, what: &'static str, text: Secret, copy: &mut Option<u64>) -> Notice {
        let (clipboard, clear_after) = (self.clipboard.clone(), self.workspace.settings.clear_clipboard_after);
        let after = clear_after.map(SignedDuration::unsigned_abs);
        let put = spawn_blocking(move || clipboard.put_secret(&text, after)).await.unwrap_or_default();
        *copy = put.map(|(_, copy)| copy);
        let stays = match clear_after {
            Some(after) => format!(", for {after:#} or until you quit"),
            None => ", until you quit".to_owned(),
        };
        let notice = copied(what, put.map(|(target, _)| target), &stays);
        match notice {
            // This clipboard cannot be read back, so only this program can clear it.
            Notice::Done(text) if matches!(put, Some((CopyTarget::Terminal, _))) => {
                let after = clear_after.map_or_else(String::new, |after| format!("after {after:#} or "));
                Notice::Done(format!("{text} Cleared {after}when you quit, not if Credenza is killed."))
            }
            notice => notice,
        }
    }

    /// Clears the copy when its time is over; if the program ends earlier, the copy is cleared then. Drops the session
    /// before waiting, because the vault may be locked in the meantime.
    async fn clear_later(self, copy: Option<u64>) {
        let Self { workspace, session, sender, clipboard } = self;
        drop((session, sender));
        if let (Some(copy), Some(after)) = (copy, workspace.settings.clear_clipboard_after) {
            tokio::time::sleep(after.unsigned_abs()).await;
            let _ = spawn_blocking(move || clipboard.clear(Some(copy))).await;
        }
    }
}

/// The notice about a copy.
fn copied(what: &str, target: Option<CopyTarget>, stays: &str) -> Notice {
    match target {
        Some(CopyTarget::Tool(_)) => Notice::Done(format!("Copied {what}{stays}.")),
        Some(CopyTarget::Tmux) => Notice::Done(format!("Copied {what} to tmux{stays}.")),
        // There is no room to add how long it stays.
        Some(CopyTarget::Terminal) => Notice::Done(format!("Sent {what} to the terminal (it does not confirm).")),
        None => Notice::Refused(format!("Could not copy {what}: no clipboard is available.")),
    }
}

/// Turns warnings into notices.
pub(super) fn remark(sender: &mpsc::Sender<Message>) -> WarningSink {
    let told = sender.clone();
    WarningSink::by(move |problem| {
        // If the channel is full, the warning comes again with the next one.
        let _ = told.try_send(Message::Notice(Notice::Failed(problem.clone())));
    })
}

/// Reads another vault of this machine, which replaces the current one. Blocks.
pub(super) fn open_vault(workspace: &Workspace, name: &str, sender: &mpsc::Sender<Message>) {
    let (shown, failed) = match workspace.of_vault(name) {
        Ok(other) => (other, None),
        Err(problem) => (workspace.clone(), Some(problem)),
    };
    let shown = Workspace { warnings: remark(sender), ..shown };
    let (state, vaults) = (vault_state(&shown), shown.vaults_here());
    let _ = sender.blocking_send(Message::Vault(Box::new(shown), state, vaults));
    if let Some(problem) = failed {
        let _ = sender.blocking_send(Message::Notice(Notice::Failed(problem)));
    }
}
