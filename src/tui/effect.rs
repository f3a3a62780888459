//! Side effects that a screen requests.

use url::Url;

use crate::engine::Session;
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::route::Route;

/// Names one operation, so that its events reach the screen that started it and no other.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowId(pub u64);

/// A side effect that a screen requests.
#[derive(Debug)]
pub enum Effect {
    /// Opens a screen on top of the stack.
    Open(Route),
    /// Replaces the top screen.
    Replace(Route),
    /// Closes all screens and opens another main screen.
    Go(Route),
    /// Closes the top screen.
    Back,
    /// Leaves a sign-in that brought no tokens. A credential that was just added is shown on its page.
    LeaveSignIn(CredentialId),
    /// Closes screens until the one that asked for a credential is on top, else the table of credentials.
    BackToCredentials,
    /// Like `BackToCredentials`, with a credential that was just authenticated, whose page is shown if no screen asked
    /// for one.
    Authenticated(CredentialId),
    /// Selects a credential in the table, wherever that is on the stack.
    Select(CredentialId),
    /// Closes screens until the table of integrations is on top.
    BackToIntegrations,
    /// Starts an operation; its events come as `Input::Flow` with the same id.
    Work(FlowId, Operation),
    /// Controls an authentication or a run in progress.
    Control(FlowId, Control),
    /// Puts text on the clipboard.
    Copy(Copyable),
    /// Opens a page of a provider in the browser.
    OpenPage(Url),
    /// Shows a notice above the footer.
    Notice(Notice),
    /// Opens the command palette over the screen.
    Palette,
    /// Opens the help over the screen.
    Help,
    /// Opens the messages of this session over the screen.
    Messages,
    /// Drops the vault's key and shows the unlock screen.
    Lock,
    /// Locks the vault and goes to another one of this machine.
    SwitchVault(String),
    /// Opens this vault, now that the other one is locked.
    OpenVault(String),
    /// The vault was locked: the dropped session, for the audit log.
    Locked(Box<Session>),
    /// Ends this interface and starts the demo.
    Demo,
    /// Ends the program.
    Quit,
}

impl Effect {
    /// Whether another screen is on top afterwards.
    #[must_use]
    pub(crate) fn leads_elsewhere(&self) -> bool {
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

/// Text for the clipboard.
#[derive(Debug)]
pub enum Copyable {
    /// Text that is not secret, such as a redirect URI.
    Plain {
        /// What it is, for the notice.
        what: &'static str,
        text: String,
    },
    /// A secret: the clipboard is cleared again as the settings say.
    Secret {
        /// What it is, for the notice.
        what: &'static str,
        text: Secret,
    },
}

/// One line above the footer.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Stays for a few seconds.
    Done(String),
    /// Stays until the next key; says why a key does nothing, or something to read.
    Refused(String),
    /// Stays until the next key; `e` shows the whole problem.
    Failed(Problem),
}
