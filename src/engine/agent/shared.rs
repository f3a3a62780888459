//! The state shared by an agent's tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::unlocked_vault::UnlockedVault;
use crate::engine::ops::due::CheckedCredential;
use crate::engine::{Session, Workspace};
use crate::model::credential::CredentialId;
use crate::problem::Problem;

/// Default idle time before the agent locks.
pub(crate) const LOCKS_AFTER: Duration = Duration::from_secs(8 * 3_600);

/// Called for each credential that has become due.
pub(crate) type Remind = Box<dyn Fn(&CheckedCredential) -> Result<(), Problem> + Send + Sync>;

/// An agent for one vault. Clones share its state.
#[derive(Clone)]
pub struct Agent(pub(super) Arc<AgentState>);

pub(super) struct AgentState {
    pub(super) workspace: Workspace,
    pub(super) unlocked: UnlockedVault,
    pub(super) remind: Option<Remind>,
    /// Wakes the upkeep task after a change.
    pub(super) changed: Notify,
    pub(super) end: Notify,
    ending: AtomicBool,
    /// Whether a write of queued log lines is scheduled.
    pub(super) writes_log: AtomicBool,
    /// The one credential it serves; `None` for all.
    pub(super) only: Option<CredentialId>,
    /// scrypt needs much memory, so only one unlock runs at a time.
    pub(super) unlocking: tokio::sync::Mutex<()>,
}

impl Agent {
    /// Creates a locked agent.
    #[must_use]
    pub fn new(workspace: Workspace, locks_after: Duration, remind: Option<Remind>) -> Self {
        Self::with(workspace, Some(locks_after), remind, None)
    }

    /// Creates an agent for a single credential. It never locks, since it lives only as long as a command.
    #[must_use]
    pub(crate) fn of_one(session: Session, id: CredentialId) -> Self {
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
        let unlocked = UnlockedVault::new(locks_after, workspace.clock.now());
        Self(Arc::new(AgentState {
            workspace,
            unlocked,
            remind,
            changed: Notify::new(),
            end: Notify::new(),
            ending: AtomicBool::new(false),
            writes_log: AtomicBool::new(false),
            only,
            unlocking: tokio::sync::Mutex::default(),
        }))
    }

    pub fn open(&self, session: Session) {
        self.0.unlocked.open(session);
        self.0.changed.notify_one();
    }

    /// Locks: forgets the key. Pending requests fail with "locked"; the response to a refresh that was sent is still
    /// saved.
    pub fn lock(&self, why: &str) {
        self.0.unlocked.lock(self.0.workspace.clock.now(), why);
        // Wakes the upkeep task, which cancels the integration run in progress.
        self.0.changed.notify_one();
    }

    /// Ends the upkeep task once the server has ended.
    pub(super) fn end(&self) {
        self.0.ending.store(true, Ordering::SeqCst);
    }

    /// Whether the server has ended.
    pub(super) fn is_ending(&self) -> bool {
        self.0.ending.load(Ordering::SeqCst)
    }
}
