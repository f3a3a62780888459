//! The nouns of the vault: a credential, its client, its tokens and what happened to it. Plain data, no I/O.

mod account;
mod client;
mod clocks;
mod credentials;
mod details;
mod endpoints;
mod entry;
mod event;
mod fields;
mod grant_type;
mod id;
mod proof;
mod quota;
mod setup;
mod status;
mod tokens;
mod unread_answer;

pub use crate::model::name::{Name, NameError};
pub use account::Account;
pub use client::{Client, ClientId};
pub use clocks::{Due, Lifetimes, Source, What};
pub use credentials::{Credentials, FindError, Tombstone, resolve};
pub use details::Details;
pub use endpoints::Endpoints;
pub use entry::Credential;
pub use event::{Event, EventKind, MAX_EVENTS};
pub use fields::CredentialField;
pub use grant_type::GrantType;
pub use id::CredentialId;
pub use proof::{Proof, ProvenBy};
pub use quota::Quota;
pub use setup::{MAIN_SECRET, Setup};
pub use status::{EXPIRING_SOON, Status};
pub use tokens::{Setback, TOKEN_TYPE, Tokens};
pub use unread_answer::UnreadAnswer;
