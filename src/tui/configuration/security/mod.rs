//! Configuration > Security.

pub mod audit;
pub mod credentials;
pub mod generations;
pub mod hosts;
pub mod passphrase;
pub mod recovery;
