//! The closed set of screens: the stack's element.

use crate::tui::configuration::security::credentials::{add, authenticate, details, form, rename, table};
use crate::tui::view::View;

/// A screen on the stack.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful on a stack")]
#[allow(missing_docs, reason = "each is documented in its file")]
pub enum Screen {
    Credentials(table::Table),
    Add(add::Add),
    Form(form::Form),
    Details(details::Details),
    Rename(rename::Rename),
    Authenticate(authenticate::Authenticate),
}

impl Screen {
    /// The screen, whichever it is.
    #[must_use]
    pub fn as_view(&self) -> &dyn View {
        match self {
            Self::Credentials(screen) => screen,
            Self::Add(screen) => screen,
            Self::Form(screen) => screen,
            Self::Details(screen) => screen,
            Self::Rename(screen) => screen,
            Self::Authenticate(screen) => screen,
        }
    }

    /// The screen, to update it.
    pub fn as_view_mut(&mut self) -> &mut dyn View {
        match self {
            Self::Credentials(screen) => screen,
            Self::Add(screen) => screen,
            Self::Form(screen) => screen,
            Self::Details(screen) => screen,
            Self::Rename(screen) => screen,
            Self::Authenticate(screen) => screen,
        }
    }
}
