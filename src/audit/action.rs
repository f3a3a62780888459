//! Audited actions, and their names in the log.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    Acknowledge,
    Add,
    Authenticate,
    Copy,
    Delete,
    Duplicate,
    Edit,
    Export,
    Import,
    Init,
    Lock,
    Passphrase,
    Purge,
    Recipients,
    Recovery,
    Redo,
    Refresh,
    Rename,
    Restore,
    Reveal,
    Revoke,
    Run,
    Sync,
    Test,
    Token,
    Undo,
    Unlock,
}

impl Action {
    /// Its word in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Add => "add",
            Self::Authenticate => "authenticate",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::Duplicate => "duplicate",
            Self::Edit => "edit",
            Self::Export => "export",
            Self::Import => "import",
            Self::Init => "init",
            Self::Lock => "lock",
            Self::Passphrase => "passphrase",
            Self::Purge => "purge",
            Self::Recipients => "recipients",
            Self::Recovery => "recovery",
            Self::Redo => "redo",
            Self::Refresh => "refresh",
            Self::Rename => "rename",
            Self::Restore => "restore",
            Self::Reveal => "reveal",
            Self::Revoke => "revoke",
            Self::Run => "run",
            Self::Sync => "sync",
            Self::Test => "test",
            Self::Token => "token",
            Self::Undo => "undo",
            Self::Unlock => "unlock",
        }
    }
}
