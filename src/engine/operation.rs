//! The use cases that a screen can start, as data: it submits an [`Operation`], and `engine/submit.rs` runs it.

use std::path::PathBuf;

use crate::engine::Step;
use crate::engine::agent::command::AgentCommand;
use crate::engine::ops::bulk::BulkEdit;
use crate::engine::ops::credentials::{CredentialBase, Draft};
use crate::engine::ops::integrations::{Draft as IntegrationDraft, IntegrationBase};
use crate::engine::ops::recovery::RecoveryKit;
use crate::engine::ops::settings;
use crate::engine::ops::sign_in::Options;
use crate::engine::ops::team::Role;
use crate::engine::ops::team::entry::Entry;
use crate::engine::ops::transfer::file::{ExportFile, ImportFile};
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;
use crate::secret::{Passphrase, Secret};

/// A use case about the members of a team vault.
#[derive(Debug)]
pub enum TeamOperation {
    /// Reads the state of the store.
    ReadState,
    /// Reads the four words by which people verify a member, found by name or id.
    ReadWords(String),
    /// Reads which user created a join code.
    ReadCode(String),
    /// Adds the user who created a join code.
    AddMember {
        /// The code that the user's machine printed.
        code: String,
        role: Role,
    },
    /// Adds a host that can read the listed credentials.
    AddHost {
        name: String,
        credentials: Vec<CredentialId>,
        /// The file for its key; it must not exist yet.
        key_file: PathBuf,
    },
    /// Removes a member or host, by id.
    Remove(String),
    /// Completes the re-encryption of an interrupted change of the members.
    FinishEncrypting,
    /// Records that a credential was rotated at its provider.
    Rotated(CredentialId),
}

impl TeamOperation {
    /// As [`Operation::is_edit`].
    #[must_use]
    pub fn is_edit(&self) -> bool {
        !matches!(self, Self::ReadState | Self::ReadWords(_) | Self::ReadCode(_))
    }
}

/// One use case with its input.
#[derive(Debug)]
pub enum Operation {
    /// Creates a vault with this passphrase and opens it.
    Create(Passphrase),
    /// Opens the vault in this process and in a running agent.
    Unlock(Passphrase),
    /// Opens a vault that was refused because it is older than a version seen before, and keeps using it.
    Restore(Passphrase),
    /// Encrypts the vault's identity with another passphrase; takes seconds (scrypt).
    ChangePassphrase {
        old: Passphrase,
        new: Passphrase,
    },
    /// Generates a recovery kit to show; it opens nothing until it is confirmed.
    PrepareRecovery,
    /// Activates a recovery kit, which replaces the previous one.
    ConfirmRecovery {
        /// The kit that was shown.
        kit: Box<RecoveryKit>,
        /// Its last characters, as proof that it was written down.
        typed: Secret,
    },
    /// Installs a copy of a vault on a machine without one: opens it with its recovery kit, under a new passphrase.
    Recover {
        /// The copy of `vault.age`.
        from: PathBuf,
        /// Its recovery kit.
        kit: Secret,
        new: Passphrase,
    },
    /// Writes the sheet of a recovery kit to a new file in the home folder.
    WriteSheet {
        sheet: Box<Secret>,
        name: String,
    },
    /// Adds a credential.
    Add(Box<Draft>),
    /// Saves the changes of a form to the record that the form was opened with; returns `Outcome::Conflict` if the
    /// store now has other values in the changed fields.
    Edit(Box<CredentialBase>, Box<Draft>),
    /// Renames a credential.
    Rename(CredentialId, String),
    /// Copies a credential under a new name, without its tokens.
    Duplicate(CredentialId, String),
    /// Deletes a credential; undo restores it.
    Delete(CredentialId),
    /// Edits several records at once, as one undo step.
    Bulk(BulkEdit),
    /// Undoes this step, if it is still the newest one.
    Undo(Box<Step>),
    /// Redoes this step, if it is still the one that was undone last.
    Redo(Box<Step>),
    /// Signs in and saves the tokens; sends `JobEvent::Progress`.
    Authenticate(CredentialId, Options),
    /// Revokes the tokens at the provider (RFC 7009).
    Revoke(CredentialId),
    /// Makes the provider's test call.
    Test(CredentialId),
    /// Checks the machine for problems, and this credential.
    Examine(Option<CredentialId>),
    /// Reads the audit log, of one credential or of all.
    ReadLog(Option<CredentialId>),
    /// Lists the versions that can be restored.
    ReadVersions,
    /// Restores an earlier version.
    RestoreVersion(u64),
    /// Lists the programs that received the credential's token.
    UsedBy(CredentialId),
    /// Logs that a secret of the credential is about to be shown.
    Reveal(CredentialId),
    /// Gets a fresh access token, or the secret that was typed in, for the clipboard.
    CopyToken(CredentialId),
    /// Gets the stored secret (the client's, or what was typed in) for the clipboard.
    CopySecret(CredentialId),
    /// Reads the address of the provider's test call.
    ReadTestAddress(CredentialId),
    /// Makes a template of credentials, JSON without secrets, for the clipboard.
    CopyTemplate(Vec<CredentialId>),
    /// Reads a few records of each type, or of this one, and keeps none; sends `JobEvent::Test`.
    TestIntegration(IntegrationId, Option<String>),
    /// Loads all records into the integration's folder; sends `JobEvent::Sync`.
    SyncIntegration {
        id: IntegrationId,
        /// Whether a file may be replaced even if any number of its records is missing now.
        accept_gone: bool,
    },
    AddIntegration(Box<IntegrationDraft>),
    /// As [`Operation::Edit`], for an integration.
    EditIntegration(Box<IntegrationBase>, Box<IntegrationDraft>),
    RenameIntegration(IntegrationId, String),
    /// Copies an integration under a new name, paused.
    DuplicateIntegration(IntegrationId, String),
    /// Pauses an integration (true) or resumes it (false).
    PauseIntegration(IntegrationId, bool),
    /// Deletes an integration, but no record it loaded.
    DeleteIntegration(IntegrationId),
    /// Binds an integration to another credential.
    ChooseCredential(IntegrationId, CredentialId),
    /// Reads from the audit log when each credential was last used.
    ReadLastUses,
    /// Reads the last run and the next one of every integration.
    ReadIntegrationHealth,
    /// Reads the past runs of an integration.
    ReadSessions(IntegrationId),
    /// Reads `settings.toml`.
    ReadSettings,
    /// Reads the user's own catalog files.
    ReadCatalogFiles,
    /// Looks for files of other programs that can be imported; needs no vault.
    FindFiles,
    /// Reads a file that is to be imported, and changes nothing.
    PreviewImport(Box<ImportFile>),
    /// Imports a file, then tries the refresh tokens in it; sends `JobEvent::Import`.
    Import(Box<ImportFile>),
    /// Exports credentials to a new file.
    Export(Box<ExportFile>),
    /// Sends a command to the agent, or starts it.
    Agent(AgentCommand),
    /// Sets a setting in `settings.toml`; `None` resets it to its default.
    SetSetting(settings::Key, Option<String>),
    /// Adds a host, which opens the vault with its own key.
    AddHost {
        name: String,
        /// The file for its key; it must not exist yet.
        key_file: PathBuf,
    },
    /// Removes a host; takes seconds (scrypt).
    RemoveHost {
        name: String,
        /// The vault's passphrase.
        passphrase: Passphrase,
    },
    /// Runs a use case about the members of a team vault; sends `JobEvent::Encrypting`.
    Team(TeamOperation),
    /// Creates a team vault beside the others of this machine; sends `JobEvent::Entry`.
    CreateTeam(Box<Entry>),
    /// Requests to join a team vault, and waits until this machine is admitted; sends `JobEvent::Entry`.
    JoinTeam(Box<Entry>),
}

impl Operation {
    /// Whether it only edits the store or a file of this program. Such an operation is completed even if the user
    /// leaves the screen meanwhile.
    #[must_use]
    pub fn is_edit(&self) -> bool {
        match self {
            Self::ChangePassphrase { .. }
            | Self::ConfirmRecovery { .. }
            | Self::Add(_)
            | Self::Edit(..)
            | Self::Rename(..)
            | Self::Duplicate(..)
            | Self::Delete(_)
            | Self::Bulk(_)
            | Self::Undo(_)
            | Self::Redo(_)
            | Self::RestoreVersion(_)
            | Self::AddIntegration(_)
            | Self::EditIntegration(..)
            | Self::RenameIntegration(..)
            | Self::DuplicateIntegration(..)
            | Self::PauseIntegration(..)
            | Self::DeleteIntegration(_)
            | Self::ChooseCredential(..)
            | Self::SetSetting(..)
            | Self::AddHost { .. }
            | Self::RemoveHost { .. } => true,
            Self::Team(operation) => operation.is_edit(),
            Self::Create(_)
            | Self::Unlock(_)
            | Self::Restore(_)
            | Self::PrepareRecovery
            | Self::Recover { .. }
            | Self::WriteSheet { .. }
            | Self::Authenticate(..)
            | Self::Revoke(_)
            | Self::Test(_)
            | Self::Examine(_)
            | Self::ReadLog(_)
            | Self::ReadVersions
            | Self::UsedBy(_)
            | Self::CopyToken(_)
            | Self::CopySecret(_)
            | Self::CopyTemplate(_)
            | Self::ReadTestAddress(_)
            | Self::Reveal(_)
            | Self::TestIntegration(..)
            | Self::SyncIntegration { .. }
            | Self::ReadLastUses
            | Self::ReadIntegrationHealth
            | Self::ReadSessions(_)
            | Self::ReadSettings
            | Self::ReadCatalogFiles
            | Self::FindFiles
            | Self::PreviewImport(_)
            | Self::Import(_)
            | Self::Export(_)
            | Self::Agent(_)
            | Self::CreateTeam(_)
            | Self::JoinTeam(_) => false,
        }
    }
}
