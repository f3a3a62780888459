//! The confirmation dialogs for deleting integrations.

use super::{credential_of, present};
use crate::engine::operation::Operation;
use crate::engine::ops::bulk::BulkEdit;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::keymap::Key;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};

const KEYS: &[Key] = &yes("delete", "Yes: delete the integration");

const KEYS_OF_SEVERAL: &[Key] = &yes("delete all", "Yes: delete all of them");

/// Most names that the dialog lists; the others are only counted.
const NAMED: usize = 12;

/// Asks for confirmation to delete one integration. `on_page`: the dialog is above the integration's own page, which
/// closes once it is deleted.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn question(cx: &Context<'_>, id: IntegrationId, on_page: bool) -> Result<ConfirmDialog, Problem> {
    let one = present(cx, id)?;
    let mut lines = vec![format!("Delete the integration \"{}\"?", one.name)];
    if let Some(credential) = credential_of(cx, one) {
        lines.push(format!("Its credential \"{}\" is kept.", credential.name));
    }
    if !one.setup.folder.is_empty() {
        lines.push(format!("The files in {} stay, but are no longer updated.", one.setup.folder));
    }
    lines.push("You can undo this with u.".to_owned());
    Ok(ConfirmDialog::new(Question {
        title: "Delete integration",
        lines,
        keys: KEYS,
        work: Operation::DeleteIntegration(id),
        done: Some(format!("Deleted \"{}\". Its files are kept. Press u to undo.", one.name)),
        closes_page: on_page,
    }))
}

/// Asks for confirmation to delete several integrations.
#[must_use]
pub(crate) fn question_of_several(cx: &Context<'_>, ids: &[IntegrationId]) -> ConfirmDialog {
    let mut lines = vec![format!("Delete these {} integrations?", ids.len()), String::new()];
    let names = ids.iter().filter_map(|id| cx.snapshot.integrations.by_id(*id)).map(|one| format!("  {}", one.name));
    lines.extend(names.take(NAMED));
    if ids.len() > NAMED {
        lines.push(format!("  and {} more", ids.len() - NAMED));
    }
    lines.push(String::new());
    lines.push("Their credentials and the files they wrote stay. Press u once to restore all of them.".to_owned());
    ConfirmDialog::new(Question {
        title: "Delete integrations",
        lines,
        keys: KEYS_OF_SEVERAL,
        work: Operation::Bulk(BulkEdit::DeleteIntegrations(ids.to_vec())),
        done: None,
        closes_page: false,
    })
}
