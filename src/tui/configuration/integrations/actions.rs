//! The actions that the table and the details page share: their keys, the screens they open, the operations they start,
//! and why an action is not possible now.

use super::credential_of;
use crate::engine::operation::Operation;
use crate::model::integration::Integration;
use crate::tui::context::Context;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::undoing;

pub(super) const TEST: Key =
    Key::new(&[Press::char('t')], Action::Test, "test run", "Test Run: step by step to the first records");
pub(super) const SYNC_NOW: Key = Key::new(&[Press::char('g')], Action::SyncNow, "sync now", "Load its records now");
pub(super) const SYNC_SESSIONS: Key = Key::new(
    &[Press::char('s'), Press::char('S')],
    Action::SyncSessions,
    "sync sessions",
    "Sync Sessions: records and errors of each run",
);
pub(super) const PAUSE: Key = Key::new(&[Press::char('p')], Action::Pause, "pause", "Pause or resume its schedule");
pub(super) const EDIT: Key =
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit record types, destination and schedule");
pub(super) const AUTHENTICATE: Key =
    Key::new(&[Press::char('a')], Action::Authenticate, "", "Authenticate or re-authenticate its credential");
pub(super) const RENAME: Key = Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename");
pub(super) const DELETE: Key = Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete (asks first)");

/// The screens an action opens, from the bottom of the stack to the top.
pub(super) fn routes(cx: &Context<'_>, action: Action, one: &Integration) -> Vec<Route> {
    let id = one.id;
    let of_credential = |route: fn(_) -> Route| credential_of(cx, one).map(|credential| route(credential.id));
    match action {
        Action::ChooseCredential => vec![Route::ChooseCredential(id)],
        Action::AddCredential => {
            vec![Route::ChooseCredential(id), Route::NewCredential { provider: one.provider.clone() }]
        }
        Action::Authenticate => of_credential(Route::Authenticate).into_iter().collect(),
        Action::OpenCredential => of_credential(Route::Details).into_iter().collect(),
        Action::Test => vec![Route::TestRun(id)],
        Action::SyncNow => vec![Route::Sync(id)],
        Action::SyncSessions => vec![Route::SyncSessions(id)],
        Action::Edit => vec![Route::EditIntegration(id)],
        Action::Rename => vec![Route::RenameIntegration(id)],
        Action::Duplicate => vec![Route::DuplicateIntegration(id)],
        _ => Vec::new(),
    }
}

/// The operation of an action, and the notice to show when it is done.
pub(super) fn work(action: Action, one: &Integration) -> Option<(Operation, String)> {
    match action {
        Action::Pause if one.paused => {
            Some((Operation::PauseIntegration(one.id, false), format!("Resumed \"{}\". Press u to undo.", one.name)))
        }
        Action::Pause => {
            let done = format!("Paused \"{}\". It does not run until you press p to resume it.", one.name);
            Some((Operation::PauseIntegration(one.id, true), done))
        }
        _ => None,
    }
}

/// The footer's label of an action, if it depends on the state of the integration.
pub(super) fn hint(action: Action, one: &Integration) -> Option<&'static str> {
    (action == Action::Pause && one.paused).then_some("resume")
}

/// Why an action is not possible now; `None` if it is.
pub(super) fn refusal(cx: &Context<'_>, action: Action, one: &Integration) -> Option<&'static str> {
    match action {
        Action::Authenticate | Action::OpenCredential | Action::Test | Action::SyncNow
            if credential_of(cx, one).is_none() =>
        {
            Some("It has no credential. Press c to choose one.")
        }
        Action::SyncNow if one.setup.folder.is_empty() => Some("It has no folder. Press E to choose one."),
        Action::ChooseCredential | Action::AddCredential | Action::Edit
            if cx.catalog.by_id(&one.provider).is_none() =>
        {
            Some("Its provider is no longer in the catalog: put its file back into the catalog folder.")
        }
        action => undoing::refusal(cx, action),
    }
}
