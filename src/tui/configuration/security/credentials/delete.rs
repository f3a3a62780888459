//! The confirmation dialogs for deleting credentials: what uses them, and what is deleted with them.

use super::{present, usage};
use crate::engine::operation::Operation;
use crate::engine::ops::bulk::BulkEdit;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::keymap::Key;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};

const KEYS: &[Key] = &yes("delete", "Yes: delete the credential");

const KEYS_OF_SEVERAL: &[Key] = &yes("delete all", "Yes: delete all of them");

/// Most names that the dialog lists; the others are only counted.
const NAMED: usize = 12;

/// Asks for confirmation to delete one credential. `on_page`: the dialog is above the credential's own page, which
/// closes once it is deleted.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn question(cx: &Context<'_>, id: CredentialId, on_page: bool) -> Result<ConfirmDialog, Problem> {
    let credential = present(cx, id)?;
    let mut lines = vec![format!("Delete the credential \"{}\"?", credential.name)];
    let users: Vec<&str> = cx.snapshot.integrations.using(id).map(|one| one.name.as_str()).collect();
    if !users.is_empty() {
        let noun = if users.len() == 1 { "Used by 1 integration" } else { "Used by integrations" };
        lines.push(format!("{noun}: {}.", users.join(", ")));
    }
    if credential.tokens.is_some() {
        lines.push("Its tokens are deleted with it. They are not revoked at the provider.".to_owned());
    } else if credential.is_static_secret() {
        lines.push("Its key is deleted with it, but stays valid at the provider.".to_owned());
    }
    lines.push("You can undo this with u.".to_owned());
    Ok(ConfirmDialog::new(Question {
        title: "Delete credential",
        lines,
        keys: KEYS,
        work: Operation::Delete(id),
        done: Some(usage::deleted(cx, credential)),
        closes_page: on_page,
    }))
}

/// Asks for confirmation to delete several credentials: lists them, and the integrations that sign in with them.
#[must_use]
pub(crate) fn question_of_several(cx: &Context<'_>, ids: &[CredentialId]) -> ConfirmDialog {
    let credentials: Vec<&Credential> = ids.iter().filter_map(|id| cx.snapshot.credentials.by_id(*id)).collect();
    let mut lines = vec![format!("Delete these {} credentials?", credentials.len()), String::new()];
    let name = |credential: &&Credential| cx.tally.credentials_alike.label(credential.id, &credential.name);
    lines.extend(credentials.iter().take(NAMED).map(|one| format!("  {}", name(one))));
    if credentials.len() > NAMED {
        lines.push(format!("  and {} more", credentials.len() - NAMED));
    }
    lines.push(String::new());
    let users: Vec<&str> = credentials
        .iter()
        .flat_map(|credential| cx.snapshot.integrations.using(credential.id))
        .map(|one| one.name.as_str())
        .collect();
    if !users.is_empty() {
        let noun = if users.len() == 1 { "Integration that signs in" } else { "Integrations that sign in" };
        lines.push(format!("{noun} with them: {}.", users.join(", ")));
    }
    if credentials.iter().any(|credential| credential.tokens.is_some() || credential.is_static_secret()) {
        lines.push("Their tokens and keys are deleted with them. Nothing is revoked at the providers.".to_owned());
    }
    lines.push("Press u once to restore all of them.".to_owned());
    ConfirmDialog::new(Question {
        title: "Delete credentials",
        lines,
        keys: KEYS_OF_SEVERAL,
        work: Operation::Bulk(BulkEdit::DeleteCredentials(ids.to_vec())),
        done: None,
        closes_page: false,
    })
}
