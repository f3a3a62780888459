//! Side effects that a screen requests.

use url::Url;

use crate::engine::Session;
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::route::Route;

/// Identifies one operation, so that its events reach only the screen that started it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct OperationId(pub u64);

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
    /// Leaves a sign-in that ended without tokens. If the credential was just added, its page is shown.
    LeaveSignIn(CredentialId),
    /// Closes screens down to the one that asked for a credential, or to the table of credentials if none did.
    BackToCredentials,
    /// Like `BackToCredentials`, for a credential that was just authenticated; its page is shown if no screen asked for
    /// one.
    Authenticated(CredentialId),
    /// Selects a credential in the table, wherever that is on the stack.
    Select(CredentialId),
    /// Closes screens down to the table of integrations.
    BackToIntegrations,
    /// Starts an operation; its events arrive as `Input::Job` with the same id.
    Work(OperationId, Operation),
    /// Controls an authentication or a run in progress.
    Control(OperationId, Control),
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
    /// Locks the vault and switches to another one on this machine.
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
    /// A secret, which is cleared from the clipboard after the time in the settings.
    Secret {
        /// What it is, for the notice.
        what: &'static str,
        text: Secret,
    },
}

/// A message above the footer.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Stays for a few seconds.
    Done(String),
    /// Stays until the next key: the reason why a key does nothing, or a text that has to be read.
    Refused(String),
    /// Stays until the next key; `e` shows all details of the problem.
    Failed(Problem),
}
