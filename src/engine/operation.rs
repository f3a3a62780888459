//! Every use case as data: what screens submit, and what runs it to its end.

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
    /// First run. Answer: `Outcome::Opened`.
    Create(Passphrase),
    /// Answer: `Outcome::Opened`.
    Unlock(Passphrase),
    /// Keeps using a vault that was refused for being older. Answer: `Outcome::Opened`.
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
    /// Answer: `Outcome::Saved` or `Outcome::Conflict`.
    Edit(Box<CredentialBase>, Box<Draft>),
    /// Answer: `Outcome::Saved`.
    Rename(CredentialId, String),
    /// Under a new name, without tokens. Answer: `Outcome::Added`.
    Duplicate(CredentialId, String),
    /// Answer: `Outcome::Saved`.
    Delete(CredentialId),
    /// Answer: `Outcome::Undone`.
    Undo,
    /// Sends `JobEvent::Progress` meanwhile. Answer: `Outcome::Authenticated`.
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
    /// A fresh access token, or the secret that was typed in, for the clipboard. Answer: `Outcome::Token`.
    CopyToken(CredentialId),
    /// Tries each kind of record, or only this one. Sends `JobEvent::Test` meanwhile. Answer:
    /// `Outcome::IntegrationTested`.
    TestIntegration(IntegrationId, Option<String>),
    /// Loads the records. Sends `JobEvent::Sync` meanwhile. Answer: `Outcome::Synced`.
    SyncIntegration(IntegrationId),
    /// Answer: `Outcome::IntegrationAdded`.
    AddIntegration(Box<IntegrationDraft>),
    /// Answer: `Outcome::Saved` or `Outcome::Conflict`.
    EditIntegration(Box<IntegrationBase>, Box<IntegrationDraft>),
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

impl Operation {
    /// Whether it edits the store and does nothing else: what was asked for is saved even if the person leaves.
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
            | Self::Undo
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
            | Self::TestIntegration(..)
            | Self::SyncIntegration(_)
            | Self::ReadStandings
            | Self::ReadSessions(_) => false,
        }
    }
}
