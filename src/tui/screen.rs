//! The closed set of screens, the stack's element, and where one can go.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::credential::CredentialId;
use crate::tui::configuration::security::credentials::{add, authenticate, details, form, rename, table};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key};

/// Where one can go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// Security > Credentials.
    Credentials,
    /// Search the catalog for a provider.
    AddCredential,
    /// The form of a new credential for this provider.
    NewCredential {
        /// Catalog id.
        provider: String,
    },
    /// The same form over a stored one.
    EditCredential(CredentialId),
    /// A new one with client and setup of a stored one.
    DuplicateCredential(CredentialId),
    /// One credential.
    Details(CredentialId),
    /// A one-line dialog over the screen.
    RenameCredential(CredentialId),
    /// Consent in the browser. Starts the flow.
    Authenticate(CredentialId),
    /// Integrations.
    Integrations,
    /// Change of passphrase.
    ChangePassphrase,
    /// Recovery kit.
    RecoveryKit,
}

/// What every screen offers. A trait for the compiler's sake; screens are held in [`Screen`], never boxed.
pub trait View {
    /// Its part of the breadcrumb, without the parts before: "Add credential".
    fn title(&self, cx: &Context<'_>) -> String;
    /// Its table of keys as things stand.
    fn keys(&self) -> &'static [Key];
    /// Whether a text field has the focus.
    fn captures_text(&self) -> bool {
        false
    }
    /// Why this action cannot be done now; `None` when it can. Dims the hint, and is shown when the key is pressed.
    fn refusal(&self, _cx: &Context<'_>, _action: Action) -> Option<&'static str> {
        None
    }
    /// Whether something on it moves by itself: a spinner (`Spinner`) or a countdown (`Countdown`).
    fn motion(&self) -> Motion {
        Motion::Still
    }
    /// "step 2 of 3", right of the breadcrumb.
    fn step(&self) -> Option<&'static str> {
        None
    }
    /// Takes an input; no I/O, no clock but `cx.now`.
    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect>;
    /// Draws the body. The same state and context draw the same cells.
    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect);
}

/// How often a screen has to be drawn although nothing happened.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Motion {
    /// Never.
    #[default]
    Still,
    /// Once a second.
    Countdown,
    /// Ten times a second.
    Spinner,
}

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
