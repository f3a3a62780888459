//! Locks the vault: by a key, or after the idle time in the settings.

use std::sync::Arc;

use jiff::SignedDuration;

use super::app::App;
use super::kept_screens::KeptScreens;
use super::messages::Messages;
use super::screen::Screen;
use super::unlock::Unlock;
use crate::engine::ops::unlock::VaultState;
use crate::engine::{VaultHere, Workspace};
use crate::tui::context::context_of;
use crate::tui::effect::{Effect, Notice};

impl App {
    /// Drops the vault's key, everything decrypted with it, and the kept screens. Only the current screen is
    /// remembered, by ids without names.
    pub(super) fn lock(&mut self) -> Vec<Effect> {
        let session = self.session.take();
        self.snapshot = Arc::default();
        self.resumes = self.stack.iter().rev().find_map(Screen::place);
        self.stack = vec![Screen::unlock()];
        self.kept = KeptScreens::default();
        self.messages = Messages::default();
        self.overlay = None;
        self.running.locked();
        self.notice = None;
        session.map(|session| Effect::Locked(Box::new(session))).into_iter().collect()
    }

    /// Locks the vault and switches to another one. Stops at a screen that would lose running work or unsaved input,
    /// and shows why.
    pub(super) fn switch_vault(&mut self, name: String) -> Vec<Effect> {
        while self.stack.len() > 1 {
            let cx = context_of!(self);
            if let Some(why) = self.stack.last_mut().and_then(|screen| screen.as_view_mut().holds(&cx)) {
                self.tell(Notice::Refused(why));
                return Vec::new();
            }
            self.leave();
        }
        let mut effects = self.lock();
        self.stack = vec![Screen::Unlock(Unlock::opening(name.clone()))];
        effects.push(Effect::OpenVault(name));
        effects
    }

    /// Shows another vault instead of the current one, which is locked. What the user has typed since choosing the
    /// vault is kept. If the vault could not be opened, the current one is shown again.
    pub(super) fn enter_vault(&mut self, workspace: Workspace, state: VaultState, vaults: Vec<VaultHere>) {
        let is_other = workspace.paths.data() != self.workspace.paths.data();
        let screen = match self.stack.pop() {
            _ if matches!(state, VaultState::Absent) => Screen::welcome(),
            Some(Screen::Unlock(unlock)) if is_other => Screen::Unlock(unlock.opened()),
            _ => Screen::unlock(),
        };
        self.stack = vec![screen];
        (self.workspace, self.vault, self.vaults) = (workspace, state, vaults);
        self.resumes = None;
        self.notice = None;
    }

    /// Adds a vault that was created on this machine to the list.
    pub(super) fn add_vault(&mut self, here: &VaultHere) {
        if self.vaults.iter().all(|vault| vault.name != here.name) {
            self.vaults.push(here.clone());
        }
    }

    pub(super) fn locks_in(&self) -> Option<SignedDuration> {
        self.session.as_ref()?;
        let left = self.workspace.settings.lock_after? - self.last_key.duration_until(self.now);
        Some(left.max(SignedDuration::ZERO))
    }

    /// Whether the vault has to lock. The wall clock also counts the time in suspend. If it was set back, the vault
    /// locks at once, because the idle time might never be reached otherwise.
    pub(super) fn is_idle(&self) -> bool {
        self.locks_in().is_some_and(|left| left.is_zero()) || self.session.is_some() && self.now < self.last_key
    }

    pub(super) fn touched(&mut self) {
        if !self.is_idle() {
            self.last_key = self.now;
        }
    }
}
