//! The dialogs that rename an integration or name a copy of it.

use super::present;
use crate::engine::event::Outcome;
use crate::engine::operation::Operation;
use crate::engine::ops::notes;
use crate::model::credential::Name;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice};
use crate::tui::route::Route;
use crate::tui::widgets::name_dialog::{NameDialog, NameTarget};

/// The integration that is renamed or copied.
#[derive(Debug)]
pub(crate) struct Naming {
    id: IntegrationId,
    copy: bool,
}

/// The dialog that renames an integration.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn rename(cx: &Context<'_>, id: IntegrationId) -> Result<NameDialog<Naming>, Problem> {
    let name = &present(cx, id)?.name;
    Ok(NameDialog::new(Naming { id, copy: false }, name, name.as_str()))
}

/// The dialog that names a copy of an integration.
/// # Errors
/// `Kind::NotFound` if it was deleted.
pub(crate) fn duplicate(cx: &Context<'_>, id: IntegrationId) -> Result<NameDialog<Naming>, Problem> {
    let name = &present(cx, id)?.name;
    Ok(NameDialog::new(Naming { id, copy: true }, name, &format!("{name} copy")))
}

impl NameTarget for Naming {
    fn is_copy(&self) -> bool {
        self.copy
    }

    fn is_taken(&self, cx: &Context<'_>, name: &Name) -> bool {
        cx.snapshot.integrations.has_name(name, (!self.copy).then_some(self.id))
    }

    fn looks_like(&self, cx: &Context<'_>, name: &str) -> Option<String> {
        let others = cx.snapshot.integrations.list.iter().filter(|other| self.copy || other.id != self.id);
        notes::on_name(name, others.map(|other| &other.name))
    }

    fn work(&self, name: String) -> Operation {
        let work = if self.copy { Operation::DuplicateIntegration } else { Operation::RenameIntegration };
        work(self.id, name)
    }

    fn note(&self) -> &'static str {
        if self.copy {
            "Record types, credential, fields and schedule are copied. The copy is paused and has no folder yet."
        } else {
            "Its files and sessions are kept. Update scripts to use the new name."
        }
    }

    fn copied(&self, was: &Name, outcome: &Outcome) -> Option<Vec<Effect>> {
        let Outcome::IntegrationAdded(id) = outcome else { return None };
        let done = format!("Copied \"{was}\", paused and without a folder. Press E to choose one, p to resume.");
        let open = Effect::Open(Route::Integration(*id));
        Some(vec![Effect::BackToIntegrations, open, Effect::Notice(Notice::Done(done))])
    }
}
