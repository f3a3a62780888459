//! Where one can go.

use crate::engine::Direction;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;

/// What is done to several credentials, one after the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Turn {
    /// Each signs in.
    Authenticate,
    /// Each is asked by a call that changes nothing.
    Test,
}

/// Where one can go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// The first passphrase, where there is no vault.
    CreateVault,
    /// A vault from elsewhere, where there is none.
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
    /// The same form over a stored one.
    EditCredential(CredentialId),
    /// A new one with client and setup of a stored one.
    DuplicateCredential(CredentialId),
    /// One credential.
    Details(CredentialId),
    /// A one-line dialog over the screen.
    RenameCredential(CredentialId),
    /// A dialog that asks before it is deleted.
    DeleteCredential {
        /// Which.
        id: CredentialId,
        /// Whether it is over the credential's own page.
        on_page: bool,
    },
    /// A dialog that asks before several are deleted.
    DeleteCredentials(Vec<CredentialId>),
    /// Several, one after the other.
    InTurn(Turn, Vec<CredentialId>),
    /// A one-line dialog for the owner.
    SetOwner(Vec<CredentialId>),
    /// A one-line dialog for tags.
    ChangeTags(Vec<CredentialId>),
    /// The menu of what can be copied of a credential.
    CopyMenu(CredentialId),
    /// A dialog that asks before the next step of undo or redo is taken.
    TakeStep(Direction),
    /// Consent in the browser. Starts the flow.
    Authenticate(CredentialId),
    /// What keeps things from working: on this machine, and for one credential.
    Doctor(Option<CredentialId>),
    /// Security > Audit log, of one credential or of all.
    Audit(Option<CredentialId>),
    /// Security > Version history.
    Generations,
    /// Integrations.
    Integrations,
    /// Search what the catalog can load.
    AddIntegration,
    /// The form of a new integration of this provider.
    NewIntegration {
        /// Catalog id.
        provider: String,
        /// Catalog id of the kind of record that is chosen already.
        load: String,
    },
    /// The same form over one that is there.
    EditIntegration(IntegrationId),
    /// One integration.
    Integration(IntegrationId),
    /// A one-line dialog over the screen.
    RenameIntegration(IntegrationId),
    /// A dialog that asks before it is deleted.
    DeleteIntegration {
        /// Which.
        id: IntegrationId,
        /// Whether it is over the integration's own page.
        on_page: bool,
    },
    /// A dialog that asks before several are deleted.
    DeleteIntegrations(Vec<IntegrationId>),
    /// A new one with the setup of one that is there.
    DuplicateIntegration(IntegrationId),
    /// Which credential it signs in with.
    ChooseCredential(IntegrationId),
    /// Test Run.
    TestRun(IntegrationId),
    /// Sync now.
    Sync(IntegrationId),
    /// Sync Sessions.
    SyncSessions(IntegrationId),
    /// Change of passphrase.
    ChangePassphrase,
    /// Recovery kit.
    RecoveryKit,
    /// Security > Hosts.
    Hosts,
    /// The form of a new host.
    AddHost,
    /// A dialog that asks before a host is removed.
    RemoveHost {
        /// Which.
        name: String,
    },
    /// The agent.
    Agent,
    /// The dialog that starts the agent.
    StartAgent,
    /// The dialog that unlocks the agent.
    UnlockAgent,
    /// A dialog that asks before the agent is stopped.
    StopAgent,
    /// Import from a file.
    Import,
    /// Export to a file.
    Export {
        /// What is checked at first.
        checked: Vec<CredentialId>,
    },
    /// Settings.
    Settings,
    /// Search the catalog.
    Catalog,
    /// One entry of the catalog.
    CatalogEntry {
        /// Catalog id.
        provider: String,
    },
    /// The user's own catalog files.
    CatalogFiles,
}

impl Route {
    /// The list a page is reached from; it is below the page when that is opened from elsewhere.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Details(_) => Some(Self::Credentials),
            Self::Integration(_) => Some(Self::Integrations),
            _ => None,
        }
    }
}
