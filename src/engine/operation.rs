//! Every use case as data: what screens submit, and what runs it to its end.

use crate::engine::Step;
use crate::engine::ops::credentials::{CredentialBase, Draft};
use crate::engine::ops::integrations::{Draft as IntegrationDraft, IntegrationBase};
use crate::engine::ops::recovery::RecoveryKit;
use crate::engine::ops::sign_in::Options;
use crate::model::credential::CredentialId;
use crate::model::integration::IntegrationId;
use crate::secret::{Passphrase, Secret};

/// One use case: what a front door asks for.
#[derive(Debug)]
pub enum Operation {
    /// Creates a vault with this passphrase and opens it.
    Create(Passphrase),
    /// Opens the vault, here and in a running agent.
    Unlock(Passphrase),
    /// Opens a vault that was refused for being older than one seen before, and keeps using it.
    Restore(Passphrase),
    /// Wraps the vault's key in another passphrase; takes seconds (scrypt).
    ChangePassphrase {
        /// The one active.
        old: Passphrase,
        /// The one to come.
        new: Passphrase,
    },
    /// Generates a recovery kit to show; it opens nothing until it is confirmed.
    PrepareRecovery,
    /// Activates a recovery kit, instead of the one before.
    ConfirmRecovery {
        /// The kit that was shown.
        kit: Box<RecoveryKit>,
        /// Its last characters, as proof that it was written down.
        typed: Secret,
    },
    /// Adds a credential.
    Add(Box<Draft>),
    /// Saves a form over the record it was opened with; ends in `Outcome::Conflict` if a changed field has changed in
    /// the store, too.
    Edit(Box<CredentialBase>, Box<Draft>),
    /// Renames a credential.
    Rename(CredentialId, String),
    /// Copies a credential under a new name, without its tokens.
    Duplicate(CredentialId, String),
    /// Deletes a credential; undo brings it back.
    Delete(CredentialId),
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
    /// Lists the generations that can be restored.
    ReadGenerations,
    /// Restores a former generation.
    GoBack(u64),
    /// Lists the programs that were given its token.
    UsedBy(CredentialId),
    /// Logs that a secret of the credential is about to be shown.
    Reveal(CredentialId),
    /// Gets a fresh access token, or the secret that was typed in, for the clipboard.
    CopyToken(CredentialId),
    /// Reads a few records of each kind, or of this one, and keeps none; sends `JobEvent::Test`.
    TestIntegration(IntegrationId, Option<String>),
    /// Loads all records into the integration's folder; sends `JobEvent::Sync`.
    SyncIntegration {
        /// Which.
        id: IntegrationId,
        /// Replaces a file however many of its records are gone.
        accept_gone: bool,
    },
    /// Adds an integration.
    AddIntegration(Box<IntegrationDraft>),
    /// As [`Operation::Edit`], for an integration.
    EditIntegration(Box<IntegrationBase>, Box<IntegrationDraft>),
    /// Renames an integration.
    RenameIntegration(IntegrationId, String),
    /// Copies an integration under a new name, paused.
    DuplicateIntegration(IntegrationId, String),
    /// Pauses an integration (true) or resumes it (false).
    PauseIntegration(IntegrationId, bool),
    /// Deletes an integration and no record it loaded.
    DeleteIntegration(IntegrationId),
    /// Binds an integration to another credential.
    ChooseCredential(IntegrationId, CredentialId),
    /// Reads the last run and the next one of every integration.
    ReadStandings,
    /// Reads the past runs of an integration.
    ReadSessions(IntegrationId),
}

impl Operation {
    /// Whether it only edits the store. Such an operation is saved even if the person leaves meanwhile.
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
            | Self::Undo(_)
            | Self::Redo(_)
            | Self::GoBack(_)
            | Self::AddIntegration(_)
            | Self::EditIntegration(..)
            | Self::RenameIntegration(..)
            | Self::DuplicateIntegration(..)
            | Self::PauseIntegration(..)
            | Self::DeleteIntegration(_)
            | Self::ChooseCredential(..) => true,
            Self::Create(_)
            | Self::Unlock(_)
            | Self::Restore(_)
            | Self::PrepareRecovery
            | Self::Authenticate(..)
            | Self::Revoke(_)
            | Self::Test(_)
            | Self::Examine(_)
            | Self::ReadLog(_)
            | Self::ReadGenerations
            | Self::UsedBy(_)
            | Self::CopyToken(_)
            | Self::Reveal(_)
            | Self::TestIntegration(..)
            | Self::SyncIntegration { .. }
            | Self::ReadStandings
            | Self::ReadSessions(_) => false,
        }
    }
}
