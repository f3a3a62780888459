//! What the vault holds at one generation, for everybody above.

use std::sync::Arc;

use jiff::Timestamp;

use crate::audit::Head;
use crate::model::credential::Credentials;
use crate::model::integration::Integrations;

/// A read-only picture of the vault.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The credentials.
    pub credentials: Arc<Credentials>,
    /// What uses them.
    pub integrations: Arc<Integrations>,
    /// Grows by one with every save.
    pub generation: u64,
    /// What `undo` would take back, newest last: "delete Zoho EU".
    pub undo: Vec<String>,
    /// Whether a recovery kit was made.
    pub recovery_kit: bool,
    /// Who opens the vault without the passphrase.
    pub hosts: Vec<Host>,
    /// The newest line of the audit log at that save.
    pub audit: Option<Head>,
    /// Names of credentials this version cannot read; they are kept as they stand.
    pub unreadable: Vec<String>,
}

/// A machine that opens the vault without the passphrase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// `age1...`, public.
    pub recipient: String,
    /// When it was let in.
    pub since: Option<Timestamp>,
}
