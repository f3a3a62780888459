//! Navigation between screens, and the notices shown with it.

use std::sync::Arc;

use jiff::Timestamp;

use super::app::App;
use super::changes;
use super::screen::Screen;
use crate::engine::Snapshot;
use crate::model::credential::CredentialId;
use crate::tui::context::context_of;
use crate::tui::effect::{Effect, Notice};
use crate::tui::route::Route;

/// Shown when a form with unsaved input is closed.
const DRAFT_KEPT: &str = "The draft is kept until the vault locks. Choose the integration again to continue.";

impl App {
    /// Opens a screen, and carries out its initial effects.
    pub(super) fn enter(&mut self, route: &Route) -> Vec<Effect> {
        let effects = self.open(route);
        self.carry_out(effects)
    }

    /// Closes all screens and opens another main screen. Stops at a screen that would lose running work or unsaved
    /// input, and shows why.
    pub(super) fn go_to(&mut self, route: &Route) -> Vec<Effect> {
        if self.session.is_none() {
            return Vec::new();
        }
        let mut has_draft = false;
        while self.stack.len() > 1 {
            let cx = context_of!(self);
            if let Some(why) = self.stack.last_mut().and_then(|screen| screen.as_view_mut().holds(&cx)) {
                self.tell(Notice::Refused(why));
                return Vec::new();
            }
            has_draft |= matches!(self.stack.last(), Some(Screen::Form(form)) if form.is_draft());
            self.leave();
        }
        let mut effects = Vec::new();
        if let Some(parent) = route.parent() {
            effects.extend(self.enter(&parent));
        }
        effects.extend(self.enter(route));
        if has_draft {
            self.tell(Notice::Done(DRAFT_KEPT.to_owned()));
        }
        effects
    }

    /// Closes screens down to the nearest one that asked for a credential, and returns true. If none did, closes all
    /// but the lowest two and returns false.
    pub(super) fn back_to_requester(&mut self) -> bool {
        let below = self.stack.iter().rev().skip(1);
        let asked = below.skip_while(|screen| !screen.as_view().asks_for_credential()).count();
        self.stack.truncate(if asked > 0 { asked } else { 2 });
        asked > 0
    }

    /// Selects a credential in the table, wherever the table is in the stack.
    pub(super) fn select(&mut self, id: CredentialId) {
        for screen in &mut self.stack {
            if let Screen::Credentials(table) = screen {
                table.show(id);
            }
        }
    }

    /// Leaves a sign-in that ended without tokens. If the credential was just added, shows its page, not the search it
    /// was added from.
    pub(super) fn leave_sign_in(&mut self, id: CredentialId) -> Vec<Effect> {
        if !matches!(self.stack.as_slice(), [.., Screen::Add(_), _]) {
            self.leave();
            return Vec::new();
        }
        if self.back_to_requester() { Vec::new() } else { self.enter(&Route::Details(id)) }
    }

    /// Lets the top screen reread the data that it shows from outside the vault.
    pub(super) fn reread(&mut self) -> Vec<Effect> {
        if self.session.is_none() {
            return Vec::new();
        }
        self.next_operation += 1;
        let cx = context_of!(self);
        self.stack.last_mut().map_or_else(Vec::new, |screen| screen.as_view_mut().reread(&cx))
    }

    /// Closes the top screen, and keeps it if it is to be restored later.
    pub(super) fn leave(&mut self) {
        if let Some(screen) = self.stack.pop() {
            self.kept.keep(screen);
        }
    }

    fn open(&mut self, route: &Route) -> Vec<Effect> {
        self.next_operation += 1;
        if self.banner.is_some() && matches!(route, Route::CreateOrJoinTeam(_)) {
            // Otherwise the demo would move its sample data there.
            self.tell(Notice::Refused("The demo cannot create or join a team vault.".to_owned()));
            return Vec::new();
        }
        if let Route::NewCredential { provider } = route
            && let Some(draft) = self.kept.draft(provider)
        {
            self.stack.push(Screen::Form(draft));
            let text = "This is the draft you left. Press ctrl-x to clear the form.";
            self.tell(Notice::Refused(text.to_owned()));
            return Vec::new();
        }
        if let Some(table) = self.kept.table(route) {
            self.stack.push(table);
            return self.reread();
        }
        let cx = context_of!(self);
        match Screen::open(route, &cx) {
            Ok((screen, effects)) => {
                self.stack.push(screen);
                effects
            }
            Err(problem) => {
                self.tell(Notice::Failed(problem));
                Vec::new()
            }
        }
    }

    /// Shows a notice and adds it to the messages.
    pub(super) fn tell(&mut self, notice: Notice) {
        self.messages.add(self.now, notice.clone());
        self.notice = Some((notice, self.now));
    }

    /// Takes over a new snapshot of the vault, and shows a notice about what other members changed. A notice that waits
    /// for a key stays; the new one is then only added to the messages.
    pub(super) fn take_snapshot(&mut self, snapshot: Arc<Snapshot>) {
        let said = changes::sentence(&self.snapshot, &snapshot);
        self.snapshot = snapshot;
        let Some(said) = said else { return };
        let stays = matches!(self.notice, Some((Notice::Refused(_) | Notice::Failed(_), _)));
        let before = self.notice.take().filter(|_| stays);
        self.tell(Notice::Done(said));
        if before.is_some() {
            self.notice = before;
        }
    }

    /// Opens a screen, as a key would.
    pub fn visit(&mut self, route: Route, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let effects = self.carry_out(vec![Effect::Open(route)]);
        self.prepare();
        effects
    }
}
