//! What a job tells its front door while it runs, and what it gives in the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::engine::agent::protocol::Status;
use crate::engine::audit::{Log, UsedBy};
use crate::engine::ops::bulk::BulkReport;
use crate::engine::ops::catalog_files::CatalogFiles;
use crate::engine::ops::doctor::Finding;
use crate::engine::ops::history::Kept;
use crate::engine::ops::integrations::{Standing, sync, test};
use crate::engine::ops::recipients;
use crate::engine::ops::recovery::RecoveryKit;
use crate::engine::ops::settings::{Key, SettingsFile};
use crate::engine::ops::sign_in::{Authenticated, Progress};
use crate::engine::ops::transfer::Import;
use crate::engine::ops::transfer::file::{Imports, Trying};
use crate::engine::{Session, Snapshot};
use crate::model::credential::CredentialId;
use crate::model::field::FieldConflict;
use crate::model::integration::{IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::secret::Secret;

/// News of a job, in the order in which it happened.
#[derive(Debug)]
pub enum JobEvent {
    /// An authentication goes on.
    Progress(Progress),
    /// A Test Run goes on.
    Test(test::Report),
    /// A sync goes on.
    Sync(sync::Report),
    /// A refresh token that was imported is being tried.
    Import(Trying),
    /// It ended.
    Finished(Result<Outcome, Problem>),
}

/// What an operation gave.
#[derive(Debug)]
pub enum Outcome {
    /// A vault is open, and what it holds.
    Opened(Box<Session>, Arc<Snapshot>),
    /// The vault is open; the front door has taken the session already.
    Unlocked,
    /// The vault was changed as asked.
    Saved,
    /// Several records were edited, or left out.
    Bulk(Box<BulkReport>),
    /// A template of credentials, without secrets.
    Template(String),
    /// The address of the provider's test call; `None` where the catalog knows none, or not all of it.
    TestAddress(Option<String>),
    /// Nothing was saved: somebody else has changed these fields since the edit was begun.
    Conflict(Vec<FieldConflict>),
    /// A credential was added.
    Added(CredentialId),
    /// What was taken back: "delete Zoho EU".
    Undone(String),
    /// What was done again: "delete Zoho EU".
    Redone(String),
    /// Tokens are saved.
    Authenticated(Box<Authenticated>),
    /// A file was written.
    Written(PathBuf),
    /// A recovery kit to show.
    Recovery(Box<RecoveryKit>),
    /// The tokens were revoked; what of them may still work, in words for the notice.
    Revoked(Option<String>),
    /// It works; in words for the notice.
    Tested(String),
    /// What the doctor found.
    Examined(Vec<Finding>),
    /// The audit log.
    Log(Box<Log>),
    /// The generations that are kept, oldest first.
    Generations(Vec<Kept>),
    /// The programs that were given a token.
    UsedBy(Vec<UsedBy>),
    /// What is to be copied: "the access token".
    Token {
        /// What it is, for the notice.
        what: &'static str,
        /// The token, or the secret that was typed in.
        token: Secret,
    },
    /// It is logged: the secret may be shown.
    Revealed,
    /// It was copied; in words for the notice.
    Copied(String),
    /// What came of each kind of record.
    IntegrationTested(Box<test::Tested>),
    /// The run as the history keeps it.
    Synced(Box<SyncSession>),
    /// An integration was added.
    IntegrationAdded(IntegrationId),
    /// When a program was last given the token of each credential.
    LastUses(BTreeMap<CredentialId, Timestamp>),
    /// How all integrations stand.
    Standings(Vec<Standing>),
    /// The runs of one integration, oldest first.
    Sessions(Vec<SyncSession>),
    /// The settings.
    Settings(Box<SettingsFile>),
    /// The settings after one of them was saved.
    SettingSaved(Key, Box<SettingsFile>),
    /// The user's own catalog files.
    CatalogFiles(Box<CatalogFiles>),
    /// What would be imported.
    ImportPreview(Box<Import>),
    /// What was imported.
    Imported(Box<Imports>),
    /// The names of what was exported.
    Exported(Vec<String>),
    /// How the agent is; `None`: none runs.
    Agent(Option<Box<Status>>),
    /// A host was added.
    HostAdded(Box<recipients::Added>),
    /// A host was removed; the names of those that need new key files.
    HostRemoved(Vec<String>),
}
