//! The actions of the table, on the row under the cursor or on all selected rows.

use super::Table;
use super::keys::SORT_KEYS;
use crate::engine::operation::Operation;
use crate::model::credential::CredentialId;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::keymap::Action;
use crate::tui::route::{BatchAction, Route};
use crate::tui::undoing;
use crate::tui::widgets::sort_menu::SortMenu;

impl Table {
    pub(super) fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let page = cx.size.1.saturating_sub(8);
        if self.rows.act(action, page) || self.rows.mark(action) {
            return Vec::new();
        }
        match action {
            Action::Add => return vec![Effect::Open(Route::AddCredential)],
            Action::Filter => self.filter.open(),
            Action::Sort => self.menu = Some(SortMenu::open(SORT_KEYS, self.rows.order())),
            Action::NextField => self.filter.keep(),
            Action::Back => return self.back(),
            Action::NextMatch | Action::PreviousMatch => return self.go_to_match(action == Action::NextMatch),
            _ => {
                if let Some(effects) = undoing::take(cx, action) {
                    return effects;
                }
                if let Some(effects) = self.on_selected(cx, action) {
                    return effects;
                }
                if let Some(credential) = self.current(cx) {
                    return Self::with(cx, action, credential.id);
                }
            }
        }
        Vec::new()
    }

    pub(super) fn refused(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if let Some(why) = undoing::refusal(cx, action) {
            return Some(why);
        }
        let Some(credential) = self.current(cx) else {
            return needs_one(action).then_some("No credential is selected. Press + to add one.");
        };
        match action {
            Action::CopyToken if credential.tokens.is_none() && !credential.is_static_secret() => {
                Some("It has no token yet. Press a to authenticate.")
            }
            _ => None,
        }
    }

    fn go_to_match(&mut self, forward: bool) -> Vec<Effect> {
        if self.rows.go_to_match(forward) {
            return Vec::new();
        }
        let text = "No row matches the last filter. Press / to start another.";
        vec![Effect::Notice(Notice::Refused(text.to_owned()))]
    }

    /// Performs an action on all selected rows, or on the row under the cursor if none is selected; `None` if the
    /// action is not one for several rows, or there are no rows.
    fn on_selected(&mut self, cx: &Context<'_>, action: Action) -> Option<Vec<Effect>> {
        let ids = if self.rows.has_marks() {
            self.rows.marked()
        } else {
            self.current(cx).map(|credential| credential.id).into_iter().collect()
        };
        let route = match (action, ids.as_slice()) {
            (_, []) => return None,
            (Action::Test, _) => Route::BatchRun(BatchAction::Test, ids),
            (Action::SetOwner, _) => Route::SetOwner(ids),
            (Action::ChangeTags, _) => Route::ChangeTags(ids),
            (Action::CopyTemplate, _) => {
                self.copying = Some(cx.operation);
                return Some(vec![Effect::Work(cx.operation, Operation::CopyTemplate(ids))]);
            }
            (Action::Authenticate | Action::Delete, [one]) => return Some(Self::with(cx, action, *one)),
            (Action::Authenticate, _) => Route::BatchRun(BatchAction::Authenticate, ids),
            (Action::Delete, _) => Route::DeleteCredentials(ids),
            _ => return None,
        };
        if matches!(route, Route::BatchRun(..)) {
            // The next screen lists the selected rows; after it, a key must not act on them again.
            self.rows.unmark_all();
        }
        Some(vec![Effect::Open(route)])
    }

    /// Puts the finished template on the clipboard.
    pub(super) fn copied_template(text: String) -> Effect {
        Effect::Copy(Copyable::Plain { what: "a template without secrets", text })
    }

    /// Performs an action on a credential, given by its id so that the action cannot affect another one.
    fn with(cx: &Context<'_>, action: Action, id: CredentialId) -> Vec<Effect> {
        match action {
            Action::Accept => vec![Effect::Open(Route::Details(id))],
            Action::Authenticate => vec![Effect::Open(Route::Authenticate(id))],
            Action::Rename => vec![Effect::Open(Route::RenameCredential(id))],
            Action::Edit => vec![Effect::Open(Route::EditCredential(id))],
            Action::Duplicate => vec![Effect::Open(Route::DuplicateCredential(id))],
            Action::CopyToken => vec![Effect::Work(cx.operation, Operation::CopyToken(id))],
            Action::CopyMenu => vec![Effect::Open(Route::CopyMenu(id))],
            Action::Delete => vec![Effect::Open(Route::DeleteCredential { id, on_page: false })],
            _ => Vec::new(),
        }
    }
}

fn needs_one(action: Action) -> bool {
    matches!(
        action,
        Action::Accept
            | Action::Authenticate
            | Action::Test
            | Action::Rename
            | Action::Edit
            | Action::Duplicate
            | Action::Delete
            | Action::SetOwner
            | Action::ChangeTags
            | Action::CopyToken
            | Action::CopyMenu
            | Action::CopyTemplate
            | Action::Toggle
            | Action::SelectRange
            | Action::SelectAll
    )
}
