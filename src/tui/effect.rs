//! What a screen asks for: everything that is not drawing or remembering.

use url::Url;

use crate::engine::Session;
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::route::Route;

/// Names one piece of work, so that its answer finds the screen that asked and no other.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowId(pub u64);

/// One wish of a screen.
#[derive(Debug)]
pub enum Effect {
    /// Puts a screen on the stack.
    Open(Route),
    /// Puts a screen instead of the one on top.
    Replace(Route),
    /// Leaves what is open and goes to another part of the program.
    Go(Route),
    /// Takes the top screen off the stack.
    Back,
    /// Leaves a sign-in that brought no tokens, for the page of a credential that was just added.
    LeaveSignIn(CredentialId),
    /// Takes screens off the stack until the one that asked for a credential is on top, else the credentials table.
    BackToCredentials,
    /// The same with a credential that was just authenticated, whose page is shown where no screen asked for it.
    Authenticated(CredentialId),
    /// Selects a credential in the table, wherever that is on the stack.
    Select(CredentialId),
    /// Takes screens off the stack until the integrations table is on top.
    BackToIntegrations,
    /// Does something that takes time; the answer is an `Input::Flow` with the same id.
    Work(FlowId, Operation),
    /// Steers an authentication or a run under way.
    Control(FlowId, Control),
    /// Puts text on the clipboard.
    Copy(Copyable),
    /// Opens a page of a provider in the browser.
    OpenPage(Url),
    /// Shows one line above the footer.
    Notice(Notice),
    /// Opens the command palette over the screen.
    Palette,
    /// Opens the help over the screen.
    Help,
    /// Opens the messages of this session over the screen.
    Messages,
    /// Drops the key and shows the unlock screen.
    Lock,
    /// The vault was locked: the session that is dropped, for the log.
    Locked(Box<Session>),
    /// Ends this interface, and begins the demo.
    Demo,
    /// Ends the program.
    Quit,
}

impl Effect {
    /// Whether another screen is on top afterwards.
    #[must_use]
    pub fn leads_elsewhere(&self) -> bool {
        matches!(
            self,
            Self::Open(_)
                | Self::Replace(_)
                | Self::Go(_)
                | Self::Back
                | Self::LeaveSignIn(_)
                | Self::BackToCredentials
                | Self::Authenticated(_)
                | Self::BackToIntegrations
        )
    }
}

/// What goes to the clipboard.
#[derive(Debug)]
pub enum Copyable {
    /// A URL, a redirect URI: nothing secret. The word names it in the notice: "the redirect URI".
    Plain {
        /// What it is, for the notice.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A secret: cleared again as the settings say.
    Secret {
        /// What it is, for the notice.
        what: &'static str,
        /// The text.
        text: Secret,
    },
}

/// One line above the footer.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Stays for a few seconds.
    Done(String),
    /// Stays until the next key; why a key does nothing now.
    Refused(String),
    /// Stays until the next key; `e` shows all of it.
    Failed(Problem),
}
