//! Configuration > Security.

pub mod audit;
pub mod credentials;
pub mod generations;
pub mod passphrase;
pub mod recovery;
