//! Where one can go.

use crate::credential::CredentialId;
use crate::integration::IntegrationId;

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
    /// What keeps things from working: on this machine, and for one credential.
    Doctor(Option<CredentialId>),
    /// Security > Audit log, of one credential or of all.
    Audit(Option<CredentialId>),
    /// Security > Generations.
    Generations,
    /// Integrations.
    Integrations,
    /// The form over a stored integration.
    EditIntegration(IntegrationId),
    /// Which credential an integration signs in with.
    ChooseCredential(IntegrationId),
    /// Tries each kind of record an integration loads. Starts at once.
    TestRun(IntegrationId),
    /// Loads an integration's records. Starts at once.
    Sync(IntegrationId),
    /// The runs of an integration.
    SyncSessions(IntegrationId),
    /// Change of passphrase.
    ChangePassphrase,
    /// Recovery kit.
    RecoveryKit,
}
