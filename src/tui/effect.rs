//! What a screen asks for: everything that is not drawing or remembering.

use crate::engine::ops::credentials::Draft;
use crate::engine::ops::integrations::Draft as IntegrationDraft;
use crate::engine::ops::recovery::RecoveryKit;
use crate::engine::ops::sign_in::{Control, Options};
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};
use crate::tui::route::Route;

/// Names one piece of work, so that its answer finds the screen that asked and no other.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowId(pub u64);

/// One wish of a screen.
#[derive(Debug)]
pub enum Effect {
    /// Puts a screen on the stack.
    Open(Route),
    /// Puts a screen in place of the one on top.
    Replace(Route),
    /// Takes the top screen off the stack.
    Back,
    /// Takes screens off the stack until the one that asked for a credential is on top, else the credentials table.
    BackToCredentials,
    /// The same with a credential that was just authenticated, whose page is shown where no screen asked for it.
    Authenticated(CredentialId),
    /// Takes screens off the stack until the integrations table is on top.
    BackToIntegrations,
    /// Does something that takes time; the answer is an `Input::Flow` with the same id.
    Work(FlowId, Work),
    /// Steers an authentication or a run under way.
    Control(FlowId, Control),
    /// Puts text on the clipboard.
    Copy(Copyable),
    /// Shows one line above the footer.
    Notice(Notice),
    /// Opens the command palette over the screen.
    Palette,
    /// Opens the help over the screen.
    Help,
    /// Drops the key and shows the unlock screen.
    Lock,
    /// Ends the program.
    Quit,
}

/// Work of the service layer.
#[derive(Debug)]
pub enum Work {
    /// First run. Answer: `Outcome::Unlocked`.
    Create(Passphrase),
    /// Answer: `Outcome::Unlocked`.
    Unlock(Passphrase),
    /// Goes on with a vault that was refused for being older. Answer: `Outcome::Unlocked`.
    Restore(Passphrase),
    /// Answer: `Outcome::Saved`.
    ChangePassphrase {
        /// In force.
        old: Passphrase,
        /// Wanted.
        new: Passphrase,
    },
    /// Answer: `Outcome::Recovery`.
    PrepareRecovery,
    /// Answer: `Outcome::Saved`.
    ConfirmRecovery {
        /// The kit shown.
        kit: Box<RecoveryKit>,
        /// Its last characters, typed back.
        typed: Secret,
    },
    /// Answer: `Outcome::Added`.
    Add(Box<Draft>),
    /// Answer: `Outcome::Saved`.
    Edit(CredentialId, Box<Draft>),
    /// Answer: `Outcome::Saved`.
    Rename(CredentialId, String),
    /// Under a new name, without tokens. Answer: `Outcome::Added`.
    Duplicate(CredentialId, String),
    /// Answer: `Outcome::Saved`.
    Delete(CredentialId),
    /// Answer: `Outcome::Undone`.
    Undo,
    /// Sends `FlowEvent::Progress` meanwhile. Answer: `Outcome::Authenticated`.
    Authenticate(CredentialId, Options),
    /// Answer: `Outcome::Saved`.
    Revoke(CredentialId),
    /// The provider's harmless call. Answer: `Outcome::Tested`.
    Test(CredentialId),
    /// Looks for what keeps things from working, also for this credential. Answer: `Outcome::Examined`.
    Examine(Option<CredentialId>),
    /// The audit log, of one credential or of all. Answer: `Outcome::Log`.
    ReadLog(Option<CredentialId>),
    /// The generations that are kept. Answer: `Outcome::Generations`.
    ReadGenerations,
    /// Makes this generation the newest. Answer: `Outcome::Saved`.
    GoBack(u64),
    /// The programs that were given its token. Answer: `Outcome::UsedBy`.
    UsedBy(CredentialId),
    /// A fresh access token onto the clipboard. Answer: `Outcome::Copied`.
    CopyToken(CredentialId),
    /// Tries each kind of record, or only this one. Sends `FlowEvent::Test` meanwhile. Answer:
    /// `Outcome::IntegrationTested`.
    TestIntegration(IntegrationId, Option<String>),
    /// Loads the records. Sends `FlowEvent::Sync` meanwhile. Answer: `Outcome::Synced`.
    SyncIntegration(IntegrationId),
    /// Answer: `Outcome::IntegrationAdded`.
    AddIntegration(Box<IntegrationDraft>),
    /// Answer: `Outcome::Saved`.
    EditIntegration(IntegrationId, Box<IntegrationDraft>),
    /// Answer: `Outcome::Saved`.
    RenameIntegration(IntegrationId, String),
    /// Under a new name, paused. Answer: `Outcome::IntegrationAdded`.
    DuplicateIntegration(IntegrationId, String),
    /// Pauses where true, resumes where false. Answer: `Outcome::Saved`.
    PauseIntegration(IntegrationId, bool),
    /// Answer: `Outcome::Saved`.
    DeleteIntegration(IntegrationId),
    /// Lets it sign in with this one. Answer: `Outcome::Saved`.
    ChooseCredential(IntegrationId, CredentialId),
    /// How all integrations stand. Answer: `Outcome::Standings`.
    ReadStandings,
    /// The runs of one. Answer: `Outcome::Sessions`.
    ReadSessions(IntegrationId),
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
    /// Stays 3 seconds.
    Done(String),
    /// Stays until the next key; why a key does nothing now.
    Refused(String),
    /// Stays until the next key; `e` shows all of it.
    Failed(Problem),
}
