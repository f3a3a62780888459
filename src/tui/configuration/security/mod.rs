//! Configuration > Security.

pub(crate) mod audit;
pub(crate) mod credentials;
pub(crate) mod deadlines;
pub(crate) mod hosts;
pub(crate) mod passphrase;
pub(crate) mod recovery;
pub(crate) mod team;
pub(crate) mod version_history;
