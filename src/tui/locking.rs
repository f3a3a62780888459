//! Locks the vault: by a key, or when nobody has pressed one for as long as the settings say.

use std::sync::Arc;

use jiff::SignedDuration;

use super::app::App;
use super::kept::Kept;
use super::messages::Messages;
use super::screen::Screen;
use crate::tui::effect::Effect;

impl App {
    /// Drops the key, what was read with it, and all that was kept.
    pub(super) fn lock(&mut self) -> Vec<Effect> {
        let session = self.session.take();
        self.snapshot = Arc::default();
        self.stack = vec![Screen::unlock()];
        self.kept = Kept::default();
        self.messages = Messages::default();
        self.overlay = None;
        self.running.locked();
        self.notice = None;
        session.map(|session| Effect::Locked(Box::new(session))).into_iter().collect()
    }

    pub(super) fn locks_in(&self) -> Option<SignedDuration> {
        self.session.as_ref()?;
        let left = self.workspace.settings.lock_after? - self.last_key.duration_until(self.now);
        Some(left.max(SignedDuration::ZERO))
    }

    /// The wall clock counts suspended time too; one that was set back locks as well, rather than never.
    pub(super) fn is_idle(&self) -> bool {
        self.locks_in().is_some_and(|left| left.is_zero()) || self.session.is_some() && self.now < self.last_key
    }

    pub(super) fn touched(&mut self) {
        if !self.is_idle() {
            self.last_key = self.now;
        }
    }
}
