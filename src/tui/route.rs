//! Where one can go.

use crate::engine::Direction;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;

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
    /// A dialog that asks before it is deleted.
    DeleteCredential {
        /// Which.
        id: CredentialId,
        /// Whether it is over the credential's own page.
        on_page: bool,
    },
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
}
