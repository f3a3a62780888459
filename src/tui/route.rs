//! The screens that can be opened.

use std::path::PathBuf;

use crate::engine::Direction;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;

/// An action on several credentials, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BatchAction {
    Authenticate,
    /// Tests each with a call that changes nothing.
    Test,
}

/// A way to get a team vault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TeamEntry {
    /// Creates a team vault and moves everything from the local vault into it.
    CreateFromLocal,
    /// Creates an empty team vault.
    Create,
    /// Asks to join an existing team vault.
    Join,
}

/// The screens that can be opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// Creates the vault: the first passphrase.
    CreateVault,
    /// Restores a vault on a machine without one.
    RecoverVault,
    /// Security > Credentials.
    Credentials,
    /// Search the catalog for a provider.
    AddCredential,
    /// The form of a new credential for this provider.
    NewCredential {
        /// Catalog id.
        provider: String,
    },
    /// The same form for a stored credential.
    EditCredential(CredentialId),
    /// A new credential with the client and setup of a stored one.
    DuplicateCredential(CredentialId),
    Details(CredentialId),
    /// A one-line dialog over the screen.
    RenameCredential(CredentialId),
    /// A dialog that asks before a credential is deleted.
    DeleteCredential {
        id: CredentialId,
        /// Whether it was opened on the credential's own page.
        on_page: bool,
    },
    /// A dialog that asks before several credentials are deleted.
    DeleteCredentials(Vec<CredentialId>),
    /// Applies an action to several credentials, one after the other.
    BatchRun(BatchAction, Vec<CredentialId>),
    /// A one-line dialog for the owner.
    SetOwner(Vec<CredentialId>),
    /// A one-line dialog for tags.
    ChangeTags(Vec<CredentialId>),
    /// The menu of what can be copied of a credential.
    CopyMenu(CredentialId),
    /// A dialog that asks before undo or redo.
    TakeStep(Direction),
    /// The sign-in of a credential; begins at once.
    Authenticate(CredentialId),
    /// The doctor: checks of this machine, and of one credential.
    Doctor(Option<CredentialId>),
    /// Security > Audit log, of one credential or of all.
    Audit(Option<CredentialId>),
    /// Security > Deadlines.
    Deadlines,
    /// Security > Version history.
    VersionHistory,
    Integrations,
    /// Search the record types of the catalog.
    AddIntegration,
    /// The form of a new integration of this provider.
    NewIntegration {
        /// Catalog id.
        provider: String,
        /// Catalog id of the selected record type.
        load: String,
    },
    /// The same form for a stored integration.
    EditIntegration(IntegrationId),
    Integration(IntegrationId),
    /// A one-line dialog over the screen.
    RenameIntegration(IntegrationId),
    /// A dialog that asks before an integration is deleted.
    DeleteIntegration {
        id: IntegrationId,
        /// Whether it was opened on the integration's own page.
        on_page: bool,
    },
    /// A dialog that asks before several integrations are deleted.
    DeleteIntegrations(Vec<IntegrationId>),
    /// A new integration with the setup of a stored one.
    DuplicateIntegration(IntegrationId),
    /// Chooses the credential that an integration signs in with.
    ChooseCredential(IntegrationId),
    TestRun(IntegrationId),
    /// Sync now.
    Sync(IntegrationId),
    SyncSessions(IntegrationId),
    ChangePassphrase,
    RecoveryKit,
    /// Security > Hosts.
    Hosts,
    /// The form of a new host.
    AddHost,
    /// A dialog that asks before a host is removed.
    RemoveHost {
        /// The host.
        name: String,
    },
    /// The dialog with the vaults of this machine.
    Vaults,
    /// The ways to a team vault.
    NoTeam,
    /// Creates or joins a team vault.
    CreateOrJoinTeam(TeamEntry),
    /// Security > Team.
    Team,
    /// A dialog about the member or host with this id.
    TeamMember(String),
    /// Adds a person by a join code.
    AddMember,
    /// Adds a host that reads some credentials.
    AddTeamHost,
    /// A dialog that asks before the member or host with this id is removed.
    RemoveMember(String),
    /// Finishes an interrupted re-encryption.
    FinishEncrypting,
    /// The list of credentials to change at the providers.
    Rotation,
    /// A dialog that asks before a credential is removed from that list.
    RotationDone(CredentialId),
    Agent,
    /// The dialog that starts the agent.
    StartAgent,
    /// The dialog that unlocks the agent.
    UnlockAgent,
    /// A dialog that asks before the agent is stopped.
    StopAgent,
    /// Import from a file.
    Import,
    /// The preview of a file that was found.
    ImportFile(PathBuf),
    /// The files of other programs on this machine.
    FoundFiles,
    /// Export to a file.
    Export {
        /// The credentials that are initially checked.
        checked: Vec<CredentialId>,
    },
    Settings,
    /// Search the catalog.
    Catalog,
    CatalogEntry {
        /// Catalog id.
        provider: String,
    },
    /// The user's own catalog files.
    CatalogFiles,
}

impl Route {
    /// The list that a page belongs to, which is put below the page when the page is opened from elsewhere.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Details(_) => Some(Self::Credentials),
            Self::Integration(_) => Some(Self::Integrations),
            _ => None,
        }
    }
}
