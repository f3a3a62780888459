//! A submitted operation in the interface: its events as messages, and copies on the clipboard.

use jiff::SignedDuration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use url::Url;

use super::clipboard::{Clipboard, Way};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::ops::credentials;
use crate::engine::{Session, Workspace};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::effect::{Copyable, FlowId, Notice};
use crate::tui::message::Message;

/// What a piece of work needs.
pub(super) struct Worker {
    pub(super) workspace: Workspace,
    pub(super) session: Option<Session>,
    pub(super) sender: mpsc::Sender<Message>,
    pub(super) clipboard: Clipboard,
}

impl Worker {
    /// Passes the events on; before the last one the vault as it then is, so that the screen that waits sees it.
    pub(super) async fn follow(self, id: FlowId, mut events: mpsc::Receiver<JobEvent>) {
        let mut copy = None;
        while let Some(event) = events.recv().await {
            let event = match event {
                JobEvent::Finished(result) => JobEvent::Finished(self.finished(result, &mut copy).await),
                event => event,
            };
            // The receiver is gone only when the program ends.
            let _ = self.sender.send(Message::Flow(id, event)).await;
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
            let snapshot = spawn_blocking(move || credentials::snapshot(&session)).await;
            let snapshot = snapshot.unwrap_or_else(|_| Err(Problem::internal("A task ended before its time.")));
            let _ = self.sender.send(Message::Snapshot(snapshot)).await;
        }
        result
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

    /// Opens a page in the browser, and says whether that went well.
    pub(super) async fn open_page(self, url: Url) {
        let (opener, address) = (self.workspace.opener.clone(), url.to_string());
        let result = spawn_blocking(move || opener.open(&url, None)).await;
        let result = result.unwrap_or_else(|_| Err(Problem::internal("A task ended before its time.")));
        let notice = match result {
            Ok(_) => Notice::Done(format!("Opened {address} in the browser.")),
            Err(problem) => Notice::Failed(problem.try_this(format!("Open it yourself: {address}"))),
        };
        let _ = self.sender.send(Message::Notice(notice)).await;
    }

    /// Notes the number of the copy that is to be cleared.
    async fn put_secret(&self, what: &'static str, text: Secret, copy: &mut Option<u64>) -> Notice {
        let (clipboard, clear_after) = (self.clipboard.clone(), self.workspace.settings.clear_clipboard_after);
        let after = clear_after.map(SignedDuration::unsigned_abs);
        let put = spawn_blocking(move || clipboard.put_secret(&text, after)).await.unwrap_or_default();
        *copy = put.map(|(_, copy)| copy);
        let stays = match clear_after {
            Some(after) => format!(", for {after:#} or until you quit"),
            None => ", until you quit".to_owned(),
        };
        let notice = copied(what, put.map(|(way, _)| way), &stays);
        match notice {
            // Nobody can read it back, so nothing but this program can clear it.
            Notice::Done(text) if matches!(put, Some((Way::Terminal, _))) => {
                let after = clear_after.map_or_else(String::new, |after| format!("after {after:#} or "));
                Notice::Done(format!("{text} Cleared {after}when you quit, not if Credenza is killed."))
            }
            notice => notice,
        }
    }

    /// When the program ends earlier, the clipboard is cleared then. The session is not kept until that time: the vault
    /// may be locked before.
    async fn clear_later(self, copy: Option<u64>) {
        let Self { workspace, session, sender, clipboard } = self;
        drop((session, sender));
        if let (Some(copy), Some(after)) = (copy, workspace.settings.clear_clipboard_after) {
            tokio::time::sleep(after.unsigned_abs()).await;
            let _ = spawn_blocking(move || clipboard.clear(Some(copy))).await;
        }
    }
}

/// What a copy led to, in words.
fn copied(what: &str, way: Option<Way>, stays: &str) -> Notice {
    match way {
        Some(Way::Tool(_)) => Notice::Done(format!("Copied {what}{stays}.")),
        Some(Way::Tmux) => Notice::Done(format!("Copied {what} to tmux{stays}.")),
        // How long it stays would not fit beside that.
        Some(Way::Terminal) => Notice::Done(format!("Sent {what} to the terminal (it does not confirm).")),
        None => Notice::Refused(format!("Could not copy {what}: no clipboard is available.")),
    }
}
