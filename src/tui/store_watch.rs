//! Reports when someone else has changed a shared vault that is open here.

use std::future::pending;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

use crate::engine::{Session, Watcher};

/// Longest wait, after which the thread checks whether the vault is still open.
const WAIT: Duration = Duration::from_secs(30);

/// Pause between attempts while the store cannot be reached.
const PAUSE: Duration = Duration::from_secs(5);

/// A watch, which ends when it is dropped.
#[derive(Debug, Default)]
pub(super) struct StoreWatch {
    changed: Option<Arc<Notify>>,
}

impl StoreWatch {
    /// Watches the vault of this session; `None` ends the watch.
    pub(super) fn follow(&mut self, session: Option<&Session>) {
        let Some(session) = session else {
            self.changed = None;
            return;
        };
        if self.changed.is_some() {
            return;
        }
        let changed = Arc::new(Notify::new());
        if let Some(watcher) = session.watcher() {
            let told = Arc::downgrade(&changed);
            // If no thread can be started, the vault is still reread when the user presses enter and when the terminal
            // gains focus.
            let _ = thread::Builder::new().name("watch".to_owned()).spawn(move || watch(watcher, &told));
        }
        self.changed = Some(changed);
    }

    /// Waits until someone else may have changed the vault.
    pub(super) async fn changed(&self) {
        match &self.changed {
            Some(changed) => changed.notified().await,
            None => pending().await,
        }
    }
}

fn watch(mut watcher: Box<dyn Watcher>, told: &Weak<Notify>) {
    loop {
        let waited = watcher.wait(WAIT);
        let Some(told) = told.upgrade() else { return };
        match waited {
            Ok(true) => told.notify_one(),
            Ok(false) => {}
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
