//! The nouns, and edits of them as data: credentials, integrations and what changes them. No I/O.

pub mod change;
pub mod credential;
pub mod field;
pub mod field_words;
pub mod integration;
pub mod lookalike;
pub mod name;
mod observed;
pub mod record;
pub mod transaction;
pub mod unreadable;
