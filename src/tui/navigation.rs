//! Moves between screens: opens, leaves and goes back; and what is said on the way.

use jiff::Timestamp;

use super::app::App;
use super::screen::Screen;
use crate::model::credential::CredentialId;
use crate::tui::context::context_of;
use crate::tui::effect::{Effect, Notice};
use crate::tui::route::Route;

/// Said when a form that was filled in is left.
const DRAFT_KEPT: &str = "The draft is kept until the vault locks. Choose the integration again to continue.";

impl App {
    /// Opens a screen; what it asks for at once counts like what it asks for later.
    pub(super) fn enter(&mut self, route: &Route) -> Vec<Effect> {
        let effects = self.open(route);
        self.carry_out(effects)
    }

    /// Leaves everything that is open and goes to another part of the program. A screen that would lose something stays,
    /// and says so.
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

    /// Below the top the nearest screen that asked for a credential, else the second of the stack; false for that.
    pub(super) fn back_to_who_asked(&mut self) -> bool {
        let below = self.stack.iter().rev().skip(1);
        let asked = below.skip_while(|screen| !screen.as_view().asks_for_credential()).count();
        self.stack.truncate(if asked > 0 { asked } else { 2 });
        asked > 0
    }

    /// Selects a credential in the table, wherever that is below.
    pub(super) fn select(&mut self, id: CredentialId) {
        for screen in &mut self.stack {
            if let Screen::Credentials(table) = screen {
                table.show(id);
            }
        }
    }

    /// Leaves a sign-in that brought no tokens. A credential that was just added is shown on its page, not in the search
    /// it was added from.
    pub(super) fn leave_sign_in(&mut self, id: CredentialId) -> Vec<Effect> {
        if !matches!(self.stack.as_slice(), [.., Screen::Add(_), _]) {
            self.leave();
            return Vec::new();
        }
        if self.back_to_who_asked() { Vec::new() } else { self.enter(&Route::Details(id)) }
    }

    /// Lets the top screen read again what it shows from outside of the vault.
    pub(super) fn reread(&mut self) -> Vec<Effect> {
        if self.session.is_none() {
            return Vec::new();
        }
        self.next_flow += 1;
        let cx = context_of!(self);
        self.stack.last_mut().map_or_else(Vec::new, |screen| screen.as_view_mut().reread(&cx))
    }

    /// The top screen goes; what is found again as it was is kept.
    pub(super) fn leave(&mut self) {
        if let Some(screen) = self.stack.pop() {
            self.kept.keep(screen);
        }
    }

    fn open(&mut self, route: &Route) -> Vec<Effect> {
        self.next_flow += 1;
        if let Route::NewCredential { provider } = route
            && let Some(draft) = self.kept.draft(provider)
        {
            self.stack.push(Screen::Form(draft));
            let text = "This is the draft you left. ctrl-x empties the form.";
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

    /// Shows one line above the footer, and remembers it.
    pub(super) fn tell(&mut self, notice: Notice) {
        self.messages.add(self.now, notice.clone());
        self.notice = Some((notice, self.now));
    }

    /// Opens a screen, as a key of another one does.
    pub fn visit(&mut self, route: Route, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let effects = self.carry_out(vec![Effect::Open(route)]);
        self.prepare();
        effects
    }
}
