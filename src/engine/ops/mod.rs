//! The use cases, one file each.

pub mod bulk;
pub mod catalog_files;
pub mod catalog_update;
pub mod catalog_verify;
pub mod credentials;
pub mod doctor;
pub mod due;
pub mod history;
pub mod integrations;
pub mod notes;
pub mod passphrase;
mod placeholder;
pub mod recipients;
pub mod recovery;
pub mod revoke;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod token;
pub mod transfer;
pub mod unlock;
pub mod verify;
