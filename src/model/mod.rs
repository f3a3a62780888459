//! Credentials and integrations as plain data, and edits of them. No I/O.

pub mod change;
pub mod credential;
pub mod field;
pub(crate) mod field_words;
pub mod integration;
pub(crate) mod lookalike;
pub(crate) mod name;
mod observed;
pub mod record;
pub mod transaction;
pub mod unreadable;
