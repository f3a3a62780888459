//! Screens that were closed and are restored when they are opened again: forms with unsaved input, and tables with
//! their sort order.

use super::screen::Screen;
use crate::tui::configuration::security::credentials::form::Form;
use crate::tui::route::Route;

/// The closed screens, kept until the vault locks.
#[derive(Debug, Default)]
pub(super) struct KeptScreens {
    /// At most one per provider.
    drafts: Vec<Form>,
    /// At most one per table.
    tables: Vec<Screen>,
}

impl KeptScreens {
    /// Keeps a closed screen if it is a draft or a table.
    pub(super) fn keep(&mut self, screen: Screen) {
        match screen {
            Screen::Form(form) if form.is_draft() => {
                self.drafts.retain(|draft| draft.provider() != form.provider());
                self.drafts.push(form);
            }
            Screen::Credentials(_) | Screen::Integrations(_) => {
                self.tables.retain(|table| std::mem::discriminant(table) != std::mem::discriminant(&screen));
                self.tables.push(screen);
            }
            _ => {}
        }
    }

    /// Takes the draft of a new credential for this provider.
    pub(super) fn draft(&mut self, provider: &str) -> Option<Form> {
        let at = self.drafts.iter().position(|draft| draft.provider() == provider)?;
        Some(self.drafts.remove(at))
    }

    pub(super) fn table(&mut self, route: &Route) -> Option<Screen> {
        let at = self.tables.iter().position(|table| {
            matches!(
                (route, table),
                (Route::Credentials, Screen::Credentials(_)) | (Route::Integrations, Screen::Integrations(_))
            )
        })?;
        Some(self.tables.remove(at))
    }
}
