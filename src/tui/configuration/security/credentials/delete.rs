//! The question before a credential is deleted: who uses it, and what goes with it.

use super::{present, used};
use crate::engine::operation::Operation;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::keymap::Key;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};

const KEYS: &[Key] = &yes("delete", "Yes: delete the credential");

/// Asks; `on_page`: on the credential's own page, which then closes.
///
/// # Errors
/// NotFound when it is gone.
pub fn question(cx: &Context<'_>, id: CredentialId, on_page: bool) -> Result<ConfirmDialog, Problem> {
    let credential = present(cx, id)?;
    let mut lines = vec![format!("Delete the credential \"{}\"?", credential.name)];
    let users: Vec<&str> = cx.snapshot.integrations.using(id).map(|one| one.name.as_str()).collect();
    if !users.is_empty() {
        let noun = if users.len() == 1 { "Used by 1 integration" } else { "Used by integrations" };
        lines.push(format!("{noun} with it: {}.", users.join(", ")));
    }
    if credential.tokens.is_some() {
        lines.push("Its tokens are deleted with it. They are not revoked at the provider.".to_owned());
    } else if credential.is_typed_in() {
        lines.push("Its key is deleted with it, but stays valid at the provider.".to_owned());
    }
    lines.push("Press u to undo.".to_owned());
    Ok(ConfirmDialog::new(Question {
        title: "Delete credential",
        lines,
        keys: KEYS,
        work: Operation::Delete(id),
        done: Some(used::deleted(cx, credential)),
        closes_page: on_page,
    }))
}
