//! The question before an integration is deleted.

use super::{credential_of, present};
use crate::engine::operation::Operation;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::keymap::Key;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};

const KEYS: &[Key] = &yes("delete", "Yes: delete the integration");

/// Asks; `on_page`: on the integration's own page, which then closes.
///
/// # Errors
/// NotFound when it is gone.
pub fn question(cx: &Context<'_>, id: IntegrationId, on_page: bool) -> Result<ConfirmDialog, Problem> {
    let one = present(cx, id)?;
    let mut lines = vec![format!("Delete the integration \"{}\"?", one.name)];
    if let Some(credential) = credential_of(cx, one) {
        lines.push(format!("Its credential \"{}\" is kept.", credential.name));
    }
    if !one.setup.folder.is_empty() {
        lines.push(format!("The files in {} stay, but are no longer updated.", one.setup.folder));
    }
    lines.push("Press u to undo.".to_owned());
    Ok(ConfirmDialog::new(Question {
        title: "Delete integration",
        lines,
        keys: KEYS,
        work: Operation::DeleteIntegration(id),
        done: Some(format!("Deleted \"{}\". Its files are kept. Press u to undo.", one.name)),
        closes_page: on_page,
    }))
}
