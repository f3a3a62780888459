//! What the tasks of one agent share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::held::Held;
use crate::engine::ops::due::Checked;
use crate::engine::{Session, Workspace};
use crate::model::credential::CredentialId;
use crate::problem::Problem;

/// When an agent locks by itself unless it is told otherwise.
pub const LOCKS_AFTER: Duration = Duration::from_secs(8 * 3_600);

/// Called for each credential that has become due.
pub type Remind = Box<dyn Fn(&Checked) -> Result<(), Problem> + Send + Sync>;

/// An agent for one vault. Clones are the same one.
#[derive(Clone)]
pub struct Agent(pub(super) Arc<Inside>);

pub(super) struct Inside {
    pub(super) workspace: Workspace,
    pub(super) held: Held,
    pub(super) remind: Option<Remind>,
    /// Something has changed that the keeper waits for.
    pub(super) changed: Notify,
    pub(super) end: Notify,
    ending: AtomicBool,
    /// Lines of the log are about to be written.
    pub(super) writes_log: AtomicBool,
    /// The one credential it answers for, where it is not all of them.
    pub(super) only: Option<CredentialId>,
    /// scrypt takes much memory: once at a time.
    pub(super) unlocking: tokio::sync::Mutex<()>,
}

impl Agent {
    /// A locked one.
    #[must_use]
    pub fn new(workspace: Workspace, locks_after: Duration, remind: Option<Remind>) -> Self {
        Self::with(workspace, Some(locks_after), remind, None)
    }

    /// One that answers for a single credential, and does not lock: for the life of a command.
    #[must_use]
    pub fn of_one(session: Session, id: CredentialId) -> Self {
        let agent = Self::with(session.workspace.clone(), None, None, Some(id));
        agent.open(session);
        agent
    }

    fn with(
        workspace: Workspace,
        locks_after: Option<Duration>,
        remind: Option<Remind>,
        only: Option<CredentialId>,
    ) -> Self {
        let held = Held::new(locks_after, workspace.clock.now());
        Self(Arc::new(Inside {
            workspace,
            held,
            remind,
            changed: Notify::new(),
            end: Notify::new(),
            ending: AtomicBool::new(false),
            writes_log: AtomicBool::new(false),
            only,
            unlocking: tokio::sync::Mutex::default(),
        }))
    }

    /// Gives it an open vault.
    pub fn open(&self, session: Session) {
        self.0.held.open(session);
        self.0.changed.notify_one();
    }

    /// Forgets the key. Who waits for a token is told so; a refresh that was sent is saved all the same.
    pub fn lock(&self, why: &str) {
        self.0.held.lock(self.0.workspace.clock.now(), why);
        // A run of an integration that is under way ends now, not at the keeper's next round.
        self.0.changed.notify_one();
    }

    /// Nobody is served any more: the upkeep ends, too.
    pub(super) fn end(&self) {
        self.0.ending.store(true, Ordering::SeqCst);
    }

    /// Whether it has ended.
    pub(super) fn is_ending(&self) -> bool {
        self.0.ending.load(Ordering::SeqCst)
    }
}
