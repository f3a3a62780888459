//! The dialogs that rename a credential or name a copy of it, which has no tokens.

use super::present;
use crate::engine::event::Outcome;
use crate::engine::operation::Operation;
use crate::engine::ops::notes;
use crate::model::credential::{CredentialId, Name};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::route::Route;
use crate::tui::widgets::name_dialog::{NameDialog, NameTarget};

/// The credential that is renamed or copied.
#[derive(Debug)]
pub(crate) struct Naming {
    id: CredentialId,
    copy: bool,
}

/// The dialog that renames a credential.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn rename(cx: &Context<'_>, id: CredentialId) -> Result<NameDialog<Naming>, Problem> {
    let name = &present(cx, id)?.name;
    Ok(NameDialog::new(Naming { id, copy: false }, name, name.as_str()))
}

/// The dialog that names a copy of a credential.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn duplicate(cx: &Context<'_>, id: CredentialId) -> Result<NameDialog<Naming>, Problem> {
    let name = &present(cx, id)?.name;
    Ok(NameDialog::new(Naming { id, copy: true }, name, &format!("{name} Updated")))
}

impl NameTarget for Naming {
    fn is_copy(&self) -> bool {
        self.copy
    }

    fn is_taken(&self, cx: &Context<'_>, name: &Name) -> bool {
        cx.snapshot.credentials.has_name(name, (!self.copy).then_some(self.id))
    }

    fn looks_like(&self, cx: &Context<'_>, name: &str) -> Option<String> {
        let others = cx.snapshot.credentials.list.iter().filter(|other| self.copy || other.id != self.id);
        notes::on_name(name, others.map(|other| &other.name))
    }

    fn work(&self, name: String) -> Operation {
        let work = if self.copy { Operation::Duplicate } else { Operation::Rename };
        work(self.id, name)
    }

    fn note(&self) -> &'static str {
        if self.copy {
            "Client, domain and scopes are copied; tokens are not. The original stays."
        } else {
            "Tokens and history are kept. Update scripts to use the new name."
        }
    }

    fn copied(&self, was: &Name, outcome: &Outcome) -> Option<Vec<Effect>> {
        let Outcome::Added(id) = outcome else { return None };
        let done = format!("Copied \"{was}\" without its tokens. Press a to authenticate the copy.");
        Some(vec![Effect::Replace(Route::Details(*id)), Effect::Select(*id), Effect::Notice(Notice::Done(done))])
    }
}
