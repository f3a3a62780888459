//! The progress events and the result of a job.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::agent::protocol::Status;
use crate::engine::audit::{Log, UsedBy};
use crate::engine::member_logs::TeamReport;
use crate::engine::ops::bulk::BulkReport;
use crate::engine::ops::catalog_files::CatalogFiles;
use crate::engine::ops::doctor::Finding;
use crate::engine::ops::history::KeptVersion;
use crate::engine::ops::hosts;
use crate::engine::ops::integrations::{IntegrationHealth, sync, test};
use crate::engine::ops::recovery::RecoveryKit;
use crate::engine::ops::settings::{Key, SettingsFile};
use crate::engine::ops::sign_in::{Authenticated, Progress};
use crate::engine::ops::team::entry::{Asked, EntryStep, NewVault};
use crate::engine::ops::team::{Admitted, Member, RotationItem, TeamState};
use crate::engine::ops::transfer::Import;
use crate::engine::ops::transfer::discovery::FoundFile;
use crate::engine::ops::transfer::file::{Imports, TrialProgress};
use crate::engine::{Session, Snapshot};
use crate::model::credential::CredentialId;
use crate::model::field::FieldConflict;
use crate::model::integration::{IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::secret::Secret;

/// An event of a job. Events arrive in order; the last one is `Finished`.
#[derive(Debug)]
pub enum JobEvent {
    /// Progress of an authentication.
    Progress(Progress),
    /// Progress of a Test Run.
    Test(test::Report),
    /// Progress of a sync.
    Sync(sync::Report),
    /// An imported refresh token is being tried.
    Import(TrialProgress),
    /// Progress of re-encrypting objects to the current members of a team: objects done, and in total.
    Encrypting(usize, usize),
    /// A shared vault is being read for the first time on this machine.
    Reading {
        /// Objects read and stored so far.
        done: usize,
        /// Total number of objects.
        total: usize,
    },
    /// Progress of creating or joining a team vault.
    Entry(EntryEvent),
    /// Progress of reading the audit log of a team.
    Log(LogEvent),
    /// An edit waits for the shared store at this place.
    /// [`Control::Cancel`](crate::engine::ops::sign_in::Control::Cancel) abandons it, unless the write has begun.
    Waiting(String),
    /// The result of the operation.
    Finished(Result<Outcome, Problem>),
}

/// Progress of creating or joining a team vault.
#[derive(Debug)]
pub enum EntryEvent {
    /// The step in progress.
    Step(EntryStep),
    /// This machine waits for an admin, who needs this information.
    Asked(Box<Asked>),
    /// Why the last poll of the store for the admin's decision failed; `None` once the store responds again.
    Silent(Option<Box<Problem>>),
}

/// Progress of reading the audit log of a team.
#[derive(Debug)]
pub enum LogEvent {
    /// The log of this machine, which is read first.
    Local(Box<Log>),
    /// How many members' logs were read, and how many there are.
    Reading(usize, usize),
}

/// What a successful operation returns.
#[derive(Debug)]
pub enum Outcome {
    /// The vault is open: its session and content.
    Opened(Box<Session>, Arc<Snapshot>),
    /// The vault is open; the session was passed on already.
    Unlocked,
    Saved,
    /// Several records were edited, or skipped.
    Bulk(Box<BulkReport>),
    /// A template of credentials, without secrets.
    Template(String),
    /// The URL of the provider's test call; `None` if the catalog has none, or it is incomplete.
    TestAddress(Option<String>),
    /// Nothing was saved: these fields were changed since the edit was begun.
    Conflict(Vec<FieldConflict>),
    Added(CredentialId),
    /// The label of the undone step: "delete Zoho EU".
    Undone(String),
    /// The label of the redone step: "delete Zoho EU".
    Redone(String),
    /// Tokens are saved.
    Authenticated(Box<Authenticated>),
    Written(PathBuf),
    /// A recovery kit to show.
    Recovery(Box<RecoveryKit>),
    /// The tokens were revoked; the text says what may still work.
    Revoked(Option<String>),
    /// The test succeeded; the text describes it.
    Tested(String),
    /// The doctor's findings.
    Examined(Vec<Finding>),
    Log(Box<Log>),
    /// The audit log of all machines of a team.
    TeamLog(Box<TeamReport>),
    /// The versions that can be restored, oldest first.
    Versions(Vec<KeptVersion>),
    /// The programs that received a token.
    UsedBy(Vec<UsedBy>),
    /// A token or secret for the clipboard.
    Token {
        /// Its name in the notice: "the access token".
        what: &'static str,
        /// The token, or the secret that was typed in.
        token: Secret,
    },
    /// The reveal was logged, so the secret may be shown.
    Revealed,
    /// The secret was copied; the text describes how.
    Copied(String),
    /// The result for each record type.
    IntegrationTested(Box<test::TestReport>),
    /// The run as stored in the history.
    Synced(Box<SyncSession>),
    IntegrationAdded(IntegrationId),
    /// When a program last received the token of each credential.
    LastUses(BTreeMap<CredentialId, Timestamp>),
    IntegrationHealth(Vec<IntegrationHealth>),
    /// The runs of one integration, oldest first.
    Sessions(Vec<SyncSession>),
    Settings(Box<SettingsFile>),
    /// The settings after one of them was saved.
    SettingSaved(Key, Box<SettingsFile>),
    CatalogFiles(Box<CatalogFiles>),
    /// Files of other programs that can be imported.
    FoundFiles(Vec<FoundFile>),
    ImportPreview(Box<Import>),
    Imported(Box<Imports>),
    /// The names of what was exported.
    Exported(Vec<String>),
    /// The agent's state; `None` if none runs.
    Agent(Option<Box<Status>>),
    HostAdded(Box<hosts::AddedHost>),
    /// A host was removed. Contains the names of the other hosts, which need new key files.
    HostRemoved(Vec<String>),
    /// The result of an operation about a team.
    Team(TeamOutcome),
}

/// What a successful [`TeamOperation`](crate::engine::operation::TeamOperation) returns.
#[derive(Debug)]
pub enum TeamOutcome {
    /// A team vault was created.
    Created(Box<NewVault>),
    /// An admin has admitted this machine.
    Admitted(Admitted),
    /// The state of the store.
    State(Box<TeamState>),
    /// The four words of a member.
    Words(String),
    /// The user who created a join code.
    Newcomer {
        name: String,
        /// The four words to compare aloud.
        words: String,
    },
    /// A member or a host was added.
    Added(Box<Member>),
    /// A member or host was removed. Contains what has to be rotated at the providers.
    Removed(Vec<RotationItem>),
    /// This many objects were re-encrypted.
    Encrypted(usize),
    /// A credential was removed from the rotation list. Contains the rest of the list.
    Rotated(Vec<RotationItem>),
}
