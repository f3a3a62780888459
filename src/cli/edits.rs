//! `credenza rename`, `delete`, `revoke`.

use serde_json::json;

use super::arguments::{Delete, Global};
use super::output::Output;
use super::prompt;
use super::row;
use super::runtime::block_on;
use super::signals::held_back;
use crate::engine::Session;
use crate::engine::ops::{credentials, notes, revoke};
use crate::model::credential::Name;
use crate::model::name::fold;
use crate::problem::{Kind, Problem};

/// JSON: the credential under its new name.
pub(super) fn rename(session: &Session, old: &str, new: &str, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, old)?;
    credentials::rename(session, credential.id, new)?;
    let renamed = credentials::find(session, &credential.id.to_string())?;
    if let Some(note) = notes::on_credential(&*credentials::snapshot(session)?, credential.id) {
        output.note(&format!("credenza: {note}"));
    }
    let text = format!("Renamed {} to {}", credential.name, renamed.name);
    output.done(&text, &row::json(&renamed, &session.workspace))
}

/// Refuses to delete a record by the beginning of its name or id where nobody is asked.
///
/// # Errors
/// `Kind::Usage`.
pub(super) fn must_be_named(word: &str, name: &Name, id: &str) -> Result<(), Problem> {
    if fold(word) == fold(name.as_str()) || word == id {
        return Ok(());
    }
    Err(Problem::new(Kind::Usage, format!("\"{word}\" is neither the full name nor the id of \"{name}\"."))
        .why("Nothing was deleted.")
        .try_this("Give the full name or the id, or add --yes."))
}

/// JSON: `{"deleted": NAME, "revoked": BOOL}`. The credential is deleted even if the revocation fails.
pub(super) fn delete(session: &Session, delete: &Delete, global: &Global, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &delete.name)?;
    let snapshot = credentials::snapshot(session)?;
    let users: Vec<&str> = snapshot.integrations.using(credential.id).map(|one| one.name.as_str()).collect();
    if !delete.yes && prompt::is_attended(global) {
        let used_by = if users.is_empty() { String::new() } else { format!(" Used by: {}.", users.join(", ")) };
        if !prompt::confirm(global, &format!("Delete the credential \"{}\"?{used_by}", credential.name))? {
            return Err(Problem::new(Kind::Refused, "Nothing was deleted."));
        }
    } else if !delete.yes {
        must_be_named(&delete.name, &credential.name, &credential.id.to_string())?;
    }
    let mut revoked = false;
    if delete.revoke {
        match block_on(&session.workspace, output, revoke::revoke(session, credential.id, waiting(output))) {
            Ok(left) => {
                revoked = true;
                if let Some(left) = left {
                    output.note(&format!("credenza: {left}"));
                }
            }
            // After a signal nothing more is done.
            Err(problem) if held_back().is_some() => return Err(problem),
            Err(problem) => {
                output.problem(&problem);
                output.note("credenza: deleting it anyway; its tokens may still be valid at the provider");
            }
        }
    }
    credentials::delete(session, credential.id)?;
    if !users.is_empty() {
        let noun = if users.len() == 1 { "integration" } else { "integrations" };
        output.note(&format!("credenza: {} {noun} used it: {}", users.len(), users.join(", ")));
    }
    output.note("credenza: backups still contain it for a while; credenza purge removes it from them");
    let text = format!("Deleted {}. `credenza undo` brings it back.", credential.name);
    output.done(&text, &json!({ "deleted": credential.name, "revoked": revoked }))
}

/// JSON: `{"revoked": NAME, "left": TEXT | null}`; `left` is what may still work, and until when.
pub(super) fn revoke(session: &Session, name: &str, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, name)?;
    let left = block_on(&session.workspace, output, revoke::revoke(session, credential.id, waiting(output)))?;
    let text = format!("Revoked {}. {}", credential.name, left.as_deref().unwrap_or_default());
    output.done(text.trim_end_matches(['.', ' ']), &json!({ "revoked": credential.name, "left": left }))
}

fn waiting(output: Output) -> impl FnMut() + Send + 'static {
    move || output.note("credenza: waiting for another process that is using the vault")
}
