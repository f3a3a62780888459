//! Configuration > Security.

pub mod credentials;
pub mod passphrase;
pub mod recovery;
