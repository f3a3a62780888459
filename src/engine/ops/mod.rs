//! The use cases, one file each.

pub(crate) mod bulk;
pub mod catalog_files;
pub(crate) mod catalog_update;
pub(crate) mod catalog_verify;
pub mod credentials;
pub mod doctor;
pub mod due;
pub mod history;
pub mod hosts;
pub mod integrations;
pub(crate) mod member_key;
pub(crate) mod notes;
pub(crate) mod passphrase;
mod placeholder;
pub mod recovery;
pub mod revoke;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod team;
pub mod token;
pub mod token_by_name;
pub mod transfer;
pub mod unlock;
pub mod verify;
